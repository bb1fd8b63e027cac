mod check_contract;
mod fits;
mod lifetimes;

use check_contract::check_contract_model;

use super::{BetaDiscreteWeibullParameters, ShiftedBetaGeoParameters};
use crate::testing::TestResult;

#[test]
fn shifted_beta_geometric_keeps_the_invariants() -> TestResult {
    check_contract_model(ShiftedBetaGeoParameters { alpha: 0.7, beta: 2.4 })
}

#[test]
fn beta_discrete_weibull_keeps_the_invariants() -> TestResult {
    check_contract_model(BetaDiscreteWeibullParameters { alpha: 0.6, beta: 1.6, c: 1.4 })
}
