//! The log-likelihood and its gradient on a compressed sample.
//!
//! The gamma functions depend on `x` alone and are computed once per distinct `x`; a row costs one logarithm.

use super::sample::Sample;
use crate::special::{digamma, ln_gamma, ln_gamma_ratio};

/// The log-likelihood in scaled money and its derivatives by `p, q, γ`.
pub(super) fn evaluate(sample: &Sample, parameters: &[f64; 3]) -> (f64, [f64; 3]) {
    let &[p, q, gamma] = parameters;
    let (ln_gamma_q, psi_q) = (ln_gamma(q), digamma(q));
    let mut value = 0.0;
    let mut slope = [0.0; 3];
    for level in &sample.levels {
        let shape = p * level.x;
        let (mut ln_scales, mut inverse_scales) = (0.0, 0.0);
        for &(total, customers) in &level.totals {
            ln_scales += customers * (gamma + total).ln();
            inverse_scales += customers / (gamma + total);
        }
        let psi_both = digamma(shape + q);
        // Logarithms relative to γ: for γ far above all spend, both are small and their difference keeps its digits.
        let ln_relative = ln_scales - level.customers * gamma.ln();
        value += level.customers * (ln_gamma_ratio(shape, q) - ln_gamma_q) + shape * (level.ln_totals - ln_scales)
            - q * ln_relative
            - level.ln_means;
        slope[0] += level.x * (level.customers * (psi_both - digamma(shape)) + level.ln_totals - ln_scales);
        slope[1] += level.customers * (psi_both - psi_q) - ln_relative;
        slope[2] += level.customers * q / gamma - (shape + q) * inverse_scales;
    }
    (value, slope)
}

/// The log-likelihood as a density in the currency of the data: every mean spend carries the unit.
pub(super) fn in_data_units(sample: &Sample, parameters: &[f64; 3]) -> f64 {
    evaluate(sample, parameters).0 - sample.customers * sample.money_scale.ln()
}
