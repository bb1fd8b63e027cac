//! Where the indicators come from: order lines, or a table of indicators.

use std::path::PathBuf;

use clap::Args;
use emptor::analysis::indicators;
use emptor::grade::{AssessmentStandard, GradeBy, IndicatorTable};
use emptor::polars::prelude::DataFrame;
use emptor::prelude::*;

use crate::frame::{broken, frame};
use crate::holdout::middle;
use crate::sample::sample_tables;
use crate::{ExampleError, InputArgs};

/// A table with one row per customer in place of order lines.
#[derive(Debug, Args)]
pub struct IndicatorArgs {
    /// Indicators, one row per customer: CSV or Parquet. Needs --standard to say what they mean.
    #[arg(long, value_name = "FILE", conflicts_with = "transactions", requires = "standard")]
    indicators: Option<PathBuf>,
    /// The column of customer ids in it.
    #[arg(long, default_value = "customer_id")]
    id: String,
    /// The column of it that says what a customer is worth, to see whether grades follow it.
    #[arg(long)]
    rank_by: Option<String>,
    /// Assessment standard (TOML); the built-in one if not given.
    #[arg(long, value_name = "FILE")]
    standard: Option<PathBuf>,
}

/// What customers are graded by.
#[derive(Debug)]
pub struct GradingBase {
    /// One row per customer.
    pub table: IndicatorTable,
    /// The standard, as far as the table has its indicators.
    pub standard: AssessmentStandard,
    /// Indicators of the standard that the table lacks.
    pub absent: Vec<String>,
    /// What the grades are compared with: a column of the table.
    pub ranking: Option<String>,
    /// The same indicators over the first and over the second half of the time, if there are order lines.
    pub halves: Option<Halves>,
    /// What the report begins with.
    pub title: String,
}

/// The indicators of sales over two spans of equal length.
#[derive(Debug)]
pub struct Halves {
    /// Over the first half.
    pub first: IndicatorTable,
    /// Over the second half.
    pub second: IndicatorTable,
    /// Last day of the first half.
    pub cut: Date,
}

/// Reads what to cluster by.
///
/// # Errors
/// If it is not one of the three words.
pub fn graded_by(text: &str) -> Result<GradeBy, String> {
    match text {
        "groups" => Ok(GradeBy::Groups),
        "indicators" => Ok(GradeBy::Indicators),
        "composite" => Ok(GradeBy::Composite),
        other => Err(format!("`{other}` is not groups, indicators or composite")),
    }
}

impl GradingBase {
    /// Reads a table of indicators or computes them from order lines.
    ///
    /// # Errors
    /// If a file cannot be read, or has none of the standard's indicators.
    pub fn open(input: &InputArgs, args: &IndicatorArgs, as_of: Option<Date>) -> Result<Self, ExampleError> {
        let standard = match &args.standard {
            None => AssessmentStandard::built_in(),
            Some(path) => AssessmentStandard::from_toml(&std::fs::read_to_string(path).map_err(|e| broken(path, e))?)?,
        };
        match &args.indicators {
            Some(path) => {
                let table = IndicatorTable::new(&frame(path)?, &args.id)?;
                let missing = |name: &&str| table.column(name).is_none();
                let missing: Vec<String> =
                    standard.indicators().iter().map(|i| i.name()).filter(missing).map(str::to_owned).collect();
                if !missing.is_empty() {
                    let available = table.names().map(str::to_owned).collect();
                    return Err(emptor::grade::GradeError::MissingIndicators { missing, available }.into());
                }
                Self::new(table, &standard, args.rank_by.clone(), None, format!("{}", path.display()))
            }
            None => Self::from_orders(input, &standard, as_of),
        }
    }

    fn from_orders(
        input: &InputArgs,
        standard: &AssessmentStandard,
        as_of: Option<Date>,
    ) -> Result<Self, ExampleError> {
        let tables = match input.transactions()? {
            Some(transactions) => Tables::new(transactions),
            None => sample_tables()?,
        };
        let (first, last) = tables.transactions().quality().days.ok_or(ExampleError::NoDay)?;
        let as_of = as_of.unwrap_or(last);
        let table = numbers(&indicators(&tables, as_of)?)?;
        let cut = middle(first, as_of, 0.5);
        let span = |from: Date, to: Date| {
            // Sales only: what else is known of customers is not cut at a day.
            let part = Tables::new(tables.transactions().between(from, to));
            let part = tables.products().cloned().into_iter().fold(part, Tables::with_products);
            numbers(&indicators(&part, to)?)
        };
        let halves = Halves { first: span(first, cut)?, second: span(cut.plus_days(1), as_of)?, cut };
        let title = format!("order lines from {first} to {as_of}");
        Self::new(table, standard, Some("spend".to_owned()), Some(halves), title)
    }

    fn new(
        table: IndicatorTable,
        standard: &AssessmentStandard,
        ranking: Option<String>,
        halves: Option<Halves>,
        title: String,
    ) -> Result<Self, ExampleError> {
        let (standard, absent) = standard.restricted_to(&table.names().collect::<Vec<_>>())?;
        Ok(Self { table, standard, absent, ranking, halves, title })
    }

    /// Lends the indicators.
    ///
    /// # Errors
    /// If there is no such column to rank by.
    pub fn data(&self) -> Result<GradingData<'_>, ExampleError> {
        Ok(match &self.ranking {
            Some(name) => self.table.data_ranked_by(name)?,
            None => self.table.data()?,
        })
    }
}

fn numbers(frame: &DataFrame) -> Result<IndicatorTable, ExampleError> {
    Ok(IndicatorTable::new(frame, "customer_id")?)
}
