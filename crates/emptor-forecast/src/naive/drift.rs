//! The line from the first period through the last one.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Fit, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::bands::{normal, residual_sd};
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// The next periods go on as the series went on average: a random walk with drift.
///
/// ```text
/// ŷ_{T+h} = y_T + h (y_T − y_1)/(T−1)        σ_h = σ̂ √(h (1 + h/(T−1)))        Hyndman & Athanasopoulos (2021), table 5.2
/// ```
///
/// The second part of σ_h is that the drift is estimated.
///
/// ```
/// use emptor_forecast::{Drift, Predict, Series};
/// use emptor_types::Fit;
///
/// let fitted = Drift.fit(&Series::new(&[3.0, 4.0, 7.0], 1)?)?;
/// assert_eq!(fitted.predict(2, &[])?.mean, [9.0, 11.0]);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Drift;

/// [`Drift`], fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct FittedDrift {
    last: f64,
    slope: f64,
    sigma: f64,
    steps: usize,
}

/// A fitted model as it is read, before its parts are checked.
#[derive(Deserialize)]
struct Saved {
    last: f64,
    slope: f64,
    sigma: f64,
    steps: usize,
}

impl TryFrom<Saved> for FittedDrift {
    type Error = Invalid;

    fn try_from(Saved { last, slope, sigma, steps }: Saved) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(last.is_finite(), "last", "must be finite", last);
        checks.require(slope.is_finite(), "slope", "must be finite", slope);
        checks.require(sigma >= 0.0 && sigma.is_finite(), "sigma", "must be finite and at least 0", sigma);
        checks.finish()?;
        Ok(Self { last, slope, sigma, steps })
    }
}

impl Fit<Series<'_>> for Drift {
    type Fitted = FittedDrift;
    type Error = ForecastError;

    /// # Errors
    /// None: with one period the drift is 0.
    fn fit(&self, series: &Series<'_>) -> Result<FittedDrift, ForecastError> {
        let values = series.values();
        let (first, last, steps) = (values[0], values[values.len() - 1], values.len() - 1);
        let slope = if steps > 0 { (last - first) / steps as f64 } else { 0.0 };
        // The one change of two periods is the drift, and leaves no error: then it stands for the spread as well.
        let known = if steps > 1 { slope } else { 0.0 };
        let sigma = residual_sd(values.windows(2).map(|pair| pair[1] - pair[0] - known), usize::from(steps > 1));
        Ok(FittedDrift { last, slope, sigma, steps })
    }
}

impl FittedDrift {
    /// Change per period.
    #[must_use]
    pub fn slope(&self) -> f64 {
        self.slope
    }

    /// Standard deviation of a change about the drift.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }
}

impl Predict for FittedDrift {
    fn method(&self) -> String {
        "Drift".to_owned()
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let mean = (1..=horizon).map(|ahead| self.last + ahead as f64 * self.slope).collect();
        let steps = self.steps.max(1) as f64;
        let spread = |h: f64| self.sigma * (h * (1.0 + h / steps)).sqrt();
        let sd: Vec<f64> = (1..=horizon).map(|ahead| spread(ahead as f64)).collect();
        Ok(normal(self.method(), mean, &sd, levels))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        let uncertain = self.sigma / (self.steps.max(1) as f64).sqrt();
        let mut values = Vec::with_capacity(horizon.saturating_mul(paths));
        for path in 0..paths {
            let mut variates = Variates::new(seed, path as u64);
            let slope = self.slope + uncertain * variates.normal();
            let mut value = self.last;
            for _ in 0..horizon {
                value += slope + self.sigma * variates.normal();
                values.push(value);
            }
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        let before = series.values().iter().map(|value| Some(value + self.slope));
        Ok(std::iter::once(None).chain(before).take(series.len()).collect())
    }
}
