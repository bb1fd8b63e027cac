//! How much profit went down or away.

use std::collections::BTreeMap;

use emptor_types::{ExactSum, Invalid};

use super::Standing;
use super::matrix::{check_profit, check_standings};
use crate::grade::GradeError;

/// The profit of customers who were downgraded or lost. Sums are exact: those of the pairs, `downgraded + lost`, and the
/// customers' own profits are one and the same, and cell by cell they are those of the
/// [`MigrationMatrix`](super::MigrationMatrix).
///
/// ```
/// use emptor_core::grade::Grade;
/// use emptor_core::grade::movement::{Standing, ValueAtRisk};
///
/// let standings = |text: &str| -> Vec<Standing> {
///     text.chars().map(|c| Grade::try_from(c).map_or(Standing::Absent, Standing::from)).collect()
/// };
/// let risk = ValueAtRisk::between(&standings("AABB"), &standings("AB-A"), &[90.0, 70.0, 20.0, 25.0])?;
/// assert_eq!((risk.downgraded, risk.lost, risk.at_risk()), (70.0, 20.0, 90.0));
/// assert_eq!(risk.customers.iter().map(|customer| customer.row).collect::<Vec<_>>(), [1, 2]);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ValueAtRisk {
    /// Profit of customers in a worse grade than before.
    pub downgraded: f64,
    /// Profit of customers who are gone, graded before or not.
    pub lost: f64,
    /// Profit of customers who had a grade and now have none, for want of data; it does not count as at risk.
    pub became_ungraded: f64,
    /// Profit of all customers.
    pub total: f64,
    /// By standing before and after, in their order; pairs without a customer are left out.
    pub pairs: Vec<RiskPair>,
    /// The customers, the greatest profit first, equal ones in input order.
    pub customers: Vec<RiskCustomer>,
    at_risk: ExactSum,
}

/// Customers at risk of one standing before and one after.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RiskPair {
    /// Standing before.
    pub from: Standing,
    /// Standing after; absent is lost.
    pub to: Standing,
    /// Customers.
    pub customers: usize,
    /// Their profit.
    pub profit: f64,
}

/// A customer at risk.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RiskCustomer {
    /// Row of the columns given.
    pub row: usize,
    /// Standing before.
    pub from: Standing,
    /// Standing after; absent is lost.
    pub to: Standing,
    /// Profit; below 0 it is no loss that the customer went.
    pub profit: f64,
}

impl ValueAtRisk {
    /// Sums the profit of customers who were downgraded or lost.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with everything that is wrong: columns of unequal length or without a customer, customers
    /// absent both times, profits that are not finite or beyond 1e12 either way.
    pub fn between(before: &[Standing], after: &[Standing], profit: &[f64]) -> Result<Self, GradeError> {
        let mut checks = Invalid::checks();
        check_standings(&mut checks, before, after);
        check_profit(&mut checks, profit, before.len());
        checks.finish()?;
        let (mut downgraded, mut lost, mut ungraded) = (ExactSum::ZERO, ExactSum::ZERO, ExactSum::ZERO);
        let mut pairs: BTreeMap<(Standing, Standing), (usize, ExactSum)> = BTreeMap::new();
        let mut customers = Vec::new();
        for (row, ((&from, &to), &profit)) in before.iter().zip(after).zip(profit).enumerate() {
            let sum = match (from, to) {
                (_, Standing::Absent) => &mut lost,
                (Standing::Graded(from), Standing::Graded(to)) if to > from => &mut downgraded,
                (Standing::Graded(_), Standing::Ungraded) => {
                    ungraded.add(profit);
                    continue;
                }
                _ => continue,
            };
            sum.add(profit);
            let pair = pairs.entry((from, to)).or_default();
            pair.0 += 1;
            pair.1.add(profit);
            customers.push(RiskCustomer { row, from, to, profit });
        }
        customers.sort_by(|a, b| b.profit.total_cmp(&a.profit));
        let mut at_risk = downgraded;
        at_risk.merge(lost);
        let pairs = pairs.into_iter().map(|((from, to), (customers, profit))| {
            let profit = profit.value();
            RiskPair { from, to, customers, profit }
        });
        Ok(Self {
            downgraded: downgraded.value(),
            lost: lost.value(),
            became_ungraded: ungraded.value(),
            total: profit.iter().copied().collect::<ExactSum>().value(),
            pairs: pairs.collect(),
            customers,
            at_risk,
        })
    }

    /// Profit of customers who were downgraded or lost, rounded once.
    #[must_use]
    pub fn at_risk(&self) -> f64 {
        self.at_risk.value()
    }
}
