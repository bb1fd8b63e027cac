//! Sales opportunities.

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

const TABLE: &str = "opportunities";

/// Which columns of the caller's table of opportunities play which role.
///
/// ```
/// use emptor_table::OpportunityColumns;
/// let columns = OpportunityColumns::new("deal", "stage", "created").customer("account").amount("value").outcome("outcome");
/// ```
#[derive(Debug, Clone)]
pub struct OpportunityColumns {
    opportunity: String,
    stage: String,
    created: String,
    mapping: Mapping,
}

impl OpportunityColumns {
    /// Names the opportunity's id, which identifies one row, its stage, and the day it was created.
    #[must_use]
    pub fn new(opportunity: impl Into<String>, stage: impl Into<String>, created: impl Into<String>) -> Self {
        Self {
            opportunity: opportunity.into(),
            stage: stage.into(),
            created: created.into(),
            mapping: Mapping::default(),
        }
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

    /// The customer (`customer_id`); null where the account is not known yet.
    #[must_use]
    pub fn customer(self, column: impl Into<String>) -> Self {
        self.with("customer_id", column, Kind::Id)
    }

    /// What it would bring (`amount`), at least 0.
    #[must_use]
    pub fn amount(self, column: impl Into<String>) -> Self {
        self.with("amount", column, Kind::Number { min: Some(0.0) })
    }

    /// The currency (`currency`); one only.
    #[must_use]
    pub fn currency(self, column: impl Into<String>) -> Self {
        self.with("currency", column, Kind::Text)
    }

    /// The stated probability to win (`prob`), from 0 to 1.
    #[must_use]
    pub fn probability(self, column: impl Into<String>) -> Self {
        self.with("prob", column, Kind::Number { min: Some(0.0) })
    }

    /// When it is expected to close (`exp_close`).
    #[must_use]
    pub fn expected_close(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("exp_close", column);
        self
    }

    /// When it was closed (`closed_at`); null while it is open.
    #[must_use]
    pub fn closed_at(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("closed_at", column);
        self
    }

    /// How it ended (`outcome`), `won` or `lost`; null while it is open.
    #[must_use]
    pub fn outcome(self, column: impl Into<String>) -> Self {
        self.with("outcome", column, Kind::Text)
    }

    /// Where it came from (`lead_source`).
    #[must_use]
    pub fn lead_source(self, column: impl Into<String>) -> Self {
        self.with("lead_source", column, Kind::Text)
    }

    /// Why it was lost (`lost_reason`).
    #[must_use]
    pub fn lost_reason(self, column: impl Into<String>) -> Self {
        self.with("lost_reason", column, Kind::Text)
    }

    /// The product that it is about (`product_id`).
    #[must_use]
    pub fn product(self, column: impl Into<String>) -> Self {
        self.with("product_id", column, Kind::Id)
    }

    /// The representative (`rep_id`).
    #[must_use]
    pub fn rep(self, column: impl Into<String>) -> Self {
        self.with("rep_id", column, Kind::Text)
    }
}

/// Opportunities that have passed the door.
#[derive(Clone)]
pub struct Opportunities {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Opportunities {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &OpportunityColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &OpportunityColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("opp_id", &columns.opportunity, Kind::Id),
            Field::required("stage", &columns.stage, Kind::Text),
            Field::required("created", &columns.created, named.day()),
        ];
        fields.extend(named.fields(&[]));
        let mut facts = Vec::new();
        if named.names("customer_id") {
            let holds = canonical("customer_id").is_null();
            facts.push(FactSpec {
                name: "opportunities without a customer",
                treatment: "kept, belong to nobody",
                holds,
            });
        }
        let door = Door {
            fields,
            rules: rules(named),
            facts,
            amount: named.names("amount").then_some("amount"),
            day: Some("created"),
            currency: named.names("currency").then_some("currency"),
            across: vec![AcrossRows::Unique(vec!["opp_id"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `prob`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

fn rules(named: &Mapping) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut rule = |role: &str, rule: &str, broken: polars::prelude::Expr| {
        let column = named.column(role).unwrap_or(role).to_owned();
        rules.push(Rule { column, rule: rule.to_owned(), broken: broken.fill_null(lit(false)) });
    };
    if named.names("prob") {
        rule("prob", "must be at most 1", canonical("prob").gt(lit(1.0)));
    }
    if named.names("outcome") {
        let outcome = canonical("outcome");
        let known = outcome.clone().eq(lit("won")).or(outcome.clone().eq(lit("lost")));
        rule("outcome", "must be `won`, `lost` or empty", outcome.is_not_null().and(known.not()));
        if named.names("closed_at") {
            let open = canonical("closed_at").is_null();
            rule(
                "closed_at",
                "must be given where the outcome is `won`",
                canonical("outcome").eq(lit("won")).and(open),
            );
        }
    }
    if named.names("closed_at") {
        rule("closed_at", "must not lie before the day of creation", canonical("closed_at").lt(canonical("created")));
    }
    rules
}

known_at!(OpportunityColumns);
accessors!(Opportunities);
