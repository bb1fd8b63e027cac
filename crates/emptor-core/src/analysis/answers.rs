//! The ten questions that customer data are asked, answered from one run.

use polars::prelude::{DataFrame, IntoLazy, JoinArgs, JoinType, PolarsResult, SortMultipleOptions, col, lit};

use super::margin::MarginBasis;
use super::results::AnalysisResults;
use super::seven_p::SevenPResults;
use crate::columns::{ColumnSpec, column};
use crate::profile::life_cycle::Stage;
use crate::profile::words::{count, many, money, percent};
use crate::profile::{Finding, P, ResultTable, Section};

/// The answer to one question.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Answer {
    /// Its number, from 1 to 10.
    pub number: usize,
    /// The question.
    pub question: &'static str,
    /// The answer in a sentence; where it cannot be given, what would be needed for it.
    pub headline: String,
    /// Whether the headline answers.
    pub is_answered: bool,
    /// More sentences that belong to it, the weightiest first.
    pub details: Vec<String>,
    /// The name of the table behind it: one of [`SevenP`](crate::profile::SevenP), or [`own_table`](Self::own_table).
    pub table: Option<&'static str>,
    /// The table behind it, where it is not one of the seven Ps.
    pub own_table: Option<ResultTable>,
    /// What it takes for granted.
    pub assumptions: Vec<String>,
    /// What must not be concluded.
    pub caveats: Vec<String>,
    /// What to look at next.
    pub next_check: &'static str,
}

/// The columns of the table behind question 3: customers by the value that is at risk with them, the greatest first.
pub const AT_RISK_COLUMNS: &[ColumnSpec] = &[
    column("customer_id", "", "the customer"),
    column("stage", "", "stage of the life cycle"),
    column("p_alive", "probability", "probability that the customer is still there"),
    column("value_if_kept", "currency", "lifetime value if the customer is still there: ltv_total / p_alive"),
    column("value_at_risk", "currency", "(1 − p_alive) of it"),
    column(
        "break_even_spend",
        "currency",
        "what a measure may cost that brings back one in ten of those who have left: a tenth of value_at_risk",
    ),
];

/// Share of leavers that a measure is assumed to bring back in `break_even_spend`.
const BROUGHT_BACK: f64 = 0.10;

/// Below this probability of being alive a customer counts as gone, not as leaving.
const STILL_THERE: f64 = 0.1;

/// Where an answer is looked for: number, question, the P, tables whose findings answer it, those of the first first, and
/// what to look at next.
type Source = (usize, &'static str, P, &'static [&'static str], &'static str);

const FROM_FINDINGS: [Source; 6] = [
    (
        1,
        "Which customers really make or lose us money, and why?",
        P::Profitability,
        &["whale_curve", "profit_customer", "pareto_share", "profit_segment", "margin_bridge"],
        "The rules of a profit tree say what loss-making customers have in common.",
    ),
    (
        5,
        "Are newer cohorts better or worse, and have they paid back their acquisition cost?",
        P::Persistency,
        &["cohort_cell", "next_purchase", "retention_mix", "acq_channel_total", "acq_channel", "growth_account"],
        "Cohorts by acquisition channel, and the payback of each channel.",
    ),
    (
        6,
        "What should I offer to whom next?",
        P::Product,
        &["offer_evaluation", "next_offer", "assoc_rule"],
        "How often offers of this kind were bought in the held-out part.",
    ),
    (
        7,
        "Did the campaign work, after subtracting what would have happened anyway?",
        P::Promotion,
        &["campaign_result", "campaign_validity"],
        "Whether treated and control groups were alike before the campaign.",
    ),
    (
        8,
        "What will we sell and how many customers will we have next, and how sure are we?",
        P::Prospecting,
        &["sales_forecast", "customer_forecast", "pipeline_forecast", "opportunity_score", "acquisition_flow"],
        "How far such forecasts were off in the past.",
    ),
    (
        9,
        "Where did growth come from: product, channel, place, price, mix, people?",
        P::Performance,
        &["perf_pvm", "perf_cube", "channel_perf", "rep_score"],
        "The same change by customers who bought in both periods.",
    ),
];

/// Answers the ten questions from a run: a headline each, the table behind it, assumptions, caveats, and the next check.
///
/// # Errors
/// If the data-frame engine fails.
pub fn answers(results: &SevenPResults) -> PolarsResult<Vec<Answer>> {
    let mut answers: Vec<Answer> = FROM_FINDINGS.into_iter().map(|source| from_findings(results, source)).collect();
    answers.push(worth(results));
    answers.push(leaving(results)?);
    answers.push(grades(results));
    answers.push(trust(results));
    answers.sort_by_key(|answer| answer.number);
    Ok(answers)
}

impl Answer {
    fn new(number: usize, question: &'static str, next_check: &'static str) -> Self {
        Self {
            number,
            question,
            headline: String::new(),
            is_answered: false,
            details: Vec::new(),
            table: None,
            own_table: None,
            assumptions: Vec::new(),
            caveats: Vec::new(),
            next_check,
        }
    }

    fn answered(mut self, headline: String) -> Self {
        (self.headline, self.is_answered) = (headline, true);
        self
    }
}

fn from_findings(results: &SevenPResults, (number, question, p, tables, next): Source) -> Answer {
    let answer = Answer::new(number, question, next);
    let Some(section) = results.seven_p.section(p) else { return answer };
    let place = |finding: &Finding| tables.iter().position(|table| *table == finding.table);
    let all = results.seven_p.sections.iter().flat_map(|section| &section.findings);
    let mut found: Vec<&Finding> = all.filter(|finding| place(finding).is_some()).collect();
    found.sort_by(|a, b| place(a).cmp(&place(b)).then(b.weight.total_cmp(&a.weight)));
    let Some(first) = found.first() else {
        return Answer { headline: missing(section, tables), ..answer };
    };
    let mut answer = answer.answered(first.headline.clone());
    answer.table = Some(first.table);
    answer.details = found[1..].iter().take(2).map(|finding| finding.headline.clone()).collect();
    answer.caveats = found.iter().take(3).filter_map(|finding| finding.caveat.clone()).collect();
    answer.caveats.dedup();
    answer.assumptions = results.seven_p.table(first.table).map_or_else(Vec::new, ResultTable::notes);
    answer
}

/// What would be needed for an answer.
fn missing(section: &Section, tables: &[&str]) -> String {
    let gap = section.gaps.iter().find(|gap| tables.contains(&gap.analysis)).or(section.gaps.first());
    match gap {
        Some(gap) if gap.needs.is_empty() => format!("Cannot be answered: {}", gap.reason),
        Some(gap) => {
            let needs: Vec<String> = gap.needs.iter().map(ToString::to_string).collect();
            format!("Cannot be answered without {}: {}", needs.join(", "), gap.reason)
        }
        None => "Nothing stands out.".to_owned(),
    }
}

fn without_analysis(results: &SevenPResults) -> String {
    match results.gaps.iter().find(|gap| gap.analysis == "value and grades") {
        Some(gap) => format!("Cannot be answered: {}", gap.reason),
        None => "Cannot be answered: customers were neither valued nor graded in this run.".to_owned(),
    }
}

fn worth(results: &SevenPResults) -> Answer {
    let question = "What is a customer, a segment, the whole base worth over its life?";
    let answer = Answer::new(2, question, "Elasticities of customer equity: which lever moves it most.");
    let Some(analysis) = &results.analysis else {
        return Answer { headline: without_analysis(results), ..answer };
    };
    let (total, range) = (analysis.equity.total(), &analysis.range);
    let n = analysis.equity.customers();
    let mut answer = answer.answered(format!(
        "The {} customers are worth {} ({} to {}), {} each on average.",
        count(n),
        money(total),
        money(range.low()),
        money(range.high()),
        money(total / n.max(1) as f64)
    ));
    if let Some(best) = analysis.grades.first()
        && let (Some(grade), Some(share)) = (best.grade, best.equity_share)
    {
        answer.details.push(format!(
            "Grade {grade}, {} of the customers, holds {} of it.",
            percent(best.customer_share),
            percent(share)
        ));
    }
    let basis = match analysis.margin_basis {
        MarginBasis::Given => "as given".to_owned(),
        MarginBasis::Revenue => "costs are not known: revenue counts as profit".to_owned(),
        MarginBasis::Costs { coverage } => {
            format!("from product costs, known for {} of the revenue", percent(coverage))
        }
        MarginBasis::Contribution { coverage } => {
            format!("contribution after cost to serve; costs are known for {} of the revenue", percent(coverage))
        }
    };
    answer.assumptions.push(format!("A margin of {} ({basis}).", percent(analysis.margin_rate)));
    answer.caveats.push(format!("The range is that of {}; it says nothing of a changed market.", range.covers()));
    answer
}

fn leaving(results: &SevenPResults) -> PolarsResult<Answer> {
    let question = "Who is about to leave, worth keeping, and what may I spend on it?";
    let answer = Answer::new(3, question, "A campaign with a control group says how many really come back.");
    let Some(analysis) = &results.analysis else {
        return Ok(Answer { headline: without_analysis(results), ..answer });
    };
    let frame = at_risk(analysis, results.seven_p.frame("lifecycle_customer"))?;
    let risk: Vec<f64> = frame.column("value_at_risk")?.f64()?.iter().flatten().collect();
    let total: f64 = risk.iter().sum();
    let top = risk.iter().take(100).sum::<f64>();
    let n = risk.len().min(100);
    let part = if total > 0.0 { 100.0 * top / total } else { 0.0 };
    if n == 0 {
        return Ok(
            answer.answered("Nobody who is still worth keeping is about to leave, as far as can be seen.".to_owned())
        );
    }
    let mut answer = answer.answered(format!(
        "{} of lifetime value is at risk with {}, {part:.0} % of all that is at risk with customers who may still be there; \
         a measure that keeps one leaver in ten may cost {} for each of them on average.",
        money(top),
        many(n, "customer", "customers"),
        money(BROUGHT_BACK * top / n as f64),
    ));
    let about = "customers by the value that is at risk with them, the greatest first";
    answer.own_table = Some(ResultTable::new("customers_at_risk", about, frame, AT_RISK_COLUMNS)?);
    answer.assumptions.push(format!("A measure brings back {:.0} % of those who have left.", 100.0 * BROUGHT_BACK));
    answer.caveats.push("Who is still there is read off the purchases; nobody says that they leave.".to_owned());
    answer.caveats.push(format!("Who is gone already (p_alive below {STILL_THERE}, or terminated) is not in it."));
    Ok(answer)
}

fn at_risk(analysis: &AnalysisResults, stages: Option<&DataFrame>) -> PolarsResult<DataFrame> {
    let customers = analysis.customers.clone().lazy().select([col("customer_id"), col("p_alive"), col("ltv_total")]);
    let staged = match stages {
        Some(stages) => {
            let stages = stages.clone().lazy().select([col("customer_id"), col("stage")]);
            customers.join(stages, [col("customer_id")], [col("customer_id")], JoinArgs::new(JoinType::Left))
        }
        None => {
            customers.with_column(lit(polars::prelude::NULL).cast(polars::prelude::DataType::String).alias("stage"))
        }
    };
    let kept = col("ltv_total") / col("p_alive");
    let by = SortMultipleOptions::default().with_order_descending_multi([true, false]).with_nulls_last(true);
    staged
        .filter(col("p_alive").gt_eq(lit(STILL_THERE)).and(col("ltv_total").gt(lit(0.0))))
        .filter(col("stage").neq(lit(Stage::Terminated.name())).fill_null(lit(true)))
        .with_column(kept.alias("value_if_kept"))
        .with_column(((lit(1.0) - col("p_alive")) * col("value_if_kept")).alias("value_at_risk"))
        .with_column((col("value_at_risk") * lit(BROUGHT_BACK)).alias("break_even_spend"))
        .select(AT_RISK_COLUMNS.iter().map(|spec| col(spec.name)).collect::<Vec<_>>())
        .sort_by_exprs([col("value_at_risk"), col("customer_id")], by)
        .collect()
}

fn grades(results: &SevenPResults) -> Answer {
    let question = "Which grade is this customer, why, and what changed since last time?";
    let answer = Answer::new(4, question, "The same grader on the period before says who moved.");
    let Some(analysis) = &results.analysis else {
        return Answer { headline: without_analysis(results), ..answer };
    };
    let graded = analysis.grades.iter().filter_map(|row| {
        row.grade.map(|grade| format!("{grade} {} (worth {} each)", count(row.customers), money(row.mean_value)))
    });
    let mut answer = answer.answered(format!("Customers by grade: {}.", graded.collect::<Vec<_>>().join(", ")));
    answer.assumptions.push("Grades are clusters of scores, ordered by lifetime value.".to_owned());
    answer.caveats.push("Customers near a border have a margin near 0 and may move by chance.".to_owned());
    answer
}

fn trust(results: &SevenPResults) -> Answer {
    let question =
        "Can I trust the numbers: is everybody counted once, are returns, costs and partial periods treated right?";
    let mut answer = Answer::new(10, question, "The report on data quality of each table.");
    let mut lines = Vec::new();
    if let Some(profits) = &results.profits {
        let adds_up =
            if profits.reconciliation().holds() { "adds up to the ledger" } else { "does NOT add up to the ledger" };
        lines.push(format!("Profit {adds_up}"));
        if let Some(coverage) = profits.cost_coverage() {
            lines.push(format!("costs are known for {} of the revenue", percent(coverage)));
        }
    }
    if let Some(analysis) = &results.analysis {
        let gap = if analysis.reconciliation.holds() { "adds up" } else { "does NOT add up" };
        lines.push(format!("the money of customers {gap}"));
        let set_aside: usize = analysis.quality.iter().map(|quality| quality.quarantined).sum();
        lines.push(match set_aside {
            0 => "no row was set aside".to_owned(),
            1 => "1 row was set aside".to_owned(),
            n => format!("{} rows were set aside", count(n)),
        });
    }
    let gaps = results.seven_p.gaps().len() + results.gaps.len();
    lines.push(match gaps {
        0 => "no result is missing for want of data".to_owned(),
        1 => "1 result is missing for want of data".to_owned(),
        n => format!("{} results are missing for want of data", count(n)),
    });
    answer = answer.answered(sentence(&lines.join("; ")));
    answer.details = results
        .seven_p
        .gaps()
        .iter()
        .take(5)
        .map(|(p, gap)| format!("{p}, {}: {}", gap.analysis.replace('_', " "), gap.reason))
        .collect();
    answer
}

/// A capital letter at the beginning and a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
