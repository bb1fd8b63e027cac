//! The survival function of customers whose renewals are mixed over a beta distribution.
//!
//! With `u = t^c`, `ln S(t) = ln B(a, b+u)/B(a, b) = −D(b; a, u)`, where `D` is the second difference of `ln Γ`; between
//! two times, `ln S(s)/S(t) = D(b + s^c; a, t^c − s^c)`. Nothing is subtracted that could cancel.

use crate::special::{digamma_difference, ln_gamma_ratio, ln_gamma_second_difference};

/// `ln t^c` from which the gamma functions are replaced by their leading power, exact in doubles.
const LN_HUGE: f64 = 138.0;

/// `S(t) = B(a, b + t^c) / B(a, b)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Survival {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) c: f64,
}

/// `ln S(from) − ln S(to)` and its derivatives by `a, b, c`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fall {
    pub(crate) value: f64,
    pub(crate) slope: [f64; 3],
}

/// A stretch of operational time `u = t^c`.
struct Stretch {
    start: f64,
    length: f64,
    /// `ln(to / from)`; infinite from 0.
    growth: f64,
}

impl Survival {
    fn stretch(&self, from: f64, to: f64) -> Stretch {
        if from > 0.0 {
            let (start, growth) = (from.powf(self.c), ((to - from) / from).ln_1p());
            Stretch { start, length: start * (self.c * growth).exp_m1(), growth }
        } else {
            Stretch { start: 0.0, length: to.powf(self.c), growth: f64::INFINITY }
        }
    }

    /// Whether `t^c` is beyond the reach of gamma functions.
    fn is_huge(&self, t: f64) -> bool {
        self.c * t.ln() > LN_HUGE
    }

    /// `ln S(from) − ln S(to)` for `0 ≤ from ≤ to`.
    pub(crate) fn ln_fall(&self, from: f64, to: f64) -> f64 {
        let &Self { a, b, c } = self;
        if to <= from {
            0.0
        } else if self.is_huge(from) {
            a * c * ((to - from) / from).ln_1p()
        } else if self.is_huge(to) {
            f64::max(0.0, a * c * to.ln() - ln_gamma_ratio(b + self.stretch(0.0, from).length, a))
        } else {
            let stretch = self.stretch(from, to);
            ln_gamma_second_difference(b + stretch.start, a, stretch.length).value
        }
    }

    /// The same with derivatives.
    pub(crate) fn fall(&self, from: f64, to: f64) -> Fall {
        let &Self { a, b, c } = self;
        let value = self.ln_fall(from, to);
        let ln_from = f64::max(from, 1.0).ln();
        let slope = if self.is_huge(from) {
            let growth = ((to - from) / from).ln_1p();
            [c * growth, 0.0, a * growth]
        } else if self.is_huge(to) {
            let start = self.stretch(0.0, from).length;
            let by_start = -digamma_difference(b + start, a);
            let by_a = c * to.ln() - crate::special::digamma(a + b + start);
            [by_a, by_start, a * to.ln() + by_start * start * ln_from]
        } else {
            let Stretch { start, length, growth } = self.stretch(from, to);
            let by_start = ln_gamma_second_difference(b + start, a, length).by_x;
            let by_length = digamma_difference(b + start + length, a);
            let lengthens = length * to.ln() + if start > 0.0 { start * growth } else { 0.0 };
            let by_c = by_start * start * ln_from + by_length * lengthens;
            [digamma_difference(a + b + start, length), by_start, by_c]
        };
        Fall { value, slope }
    }

    /// `S(to) / S(from)`.
    pub(crate) fn ratio(&self, from: f64, to: f64) -> f64 {
        (-self.ln_fall(from, to)).exp()
    }

    /// `1 − S(to) / S(from)`.
    pub(crate) fn loss(&self, from: f64, to: f64) -> f64 {
        -(-self.ln_fall(from, to)).exp_m1()
    }

    /// `−d/dt ln S(t)` for `t > 0`.
    pub(crate) fn rate(&self, t: f64) -> f64 {
        let &Self { a, b, c } = self;
        if self.is_huge(t) {
            a * c / t
        } else {
            let u = t.powf(c);
            c * u / t * digamma_difference(b + u, a)
        }
    }
}
