//! What is known of customers beside their purchases.

use crate::Invalid;

/// Borrowed columns of time-invariant covariates, one element per customer: sex, channel of acquisition, income.
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
    columns: Vec<(&'a str, &'a [f64])>,
}

impl<'a> Covariates<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// [`Invalid`] unless names differ, columns are equally long and all values are finite.
    pub fn new(columns: &[(&'a str, &'a [f64])]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (i, (name, values)) in columns.iter().enumerate() {
            let again = columns[..i].iter().any(|(other, _)| other == name);
            checks.require(!again, "covariates", "must have different names", name);
            let length = values.len();
            checks.require(length == columns[0].1.len(), name, "must be as long as the first covariate", length);
            checks.require_each(name, "must be finite", values, |_, value| value.is_finite());
        }
        checks.finish()?;
        Ok(Self { columns: columns.to_vec() })
    }

    /// The column of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [f64]> {
        self.columns.iter().find(|(other, _)| *other == name).map(|(_, values)| *values)
    }

    /// All names with their columns.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [f64])> + '_ {
        self.columns.iter().copied()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.columns.iter().map(|(name, _)| *name)
    }
}
