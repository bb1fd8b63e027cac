//! Past sales: how much, how often, how lately, with which trend and how regularly a customer buys.

use std::collections::HashMap;

use emptor_table::LineKind;
use polars::prelude::{DataType, col, lit};

use super::base::{Base, millionths};
use super::{AnalysisError, Column};

/// Days of a year, the length of the two spans whose spend is compared.
const YEAR: i32 = 365;
const TWO_YEARS: i32 = 2 * YEAR;
/// Fewer purchase days have no spread of the days between them.
const LEAST_PURCHASE_DAYS: usize = 3;

pub(super) fn columns(base: &Base<'_>) -> Result<Vec<Column>, AnalysisError> {
    let rfm = base.rfm;
    let days = |i: usize| f64::from(rfm.days_since_last()[i].unwrap_or_default());
    let mut columns = vec![
        ("spend", base.of_buyers(|i| rfm.spend()[i])),
        ("purchases", base.of_buyers(|i| f64::from(rfm.purchases()[i]))),
        ("days_since_last", base.of_buyers(days)),
    ];
    let (growth, spread) = over_time(base)?;
    columns.push(("spend_growth", growth));
    columns.push(("interval_cv", spread));
    Ok(columns)
}

/// Growth of spend and coefficient of variation of the days between purchases.
fn over_time(base: &Base<'_>) -> Result<(Vec<f64>, Vec<f64>), AnalysisError> {
    let sale = col("kind").eq(lit(LineKind::Sale.code())).cast(DataType::Int64);
    let query = base
        .lines()
        .group_by([col("customer_id"), col("date")])
        .agg([millionths(col("amount")).sum().alias("net"), sale.sum().alias("sales")]);
    let rows = base.rows("transactions", query)?;
    let (days, net, sales) = (rows.days("date")?, rows.counts("net")?, rows.counts("sales")?);

    let mut years = vec![(0_i128, 0_i128); base.len()];
    let mut purchase_days = Vec::new();
    for (row, place) in rows.places.iter().enumerate() {
        let (Some(customer), Some(day)) = (*place, days[row]) else { continue };
        match base.as_of - day {
            ..YEAR => years[customer].0 += i128::from(net[row]),
            YEAR..TWO_YEARS => years[customer].1 += i128::from(net[row]),
            _ => {}
        }
        if sales[row] > 0 {
            purchase_days.push((customer, day));
        }
    }
    purchase_days.sort_unstable();
    let spreads: HashMap<usize, f64> = purchase_days
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|own| Some((own.first()?.0, interval_cv(&own.iter().map(|(_, day)| *day).collect::<Vec<_>>())?)))
        .collect();

    let growth = base.of_buyers(|i| {
        let (this, before) = years[i];
        let size = this.abs() + before.abs();
        if base.tenure(i) < YEAR || size == 0 { f64::NAN } else { (this - before) as f64 / size as f64 }
    });
    Ok((growth, base.of_buyers(|i| spreads.get(&i).copied().unwrap_or(f64::NAN))))
}

/// Sample standard deviation over mean of the days between ascending purchase days.
fn interval_cv(days: &[i32]) -> Option<f64> {
    if days.len() < LEAST_PURCHASE_DAYS {
        return None;
    }
    let gaps: Vec<f64> = days.windows(2).map(|pair| f64::from(pair[1] - pair[0])).collect();
    let n = gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / n;
    let variance = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum::<f64>() / (n - 1.0);
    Some(variance.sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a square root and two quotients.
    const ROUND: f64 = 1e-15;

    #[test]
    fn the_spread_of_intervals_needs_three_purchase_days() {
        assert_eq!(interval_cv(&[]), None);
        assert_eq!(interval_cv(&[1, 8]), None);
        assert_eq!(interval_cv(&[0, 7, 14, 21]), Some(0.0));
        // Gaps 10 and 30: mean 20, sample variance (100 + 100) / 1, so sqrt(200) / 20 = sqrt(1/2).
        assert!(interval_cv(&[0, 10, 40]).is_some_and(|cv| (cv - 0.5_f64.sqrt()).abs() < ROUND));
    }
}
