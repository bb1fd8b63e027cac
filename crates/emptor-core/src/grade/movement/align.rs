//! The customers of two periods side by side.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use emptor_types::{Checks, Invalid};

use super::Standing;
use crate::grade::{Grade, GradeError};

/// The customers of two periods, each once: first those of the period before in their order, then the new ones in the
/// order of the period after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// Row before, row after; at least one of them.
    rows: Vec<(Option<usize>, Option<usize>)>,
    before: usize,
    after: usize,
}

/// Finds the customers of two periods in each other's lists, by id. The lists need no order.
///
/// ```
/// use emptor_core::grade::movement::align;
///
/// let customers = align(&[7, 3, 5], &[5, 9, 7])?;
/// assert_eq!(customers.rows(), [(Some(0), Some(2)), (Some(1), None), (Some(2), Some(0)), (None, Some(1))]);
/// assert_eq!(customers.values_before("profit", &[70.0, 30.0, 50.0])?, [70.0, 30.0, 50.0, 0.0]);
///
/// let error = align(&["ann", "bob", "ann"], &["bob"]).unwrap_err();
/// assert_eq!(error.to_string(), r#"ids before must be given once (got row 2: "ann")"#);
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
///
/// # Errors
/// [`GradeError::Invalid`] if an id stands twice in one list, with count and sample rows.
pub fn align<K: Hash + Eq + fmt::Debug>(ids_before: &[K], ids_after: &[K]) -> Result<Alignment, GradeError> {
    let mut checks = Invalid::checks();
    places(&mut checks, "ids before", ids_before);
    let mut after = places(&mut checks, "ids after", ids_after);
    checks.finish()?;
    let mut rows: Vec<_> = ids_before.iter().enumerate().map(|(row, id)| (Some(row), after.remove(id))).collect();
    rows.extend(
        ids_after.iter().enumerate().filter(|(_, id)| after.contains_key(id)).map(|(row, _)| (None, Some(row))),
    );
    Ok(Alignment { rows, before: ids_before.len(), after: ids_after.len() })
}

fn places<'a, K: Hash + Eq + fmt::Debug>(checks: &mut Checks, name: &str, ids: &'a [K]) -> HashMap<&'a K, usize> {
    let mut places = HashMap::with_capacity(ids.len());
    let first: Vec<bool> = ids.iter().enumerate().map(|(row, id)| *places.entry(id).or_insert(row) == row).collect();
    let borrowed: Vec<&K> = ids.iter().collect();
    checks.require_each(name, "must be given once", &borrowed, |row, _| first[row]);
    places
}

impl Alignment {
    /// For each customer the row before and the row after, `None` where there is none.
    #[must_use]
    pub fn rows(&self) -> &[(Option<usize>, Option<usize>)] {
        &self.rows
    }

    /// Where each customer stood before; new customers were absent.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is one grade for each id before.
    pub fn before(&self, grades: &[Option<Grade>]) -> Result<Vec<Standing>, GradeError> {
        same_length("grades before", grades.len(), self.before)?;
        Ok(self.rows.iter().map(|&(row, _)| standing(grades, row)).collect())
    }

    /// Where each customer stands after; lost customers are absent.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is one grade for each id after.
    pub fn after(&self, grades: &[Option<Grade>]) -> Result<Vec<Standing>, GradeError> {
        same_length("grades after", grades.len(), self.after)?;
        Ok(self.rows.iter().map(|&(_, row)| standing(grades, row)).collect())
    }

    /// A column of the period before, such as profit, for each customer; 0 for new ones, who had none.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is one value for each id before.
    pub fn values_before(&self, name: &str, values: &[f64]) -> Result<Vec<f64>, GradeError> {
        same_length(name, values.len(), self.before)?;
        Ok(self.rows.iter().map(|&(row, _)| row.map_or(0.0, |row| values[row])).collect())
    }
}

fn standing(grades: &[Option<Grade>], row: Option<usize>) -> Standing {
    row.map_or(Standing::Absent, |row| grades[row].into())
}

fn same_length(name: &str, length: usize, ids: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require(length == ids, name, &format!("must be one for each of {ids} ids"), length);
    checks.finish()
}
