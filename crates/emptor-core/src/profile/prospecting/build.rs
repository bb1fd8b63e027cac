//! Tables column by column, days and lists among them.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::super::section::ResultTable;
use crate::columns::{ColumnSpec, column};

/// A table under construction.
pub(super) struct Build {
    rows: usize,
    columns: PolarsResult<Vec<Column>>,
    specs: Vec<ColumnSpec>,
}

impl Build {
    /// A table of so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, columns: Ok(Vec::new()), specs: Vec::new() }
    }

    /// Ready-made cells, e.g. ids in their own type.
    pub(super) fn series(
        mut self,
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        cells: Series,
    ) -> Self {
        if let Ok(columns) = &mut self.columns {
            columns.push(cells.with_name(name.into()).into_column());
        }
        self.specs.push(column(name, unit, meaning));
        self
    }

    /// Numbers; not a number is null.
    pub(super) fn number(
        self,
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        cell: impl Fn(usize) -> Option<f64>,
    ) -> Self {
        let cells: Vec<Option<f64>> = (0..self.rows).map(|row| cell(row).filter(|v| v.is_finite())).collect();
        self.series(name, unit, meaning, Series::new(name.into(), cells))
    }

    /// Counts.
    pub(super) fn count(
        self,
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        cell: impl Fn(usize) -> Option<usize>,
    ) -> Self {
        let cells: Vec<Option<i64>> = (0..self.rows).map(|row| cell(row).and_then(|n| i64::try_from(n).ok())).collect();
        self.series(name, unit, meaning, Series::new(name.into(), cells))
    }

    /// Names.
    pub(super) fn text(
        self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(usize) -> Option<String>,
    ) -> Self {
        let cells: Vec<Option<String>> = (0..self.rows).map(cell).collect();
        self.series(name, "", meaning, Series::new(name.into(), cells))
    }

    /// Lists of names.
    pub(super) fn texts(self, name: &'static str, meaning: &'static str, cell: impl Fn(usize) -> Vec<String>) -> Self {
        let cells: Vec<Series> = (0..self.rows).map(|row| Series::new("".into(), cell(row))).collect();
        let cells = if cells.is_empty() {
            Series::new_empty(name.into(), &DataType::List(Box::new(DataType::String)))
        } else {
            Series::new(name.into(), cells)
        };
        self.series(name, "", meaning, cells)
    }

    /// Yes or no.
    pub(super) fn flag(self, name: &'static str, meaning: &'static str, cell: impl Fn(usize) -> bool) -> Self {
        let cells: Vec<bool> = (0..self.rows).map(cell).collect();
        self.series(name, "", meaning, Series::new(name.into(), cells))
    }

    /// Days since 1970-01-01 as dates.
    pub(super) fn day(
        mut self,
        name: &'static str,
        meaning: &'static str,
        cell: impl Fn(usize) -> Option<i32>,
    ) -> Self {
        let cells: Vec<Option<i32>> = (0..self.rows).map(cell).collect();
        match Series::new(name.into(), cells).cast(&DataType::Date) {
            Ok(cells) => self.series(name, "", meaning, cells),
            Err(error) => {
                self.columns = Err(error);
                self
            }
        }
    }

    /// The table.
    pub(super) fn table(self, name: &'static str, about: &'static str) -> PolarsResult<ResultTable> {
        ResultTable::new(name, about, DataFrame::new(self.rows, self.columns?)?, self.specs)
    }
}
