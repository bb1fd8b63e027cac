//! Everything that a report of some tables shows, computed in one go.

use emptor_core::analysis::{Analysis, AnalysisError, AnalysisInput, HoldoutCheck, SevenPAnalysis, SevenPResults};
use emptor_core::profile::{SevenPSettings, Window};
use emptor_table::{DataQuality, Tables};
use emptor_types::{Date, ProgressFn};
use polars::prelude::DataFrame;

use crate::material::Material;

/// Value, grades and the seven Ps of tables, with what a reader wants to know beside them: how the purchase model would have
/// done, which grades customers had when the window began, and what the doors of the tables counted. What could not be
/// computed says why.
#[derive(Debug)]
pub struct Gathered {
    results: SevenPResults,
    holdout: Result<HoldoutCheck, String>,
    earlier: Result<DataFrame, String>,
    quality: Vec<DataQuality>,
    window: Window,
}

impl Gathered {
    /// Computes it all. The last quarter of the time is what the purchase model is tried with.
    ///
    /// # Errors
    /// As [`SevenPAnalysis::run_with_progress`].
    pub fn compute<'a>(
        input: impl Into<AnalysisInput<'a>>,
        analysis: &Analysis,
        window: Window,
        settings: SevenPSettings,
        progress: &ProgressFn<'_>,
    ) -> Result<Self, AnalysisError> {
        let input = input.into();
        let tables = input.tables();
        let results = SevenPAnalysis::new(window, settings)
            .with_analysis(analysis.clone())?
            .run_with_progress(input, progress)?;
        let holdout = match split(tables, analysis.as_of()) {
            Some(day) => analysis.holdout(tables, day).map_err(|e| e.to_string()),
            None => Err("all purchases are of one day".to_owned()),
        };
        let earlier = earlier_grades(tables, &results, window.from());
        Ok(Self { holdout, earlier, quality: tables.quality(), window, results })
    }

    /// What was found.
    #[must_use]
    pub fn results(&self) -> &SevenPResults {
        &self.results
    }

    /// The material of the report.
    #[must_use]
    pub fn material(&self) -> Material<'_> {
        let window = format!("{} to {}", self.window.from(), self.window.as_of());
        let mut material =
            Material::from(&self.results).with_quality(self.quality.clone()).with_provenance("Window", window);
        material = match &self.holdout {
            Ok(check) => material.with_holdout(check.clone()),
            Err(why) => material.without_holdout(why),
        };
        match &self.earlier {
            Ok(grades) => material.with_earlier_grades(self.window.from(), grades),
            Err(why) => material.without_earlier_grades(self.window.from(), why),
        }
    }
}

/// The day after three quarters of the time.
fn split(tables: &Tables, as_of: Date) -> Option<Date> {
    let (first, _) = tables.transactions().quality().days?;
    let days = as_of.days_since_epoch() - first.days_since_epoch();
    (days > 0).then(|| first.plus_days(days - (days / 4).max(1)))
}

/// Grades of the beginning of the window by the grader of today.
fn earlier_grades(tables: &Tables, results: &SevenPResults, day: Date) -> Result<DataFrame, String> {
    let analysis = results.analysis.as_ref().ok_or("nobody was graded")?;
    let scorer = analysis.scorer().map_err(|e| e.to_string())?;
    let customers = scorer.inputs(tables, day).map_err(|e| e.to_string())?;
    scorer.score_frame(&customers, "customer_id", scorer.unit()).map_err(|e| e.to_string())
}
