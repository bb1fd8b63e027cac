//! Open deals as potential profit.

use std::collections::HashMap;

use emptor_forecast::pipeline::{Ahead, DealSegment, DealTable, PipelineForecast, PipelineMethod, Snapshot};
use emptor_table::Tables;
use emptor_types::period::Grain;
use emptor_types::{Date, ExactSum, Invalid, TimeUnit};
use polars::prelude::{DataType, Series};

use super::error::AnalysisError;
use crate::value::LifetimeValue;
use crate::value::potential::{Opportunity, OverdueClose, PotentialComponent};

/// Deals are not followed further than this many days.
const FURTHEST: f64 = 2_000.0;
/// Intervals of single customers are not asked for: the fewest draws there are.
const FEWEST_DRAWS: usize = 10;

/// What the pipeline adds to the value of customers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PipelineValue {
    /// The forecast of the pipeline by the periods of the convention: calendar periods, the first one with the day after
    /// the day of observation. Deals that are not created yet are in it, but in nobody's value.
    pub forecast: PipelineForecast,
    /// Expected revenue of open deals of customers who have bought before: times their margins, it is their potential.
    pub revenue: f64,
    /// Expected revenue of the others: of prospects, and of deals without a customer.
    pub unmatched: f64,
}

impl PipelineValue {
    /// The forecast, and the potential profit of each of `customers`, whose margin rates are given.
    pub(super) fn of(
        tables: &Tables,
        method: &dyn PipelineMethod,
        convention: &LifetimeValue,
        as_of: Date,
        seed: u64,
        (customers, margin): (&Series, &[f64]),
    ) -> Result<(Self, PotentialComponent), AnalysisError> {
        let Some(opportunities) = tables.opportunities() else {
            return Err(Invalid::value("pipeline", "needs the table opportunities", "no such table").into());
        };
        let deals = DealTable::as_known(opportunities, tables, as_of.days_since_epoch())?.deals;
        let snapshot = Snapshot::new(&deals, as_of)?;
        let grain = match convention.period() {
            TimeUnit::Day => Grain::Day,
            TimeUnit::Week => Grain::Week,
            TimeUnit::Month => Grain::Month,
            _ => Grain::Year,
        };
        let furthest = (FURTHEST / convention.period().days()).ceil().max(1.0) as usize;
        let horizon = convention.periods().min(furthest);
        let ahead = Ahead { seed, by: DealSegment::None, ..Ahead::new(grain, horizon)? };
        let forecast = method.forecast(&snapshot, &ahead)?;
        let by_customer = Ahead { by: DealSegment::Customer, draws: FEWEST_DRAWS, ..ahead };
        let by_customer = method.forecast(&snapshot, &by_customer)?;

        let names = customers.cast(&DataType::String)?;
        let rows: HashMap<&str, usize> =
            names.str()?.iter().enumerate().filter_map(|(row, name)| Some((name?, row))).collect();
        let (mut revenue, mut unmatched) = (ExactSum::ZERO, ExactSum::ZERO);
        let mut expected = Vec::new();
        for group in &by_customer.groups {
            let row = rows.get(group.name.as_str());
            for (period, amount) in (1..).zip(group.periods.iter().map(|period| period.open)) {
                match row {
                    None => unmatched.add(amount),
                    Some(&customer) => {
                        revenue.add(amount);
                        // The forecast has weighed it by its probability already.
                        expected.push(Opportunity {
                            customer,
                            probability: 1.0,
                            amount,
                            margin_rate: margin[customer].clamp(0.0, 1.0),
                            close_period: period,
                            cost_to_close: 0.0,
                        });
                    }
                }
            }
        }
        let (component, _) = PotentialComponent::opportunities(customers.len(), &expected, OverdueClose::Refuse)?;
        Ok((Self { forecast, revenue: revenue.value(), unmatched: unmatched.value() }, component))
    }
}
