//! The tables of Persistency: their columns and what they mean.

use emptor_types::{Date, Level};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::attitude::Action;
use super::customers::CustomerRow;
use super::growth::{Growth, RevenueMovement};
use super::patterns::BuyingPattern;
use super::rates::{ChurnRule, Rate, RateKind};
use crate::columns::{ColumnSpec, column};
use crate::profile::ResultTable;
use crate::table::{Of, count, flag, frame, frame_by_customer, known, number, specs, text};

/// A line of the table `loyalty`.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    pub(super) metric: &'static str,
    pub(super) unit: &'static str,
    pub(super) value: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) n: usize,
    pub(super) kind: Option<RateKind>,
    pub(super) rule: Option<ChurnRule>,
    /// `ok`, `low_support: …` or `insufficient_data: …`.
    pub(super) status: String,
}

impl Measure {
    pub(super) fn new(metric: &'static str, unit: &'static str, value: Option<f64>, n: usize, min_n: usize) -> Self {
        let status = match value {
            None => format!("insufficient_data: n = {n}"),
            Some(_) if n < min_n => format!("low_support: n = {n}"),
            Some(_) => "ok".to_owned(),
        };
        Self { metric, unit, value, low: None, high: None, n, kind: None, rule: None, status }
    }

    pub(super) fn rate(metric: &'static str, rate: &Rate, level: Level, min_n: usize) -> Self {
        let interval = rate.interval(level);
        Self {
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            kind: Some(rate.kind()),
            rule: Some(rate.churn_rule()),
            ..Self::new(metric, "share", rate.value(), rate.counts().1, min_n)
        }
    }

    pub(super) fn within(self, low: f64, high: f64) -> Self {
        Self { low: Some(low), high: Some(high), ..self }
    }
}

const LOYALTY: &[Of<[Measure]>] = &[
    text("metric", "", "what is measured", |of, row| Some(of[row].metric.to_owned())),
    known("value", "see unit", "its value; null where there is too little data", |of, row| of[row].value),
    known("low", "see unit", "lower end of its interval", |of, row| of[row].low),
    known("high", "see unit", "upper end of its interval", |of, row| of[row].high),
    count(
        "n",
        "see metric",
        "customers that it stands on, or intervals between purchases; of nps, csat and ces those who answered, each once, by the latest answer",
        |of, row| Some(of[row].n),
    ),
    text("unit", "", "unit of the value", |of, row| Some(of[row].unit.to_owned())),
    text(
        "rate_kind",
        "",
        "retention where leaving is observed, else pct_active; null of what is no rate",
        |of, row| of[row].kind.map(|kind| kind.to_string()),
    ),
    text("churn_rule", "", "when a customer counts as gone; null where that does not matter", |of, row| {
        of[row].rule.map(|rule| rule.to_string())
    }),
    text("status", "", "ok, low_support or insufficient_data", |of, row| Some(of[row].status.clone())),
];

pub(super) fn loyalty(measures: &[Measure]) -> PolarsResult<ResultTable> {
    let frame = frame(LOYALTY, measures, measures.len())?;
    let about = "one row per measure of the loyalty of the whole base, in a fixed order";
    ResultTable::new("loyalty", about, frame, specs::<_, { LOYALTY.len() }>(LOYALTY))
}

const CUSTOMER: &[Of<[CustomerRow]>] = &[
    count("tenure", "days", "since the first purchase or contract; null of who never bought", |of, row| {
        of[row].tenure.and_then(|days| usize::try_from(days).ok())
    }),
    number("ipt_expected", "days", "expected interval between purchases, drawn towards that of the base", |of, row| {
        of[row].interval
    }),
    known("recency_ratio", "expected intervals", "days since the last purchase by that interval", |of, row| {
        of[row].recency_ratio
    }),
    number("p_alive", "probability", "that the customer still buys, from a model", |of, row| of[row].p_alive),
    number("exp_remaining_life", "periods", "expected remaining life, from a model", |of, row| of[row].remaining_life),
    known("sow", "share", "own spend by all spend in the latest period with a wallet, at most 1", |of, row| {
        of[row].wallet_share
    }),
    count("wallet_rank", "rank", "of our brand among those the customer uses", |of, row| {
        of[row].wallet_rank.map(|rank| rank as usize)
    }),
    count("categories_bought", "categories", "bought at least once; null where categories are not known", |of, row| {
        of[row].categories
    }),
    count("nps", "0 to 10", "latest answer on recommendation", |of, row| of[row].nps.map(|answer| answer as usize)),
    known("csat", "0 to 1", "latest answer on satisfaction, from the worst to the best of its scale", |of, row| {
        of[row].csat
    }),
    known("trend_slope_rel", "share of mean per period", "Theil-Sen slope of revenue by its mean", |of, row| {
        of[row].trend.map(|trend| trend.slope)
    }),
    known("trend_p", "probability", "of so strong a trend by chance (Mann-Kendall)", |of, row| {
        of[row].trend.map(|trend| trend.p_value)
    }),
    text("loyalty_state", "", "state of the relationship", |of, row| Some(of[row].state.to_string())),
    text(
        "quadrant",
        "",
        "tenure by profit, among the customers still with us: true_friends, butterflies, barnacles, strangers; null for those \
         who lapsed, left or never bought",
        |of, row| of[row].quadrant.map(|quadrant| quadrant.to_string()),
    ),
    text("churn_rule", "", "when this customer counts as gone", |of, row| Some(of[row].churn_rule.to_string())),
    count("orders", "orders", "purchases up to the day of observation", |of, row| Some(of[row].orders)),
    count("days_since_last", "days", "since the last purchase", |of, row| {
        of[row].days_since_last.and_then(|days| usize::try_from(days).ok())
    }),
    number(
        "profit",
        "currency",
        "profit in the window by which the quadrant goes; see the flags of the table",
        |of, row| of[row].profit,
    ),
    known("wallet_allocation", "share", "share of wallet that the rank lets expect", |of, row| {
        of[row].wallet_allocation
    }),
    known("cross_buy_breadth", "share", "categories bought by all that products have", |of, row| of[row].breadth),
    text("flags", "", "interval_of_base, wallet_below_own_spend; joined by semicolons", |of, row| {
        Some(of[row].flags.clone()).filter(|flags| !flags.is_empty())
    }),
];

pub(super) fn customers(ids: &Series, rows: &[CustomerRow]) -> PolarsResult<ResultTable> {
    let frame = frame_by_customer(CUSTOMER, ids, rows, rows.len())?;
    let about = "one row per customer of the customers table, with a purchase or with a contract, by id";
    ResultTable::new("persist_customer", about, frame, specs::<_, { CUSTOMER.len() + 1 }>(CUSTOMER))
}

/// A line of `cohort_cell`.
#[derive(Debug, Clone)]
pub(super) struct CohortRow {
    pub(super) cohort: String,
    pub(super) k: usize,
    pub(super) size: usize,
    pub(super) active: Option<usize>,
    pub(super) rate: Option<f64>,
    pub(super) kind: RateKind,
    pub(super) revenue: Option<f64>,
    pub(super) margin: Option<f64>,
    pub(super) is_partial: bool,
    pub(super) channel: String,
}

const COHORT: &[Of<[CohortRow]>] = &[
    text("cohort", "", "period of the first purchase ever, or of the first contract", |of, row| {
        Some(of[row].cohort.clone())
    }),
    count("k", "intervals", "intervals since joining, 0 that of joining; of brackets the first", |of, row| {
        Some(of[row].k)
    }),
    count("size", "customers", "members, one-time buyers and all", |of, row| Some(of[row].size)),
    count("active", "customers", "members that count as active; null while the interval is not over", |of, row| {
        of[row].active
    }),
    known("rate", "share", "active by size", |of, row| of[row].rate),
    text("rate_kind", "", "retention where leaving is observed, else pct_active", |of, row| {
        Some(of[row].kind.to_string())
    }),
    known("revenue", "currency", "net revenue of the members in the interval", |of, row| of[row].revenue),
    known("cm_cum_per_member", "currency per member", "margin since joining where the cost is known", |of, row| {
        of[row].margin
    }),
    flag("is_partial", "", "whether the interval was not over for every member", |of, row| of[row].is_partial),
    text("channel", "", "acquisition channel; `all` of everybody", |of, row| Some(of[row].channel.clone())),
];

pub(super) fn cohorts(rows: &[CohortRow]) -> PolarsResult<ResultTable> {
    let frame = frame(COHORT, rows, rows.len())?;
    let about = "one row per channel, kind of rate, cohort and interval since joining";
    ResultTable::new("cohort_cell", about, frame, specs::<_, { COHORT.len() }>(COHORT))
}

/// A period's accounts for a segment.
#[derive(Debug, Clone)]
pub(super) struct GrowthRow {
    pub(super) start: Date,
    pub(super) segment: String,
    pub(super) growth: Growth,
    pub(super) is_partial: bool,
}

const GROWTH: &[Of<[GrowthRow]>] = &[
    text("segment", "", "segment of the customers as it is now; `all` of everybody", |of, row| {
        Some(of[row].segment.clone())
    }),
    count("active", "customers", "bought", |of, row| Some(of[row].growth.active)),
    count("new", "customers", "bought for the first time ever", |of, row| Some(of[row].growth.new)),
    count("retained", "customers", "bought in the period before too", |of, row| Some(of[row].growth.retained)),
    count("resurrected", "customers", "bought again after a pause", |of, row| Some(of[row].growth.resurrected)),
    count("dormant", "customers", "bought in the period before, and not in this", |of, row| {
        Some(of[row].growth.dormant)
    }),
    known("quick_ratio", "ratio", "new and resurrected by dormant", |of, row| of[row].growth.quick_ratio()),
    flag("is_partial", "", "whether the period was not over: dormant customers may still buy", |of, row| {
        of[row].is_partial
    }),
];

pub(super) fn growth(rows: &[GrowthRow]) -> PolarsResult<ResultTable> {
    let frame = frame(GROWTH, rows, rows.len())?;
    let about = "one row per period and segment: active = active before + new + resurrected - dormant";
    let starts = rows.iter().map(|row| row.start);
    dated("growth_account", about, frame, starts, specs::<_, { GROWTH.len() }>(GROWTH))
}

/// A period's movement of revenue.
#[derive(Debug, Clone)]
pub(super) struct MovementRow {
    pub(super) start: Date,
    pub(super) basis: &'static str,
    pub(super) moved: RevenueMovement,
    pub(super) is_partial: bool,
}

const MOVEMENT: &[Of<[MovementRow]>] = &[
    text("basis", "", "revenue: of the period; contract: value a month at its start and end", |of, row| {
        Some(of[row].basis.to_owned())
    }),
    number("start", "currency", "of the customers of the period before", |of, row| of[row].moved.start),
    number("expansion", "currency", "what they brought more", |of, row| of[row].moved.expansion),
    number("contraction", "currency", "what those who stayed brought less", |of, row| of[row].moved.contraction),
    number(
        "churn",
        "currency",
        "what those who did not buy again had brought; of revenue also what they took back, their returns and credits of the period",
        |of, row| of[row].moved.churn,
    ),
    number("new", "currency", "of customers who came for the first time", |of, row| of[row].moved.new),
    number("resurrected", "currency", "of customers who came back", |of, row| of[row].moved.resurrected),
    number("other", "currency", "returns, credits and fees of customers of neither period", |of, row| {
        of[row].moved.other
    }),
    number(
        "end",
        "currency",
        "of all known customers: start + expansion - contraction - churn + the three",
        |of, row| of[row].moved.end,
    ),
    known("nrr", "share", "net revenue retention", |of, row| of[row].moved.net_retention()),
    known("grr", "share", "gross revenue retention, at most 1", |of, row| of[row].moved.gross_retention()),
    known("quick_ratio", "ratio", "revenue won by revenue lost", |of, row| of[row].moved.quick_ratio()),
    flag("is_partial", "", "whether the period was not over", |of, row| of[row].is_partial),
];

pub(super) fn movements(rows: &[MovementRow]) -> PolarsResult<ResultTable> {
    let frame = frame(MOVEMENT, rows, rows.len())?;
    let about = "one row per basis and period: how revenue moved from the customers of the period before";
    let starts = rows.iter().map(|row| row.start);
    dated("revenue_retention", about, frame, starts, specs::<_, { MOVEMENT.len() }>(MOVEMENT))
}

/// A period's stock of customers under contract.
#[derive(Debug, Clone)]
pub(super) struct StockRow {
    pub(super) period: Date,
    pub(super) start: usize,
    pub(super) new: usize,
    pub(super) end: usize,
    pub(super) rate: Rate,
    pub(super) is_partial: bool,
}

const STOCK: &[Of<[StockRow]>] = &[
    count("start", "customers", "under contract the day before the period", |of, row| Some(of[row].start)),
    count("new", "customers", "under contract at its end, and not before it", |of, row| Some(of[row].new)),
    count("end", "customers", "under contract on its last day, or on the day of observation", |of, row| {
        Some(of[row].end)
    }),
    count("left", "customers", "under contract before, and not at its end", |of, row| {
        (of[row].start + of[row].new).checked_sub(of[row].end)
    }),
    known("rate", "share", "(end - new) / start", |of, row| of[row].rate.value()),
    text("rate_kind", "", "retention", |of, row| Some(of[row].rate.kind().to_string())),
    text("churn_rule", "", "when a customer counts as gone", |of, row| Some(of[row].rate.churn_rule().to_string())),
    flag("is_partial", "", "whether the period was not over", |of, row| of[row].is_partial),
];

pub(super) fn stocks(rows: &[StockRow]) -> PolarsResult<ResultTable> {
    let frame = frame(STOCK, rows, rows.len())?;
    let about = "one row per period: customers under contract at its start and end, and how many stayed";
    dated("stock_retention", about, frame, rows.iter().map(|row| row.period), specs::<_, { STOCK.len() }>(STOCK))
}

/// A cohort's part of an aggregate rate.
#[derive(Debug, Clone)]
pub(super) struct MixRow {
    pub(super) start: Date,
    pub(super) cohort: String,
    pub(super) rate: Rate,
    /// Share of the cohort in all customers counted.
    pub(super) weight: f64,
}

const MIX: &[Of<[MixRow]>] = &[
    text("cohort", "", "period of joining; `all` of everybody", |of, row| Some(of[row].cohort.clone())),
    count("customers", "customers", "active or under contract in the period before", |of, row| {
        Some(of[row].rate.counts().1)
    }),
    count("kept", "customers", "of them, in this period too", |of, row| Some(of[row].rate.counts().0)),
    known("rate", "share", "kept by customers", |of, row| of[row].rate.value()),
    text("rate_kind", "", "retention where leaving is observed, else pct_active", |of, row| {
        Some(of[row].rate.kind().to_string())
    }),
    number("weight", "share", "of the cohort in all: the rate of `all` is the sum of weight times rate", |of, row| {
        of[row].weight
    }),
];

pub(super) fn mix(rows: &[MixRow]) -> PolarsResult<ResultTable> {
    let frame = frame(MIX, rows, rows.len())?;
    let about = "one row per cohort of the last complete period: what the aggregate rate is a mix of, `all` first";
    dated("retention_mix", about, frame, rows.iter().map(|row| row.start), specs::<_, { MIX.len() }>(MIX))
}

const PATTERNS: &[Of<[BuyingPattern]>] = &[
    text("pattern", "", "Y bought, N did not, by calendar year, oldest first", |of, row| Some(of[row].pattern.clone())),
    count("customers", "customers", "with this pattern", |of, row| Some(of[row].customers)),
    flag("gap_then_return", "", "whether they paused for a year and came back", |of, row| of[row].gap_then_return),
];

pub(super) fn patterns(rows: &[BuyingPattern]) -> PolarsResult<ResultTable> {
    let frame = frame(PATTERNS, rows, rows.len())?;
    let about = "one row per pattern of years with and without purchase, the most frequent first";
    ResultTable::new("buying_pattern", about, frame, specs::<_, { PATTERNS.len() }>(PATTERNS))
}

/// One part of the overlap of two periods.
#[derive(Debug, Clone)]
pub(super) struct OverlapRow {
    pub(super) part: &'static str,
    pub(super) customers: usize,
    pub(super) revenue: (f64, f64),
}

const OVERLAP: &[Of<[OverlapRow]>] = &[
    text("part", "", "first_only, both or second_only", |of, row| Some(of[row].part.to_owned())),
    count("customers", "customers", "who bought in that part", |of, row| Some(of[row].customers)),
    number("revenue_first", "currency", "their net revenue in the first period", |of, row| of[row].revenue.0),
    number("revenue_second", "currency", "their net revenue in the second period", |of, row| of[row].revenue.1),
];

pub(super) fn overlap(rows: &[OverlapRow]) -> PolarsResult<ResultTable> {
    let frame = frame(OVERLAP, rows, rows.len())?;
    let about = "how the buyers of the last two complete periods overlap";
    ResultTable::new("period_overlap", about, frame, specs::<_, { OVERLAP.len() }>(OVERLAP))
}

/// A point of a survival curve.
#[derive(Debug, Clone)]
pub(super) struct SurvivalRow {
    pub(super) segment: String,
    pub(super) t: usize,
    pub(super) at_risk: usize,
    pub(super) events: usize,
    pub(super) survival: f64,
    pub(super) error: f64,
    pub(super) model: Option<(f64, Option<f64>)>,
    pub(super) basis: &'static str,
    pub(super) rule: ChurnRule,
}

const SURVIVAL: &[Of<[SurvivalRow]>] = &[
    text("segment", "", "segment of the customers as it is now; `all` of everybody", |of, row| {
        Some(of[row].segment.clone())
    }),
    count("t", "periods", "whole periods since the first purchase or contract", |of, row| Some(of[row].t)),
    count("at_risk", "customers", "still there and watched just before", |of, row| Some(of[row].at_risk)),
    count("events", "customers", "who left in the period that ends then", |of, row| Some(of[row].events)),
    number("s", "share", "still there (Kaplan-Meier)", |of, row| of[row].survival),
    number("se", "share", "Greenwood's standard error; null once nobody is left", |of, row| of[row].error),
    known("s_model", "share", "still there by the sBG model; null without contracts or without a fit", |of, row| {
        of[row].model.map(|model| model.0)
    }),
    known("r_model", "share", "retention rate of the model in that period", |of, row| {
        of[row].model.and_then(|model| model.1)
    }),
    text("basis", "", "contract or purchases", |of, row| Some(of[row].basis.to_owned())),
    text("churn_rule", "", "when a customer counts as gone", |of, row| Some(of[row].rule.to_string())),
];

pub(super) fn survival(rows: &[SurvivalRow]) -> PolarsResult<ResultTable> {
    let frame = frame(SURVIVAL, rows, rows.len())?;
    let about = "one row per basis, segment and period since the beginning: how many customers are still there";
    ResultTable::new("survival_curve", about, frame, specs::<_, { SURVIVAL.len() }>(SURVIVAL))
}

/// A day on which somebody bought again.
#[derive(Debug, Clone)]
pub(super) struct NextRow {
    pub(super) purchase: usize,
    pub(super) days: f64,
    pub(super) at_risk: usize,
    pub(super) events: usize,
    pub(super) waiting: f64,
    pub(super) error: f64,
}

const NEXT: &[Of<[NextRow]>] = &[
    count("purchase", "purchases", "which purchase the wait is after: 1 is from the first to the second", |of, row| {
        Some(of[row].purchase)
    }),
    number("t", "days", "since that purchase", |of, row| of[row].days),
    count("at_risk", "customers", "still waiting and watched just before", |of, row| Some(of[row].at_risk)),
    count("events", "customers", "who bought again on that day", |of, row| Some(of[row].events)),
    number("s", "share", "have not bought again until then (Kaplan-Meier)", |of, row| of[row].waiting),
    number("se", "share", "Greenwood's standard error; null once everybody has bought", |of, row| of[row].error),
];

pub(super) fn next_purchases(rows: &[NextRow]) -> PolarsResult<ResultTable> {
    let frame = frame(NEXT, rows, rows.len())?;
    let about = "one row per purchase and day on which somebody bought again: how many still wait";
    ResultTable::new("next_purchase", about, frame, specs::<_, { NEXT.len() }>(NEXT))
}

/// What one item of the surveys matters, and how it goes.
#[derive(Debug, Clone)]
pub(super) struct ItemRow {
    pub(super) item: String,
    pub(super) n: usize,
    pub(super) importance: f64,
    pub(super) performance: f64,
    pub(super) action: Action,
}

const ITEMS: &[Of<[ItemRow]>] = &[
    text("item", "", "what was asked", |of, row| Some(of[row].item.clone())),
    count("n", "customers", "who answered it and the overall question", |of, row| Some(of[row].n)),
    number("importance", "correlation", "of the item with the overall question", |of, row| of[row].importance),
    number("performance", "0 to 1", "mean of the latest answers, from the worst to the best", |of, row| {
        of[row].performance
    }),
    number("gap", "difference", "importance less performance", |of, row| of[row].importance - of[row].performance),
    text("action", "", "concentrate_here, keep_up, low_priority or possible_overkill, by the means", |of, row| {
        Some(of[row].action.to_string())
    }),
];

pub(super) fn items(rows: &[ItemRow]) -> PolarsResult<ResultTable> {
    let frame = frame(ITEMS, rows, rows.len())?;
    let about = "one row per item of the surveys: what it matters and how it goes";
    ResultTable::new("importance_performance", about, frame, specs::<_, { ITEMS.len() }>(ITEMS))
}

/// A table that begins with the first days of periods.
fn dated(
    name: &'static str,
    about: &'static str,
    frame: DataFrame,
    starts: impl Iterator<Item = Date>,
    specs: impl Into<Vec<ColumnSpec>>,
) -> PolarsResult<ResultTable> {
    let days = Series::new("period_start".into(), starts.map(Date::days_since_epoch).collect::<Vec<i32>>());
    let mut columns = vec![days.cast(&DataType::Date)?.into_column()];
    columns.extend(frame.columns().iter().map(Column::clone));
    let mut described = vec![column("period_start", "", "first day of the period")];
    described.extend(specs.into());
    ResultTable::new(name, about, DataFrame::new(frame.height(), columns)?, described)
}
