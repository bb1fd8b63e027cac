//! The theta method and its optimised forms.

mod fitted;
mod kernel;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, Invalid, Level};
use serde::{Deserialize, Serialize};

pub use self::fitted::FittedTheta;
use self::fitted::Scale;
use self::kernel::{Recursion, Search, State, line};
use crate::season::{Decomposition, is_seasonal};
use crate::{ForecastError, Series};

/// Smoothing parameters that are looked at: below, the level never learns; above, it is the last value.
const ALPHA: (f64, f64) = (0.1, 0.99);

/// Level of the test for seasons, as in the papers.
const SEASONAL: f64 = 0.9;

/// Which series have seasons taken out before a model is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Deseasonalise {
    /// None.
    Never,
    /// Those that the [test](crate::is_seasonal) at 90 % finds seasonal, as in the papers. It has little power in short series and
    /// in those with a trend.
    Tested,
    /// All with two seasons: the [shrinkage](Decomposition) of the indices says softly what the test says with yes or no.
    #[default]
    Always,
}

/// Periods under which nothing is estimated.
const SHORT: usize = 5;

/// The theta method: exponential smoothing that leans on the line of least squares.
///
/// What it answers: where does a series go whose trend of the past is worth following only in part? It won the M3
/// competition, and its optimised form is among the best of all simple methods.
///
/// ```text
/// y_t = μ_t + ε_t                                                              Fiorucci et al. (2016), eq. 11–20
/// μ_t = ℓ_{t−1} + (1 − 1/θ) [(1−α)^{t−1} A_{t−1} + (1 − (1−α)^t)/α · B_{t−1}]
/// ℓ_t = α y_t + (1−α) ℓ_{t−1}
/// ```
///
/// `A + B t` is the line of least squares: through the whole series in the standard and the optimised model, through the periods
/// up to t in the dynamic ones. The standard model has θ = 2 and is the method of Assimakopoulos & Nikolopoulos (2000), which is
/// simple exponential smoothing with a drift of half the slope (Hyndman & Billah 2003); the optimised ones estimate θ ≥ 1.
///
/// Seasons are taken out first by [shrunken indices](Decomposition), or, as in the papers, where a
/// [test](crate::is_seasonal) finds some ([`Deseasonalise`]). With `logarithms` the model holds for logarithms: the trend is a
/// rate of growth, and the forecast is the median: the mean of futures lies above it.
///
/// ```
/// use emptor_forecast::{Predict, Series, Theta};
/// use emptor_types::{Fit, Level};
///
/// let sales = [12.0, 14.0, 13.0, 15.0, 16.0, 15.0, 17.0, 19.0, 18.0, 20.0];
/// let fitted = Theta::dynamic_optimised().fit(&Series::new(&sales, 1)?)?;
/// let forecast = fitted.predict(3, &[Level::new(0.8)?])?;
/// assert!(forecast.mean[0] > 19.0 && forecast.mean[2] > forecast.mean[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Fit::fit`] refuses a θ under 1. Any series will do: of fewer than five periods nothing is estimated but the level.
///
/// # Numerical notes
/// Given α the errors are linear in the initial level and in 1 − 1/θ, so both are solved for exactly; α alone is looked for, on a
/// grid and by golden section. Errors count from the third period. Variances are exact: the recursion is linear in the values.
///
/// # References
/// Assimakopoulos & Nikolopoulos (2000), *International Journal of Forecasting* 16, 521–530. Hyndman & Billah (2003), same journal
/// 19, 287–290. Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), same journal 32, 1151–1161.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Theta {
    /// θ; `None` to estimate it.
    pub theta: Option<f64>,
    /// Whether the line is the one known at every period.
    pub dynamic: bool,
    /// Whether the model holds for logarithms; not of values, seasons taken out, that are not all positive.
    pub logarithms: bool,
    /// Which series have seasons taken out.
    pub deseasonalise: Deseasonalise,
    /// How they are taken out.
    pub seasons: Decomposition,
}

/// Parameters of a theta model of a series without seasons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThetaParameters {
    /// Level before the first period.
    pub initial_level: f64,
    /// Smoothing parameter, above 0 and at most 1.
    pub alpha: f64,
    /// θ, at least 1; infinite for the whole trend.
    pub theta: f64,
}

impl Default for Theta {
    /// The standard model.
    fn default() -> Self {
        Self {
            theta: Some(2.0),
            dynamic: false,
            logarithms: false,
            deseasonalise: Deseasonalise::default(),
            seasons: Decomposition::default(),
        }
    }
}

impl Theta {
    /// The optimised theta model (OTM): θ is estimated.
    #[must_use]
    pub fn optimised() -> Self {
        Self { theta: None, ..Self::default() }
    }

    /// The dynamic optimised theta model (DOTM): θ is estimated, and the line moves with the series.
    #[must_use]
    pub fn dynamic_optimised() -> Self {
        Self { dynamic: true, ..Self::optimised() }
    }

    /// The standard model of logarithms.
    #[must_use]
    pub fn of_logarithms() -> Self {
        Self { logarithms: true, ..Self::default() }
    }

    /// The model of a series with parameters that are known.
    ///
    /// # Errors
    /// If a parameter is out of its range; all violations at once.
    pub fn with_parameters(
        &self,
        series: &Series<'_>,
        parameters: ThetaParameters,
    ) -> Result<FittedTheta, ForecastError> {
        let mut checks = Invalid::checks();
        let ThetaParameters { initial_level, alpha, theta } = parameters;
        checks.require(initial_level.is_finite(), "initial_level", "must be finite", initial_level);
        checks.require(alpha > 0.0 && alpha <= 1.0, "alpha", "must be above 0 and at most 1", alpha);
        checks.require(theta >= 1.0, "theta", "must be at least 1", theta);
        checks.finish()?;
        let (scale, adjusted) = self.adjusted(series);
        Ok(self.filtered(&adjusted, scale, parameters, 0))
    }

    fn check(&self) -> Result<(), Invalid> {
        let theta = self.theta.unwrap_or(1.0);
        if theta >= 1.0 { Ok(()) } else { Err(Invalid::value("theta", "must be at least 1", theta)) }
    }

    /// The series on the scale of the model.
    fn adjusted(&self, series: &Series<'_>) -> (Scale, Vec<f64>) {
        let wanted = series.season() > 1
            && match self.deseasonalise {
                Deseasonalise::Never => false,
                Deseasonalise::Tested => Level::new(SEASONAL).is_ok_and(|level| is_seasonal(series, level)),
                Deseasonalise::Always => true,
            };
        let seasonality = if wanted { self.seasons.fit(series).ok() } else { None };
        let mut scale = Scale { seasonality, logarithms: false };
        let adjusted: Vec<f64> =
            (0..).zip(series.values()).map(|(period, &value)| scale.inside(period, value)).collect();
        if self.logarithms && adjusted.iter().all(|&value| value > 0.0) {
            scale.logarithms = true;
            return (scale, adjusted.into_iter().map(f64::ln).collect());
        }
        (scale, adjusted)
    }

    /// Runs the recursion over a series without seasons.
    fn filtered(&self, values: &[f64], scale: Scale, parameters: ThetaParameters, estimated: usize) -> FittedTheta {
        let recursion =
            Recursion { alpha: parameters.alpha, weight: 1.0 - 1.0 / parameters.theta, dynamic: self.dynamic };
        let start = self.start(values, parameters.initial_level);
        let mut state = start;
        let errors: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(t, &value)| {
                let error = value - recursion.expected(t as f64, state);
                state = recursion.next(t as f64, state, value);
                error
            })
            .collect();
        FittedTheta::new(recursion, parameters, scale, (start, state), (values, &errors), estimated)
    }

    /// The state before the first period.
    fn start(&self, values: &[f64], level: f64) -> State {
        if self.dynamic {
            return State { level, anchor: 0.0, slope: 0.0 };
        }
        let (anchor, slope) = line(values);
        State { level, anchor, slope }
    }
}

impl Fit<Series<'_>> for Theta {
    type Fitted = FittedTheta;
    type Error = ForecastError;

    fn fit(&self, series: &Series<'_>) -> Result<FittedTheta, ForecastError> {
        self.check()?;
        let (scale, adjusted) = self.adjusted(series);
        if adjusted.len() < SHORT {
            let parameters = ThetaParameters { initial_level: adjusted[0], alpha: 0.5, theta: 1.0 };
            return Ok(self.filtered(&adjusted, scale, parameters, 1));
        }
        let weight = self.theta.map(|theta| 1.0 - 1.0 / theta);
        let best = Search::new(&adjusted, self.dynamic).best(ALPHA, weight);
        let parameters =
            ThetaParameters { initial_level: best.level, alpha: best.alpha, theta: 1.0 / (1.0 - best.weight) };
        let estimated = if weight.is_none() { 3 } else { 2 };
        Ok(self.filtered(&adjusted, scale, parameters, estimated))
    }
}
