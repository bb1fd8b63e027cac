//! Audiences of campaigns: who was assigned to which arm, and what reached them.

use emptor_types::Invalid;
use polars::prelude::{DataFrame, Expr, LazyFrame, lit};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "contacts";

/// The arm of those who are kept out, unless said otherwise.
const CONTROL: &str = "control";

/// Which columns of the caller's table of audiences play which role. Needed are the campaign, the customer, the arm and
/// the day of assignment; a customer is assigned to a campaign once.
///
/// ```
/// use emptor_table::ContactColumns;
///
/// let columns = ContactColumns::new("campaign", "customer", "cell", "drawn").controls(["held out"]).sent_at("sent");
/// ```
#[derive(Debug, Clone)]
pub struct ContactColumns {
    campaign: String,
    customer: String,
    arm: String,
    assigned: String,
    controls: Vec<String>,
    mapping: Mapping,
}

impl ContactColumns {
    /// Names the campaign column, the customer column, the arm that the customer was assigned to, and the day of it.
    #[must_use]
    pub fn new(
        campaign: impl Into<String>,
        customer: impl Into<String>,
        arm: impl Into<String>,
        assigned_at: impl Into<String>,
    ) -> Self {
        Self {
            campaign: campaign.into(),
            customer: customer.into(),
            arm: arm.into(),
            assigned: assigned_at.into(),
            controls: vec![CONTROL.to_owned()],
            mapping: Mapping::default(),
        }
    }

    /// The arms of those who were kept out; `control` unless said otherwise. All other arms are treatments.
    #[must_use]
    pub fn controls<S: Into<String>>(mut self, arms: impl IntoIterator<Item = S>) -> Self {
        self.controls = arms.into_iter().map(Into::into).collect();
        self
    }

    fn with(mut self, role: &'static str, column: impl Into<String>, kind: Kind) -> Self {
        self.mapping.add(role, column, kind);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// The day the customer was contacted (`sent_at`), not before the day of assignment; null if that was not done.
    #[must_use]
    pub fn sent_at(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("sent_at", column);
        self
    }

    /// Whether it arrived (`delivered`); null while that is not known.
    #[must_use]
    pub fn delivered(self, column: impl Into<String>) -> Self {
        self.with("delivered", column, Kind::Flag)
    }

    /// Whether it was opened (`opened`); null while that is not known.
    #[must_use]
    pub fn opened(self, column: impl Into<String>) -> Self {
        self.with("opened", column, Kind::Flag)
    }

    /// Whether a link in it was followed (`clicked`); null while that is not known.
    #[must_use]
    pub fn clicked(self, column: impl Into<String>) -> Self {
        self.with("clicked", column, Kind::Flag)
    }

    /// What the contact cost (`cost`), at least 0.
    #[must_use]
    pub fn cost(self, column: impl Into<String>) -> Self {
        self.with("cost", column, Kind::Number { min: Some(0.0) })
    }

    fn check(&self) -> Result<(), TableError> {
        let mut checks = Invalid::checks();
        let named = self.controls.iter().all(|arm| !arm.trim().is_empty());
        checks.require(named, "controls", "must be names of arms", "an empty one");
        checks.finish().map_err(|problem| TableError::Mapping { table: TABLE, problem })
    }

    fn is_control(&self) -> Expr {
        let is = |any: Expr, arm: &String| any.or(canonical("arm").eq(lit(arm.as_str())));
        self.controls.iter().fold(lit(false), is)
    }
}

/// Audiences that have passed the door.
///
/// Columns of [`rows`](Self::rows): `campaign_id` (text), `customer_id`, `arm` (text), `assigned_at`, every role that the
/// mapping names, and `is_control`: whether the arm is one of those that were kept out.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{ContactColumns, Contacts};
///
/// let frame = df!(
///     "campaign" => ["K1"; 3],
///     "who" => ["a", "b", "c"],
///     "arm" => ["mail", "control", "control"],
///     "drawn" => ["2024-05-01"; 3],
///     "sent" => [Some("2024-05-03"), None, Some("2024-05-03")],
/// )?;
/// let contacts = Contacts::scan(frame, &ContactColumns::new("campaign", "who", "arm", "drawn").sent_at("sent"))?;
/// assert_eq!(contacts.quality().fact("controls who were contacted").map(|fact| fact.rows), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Contacts {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Contacts {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &ContactColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &ContactColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        columns.check()?;
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("campaign_id", &columns.campaign, Kind::Text),
            Field::required("customer_id", &columns.customer, Kind::Id),
            Field::required("arm", &columns.arm, Kind::Text),
            Field::required("assigned_at", &columns.assigned, named.day()),
        ];
        fields.extend(named.fields(&[]));
        let fact = |name, treatment, holds| FactSpec { name, treatment, holds };
        let control = canonical("is_control");
        let mut facts = vec![fact("controls", "kept out, show what would have come anyway", control.clone())];
        let mut rules = Vec::new();
        if let Some(column) = named.column("sent_at") {
            let sent = canonical("sent_at");
            facts.push(fact(
                "controls who were contacted",
                "contaminate the comparison; counted in the arm they were assigned to",
                control.clone().and(sent.clone().is_not_null()),
            ));
            facts.push(fact(
                "assigned and not contacted",
                "counted in the arm they were assigned to",
                control.not().and(sent.clone().is_null()),
            ));
            rules.push(Rule {
                column: column.to_owned(),
                rule: "must not lie before the day of assignment".to_owned(),
                broken: sent.lt(canonical("assigned_at")).fill_null(lit(false)),
            });
        }
        let door = Door {
            fields,
            derived: vec![("is_control", columns.is_control())],
            rules,
            facts,
            day: Some("assigned_at"),
            across: vec![AcrossRows::Unique(vec!["campaign_id", "customer_id"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `sent_at`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(ContactColumns);
accessors!(Contacts);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn a_customer_assigned_twice_and_one_sent_to_before_the_draw_are_refused() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "campaign" => ["K1", "K1", "K2"],
            "who" => [1_i64, 1, 1],
            "arm" => ["treat", "control", "treat"],
            "drawn" => ["2024-05-01"; 3],
            "sent" => [Some("2024-05-01"), None, Some("2024-04-30")],
        )?;
        let columns = ContactColumns::new("campaign", "who", "arm", "drawn").sent_at("sent");
        let error = Contacts::scan(frame, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
        assert!(error.contains("identify one row only") && error.contains("before the day of assignment"), "{error}");
        Ok(())
    }

    #[test]
    fn the_mapping_says_which_arms_are_controls() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "campaign" => ["K1"; 3],
            "who" => [1_i64, 2, 3],
            "arm" => ["A", "B", "held out"],
            "drawn" => ["2024-05-01"; 3],
        )?;
        let columns = ContactColumns::new("campaign", "who", "arm", "drawn").controls(["held out", "B"]);
        let contacts = Contacts::scan(frame.clone(), &columns)?;
        assert_eq!(contacts.quality().fact("controls").map(|fact| fact.rows), Some(2));
        assert_eq!(contacts.rows().collect()?.column("is_control")?.bool()?.get(0), Some(false));
        let nameless = Contacts::scan(frame, &ContactColumns::new("campaign", "who", "arm", "drawn").controls([" "]));
        assert!(nameless.is_err());
        Ok(())
    }
}
