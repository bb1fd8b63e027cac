//! What the model says of one customer's opportunities to come.
//!
//! Given that a customer has seen all `n` opportunities, p ~ beta(α+x, β+n−x) and θ ~ beta(γ, δ+n), independently.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::BetaGeoBetaBinomialParameters;
use super::exits::Exits;
use crate::LifetimeError;
use crate::contract::beta_geometric_sum;
use crate::periods::whole;
use crate::purchase::{Seen, each};
use crate::sample::Ranks;
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

    /// The probability to see opportunity `n + ahead`.
    pub(super) fn alive_for(&self, seen: Seen, ahead: f64) -> f64 {
        let left = ln_gamma_second_difference(self.delta + seen.t, self.gamma, ahead).value;
        self.seen_all(seen) * (-left).exp()
    }

    /// The probability to have seen all opportunities, times the mean p of those customers.
    pub(super) fn next_purchase(&self, seen: Seen) -> f64 {
        self.seen_all(seen) * ((self.alpha + seen.x) / (self.alpha + self.beta + seen.t))
    }

    /// How many of the opportunities until each of several rising times a customer who has seen `n` is expected to see.
    pub(super) fn expected_stays(&self, n: f64, times: &[f64]) -> Result<Vec<f64>, LifetimeError> {
        let (mut stays, mut sum, mut opportunity) = (1.0, 0.0, 0.0);
        let mut until = |time: &f64| {
            let last = checked(whole(*time))?;
            while opportunity < last {
                stays *= (self.delta + n + opportunity) / (self.gamma + self.delta + n + opportunity);
                sum += stays;
                opportunity += 1.0;
            }
            Ok(sum)
        };
        times.iter().map(&mut until).collect()
    }

    /// `P(X(n, n+m) = k)`: with p and θ as above, over the last opportunity that the customer sees,
    /// ```text
    /// Σ_{i=k}^{m} C(i, k) B(α'+k, β'+i−k)/B(α', β') · S(i) · (γ/(γ+δ'+i) for i < m, 1 for i = m)
    /// ```
    /// with `S(i) = B(γ, δ'+i)/B(γ, δ')`; whoever has left before buys nothing.
    pub(super) fn probability(&self, seen: Seen, k: f64, ahead: f64) -> Result<f64, LifetimeError> {
        let m = checked(whole(ahead))?;
        let here = self.seen_all(seen);
        let gone = if k > 0.0 { 0.0 } else { 1.0 - here };
        if k > m {
            return Ok(gone);
        }
        let (a, b, g, d) = (self.alpha + seen.x, self.beta + seen.t - seen.x, self.gamma, self.delta + seen.t);
        let mut ln_scale = ln_gamma_ratio(a, k) - ln_gamma_ratio(a + b, k) - ln_gamma_second_difference(d, g, k).value;
        let (mut term, mut sum, mut i) = (1.0, 0.0, k);
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
        let bought = ((sum + term).ln() + ln_scale).exp();
        Ok(f64::min(1.0, gone + here * bought))
    }

    /// `Σ_{i ≥ 1} P(buys at n+i) e^(−δi)`.
    pub(super) fn discounted(&self, seen: Seen, force: f64) -> Result<f64, LifetimeError> {
        let stays = beta_geometric_sum(self.gamma, self.delta + seen.t, force)?;
        let stays = stays.ok_or_else(|| LifetimeError::Infinite {
            what: "the discounted number of purchases",
            at: format!("gamma = {}, force of discount = {force}", self.gamma),
            why: "it needs a positive discount rate",
        })?;
        Ok(self.next_purchase(seen) * stays)
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

/// Expected purchases: the opportunities that are seen depend on `n` only.
pub(super) fn columns(
    model: &BetaGeoBetaBinomialParameters,
    history: &HistoryView<'_>,
    times: &[f64],
) -> Result<Vec<Vec<f64>>, LifetimeError> {
    let n = Ranks::new(history.t().iter().copied());
    let stays: Result<Vec<Vec<f64>>, LifetimeError> =
        n.values.par_iter().map(|&n| model.expected_stays(n, times)).collect();
    let stays = stays?;
    let next = each(history, |seen| model.next_purchase(seen));
    let column = |j: usize| next.iter().zip(&n.of_row).map(|(next, &place)| next * stays[place as usize][j]).collect();
    Ok((0..times.len()).map(column).collect())
}
