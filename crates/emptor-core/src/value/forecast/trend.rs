//! A trend that does not go on for ever.

use emptor_types::Invalid;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::checks::is_amount;
use super::history::ProfitHistory;
use super::level::FittedTrailingLevel;
use super::panel::{Steps, panel};
use crate::value::{CurrentProfit, LifetimeValue, ValueError};

/// Periods from which the slope withstands one wild value: it spoils 4 of the 10 slopes of five periods, but half of the
/// 6 of four.
const ROBUST: usize = 5;

/// The damped trend: a customer's profit goes on rising or falling, by less and less.
///
/// ```text
/// slope  = median of (x_t − x_s) / (t − s) over all s < t        (Theil 1950; Sen 1968)
/// level  = median of x_t + slope · (n − t)                       the line at the last period, n
/// RP_ih  = level + slope · (φ + φ² + … + φ^h)                    (Gardner & McKenzie 1985)
/// ```
/// With `φ = 0` the level goes on, with `φ = 1` the straight line; in between profit approaches
/// `level + slope · φ/(1−φ)`. A customer of too few periods has no slope and takes the trailing level. The periods are
/// those of the history; a convention of longer ones adds them up.
///
/// A falling trend does not make losses of its own: a customer in whose whole history no period was a loss is not
/// forecast below 0, for whoever stops buying costs nothing. One who has made losses may make greater ones.
/// [`with_floor`](Self::with_floor) sets another floor, the same for all.
///
/// ```
/// use emptor_core::value::forecast::{DampedTrend, ProfitHistory, TrailingLevel};
/// use emptor_core::value::{CurrentProfit, LifetimeValue};
/// use emptor_types::{DiscountRate, Fit, Horizon, TimeUnit, Timing};
///
/// let history = ProfitHistory::new(TimeUnit::Year, 5, vec![10.0, 20.0, 30.0, 900.0, 50.0], vec![5])?;
/// let convention = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .horizon(Horizon::years(2.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let fallback = TrailingLevel::new(1)?.fit(&history)?;
/// let forecast = DampedTrend::new(5, 0.5)?.forecast(&history, &fallback, &convention)?;
/// assert_eq!(forecast.profit, CurrentProfit::panel(2, vec![55.0, 57.5])?); // the 900 is no trend
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// References: H. Theil (1950), A rank-invariant method of linear and polynomial regression analysis, *Indagationes
/// Mathematicae* 12; P. K. Sen (1968), Estimates of the regression coefficient based on Kendall's tau, *JASA* 63; E. S.
/// Gardner, E. McKenzie (1985), Forecasting trends in time series, *Management Science* 31(10), 1237–1246.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredSpec")]
pub struct DampedTrend {
    periods: usize,
    at_least: usize,
    damping: f64,
    floor: Option<f64>,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct StoredSpec {
    periods: usize,
    at_least: usize,
    damping: f64,
    #[serde(default)]
    floor: Option<f64>,
}

impl TryFrom<StoredSpec> for DampedTrend {
    type Error = Invalid;

    fn try_from(StoredSpec { periods, at_least, damping, floor }: StoredSpec) -> Result<Self, Invalid> {
        let trend = Self::new(periods, damping)?.at_least(at_least)?;
        floor.map_or(Ok(trend), |floor| trend.with_floor(floor))
    }
}

/// What a [`DampedTrend`] says, and where it had to give way.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrendForecast {
    /// The profit of every customer; a level if there is no trend in any of it.
    pub profit: CurrentProfit,
    /// Rows of the customers with too few periods for a slope, who took the trailing level.
    pub fallbacks: Vec<usize>,
    /// Rows of the customers whose trend would have gone below the floor within the horizon, and was held there.
    pub floored: Vec<usize>,
}

impl DampedTrend {
    /// A trend over the last `periods` of each customer with damping `φ`. Five periods are needed for a slope, or
    /// `periods` if that is less.
    ///
    /// # Errors
    /// Unless there are at least 2 periods and the damping lies between 0 and 1.
    pub fn new(periods: usize, damping: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(periods >= 2, "periods", "must be at least 2", periods);
        checks.require((0.0..=1.0).contains(&damping), "damping", "must lie between 0 and 1", damping);
        checks.finish()?;
        Ok(Self { periods, at_least: ROBUST.min(periods), damping, floor: None })
    }

    /// Sets how many periods are needed for a slope.
    ///
    /// # Errors
    /// Unless there are at least 2, and no more than the trend looks back on.
    pub fn at_least(self, at_least: usize) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = format!("must be from 2 to {}, the periods of the trend", self.periods);
        checks.require((2..=self.periods).contains(&at_least), "at_least", &rule, at_least);
        checks.finish()?;
        Ok(Self { at_least, ..self })
    }

    /// Sets the profit of a period of the history that no trend goes below, for all customers, whether they have made losses
    /// or not: 0 for no losses at all, −10¹² for no floor. The trailing level is no trend and has none.
    ///
    /// # Errors
    /// Unless it is at most 10¹² in absolute value.
    pub fn with_floor(self, floor: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(is_amount(floor), "floor", "must be at most 1e12 in absolute value", floor);
        checks.finish()?;
        Ok(Self { floor: Some(floor), ..self })
    }

    /// The profit of every customer, in input order; `fallback` serves those with too few periods.
    ///
    /// # Errors
    /// As [`FittedTrailingLevel::levels`], and if the trend runs beyond the range of amounts.
    pub fn forecast(
        &self,
        history: &ProfitHistory,
        fallback: &FittedTrailingLevel,
        convention: &LifetimeValue,
    ) -> Result<TrendForecast, ValueError> {
        let levels = fallback.levels(history)?;
        let line = |customer: usize| {
            let observed = history.trailing(customer, self.periods);
            if observed.len() < self.at_least { (levels[customer], 0.0) } else { theil_sen(observed) }
        };
        let lines: Vec<(f64, f64)> = (0..history.customers()).into_par_iter().map(line).collect();
        let short = |customer: &usize| history.trailing(*customer, self.periods).len() < self.at_least;
        let fallbacks: Vec<usize> = (0..history.customers()).filter(short).collect();

        let steps = Steps::new(history.unit(), convention);
        let end = steps.of(convention.periods()).last().map_or(1, |(step, _)| step);
        // A damped trend only falls or only rises: it is lowest in its first step or in its last.
        let (first, last) = (self.damped(1), self.damped(end));
        let floor = |customer: usize| {
            let (level, slope) = lines[customer];
            let floor = self.floor_of(history, customer).filter(|_| !short(&customer));
            floor.filter(|floor| level + slope * first < *floor || level + slope * last < *floor)
        };
        let floors: Vec<Option<f64>> = (0..history.customers()).map(floor).collect();
        let floored: Vec<usize> = (0..history.customers()).filter(|customer| floors[*customer].is_some()).collect();

        let is_trend = self.damping > 0.0 && fallbacks.len() < history.customers();
        if !is_trend {
            let level = |((level, _), floor): (&(f64, f64), &Option<f64>)| floor.unwrap_or(*level) * steps.length();
            let profit = CurrentProfit::level(lines.iter().zip(&floors).map(level).collect())?;
            return Ok(TrendForecast { profit, fallbacks, floored });
        }
        // How often the slope counts in each period is the same for all customers whom no floor holds.
        let slopes = panel(1, convention.periods(), |_, row| steps.add_up(row, |h| self.damped(h)))?;
        let values = panel(lines.len(), slopes.len(), |customer, row| {
            let (level, slope) = lines[customer];
            if let Some(floor) = floors[customer] {
                return steps.add_up(row, |h| floor.max(level + slope * self.damped(h)));
            }
            for (cell, times) in row.iter_mut().zip(&slopes) {
                *cell = level * steps.length() + slope * times;
            }
        })?;
        Ok(TrendForecast { profit: CurrentProfit::panel(slopes.len(), values)?, fallbacks, floored })
    }

    /// The floor of a customer: what was set, or 0 if they never made a loss.
    fn floor_of(&self, history: &ProfitHistory, customer: usize) -> Option<f64> {
        let is_harmless = || history.trailing(customer, history.periods()).iter().all(|profit| *profit >= 0.0);
        self.floor.or_else(|| is_harmless().then_some(0.0))
    }

    /// `φ + φ² + … + φ^h`.
    fn damped(&self, h: usize) -> f64 {
        let phi = self.damping;
        if phi < 1.0 { phi * (1.0 - phi.powi(i32::try_from(h).unwrap_or(i32::MAX))) / (1.0 - phi) } else { h as f64 }
    }
}

/// The line's value at the last observation, and its slope.
pub(super) fn theil_sen(values: &[f64]) -> (f64, f64) {
    let mut slopes = Vec::with_capacity(values.len() * (values.len() - 1) / 2);
    for (t, late) in values.iter().enumerate() {
        slopes.extend(values[..t].iter().enumerate().map(|(s, early)| (late - early) / (t - s) as f64));
    }
    let slope = median(&mut slopes);
    let last = values.len() - 1;
    let mut levels: Vec<f64> = values.iter().enumerate().map(|(t, x)| x + slope * (last - t) as f64).collect();
    (median(&mut levels), slope)
}

fn median(values: &mut [f64]) -> f64 {
    let is_even = values.len().is_multiple_of(2);
    let (below, middle, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    if is_even { f64::midpoint(below.iter().copied().fold(f64::NEG_INFINITY, f64::max), *middle) } else { *middle }
}
