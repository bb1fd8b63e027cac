//! Sums to about 32 digits: an unevaluated sum of two doubles.

/// A number as `high + low`, with `low` below half a last digit of `high`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DoubleDouble {
    high: f64,
    low: f64,
}

/// Splits a double into two halves of 26 digits each: `2²⁷ + 1` (Dekker 1971).
const SPLITTER: f64 = 134_217_729.0;

impl DoubleDouble {
    /// What [`parts`](Self::parts) gave.
    #[inline]
    pub(super) fn of_parts(high: f64, low: f64) -> Self {
        Self { high, low }
    }

    /// The number in double precision and what that leaves.
    pub(super) fn parts(self) -> (f64, f64) {
        (self.high, self.low)
    }

    /// `a + b`, exactly (TwoSum; Knuth 1969, §4.2.2).
    #[inline]
    pub(super) fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Self { high, low: (a - (high - part)) + (b - part) }
    }

    /// `a × b`, exactly (TwoProduct; Dekker 1971) unless it underflows or a factor is beyond 1e300.
    #[inline]
    pub(super) fn product(a: f64, b: f64) -> Self {
        let halves = |x: f64| {
            let high = SPLITTER * x - (SPLITTER * x - x);
            (high, x - high)
        };
        let high = a * b;
        let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
        Self { high, low: ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2 }
    }

    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let sum = Self::quick(high.high, high.low + low.high);
        Self::quick(sum.high, sum.low + low.low)
    }

    #[inline]
    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(Self { high: -other.high, low: -other.low })
    }

    #[inline]
    pub(super) fn times(self, factor: f64) -> Self {
        let product = Self::product(self.high, factor);
        Self::quick(product.high, product.low + self.low * factor)
    }

    #[inline]
    pub(super) fn squared(self) -> Self {
        let product = Self::product(self.high, self.high);
        Self::quick(product.high, product.low + 2.0 * self.high * self.low)
    }

    /// By a power of two, so that nothing is rounded.
    pub(super) fn scaled(self, power: f64) -> Self {
        Self { high: self.high * power, low: self.low * power }
    }

    #[inline]
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }

    /// `a + b` where `a` is the greater (Dekker 1971).
    #[inline]
    fn quick(a: f64, b: f64) -> Self {
        let high = a + b;
        Self { high, low: b - (high - a) }
    }
}
