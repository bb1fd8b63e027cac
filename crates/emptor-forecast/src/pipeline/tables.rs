//! Deals out of tables.

use std::collections::HashMap;

use emptor_table::{Opportunities, Products, StageHistory, Tables};
use emptor_types::Date;
use polars::prelude::{DataFrame, DataType, Engine, LazyFrame, PolarsResult, Series, SortMultipleOptions, col, lit};

use super::deals::{Change, Deal, as_known, outcome_of};
use crate::ForecastError;

/// Deals and their ids as the table has them, as many and in the same order. Opportunities of which nobody knows when they were
/// created are no deals: they have no age, and were not known on any day.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DealTable {
    /// The deals, in ascending order of their ids.
    pub deals: Vec<Deal>,
    /// Their ids, in their own type.
    pub ids: Series,
}

impl DealTable {
    /// The deals of the tables as known on a day since 1970-01-01, without rows that [became known](Tables::known_by) later.
    ///
    /// # Errors
    /// If a query fails, or there is no such day.
    pub fn as_known(opportunities: &Opportunities, tables: &Tables, as_of: i32) -> Result<Self, ForecastError> {
        let day = Date::from_days_since_epoch(as_of)?;
        let (deals, ids) = read(&opportunities.known_by(day), &tables.known_by(day), as_of)?;
        // Nothing was created later: all are known.
        Ok(Self { deals: as_known(&deals, as_of), ids })
    }

    /// The deals of the tables that were created until a day, with all that happened to them since and whenever it became
    /// known: what a backtest takes.
    ///
    /// # Errors
    /// If a query fails.
    pub fn created_until(opportunities: &Opportunities, tables: &Tables, day: i32) -> Result<Self, ForecastError> {
        let (deals, ids) = read(opportunities, tables, day)?;
        Ok(Self { deals, ids })
    }
}

fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// The opportunities that were created until a day, and their ids.
fn read(opportunities: &Opportunities, tables: &Tables, until: i32) -> PolarsResult<(Vec<Deal>, Series)> {
    let known = opportunities.rows().filter(col("created").to_physical().lt_eq(lit(until)));
    let rows = collect(known.sort(["opp_id"], SortMultipleOptions::default()))?;
    let ids = rows.column("opp_id")?.as_materialized_series().clone();
    let mut changes = match tables.stage_history() {
        Some(history) => Changes::read(history, opportunities)?,
        None => HashMap::new(),
    };
    let text = |name: &str| -> PolarsResult<Vec<Option<String>>> {
        if opportunities.has(name) || matches!(name, "opp_id" | "stage") {
            texts(&rows, name)
        } else {
            Ok(vec![None; rows.height()])
        }
    };
    let number = |name: &str| -> PolarsResult<Vec<Option<f64>>> {
        if opportunities.has(name) {
            Ok(rows.column(name)?.f64()?.iter().collect())
        } else {
            Ok(vec![None; rows.height()])
        }
    };
    let day = |name: &str| -> PolarsResult<Vec<Option<i32>>> {
        if opportunities.has(name) || name == "created" { days(&rows, name) } else { Ok(vec![None; rows.height()]) }
    };
    let (id, customer, source, rep) = (text("opp_id")?, text("customer_id")?, text("lead_source")?, text("rep_id")?);
    let (stage, outcome, reason) = (text("stage")?, text("outcome")?, text("lost_reason")?);
    let (created, exp_close, closed) = (day("created")?, day("exp_close")?, day("closed_at")?);
    let (amount, stated) = (number("amount")?, number("prob")?);
    let product = text("product_id")?;
    let prices = tables.products().map(list_prices).transpose()?.unwrap_or_default();
    let mut deals = Vec::with_capacity(rows.height());
    for row in 0..rows.height() {
        let mut deal = Deal {
            id: id[row].clone().unwrap_or_default(),
            customer: customer[row].clone(),
            source: source[row].clone(),
            rep: rep[row].clone(),
            list_price: product[row].as_ref().and_then(|product| prices.get(product)).copied(),
            product: product[row].clone(),
            created: created[row].unwrap_or_default(),
            amount: amount[row],
            stated: stated[row],
            exp_close: exp_close[row],
            outcome: outcome[row].as_deref().or(stage[row].as_deref()).and_then(outcome_of),
            stage: stage[row].clone(),
            closed: closed[row],
            reason: reason[row].clone(),
            ..Deal::default()
        };
        if let Some(changes) = changes.remove(&deal.id) {
            (deal.stages, deal.amounts) = (changes.stages, changes.amounts);
            (deal.closes, deal.owners) = (changes.closes, changes.owners);
        }
        deals.push(deal);
    }
    // Where no open deal has an amount, amounts are written at the close.
    let mut open = deals.iter().filter(|deal| deal.is_open()).peekable();
    if open.peek().is_some() && open.all(|deal| deal.amount.is_none()) {
        deals = deals.into_iter().map(Deal::priced_at_close).collect();
    }
    Ok((deals, ids))
}

#[derive(Debug, Default)]
struct Changes {
    stages: Vec<Change<String>>,
    amounts: Vec<Change<f64>>,
    closes: Vec<Change<i32>>,
    owners: Vec<Change<String>>,
}

impl Changes {
    /// The changes by opportunity; those of one day in the order of their values, so that the order of rows says nothing.
    fn read(history: &StageHistory, opportunities: &Opportunities) -> PolarsResult<HashMap<String, Self>> {
        let mut by = vec!["opp_id", "date"];
        by.extend(history.has("old").then_some("old"));
        by.push("new");
        let sorted: LazyFrame = history.rows().sort(by, SortMultipleOptions::default());
        let rows = collect(sorted)?;
        let none = || vec![None; rows.height()];
        let (id, field, day, new) =
            (texts(&rows, "opp_id")?, texts(&rows, "field")?, days(&rows, "date")?, texts(&rows, "new")?);
        let (new_amount, new_day) = (rows.column("new_amount")?.f64()?, days(&rows, "new_day")?);
        let (old, old_day, old_amount) = if history.has("old") {
            (texts(&rows, "old")?, days(&rows, "old_day")?, rows.column("old_amount")?.f64()?.iter().collect())
        } else {
            (none(), vec![None; rows.height()], vec![None; rows.height()])
        };
        let mut changes: HashMap<String, Self> = HashMap::new();
        for row in 0..rows.height() {
            let (Some(id), Some(day), Some(field), Some(new)) = (&id[row], day[row], &field[row], &new[row]) else {
                continue;
            };
            let of = changes.entry(id.clone()).or_default();
            match field.as_str() {
                "stage" => {
                    // An end has one name, whatever the caller calls it.
                    let name =
                        |stage: &String| opportunities.end_of(stage).map_or_else(|| stage.clone(), str::to_owned);
                    of.stages.push(Change { day, old: old[row].as_ref().map(name), new: name(new) });
                }
                "owner" => of.owners.push(Change { day, old: old[row].clone(), new: new.clone() }),
                "amount" => of.amounts.extend(new_amount.get(row).map(|new| Change { day, old: old_amount[row], new })),
                _ => of.closes.extend(new_day[row].map(|new| Change { day, old: old_day[row], new })),
            }
        }
        Ok(changes)
    }
}

/// The last list price of every product that has one.
fn list_prices(products: &Products) -> PolarsResult<HashMap<String, f64>> {
    if !products.has("list_price") {
        return Ok(HashMap::new());
    }
    let rows = collect(products.rows().select([col("product_id"), col("list_price")]))?;
    let prices = rows.column("list_price")?.f64()?;
    let named = texts(&rows, "product_id")?.into_iter().zip(prices.iter());
    Ok(named.filter_map(|(product, price)| product.zip(price)).collect())
}

fn texts(rows: &DataFrame, name: &str) -> PolarsResult<Vec<Option<String>>> {
    let column = rows.column(name)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|text| text.map(str::to_owned)).collect())
}

fn days(rows: &DataFrame, name: &str) -> PolarsResult<Vec<Option<i32>>> {
    let column = rows.column(name)?.cast(&DataType::Int32)?;
    Ok(column.i32()?.iter().collect())
}
