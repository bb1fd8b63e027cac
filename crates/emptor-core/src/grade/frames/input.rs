//! A table of indicators, one row per customer, as grading reads it.

use emptor_types::Invalid;
use polars::prelude::{DataFrame, DataType, Series};

use crate::grade::{GradeError, GradingData};

/// A table of indicators that any system can make: one row per customer, a column with its id, numbers beside it.
/// Unknown values are null (or `NaN`); columns that hold no numbers are left out.
///
/// ```
/// use emptor_core::grade::{Grader, Indicator, IndicatorTable, InformationGroup};
/// use emptor_table::polars::df;
/// use emptor_types::Fit;
///
/// let frame = df!("id" => ["a", "b", "c", "d"], "spend" => [Some(10), Some(12), Some(90), None])?;
/// let table = IndicatorTable::new(&frame, "id")?;
/// let spend = Indicator::new("spend", InformationGroup::PastSales);
/// let fitted = Grader::builder().indicators([spend]).grades(2).build()?.fit(&table.data()?)?;
/// let graded = fitted.grade(&table.data()?)?.to_frame(table.customers(), fitted.summary())?;
/// assert_eq!(graded.column("grade")?.str()?.get(2), Some("A"));
/// assert_eq!(graded.column("grade")?.str()?.get(3), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct IndicatorTable {
    customers: Series,
    columns: Vec<(String, Vec<f64>)>,
}

impl IndicatorTable {
    /// Takes the ids and every column of numbers.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if there is no such id column, an id is null or not unique, or no column holds numbers.
    pub fn new(frame: &DataFrame, customer_id: &str) -> Result<Self, GradeError> {
        let mut checks = Invalid::checks();
        let names = || frame.columns().iter().map(|c| c.name().to_string()).collect::<Vec<_>>().join(", ");
        let Ok(ids) = frame.column(customer_id) else {
            let rule = "must be a column of the table";
            return Err(Invalid::value(customer_id, rule, format!("columns {}", names())).into());
        };
        let customers = ids.as_materialized_series().clone();
        checks.require(customers.null_count() == 0, customer_id, "must not be null", customers.null_count());
        let repeated = customers.len() - customers.n_unique().unwrap_or(customers.len());
        checks.require(repeated == 0, customer_id, "must name each customer once", format!("{repeated} more rows"));
        let numbers = frame.columns().iter().filter(|c| {
            let dtype = c.dtype();
            c.name() != customer_id && (dtype.is_primitive_numeric() || dtype.is_decimal() || dtype.is_bool())
        });
        let mut columns = Vec::new();
        for column in numbers {
            let name = column.name().to_string();
            let cast = column.as_materialized_series().cast(&DataType::Float64);
            let values = cast.and_then(|s| Ok(s.f64()?.iter().map(|x| x.unwrap_or(f64::NAN)).collect::<Vec<_>>()));
            match values {
                Ok(values) => columns.push((name, values)),
                Err(reason) => checks.require(false, &name, "must be readable as numbers", reason),
            }
        }
        checks.require(!columns.is_empty(), "table", "must have a column of numbers beside the ids", names());
        checks.finish()?;
        Ok(Self { customers, columns })
    }

    /// The ids, in the order of the table.
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// The values of a column, `NaN` where unknown.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        self.columns.iter().find(|(own, _)| own == name).map(|(_, values)| values.as_slice())
    }

    /// The names of the columns of numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Lends the columns for grading.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if a value is infinite.
    pub fn data(&self) -> Result<GradingData<'_>, GradeError> {
        GradingData::new(
            &self.columns.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect::<Vec<_>>(),
        )
    }

    /// Lends the columns for grading, one of them as the column that grades are ranked along.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if a value is infinite or there is no such column.
    pub fn data_ranked_by(&self, ranking: &str) -> Result<GradingData<'_>, GradeError> {
        let Some((name, values)) = self.columns.iter().find(|(own, _)| own == ranking) else {
            let found = self.names().collect::<Vec<_>>().join(", ");
            return Err(Invalid::value(ranking, "must be a column of numbers", format!("columns {found}")).into());
        };
        self.data()?.with_ranking(name, values)
    }
}
