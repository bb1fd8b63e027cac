//! Cost rates for what has no cost.

use std::collections::BTreeMap;

use emptor_table::Tables;
use polars::prelude::{DataFrame, DataType};

use super::cells::{Owner, mul_div, narrow};
use super::error::ProfitError;
use super::query::LadderSums;
use super::settings::{MissingCost, RelationshipProfit};
use crate::costs::categories;

/// Cost by net revenue, to be multiplied with what has no cost.
pub(super) struct Rates {
    /// Cost and revenue of all products.
    global: (i128, i128),
    /// The same by category, where the cost is known.
    by_category: BTreeMap<String, (i128, i128)>,
    /// The category of each row of the ladder.
    categories: Vec<Option<String>>,
}

impl Rates {
    pub(super) fn learn(
        spec: &RelationshipProfit,
        tables: &Tables,
        owners: &[Owner],
        ladder: &DataFrame,
        sums: &LadderSums,
    ) -> Result<Self, ProfitError> {
        let mut rates = Self { global: (0, 0), by_category: BTreeMap::new(), categories: vec![None; owners.len()] };
        if let (MissingCost::CategoryRate, Some(products)) = (spec.missing_cost, tables.products()) {
            let known = categories(products)?;
            let ids = ladder.column("product_id")?.cast(&DataType::String)?;
            rates.categories = ids.str()?.iter().map(|id| known.get(id?).cloned()).collect();
        }
        if !matches!(spec.missing_cost, MissingCost::CategoryRate | MissingCost::GlobalRate) {
            return Ok(rates);
        }
        for (row, owner) in owners.iter().enumerate() {
            // Prices between parts of one's own house say little about those of others.
            if *owner == Owner::Excluded {
                continue;
            }
            let (cost, net) = (i128::from(sums.rate_cost[row]), i128::from(sums.rate_net[row]));
            rates.global = (rates.global.0 + cost, rates.global.1 + net);
            if let Some(category) = &rates.categories[row] {
                let sum = rates.by_category.entry(category.clone()).or_default();
                *sum = (sum.0 + cost, sum.1 + net);
            }
        }
        rates.by_category.retain(|_, (_, net)| *net > 0);
        if rates.global.1 > 0 || sums.uncovered.iter().all(|lines| *lines == 0) {
            Ok(rates)
        } else {
            Err(ProfitError::NoKnownCost)
        }
    }

    /// The cost of a row's lines without one.
    pub(super) fn impute(&self, spec: &RelationshipProfit, row: usize, base: i64) -> Result<i64, ProfitError> {
        if spec.missing_cost == MissingCost::SupplierPrice || base == 0 {
            return Ok(base);
        }
        let own = self.categories[row].as_ref().and_then(|category| self.by_category.get(category));
        let (cost, net) = *own.unwrap_or(&self.global);
        narrow(mul_div(i128::from(base), cost, net)?)
    }
}
