//! JSON: an array of objects, or one object per line.

use std::io::{self, BufWriter, Write};

use polars::prelude::DataFrame;

use super::{Cell, rows};

/// Writes a JSON array of one object per row; keys keep the order of the columns.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::write_json;
///
/// let mut out = Vec::new();
/// write_json(&df!("id" => ["a", "b\""], "value" => [Some(0.5), None])?, &mut out)?;
/// assert_eq!(String::from_utf8(out)?, "[\n{\"id\":\"a\",\"value\":0.5},\n{\"id\":\"b\\\"\",\"value\":null}\n]\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_json(frame: &DataFrame, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(b"[")?;
    let keys = keys(frame)?;
    for (i, row) in rows(frame).enumerate() {
        out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
        write_object(&mut out, &keys, &row)?;
    }
    out.write_all(if frame.height() == 0 { b"]\n" } else { b"\n]\n" })?;
    out.flush()
}

/// Writes one JSON object per row and line.
///
/// # Errors
/// If the bytes cannot be written.
pub fn write_ndjson(frame: &DataFrame, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let keys = keys(frame)?;
    for row in rows(frame) {
        write_object(&mut out, &keys, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// The names of the columns as JSON.
fn keys(frame: &DataFrame) -> io::Result<Vec<String>> {
    frame.get_column_names().iter().map(|name| Ok(serde_json::to_string(name.as_str())?)).collect()
}

fn write_object(out: &mut impl Write, keys: &[String], row: &[Cell]) -> io::Result<()> {
    for (i, (key, cell)) in keys.iter().zip(row).enumerate() {
        write!(out, "{}{key}:", if i == 0 { "{" } else { "," })?;
        match cell {
            Cell::Unknown => out.write_all(b"null")?,
            Cell::Number(x) => serde_json::to_writer(&mut *out, x)?,
            Cell::Whole(_) | Cell::Flag(_) => out.write_all(cell.text().as_bytes())?,
            text => serde_json::to_writer(&mut *out, &text.text())?,
        }
    }
    out.write_all(if keys.is_empty() { b"{}" } else { b"}" })
}
