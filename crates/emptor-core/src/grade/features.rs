//! From columns to group scores, and from group scores to the space in which customers are compared.

use super::scale::IndicatorScale;
use super::{GradeError, GradingData, InformationGroup, Ungraded};

/// How many kinds of information there are.
pub(super) const GROUPS: usize = 4;

/// One number per group; absent groups hold 0.
pub(super) type Row = [f64; GROUPS];

/// One column per group, in the order of [`InformationGroup::ALL`].
pub(super) type GroupScores = [Vec<Option<f64>>; GROUPS];

/// Rounding allowed when the known weights are compared with the least coverage: 0.1 + 0.2 must cover half of
/// 0.1 + 0.2 + 0.3.
const WEIGHT_ROUNDING: f64 = 1e-9;

/// Points lie on a grid of 2⁻³⁰ standard scores. Customers closer than a billionth of a standard score are one, so that
/// rounding never tells two apart and different points never have a squared distance of 0; and sums over two million
/// customers are exact, so that the mean of equal points is that point.
const GRID: f64 = (1_u32 << 30) as f64;

/// Weighted means of the standard scores, group by group. The weight of an unknown indicator goes to the others of its
/// group; a group of which too little is known has no score.
pub(super) fn group_scores(
    scales: &[IndicatorScale],
    clip: f64,
    least_coverage: f64,
    data: &GradingData<'_>,
) -> Result<GroupScores, GradeError> {
    let columns = data.select(scales.iter().map(|s| super::data::wanted(&s.indicator)))?;
    Ok(InformationGroup::ALL.map(|group| {
        let mut total = 0.0;
        let mut sums = vec![(0.0, 0.0); data.len()];
        for (scale, column) in scales.iter().zip(&columns).filter(|(s, _)| s.indicator.group() == group) {
            let weight = scale.indicator.relative_weight();
            total += weight;
            for ((sum, known), &value) in sums.iter_mut().zip(*column) {
                if !value.is_nan() {
                    *sum += weight * scale.score(value, clip);
                    *known += weight;
                }
            }
        }
        let least = (least_coverage - WEIGHT_ROUNDING) * total;
        sums.into_iter().map(|(sum, known)| (known > 0.0 && known >= least).then(|| sum / known)).collect()
    }))
}

/// How group scores become comparable: each group's share of the weight, 0 for groups the model has not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    weights: Row,
    roots: Row,
}

impl Space {
    pub(super) fn new(weights: Row) -> Self {
        Self { weights, roots: weights.map(f64::sqrt) }
    }

    /// Places of the groups the model has.
    pub(super) fn present(&self) -> impl Iterator<Item = usize> + use<> {
        let weights = self.weights;
        (0..GROUPS).filter(move |&g| weights[g] > 0.0)
    }

    /// The point of a customer: group score × √weight, so that squared distances are weighted sums.
    pub(super) fn point(&self, scores: &GroupScores, row: usize) -> Result<Row, Ungraded> {
        let mut point = [0.0; GROUPS];
        for g in self.present() {
            let score = scores[g][row].ok_or(Ungraded::GroupUnknown(InformationGroup::ALL[g]))?;
            // Adding 0 turns −0 into 0, so that equal points are equal bits and sort as one.
            point[g] = (score * self.roots[g] * GRID).round() / GRID + 0.0;
        }
        Ok(point)
    }

    /// The composite score of a point: `Σ weight × group score`.
    pub(super) fn composite(&self, point: &Row) -> f64 {
        self.roots.iter().zip(point).map(|(root, x)| root * x).sum()
    }

    /// The group scores of a point.
    pub(super) fn scores(&self, point: &Row) -> [Option<f64>; GROUPS] {
        let mut scores = [None; GROUPS];
        for g in self.present() {
            scores[g] = Some(point[g] / self.roots[g]);
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::Indicator;
    use crate::grade::scale::fit_scale;

    const ROUND: f64 = 1e-12;

    /// Half a grid step in each of two coordinates.
    const GRID_ROUNDING: f64 = 2e-9;

    fn scales(weights: &[f64]) -> Vec<IndicatorScale> {
        let fitted = weights.iter().enumerate().map(|(i, &w)| {
            let indicator = Indicator::new(format!("i{i}"), InformationGroup::Image).weight(w);
            // Median 0 and MAD 1: a raw value of 1.4826 scores 1.
            fit_scale(&indicator, &[-2.0, -1.0, 0.0, 1.0, 2.0], (0.0, 1.0))
        });
        fitted.filter_map(Result::ok).collect()
    }

    #[test]
    fn an_unknown_indicator_gives_its_weight_to_its_group() -> Result<(), GradeError> {
        let (known, partly) = ([1.4826, 1.4826], [0.0, f64::NAN]);
        let data = GradingData::new(&[("i0", &known), ("i1", &partly)])?;
        let scores = group_scores(&scales(&[3.0, 1.0]), 3.0, 0.5, &data)?;
        let image = &scores[InformationGroup::Image.index()];
        assert!(image[0].is_some_and(|s| (s - 0.75).abs() < ROUND), "{image:?}"); // (3 × 1 + 1 × 0) / 4
        assert!(image[1].is_some_and(|s| (s - 1.0).abs() < ROUND), "{image:?}");
        assert_eq!(scores[InformationGroup::PastSales.index()], [None, None]);
        Ok(())
    }

    #[test]
    fn a_group_needs_half_of_its_weight_known() -> Result<(), GradeError> {
        let nan = f64::NAN;
        let (first, last) = ([1.0, nan], [nan, 1.0]);
        let data = GradingData::new(&[("i0", &first), ("i1", &first), ("i2", &last)])?;
        // 0.1 + 0.2 of 0.6 is half; 0.3 of 0.6 is half too, with rounding on either side.
        let half = group_scores(&scales(&[0.1, 0.2, 0.3]), 3.0, 0.5, &data)?;
        assert!(half[InformationGroup::Image.index()].iter().all(Option::is_some));
        let less = group_scores(&scales(&[0.1, 0.2, 0.4]), 3.0, 0.5, &data)?;
        assert!(less[InformationGroup::Image.index()][0].is_none());
        assert!(less[InformationGroup::Image.index()][1].is_some());
        Ok(())
    }

    #[test]
    fn differences_below_the_grid_do_not_make_two_points() {
        let space = Space::new([1.0, 0.0, 0.0, 0.0]);
        let scores = [vec![Some(0.0), Some(-1e-200), Some(1e-200), Some(1e-9)], vec![], vec![], vec![]];
        let bits = |row| space.point(&scores, row).map(|point| point.map(f64::to_bits));
        assert_eq!(bits(0), bits(1));
        assert_eq!(bits(0), bits(2));
        assert_ne!(bits(0), bits(3));
    }

    #[test]
    fn squared_distances_are_weighted_and_composites_are_weighted_means() {
        let space = Space::new([0.0, 0.36, 0.0, 0.64]);
        let scores = [vec![None], vec![Some(2.0)], vec![None], vec![Some(-1.0)]];
        let point = space.point(&scores, 0).unwrap_or_default();
        assert!((point[1] - 1.2).abs() < GRID_ROUNDING && (point[3] + 0.8).abs() < GRID_ROUNDING, "{point:?}");
        assert!((space.composite(&point) - (0.36 * 2.0 - 0.64)).abs() < GRID_ROUNDING);
        assert!(space.scores(&point)[1].is_some_and(|s| (s - 2.0).abs() < GRID_ROUNDING));
        assert_eq!(space.scores(&point)[0], None);
    }
}
