//! Customers won ahead, by the S-curve.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Invalid, Level};

use super::draws::root;
use super::{SCurve, SCurveFit};
use crate::{Forecast, ForecastError, SamplePaths, check_horizon};

impl SCurveFit {
    /// Customers won in every period after those fitted, with the intervals of [`interval`](Self::interval).
    ///
    /// ```
    /// use emptor_forecast::customer_base::{Acquisition, SCurve};
    ///
    /// let won = [12.0, 20.0, 31.0, 55.0, 80.0, 118.0, 150.0, 171.0, 160.0, 139.0];
    /// let fit = SCurve::fit(&won)?;
    /// let ahead = fit.forecast(3, &[])?;
    /// assert!(ahead.mean[0] < 139.0 && ahead.mean[2] < ahead.mean[0]); // it is past its peak
    /// let acquisition = Acquisition::from_paths(fit.sample_paths(3, 500, 7)?);
    /// assert_eq!(acquisition.mean().len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the horizon is 0 or too long.
    pub fn forecast(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let periods = || self.periods + 1..=self.periods + horizon;
        let mean = periods().map(|t| self.curve.between(t as f64 - 1.0, t as f64)).collect();
        Ok(levels.iter().fold(Forecast::of("S-curve", mean), |forecast, &level| {
            let ends = || periods().map(|t| self.interval(t, level));
            forecast.with_band(level, ends().map(|end| end.low).collect(), ends().map(|end| end.high).collect())
        }))
    }

    /// Futures of the same: curves of parameters drawn from their covariance, and residuals around them; never below 0.
    ///
    /// # Errors
    /// If the horizon is 0 or too long, or the covariance is none.
    pub fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        let lower = root(3, |i, j| self.covariance[i][j]);
        let lower = lower.ok_or_else(|| Invalid::value("covariance", "must be positive and symmetric", "another"))?;
        let mut values = Vec::with_capacity(paths * horizon);
        for path in 0..paths {
            let mut random = Variates::new(seed, path as u64);
            let normal: [f64; 3] = std::array::from_fn(|_| random.normal());
            let by: Vec<f64> = lower.iter().map(|row| row.iter().zip(normal).map(|(l, z)| l * z).sum()).collect();
            let SCurve { alpha, beta, gamma } = self.curve;
            // The normal error, on the scale on which ceiling and speed stay positive.
            let curve = SCurve {
                alpha: alpha * libm::exp(by[0] / alpha),
                beta: beta + by[1],
                gamma: gamma * libm::exp(by[2] / gamma),
            };
            values.extend((self.periods..self.periods + horizon).map(|t| {
                let mean = curve.between(t as f64, t as f64 + 1.0);
                (mean + self.residual * random.normal()).max(0.0)
            }));
        }
        Ok(SamplePaths::new(horizon, values))
    }
}
