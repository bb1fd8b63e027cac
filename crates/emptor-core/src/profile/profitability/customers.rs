//! Customers, the most profitable first.

use emptor_types::Invalid;
use polars::prelude::{DataFrame, NamedFrom, PolarsResult, Series, SortMultipleOptions};

use super::super::error::ProfileError;
use super::settings::ProfitabilitySettings;
use crate::portfolio::{ProfitClasses, WhaleCurve};

/// The ladder of customers whose contribution margin is known, with their place on the whale curve, the most profitable
/// first, ties by id; then those of unknown margin.
pub(super) struct Ranked {
    /// The rows, ordered.
    pub(super) frame: DataFrame,
    /// The curve of those that are known; `None` of nobody.
    pub(super) whale: Option<WhaleCurve>,
    /// The classes.
    pub(super) classes: ProfitClasses,
    /// Their margins, in the order of the rows, `NaN` where unknown.
    pub(super) profits: Vec<f64>,
}

impl Ranked {
    pub(super) fn of(customers: &DataFrame, settings: &ProfitabilitySettings) -> Result<Self, ProfileError> {
        let by = SortMultipleOptions::default().with_order_descending_multi([true, false]).with_nulls_last(true);
        let mut frame = customers.sort(["cm2", "customer_id"], by)?;
        let profits = column(&frame, "cm2")?;
        let known = profits.iter().take_while(|profit| !profit.is_nan()).count();
        let whale = if known == 0 { None } else { Some(WhaleCurve::new(&profits[..known])?) };
        let classes = ProfitClasses::at_quantiles(&profits, settings.mid_from, settings.high_from)?;
        let at = |row: usize| whale.as_ref().filter(|_| row < known).and_then(|whale| whale.point(row + 1));
        let rows = 0..profits.len();
        let count = |row: usize| i64::try_from(row + 1).ok().filter(|_| row < known);
        let rank: Vec<Option<i64>> = rows.clone().map(count).collect();
        let part: Vec<Option<f64>> = rows.clone().map(|row| Some(at(row)?.share_of_customers)).collect();
        let share: Vec<Option<f64>> = rows.clone().map(|row| at(row)?.share_of_total).collect();
        let money: Vec<Option<f64>> = rows.clone().map(|row| Some(at(row)?.cumulative)).collect();
        let class: Vec<Option<String>> =
            classes.classes.iter().map(|class| class.map(|class| class.to_string())).collect();
        for series in [
            Series::new("whale_rank".into(), rank),
            Series::new("cum_customers".into(), part),
            Series::new("cum_profit".into(), share),
            Series::new("cum_profit_abs".into(), money),
            Series::new("profit_class".into(), class),
        ] {
            frame.with_column(series.into())?;
        }
        Ok(Self { frame, whale, classes, profits })
    }

    /// Revenue of the customers, the greatest first.
    pub(super) fn revenue(&self) -> Result<Option<WhaleCurve>, ProfileError> {
        let revenue = column(&self.frame, "net_rev")?;
        let curve = |amounts: &[f64]| -> Result<WhaleCurve, Invalid> { WhaleCurve::new(amounts) };
        Ok(if revenue.is_empty() { None } else { Some(curve(&revenue)?) })
    }
}

/// A column of numbers, `NaN` where unknown.
pub(super) fn column(frame: &DataFrame, name: &str) -> PolarsResult<Vec<f64>> {
    Ok(frame.column(name)?.f64()?.iter().map(|number| number.unwrap_or(f64::NAN)).collect())
}
