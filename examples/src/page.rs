//! The whole report as a page.

use std::path::Path;

use emptor::analysis::AnalysisInput;
use emptor::period::Grain;
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};
use emptor::report::{Gathered, Report, ReportSettings, currency_of};

use crate::output::refused;
use crate::{ExampleError, progress};

/// Writes the report of an analysis and of the seven Ps of its tables.
///
/// # Errors
/// If the Ps cannot be computed, or the file cannot be written.
pub fn write_page(path: &Path, input: AnalysisInput<'_>, analysis: &Analysis) -> Result<(), ExampleError> {
    let tables = input.tables();
    let (first, _) = tables.transactions().quality().days.ok_or(ExampleError::NoDay)?;
    let window = Window::usual(first, analysis.as_of(), Grain::Month)?;
    let gathered = Gathered::compute(input, analysis, window, SevenPSettings::new(Unit::Order), &progress)?;
    let settings = ReportSettings { currency: currency_of(tables)?, ..ReportSettings::default() };
    let html = Report::of(gathered.material(), &settings)?.html()?;
    std::fs::write(path, html).map_err(|e| refused(path, e))
}
