//! CSV, also for spreadsheets.

use std::io::{self, BufWriter, Write};

use polars::prelude::DataFrame;

use super::{Cell, rows};

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvStyle {
    separator: u8,
    excel: bool,
}

impl Default for CsvStyle {
    /// Commas, and values as they are.
    fn default() -> Self {
        Self { separator: b',', excel: false }
    }
}

impl CsvStyle {
    /// What parts the fields; a comma if not said.
    #[must_use]
    pub fn separator(mut self, separator: u8) -> Self {
        self.separator = separator;
        self
    }

    /// For spreadsheets: a byte order mark, without which they take UTF-8 for something else, and an apostrophe before
    /// text that they would run as a formula (`= + - @`, tab, carriage return). Numbers stay as they are.
    #[must_use]
    pub fn excel(mut self) -> Self {
        self.excel = true;
        self
    }
}

/// Writes CSV with a header line, fields quoted where they must be. Unknown is empty, and empty text is `""`.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{CsvStyle, write_csv};
///
/// let frame = df!("name" => ["=1+1", "Müller, \"K\""], "value" => [-5.0, 0.1])?;
/// let mut plain = Vec::new();
/// write_csv(&frame, &mut plain, &CsvStyle::default())?;
/// assert_eq!(String::from_utf8(plain)?, "name,value\n=1+1,-5.0\n\"Müller, \"\"K\"\"\",0.1\n");
/// let mut safe = Vec::new();
/// write_csv(&frame, &mut safe, &CsvStyle::default().excel())?;
/// assert!(String::from_utf8(safe)?.starts_with("\u{feff}name,value\n'=1+1,-5.0\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_csv(frame: &DataFrame, out: impl Write, style: &CsvStyle) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    if style.excel {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let header: Vec<Cell> = frame.get_column_names().iter().map(|name| Cell::Text(name.to_string())).collect();
    for row in std::iter::once(header).chain(rows(frame)) {
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                out.write_all(&[style.separator])?;
            }
            match cell {
                Cell::Text(text) => write_text(&mut out, text, style)?,
                other => out.write_all(other.text().as_bytes())?,
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn write_text(out: &mut impl Write, text: &str, style: &CsvStyle) -> io::Result<()> {
    let formula = style.excel && text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let sign = char::from(style.separator);
    let quoted = text.is_empty() || text.trim().len() != text.len() || text.contains([sign, '"', '\n', '\r']);
    let mark = if formula { "'" } else { "" };
    match quoted {
        true => write!(out, "\"{mark}{}\"", text.replace('"', "\"\"")),
        false => write!(out, "{mark}{text}"),
    }
}
