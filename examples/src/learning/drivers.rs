//! Customers with their attributes and their profit.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use emptor::analysis::indicators;
use emptor::grade::{FeatureTable, ProfitTarget};
use emptor::polars::prelude::{DataType, IntoLazy, JoinArgs, JoinType, NamedFrom, Series, col};
use emptor::prelude::*;
use emptor_datasets::sample;

use crate::frame::frame;
use crate::{EquityTables, ExampleError};

/// The user's table of customers.
#[derive(Debug, Args)]
pub struct DriverArgs {
    /// One row per customer: a CSV or Parquet file. The bundled sample if not given.
    #[arg(long, value_name = "FILE", requires = "profit")]
    table: Option<PathBuf>,
    /// The column with the customer.
    #[arg(long, value_name = "COLUMN", default_value = "customer_id")]
    id: String,
    /// The column with the profit.
    #[arg(long, value_name = "COLUMN", requires = "table")]
    profit: Option<String>,
    /// Columns to leave out, such as those that profit is computed from.
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',', requires = "table")]
    without: Vec<String>,
}

/// Customers, attributes and profits.
#[derive(Debug)]
pub struct ProfitBasis {
    /// Attributes.
    pub table: FeatureTable,
    /// Profit of each customer, `NaN` where unknown.
    pub profit: Vec<f64>,
    /// What was read.
    pub about: Vec<String>,
}

/// Reads what a tree is to tell apart.
///
/// # Errors
/// If it is not one of the words.
pub fn profit_target(text: &str) -> Result<ProfitTarget, String> {
    match text {
        "classes" => Ok(ProfitTarget::default()),
        "sign" => Ok(ProfitTarget::Sign),
        "thirds" => Ok(ProfitTarget::Quantiles { parts: 3 }),
        "value" => Ok(ProfitTarget::Value),
        other => Err(format!("`{other}` is not classes, sign, thirds or value")),
    }
}

impl DriverArgs {
    /// Reads the user's table, or the bundled sample.
    ///
    /// # Errors
    /// If the table cannot be read or a column is missing.
    pub fn read(&self) -> Result<ProfitBasis, ExampleError> {
        let (Some(path), Some(profit)) = (&self.table, &self.profit) else { return from_sample() };
        let without: Vec<&str> = self.without.iter().map(String::as_str).collect();
        // What is to be left out may be unfit to learn from: it need not be read.
        let mut table = FeatureTable::new(&frame(path)?.drop_many(without.iter().copied()), &self.id, None)?;
        let profits = table.take_numbers(profit)?;
        let mut about = vec![format!("{}: one row per {}, profit is the column {profit}", path.display(), self.id)];
        if !without.is_empty() {
            about.push(format!("Not to be looked at: {}", without.join(", ")));
        }
        Ok(ProfitBasis { table, profit: profits, about })
    }
}

/// What was known of the customers a year ago, and what they have brought since.
fn from_sample() -> Result<ProfitBasis, ExampleError> {
    let sources = EquityTables::open(None, false)?;
    let (_, last) = sources.transactions.quality().days.ok_or(ExampleError::NoDay)?;
    let before = last.year_before();
    let (customers, products) = (sample::customers()?, sample::products()?);

    let known = Tables::new(sources.transactions.clone())
        .with_products(products.clone())
        .with_tickets(sample::service_tickets()?)
        .with_payments(sample::payments()?)
        .with_surveys(sample::surveys()?)
        .with_referrals(sample::referrals()?);
    let known = indicators(&known, before)?;
    // Attributes come as text; these two are numbers.
    let attributes =
        customers.rows().with_columns(["size", "birth_year"].map(|name| col(name).cast(DataType::Float64)));
    let join = JoinArgs::new(JoinType::Left);
    let mut frame = known.lazy().join(attributes, [col("customer_id")], [col("customer_id")], join).collect()?;

    let money = Tables::new(sources.transactions).with_products(products);
    let profits = RelationshipProfit::builder()
        .window(before.plus_days(1), last)
        .period(Grain::Quarter)
        .missing_cost(MissingCost::GlobalRate)
        .rules(sources.cost_rules)
        .build()?
        .compute(&sources.activities.into_iter().fold(money, Tables::with_activities))?;
    let ids = profits.customers().iter().map(|id| id.str_value().into_owned());
    let of: HashMap<String, f64> = ids.zip(profits.values(ProfitMeasure::Cm2)).collect();
    // Who neither bought nor cost anything brought nothing.
    let profit: Vec<f64> = frame
        .column("customer_id")?
        .as_materialized_series()
        .iter()
        .map(|id| of.get(id.str_value().as_ref()).copied().unwrap_or(0.0))
        .collect();
    frame.with_column(Series::new("profit".into(), &profit).into())?;

    let mut table = FeatureTable::new(&frame, "customer_id", None)?.as_of(before);
    let profit = table.take_numbers("profit")?;
    let about = vec![
        "The bundled sample: customers who had bought before that day".to_owned(),
        format!(
            "Looked at: what was known of them on {before}, their attributes and indicators of the time until then"
        ),
        format!(
            "Profit: what they have brought in the year since, to {last}: contribution margin after product cost, cost to serve and direct marketing"
        ),
    ];
    Ok(ProfitBasis { table, profit, about })
}
