//! Contract histories lent to models.

use std::borrow::Cow;

use crate::{Checks, Invalid, TimeUnit};

/// Columns of contracts that are renewed or lost at the end of every period, one element per customer, all equally long.
///
/// | column | meaning |
/// |---|---|
/// | `last_active` | the last period, counted from 1, in which the customer was seen under contract |
/// | `observed` | periods from the customer's first until the end of observation |
/// | `counts` | optional: how many customers share the row |
///
/// A customer with `last_active = observed` is still there, and renewed `observed − 1` times; any other was lost at the
/// renewal after period `last_active`. The unit is the contract's period: a yearly contract counts years.
///
/// ```
/// use emptor_types::{ContractHistory, TimeUnit};
///
/// let history = ContractHistory::new(&[1.0, 3.0, 5.0], &[5.0, 5.0, 5.0], TimeUnit::Year)?;
/// assert!(history.is_active(2) && !history.is_active(1));
/// let error = ContractHistory::new(&[0.0, 6.0], &[5.0, 5.0], TimeUnit::Year).unwrap_err();
/// assert_eq!(error.violations().len(), 2); // never active, and active after the end
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ContractHistory<'a> {
    last_active: Cow<'a, [f64]>,
    observed: Cow<'a, [f64]>,
    counts: Option<Cow<'a, [f64]>>,
    unit: TimeUnit,
}

impl<'a> ContractHistory<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// Every broken rule with its count and sample rows: equal lengths; `last_active` whole and at least 1; `observed`
    /// whole and at least `last_active`.
    pub fn new(last_active: &'a [f64], observed: &'a [f64], unit: TimeUnit) -> Result<Self, Invalid> {
        let mut lengths = Invalid::checks();
        let n = last_active.len();
        lengths.require(observed.len() == n, "observed", "must be as long as last_active", observed.len());
        lengths.finish()?;
        let mut checks = Invalid::checks();
        check_whole(&mut checks, "last_active", "must be a whole number of periods, at least 1", last_active);
        checks.require_each(
            "observed",
            "must be a whole number of periods, at least last_active",
            observed,
            // Where last_active is no number at all, that is said once.
            |i, t| t.fract() == 0.0 && t.is_finite() && (t >= last_active[i] || last_active[i].is_nan()),
        );
        checks.finish()?;
        Ok(Self { last_active: last_active.into(), observed: observed.into(), counts: None, unit })
    }

    /// Adds how many customers share each row.
    ///
    /// # Errors
    /// [`Invalid`] unless there is one whole number of at least 1 per row.
    pub fn with_counts(self, counts: &'a [f64]) -> Result<Self, Invalid> {
        let mut lengths = Invalid::checks();
        lengths.require(counts.len() == self.len(), "counts", "must be as long as last_active", counts.len());
        lengths.finish()?;
        let mut checks = Invalid::checks();
        check_whole(&mut checks, "counts", "must be a whole number of customers, at least 1", counts);
        checks.finish()?;
        Ok(Self { counts: Some(counts.into()), ..self })
    }

    /// From tables of survivors, one per cohort of customers acquired together: the customers of the first period, and
    /// those still there after each renewal. Cohorts may be observed for different numbers of periods.
    ///
    /// ```
    /// use emptor_types::{ContractHistory, TimeUnit};
    ///
    /// let history = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0], &[500.0, 440.0]], TimeUnit::Year)?;
    /// assert_eq!(history.customers(), 1500.0);
    /// assert_eq!(history.last_active(), [1.0, 2.0, 3.0, 1.0, 2.0]);
    /// assert_eq!(history.counts(), Some(&[131.0, 126.0, 743.0, 60.0, 440.0][..]));
    /// assert!(ContractHistory::from_survivors(&[&[10.0, 11.0]], TimeUnit::Year).is_err());
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// [`Invalid`] unless every cohort has a period, and its survivors are whole numbers of customers that never rise.
    pub fn from_survivors(survivors: &[&[f64]], unit: TimeUnit) -> Result<ContractHistory<'static>, Invalid> {
        let mut checks = Invalid::checks();
        let (mut last_active, mut observed, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for (cohort, &table) in survivors.iter().enumerate() {
            let name = format!("survivors of cohort {cohort}");
            checks.require(!table.is_empty(), &name, "must have a first period", "none");
            checks.require_each(
                &name,
                "must be whole numbers of customers, at least 0, that never rise",
                table,
                |i, n| n >= 0.0 && n.is_finite() && n.fract() == 0.0 && (i == 0 || n <= table[i - 1]),
            );
            for (period, &here) in (1_u32..).zip(table) {
                let after = table.get(period as usize).copied();
                let gone = after.map_or(here, |after| here - after);
                if gone > 0.0 {
                    last_active.push(f64::from(period));
                    observed.push(table.len() as f64);
                    counts.push(gone);
                }
            }
        }
        checks.finish()?;
        Ok(ContractHistory {
            last_active: last_active.into(),
            observed: observed.into(),
            counts: Some(counts.into()),
            unit,
        })
    }

    /// The rows named, in that order.
    ///
    /// # Errors
    /// [`Invalid`] if there is no such row.
    pub fn select(&self, rows: &[usize]) -> Result<ContractHistory<'static>, Invalid> {
        let mut checks = Invalid::checks();
        checks.require_each("rows", "must be rows of the history", rows, |_, row| row < self.len());
        checks.finish()?;
        let take = |column: &[f64]| rows.iter().map(|&row| column[row]).collect();
        Ok(ContractHistory {
            last_active: Cow::Owned(take(&self.last_active)),
            observed: Cow::Owned(take(&self.observed)),
            counts: self.counts.as_deref().map(|counts| Cow::Owned(take(counts))),
            unit: self.unit,
        })
    }

    /// All rows of several histories, one after the other; `None` if there is no history.
    ///
    /// # Errors
    /// [`Invalid`] unless all have one unit.
    pub fn concat(histories: &[&ContractHistory<'_>]) -> Result<Option<ContractHistory<'static>>, Invalid> {
        let Some(first) = histories.first() else { return Ok(None) };
        let mut checks = Invalid::checks();
        for history in histories {
            checks.require(history.unit == first.unit, "unit", "must be the same in all histories", history.unit);
        }
        checks.finish()?;
        let column =
            |of: fn(&ContractHistory<'_>) -> Vec<f64>| histories.iter().flat_map(|history| of(history)).collect();
        let counted = histories.iter().any(|history| history.counts.is_some());
        Ok(Some(ContractHistory {
            last_active: Cow::Owned(column(|history| history.last_active.to_vec())),
            observed: Cow::Owned(column(|history| history.observed.to_vec())),
            counts: counted
                .then(|| Cow::Owned(column(|history| (0..history.len()).map(|row| history.count(row)).collect()))),
            unit: first.unit,
        }))
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.last_active.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last_active.is_empty()
    }

    /// Number of customers: rows, or the sum of their counts.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.counts().map_or(self.len() as f64, |counts| counts.iter().sum())
    }

    /// The last period in which each customer was seen under contract.
    #[must_use]
    pub fn last_active(&self) -> &[f64] {
        &self.last_active
    }

    /// Periods from each customer's first until the end of observation.
    #[must_use]
    pub fn observed(&self) -> &[f64] {
        &self.observed
    }

    /// How many customers share each row; `None` if one each.
    #[must_use]
    pub fn counts(&self) -> Option<&[f64]> {
        self.counts.as_deref()
    }

    /// How many customers share a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn count(&self, row: usize) -> f64 {
        self.counts().map_or(1.0, |counts| counts[row])
    }

    /// Whether the customers of a row are still under contract at the end of observation.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn is_active(&self, row: usize) -> bool {
        self.last_active[row] >= self.observed[row]
    }

    /// The contract's period.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }
}

fn check_whole(checks: &mut Checks, field: &str, rule: &str, column: &[f64]) {
    checks.require_each(field, rule, column, |_, n| n >= 1.0 && n.is_finite() && n.fract() == 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let broken = ContractHistory::new(&[1.5, f64::NAN, 3.0], &[2.0, 2.0, f64::INFINITY], TimeUnit::Year);
        assert_eq!(
            broken.map_err(|error| error.to_string()),
            Err("last_active must be a whole number of periods, at least 1 (2 rows, e.g. row 0: 1.5, row 1: NaN); \
                 observed must be a whole number of periods, at least last_active (got row 2: inf)"
                .to_owned())
        );
        assert!(ContractHistory::new(&[1.0], &[], TimeUnit::Year).is_err());
    }

    #[test]
    fn a_cohort_that_died_out_has_no_row_of_active_customers() -> Result<(), Invalid> {
        let history = ContractHistory::from_survivors(&[&[3.0, 1.0, 0.0]], TimeUnit::Month)?;
        assert_eq!((history.last_active(), history.counts()), (&[1.0, 2.0][..], Some(&[2.0, 1.0][..])));
        assert!((0..history.len()).all(|row| !history.is_active(row)));
        for table in [&[] as &[f64], &[2.0, f64::NAN], &[2.5], &[1.0, 2.0]] {
            assert!(ContractHistory::from_survivors(&[table], TimeUnit::Month).is_err(), "{table:?}");
        }
        Ok(())
    }

    #[test]
    fn rows_are_selected_with_their_counts() -> Result<(), Invalid> {
        let history = ContractHistory::from_survivors(&[&[5.0, 3.0, 2.0]], TimeUnit::Month)?;
        let some = history.select(&[2, 0])?;
        assert_eq!((some.last_active(), some.counts()), (&[3.0, 1.0][..], Some(&[2.0, 2.0][..])));
        assert!(history.select(&[3]).is_err());
        let plain = ContractHistory::new(&[4.0], &[7.0], TimeUnit::Month)?;
        let both = ContractHistory::concat(&[&plain, &some])?;
        assert_eq!(both.as_ref().and_then(ContractHistory::counts), Some(&[1.0, 2.0, 2.0][..]));
        assert_eq!(both.map(|both| both.observed().to_vec()), Some(vec![7.0, 3.0, 3.0]));
        let years = ContractHistory::new(&[4.0], &[7.0], TimeUnit::Year)?;
        assert!(ContractHistory::concat(&[&plain, &years]).is_err());
        assert_eq!(ContractHistory::concat(&[])?, None);
        Ok(())
    }
}
