//! The bundled sample as the tables of an analysis.

use std::io::Cursor;

use emptor::polars::prelude::{CsvReader, DataType, IntoLazy, JoinArgs, JoinType, SerReader, col, lit, when};
use emptor::prelude::*;
use emptor_datasets::sample;

use crate::ExampleError;

/// The year of the wallet survey that potential profit is taken from.
const SURVEYED: i64 = 2024;
/// Part of the surveyed gap that could be won: an assumption of this example, not an estimate.
const CAPTURE: f64 = 0.10;
/// Contribution margin of what could be won: an assumption as well.
const MARGIN: f64 = 0.40;

/// Opens the bundled sample: transactions, customers, products, tickets, invoices, answers to surveys, referrals.
///
/// # Errors
/// If the sample does not pass the doors, which a test rules out.
pub fn sample_tables() -> Result<Tables, ExampleError> {
    eprintln!("reading and checking the bundled sample");
    Ok(Tables::new(sample::transactions()?)
        .with_customers(sample::customers()?)
        .with_products(sample::products()?)
        .with_tickets(sample::service_tickets()?)
        .with_payments(sample::payments()?)
        .with_surveys(sample::surveys()?)
        .with_referrals(sample::referrals()?))
}

/// Potential profit of the sample's customers, from its wallet survey: a tenth of what they spend elsewhere, at a margin of
/// 40 %. A stand-in for a model of one's own (see `emptor::value::potential`).
///
/// # Errors
/// If the sample does not pass the doors, which a test rules out.
pub fn sample_potential() -> Result<Potential, ExampleError> {
    eprintln!(
        "potential profit: {:.0} % of what surveyed customers spend elsewhere, at a margin of {:.0} % (assumed)",
        100.0 * CAPTURE,
        100.0 * MARGIN
    );
    wallet_gap(&sample::transactions()?, &sample::products()?)
}

/// What surveyed customers spend elsewhere, as yearly potential profit.
fn wallet_gap(transactions: &Transactions, products: &Products) -> Result<Potential, ExampleError> {
    let wallet = CsvReader::new(Cursor::new(sample::wallet_csv())).finish()?.lazy();
    let surveyed = wallet.filter(col("period").eq(lit(SURVEYED))).select([
        col("customer_id"),
        col("category"),
        col("total_spend").cast(DataType::Float64),
    ]);
    let own = transactions
        .lines()
        .filter(col("date").dt().year().eq(lit(SURVEYED)))
        .join(products.rows(), [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Inner))
        .group_by([col("customer_id"), col("category")])
        .agg([col("amount").sum().alias("own")]);
    let keys = [col("customer_id"), col("category")];
    let gap = col("total_spend") - col("own").fill_null(lit(0.0));
    let gap = when(gap.clone().gt(lit(0.0))).then(gap).otherwise(lit(0.0));
    let frame = surveyed
        .join(own, keys.clone(), keys, JoinArgs::new(JoinType::Left))
        .select([col("customer_id"), (gap * lit(CAPTURE * MARGIN)).alias("potential")])
        .group_by([col("customer_id")])
        .agg([col("potential").sum()])
        .collect()?;
    Ok(Potential::new(&frame, "customer_id", "potential", TimeUnit::Year)?)
}
