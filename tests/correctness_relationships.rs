//! Customers who differ: by recency, by state, and by a retention that nobody sees.

use emptor::lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters, Standing};
use emptor::types::Timing;
use emptor::value::ClosedForm;
use emptor::value::closed_form::berger_nasr::Case5;
use emptor::value::closed_form::{MarkovValue, acquisition_value, residual_value};
use serde::Deserialize;

use crate::golden_equity::{YEAR, family, kept, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recency {
    purchase_probability: Vec<f64>,
    contribution: f64,
    promotion: f64,
    rate: f64,
    horizon: u32,
    infinite: Vec<f64>,
    finite: Vec<f64>,
    stop_after: usize,
    stopped: Vec<f64>,
    #[serde(default)]
    quoted_infinite: Vec<f64>,
    #[serde(default)]
    quoted_finite: Vec<f64>,
    #[serde(default)]
    quoted_stopped: Vec<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn customers_by_recency_are_worth_what_their_purchases_bring() {
    for (case, at) in family::<Recency>("recency") {
        let (bought, rate) = (&case.purchase_probability, yearly(case.rate));
        let chain = MarkovValue::recency(bought, case.contribution, case.promotion, rate, YEAR).unwrap();
        let (endless, finite) = (chain.values().unwrap(), chain.values_over(case.horizon));
        at.meets_each("infinite", &endless, &case.infinite);
        at.quoted_each("infinite", &endless, &case.quoted_infinite, case.quoted_tolerance);
        at.meets_each("finite", &finite, &case.finite);
        at.quoted_each("finite", &finite, &case.quoted_finite, case.quoted_tolerance);

        // Recency r is state r − 1; who is mailed no more is lost, which the list of the case says in one state.
        let (lost, last) = (bought.len(), case.stop_after);
        let rule = chain.stop_rule(lost).unwrap();
        assert_eq!(rule.stopped(), (last..lost).collect::<Vec<usize>>());
        let (mailed, given_up) = rule.values().split_at(last);
        at.meets_each("stopped", &[mailed, &[0.0]].concat(), &case.stopped);
        at.quoted_each("stopped", &[mailed, &[0.0]].concat(), &case.quoted_stopped, case.quoted_tolerance);
        at.meets_each("given up", given_up, &vec![0.0; lost + 1 - last]);

        // Berger & Nasr's case 5 counts buyers instead of values: the same from a purchase on.
        let migration = Case5 {
            gross_contribution: case.contribution,
            promotion_cost: case.promotion,
            purchase_probabilities: bought.clone(),
            rate,
            period: YEAR,
            periods: case.horizon,
            promotion: Timing::Start,
        };
        at.meets("case 5", migration.value().unwrap(), case.finite[0]);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Markov {
    p: Vec<Vec<f64>>,
    reward: Vec<f64>,
    rate: f64,
    horizon: u32,
    infinite: Vec<f64>,
    finite: Vec<f64>,
    stop: Vec<usize>,
    stopped: Vec<f64>,
    #[serde(default)]
    quoted_infinite: Vec<f64>,
    #[serde(default)]
    quoted_finite: Vec<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn customers_in_states_are_worth_their_rewards() {
    for (case, at) in family::<Markov>("markov") {
        let chain = MarkovValue::new(&case.p, &case.reward, yearly(case.rate), YEAR).unwrap();
        let (endless, finite) = (chain.values().unwrap(), chain.values_over(case.horizon));
        at.meets_each("infinite", &endless, &case.infinite);
        at.quoted_each("infinite", &endless, &case.quoted_infinite, case.quoted_tolerance);
        at.meets_each("finite", &finite, &case.finite);
        at.quoted_each("finite", &finite, &case.quoted_finite, case.quoted_tolerance);
        let rule = chain.stop_rule(chain.states() - 1).unwrap();
        assert_eq!(rule.stopped(), case.stop);
        at.meets_each("stopped", rule.values(), &case.stopped);
    }
}

fn beta_geometric(alpha: f64, beta: f64) -> FittedShiftedBetaGeo {
    FittedShiftedBetaGeo::from_parameters(ShiftedBetaGeoParameters { alpha, beta }, YEAR).unwrap()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Life {
    alpha: f64,
    beta: f64,
    rate: f64,
    new: f64,
    renewals: Vec<u64>,
    residual: Vec<f64>,
    quoted_new: Option<f64>,
    quoted_residual: Option<AfterRenewals>,
    quoted_tolerance: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterRenewals {
    n: u64,
    value: f64,
}

#[test]
fn contracts_have_the_discounted_lives_of_their_sums() {
    for (case, at) in family::<Life>("sbg_lifetime") {
        let (model, rate) = (beta_geometric(case.alpha, case.beta), yearly(case.rate));
        let residual = |renewals| residual_value(&model, 1.0, renewals, rate, Standing::BeforeRenewal).unwrap();
        let new = acquisition_value(&model, 1.0, rate).unwrap();
        at.meets("new", new, case.new);
        at.quoted("new", new, case.quoted_new, case.quoted_tolerance);
        let lives: Vec<f64> = case.renewals.iter().map(|renewals| residual(*renewals)).collect();
        at.meets_each("residual", &lives, &case.residual);
        if let Some(quoted) = case.quoted_residual {
            at.quoted("residual", residual(quoted.n), Some(quoted.value), case.quoted_tolerance);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Illusion {
    alpha: f64,
    beta: f64,
    margin: f64,
    rate: f64,
    periods: Vec<u64>,
    expected: Vec<f64>,
    constant_retention: f64,
    constant: f64,
    #[serde(default)]
    quoted: Vec<f64>,
    quoted_constant: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn one_rate_for_all_hides_that_the_loyal_are_left() {
    for (case, at) in family::<Illusion>("aggregation_illusion") {
        let (model, rate) = (beta_geometric(case.alpha, case.beta), yearly(case.rate));
        // In the n-th period a customer has renewed n − 1 times and stands before the next renewal.
        let value = |n: &u64| residual_value(&model, case.margin, n - 1, rate, Standing::BeforeRenewal).unwrap();
        let values: Vec<f64> = case.periods.iter().map(value).collect();
        at.meets_each("values", &values, &case.expected);
        at.quoted_each("values", &values, &case.quoted, case.quoted_tolerance);
        // T1 is seen from just after a payment; just before the renewal a period less is discounted.
        let residual = ClosedForm::T1.value(case.margin, kept(case.constant_retention), rate, YEAR).unwrap();
        let constant = residual * (1.0 + case.rate);
        at.meets("constant", constant, case.constant);
        at.quoted("constant", constant, case.quoted_constant, case.quoted_tolerance);
    }
}
