//! The columns customers are graded by.

use std::ops::Range;

use emptor_types::Invalid;

use super::GradeError;

/// Beyond this magnitude differences of two values may overflow; no column of a business comes near.
const LARGEST: f64 = 1e300;

const FINITE: &str = "must be finite, at most 1e300 either way (NaN for unknown)";

/// Borrowed, checked columns of indicators: one row per customer, `NaN` where a value is unknown.
///
/// Columns are found by name; their order is of no account and columns no indicator asks for are ignored.
///
/// ```
/// use emptor_core::grade::GradingData;
///
/// let spend = [120.0, f64::NAN, 35.0];
/// let data = GradingData::new(&[("spend", &spend)])?.with_ranking("profit", &[30.0, 5.0, 9.0])?;
/// assert_eq!(data.len(), 3);
///
/// let error = GradingData::new(&[("spend", &[1.0, f64::INFINITY])]).unwrap_err();
/// assert!(error.to_string().starts_with("spend must be finite"));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct GradingData<'a> {
    columns: Vec<(&'a str, &'a [f64])>,
    ranking: Option<(&'a str, &'a [f64])>,
    rows: usize,
}

impl<'a> GradingData<'a> {
    /// Checks the columns and lends them.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every broken rule, count and sample rows: at least one column, names given once,
    /// equal lengths, values finite or `NaN`.
    pub fn new(columns: &[(&'a str, &'a [f64])]) -> Result<Self, GradeError> {
        let mut checks = Invalid::checks();
        checks.require(!columns.is_empty(), "columns", "must hold at least one indicator", "none");
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        for (i, &(name, column)) in columns.iter().enumerate() {
            let before = columns.iter().take(i).any(|(other, _)| *other == name);
            checks.require(!before, name, "must be given once", "a second column of that name");
            check_column(&mut checks, name, column, rows);
        }
        checks.finish()?;
        Ok(Self { columns: columns.to_vec(), ranking: None, rows })
    }

    /// Adds the column that grades are ranked along when a grader is fitted, e.g. profit or customer value; the more
    /// the better. It takes no part in the clustering, and [`grade`](super::FittedGrader::grade) does not read it.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if it is not as long as the other columns or holds an infinity.
    pub fn with_ranking(mut self, name: &'a str, column: &'a [f64]) -> Result<Self, GradeError> {
        let mut checks = Invalid::checks();
        check_column(&mut checks, name, column, self.rows);
        checks.finish()?;
        self.ranking = Some((name, column));
        Ok(self)
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

    /// Name and values of the ranking column.
    #[must_use]
    pub fn ranking(&self) -> Option<(&'a str, &'a [f64])> {
        self.ranking
    }

    /// Some of the rows, e.g. to score a long table part by part; a range beyond the end is cut.
    ///
    /// ```
    /// use emptor_core::grade::GradingData;
    ///
    /// let data = GradingData::new(&[("spend", &[1.0, 2.0, 3.0])])?;
    /// assert_eq!(data.rows(1..9).column("spend"), Some(&[2.0, 3.0][..]));
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    #[must_use]
    pub fn rows(&self, range: Range<usize>) -> Self {
        let end = range.end.min(self.rows);
        let start = range.start.min(end);
        let part = |(name, column): (&'a str, &'a [f64])| (name, &column[start..end]);
        Self {
            columns: self.columns.iter().copied().map(part).collect(),
            ranking: self.ranking.map(part),
            rows: end - start,
        }
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'a [f64]> {
        self.columns.iter().find(|(column, _)| *column == name).map(|&(_, values)| values)
    }

    /// The names of the columns, in their order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.columns.iter().map(|&(name, _)| name)
    }

    /// The columns of the names, in their order.
    pub(super) fn named<'i>(&self, names: impl Iterator<Item = &'i str>) -> Result<Vec<&'a [f64]>, GradeError> {
        let mut missing = Vec::new();
        let mut found = Vec::new();
        for name in names {
            match self.column(name) {
                Some(column) => found.push(column),
                None => missing.push(name.to_owned()),
            }
        }
        if missing.is_empty() {
            Ok(found)
        } else {
            Err(GradeError::MissingIndicators { missing, available: self.names().map(str::to_owned).collect() })
        }
    }

    /// One customer alone.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if there is no such row.
    pub fn row(&self, row: usize) -> Result<Self, GradeError> {
        if row >= self.rows {
            let rule = format!("must be one of the {} rows there are, counted from 0", self.rows);
            return Err(Invalid::value("row", rule, row).into());
        }
        let one = |&(name, column): &(&'a str, &'a [f64])| (name, &column[row..=row]);
        Ok(Self { columns: self.columns.iter().map(one).collect(), ranking: self.ranking.as_ref().map(one), rows: 1 })
    }
}

fn check_column(checks: &mut emptor_types::Checks, name: &str, column: &[f64], rows: usize) {
    let length = format!("must have {rows} rows like the first column");
    checks.require(column.len() == rows, name, &length, column.len());
    checks.require_each(name, FINITE, column, |_, x| x.is_nan() || x.abs() <= LARGEST);
}
