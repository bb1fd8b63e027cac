//! What is minimised: the sum of squares that the likelihood depends on, with its derivatives.
//!
//! ```text
//! −2 ln L = n ln Σ ε²                      additive errors         Hyndman et al. (2008), eq. 5.3, without constants
//! −2 ln L = n ln Σ e² + 2 Σ ln |μ|         multiplicative errors
//!         = n ln Σ (G e)²,  G = exp(mean ln |μ|)
//! ```
//!
//! The last line makes both a problem of least squares, which is solved in a few steps where a search by values alone
//! takes hundreds.

use super::dual::{Dual, LANES, Number};
use super::filter::{Line, Smoothing, backwards, forwards};
use super::form::{ErrorType, EtsForm, SeasonType, TrendType};
use super::options::{Estimation, InitialStates, ParameterBounds};
use super::rough::Rough;
use super::size::Size;
use super::stability::is_stable;

/// Standard deviation of the prior of β/α.
const SPREAD: f64 = 0.25;
/// Residuals below this share of the values are rounding.
const ROUNDING: f64 = 1e-13;

/// One form for one series of values of the size of 1.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) form: EtsForm,
    pub(super) values: &'a [f64],
    pub(super) season: usize,
    pub(super) rough: &'a Rough,
    pub(super) initial: InitialStates,
    pub(super) bounds: ParameterBounds,
    pub(super) estimation: Estimation,
}

/// Memory of the evaluations, used again and again.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// `G e` or `ε` of every period.
    pub(super) residuals: Vec<f64>,
    /// Their derivatives, [`LANES`] parameters at a time, all periods of the first block first.
    pub(super) tangents: Vec<[f64; LANES]>,
    seasons: Vec<f64>,
    dual_seasons: Vec<Dual>,
    polynomial: Vec<f64>,
}

impl Problem<'_> {
    /// Unknowns: smoothing parameters first, then, if they are optimised, the states.
    pub(super) fn unknowns(&self) -> usize {
        let states = if self.initial == InitialStates::Optimised { self.form.state_count(self.season) } else { 0 };
        self.form.smoothing_count() + states
    }

    /// Least and greatest value of every unknown.
    pub(super) fn box_of(&self) -> Vec<(f64, f64)> {
        let (form, limits) = (self.form, self.bounds.limits());
        let mut bounds = vec![limits.alpha];
        bounds.extend(form.has_trend().then_some(limits.beta));
        bounds.extend(form.is_seasonal().then_some(limits.gamma));
        bounds.extend((form.trend() == TrendType::Damped).then_some(limits.phi));
        if self.initial == InitialStates::Optimised {
            let free = (f64::NEG_INFINITY, f64::INFINITY);
            let positive = (1e-9, f64::INFINITY);
            bounds.push(if form.needs_positive() && form.season() != SeasonType::Additive { positive } else { free });
            bounds.extend(form.has_trend().then_some(free));
            let season = if form.season() == SeasonType::Multiplicative { positive } else { free };
            bounds.resize(self.unknowns(), season);
        }
        bounds
    }

    /// The smoothing parameters that unknowns stand for.
    pub(super) fn smoothing<T: Number>(&self, unknown: impl Fn(usize) -> T) -> Smoothing<T> {
        let mut taken = 0;
        let mut next = |has: bool, absent: f64| {
            if has {
                taken += 1;
                unknown(taken - 1)
            } else {
                T::of(absent)
            }
        };
        let alpha = next(true, 0.0);
        let beta = next(self.form.has_trend(), 0.0);
        let gamma = next(self.form.is_seasonal(), 0.0);
        let phi = next(self.form.trend() == TrendType::Damped, 1.0);
        match self.bounds {
            ParameterBounds::Usual => Smoothing { alpha, beta: alpha * beta, gamma: (T::of(1.0) - alpha) * gamma, phi },
            ParameterBounds::Admissible => Smoothing { alpha, beta, gamma, phi },
        }
    }

    /// The unknowns that stand for smoothing parameters, within their bounds; those the form lacks are left out, those
    /// that a simpler form lacked begin small.
    pub(super) fn unknowns_of(&self, smoothing: &Smoothing<f64>) -> Vec<f64> {
        let Smoothing { alpha, beta, gamma, phi } = *smoothing;
        let (beta, gamma) = match self.bounds {
            ParameterBounds::Usual => (beta / alpha, gamma / (1.0 - alpha)),
            ParameterBounds::Admissible => (beta, gamma),
        };
        let limits = self.bounds.limits();
        let within = |value: f64, (least, most): (f64, f64)| value.clamp(least, most);
        let mut unknowns = vec![within(alpha, limits.alpha)];
        unknowns.extend(self.form.has_trend().then(|| within(beta, limits.beta)));
        unknowns.extend(self.form.is_seasonal().then(|| within(gamma, limits.gamma)));
        unknowns.extend((self.form.trend() == TrendType::Damped).then(|| within(phi, limits.phi)));
        unknowns
    }

    /// The states before the first period: seasons into `seasons`, level and slope returned.
    pub(super) fn initial<T: Number>(
        &self,
        smoothing: &Smoothing<T>,
        unknown: impl Fn(usize) -> T,
        seasons: &mut Vec<T>,
    ) -> Line<T> {
        seasons.clear();
        match self.initial {
            InitialStates::Backcast => {
                let Rough { mean, start, slope, .. } = *self.rough;
                seasons.extend(self.rough.seasons.iter().map(|&season| T::of(season)));
                let ahead = (self.values.len() + 1) as f64;
                let end = if self.form.has_trend() {
                    Line { level: T::of(start + slope * ahead), slope: T::of(-slope) }
                } else {
                    Line { level: T::of(mean), slope: T::of(0.0) }
                };
                // Backwards the slope is not damped: that would lose it on the way, and a series that rose at first and
                // levelled out began with a slope.
                let steady = Smoothing { phi: T::of(1.0), ..*smoothing };
                let first = backwards(self.form, self.values, &steady, end, seasons);
                Line { level: first.level + first.slope, slope: T::of(0.0) - first.slope }
            }
            InitialStates::Optimised => {
                let mut place = self.form.smoothing_count();
                let level = unknown(place);
                place += 1;
                let slope = if self.form.has_trend() { unknown(place) } else { T::of(0.0) };
                place += usize::from(self.form.has_trend());
                if self.form.is_seasonal() {
                    let multiplicative = self.form.season() == SeasonType::Multiplicative;
                    let mut last = T::of(if multiplicative { self.season as f64 } else { 0.0 });
                    for season in place..place + self.season - 1 {
                        seasons.push(unknown(season));
                        last = last - unknown(season);
                    }
                    seasons.push(last);
                }
                Line { level, slope }
            }
        }
    }

    /// Unknowns of optimised states at the states of a backcast with these smoothing parameters.
    pub(super) fn with_backcast_states(&self, smoothing: &[f64]) -> Vec<f64> {
        let backcast = Problem { initial: InitialStates::Backcast, ..*self };
        let mut seasons = Vec::new();
        let line = backcast.initial(&backcast.smoothing(|i| smoothing[i]), |i| smoothing[i], &mut seasons);
        // The seasons' mean belongs to the level, so that the last season follows from the others.
        let mean = seasons.iter().sum::<f64>() / seasons.len().max(1) as f64;
        let multiplicative = self.form.season() == SeasonType::Multiplicative;
        let slope = self.form.has_trend().then_some(line.slope);
        let free = seasons.iter().take(seasons.len().saturating_sub(1));
        let mut unknowns = smoothing.to_vec();
        if multiplicative {
            unknowns.push(line.level * mean);
            unknowns.extend(slope.map(|slope| slope * mean));
            unknowns.extend(free.map(|season| season / mean));
        } else {
            unknowns.push(line.level + mean);
            unknowns.extend(slope);
            unknowns.extend(free.map(|season| season - mean));
        }
        unknowns
    }

    /// The sum of squares; infinite where the form does not hold.
    pub(super) fn value(&self, unknowns: &[f64], work: &mut Workspace) -> f64 {
        let smoothing = self.smoothing(|i| unknowns[i]);
        if !is_stable(self.form, &smoothing, self.season, &mut work.polynomial) {
            return f64::INFINITY;
        }
        let line = self.initial(&smoothing, |i| unknowns[i], &mut work.seasons);
        let mut sum = 0.0;
        let mut size = Size::new(self.form);
        forwards(self.form, self.values, &smoothing, line, &mut work.seasons, |period, expected, level| {
            let error = size.see(expected, level, self.values[period] - expected);
            sum += error * error;
        });
        self.bounded(sum * size.mean_square(self.values.len()))
    }

    /// The sum of squares, with residuals and their derivatives in the workspace.
    pub(super) fn derive(&self, unknowns: &[f64], work: &mut Workspace) -> f64 {
        let n = self.values.len();
        let blocks = self.unknowns().div_ceil(LANES);
        work.residuals.resize(n, 0.0);
        work.tangents.resize(n * blocks, [0.0; LANES]);
        let multiplicative = self.form.error() == ErrorType::Multiplicative;
        let mut sum = f64::INFINITY;
        for block in 0..blocks {
            let at = |i: usize| Dual::variable(unknowns[i], i.checked_sub(block * LANES));
            let smoothing = self.smoothing(at);
            if block == 0 && !is_stable(self.form, &self.smoothing(|i| unknowns[i]), self.season, &mut work.polynomial)
            {
                return f64::INFINITY;
            }
            let line = self.initial(&smoothing, at, &mut work.dual_seasons);
            let tangents = &mut work.tangents[block * n..(block + 1) * n];
            let mut size = Size::new(self.form);
            let mut logs = [0.0; LANES];
            let residuals = &mut work.residuals;
            sum = 0.0;
            forwards(self.form, self.values, &smoothing, line, &mut work.dual_seasons, |period, expected, level| {
                let error = size.see(expected.value, level.value, self.values[period] - expected.value);
                sum += error * error;
                residuals[period] = error;
                // e = y / μ − 1, so de = −(1 + e) dμ / μ.
                let (share, factor) = if multiplicative {
                    let inverse = 1.0 / expected.value;
                    (inverse, -(1.0 + error) * inverse)
                } else {
                    (0.0, -1.0)
                };
                for lane in 0..LANES {
                    logs[lane] += share * expected.tangent[lane];
                    tangents[period][lane] = factor * expected.tangent[lane];
                }
            });
            let square = size.mean_square(n);
            sum = self.bounded(sum * square);
            if !sum.is_finite() {
                return f64::INFINITY;
            }
            if multiplicative {
                let mean = square.sqrt();
                for (tangent, &error) in tangents.iter_mut().zip(residuals.iter()) {
                    for lane in 0..LANES {
                        tangent[lane] = mean * (tangent[lane] + error * logs[lane] / n as f64);
                    }
                }
                if block + 1 == blocks {
                    residuals.iter_mut().for_each(|error| *error *= mean);
                }
            }
        }
        sum
    }

    /// The unknown that is held small, and how strongly: what its square is weighed with beside −2 ln L.
    pub(super) fn shrunk(&self) -> Option<(usize, f64)> {
        (self.form.has_trend() && self.estimation == Estimation::Shrunk).then_some((1, 1.0 / (SPREAD * SPREAD)))
    }

    /// The sum of squares with the prior: `n ln` of it is `−2 ln L + (β* / spread)²`.
    pub(super) fn penalised(&self, sum: f64, unknowns: &[f64]) -> f64 {
        self.shrunk().map_or(sum, |(place, weight)| {
            sum * (weight * unknowns[place] * unknowns[place] / self.values.len() as f64).exp()
        })
    }

    /// A perfect fit is as good as rounding allows, so that of several perfect forms the simplest wins.
    fn bounded(&self, sum: f64) -> f64 {
        if sum.is_finite() { sum.max(self.values.len() as f64 * ROUNDING * ROUNDING) } else { f64::INFINITY }
    }
}
