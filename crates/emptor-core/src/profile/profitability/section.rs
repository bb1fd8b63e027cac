//! Profitability as tables, and what they say.

use std::collections::BTreeMap;

use emptor_types::ExactSum;
use polars::prelude::{DataFrame, DataType, NamedFrom, Series, SortMultipleOptions};

use super::super::error::ProfileError;
use super::super::ids::matched;
use super::super::input::ProfileInput;
use super::super::lines::Lines;
use super::super::section::{Coverage, Finding, Gap, Need, P, ResultTable, Section};
use super::super::words::{change as signed, many, money, percent};
use super::Ladders;
use super::bridge::MarginBridge;
use super::concentration;
use super::customers::{Ranked, column as values};
use super::query::by_product;
use super::settings::ProfitabilitySettings;
use crate::columns::{ColumnSpec, column};

/// The rungs of the ladder, as columns.
const RUNGS: [ColumnSpec; 13] = [
    column("list_rev", "currency", "what was sold, at list prices where they are known"),
    column("discount", "currency", "list less net amount of what was sold"),
    column("returns", "currency", "net amount of returns, positive"),
    column("net_rev", "currency", "net revenue"),
    column("cogs", "currency", "product cost; null where a part is unknown"),
    column("cm1", "currency", "gross profit: net_rev − cogs"),
    column("cts", "currency", "cost to serve"),
    column("direct_mkt", "currency", "direct marketing"),
    column("cm2", "currency", "contribution margin: cm1 − cts − direct_mkt"),
    column("fixed_alloc", "currency", "allocated fixed cost"),
    column("net_profit", "currency", "cm2 − fixed_alloc"),
    column("cm2_pct", "share of net_rev", "cm2 by net_rev"),
    column("imputed_share", "share of net_rev", "net revenue whose product cost is imputed"),
];

const fn after<const N: usize>(first: &[ColumnSpec], last: &[ColumnSpec]) -> [ColumnSpec; N] {
    let mut all = [RUNGS[0]; N];
    let mut i = 0;
    while i < N {
        all[i] = if i < first.len() {
            first[i]
        } else if i < first.len() + RUNGS.len() {
            RUNGS[i - first.len()]
        } else {
            last[i - first.len() - RUNGS.len()]
        };
        i += 1;
    }
    all
}

/// The columns of `profit_customer`: one row per customer, the most profitable first, those of unknown margin last.
pub const CUSTOMER_COLUMNS: &[ColumnSpec] = &after::<20>(
    &[column("customer_id", "", "the customer"), column("period_start", "date", "first day of the window")],
    &[
        column("whale_rank", "count", "place by cm2, 1 for the greatest; null where cm2 is unknown"),
        column("cum_customers", "share", "this customer and those before, of all whose cm2 is known"),
        column("cum_profit", "share", "cm2 of these, of all; null where the total is not positive"),
        column("cum_profit_abs", "currency", "cm2 of these"),
        column("profit_class", "", "loss, low, mid or high"),
    ],
);

/// The columns of `profit_product` (one row per product) and, with `period_start` instead of `product_id`, of
/// `profit_period`.
pub const LADDER_COLUMNS: &[ColumnSpec] =
    &after::<14>(&[column("product_id", "", "the product; null for what belongs to none")], &[]);

const PERIOD_COLUMNS: &[ColumnSpec] = &after::<14>(&[column("period_start", "date", "first day of the period")], &[]);

/// The columns of `profit_segment`: one row per value of each attribute that scores of customers have.
pub const SEGMENT_COLUMNS: &[ColumnSpec] = &[
    column("attribute", "", "grade or segment"),
    column("level", "", "its value; null for customers without one"),
    column("customers", "customers", "its customers"),
    column("net_rev", "currency", "their net revenue"),
    column("cm2", "currency", "their contribution margin, as far as known"),
    column("cm2_per_customer", "currency/customer", "the mean over those whose margin is known"),
    column("cm2_pct", "share of net_rev", "cm2 by the revenue of those whose margin is known"),
    column("share_of_cm2", "share", "of the margin of all; null where that is not positive"),
    column("loss_making", "customers", "how many of them cost more than they bring"),
];

/// The columns of `whale_curve`: cumulative profit, the most profitable customers first.
pub const WHALE_COLUMNS: &[ColumnSpec] = &[
    column("customers", "customers", "the most profitable so many"),
    column("share_of_customers", "share", "of all whose margin is known"),
    column("cumulative", "currency", "their contribution margin"),
    column("share_of_total", "share", "of the margin of all; null where that is not positive"),
];

/// The columns of `pareto_share`: one row per share of the customers.
pub const PARETO_COLUMNS: &[ColumnSpec] = &[
    column("top", "share", "the best so many of the customers"),
    column("revenue_share", "share", "their part of net revenue, ranked by revenue"),
    column(
        "profit_share",
        "share",
        "their part of contribution margin, ranked by margin; of the peak where it is lost again",
    ),
    column("profit_basis", "", "of what the part of margin is: total or peak"),
];

/// The columns of `profit_class`: one row per class, the worst first.
pub const CLASS_COLUMNS: &[ColumnSpec] = &[
    column("profit_class", "", "loss, low, mid or high; null where margin is unknown"),
    column("customers", "customers", "its customers"),
    column("cm2", "currency", "their contribution margin"),
];

/// The columns of `margin_bridge`: one row per step from gross profit before to gross profit now.
pub const BRIDGE_COLUMNS: &[ColumnSpec] = &[
    column("step", "", "before, volume, mix, price, cost, new, lost, other or after"),
    column(
        "amount",
        "currency",
        "gross profit before and after; in between what the step adds. before + steps = after",
    ),
];

/// The profitability of customers, products and segments.
///
/// # Errors
/// If settings break rules, if ids do not match, or if a query fails.
pub fn section(input: &ProfileInput<'_>, settings: &ProfitabilitySettings) -> Result<Section, ProfileError> {
    settings.check()?;
    let mut section = Section::new(P::Profitability);
    match input.profits {
        Some(ladders) => ladder_tables(&mut section, input, ladders, settings)?,
        None => {
            let needs = [Need::column("products", "unit_cost"), Need::column("transactions", "quantity")];
            let reason = "profit is unknown without costs; revenue would rank customers by size, not by profit";
            section.gaps.push(Gap::new("profit_customer", needs, reason));
        }
    }
    bridge(&mut section, input)?;
    Ok(section)
}

fn ladder_tables(
    section: &mut Section,
    input: &ProfileInput<'_>,
    ladders: &Ladders,
    settings: &ProfitabilitySettings,
) -> Result<(), ProfileError> {
    if ladders.customers.height() == 0 {
        let reason = "no line or activity of the window has a customer";
        section.gaps.push(Gap::new("profit_customer", Vec::new(), reason));
        return Ok(());
    }
    let ranked = Ranked::of(&ladders.customers, settings)?;
    let known = ranked.profits.iter().filter(|profit| !profit.is_nan()).count();
    let revenue = values(&ranked.frame, "net_rev")?;
    let sum = |values: &mut dyn Iterator<Item = f64>| {
        let mut sum = ExactSum::ZERO;
        values.for_each(|value| sum.add(value));
        sum.value()
    };
    let (covered, all) = (sum(&mut revenue[..known].iter().copied()), sum(&mut revenue.iter().copied()));
    let coverage = Coverage::new((known, revenue.len()), (covered, all));
    let is_thin = coverage.share().is_some_and(|share| share < settings.min_coverage);

    let mut customers = unallocated(ranked.frame.clone())?;
    let start = Series::new("period_start".into(), vec![input.window.from().days_since_epoch(); customers.height()]);
    customers.with_column(start.cast(&DataType::Date)?.into())?;
    let customers = customers.select(CUSTOMER_COLUMNS.iter().map(|spec| spec.name))?;
    let about = "what every customer brought over the window, down the ladder of margins, the most profitable first";
    let mut table = ResultTable::new("profit_customer", about, customers, CUSTOMER_COLUMNS)?.with_coverage(coverage);
    if is_thin {
        table = table.with_flag(format!("low_coverage: {:.2}", coverage.share().unwrap_or(0.0)));
    }
    if !ladders.has_cost_to_serve {
        table = table.with_flag("no_cost_to_serve: cm2 is gross profit");
        let needs = [Need::table("activities"), Need::table("cost_pools")];
        let reason = "nothing charges customers for service, so that those who need much of it look as good as others";
        section.gaps.push(Gap::new("cost to serve", needs, reason));
    }
    if values(&table.frame, "fixed_alloc")?.iter().all(|amount| amount.is_nan()) {
        let needs = [Need::table("cost_pools")];
        section.gaps.push(Gap::new("net_profit", needs, "no fixed cost is allocated, so that net profit is not known"));
    }
    section.tables.push(table);

    let by = SortMultipleOptions::default().with_order_descending_multi([true, false]).with_nulls_last(true);
    let products =
        ladders.products.sort(["cm2", "product_id"], by)?.select(LADDER_COLUMNS.iter().map(|spec| spec.name))?;
    let about = "what every product brought over the window, the most profitable first, those of unknown cost last";
    section.tables.push(ResultTable::new("profit_product", about, products, LADDER_COLUMNS)?);
    let periods = unallocated(ladders.periods.clone())?.select(PERIOD_COLUMNS.iter().map(|spec| spec.name))?;
    section.tables.push(ResultTable::new(
        "profit_period",
        "what all customers brought, by period",
        periods,
        PERIOD_COLUMNS,
    )?);

    segments(section, input, &ranked, &revenue)?;
    if let (Some(whale), Some(by_revenue)) = (&ranked.whale, ranked.revenue()?) {
        let points = whale.thinned(settings.curve_points)?;
        let frame = polars::df!(
            "customers" => points.iter().map(|point| i64::try_from(point.customers).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
            "share_of_customers" => points.iter().map(|point| point.share_of_customers).collect::<Vec<_>>(),
            "cumulative" => points.iter().map(|point| point.cumulative).collect::<Vec<_>>(),
            "share_of_total" => points.iter().map(|point| point.share_of_total).collect::<Vec<_>>(),
        )?;
        let about = "cumulative contribution margin over customers, the most profitable first";
        section.tables.push(ResultTable::new("whale_curve", about, frame, WHALE_COLUMNS)?);
        let tops: Vec<_> = settings
            .top
            .iter()
            .map(|share| Ok((by_revenue.top(*share)?, whale.top(*share)?)))
            .collect::<Result<_, emptor_types::Invalid>>()?;
        let frame = polars::df!(
            "top" => settings.top.clone(),
            "revenue_share" => tops.iter().map(|(revenue, _)| revenue.share_of_total).collect::<Vec<_>>(),
            "profit_share" => tops.iter().map(|(_, profit)| profit.share_of_total).collect::<Vec<_>>(),
            "profit_basis" => tops.iter().map(|(_, profit)| profit.basis.to_string()).collect::<Vec<_>>(),
        )?;
        section.tables.push(ResultTable::new("pareto_share", "what the best customers bring", frame, PARETO_COLUMNS)?);
        let known = &ranked.profits[..known];
        section.tables.push(concentration::table((&revenue, &by_revenue), (known, whale), settings)?);
        section.findings.extend(findings(&ranked, whale, &by_revenue, coverage)?);
    }
    let parts = &ranked.classes.parts;
    let frame = polars::df!(
        "profit_class" => parts.iter().map(|part| part.class.map(|class| class.to_string())).collect::<Vec<_>>(),
        "customers" => parts.iter().map(|part| i64::try_from(part.customers).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
        "cm2" => parts.iter().map(|part| part.class.map(|_| part.profit)).collect::<Vec<_>>(),
    )?;
    section.tables.push(ResultTable::new("profit_class", "customers by what they bring", frame, CLASS_COLUMNS)?);
    Ok(())
}

/// Sums of one level of an attribute.
#[derive(Default)]
struct Level {
    customers: i64,
    revenue: ExactSum,
    known: i64,
    known_revenue: ExactSum,
    profit: ExactSum,
    loss_making: i64,
}

fn segments(
    section: &mut Section,
    input: &ProfileInput<'_>,
    ranked: &Ranked,
    revenue: &[f64],
) -> Result<(), ProfileError> {
    let attributes: Vec<&str> =
        ["grade", "segment"].into_iter().filter(|name| input.scores.is_some_and(|scores| scores.has(name))).collect();
    let Some(scores) = input.scores.filter(|_| !attributes.is_empty()) else {
        let needs = [Need::column("scores", "grade"), Need::column("scores", "segment")];
        section.gaps.push(Gap::new("profit_segment", needs, "customers have neither grade nor segment"));
        return Ok(());
    };
    let ids = ranked.frame.column("customer_id")?.as_materialized_series();
    let own = matched(ids, scores.frame(), "scores of customers", "customer_id", &attributes)?;
    let all: f64 = ranked.profits.iter().filter(|profit| !profit.is_nan()).sum();
    let mut levels: Vec<(&str, Option<String>, Level)> = Vec::new();
    for attribute in attributes {
        let mut sums: BTreeMap<Option<String>, Level> = BTreeMap::new();
        for (row, level) in own.column(attribute)?.str()?.iter().enumerate() {
            let sum = sums.entry(level.map(str::to_owned)).or_default();
            sum.customers += 1;
            sum.revenue.add(revenue[row]);
            let profit = ranked.profits[row];
            if !profit.is_nan() {
                sum.known += 1;
                sum.known_revenue.add(revenue[row]);
                sum.profit.add(profit);
                sum.loss_making += i64::from(profit < 0.0);
            }
        }
        levels.extend(sums.into_iter().map(|(level, sum)| (attribute, level, sum)));
    }
    let number = |of: &dyn Fn(&Level) -> f64| -> Vec<Option<f64>> {
        levels.iter().map(|(_, _, sum)| Some(of(sum)).filter(|x| x.is_finite())).collect()
    };
    let frame = polars::df!(
        "attribute" => levels.iter().map(|(attribute, _, _)| *attribute).collect::<Vec<_>>(),
        "level" => levels.iter().map(|(_, level, _)| level.clone()).collect::<Vec<_>>(),
        "customers" => levels.iter().map(|(_, _, sum)| sum.customers).collect::<Vec<_>>(),
        "net_rev" => number(&|sum| sum.revenue.value()),
        "cm2" => number(&|sum| if sum.known > 0 { sum.profit.value() } else { f64::NAN }),
        "cm2_per_customer" => number(&|sum| sum.profit.value() / sum.known as f64),
        "cm2_pct" => number(&|sum| if sum.known_revenue.value() > 0.0 { sum.profit.value() / sum.known_revenue.value() } else { f64::NAN }),
        "share_of_cm2" => number(&|sum| if all > 0.0 && sum.known > 0 { sum.profit.value() / all } else { f64::NAN }),
        "loss_making" => levels.iter().map(|(_, _, sum)| sum.loss_making).collect::<Vec<_>>(),
    )?;
    section.tables.push(ResultTable::new("profit_segment", "what grades and segments bring", frame, SEGMENT_COLUMNS)?);
    Ok(())
}

fn bridge(section: &mut Section, input: &ProfileInput<'_>) -> Result<(), ProfileError> {
    let lines = Lines::of(&input.tables)?;
    if !lines.has("cost") {
        let needs = [Need::column("products", "unit_cost"), Need::column("transactions", "quantity")];
        section.gaps.push(Gap::new("margin_bridge", needs, "gross profit is unknown without product costs"));
        return Ok(());
    }
    let before = input.window.before()?;
    let first = input.tables.transactions().quality().days.map(|(first, _)| first);
    if first.is_none_or(|first| first > before.from()) {
        let known = first.map_or(0, |first| (input.window.from().days_since_epoch() - first.days_since_epoch()).max(0));
        let reason = format!("the window before is known for {known} of {} days", before.days());
        section.gaps.push(Gap::new("margin_bridge", Vec::new(), reason));
        return Ok(());
    }
    let (products, known, all) = by_product(&lines, &input.window)?;
    if !products.iter().any(|product| product.quantity[0] > 0.0) {
        let reason = "nothing was sold in as many days before the window, so that there is nothing to compare with";
        section.gaps.push(Gap::new("margin_bridge", Vec::new(), reason));
        return Ok(());
    }
    let bridge = MarginBridge::between(&products);
    let steps = [
        ("before", bridge.before),
        ("volume", bridge.volume),
        ("mix", bridge.mix),
        ("price", bridge.price),
        ("cost", bridge.cost),
        ("new", bridge.new),
        ("lost", bridge.lost),
        ("other", bridge.other),
        ("after", bridge.after),
    ];
    let frame = polars::df!("step" => steps.map(|(step, _)| step), "amount" => steps.map(|(_, amount)| amount))?;
    let table =
        ResultTable::new("margin_bridge", "why gross profit moved since the window before", frame, BRIDGE_COLUMNS)?;
    section.tables.push(table.with_coverage(Coverage::new((0, 0), (known, all))));
    let greatest = steps[1..8].iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    if let Some((step, amount)) = greatest {
        let change = bridge.after - bridge.before;
        section.findings.push(Finding::new(
            "margin_bridge",
            0.6,
            format!(
                "Gross profit went from {} to {} ({}) against the window before; the greatest step is {step} ({}).",
                money(bridge.before),
                money(bridge.after),
                signed(change),
                signed(*amount),
            ),
        ));
    }
    Ok(())
}

fn findings(
    ranked: &Ranked,
    whale: &crate::portfolio::WhaleCurve,
    by_revenue: &crate::portfolio::WhaleCurve,
    coverage: Coverage,
) -> Result<Vec<Finding>, ProfileError> {
    let mut findings = Vec::new();
    let summary = whale.summary();
    let fifth = (by_revenue.top(0.2)?, whale.top(0.2)?);
    if let (Some(revenue), Some(profit)) = (fifth.0.share_of_total, fifth.1.share_of_total) {
        let mut finding = Finding::new(
            "pareto_share",
            0.8,
            format!(
                "The best fifth of all {}, those who bought nothing included, brings {} of the margin (by size: {} of the \
                 revenue).",
                many(summary.customers, "customer", "customers"),
                percent(profit),
                percent(revenue),
            ),
        );
        if let Some(share) = coverage.share().filter(|share| *share < 0.995) {
            finding = finding.with_caveat(format!("Costs are known of {} of the revenue only.", percent(share)));
        }
        findings.push(finding);
    }
    if summary.loss_making > 0 {
        findings.extend(losses(ranked, summary.peak)?);
    } else {
        let text = format!(
            "None of {} costs more than they bring, as far as costs are known.",
            many(summary.customers, "customer", "customers")
        );
        findings.push(Finding::new("whale_curve", 0.3, text));
    }
    Ok(findings)
}

/// Who costs more than they bring: customers who buy and still lose money are another matter than those who only cost.
fn losses(ranked: &Ranked, peak: f64) -> Result<Vec<Finding>, ProfileError> {
    let revenue = values(&ranked.frame, "net_rev")?;
    let mut sums = [(0_usize, 0.0_f64); 3];
    for (revenue, profit) in revenue.iter().zip(&ranked.profits).filter(|(_, profit)| **profit < 0.0) {
        let kind = match *revenue {
            revenue if revenue >= f64::MIN_POSITIVE => 0,
            revenue if revenue.abs() < f64::MIN_POSITIVE => 1,
            _ => 2,
        };
        sums[kind] = (sums[kind].0 + 1, sums[kind].1 - profit);
    }
    let [(buyers, lost), (idle, cost), (returners, returned)] = sums;
    let share = |amount: f64| if peak > 0.0 { amount / peak } else { 1.0 };
    let mut findings = Vec::new();
    if buyers > 0 {
        let text = format!(
            "{} who bought cost more than they bring; together they take {}, {} of what the others earn.",
            many(buyers, "customer", "customers"),
            money(lost),
            percent(share(lost)),
        );
        findings.push(Finding::new("whale_curve", (0.3 + share(lost)).min(0.9), text));
        let worst = ranked.profits.iter().zip(&revenue).enumerate();
        let worst = worst.filter(|(_, (_, revenue))| **revenue >= f64::MIN_POSITIVE);
        let worst = worst.filter(|(_, (profit, _))| !profit.is_nan()).min_by(|a, b| a.1.0.total_cmp(b.1.0));
        if let Some((_, (profit, _))) = worst {
            // Findings travel by mail: who it is stands in the table only.
            let text = format!("The most costly of them alone is at {}.", money(*profit));
            findings.push(Finding::new("profit_customer", (0.25 + share(-profit)).min(0.6), text));
        }
    }
    if idle > 0 {
        let text = format!(
            "{} brought nothing in the window and cost {} to serve.",
            many(idle, "customer", "customers"),
            money(cost)
        );
        findings.push(Finding::new("profit_customer", (0.2 + share(cost)).min(0.7), text));
    }
    if returners > 0 {
        let text = format!(
            "{} returned more than they bought in the window, which takes {} of margin.",
            many(returners, "customer", "customers"),
            money(returned)
        );
        findings.push(Finding::new("profit_customer", (0.2 + share(returned)).min(0.5), text));
    }
    Ok(findings)
}

/// Nothing is allocated where no rule and no pool does it: unknown, not zero.
pub(crate) fn unallocated(mut frame: DataFrame) -> Result<DataFrame, ProfileError> {
    let is_nothing = |frame: &DataFrame, name: &str| -> Result<bool, ProfileError> {
        Ok(values(frame, name)?.iter().all(|amount| amount.is_nan() || amount.abs() < f64::MIN_POSITIVE))
    };
    for (name, also) in [("direct_mkt", None), ("fixed_alloc", Some("net_profit"))] {
        if is_nothing(&frame, name)? {
            for name in [Some(name), also].into_iter().flatten() {
                frame.with_column(Series::full_null(name.into(), frame.height(), &DataType::Float64).into())?;
            }
        }
    }
    Ok(frame)
}
