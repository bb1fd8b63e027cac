//! The quantile that holds its level in finite samples.

/// A score and its weight.
pub(super) type Weighted = (f64, f64);

/// The least score below which, the unknown next one counted as the greatest, lies a share of the weights.
///
/// ```text
/// n equal weights: the ⌈(n + 1) level⌉-th least score          Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018)
/// otherwise: the quantile of Σ wᵢ δ(sᵢ) + δ(∞), over Σ wᵢ + 1  Barber, Candès, Ramdas & Tibshirani (2023), eq. 10
/// ```
///
/// `None` if they are too few: the next score may then lie above all of them more often than the level allows. The weight
/// of the newest is 1. Sorts the scores.
pub(super) fn conformal_quantile(scores: &mut [Weighted], level: f64) -> Option<f64> {
    scores.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let all: f64 = scores.iter().map(|(_, weight)| weight).sum::<f64>() + 1.0;
    // (n + 1) level may round to just above a whole number, e.g. 20 × 0.95 never should ask for the 20th.
    let needed = all * level * (1.0 - 4.0 * f64::EPSILON);
    let mut below = 0.0;
    scores.iter().find_map(|(score, weight)| {
        below += weight;
        (below >= needed).then_some(*score)
    })
}

/// Errors of equal weight without which there is no such quantile: `n ≥ level / (1 − level)`.
pub(super) fn fewest(level: f64) -> usize {
    (level / (1.0 - level) * (1.0 - 16.0 * f64::EPSILON)).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_errors_are_those_that_give_a_quantile() {
        for (level, expected) in [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)] {
            assert_eq!(fewest(level), expected, "{level}");
            let mut scores: Vec<Weighted> = (1..=expected).map(|score| (score as f64, 1.0)).collect();
            assert_eq!(conformal_quantile(&mut scores, level), Some(expected as f64));
            assert_eq!(conformal_quantile(&mut scores[1..], level), None);
        }
    }

    #[test]
    fn weights_count_as_repeated_scores_do() {
        let mut weighted = [(3.0, 1.0), (1.0, 0.5), (2.0, 0.5), (5.0, 1.0), (4.0, 1.0)];
        // Σw + 1 = 5; 60 % of it are 3: ½ + ½ + 1 + 1.
        assert_eq!(conformal_quantile(&mut weighted, 0.6), Some(4.0));
        assert_eq!(conformal_quantile(&mut weighted, 0.8), Some(5.0));
        assert_eq!(conformal_quantile(&mut weighted, 0.9), None);
    }
}
