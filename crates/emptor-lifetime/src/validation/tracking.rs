//! Repeat purchases of the whole base, period by period.

use emptor_types::{HistoryView, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::cohorts::{cohorts, sum};
use super::holdout::{check_customers, check_length};
use crate::{LifetimeError, PurchaseModel};

/// Expected repeat purchases of a base period by period, against the actual ones if they are known.
///
/// ```text
/// expected(period) = Σ over customers of E[X(end − entry)] − E[X(start − entry)],        E[X(t)] = 0 for t ≤ 0
/// ```
///
/// `E[X(t)]` are the repeat purchases of a customer of whom nothing is known but the entry (and covariates), so that the
/// calibration period and the time after it are on one footing (Fader, Hardie & Lee 2005, figures 3 and 4).
///
/// ```
/// use emptor_lifetime::validation::{Tracking, entries};
/// use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd};
/// use emptor_types::TimeUnit;
///
/// let truth = BetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.8, b: 2.4 };
/// let model = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?;
/// let base = model.simulate(&[30.0, 39.0, 39.0], None, 1)?;
/// let history = base.view()?;
/// let weeks: Vec<f64> = (0..=78).map(f64::from).collect(); // 78 weeks from the first entry
/// let tracking = Tracking::measure(&model, &history, &entries(&history, 39.0), &weeks, None)?;
/// assert_eq!((tracking.start[77], tracking.end[77]), (77.0, 78.0));
/// assert!(tracking.expected_cumulative.is_sorted());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tracking {
    /// The unit of time.
    pub unit: TimeUnit,
    /// When the period begins.
    pub start: Vec<f64>,
    /// When it ends.
    pub end: Vec<f64>,
    /// Repeat purchases expected in the period.
    pub expected: Vec<f64>,
    /// Repeat purchases expected since the first period began.
    pub expected_cumulative: Vec<f64>,
    /// Actual repeat purchases in the period.
    pub actual: Option<Vec<f64>>,
    /// Actual repeat purchases since the first period began.
    pub actual_cumulative: Option<Vec<f64>>,
    /// Mean of `|expected / actual − 1|` over periods in which something was bought. `None` without actual purchases.
    pub mape: Option<f64>,
    /// The same of the cumulative columns.
    pub mape_cumulative: Option<f64>,
}

/// When customers made their first purchase, if all were observed until `end`: `end − T`, in the history's unit.
///
/// ```
/// use emptor_lifetime::validation::entries;
/// use emptor_types::{HistoryView, TimeUnit};
///
/// let history = HistoryView::new(&[0.0, 1.0], &[0.0, 3.0], &[38.0, 30.0], None, TimeUnit::Week)?;
/// assert_eq!(entries(&history, 39.0), [1.0, 9.0]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn entries(history: &HistoryView<'_>, end: f64) -> Vec<f64> {
    history.t().iter().map(|t| end - t).collect()
}

impl Tracking {
    /// Follows the customers of `history`, who made their first purchases at the times `entry`, over the periods between
    /// the rising times `edges`, all in the model's unit from any origin. `actual` are the repeat purchases in each
    /// period. Of the history only covariates and counts are used.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer, `entry` has one finite element per row, there are at least
    /// two edges, finite and rising, and `actual` has one finite number of at least 0 per period; whatever the model
    /// returns.
    pub fn measure<M: PurchaseModel + ?Sized>(
        model: &M,
        history: &HistoryView<'_>,
        entry: &[f64],
        edges: &[f64],
        actual: Option<&[f64]>,
    ) -> Result<Self, LifetimeError> {
        check(history, entry, edges, actual)?;
        let until = until(history, entry, edges, |new, times| model.expected_purchases_schedule(new, times))?;
        Ok(Self::of(model.unit(), edges, &until, actual))
    }

    /// From the purchases expected until each edge.
    fn of(unit: TimeUnit, edges: &[f64], until: &[f64], actual: Option<&[f64]>) -> Self {
        let expected: Vec<f64> = until.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let expected_cumulative: Vec<f64> = until[1..].iter().map(|sum| sum - until[0]).collect();
        let cumulative = |actual: &[f64]| {
            let running = actual.iter().scan(0.0, |so_far, count| {
                *so_far += count;
                Some(*so_far)
            });
            running.collect::<Vec<f64>>()
        };
        let actual_cumulative = actual.map(cumulative);
        Self {
            unit,
            start: edges[..expected.len()].to_vec(),
            end: edges[1..].to_vec(),
            mape: actual.and_then(|actual| mape(&expected, actual)),
            mape_cumulative: actual_cumulative.as_ref().and_then(|actual| mape(&expected_cumulative, actual)),
            expected,
            expected_cumulative,
            actual: actual.map(<[f64]>::to_vec),
            actual_cumulative,
        }
    }
}

/// The purchases of all customers expected until each edge, from those of new customers until each of several times.
pub(super) fn until(
    history: &HistoryView<'_>,
    entry: &[f64],
    edges: &[f64],
    of: impl Fn(&HistoryView<'_>, &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> + Sync,
) -> Result<Vec<f64>, LifetimeError> {
    sum(&cohorts(history, entry), edges.len(), |cohort| {
        let before = edges.partition_point(|edge| *edge <= cohort.time);
        let times: Vec<f64> = edges[before..].iter().map(|edge| edge - cohort.time).collect();
        let mut row = vec![0.0; before];
        if !times.is_empty() {
            row.extend(cohort.total(|new| of(new, &times))?);
        }
        Ok(row)
    })
}

fn mape(expected: &[f64], actual: &[f64]) -> Option<f64> {
    let errors: Vec<f64> =
        expected.iter().zip(actual).filter(|(_, n)| **n > 0.0).map(|(e, n)| (e - n).abs() / n).collect();
    (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64)
}

fn check(history: &HistoryView<'_>, entry: &[f64], edges: &[f64], actual: Option<&[f64]>) -> Result<(), LifetimeError> {
    check_customers(history)?;
    check_length("entry", history.len(), entry.len())?;
    let mut checks = Invalid::checks();
    checks.require_each("entry", "must be finite", entry, |_, time| time.is_finite());
    checks.require(edges.len() >= 2, "edges", "must be at least two", edges.len());
    checks.require_each("edges", "must be finite and rising", edges, |i, edge| {
        edge.is_finite() && (i == 0 || edge > edges[i - 1])
    });
    if let Some(actual) = actual {
        let periods = edges.len().saturating_sub(1);
        checks.require(actual.len() == periods, "actual", "must have one element per period", actual.len());
        checks.require_each("actual", "must be finite and at least 0", actual, |_, n| n >= 0.0 && n.is_finite());
    }
    Ok(checks.finish()?)
}
