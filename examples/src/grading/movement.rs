//! From the grades of the first half of the time to those of the second, by one frozen standard.

use emptor::grade::movement::{
    DriftReport, MigrationMatrix, MigrationOptions, MovementSummary, Standing, ValueAtRisk, align,
};
use emptor::grade::{FittedGrader, IndicatorTable};
use emptor::prelude::*;

use super::Halves;
use crate::ExampleError;

/// How customers moved.
#[derive(Debug)]
pub struct Movement {
    /// Last day of the first half.
    pub cut: Date,
    /// Who moved from where to where, with the spend of the first half.
    pub matrix: MigrationMatrix,
    /// How much they moved.
    pub summary: MovementSummary,
    /// Spend of the first half by customers who fell or went.
    pub risk: ValueAtRisk,
    /// Whether indicators are distributed as they were.
    pub drift: Vec<DriftReport>,
    /// Indicators without a column in one of the halves.
    pub grades: usize,
}

impl Movement {
    /// Fits the standard of a grader to the first half, and grades both halves by it.
    ///
    /// # Errors
    /// If a half has too few different customers.
    pub fn of(halves: &Halves, grader: &FittedGrader) -> Result<Self, ExampleError> {
        let names: Vec<&str> = halves.first.names().collect();
        let (standard, _) = grader.standard().standard().restricted_to(&names)?;
        let (first, second) = (halves.first.data()?, halves.second.data()?);
        let spec = Grader::builder().standard(standard).graded_by(grader.graded_by()).grades(grader.centroids().len());
        let frozen = spec.seed(1).build()?.fit(&first)?;

        let matched = align(&ids(&halves.first), &ids(&halves.second))?;
        let before: Vec<Standing> = matched.before(&frozen.grade(&first)?.grade)?;
        let after = matched.after(&frozen.grade(&second)?.grade)?;
        let spend: Vec<f64> = halves.first.column("spend").unwrap_or_default().iter().map(|x| x.max(0.0)).collect();
        let spend = matched.values_before("spend", &spend)?;
        let grades = frozen.centroids().len();
        let options = MigrationOptions::new(Level::new(0.95)?).grades(grades);
        let matrix = MigrationMatrix::with_profit(&before, &after, &spend, options)?;
        Ok(Self {
            cut: halves.cut,
            summary: matrix.summary(),
            risk: ValueAtRisk::between(&before, &after, &spend)?,
            drift: frozen.drift(&second)?,
            grades,
            matrix,
        })
    }
}

fn ids(table: &IndicatorTable) -> Vec<String> {
    table.customers().iter().map(|id| id.str_value().into_owned()).collect()
}
