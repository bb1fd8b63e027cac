//! Tables as a report shows them.

use emptor_core::ColumnSpec;
use emptor_core::profile::ResultTable;
use polars::prelude::{AnyValue, Column, DataFrame, DataType, PolarsResult};

use crate::words::{UNKNOWN, Words, count, number, percent};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Its name.
    pub name: String,
    /// What it means.
    pub meaning: String,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// A table, written out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// Its title.
    pub title: String,
    /// What it says, in a sentence.
    pub about: String,
    /// The columns.
    pub headings: Vec<Heading>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
    /// Rows of the whole table; more than are shown where it is cut.
    pub all_rows: usize,
    /// What to know of it.
    pub notes: Vec<String>,
}

/// Which columns and rows of a result table are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pick<'a> {
    /// The title; the table's name if empty.
    pub title: &'a str,
    /// The columns, in this order; all if empty. Those that a table does not have are left out.
    pub columns: &'a [&'a str],
    /// Rows at most; those of the settings if 0.
    pub most: usize,
}

impl Grid {
    /// The first rows of a table of results.
    ///
    /// # Errors
    /// If a column cannot be read.
    pub fn of(table: &ResultTable, pick: Pick<'_>, words: &Words) -> PolarsResult<Self> {
        let mut grid = Self::of_frame(&table.frame, &table.columns, pick, words)?;
        if grid.title.is_empty() {
            grid.title = table.name.replace('_', " ");
        }
        table.about.clone_into(&mut grid.about);
        grid.notes.extend(table.notes());
        if let Some(share) = table.coverage.and_then(|coverage| coverage.share()).filter(|share| *share < 0.9995) {
            grid.notes.push(format!("It knows {} of its base.", percent(share)));
        }
        Ok(grid)
    }

    /// The first rows of a frame whose columns are documented.
    ///
    /// # Errors
    /// If a column cannot be read.
    pub fn of_frame(frame: &DataFrame, specs: &[ColumnSpec], pick: Pick<'_>, words: &Words) -> PolarsResult<Self> {
        let all: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
        let mut names = if pick.columns.is_empty() { all.clone() } else { pick.columns.to_vec() };
        let is_id = |name: &str| name == "customer_id" && !words.show_ids;
        let hides = names.iter().any(|name| is_id(name));
        names.retain(|name| all.contains(name) && !is_id(name));
        let shown = frame.height().min(if pick.most == 0 { words.most_rows } else { pick.most });
        let mut headings = Vec::with_capacity(names.len());
        let mut rows = vec![Vec::with_capacity(names.len()); shown];
        for name in names {
            let spec = specs.iter().find(|spec| spec.name == name);
            let unit = spec.map_or("", |spec| spec.unit);
            let column = frame.column(name)?;
            for (row, cells) in rows.iter_mut().enumerate() {
                cells.push(cell(column, row, unit, words)?);
            }
            headings.push(Heading {
                name: name.replace('_', " "),
                meaning: spec.map_or_else(String::new, |spec| spec.meaning.to_owned()),
                is_number: column.dtype().is_primitive_numeric(),
            });
        }
        let notes = hides.then(|| "Ids of customers are not shown.".to_owned()).into_iter().collect();
        Ok(Self { title: pick.title.to_owned(), about: String::new(), headings, rows, all_rows: frame.height(), notes })
    }

    /// An empty table, its columns of texts and, after these, of numbers.
    pub(crate) fn new(title: impl Into<String>, texts: &[&str], numbers: &[&str]) -> Self {
        let heading =
            |name: &str, is_number: bool| Heading { name: name.to_owned(), meaning: String::new(), is_number };
        let headings =
            texts.iter().map(|name| heading(name, false)).chain(numbers.iter().map(|name| heading(name, true)));
        Self { title: title.into(), headings: headings.collect(), ..Self::default() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
        self.all_rows = self.rows.len();
    }
}

/// `(all)` for `__all__`: tables tell such members from names that anybody could give.
fn without_code(text: &str) -> String {
    match text.strip_prefix("__").and_then(|rest| rest.strip_suffix("__")) {
        Some(code) => format!("({})", code.replace('_', " ")),
        None => text.to_owned(),
    }
}

/// A value as one reads it, by its unit.
fn cell(column: &Column, row: usize, unit: &str, words: &Words) -> PolarsResult<String> {
    let is_share = matches!(unit, "share" | "probability") || unit.starts_with("share of");
    Ok(match column.get(row)? {
        AnyValue::Null => UNKNOWN.to_owned(),
        AnyValue::Boolean(is) => if is { "yes" } else { "no" }.to_owned(),
        AnyValue::String(text) => without_code(text),
        AnyValue::StringOwned(text) => without_code(&text),
        AnyValue::List(items) => {
            let items = items.cast(&DataType::String)?;
            items.str()?.iter().map(|item| item.unwrap_or(UNKNOWN)).collect::<Vec<_>>().join(", ")
        }
        value => match value.extract::<f64>() {
            Some(value) if column.dtype().is_primitive_numeric() && unit.starts_with("currency") => words.money(value),
            Some(value) if column.dtype().is_float() && is_share => percent(value),
            Some(value) if column.dtype().is_float() => number(value),
            Some(value) if column.dtype().is_integer() && value >= 0.0 => count(value as usize),
            _ => value.to_string(),
        },
    })
}
