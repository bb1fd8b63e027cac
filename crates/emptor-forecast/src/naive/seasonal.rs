//! The next period is as the last one, or as the same period of the last season.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Fit, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::bands::{normal, residual_sd};
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// The next periods are as the last one: a random walk.
///
/// ```text
/// ŷ_{T+h} = y_T        σ_h = σ̂ √h        Hyndman & Athanasopoulos (2021), table 5.2
/// ```
///
/// ```
/// use emptor_forecast::{Naive, Predict, Series};
/// use emptor_types::Fit;
///
/// let fitted = Naive.fit(&Series::new(&[3.0, 4.0, 6.0], 1)?)?;
/// assert_eq!(fitted.predict(2, &[])?.mean, [6.0, 6.0]);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Naive;

/// The next periods are as the same periods of the last season: the measure of what seasons alone can tell.
///
/// ```text
/// ŷ_{T+h} = y_{T+h−m(k+1)},  k = ⌊(h−1)/m⌋        σ_h = σ̂ √(k+1)        Hyndman & Athanasopoulos (2021), table 5.2
/// ```
///
/// Where there are no seasons, or less than one of them is known, it is [`Naive`]. Of one season alone, σ̂ is that of the changes from a
/// period to the next.
///
/// ```
/// use emptor_forecast::{Predict, SeasonalNaive, Series};
/// use emptor_types::Fit;
///
/// let fitted = SeasonalNaive.fit(&Series::new(&[3.0, 8.0, 4.0, 9.0, 5.0], 2)?)?;
/// assert_eq!(fitted.predict(3, &[])?.mean, [9.0, 5.0, 9.0]);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SeasonalNaive;

/// [`Naive`] or [`SeasonalNaive`], fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct FittedSeasonalNaive {
    method: String,
    last: Vec<f64>,
    sigma: f64,
}

/// A fitted model as it is read, before its parts are checked.
#[derive(Deserialize)]
struct Saved {
    method: String,
    last: Vec<f64>,
    sigma: f64,
}

impl TryFrom<Saved> for FittedSeasonalNaive {
    type Error = Invalid;

    fn try_from(Saved { method, last, sigma }: Saved) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!last.is_empty(), "last", "must be at least 1 period", last.len());
        checks.require_each("last", "must be finite", &last, |_, value| value.is_finite());
        checks.require(sigma >= 0.0 && sigma.is_finite(), "sigma", "must be finite and at least 0", sigma);
        checks.finish()?;
        Ok(Self { method, last, sigma })
    }
}

impl Fit<Series<'_>> for Naive {
    type Fitted = FittedSeasonalNaive;
    type Error = ForecastError;

    /// # Errors
    /// None: one period is enough. Its spread is taken as 0.
    fn fit(&self, series: &Series<'_>) -> Result<FittedSeasonalNaive, ForecastError> {
        Ok(FittedSeasonalNaive::of(series.values(), 1, "Naive"))
    }
}

impl Fit<Series<'_>> for SeasonalNaive {
    type Fitted = FittedSeasonalNaive;
    type Error = ForecastError;

    /// # Errors
    /// None: with less than one season it is [`Naive`].
    fn fit(&self, series: &Series<'_>) -> Result<FittedSeasonalNaive, ForecastError> {
        let season = if series.season() <= series.len() { series.season() } else { 1 };
        Ok(FittedSeasonalNaive::of(series.values(), season, "SeasonalNaive"))
    }
}

impl FittedSeasonalNaive {
    fn of(values: &[f64], season: usize, method: &str) -> Self {
        // Of one season no change from a season to the next is known: that from a period to the next stands for it.
        let lag = if season < values.len() { season } else { 1 };
        let errors = values.iter().zip(values.iter().skip(lag)).map(|(before, now)| now - before);
        Self {
            method: method.to_owned(),
            last: values[values.len() - season..].to_vec(),
            sigma: residual_sd(errors, 0),
        }
    }

    /// Standard deviation of a change from one season to the next.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }
}

impl Predict for FittedSeasonalNaive {
    fn method(&self) -> String {
        self.method.clone()
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let mean = self.last.iter().copied().cycle().take(horizon).collect();
        let sd: Vec<f64> =
            (0..horizon).map(|ahead| self.sigma * ((ahead / self.last.len() + 1) as f64).sqrt()).collect();
        Ok(normal(self.method(), mean, &sd, levels))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        let mut values = Vec::with_capacity(horizon.saturating_mul(paths));
        for path in 0..paths {
            let mut variates = Variates::new(seed, path as u64);
            let start = values.len();
            for ahead in 0..horizon {
                let before = match ahead.checked_sub(self.last.len()) {
                    Some(earlier) => values[start + earlier],
                    None => self.last[ahead],
                };
                values.push(before + self.sigma * variates.normal());
            }
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        let season = self.last.len();
        let values = series.values();
        Ok((0..values.len()).map(|period| period.checked_sub(season).map(|before| values[before])).collect())
    }
}
