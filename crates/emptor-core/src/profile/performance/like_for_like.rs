//! Like for like: what those did who were there in both periods.

use emptor_types::ExactSum;

/// One customer, or one place, in two periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Revenue of the earlier period.
    pub before: f64,
    /// Revenue of the later period.
    pub after: f64,
    /// Whether there was a sale in the earlier period.
    pub active_before: bool,
    /// Whether there was a sale in the later period.
    pub active_after: bool,
}

/// The change of revenue by who was there: `after − before = (same_after − same_before) + gained + lost + other`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct LikeForLike {
    /// Revenue of the earlier period.
    pub before: f64,
    /// Revenue of the later period.
    pub after: f64,
    /// How many were active in both.
    pub same: usize,
    /// Their revenue of the earlier period.
    pub same_before: f64,
    /// Their revenue of the later period.
    pub same_after: f64,
    /// How many came.
    pub gained_n: usize,
    /// What they changed.
    pub gained: f64,
    /// How many went.
    pub lost_n: usize,
    /// What that changed, mostly negative.
    pub lost: f64,
    /// What changed of those active in neither: late returns, credits, sales to nobody known.
    pub other: f64,
}

impl LikeForLike {
    /// Compares two periods (Farris et al. 2010, *Marketing Metrics*, §6.5, same-store sales).
    ///
    /// ```
    /// use emptor_core::profile::performance::{LikeForLike, Pair};
    ///
    /// let pair = |before: f64, after: f64| Pair { before, after, active_before: before > 0.0, active_after: after > 0.0 };
    /// let change = LikeForLike::of(&[pair(100.0, 110.0), pair(50.0, 0.0), pair(0.0, 80.0)]);
    /// assert_eq!((change.same, change.growth()), (1, Some(0.1)));
    /// assert_eq!((change.gained, change.lost), (80.0, -50.0));
    /// ```
    #[must_use]
    pub fn of(pairs: &[Pair]) -> Self {
        let mut counts = Self::default();
        let [mut before, mut after, mut same_before, mut same_after] = [ExactSum::ZERO; 4];
        let [mut gained, mut lost, mut other] = [ExactSum::ZERO; 3];
        for pair in pairs {
            before.add(pair.before);
            after.add(pair.after);
            let bucket = match (pair.active_before, pair.active_after) {
                (true, true) => {
                    counts.same += 1;
                    same_before.add(pair.before);
                    same_after.add(pair.after);
                    continue;
                }
                (false, true) => {
                    counts.gained_n += 1;
                    &mut gained
                }
                (true, false) => {
                    counts.lost_n += 1;
                    &mut lost
                }
                (false, false) => &mut other,
            };
            bucket.add(pair.after);
            bucket.add(-pair.before);
        }
        Self {
            before: before.value(),
            after: after.value(),
            same_before: same_before.value(),
            same_after: same_after.value(),
            gained: gained.value(),
            lost: lost.value(),
            other: other.value(),
            ..counts
        }
    }

    /// Growth of those who were there in both; `None` where they had no revenue before.
    #[must_use]
    pub fn growth(&self) -> Option<f64> {
        let base = self.same_before.abs();
        (base > 0.0).then(|| (self.same_after - self.same_before) / base)
    }

    /// Growth of all; `None` where there was no revenue before.
    #[must_use]
    pub fn total_growth(&self) -> Option<f64> {
        let base = self.before.abs();
        (base > 0.0).then(|| (self.after - self.before) / base)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn who_stayed_came_and_went_add_up_to_the_change(
            raw in proptest::collection::vec((-100_i32..1000, -100_i32..1000, any::<bool>(), any::<bool>()), 0..50)
        ) {
            let pairs: Vec<Pair> = raw
                .iter()
                .map(|&(before, after, active_before, active_after)| Pair {
                    before: before.into(), after: after.into(), active_before, active_after,
                })
                .collect();
            let found = LikeForLike::of(&pairs);
            let parts = found.same_after - found.same_before + found.gained + found.lost + found.other;
            // Whole numbers: no rounding.
            prop_assert!((parts - (found.after - found.before)).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn without_anybody_in_both_periods_there_is_no_growth() {
        let came = Pair { before: 0.0, after: 5.0, active_before: false, active_after: true };
        assert_eq!((LikeForLike::of(&[came]).growth(), LikeForLike::of(&[]).total_growth()), (None, None));
    }
}
