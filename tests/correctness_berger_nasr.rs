//! Berger & Nasr's cases 1 to 4: cycles of sales, profit that changes; case 5 stands with the recency chain.

use emptor::types::{Horizon, Probability};
use emptor::value::closed_form::berger_nasr::{Case1, Case2a, Case2b, Case3, Case4, ProfitCurve};
use serde::Deserialize;

use crate::golden_equity::{YEAR, family, kept, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cycles {
    contribution: f64,
    promotion: f64,
    retention: f64,
    rate: f64,
    cycles_per_year: Option<u32>,
    years_per_cycle: Option<u32>,
    years: u32,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn yearly_sales_are_worth_case_1() {
    for (case, at) in family::<Cycles>("berger_nasr_1") {
        let value = Case1 {
            gross_contribution: case.contribution,
            promotion_cost: case.promotion,
            retention: kept(case.retention),
            rate: yearly(case.rate),
            years: case.years,
        }
        .value()
        .unwrap();
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
    }
}

#[test]
fn several_sales_a_year_are_worth_case_2a() {
    for (case, at) in family::<Cycles>("berger_nasr_2a") {
        let value = Case2a {
            gross_contribution: case.contribution,
            promotion_cost: case.promotion,
            cycle_retention: Probability::new(case.retention).unwrap(),
            cycles_per_year: case.cycles_per_year.unwrap(),
            rate: yearly(case.rate),
            years: case.years,
        }
        .value()
        .unwrap();
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
    }
}

#[test]
fn sales_every_few_years_are_worth_case_2b() {
    for (case, at) in family::<Cycles>("berger_nasr_2b") {
        let value = Case2b {
            gross_contribution: case.contribution,
            promotion_cost: case.promotion,
            cycle_retention: Probability::new(case.retention).unwrap(),
            years_per_cycle: case.years_per_cycle.unwrap(),
            rate: yearly(case.rate),
            years: case.years,
        }
        .value()
        .unwrap();
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Curve {
    h: f64,
    g: f64,
    v: f64,
    n: f64,
    retention: f64,
    rate: f64,
    years: u32,
    expected: f64,
    #[serde(default)]
    profits: Vec<f64>,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
    #[serde(default)]
    quoted_profits: Vec<f64>,
    quoted_profits_tolerance: Option<f64>,
}

impl Curve {
    fn curve(&self) -> ProfitCurve {
        ProfitCurve { acceleration: self.h, turning_point: self.g, initial: self.v, further_gain: self.n }
    }
}

#[test]
fn profit_that_levels_off_is_worth_case_3() {
    for (case, at) in family::<Curve>("berger_nasr_3") {
        let profits = case.curve().profits(case.years).unwrap();
        at.meets_each("profits", &profits, &case.profits);
        at.quoted_each("profits", &profits, &case.quoted_profits, case.quoted_profits_tolerance);
        let (retention, rate) = (kept(case.retention), yearly(case.rate));
        let value = Case3 { profits, retention, rate, period: YEAR }.value().unwrap();
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
    }
}

#[test]
fn a_flow_of_profit_is_worth_case_4() {
    for (case, at) in family::<Curve>("berger_nasr_4") {
        let horizon = Horizon::years(f64::from(case.years)).unwrap();
        let flow = Case4 { retention: kept(case.retention), rate: yearly(case.rate), period: YEAR, horizon };
        let value = flow.value_of_curve(&case.curve()).unwrap();
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
        at.meets("value of any profit", flow.value_of(|t| case.curve().at(t)).unwrap(), case.expected);
    }
}
