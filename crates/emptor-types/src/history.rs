//! Purchase histories lent to models.

use crate::{Invalid, TimeUnit};

/// Borrowed columns of a purchase history, one element per customer, all equally long.
///
/// | column | meaning | unit |
/// |---|---|---|
/// | `frequency` | repeat purchase occasions `x`, a whole number ≥ 0 | count |
/// | `recency` | time from first to last purchase `t_x`, 0 if `x = 0` | `unit` |
/// | `t` | time from first purchase to the end of observation `T` | `unit` |
/// | `monetary_value` | mean money per repeat occasion, absent or `NaN` where unknown | currency |
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
        Ok(Self { frequency, recency, t, monetary_value, unit })
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frequency.len()
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

    /// The unit of `recency` and `T`.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }
}
