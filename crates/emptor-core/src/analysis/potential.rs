//! Potential profit, supplied from outside.

use emptor_types::{Invalid, TimeUnit};
use polars::prelude::{DataFrame, DataType, Series};

use super::align::{by_id, same_type};
use super::error::AnalysisError;

/// What each customer could bring beyond the current relationship: one amount of profit per period while the customer
/// lives. It must be incremental to the current profit.
///
/// ```
/// use emptor_core::analysis::Potential;
/// use emptor_types::TimeUnit;
/// use polars::df;
///
/// let potential = Potential::new(&df!("customer" => [1_i64, 2], "gain" => [120.0, 0.0])?, "customer", "gain", TimeUnit::Year)?;
/// assert_eq!(potential.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Potential {
    customers: Series,
    profit: Vec<f64>,
    per: TimeUnit,
}

impl Potential {
    /// Takes the customer and the profit column of a table; `per` is the period that the profit is for.
    ///
    /// # Errors
    /// If a column is missing (the columns there are get listed) or not integer/text and numeric; if a profit is
    /// missing, not finite or negative; if a customer is missing or stands twice.
    pub fn new(frame: &DataFrame, customer: &str, profit: &str, per: TimeUnit) -> Result<Self, AnalysisError> {
        let names: Vec<&str> = frame.get_column_names().iter().map(|n| n.as_str()).collect();
        let mut checks = Invalid::checks();
        let there = format!("must be one of the columns of potential profit ({})", names.join(", "));
        checks.require(names.contains(&customer), "customer column", &there, customer);
        checks.require(names.contains(&profit), "profit column", &there, profit);
        checks.finish()?;

        let ids = frame.column(customer)?;
        let customers = match ids.dtype() {
            t if t.is_integer() => ids.cast(&DataType::Int64)?,
            DataType::String => ids.clone(),
            other => return Err(Invalid::value(customer, "must be integer or text", other).into()),
        };
        let amounts = frame.column(profit)?;
        if !amounts.dtype().is_primitive_numeric() {
            return Err(Invalid::value(profit, "must be numeric", amounts.dtype()).into());
        }
        let amounts = amounts.cast(&DataType::Float64)?;
        let profit_values: Vec<f64> = amounts.f64()?.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        let customers = customers.as_materialized_series().clone();
        let mut checks = Invalid::checks();
        checks.require_each(profit, "must be finite and at least 0", &profit_values, |_, v| v >= 0.0 && v.is_finite());
        checks.require(
            customers.null_count() == 0,
            customer,
            "must not be null",
            format!("{} nulls", customers.null_count()),
        );
        let distinct = customers.n_unique()?;
        checks.require(
            distinct == customers.len(),
            customer,
            "must identify one row",
            format!("{} rows, {distinct} customers", customers.len()),
        );
        checks.finish()?;
        Ok(Self { customers, profit: profit_values, per })
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.profit.len()
    }

    /// Whether there is no customer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.profit.is_empty()
    }

    /// The profit of each of `customers` per `period`, 0 where none is supplied, and how many supplied customers are
    /// not among them.
    pub(super) fn align(&self, customers: &Series, period: TimeUnit) -> Result<(Vec<f64>, usize), AnalysisError> {
        same_type(&self.customers, "potential profit", customers)?;
        let scale = self.per.per_year() / period.per_year();
        let (aligned, unmatched) = by_id(&self.customers, &self.profit, customers)?;
        Ok((aligned.into_iter().map(|profit| profit.unwrap_or(0.0) * scale).collect(), unmatched))
    }
}
