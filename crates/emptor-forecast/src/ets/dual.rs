//! Numbers that carry derivatives, so that one recursion gives both values and exact gradients.

use std::ops::{Add, Div, Mul, Sub};

/// Directions that are derived at once: the smoothing parameters are four at most.
pub(super) const LANES: usize = 4;

/// What the recursion computes with: `f64`, or [`Dual`] where derivatives are wanted.
pub(super) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    fn of(value: f64) -> Self;
}

impl Number for f64 {
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
}

/// A number and its derivatives in [`LANES`] directions (forward-mode differentiation).
#[derive(Debug, Clone, Copy)]
pub(super) struct Dual {
    pub(super) value: f64,
    pub(super) tangent: [f64; LANES],
}

impl Dual {
    /// A variable: derivative 1 in its own direction, if that is among those derived.
    pub(super) fn variable(value: f64, lane: Option<usize>) -> Self {
        let mut dual = Self::of(value);
        if let Some(tangent) = lane.and_then(|lane| dual.tangent.get_mut(lane)) {
            *tangent = 1.0;
        }
        dual
    }

    #[inline(always)]
    fn with(self, other: Self, value: f64, rule: impl Fn(f64, f64) -> f64) -> Self {
        Self { value, tangent: std::array::from_fn(|lane| rule(self.tangent[lane], other.tangent[lane])) }
    }
}

impl Number for Dual {
    #[inline(always)]
    fn of(value: f64) -> Self {
        Self { value, tangent: [0.0; LANES] }
    }
}

impl Add for Dual {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, self.value + other.value, |a, b| a + b)
    }
}

impl Sub for Dual {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, self.value - other.value, |a, b| a - b)
    }
}

impl Mul for Dual {
    type Output = Self;

    #[inline(always)]
    #[expect(clippy::suspicious_arithmetic_impl, reason = "the product rule adds")]
    fn mul(self, other: Self) -> Self {
        self.with(other, self.value * other.value, |a, b| a * other.value + self.value * b)
    }
}

impl Div for Dual {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let inverse = 1.0 / other.value;
        self.with(other, value, |a, b| (a - value * b) * inverse)
    }
}
