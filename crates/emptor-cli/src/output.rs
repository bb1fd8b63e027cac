//! Where the answer goes, and how it looks.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use emptor::ColumnSpec;
use emptor::polars::prelude::{AnyValue, DataFrame};
use emptor::table::{CsvStyle, Workbook, write_csv, write_json, write_markdown, write_ndjson, write_parquet};

use crate::CliError;
use crate::args::{Format, Output};
use crate::reply::Reply;
use crate::words::{count, grouped};

/// Writes the answer. A reader that goes away is no error.
pub(crate) fn write(reply: &Reply, output: &Output, quiet: bool) -> Result<(), CliError> {
    let path = output.out.as_deref().filter(|path| *path != Path::new("-"));
    let format = format(output, path)?;
    match path {
        Some(path) => {
            let file = File::create(path).map_err(|e| CliError::file(path, e))?;
            let mut file = std::io::BufWriter::new(file);
            render(reply, format, output, usize::MAX, &mut file).map_err(|e| CliError::file(path, e))?;
            file.flush().map_err(|e| CliError::file(path, e))?;
            if !quiet {
                eprintln!("{} rows in {}", count(reply.frame.height()), path.display());
            }
            Ok(())
        }
        None => {
            if format == Format::Xlsx || (format == Format::Parquet && std::io::stdout().is_terminal()) {
                return Err(CliError::Usage("a workbook or Parquet is no text: name a file with --out".to_owned()));
            }
            let rows = if output.rows == 0 { usize::MAX } else { output.rows };
            let mut text = Vec::new();
            render(reply, format, output, rows, &mut text)
                .map_err(|e| CliError::file(Path::new("standard output"), e))?;
            say(&text)
        }
    }
}

/// Writes a text to standard output; a reader that has gone away is none of our business.
pub(crate) fn say(text: impl AsRef<[u8]>) -> Result<(), CliError> {
    match std::io::stdout().lock().write_all(text.as_ref()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(CliError::file(Path::new("standard output"), e)),
        _ => Ok(()),
    }
}

/// Writes a text to a file, or to standard output for `-`.
pub(crate) fn text(path: &Path, text: &str) -> Result<(), CliError> {
    if path == Path::new("-") {
        return say(text);
    }
    std::fs::write(path, text).map_err(|e| CliError::file(path, e))
}

/// What is asked for, else what the ending says, else a table on a terminal and CSV in a pipe.
fn format(output: &Output, path: Option<&Path>) -> Result<Format, CliError> {
    if let Some(format) = output.format {
        return Ok(format);
    }
    let Some(path) = path else {
        return Ok(if std::io::stdout().is_terminal() && !output.excel { Format::Table } else { Format::Csv });
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Json),
        "ndjson" | "jsonl" => Ok(Format::Ndjson),
        "parquet" | "pq" => Ok(Format::Parquet),
        "md" => Ok(Format::Md),
        "xlsx" => Ok(Format::Xlsx),
        "txt" => Ok(Format::Table),
        _ => {
            let text = format!("{}: the ending says no format; give --format", path.display());
            Err(CliError::Usage(text))
        }
    }
}

fn render(reply: &Reply, format: Format, output: &Output, rows: usize, to: &mut impl Write) -> std::io::Result<()> {
    let frame = &reply.frame;
    match format {
        Format::Table => to.write_all(table(frame, rows).map_err(std::io::Error::other)?.as_bytes())?,
        Format::Csv => {
            let style = CsvStyle::default();
            write_csv(frame, to, &if output.excel { style.excel() } else { style })?;
        }
        Format::Json => write_json(frame, to)?,
        Format::Ndjson => write_ndjson(frame, to)?,
        Format::Parquet => write_parquet(frame, to)?,
        Format::Md => write_markdown(frame, to)?,
        Format::Xlsx => {
            let sheet = Workbook::default().sheet(&reply.name, frame);
            let defined =
                |book: Workbook, column: &ColumnSpec| book.definition(column.name, column.unit, column.meaning);
            reply.columns.iter().fold(sheet, defined).write(to)?;
        }
    }
    Ok(())
}

/// The first rows for people, no wider than the terminal.
fn table(frame: &DataFrame, rows: usize) -> Result<String, CliError> {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(frame.get_column_names().iter().map(|name| name.as_str()));
    for (at, column) in frame.columns().iter().enumerate() {
        if column.dtype().is_primitive_numeric()
            && let Some(column) = table.column_mut(at)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let shown = frame.height().min(rows);
    for row in 0..shown {
        let cells: Result<Vec<String>, _> =
            frame.columns().iter().map(|column| column.get(row).map(|v| cell(&v))).collect();
        table.add_row(cells?);
    }
    let rest = frame.height() - shown;
    let more =
        if rest > 0 { format!("… and {} more rows (--rows 0 shows all)\n", count(rest)) } else { String::new() };
    Ok(format!("{table}\n{more}"))
}

/// A value for people: numbers with few digits, nothing where nothing is known.
fn cell(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Float64(number) => short(*number),
        other => other.to_string(),
    }
}

/// Two decimals from 10 on, four below.
fn short(number: f64) -> String {
    let decimals = if number.abs() >= 10.0 { 2 } else { 4 };
    let text = format!("{:.decimals$}", number.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let is_nought = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    format!("{}{}.{rest}", if number < 0.0 && !is_nought { "-" } else { "" }, grouped(whole))
}
