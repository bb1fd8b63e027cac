//! Inequality of amounts that are never negative.

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

use super::checks::ascending;
use super::whale::thin;

/// The Lorenz curve: the share of the total that the poorest share of customers has.
///
/// ```text
/// L(k/n) = Σ_{i ≤ k} x_(i) / Σ x          x_(1) ≤ … ≤ x_(n)
/// Gini   = Σ_i (2i − n − 1) x_(i) / (n Σ x)
///        = 1 − 2·(area under L, a straight line between customers)
/// ```
///
/// The Gini coefficient is 0 if all have the same and `1 − 1/n` if one has everything. Where some amounts are negative
/// it may exceed 1 and says nothing; the [`WhaleCurve`](super::WhaleCurve) is made for those.
///
/// ```
/// use emptor_core::value::portfolio::{LorenzCurve, gini};
///
/// assert_eq!(gini(&[10.0, 20.0, 30.0, 40.0])?, 0.25);
/// let poorest_half = LorenzCurve::new(&[0.0, 0.0, 0.0, 10.0])?.point(2);
/// assert_eq!(poorest_half.map(|point| point.share_of_total), Some(0.0));
/// assert!(gini(&[5.0, -1.0]).unwrap_err().to_string().contains("whale curve"));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LorenzCurve {
    cumulative: Vec<f64>,
    total: f64,
    gini: f64,
}

/// A point of the Lorenz curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LorenzPoint {
    /// How many customers, the poorest first.
    pub customers: usize,
    /// Their share of all customers.
    pub share_of_customers: f64,
    /// Their amount together.
    pub cumulative: f64,
    /// Their share of the total.
    pub share_of_total: f64,
}

/// The Gini coefficient; see [`LorenzCurve`].
///
/// # Errors
/// As [`LorenzCurve::new`].
pub fn gini(values: &[f64]) -> Result<f64, Invalid> {
    Ok(LorenzCurve::new(values)?.gini())
}

impl LorenzCurve {
    /// The curve of one amount per customer.
    ///
    /// # Errors
    /// Unless every amount is known, at least 0 and at most 10¹², and they add up to more than 0.
    pub fn new(values: &[f64]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require_each("amount", "must be finite and at most 1e12 in absolute value", values, |_, v| {
            v.abs() <= ExactSum::LIMIT
        });
        let rule = "must be at least 0: where some lose money use the whale curve";
        checks.require_each("amount", rule, values, |_, v| v >= 0.0 || v.is_nan());
        checks.finish()?;
        let total = values.iter().copied().collect::<ExactSum>().value();
        if total > 0.0 {
            Ok(Self::of(&ascending(values, |_| true), total))
        } else {
            Err(Invalid::value("amounts", "must add up to more than 0", total))
        }
    }

    fn of(sorted: &[f64], total: f64) -> Self {
        let n = sorted.len() as f64;
        let (mut sum, mut weighted) = (ExactSum::ZERO, ExactSum::ZERO);
        let mut cumulative = Vec::with_capacity(sorted.len());
        for (i, x) in sorted.iter().enumerate() {
            sum.add(*x);
            // The weight lies between −1 and 1, which keeps the term within the exact sum's limit.
            weighted.add((2.0 * i as f64 + 1.0 - n) / n * x);
            cumulative.push(sum.value());
        }
        Self { cumulative, total, gini: weighted.value() / total }
    }

    /// The Gini coefficient.
    #[must_use]
    pub fn gini(&self) -> f64 {
        self.gini
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.cumulative.len()
    }

    /// The amount of all customers.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The point after the `customers` poorest ones; `None` beyond the last.
    #[must_use]
    pub fn point(&self, customers: usize) -> Option<LorenzPoint> {
        (customers <= self.customers()).then(|| self.point_at(customers))
    }

    /// All points, from the origin to the last customer.
    pub fn points(&self) -> impl Iterator<Item = LorenzPoint> + '_ {
        (0..=self.customers()).map(|k| self.point_at(k))
    }

    /// At most `points` points for a chart, evenly spaced, both ends among them.
    ///
    /// # Errors
    /// Unless there are at least 3.
    pub fn thinned(&self, points: usize) -> Result<Vec<LorenzPoint>, Invalid> {
        Ok(thin(self.customers(), points, None)?.into_iter().map(|k| self.point_at(k)).collect())
    }

    fn point_at(&self, k: usize) -> LorenzPoint {
        let cumulative = k.checked_sub(1).map_or(0.0, |last| self.cumulative[last]);
        LorenzPoint {
            customers: k,
            share_of_customers: k as f64 / self.customers() as f64,
            cumulative,
            share_of_total: cumulative / self.total,
        }
    }
}
