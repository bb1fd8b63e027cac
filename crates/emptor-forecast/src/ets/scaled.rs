//! A series brought to the size of 1, and the models that come of it.

use emptor_types::FitReport;

use super::filter::{Line, Smoothing, forwards};
use super::fitted::{EtsParameters, EtsStates, FittedEts};
use super::form::{ErrorType, EtsForm, SeasonType, TrendType};
use super::size::Size;
use crate::Series;
use crate::naive::bands::mean_square_change;

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

    /// Mean square of the changes from a period, or from a season, to the next, as the errors of a form are measured.
    pub(super) fn usual_change(&self, form: EtsForm) -> f64 {
        let season = self.series.season();
        match form.error() {
            ErrorType::Additive => mean_square_change(&self.values, season) * self.unit * self.unit,
            ErrorType::Multiplicative => {
                let logarithms: Vec<f64> = self.values.iter().map(|value| libm::log(*value)).collect();
                mean_square_change(&logarithms, season)
            }
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
        let unit = if form.error() == ErrorType::Additive { self.unit } else { 1.0 };
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
