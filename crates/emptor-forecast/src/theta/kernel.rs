//! The recursion of the theta models, and its least squares.

use serde::{Deserialize, Serialize};

/// Where a theta model stands after some periods; Greek letters and Latin ones as in Fiorucci et al. (2016).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) level: f64,
    /// Mean of all periods of a dynamic model; intercept of the line of a fixed one.
    pub(super) anchor: f64,
    pub(super) slope: f64,
}

/// The recursion at fixed parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Recursion {
    pub(super) alpha: f64,
    /// 1 − 1/θ.
    pub(super) weight: f64,
    pub(super) dynamic: bool,
}

impl Recursion {
    /// Expected value of the period after the first `t`.
    pub(super) fn expected(&self, t: f64, state: State) -> f64 {
        let power = (1.0 - self.alpha).powf(t);
        let intercept = if self.dynamic { state.anchor - 0.5 * (t + 1.0) * state.slope } else { state.anchor };
        let line = power * intercept + (1.0 - power * (1.0 - self.alpha)) / self.alpha * state.slope;
        state.level + self.weight * line
    }

    /// The state after one more period, the one after the first `t`.
    pub(super) fn next(&self, t: f64, state: State, value: f64) -> State {
        let level = self.alpha * value + (1.0 - self.alpha) * state.level;
        if !self.dynamic {
            return State { level, ..state };
        }
        let (anchor, slope) = next_line(t, state.anchor, state.slope, value);
        State { level, anchor, slope }
    }
}

/// Mean and slope of the line of least squares after one more period: eq. 18–20 of the paper.
fn next_line(t: f64, mean: f64, slope: f64, value: f64) -> (f64, f64) {
    let slope = ((t - 1.0).max(0.0) * slope + 6.0 / (t + 1.0) * (value - mean) * f64::from(t > 0.0)) / (t + 2.0);
    (mean + (value - mean) / (t + 1.0), slope)
}

/// Intercept and slope of the line of least squares through periods 1, 2, …
pub(super) fn line(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let (mean, slope) = values
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(mean, slope), (t, &value)| next_line(t as f64, mean, slope, value));
    (mean - 0.5 * (n + 1.0) * slope, slope)
}

/// The first period whose error counts: two periods make a line, but not yet a trend.
pub(super) const FIRST: usize = 2;

/// What the search for α needs of a series, made once.
#[derive(Debug)]
pub(super) struct Search<'a> {
    values: &'a [f64],
    /// Intercept and slope that are known before every period.
    lines: Vec<(f64, f64)>,
}

/// Least squares at one α.
#[derive(Debug, Clone, Copy)]
pub(super) struct Best {
    pub(super) alpha: f64,
    pub(super) weight: f64,
    pub(super) level: f64,
    pub(super) squares: f64,
}

impl<'a> Search<'a> {
    pub(super) fn new(values: &'a [f64], dynamic: bool) -> Self {
        let lines = if dynamic {
            let (mut mean, mut slope) = (0.0, 0.0);
            let before = |(t, &value): (usize, &f64)| {
                let t = t as f64;
                let known = (mean - 0.5 * (t + 1.0) * slope, slope);
                (mean, slope) = next_line(t, mean, slope, value);
                known
            };
            values.iter().enumerate().map(before).collect()
        } else {
            vec![line(values); values.len()]
        };
        Self { values, lines }
    }

    /// The best initial level, and the best weight where it is not given, at one α.
    ///
    /// The errors are linear in both, `e_t = r_t − δ d_t − ω T_t`, so that two unknowns of the search are solved for; only α
    /// is left to look for.
    pub(super) fn at(&self, alpha: f64, weight: Option<f64>) -> Best {
        let q = 1.0 - alpha;
        let scale = 1.0 / alpha;
        // From the first value, lest a great level cancel the digits of the sums.
        let start = self.values[0];
        let (mut level, mut power) = (start, 1.0);
        let [mut rr, mut rd, mut rt, mut dd, mut dt, mut tt] = [0.0; 6];
        for (period, (&value, &(intercept, slope))) in self.values.iter().zip(&self.lines).enumerate() {
            let after = power * q;
            if period >= FIRST {
                let trend = power * intercept + (1.0 - after) * scale * slope;
                let rest = value - level;
                rr += rest * rest;
                rd += rest * power;
                rt += rest * trend;
                dd += power * power;
                dt += power * trend;
                tt += trend * trend;
            }
            level += alpha * (value - level);
            power = after;
        }
        let given = |weight: f64| {
            let (r, e) = (rd - weight * dt, rr - weight * (2.0 * rt - weight * tt));
            let offset = if dd > 0.0 { r / dd } else { 0.0 };
            Best { alpha, weight, level: start + offset, squares: (e - offset * r).max(0.0) }
        };
        weight.map_or_else(
            || {
                let determinant = dd * tt - dt * dt;
                let free = if determinant > SINGULAR * dd * tt { (dd * rt - dt * rd) / determinant } else { 0.0 };
                given(free.clamp(0.0, 1.0))
            },
            given,
        )
    }

    /// The best α of a range: a grid, for there may be several valleys, then golden section about the best of it.
    pub(super) fn best(&self, range: (f64, f64), weight: Option<f64>) -> Best {
        let (low, high) = range;
        let step = (high - low) / GRID as f64;
        let better = |a: Best, b: Best| if b.squares < a.squares { b } else { a };
        let grid: Vec<Best> = (0..=GRID).map(|i| self.at(low + step * i as f64, weight)).collect();
        let mut best = grid.iter().copied().fold(grid[0], better);
        let (mut left, mut right) = ((best.alpha - step).max(low), (best.alpha + step).min(high));
        let inner = |left: f64, right: f64| right - GOLDEN * (right - left);
        let (mut a, mut b) = (self.at(inner(left, right), weight), self.at(left + right - inner(left, right), weight));
        while right - left > PRECISION {
            best = better(best, better(a, b));
            if a.squares <= b.squares {
                right = b.alpha;
                b = a;
                a = self.at(inner(left, right), weight);
            } else {
                left = a.alpha;
                a = b;
                b = self.at(left + right - inner(left, right), weight);
            }
        }
        best = better(best, better(a, b));
        best
    }
}

/// Steps of the grid of α.
const GRID: usize = 12;

/// How close α is looked for.
const PRECISION: f64 = 1e-4;

/// (√5 − 1)/2.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Relative determinant under which level and trend cannot be told apart.
const SINGULAR: f64 = 1e-12;
