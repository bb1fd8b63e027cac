//! A fitted theta model.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use super::ThetaParameters;
use super::kernel::{FIRST, Recursion, State};
use crate::naive::bands::{mean_square_change, residual_sd, two_sided};
use crate::season::Seasonality;
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// From the values of a series to what a model is fitted to, and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Scale {
    pub(super) seasonality: Option<Seasonality>,
    pub(super) logarithms: bool,
}

/// Logarithms of what is never exceeded: the square stays finite.
const GREATEST_LOGARITHM: f64 = 345.0;

impl Scale {
    pub(super) fn inside(&self, period: usize, value: f64) -> f64 {
        let value = self.seasonality.as_ref().map_or(value, |seasons| seasons.unseason(period, value));
        if self.logarithms { value.ln() } else { value }
    }

    fn outside(&self, period: usize, value: f64) -> f64 {
        let value = if self.logarithms { value.min(GREATEST_LOGARITHM).exp() } else { value };
        self.seasonality.as_ref().map_or(value, |seasons| seasons.restore(period, value))
    }
}

/// A theta model with its parameters and where it stands after the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct FittedTheta {
    recursion: Recursion,
    initial_level: f64,
    scale: Scale,
    start: State,
    end: State,
    sigma: f64,
    periods: usize,
}

/// A fitted model as it is read, before its parts are checked.
#[derive(Deserialize)]
struct Saved {
    recursion: Recursion,
    initial_level: f64,
    scale: Scale,
    start: State,
    end: State,
    sigma: f64,
    periods: usize,
}

impl TryFrom<Saved> for FittedTheta {
    type Error = Invalid;

    fn try_from(saved: Saved) -> Result<Self, Invalid> {
        let Saved { recursion, initial_level, scale, start, end, sigma, periods } = saved;
        let mut checks = Invalid::checks();
        let Recursion { alpha, weight, .. } = recursion;
        checks.require(alpha > 0.0 && alpha <= 1.0, "alpha", "must be above 0 and at most 1", alpha);
        checks.require((0.0..=1.0).contains(&weight), "weight", "must be from 0 to 1", weight);
        checks.require(initial_level.is_finite(), "initial_level", "must be finite", initial_level);
        let states = [start.array(), end.array()].concat();
        checks.require_each("states", "must be finite", &states, |_, state| state.is_finite());
        checks.require(sigma >= 0.0 && sigma.is_finite(), "sigma", "must be finite and at least 0", sigma);
        checks.require(periods > 0, "periods", "must be at least 1", periods);
        checks.finish()?;
        Ok(Self { recursion, initial_level, scale, start, end, sigma, periods })
    }
}

impl FittedTheta {
    pub(super) fn new(
        recursion: Recursion,
        parameters: ThetaParameters,
        scale: Scale,
        (start, end): (State, State),
        (values, errors): (&[f64], &[f64]),
        estimated: usize,
    ) -> Self {
        let counted = if errors.len() > FIRST { &errors[FIRST..] } else { &errors[1..] };
        let mut sigma = residual_sd(counted.iter().copied(), estimated);
        if counted.len() <= estimated {
            // As many parameters as errors: those are next to nothing, and say nothing of the next one. Changes do.
            let changes = values.windows(2).map(|pair| pair[1] - pair[0]);
            sigma = residual_sd(counted.iter().copied(), 0).max(residual_sd(changes, 0));
        }
        if estimated > 0 {
            // As if one more error of the size of a usual change had been seen: a perfect fit of a few periods promises nothing.
            let degrees = counted.len().saturating_sub(estimated);
            sigma = sigma.max((mean_square_change(values, 1) / (degrees + 1) as f64).sqrt());
        }
        let initial_level = parameters.initial_level;
        Self { recursion, initial_level, scale, start, end, sigma, periods: errors.len() }
    }

    /// The parameters.
    #[must_use]
    pub fn parameters(&self) -> ThetaParameters {
        let theta = if self.recursion.weight < 1.0 { 1.0 / (1.0 - self.recursion.weight) } else { f64::INFINITY };
        ThetaParameters { initial_level: self.initial_level, alpha: self.recursion.alpha, theta }
    }

    /// The seasons that were taken out, if there are any.
    #[must_use]
    pub fn seasonality(&self) -> Option<&Seasonality> {
        self.scale.seasonality.as_ref()
    }

    /// Standard deviation of the errors one period ahead, without seasons.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Expected values and standard deviations of the periods ahead, on the scale of the model.
    ///
    /// The state is linear in the values, so its covariance P is carried along exactly:
    ///
    /// ```text
    /// μ = w'x,  x' = D x + g y,  y = μ + ε        var y = w'Pw + σ²,  P' = (D + g w') P (D + g w')' + σ² g g'
    /// ```
    fn ahead(&self, horizon: usize) -> Vec<(f64, f64)> {
        let (mut state, mut covariance) = (self.end, [[0.0; 3]; 3]);
        let variance = self.sigma * self.sigma;
        (self.periods..self.periods + horizon)
            .map(|period| {
                let t = period as f64;
                let expected = self.recursion.expected(t, state);
                let weights = UNITS.map(|unit| self.recursion.expected(t, unit));
                let spread = (quadratic(&covariance, &weights) + variance).max(0.0).sqrt();
                state = self.recursion.next(t, state, expected);
                covariance = self.carried(t, &covariance, &weights, variance);
                (expected, spread)
            })
            .collect()
    }

    fn carried(&self, t: f64, covariance: &[[f64; 3]; 3], weights: &[f64; 3], variance: f64) -> [[f64; 3]; 3] {
        let columns = [0, 1, 2].map(|i| self.recursion.next(t, UNITS[i], weights[i]).array());
        let shock = self.recursion.next(t, ZERO, 1.0).array();
        // Row i of the transition is `columns[·][i]`.
        let row = |i: usize| [columns[0][i], columns[1][i], columns[2][i]];
        let mut next = [[0.0; 3]; 3];
        for i in 0..3 {
            for j in 0..3 {
                let (left, right) = (row(i), row(j));
                let sum: f64 = (0..3).map(|k| left[k] * dot(&covariance[k], &right)).sum();
                next[i][j] = sum + variance * shock[i] * shock[j];
            }
        }
        next
    }
}

const ZERO: State = State { level: 0.0, anchor: 0.0, slope: 0.0 };

const UNITS: [State; 3] = [State { level: 1.0, ..ZERO }, State { anchor: 1.0, ..ZERO }, State { slope: 1.0, ..ZERO }];

impl State {
    fn array(self) -> [f64; 3] {
        [self.level, self.anchor, self.slope]
    }
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn quadratic(matrix: &[[f64; 3]; 3], x: &[f64; 3]) -> f64 {
    dot(&matrix.map(|row| dot(&row, x)), x)
}

impl Predict for FittedTheta {
    fn method(&self) -> String {
        // The names of Fiorucci et al. 2016.
        let name = match (self.recursion.dynamic, (self.recursion.weight - 0.5).abs() < f64::EPSILON) {
            (false, true) => "Theta",
            (false, false) => "OTM",
            (true, true) => "DSTM",
            (true, false) => "DOTM",
        };
        if self.scale.logarithms { format!("{name}(log)") } else { name.to_owned() }
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let ahead = self.ahead(horizon);
        let end = |z: f64| {
            let outside = |(period, (mean, sd)): (usize, &(f64, f64))| self.scale.outside(period, mean + z * sd);
            (self.periods..).zip(&ahead).map(outside).collect::<Vec<f64>>()
        };
        Ok(levels.iter().fold(Forecast::of(self.method(), end(0.0)), |forecast, &level| {
            let z = two_sided(level);
            forecast.with_band(level, end(-z), end(z))
        }))
    }

    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        check_horizon(horizon)?;
        let mut values = Vec::with_capacity(horizon.saturating_mul(paths));
        for path in 0..paths {
            let mut variates = Variates::new(seed, path as u64);
            let mut state = self.end;
            for period in self.periods..self.periods + horizon {
                let t = period as f64;
                let value = self.recursion.expected(t, state) + self.sigma * variates.normal();
                state = self.recursion.next(t, state, value);
                values.push(self.scale.outside(period, value));
            }
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        // What must be positive is what is left when seasons are taken out: additive ones lift zeros.
        let inside = |(period, &value): (usize, &f64)| self.scale.inside(period, value);
        if !series.values().iter().enumerate().map(inside).all(f64::is_finite) {
            let reason = "logarithms need positive values".to_owned();
            return Err(ForecastError::NotAdmissible { method: self.method(), reason });
        }
        let mut state = self.start;
        let expected = |(period, &value): (usize, &f64)| {
            let t = period as f64;
            let expected = self.recursion.expected(t, state);
            state = self.recursion.next(t, state, self.scale.inside(period, value));
            (period > 0).then(|| self.scale.outside(period, expected))
        };
        Ok(series.values().iter().enumerate().map(expected).collect())
    }
}
