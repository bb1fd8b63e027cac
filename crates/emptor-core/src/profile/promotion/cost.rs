//! What campaigns cost, planned and spent, and what customers won by them are worth: the table `campaign_cost`.

use std::collections::HashMap;

use emptor_types::Level;
use polars::prelude::PolarsResult;

use super::audience::{Audience, Member};
use super::means::{MeanDifference, difference_of_means};
use super::result::ArmResult;
use crate::columns::ColumnSpec;
use crate::profile::ResultTable;
use crate::table::{Of, count, frame, known, specs, text};

/// Money of a campaign.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    id: String,
    name: Option<String>,
    pub(super) budget: Option<f64>,
    pub(super) cost: Option<f64>,
    contacts: usize,
    responders: usize,
    treated: usize,
    incremental: Option<f64>,
    new_customers: Option<f64>,
    value: Option<MeanDifference>,
    valued: usize,
}

impl Cost {
    pub(super) fn over(&self) -> Option<f64> {
        Some(self.cost? - self.budget?)
    }

    fn per(&self, of: f64) -> Option<f64> {
        self.cost.filter(|_| of > 0.0).map(|cost| cost / of)
    }

    fn value_gain(&self) -> Option<f64> {
        Some(self.value?.difference * self.treated as f64)
    }
}

const TABLE: &[Of<[Cost]>] = &[
    text("campaign_id", "", "the campaign", |of, row| Some(of[row].id.clone())),
    text("name", "", "what it is called", |of, row| of[row].name.clone()),
    known("budget", "currency", "what it was planned to cost", |of, row| of[row].budget),
    known("cost", "currency", "what it cost: fixed, and by contact", |of, row| of[row].cost),
    known("variance", "currency", "cost less budget, positive where more was spent than planned", |of, row| {
        of[row].over()
    }),
    known("variance_share", "share of budget", "that by the budget", |of, row| {
        of[row].over().zip(of[row].budget.filter(|budget| *budget > 0.0)).map(|(over, budget)| over / budget)
    }),
    count("contacts", "customers", "customers contacted", |of, row| Some(of[row].contacts)),
    known("cost_per_contact", "currency", "cost by these", |of, row| of[row].per(of[row].contacts as f64)),
    known("cost_per_response", "currency", "cost by responders", |of, row| of[row].per(of[row].responders as f64)),
    known("cost_per_incr", "currency", "cost by incremental responders; null where there are none", |of, row| {
        of[row].per(of[row].incremental?)
    }),
    known("new_customers_incr", "customers", "first purchases ever, beyond those of as many controls", |of, row| {
        of[row].new_customers
    }),
    known("cost_per_new_customer", "currency", "cost by these; null where there are none", |of, row| {
        of[row].per(of[row].new_customers?)
    }),
    known(
        "value_incr",
        "currency",
        "lifetime value of the treated beyond that of as many controls; null without values",
        |of, row| of[row].value_gain(),
    ),
    known("value_incr_lo", "currency", "lower end of its interval", |of, row| {
        Some(of[row].value?.interval.low * of[row].treated as f64)
    }),
    known("value_incr_hi", "currency", "upper end", |of, row| {
        Some(of[row].value?.interval.high * of[row].treated as f64)
    }),
    known(
        "clv_return",
        "per currency of cost",
        "that by cost (Rust, Lemon & Zeithaml 2004): no cost taken off",
        |of, row| of[row].value_gain().zip(of[row].cost.filter(|cost| *cost > 0.0)).map(|(gain, cost)| gain / cost),
    ),
    count("valued", "customers", "customers of the audience whose value is known", |of, row| Some(of[row].valued)),
];

/// The columns of `campaign_cost`.
pub(super) const COLUMNS: &[ColumnSpec] = &specs::<_, { TABLE.len() }>(TABLE);

pub(super) fn table(costs: &[Cost]) -> PolarsResult<ResultTable> {
    let about = "One row per campaign, by first day: cost against budget, and what one more customer cost.";
    ResultTable::new("campaign_cost", about, frame(TABLE, costs, costs.len())?, COLUMNS)
}

/// Money of campaigns. `values` are lifetime values by customer, as far as they are known.
pub(super) fn costs(
    audience: &Audience,
    results: &[ArmResult],
    values: &HashMap<String, f64>,
    level: Level,
) -> Vec<Cost> {
    let mut found = Vec::new();
    for (place, campaign) in audience.campaigns.iter().enumerate() {
        let members = audience.of(place);
        if members.is_empty() {
            continue;
        }
        let arms: Vec<&ArmResult> =
            results.iter().filter(|arm| arm.campaign == place && arm.segment.is_none()).collect();
        let treatments = || arms.iter().filter(|arm| !arm.is_control);
        // A cost that is unknown for one arm leaves the campaign's unknown; controls cost nothing unless contacted.
        let own: Option<Vec<f64>> = treatments().map(|arm| arm.cost).collect();
        let wasted: f64 = arms.iter().filter(|arm| arm.is_control).filter_map(|arm| arm.cost).sum();
        let incremental: Option<Vec<f64>> =
            treatments().map(|arm| arm.effect.map(|effect| effect.incremental)).collect();
        let (controls, treated): (Vec<&Member>, Vec<&Member>) = members.iter().partition(|member| member.is_control);
        let firsts =
            |group: &[&Member]| group.iter().filter(|member| !member.bought_before && member.orders > 0).count() as f64;
        let new_customers = (!controls.is_empty())
            .then(|| firsts(&treated) - firsts(&controls) * treated.len() as f64 / controls.len() as f64);
        let worth = |group: &[&Member]| -> Vec<f64> {
            group.iter().filter_map(|member| values.get(&audience.customers[member.customer]).copied()).collect()
        };
        let (of_treated, of_controls) = (worth(&treated), worth(&controls));
        found.push(Cost {
            id: campaign.id.clone(),
            name: campaign.name.clone(),
            budget: campaign.budget,
            cost: own.filter(|own| !own.is_empty()).map(|own| own.iter().sum::<f64>() + wasted),
            contacts: members.iter().filter(|member| member.sent.is_some()).count(),
            responders: treatments().map(|arm| arm.responders).sum(),
            treated: treated.len(),
            incremental: incremental.filter(|own| !own.is_empty()).map(|own| own.iter().sum()),
            new_customers,
            value: difference_of_means(&of_treated, &of_controls, level),
            valued: of_treated.len() + of_controls.len(),
        });
    }
    found
}
