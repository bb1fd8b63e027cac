//! The seven Ps with all that the engine knows: profit, lifetime value, grades.

use std::collections::BTreeSet;

use emptor_table::{Activities, ActivityColumns, Tables};
use emptor_types::{Invalid, Progress, ProgressFn, silent};
use polars::prelude::{DataFrame, DataType, IntoLazy, JoinArgs, JoinType, PolarsResult, col};

use super::error::AnalysisError;
use super::input::AnalysisInput;
use super::profit_tables;
use super::results::AnalysisResults;
use super::settings::Analysis;
use crate::profile::profitability::Ladders;
use crate::profile::{CustomerScores, Gap, Need, P, ProfileInput, SevenP, SevenPSettings, Window};
use crate::value::profitability::{CostRule, ProfitError, RelationshipProfit, RelationshipProfits, UnknownActivity};

/// What contacts of campaigns are called among activities.
const CONTACT: &str = "campaign contact";

/// The whole run of the seven Ps: profit of relationships, then value and grades, then every P with both.
///
/// Where profit is known, Profitability has two tables more than it makes alone: `cts_line`, what serving every customer
/// costs, and `profit_unassigned`, what belongs to nobody; and `profit_customer_product` if it is
/// [asked for](Self::with_customer_products). Two results of the engine are not among the tables, for they take more than the
/// tables that come in: rules of profit (`profit_rule`) are learnt from features of one's choice by a
/// [`ProfitTree`](crate::grade::ProfitTree), and the return on a programme (`roi_crm`) is that of a plan, see
/// [`value::project`](crate::value::project).
///
/// Whatever a base does not allow is left out and told: too few repeat purchases for a purchase model are a
/// [`Gap`](crate::profile::Gap), not an error.
#[derive(Debug, Clone)]
pub struct SevenPAnalysis {
    window: Window,
    settings: SevenPSettings,
    profit: Option<RelationshipProfit>,
    analysis: Option<Analysis>,
    by_product: bool,
}

/// What a run of the seven Ps found.
#[derive(Debug)]
#[non_exhaustive]
pub struct SevenPResults {
    /// The Ps.
    pub seven_p: SevenP,
    /// The profit of relationships, if costs are known.
    pub profits: Option<RelationshipProfits>,
    /// Value and grades, if they were asked for and the base allows them.
    pub analysis: Option<AnalysisResults>,
    /// What was left out before the Ps, and why.
    pub gaps: Vec<Gap>,
}

impl SevenPAnalysis {
    /// The Ps over a window.
    #[must_use]
    pub fn new(window: Window, settings: SevenPSettings) -> Self {
        Self { window, settings, profit: None, analysis: None, by_product: false }
    }

    /// How profit is computed; by default product costs, and of activities what their log states, by the grain of the window. Its window must be that of the
    /// Ps.
    ///
    /// # Errors
    /// If the windows differ.
    pub fn with_profit(mut self, profit: RelationshipProfit) -> Result<Self, Invalid> {
        let (own, other) = ((self.window.from(), self.window.as_of()), (profit.from(), profit.as_of()));
        if own != other {
            let rule = format!("must be that of the Ps ({} to {})", own.0, own.1);
            return Err(Invalid::value("window of profit", rule, format!("{} to {}", other.0, other.1)));
        }
        self.profit = Some(profit);
        Ok(self)
    }

    /// How customers are valued and graded; without, the Ps know neither. It must look from the same day.
    ///
    /// # Errors
    /// If the days of observation differ.
    pub fn with_analysis(mut self, analysis: Analysis) -> Result<Self, Invalid> {
        if analysis.as_of() != self.window.as_of() {
            let rule = format!("must be that of the Ps ({})", self.window.as_of());
            return Err(Invalid::value("day of observation of the analysis", rule, analysis.as_of()));
        }
        self.analysis = Some(analysis);
        Ok(self)
    }

    /// Adds the table `profit_customer_product`: one row per customer, product and period, which is nearly as many as there
    /// are order lines.
    #[must_use]
    pub fn with_customer_products(mut self) -> Self {
        self.by_product = true;
        self
    }

    /// Runs everything; potential profit that is given counts in the value of customers.
    ///
    /// # Errors
    /// If settings break rules, if ids of two tables do not match, or if a query fails; if profits are given, which this run
    /// computes [itself](Self::with_profit).
    pub fn run<'a>(&self, input: impl Into<AnalysisInput<'a>>) -> Result<SevenPResults, AnalysisError> {
        self.run_with_progress(input, &silent)
    }

    /// Runs everything and reports progress.
    ///
    /// # Errors
    /// As [`run`](Self::run); [`AnalysisError::Cancelled`] if the callback says so.
    pub fn run_with_progress<'a>(
        &self,
        input: impl Into<AnalysisInput<'a>>,
        progress: &ProgressFn<'_>,
    ) -> Result<SevenPResults, AnalysisError> {
        let given = input.into();
        if given.profits.is_some() {
            let rule = "must be computed by the run of the seven Ps itself: say how by with_profit";
            return Err(Invalid::value("relationship profits", rule, "profits computed before").into());
        }
        let tables = &given.tables.known_by(self.window.as_of());
        let given = AnalysisInput { tables, ..given };
        let mut gaps = Vec::new();
        Progress::new("profit of relationships", 0, 3).tell(progress)?;
        let profits = self.profits(tables, &mut gaps)?;
        Progress::new("value and grades", 1, 3).tell(progress)?;
        let analysis = self.analysis(given, profits.as_ref(), &mut gaps, progress)?;
        Progress::new("the seven Ps", 2, 3).tell(progress)?;
        let ladders = profits.as_ref().map(ladders).transpose()?;
        let scores = scores(analysis.as_ref(), profits.as_ref())?;
        let mut input = ProfileInput::new(tables, self.window);
        if let Some(ladders) = &ladders {
            input = input.with_profits(ladders)?;
        }
        if let Some(scores) = &scores {
            input = input.with_scores(scores);
        }
        let mut seven_p = SevenP::compute_with_progress(&input, &self.settings, progress)?;
        let profitability = seven_p.sections.iter_mut().find(|section| section.p == P::Profitability);
        if let (Some(section), Some(profits)) = (profitability, &profits) {
            section.tables.extend(profit_tables::tables(profits, self.by_product)?);
        }
        Ok(SevenPResults { seven_p, profits, analysis, gaps })
    }

    fn profits(&self, tables: &Tables, gaps: &mut Vec<Gap>) -> Result<Option<RelationshipProfits>, AnalysisError> {
        let has_costs = tables.products().is_some_and(|products| products.has_cost());
        let names = ["product_id", "quantity"].into_iter().find(|role| !tables.transactions().has(role));
        let needs = match (has_costs, names) {
            (true, None) => None,
            (false, _) => Some(Need::column("products", "unit_cost")),
            (true, Some(role)) => Some(Need::column("transactions", role)),
        };
        if let Some(needs) = needs {
            gaps.push(Gap::new("profit of relationships", [needs], "what goods cost is not known"));
            return Ok(None);
        }
        if let Some(spec) = &self.profit {
            return Ok(Some(spec.compute(tables)?));
        }
        if tables.cost_pools().is_some() {
            let reason = "nothing says what the cost pools are charged by; give rules, or an allocation of fixed cost";
            gaps.push(Gap::new("cost pools", Vec::new(), reason));
        }
        // So they need not cover the window either.
        let tables = with_contacts(tables.clone().without_cost_pools())?;
        let spec = RelationshipProfit::builder()
            .window(self.window.from(), self.window.as_of())
            .period(self.window.grain())
            .rules(own_costs(&tables)?)
            .unknown_activity(UnknownActivity::NoDriver)
            .build()?;
        Ok(Some(spec.compute(&tables)?))
    }

    fn analysis(
        &self,
        given: AnalysisInput<'_>,
        profits: Option<&RelationshipProfits>,
        gaps: &mut Vec<Gap>,
        progress: &ProgressFn<'_>,
    ) -> Result<Option<AnalysisResults>, AnalysisError> {
        let Some(analysis) = &self.analysis else { return Ok(None) };
        let input = AnalysisInput { profits, ..given };
        // A step of the whole, whose phases are told.
        let within = |step: Progress<'_>| progress(Progress::new(step.phase, 1, 3));
        match analysis.run_with_progress(input, &within) {
            Ok(results) => Ok(Some(results)),
            // A base without repeat purchases has no purchase model, one of three customers no grades; that says something of
            // the base, not of the call.
            Err(
                error @ (AnalysisError::PurchaseModel(_)
                | AnalysisError::SpendModel(_)
                | AnalysisError::Value(_)
                | AnalysisError::Grade(_)
                | AnalysisError::Rfm(_)),
            ) => {
                gaps.push(Gap::new("value and grades", Vec::new(), error.to_string()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The ladder of margins as the Ps read it.
///
/// # Errors
/// If a sum is out of range or the data-frame engine fails.
pub fn ladders(profits: &RelationshipProfits) -> Result<Ladders, ProfitError> {
    let customers = profits.totals().clone();
    let charged = ["cts", "direct_mkt"].into_iter().any(|name| is_charged(&customers, name));
    let days = (profits.spec().from(), profits.spec().as_of());
    Ok(Ladders::new(days, customers, profits.product_totals()?, profits.period_totals()?, charged))
}

/// What sending cost per contact is an activity too.
fn with_contacts(tables: Tables) -> Result<Tables, AnalysisError> {
    let Some(contacts) = tables.contacts().filter(|contacts| contacts.has("cost") && contacts.has("sent_at")) else {
        return Ok(tables);
    };
    let sent = contacts.rows().filter(col("sent_at").is_not_null().and(col("cost").is_not_null()));
    let sent = sent.select(["customer_id", "sent_at", "cost"].map(col)).collect()?;
    let columns = ActivityColumns::new("customer_id", "sent_at").named(CONTACT).cost("cost");
    let sent = Activities::scan(sent, &columns).map_err(|error| AnalysisError::Query { reason: error.to_string() })?;
    Ok(tables.with_activities(sent))
}

/// Activities whose log states a cost are charged at it; those of campaigns are direct marketing.
fn own_costs(tables: &Tables) -> PolarsResult<Vec<CostRule>> {
    let mut names = BTreeSet::new();
    for log in tables.activities().iter().filter(|log| log.has("cost")) {
        let activities = log.rows().select([col("activity").unique()]).collect()?;
        names.extend(activities.column("activity")?.str()?.iter().flatten().map(str::to_owned));
    }
    let rule = |name: String| {
        let is_marketing = name == CONTACT;
        let rule = CostRule::logged(name).own_cost();
        if is_marketing { rule.direct_marketing() } else { rule }
    };
    Ok(names.into_iter().map(rule).collect())
}

fn is_charged(customers: &DataFrame, name: &str) -> bool {
    customers.column(name).and_then(|column| Ok(column.f64()?.iter().flatten().any(|cost| cost > 0.0))).unwrap_or(false)
}

/// What value, grading and profit say of customers, as the Ps read it; `None` if nothing is known.
fn scores(
    analysis: Option<&AnalysisResults>,
    profits: Option<&RelationshipProfits>,
) -> Result<Option<CustomerScores>, AnalysisError> {
    let valued = analysis.map(|results| {
        let customers = results.customers.clone().lazy();
        customers.select([
            col("customer_id"),
            col("grade"),
            col("rfm_segment").alias("segment"),
            col("p_alive"),
            col("ltv_total"),
        ])
    });
    let earned = profits.map(|profits| profits.totals().clone().lazy().select([col("customer_id"), col("cm2")]));
    let frame: PolarsResult<DataFrame> = match (valued, earned) {
        (None, None) => return Ok(None),
        (Some(one), None) | (None, Some(one)) => one.collect(),
        (Some(valued), Some(earned)) => {
            let join = JoinArgs::new(JoinType::Full).with_coalesce(polars::prelude::JoinCoalesce::CoalesceColumns);
            let both = valued.join(earned, [col("customer_id")], [col("customer_id")], join);
            both.sort(["customer_id"], Default::default()).collect()
        }
    };
    let frame = frame?.lazy().filter(col("customer_id").is_not_null());
    // Grades are names, whatever the engine stores them as.
    let text = ["grade", "segment"].map(|name| col(name).cast(DataType::String));
    let frame = if analysis.is_some() { frame.with_columns(text) } else { frame };
    Ok(Some(CustomerScores::new(frame.collect()?)?))
}
