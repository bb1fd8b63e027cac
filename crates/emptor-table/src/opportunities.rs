//! Sales opportunities.

use polars::prelude::{DataFrame, Expr, LazyFrame, lit, when};

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
use crate::text::{DateFormat, text_of};

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
    undated: bool,
    ends: Ends,
}

/// Which stages of the caller are ends.
#[derive(Debug, Clone, Default)]
struct Ends {
    won: Vec<String>,
    lost: Vec<String>,
}

impl Ends {
    fn named(&self) -> bool {
        !(self.won.is_empty() && self.lost.is_empty())
    }

    /// `won` or `lost`, in any letter case.
    fn of(&self, stage: &str) -> Option<&'static str> {
        let is = |name: &String| name.trim().to_lowercase() == stage.trim().to_lowercase();
        if self.won.iter().any(is) { Some("won") } else { self.lost.iter().any(is).then_some("lost") }
    }

    /// The outcome out of its own column, where it is written in any letter case, else out of the stage.
    fn outcome(&self, mapped: bool) -> Expr {
        let (ends, stages) = (self.clone(), self.clone());
        let of_stage = text_of(canonical("stage"), move |stage| stages.of(stage).map(str::to_owned));
        if !mapped {
            return of_stage;
        }
        let known = ["won", "lost"];
        let told = text_of(canonical("outcome"), move |text| {
            let lower = text.to_lowercase();
            let plain = lower.strip_prefix("closed ").unwrap_or(&lower);
            let end = known.into_iter().find(|end| *end == plain).or_else(|| ends.of(text));
            // What is no outcome stays, for the rule to name it.
            Some(end.map_or_else(|| text.to_owned(), str::to_owned))
        });
        if self.named() { when(told.clone().is_null()).then(of_stage).otherwise(told) } else { told }
    }
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
            undated: false,
            ends: Ends::default(),
        }
    }

    /// Lets opportunities pass of which nobody knows when they were created: leads that were only noted down. They have no age
    /// and no place in the past, so that every forecast leaves them out; how many they are is a fact of the table's quality.
    #[must_use]
    pub fn allow_undated(mut self) -> Self {
        self.undated = true;
        self
    }

    /// Stages that mean that an opportunity was won, in any letter case, e.g. `Gewonnen`; `won` and `closed won` need no mention
    /// in the column of outcomes.
    #[must_use]
    pub fn won_stages<S: Into<String>>(mut self, stages: impl IntoIterator<Item = S>) -> Self {
        self.ends.won.extend(stages.into_iter().map(Into::into));
        self
    }

    /// Stages that mean that it was lost.
    #[must_use]
    pub fn lost_stages<S: Into<String>>(mut self, stages: impl IntoIterator<Item = S>) -> Self {
        self.ends.lost.extend(stages.into_iter().map(Into::into));
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

    /// How it ended (`outcome`), `won` or `lost` in any letter case; null while it is open.
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
    ends: Ends,
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
            Field {
                role: "created".to_owned(),
                column: columns.created.clone(),
                kind: named.day(),
                nullable: columns.undated,
            },
        ];
        fields.extend(named.fields(&[]));
        let mut facts = Vec::new();
        if columns.undated {
            facts.push(FactSpec {
                name: "opportunities without a day of creation",
                treatment: "kept, have no age: left out of forecasts",
                holds: canonical("created").is_null(),
            });
        }
        if named.names("customer_id") {
            let holds = canonical("customer_id").is_null();
            facts.push(FactSpec {
                name: "opportunities without a customer",
                treatment: "kept, belong to nobody",
                holds,
            });
        }
        let ends = named.names("outcome") || columns.ends.named();
        let derived = ends.then(|| ("outcome", columns.ends.outcome(named.names("outcome"))));
        let door = Door {
            fields,
            derived: derived.into_iter().collect(),
            rules: rules(named, ends),
            facts,
            amount: named.names("amount").then_some("amount"),
            day: Some("created"),
            currency: named.names("currency").then_some("currency"),
            across: vec![AcrossRows::Unique(vec!["opp_id"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        let mut roles: Vec<&'static str> = named.roles().collect();
        if ends && !named.names("outcome") {
            roles.push("outcome");
        }
        Ok(Self { frame, rejects, quality, known, roles, ends: columns.ends.clone() })
    }

    /// How a stage ends an opportunity, `won` or `lost`, if it was said to ([`OpportunityColumns::won_stages`]).
    #[must_use]
    pub fn end_of(&self, stage: &str) -> Option<&'static str> {
        self.ends.of(stage)
    }

    /// Whether the mapping names a role, e.g. `prob`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

fn rules(named: &Mapping, ends: bool) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut rule = |role: &str, rule: &str, broken: polars::prelude::Expr| {
        let column = named.column(role).unwrap_or(role).to_owned();
        rules.push(Rule { column, rule: rule.to_owned(), broken: broken.fill_null(lit(false)) });
    };
    if named.names("prob") {
        rule("prob", "must be at most 1", canonical("prob").gt(lit(1.0)));
    }
    if ends {
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
