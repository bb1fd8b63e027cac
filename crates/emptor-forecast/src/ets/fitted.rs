//! What was fitted.

use emptor_lifetime::special::normal_quantile;
use emptor_types::{Checks, FitReport, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::filter::{Line, Smoothing, forwards};
use super::form::{EtsForm, SeasonType, TrendType};
use super::scaled::Scaled;
use super::variance::standard_deviations;
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// Smoothing parameters; `None` for those that the form does not have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EtsParameters {
    /// Share of an error by which the level moves, α.
    pub alpha: f64,
    /// Share by which the slope moves, β (not β/α).
    pub beta: Option<f64>,
    /// Share by which the season moves, γ (not γ/(1 − α)).
    pub gamma: Option<f64>,
    /// Share of the slope that is left one period later, φ.
    pub phi: Option<f64>,
}

impl EtsParameters {
    fn smoothing(&self) -> Smoothing<f64> {
        let Self { alpha, beta, gamma, phi } = *self;
        Smoothing { alpha, beta: beta.unwrap_or(0.0), gamma: gamma.unwrap_or(0.0), phi: phi.unwrap_or(1.0) }
    }
}

/// States between two periods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EtsStates {
    /// The level, l.
    pub level: f64,
    /// The slope, b.
    pub slope: Option<f64>,
    /// Seasons of the next periods, the first one's first; none for a form without season.
    pub seasons: Vec<f64>,
}

/// An exponential smoothing fitted to a series, or made of published numbers.
///
/// ```
/// use emptor_forecast::{EtsParameters, EtsStates, FittedEts, Predict, Series};
///
/// // Simple exponential smoothing by hand: 10 + ½ (12 − 10) = 11, 11 + ½ (14 − 11) = 12½.
/// let parameters = EtsParameters { alpha: 0.5, beta: None, gamma: None, phi: None };
/// let states = EtsStates { level: 10.0, slope: None, seasons: Vec::new() };
/// let series = Series::new(&[12.0, 14.0], 1)?;
/// let model = FittedEts::from_parameters("ETS(A,N,N)".parse()?, parameters, states, &series)?;
/// assert_eq!(model.fitted_values(&series)?, [Some(10.0), Some(11.0)]);
/// assert_eq!(model.predict(2, &[])?.mean, [12.5, 12.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct FittedEts {
    pub(super) form: EtsForm,
    pub(super) season: usize,
    pub(super) parameters: EtsParameters,
    pub(super) initial: EtsStates,
    pub(super) states: EtsStates,
    pub(super) sigma2: f64,
    pub(super) largest: f64,
    pub(super) report: FitReport,
}

/// A fitted model as it is read, before its parts are checked.
#[derive(Deserialize)]
struct Saved {
    form: EtsForm,
    season: usize,
    parameters: EtsParameters,
    initial: EtsStates,
    states: EtsStates,
    sigma2: f64,
    largest: f64,
    report: FitReport,
}

impl TryFrom<Saved> for FittedEts {
    type Error = Invalid;

    fn try_from(saved: Saved) -> Result<Self, Invalid> {
        let Saved { form, season, parameters, initial, states, sigma2, largest, report } = saved;
        let mut checks = Invalid::checks();
        checks.require(season > 0, "season", "must be at least 1 period", season);
        belong(&mut checks, form, season, &parameters, &initial);
        belong(&mut checks, form, season, &parameters, &states);
        let size = |value: f64| value >= 0.0 && value.is_finite();
        checks.require(size(sigma2), "sigma2", "must be finite and at least 0", sigma2);
        checks.require(size(largest), "largest", "must be finite and at least 0", largest);
        checks.finish()?;
        Ok(Self { form, season, parameters, initial, states, sigma2, largest, report })
    }
}

/// Parameters and states must be those of the form.
fn belong(checks: &mut Checks, form: EtsForm, season: usize, parameters: &EtsParameters, states: &EtsStates) {
    let EtsParameters { alpha, beta, gamma, phi } = *parameters;
    let mut share = |field: &str, value: Option<f64>, has: bool, most: f64| {
        checks.require(value.is_some() == has, field, "must be given exactly if the form has it", form);
        let value = value.unwrap_or(0.0);
        checks.require((0.0..=most).contains(&value), field, "must be in its range", value);
    };
    share("alpha", Some(alpha), true, 2.0);
    share("beta", beta, form.has_trend(), 4.0);
    share("gamma", gamma, form.is_seasonal(), 2.0);
    share("phi", phi, form.trend() == TrendType::Damped, 1.0);
    let slope = states.slope.unwrap_or(0.0);
    checks.require(states.level.is_finite(), "level", "must be finite", states.level);
    checks.require(slope.is_finite(), "slope", "must be finite", slope);
    checks.require(
        states.slope.is_some() == form.has_trend(),
        "slope",
        "must be given exactly if the form has it",
        form,
    );
    let needed = if form.is_seasonal() { season } else { 0 };
    let found = states.seasons.len();
    checks.require(found == needed, "seasons", "must be as many as periods of a season, none without season", found);
    checks.require_each("seasons", "must be finite", &states.seasons, |_, season| season.is_finite());
}

impl FittedEts {
    /// The model with published parameters and states before the first period, run over the series.
    ///
    /// # Errors
    /// If parameters, states and form do not belong together or are not finite, or the model does not stay positive and
    /// finite on the series where its form demands that.
    pub fn from_parameters(
        form: EtsForm,
        parameters: EtsParameters,
        initial: EtsStates,
        series: &Series<'_>,
    ) -> Result<Self, ForecastError> {
        let mut checks = Invalid::checks();
        belong(&mut checks, form, series.season(), &parameters, &initial);
        checks.finish()?;
        let scaled = Scaled::new(series);
        let smoothing = parameters.smoothing();
        let line = Line { level: initial.level / scaled.unit, slope: initial.slope.unwrap_or(0.0) / scaled.unit };
        let unit = if form.season() == SeasonType::Multiplicative { 1.0 } else { scaled.unit };
        let seasons = initial.seasons.iter().map(|season| season / unit).collect();
        scaled.finish(form, &smoothing, line, seasons, FitReport::given()).ok_or_else(|| ForecastError::NotAdmissible {
            method: form.to_string(),
            reason: "with these parameters and states it does not stay positive and finite".to_owned(),
        })
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> EtsForm {
        self.form
    }

    /// The smoothing parameters.
    #[must_use]
    pub fn parameters(&self) -> EtsParameters {
        self.parameters
    }

    /// The states before the first period.
    #[must_use]
    pub fn initial_states(&self) -> &EtsStates {
        &self.initial
    }

    /// The states after the last period, from which forecasts start.
    #[must_use]
    pub fn states(&self) -> &EtsStates {
        &self.states
    }

    /// Variance of the errors, of relative errors if they are multiplicative: sum of squares by degrees of freedom, i.e.
    /// periods less smoothing parameters and initial states (at least 1). What was estimated is at least what one more
    /// error of the size of a usual change, from a period or a season to the next, would make of a perfect fit.
    #[must_use]
    pub fn sigma2(&self) -> f64 {
        self.sigma2
    }

    /// Periods less smoothing parameters and initial states; at least 1.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> usize {
        self.report.observations.saturating_sub(self.report.parameters.saturating_sub(1)).max(1)
    }

    /// Variances of the periods ahead, given the parameters: exact for additive forms (class 1) and multiplicative errors
    /// (class 2), approximate after the first whole season where errors and seasons are multiplicative (class 3). A
    /// deviation, their root, is never more than ten times the largest value of the series or of the forecast.
    ///
    /// # Errors
    /// If the horizon is 0 or longer than [`MAX_HORIZON`](crate::MAX_HORIZON).
    pub fn variances(&self, horizon: usize) -> Result<Vec<f64>, ForecastError> {
        check_horizon(horizon)?;
        let deviations = standard_deviations(self, &self.ahead(horizon));
        Ok(deviations.iter().map(|deviation| deviation * deviation).collect())
    }

    /// How the fit went.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Log-likelihood, without the constants that are the same for all forms (Hyndman et al. 2008, eq. 5.3):
    /// `−½ n ln Σ ε²`, or `−½ n ln Σ e² − Σ ln |μ|` for multiplicative errors. `None` for a series that fits perfectly.
    #[must_use]
    pub fn log_likelihood(&self) -> Option<f64> {
        self.report.log_likelihood
    }

    /// Akaike's information criterion; parameters are the smoothing parameters, the initial states and the variance.
    #[must_use]
    pub fn aic(&self) -> Option<f64> {
        self.report.aic()
    }

    /// Akaike's information criterion, corrected for few data; `None` where they are too few for it.
    #[must_use]
    pub fn aicc(&self) -> Option<f64> {
        super::InformationCriterion::Aicc.of(self.log_likelihood()?, self.report.parameters, self.report.observations)
    }

    /// The Bayesian information criterion.
    #[must_use]
    pub fn bic(&self) -> Option<f64> {
        self.report.bic()
    }

    /// Periods of a season.
    #[must_use]
    pub fn season(&self) -> usize {
        self.season
    }

    pub(super) fn smoothing(&self) -> Smoothing<f64> {
        self.parameters.smoothing()
    }

    /// The greatest deviation that is said of a period.
    pub(super) fn bound(&self, expected: f64) -> f64 {
        WIDEST * self.largest.max(expected.abs())
    }

    /// Level, season and expectation of the periods ahead. Forms with a multiplicative part stand for positive values: a
    /// line that falls through zero stays there.
    pub(super) fn ahead(&self, horizon: usize) -> Vec<Ahead> {
        let phi = self.parameters.phi.unwrap_or(1.0);
        let mut push = self.states.slope.unwrap_or(0.0);
        let mut level = self.states.level;
        (0..horizon)
            .map(|step| {
                push *= phi;
                level += push;
                let q = if self.form.needs_positive() { level.max(0.0) } else { level };
                let season = self.states.seasons.get(step % self.season).copied();
                let (season, expected) = match self.form.season() {
                    SeasonType::None => (0.0, q),
                    SeasonType::Additive => (season.unwrap_or(0.0), q + season.unwrap_or(0.0)),
                    SeasonType::Multiplicative => (season.unwrap_or(1.0), q * season.unwrap_or(1.0)),
                };
                let expected = if self.form.needs_positive() { expected.max(0.0) } else { expected };
                Ahead { level: q, season, expected }
            })
            .collect()
    }
}

/// Standard deviations are at most so many times the largest value of the series or of the forecast. Multiplicative errors
/// of a noisy series multiply over a long horizon without end.
const WIDEST: f64 = 10.0;

/// What is known of a period ahead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ahead {
    pub(super) level: f64,
    pub(super) season: f64,
    pub(super) expected: f64,
}

impl Predict for FittedEts {
    fn method(&self) -> String {
        self.form.to_string()
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let ahead = self.ahead(horizon);
        let mean: Vec<f64> = ahead.iter().map(|ahead| ahead.expected).collect();
        if levels.is_empty() {
            return Ok(Forecast::of(self.method(), mean));
        }
        let deviations = standard_deviations(self, &ahead);
        let band = |z: f64| mean.iter().zip(&deviations).map(|(mean, deviation)| mean + z * deviation).collect();
        Ok(levels.iter().fold(Forecast::of(self.method(), mean.clone()), |forecast, &level| {
            let z = normal_quantile((1.0 + level.get()) / 2.0);
            forecast.with_band(level, band(-z), band(z))
        }))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        Ok(super::simulate::simulate(self, horizon, paths, seed))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        if self.form.is_seasonal() && series.season() != self.season {
            let rule = format!("must be {}, as the model has it", self.season);
            return Err(Invalid::value("season", rule, series.season()).into());
        }
        let line = Line { level: self.initial.level, slope: self.initial.slope.unwrap_or(0.0) };
        let mut values = Vec::with_capacity(series.len());
        let mut seasons = self.initial.seasons.clone();
        forwards(self.form, series.values(), &self.smoothing(), line, &mut seasons, |_, expected, _| {
            values.push(Some(expected).filter(|expected: &f64| expected.is_finite()));
        });
        Ok(values)
    }
}
