//! The probability to be alive, and of a number of purchases.

use super::BetaGeometric;
use super::series::{expected, series};
use crate::LifetimeError;
use crate::purchase::Seen;
use crate::special::{ln_gamma, ln_gamma_ratio, ln_hyp2f1};

impl BetaGeometric {
    /// Times a customer may leave before the first repeat purchase.
    pub(super) fn early_exits(&self) -> f64 {
        if self.modified { 1.0 } else { 0.0 }
    }

    /// `R = r + kx`
    pub(super) fn shape(&self, x: f64) -> f64 {
        self.r + f64::from(self.k) * x
    }

    /// `B = b + x + m`, the shape of staying of a customer who is alive after `x` repeat purchases.
    pub(super) fn stay(&self, x: f64) -> f64 {
        self.b + x + self.early_exits()
    }

    /// `ln (a / (b + x + m − 1))`: odds to leave at the last purchase.
    pub(super) fn ln_exit_odds(&self, x: f64) -> f64 {
        self.a.ln() - (self.b + (x + self.early_exits() - 1.0)).ln()
    }

    /// The probability that a customer is alive at `T`, from the log odds, which cannot overflow.
    pub(super) fn p_alive(&self, seen: Seen) -> f64 {
        if seen.x + self.early_exits() > 0.0 {
            let shape = self.shape(seen.x);
            let growth = ((seen.t - seen.recency) / (self.alpha + seen.recency)).ln_1p();
            let mut log_odds_left = self.ln_exit_odds(seen.x) + shape * growth;
            if self.k > 1 {
                log_odds_left -= self.stages(seen).iter().sum::<f64>().ln();
            }
            1.0 / (1.0 + log_odds_left.exp())
        } else {
            1.0
        }
    }

    /// Relative probabilities of the stages of the present gap that are gone, given the customer is alive.
    fn stages(&self, seen: Seen) -> Vec<f64> {
        let shape = self.shape(seen.x);
        let w = (seen.t - seen.recency) / (self.alpha + seen.t);
        let mut term = 1.0;
        let mut stages = vec![term];
        for j in 0..self.k - 1 {
            term *= (shape + f64::from(j)) / f64::from(j + 1) * w;
            stages.push(term);
        }
        stages
    }

    /// The stages gone with their probabilities; the sum over them of a quantity given the stage.
    pub(super) fn over_stages(
        &self,
        seen: Seen,
        mut of: impl FnMut(u32) -> Result<f64, LifetimeError>,
    ) -> Result<f64, LifetimeError> {
        if self.k == 1 {
            return of(0);
        }
        let stages = self.stages(seen);
        let all: f64 = stages.iter().sum();
        let mut sum = 0.0;
        for (gone, weight) in (0..self.k).zip(stages) {
            if weight > 0.0 {
                sum += weight / all * of(gone)?;
            }
        }
        Ok(sum)
    }

    pub(super) fn stays(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
        let of = |gone| Ok(expected(&mut series(self, state.x, gone), self, state, ahead)?.stays);
        Ok(f64::min(1.0, self.over_stages(state, of)?))
    }

    pub(super) fn purchases(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
        let of = |gone| Ok(expected(&mut series(self, state.x, gone), self, state, ahead)?.purchases);
        self.over_stages(state, of)
    }

    /// The probability of `n` purchases: the customer did not leave before the n-th, and either no more were due, or the
    /// n-th was the last. For a new customer this is equation 8 of the paper.
    pub(super) fn probability_of(&self, state: Seen, n: f64, ahead: f64) -> Result<f64, LifetimeError> {
        let odds = ahead / (self.alpha + state.t);
        let k = f64::from(self.k);
        let stay = self.stay(state.x);
        let probability = self.over_stages(state, |gone| {
            let (shape, gone) = (self.shape(state.x) + f64::from(gone), f64::from(gone));
            let first = f64::max(0.0, n * k - gone);
            let last = (n + 1.0) * k - gone;
            let mut due = 0.0;
            let mut stages = first;
            while stages < last {
                due += ln_negative_binomial(shape, odds, stages).exp();
                stages += 1.0;
            }
            if n < 1.0 {
                return Ok(due);
            }
            // P(N ≥ n) = P(N = n) ₂F₁(1, R + n; n + 1; z): a sum of positive terms, so the tail keeps its digits.
            let tail = ln_hyp2f1(1.0, shape + first, first + 1.0, odds / (1.0 + odds))?;
            let at_least = f64::min(1.0, (ln_negative_binomial(shape, odds, first) + tail).exp());
            Ok(due + self.a / (stay + (n - 1.0)) * at_least)
        })?;
        let stays = (ln_gamma_ratio(stay, n) - ln_gamma_ratio(self.a + stay, n)).exp();
        Ok(f64::min(1.0, stays * probability))
    }
}

/// `ln` of the probability of `n` stages in a time of `odds = t / (α + T)`.
fn ln_negative_binomial(shape: f64, odds: f64, n: f64) -> f64 {
    let none = -shape * odds.ln_1p();
    if n < 1.0 {
        return none;
    }
    ln_gamma_ratio(n + 1.0, shape - 1.0) - ln_gamma(shape) + none - n * (1.0 / odds).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits printed by the oracle.
    const ORACLE: f64 = 1e-12;

    #[test]
    fn the_chance_to_be_alive_later_agrees_with_quadrature_over_the_dropout_probability() -> Result<(), LifetimeError> {
        // mpmath 1.3, 30 digits: P(alive at T) ∫ Beta(p; a, b + x) ((α+T)/(α+T+pt))^(r+x) dp, and the same by hyp2f1.
        let model = BetaGeometric { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, k: 1, modified: false };
        for (x, recency, t, ahead, expected) in [
            (0.0, 0.0, 39.0, 39.0, 0.955_764_256_819_301),
            (2.0, 30.43, 38.86, 39.0, 0.567_138_035_627_93),
            (23.0, 39.0, 39.0, 156.0, 0.311_866_983_666_701),
            (0.0, 0.0, 39.0, 156.5, 0.876_092_379_131_312),
        ] {
            let seen = Seen { x, recency, t };
            let ours = model.p_alive(seen) * model.stays(seen, ahead)?;
            assert!((ours - expected).abs() < ORACLE, "x {x}, ahead {ahead}: {ours}");
            assert!((model.stays(seen, 1e-12)? - 1.0).abs() < ORACLE);
        }
        Ok(())
    }
}
