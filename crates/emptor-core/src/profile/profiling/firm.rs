//! The firm in numbers: how its base stands, and on what it depends.

use emptor_table::LineKind;
use polars::prelude::{DataFrame, DataType, PolarsResult, col, lit, when};

use super::base::{money, nothing};
use super::concentration::{herfindahl, top_share};
use super::customer::Profile;
use super::people::Dependence;
use crate::columns::ColumnSpec;
use crate::profile::lines::{Lines, collect, is, millionths};
use crate::profile::{ProfileError, ProfileInput};
use crate::table::{Of, count, frame, known, specs, text};

/// Sums over all lines of the window, of known customers or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Totals {
    pub(super) lines: usize,
    pub(super) revenue: f64,
    pub(super) anonymous_lines: usize,
    pub(super) anonymous: f64,
    pub(super) free_lines: usize,
    pub(super) sales: f64,
    pub(super) returned: f64,
    pub(super) promo: Option<f64>,
    pub(super) discount: Option<f64>,
    pub(super) known_cost: f64,
}

pub(super) fn totals(input: &ProfileInput<'_>, lines: &Lines) -> Result<Totals, ProfileError> {
    let has = |role: &str| input.tables.transactions().has(role);
    let amount = || millionths(col("amount"));
    let part =
        |holds: polars::prelude::Expr, name: &str| when(holds).then(amount()).otherwise(nothing()).sum().alias(name);
    let number = |holds: polars::prelude::Expr, name: &str| holds.cast(DataType::Int64).sum().alias(name);
    let nobody = || col("customer_id").is_null();
    let sale = || is(LineKind::Sale);
    let mut sums = vec![
        number(lit(true).or(nobody()), "lines"),
        amount().sum().alias("revenue"),
        number(nobody(), "anonymous_lines"),
        part(nobody(), "anonymous"),
        number(is(LineKind::Free), "free_lines"),
        part(sale(), "sales"),
        part(is(LineKind::Return), "returned"),
    ];
    if lines.has("cost") {
        sums.push(part(col("cost").is_not_null(), "known_cost"));
    }
    if has("is_promo") {
        sums.push(part(sale().and(col("is_promo").fill_null(lit(false))), "promo"));
    }
    if has("list_amount") || has("discount") {
        let list = if has("list_amount") { col("list_amount") } else { col("amount") + col("discount") };
        let known = sale().and(list.clone().is_not_null());
        let list = millionths(list.fill_null(lit(0.0)));
        sums.push(when(known.clone()).then(list).otherwise(nothing()).sum().alias("list"));
        sums.push(part(known, "off_list"));
    }
    let frame = collect(lines.within(&input.window).select(sums))?;
    let sum = |name: &str| -> PolarsResult<Option<i64>> {
        let Ok(column) = frame.column(name) else { return Ok(None) };
        Ok(column.i64()?.get(0))
    };
    let count = |name: &str| sum(name).map(|n| usize::try_from(n.unwrap_or_default()).unwrap_or_default());
    let amount = |name: &str| sum(name).map(|sum| sum.map(|sum| money(i128::from(sum))));
    let ratio = |part: Option<f64>, whole: Option<f64>| part.zip(whole.filter(|w| *w > 0.0)).map(|(p, w)| p / w);
    let (sales, list, off_list) = (amount("sales")?, amount("list")?, amount("off_list")?);
    Ok(Totals {
        lines: count("lines")?,
        revenue: amount("revenue")?.unwrap_or_default(),
        anonymous_lines: count("anonymous_lines")?,
        anonymous: amount("anonymous")?.unwrap_or_default(),
        free_lines: count("free_lines")?,
        sales: sales.unwrap_or_default(),
        returned: -amount("returned")?.unwrap_or_default(),
        promo: ratio(amount("promo")?, sales),
        discount: ratio(list.zip(off_list).map(|(list, net)| list - net), list),
        known_cost: amount("known_cost")?.unwrap_or_default(),
    })
}

/// One number of the firm.
pub(super) struct Measure {
    name: &'static str,
    pub(super) value: Option<f64>,
    unit: &'static str,
    /// What it is a share or a mean of.
    n: Option<usize>,
    about: &'static str,
}

/// All measures; those that the tables do not allow are left out.
pub(super) fn measures(
    totals: &Totals,
    profile: &Profile,
    dependence: Option<&[Dependence]>,
) -> Result<Vec<Measure>, ProfileError> {
    let rows = &profile.rows;
    let active: Vec<f64> = rows.iter().filter(|row| row.orders > 0).map(|row| row.revenue).collect();
    let (customers, n) = (rows.len(), active.len());
    let hhi = herfindahl(&active);
    let part = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let share = |count: usize, of: usize| part(count as f64, of as f64);
    let buyers = rows.iter().filter(|row| row.recency_days.is_some()).count();
    let once = rows.iter().filter(|row| row.recency_days.is_some() && row.purchases == Some(1)).count();
    let prospects = rows.iter().filter(|row| row.prospect).count();
    let top = |part: f64| top_share(&active, part);
    let greatest = active.iter().copied().reduce(f64::max).and_then(|most| part(most, active.iter().sum()));
    let mut measures = vec![
        measure("customers", Some(customers as f64), "count", None, "customers known on the day of observation"),
        measure("active_customers", Some(n as f64), "count", Some(customers), "those with an order in the window"),
        measure("prospect_share", share(prospects, customers), "share", Some(customers), "those without any line"),
        measure("one_time_share", share(once, buyers), "share", Some(buyers), "buyers with one order in the look-back"),
        measure("net_revenue", Some(totals.revenue), "currency", Some(totals.lines), "all lines of the window"),
        measure(
            "anonymous_share",
            part(totals.anonymous, totals.revenue),
            "share",
            Some(totals.anonymous_lines),
            "net revenue that belongs to no known customer; n = its lines",
        ),
        measure(
            "zero_value_share",
            share(totals.free_lines, totals.lines),
            "share",
            Some(totals.free_lines),
            "lines without money: samples, gifts, replacements; n = these",
        ),
        measure(
            "return_rate",
            part(totals.returned, totals.sales),
            "share",
            None,
            "money of returns by money of sales",
        ),
        measure("hhi", hhi, "0 to 1", Some(n), "Herfindahl–Hirschman index of active customers' net revenue"),
        measure(
            "equal_customers",
            hhi.map(|hhi| 1.0 / hhi),
            "count",
            Some(n),
            "as many equal customers would be as concentrated: 1/hhi",
        ),
        measure("greatest_share", greatest, "share", Some(n), "the greatest customer's share of net revenue"),
        measure("top_1_share", top(0.01)?, "share", Some(n), "net revenue of the best 1 % of active customers"),
        measure("top_10_share", top(0.10)?, "share", Some(n), "net revenue of the best 10 %"),
        measure("top_20_share", top(0.20)?, "share", Some(n), "net revenue of the best 20 %"),
    ];
    if totals.known_cost.abs() > 0.0 {
        let coverage = part(totals.known_cost, totals.revenue);
        measures.push(measure("cost_coverage", coverage, "share", None, "net revenue whose cost is known"));
    }
    if let Some(promo) = totals.promo {
        let about = "sales on promotion by all sales, before returns";
        measures.push(measure("promo_share", Some(promo), "share", None, about));
    }
    if let Some(discount) = totals.discount {
        measures.push(measure("mean_discount", Some(discount), "share", None, "discount by list amount of sales"));
    }
    if let Some(reps) = dependence {
        let all: f64 = reps.iter().filter_map(|rep| rep.revenue_share).sum();
        let first = reps.first().and_then(|rep| rep.revenue_share);
        let about = "net revenue of customers who depend on one representative alone; n = representatives";
        measures.push(measure("key_person_share", Some(all), "share", Some(reps.len()), about));
        let about = "the part of it that depends on the greatest of them";
        measures.push(measure("greatest_rep_share", first, "share", Some(reps.len()), about));
    }
    Ok(measures)
}

fn measure(
    name: &'static str,
    value: Option<f64>,
    unit: &'static str,
    n: Option<usize>,
    about: &'static str,
) -> Measure {
    Measure { name, value, unit, n, about }
}

/// The value of a measure.
pub(super) fn value(measures: &[Measure], name: &str) -> Option<f64> {
    measures.iter().find(|measure| measure.name == name)?.value
}

const FIRM: &[Of<[Measure]>] = &[
    text("measure", "", "name of the measure", |of, i| Some(of[i].name.to_owned())),
    known("value", "", "its value", |of, i| of[i].value),
    text("unit", "", "its unit", |of, i| Some(of[i].unit.to_owned())),
    count("n", "count", "how many it is about", |of, i| of[i].n),
    text("about", "", "what it is", |of, i| Some(of[i].about.to_owned())),
];

pub(super) const FIRM_COLUMNS: &[ColumnSpec] = &specs::<_, { FIRM.len() }>(FIRM);

pub(super) fn to_frame(measures: &[Measure]) -> PolarsResult<DataFrame> {
    frame(FIRM, measures, measures.len())
}
