use emptor_types::{DiscountRate, TimeUnit, Timing};

use super::super::berger_nasr::Case4;
use super::super::{
    ClosedForm, ConstantRelationship, ContractTerm, GrowthFrom, MarginGrowth, Purpose, lifetime_annuity,
};
use super::{Outcome, ROUNDING, close, customer, staying, textbook, yearly};
use crate::value::{RepeatBuyingRate, RetentionRate, ValueError};
use ClosedForm::{T1, T2, T3, T4, T5, T6};

/// Six printed decimals.
const PRINTED: f64 = 5.1e-7;

/// When a payment falls after `k` renewals, and the first `k` that pays.
fn discrete() -> [(ClosedForm, u32, f64); 5] {
    [(T1, 1, 0.0), (T2, 0, 0.0), (T3, 0, 1.0), (T4, 1, -0.5), (T5, 0, 0.5)]
}

fn growing(rate: f64, from: GrowthFrom) -> Result<ConstantRelationship, Box<dyn std::error::Error>> {
    Ok(textbook()?.with_growth(MarginGrowth::new(rate, TimeUnit::Year, from)?))
}

#[test]
fn the_six_conventions_give_the_textbook_values() -> Outcome {
    // Fader & Hardie (2012) for T1 to T3; T4 to T6 are their forms with a factor √1.12 and 100 / ln 1.4.
    for (form, value) in ClosedForm::ALL.into_iter().zip([250.0, 350.0, 312.5, 264.575_131, 330.718_914, 297.201_341]) {
        close(textbook()?.value(form)?.amount(), value, PRINTED);
    }
    Ok(())
}

#[test]
fn the_conventions_keep_their_identities_with_growth_and_without() -> Outcome {
    for from in [GrowthFrom::FirstRenewal, GrowthFrom::Initial] {
        for growth in [-0.3, 0.0, 0.04, 0.3] {
            let customer = growing(growth, from)?;
            let of = |form| customer.value(form).map(super::super::ExpectedValue::amount);
            let over = |form, n| customer.value_over(form, n).map(super::super::ExpectedValue::amount);
            close(of(T2)?, 100.0 + of(T1)?, ROUNDING);
            close(of(T2)?, 1.12 * of(T3)?, ROUNDING);
            close(of(T4)?, of(T1)? * 1.12_f64.sqrt(), ROUNDING);
            close(of(T5)?, of(T3)? * 1.12_f64.sqrt(), ROUNDING);
            let q = 0.8 * (1.0 + growth) / 1.12;
            close(over(T1, 5)?, of(T1)? * (1.0 - q.powi(5)), ROUNDING);
            close(over(T2, 6)?, 100.0 + over(T1, 5)?, ROUNDING);
            close(over(T2, 6)?, 1.12 * over(T3, 6)?, ROUNDING);
        }
    }
    let customer = textbook()?;
    close(customer.value(T3)?.amount(), customer.value(T1)?.amount() / 0.8, ROUNDING);
    Ok(())
}

#[test]
fn finite_sums_agree_with_loops_also_where_endless_ones_diverge() -> Outcome {
    for (retention, rate, growth) in
        [(0.8, 0.12, 0.04), (0.0, 0.1, 0.2), (1.0, 0.0, 0.0), (1.0, 0.05, 0.05), (0.9, -0.2, 0.1)]
    {
        for from in [GrowthFrom::FirstRenewal, GrowthFrom::Initial] {
            let growing = MarginGrowth::new(growth, TimeUnit::Year, from)?;
            let customer = customer(100.0, retention, rate)?.with_growth(growing);
            for (form, first, offset) in discrete() {
                for periods in [1, 2, 7, 40] {
                    let mut sum = 0.0;
                    for k in first..first + periods {
                        let grown = if from == GrowthFrom::Initial { k } else { k.saturating_sub(1) };
                        let margin = 100.0 * (1.0 + growth).powi(i32::try_from(grown)?);
                        let alive = retention.powi(i32::try_from(k)?);
                        sum += margin * alive / (1.0 + rate).powf(f64::from(k) + offset);
                    }
                    let value = customer.value_over(form, periods)?.amount();
                    close(value, sum, 1e-12 * sum.abs().max(100.0));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn growth_counts_from_where_it_is_said_to() -> Outcome {
    // Gupta & Lehmann (2003): 277.78; the substitution d' = (d − g)/(1 + g) in T1 gives 288.89.
    close(growing(0.04, GrowthFrom::FirstRenewal)?.value(T1)?.amount(), 277.777_778, PRINTED);
    let initial = growing(0.04, GrowthFrom::Initial)?;
    close(initial.value(T1)?.amount(), 288.888_889, PRINTED);
    let substituted = customer(100.0, 0.8, 0.08 / 1.04)?;
    close(initial.value(T1)?.amount(), substituted.value(T1)?.amount(), ROUNDING);
    // A flow grows from its beginning.
    close(initial.value(T6)?.amount(), 100.0 / (1.12_f64 / 0.832).ln(), ROUNDING);
    let error = growing(0.04, GrowthFrom::FirstRenewal)?.value(T6).map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| error.contains("no first renewal")));
    Ok(())
}

#[test]
fn published_finite_lives() -> Outcome {
    close(textbook()?.value_over(T1, 5)?.amount(), 203.516_392, PRINTED);
    // A course sheet: 298.2 + 226.3 + 171.8 + 130.4 + 98.9.
    close(customer(334.0, 0.85, 0.12)?.value_over(T3, 5)?.amount(), 925.5878, 5e-5);
    // Berger & Nasr (1998), case 4 with a constant profit.
    close(customer(100.0, 0.8, 0.2)?.value_over(T6, 8)?.amount(), 237.007_214, PRINTED);
    Ok(())
}

#[test]
fn long_lives_approach_the_endless_one() -> Outcome {
    for form in ClosedForm::ALL {
        close(textbook()?.value_over(form, 200)?.amount(), textbook()?.value(form)?.amount(), ROUNDING);
    }
    Ok(())
}

#[test]
fn the_continuous_identity_of_gupta_lehmann_and_stuart_holds() -> Outcome {
    // ∫_0^∞ m e^(−((1+i−r)/r) t) dt = m r/(1+i−r): a flow without retention at the force (1+i−r)/r.
    let force = DiscountRate::continuous((1.12 - 0.8) / 0.8)?;
    let flow = ConstantRelationship::new(100.0, staying(1.0)?, force, TimeUnit::Year)?;
    close(flow.value(T6)?.amount(), textbook()?.value(T1)?.amount(), ROUNDING);
    let horizon = emptor_types::Horizon::years(150.0)?;
    let case = Case4 { retention: staying(1.0)?, rate: force, period: TimeUnit::Year, horizon };
    close(case.value_of(|_| 100.0)?, 250.0, ROUNDING);
    Ok(())
}

#[test]
fn what_diverges_is_refused_with_its_numbers_and_finite_lives_are_not() -> Outcome {
    let loyal = customer(100.0, 1.0, 0.0)?;
    for form in ClosedForm::ALL {
        assert!(matches!(loyal.value(form), Err(ValueError::Diverges { .. })), "{form}");
        close(loyal.value_over(form, 7)?.amount(), 700.0, ROUNDING);
    }
    let growth = MarginGrowth::new(0.5, TimeUnit::Year, GrowthFrom::FirstRenewal)?;
    let customer = textbook()?.with_growth(growth);
    let text = customer.value(T1).map_or_else(|error| error.to_string(), |value| value.to_string());
    assert!(text.contains("0.8") && text.contains("1.5") && text.contains("1.12"), "{text}");
    assert!(customer.value_over(T1, 3).is_ok());
    assert!(customer.value_over(T1, 0).is_err());
    // r(1+g) = 1+d up to the rounding of doubles has no value either.
    for (retention, rate) in [(0.8, 0.0), (0.8, 0.12), (0.9, 0.1), (0.7, 0.15), (0.95, -0.01)] {
        let growth = MarginGrowth::new((1.0 + rate) / retention - 1.0, TimeUnit::Year, GrowthFrom::Initial)?;
        let customer = super::customer(1.0, retention, rate)?.with_growth(growth);
        assert!(matches!(customer.value(T2), Err(ValueError::GrowthDiverges { .. })), "{retention} {rate}");
    }
    Ok(())
}

#[test]
fn inadmissible_inputs_are_refused() -> Outcome {
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(ConstantRelationship::new(bad, staying(0.8)?, yearly(0.1)?, TimeUnit::Year).is_err());
        assert!(textbook()?.value(T2)?.acquisition_margin(bad).is_err());
        assert!(MarginGrowth::new(bad, TimeUnit::Year, GrowthFrom::Initial).is_err());
    }
    assert!(MarginGrowth::new(-1.0, TimeUnit::Year, GrowthFrom::Initial).is_err());
    assert!(textbook()?.value(T2)?.acquisition_margin(-1.0).is_err());
    // Too large for a double: 2^5000.
    let doubling = MarginGrowth::new(1.0, TimeUnit::Year, GrowthFrom::Initial)?;
    assert!(customer(1.0, 1.0, 0.0)?.with_growth(doubling).value_over(T1, 5000).is_err());
    let repeat = RepeatBuyingRate::new(0.35, TimeUnit::Year)?;
    let error = RetentionRate::try_from(repeat).map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| error.contains("0.35") && error.contains("not a retention rate")));
    Ok(())
}

#[test]
fn nobody_stays_at_a_retention_of_zero() -> Outcome {
    let gone = customer(100.0, 0.0, 0.12)?;
    for (form, value) in ClosedForm::ALL.into_iter().zip([0.0, 100.0, 100.0 / 1.12, 0.0, 100.0 / 1.12_f64.sqrt(), 0.0])
    {
        close(gone.value(form)?.amount(), value, ROUNDING);
        close(gone.value_over(form, 3)?.amount(), value, ROUNDING);
    }
    Ok(())
}

#[test]
fn a_purpose_chooses_the_convention_and_an_acquisition_cost_asks_for_the_right_one() -> Outcome {
    let customer = textbook()?;
    close(customer.value_for(Purpose::Residual)?.amount(), 250.0, ROUNDING);
    close(customer.value_for(Purpose::AcquisitionCeiling)?.acquisition_margin(400.0)?, -50.0, ROUNDING);
    for form in ClosedForm::ALL {
        let fits = customer.value(form)?.acquisition_margin(1.0).is_ok();
        assert_eq!(fits, form.serves(Purpose::AcquisitionCeiling), "{form}");
        assert!(form.acquisition_twin().serves(Purpose::AcquisitionCeiling), "{form}");
    }
    for purpose in [Purpose::Residual, Purpose::AcquisitionCeiling] {
        assert!(ClosedForm::for_purpose(purpose).serves(purpose));
    }
    let error = customer.value(T1)?.acquisition_margin(300.0).map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| error.contains("T1") && error.contains("use T2")));
    Ok(())
}

#[test]
fn rates_are_converted_to_the_period_of_the_margin() -> Outcome {
    // A yearly retention of .8^12 and rate of 1.01^12 − 1 are .8 and 1 % a month.
    let monthly =
        ConstantRelationship::new(10.0, staying(0.8_f64.powi(12))?, yearly(1.01_f64.powi(12) - 1.0)?, TimeUnit::Month)?;
    let growth = MarginGrowth::new(1.02_f64.powi(12) - 1.0, TimeUnit::Year, GrowthFrom::FirstRenewal)?;
    close(monthly.value(T1)?.amount(), 8.0 / 0.21, ROUNDING);
    close(monthly.with_growth(growth).value(T1)?.amount(), 8.0 / (1.01 - 0.816), ROUNDING);
    // 5 % churn a month is 45.964 % a year; 75 % a year is 97.6312 % a month.
    close(100.0 * RetentionRate::new(0.95, TimeUnit::Month)?.churn(TimeUnit::Year), 45.964, 5e-4);
    close(staying(0.75)?.per(TimeUnit::Month), 0.976_312, PRINTED);
    Ok(())
}

#[test]
fn an_annuity_over_the_expected_life_overstates_the_value() -> Outcome {
    // Gupta, Lehmann & Stuart (2004): 250 against 360.48, 44 % too high.
    let term = ContractTerm::new(5, TimeUnit::Year)?;
    let annuity = lifetime_annuity(100.0, term, yearly(0.12)?, Timing::End)?;
    close(annuity, 360.4776, 5e-5);
    close(100.0 * (annuity / textbook()?.value(T1)?.amount() - 1.0), 44.19, 5e-3);
    Ok(())
}

#[test]
fn an_annuity_is_the_sum_of_its_payments() -> Outcome {
    let term = ContractTerm::new(7, TimeUnit::Month)?;
    for rate in [0.0, 0.12, -0.05, 1e-14] {
        let rate = yearly(rate)?;
        for timing in [Timing::Start, Timing::Middle, Timing::End] {
            let sum: f64 = (1..=7).map(|t| 100.0 * rate.factor(timing.tau(t), TimeUnit::Month)).sum();
            close(lifetime_annuity(100.0, term, rate, timing)?, sum, ROUNDING);
        }
    }
    assert!(lifetime_annuity(f64::NAN, term, yearly(0.1)?, Timing::End).is_err());
    Ok(())
}
