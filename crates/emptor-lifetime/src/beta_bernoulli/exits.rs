//! The ways in which a customer may have left: a pass over the opportunities since the last purchase, from the last one
//! back.
//!
//! Relative to the likelihood `F = B(α+x, β+n−x) B(γ, δ+n) / (B(α, β) B(γ, δ))` of a customer who saw all opportunities,
//! that of one who left after opportunity j < n is `Tⱼ/F`, and
//! ```text
//! Tₙ₋₁/F   = (α+β+n−1)/(β+n−1−x) · γ/(δ+n−1)
//! Tⱼ₋₁/Tⱼ  = (α+β+j−1)/(β+j−1−x) · (γ+δ+j)/(δ+j−1)
//! ```
//! so that `L = F (1 + Σ_{j=t_x}^{n−1} Tⱼ/F)`. The terms do not depend on `t_x`.

use super::BetaGeoBetaBinomialParameters;

/// Terms and sums are scaled down when they pass this.
const RESCALE_ABOVE: f64 = 1e250;

/// `1 + Σ Tⱼ/F` over the opportunities passed, and its derivatives.
#[derive(Debug)]
pub(super) struct Exits<'a> {
    model: &'a BetaGeoBetaBinomialParameters,
    x: f64,
    n: f64,
    /// The opportunity that the pass has reached.
    pub(super) at: f64,
    term: f64,
    /// Derivatives of `ln(Tⱼ/F)` by α, β, γ, δ.
    term_slope: [f64; 4],
    sum: f64,
    sum_slope: [f64; 4],
    ln_scale: f64,
}

impl<'a> Exits<'a> {
    /// Of a customer with `x` purchases at `n` opportunities, of whom it is not yet asked whether they saw the last.
    pub(super) fn new(model: &'a BetaGeoBetaBinomialParameters, x: f64, n: f64) -> Self {
        let nothing = [0.0; 4];
        Self { model, x, n, at: n, term: 1.0, term_slope: nothing, sum: 1.0, sum_slope: nothing, ln_scale: 0.0 }
    }

    /// One opportunity back.
    fn step(&mut self, with_slope: bool) {
        let &BetaGeoBetaBinomialParameters { alpha, beta, gamma, delta } = self.model;
        let before = self.at - 1.0;
        let (all, missed, stayed) = (alpha + beta + before, beta + before - self.x, delta + before);
        let first = self.at >= self.n;
        let left = if first { gamma } else { gamma + delta + self.at };
        self.term *= all / missed * (left / stayed);
        self.sum += self.term;
        if with_slope {
            let (all, left) = (1.0 / all, 1.0 / left);
            self.term_slope[0] += all;
            self.term_slope[1] += all - 1.0 / missed;
            self.term_slope[2] += left;
            self.term_slope[3] += if first { 0.0 } else { left } - 1.0 / stayed;
            for (sum, slope) in self.sum_slope.iter_mut().zip(self.term_slope) {
                *sum += self.term * slope;
            }
        }
        if self.sum > RESCALE_ABOVE {
            self.term /= RESCALE_ABOVE;
            self.sum /= RESCALE_ABOVE;
            self.sum_slope.iter_mut().for_each(|slope| *slope /= RESCALE_ABOVE);
            self.ln_scale += RESCALE_ABOVE.ln();
        }
        self.at = before;
    }

    /// Goes back to the last purchase.
    pub(super) fn back_to(&mut self, recency: f64, with_slope: bool) {
        while self.at > recency {
            self.step(with_slope);
        }
    }

    /// `ln(L/F)`.
    pub(super) fn ln_total(&self) -> f64 {
        self.sum.ln() + self.ln_scale
    }

    /// The derivatives of `ln(L/F)`.
    pub(super) fn slope(&self) -> [f64; 4] {
        self.sum_slope.map(|slope| slope / self.sum)
    }
}
