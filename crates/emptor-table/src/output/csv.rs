//! CSV, also for spreadsheets.

use std::io::{self, BufWriter, Write};

use polars::prelude::DataFrame;

use super::{Cell, rows};

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvStyle {
    separator: u8,
    mark: bool,
    verbatim: bool,
}

impl Default for CsvStyle {
    /// Commas, and an apostrophe before text that a spreadsheet would run as a formula.
    fn default() -> Self {
        Self { separator: b',', mark: false, verbatim: false }
    }
}

impl CsvStyle {
    /// What parts the fields; a comma if not said.
    #[must_use]
    pub fn separator(mut self, separator: u8) -> Self {
        self.separator = separator;
        self
    }

    /// With a byte order mark, without which spreadsheets take UTF-8 for something else.
    #[must_use]
    pub fn excel(mut self) -> Self {
        self.mark = true;
        self
    }

    /// Every text as it is, for programs that must read the same value back; a spreadsheet would run some as formulas.
    #[must_use]
    pub fn verbatim(mut self) -> Self {
        self.verbatim = true;
        self
    }
}

/// Writes CSV with a header line, fields quoted where they must be. Unknown is empty, and empty text is `""`.
///
/// Text that a spreadsheet would run as a formula (it begins with `= + - @`, their full-width forms, a tab or the end of a
/// line, and is no number) gets an apostrophe in front; how many fields did is given back. Numbers stay as they are.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{CsvStyle, write_csv};
///
/// let frame = df!("name" => ["=1+1", "Müller, \"K\""], "value" => [-5.0, 0.1])?;
/// let mut safe = Vec::new();
/// assert_eq!(write_csv(&frame, &mut safe, &CsvStyle::default())?, 1);
/// assert_eq!(String::from_utf8(safe)?, "name,value\n'=1+1,-5.0\n\"Müller, \"\"K\"\"\",0.1\n");
/// let mut same = Vec::new();
/// write_csv(&frame, &mut same, &CsvStyle::default().verbatim())?;
/// assert!(String::from_utf8(same)?.starts_with("name,value\n=1+1,-5.0\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_csv(frame: &DataFrame, out: impl Write, style: &CsvStyle) -> io::Result<usize> {
    let mut out = BufWriter::new(out);
    if style.mark {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut disarmed = 0;
    let header: Vec<Cell> = frame.get_column_names().iter().map(|name| Cell::Text(name.to_string())).collect();
    for row in std::iter::once(header).chain(rows(frame)) {
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                out.write_all(&[style.separator])?;
            }
            match cell {
                Cell::Text(text) => {
                    let formula = !style.verbatim && is_formula(text);
                    disarmed += usize::from(formula);
                    write_text(&mut out, text, if formula { "'" } else { "" }, char::from(style.separator))?;
                }
                other => out.write_all(other.text().as_bytes())?,
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(disarmed)
}

/// Whether a spreadsheet would run the text (OWASP, CSV injection). A number is what it says.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) && text.parse::<f64>().is_err()
}

fn write_text(out: &mut impl Write, text: &str, mark: &str, separator: char) -> io::Result<()> {
    let quoted = text.is_empty() || text.trim().len() != text.len() || text.contains([separator, '"', '\n', '\r']);
    match quoted {
        true => write!(out, "\"{mark}{}\"", text.replace('"', "\"\"")),
        false => write!(out, "{mark}{text}"),
    }
}
