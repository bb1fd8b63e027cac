//! Customer equity: elasticities, plans of customers to be won, and what the shareholders have of it.

use emptor::types::Timing;
use emptor::value::ClosedForm;
use emptor::value::equity::{
    AcquisitionPlan, Cohort, Elasticities, EquityModel, Method, Relationship, ShareholderValue, after_tax,
};
use serde::Deserialize;

use crate::golden_equity::{Numbers, YEAR, family, kept, yearly};

fn of(elasticities: &Elasticities, name: &str) -> f64 {
    match name {
        "margin" => elasticities.margin,
        "retention" => elasticities.retention.unwrap(),
        "rate" => elasticities.discount_rate.unwrap(),
        "acquisition_cost" => elasticities.acquisition_cost,
        "acquisition_volume" => elasticities.acquisition_volume,
        other => panic!("{other}"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, reason = "the names of the conventions")]
struct Elastic {
    margin: f64,
    retention: f64,
    rate: f64,
    acquisition_cost: f64,
    periods: usize,
    T1: Numbers,
    T2: Numbers,
    T3: Numbers,
    T4: Numbers,
    T5: Numbers,
    T1_finite: Numbers,
    T1_less_cost: Numbers,
    T2_less_cost: Numbers,
    #[serde(default)]
    quoted: Numbers,
    quoted_tolerance: Option<f64>,
}

#[test]
fn elasticities_of_a_customer_are_the_derivatives_of_the_value() {
    for (case, at) in family::<Elastic>("elasticities") {
        let (retention, rate) = (kept(case.retention), yearly(case.rate));
        let endless = |form| Elasticities::closed_form(form, retention, rate, YEAR).unwrap();
        let net = |form: ClosedForm| {
            let value = form.value(case.margin, retention, rate, YEAR).unwrap();
            endless(form).less_acquisition_cost(value, case.acquisition_cost).unwrap()
        };
        let finite = Elasticities::finite(case.periods, retention, rate, YEAR).unwrap();
        for (name, elasticities, expected) in [
            ("T1", endless(ClosedForm::T1), &case.T1),
            ("T2", endless(ClosedForm::T2), &case.T2),
            ("T3", endless(ClosedForm::T3), &case.T3),
            ("T4", endless(ClosedForm::T4), &case.T4),
            ("T5", endless(ClosedForm::T5), &case.T5),
            ("T1_finite", finite, &case.T1_finite),
            ("T1_less_cost", net(ClosedForm::T1), &case.T1_less_cost),
            ("T2_less_cost", net(ClosedForm::T2), &case.T2_less_cost),
        ] {
            at.meets_named(|lever| of(&elasticities, lever), expected);
            for lever in expected.keys() {
                let quoted = case.quoted.get(&format!("{name}_{lever}")).copied();
                at.quoted(&format!("{name}_{lever}"), of(&elasticities, lever), quoted, case.quoted_tolerance);
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    firm: String,
    customers_million: f64,
    quarterly_margin: f64,
    acquisition_cost: f64,
    retention: f64,
    value_billion: f64,
    elasticity_retention: f64,
    elasticity_acquisition_cost: f64,
    elasticity_margin: f64,
    elasticity_rate: f64,
}

#[test]
fn published_elasticities_keep_the_identity_of_margin_and_acquisition_cost() {
    for (case, at) in family::<Published>("published_elasticities") {
        let identity = case.elasticity_margin - case.elasticity_acquisition_cost;
        at.meets(&case.firm, identity, 1.0);
        // Ours keeps it too: what costs the published share of the net value has the published elasticity of margin.
        let gross = Elasticities::closed_form(ClosedForm::T1, kept(case.retention), yearly(0.12), YEAR).unwrap();
        let cost = case.elasticity_acquisition_cost;
        let net = gross.less_acquisition_cost(1.0 + cost, cost).unwrap();
        at.meets(&case.firm, net.margin, case.elasticity_margin);
        at.meets(&case.firm, -net.acquisition_cost, case.elasticity_acquisition_cost);
        // The paper's data do not say enough to reproduce its levels; they are there, and of the right sign.
        let levels = [case.customers_million, case.quarterly_margin, case.acquisition_cost, case.value_billion];
        assert!(levels.into_iter().chain([case.elasticity_retention, case.elasticity_rate]).all(|x| x > 0.0));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    customers: f64,
    margin: f64,
    retention: f64,
    rate: f64,
    acquired: Vec<f64>,
    acquisition_cost: Vec<f64>,
    value_of_new: ClosedForm,
    tax: f64,
    #[serde(rename = "static")]
    existing: f64,
    future: f64,
    dynamic: f64,
    elasticity: Numbers,
    quoted_dynamic: Option<f64>,
    quoted_dynamic_tolerance: Option<f64>,
    #[serde(default)]
    quoted_elasticity: Numbers,
    quoted_tolerance: Option<f64>,
}

#[test]
fn plans_are_worth_their_cohorts_and_answer_to_the_levers() {
    for (case, at) in family::<Plan>("plan") {
        let customer = |form| Relationship::endless(form, case.margin, kept(case.retention), YEAR).unwrap();
        assert_eq!(case.acquired.len(), case.acquisition_cost.len());
        let cohort = |(customers, cost): (&f64, &f64)| Cohort {
            customers: *customers,
            cost: *cost,
            value: customer(case.value_of_new),
        };
        let cohorts: Vec<Cohort> = case.acquired.iter().zip(&case.acquisition_cost).map(cohort).collect();
        // A plan has cohorts; who plans nothing has none. Published plans take residual values for new customers, too.
        let plan =
            (!cohorts.is_empty()).then(|| AcquisitionPlan::accepting_residual_values(Timing::End, cohorts).unwrap());
        let existing = customer(ClosedForm::T1).for_customers(case.customers).unwrap();
        let model = EquityModel::new(yearly(case.rate), YEAR).with_part("all", existing, plan).unwrap();

        // The tax is one on all of equity, so that it is taken off at the end; it moves no elasticity.
        let equity = model.total();
        let net = |amount| after_tax(amount, case.tax).unwrap();
        at.meets("static", net(equity.static_equity), case.existing);
        at.meets("future", net(equity.future), case.future);
        at.meets("dynamic", net(equity.dynamic), case.dynamic);
        at.quoted("dynamic", net(equity.dynamic), case.quoted_dynamic, case.quoted_dynamic_tolerance);
        let elasticities = model.elasticities(Method::Analytic).unwrap();
        at.meets_named(|lever| of(&elasticities, lever), &case.elasticity);
        at.quoted_named(|lever| of(&elasticities, lever), &case.quoted_elasticity, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leverage {
    customer_equity: f64,
    non_operating_assets: f64,
    debt: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn debt_levers_customer_equity_into_shareholder_value() {
    for (case, at) in family::<Leverage>("leverage") {
        // Assets below nothing are owed.
        let (owned, owed) = (case.non_operating_assets.max(0.0), (-case.non_operating_assets).max(0.0));
        let value = ShareholderValue::new(case.customer_equity, owned, case.debt + owed).unwrap();
        at.meets("leverage", value.leverage(), case.expected);
        at.quoted("leverage", value.leverage(), case.quoted, case.quoted_tolerance);
    }
}
