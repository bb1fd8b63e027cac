//! Published values, invariants and extremes of the beta-geometric models.

mod closed_forms;
mod extremes;
mod fits;

use emptor_types::TimeUnit;

use crate::testing::{TestResult, check_model};
use crate::{
    BetaGeoCnbdKParameters, BetaGeoNbdParameters, FittedBetaGeoNbd, LifetimeError, ModifiedBetaGeoCnbdKParameters,
    ModifiedBetaGeoNbdParameters,
};

fn bg_nbd([r, alpha, a, b]: [f64; 4], unit: TimeUnit) -> Result<FittedBetaGeoNbd, LifetimeError> {
    FittedBetaGeoNbd::from_parameters(BetaGeoNbdParameters { r, alpha, a, b }, unit)
}

#[test]
fn every_invariant_holds_for_bg_nbd() -> TestResult {
    check_model(BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 })
}

#[test]
fn every_invariant_holds_for_mbg_nbd() -> TestResult {
    check_model(ModifiedBetaGeoNbdParameters { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614 })
}

#[test]
fn every_invariant_holds_for_bg_cnbd_k() -> TestResult {
    check_model(BetaGeoCnbdKParameters { k: 3, r: 0.8, alpha: 2.0, a: 0.7, b: 2.4 })
}

#[test]
fn every_invariant_holds_for_mbg_cnbd_k() -> TestResult {
    check_model(ModifiedBetaGeoCnbdKParameters { k: 2, r: 0.9, alpha: 3.0, a: 0.8, b: 1.7 })
}
