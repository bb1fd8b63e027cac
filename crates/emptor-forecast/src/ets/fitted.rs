//! What was fitted.

use emptor_lifetime::special::normal_quantile;
use emptor_types::{FitReport, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::filter::{Line, Smoothing, forwards};
use super::form::{EtsForm, SeasonType, TrendType};
use super::problem::Size;
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedEts {
    form: EtsForm,
    season: usize,
    parameters: EtsParameters,
    initial: EtsStates,
    states: EtsStates,
    sigma2: f64,
    largest: f64,
    report: FitReport,
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
        let m = series.season();
        let EtsParameters { alpha, beta, gamma, phi } = parameters;
        let mut checks = Invalid::checks();
        let mut share = |field: &str, value: Option<f64>, has: bool| {
            checks.require(value.is_some() == has, field, "must be given exactly if the form has it", form);
            let value = value.unwrap_or(0.0);
            checks.require((0.0..=4.0).contains(&value), field, "must be 0 to 4", value);
        };
        share("alpha", Some(alpha), true);
        share("beta", beta, form.has_trend());
        share("gamma", gamma, form.is_seasonal());
        share("phi", phi, form.trend() == TrendType::Damped);
        checks.require(initial.level.is_finite(), "level", "must be finite", initial.level);
        checks.require(
            initial.slope.is_some() == form.has_trend(),
            "slope",
            "must be given exactly if the form has it",
            form,
        );
        checks.require(
            initial.slope.unwrap_or(0.0).is_finite(),
            "slope",
            "must be finite",
            initial.slope.unwrap_or(0.0),
        );
        let seasons = if form.is_seasonal() { m } else { 0 };
        checks.require(
            initial.seasons.len() == seasons,
            "seasons",
            "must be as many as periods of a season",
            initial.seasons.len(),
        );
        checks.require_each("seasons", "must be finite", &initial.seasons, |_, season| season.is_finite());
        checks.require(phi.unwrap_or(1.0) <= 1.0, "phi", "must be at most 1", phi.unwrap_or(1.0));
        checks.finish()?;
        let scaled = Scaled::new(series);
        let smoothing =
            Smoothing { alpha, beta: beta.unwrap_or(0.0), gamma: gamma.unwrap_or(0.0), phi: phi.unwrap_or(1.0) };
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
    /// periods less smoothing parameters and initial states (at least 1).
    #[must_use]
    pub fn sigma2(&self) -> f64 {
        self.sigma2
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
        let EtsParameters { alpha, beta, gamma, phi } = self.parameters;
        Smoothing { alpha, beta: beta.unwrap_or(0.0), gamma: gamma.unwrap_or(0.0), phi: phi.unwrap_or(1.0) }
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

/// A series in units of a power of two near its largest value.
#[derive(Debug)]
pub(super) struct Scaled<'a> {
    pub(super) series: Series<'a>,
    pub(super) values: Vec<f64>,
    pub(super) unit: f64,
    largest: f64,
}

impl<'a> Scaled<'a> {
    pub(super) fn new(series: &Series<'a>) -> Self {
        let largest = series.values().iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let unit = if largest >= f64::MIN_POSITIVE { libm::ldexp(1.0, libm::frexp(largest).1) } else { 1.0 };
        let values = series.values().iter().map(|value| value / unit).collect();
        Self { series: *series, values, unit, largest }
    }

    /// `ETS(A,N,N)` with α = ½ from the mean, for series too short to estimate anything. A single value says nothing of
    /// the spread; its own size stands for the deviation.
    pub(super) fn simple(&self) -> FittedEts {
        let n = self.values.len();
        let mean = self.values.iter().sum::<f64>() / n as f64;
        let smoothing = Smoothing { alpha: 0.5, beta: 0.0, gamma: 0.0, phi: 1.0 };
        let mut level = mean;
        let mut sum = 0.0;
        for value in &self.values {
            sum += (value - level) * (value - level);
            level += smoothing.alpha * (value - level);
        }
        let sigma2 = if n > 1 { sum / (n - 1) as f64 } else { mean * mean };
        let line = |level: f64| EtsStates { level: level * self.unit, slope: None, seasons: Vec::new() };
        FittedEts {
            form: EtsForm::simplest(),
            season: self.series.season(),
            parameters: EtsParameters { alpha: 0.5, beta: None, gamma: None, phi: None },
            initial: line(mean),
            states: line(level),
            sigma2: sigma2 * self.unit * self.unit,
            largest: self.largest,
            report: FitReport { observations: n, distinct: n, ..FitReport::given() },
        }
    }

    /// Runs the model once more and keeps what forecasts need; `None` if it does not hold for the series.
    pub(super) fn finish(
        &self,
        form: EtsForm,
        smoothing: &Smoothing<f64>,
        line: Line<f64>,
        seasons: Vec<f64>,
        report: FitReport,
    ) -> Option<FittedEts> {
        let (n, m) = (self.values.len(), self.series.season());
        let multiplicative = form.season() == SeasonType::Multiplicative;
        let states = |line: Line<f64>, seasons: &[f64], next: usize| EtsStates {
            level: line.level * self.unit,
            slope: form.has_trend().then_some(line.slope * self.unit),
            seasons: (0..seasons.len())
                .map(|place| seasons[(next + place) % seasons.len()] * if multiplicative { 1.0 } else { self.unit })
                .collect(),
        };
        let initial = states(line, &seasons, 0);
        let mut seasons = seasons;
        let mut size = Size::new(form);
        let mut sum = 0.0;
        let last = forwards(form, &self.values, smoothing, line, &mut seasons, |period, expected, level| {
            let error = size.see(expected, level, self.values[period] - expected);
            sum += error * error;
        });
        let square = size.mean_square(n);
        if !(sum * square).is_finite() {
            return None;
        }
        let unit = if form.error() == super::ErrorType::Additive { self.unit } else { 1.0 };
        let states_count = form.smoothing_count() + form.state_count(m);
        let spare = n.saturating_sub(states_count).max(1);
        let log_likelihood = -0.5 * n as f64 * (sum * square).ln() - n as f64 * self.unit.ln();
        let fitted = FittedEts {
            form,
            season: m,
            parameters: EtsParameters {
                alpha: smoothing.alpha,
                beta: form.has_trend().then_some(smoothing.beta),
                gamma: form.is_seasonal().then_some(smoothing.gamma),
                phi: (form.trend() == TrendType::Damped).then_some(smoothing.phi),
            },
            initial,
            states: states(last, &seasons, n % seasons.len().max(1)),
            sigma2: sum / spare as f64 * unit * unit,
            largest: self.largest,
            report: FitReport {
                log_likelihood: Some(log_likelihood).filter(|value| value.is_finite()),
                parameters: states_count + 1,
                observations: n,
                distinct: n,
                ..report
            },
        };
        Some(fitted).filter(|fitted| fitted.states.level.is_finite() && fitted.sigma2.is_finite())
    }
}
