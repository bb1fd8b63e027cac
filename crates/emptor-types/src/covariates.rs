//! What is known of customers beside their purchases.

use std::borrow::Cow;
use std::ops::Range;

use crate::Invalid;

/// Columns of time-invariant covariates, one element per customer: sex, channel of acquisition, income.
///
/// Kinds are written as columns of 0 and 1, one for each kind but one.
///
/// ```
/// use emptor_types::Covariates;
///
/// let covariates = Covariates::new(&[("gender", &[0.0, 1.0]), ("channel", &[1.0, 1.0])])?;
/// assert_eq!(covariates.get("gender"), Some([0.0, 1.0].as_slice()));
/// assert!(Covariates::new(&[("gender", &[f64::NAN]), ("gender", &[1.0])]).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Covariates<'a> {
    columns: Vec<(Cow<'a, str>, Cow<'a, [f64]>)>,
}

impl<'a> Covariates<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// [`Invalid`] unless names differ, columns are equally long and all values are finite.
    pub fn new(columns: &[(&'a str, &'a [f64])]) -> Result<Self, Invalid> {
        let lent = columns.iter().map(|&(name, values)| (Cow::Borrowed(name), Cow::Borrowed(values)));
        Self::checked(lent.collect())
    }

    /// Checks columns and keeps them.
    ///
    /// ```
    /// use emptor_types::Covariates;
    ///
    /// let covariates = Covariates::owned(vec![("gender".to_owned(), vec![0.0, 1.0])])?;
    /// assert_eq!(covariates.names().collect::<Vec<_>>(), ["gender"]);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn owned(columns: Vec<(String, Vec<f64>)>) -> Result<Covariates<'static>, Invalid> {
        let kept = columns.into_iter().map(|(name, values)| (Cow::Owned(name), Cow::Owned(values)));
        Covariates::checked(kept.collect())
    }

    fn checked(columns: Vec<(Cow<'a, str>, Cow<'a, [f64]>)>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (i, (name, values)) in columns.iter().enumerate() {
            let again = columns[..i].iter().any(|(other, _)| other == name);
            checks.require(!again, "covariates", "must have different names", name);
            let length = values.len();
            checks.require(length == columns[0].1.len(), name, "must be as long as the first covariate", length);
            checks.require_each(name, "must be finite", values, |_, value| value.is_finite());
        }
        checks.finish()?;
        Ok(Self { columns })
    }

    /// The column of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[f64]> {
        self.iter().find(|(other, _)| *other == name).map(|(_, values)| values)
    }

    /// Some of the rows, lent.
    ///
    /// # Panics
    /// If there are no such rows, as slices do.
    #[must_use]
    pub fn rows(&self, rows: Range<usize>) -> Covariates<'_> {
        let lent = self.iter().map(|(name, values)| (Cow::Borrowed(name), Cow::Borrowed(&values[rows.clone()])));
        Covariates { columns: lent.collect() }
    }

    /// All names with their columns.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[f64])> + '_ {
        self.columns.iter().map(|(name, values)| (name.as_ref(), values.as_ref()))
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> + '_ {
        self.columns.iter().map(|(name, _)| name.as_ref())
    }
}
