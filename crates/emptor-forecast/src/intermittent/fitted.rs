//! What was learnt, and what it expects.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use super::IntermittentMethod;
use super::rate::{Form, check_demand};
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// Sizes that a model keeps; of more, evenly spaced quantiles.
const MOST_SIZES: usize = 64;

/// Parameters of a fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntermittentParameters {
    /// The method.
    pub method: IntermittentMethod,
    /// The weight of the newest size.
    pub size_smoothing: f64,
    /// The weight of the newest interval, or of whether there was a sale.
    pub frequency_smoothing: f64,
    /// Periods of a bucket of ADIDA; 1 for the others.
    pub bucket: usize,
    /// Expected sales per period.
    pub rate: f64,
    /// Sizes of sales, ascending: as they were, or 64 quantiles.
    pub sizes: Vec<f64>,
}

/// A fitted [`IntermittentDemand`](super::IntermittentDemand).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "IntermittentParameters", into = "IntermittentParameters")]
pub struct FittedIntermittentDemand {
    parameters: IntermittentParameters,
    /// Of a sale in a period.
    probability: f64,
    /// By which sizes are multiplied so that, with that probability, the mean is the rate: 1 unless it would be above 1.
    stretch: f64,
}

impl FittedIntermittentDemand {
    /// Rebuilds a model from its parameters.
    ///
    /// ```
    /// use emptor_forecast::intermittent::{FittedIntermittentDemand, IntermittentMethod, IntermittentParameters};
    ///
    /// let fitted = FittedIntermittentDemand::from_parameters(IntermittentParameters {
    ///     method: IntermittentMethod::Tsb,
    ///     size_smoothing: 0.2,
    ///     frequency_smoothing: 0.2,
    ///     bucket: 1,
    ///     rate: 0.6,
    ///     sizes: vec![1.0, 3.0],
    /// })?;
    /// assert_eq!(fitted.probability(), 0.3);
    /// # Ok::<(), emptor_forecast::ForecastError>(())
    /// ```
    ///
    /// # Errors
    /// All that is wrong: a smoothing parameter outside (0, 1], an empty bucket, a rate that is negative or not finite,
    /// sizes that are not positive, finite and ascending, or none beside a rate above 0.
    pub fn from_parameters(parameters: IntermittentParameters) -> Result<Self, ForecastError> {
        Ok(Self::try_from(parameters)?)
    }

    pub(super) fn of(parameters: IntermittentParameters) -> Self {
        let mean = parameters.sizes.iter().sum::<f64>() / parameters.sizes.len().max(1) as f64;
        let share = if mean > 0.0 { parameters.rate / mean } else { 0.0 };
        Self { parameters, probability: share.min(1.0), stretch: share.max(1.0) }
    }

    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> &IntermittentParameters {
        &self.parameters
    }

    /// Expected sales per period.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.parameters.rate
    }

    /// The probability of a sale in a period that its intervals and futures assume: the rate over the mean size.
    #[must_use]
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// The size of a sale below which lies a share of them.
    fn size(&self, share: f64) -> f64 {
        let sizes = &self.parameters.sizes;
        let place = (share * sizes.len() as f64).ceil() as usize;
        let last = sizes.len().saturating_sub(1);
        sizes.get(place.saturating_sub(1).min(last)).map_or(0.0, |size| size * self.stretch)
    }

    /// The least amount that a period's sales do not exceed with a probability.
    fn quantile(&self, p: f64) -> f64 {
        let nothing = 1.0 - self.probability;
        if p <= nothing { 0.0 } else { self.size((p - nothing) / self.probability) }
    }
}

impl TryFrom<IntermittentParameters> for FittedIntermittentDemand {
    type Error = Invalid;

    fn try_from(parameters: IntermittentParameters) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (name, alpha) in
            [("size_smoothing", parameters.size_smoothing), ("frequency_smoothing", parameters.frequency_smoothing)]
        {
            checks.require(alpha > 0.0 && alpha <= 1.0, name, "must be above 0 and at most 1", alpha);
        }
        checks.require(parameters.bucket > 0, "bucket", "must be at least 1 period", parameters.bucket);
        let (rate, sizes) = (parameters.rate, &parameters.sizes);
        checks.require(rate >= 0.0 && rate.is_finite(), "rate", "must be finite and at least 0", rate);
        checks.require_each("sizes", "must be finite, above 0 and ascending", sizes, |row, size| {
            size > 0.0 && size.is_finite() && (row == 0 || sizes[row - 1] <= size)
        });
        checks.require(rate <= 0.0 || !sizes.is_empty(), "sizes", "must be there beside a rate above 0", sizes.len());
        checks.finish()?;
        Ok(Self::of(parameters))
    }
}

impl From<FittedIntermittentDemand> for IntermittentParameters {
    fn from(fitted: FittedIntermittentDemand) -> Self {
        fitted.parameters
    }
}

impl Predict for FittedIntermittentDemand {
    fn method(&self) -> String {
        let IntermittentParameters { method, size_smoothing, frequency_smoothing, bucket, .. } = &self.parameters;
        match method {
            IntermittentMethod::Adida => format!("ADIDA({bucket}, {size_smoothing:.3})"),
            IntermittentMethod::Ses => format!("SES({size_smoothing:.3})"),
            _ => format!("{}({size_smoothing:.3}, {frequency_smoothing:.3})", method.name()),
        }
    }

    /// The rate for every period, and exact quantiles of the sales of one period: nothing, or a size as there were. An interval holds
    /// its mean: of a thing that sells in fewer periods than the upper tail holds the quantile is 0, and the rate is the upper end.
    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let forecast = Forecast::of(self.method(), vec![self.rate(); horizon]);
        Ok(levels.iter().fold(forecast, |forecast, &level| {
            let tail = (1.0 - level.get()) / 2.0;
            let (low, high) = (self.quantile(tail).min(self.rate()), self.quantile(1.0 - tail).max(self.rate()));
            forecast.with_band(level, vec![low; horizon], vec![high; horizon])
        }))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        let mut values = Vec::with_capacity(horizon.saturating_mul(paths));
        for path in 0..paths {
            let mut random = Variates::new(seed, path as u64);
            values.extend((0..horizon).map(|_| self.quantile(random.uniform())));
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        let IntermittentParameters { method, size_smoothing, frequency_smoothing, bucket, .. } = self.parameters;
        check_demand(method.name(), series.values())?;
        let form = Form { method, size: size_smoothing, frequency: frequency_smoothing, bucket };
        let before = |period| series.first(period).map(|past| form.rate(past.values()));
        Ok((0..series.len()).map(before).collect())
    }
}

/// The sizes of sales, ascending, or as many quantiles of them as a model keeps.
pub(super) fn sizes(values: &[f64]) -> Vec<f64> {
    let mut sizes: Vec<f64> = values.iter().copied().filter(|value| *value > 0.0).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    if sizes.len() > MOST_SIZES {
        let middle = |i| sizes[(2 * i + 1) * sizes.len() / (2 * MOST_SIZES)];
        sizes = (0..MOST_SIZES).map(middle).collect();
    }
    sizes
}
