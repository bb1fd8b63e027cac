//! Where a table comes from.

use std::fmt;
#[cfg(feature = "io")]
use std::path::PathBuf;

#[cfg(feature = "io")]
use polars::prelude::ScanSources;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame};

use crate::error::TableError;
#[cfg(feature = "io")]
use crate::files::{self, Layout};
use crate::number_format::NumberFormat;

/// A table's origin: CSV or Parquet (one file, a folder or a glob), or a polars frame.
///
/// Files are scanned lazily: a query reads only the columns it needs, batch by batch. CSV columns come in as text and
/// are typed by their role, so that one bad value names its row instead of failing the file.
///
/// ```no_run
/// use emptor_table::Source;
///
/// let one = Source::csv("orders.csv");
/// let many = Source::parquet("lake/orders/**/*.parquet");
/// let guessed = Source::file("orders.parquet")?;
/// # Ok::<(), emptor_table::TableError>(())
/// ```
#[derive(Clone)]
pub struct Source {
    kind: SourceKind,
    name: Option<String>,
    numbers: NumberFormat,
}

#[derive(Clone)]
enum SourceKind {
    #[cfg(feature = "io")]
    Csv {
        path: PathBuf,
        layout: Layout,
    },
    #[cfg(feature = "io")]
    CsvText {
        text: ScanSources,
        layout: Layout,
    },
    #[cfg(feature = "io")]
    Parquet {
        path: PathBuf,
    },
    Frame(Box<LazyFrame>),
}

impl Source {
    fn of(kind: SourceKind) -> Self {
        Self { kind, name: None, numbers: NumberFormat::default() }
    }

    /// How numbers are written where a column is text; a plain decimal point unless said otherwise.
    ///
    /// ```
    /// use emptor_table::{NumberFormat, Source, TransactionColumns, Transactions};
    ///
    /// let lines = Source::csv_text("Kunde;Datum;Betrag\n7;2024-01-05;1.234,50\n").numbers(NumberFormat::Comma);
    /// let sales = Transactions::scan(lines, &TransactionColumns::new("Kunde", "Datum").amount("Betrag"))?;
    /// assert_eq!(sales.quality().fact("all lines").and_then(|fact| fact.amount), Some(1234.5));
    /// # Ok::<(), emptor_table::TableError>(())
    /// ```
    #[must_use]
    pub fn numbers(mut self, format: NumberFormat) -> Self {
        self.numbers = format;
        self
    }

    pub(crate) fn number_format(&self) -> NumberFormat {
        self.numbers
    }

    /// Gives the source a name of its own for messages and reports.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// CSV with a header line; the separator (comma, semicolon, tab or bar) is read from the header.
    #[cfg(feature = "io")]
    pub fn csv(path: impl Into<PathBuf>) -> Self {
        Self::of(SourceKind::Csv { path: path.into(), layout: Layout::default() })
    }

    /// CSV with a given separator.
    #[cfg(feature = "io")]
    pub fn csv_separated(path: impl Into<PathBuf>, separator: u8) -> Self {
        Self::of(SourceKind::Csv {
            path: path.into(),
            layout: Layout { separator: Some(separator), ..Layout::default() },
        })
    }

    /// CSV that is in memory already, e.g. embedded or received.
    #[cfg(feature = "io")]
    pub fn csv_text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        let separator = files::likely_separator(text.lines().next().unwrap_or_default().as_bytes());
        Self::text_laid_out(text.into_bytes(), Layout { separator: Some(separator), ..Layout::default() })
    }

    #[cfg(feature = "io")]
    pub(crate) fn text_laid_out(text: Vec<u8>, layout: Layout) -> Self {
        let text = ScanSources::Buffers([text.into()].into());
        Self::of(SourceKind::CsvText { text, layout })
    }

    #[cfg(feature = "io")]
    pub(crate) fn csv_laid_out(path: PathBuf, layout: Layout) -> Self {
        Self::of(SourceKind::Csv { path, layout })
    }

    /// Parquet.
    #[cfg(feature = "io")]
    pub fn parquet(path: impl Into<PathBuf>) -> Self {
        Self::of(SourceKind::Parquet { path: path.into() })
    }

    /// A file whose ending says what it is: `.csv`, `.tsv`, `.txt` or `.parquet`, `.pq`. For any other file, see
    /// [`Input`](crate::Input).
    ///
    /// # Errors
    /// [`TableError::Unreadable`] for any other ending.
    #[cfg(feature = "io")]
    pub fn file(path: impl Into<PathBuf>) -> Result<Self, TableError> {
        let path = path.into();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "tsv" | "txt" => Ok(Self::csv(path)),
            "parquet" | "pq" => Ok(Self::parquet(path)),
            _ => Err(TableError::Unreadable {
                source_name: path.display().to_string(),
                reason: "the ending does not say whether it is CSV (.csv, .tsv, .txt) or Parquet (.parquet, .pq)"
                    .into(),
            }),
        }
    }

    /// Whether every column comes in as text, so that types follow from the values.
    pub(crate) fn is_text(&self) -> bool {
        #[cfg(feature = "io")]
        if matches!(self.kind, SourceKind::Csv { .. } | SourceKind::CsvText { .. }) {
            return true;
        }
        false
    }

    /// The rows as they are, before any door.
    ///
    /// # Errors
    /// [`TableError::Unreadable`] if the source cannot be opened.
    pub fn frame(&self) -> Result<LazyFrame, TableError> {
        self.open()
    }

    pub(crate) fn open(&self) -> Result<LazyFrame, TableError> {
        match &self.kind {
            #[cfg(feature = "io")]
            SourceKind::Csv { path, layout } => files::open_csv(path, *layout).map_err(|r| self.unreadable(r)),
            #[cfg(feature = "io")]
            SourceKind::CsvText { text, layout } => {
                files::open_text(text.clone(), *layout).map_err(|r| self.unreadable(r))
            }
            #[cfg(feature = "io")]
            SourceKind::Parquet { path } => files::open_parquet(path).map_err(|r| self.unreadable(r)),
            SourceKind::Frame(frame) => Ok((**frame).clone()),
        }
    }

    pub(crate) fn unreadable(&self, reason: impl fmt::Display) -> TableError {
        TableError::Unreadable { source_name: self.to_string(), reason: reason.to_string() }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            return f.write_str(name);
        }
        match &self.kind {
            #[cfg(feature = "io")]
            SourceKind::Csv { path, .. } | SourceKind::Parquet { path } => path.display().fmt(f),
            #[cfg(feature = "io")]
            SourceKind::CsvText { .. } => f.write_str("CSV text"),
            SourceKind::Frame(_) => f.write_str("data frame"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({self})")
    }
}

impl From<LazyFrame> for Source {
    fn from(frame: LazyFrame) -> Self {
        Self::of(SourceKind::Frame(Box::new(frame)))
    }
}

impl From<DataFrame> for Source {
    fn from(frame: DataFrame) -> Self {
        frame.lazy().into()
    }
}
