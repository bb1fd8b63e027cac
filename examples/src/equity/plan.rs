//! Customers still to be won, by what the models say of those who were.

use emptor::prelude::*;
use emptor::types::Invalid;
use emptor::value::equity::{AcquisitionPlan, EquityModel, Relationship};
use emptor::value::uncertainty::ParameterUncertainty;
use emptor::value::{FirstPayment, ValueError};

use super::ranges::Ranges;
use super::{Dynamic, EquityArgs, EquityTables, LeverTables, PurchaseBase};
use crate::ExampleError;
use crate::text::{count, money, number};

const MONTHS: f64 = 12.0;

/// Customers to be won, the same number in every period.
#[derive(Debug)]
pub(super) struct Plan {
    won: Vec<f64>,
    cost: f64,
    about: String,
}

impl Plan {
    pub(super) fn new(base: &PurchaseBase, tables: &EquityTables, assumed: &EquityArgs) -> Result<Self, ExampleError> {
        let since = base.history.as_of().year_before().days_since_epoch();
        let first = base.history.first_purchase();
        let new: Vec<&String> = base.ids.iter().zip(first).filter(|(_, day)| **day > since).map(|(id, _)| id).collect();
        let (monthly, of) = match assumed.new_customers {
            Some(given) => (given, "as given".to_owned()),
            None => (new.len() as f64 / MONTHS, format!("as in the last year, {} in all", count(new.len()))),
        };
        let (cost, from) = match (assumed.acquisition_cost, tables.mean_acquisition_cost(&new)?) {
            (Some(given), _) => (given, "as given"),
            (None, Some(mean)) => (mean, "the mean of those won in the last year"),
            (None, None) => (0.0, "no cost is known (give --acquisition-cost)"),
        };
        let about = if monthly > 0.0 {
            format!(
                "{} customers a month for {} ({of}); each costs {} ({from}) and counts for {} from the day they are won",
                number(Some(monthly), 1),
                assumed.horizon,
                money(cost),
                assumed.horizon
            )
        } else {
            format!("nobody is won ({of}); --new-customers says otherwise")
        };
        Ok(Self { won: vec![monthly; base.convention.periods()], cost, about })
    }

    pub(super) fn cohorts(&self, customer: &Relationship) -> Result<AcquisitionPlan, Invalid> {
        AcquisitionPlan::steady(Timing::Middle, &self.won, self.cost, customer)
    }
}

impl PurchaseBase {
    /// A customer of whom nothing is known but the first purchase, which falls into the first period.
    pub(super) fn newcomer(
        &self,
        purchases: &FittedPurchaseModel,
        spend: &FittedGammaGamma,
    ) -> Result<Relationship, ValueError> {
        let convention = &self.convention;
        let per_purchase = self.margins.base * spend.expected_spend_of(0.0, f64::NAN)?;
        let life = convention.horizon().in_units(convention.period());
        let (mut profits, mut before) = (Vec::new(), -1.0);
        for t in 1..=convention.periods() {
            let so_far = purchases.expected_purchases_new_customer(Horizon::new(t as f64, convention.period())?)?;
            profits.push((life - (t - 1) as f64).min(1.0) * per_purchase * (so_far - before));
            before = so_far;
        }
        Ok(Relationship::stream(profits, FirstPayment::Certain, convention.timing(), convention.period())?)
    }

    /// The largest ratio of customers expected to be alive from one period to the next, also of new ones.
    pub(super) fn highest_retention(&self) -> Result<f64, ExampleError> {
        let new = HistoryView::new(&[0.0], &[0.0], &[0.0], None, self.history.unit())?.with_sum_ln_gaps(&[0.0])?;
        let mut highest: f64 = 0.0;
        for view in [self.history.view()?, new] {
            let mut alive: Vec<f64> = vec![self.purchases.p_alive(&view)?.iter().sum()];
            let later = self.purchases.p_alive_schedule(&view, &self.times())?;
            alive.extend(later.iter().map(|column| column.iter().sum::<f64>()));
            highest = alive.windows(2).map(|pair| pair[1] / pair[0]).fold(highest, f64::max);
        }
        Ok(highest.min(1.0))
    }

    /// What is planned is no part of the range: added to every customer alike, it leaves the draw as it is.
    pub(super) fn dynamic(
        &self,
        levers: &LeverTables,
        plan: &Plan,
        total: &[f64],
        ranges: &Ranges,
    ) -> Result<Dynamic, ExampleError> {
        let value = levers.model.total();
        let view = self.history.view()?;
        let valuation = self.valuation(&view)?;
        let with_future = |values: &[f64], future: f64| -> Vec<f64> {
            values.iter().map(|value| value + future / values.len() as f64).collect()
        };
        let future = |p: &FittedPurchaseModel, s: &FittedGammaGamma| -> Result<f64, ValueError> {
            let cohorts = plan.cohorts(&self.newcomer(p, s)?)?;
            let empty = EquityModel::new(self.convention.rate(), self.convention.period());
            Ok(empty.with_part("new", Relationship::nobody(), Some(cohorts))?.total().future)
        };
        let of = |p: &_, s: &_| Ok(with_future(&valuation.by(p, s).compute()?.values.total(), future(p, s)?));
        let range = ranges.total(&with_future(total, value.future), &self.parameters(&[], of))?;
        let future = ParameterUncertainty::of_both(&self.purchases, &self.spend, |p, s| Ok(vec![future(p, s)?]));
        let future = future.and_then(|known| known.total(ranges.level)).ok().filter(|_| value.new_customers > 0.0);
        Ok(Dynamic { value, range, future, plan: plan.about.clone() })
    }
}
