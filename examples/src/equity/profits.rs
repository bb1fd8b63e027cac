//! A base of which one profit per customer is known at two dates.

use std::path::PathBuf;

use clap::Args;
use emptor::lifetime::LifetimeError;
use emptor::prelude::*;
use emptor::value::equity::{AcquisitionPlan, BaseSnapshot, Relationship};
use emptor::value::uncertainty::ValueRange;
use emptor::value::{ClosedForm, ValueError};

use super::ranges::Ranges;
use super::{Bridge, Concentration, Dynamic, EquityArgs, EquityResults, LeverTables, PartRow};
use crate::ExampleError;
use crate::frame::{broken, frame, labels, needed, numbers, role};
use crate::text::{count, money, number, percent};

/// The user's table of profits.
#[derive(Debug, Args)]
pub struct ProfitArgs {
    /// One row per customer with the profit (or revenue) of two years: a CSV or Parquet file, with --columns
    /// customer=id,before=last_year,after=this_year[,segment=name] and --retention.
    #[arg(long, value_name = "FILE", group = "table", requires = "retention")]
    profits: Option<PathBuf>,
    /// Part of the customers that stays from one year to the next.
    #[arg(long, requires = "profits")]
    retention: Option<f64>,
}

/// Profits of two years.
#[derive(Debug)]
pub struct ProfitBase {
    ids: Vec<String>,
    /// Before and after; zero is no customer.
    profits: [Vec<f64>; 2],
    names: [String; 2],
    segments: Option<Vec<String>>,
    retention: RetentionRate,
}

impl ProfitArgs {
    /// Reads the table, if one is given.
    ///
    /// # Errors
    /// If `--columns` cannot be read, a column is not there, or a profit is missing.
    pub fn read(&self, columns: &str) -> Result<Option<ProfitBase>, ExampleError> {
        let (Some(path), Some(retention)) = (&self.profits, self.retention) else { return Ok(None) };
        let retention = RetentionRate::new(retention, TimeUnit::Year)?;
        let names = [needed(columns, "before")?, needed(columns, "after")?];
        let customer = needed(columns, "customer")?;
        let table = frame(path)?;
        let profits = [numbers(&table, path, names[0])?, numbers(&table, path, names[1])?];
        if let Some(row) = profits.iter().find_map(|column| column.iter().position(|profit| !profit.is_finite())) {
            return Err(broken(path, format!("row {} has no profit", row + 1)));
        }
        let segments = role(columns, "segment").map(|name| labels(&table, path, name)).transpose()?;
        let ids = labels(&table, path, customer)?;
        Ok(Some(ProfitBase { ids, profits, names: names.map(str::to_owned), segments, retention }))
    }
}

/// Says what a range leaves out.
fn but_retention(range: ValueRange) -> Result<ValueRange, ValueError> {
    range.with_parameters(Err(
        LifetimeError::NoCertainty { model: "retention", why: "it was given, not estimated" }.into()
    ))
}

impl ProfitBase {
    /// Values endless relationships with constant retention, on both dates.
    ///
    /// # Errors
    /// If an endless sum diverges, or nobody is a customer.
    pub fn equity(&self, assumed: &EquityArgs) -> Result<EquityResults, ExampleError> {
        let ranges = Ranges::new(assumed)?;
        let (rate, year) = (assumed.discount_rate()?, TimeUnit::Year);
        let margin = assumed.margin.unwrap_or(1.0);
        let is_there = |column: &[f64]| column.iter().map(|profit| profit.abs() > 0.0).collect::<Vec<bool>>();
        let [was, is] = [is_there(&self.profits[0]), is_there(&self.profits[1])];

        // What one unit of profit a year is worth.
        let one =
            BaseSnapshot::endless(ClosedForm::T1, rate, year, vec![()], vec![1.0], vec![self.retention])?.value()?;
        let worth = |column: &[f64]| column.iter().map(|profit| margin * profit * one).collect::<Vec<f64>>();
        let customers: Vec<usize> = (0..self.ids.len()).filter(|row| is[*row]).collect();
        let all = worth(&self.profits[1]);
        let values: Vec<f64> = customers.iter().map(|row| all[*row]).collect();

        let labels =
            self.segments.as_ref().map(|all| customers.iter().map(|row| all[*row].clone()).collect::<Vec<_>>());
        let parts = match &labels {
            Some(labels) => PartRow::rows("segment", labels, &values, None, ranges.drawn_parts(&values, labels)?),
            None => Vec::new(),
        };

        let won: Vec<f64> = customers.iter().filter(|row| !was[**row]).map(|row| self.profits[1][*row]).collect();
        let n = assumed.new_customers.unwrap_or(won.len() as f64);
        let cost = assumed.acquisition_cost.unwrap_or_default();
        let mean = |profits: &[f64]| margin * profits.iter().sum::<f64>() / profits.len().max(1) as f64;
        let now: Vec<f64> = customers.iter().map(|row| self.profits[1][*row]).collect();
        let of_new = if won.is_empty() { mean(&now) } else { mean(&won) };
        let newcomer = Relationship::endless(ClosedForm::T2, of_new, self.retention, year)?;
        let years = assumed.horizon.in_units(year).ceil() as usize;
        let plan = AcquisitionPlan::steady(Timing::Middle, &vec![n; years], cost, &newcomer)?;
        let existing = Relationship::endless(ClosedForm::T1, mean(&now), self.retention, year)?;
        let existing = existing.for_customers(now.len() as f64)?;
        let levers = LeverTables::new(rate, self.retention, existing, plan)?;

        let value = levers.model.total();
        let spread: Vec<f64> = values.iter().map(|v| v + value.future / values.len() as f64).collect();
        let given = if assumed.acquisition_cost.is_some() { "as given" } else { "no cost is known" };
        let plan = format!(
            "{} customers a year for {years} years ({}); each brings {} a year, the first at once, and costs {} ({given})",
            number(Some(n), 0),
            if assumed.new_customers.is_some() { "as given" } else { "as in the last year" },
            money(of_new),
            money(cost),
        );
        let bridge = self.bridge(&ranges, rate, [was, is], [worth(&self.profits[0]), all], margin);
        Ok(EquityResults {
            about: self.about(margin, assumed.margin.is_some()),
            convention: format!(
                "endless relationships, T1: next year's profit is at risk and falls at its end; {rate}"
            ),
            level: ranges.level,
            customers: customers.iter().map(|row| self.ids[*row].clone()).collect(),
            cohorts: None,
            equity: vec![("current", but_retention(ranges.drawn(&values)?)?)],
            earned: None,
            concentration: vec![
                Concentration::new(&self.names[0], &self.profits[0])?,
                Concentration::new(&self.names[1], &self.profits[1])?,
                Concentration::new("value to come", &values)?,
            ],
            parts,
            dynamic: Dynamic { value, range: but_retention(ranges.drawn(&spread)?)?, future: None, plan },
            levers,
            bridge: bridge.map_err(|error| error.to_string()),
            potential: None,
            intervals: None,
            matrix: None,
            current: values,
        })
    }

    fn bridge(
        &self,
        ranges: &Ranges,
        rate: DiscountRate,
        there: [Vec<bool>; 2],
        worth: [Vec<f64>; 2],
        margin: f64,
    ) -> Result<Bridge, ExampleError> {
        let of = |time: usize| -> Result<_, ExampleError> {
            let rows: Vec<usize> = (0..self.ids.len()).filter(|row| there[time][*row]).collect();
            let pick = |column: &[f64]| rows.iter().map(|row| column[*row]).collect::<Vec<f64>>();
            let ids = rows.iter().map(|row| self.ids[*row].clone()).collect();
            let profits = pick(&self.profits[time]).iter().map(|profit| margin * profit).collect();
            let retention = vec![self.retention; rows.len()];
            let base = BaseSnapshot::endless(ClosedForm::T1, rate, TimeUnit::Year, ids, profits, retention)?;
            Ok(((base, vec![true; rows.len()]), ranges.drawn(&pick(&worth[time]))?))
        };
        let ((before, range_before), (after, range_after)) = (of(0)?, of(1)?);
        let notes = vec![
            "No profit before is a new customer, none after a lost one. Retention and discount rate are given and the same on both dates".to_owned(),
        ];
        Bridge::between(self.names.clone(), [before, after], [range_before, range_after], "retention", notes)
    }

    fn about(&self, margin: f64, given: bool) -> Vec<String> {
        let both = self.profits[0].iter().zip(&self.profits[1]);
        let (mut before, mut after, mut stayed) = (0, 0, 0);
        for (was, is) in both.map(|(was, is)| (was.abs() > 0.0, is.abs() > 0.0)) {
            before += usize::from(was);
            after += usize::from(is);
            stayed += usize::from(was && is);
        }
        vec![
            format!(
                "{} rows; {} customers in {}, {} in {}",
                count(self.ids.len()),
                count(before),
                self.names[0],
                count(after),
                self.names[1]
            ),
            format!(
                "Retention: {} as given; {} of those of {} were there in {}, too",
                self.retention,
                percent(Some(stayed as f64 / before as f64)),
                self.names[0],
                self.names[1]
            ),
            if given {
                format!("Margin: {} of the amounts, as given", percent(Some(margin)))
            } else {
                "Margin: none given, so amounts count as profit".to_owned()
            },
        ]
    }
}
