//! Opening CSV and Parquet files lazily.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use polars::prelude::{
    ArrowSchema, LazyCsvReader, LazyFileListReader, LazyFrame, ParquetReader, PlRefPath, ScanArgsParquet, ScanSources,
    SerReader,
};

/// A header longer than this is no header.
const HEADER_BYTES: u64 = 1 << 20;

/// First bytes of compressed files, which the CSV reader would take for text.
const COMPRESSED: [(&[u8], &str); 3] =
    [(&[0x1f, 0x8b], "gzip"), (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"), (&[0x50, 0x4b, 0x03, 0x04], "zip")];

/// How the rows of a text file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Read from the header if not given.
    pub(crate) separator: Option<u8>,
    /// Whether the first line names the columns.
    pub(crate) header: bool,
    /// Lines above the header.
    pub(crate) skip: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { separator: None, header: true, skip: 0 }
    }
}

pub(crate) fn open_csv(path: &Path, layout: Layout) -> Result<LazyFrame, String> {
    let files = resolve(path, &["csv", "tsv"])?;
    for file in &files {
        refuse_compressed(file)?;
    }
    let separator = match layout.separator {
        Some(given) => given,
        None => likely_separator(&header(&files[0])?),
    };
    read_csv(LazyCsvReader::new_with_sources(sources(&files)?), separator, layout)
}

pub(crate) fn open_text(text: ScanSources, layout: Layout) -> Result<LazyFrame, String> {
    read_csv(LazyCsvReader::new_with_sources(text), layout.separator.unwrap_or(b','), layout)
}

fn read_csv(reader: LazyCsvReader, separator: u8, layout: Layout) -> Result<LazyFrame, String> {
    let mut frame = reader
        .with_glob(false)
        .with_separator(separator)
        .with_has_header(layout.header)
        .with_skip_lines(layout.skip)
        .with_infer_schema_length(Some(0)) // every column as text; roles decide the types
        .finish()
        .map_err(|e| e.to_string())?;
    // `id, date, amount` has blanks that nobody means, and `"amount ""€"""` is `amount "€"`.
    let schema = frame.collect_schema().map_err(|e| e.to_string())?;
    let named = schema.iter_names().map(|name| (name.as_str(), name.trim().replace("\"\"", "\"")));
    let (raw, names): (Vec<&str>, Vec<String>) = named.filter(|(raw, name)| raw != name).unzip();
    Ok(if raw.is_empty() { frame } else { frame.rename(raw, names, true) })
}

pub(crate) fn open_parquet(path: &Path) -> Result<LazyFrame, String> {
    let files = resolve(path, &["parquet", "pq"])?;
    refuse_unknown_types(&files[0])?;
    let args = ScanArgsParquet { glob: false, ..ScanArgsParquet::default() };
    LazyFrame::scan_parquet_sources(sources(&files)?, args).map_err(|e| e.to_string())
}

/// The files that a path stands for, at least one: the file of that very name, the files below a folder, or those that
/// match a glob. Files with these endings are taken, in the order of their names.
pub(crate) fn resolve(path: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let wanted = |file: &Path| {
        let ending = file.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        endings.contains(&ending.as_str())
    };
    if path.is_dir() {
        let mut files = Vec::new();
        collect_files(path, &mut files)?;
        files.retain(|file| wanted(file));
        files.sort();
        return match files.is_empty() {
            true => Err(format!("the folder has no file ending in .{}", endings.join(" or ."))),
            false => Ok(files),
        };
    }
    let pattern = path.to_str().ok_or("the path is not UTF-8")?;
    if !pattern.contains(['*', '?', '[']) {
        return Err("no such file or folder".to_owned());
    }
    let matches = glob::glob(pattern).map_err(|e| e.to_string())?;
    let mut files: Vec<PathBuf> = matches.filter_map(Result::ok).filter(|file| file.is_file()).collect();
    files.sort();
    if files.is_empty() { Err("no file matches the pattern".to_owned()) } else { Ok(files) }
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in std::fs::read_dir(folder).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_dir() { collect_files(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn sources(files: &[PathBuf]) -> Result<ScanSources, String> {
    let paths: Option<Vec<PlRefPath>> = files.iter().map(|file| file.to_str().map(PlRefPath::new)).collect();
    Ok(ScanSources::Paths(paths.ok_or("a path is not UTF-8")?.into_iter().collect()))
}

fn refuse_compressed(file: &Path) -> Result<(), String> {
    let mut start = Vec::new();
    File::open(file).and_then(|file| file.take(4).read_to_end(&mut start)).map_err(|e| e.to_string())?;
    match COMPRESSED.iter().find(|(magic, _)| start.starts_with(magic)) {
        Some((_, kind)) => Err(format!("{} is compressed ({kind}): unpack it first", file.display())),
        None => Ok(()),
    }
}

/// Some types of columns cannot be read by this build of polars at all; a column of theirs would end the program.
fn refuse_unknown_types(file: &Path) -> Result<(), String> {
    let opened = File::open(file).map_err(|e| e.to_string())?;
    let schema = ParquetReader::new(opened).schema().map_err(|e| e.to_string())?;
    refuse_types(&schema)
}

pub(crate) fn refuse_types(schema: &ArrowSchema) -> Result<(), String> {
    let unknown: Vec<String> = schema
        .iter_values()
        .filter(|field| {
            let dtype = format!("{:?}", field.dtype);
            dtype.contains("FixedSizeList") || dtype.contains("Float16")
        })
        .map(|field| format!("`{}` ({:?})", field.name, field.dtype))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(format!("columns of a type that cannot be read: {}; leave them out of the file", unknown.join(", ")))
    }
}

fn header(file: &Path) -> Result<Vec<u8>, String> {
    let reader = BufReader::new(File::open(file).map_err(|e| e.to_string())?.take(HEADER_BYTES));
    Ok(reader.split(b'\n').next().transpose().map_err(|e| e.to_string())?.unwrap_or_default())
}

/// The separator that stands most often in the header, outside quotes.
pub(crate) fn likely_separator(header: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in header {
        if byte == b'"' {
            quoted = !quoted;
        } else if !quoted && let Some(entry) = counts.iter_mut().find(|(s, _)| *s == byte) {
            entry.1 += 1;
        }
    }
    // The first of equals wins, so that a single column reads as comma-separated.
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(s, _)| s)
}
