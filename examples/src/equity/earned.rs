//! What relationships have earned: the ladder of margins until a day.

use std::collections::HashMap;

use emptor::prelude::*;
use emptor::types::ExactSum;
use emptor::value::forecast::CustomerMargins;

use super::EquityTables;
use crate::ExampleError;

/// The steps of the ladder that are printed: column, words, and whether it is taken off.
const STEPS: [(&str, &str, bool); 9] = [
    ("list_rev", "list revenue", false),
    ("discount", "discounts", true),
    ("returns", "returns", true),
    ("net_rev", "net revenue", false),
    ("cogs", "product cost", true),
    ("cm1", "gross profit (CM1)", false),
    ("cts", "cost to serve", true),
    ("direct_mkt", "direct marketing", true),
    ("cm2", "contribution margin (CM2)", false),
];

/// What relationships have earned.
#[derive(Debug)]
pub struct Earned {
    /// Steps of the ladder, all customers together.
    pub ladder: Vec<(&'static str, f64)>,
    /// Contribution margin of each customer.
    pub contribution: Vec<f64>,
    /// What was checked, and with what outcome.
    pub check: String,
}

impl Earned {
    /// The ladder until a day, and the margin rates that follow from it.
    pub(super) fn until(
        tables: &EquityTables,
        products: &Products,
        ids: &[String],
        as_of: Date,
    ) -> Result<(Self, CustomerMargins), ExampleError> {
        let (first, _) = tables.transactions.quality().days.ok_or(ExampleError::NoDay)?;
        let sources = Tables::new(tables.transactions.clone()).with_products(products.clone());
        let profits = RelationshipProfit::builder()
            .window(first, as_of)
            .period(Grain::Quarter)
            .missing_cost(MissingCost::GlobalRate)
            .rules(tables.cost_rules.clone())
            .build()?
            .compute(&tables.activities.iter().cloned().fold(sources, Tables::with_activities))?;

        let place: HashMap<String, usize> =
            profits.customers().iter().map(|id| id.str_value().into_owned()).zip(0..).collect();
        let width = profits.periods().len();
        let panels = [ProfitMeasure::NetRevenue, ProfitMeasure::Cm2].map(|measure| profits.panel(measure));
        let of = |panel: &[f64], id: &String| match place.get(id) {
            Some(row) => panel[row * width..(row + 1) * width].to_vec(),
            None => vec![f64::NAN; width],
        };
        let [revenue, profit] = panels.map(|panel| ids.iter().flat_map(|id| of(&panel, id)).collect::<Vec<f64>>());
        let margins = CustomerMargins::estimate(width, &revenue, &profit)?;

        let totals = profits.totals();
        let step = |(column, words, off): (&str, &'static str, bool)| -> Result<_, ExampleError> {
            let sum = totals.column(column)?.f64()?.iter().flatten().collect::<ExactSum>().value();
            Ok((words, if off { -sum } else { sum }))
        };
        let cm2 = profits.values(ProfitMeasure::Cm2);
        let checked = profits.reconciliation();
        let verdict = if checked.holds() { "add up to" } else { "DO NOT ADD UP TO" };
        Ok((
            Self {
                ladder: STEPS.into_iter().map(step).collect::<Result<_, _>>()?,
                contribution: ids.iter().map(|id| place.get(id).map_or(0.0, |row| cm2[*row])).collect(),
                check: format!(
                    "Customers, unassigned and unused {verdict} the control totals of all {} items",
                    checked.lines().len()
                ),
            },
            margins,
        ))
    }
}
