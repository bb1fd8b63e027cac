//! The internal rate of return: all of them, one, or none.

use emptor_types::{DiscountRate, TimeUnit};
use serde::{Deserialize, Serialize};

/// Rounding error of an evaluated polynomial, in units of the sum of its absolute terms; below it a value counts as zero.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// The rates at which a cash flow is worth nothing now.
///
/// A flow whose sign changes once has exactly one (Descartes' rule of signs). With more changes there may be several or
/// none, and then no single number is *the* rate of return: [`Irr::rate`] answers only when there is one.
///
/// ```
/// use emptor_core::value::project::{CashFlows, Irr, NoIrr};
/// use emptor_types::TimeUnit;
///
/// // One outlay, then income: one rate (NumPy's documentation of `irr`).
/// let irr = CashFlows::new(vec![-100.0, 39.0, 59.0, 55.0, 20.0], TimeUnit::Year)?.irr();
/// assert!(irr.rate().is_some_and(|rate| (rate.annual() - 0.280_948).abs() < 1e-6));
///
/// // −100·(1 − 1.1x)·(1 − 1.2x) with x = 1/(1+r): both 10 % and 20 % are roots.
/// let irr = CashFlows::new(vec![-100.0, 230.0, -132.0], TimeUnit::Year)?.irr();
/// assert!(matches!(&irr, Irr::Several(rates) if rates.len() == 2));
/// assert_eq!(irr.rate(), None);
///
/// let irr = CashFlows::new(vec![100.0, -200.0, 150.0], TimeUnit::Year)?.irr();
/// assert_eq!(irr, Irr::None(NoIrr::NeverZero));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Irr {
    /// Exactly one rate, at which the net present value changes its sign.
    One(DiscountRate),
    /// Several rates, ascending; a double root, where the value touches zero and does not cross it, stands twice.
    Several(Vec<DiscountRate>),
    /// No rate, and why.
    None(NoIrr),
}

/// Why a cash flow has no internal rate of return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoIrr {
    /// Nothing flows.
    NoFlow,
    /// Nothing is ever paid out: worth something at every rate.
    OnlyGains,
    /// Nothing ever comes in: worth less than nothing at every rate.
    OnlyCosts,
    /// Money flows both ways, but the net present value is never zero at any rate above −100 %.
    NeverZero,
}

impl Irr {
    /// The rate, if there is exactly one.
    #[must_use]
    pub fn rate(&self) -> Option<DiscountRate> {
        match self {
            Self::One(rate) => Some(*rate),
            Self::Several(_) | Self::None(_) => None,
        }
    }

    pub(super) fn of(flows: &[f64], unit: TimeUnit) -> Self {
        // A root in u = ln x is a force of interest −u per period: ascending rates are descending u.
        let mut rates: Vec<DiscountRate> = positive_roots(flows)
            .into_iter()
            .rev()
            .filter_map(|u| DiscountRate::continuous(-u * unit.per_year()).ok())
            .collect();
        match (rates.len(), rates.pop()) {
            (1, Some(rate)) => Self::One(rate),
            (_, Some(last)) => {
                rates.push(last);
                Self::Several(rates)
            }
            (_, None) => Self::None(match (flows.iter().any(|f| *f > 0.0), flows.iter().any(|f| *f < 0.0)) {
                (false, false) => NoIrr::NoFlow,
                (true, false) => NoIrr::OnlyGains,
                (false, true) => NoIrr::OnlyCosts,
                (true, true) => NoIrr::NeverZero,
            }),
        }
    }
}

/// The logarithms `u = ln x`, ascending, of all positive roots of `Σ c_t x^t`; roots that touch zero stand twice.
///
/// Rolle's theorem on the generalised polynomial `x^(−α) Σ c_t x^t`, as in the proof of Descartes' rule: with `α` between
/// the exponents of a sign change, the derivative's coefficients `c_t (t − α)` change sign once less. Its roots, found by
/// the same function, cut the axis into stretches on which the polynomial crosses zero once at most, so that bisection
/// finds every root and misses none. Deriving the polynomial itself, `N` times, would drown in factorials instead.
fn positive_roots(c: &[f64]) -> Vec<f64> {
    let terms: Vec<usize> = (0..c.len()).filter(|&t| c[t].abs() > 0.0).collect();
    let change = terms.windows(2).find(|w| (c[w[0]] > 0.0) != (c[w[1]] > 0.0));
    let (Some(change), Some(&first), Some(&last)) = (change, terms.first(), terms.last()) else {
        return Vec::new();
    };
    let alpha = 0.5 * (change[0] + change[1]) as f64;
    let largest = c.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let slope: Vec<f64> = c.iter().enumerate().map(|(t, v)| v / largest * (t as f64 - alpha)).collect();
    let mut turns = positive_roots(&slope);
    turns.dedup();

    // Cauchy's bounds; at the ends the outermost terms decide the sign.
    let below = -(largest / c[first].abs()).ln_1p();
    let above = (largest / c[last].abs()).ln_1p();
    let mut left = (turns.first().map_or(below, |t| below.min(t - 1.0)), c[first].signum());
    let end = (turns.last().map_or(above, |t| above.max(t + 1.0)), c[last].signum());

    let mut roots = Vec::new();
    // A turning point that is itself a root: the sign before it, to tell touching from crossing.
    let mut touched: Option<(f64, f64)> = None;
    for right in turns.into_iter().map(|u| (u, sign(c, u))).chain([end]) {
        if right.1.abs() < 0.5 {
            touched = touched.or(Some((right.0, left.1)));
            continue;
        }
        if let Some((root, before)) = touched.take() {
            roots.push(root);
            if before * right.1 > 0.0 {
                roots.push(root);
            }
        } else if left.1 * right.1 < 0.0 {
            roots.push(bisect(c, left.0, right.0, left.1));
        }
        left = right;
    }
    roots
}

/// The point between `low` and `high` where the sign leaves `before`, to the last bit.
fn bisect(c: &[f64], mut low: f64, mut high: f64, before: f64) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if !(low < middle && middle < high) {
            return middle;
        }
        if value(c, middle).0 * before > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// −1, 0 or 1; zero where rounding hides the sign.
fn sign(c: &[f64], u: f64) -> f64 {
    let (value, size) = value(c, u);
    if value.abs() > ROUNDING * size { value.signum() } else { 0.0 }
}

/// The polynomial at `x = e^u` and the sum of its absolute terms, both over `max(1, x^N)`, so that neither overflows.
fn value(c: &[f64], u: f64) -> (f64, f64) {
    let x = (-u.abs()).exp();
    let step = |(value, size): (f64, f64), c: &f64| (value * x + c, size * x + c.abs());
    if u <= 0.0 { c.iter().rev().fold((0.0, 0.0), step) } else { c.iter().fold((0.0, 0.0), step) }
}
