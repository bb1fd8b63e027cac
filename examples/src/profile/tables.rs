//! The tables the Ps read: the user's, or the bundled sample with all it has.

use std::path::PathBuf;

use clap::Args;
use emptor::period::Grain;
use emptor::polars::prelude::{DataType, LazyFrame};
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor_datasets::sample;

use crate::{CustomerRole, ExampleError, InputArgs};

/// The user's table of products.
#[derive(Debug, Args)]
pub struct ProductArgs {
    /// Products: a CSV or Parquet file.
    #[arg(long, value_name = "FILE", requires = "transactions")]
    products: Option<PathBuf>,
    /// Which of its columns is what: product, and any of name, category, brand, cost.
    #[arg(long, value_name = "ROLE=NAME,..", requires = "products", default_value = "product=product_id")]
    product_columns: String,
}

impl ProductArgs {
    fn open(&self, options: &ReadOptions) -> Result<Option<Products>, ExampleError> {
        let Some(path) = &self.products else { return Ok(None) };
        let mut columns = None;
        let mut rest = Vec::new();
        for pair in self.product_columns.split(',') {
            match pair.split_once('=').map(|(role, name)| (role.trim(), name.trim())) {
                Some(("product", name)) => columns = Some(ProductColumns::new(name)),
                Some(named) => rest.push(named),
                None => return Err(ExampleError::Columns(format!("`{pair}` is not role=name"))),
            }
        }
        let mut columns = columns.ok_or_else(|| ExampleError::Columns("needs product=..".to_owned()))?;
        for (role, name) in rest {
            columns = match role {
                "name" => columns.name(name),
                "category" => columns.category(name),
                "brand" => columns.brand(name),
                "cost" => columns.unit_cost(name),
                other => return Err(ExampleError::Columns(format!("products have no role `{other}`"))),
            };
        }
        Ok(Some(Products::scan_with(Source::file(path)?, &columns, options)?))
    }
}

/// A grain by its name.
///
/// # Errors
/// If there is no such grain.
pub fn grain(name: &str) -> Result<Grain, String> {
    match name {
        "week" => Ok(Grain::Week),
        "month" => Ok(Grain::Month),
        "quarter" => Ok(Grain::Quarter),
        "year" => Ok(Grain::Year),
        other => Err(format!("`{other}` is none of week, month, quarter, year")),
    }
}

/// A unit of association by its name.
///
/// # Errors
/// If there is no such unit.
pub fn unit(name: &str) -> Result<Unit, String> {
    match name {
        "order" => Ok(Unit::Order),
        "customer" => Ok(Unit::Customer),
        other => Err(format!("`{other}` is neither order nor customer")),
    }
}

/// The user's tables, or the bundled sample with every table it has.
///
/// Product numbers that are integers in one of the user's tables and text in the other, because one of them also holds a
/// `TAX` or an `A12`, are read as text in both, so that they match.
///
/// # Errors
/// If a table does not pass its door.
pub fn profile_tables(
    input: &InputArgs,
    products: &ProductArgs,
    customers: CustomerRole,
) -> Result<Tables, ExampleError> {
    input.announce();
    let Some(transactions) = input.transactions_with(&ReadOptions::default(), customers)? else {
        eprintln!("reading and checking the bundled sample");
        return Ok(sample::company()?);
    };
    let Some(opened) = products.open(&ReadOptions::default())? else { return Ok(Tables::new(transactions)) };
    let types = [transactions.lines(), opened.rows()].map(product_type);
    if let [Ok(Some(sold)), Ok(Some(named))] = &types
        && sold != named
    {
        eprintln!("products are {sold} in the order lines and {named} in the table of products: both are read as text");
        let options = ReadOptions::default().ids_as_text();
        if let Some((transactions, opened)) =
            input.transactions_with(&options, customers)?.zip(products.open(&options)?)
        {
            return Ok(Tables::new(transactions).with_products(opened));
        }
    }
    Ok(Tables::new(transactions).with_products(opened))
}

/// How products are named; `None` where they are not.
fn product_type(mut rows: LazyFrame) -> Result<Option<DataType>, ExampleError> {
    Ok(rows.collect_schema()?.get("product_id").cloned())
}
