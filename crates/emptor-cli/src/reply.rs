//! What a question gives: a table, what its columns mean, and what must be said beside it.

use emptor::ColumnSpec;
use emptor::polars::prelude::DataFrame;

/// The answer to a question.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its name as a sheet or a title.
    pub(crate) name: String,
    pub(crate) frame: DataFrame,
    /// What the columns mean, as far as they are documented.
    pub(crate) columns: Vec<ColumnSpec>,
    /// Sentences for standard error, the most important first.
    pub(crate) notes: Vec<String>,
}

impl Reply {
    pub(crate) fn new(name: impl Into<String>, frame: DataFrame) -> Self {
        Self { name: name.into(), frame, columns: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn columns(mut self, columns: impl IntoIterator<Item = ColumnSpec>) -> Self {
        self.columns = columns.into_iter().collect();
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }
}
