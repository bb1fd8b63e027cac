//! How many customers come.

use emptor_lifetime::sampling::Variates;
use emptor_lifetime::special::normal_quantile;
use emptor_types::{Checks, Level};
use serde::{Deserialize, Serialize};

use super::base::MOST_CUSTOMERS;
use crate::{Forecast, SamplePaths};

/// Customers won in every period ahead, and how sure that is. Below 0 is taken as 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acquisition {
    mean: Vec<f64>,
    uncertainty: Uncertainty,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Uncertainty {
    /// The numbers will come.
    None,
    /// Ends of an interval at a level.
    Band { level: Level, lower: Vec<f64>, upper: Vec<f64> },
    /// Simulated futures.
    Paths(SamplePaths),
}

impl Acquisition {
    /// Numbers that are decided, or taken as given.
    #[must_use]
    pub fn planned(customers: Vec<f64>) -> Self {
        Self { mean: customers.into_iter().map(floored).collect(), uncertainty: Uncertainty::None }
    }

    /// From the forecast of an acquisition series. In simulations, the widest interval gives the standard deviation of a
    /// normal error below and above the mean, the same draw for all periods: a forecast that is too high for one month is too
    /// high for the next. Where there are sample paths, [`from_paths`](Self::from_paths) knows better.
    #[must_use]
    pub fn from_forecast(forecast: &Forecast) -> Self {
        let widest = forecast.bands.iter().max_by(|a, b| a.level.get().total_cmp(&b.level.get()));
        let uncertainty = widest.map_or(Uncertainty::None, |band| Uncertainty::Band {
            level: band.level,
            lower: band.lower.clone(),
            upper: band.upper.clone(),
        });
        Self { uncertainty, ..Self::planned(forecast.mean.clone()) }
    }

    /// From simulated futures of an acquisition series, of any [`Predict`](crate::Predict) or of a fitted
    /// [`SCurve`](super::SCurve). Future `k` of the base has path `k` of every segment, so that paths drawn together stay
    /// together; after the last path, the first follows.
    #[must_use]
    pub fn from_paths(paths: SamplePaths) -> Self {
        let mean = |period: usize| paths.iter().map(|path| floored(path[period])).sum::<f64>() / paths.count() as f64;
        let mean = if paths.count() > 0 { (0..paths.horizon()).map(mean).collect() } else { Vec::new() };
        Self { mean, uncertainty: Uncertainty::Paths(paths) }
    }

    /// Expected customers won in every period ahead.
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    pub(super) fn check(&self, checks: &mut Checks, segment: &str) {
        let field = format!("acquisition of {segment}");
        let rule = "must be finite numbers of at most 1e12 customers";
        let is_number = |_: usize, n: f64| n.is_finite() && n.abs() <= MOST_CUSTOMERS;
        checks.require_each(&field, rule, &self.mean, is_number);
        match &self.uncertainty {
            Uncertainty::None => {}
            Uncertainty::Band { lower, upper, .. } => {
                let whole = lower.len() == self.mean.len() && upper.len() == self.mean.len();
                checks.require(whole, &field, "must have intervals for all periods", lower.len());
                checks.require_each(&field, rule, lower, is_number);
                checks.require_each(&field, rule, upper, is_number);
            }
            Uncertainty::Paths(paths) => {
                let unusable = paths.iter().flatten().filter(|&&n| !is_number(0, n)).count();
                checks.require(unusable == 0, &field, rule, unusable);
            }
        }
    }

    /// What comes in future `path`.
    pub(super) fn draw(&self, horizon: usize, path: usize, random: &mut Variates) -> Vec<f64> {
        let mut drawn: Vec<f64> = match &self.uncertainty {
            Uncertainty::None => self.mean.clone(),
            Uncertainty::Band { level, lower, upper } => {
                let z = random.normal() / -normal_quantile((1.0 - level.get()) / 2.0);
                let end = |t: usize| if z < 0.0 { self.mean[t] - lower[t] } else { upper[t] - self.mean[t] };
                (0..self.mean.len()).map(|t| floored(self.mean[t] + z * end(t).max(0.0))).collect()
            }
            Uncertainty::Paths(paths) => {
                let own = paths.iter().nth(path % paths.count().max(1));
                own.map_or_else(|| self.mean.clone(), |path| path.iter().copied().map(floored).collect())
            }
        };
        drawn.truncate(horizon);
        drawn
    }
}

/// NaN stays, for the check to find.
fn floored(customers: f64) -> f64 {
    if customers < 0.0 { 0.0 } else { customers }
}
