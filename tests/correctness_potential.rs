//! Potential profit: offers, the gap in the wallet, referrals.

use emptor::types::{Horizon, Probability, TimeUnit, Timing};
use emptor::value::LifetimeValue;
use emptor::value::potential::{
    Offers, PerOffer, PotentialComponent, Ramp, Referral, TakeUp, Wallet, WalletBelowSpend, referral_value,
};
use serde::Deserialize;

use crate::golden_equity::{YEAR, family, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrossSell {
    probability: f64,
    margin: f64,
    cannibalised: f64,
    contact_cost: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

/// One offer to one customer, who takes it up or not in the one period there is, undiscounted.
fn offers(case: &CrossSell) -> Offers {
    let convention = LifetimeValue::builder()
        .rate(yearly(0.0))
        .horizon(Horizon::years(1.0).unwrap())
        .period(TimeUnit::Year)
        .timing(Timing::End)
        .build()
        .unwrap();
    Offers::builder(convention)
        .probabilities(1, vec![case.probability], TakeUp::Ramp(Ramp::immediate()))
        .margin(PerOffer::Same(case.margin))
        .cannibalisation(PerOffer::Same(case.cannibalised))
        .contact_cost(PerOffer::Same(case.contact_cost), Ramp::once(1).unwrap())
        .build()
        .unwrap()
}

#[test]
fn an_offer_brings_its_expected_profit_and_a_losing_one_is_not_made() {
    let mut losing = 0;
    for (case, at) in family::<CrossSell>("cross_sell") {
        let offers = offers(&case);
        if case.expected > 0.0 {
            at.meets("value", offers.of(0)[0].value, case.expected);
            let profit = PotentialComponent::cross_sell(offers).profit(0, 1).unwrap();
            at.meets("profit", profit, case.expected);
            at.quoted("profit", profit, case.quoted, case.quoted_tolerance);
        } else {
            assert!(offers.is_empty());
            losing += 1;
        }
    }
    assert!(losing > 0);
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gap {
    wallet: f64,
    target_share: f64,
    share: f64,
    capture: f64,
    margin_rate: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn the_gap_to_the_target_share_of_the_wallet_is_captured() {
    for (case, at) in family::<Gap>("wallet_gap") {
        let spend = case.wallet * case.share;
        let wallet = Wallet::new(vec![Some(case.wallet)], vec![spend], WalletBelowSpend::Refuse).unwrap();
        let (target, capture) = ([Some(case.target_share)], Probability::new(case.capture).unwrap());
        let rate = [case.margin_rate];
        let gap = PotentialComponent::share_of_wallet(&wallet, &target, capture, &rate, Ramp::immediate()).unwrap();
        at.meets("profit", gap.profit(0, 1).unwrap(), case.expected);
        at.quoted("profit", gap.profit(0, 1).unwrap(), case.quoted, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Referred {
    referrals: f64,
    share_won: f64,
    value: f64,
    saved_cost: f64,
    time: f64,
    rate: f64,
    expected: f64,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn referrals_bring_customers_or_save_what_they_would_have_cost() {
    for (case, at) in family::<Referred>("referral") {
        // Now is the start of the first period, year n the end of the n-th.
        let (period, timing) = if case.time > 0.0 { (case.time as usize, Timing::End) } else { (1, Timing::Start) };
        let referral = Referral {
            customer: 0,
            period,
            expected: case.referrals,
            type1_share: case.share_won,
            clv: case.value,
            acquisition_cost: 0.0,
            saved_cost: case.saved_cost,
        };
        let value = referral_value(1, &[referral], yearly(case.rate), YEAR, timing).unwrap()[0];
        at.meets("value", value, case.expected);
        at.quoted("value", value, case.quoted, case.quoted_tolerance);
    }
}
