//! One number of recency, frequency and monetary value.

use emptor_types::Invalid;

use crate::statistics::ascending;

/// How values are brought to the scale from 0 to 1 before they are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Normalization {
    /// (x − min)/(max − min), as Liu & Shih (2005). One giant customer presses all others toward 0.
    MinMax,
    /// Mid-rank: (customers below + half of the others who equal it)/(customers − 1). Outliers do not matter.
    #[default]
    Rank,
}

/// Weighted RFM of customers: Σ w·norm(x), from 0 to 1, recency turned round so that more is better in all three.
///
/// The weights are scaled to add up to 1; Liu & Shih (2005, "Integrating AHP and data mining for product recommendation
/// based on customer lifetime value", *Information & Management* 42) took them from pairwise comparisons by experts. `None`
/// where a value is unknown (`NaN`). Where all values of a variable are equal it says nothing and counts ½ for everybody.
///
/// ```
/// use emptor_core::profile::profiling::{Normalization, weighted_rfm};
///
/// let (days, orders, spend) = ([10.0, 110.0, 60.0], [5.0, 1.0, 3.0], [500.0, 100.0, 100.0]);
/// let scores = weighted_rfm([&days, &orders, &spend], [2.0, 1.0, 1.0], Normalization::MinMax)?;
/// assert_eq!(scores, [Some(1.0), Some(0.0), Some(0.375)]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless the three columns are equally long, and weights are finite, at least 0 and not all 0.
pub fn weighted_rfm(
    [recency, frequency, monetary]: [&[f64]; 3],
    weights: [f64; 3],
    normalization: Normalization,
) -> Result<Vec<Option<f64>>, Invalid> {
    let mut checks = Invalid::checks();
    let lengths = [recency.len(), frequency.len(), monetary.len()];
    let equal = lengths.iter().all(|length| *length == lengths[0]);
    checks.require(equal, "columns", "must be equally long", format!("{lengths:?}"));
    check_weights(&mut checks, weights);
    checks.finish()?;
    let turned: Vec<f64> = recency.iter().map(|days| -days).collect();
    let columns = [&turned[..], frequency, monetary].map(|values| normalized(values, normalization));
    let total: f64 = weights.iter().sum();
    let score = |i: usize| {
        let sum: f64 = columns.iter().zip(weights).map(|(column, weight)| weight * column[i]).sum();
        Some(sum / total).filter(|score| !score.is_nan())
    };
    Ok((0..recency.len()).map(score).collect())
}

pub(super) fn check_weights(checks: &mut emptor_types::Checks, weights: [f64; 3]) {
    let total: f64 = weights.iter().sum();
    let admissible = weights.iter().all(|weight| *weight >= 0.0) && total > 0.0 && total.is_finite();
    checks.require(admissible, "weights", "must be at least 0, finite, and not all 0", format!("{weights:?}"));
}

fn normalized(values: &[f64], normalization: Normalization) -> Vec<f64> {
    let sorted = ascending(values);
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return vec![f64::NAN; values.len()] };
    let norm = |value: f64| match normalization {
        _ if value.is_nan() => f64::NAN,
        _ if least >= most => 0.5,
        Normalization::MinMax => (value - least) / (most - least),
        Normalization::Rank => {
            let (below, up_to) = (sorted.partition_point(|x| *x < value), sorted.partition_point(|x| *x <= value));
            (below + up_to - 1) as f64 / 2.0 / (sorted.len() - 1) as f64
        }
    };
    values.iter().map(|value| norm(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_run_from_0_to_1_and_equals_share_theirs() -> Result<(), Invalid> {
        let flat = [1.0; 4];
        let scores = weighted_rfm([&flat, &flat, &[1.0, 9.0, 9.0, 1e9]], [0.0, 0.0, 3.0], Normalization::Rank)?;
        assert_eq!(scores, [Some(0.0), Some(0.5), Some(0.5), Some(1.0)]);
        Ok(())
    }

    #[test]
    fn who_never_bought_has_no_score_and_all_violations_come_at_once() -> Result<(), Invalid> {
        let scores =
            weighted_rfm([&[f64::NAN, 3.0], &[f64::NAN, 1.0], &[f64::NAN, 9.0]], [1.0; 3], Normalization::Rank)?;
        assert_eq!(scores, [None, Some(0.5)]);
        let broken = weighted_rfm([&[1.0], &[], &[]], [-1.0, 0.0, 0.0], Normalization::Rank);
        assert_eq!(broken.err().map(|invalid| invalid.violations().len()), Some(2));
        Ok(())
    }
}
