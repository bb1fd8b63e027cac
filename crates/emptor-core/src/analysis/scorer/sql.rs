//! Scores as a query of a database.

use emptor_lifetime::PurchaseModel;
use emptor_types::sql::{Dialect, identifier};

use super::columns::{HISTORY, MONEY, PURCHASES, RFM};
use super::{Scorer, ScorerError};

/// A part of the scores that a database can compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqlPart {
    /// `p_alive`, for models with a closed form: NBD, BG/NBD, MBG/NBD, BG/CNBD-k, MBG/CNBD-k.
    Alive,
    /// `expected_spend`.
    Spend,
    /// `r_score`, `f_score`, `m_score`, `rfm_segment`.
    Rfm,
    /// `grade`, by the nearest centroid.
    Grade,
}

impl SqlPart {
    /// All parts.
    pub const ALL: [Self; 4] = [Self::Alive, Self::Spend, Self::Rfm, Self::Grade];
}

/// Columns that a step adds, as name and expression.
type Step = Vec<(String, String)>;

impl Scorer {
    /// One query that scores the customers of a table in a database: `customer_id`, `p_alive`, `expected_spend`, `r_score`,
    /// `f_score`, `m_score`, `rfm_segment` and `grade`. Expected purchases and value are not among them: they are sums of
    /// hypergeometric series.
    ///
    /// `table` is its name, part by part: `["crm", "customers"]`. It has a column `customer_id` and the
    /// [`columns`](Self::columns) of the scorer under their names, null or `NaN` where unknown; `recency` and `T` are counted
    /// in its [`unit`](Self::unit). What is not possible (more purchases than none at no time) is not refused, as
    /// [`score`](Self::score) does.
    ///
    /// ```text
    /// psql --csv -f score.sql > scores.csv
    /// duckdb crm.db -c "COPY ($(cat score.sql)) TO 'scores.parquet'"
    /// ```
    ///
    /// A database rounds in its own way: probabilities and money agree to nine digits, and a customer within a billionth of a
    /// standard score of the border of two grades may fall on its other side.
    ///
    /// # Errors
    /// As [`sql_of`](Self::sql_of) of all parts.
    pub fn sql(&self, dialect: Dialect, table: &[&str]) -> Result<String, ScorerError> {
        self.sql_of(dialect, table, &SqlPart::ALL)
    }

    /// The query of some parts, of which alone the columns are read.
    ///
    /// # Errors
    /// [`ScorerError::Model`] if the purchase model has no closed form, [`ScorerError::NoCuts`] if RFM bands have no cuts,
    /// [`ScorerError::Grade`] if an indicator is ranked or scaled by quantiles; [`ScorerError::Invalid`] without a table or
    /// a part.
    pub fn sql_of(&self, dialect: Dialect, table: &[&str], parts: &[SqlPart]) -> Result<String, ScorerError> {
        let mut checks = emptor_types::Invalid::checks();
        let is_named = !table.is_empty() && table.iter().all(|name| !name.is_empty() && !name.contains('\0'));
        checks.require(is_named, "table", "must have a name, part by part", format!("{table:?}"));
        checks.require(!parts.is_empty(), "parts", "must be at least one", "none");
        checks.finish()?;
        let asked = |part: SqlPart| parts.contains(&part);
        let (mut read, mut result): (Vec<&str>, Step) = (Vec::new(), Vec::new());
        let mut steps = vec![Step::new()];
        if asked(SqlPart::Alive) {
            read.extend(HISTORY);
            result.push(("p_alive".to_owned(), self.purchases().p_alive_sql()?));
        }
        if asked(SqlPart::Spend) {
            read.extend([HISTORY[0], MONEY]);
            result.push(("expected_spend".to_owned(), self.spend().expected_spend_sql()?));
        }
        if asked(SqlPart::Rfm) {
            let scale = self.rfm().ok_or(ScorerError::NoCuts)?;
            read.extend(RFM);
            for (name, score) in ["r_score", "f_score", "m_score"].into_iter().zip(scale.scores_sql()?) {
                steps[0].push((identifier(name), score));
                result.push((name.to_owned(), identifier(name)));
            }
            result.push(("rfm_segment".to_owned(), scale.segment_sql("r_score", "f_score", HAS_NONE)));
        }
        if asked(SqlPart::Grade) {
            let grader = self.grader();
            read.extend(grader.standard().indicators().iter().map(|fitted| fitted.indicator.name()));
            let stages = grader.sql_stages()?;
            let mut of_grades = stages.steps.into_iter();
            steps[0].extend(of_grades.next().unwrap_or_default());
            steps.extend(of_grades);
            result.push(("grade".to_owned(), stages.grade));
        }
        let first = |(i, name): &(usize, &&str)| !read[..*i].contains(name);
        // Who has not bought is not scored for buying little: the number of orders is unknown then, and a flag says why.
        let column = |name: &str| {
            let value = dialect.double(name);
            let known = if name == PURCHASES { format!("CASE WHEN {value} > 0 THEN {value} END") } else { value };
            (identifier(name), known)
        };
        let has_none =
            asked(SqlPart::Rfm).then(|| (HAS_NONE.to_owned(), format!("{} <= 0", dialect.double(PURCHASES))));
        let doubles = read.iter().enumerate().filter(first).map(|(_, name)| column(name)).chain(has_none);
        let from: Vec<String> = table.iter().map(|name| identifier(name)).collect();
        let customer = identifier("customer_id");
        let mut query = format!("WITH \"_step0\" AS (\n  SELECT {customer}");
        query.push_str(&columns(doubles));
        query.push_str(&format!("\n  FROM {}\n)", from.join(".")));
        let mut last = 0;
        for step in steps.into_iter().filter(|step| !step.is_empty()) {
            let added = columns(step);
            query.push_str(&format!(", \"_step{}\" AS (\n  SELECT *{added}\n  FROM \"_step{last}\"\n)", last + 1));
            last += 1;
        }
        let result = columns(result.into_iter().map(|(name, sql)| (identifier(&name), sql)));
        query.push_str(&format!("\nSELECT {customer}{result}\nFROM \"_step{last}\""));
        Ok(query)
    }
}

/// The flag of those who have not bought.
const HAS_NONE: &str = "\"_has_not_bought\"";

/// More columns of a list, one a line.
fn columns(step: impl IntoIterator<Item = (String, String)>) -> String {
    step.into_iter().map(|(name, sql)| format!(",\n    {sql} AS {name}")).collect()
}
