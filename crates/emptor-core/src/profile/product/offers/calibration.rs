//! From scores to probabilities.

/// The probability that goes with a score: the least-squares fit of a rising step function to what happened (isotonic
/// regression by pooling adjacent violators; Ayer et al. 1955; Zadrozny & Elkan 2002 for its use on scores).
///
/// ```
/// use emptor_core::profile::product::offers::Calibration;
///
/// let calibration = Calibration::fit(&[(0.1, false), (0.2, true), (0.3, false), (0.9, true)]);
/// assert_eq!(calibration.probability(0.1), Some(0.0));
/// assert_eq!(calibration.probability(0.25), Some(0.5), "0.2 and 0.3 are in the wrong order and share a step");
/// assert_eq!(calibration.probability(5.0), Some(1.0));
/// assert_eq!(Calibration::fit(&[]).probability(0.5), None);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Least score and probability of each step, ascending.
    steps: Vec<(f64, f64)>,
}

impl Calibration {
    /// Fits pairs of a score and whether it came true, in any order. Scores that are `NaN` are left out.
    #[must_use]
    pub fn fit(outcomes: &[(f64, bool)]) -> Self {
        let mut outcomes: Vec<(f64, bool)> = outcomes.iter().copied().filter(|(score, _)| !score.is_nan()).collect();
        outcomes.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        // Steps of least score, hits and cases.
        let mut steps: Vec<(f64, u64, u64)> = Vec::new();
        for tied in outcomes.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let hits = tied.iter().filter(|(_, hit)| *hit).count() as u64;
            let mut step = (tied[0].0, hits, tied.len() as u64);
            // A step that is not above the one before it is one with it.
            while let Some(before) = steps.pop_if(|before| before.1 * step.2 >= step.1 * before.2) {
                step = (before.0, before.1 + step.1, before.2 + step.2);
            }
            steps.push(step);
        }
        Self { steps: steps.into_iter().map(|(from, hits, cases)| (from, hits as f64 / cases as f64)).collect() }
    }

    /// The probability of a score; of the lowest and the highest step beyond them. `None` if nothing was fitted.
    #[must_use]
    pub fn probability(&self, score: f64) -> Option<f64> {
        let step = self.steps.partition_point(|(from, _)| *from <= score).saturating_sub(1);
        self.steps.get(step).map(|(_, probability)| *probability)
    }
}
