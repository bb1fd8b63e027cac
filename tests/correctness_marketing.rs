//! What marketing returns: the best spending, and customers who switch brands.

use emptor::types::Horizon;
use emptor::value::equity::{BrandSwitching, BrandUse, MarketingReturn, ResponseCurve, SpendingPlan};
use serde::Deserialize;

use crate::golden_equity::{Numbers, YEAR, family, yearly};

/// The keys that have no field here are the expected numbers, each of which has a name in the test.
#[derive(Deserialize)]
struct Spending {
    acquisition_spend: f64,
    acquisition_rate: f64,
    acquisition_ceiling: f64,
    retention_spend: f64,
    retention_rate: f64,
    retention_ceiling: f64,
    margin: f64,
    rate: f64,
    #[serde(default)]
    quoted: Numbers,
    quoted_tolerance: Option<f64>,
    #[serde(default)]
    quoted_spend: Numbers,
    quoted_spend_tolerance: Option<f64>,
    #[serde(flatten)]
    expected: Numbers,
}

#[test]
fn spending_on_winning_and_keeping_is_best_where_an_independent_search_finds_it() {
    for (case, at) in family::<Spending>("blattberg_deighton") {
        let (spend, rate, ceiling) = (case.acquisition_spend, case.acquisition_rate, case.acquisition_ceiling);
        let winning = ResponseCurve::calibrated(spend, rate, ceiling).unwrap();
        let (spend, rate, ceiling) = (case.retention_spend, case.retention_rate, case.retention_ceiling);
        let keeping = ResponseCurve::calibrated(spend, rate, ceiling).unwrap();
        let plan = SpendingPlan::new(winning, keeping, case.margin, yearly(case.rate), YEAR).unwrap();
        let best = plan.optimum();
        let ours = |name: &str| match name {
            "k_acquisition" => winning.efficiency(),
            "k_retention" => keeping.efficiency(),
            "current_value" => plan.prospect_equity(case.acquisition_spend, case.retention_spend).unwrap(),
            "current_customer" => plan.customer_value(case.retention_spend).unwrap(),
            "best_acquisition" => best.acquisition_spend,
            "best_retention" => best.retention_spend,
            "best_acquisition_rate" => best.acquisition_rate,
            "best_retention_rate" => best.retention_rate,
            "best_value" => best.prospect_equity,
            "best_customer" => best.customer_value,
            "marginal_acquisition" => best.marginal_acquisition_cost,
            "marginal_retention" => best.marginal_retention_cost,
            other => panic!("{other}"),
        };
        assert_eq!(case.expected.len(), 12);
        at.meets_named(ours, &case.expected);
        at.quoted_named(ours, &case.quoted, case.quoted_tolerance);
        at.quoted_named(ours, &case.quoted_spend, case.quoted_spend_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switching {
    matrix: Vec<Vec<f64>>,
    start: Vec<f64>,
    brand: usize,
    volume: f64,
    margin: f64,
    purchases_per_year: f64,
    years: f64,
    rate: f64,
    path: Vec<f64>,
    expected: f64,
    #[serde(default)]
    quoted_path: Vec<f64>,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
    matrix_after: Option<Vec<Vec<f64>>>,
    #[serde(default)]
    path_after: Vec<f64>,
    expected_after: Option<f64>,
    customers: Option<f64>,
    cost: Option<f64>,
    return_on_investment: Option<f64>,
}

#[test]
fn customers_who_switch_brands_are_worth_their_path() {
    for (case, at) in family::<Switching>("switching") {
        let (years, rate) = (Horizon::years(case.years).unwrap(), yearly(case.rate));
        let habit = BrandUse::new(case.purchases_per_year, case.volume, case.margin, years, rate).unwrap();
        // The probability to buy the brand, of customers whose last brands are spread as at the start.
        let path = |switching: &BrandSwitching| {
            let from = |last| switching.path(last, habit.purchases()).unwrap();
            let paths: Vec<Vec<Vec<f64>>> = (0..case.start.len()).map(from).collect();
            let at = |t: usize| paths.iter().zip(&case.start).map(|(path, share)| share * path[t][case.brand]).sum();
            (0..habit.purchases()).map(at).collect::<Vec<f64>>()
        };
        let now = BrandSwitching::new(case.matrix.clone()).unwrap();
        let value = now.equity(case.brand, &case.start, &habit).unwrap();
        at.meets_each("path", &path(&now), &case.path);
        at.quoted_each("path", &path(&now), &case.quoted_path, case.quoted_tolerance);
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
        if let Some(matrix) = case.matrix_after {
            let after = BrandSwitching::new(matrix).unwrap();
            at.meets_each("path after", &path(&after), &case.path_after);
            let value = after.equity(case.brand, &case.start, &habit).unwrap();
            at.meets("value after", value, case.expected_after.unwrap());
            let base: Vec<f64> = case.start.iter().map(|share| case.customers.unwrap() * share).collect();
            let found = now.marketing_return(&after, case.brand, &base, &habit, case.cost.unwrap()).unwrap();
            at.meets("return on investment", found.roi, case.return_on_investment.unwrap());
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    gain: f64,
    cost: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn marketing_returns_its_gain_over_its_cost() {
    for (case, at) in family::<Returned>("return_on_marketing") {
        let found = MarketingReturn::new(0.0, case.gain, case.cost).unwrap();
        at.meets("return", found.roi, case.expected);
        at.quoted("return", found.roi, case.quoted, case.quoted_tolerance);
    }
}
