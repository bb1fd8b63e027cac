//! The golden numbers G01–G27 of the project, each by its number: one test for each, as a reader would call the public
//! interface. G01 to G18, closed forms of value, are here, the others in `golden_index_equity`. The same formulas are
//! tested over many inputs in `correctness_*`; the made-up firm with six customers and three products (Fixture A) is in
//! `correctness_profit`.

use emptor::types::{DiscountRate, Horizon, Probability, TimeUnit, Timing};
use emptor::value::closed_form::berger_nasr::{Case1, Case2a, Case2b, Case3, Case4, ProfitCurve};
use emptor::value::closed_form::{
    ConstantRelationship, ContractTerm, GrowthFrom, MarginGrowth, MarkovValue, lifetime_annuity, margin_multiple,
    margin_multiple_with_growth,
};
use emptor::value::{ClosedForm, CurrentProfit, LifetimeValue, PotentialProfit, ProfitStreams, RetentionRate};

use crate::golden_equity::{YEAR, kept, yearly};

/// The value is within the tolerance of what is expected.
#[track_caller]
pub(crate) fn near(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value}, expected {expected} within {tolerance}");
}

/// The same for lists of one length.
#[track_caller]
pub(crate) fn each_near(values: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(values.len(), expected.len());
    values.iter().zip(expected).for_each(|(value, expected)| near(*value, *expected, tolerance));
}

/// Three years of profit and potential profit at 10 %, without survival: current and total value.
#[track_caller]
fn three_years(timing: Timing, current: f64, total: f64) {
    let convention = LifetimeValue::builder().rate(yearly(0.1)).horizon(Horizon::years(3.0).unwrap());
    let convention = convention.period(YEAR).timing(timing).build().unwrap();
    let streams = ProfitStreams::new(CurrentProfit::panel(3, vec![100.0, 110.0, 121.0]).unwrap());
    let streams = streams.with_potential(PotentialProfit::panel(3, vec![10.0, 20.0, 30.0]).unwrap()).unwrap();
    let values = convention.compute(&streams).unwrap();
    near(values.current()[0], current, 1e-6);
    near(values.total()[0], total, 1e-6);
}

#[test]
fn g01_flows_at_the_end_of_the_year() {
    three_years(Timing::End, 272.727_273, 320.886_551);
}

#[test]
fn g02_flows_at_the_start_of_the_year() {
    three_years(Timing::Start, 300.0, 352.975_207);
}

#[test]
fn g03_flows_in_the_middle_of_the_year() {
    three_years(Timing::Middle, 286.038_777, 336.548_654);
}

#[test]
fn g04_berger_nasr_case_1() {
    let (retention, rate) = (kept(0.75), yearly(0.2));
    let case = Case1 { gross_contribution: 260.0, promotion_cost: 50.0, retention, rate, years: 10 };
    near(case.value().unwrap(), 568.7831, 1e-4);
}

#[test]
fn g05_berger_nasr_case_2a() {
    let case = Case2a {
        gross_contribution: 125.0,
        promotion_cost: 25.0,
        cycle_retention: Probability::new(0.8).unwrap(),
        cycles_per_year: 2,
        rate: yearly(0.2),
        years: 4,
    };
    near(case.value().unwrap(), 354.6884, 1e-4);
}

#[test]
fn g06_berger_nasr_case_2b() {
    let case = Case2b {
        gross_contribution: 1000.0,
        promotion_cost: 95.0,
        cycle_retention: Probability::new(0.3).unwrap(),
        years_per_cycle: 3,
        rate: yearly(0.2),
        years: 12,
    };
    near(case.value().unwrap(), 1122.5211, 1e-4);
}

const CURVE: ProfitCurve = ProfitCurve { acceleration: 4.0, turning_point: 4.0, initial: 20.0, further_gain: 30.0 };

#[test]
fn g07_berger_nasr_case_3() {
    let profits = CURVE.profits(8).unwrap();
    let published = [20.0, 24.0, 36.0, 56.0, 84.0, 102.9636, 109.9399, 112.5064, 113.4505];
    each_near(&profits, &published, 1e-4);
    let case = Case3 { profits, retention: kept(0.8), rate: yearly(0.2), period: YEAR };
    near(case.value().unwrap(), 119.407_371, 1e-6);
}

#[test]
fn g08_berger_nasr_case_4() {
    let horizon = Horizon::years(8.0).unwrap();
    let case = Case4 { retention: kept(0.8), rate: yearly(0.2), period: YEAR, horizon };
    near(case.value_of_curve(&CURVE).unwrap(), 106.628_368, 1e-6);
    near(case.value_of_constant(100.0).unwrap(), 237.007_214, 1e-6);
}

/// Customers by recency: a purchase brings 40, a mailing costs 4, the rate is 20 %.
fn by_recency() -> MarkovValue {
    MarkovValue::recency(&[0.3, 0.2, 0.15, 0.05], 40.0, 4.0, yearly(0.2), YEAR).unwrap()
}

#[test]
fn g09_pfeifer_carraway_endless() {
    each_near(&by_recency().values().unwrap(), &[52.3196, 5.5538, 1.2508, -1.8200, 0.0], 1e-4);
}

#[test]
fn g10_pfeifer_carraway_over_four_periods() {
    each_near(&by_recency().values_over(4), &[50.1150, 4.2199, 0.5921, -1.9801, 0.0], 1e-4);
}

#[test]
fn g11_pfeifer_carraway_stopped_where_mailing_loses() {
    let rule = by_recency().stop_rule(4).unwrap();
    assert_eq!(rule.stopped(), [3]);
    each_near(rule.values(), &[53.1494, 6.6207, 2.6437, 0.0, 0.0], 1e-4);
}

#[test]
fn g12_six_conventions_of_one_customer() {
    let customer = ConstantRelationship::new(100.0, kept(0.8), yearly(0.12), YEAR).unwrap();
    let values = ClosedForm::ALL.map(|form| customer.value(form).unwrap().amount());
    each_near(&values, &[250.0, 350.0, 312.5, 264.575_131, 330.718_914, 297.201_341], 1e-6);
}

#[test]
fn g13_annuity_over_the_expected_life() {
    let residual = ClosedForm::T1.value(100.0, kept(0.8), yearly(0.12), YEAR).unwrap();
    let term = ContractTerm::new(5, YEAR).unwrap();
    let annuity = lifetime_annuity(100.0, term, yearly(0.12), Timing::End).unwrap();
    near(residual, 250.0, 1e-3);
    near(annuity, 360.4776, 1e-3);
    near(annuity / residual - 1.0, 0.4419, 1e-3);
}

#[test]
fn g14_margin_multiples() {
    // Rows: retention .6 to .9. Columns: 10, 12, 14, 16 % without growth; growth 0, 2, 4, 6, 8 % at 12 %.
    let table = [
        (0.6, [1.20, 1.15, 1.11, 1.07], [1.15, 1.18, 1.21, 1.24, 1.27]),
        (0.7, [1.75, 1.67, 1.59, 1.52], [1.67, 1.72, 1.79, 1.85, 1.92]),
        (0.8, [2.67, 2.50, 2.35, 2.22], [2.50, 2.63, 2.78, 2.94, 3.12]),
        (0.9, [4.50, 4.09, 3.75, 3.46], [4.09, 4.46, 4.89, 5.42, 6.08]),
    ];
    for (retention, by_rate, by_growth) in table {
        let flat = |rate| margin_multiple(kept(retention), yearly(rate), YEAR).unwrap();
        each_near(&[0.10, 0.12, 0.14, 0.16].map(flat), &by_rate, 0.006);
        let growing = |growth| {
            let growth = MarginGrowth::new(growth, YEAR, GrowthFrom::FirstRenewal).unwrap();
            margin_multiple_with_growth(kept(retention), yearly(0.12), growth, YEAR).unwrap()
        };
        each_near(&[0.0, 0.02, 0.04, 0.06, 0.08].map(growing), &by_growth, 0.006);
    }
}

/// A monthly margin at 1 % a month.
fn monthly(form: ClosedForm, margin: f64, retention: f64) -> f64 {
    let rate = DiscountRate::per_period(0.01, TimeUnit::Month).unwrap();
    form.value(margin, RetentionRate::new(retention, TimeUnit::Month).unwrap(), rate, TimeUnit::Month).unwrap()
}

#[test]
fn g15_internet_provider() {
    near(monthly(ClosedForm::T1, 19.95 - 0.50 - 0.50, 0.788), 67.2640, 1e-3);
}

#[test]
fn g16_film_rental() {
    near(monthly(ClosedForm::T2, 18.45 - 0.50, 0.995), 1208.6333, 1e-3);
    near(monthly(ClosedForm::T1, 18.45 - 0.50, 0.995), 1190.6833, 1e-3);
}

#[test]
fn g17_cohort_of_a_hundred_thousand() {
    let customer = ConstantRelationship::new(100.0 - 50.0 - 10.0, kept(0.5), yearly(0.15), YEAR).unwrap();
    let net = customer.value(ClosedForm::T2).unwrap().acquisition_margin(30.0).unwrap();
    // The list gives two decimals.
    near(100_000.0 * net, 4_076_923.08, 0.005);
}

#[test]
fn g18_rates_of_twelve_percent() {
    // The list says the first two in percent.
    near(yearly(0.12).per(TimeUnit::Month), 0.009_488_79, 1e-8);
    near(DiscountRate::annual_nominal(0.12, 12).unwrap().annual(), 0.126_825_03, 1e-8);
    near(yearly(0.12).force(), 0.113_328_69, 1e-6);
}
