//! Grades by score alone, beside the clusters: bands of the composite score that hold as many customers as the grades.

use serde::{Deserialize, Serialize};

/// Cuts of the composite score, best band first: band 0 begins at the first cut.
///
/// Bands are as large as the grades they stand beside, so that their agreement says how far clusters and scores differ
/// and not how large classes are. Equal scores stand in one band, the better one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Bands {
    cuts: Vec<f64>,
}

impl Bands {
    /// Bands of the given sizes, best first, over scores in any order.
    pub(super) fn of_sizes(scores: &[f64], sizes: &[usize]) -> Self {
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let ends = sizes.iter().scan(0, |end, &size| {
            *end += size;
            Some(*end)
        });
        let inner = sizes.len().saturating_sub(1);
        let cuts = ends.take(inner).filter_map(|end| sorted.get(end.saturating_sub(1)).copied()).collect();
        Self { cuts }
    }

    /// The band of a score.
    pub(super) fn band(&self, score: f64) -> usize {
        self.cuts.iter().position(|&cut| score >= cut).unwrap_or(self.cuts.len())
    }

    pub(super) fn cuts(&self) -> &[f64] {
        &self.cuts
    }

    /// Whether loaded cuts are finite and fall from band to band.
    pub(super) fn are_proper(&self, grades: usize) -> bool {
        let falling = self.cuts.windows(2).all(|pair| pair[0] >= pair[1]);
        falling && self.cuts.iter().all(|cut| cut.is_finite()) && self.cuts.len() + 1 == grades
    }
}

/// How far two neighbouring grades overlap in the composite score: the probability that a customer of the lower grade
/// scores higher than one of the better grade, equal scores counting half (Mann and Whitney 1947). 0 for bands of the
/// score, ½ for grades the score does not tell apart.
pub(super) fn overlap(better: &[f64], lower: &[f64]) -> f64 {
    let mut sorted = lower.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let above = |score: &f64| {
        let equal_from = sorted.partition_point(|x| x < score);
        let greater_from = sorted.partition_point(|x| x <= score);
        (sorted.len() - greater_from) as f64 + (greater_from - equal_from) as f64 / 2.0
    };
    better.iter().map(above).sum::<f64>() / (better.len() as f64 * lower.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: f64 = 1e-12;

    #[test]
    fn bands_are_as_large_as_asked_and_keep_equal_scores_together() {
        let scores = [0.1, 0.9, 0.5, 0.5, 0.3, 0.7];
        let bands = Bands::of_sizes(&scores, &[1, 2, 3]);
        assert_eq!(bands.cuts(), [0.9, 0.5]);
        // 0.5 stands at the end of the second band: both of them are in it.
        assert_eq!(scores.map(|s| bands.band(s)), [2, 0, 1, 1, 2, 1]);
        assert_eq!((bands.band(2.0), bands.band(-2.0)), (0, 2));
        assert!(bands.are_proper(3) && !bands.are_proper(2));
    }

    #[test]
    fn overlap_is_the_share_of_pairs_in_the_wrong_order() {
        // By hand: of 2 × 2 pairs (3, 1), (3, 2), (2, 1) are right and (2, 2) is a tie.
        assert!((overlap(&[3.0, 2.0], &[1.0, 2.0]) - 0.125).abs() < ROUND);
        assert!(overlap(&[3.0], &[1.0]).abs() < ROUND);
        assert!((overlap(&[1.0], &[3.0]) - 1.0).abs() < ROUND);
    }
}
