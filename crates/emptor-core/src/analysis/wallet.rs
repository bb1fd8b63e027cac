//! What customers spend elsewhere as potential profit.

use std::collections::HashMap;

use emptor_table::{Customers, Tables};
use emptor_types::{Date, Invalid, Probability, TimeUnit};
use polars::prelude::{DataType, Series, col};

use super::align::{by_id, same_type};
use super::error::AnalysisError;
use crate::profile::persistency::yearly_wallets;
use crate::value::potential::{PotentialComponent, Ramp, Wallet, WalletBelowSpend};

/// What the wallets of customers add to their value.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WalletValue {
    /// The part of the gap to the target share of wallet that counts, as it was given: an assumption.
    pub capture: Probability,
    /// Customers with a purchase whose wallet is known; the others have no such potential.
    pub known: usize,
    /// Customers with a wallet and without a purchase: their potential is nobody's value.
    pub unmatched: usize,
}

impl WalletValue {
    /// The potential profit per period of each of `customers`, whose margin rates are given, from their wallets: a part of the
    /// gap to the share that the best quarter of the customer's segment (of all, without segments) reaches.
    pub(super) fn of(
        tables: &Tables,
        capture: Probability,
        (as_of, period): (Date, TimeUnit),
        (customers, margin): (&Series, &[f64]),
    ) -> Result<(Self, Vec<f64>), AnalysisError> {
        if tables.wallets().is_none() {
            return Err(Invalid::value("potential of wallets", "needs the table wallets", "no such table").into());
        }
        let Some(yearly) = yearly_wallets(tables, as_of).map_err(AnalysisError::Profile)? else {
            let rule = "needs categories of products, for wallets are stated by category";
            return Err(Invalid::value("potential of wallets", rule, "no categories").into());
        };
        same_type(&yearly.ids, "wallets", customers)?;
        let scale = period.days() / TimeUnit::Year.days();
        let (total, unmatched) = by_id(&yearly.ids, &yearly.total, customers)?;
        let (own, _) = by_id(&yearly.ids, &yearly.own, customers)?;
        let size: Vec<Option<f64>> = total.into_iter().map(|total| total.map(|total| total * scale)).collect();
        let spend = own.into_iter().map(|own| own.unwrap_or(0.0) * scale).collect();
        let wallet = Wallet::new(size, spend, WalletBelowSpend::CapShare)?;
        let targets = wallet.target_shares(&segments(tables.customers(), customers)?)?;
        let margin: Vec<f64> = margin.iter().map(|rate| rate.clamp(0.0, 1.0)).collect();
        let gap = PotentialComponent::share_of_wallet(&wallet, &targets, capture, &margin, Ramp::immediate())?;
        let per_period = (0..customers.len()).map(|customer| gap.profit(customer, 1).unwrap_or(0.0)).collect();
        Ok((Self { capture, known: customers.len() - wallet.unknown(), unmatched }, per_period))
    }
}

/// The segment of each customer; one of all where the table of customers has none.
fn segments(table: Option<&Customers>, customers: &Series) -> Result<Vec<String>, AnalysisError> {
    let Some(table) = table.filter(|table| table.has("segment")) else {
        return Ok(vec![String::new(); customers.len()]);
    };
    let text = |name: &str| col(name).cast(DataType::String);
    let rows = table.rows().select([text("customer_id"), text("segment")]).collect()?;
    let (ids, segments) = (rows.column("customer_id")?.str()?, rows.column("segment")?.str()?);
    let known: HashMap<&str, &str> =
        ids.iter().zip(segments.iter()).filter_map(|(id, segment)| id.zip(segment)).collect();
    let customers = customers.cast(&DataType::String)?;
    let segment =
        |id: Option<&str>| id.and_then(|id| known.get(id)).map_or_else(String::new, |name| (*name).to_owned());
    Ok(customers.str()?.iter().map(segment).collect())
}
