//! Whether the tables can answer what is asked.

use emptor_table::{Tables, Transactions};
use polars::prelude::{DataType, LazyFrame, col};

use super::error::ProfitError;
use super::query::collect;
use super::rules::Counted;
use super::settings::{FixedAllocation, MissingCost, RelationshipProfit, ReturnDating};

/// Types of the ids that the tables share.
pub(super) fn check(spec: &RelationshipProfit, tables: &Tables) -> Result<(), ProfitError> {
    columns(spec, tables)?;
    ids(tables)?;
    currencies(tables)
}

fn columns(spec: &RelationshipProfit, tables: &Tables) -> Result<(), ProfitError> {
    let needs = |holds: bool, asked: &str, missing: &str| {
        if holds { Ok(()) } else { Err(ProfitError::Missing { asked: asked.to_owned(), missing: missing.to_owned() }) }
    };
    let has = |role: &str| tables.transactions().has(role);
    let offers = |role: &str| tables.products().is_some_and(|products| products.has(role));
    let policy = match spec.missing_cost {
        MissingCost::Null => None,
        MissingCost::CategoryRate => Some(("a cost rate by category", "category")),
        MissingCost::GlobalRate => Some(("a cost rate", "unit_cost")),
        MissingCost::SupplierPrice => Some(("a supplier price for missing costs", "supplier_price")),
    };
    if let Some((asked, column)) = policy {
        needs(offers(column), asked, &format!("a products table with a column `{column}`"))?;
        let rate = spec.missing_cost != MissingCost::SupplierPrice;
        needs(!rate || offers("unit_cost"), asked, "a products table with a column `unit_cost`")?;
    }
    if offers("unit_cost") || offers("supplier_price") {
        needs(has("product_id"), "product cost", "a product column in transactions")?;
        needs(has("quantity"), "product cost", "a quantity column in transactions")?;
    }
    if spec.return_dating == ReturnDating::OriginalOrder {
        needs(has("ref_line_id"), "dating returns by the original order", "a ref_line column in transactions")?;
    }
    if spec.fixed != FixedAllocation::None {
        needs(tables.cost_pools().is_some(), "allocating fixed cost", "a table of cost pools")?;
    }
    for rule in &spec.rules {
        let asked = format!("rule `{}`", rule.name);
        match &rule.counted {
            Counted::Orders { channel: Some(_) } => needs(has("channel"), &asked, "a channel column in transactions")?,
            Counted::Units => needs(has("quantity"), &asked, "a quantity column in transactions")?,
            Counted::Logged(_) => needs(!tables.activities().is_empty(), &asked, "an activity table")?,
            Counted::Orders { channel: None } | Counted::OrderLines | Counted::ReturnLines => {}
        }
        if rule.pool().is_some() {
            needs(tables.cost_pools().is_some(), &asked, "a table of cost pools")?;
        }
    }
    Ok(())
}

fn ids(tables: &Tables) -> Result<(), ProfitError> {
    let mut others: Vec<(String, LazyFrame)> = Vec::new();
    others.extend(tables.customers().map(|table| ("customers".to_owned(), table.rows())));
    others.extend(tables.products().map(|table| ("products".to_owned(), table.rows())));
    others.extend(tables.activities().iter().map(|log| (log.quality().source.clone(), log.rows())));
    for column in ["customer_id", "product_id"] {
        let Some(own) = id_type(tables.transactions().lines(), column)? else { continue };
        for (table, rows) in &others {
            match id_type(rows.clone(), column)? {
                Some(other) if other != own => {
                    return Err(ProfitError::IdTypes {
                        column,
                        left: own.to_string(),
                        table: table.clone(),
                        right: other.to_string(),
                    });
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The type of an id column; `None` if it is not there or holds no id.
fn id_type(mut rows: LazyFrame, column: &str) -> Result<Option<DataType>, ProfitError> {
    match rows.collect_schema()?.get(column).cloned() {
        Some(dtype) => {
            let some = collect(rows.select([col(column)]).filter(col(column).is_not_null()).limit(1))?;
            Ok((some.height() > 0).then_some(dtype))
        }
        None => Ok(None),
    }
}

/// The one currency of a table, if it names one; its door has seen to it that there are not two.
fn currency(rows: LazyFrame) -> Result<Option<String>, ProfitError> {
    let known = rows.select([col("currency")]).filter(col("currency").is_not_null()).limit(1);
    Ok(collect(known)?.column("currency")?.str()?.get(0).map(str::to_owned))
}

fn currencies(tables: &Tables) -> Result<(), ProfitError> {
    let transactions: &Transactions = tables.transactions();
    let mut named: Vec<(String, LazyFrame)> = Vec::new();
    if transactions.has("currency") {
        named.push(("transactions".to_owned(), transactions.lines()));
    }
    if let Some(products) = tables.products().filter(|table| table.has("currency")) {
        named.push(("products".to_owned(), products.rows()));
    }
    if let Some(pools) = tables.cost_pools().filter(|table| table.has_currency()) {
        named.push(("cost pools".to_owned(), pools.rows()));
    }
    for log in tables.activities().iter().filter(|log| log.has("currency")) {
        named.push((format!("activities of {}", log.quality().source), log.rows()));
    }
    let mut found: Vec<(String, String)> = Vec::new();
    for (table, rows) in named {
        found.extend(currency(rows)?.map(|currency| (table, currency)));
    }
    if found.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        Ok(())
    } else {
        Err(ProfitError::MixedCurrencies { found })
    }
}
