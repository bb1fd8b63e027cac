//! A table of Markdown.

use std::io::{self, BufWriter, Write};

use polars::prelude::DataFrame;

use super::rows;

/// Writes a Markdown table; numbers stand to the right, and no value can break out of its cell.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::write_markdown;
///
/// let mut out = Vec::new();
/// write_markdown(&df!("name" => ["a|b"], "n" => [5])?, &mut out)?;
/// assert_eq!(String::from_utf8(out)?, "| name | n |\n| --- | ---: |\n| a\\|b | 5 |\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_markdown(frame: &DataFrame, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let line =
        |cells: &mut dyn Iterator<Item = String>| cells.fold("|".to_owned(), |line, cell| line + " " + &cell + " |");
    writeln!(out, "{}", line(&mut frame.get_column_names().iter().map(|name| escaped(name))))?;
    let right = |column: &polars::prelude::Column| if column.dtype().is_numeric() { "---:" } else { "---" }.to_owned();
    writeln!(out, "{}", line(&mut frame.columns().iter().map(right)))?;
    for row in rows(frame) {
        writeln!(out, "{}", line(&mut row.iter().map(|cell| escaped(&cell.text()))))?;
    }
    out.flush()
}

/// Text without what Markdown or HTML would act upon.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push(' '),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
