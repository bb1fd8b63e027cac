//! A workbook of Excel: a sheet per table, and one that says what the columns mean.

use std::io::{self, Write};

use polars::prelude::{DataFrame, DataType};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook as Book, Worksheet, XlsxError};

use super::{Cell, rows};

/// Rows of a sheet, its header among them.
const ROWS: usize = 1_048_576;

/// Columns of a sheet.
const COLUMNS: usize = 16_384;

/// Characters of a cell.
const CHARACTERS: usize = 32_767;

/// Whole numbers up to this are exact in a workbook, which keeps doubles of fifteen digits.
const EXACT: i128 = 999_999_999_999_999;

/// 1970-01-01 as workbooks count days, and the first day from which they count right, 1900-03-01.
const EPOCH: i32 = 25_569;
const FIRST: i32 = 61;

/// Tables to be written as one workbook.
///
/// Each sheet has a bold, frozen header with filters, widths that fit, dates and numbers as such, and text as text: no
/// value becomes a formula or a link. A table that is longer than a sheet is cut, and a sheet `Notes` says so.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{Input, Workbook};
///
/// let frame = df!("customer_id" => ["A", "=B"], "value" => [1.5, 2.0])?;
/// let mut bytes = Vec::new();
/// Workbook::default().sheet("Value", &frame).definition("value", "EUR", "expected profit of 36 months").write(&mut bytes)?;
/// let opened = Input::bytes("value.xlsx", bytes).sheet("Value").open()?;
/// assert_eq!(opened.sheets, ["Value", "Definitions"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Workbook {
    sheets: Vec<(String, DataFrame)>,
    definitions: Vec<[String; 3]>,
}

impl Workbook {
    /// Adds a table; its name is made to fit the rules of sheets.
    #[must_use]
    pub fn sheet(mut self, name: &str, frame: &DataFrame) -> Self {
        let taken: Vec<String> = self.sheets.iter().map(|(name, _)| name.to_lowercase()).collect();
        self.sheets.push((sheet_name(name, &taken), frame.clone()));
        self
    }

    /// Says what a column means, on a sheet `Definitions`.
    #[must_use]
    pub fn definition(mut self, column: &str, unit: &str, meaning: &str) -> Self {
        let entry = [column, unit, meaning].map(str::to_owned);
        if !self.definitions.contains(&entry) {
            self.definitions.push(entry);
        }
        self
    }

    /// Writes the workbook. The same tables give the same bytes.
    ///
    /// # Errors
    /// If the bytes cannot be written.
    pub fn write(&self, mut out: impl Write) -> io::Result<()> {
        let bytes = self.bytes().map_err(|error| io::Error::other(error.to_string()))?;
        out.write_all(&bytes)?;
        out.flush()
    }

    fn bytes(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Book::new();
        // The clock would make every file differ.
        book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
        let mut notes = Vec::new();
        for (name, frame) in &self.sheets {
            fill(book.add_worksheet().set_name(name)?, name, frame, &mut notes)?;
        }
        let mut taken: Vec<String> = self.sheets.iter().map(|(name, _)| name.to_lowercase()).collect();
        if !self.definitions.is_empty() {
            let name = sheet_name("Definitions", &taken);
            taken.push(name.to_lowercase());
            list(book.add_worksheet().set_name(name)?, &["column", "unit", "meaning"], &self.definitions)?;
        }
        if !notes.is_empty() {
            let name = sheet_name("Notes", &taken);
            let notes: Vec<[String; 1]> = notes.into_iter().map(|note| [note]).collect();
            list(book.add_worksheet().set_name(name)?, &["note"], &notes)?;
        }
        if self.sheets.is_empty() && self.definitions.is_empty() {
            book.add_worksheet();
        }
        book.save_to_buffer()
    }
}

/// A sheet of texts.
fn list<const N: usize>(sheet: &mut Worksheet, header: &[&str; N], rows: &[[String; N]]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (i, name) in (0_u16..).zip(header) {
        let longest = rows.iter().map(|row| width(&row[usize::from(i)])).max().unwrap_or(0);
        sheet.write_string_with_format(0, i, *name, &bold)?;
        sheet.set_column_width(i, longest.max(width(name)).clamp(8, 90) as f64 + 2.0)?;
    }
    for (i, row) in (1_u32..).zip(rows) {
        for (j, text) in (0_u16..).zip(row) {
            sheet.write_string(i, j, cut(text))?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn fill(sheet: &mut Worksheet, name: &str, frame: &DataFrame, notes: &mut Vec<String>) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let mut frame = frame.clone();
    if frame.width() > COLUMNS {
        notes.push(format!("{name}: only the first {COLUMNS} of {} columns fit a sheet", frame.width()));
        frame = DataFrame::new(frame.height(), frame.columns()[..COLUMNS].to_vec()).unwrap_or_default();
    }
    if frame.height() >= ROWS {
        notes.push(format!("{name}: only the first {} of {} rows fit a sheet", ROWS - 1, frame.height()));
        frame = frame.head(Some(ROWS - 1));
    }
    let formats: Vec<Format> = frame.columns().iter().map(format_of).collect();
    let mut widths: Vec<usize> = Vec::new();
    for (i, title) in (0_u16..).zip(frame.get_column_names()) {
        sheet.write_string_with_format(0, i, cut(title), &bold)?;
        widths.push(width(title) + 2); // the button of the filter
    }
    let mut long = 0;
    for (i, row) in (1_u32..).zip(rows(&frame)) {
        for (j, cell) in (0_u16..).zip(&row) {
            let at = usize::from(j);
            let format = &formats[at];
            widths[at] = widths[at].max(width_of(cell));
            match cell {
                Cell::Unknown => continue,
                Cell::Flag(flag) => sheet.write_boolean(i, j, *flag)?,
                Cell::Number(x) => sheet.write_number_with_format(i, j, *x, format)?,
                Cell::Whole(n) if n.abs() <= EXACT => sheet.write_number_with_format(i, j, *n as f64, format)?,
                Cell::Day(day) if day + EPOCH >= FIRST => {
                    sheet.write_number_with_format(i, j, f64::from(day + EPOCH), format)?
                }
                Cell::Moment(time, _) if time / 86_400_000 + i64::from(EPOCH) >= i64::from(FIRST) => {
                    sheet.write_number_with_format(i, j, *time as f64 / 86_400_000.0 + f64::from(EPOCH), format)?
                }
                other => {
                    let text = other.text();
                    long += usize::from(cut(&text).len() < text.len());
                    sheet.write_string(i, j, cut(&text))?
                }
            };
        }
    }
    if long > 0 {
        notes.push(format!("{name}: {long} texts were cut to {CHARACTERS} characters, the most that a cell holds"));
    }
    for (i, width) in (0_u16..).zip(&widths) {
        sheet.set_column_width(i, (*width).clamp(6, 60) as f64 + 1.0)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Some(columns), true) = (frame.width().checked_sub(1), frame.height() > 0) {
        sheet.autofilter(0, 0, frame.height() as u32, columns as u16)?;
    }
    Ok(())
}

/// Dates as ISO dates, money with two decimals, shares with four.
fn format_of(column: &polars::prelude::Column) -> Format {
    let format = match column.dtype() {
        DataType::Date => "yyyy-mm-dd",
        DataType::Datetime(..) => "yyyy-mm-dd hh:mm:ss",
        t if t.is_float() || t.is_decimal() => {
            let numbers = column.cast(&DataType::Float64).ok();
            let numbers = numbers.as_ref().and_then(|numbers| numbers.f64().ok());
            let largest = numbers
                .map_or(0.0, |n| n.iter().flatten().filter(|x| x.is_finite()).fold(0.0_f64, |a, x| a.max(x.abs())));
            if largest > 1.0 { "#,##0.00" } else { "0.0000" }
        }
        t if t.is_integer() => "0",
        _ => "General",
    };
    Format::new().set_num_format(format)
}

/// How wide a text is; characters of East Asia are twice as wide.
fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()).max().unwrap_or(0)
}

fn width_of(cell: &Cell) -> usize {
    match cell {
        Cell::Number(x) => format!("{x:.2}").len() + 2,
        Cell::Moment(..) => 19,
        other => width(&other.text()),
    }
}

/// The text as far as a cell can hold it.
fn cut(text: &str) -> &str {
    text.char_indices().nth(CHARACTERS).map_or(text, |(end, _)| &text[..end])
}

/// A name that a sheet can have: up to 31 characters without `[ ] : * ? / \`, no apostrophe at the ends, not taken yet.
fn sheet_name(name: &str, taken: &[String]) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() || "[]:*?/\\".contains(c) { ' ' } else { c }).collect();
    let clean = clean.trim().trim_matches('\'').trim();
    let clean = if clean.is_empty() || clean.eq_ignore_ascii_case("history") { "Table" } else { clean };
    let mut n = 1;
    loop {
        let tail = if n == 1 { String::new() } else { format!(" ({n})") };
        // The limit counts UTF-16 units.
        let mut head = clean.to_owned();
        while head.encode_utf16().count() + tail.len() > 31 {
            head.pop();
        }
        let name = format!("{}{tail}", head.trim_end().trim_end_matches('\''));
        if !taken.contains(&name.to_lowercase()) {
            return name;
        }
        n += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sheets_keep_their_rules() {
        assert_eq!(sheet_name("A/B: [c]?*", &[]), "A B   c");
        assert_eq!(sheet_name("", &[]), "Table");
        assert_eq!(sheet_name("history", &[]), "Table");
        assert_eq!(sheet_name("Value", &["value".to_owned()]), "Value (2)");
        let long = "a very long name of a table that nobody wants to read";
        assert_eq!(sheet_name(long, &[]).len(), 31);
        assert!(sheet_name(long, &[sheet_name(long, &[])]).ends_with(" (2)"));
        assert_eq!(sheet_name("'客户价值'", &[]), "客户价值");
    }
}
