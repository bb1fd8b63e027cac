//! How concentrated revenue and margin are: Gini, the 80/20 point, and the peak of the whale curve.

use polars::prelude::PolarsResult;

use super::super::error::ProfileError;
use super::super::section::ResultTable;
use super::settings::ProfitabilitySettings;
use crate::columns::{ColumnSpec, column};
use crate::portfolio::{LorenzCurve, WhaleCurve};

/// The columns of `profit_concentration`: one row per amount and measure.
pub const CONCENTRATION_COLUMNS: &[ColumnSpec] = &[
    column("of", "", "net_rev or cm2"),
    column(
        "measure",
        "",
        "gini; customers_to_80_percent and share_to_80_percent: the fewest customers that make 80 % of the total; total; \
         peak: what the customers above 0 make; peak_over_total; share_at_peak; share_loss_making; lost",
    ),
    column("value", "", "the measure, in its unit; null where it means nothing"),
    column("unit", "", "of the value"),
    column("customers", "customers", "over how many customers: for cm2 those whose margin is known"),
    column("reason", "", "why there is no value"),
];

const WITH_LOSSES: &str = "some customers are below 0: the whale curve says what a Gini coefficient cannot";
const NO_TOTAL: &str = "the total is not above 0";

struct Measure {
    of: &'static str,
    name: String,
    value: Option<f64>,
    unit: &'static str,
    customers: usize,
    reason: Option<&'static str>,
}

/// The measures of net revenue and of contribution margin, one row each.
///
/// ```text
/// Gini = Σ (2i − n − 1) x_(i) / (n Σ x)         null where somebody is below 0 (Gini 1914)
/// peak = Σ of what is above 0                   Kaplan & Narayanan (2001)
/// ```
pub(super) fn table(
    (revenue, by_revenue): (&[f64], &WhaleCurve),
    (profits, by_profit): (&[f64], &WhaleCurve),
    settings: &ProfitabilitySettings,
) -> Result<ResultTable, ProfileError> {
    let mut rows = measures("net_rev", revenue, by_revenue, settings.reach)?;
    rows.extend(measures("cm2", profits, by_profit, settings.reach)?);
    let about = "how concentrated revenue and contribution margin are on few customers, one row per measure";
    Ok(ResultTable::new("profit_concentration", about, frame(&rows)?, CONCENTRATION_COLUMNS)?)
}

fn measures(
    of: &'static str,
    amounts: &[f64],
    curve: &WhaleCurve,
    reach: f64,
) -> Result<Vec<Measure>, emptor_types::Invalid> {
    let summary = curve.summary();
    let has_total = summary.total > 0.0;
    let gini = if summary.loss_making == 0 && has_total { Some(LorenzCurve::new(amounts)?.gini()) } else { None };
    let no_gini = if summary.loss_making > 0 { WITH_LOSSES } else { NO_TOTAL };
    let point = curve.reach(reach)?;
    let percent = format!("{}_percent", (1e6 * reach).round() / 1e4);
    let row = |name: &str, value: Option<f64>, unit, reason| Measure {
        of,
        name: name.to_owned(),
        value,
        unit,
        customers: summary.customers,
        reason: if value.is_none() { Some(reason) } else { None },
    };
    let known = |name: &str, value: f64, unit| row(name, Some(value), unit, "");
    Ok(vec![
        row("gini", gini, "0 to 1", no_gini),
        row(&format!("customers_to_{percent}"), point.customers.map(|n| n as f64), "customers", NO_TOTAL),
        row(&format!("share_to_{percent}"), point.share_of_customers, "share of customers", NO_TOTAL),
        known("total", summary.total, "currency"),
        known("peak", summary.peak, "currency"),
        row("peak_over_total", summary.peak_over_total, "×", NO_TOTAL),
        known("share_at_peak", summary.share_at_peak, "share of customers"),
        known("share_loss_making", summary.share_loss_making, "share of customers"),
        known("lost", summary.lost, "currency"),
    ])
}

fn frame(rows: &[Measure]) -> PolarsResult<polars::prelude::DataFrame> {
    polars::df!(
        "of" => rows.iter().map(|row| row.of).collect::<Vec<_>>(),
        "measure" => rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        "value" => rows.iter().map(|row| row.value).collect::<Vec<_>>(),
        "unit" => rows.iter().map(|row| row.unit).collect::<Vec<_>>(),
        "customers" => rows.iter().map(|row| i64::try_from(row.customers).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
        "reason" => rows.iter().map(|row| row.reason).collect::<Vec<_>>(),
    )
}
