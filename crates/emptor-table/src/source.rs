//! Where a table comes from.

use std::fmt;
#[cfg(feature = "io")]
use std::path::PathBuf;

#[cfg(feature = "io")]
use polars::prelude::ScanSources;
use polars::prelude::{DataFrame, IntoLazy, LazyFrame};

use crate::error::TableError;
#[cfg(feature = "io")]
use crate::files;

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
}

#[derive(Clone)]
enum SourceKind {
    #[cfg(feature = "io")]
    Csv {
        path: PathBuf,
        separator: Option<u8>,
    },
    #[cfg(feature = "io")]
    CsvText {
        text: ScanSources,
        separator: u8,
    },
    #[cfg(feature = "io")]
    Parquet {
        path: PathBuf,
    },
    Frame(Box<LazyFrame>),
}

impl Source {
    fn of(kind: SourceKind) -> Self {
        Self { kind, name: None }
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
        Self::of(SourceKind::Csv { path: path.into(), separator: None })
    }

    /// CSV with a given separator.
    #[cfg(feature = "io")]
    pub fn csv_separated(path: impl Into<PathBuf>, separator: u8) -> Self {
        Self::of(SourceKind::Csv { path: path.into(), separator: Some(separator) })
    }

    /// CSV that is in memory already, e.g. embedded or received.
    #[cfg(feature = "io")]
    pub fn csv_text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        let separator = files::likely_separator(text.lines().next().unwrap_or_default().as_bytes());
        let text = ScanSources::Buffers([text.into_bytes().into()].into());
        Self::of(SourceKind::CsvText { text, separator })
    }

    /// Parquet.
    #[cfg(feature = "io")]
    pub fn parquet(path: impl Into<PathBuf>) -> Self {
        Self::of(SourceKind::Parquet { path: path.into() })
    }

    /// A file whose ending says what it is: `.csv`, `.tsv`, `.txt` or `.parquet`, `.pq`.
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

    pub(crate) fn open(&self) -> Result<LazyFrame, TableError> {
        match &self.kind {
            #[cfg(feature = "io")]
            SourceKind::Csv { path, separator } => files::open_csv(path, *separator).map_err(|r| self.unreadable(r)),
            #[cfg(feature = "io")]
            SourceKind::CsvText { text, separator } => {
                files::open_text(text.clone(), *separator).map_err(|r| self.unreadable(r))
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
