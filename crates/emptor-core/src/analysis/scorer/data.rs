//! Customers to be scored, as slices.

use emptor_types::{Invalid, TimeUnit};

/// Borrowed, checked columns of customers to be scored: one row per customer, `NaN` where a value is unknown, and the unit of
/// time that `recency` and `T` are counted in.
///
/// Columns that are left out are unknown of every customer. See [`Scorer::columns`](super::Scorer::columns) for what there is.
///
/// ```
/// use emptor_core::analysis::ScorerData;
/// use emptor_types::TimeUnit;
///
/// let data = ScorerData::new(TimeUnit::Week, &[("frequency", &[2.0]), ("recency", &[30.4]), ("T", &[38.9])])?;
/// assert_eq!((data.len(), data.column("T")), (1, Some(&[38.9][..])));
/// assert!(ScorerData::new(TimeUnit::Week, &[("frequency", &[2.0]), ("T", &[])]).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScorerData<'a> {
    unit: TimeUnit,
    columns: Vec<(&'a str, &'a [f64])>,
    rows: usize,
}

impl<'a> ScorerData<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// [`Invalid`] with every broken rule, count and sample rows: at least one column, names given once, equal lengths,
    /// values finite or `NaN`.
    pub fn new(unit: TimeUnit, columns: &[(&'a str, &'a [f64])]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!columns.is_empty(), "columns", "must be at least one", "none");
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        let length = format!("must have {rows} rows like the first column");
        for (i, &(name, column)) in columns.iter().enumerate() {
            let before = columns.iter().take(i).any(|(other, _)| *other == name);
            checks.require(!before, name, "must be given once", "a second column of that name");
            checks.require(column.len() == rows, name, &length, column.len());
            checks.require_each(name, "must be finite (NaN for unknown)", column, |_, x| !x.is_infinite());
        }
        checks.finish()?;
        Ok(Self { unit, columns: columns.to_vec(), rows })
    }

    /// The unit of `recency` and `T`.
    #[must_use]
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'a [f64]> {
        self.columns.iter().find(|(own, _)| *own == name).map(|&(_, values)| values)
    }

    /// The names of the columns, in their order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.columns.iter().map(|&(name, _)| name)
    }
}
