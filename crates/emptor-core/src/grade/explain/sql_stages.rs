//! Grades as the steps of a query: scores of indicators, of groups, points, distances, and the nearest centroid.
//!
//! A condition per grade ([`FittedGrader::to_sql`]) repeats every score for every rival, which for twenty indicators is some
//! hundred thousand characters. Steps of a query name what they find, and each is written once.

use emptor_types::Invalid;
use emptor_types::sql::{identifier, operand};

use super::sql::{missing, score};
use crate::grade::space::{GRID, Measure, group_share};
use crate::grade::standard::WEIGHT_ROUNDING;
use crate::grade::{FittedGrader, GradeError, InformationGroup};

/// Columns that each step adds, as name and expression over the columns before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GradeStages {
    /// The steps in their order.
    pub(crate) steps: Vec<Vec<(String, String)>>,
    /// The grade over the columns of the last step; null for the ungraded.
    pub(crate) grade: String,
}

impl FittedGrader {
    /// The steps over columns of doubles named as the indicators in use.
    ///
    /// The point of a customer is rounded to the same grid as ours, so that ties fall as they do here.
    pub(crate) fn sql_stages(&self) -> Result<GradeStages, GradeError> {
        let standard = self.standard();
        let indicators = standard.indicators();
        let scores = indicators.iter().enumerate().map(|(j, fitted)| {
            let unknown = fitted.unknown_score().map_or(Ok("NULL".to_owned()), operand)?;
            let sql = format!("CASE WHEN {} THEN {unknown} ELSE {} END", missing(fitted)?, score(fitted)?);
            Ok((indicator_score(j), sql))
        });
        let scores = scores.collect::<Result<Vec<_>, GradeError>>()?;
        let in_use = || InformationGroup::ALL.into_iter().filter(|&group| standard.group_share(group).is_some());
        let groups = in_use().map(|group| Ok((group_score(group), self.group_sql(group)?)));
        let groups = groups.collect::<Result<Vec<_>, GradeError>>()?;
        let space = self.space();
        let axes = space.axes().zip(1..).map(|((root, of), i)| {
            let measured = match of {
                Measure::Group(group) => group_score(group),
                // An unknown indicator stands at the score of its group.
                Measure::Indicator(j) => {
                    format!("COALESCE({}, {})", indicator_score(j), group_score(indicators[j].indicator.group()))
                }
                Measure::Composite => {
                    let term =
                        |group| Ok(format!("{} * {}", operand(group_share(standard, group))?, group_score(group)));
                    format!("({})", in_use().map(term).collect::<Result<Vec<_>, Invalid>>()?.join(" + "))
                }
            };
            let grid = operand(GRID)?;
            Ok((axis(i), format!("ROUND({} * {measured} * {grid}) / {grid}", operand(root)?)))
        });
        let axes = axes.collect::<Result<Vec<_>, GradeError>>()?;
        // Customers of whom too little is known of any group are nowhere, even where no axis shows that group.
        let known: Vec<String> = groups.iter().map(|(name, _)| format!("{name} IS NOT NULL")).collect();
        let distances = self.centroids().iter().zip(1..).map(|(centroid, c)| {
            let term = |(i, at): (usize, &f64)| {
                let apart = format!("({} - {})", axis(i), operand(*at)?);
                Ok(format!("{apart} * {apart}"))
            };
            let terms = (1..).zip(centroid).map(term).collect::<Result<Vec<_>, Invalid>>()?;
            Ok((distance(c), format!("CASE WHEN {} THEN {} END", known.join(" AND "), terms.join(" + "))))
        });
        let distances = distances.collect::<Result<Vec<_>, GradeError>>()?;
        // The better of two equally near grades takes a customer: the first whose distance no later one is below.
        let arms = self.grades().zip(1..).map(|(grade, c)| {
            let rivals =
                (c + 1..=self.centroids().len()).map(|other| format!("{} <= {}", distance(c), distance(other)));
            let nearest = rivals.collect::<Vec<_>>().join(" AND ");
            if nearest.is_empty() { format!("ELSE '{grade}'") } else { format!("WHEN {nearest} THEN '{grade}'") }
        });
        let arms = arms.collect::<Vec<_>>().join(" ");
        let grade = format!("CASE WHEN {} IS NULL THEN NULL {arms} END", distance(1));
        Ok(GradeStages { steps: vec![scores, groups, axes, distances], grade })
    }

    /// The weighted mean of the known scores of a group; null where too little is known.
    fn group_sql(&self, group: InformationGroup) -> Result<String, Invalid> {
        let standard = self.standard();
        let members = standard.indicators().iter().enumerate().filter(|(_, of)| of.indicator.group() == group);
        let (mut sums, mut known) = (Vec::new(), Vec::new());
        for (j, _) in members {
            let (weight, z) = (operand(standard.weights().indicators[j].within)?, indicator_score(j));
            sums.push(format!("COALESCE({weight} * {z}, 0.0)"));
            known.push(format!("CASE WHEN {z} IS NULL THEN 0.0 ELSE {weight} END"));
        }
        let (sum, known) = (sums.join(" + "), known.join(" + "));
        let least = operand(standard.standard().least_coverage() - WEIGHT_ROUNDING)?;
        Ok(format!("CASE WHEN {known} >= {least} THEN ({sum}) / NULLIF({known}, 0.0) END"))
    }
}

/// Names that no table of customers has.
fn indicator_score(j: usize) -> String {
    identifier(&format!("_z{}", j + 1))
}

fn group_score(group: InformationGroup) -> String {
    identifier(&format!("_g{}", group.index() + 1))
}

fn axis(i: usize) -> String {
    identifier(&format!("_x{i}"))
}

fn distance(c: usize) -> String {
    identifier(&format!("_d{c}"))
}
