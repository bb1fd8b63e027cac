//! The methods and their settings.

use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::rate::{Form, check_demand};
use super::{FittedIntermittentDemand, IntermittentParameters};
use crate::{ForecastError, Series};

/// A method for intermittent demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntermittentMethod {
    /// Size over interval (Croston 1972).
    Croston,
    /// The same less its bias (Syntetos & Boylan 2005).
    Sba,
    /// Size times probability (Teunter, Syntetos & Babai 2011).
    Tsb,
    /// Simple smoothing of longer periods (Nikolopoulos et al. 2011).
    Adida,
    /// Simple exponential smoothing.
    Ses,
}

impl IntermittentMethod {
    /// Its usual name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Croston => "Croston",
            Self::Sba => "SBA",
            Self::Tsb => "TSB",
            Self::Adida => "ADIDA",
            Self::Ses => "SES",
        }
    }
}

/// How fast a method learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// By given parameters, each above 0 and at most 1. ADIDA and SES use `size` alone.
    Fixed {
        /// The weight of the newest size.
        size: f64,
        /// The weight of the newest interval (Croston, SBA) or of whether there was a sale (TSB).
        frequency: f64,
    },
    /// By those, from 0.1 to 0.3, with the least squared one-step errors of sizes and, apart, of intervals or sales.
    Optimised,
}

/// Forecasts of demand that comes now and then: a constant rate per period.
///
/// What it answers: how much will be sold per period of a thing that is not sold in most of them?
///
/// ```text
/// Croston   at a sale of size y after q periods: z ← z + α (y − z), p ← p + β (q − p);   rate z / p
/// SBA       (1 − β/2) z / p                                            Syntetos & Boylan 2005, equation 5
/// TSB       at a sale z ← z + α (y − z); every period d ← d + β (1[sale] − d);   rate d z
/// ADIDA     sums of k periods, k the mean interval, smoothed; rate sum / k
/// SES       l ← l + α (y − l)
/// ```
///
/// Croston's rate stays as it was however long nothing is sold; TSB's falls. There is no stochastic model behind the first
/// two; intervals are those of sales that come with the probability `rate / mean size`, of sizes as they were, independent
/// of each other. They know nothing of the error of the rate: calibrate them
/// ([`conformal`](crate::conformal)).
///
/// ```
/// use emptor_forecast::Series;
/// use emptor_forecast::intermittent::IntermittentDemand;
/// use emptor_types::Fit;
///
/// // Two every third month, then nothing for a year.
/// let mut sales = [0.0, 0.0, 2.0].repeat(8);
/// sales.extend([0.0; 12]);
/// let series = Series::new(&sales, 12)?;
/// let croston = IntermittentDemand::croston().fit(&series)?;
/// let tsb = IntermittentDemand::tsb().fit(&series)?;
/// assert!((croston.rate() - 2.0 / 3.0).abs() < 1e-12 && tsb.rate() < 0.06);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] refuses negative values: take returns off the sales that they undo. Nothing but zeros is a rate of 0.
///
/// # References
/// Croston (1972), *Operational Research Quarterly* 23. Syntetos and Boylan (2005), *International Journal of Forecasting*
/// 21. Teunter, Syntetos and Babai (2011), *European Journal of Operational Research* 214. Nikolopoulos, Syntetos, Boylan,
/// Petropoulos and Assimakopoulos (2011), *Journal of the Operational Research Society* 62.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct IntermittentDemand {
    settings: Settings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    method: IntermittentMethod,
    smoothing: Smoothing,
}

impl IntermittentDemand {
    /// A method that learns so fast.
    ///
    /// # Errors
    /// If a parameter is not above 0 and at most 1.
    pub fn new(method: IntermittentMethod, smoothing: Smoothing) -> Result<Self, ForecastError> {
        Ok(Self::try_from(Settings { method, smoothing })?)
    }

    /// Croston's method with parameters of 0.1.
    #[must_use]
    pub fn croston() -> Self {
        Self::fixed(IntermittentMethod::Croston, 0.1)
    }

    /// The Syntetos–Boylan approximation with parameters of 0.1.
    #[must_use]
    pub fn sba() -> Self {
        Self::fixed(IntermittentMethod::Sba, 0.1)
    }

    /// Teunter, Syntetos and Babai's method with parameters of 0.2.
    #[must_use]
    pub fn tsb() -> Self {
        Self::fixed(IntermittentMethod::Tsb, 0.2)
    }

    /// Aggregate, smooth with the best parameter, disaggregate.
    #[must_use]
    pub fn adida() -> Self {
        Self { settings: Settings { method: IntermittentMethod::Adida, smoothing: Smoothing::Optimised } }
    }

    /// Simple exponential smoothing with a parameter of 0.1.
    #[must_use]
    pub fn ses() -> Self {
        Self::fixed(IntermittentMethod::Ses, 0.1)
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> IntermittentMethod {
        self.settings.method
    }

    /// How fast it learns.
    #[must_use]
    pub fn smoothing(&self) -> Smoothing {
        self.settings.smoothing
    }

    fn fixed(method: IntermittentMethod, alpha: f64) -> Self {
        Self { settings: Settings { method, smoothing: Smoothing::Fixed { size: alpha, frequency: alpha } } }
    }
}

impl TryFrom<Settings> for IntermittentDemand {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        if let Smoothing::Fixed { size, frequency } = settings.smoothing {
            for (name, alpha) in [("size", size), ("frequency", frequency)] {
                checks.require(alpha > 0.0 && alpha <= 1.0, name, "must be above 0 and at most 1", alpha);
            }
        }
        checks.finish()?;
        Ok(Self { settings })
    }
}

impl From<IntermittentDemand> for Settings {
    fn from(model: IntermittentDemand) -> Self {
        model.settings
    }
}

impl Fit<Series<'_>> for IntermittentDemand {
    type Fitted = FittedIntermittentDemand;
    type Error = ForecastError;

    fn fit(&self, series: &Series<'_>) -> Result<FittedIntermittentDemand, ForecastError> {
        let Settings { method, smoothing } = self.settings;
        let values = series.values();
        check_demand(method.name(), values)?;
        let form = Form::find(method, smoothing, values);
        Ok(FittedIntermittentDemand::of(IntermittentParameters {
            method,
            size_smoothing: form.size,
            frequency_smoothing: form.frequency,
            bucket: form.bucket,
            rate: form.rate(values),
            sizes: super::fitted::sizes(values),
        }))
    }
}
