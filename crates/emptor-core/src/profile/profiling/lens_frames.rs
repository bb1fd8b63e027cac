//! The tables of the lenses.

use polars::prelude::{DataFrame, DataType, PolarsResult, col};

use super::base::money;
use super::concentration::Decile;
use super::lens::{Cell, Cohorts, Decomposed, EARLIER, Move, Moved, NO_PURCHASE, Pair};
use crate::columns::ColumnSpec;
use crate::period::Period;
use crate::profile::lines::collect;
use crate::table::{Of, count, flag, frame, known, number, specs, text};

/// Days since the epoch become dates.
fn dated(frame: DataFrame, columns: &[&str]) -> PolarsResult<DataFrame> {
    use polars::prelude::IntoLazy;
    let date = |name: &&str| col(*name).cast(DataType::Int32).cast(DataType::Date);
    collect(frame.lazy().with_columns(columns.iter().map(date).collect::<Vec<_>>()))
}

const DECOMPOSITION: &[Of<[Decomposed]>] = &[
    text("scope", "", "period: calendar periods; window: this window and the one before", |of, i| {
        Some(of[i].scope.to_owned())
    }),
    number("period_start", "date", "first day", |of, i| f64::from(of[i].start)),
    count("customers", "count", "customers with an order", |of, i| Some(of[i].cell.customers)),
    count("orders", "count", "their orders", |of, i| Some(of[i].cell.orders)),
    known("aof", "orders/customer", "orders by customers", |of, i| of[i].cell.sales().factors().aof),
    known("aov", "currency/order", "net revenue by orders, a ratio of totals", |of, i| {
        of[i].cell.sales().factors().aov
    }),
    known("margin", "share", "gross margin of the revenue whose cost is known", |of, i| of[i].cell.sales().margin),
    known("profit", "currency", "customers × aof × aov × margin", |of, i| of[i].cell.sales().profit()),
    known("dln_customers", "log points", "change of customers since the row before", |of, i| of[i].change.customers),
    known("dln_aof", "log points", "change of orders per customer", |of, i| of[i].change.aof),
    known("dln_aov", "log points", "change of revenue per order", |of, i| of[i].change.aov),
    known("dln_margin", "log points", "change of the margin", |of, i| of[i].change.margin),
    known("dln_revenue", "log points", "change of revenue: the first three added up", |of, i| of[i].change.revenue()),
    known("dln_profit", "log points", "change of profit: all four added up", |of, i| of[i].change.profit()),
    number("revenue", "currency", "net revenue, returns included", |of, i| of[i].cell.revenue()),
    known("mean_spend_per_order", "currency/order", "unweighted mean of customers' own averages; not aov", |of, i| {
        of[i].cell.mean_spend_per_order()
    }),
    known("cost_coverage", "share", "net revenue whose cost is known", |of, i| of[i].cell.cost_coverage()),
    flag("is_partial", "", "whether the data or the window cover a part of the period only", |of, i| of[i].is_partial),
    text("reason", "", "why changes are null", |of, i| of[i].reason.map(str::to_owned)),
];

pub(super) const DECOMPOSITION_COLUMNS: &[ColumnSpec] = &specs::<_, { DECOMPOSITION.len() }>(DECOMPOSITION);

pub(super) fn decomposition(rows: &[Decomposed]) -> PolarsResult<DataFrame> {
    dated(frame(DECOMPOSITION, rows, rows.len())?, &["period_start"])
}

/// A measure and one of its deciles.
pub(super) type Tenth = (&'static str, Decile);

const DECILE: &[Of<[Tenth]>] = &[
    text("measure", "", "spend, or margin", |of, i| Some(of[i].0.to_owned())),
    count("decile", "1 to 10", "tenth of the customers, 1 = best", |of, i| Some(of[i].1.decile)),
    count("customers", "count", "customers in it", |of, i| Some(of[i].1.customers)),
    number("amount", "currency", "their amount in the window", |of, i| of[i].1.amount),
    known("share", "share", "its share of the total", |of, i| of[i].1.share),
    known("cum_share", "share", "the share of this decile and all before it", |of, i| of[i].1.cumulative),
    number("mean", "currency", "amount by customer", |of, i| of[i].1.amount / of[i].1.customers as f64),
    number("least", "currency", "the least amount of one of them", |of, i| of[i].1.least),
    number("greatest", "currency", "the greatest", |of, i| of[i].1.greatest),
];

pub(super) const DECILE_COLUMNS: &[ColumnSpec] = &specs::<_, { DECILE.len() }>(DECILE);

pub(super) fn deciles(rows: &[Tenth]) -> PolarsResult<DataFrame> {
    frame(DECILE, rows, rows.len())
}

/// First day of a period, first day of the one before, how customers moved, and those who did.
pub(super) type Overlap = (i32, i32, Move, Moved);

const OVERLAP: &[Of<[Overlap]>] = &[
    number("period_start", "date", "first day of the later period", |of, i| f64::from(of[i].0)),
    number("versus_start", "date", "first day of the period before", |of, i| f64::from(of[i].1)),
    text("moved", "", "new, returning, kept, not seen again, or no order in either", |of, i| {
        Some(of[i].2.name().to_owned())
    }),
    count("customers", "count", "customers", |of, i| Some(of[i].3.customers)),
    count("orders_before", "count", "orders in the period before", |of, i| Some(of[i].3.orders[0])),
    count("orders", "count", "orders in the later period", |of, i| Some(of[i].3.orders[1])),
    number("revenue_before", "currency", "net revenue in the period before", |of, i| money(of[i].3.net[0])),
    number("revenue", "currency", "net revenue in the later period", |of, i| money(of[i].3.net[1])),
    number("change", "currency", "the difference; all rows of a period add up to that of the base", |of, i| {
        money(of[i].3.net[1] - of[i].3.net[0])
    }),
];

pub(super) const OVERLAP_COLUMNS: &[ColumnSpec] = &specs::<_, { OVERLAP.len() }>(OVERLAP);

pub(super) fn overlap(rows: &[Overlap]) -> PolarsResult<DataFrame> {
    dated(frame(OVERLAP, rows, rows.len())?, &["period_start", "versus_start"])
}

/// A cohort in a period.
pub(super) struct CohortCell {
    name: String,
    start: i32,
    is_partial: bool,
    age: Option<usize>,
    size: usize,
    cell: Cell,
    so_far: f64,
}

const COHORT: &[Of<[CohortCell]>] = &[
    text(
        "cohort",
        "",
        "first day of the period of the first purchase; `earlier` than the window, or `no purchase`",
        |of, i| Some(of[i].name.clone()),
    ),
    number("period_start", "date", "first day of the period", |of, i| f64::from(of[i].start)),
    count("age", "periods", "periods since that of the first purchase", |of, i| of[i].age),
    count("size", "count", "members of the cohort", |of, i| Some(of[i].size)),
    count("active", "count", "members with an order in the period", |of, i| Some(of[i].cell.customers)),
    known("share_active", "share", "active by size", |of, i| {
        (of[i].size > 0).then(|| of[i].cell.customers as f64 / of[i].size as f64)
    }),
    count("orders", "count", "their orders", |of, i| Some(of[i].cell.orders)),
    known("aof", "orders/customer", "orders by active members", |of, i| of[i].cell.sales().factors().aof),
    known("aov", "currency/order", "net revenue by orders", |of, i| of[i].cell.sales().factors().aov),
    known("margin", "share", "gross margin of the revenue whose cost is known", |of, i| of[i].cell.sales().margin),
    known("profit", "currency", "size × share_active × aof × aov × margin", |of, i| of[i].cell.sales().profit()),
    number("revenue", "currency", "net revenue; all cohorts of a period add up to that of the base", |of, i| {
        of[i].cell.revenue()
    }),
    known("revenue_per_member", "currency/member", "net revenue by size", |of, i| {
        (of[i].size > 0).then(|| of[i].cell.revenue() / of[i].size as f64)
    }),
    known("cum_revenue_per_member", "currency/member", "the same from the beginning of the window", |of, i| {
        (of[i].size > 0).then(|| of[i].so_far / of[i].size as f64)
    }),
    flag("is_partial", "", "whether the window covers a part of the period only", |of, i| of[i].is_partial),
];

pub(super) const COHORT_COLUMNS: &[ColumnSpec] = &specs::<_, { COHORT.len() }>(COHORT);

/// Cohorts that have members, by cohort and period, from the period of the cohort on.
pub(super) fn cohorts(cohorts: &Cohorts, periods: &[Period]) -> PolarsResult<DataFrame> {
    let n = periods.len();
    let mut rows = Vec::new();
    // Those from before the window come first.
    for cohort in std::iter::once(n).chain(0..n).chain([n + 1]).filter(|cohort| cohorts.sizes[*cohort] > 0) {
        let mut so_far = 0;
        for (period, cell) in cohorts.cells[cohort].iter().enumerate() {
            so_far += cell.net;
            let age = (cohort < n).then(|| period.checked_sub(cohort)).flatten();
            // A return before the first purchase belongs to the cohort, but to no age of it.
            if cohort < n && age.is_none() && cell.net == 0 {
                continue;
            }
            rows.push(CohortCell {
                name: match cohort {
                    cohort if cohort < n => periods[cohort].start.to_string(),
                    cohort if cohort == n => EARLIER.to_owned(),
                    _ => NO_PURCHASE.to_owned(),
                },
                start: periods[period].start.days_since_epoch(),
                is_partial: periods[period].is_partial,
                age,
                size: cohorts.sizes[cohort],
                cell: *cell,
                so_far: money(so_far),
            });
        }
    }
    dated(frame(COHORT, &rows[..], rows.len())?, &["period_start"])
}

const PAIR: &[Of<(Vec<Pair>, Vec<i32>)>] = &[
    number("cohort", "date", "first day of the cohort", |of, i| f64::from(of.1[of.0[i].cohort])),
    number("versus", "date", "first day of the cohort before", |of, i| f64::from(of.1[of.0[i].versus])),
    count("age", "periods", "through this age, which both have lived in full", |of, i| Some(of.0[i].age)),
    count("size", "count", "members of the cohort", |of, i| Some(of.0[i].sizes[0])),
    count("versus_size", "count", "members of the cohort before", |of, i| Some(of.0[i].sizes[1])),
    number("revenue_per_member", "currency/member", "net revenue by size through that age", |of, i| {
        of.0[i].per_member[0]
    }),
    number("versus_revenue_per_member", "currency/member", "the same of the cohort before", |of, i| {
        of.0[i].per_member[1]
    }),
    known("dln_active", "log points", "difference of active periods per member", |of, i| of.0[i].change[0]),
    known("dln_aof", "log points", "difference of orders per active period", |of, i| of.0[i].change[1]),
    known("dln_aov", "log points", "difference of revenue per order", |of, i| of.0[i].change[2]),
    known("dln_revenue_per_member", "log points", "the three added up", |of, i| of.0[i].whole()),
];

pub(super) const PAIR_COLUMNS: &[ColumnSpec] = &specs::<_, { PAIR.len() }>(PAIR);

pub(super) fn pairs(pairs: Vec<Pair>, periods: &[Period]) -> PolarsResult<DataFrame> {
    let starts = periods.iter().map(|period| period.start.days_since_epoch()).collect();
    let rows = pairs.len();
    dated(frame(PAIR, &(pairs, starts), rows)?, &["cohort", "versus"])
}
