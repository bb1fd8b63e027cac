//! What a customer, or a segment, likes more than others do.

use emptor_types::{ExactSum, Invalid};

use crate::statistics::{association, benjamini_hochberg};

/// The preference index of a customer for a category: 100 where they spend on it as the base does, 200 where twice as
/// large a part.
///
/// ```text
/// index = 100 · ŝ/s        ŝ = (x + κ·s)/(X + κ)
/// ```
///
/// `x` of the customer's spend `X` goes to the category, `s` of the base's. A customer of one order would like nothing but
/// what was in it; `κ` (currency) draws the share toward the base until the customer has spent much more than that.
/// Weighted by the base's shares, the indices of a customer average 100. `None` unless `s` and `X + κ` are positive.
///
/// ```
/// use emptor_core::profile::profiling::preference_index;
///
/// assert_eq!(preference_index(50.0, 100.0, 0.25, 0.0), Some(200.0));
/// assert_eq!(preference_index(50.0, 100.0, 0.25, 100.0), Some(150.0));
/// ```
#[must_use]
pub fn preference_index(x: f64, total: f64, base_share: f64, kappa: f64) -> Option<f64> {
    (base_share > 0.0 && total + kappa > 0.0).then(|| 100.0 * (x + kappa * base_share) / (total + kappa) / base_share)
}

/// What part of a customer falls on a level of an attribute: 1 for a region, a share of spend for a category.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Part {
    /// The customer, as a place among all.
    pub customer: usize,
    /// The level, as a place among all.
    pub level: usize,
    /// The part, from 0 to 1.
    pub part: f64,
}

impl Part {
    /// A part of a customer.
    #[must_use]
    pub fn new(customer: usize, level: usize, part: f64) -> Self {
        Self { customer, level, part }
    }
}

/// How a segment stands to a level of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SegmentIndex {
    /// The segment, as a place among all.
    pub segment: usize,
    /// The level.
    pub level: usize,
    /// Customers of the segment who have a part on the level.
    pub n: usize,
    /// The level's share in the segment.
    pub share_segment: f64,
    /// Its share in the base.
    pub share_base: f64,
    /// 100 · share in the segment / share in the base.
    pub index: f64,
    /// Cramér's V of the attribute and being in the segment; `NaN` if all or none are.
    pub cramers_v: f64,
    /// Probability of so great a difference, if the segment were drawn from the base; `NaN` if all or none are in it.
    pub p_value: f64,
}

/// The levels of one attribute in every segment against the base, by segment and level.
///
/// Every customer counts once, whatever they spend: shares are means of customers' parts, and χ² compares the segment with
/// the rest of the base in a table of two rows. Customers are independent, order lines are not; counting lines would call
/// the taste of one large customer significant. Where parts are fractions the table varies less than counts would, so that
/// the probability errs toward saying nothing. Customers without a part are no part of the base.
///
/// In every segment the shares add up to 1 and the indices, weighted by the base's shares, average 100.
///
/// ```
/// use emptor_core::profile::profiling::{Part, segment_indices};
///
/// // Two segments of two; level 0 is bought by the first segment, level 1 by the second and half by customer 1.
/// let parts = [Part::new(0, 0, 1.0), Part::new(1, 0, 0.5), Part::new(1, 1, 0.5), Part::new(2, 1, 1.0), Part::new(3, 1, 1.0)];
/// let indices = segment_indices(&[0, 0, 1, 1], 2, &parts, 2)?;
/// assert_eq!((indices[0].share_segment, indices[0].share_base, indices[0].index), (0.75, 0.375, 200.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless parts lie between 0 and 1 and name customers and levels that are there.
pub fn segment_indices(
    segment_of: &[usize],
    segments: usize,
    parts: &[Part],
    levels: usize,
) -> Result<Vec<SegmentIndex>, Invalid> {
    let mut checks = Invalid::checks();
    let rule = "must lie between 0 and 1 and belong to a customer and a level";
    checks.require_each("part", rule, parts, |_, part| {
        part.customer < segment_of.len() && part.level < levels && (0.0..=1.0).contains(&part.part)
    });
    checks.require_each("segment", "must be there", segment_of, |_, segment| segment < segments);
    checks.finish()?;

    let mut sums = vec![ExactSum::ZERO; segments * levels];
    let mut counts = vec![0_usize; segments * levels];
    for part in parts.iter().filter(|part| part.part > 0.0) {
        let cell = segment_of[part.customer] * levels + part.level;
        sums[cell].add(part.part);
        counts[cell] += 1;
    }
    let sums: Vec<f64> = sums.into_iter().map(ExactSum::value).collect();
    let mut base = vec![0.0; levels];
    sums.chunks(levels.max(1)).for_each(|row| base.iter_mut().zip(row).for_each(|(all, own)| *all += own));
    let all: f64 = base.iter().sum();

    let mut indices = Vec::new();
    for (segment, row) in sums.chunks(levels.max(1)).enumerate() {
        let own: f64 = row.iter().sum();
        if own <= 0.0 {
            continue;
        }
        let rest = base.iter().zip(row).map(|(all, own)| (all - own).max(0.0));
        let table: Vec<f64> = row.iter().copied().chain(rest).collect();
        let test = association(&table, levels);
        for level in (0..levels).filter(|level| base[*level] > 0.0) {
            let (share_segment, share_base) = (row[level] / own, base[level] / all);
            indices.push(SegmentIndex {
                segment,
                level,
                n: counts[segment * levels + level],
                share_segment,
                share_base,
                index: 100.0 * share_segment / share_base,
                cramers_v: test.map_or(f64::NAN, |test| test.cramers_v),
                p_value: test.map_or(f64::NAN, |test| test.p_value),
            });
        }
    }
    Ok(indices)
}

/// The q-value of every row, where rows of one test (`of`) share a p-value; see [`benjamini_hochberg`].
pub(super) fn q_values(tests: &[f64], of: &[usize]) -> Vec<f64> {
    let q = benjamini_hochberg(tests);
    of.iter().map(|test| q[*test]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDING: f64 = 1e-9;

    #[test]
    fn indices_weighted_by_base_shares_average_100() -> Result<(), Invalid> {
        let base = [0.5, 0.3, 0.2];
        let own = [10.0, 0.0, 40.0];
        let mean: f64 =
            base.iter().zip(own).map(|(s, x)| s * preference_index(x, 50.0, *s, 25.0).unwrap_or(f64::NAN)).sum();
        assert!((mean - 100.0).abs() < ROUNDING);

        let parts: Vec<Part> =
            (0..60).flat_map(|i| [Part::new(i, i % 3, 0.75), Part::new(i, (i / 7) % 3, 0.25)]).collect();
        let segments: Vec<usize> = (0..60).map(|i| i % 4).collect();
        let rows = segment_indices(&segments, 4, &parts, 3)?;
        for segment in 0..4 {
            let own = || rows.iter().filter(|row| row.segment == segment);
            assert!((own().map(|row| row.share_segment).sum::<f64>() - 1.0).abs() < ROUNDING);
            assert!((own().map(|row| row.share_base * row.index).sum::<f64>() - 100.0).abs() < ROUNDING);
        }
        Ok(())
    }

    #[test]
    fn counts_give_the_chi_squared_test_of_two_by_two() -> Result<(), Invalid> {
        // 10 and 20 of the segment, 30 and 40 of the rest: χ² = 0.7936508 (scipy.stats.chi2_contingency without correction).
        let mut parts = Vec::new();
        let mut segments = Vec::new();
        for (segment, level, count) in [(0, 0, 10), (0, 1, 20), (1, 0, 30), (1, 1, 40)] {
            for _ in 0..count {
                parts.push(Part::new(segments.len(), level, 1.0));
                segments.push(segment);
            }
        }
        let rows = segment_indices(&segments, 2, &parts, 2)?;
        assert!((rows[0].p_value - 0.372_998_484).abs() < 1e-7, "{}", rows[0].p_value);
        assert!((rows[0].cramers_v - (0.793_650_79_f64 / 100.0).sqrt()).abs() < 1e-7);
        assert_eq!(rows[0].n, 10);
        Ok(())
    }

    #[test]
    fn a_base_of_one_segment_has_nothing_to_be_compared_with() -> Result<(), Invalid> {
        let rows = segment_indices(&[0, 0], 1, &[Part::new(0, 0, 1.0), Part::new(1, 1, 1.0)], 2)?;
        assert!(rows.iter().all(|row| (row.index - 100.0).abs() < ROUNDING && row.p_value.is_nan()));
        assert!(segment_indices(&[0], 1, &[Part::new(1, 0, 1.0)], 1).is_err());
        assert!(segment_indices(&[], 0, &[], 0)?.is_empty());
        Ok(())
    }

    #[test]
    fn nothing_is_preferred_where_the_base_buys_nothing() {
        assert_eq!(preference_index(5.0, 5.0, 0.0, 1.0), None);
        assert_eq!(preference_index(0.0, 0.0, 0.5, 0.0), None);
        assert!(preference_index(0.0, 0.0, 0.5, 10.0).is_some_and(|index| (index - 100.0).abs() < ROUNDING));
    }
}
