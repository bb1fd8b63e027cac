//! Stages beside grades: where value stands, and where it goes.

use std::collections::BTreeMap;

use emptor_types::ExactSum;
use polars::prelude::DataFrame;

use super::super::error::ProfileError;
use super::super::ids::matched;
use super::super::input::CustomerScores;
use super::super::section::ResultTable;
use super::stage::Stage;
use crate::columns::{ColumnSpec, column};

/// The columns of `lifecycle_grade`: one row per stage and grade with a customer, stages in their order, then grades by name.
pub const GRADE_COLUMNS: &[ColumnSpec] = &[
    column("stage", "", "the stage on the day of observation"),
    column("grade", "", "the grade; null for customers without one"),
    column("customers", "customers", "how many are in both"),
    column("share_of_grade", "share", "of all customers of the grade"),
    column("ltv_total", "currency", "their lifetime value, of those where it is known; null if of none"),
    column("cm2", "currency", "what they brought in the window, of those where it is known; null if of none"),
];

#[derive(Default)]
struct Cell {
    customers: usize,
    value: (usize, ExactSum),
    profit: (usize, ExactSum),
}

/// Customers, value and profit by stage and grade, from the rows of `lifecycle_customer`.
pub(super) fn table(customers: &DataFrame, scores: &CustomerScores) -> Result<ResultTable, ProfileError> {
    let names: Vec<&str> = ["grade", "ltv_total", "cm2"].into_iter().filter(|name| scores.has(name)).collect();
    let ids = customers.column("customer_id")?.as_materialized_series();
    let own = matched(ids, scores.frame(), "scores of customers", "customer_id", &names)?;
    let number = |name: &str| -> Result<Vec<Option<f64>>, ProfileError> {
        Ok(if scores.has(name) { own.column(name)?.f64()?.iter().collect() } else { vec![None; own.height()] })
    };
    let (value, profit) = (number("ltv_total")?, number("cm2")?);
    let stages = customers.column("stage")?.str()?;
    let place = |stage: &str| Stage::ALL.iter().position(|of| of.name() == stage).unwrap_or(0);
    let mut cells: BTreeMap<(usize, bool, Option<&str>), Cell> = BTreeMap::new();
    let mut grades: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for (row, (stage, grade)) in stages.iter().zip(own.column("grade")?.str()?.iter()).enumerate() {
        // Those without a grade come last.
        let cell = cells.entry((stage.map_or(0, place), grade.is_none(), grade)).or_default();
        cell.customers += 1;
        *grades.entry(grade).or_default() += 1;
        for (sum, amount) in [(&mut cell.value, value[row]), (&mut cell.profit, profit[row])] {
            if let Some(amount) = amount {
                sum.0 += 1;
                sum.1.add(amount);
            }
        }
    }
    let known = |(n, sum): &(usize, ExactSum)| (*n > 0).then(|| sum.value());
    let frame = polars::df!(
        "stage" => cells.keys().map(|key| Stage::ALL[key.0].name()).collect::<Vec<_>>(),
        "grade" => cells.keys().map(|key| key.2).collect::<Vec<_>>(),
        "customers" => cells.values().map(|cell| i64::try_from(cell.customers).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
        "share_of_grade" => cells.iter().map(|(key, cell)| cell.customers as f64 / grades[&key.2] as f64).collect::<Vec<_>>(),
        "ltv_total" => cells.values().map(|cell| known(&cell.value)).collect::<Vec<_>>(),
        "cm2" => cells.values().map(|cell| known(&cell.profit)).collect::<Vec<_>>(),
    )?;
    let about = "customers, lifetime value and profit by stage and grade";
    Ok(ResultTable::new("lifecycle_grade", about, frame, GRADE_COLUMNS)?)
}
