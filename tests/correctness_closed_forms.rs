//! Constant margin and retention: the textbook conventions, their multiples and their annuity.

use emptor::types::{DiscountRate, Horizon, TimeUnit, Timing};
use emptor::value::closed_form::{
    ConstantRelationship, ContractTerm, GrowthFrom, MarginGrowth, break_even_retention, lifetime_annuity,
    margin_multiple, margin_multiple_with_growth,
};
use emptor::value::{ClosedForm, CurrentProfit, LifetimeValue, ProfitStreams};
use serde::Deserialize;

use crate::golden_equity::{Numbers, YEAR, family, kept, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Convention {
    margin: f64,
    retention: f64,
    rate: f64,
    growth: Option<f64>,
    growth_from: Option<From>,
    periods: Option<u32>,
    expected: Numbers,
    #[serde(default)]
    quoted: Numbers,
    quoted_tolerance: Option<f64>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum From {
    Initial,
    FirstRenewal,
}

fn form(name: &str) -> ClosedForm {
    ClosedForm::ALL.into_iter().find(|form| format!("{form:?}") == name).unwrap()
}

impl Convention {
    fn value(&self, name: &str) -> f64 {
        let mut customer =
            ConstantRelationship::new(self.margin, kept(self.retention), yearly(self.rate), YEAR).unwrap();
        if let (Some(growth), Some(from)) = (self.growth, self.growth_from) {
            let from = match from {
                From::Initial => GrowthFrom::Initial,
                From::FirstRenewal => GrowthFrom::FirstRenewal,
            };
            customer = customer.with_growth(MarginGrowth::new(growth, YEAR, from).unwrap());
        }
        match (name, self.periods) {
            // T2 over n periods has n payments, the first of them now: through period n there is one more.
            ("T2_through_T", Some(periods)) => customer.value_over(ClosedForm::T2, periods + 1),
            (name, Some(periods)) => customer.value_over(form(name), periods),
            (name, None) => customer.value(form(name)),
        }
        .unwrap()
        .amount()
    }
}

fn check(cases: Vec<(Convention, crate::golden_equity::At)>) {
    for (case, at) in cases {
        at.meets_named(|name| case.value(name), &case.expected);
        at.quoted_named(|name| case.value(name), &case.quoted, case.quoted_tolerance);
    }
}

#[test]
fn endless_relationships_are_worth_their_sums() {
    check(family::<Convention>("conventions"));
}

#[test]
fn relationships_of_so_many_periods_are_worth_their_sums() {
    check(family::<Convention>("finite"));
}

#[test]
fn relationships_with_growing_margins_are_worth_their_sums() {
    check(family::<Convention>("growth"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Textbook {
    name: String,
    source: String,
    convention: ClosedForm,
    margin: f64,
    retention: f64,
    rate: f64,
    customers: f64,
    acquisition_cost: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn cases_of_textbooks_are_reproduced() {
    for (case, at) in family::<Textbook>("textbook") {
        let customer = ConstantRelationship::new(case.margin, kept(case.retention), yearly(case.rate), YEAR).unwrap();
        let value = customer.value(case.convention).unwrap();
        // A residual value has no acquisition cost to be compared with, not even 0.
        let net = if case.acquisition_cost > 0.0 {
            value.acquisition_margin(case.acquisition_cost).unwrap()
        } else {
            value.amount()
        };
        let what = format!("{} ({})", case.name, case.source);
        at.meets(&what, case.customers * net, case.expected);
        at.quoted(&what, case.customers * net, case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakEven {
    margin: f64,
    retention: f64,
    rate: f64,
    new_margin: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn the_retention_that_pays_for_a_lower_margin_is_found() {
    for (case, at) in family::<BreakEven>("break_even_retention") {
        let before = ClosedForm::T1.value(case.margin, kept(case.retention), yearly(case.rate), YEAR).unwrap();
        let needed = break_even_retention(before, case.new_margin, yearly(case.rate), YEAR).unwrap().per(YEAR);
        at.meets("retention", needed, case.expected);
        at.quoted("retention", needed, case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Multiple {
    retention: f64,
    rate: f64,
    growth: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn margin_multiples_are_those_of_the_published_tables() {
    for (case, at) in family::<Multiple>("margin_multiple") {
        let growth = MarginGrowth::new(case.growth, YEAR, GrowthFrom::FirstRenewal).unwrap();
        let multiple = margin_multiple_with_growth(kept(case.retention), yearly(case.rate), growth, YEAR).unwrap();
        at.meets("multiple", multiple, case.expected);
        at.quoted("multiple", multiple, case.quoted, case.quoted_tolerance);
        if case.growth.abs() <= 0.0 {
            let constant = margin_multiple(kept(case.retention), yearly(case.rate), YEAR).unwrap();
            at.meets("multiple without growth", constant, case.expected);
        }
    }
}

/// What a margin is worth that flows for so many years, the last of them perhaps in part.
fn fixed_life(margin: f64, rate: f64, years: f64, timing: Timing) -> f64 {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(rate).unwrap())
        .horizon(Horizon::years(years).unwrap())
        .period(TimeUnit::Year)
        .timing(timing)
        .build()
        .unwrap();
    convention.compute(&ProfitStreams::new(CurrentProfit::level(vec![margin]).unwrap())).unwrap().current()[0]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Annuity {
    margin: f64,
    rate: f64,
    periods: f64,
    expected: Numbers,
    #[serde(default)]
    quoted: Numbers,
    quoted_tolerance: Option<f64>,
}

fn timing(name: &str) -> Timing {
    [Timing::Start, Timing::Middle, Timing::End].into_iter().find(|timing| timing.to_string() == name).unwrap()
}

#[test]
fn contracts_of_fixed_length_are_worth_their_annuity() {
    let mut whole = 0;
    for (case, at) in family::<Annuity>("lifetime_annuity") {
        let ours = |name: &str| fixed_life(case.margin, case.rate, case.periods, timing(name));
        at.meets_named(ours, &case.expected);
        at.quoted_named(ours, &case.quoted, case.quoted_tolerance);
        // The annuity of contracts knows whole periods only.
        if case.periods.fract().abs() <= 0.0 {
            let term = ContractTerm::new(case.periods as u32, YEAR).unwrap();
            let annuity = |name: &str| lifetime_annuity(case.margin, term, yearly(case.rate), timing(name)).unwrap();
            at.meets_named(annuity, &case.expected);
            whole += 1;
        }
    }
    assert!(whole > 0);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct Overstated {
    margin: f64,
    retention: f64,
    rate: f64,
    annuity: f64,
    #[serde(rename = "T1")]
    residual: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn an_expected_life_taken_as_certain_is_worth_too_much() {
    for (case, at) in family::<Overstated>("annuity_overstates") {
        let residual = ClosedForm::T1.value(case.margin, kept(case.retention), yearly(case.rate), YEAR).unwrap();
        let annuity = fixed_life(case.margin, case.rate, 1.0 / (1.0 - case.retention), Timing::End);
        at.meets("T1", residual, case.residual);
        at.meets("annuity", annuity, case.annuity);
        at.meets("excess", annuity / residual - 1.0, case.expected);
        at.quoted("excess", annuity / residual - 1.0, case.quoted, case.quoted_tolerance);
    }
}
