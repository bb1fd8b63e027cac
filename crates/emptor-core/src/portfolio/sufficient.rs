//! Sufficient customer value: a vector.

use emptor_types::{Checks, ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::checks::check_known;

/// The mean of an index over the base.
const MEAN: f64 = 100.0;

/// Points of the development index per standard deviation of an item.
const POINTS_PER_DEVIATION: f64 = 10.0;

/// A spread of scores below this share of the greatest is the rounding of their mean.
const NO_SPREAD: f64 = 1e-12;

/// One item of what customers contribute to the firm's development, scored by the user: references, information,
/// learning, standing in the market.
#[derive(Debug, Clone, PartialEq)]
pub struct DevelopmentItem {
    /// What it is.
    pub name: String,
    /// Its weight among the items, at least 0; weights need not add up to 1.
    pub weight: f64,
    /// One score per customer in any unit, more is better, `NaN` where unknown.
    pub scores: Vec<f64>,
}

impl DevelopmentItem {
    /// An item.
    #[must_use]
    pub fn new(name: impl Into<String>, weight: f64, scores: Vec<f64>) -> Self {
        Self { name: name.into(), weight, scores }
    }
}

/// What one customer is worth in four dimensions, `None` where unknown. They are not added up: money, volume and
/// influence have no common unit, and a sum would hide which of them makes the customer worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SufficientValue {
    /// Net present value of current profit.
    pub current: Option<f64>,
    /// Net present value that potential profit adds.
    pub potential: Option<f64>,
    /// Sales volume, 100 = mean of the base.
    pub volume_index: Option<f64>,
    /// Contribution to the firm's development, 100 = mean of the base.
    pub development_index: Option<f64>,
}

/// The vector of sufficient customer value of every customer, in the order of the input.
///
/// After Qi, Han & Li (2002): profit, now and later, does not suffice to value a customer; its sales volume counts, and so
/// does what it contributes to the firm's development, as by references, information and demands to learn from.
///
/// ```text
/// volume index_i      = 100 · v_i / mean(v)
/// development index_i = 100 + 10 · Σ_j w_j z_ij / Σ_j w_j          z_ij = (s_ij − mean_j) / sd_j
/// ```
///
/// Means and (population) standard deviations are over the customers of whom the score is known. Items are standardised
/// because a count of references and a mark from 1 to 5 have no common unit; an item in which all customers score the same
/// tells none apart and counts as 0 for all. The four dimensions are the paper's, the scaling of the indices is ours.
///
/// An unknown number makes its own dimension unknown, and no other: a customer with one unknown item of positive weight
/// has no development index. Without items nobody has one, and without a positive mean volume nobody has a volume index.
///
/// ```
/// use emptor_core::value::portfolio::{DevelopmentItem, sufficient_values};
///
/// let items = [DevelopmentItem::new("references", 2.0, vec![0.0, 4.0]), DevelopmentItem::new("learning", 1.0, vec![3.0, 3.0])];
/// let values = sufficient_values(&[500.0, 80.0], &[50.0, f64::NAN], &[300.0, 100.0], &items)?;
/// assert_eq!((values[0].volume_index, values[1].volume_index), (Some(150.0), Some(50.0)));
/// assert_eq!(values[1].potential, None);
/// // One deviation above the mean in two thirds of the weight.
/// assert!(values[1].development_index.is_some_and(|index| (index - 106.666_667).abs() < 1e-6));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless all columns are for the same customers and at most 10¹² in absolute value, items have distinct names, and
/// weights are at least 0 (at most 10⁶) and not all 0.
pub fn sufficient_values(
    current: &[f64],
    potential: &[f64],
    volume: &[f64],
    items: &[DevelopmentItem],
) -> Result<Vec<SufficientValue>, Invalid> {
    let n = current.len();
    let mut checks = Invalid::checks();
    check_column(&mut checks, "current value", current, n);
    check_column(&mut checks, "potential value", potential, n);
    check_column(&mut checks, "volume", volume, n);
    check_items(&mut checks, items, n);
    checks.finish()?;

    let volume_mean = mean(volume).filter(|mean| *mean > 0.0);
    let development = development(items, n);
    let known = |v: f64| Some(v).filter(|v| !v.is_nan());
    Ok((0..n)
        .map(|i| SufficientValue {
            current: known(current[i]),
            potential: known(potential[i]),
            volume_index: known(volume[i]).zip(volume_mean).map(|(v, mean)| MEAN * v / mean),
            development_index: known(development[i]),
        })
        .collect())
}

fn check_column(checks: &mut Checks, name: &str, values: &[f64], n: usize) {
    checks.require(values.len() == n, name, &format!("must be one for each of {n} customers"), values.len());
    check_known(checks, name, values);
}

fn check_items(checks: &mut Checks, items: &[DevelopmentItem], n: usize) {
    let mut names = std::collections::HashSet::new();
    for item in items {
        checks.require(names.insert(&item.name), "item", "must have a name of its own", format!("`{}`", item.name));
        let field = format!("weight of `{}`", item.name);
        checks.require((0.0..=1e6).contains(&item.weight), &field, "must lie between 0 and 1e6", item.weight);
        check_column(checks, &format!("score of `{}`", item.name), &item.scores, n);
    }
    let weighs = items.is_empty() || items.iter().any(|item| item.weight > 0.0);
    checks.require(weighs, "weights", "must not all be 0", items.len());
}

/// The development index, `NaN` where unknown.
fn development(items: &[DevelopmentItem], n: usize) -> Vec<f64> {
    let weights: f64 = items.iter().map(|item| item.weight).sum();
    if items.is_empty() {
        return vec![f64::NAN; n];
    }
    let mut index = vec![MEAN; n];
    for item in items.iter().filter(|item| item.weight > 0.0) {
        for (index, z) in index.iter_mut().zip(standardised(&item.scores)) {
            *index += POINTS_PER_DEVIATION * item.weight / weights * z;
        }
    }
    index
}

fn standardised(scores: &[f64]) -> Vec<f64> {
    let mean = mean(scores).unwrap_or(f64::NAN);
    let distances: Vec<f64> = scores.iter().map(|score| score - mean).collect();
    // f64::max passes over NaN.
    let widest = distances.iter().fold(0.0, |w: f64, d| w.max(d.abs()));
    let greatest = scores.iter().fold(0.0, |g: f64, s| g.max(s.abs()));
    if widest <= NO_SPREAD * greatest {
        return distances.iter().map(|d| if d.is_nan() { f64::NAN } else { 0.0 }).collect();
    }
    // Shares of the widest distance lie between 0 and 1 as the exact sum likes them, whatever the unit.
    let squares: Vec<f64> = distances.iter().map(|d| (d / widest) * (d / widest)).collect();
    let deviation = widest * self::mean(&squares).unwrap_or(f64::NAN).sqrt();
    distances.iter().map(|d| d / deviation).collect()
}

/// The mean of what is known, in any order of rows the same.
fn mean(values: &[f64]) -> Option<f64> {
    let known = values.iter().filter(|v| !v.is_nan()).count();
    let sum = values.iter().copied().collect::<ExactSum>().value();
    (known > 0).then(|| sum / known as f64)
}
