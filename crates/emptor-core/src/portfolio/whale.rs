//! The whale curve.

use emptor_types::{ExactSum, Invalid};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Cumulative profit over customers from the most to the least profitable.
///
/// ```text
/// W(k) = Σ_{i ≤ k} π_(i)        π_(1) ≥ π_(2) ≥ … ≥ π_(n), ties in the order of the input
/// ```
///
/// It climbs while customers are profitable, up to the sum of all positive profits, runs level over those that earn
/// nothing, and falls over those that lose money, down to the total: the hump of a whale. Kaplan & Narayanan (2001) report
/// that the most profitable 20 % of customers make between 150 and 300 % of total profit.
///
/// ```
/// use emptor_core::value::portfolio::WhaleCurve;
///
/// let curve = WhaleCurve::new(&[105.6, 72.0, 13.6, 0.0, -105.6, 57.6])?;
/// assert_eq!(curve.order(), [0, 1, 5, 2, 3, 4]);
/// let summary = curve.summary();
/// assert!((summary.peak - 248.8).abs() < 1e-9);
/// assert_eq!((summary.customers_at_peak, summary.loss_making), (4, 1));
/// assert!((summary.peak_over_total.unwrap_or(f64::NAN) - 1.737_430).abs() < 1e-6);
/// assert_eq!(curve.thinned(3)?.len(), 3);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WhaleCurve {
    order: Vec<usize>,
    cumulative: Vec<f64>,
    profitable: usize,
    loss_making: usize,
    lost: f64,
}

/// A point of the whale curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhalePoint {
    /// How many customers, the most profitable first.
    pub customers: usize,
    /// Their share of all customers.
    pub share_of_customers: f64,
    /// Their profit together.
    pub cumulative: f64,
    /// Their share of total profit; `None` where the total is not above zero and a share of it means nothing.
    pub share_of_total: Option<f64>,
}

/// The whale curve in a few numbers: `total = peak − lost`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhaleSummary {
    /// All customers.
    pub customers: usize,
    /// Profit of all customers.
    pub total: f64,
    /// The highest point: the sum of all positive profits.
    pub peak: f64,
    /// Peak as a multiple of the total; `None` where the total is not above zero.
    pub peak_over_total: Option<f64>,
    /// Customers at which the peak is first reached: those with a profit.
    pub customers_at_peak: usize,
    /// Their share of all customers.
    pub share_at_peak: f64,
    /// Customers that lose money.
    pub loss_making: usize,
    /// Their share of all customers.
    pub share_loss_making: f64,
    /// The money lost on them, at least 0.
    pub lost: f64,
}

impl WhaleCurve {
    /// The curve of one profit per customer; revenue or any other amount does as well.
    ///
    /// # Errors
    /// Unless there is at least one customer and every profit is known, at most 10¹² in absolute value. Leave customers
    /// of unknown profit out: zero would place them in the middle of the curve.
    pub fn new(profits: &[f64]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!profits.is_empty(), "profits", "must be of at least one customer", profits.len());
        checks.require_each("profit", "must be finite and at most 1e12 in absolute value", profits, |_, v| {
            v.abs() <= ExactSum::LIMIT
        });
        checks.finish()?;

        // With the row as second key no two are equal, and any sort at any number of threads gives the same order.
        // Adding zero makes −0 a tie of 0.
        let mut ranked: Vec<(f64, usize)> = profits.iter().map(|p| p + 0.0).zip(0..).collect();
        ranked.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));

        let profitable = ranked.partition_point(|(profit, _)| *profit > 0.0);
        let loss_making = ranked.len() - ranked.partition_point(|(profit, _)| *profit >= 0.0);
        let (mut sum, mut at_peak) = (ExactSum::ZERO, ExactSum::ZERO);
        let mut cumulative = Vec::with_capacity(ranked.len());
        for (k, (profit, _)) in ranked.iter().enumerate() {
            sum.add(*profit);
            if k < profitable {
                at_peak = sum;
            }
            cumulative.push(sum.value());
        }
        let order = ranked.into_iter().map(|(_, row)| row).collect();
        Ok(Self { order, cumulative, profitable, loss_making, lost: at_peak.minus(sum).value() })
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.order.len()
    }

    /// Rows of the input, the most profitable first.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Cumulative profit in that order.
    #[must_use]
    pub fn cumulative(&self) -> &[f64] {
        &self.cumulative
    }

    /// Profit of all customers.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.at(self.customers())
    }

    /// The point after the `customers` most profitable ones; `None` beyond the last.
    #[must_use]
    pub fn point(&self, customers: usize) -> Option<WhalePoint> {
        (customers <= self.customers()).then(|| self.point_at(customers))
    }

    /// All points, from the origin to the last customer.
    pub fn points(&self) -> impl Iterator<Item = WhalePoint> + '_ {
        (0..=self.customers()).map(|k| self.point_at(k))
    }

    /// At most `points` points for a chart: the origin, the peak, the last customer, and others evenly between.
    ///
    /// # Errors
    /// Unless there are at least 3.
    pub fn thinned(&self, points: usize) -> Result<Vec<WhalePoint>, Invalid> {
        let at = thin(self.customers(), points, Some(self.profitable))?;
        Ok(at.into_iter().map(|k| self.point_at(k)).collect())
    }

    /// The curve in a few numbers.
    #[must_use]
    pub fn summary(&self) -> WhaleSummary {
        let (n, total, peak) = (self.customers(), self.total(), self.peak());
        WhaleSummary {
            customers: n,
            total,
            peak,
            peak_over_total: self.share_of_total(peak),
            customers_at_peak: self.profitable,
            share_at_peak: self.profitable as f64 / n as f64,
            loss_making: self.loss_making,
            share_loss_making: self.loss_making as f64 / n as f64,
            lost: self.lost,
        }
    }

    /// The sum of all positive profits.
    pub(super) fn peak(&self) -> f64 {
        self.at(self.profitable)
    }

    pub(super) fn profitable(&self) -> usize {
        self.profitable
    }

    pub(super) fn loses(&self) -> bool {
        self.loss_making > 0
    }

    /// Profit of the first `k` customers, which must be no more than there are.
    pub(super) fn at(&self, k: usize) -> f64 {
        k.checked_sub(1).map_or(0.0, |last| self.cumulative[last])
    }

    pub(super) fn share_of_total(&self, amount: f64) -> Option<f64> {
        let total = self.total();
        (total > 0.0).then(|| amount / total)
    }

    fn point_at(&self, k: usize) -> WhalePoint {
        let cumulative = self.at(k);
        WhalePoint {
            customers: k,
            share_of_customers: k as f64 / self.customers() as f64,
            cumulative,
            share_of_total: self.share_of_total(cumulative),
        }
    }
}

/// At most `points` positions from 0 to `last`, evenly spaced, with both ends and one more that must be among them.
pub(super) fn thin(last: usize, points: usize, keep: Option<usize>) -> Result<Vec<usize>, Invalid> {
    if points < 3 {
        return Err(Invalid::value("points", "must be at least 3", points));
    }
    if points > last {
        return Ok((0..=last).collect());
    }
    let steps = if keep.is_some() { points - 2 } else { points - 1 };
    let even = (0..=steps).map(|step| (step as u128 * last as u128 / steps as u128) as usize);
    let mut at: Vec<usize> = even.chain(keep).collect();
    at.sort_unstable();
    at.dedup();
    Ok(at)
}
