//! Where the answer goes, and how it looks.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use emptor::ColumnSpec;
use emptor::polars::prelude::{AnyValue, DataFrame};
use emptor::table::{CsvStyle, Workbook, write_csv, write_json, write_markdown, write_ndjson, write_parquet};

use crate::CliError;
use crate::args::{Format, Output};
use crate::reply::Reply;
use crate::words::{count, grouped, many};

/// Writes the answer. A reader that goes away is no error.
pub(crate) fn write(reply: &Reply, output: &Output, quiet: bool) -> Result<(), CliError> {
    let path = output.out.as_deref().filter(|path| *path != Path::new("-"));
    let format = format(output, path)?;
    match path {
        Some(path) => {
            let file = File::create(path).map_err(|e| CliError::file(path, e))?;
            let mut file = std::io::BufWriter::new(file);
            let disarmed = render(reply, format, output, usize::MAX, &mut file).map_err(|e| CliError::file(path, e))?;
            file.flush().map_err(|e| CliError::file(path, e))?;
            if !quiet {
                eprintln!("{} rows in {}", count(reply.frame.height()), path.display());
                tell(disarmed);
            }
            Ok(())
        }
        None => {
            let rows = if output.rows == 0 { usize::MAX } else { output.rows };
            let mut text = Vec::new();
            let disarmed = render(reply, format, output, rows, &mut text)
                .map_err(|e| CliError::file(Path::new("standard output"), e))?;
            if !quiet {
                tell(disarmed);
            }
            say(&text)
        }
    }
}

/// That the answer can go where it is to go, before anything is computed.
pub(crate) fn ready(output: &Output) -> Result<(), CliError> {
    let path = output.out.as_deref().filter(|path| *path != Path::new("-"));
    let format = format(output, path)?;
    match path {
        Some(path) => writable(path),
        None if is_binary(format) => {
            Err(CliError::Usage("a workbook or Parquet is no text: name a file with --out".to_owned()))
        }
        None => Ok(()),
    }
}

/// Whether standard output can hardly be where this goes; Parquet may go into a pipe.
fn is_binary(format: Format) -> bool {
    format == Format::Xlsx || (format == Format::Parquet && std::io::stdout().is_terminal())
}

/// That a file can be written; it is left as it is.
pub(crate) fn writable(path: &Path) -> Result<(), CliError> {
    if path == Path::new("-") {
        return Ok(());
    }
    let was_there = path.exists();
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
    opened.map_err(|e| CliError::file(path, e))?;
    if !was_there {
        std::fs::remove_file(path).map_err(|e| CliError::file(path, e))?;
    }
    Ok(())
}

/// That no file which is read is written.
pub(crate) fn spares(read: &[PathBuf], out: Option<&Path>) -> Result<(), CliError> {
    let Some(Ok(out)) = out.map(Path::canonicalize) else { return Ok(()) };
    // A folder or a pattern may stand for the file.
    let is_read = |file: &PathBuf| {
        let near = file.canonicalize().or_else(|_| file.parent().unwrap_or(Path::new("")).canonicalize());
        near.is_ok_and(|near| if near.is_dir() { out.parent() == Some(&near) } else { near == out })
    };
    match read.iter().find(|file| is_read(file)) {
        Some(file) => {
            let (out, file) = (out.display(), file.display());
            Err(CliError::Usage(format!("--out {out} would write over what is read, {file}: name another file")))
        }
        None => Ok(()),
    }
}

/// Says that text was changed.
fn tell(disarmed: usize) {
    if disarmed > 0 {
        let texts = many(disarmed, "text");
        eprintln!("An apostrophe in front keeps {texts} from running as a formula; --verbatim leaves it out.");
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

/// Writes the rows, and says how many texts were kept from starting a formula.
fn render(reply: &Reply, format: Format, output: &Output, rows: usize, to: &mut impl Write) -> std::io::Result<usize> {
    let frame = &reply.frame;
    match format {
        Format::Table => to.write_all(table(frame, rows).map_err(std::io::Error::other)?.as_bytes())?,
        Format::Csv => {
            let style = match (output.excel, output.verbatim) {
                (true, _) => CsvStyle::default().excel(),
                (_, true) => CsvStyle::default().verbatim(),
                _ => CsvStyle::default(),
            };
            return write_csv(frame, to, &style);
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
    Ok(0)
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
        AnyValue::String(text) => printable(text),
        AnyValue::StringOwned(text) => printable(text),
        AnyValue::Float64(number) => short(*number),
        other => other.to_string(),
    }
}

/// Text that cannot move the cursor, change colours or break a row of the table.
fn printable(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect()
}

/// Two decimals from 10 on, four below.
fn short(number: f64) -> String {
    let decimals = if number.abs() >= 10.0 { 2 } else { 4 };
    let text = format!("{:.decimals$}", number.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let is_nought = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    format!("{}{}.{rest}", if number < 0.0 && !is_nought { "-" } else { "" }, grouped(whole))
}
