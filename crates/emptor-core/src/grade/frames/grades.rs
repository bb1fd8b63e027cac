//! Grades of customers and profiles of grades as tables.

use polars::prelude::{DataFrame, PolarsResult, Series};

use crate::columns::ColumnSpec;
use crate::grade::{GradeSummary, Grades, InformationGroup};
use crate::table::{Of, count, frame, frame_by_customer, known, number, same_text, specs, text};

/// Grades with the name and version of their standard.
struct Graded {
    grades: Grades,
    standard: String,
}

const CUSTOMERS: &[Of<Graded>] = &[
    same_text("standard", "", "name and version of the assessment standard", |of| of.standard.clone()),
    text("grade", "", "A the best; null where ungraded", |of, row| of.grades.grade[row].map(|g| g.to_string())),
    text("ungraded_reason", "", "why there is no grade", |of, row| of.grades.ungraded[row].map(|why| why.to_string())),
    text("band", "", "the grade by composite score alone", |of, row| of.grades.band[row].map(|g| g.to_string())),
    known("composite", "SD", "weighted group scores", |of, row| of.grades.composite[row]),
    known("g_service", "SD", "group score: service value", |of, row| score(of, InformationGroup::ServiceValue, row)),
    known("g_product", "SD", "group score: product value", |of, row| score(of, InformationGroup::ProductValue, row)),
    known("g_image", "SD", "group score: image", |of, row| score(of, InformationGroup::Image, row)),
    known("g_sales", "SD", "group score: past sales", |of, row| score(of, InformationGroup::PastSales, row)),
    known("d_own", "SD", "distance to the centre of the own grade", |of, row| of.grades.distance[row]),
    known("d_up", "SD", "distance to the centre of the next better grade", |of, row| of.grades.distance_up[row]),
    known("d_down", "SD", "distance to the centre of the next lower grade", |of, row| of.grades.distance_down[row]),
    known("margin", "0–1", "how clearly the customer belongs to the grade: 0 on the border of another", |of, row| {
        of.grades.margin[row]
    }),
];

fn score(of: &Graded, group: InformationGroup, row: usize) -> Option<f64> {
    of.grades.group_score(group)[row]
}

impl Grades {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { CUSTOMERS.len() + 1 }>(CUSTOMERS);

    /// One row per customer, in the order of the input.
    ///
    /// ```
    /// use emptor_core::grade::{Grader, GradingData, Indicator, InformationGroup};
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    /// use emptor_types::Fit;
    ///
    /// let spend = Indicator::new("spend", InformationGroup::PastSales);
    /// let data = GradingData::new(&[("spend", &[1.0, 2.0, 11.0, 12.0])])?;
    /// let fitted = Grader::builder().indicators([spend]).grades(2).build()?.fit(&data)?;
    /// let table = fitted.grade(&data)?.to_frame(&Series::new("id".into(), [7_i64, 8, 9, 10]), fitted.summary())?;
    /// assert_eq!(table.column("grade")?.str()?.get(0), Some("B"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series, summary: &GradeSummary) -> PolarsResult<DataFrame> {
        let (name, version) = &summary.standard;
        let graded = Graded { grades: self.clone(), standard: format!("{name} v{version}") };
        frame_by_customer(CUSTOMERS, customers, &graded, self.len())
    }
}

const PROFILES: &[Of<GradeSummary>] = &[
    text("grade", "", "the grade, best first", |of, row| Some(of.grades[row].grade.to_string())),
    count("customers", "customers", "its customers when it was fitted", |of, row| Some(of.grades[row].customers)),
    number("share", "share", "share of the graded customers", |of, row| of.grades[row].share),
    number("composite", "SD", "composite score of its centre", |of, row| of.grades[row].composite),
    known("g_service", "SD", "mean group score: service value", |of, row| of.grades[row].group_scores[0]),
    known("g_product", "SD", "mean group score: product value", |of, row| of.grades[row].group_scores[1]),
    known("g_image", "SD", "mean group score: image", |of, row| of.grades[row].group_scores[2]),
    known("g_sales", "SD", "mean group score: past sales", |of, row| of.grades[row].group_scores[3]),
    known("ranking_mean", "unit of the ranking", "mean of the ranking column", |of, row| of.grades[row].ranking_mean),
    known("ranking_median", "unit of the ranking", "median of the ranking column", |of, row| {
        of.grades[row].ranking_median
    }),
    known(
        "overlap_below",
        "probability",
        "that a customer of the next lower grade has a higher composite score",
        |of, row| of.grades[row].overlap_below,
    ),
];

impl GradeSummary {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { PROFILES.len() }>(PROFILES);

    /// One row per grade, best first.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(PROFILES, self, self.grades.len())
    }
}
