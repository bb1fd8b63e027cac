//! What the model says of one customer's opportunities to come.
//!
//! Given that a customer has seen all `n` opportunities, p ~ beta(α+x, β+n−x) and θ ~ beta(γ, δ+n), independently. Alive
//! means here: sees opportunity `n + 1` too.

use super::BetaGeoBetaBinomialParameters;
use super::exits::Exits;
use crate::LifetimeError;
use crate::contract::beta_geometric_sum;
use crate::periods::whole;
use crate::purchase::Seen;
use crate::special::{ln_gamma_ratio, ln_gamma_second_difference};

/// Opportunities beyond which a sum over them is refused.
const MAX_OPPORTUNITIES: f64 = 1e7;
/// Terms and sums are scaled down when they pass this.
const RESCALE_ABOVE: f64 = 1e250;

impl BetaGeoBetaBinomialParameters {
    /// The probability to have seen all opportunities so far.
    fn seen_all(&self, seen: Seen) -> f64 {
        let mut exits = Exits::new(self, seen.x, seen.t);
        exits.back_to(seen.recency, false);
        (-exits.ln_total()).exp()
    }

    /// The probability to see the next opportunity.
    pub(super) fn alive(&self, seen: Seen) -> f64 {
        self.seen_all(seen) * self.sees(seen.t, 1.0)
    }

    /// The probability of a customer who has seen `n` opportunities to see the next `ahead`: `B(γ, δ+n+ahead)/B(γ, δ+n)`.
    pub(super) fn sees(&self, n: f64, ahead: f64) -> f64 {
        (-ln_gamma_second_difference(self.delta + n, self.gamma, ahead).value).exp()
    }

    /// The mean p of customers who have seen all opportunities.
    pub(super) fn mean_purchase(&self, state: Seen) -> f64 {
        (self.alpha + state.x) / (self.alpha + self.beta + state.t)
    }

    /// How many of the opportunities until each of several rising times a customer who sees number `n + 1` is expected to
    /// see.
    pub(super) fn expected_stays(&self, n: f64, times: &[f64]) -> Result<Vec<f64>, LifetimeError> {
        let (mut stays, mut sum, mut opportunity) = (1.0, 0.0, 0.0);
        let mut until = |time: &f64| {
            let last = checked(whole(*time)?)?;
            while opportunity < last {
                sum += stays;
                opportunity += 1.0;
                stays *= (self.delta + n + opportunity) / (self.gamma + self.delta + n + opportunity);
            }
            Ok(sum)
        };
        times.iter().map(&mut until).collect()
    }

    /// The probability of a customer who sees opportunity `n + 1` to buy `k` times at the next `m` opportunities: over the
    /// last one that the customer sees,
    /// ```text
    /// Σ_{i=max(k,1)}^{m} C(i, k) B(α'+k, β'+i−k)/B(α', β') · S(i)/S(1) · (γ/(γ+δ'+i) for i < m, 1 for i = m)
    /// ```
    /// with p and θ as above and `S(i) = B(γ, δ'+i)/B(γ, δ')`.
    pub(super) fn probability(&self, state: Seen, k: f64, ahead: f64) -> Result<f64, LifetimeError> {
        let m = checked(whole(ahead)?)?;
        if k > m {
            return Ok(0.0);
        }
        if m < 1.0 {
            return Ok(1.0);
        }
        let (a, b, g, d) = (self.alpha + state.x, self.beta + state.t - state.x, self.gamma, self.delta + state.t);
        let sees = |i: f64| -ln_gamma_second_difference(d, g, i).value;
        let mut i = f64::max(k, 1.0);
        // The first term: all i opportunities taken, or the first one not.
        let first = if k > 0.0 { ln_gamma_ratio(a, k) - ln_gamma_ratio(a + b, k) } else { (b / (a + b)).ln() };
        let mut ln_scale = first + sees(i) - sees(1.0);
        let (mut term, mut sum) = (1.0, 0.0);
        while i < m {
            sum += term * (g / (g + d + i));
            term *= (i + 1.0) / (i + 1.0 - k) * ((b + i - k) / (a + b + i)) * ((d + i) / (g + d + i));
            if sum > RESCALE_ABOVE || term > RESCALE_ABOVE {
                sum /= RESCALE_ABOVE;
                term /= RESCALE_ABOVE;
                ln_scale += RESCALE_ABOVE.ln();
            }
            i += 1.0;
        }
        Ok(f64::min(1.0, ((sum + term).ln() + ln_scale).exp()))
    }

    /// `Σ_{i ≥ 1} P(buys at n+i) e^(−δi)` of a customer who sees opportunity `n + 1`.
    pub(super) fn discounted_purchases(&self, state: Seen, force: f64) -> Result<f64, LifetimeError> {
        let stays = beta_geometric_sum(self.gamma, self.delta + state.t, force)?;
        let stays = stays.ok_or_else(|| LifetimeError::Infinite {
            what: "the discounted number of purchases",
            at: format!("gamma = {}, force of discount = {force}", self.gamma),
            why: "it needs a positive discount rate",
        })?;
        Ok(self.mean_purchase(state) * (stays / self.sees(state.t, 1.0)))
    }
}

fn checked(opportunities: f64) -> Result<f64, LifetimeError> {
    if opportunities <= MAX_OPPORTUNITIES {
        Ok(opportunities)
    } else {
        Err(LifetimeError::SeriesTooLong {
            what: "purchases at opportunities to come",
            at: format!("{opportunities} opportunities"),
            terms: MAX_OPPORTUNITIES as usize,
        })
    }
}
