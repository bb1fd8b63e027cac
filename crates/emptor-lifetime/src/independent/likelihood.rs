//! The likelihood of one row from looked-up parts.

use super::{LeavesFirst, Lifetime, MAX_OWN};
use crate::special::{digamma, ln_gamma_ratio};

/// What a distinct time contributes, whatever the customer.
#[derive(Debug, Clone)]
pub(crate) struct Moment<L: Lifetime> {
    /// `α + t`.
    pub(crate) rate: f64,
    /// `ln(α + t)`.
    pub(crate) ln_rate: f64,
    /// `1 / (α + t)`.
    pub(crate) inverse: f64,
    /// `ln S(t)`.
    pub(crate) ln_survival: f64,
    /// `∂ ln S(t)` by the own parameters of the lifetime.
    pub(crate) by_own: [f64; MAX_OWN],
    place: L::Place,
}

impl<L: Lifetime> Moment<L> {
    /// `most` is the largest `R` of a sample that looks up many, or 0: see [`Lifetime::place`].
    pub(crate) fn new(lifetime: &L, alpha: f64, t: f64, most: f64) -> Self {
        let (ln_survival, by_own) = lifetime.ln_survival(t);
        let rate = alpha + t;
        Self {
            rate,
            ln_rate: rate.ln(),
            inverse: 1.0 / rate,
            ln_survival,
            by_own,
            place: lifetime.place(rate, t, most),
        }
    }

    /// `K` at this time for `R = shape`; a sample looks it up once per distinct `(x, t)`, for `t_x` and `T` alike.
    pub(crate) fn leaves_first(&self, lifetime: &L, shape: f64) -> LeavesFirst {
        lifetime.leaves_first(shape, self.rate, &self.place)
    }
}

/// The bracket of the likelihood, in logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bracket {
    /// Its logarithm.
    pub(crate) ln: f64,
    /// `∂/∂R`, which is `∂/∂r`.
    pub(crate) by_shape: f64,
    /// `∂/∂α`.
    pub(crate) by_alpha: f64,
    /// By the own parameters of the lifetime.
    pub(crate) by_own: [f64; MAX_OWN],
    /// The chance to be alive at `T`: the part of the bracket that is `D(T)`.
    pub(crate) p_alive: f64,
}

/// `ln [ D(T) (1 − K(T)) + D(t_x) K(t_x) ]` and its derivatives, at the cost of an exponential and a logarithm.
///
/// With `Δ = ln D(t_x) K(t_x) / D(T)` the bracket is `D(T) (1 − K(T) + e^Δ)`; whichever of 1 and `e^Δ` is larger is taken
/// out. At `t_x = T` it is `D(T)` to rounding.
pub(crate) fn bracket<L: Lifetime>(
    shape: f64,
    last: (&Moment<L>, &LeavesFirst),
    end: (&Moment<L>, &LeavesFirst),
) -> Bracket {
    let ((last, leaves_last), (end, leaves_end)) = (last, end);
    let growth = end.ln_rate - last.ln_rate;
    let log_odds = shape * growth + (last.ln_survival - end.ln_survival) + leaves_last.ln;
    let stays = 1.0 - leaves_end.probability;
    // The sum without its larger part, and what D(T) and D(t_x) K(t_x) are on that scale.
    let (sum, alive, left) = if log_odds <= 0.0 {
        let odds = log_odds.exp();
        (stays + odds, 1.0, odds)
    } else {
        let odds = (-log_odds).exp();
        (1.0 + stays * odds, odds, 1.0)
    };
    let ln = shape.mul_add(-end.ln_rate, end.ln_survival) + log_odds.max(0.0) + sum.ln();
    let inverse = 1.0 / sum;
    let (alive, left) = (alive * inverse, left * inverse);
    let leaves = alive * leaves_end.probability;
    let mut by_own = [0.0; MAX_OWN];
    for (i, by) in by_own.iter_mut().enumerate() {
        *by = end.by_own[i] + left * (last.by_own[i] - end.by_own[i] + leaves_last.by_own[i])
            - leaves * leaves_end.by_own[i];
    }
    Bracket {
        ln,
        by_shape: -end.ln_rate + left * (growth + leaves_last.by_shape) - leaves * leaves_end.by_shape,
        by_alpha: -shape * end.inverse + left * (shape * (end.inverse - last.inverse) + leaves_last.by_rate)
            - leaves * leaves_end.by_rate,
        by_own,
        p_alive: alive.min(1.0),
    }
}

/// `ln Γ(r+x) α^r / Γ(r)` and its derivatives by `r` and `α`: the factor before the bracket.
pub(crate) fn ln_rate_factor(r: f64, alpha: f64, x: f64) -> (f64, [f64; 2]) {
    let ln_alpha = alpha.ln();
    (ln_gamma_ratio(r, x) + r * ln_alpha, [digamma(r + x) - digamma(r) + ln_alpha, r / alpha])
}
