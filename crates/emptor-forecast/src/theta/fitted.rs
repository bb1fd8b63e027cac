//! A fitted theta model.

use emptor_lifetime::sampling::Variates;
use emptor_types::Level;
use serde::{Deserialize, Serialize};

use super::ThetaParameters;
use super::kernel::{FIRST, Recursion, State};
use crate::naive::bands::{normal, residual_sd};
use crate::season::Seasonality;
use crate::{Forecast, ForecastError, Predict, SamplePaths, Series, check_horizon};

/// A theta model with its parameters and where it stands after the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedTheta {
    recursion: Recursion,
    initial_level: f64,
    seasonality: Option<Seasonality>,
    start: State,
    end: State,
    sigma: f64,
    periods: usize,
}

impl FittedTheta {
    pub(super) fn new(
        recursion: Recursion,
        parameters: ThetaParameters,
        seasonality: Option<Seasonality>,
        (start, end): (State, State),
        errors: &[f64],
        estimated: usize,
    ) -> Self {
        let counted = if errors.len() > FIRST { &errors[FIRST..] } else { &errors[1..] };
        let mut sigma = residual_sd(counted.iter().copied(), estimated);
        if counted.len() <= estimated {
            sigma = residual_sd(counted.iter().copied(), 0);
        }
        let initial_level = parameters.initial_level;
        Self { recursion, initial_level, seasonality, start, end, sigma, periods: errors.len() }
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
        self.seasonality.as_ref()
    }

    /// Standard deviation of the errors one period ahead, without seasons.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Expected values and standard deviations of the periods ahead, seasons included.
    ///
    /// The state is linear in the values, so its covariance P is carried along exactly:
    ///
    /// ```text
    /// μ = w'x,  x' = D x + g y,  y = μ + ε        var y = w'Pw + σ²,  P' = (D + g w') P (D + g w')' + σ² g g'
    /// ```
    pub(crate) fn moments(&self, horizon: usize) -> (Vec<f64>, Vec<f64>) {
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
                self.seasonality.as_ref().map_or((expected, spread), |seasons| {
                    (seasons.restore(period, expected), spread * seasons.factor(period))
                })
            })
            .unzip()
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

const UNITS: [State; 3] =
    [State { level: 1.0, ..ZERO }, State { anchor: 1.0, ..ZERO }, State { slope: 1.0, ..ZERO }];

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
        let name = match (self.recursion.dynamic, (self.recursion.weight - 0.5).abs() < f64::EPSILON) {
            (false, true) => "Theta",
            (false, false) => "OptimisedTheta",
            (true, true) => "DynamicTheta",
            (true, false) => "DynamicOptimisedTheta",
        };
        name.to_owned()
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let (mean, sd) = self.moments(horizon);
        Ok(normal(self.method(), mean, &sd, levels))
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
                values.push(self.seasonality.as_ref().map_or(value, |seasons| seasons.restore(period, value)));
            }
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        let mut state = self.start;
        let expected = |(period, &value): (usize, &f64)| {
            let t = period as f64;
            let expected = self.recursion.expected(t, state);
            let adjusted = self.seasonality.as_ref().map_or(value, |seasons| seasons.unseason(period, value));
            state = self.recursion.next(t, state, adjusted);
            let expected = self.seasonality.as_ref().map_or(expected, |seasons| seasons.restore(period, expected));
            (period > 0).then_some(expected)
        };
        Ok(series.values().iter().enumerate().map(expected).collect())
    }
}
