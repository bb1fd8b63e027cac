//! Any file that an analyst has, opened.

mod encoding;
#[cfg(feature = "excel")]
mod excel;
mod format;
mod sniff;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use polars::io::HiveOptions;
use polars::io::utils::compression::{CompressedReader, SupportedCompression};
use polars::prelude::{IpcReader, IpcStreamReader, LazyFrame, ScanArgsParquet, ScanSources, SerReader};

pub use encoding::TextEncoding;
pub use format::FileFormat;

use crate::error::TableError;
use crate::files::{self, Layout};
use crate::guess::{Guess, Hints};
use crate::source::Source;
use sniff::Separator;

/// The first bytes of a file, enough for two hundred lines of most tables.
const START: usize = 1 << 18;

/// A file as an analyst has it: text with any separator and encoding, also compressed; Parquet; Arrow; a workbook.
/// What it is follows from its first bytes, and whatever is guessed can be said instead.
///
/// UTF-8 text and Parquet that lie on disk are scanned lazily; what is compressed, in another encoding, a workbook or
/// comes from standard input (`-`) is held in memory.
///
/// ```
/// use emptor_table::{Input, TransactionColumns, Transactions};
///
/// let text = "Sales of 2024\nKunde;Datum;Betrag\n7;2024-01-05;12,50\n8;2024-01-06;1.000,00\n";
/// let opened = Input::bytes("orders.csv", text.as_bytes().to_vec()).open()?;
/// assert_eq!((opened.separator, opened.skipped_lines), (Some(';'), 1));
/// let guess = opened.guess()?;
/// let sales = Transactions::scan(opened.source_for(&guess), &guess.columns()?)?;
/// assert_eq!(sales.quality().fact("all lines").and_then(|fact| fact.amount), Some(1012.5));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Input {
    place: Place,
    name: String,
    encoding: Option<String>,
    separator: Option<u8>,
    header: Option<bool>,
    sheet: Option<String>,
}

#[derive(Clone)]
enum Place {
    Path(PathBuf),
    Stdin,
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Stdin => f.write_str("standard input"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// A file that was opened, and what is believed about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Opened {
    /// The rows, for the doors of the tables.
    pub source: Source,
    /// What kind of file it is.
    pub format: FileFormat,
    /// The encoding of a text.
    pub encoding: Option<TextEncoding>,
    /// What parts the fields of a text; a blank for columns filled up with blanks.
    pub separator: Option<char>,
    /// Whether the columns have names of their own; else they are `column_1`, `column_2`, …
    pub header: bool,
    /// Lines or rows above the header that were left out.
    pub skipped_lines: usize,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// All sheets of the workbook.
    pub sheets: Vec<String>,
    /// What was done to the file that its reader should know.
    pub notes: Vec<String>,
}

impl Opened {
    /// What the file is believed to be.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn guess(&self) -> Result<Guess, TableError> {
        self.guess_with(&Hints::default())
    }

    /// What the file is believed to be, with what is known already.
    ///
    /// # Errors
    /// If it cannot be read, or a column that the hints name is not there.
    pub fn guess_with(&self, hints: &Hints) -> Result<Guess, TableError> {
        Guess::of(&self.source, &self.hinted(hints))
    }

    /// The rows as a door is to read them by a guess: with its way of writing numbers.
    #[must_use]
    pub fn source_for(&self, guess: &Guess) -> Source {
        self.source.clone().numbers(guess.numbers)
    }

    /// What the layout of the file adds to the hints.
    pub(crate) fn hinted(&self, hints: &Hints) -> Hints {
        Hints { nameless: !self.header, semicolon: self.separator == Some(';'), ..hints.clone() }
    }
}

impl Input {
    fn of(place: Place, name: String) -> Self {
        Self { place, name, encoding: None, separator: None, header: None, sheet: None }
    }

    /// A file, a folder or a glob of files; `-` is standard input.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        if path == Path::new("-") {
            return Self::of(Place::Stdin, "standard input".to_owned());
        }
        let name = path.display().to_string();
        Self::of(Place::Path(path), name)
    }

    /// Bytes in memory, with a name for messages.
    #[must_use]
    pub fn bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::of(Place::Bytes(bytes), name.into())
    }

    /// The encoding of the text, e.g. `gb18030`; guessed if not given.
    #[must_use]
    pub fn encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// The separator of the text; guessed if not given.
    #[must_use]
    pub fn separator(mut self, separator: u8) -> Self {
        self.separator = Some(separator);
        self
    }

    /// Whether the first row names the columns; guessed if not given.
    #[must_use]
    pub fn header(mut self, header: bool) -> Self {
        self.header = Some(header);
        self
    }

    /// The sheet of a workbook; the first one with rows if not given.
    #[must_use]
    pub fn sheet(mut self, name: impl Into<String>) -> Self {
        self.sheet = Some(name.into());
        self
    }

    fn unreadable(&self, reason: impl ToString) -> TableError {
        TableError::Unreadable { source_name: self.name.clone(), reason: reason.to_string() }
    }

    /// Opens the file and looks at its beginning.
    ///
    /// # Errors
    /// [`TableError::Unreadable`] if it cannot be read, is empty, or is no table, with what to do about it.
    pub fn open(&self) -> Result<Opened, TableError> {
        match &self.place {
            Place::Path(path) if path.is_file() => self.open_file(path),
            Place::Path(path) => self.open_many(path),
            Place::Stdin => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| self.unreadable(e))?;
                self.open_bytes(bytes)
            }
            Place::Bytes(bytes) => self.open_bytes(bytes.clone()),
        }
    }

    fn open_file(&self, path: &Path) -> Result<Opened, TableError> {
        let mut start = Vec::new();
        let file = File::open(path).map_err(|e| self.unreadable(e))?;
        file.take(START as u64).read_to_end(&mut start).map_err(|e| self.unreadable(e))?;
        let compressed = SupportedCompression::check(&start).is_some();
        if !compressed {
            match FileFormat::of(&start).map_err(|e| self.unreadable(e))? {
                FileFormat::Parquet => return Ok(self.opened(Source::parquet(path), FileFormat::Parquet)),
                FileFormat::Text if self.is_utf8(path)? => return self.open_text_file(path, &start),
                _ => {}
            }
        }
        self.open_bytes(std::fs::read(path).map_err(|e| self.unreadable(e))?)
    }

    /// Several files of one kind: the first one says which.
    fn open_many(&self, path: &Path) -> Result<Opened, TableError> {
        match files::resolve(path, &["parquet", "pq"]) {
            Ok(found) if FileFormat::of(&self.start(&found[0])?) == Ok(FileFormat::Parquet) => {
                Ok(self.opened(Source::parquet(path), FileFormat::Parquet))
            }
            _ => {
                let found = files::resolve(path, &["csv", "tsv"]).map_err(|e| self.unreadable(e))?;
                let start = self.start(&found[0])?;
                self.open_text_file(path, &start)
            }
        }
    }

    fn start(&self, file: &Path) -> Result<Vec<u8>, TableError> {
        let mut start = Vec::new();
        let file = File::open(file).map_err(|e| self.unreadable(e))?;
        file.take(START as u64).read_to_end(&mut start).map_err(|e| self.unreadable(e))?;
        Ok(start)
    }

    /// Whether a file can be scanned as it lies on disk: it is UTF-8 to its end.
    fn is_utf8(&self, path: &Path) -> Result<bool, TableError> {
        if let Some(label) = &self.encoding {
            let (encoding, _) = encoding::named(label).map_err(|e| self.unreadable(e))?;
            if encoding != encoding_rs::UTF_8 {
                return Ok(false);
            }
        }
        let mut file = File::open(path).map_err(|e| self.unreadable(e))?;
        let (mut buffer, mut kept) = (vec![0_u8; 1 << 20], 0);
        loop {
            let read = file.read(&mut buffer[kept..]).map_err(|e| self.unreadable(e))?;
            let bytes = &buffer[..kept + read];
            let valid = match std::str::from_utf8(bytes) {
                Ok(_) => bytes.len(),
                // A character may be cut at the end of the buffer, but not at the end of the file.
                Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
                Err(_) => return Ok(false),
            };
            if bytes.contains(&0) {
                return Ok(false);
            }
            if read == 0 {
                return Ok(true);
            }
            let end = bytes.len();
            buffer.copy_within(valid..end, 0);
            kept = end - valid;
        }
    }

    /// UTF-8 text on disk, which is scanned where it lies.
    fn open_text_file(&self, path: &Path, start: &[u8]) -> Result<Opened, TableError> {
        let text = String::from_utf8_lossy(whole_lines(start));
        let sniffed = self.sniffed(&text)?;
        if sniffed.separator == Separator::Blanks {
            return self.open_bytes(std::fs::read(path).map_err(|e| self.unreadable(e))?);
        }
        let layout = layout(&sniffed);
        let source = Source::csv_laid_out(path.to_owned(), layout);
        let (_, mut encoding) = match &self.encoding {
            Some(label) => encoding::named(label).map_err(|e| self.unreadable(e))?,
            None => encoding::guess(whole_lines(start)).map_err(|e| self.unreadable(e))?,
        };
        if self.encoding.is_none() && encoding.why == "plain ASCII" {
            encoding.why = "every byte is valid".to_owned();
        }
        Ok(self.text(source, &sniffed, encoding))
    }

    fn open_bytes(&self, bytes: Vec<u8>) -> Result<Opened, TableError> {
        let (bytes, unpacked) = self.unpack(bytes)?;
        let format = FileFormat::of(&bytes[..bytes.len().min(START)]).map_err(|e| self.unreadable(e))?;
        let mut opened = match format {
            FileFormat::Text => self.open_text(bytes)?,
            FileFormat::Parquet => {
                let frame = self.parquet(bytes)?;
                self.opened(Source::from(frame).named(&self.name), format)
            }
            FileFormat::Arrow | FileFormat::ArrowStream => self.open_arrow(bytes, format)?,
            FileFormat::Workbook => self.open_workbook(bytes)?,
        };
        if let Some(kind) = unpacked {
            opened.notes.push(format!("unpacked ({kind}) into memory"));
        }
        Ok(opened)
    }

    fn unpack(&self, bytes: Vec<u8>) -> Result<(Vec<u8>, Option<&'static str>), TableError> {
        let Some(kind) = SupportedCompression::check(&bytes) else { return Ok((bytes, None)) };
        let name = match kind {
            SupportedCompression::GZIP => "gzip",
            SupportedCompression::ZLIB => "zlib",
            SupportedCompression::ZSTD => "zstd",
        };
        let mut unpacked = Vec::new();
        let mut reader = CompressedReader::try_new(bytes.into()).map_err(|e| self.unreadable(e))?;
        let read = reader.read_to_end(&mut unpacked);
        read.map_err(|e| self.unreadable(format!("its {name} compression is broken: {e}")))?;
        Ok((unpacked, Some(name)))
    }

    fn open_text(&self, bytes: Vec<u8>) -> Result<Opened, TableError> {
        let (text, encoding) = encoding::decode(bytes, self.encoding.as_deref()).map_err(|e| self.unreadable(e))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let start = text.char_indices().map(|(i, _)| i).take_while(|i| *i < START).last().unwrap_or(0);
        let sniffed = self.sniffed(if text.len() > START { &text[..start] } else { &text })?;
        let (text, layout) = match sniffed.separator {
            Separator::Blanks => (sniff::tabbed(&text), Layout { separator: Some(b'\t'), ..layout(&sniffed) }),
            Separator::Sign(_) => (text, layout(&sniffed)),
        };
        let source = Source::text_laid_out(text.into_bytes(), layout).named(&self.name);
        Ok(self.text(source, &sniffed, encoding))
    }

    fn sniffed(&self, text: &str) -> Result<sniff::Sniffed, TableError> {
        let sniffed = sniff::sniff(text, self.separator, self.header);
        match sniffed.fields {
            0 => Err(self.unreadable("it is empty")),
            _ => Ok(sniffed),
        }
    }

    fn text(&self, source: Source, sniffed: &sniff::Sniffed, encoding: TextEncoding) -> Opened {
        let mut notes = Vec::new();
        if encoding.replaced > 0 {
            let n = encoding.replaced;
            notes
                .push(format!("{n} places are not valid {} and hold U+FFFD now; name another encoding", encoding.name));
        }
        if sniffed.skip > 0 {
            notes.push(format!("{} lines above the header are left out", sniffed.skip));
        }
        if !sniffed.header {
            notes.push("the first line is data: the columns are named column_1, column_2, …".to_owned());
        }
        let separator = match sniffed.separator {
            Separator::Sign(sign) => char::from(sign),
            Separator::Blanks => ' ',
        };
        Opened {
            encoding: Some(encoding),
            separator: Some(separator),
            header: sniffed.header,
            skipped_lines: sniffed.skip,
            notes,
            ..self.opened(source, FileFormat::Text)
        }
    }

    fn opened(&self, source: Source, format: FileFormat) -> Opened {
        Opened {
            source,
            format,
            encoding: None,
            separator: None,
            header: true,
            skipped_lines: 0,
            sheet: None,
            sheets: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn parquet(&self, bytes: Vec<u8>) -> Result<LazyFrame, TableError> {
        let mut reader = polars::prelude::ParquetReader::new(Cursor::new(&bytes));
        let schema = reader.schema().map_err(|e| self.unreadable(e))?;
        files::refuse_types(&schema).map_err(|e| self.unreadable(e))?;
        let sources = ScanSources::Buffers([bytes.into()].into());
        // What lies in memory lies in no folder whose name would say more.
        let args = ScanArgsParquet { hive_options: HiveOptions::new_disabled(), ..ScanArgsParquet::default() };
        LazyFrame::scan_parquet_sources(sources, args).map_err(|e| self.unreadable(e))
    }

    fn open_arrow(&self, bytes: Vec<u8>, format: FileFormat) -> Result<Opened, TableError> {
        let bytes = Cursor::new(bytes);
        let frame = if format == FileFormat::Arrow {
            let mut reader = IpcReader::new(bytes);
            let schema = reader.schema().map_err(|e| self.unreadable(e))?;
            files::refuse_types(&schema).map_err(|e| self.unreadable(e))?;
            reader.finish()
        } else {
            let mut reader = IpcStreamReader::new(bytes);
            let schema = reader.arrow_schema().map_err(|e| self.unreadable(e))?;
            files::refuse_types(&schema).map_err(|e| self.unreadable(e))?;
            reader.finish()
        };
        let frame = frame.map_err(|e| self.unreadable(e))?;
        Ok(self.opened(Source::from(frame).named(&self.name), format))
    }

    #[cfg(feature = "excel")]
    fn open_workbook(&self, bytes: Vec<u8>) -> Result<Opened, TableError> {
        let book = excel::read(bytes, self.sheet.as_deref(), self.header).map_err(|e| self.unreadable(e))?;
        let name = format!("{}, sheet {}", self.name, book.sheet);
        Ok(Opened {
            header: book.header,
            skipped_lines: book.skipped,
            sheet: Some(book.sheet),
            sheets: book.sheets,
            notes: book.notes,
            ..self.opened(Source::from(book.frame).named(name), FileFormat::Workbook)
        })
    }

    #[cfg(not(feature = "excel"))]
    fn open_workbook(&self, _bytes: Vec<u8>) -> Result<Opened, TableError> {
        Err(self.unreadable("it is a workbook, which this build does not read: save it as CSV"))
    }
}

fn layout(sniffed: &sniff::Sniffed) -> Layout {
    let separator = match sniffed.separator {
        Separator::Sign(sign) => sign,
        Separator::Blanks => b'\t',
    };
    Layout { separator: Some(separator), header: sniffed.header, skip: sniffed.skip }
}

/// Without the last line where it may be cut off.
fn whole_lines(start: &[u8]) -> &[u8] {
    match start.iter().rposition(|b| *b == b'\n') {
        Some(end) if start.len() == START => &start[..=end],
        _ => start,
    }
}
