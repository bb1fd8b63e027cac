//! Agreement beyond chance.

use super::Contingency;

/// How much two different classes disagree, as a share of the greatest disagreement (Cohen 1968).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disagreement {
    /// Any two classes disagree wholly (Cohen 1960): for names without an order.
    Nominal,
    /// `|i − j| / (k − 1)`: for ordered classes.
    Linear,
    /// `(i − j)² / (k − 1)²`: for ordered classes of which near ones are hardly different.
    Quadratic,
}

/// Agreement beyond chance, with its standard errors.
///
/// ```text
/// κ = (p_o − p_e)/(1 − p_e)        p_o = Σ w_ij p_ij        p_e = Σ w_ij p_i. p_.j        w = 1 − disagreement
/// n (1 − p_e)⁴ SE² = Σ p_ij [w_ij (1 − p_e) − (w̄_i. + w̄_.j)(1 − p_o)]² − (p_o p_e − 2 p_e + p_o)²
/// n (1 − p_e)² SE₀² = Σ p_i. p_.j [w_ij − (w̄_i. + w̄_.j)]² − p_e²
/// ```
/// `w̄_i. = Σ_j w_ij p_.j`, `w̄_.j = Σ_i w_ij p_i.` (Cohen 1968; Fleiss, Cohen & Everitt 1969, "Large sample standard
/// errors of kappa and weighted kappa", Psychological Bulletin 72). `n` is the total weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kappa {
    /// κ: 1 for full agreement, 0 for agreement by chance.
    pub value: f64,
    /// Weighted share of agreement seen, `p_o`.
    pub observed: f64,
    /// The share that the margins give by chance, `p_e`.
    pub expected: f64,
    /// Large-sample standard error, for an interval around κ.
    pub standard_error: f64,
    /// Standard error if there were no agreement beyond chance, for a test of κ = 0.
    pub null_standard_error: f64,
}

impl Contingency {
    /// Agreement beyond chance of two labelings with the same classes; see [`Kappa`]. `None` where chance leaves no room
    /// for disagreement: all rows are in one class on both sides.
    #[must_use]
    pub fn kappa(&self, disagreement: Disagreement) -> Option<Kappa> {
        let classes = self.rows.len().max(self.columns.len());
        let weight = |i: usize, j: usize| 1.0 - disagreement.between(i, j, classes);
        let share = |totals: &[f64], i: usize| totals.get(i).map_or(0.0, |n| n / self.total);
        let left: Vec<f64> = (0..classes).map(|i| share(&self.rows, i)).collect();
        let right: Vec<f64> = (0..classes).map(|j| share(&self.columns, j)).collect();
        let pairs = || (0..classes).flat_map(|i| (0..classes).map(move |j| (i, j)));
        let seen = |i: usize, j: usize| self.cell(i, j) / self.total;

        // In disagreements, not agreements: 1 − p_e by subtraction would not be 0 where it must be.
        let apart: f64 = pairs().map(|(i, j)| disagreement.between(i, j, classes) * seen(i, j)).sum();
        let by_chance: f64 = pairs().map(|(i, j)| disagreement.between(i, j, classes) * left[i] * right[j]).sum();
        if by_chance > 0.0 {
            let (observed, expected) = (1.0 - apart, 1.0 - by_chance);
            let of_left: Vec<f64> =
                (0..classes).map(|i| right.iter().enumerate().map(|(j, p)| weight(i, j) * p).sum()).collect();
            let of_right: Vec<f64> =
                (0..classes).map(|j| left.iter().enumerate().map(|(i, p)| weight(i, j) * p).sum()).collect();
            let spread: f64 = pairs()
                .map(|(i, j)| seen(i, j) * (weight(i, j) * by_chance - (of_left[i] + of_right[j]) * apart).powi(2))
                .sum();
            let null: f64 =
                pairs().map(|(i, j)| left[i] * right[j] * (weight(i, j) - of_left[i] - of_right[j]).powi(2)).sum();
            let variance = spread - (observed * expected - 2.0 * expected + observed).powi(2);
            let null = null - expected * expected;
            // Rounding may carry a variance of 0 below it.
            let error = |variance: f64, room: f64| (variance.max(0.0) / self.total).sqrt() / room;
            Some(Kappa {
                value: 1.0 - apart / by_chance,
                observed,
                expected,
                standard_error: error(variance, by_chance * by_chance),
                null_standard_error: error(null, by_chance),
            })
        } else {
            None
        }
    }
}

impl Disagreement {
    fn between(self, i: usize, j: usize, classes: usize) -> f64 {
        let steps = i.abs_diff(j) as f64 / classes.saturating_sub(1).max(1) as f64;
        match self {
            Self::Nominal => f64::from(u8::from(i != j)),
            Self::Linear => steps,
            Self::Quadratic => steps * steps,
        }
    }
}
