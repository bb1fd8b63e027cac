//! The report.

use emptor_chart::Chart;

use crate::block::{Block, Part};
use crate::error::ReportError;
use crate::material::Material;
use crate::settings::ReportSettings;
use crate::words::Words;
use crate::{page, sections};

/// A report: its sections, ready to be written.
#[derive(Debug)]
pub struct Report {
    pub(crate) title: String,
    pub(crate) provenance: Vec<(String, String)>,
    pub(crate) parts: Vec<Part>,
}

impl Report {
    /// The report of what was found.
    ///
    /// # Errors
    /// If a table of results cannot be read.
    pub fn of<'a>(material: impl Into<Material<'a>>, settings: &ReportSettings) -> Result<Self, ReportError> {
        let material = material.into();
        let parts = sections::all(&material, &Words::of(settings))?;
        let mut provenance = material.lines();
        let currency = settings.currency.trim();
        if !currency.is_empty() {
            // Sentences say amounts without it.
            provenance.push(("All amounts".to_owned(), format!("in {currency}")));
        }
        Ok(Self { title: settings.title.clone(), provenance, parts })
    }

    /// Its sections, in their order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Its charts with their names, in their order.
    pub fn pictures(&self) -> impl Iterator<Item = (&str, &dyn Chart)> {
        self.parts.iter().flat_map(|part| &part.blocks).filter_map(|block| match block {
            Block::Chart { name, chart } => Some((name.as_str(), chart.as_ref())),
            _ => None,
        })
    }

    /// The report as one HTML file: no network, no script from elsewhere.
    ///
    /// # Errors
    /// If a chart cannot be drawn.
    pub fn html(&self) -> Result<String, ReportError> {
        page::html(self)
    }
}
