//! Scores of customers by a fitted standard.

use super::indicator::GROUPS;
use super::{InformationGroup, WeightsReport};
use crate::grade::Ungraded;

/// Rounding allowed when the known weights are compared with the least coverage: 0.1 + 0.2 must cover half of
/// 0.1 + 0.2 + 0.3.
pub(in crate::grade) const WEIGHT_ROUNDING: f64 = 1e-9;

/// Scores as columns: one element per customer, in input order, none dropped.
///
/// ```text
/// composite_i = Σ_g v_g s_ig = Σ_j w_ij z_ij        w_ij: the effective weights, which sum to 1
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StandardScores {
    /// Oriented scores, one column for each indicator in use; `NaN` where unknown and not replaced by a
    /// [`MissingPolicy`](super::MissingPolicy).
    pub indicators: Vec<Vec<f64>>,
    /// One column per group, in the order of [`InformationGroup::ALL`]; all `None` for a group not in use.
    pub group_scores: [Vec<Option<f64>>; GROUPS],
    /// Composite score; `None` where [`unknown`](Self::unknown) tells why.
    pub composite: Vec<Option<f64>>,
    /// Why there is no composite score.
    pub unknown: Vec<Option<Ungraded>>,
    /// Values of each indicator that lay outside its valid range and counted as unknown.
    pub out_of_range: Vec<usize>,
}

impl StandardScores {
    /// Weighs scores into group scores, and group scores into the composite.
    pub(super) fn of(
        weights: &WeightsReport,
        least_coverage: f64,
        indicators: Vec<Vec<f64>>,
        out_of_range: Vec<usize>,
    ) -> Self {
        let customers = indicators.first().map_or(0, Vec::len);
        let group_scores: [Vec<Option<f64>>; GROUPS] = InformationGroup::ALL.map(|group| {
            let mut sums = vec![(0.0, 0.0); customers];
            for (weight, scores) in weights.indicators.iter().zip(&indicators).filter(|(w, _)| w.group == group) {
                for ((sum, known), &z) in sums.iter_mut().zip(scores) {
                    if !z.is_nan() {
                        *sum += weight.within * z;
                        *known += weight.within;
                    }
                }
            }
            let least = least_coverage - WEIGHT_ROUNDING;
            sums.into_iter().map(|(sum, known)| (known > 0.0 && known >= least).then(|| sum / known)).collect()
        });
        let composed = |row: usize| {
            let mut sum = 0.0;
            for ((group, scores), share) in InformationGroup::ALL.iter().zip(&group_scores).zip(weights.group_shares) {
                if share > 0.0 {
                    sum += share * scores[row].ok_or(Ungraded::GroupUnknown(*group))?;
                }
            }
            Ok(sum)
        };
        let (composite, unknown) = (0..customers).map(composed).map(|score| (score.ok(), score.err())).unzip();
        Self { indicators, group_scores, composite, unknown, out_of_range }
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.composite.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.composite.is_empty()
    }

    /// The scores of one group.
    #[must_use]
    pub fn group_score(&self, group: InformationGroup) -> &[Option<f64>] {
        &self.group_scores[group.index()]
    }

    /// The weights of the indicators for one customer: those of unknown indicators have gone to the others of their
    /// group. They sum to 1; `None` for a customer without a composite score.
    #[must_use]
    pub fn effective_weights(&self, weights: &WeightsReport, row: usize) -> Option<Vec<f64>> {
        let mut effective = vec![0.0; self.indicators.len()];
        self.weigh(weights, row, &mut effective).then_some(effective)
    }

    /// What each indicator adds to the composite score of one customer: effective weight × score. They sum to the
    /// composite; `None` for a customer without one.
    #[must_use]
    pub fn contributions(&self, weights: &WeightsReport, row: usize) -> Option<Vec<f64>> {
        let mut terms = vec![0.0; self.indicators.len()];
        self.add_up(weights, row, &mut terms).then_some(terms)
    }

    /// Fills in the contributions of a customer; false without a composite score.
    pub(super) fn add_up(&self, weights: &WeightsReport, row: usize, terms: &mut [f64]) -> bool {
        let scored = self.weigh(weights, row, terms);
        if scored {
            for (term, score) in terms.iter_mut().zip(self.scores_of(row)) {
                *term = if score.is_nan() { 0.0 } else { *term * score };
            }
        }
        scored
    }

    fn weigh(&self, weights: &WeightsReport, row: usize, effective: &mut [f64]) -> bool {
        if self.composite.get(row).copied().flatten().is_none() {
            return false;
        }
        let mut covered = [0.0; GROUPS];
        for (weight, score) in weights.indicators.iter().zip(self.scores_of(row)) {
            if !score.is_nan() {
                covered[weight.group.index()] += weight.within;
            }
        }
        for ((effective, weight), score) in effective.iter_mut().zip(&weights.indicators).zip(self.scores_of(row)) {
            let group = weight.group.index();
            let share = weights.group_shares[group];
            *effective = if score.is_nan() { 0.0 } else { share * (weight.within / covered[group]) };
        }
        true
    }

    /// The scores of one customer, `NaN` where unknown.
    fn scores_of(&self, row: usize) -> impl Iterator<Item = f64> + '_ {
        self.indicators.iter().map(move |column| column.get(row).copied().unwrap_or(f64::NAN))
    }
}
