//! What part of revenue is profit, customer by customer.

use emptor::prelude::*;

use super::{Earned, EquityTables};
use crate::ExampleError;
use crate::text::percent;

/// Margin rates.
#[derive(Debug)]
pub struct Margins {
    /// One per customer.
    pub rates: Vec<f64>,
    /// That of the base, and of customers to be won.
    pub base: f64,
    /// Where they come from.
    pub about: String,
    /// What they come from, if costs are known.
    pub earned: Option<Earned>,
}

impl Margins {
    /// A rate that was given; else from product costs; else revenue counts.
    pub(super) fn of(
        tables: &EquityTables,
        given: Option<f64>,
        ids: &[String],
        as_of: Date,
    ) -> Result<Self, ExampleError> {
        let flat = |rate: f64, about: String| Self { rates: vec![rate; ids.len()], base: rate, about, earned: None };
        match (given, &tables.products) {
            (Some(rate), _) => Ok(flat(rate, format!("Margin: {} of revenue, as given", percent(Some(rate))))),
            (None, Some(products)) => Self::from_profits(tables, products, ids, as_of),
            (None, None) => {
                let about = "Margin: none known, so values count REVENUE, not profit (give --margin)";
                Ok(flat(1.0, about.to_owned()))
            }
        }
    }

    /// Each customer's own rate of contribution, as far as quarters of revenue until a day make it credible.
    fn from_profits(
        tables: &EquityTables,
        products: &Products,
        ids: &[String],
        as_of: Date,
    ) -> Result<Self, ExampleError> {
        let (earned, margins) = Earned::until(tables, products, ids, as_of)?;
        let about = format!(
            "Margin: {} of revenue in all, after product cost, cost to serve and direct marketing; a customer's own rate as far as it is credible",
            percent(Some(margins.base()))
        );
        Ok(Self { rates: margins.rates().to_vec(), base: margins.base(), about, earned: Some(earned) })
    }
}
