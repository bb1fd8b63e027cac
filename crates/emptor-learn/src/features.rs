//! The columns to learn from.

use std::collections::HashSet;

use emptor_types::Invalid;

use super::LearnError;

/// One column to learn from, lent.
#[derive(Debug, Clone, Copy)]
pub enum Feature<'a> {
    /// Numbers, `NaN` where unknown.
    Numbers(&'a [f64]),
    /// Categories as places in a list of names; a place at or beyond the end of the list stands for unknown.
    Categories {
        /// One place per row.
        codes: &'a [u32],
        /// The names.
        names: &'a [String],
    },
}

impl Feature<'_> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Categories { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it holds, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Numbers(_) => "numbers",
            Self::Categories { .. } => "categories",
        }
    }
}

/// Borrowed, checked columns of equal length with names.
///
/// ```
/// use emptor_learn::{Feature, Features};
///
/// let jobs = ["student".to_owned(), "retired".to_owned()];
/// let features = Features::new(&[
///     ("age", Feature::Numbers(&[19.0, 67.0, f64::NAN])),
///     ("job", Feature::Categories { codes: &[0, 1, u32::MAX], names: &jobs }),
/// ])?;
/// assert_eq!((features.rows(), features.names().collect::<Vec<_>>()), (3, vec!["age", "job"]));
///
/// let error = Features::new(&[("age", Feature::Numbers(&[f64::INFINITY]))]).unwrap_err();
/// assert!(error.to_string().starts_with("age must be finite or NaN"), "{error}");
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Features<'a> {
    columns: Vec<(&'a str, Feature<'a>)>,
    rows: usize,
}

impl<'a> Features<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] with every broken rule, count and sample rows: at least one column, names given once and
    /// not empty, equal lengths, numbers finite or `NaN`, names of categories given once.
    pub fn new(columns: &[(&'a str, Feature<'a>)]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        checks.require(!columns.is_empty(), "features", "must hold at least one", "none");
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        for (i, (name, column)) in columns.iter().enumerate() {
            checks.require(!name.is_empty(), "feature", "must have a name", format!("number {i} without one"));
            let before = columns.iter().take(i).any(|(other, _)| other == name);
            checks.require(!before, name, "must be given once", "a second column of that name");
            checks.require(column.len() == rows, name, "must be as long as the first", column.len());
            match column {
                Feature::Numbers(values) => {
                    checks.require_each(name, "must be finite or NaN", values, |_, x| !x.is_infinite());
                }
                Feature::Categories { names, .. } => {
                    let mut seen = HashSet::with_capacity(names.len());
                    let twice = names.iter().find(|&name| !seen.insert(name));
                    let got = twice.map_or("", |name| name.as_str());
                    checks.require(twice.is_none(), name, "must name each category once", got);
                }
            }
        }
        checks.finish()?;
        Ok(Self { columns: columns.to_vec(), rows })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// Names and columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[(&'a str, Feature<'a>)] {
        &self.columns
    }

    /// The column of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Feature<'a>> {
        self.columns.iter().find(|(own, _)| *own == name).map(|(_, column)| *column)
    }
}
