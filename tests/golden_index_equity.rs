//! The golden numbers G19–G27: customer equity, contracts, costs, mailings; G01 to G18 are in `golden_index`.

use emptor::lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeo, ShiftedBetaGeoParameters, Standing};
use emptor::types::{ContractHistory, Fit, Horizon, Probability, Timing};
use emptor::value::ClosedForm;
use emptor::value::closed_form::{ContactEconomics, acquisition_value, residual_value};
use emptor::value::equity::{
    AcquisitionPlan, BrandSwitching, BrandUse, Cohort, Elasticities, EquityModel, Method, Relationship, ResponseCurve,
    SpendingPlan,
};
use emptor::value::profitability::{ActivityVolume, CapacityPool};

use crate::golden_equity::{YEAR, kept, yearly};
use crate::golden_index::{each_near, near};

#[test]
fn g19_elasticities() {
    let of = |form| Elasticities::closed_form(form, kept(0.8), yearly(0.12), YEAR).unwrap();
    let (residual, ceiling) = (of(ClosedForm::T1), of(ClosedForm::T2));
    near(residual.retention.unwrap(), 3.5, 1e-5);
    near(residual.discount_rate.unwrap(), -0.375, 1e-5);
    near(ceiling.retention.unwrap(), 2.5, 1e-5);
    near(ceiling.discount_rate.unwrap(), -0.267_857, 1e-5);
    let five_years = Elasticities::finite(5, kept(0.8), yearly(0.12), YEAR).unwrap();
    near(five_years.retention.unwrap(), 2.357_989, 1e-5);
}

#[test]
fn g20_blattberg_deighton_optimum() {
    let winning = ResponseCurve::calibrated(6.0, 0.25, 0.45).unwrap();
    let keeping = ResponseCurve::calibrated(10.0, 0.5, 0.8).unwrap();
    let best = SpendingPlan::new(winning, keeping, 60.0, yearly(0.1), YEAR).unwrap().optimum();
    near(best.acquisition_spend, 14.2037, 1e-3);
    near(best.retention_spend, 22.1696, 1e-3);
    near(best.prospect_equity, 28.849_899, 1e-3);
    // At the optimum the last customer won and the last one kept cost what a customer is worth.
    near(best.marginal_acquisition_cost, best.customer_value, 1e-3);
    near(best.marginal_retention_cost, best.customer_value, 1e-3);
}

#[test]
fn g21_brand_switching() {
    let switching = BrandSwitching::new(vec![vec![0.75, 0.25], vec![0.2, 0.8]]).unwrap();
    let habit = BrandUse::new(2.0, 120.0, 0.25, Horizon::years(3.0).unwrap(), yearly(0.1)).unwrap();
    let path: Vec<f64> = switching.path(0, 3).unwrap().iter().map(|brands| brands[0]).collect();
    each_near(&path, &[0.75, 0.6125, 0.536_875], 1e-6);
    near(switching.equity(0, &[1.0, 0.0], &habit).unwrap(), 100.331_668, 1e-6);
}

#[test]
fn g22_equity_with_customers_to_be_won() {
    // 1000 customers worth 250 each, and 100 more in each of three years for 80 each.
    let customer = || Relationship::endless(ClosedForm::T1, 100.0, kept(0.8), YEAR).unwrap();
    let cohorts = (0..3).map(|_| Cohort { customers: 100.0, cost: 80.0, value: customer() }).collect();
    let plan = AcquisitionPlan::accepting_residual_values(Timing::End, cohorts).unwrap();
    let existing = customer().for_customers(1000.0).unwrap();
    let model = EquityModel::new(yearly(0.12), YEAR).with_part("all", existing, Some(plan)).unwrap();
    near(model.total().dynamic, 290_831.131_6, 1e-4);
    let elasticities = model.elasticities(Method::Analytic).unwrap();
    near(elasticities.margin - elasticities.acquisition_cost.abs(), 1.0, 1e-4);
}

/// The beta-geometric model of contracts, from the survivors of a thousand over seven renewals.
#[track_caller]
fn fits(survivors: &[f64], alpha: f64, beta: f64, log_likelihood: f64) {
    let history = ContractHistory::from_survivors(&[survivors], YEAR).unwrap();
    let model = ShiftedBetaGeo::builder().build().unwrap().fit(&history).unwrap();
    near(model.parameters().alpha, alpha, 1e-3);
    near(model.parameters().beta, beta, 1e-3);
    // Published to one decimal.
    near(model.report().log_likelihood.unwrap(), log_likelihood, 0.05);
}

fn beta_geometric(alpha: f64, beta: f64) -> FittedShiftedBetaGeo {
    FittedShiftedBetaGeo::from_parameters(ShiftedBetaGeoParameters { alpha, beta }, YEAR).unwrap()
}

#[test]
fn g23_beta_geometric_fits() {
    fits(&[1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0], 0.668, 3.806, -1611.2);
    fits(&[1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0], 0.704, 1.182, -1680.3);
}

#[test]
fn g24_discounted_expected_lifetimes() {
    let (model, rate) = (beta_geometric(0.668, 3.806), yearly(0.1));
    near(acquisition_value(&model, 1.0, rate).unwrap(), 5.922_596, 1e-3);
    // In the fourth period, before the fourth renewal.
    near(residual_value(&model, 1.0, 3, rate, Standing::BeforeRenewal).unwrap(), 6.620_280, 1e-3);
}

#[test]
fn g25_one_rate_for_all_misleads() {
    let (model, rate) = (beta_geometric(0.764, 1.296), yearly(0.1));
    let value = |period: u64| residual_value(&model, 100.0, period - 1, rate, Standing::BeforeRenewal).unwrap();
    each_near(&[1, 2, 5].map(value), &[288.22, 393.94, 568.25], 0.01);
    // T1 stands just after a payment; just before the renewal a year less is discounted.
    near(1.1 * ClosedForm::T1.value(100.0, kept(0.833), rate, YEAR).unwrap(), 343.18, 0.01);
}

#[test]
fn g26_time_driven_costing() {
    let activities = [("orders", 49_000.0, 8.0), ("inquiries", 1_400.0, 44.0), ("credit checks", 2_500.0, 50.0)];
    let volumes = activities.map(|(name, volume, minutes)| ActivityVolume::new(name, volume, minutes).unwrap());
    let used = CapacityPool::new(560_000.0, 700_000.0).unwrap().assign(&volumes);
    let found = [used.rate, used.used_minutes, used.assigned_cost, used.unused_minutes, used.unused_cost];
    // The list allows no difference: what is left is the rounding of a double.
    each_near(&found, &[0.80, 578_600.0, 462_880.0, 121_400.0, 97_120.0], 1e-9);
}

#[test]
fn g27_roll_out_and_break_even() {
    let mailing = ContactEconomics::new(0.55, 40.0).unwrap();
    near(mailing.profit(554_182, Probability::new(0.0276).unwrap()).unwrap(), 307_016.8, 0.1);
    near(mailing.break_even_rate(), 0.013_75, 1e-12);
    near(ContactEconomics::new(2.0, 32.0).unwrap().break_even_rate(), 0.0625, 1e-12);
}
