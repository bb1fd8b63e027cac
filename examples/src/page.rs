//! The whole report as a page.

use std::path::Path;

use emptor::analysis::{AnalysisInput, SevenPAnalysis};
use emptor::period::Grain;
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};
use emptor::report::{Material, Report, ReportSettings};

use crate::output::refused;
use crate::profile::usual_start;
use crate::{ExampleError, progress};

/// Writes the report of an analysis and of the seven Ps of its tables.
///
/// # Errors
/// If the Ps cannot be computed, or the file cannot be written.
pub fn write_page(
    path: &Path,
    input: AnalysisInput<'_>,
    analysis: Analysis,
    results: &AnalysisResults,
) -> Result<(), ExampleError> {
    let tables = input.tables();
    let (first, _) = tables.transactions().quality().days.ok_or(ExampleError::NoDay)?;
    let window = Window::new(usual_start(first, results.as_of)?, results.as_of, Grain::Month)?;
    let seven_p = SevenPAnalysis::new(window, SevenPSettings::new(Unit::Order))
        .with_analysis(analysis)?
        .run_with_progress(input, &progress)?;
    let material = Material::from(&seven_p).with_analysis(results).with_quality(tables.quality());
    let html = Report::of(material, &ReportSettings::default())?.html()?;
    std::fs::write(path, html).map_err(|e| refused(path, e))
}
