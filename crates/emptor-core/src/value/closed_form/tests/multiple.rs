use emptor_types::{DiscountRate, TimeUnit};

use super::super::{
    ClosedForm, ConstantRelationship, GrowthFrom, MarginGrowth, break_even_retention, margin_multiple,
    margin_multiple_with_growth,
};
use super::{Outcome, ROUNDING, close, customer, staying, yearly};
use crate::value::{CurrentProfit, LifetimeValue, ProfitStreams, RetentionRate};

/// The tables print two decimals; 3.125 is printed as 3.12.
const PRINTED: f64 = 0.006;

const RETENTIONS: [f64; 4] = [0.6, 0.7, 0.8, 0.9];

#[test]
fn margin_multiples_give_the_published_table() -> Outcome {
    // Gupta & Lehmann (2005), margin multiple without growth.
    let table =
        [[1.20, 1.15, 1.11, 1.07], [1.75, 1.67, 1.59, 1.52], [2.67, 2.50, 2.35, 2.22], [4.50, 4.09, 3.75, 3.46]];
    for (retention, row) in RETENTIONS.into_iter().zip(table) {
        for (rate, multiple) in [0.10, 0.12, 0.14, 0.16].into_iter().zip(row) {
            close(margin_multiple(staying(retention)?, yearly(rate)?, TimeUnit::Year)?, multiple, PRINTED);
        }
    }
    Ok(())
}

#[test]
fn margin_multiples_with_growth_give_the_published_table() -> Outcome {
    // Gupta & Lehmann (2005), margin multiple with growth at 12 %.
    let table = [
        [1.15, 1.18, 1.21, 1.24, 1.27],
        [1.67, 1.72, 1.79, 1.85, 1.92],
        [2.50, 2.63, 2.78, 2.94, 3.12],
        [4.09, 4.46, 4.89, 5.42, 6.08],
    ];
    for (retention, row) in RETENTIONS.into_iter().zip(table) {
        for (growth, multiple) in [0.0, 0.02, 0.04, 0.06, 0.08].into_iter().zip(row) {
            let growth = MarginGrowth::new(growth, TimeUnit::Year, GrowthFrom::FirstRenewal)?;
            let value = margin_multiple_with_growth(staying(retention)?, yearly(0.12)?, growth, TimeUnit::Year)?;
            close(value, multiple, PRINTED);
        }
    }
    let fast = MarginGrowth::new(0.3, TimeUnit::Year, GrowthFrom::FirstRenewal)?;
    assert!(margin_multiple_with_growth(staying(0.9)?, yearly(0.12)?, fast, TimeUnit::Year).is_err());
    Ok(())
}

#[test]
fn an_internet_provider_keeps_its_value_at_the_break_even_retention() -> Outcome {
    // Net-4-You: price 19.95, cost .50, loyalty .50, 78.8 % a month, 1 %: published 67.2639; .20 more for loyalty.
    let rate = DiscountRate::per_period(0.01, TimeUnit::Month)?;
    let before = RetentionRate::new(0.788, TimeUnit::Month)?;
    let value = ClosedForm::T1.value(18.95, before, rate, TimeUnit::Month)?;
    close(value, 67.2640, 1e-4);
    let needed = break_even_retention(value, 18.75, rate, TimeUnit::Month)?;
    close(needed.per(TimeUnit::Month), 0.789_832, 5.1e-7);
    close(ClosedForm::T1.value(18.75, needed, rate, TimeUnit::Month)?, value, ROUNDING);
    Ok(())
}

#[test]
fn break_even_retention_inverts_the_residual_value() -> Outcome {
    for retention in [0.0, 0.3, 0.8, 1.0] {
        let value = ClosedForm::T1.value(40.0, staying(retention)?, yearly(0.1)?, TimeUnit::Year)?;
        let found = break_even_retention(value, 40.0, yearly(0.1)?, TimeUnit::Year)?;
        close(found.per(TimeUnit::Year), retention, 1e-12);
    }
    // A perpetuity of 40 at 10 % is worth 400: more cannot be had at any retention.
    let error = break_even_retention(500.0, 40.0, yearly(0.1)?, TimeUnit::Year).map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| error.contains("retention of 1.0")));
    for (value, margin) in [(-1.0, 40.0), (1.0, 0.0), (f64::NAN, f64::NAN)] {
        assert!(break_even_retention(value, margin, yearly(0.1)?, TimeUnit::Year).is_err());
    }
    Ok(())
}

#[test]
fn a_subscription_is_worth_1209_to_win_and_1191_to_keep() -> Outcome {
    // The Netflix case of the Darden course: 18.45 − 0.50, 99.5 % and 1 % a month, published "about 1209".
    let retention = RetentionRate::new(0.995, TimeUnit::Month)?;
    let rate = DiscountRate::per_period(0.01, TimeUnit::Month)?;
    let customer = ConstantRelationship::new(17.95, retention, rate, TimeUnit::Month)?;
    close(customer.value(ClosedForm::T2)?.amount(), 1208.6333, 1e-4);
    close(customer.value(ClosedForm::T1)?.amount(), 1190.6833, 1e-4);
    Ok(())
}

#[test]
fn a_cohort_is_worth_its_customers_less_what_they_cost() -> Outcome {
    // Berry-type cohort: 100 000 customers, acquisition 30, revenue 100, cost 50, marketing 10, r .5, 15 %.
    let customer = customer(100.0 - 50.0 - 10.0, 0.5, 0.15)?.value(ClosedForm::T2)?;
    close(100_000.0 * customer.acquisition_margin(30.0)?, 4_076_923.08, 5.1e-3);
    Ok(())
}

#[test]
fn a_fixed_life_is_discounted_profit_by_profit() -> Outcome {
    // Best (Market-Based Management): −51 at the start, then 30, 42, 44, 49, 55 at 10 %.
    let spec = LifetimeValue::builder()
        .rate(yearly(0.1)?)
        .horizon(emptor_types::Horizon::years(6.0)?)
        .period(TimeUnit::Year)
        .timing(emptor_types::Timing::Start)
        .build()?;
    let profits = CurrentProfit::panel(6, vec![-51.0, 30.0, 42.0, 44.0, 49.0, 55.0])?;
    close(spec.compute(&ProfitStreams::new(profits))?.current()[0], 111.6597, 5.1e-5);
    Ok(())
}
