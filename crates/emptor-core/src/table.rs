//! From a description of columns to a frame.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsError, PolarsResult, Scalar, Series};

use crate::columns::{ColumnSpec, column};

const CUSTOMER_ID: ColumnSpec = column("customer_id", "", "the customer");

/// A column of the table of a `T`: what it means, and its cells.
pub(crate) struct Of<T: ?Sized> {
    spec: ColumnSpec,
    cells: Cells<T>,
}

/// Cells by row, or one for all rows. `NaN` and `None` are null.
enum Cells<T: ?Sized> {
    Number(fn(&T, usize) -> f64),
    Known(fn(&T, usize) -> Option<f64>),
    Count(fn(&T, usize) -> Option<usize>),
    Text(fn(&T, usize) -> Option<String>),
    Flag(fn(&T, usize) -> bool),
    SameNumber(fn(&T) -> Option<f64>),
    SameText(fn(&T) -> String),
}

macro_rules! columns {
    ($($name:ident, $cells:ident, $of:ty, $about:literal;)*) => {
        $(
            #[doc = $about]
            pub(crate) const fn $name<T: ?Sized>(
                name: &'static str,
                unit: &'static str,
                meaning: &'static str,
                of: $of,
            ) -> Of<T> {
                Of { spec: column(name, unit, meaning), cells: Cells::$cells(of) }
            }
        )*
    };
}

columns! {
    number, Number, fn(&T, usize) -> f64, "Numbers, `NaN` where unknown.";
    known, Known, fn(&T, usize) -> Option<f64>, "Numbers, as far as known.";
    count, Count, fn(&T, usize) -> Option<usize>, "Counts.";
    text, Text, fn(&T, usize) -> Option<String>, "Names.";
    flag, Flag, fn(&T, usize) -> bool, "Yes or no.";
    same_number, SameNumber, fn(&T) -> Option<f64>, "One number for all rows.";
    same_text, SameText, fn(&T) -> String, "One name for all rows.";
}

/// What the `N` columns of a table mean; where `N` is one more than the table has, the customer comes first.
pub(crate) const fn specs<T: ?Sized, const N: usize>(table: &[Of<T>]) -> [ColumnSpec; N] {
    let mut specs = [CUSTOMER_ID; N];
    let mut i = 0;
    while i < table.len() {
        specs[N - table.len() + i] = table[i].spec;
        i += 1;
    }
    specs
}

/// The table of something with so many rows.
pub(crate) fn frame<T: ?Sized>(table: &[Of<T>], of: &T, rows: usize) -> PolarsResult<DataFrame> {
    DataFrame::new(rows, table.iter().map(|column| column.fill(of, rows)).collect())
}

/// The same with the customer of every row in front.
pub(crate) fn frame_by_customer<T: ?Sized>(
    table: &[Of<T>],
    customers: &Series,
    of: &T,
    rows: usize,
) -> PolarsResult<DataFrame> {
    one_for_each("ids of customers", customers.len(), rows)?;
    let mut columns = vec![customers.clone().with_name(CUSTOMER_ID.name.into()).into_column()];
    columns.extend(table.iter().map(|column| column.fill(of, rows)));
    DataFrame::new(rows, columns)
}

/// Requires as many of something as there are rows.
pub(crate) fn one_for_each(what: &str, found: usize, rows: usize) -> PolarsResult<()> {
    if found == rows {
        Ok(())
    } else {
        let message = format!("{what} must be one for each of {rows} rows (got {found})");
        Err(PolarsError::ShapeMismatch(message.into()))
    }
}

impl<T: ?Sized> Of<T> {
    fn fill(&self, of: &T, rows: usize) -> Column {
        let name = self.spec.name.into();
        let series = match self.cells {
            Cells::Number(cell) => {
                let number = |row| Some(cell(of, row)).filter(|number| !number.is_nan());
                Series::new(name, (0..rows).map(number).collect::<Vec<_>>())
            }
            Cells::Known(cell) => {
                let number = |row| cell(of, row).filter(|number| !number.is_nan());
                Series::new(name, (0..rows).map(number).collect::<Vec<_>>())
            }
            Cells::Count(cell) => {
                let count = |row| cell(of, row).and_then(|count| i64::try_from(count).ok());
                Series::new(name, (0..rows).map(count).collect::<Vec<_>>())
            }
            Cells::Text(cell) => Series::new(name, (0..rows).map(|row| cell(of, row)).collect::<Vec<_>>()),
            Cells::Flag(cell) => Series::new(name, (0..rows).map(|row| cell(of, row)).collect::<Vec<_>>()),
            Cells::SameNumber(cell) => {
                let number = cell(of).filter(|number| !number.is_nan());
                let scalar = number.map_or_else(|| Scalar::null(DataType::Float64), Scalar::from);
                return Column::new_scalar(name, scalar, rows);
            }
            Cells::SameText(cell) => {
                return Column::new_scalar(name, Scalar::from(polars::prelude::PlSmallStr::from(cell(of))), rows);
            }
        };
        series.into_column()
    }
}
