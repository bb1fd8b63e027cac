//! Campaigns: what was offered, when, and what it was to cost.

use polars::prelude::{DataFrame, LazyFrame, lit};

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

const TABLE: &str = "campaigns";

/// Which columns of the caller's table of campaigns play which role. Needed are the campaign, its first and its last day.
///
/// ```
/// use emptor_table::CampaignColumns;
///
/// let columns = CampaignColumns::new("id", "from", "to").name("title").budget("budget").cost_contact("postage");
/// ```
#[derive(Debug, Clone)]
pub struct CampaignColumns {
    campaign: String,
    start: String,
    end: String,
    mapping: Mapping,
}

impl CampaignColumns {
    /// Names the campaign's id, which identifies one row, its first day (`start`) and its last day (`end`).
    #[must_use]
    pub fn new(campaign: impl Into<String>, start: impl Into<String>, end: impl Into<String>) -> Self {
        Self { campaign: campaign.into(), start: start.into(), end: end.into(), mapping: Mapping::default() }
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

    /// What it is called (`name`).
    #[must_use]
    pub fn name(self, column: impl Into<String>) -> Self {
        self.with("name", column, Kind::Text)
    }

    /// How it reaches customers (`channel`).
    #[must_use]
    pub fn channel(self, column: impl Into<String>) -> Self {
        self.with("channel", column, Kind::Text)
    }

    /// What it is for (`objective`).
    #[must_use]
    pub fn objective(self, column: impl Into<String>) -> Self {
        self.with("objective", column, Kind::Text)
    }

    /// What it offers, in words (`offer`).
    #[must_use]
    pub fn offer(self, column: impl Into<String>) -> Self {
        self.with("offer", column, Kind::Text)
    }

    /// The product category that it is about (`category`).
    #[must_use]
    pub fn category(self, column: impl Into<String>) -> Self {
        self.with("category", column, Kind::Text)
    }

    /// The products that it is about (`product_ids`), their ids in one text, separated by semicolons.
    #[must_use]
    pub fn products(self, column: impl Into<String>) -> Self {
        self.with("product_ids", column, Kind::Text)
    }

    /// What it was planned to cost (`budget`), at least 0.
    #[must_use]
    pub fn budget(self, column: impl Into<String>) -> Self {
        self.with("budget", column, Kind::Number { min: Some(0.0) })
    }

    /// What it cost whomever it reached (`cost_fixed`), at least 0.
    #[must_use]
    pub fn cost_fixed(self, column: impl Into<String>) -> Self {
        self.with("cost_fixed", column, Kind::Number { min: Some(0.0) })
    }

    /// What one contact cost (`cost_contact`), at least 0.
    #[must_use]
    pub fn cost_contact(self, column: impl Into<String>) -> Self {
        self.with("cost_contact", column, Kind::Number { min: Some(0.0) })
    }

    /// What part of its revenue is margin (`margin_rate`), at most 1: used where the cost of products is not known.
    #[must_use]
    pub fn margin_rate(self, column: impl Into<String>) -> Self {
        self.with("margin_rate", column, Kind::Number { min: None })
    }

    /// What part of its audience was planned to be kept out as controls (`control_share`), from 0 to below 1: without it
    /// nobody can tell whether the audience was split as planned.
    #[must_use]
    pub fn control_share(self, column: impl Into<String>) -> Self {
        self.with("control_share", column, Kind::Number { min: Some(0.0) })
    }
}

/// Campaigns that have passed the door.
///
/// Columns of [`rows`](Self::rows): `campaign_id` (text), `start`, `end`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{CampaignColumns, Campaigns};
///
/// let frame = df!("id" => ["K1"], "from" => ["2024-05-01"], "to" => ["2024-05-21"], "budget" => [1_000.0])?;
/// let campaigns = Campaigns::scan(frame, &CampaignColumns::new("id", "from", "to").budget("budget"))?;
/// assert!(campaigns.has("budget") && !campaigns.has("margin_rate"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Campaigns {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Campaigns {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &CampaignColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &CampaignColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("campaign_id", &columns.campaign, Kind::Text),
            Field::required("start", &columns.start, named.day()),
            Field::required("end", &columns.end, named.day()),
        ];
        fields.extend(named.fields(&[]));
        let mut rules = vec![Rule {
            column: columns.end.clone(),
            rule: "must not lie before the first day".to_owned(),
            broken: canonical("end").lt(canonical("start")).fill_null(lit(false)),
        }];
        let most = [("margin_rate", "must be at most 1 (0.35 for 35 %)"), ("control_share", "must be below 1")];
        for (role, rule) in most {
            if let Some(column) = named.column(role) {
                let value = canonical(role);
                let broken = if role == "margin_rate" { value.gt(lit(1.0)) } else { value.gt_eq(lit(1.0)) };
                rules.push(Rule {
                    column: column.to_owned(),
                    rule: rule.to_owned(),
                    broken: broken.fill_null(lit(false)),
                });
            }
        }
        let unpriced = (named.names("cost_fixed") && named.names("cost_contact")).then(|| FactSpec {
            name: "campaigns without a cost",
            treatment: "cost unknown, never taken as 0",
            holds: canonical("cost_fixed").is_null().and(canonical("cost_contact").is_null()),
        });
        let door = Door {
            fields,
            rules,
            facts: unpriced.into_iter().collect(),
            day: Some("start"),
            across: vec![AcrossRows::Unique(vec!["campaign_id"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `budget`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

known_at!(CampaignColumns);
accessors!(Campaigns);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    #[test]
    fn a_campaign_that_ends_before_it_starts_a_margin_above_all_and_a_campaign_twice_are_refused()
    -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "id" => ["K1", "K1", "K2"],
            "from" => ["2024-05-01"; 3],
            "to" => ["2024-04-30", "2024-05-01", "2024-05-02"],
            "rate" => [0.4, 1.2, 0.3],
            "held" => [0.2, 0.2, 1.0],
        )?;
        let columns = CampaignColumns::new("id", "from", "to").margin_rate("rate").control_share("held");
        let error = Campaigns::scan(frame, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
        for told in ["before the first day", "at most 1", "below 1", "identify one row only"] {
            assert!(error.contains(told), "{told}: {error}");
        }
        Ok(())
    }

    #[test]
    fn a_campaign_of_one_day_and_of_unknown_cost_passes() -> Result<(), Box<dyn Error>> {
        let frame = df!(
            "id" => [7_i64],
            "from" => ["2024-05-01"],
            "to" => ["2024-05-01"],
            "fixed" => [None::<f64>],
            "each" => [None::<f64>],
        )?;
        let columns = CampaignColumns::new("id", "from", "to").cost_fixed("fixed").cost_contact("each");
        let campaigns = Campaigns::scan(frame, &columns)?;
        assert_eq!(campaigns.quality().fact("campaigns without a cost").map(|fact| fact.rows), Some(1));
        assert_eq!(campaigns.rows().collect()?.column("campaign_id")?.str()?.get(0), Some("7"));
        Ok(())
    }
}
