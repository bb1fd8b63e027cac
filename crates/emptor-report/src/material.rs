//! What a report is made of.

use emptor_core::analysis::{AnalysisResults, HoldoutCheck, SevenPResults, Swing};
use emptor_table::DataQuality;
use emptor_types::Date;
use polars::prelude::DataFrame;

use crate::words::count;

/// What was found, and what is known of where it comes from.
#[derive(Debug, Clone, Default)]
pub struct Material<'a> {
    pub(crate) analysis: Option<&'a AnalysisResults>,
    pub(crate) seven_p: Option<&'a SevenPResults>,
    pub(crate) earlier: Option<(Date, Result<&'a DataFrame, &'a str>)>,
    pub(crate) holdout: Option<Result<HoldoutCheck, &'a str>>,
    pub(crate) swings: Vec<Swing>,
    pub(crate) quality: Vec<DataQuality>,
    pub(crate) provenance: Vec<(String, String)>,
}

impl<'a> From<&'a AnalysisResults> for Material<'a> {
    fn from(analysis: &'a AnalysisResults) -> Self {
        // Levers that cannot be moved at all are no reason to be without a report.
        let swings = analysis.swings().unwrap_or_default();
        Self { analysis: Some(analysis), swings, quality: analysis.quality.clone(), ..Self::default() }
    }
}

impl<'a> From<&'a SevenPResults> for Material<'a> {
    fn from(seven_p: &'a SevenPResults) -> Self {
        let own = seven_p.analysis.as_ref().map(Self::from).unwrap_or_default();
        Self { seven_p: Some(seven_p), ..own }
    }
}

impl<'a> Material<'a> {
    /// Grades of an earlier day by the grader of today, from which customers have moved: `customer_id` and `grade`, one row
    /// per customer, as [`Scorer::score_frame`](emptor_core::analysis::Scorer::score_frame) gives them.
    #[must_use]
    pub fn with_earlier_grades(mut self, day: Date, grades: &'a DataFrame) -> Self {
        self.earlier = Some((day, Ok(grades)));
        self
    }

    /// Why nobody has a grade of that earlier day.
    #[must_use]
    pub fn without_earlier_grades(mut self, day: Date, why: &'a str) -> Self {
        self.earlier = Some((day, Err(why)));
        self
    }

    /// Value and grades of an analysis of its own, in place of those of the seven Ps.
    #[must_use]
    pub fn with_analysis(mut self, analysis: &'a AnalysisResults) -> Self {
        self.analysis = Some(analysis);
        self.swings = analysis.swings().unwrap_or_default();
        self
    }

    /// How the purchase model would have done.
    #[must_use]
    pub fn with_holdout(mut self, holdout: HoldoutCheck) -> Self {
        self.holdout = Some(Ok(holdout));
        self
    }

    /// Why the purchase model could not be tried.
    #[must_use]
    pub fn without_holdout(mut self, why: &'a str) -> Self {
        self.holdout = Some(Err(why));
        self
    }

    /// What moves customer equity over ranges of your own, in place of [those of the
    /// analysis](AnalysisResults::swings).
    #[must_use]
    pub fn with_swings(mut self, swings: impl IntoIterator<Item = Swing>) -> Self {
        self.swings = swings.into_iter().collect();
        self
    }

    /// What the doors of the tables counted; needed where nothing was valued.
    #[must_use]
    pub fn with_quality(mut self, quality: impl IntoIterator<Item = DataQuality>) -> Self {
        self.quality = quality.into_iter().collect();
        self
    }

    /// A line of where the report comes from: the file, its hash, the configuration.
    #[must_use]
    pub fn with_provenance(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.provenance.push((name.into(), value.into()));
        self
    }

    /// Where the report comes from, line by line.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        // The order lines; what came in of every table is a table of its own, under data quality.
        let (orders, others): (Vec<&DataQuality>, Vec<_>) =
            self.quality.iter().partition(|quality| quality.table == "transactions");
        for quality in orders {
            let days = quality.days.map(|(first, last)| format!(", {first} to {last}")).unwrap_or_default();
            // Without its folders: pages are sent around.
            let source = quality.source.rsplit(['/', '\\']).next().unwrap_or(&quality.source);
            let rows = format!("{} of {} rows of {source}{days}", count(quality.accepted), count(quality.rows));
            lines.push(("Order lines".to_owned(), rows));
        }
        if !others.is_empty() {
            lines.push(("Other tables".to_owned(), count(others.len())));
        }
        if let Some(analysis) = self.analysis {
            lines.push(("Day of observation".to_owned(), analysis.as_of.to_string()));
            lines.push(("Convention".to_owned(), analysis.convention.to_string()));
            if let Some(best) = analysis.models.comparison.first() {
                lines.push(("Models".to_owned(), format!("{}, Gamma-Gamma, k-means", best.model)));
            }
        }
        lines.extend(self.provenance.iter().cloned());
        lines
    }
}
