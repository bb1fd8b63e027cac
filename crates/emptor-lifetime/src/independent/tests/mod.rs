mod closed_forms;
mod extremes;
mod golden;
mod tails;
mod timing;

use crate::testing::{TestResult, check_model};
use crate::{GammaGompertzNbdParameters, NbdParameters, ParetoNbdParameters};

#[test]
fn every_invariant_holds_for_nbd() -> TestResult {
    check_model(NbdParameters { r: 0.385, alpha: 12.07 })
}

#[test]
fn every_invariant_holds_for_pareto_nbd() -> TestResult {
    check_model(ParetoNbdParameters { r: 0.553, alpha: 10.58, s: 0.606, beta: 11.67 })
}

#[test]
fn every_invariant_holds_for_ggom_nbd() -> TestResult {
    check_model(GammaGompertzNbdParameters { r: 0.9, alpha: 3.0, b: 0.1, s: 0.7, beta: 1.2 })
}
