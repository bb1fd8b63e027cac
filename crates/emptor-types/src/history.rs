//! Purchase histories lent to models.

use std::ops::Range;

use crate::{Covariates, Invalid, TimeUnit};

/// Borrowed columns of a purchase history, one element per customer, all equally long.
///
/// | column | meaning | unit |
/// |---|---|---|
/// | `frequency` | repeat purchase occasions `x`, a whole number ≥ 0 | count |
/// | `recency` | time from first to last purchase `t_x`, 0 if `x = 0` | `unit` |
/// | `t` | time from first purchase to the end of observation `T` | `unit` |
/// | `monetary_value` | mean money per repeat occasion, absent or `NaN` where unknown | currency |
///
/// Three more columns are optional, see [`with_counts`](Self::with_counts),
/// [`with_sum_ln_gaps`](Self::with_sum_ln_gaps) and [`with_covariates`](Self::with_covariates).
///
/// The polars side lends it, the numeric side takes it; neither needs to know the other.
///
/// ```
/// use emptor_types::{HistoryView, TimeUnit};
///
/// let view = HistoryView::new(&[2.0, 0.0], &[30.4, 0.0], &[38.9, 38.9], None, TimeUnit::Week)?;
/// assert_eq!(view.len(), 2);
/// let error = HistoryView::new(&[0.5], &[40.0], &[38.9], None, TimeUnit::Week).unwrap_err();
/// assert_eq!(error.violations().len(), 2); // not a whole number, and bought after the end
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct HistoryView<'a> {
    frequency: &'a [f64],
    recency: &'a [f64],
    t: &'a [f64],
    monetary_value: Option<&'a [f64]>,
    counts: Option<&'a [f64]>,
    sum_ln_gaps: Option<&'a [f64]>,
    covariates: Option<&'a Covariates<'a>>,
    unit: TimeUnit,
}

impl<'a> HistoryView<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// Every broken rule with its count and sample rows: equal lengths; `frequency` whole and ≥ 0; `0 ≤ recency ≤ T`,
    /// all finite; `recency = 0` where `frequency = 0` and above 0 elsewhere; `monetary_value` finite or `NaN`.
    pub fn new(
        frequency: &'a [f64],
        recency: &'a [f64],
        t: &'a [f64],
        monetary_value: Option<&'a [f64]>,
        unit: TimeUnit,
    ) -> Result<Self, Invalid> {
        let n = frequency.len();
        let mut lengths = Invalid::checks();
        lengths.require(recency.len() == n, "recency", "must be as long as frequency", recency.len());
        lengths.require(t.len() == n, "T", "must be as long as frequency", t.len());
        let money_len = monetary_value.map_or(n, <[f64]>::len);
        lengths.require(money_len == n, "monetary_value", "must be as long as frequency", money_len);
        lengths.finish()?;

        let mut checks = Invalid::checks();
        checks.require_each(
            "frequency",
            "must be a whole number of repeat purchases, at least 0",
            frequency,
            |_, x| x >= 0.0 && x.fract() == 0.0,
        );
        checks.require_each("T", "must be finite and at least 0", t, |_, end| end >= 0.0 && end.is_finite());
        checks.require_each("recency", "must lie between 0 and T", recency, |i, tx| tx >= 0.0 && tx <= t[i]);
        checks.require_each("recency", "must be 0 without repeat purchases and above 0 with them", recency, |i, tx| {
            (frequency[i] == 0.0) == (tx == 0.0)
        });
        if let Some(money) = monetary_value {
            checks.require_each("monetary_value", "must not be infinite", money, |_, m| !m.is_infinite());
        }
        checks.finish()?;
        Ok(Self { frequency, recency, t, monetary_value, counts: None, sum_ln_gaps: None, covariates: None, unit })
    }

    /// Adds how many customers share each row, so that a table of patterns need not be written out.
    ///
    /// ```
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let patterns = HistoryView::new(&[0.0, 1.0], &[0.0, 3.0], &[6.0, 6.0], None, TimeUnit::Year)?;
    /// assert_eq!(patterns.with_counts(&[3464.0, 91.0])?.customers(), 3555.0);
    /// assert!(patterns.with_counts(&[0.5, 1.0]).is_err());
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// [`Invalid`] unless there is one whole number of at least 1 per row.
    pub fn with_counts(self, counts: &'a [f64]) -> Result<Self, Invalid> {
        self.check_length("counts", counts)?;
        let mut checks = Invalid::checks();
        checks.require_each("counts", "must be a whole number of customers, at least 1", counts, |_, n| {
            n >= 1.0 && n.is_finite() && n.fract() == 0.0
        });
        checks.finish()?;
        Ok(Self { counts: Some(counts), ..self })
    }

    /// Adds the sum of the logarithms of the times between a customer's purchases, `Σ ln gap`, with the gaps in
    /// [`unit`](Self::unit)s; 0 where there is no repeat purchase. Models of regular buying need it.
    ///
    /// # Errors
    /// [`Invalid`] unless there is one finite number per row, 0 where `frequency = 0`, and no greater than equal gaps
    /// would make it, `x ln(t_x / x)`.
    pub fn with_sum_ln_gaps(self, sum_ln_gaps: &'a [f64]) -> Result<Self, Invalid> {
        /// Rounding of a sum of logarithms.
        const ROUNDING: f64 = 1e-6;
        self.check_length("sum_ln_gaps", sum_ln_gaps)?;
        let mut checks = Invalid::checks();
        checks.require_each(
            "sum_ln_gaps",
            "must be finite, at most x ln(t_x / x), and 0 without repeat purchases",
            sum_ln_gaps,
            |i, sum| {
                let (x, recency) = (self.frequency[i], self.recency[i]);
                let most = if x > 0.0 { x * (recency / x).ln() } else { 0.0 };
                sum.is_finite() && sum <= most + ROUNDING * (1.0 + most.abs()) && (x > 0.0 || sum == 0.0)
            },
        );
        checks.finish()?;
        Ok(Self { sum_ln_gaps: Some(sum_ln_gaps), ..self })
    }

    /// Adds what else is known of the customers.
    ///
    /// # Errors
    /// [`Invalid`] unless the covariates have one row per row of the history.
    pub fn with_covariates(self, covariates: &'a Covariates<'a>) -> Result<Self, Invalid> {
        for (name, values) in covariates.iter() {
            self.check_length(name, values)?;
        }
        Ok(Self { covariates: Some(covariates), ..self })
    }

    /// Asks something of some of the rows, so that a large base can be worked off part by part.
    ///
    /// ```
    /// use emptor_types::{HistoryView, TimeUnit};
    ///
    /// let view = HistoryView::new(&[2.0, 0.0, 1.0], &[30.4, 0.0, 1.7], &[38.9; 3], None, TimeUnit::Week)?;
    /// assert_eq!(view.on_rows(1..3, |part| part.frequency().to_vec()), [0.0, 1.0]);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Panics
    /// If there are no such rows, as slices do.
    pub fn on_rows<R>(&self, rows: Range<usize>, ask: impl FnOnce(&HistoryView<'_>) -> R) -> R {
        let covariates = self.covariates.map(|all| all.rows(rows.clone()));
        let part = |column: &'a [f64]| &column[rows.clone()];
        ask(&HistoryView {
            frequency: part(self.frequency),
            recency: part(self.recency),
            t: part(self.t),
            monetary_value: self.monetary_value.map(part),
            counts: self.counts.map(part),
            sum_ln_gaps: self.sum_ln_gaps.map(part),
            covariates: covariates.as_ref(),
            unit: self.unit,
        })
    }

    fn check_length(&self, name: &str, values: &[f64]) -> Result<(), Invalid> {
        let mut lengths = Invalid::checks();
        lengths.require(values.len() == self.len(), name, "must be as long as frequency", values.len());
        lengths.finish()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Number of customers: rows, or the sum of their counts.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.counts.map_or(self.len() as f64, |counts| counts.iter().sum())
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// Repeat purchase occasions `x`.
    #[must_use]
    pub fn frequency(&self) -> &'a [f64] {
        self.frequency
    }

    /// Time from first to last purchase `t_x`, in [`unit`](Self::unit)s.
    #[must_use]
    pub fn recency(&self) -> &'a [f64] {
        self.recency
    }

    /// Time from first purchase to the end of observation `T`, in [`unit`](Self::unit)s.
    #[must_use]
    pub fn t(&self) -> &'a [f64] {
        self.t
    }

    /// Mean money per repeat occasion; `NaN` where there is none.
    #[must_use]
    pub fn monetary_value(&self) -> Option<&'a [f64]> {
        self.monetary_value
    }

    /// How many customers share each row; `None` if one each.
    #[must_use]
    pub fn counts(&self) -> Option<&'a [f64]> {
        self.counts
    }

    /// `Σ ln gap` of the times between purchases.
    #[must_use]
    pub fn sum_ln_gaps(&self) -> Option<&'a [f64]> {
        self.sum_ln_gaps
    }

    /// What else is known of the customers.
    #[must_use]
    pub fn covariates(&self) -> Option<&'a Covariates<'a>> {
        self.covariates
    }

    /// The unit of `recency` and `T`.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }
}
