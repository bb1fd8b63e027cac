//! Pearson's chi-squared statistic.

use serde::{Deserialize, Serialize};

use crate::special::chi_squared_survival;

/// Least expected count of a cell (Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;

/// Pearson's test of counts against expected counts.
///
/// ```text
/// statistic = Σ (actual − expected)² / expected,        degrees = cells − 1 − estimated parameters
/// ```
///
/// The parameters of purchase models are estimated from single customers, not from the cells, so that the true
/// distribution lies between `degrees` and `cells − 1` (Chernoff & Lehmann 1954): the p-value is a little too low. A base
/// of a million customers rejects every model; look at the counts, too.
///
/// It is made by [`CalibrationFit::test`](super::CalibrationFit::test).
///
/// ```
/// use emptor_lifetime::validation::CalibrationFit;
/// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::{Fit, TimeUnit};
///
/// let truth = BetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.8, b: 2.4 };
/// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 1)?;
/// let model = BetaGeoNbd::builder().build()?.fit(&base.view()?)?;
/// let test = CalibrationFit::measure(&model, &base.view()?, 9)?.test.ok_or("too few cells")?;
/// assert_eq!((test.cells, test.degrees), (10, 5));
/// assert!(test.p_value > 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GoodnessOfFit {
    /// The statistic.
    pub statistic: f64,
    /// Cells, after neighbours were pooled so that at least 5 customers are expected in each (Cochran 1954).
    pub cells: usize,
    /// Degrees of freedom.
    pub degrees: usize,
    /// The probability of a statistic at least as great if the model is true.
    pub p_value: f64,
}

impl GoodnessOfFit {
    /// Pools cells from the last to the first. `None` if no degree of freedom is left.
    pub(super) fn of(actual: &[f64], expected: &[f64], parameters: usize) -> Option<Self> {
        let mut cells: Vec<(f64, f64)> = Vec::new();
        let mut open = (0.0, 0.0);
        for (actual, expected) in actual.iter().zip(expected).rev() {
            open = (open.0 + actual, open.1 + expected);
            if open.1 >= LEAST_EXPECTED {
                cells.push(open);
                open = (0.0, 0.0);
            }
        }
        let first = cells.last_mut()?;
        *first = (first.0 + open.0, first.1 + open.1);
        let degrees = cells.len().checked_sub(1 + parameters).filter(|degrees| *degrees > 0)?;
        let statistic = cells.iter().map(|(actual, expected)| (actual - expected).powi(2) / expected).sum();
        Some(Self { statistic, cells: cells.len(), degrees, p_value: chi_squared_survival(statistic, degrees as f64) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_pooled_until_five_are_expected_and_none_is_lost() {
        let (actual, expected) = ([3.0, 30.0, 10.0, 2.0, 0.0], [4.0, 25.0, 11.0, 4.0, 1.0]);
        let test = GoodnessOfFit::of(&actual, &expected, 0);
        // By hand: cells (2, 5), (10, 11) and (33, 29).
        let statistic = 9.0 / 5.0 + 1.0 / 11.0 + 16.0 / 29.0;
        assert!(test.is_some_and(|test| (test.statistic - statistic).abs() < 1e-14 && test.degrees == 2));
        assert_eq!(GoodnessOfFit::of(&actual, &expected, 2), None);
        assert_eq!(GoodnessOfFit::of(&[1.0], &[1.0], 0), None);
    }
}
