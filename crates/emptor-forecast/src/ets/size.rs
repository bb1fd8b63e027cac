//! The geometric mean of what is expected, on which the likelihood of multiplicative errors depends.

use std::cmp::Ordering;

use super::form::{ErrorType, EtsForm};

/// Values are brought to the size of 1. What is expected must stay above this share of them for multiplicative forms.
const LEAST_EXPECTED: f64 = 1e-30;
/// The logarithm of a product of so many values is taken at once; it cannot fall out of the numbers' range.
const PRODUCT: usize = 8;

/// Gathers the geometric mean of what is expected.
#[derive(Debug)]
pub(super) struct Size {
    multiplicative: bool,
    positive: bool,
    product: f64,
    factors: usize,
    logs: f64,
    least: f64,
}

impl Size {
    pub(super) fn new(form: EtsForm) -> Self {
        Self {
            multiplicative: form.error() == ErrorType::Multiplicative,
            positive: form.needs_positive(),
            product: 1.0,
            factors: 0,
            logs: 0.0,
            least: f64::INFINITY,
        }
    }

    /// The error of the form: the shock, or its share of what was expected.
    #[inline(always)]
    pub(super) fn see(&mut self, expected: f64, level: f64, shock: f64) -> f64 {
        if self.positive {
            self.least = self.least.min(expected).min(level);
        }
        if !self.multiplicative {
            return shock;
        }
        self.product *= expected;
        self.factors += 1;
        if self.factors == PRODUCT {
            self.logs += self.product.abs().ln();
            (self.product, self.factors) = (1.0, 0);
        }
        shock / expected
    }

    /// Sum of the logarithms, 0 for additive errors.
    pub(super) fn logs(&self) -> f64 {
        self.logs + self.product.abs().ln()
    }

    /// Square of the geometric mean: 1 for additive errors, infinite where a form that needs it was not positive.
    pub(super) fn mean_square(&self, n: usize) -> f64 {
        if self.positive && self.least.partial_cmp(&LEAST_EXPECTED) != Some(Ordering::Greater) {
            f64::INFINITY
        } else if self.multiplicative {
            (2.0 * self.logs() / n as f64).exp()
        } else {
            1.0
        }
    }
}
