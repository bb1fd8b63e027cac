//! The average of all that was.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Fit, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::bands::{normal, residual_sd};
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// The next periods are as the average one.
///
/// ```text
/// ŷ_{T+h} = ȳ        σ_h = σ̂ √(1 + 1/T)        Hyndman & Athanasopoulos (2021), table 5.2
/// ```
///
/// ```
/// use emptor_forecast::{Mean, Predict, Series};
/// use emptor_types::Fit;
///
/// let fitted = Mean.fit(&Series::new(&[3.0, 4.0, 8.0], 1)?)?;
/// assert_eq!(fitted.predict(2, &[])?.mean, [5.0, 5.0]);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mean;

/// [`Mean`], fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct FittedMean {
    mean: f64,
    sigma: f64,
    periods: usize,
}

/// A fitted model as it is read, before its parts are checked.
#[derive(Deserialize)]
struct Saved {
    mean: f64,
    sigma: f64,
    periods: usize,
}

impl TryFrom<Saved> for FittedMean {
    type Error = Invalid;

    fn try_from(Saved { mean, sigma, periods }: Saved) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(mean.is_finite(), "mean", "must be finite", mean);
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        checks.require(sigma >= 0.0 && sigma.is_finite(), "sigma", "must be finite and at least 0", sigma);
        checks.finish()?;
        Ok(Self { mean, sigma, periods })
    }
}

impl Fit<Series<'_>> for Mean {
    type Fitted = FittedMean;
    type Error = ForecastError;

    /// # Errors
    /// None: one period is enough. Its spread is taken as 0.
    fn fit(&self, series: &Series<'_>) -> Result<FittedMean, ForecastError> {
        let values = series.values();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Ok(FittedMean { mean, sigma: residual_sd(values.iter().map(|value| value - mean), 1), periods: values.len() })
    }
}

impl FittedMean {
    /// Standard deviation of a period about the mean.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }
}

impl Predict for FittedMean {
    fn method(&self) -> String {
        "Mean".to_owned()
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let sd = self.sigma * (1.0 + 1.0 / self.periods as f64).sqrt();
        Ok(normal(self.method(), vec![self.mean; horizon], &vec![sd; horizon], levels))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        let uncertain = self.sigma / (self.periods as f64).sqrt();
        let mut values = Vec::with_capacity(horizon.saturating_mul(paths));
        for path in 0..paths {
            let mut variates = Variates::new(seed, path as u64);
            let mean = self.mean + uncertain * variates.normal();
            values.extend((0..horizon).map(|_| mean + self.sigma * variates.normal()));
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        Ok(vec![Some(self.mean); series.len()])
    }
}
