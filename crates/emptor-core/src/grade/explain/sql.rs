//! Grades as SQL over raw columns.

use emptor_types::sql::{identifier, operand};

use crate::grade::space::{Measure, group_share};
use crate::grade::standard::{FittedIndicator, FrozenScale, Scaling, WEIGHT_ROUNDING};
use crate::grade::{Direction, FittedGrader, Grade, GradeError, InformationGroup, Transform};

impl FittedGrader {
    /// The condition, over the raw columns of the indicators in use, that selects the customers of a grade: for a
    /// `WHERE` clause of any database. Ungraded customers satisfy the condition of no grade.
    ///
    /// ```
    /// use emptor_core::grade::{Grade, Grader, GradingData, Indicator, InformationGroup};
    /// use emptor_types::Fit;
    ///
    /// let spend = Indicator::new("spend", InformationGroup::PastSales);
    /// let data = GradingData::new(&[("spend", &[1.0, 2.0, 3.0, 11.0, 12.0, 13.0])])?;
    /// let fitted = Grader::builder().indicators([spend]).grades(2).build()?.fit(&data)?;
    /// let best = Grade::from_index(0).ok_or(emptor_core::grade::GradeError::NoCustomers)?;
    /// let condition = fitted.to_sql(best)?;
    /// assert!(condition.contains("CASE WHEN \"spend\" IS NULL"), "{condition}");
    /// # Ok::<(), emptor_core::grade::GradeError>(())
    /// ```
    ///
    /// It uses comparisons, arithmetic, `CASE`, `NULLIF` and, for bent indicators, `LN`, `ABS` and `SQRT`. Unknown values
    /// must be `NULL`; a column of floating-point `NaN`s is not one of unknown values in every database. Customers within
    /// a billionth of a standard score of the border of two grades may fall on its other side, for a database rounds in
    /// its own way.
    ///
    /// # Errors
    /// [`GradeError::NoSql`] if an indicator is ranked or scaled by quantiles: such a table is no short condition.
    /// [`GradeError::Invalid`] if the grader has no such grade.
    pub fn to_sql(&self, grade: Grade) -> Result<String, GradeError> {
        let centroids = self.centroids();
        let own = grade.index();
        if own >= centroids.len() {
            let rule = format!("must be one of the {} grades there are", centroids.len());
            return Err(emptor_types::Invalid::value("grade", rule, grade).into());
        }
        let groups = self.group_expressions()?;
        let axes = self.axis_expressions(&groups)?;
        let mut conditions: Vec<String> = groups.iter().flatten().map(|group| group.covered.clone()).collect();
        for (other, rival) in centroids.iter().enumerate().filter(|(other, _)| *other != own) {
            // |x − c|² < |x − d|²  is  Σ 2 (d − c) x < |d|² − |c|²: the square of x is on both sides.
            let terms = axes
                .iter()
                .zip(rival.iter().zip(&centroids[own]))
                .map(|((root, sql), (d, c))| Ok(format!("{} * {sql}", operand(2.0 * (d - c) * root)?)));
            let left = terms.collect::<Result<Vec<_>, GradeError>>()?.join(" + ");
            let right = rival.iter().map(|d| d * d).sum::<f64>() - centroids[own].iter().map(|c| c * c).sum::<f64>();
            // The better of two equally near grades takes a customer.
            let comparison = if own < other { "<=" } else { "<" };
            conditions.push(format!("{left} {comparison} {}", operand(right)?));
        }
        Ok(format!("({})", conditions.join(")\n AND (")))
    }

    /// The grade of every customer as one expression: `CASE WHEN … THEN 'A' … END`, null for the ungraded.
    ///
    /// # Errors
    /// As [`to_sql`](Self::to_sql).
    pub fn to_sql_case(&self) -> Result<String, GradeError> {
        let arms = self.grades().map(|grade| Ok(format!("WHEN {}\nTHEN '{grade}'", self.to_sql(grade)?)));
        Ok(format!("CASE {}\nEND", arms.collect::<Result<Vec<_>, GradeError>>()?.join("\n")))
    }

    /// The expression of each axis with the root of its weight.
    fn axis_expressions(&self, groups: &[Option<GroupSql>; 4]) -> Result<Vec<(f64, String)>, GradeError> {
        let group_score =
            |group: InformationGroup| groups[group.index()].as_ref().map_or("NULL".to_owned(), |sql| sql.score.clone());
        let expression = |(root, of): (f64, Measure)| {
            let sql = match of {
                Measure::Group(group) => group_score(group),
                Measure::Indicator(j) => {
                    let fitted = &self.standard().indicators()[j];
                    let unknown = match fitted.unknown_score() {
                        Some(score) => operand(score)?,
                        None => group_score(fitted.indicator.group()),
                    };
                    format!("CASE WHEN {} THEN {unknown} ELSE {} END", missing(fitted)?, score(fitted)?)
                }
                Measure::Composite => {
                    let present = InformationGroup::ALL.into_iter().filter(|g| groups[g.index()].is_some());
                    let share = |g: InformationGroup| {
                        Ok(format!("{} * {}", operand(group_share(self.standard(), g))?, group_score(g)))
                    };
                    let terms: Result<Vec<String>, GradeError> = present.map(share).collect();
                    format!("({})", terms?.join(" + "))
                }
            };
            Ok((root, sql))
        };
        self.space().axes().map(expression).collect()
    }

    /// The score of each group in use, and the condition that enough is known of it.
    fn group_expressions(&self) -> Result<[Option<GroupSql>; 4], GradeError> {
        let standard = self.standard();
        let mut groups = [const { None }; 4];
        for group in InformationGroup::ALL {
            let members = || {
                let all = standard.indicators().iter().enumerate();
                all.filter(move |(_, fitted)| fitted.indicator.group() == group)
            };
            if members().next().is_none() {
                continue;
            }
            let (mut sums, mut known) = (Vec::new(), Vec::new());
            for (j, fitted) in members() {
                let weight = operand(standard.weights().indicators[j].within)?;
                let (missing, score) = (missing(fitted)?, score(fitted)?);
                match fitted.unknown_score() {
                    Some(unknown) => {
                        sums.push(format!(
                            "{weight} * CASE WHEN {missing} THEN {} ELSE {score} END",
                            operand(unknown)?
                        ));
                        known.push(weight);
                    }
                    None => {
                        sums.push(format!("CASE WHEN {missing} THEN 0.0 ELSE {weight} * {score} END"));
                        known.push(format!("CASE WHEN {missing} THEN 0.0 ELSE {weight} END"));
                    }
                }
            }
            let (sum, known) = (sums.join(" + "), known.join(" + "));
            groups[group.index()] = Some(GroupSql {
                score: format!("(({sum}) / NULLIF({known}, 0.0))"),
                covered: format!("{known} >= {}", operand(standard.standard().least_coverage() - WEIGHT_ROUNDING)?),
            });
        }
        Ok(groups)
    }
}

struct GroupSql {
    score: String,
    covered: String,
}

/// Whether the value is unknown or outside the valid range.
pub(super) fn missing(fitted: &FittedIndicator) -> Result<String, GradeError> {
    let column = identifier(fitted.indicator.name());
    let (least, most) = fitted.indicator.valid_range();
    let mut conditions = vec![format!("{column} IS NULL")];
    if let Some(least) = least {
        conditions.push(format!("{column} < {}", operand(least)?));
    }
    if let Some(most) = most {
        conditions.push(format!("{column} > {}", operand(most)?));
    }
    Ok(conditions.join(" OR "))
}

/// The oriented score of a known value.
pub(super) fn score(fitted: &FittedIndicator) -> Result<String, GradeError> {
    let indicator = &fitted.indicator;
    // As a number with decimals: the square of an integer column would overflow, and its quotients be cut.
    let column = format!("(1.0 * {})", identifier(indicator.name()));
    let no_sql = |reason| GradeError::NoSql { indicator: indicator.name().to_owned(), reason };
    let bent = match indicator.transform_kind() {
        Transform::Identity => column,
        Transform::Log1p => format!("LN(1.0 + {column})"),
        // asinh x = ± ln(|x| + √(x² + 1)): the root of a square keeps no sign.
        Transform::Asinh => {
            let size = format!("LN(ABS({column}) + SQRT({column} * {column} + 1.0))");
            format!("CASE WHEN {column} < 0.0 THEN -{size} ELSE {size} END")
        }
        Transform::Rank => return Err(no_sql("is ranked")),
    };
    let (centre, unit, clip) = match fitted.scale {
        FrozenScale::Z { mean, sd } => (mean, sd, fitted.clip),
        FrozenScale::RobustZ { median, unit, .. } => (median, unit, fitted.clip),
        FrozenScale::MinMax { min, max } => (min, max - min, f64::INFINITY),
        FrozenScale::Quantile(_) => return Err(no_sql("is scaled by quantiles")),
    };
    // Both cuts, that of the value and that of the score, are one interval of the bent value.
    let (low, high) = (fitted.lower.max(centre - clip * unit), fitted.upper.min(centre + clip * unit));
    let at = |y: f64| -> Result<String, GradeError> {
        let score = (y - centre) / unit;
        Ok(operand(oriented(fitted, score))?)
    };
    let scaled = format!("(({bent}) - {}) / {}", operand(centre)?, operand(unit)?);
    let turned = match (indicator.direction(), fitted.scale.scaling()) {
        (Direction::HigherIsBetter, _) => scaled,
        (Direction::LowerIsBetter, Scaling::Z | Scaling::RobustZ) => format!("-({scaled})"),
        (Direction::LowerIsBetter, _) => format!("1.0 - ({scaled})"),
    };
    let (from, to) = (operand(low)?, operand(high)?);
    Ok(format!(
        "CASE WHEN ({bent}) <= {from} THEN {} WHEN ({bent}) >= {to} THEN {} ELSE {turned} END",
        at(low)?,
        at(high)?
    ))
}

fn oriented(fitted: &FittedIndicator, score: f64) -> f64 {
    match (fitted.indicator.direction(), fitted.scale.scaling()) {
        (Direction::HigherIsBetter, _) => score,
        (Direction::LowerIsBetter, Scaling::Z | Scaling::RobustZ) => -score,
        (Direction::LowerIsBetter, _) => 1.0 - score,
    }
}
