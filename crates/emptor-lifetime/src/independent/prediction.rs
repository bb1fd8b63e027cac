//! What a model of this kind says about one customer.

use super::{Bracket, Lifetime, Moment, bracket};
#[cfg(test)]
use super::{MAX_OWN, ln_rate_factor, probability};

/// Purchase rates Gamma(r, rate α) and a lifetime that is independent of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Independent<L> {
    /// Shape of the purchase rates.
    pub(crate) r: f64,
    /// Rate of the purchase rates, in units of time.
    pub(crate) alpha: f64,
    /// When customers leave.
    pub(crate) lifetime: L,
}

impl<L: Lifetime> Independent<L> {
    fn bracket(&self, x: f64, recency: f64, end: f64) -> Bracket {
        let shape = self.r + x;
        let last = Moment::new(&self.lifetime, self.alpha, recency, 0.0);
        let end = Moment::new(&self.lifetime, self.alpha, end, 0.0);
        let (leaves_last, leaves_end) =
            (last.leaves_first(&self.lifetime, shape), end.leaves_first(&self.lifetime, shape));
        bracket(shape, (&last, &leaves_last), (&end, &leaves_end))
    }

    /// The chance to be alive at the end of observation: `D(T)` over the bracket.
    pub(crate) fn p_alive(&self, x: f64, recency: f64, end: f64) -> f64 {
        self.bracket(x, recency, end).p_alive
    }

    /// The mean of λ given `x` purchases in a time alive of `end`.
    pub(super) fn rate(&self, x: f64, end: f64) -> f64 {
        (self.r + x) / (self.alpha + end)
    }
}

/// One customer at a time, as the tests ask.
#[cfg(test)]
impl<L: Lifetime> Independent<L> {
    /// The log-likelihood of one customer and its derivatives by `r`, `α` and the own parameters of the lifetime.
    pub(crate) fn ln_likelihood(&self, x: f64, recency: f64, end: f64) -> (f64, [f64; 2 + MAX_OWN]) {
        let (value, [by_r, by_alpha]) = ln_rate_factor(self.r, self.alpha, x);
        let bracket = self.bracket(x, recency, end);
        let [one, two, three] = bracket.by_own;
        (value + bracket.ln, [by_r + bracket.by_shape, by_alpha + bracket.by_alpha, one, two, three])
    }

    /// The chance to be alive `ahead` after the end of observation: `p_alive · S(T+ahead)/S(T)`, for lifetimes do not
    /// depend on purchases.
    pub(crate) fn p_alive_after(&self, x: f64, recency: f64, end: f64, ahead: f64) -> f64 {
        self.p_alive(x, recency, end) * self.lifetime.residual_survival(end, ahead)
    }

    /// Expected purchases in `(T, T + ahead]`: `p_alive · R/(α+T) · ∫ S(T+u)/S(T) du` (Schmittlein, Morrison & Colombo
    /// 1987, equation 22).
    pub(crate) fn expected_purchases(&self, x: f64, recency: f64, end: f64, ahead: f64) -> f64 {
        self.p_alive(x, recency, end) * self.rate(x, end) * self.lifetime.expected_residual(end, ahead)
    }

    /// Expected purchases of a new customer: `r/α · ∫ S(u) du` (the same paper, equation 17).
    pub(crate) fn expected_purchases_new_customer(&self, ahead: f64) -> f64 {
        self.rate(0.0, 0.0) * self.lifetime.expected_residual(0.0, ahead)
    }

    /// DERT: expected purchases after `T`, each discounted by `e^(−δu)`, without end (Fader, Hardie & Lee 2005, "RFM and
    /// CLV", equation 2, whose confluent hypergeometric function is this integral for Pareto). See
    /// [`Lifetime::discounted_residual`] for `δ → 0`.
    pub(crate) fn discounted_purchases(&self, x: f64, recency: f64, end: f64, delta: f64) -> f64 {
        self.p_alive(x, recency, end) * self.rate(x, end) * self.lifetime.discounted_residual(end, delta)
    }

    /// The chance of exactly `n` purchases in `(T, T + ahead]`; who has left makes none.
    pub(crate) fn probability_of_n(&self, x: f64, recency: f64, end: f64, n: u64, ahead: f64) -> f64 {
        let alive = self.p_alive(x, recency, end);
        let left = if n == 0 { 1.0 - alive } else { 0.0 };
        let made = probability::of_n_purchases(&self.lifetime, self.r + x, self.alpha + end, end, n as f64, ahead);
        f64::min(1.0, left + alive * made)
    }

    /// The chance of exactly `n` purchases in the first `ahead` of a new customer.
    pub(crate) fn probability_of_n_new_customer(&self, n: u64, ahead: f64) -> f64 {
        f64::min(1.0, probability::of_n_purchases(&self.lifetime, self.r, self.alpha, 0.0, n as f64, ahead))
    }
}
