//! What a report shows.

/// What a report shows, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// Its title.
    pub title: String,
    /// The sign or code before amounts, e.g. `€`; none if empty.
    pub currency: String,
    /// Whether ids of customers are shown. Reports get mailed around: by default they are not.
    pub show_ids: bool,
    /// Rows of a table at most; what is cut is said.
    pub most_rows: usize,
}

impl Default for ReportSettings {
    /// No ids, no currency, 20 rows.
    fn default() -> Self {
        Self { title: "Customer base".to_owned(), currency: String::new(), show_ids: false, most_rows: 20 }
    }
}
