//! Sums that do not depend on the order of their terms.

/// Fractional bits: every double of at least 2⁻¹¹ in absolute value is held exactly.
const FRACTION_BITS: i32 = 64;

/// A sum of money amounts in 128-bit fixed point with 64 fractional bits.
///
/// Adding doubles rounds, so that the last bits of a sum depend on the order of its terms: on the order of rows in a
/// file, on the number of threads. Integer addition does not round. Totals built with this type are bit-equal for
/// shuffled input, reconcile exactly part by part, and are rounded once, at the end. Terms smaller than 2⁻⁶⁴ vanish;
/// a total beyond ±9.2·10¹⁸ saturates, which takes nine million terms of [`ExactSum::LIMIT`].
///
/// ```
/// use emptor_types::ExactSum;
///
/// let terms = [1e9, 0.1, -1e9, 0.2];
/// let forward: ExactSum = terms.into_iter().collect();
/// let backward: ExactSum = terms.into_iter().rev().collect();
/// assert_eq!(forward, backward);
/// assert_eq!(forward.value(), 0.1 + 0.2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExactSum(i128);

impl ExactSum {
    /// The greatest absolute amount of one term; the table doors refuse more.
    pub const LIMIT: f64 = 1e12;

    /// The empty sum.
    pub const ZERO: Self = Self(0);

    /// Adds one term. `NaN` counts as zero and an amount beyond ±10¹⁸ saturates: the doors have refused both.
    #[inline]
    pub fn add(&mut self, amount: f64) {
        self.0 = self.0.saturating_add(fixed(amount));
    }

    /// Adds another sum.
    #[inline]
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }

    /// The difference `self − other`.
    #[must_use]
    #[inline]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The sum, rounded once to the nearest double.
    #[must_use]
    #[inline]
    pub fn value(self) -> f64 {
        self.0 as f64 * scale(-FRACTION_BITS)
    }
}

#[inline]
fn fixed(amount: f64) -> i128 {
    (amount * scale(FRACTION_BITS)) as i128
}

/// Two to a power within the range of normal doubles; scaling by it is exact.
#[inline]
const fn scale(power: i32) -> f64 {
    f64::from_bits(((1023 + power) as u64) << 52)
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(amounts: I) -> Self {
        let mut sum = Self::ZERO;
        for amount in amounts {
            sum.add(amount);
        }
        sum
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exactness is what is tested")]
mod tests {
    use super::*;

    #[test]
    fn cents_in_any_order_give_the_same_bits() {
        let cents: Vec<f64> = (1..=10_000).map(|i| f64::from(i * 7919 % 100_003) / 100.0).collect();
        let mut reversed = cents.clone();
        reversed.reverse();
        let forward: ExactSum = cents.iter().copied().collect();
        assert_eq!(forward, reversed.into_iter().collect());
        // Oracle: the same numbers in whole cents.
        let whole: i64 = (1..=10_000_i64).map(|i| i * 7919 % 100_003).sum();
        assert!((forward.value() - whole as f64 / 100.0).abs() < 1e-6);
    }

    #[test]
    fn parts_add_up_to_the_whole_without_rounding() {
        let amounts = [0.1, 1e11, -3.7, 12_345.678_9];
        let whole: ExactSum = amounts.into_iter().collect();
        let mut parts: ExactSum = amounts[..2].iter().copied().collect();
        parts.merge(amounts[2..].iter().copied().collect());
        assert_eq!(parts, whole);
        assert_eq!(whole.minus(parts), ExactSum::ZERO);
    }

    #[test]
    fn not_a_number_adds_nothing_and_infinity_saturates() {
        let mut sum = ExactSum::ZERO;
        sum.add(f64::NAN);
        assert_eq!(sum.value(), 0.0);
        sum.add(f64::INFINITY);
        sum.add(f64::INFINITY);
        assert!(sum.value().is_finite());
    }
}
