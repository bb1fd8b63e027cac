use emptor_types::{Horizon, Probability, TimeUnit, Timing};

use super::super::berger_nasr::{Case1, Case2a, Case2b, Case3, Case4, Case5, ProfitCurve};
use super::super::{ClosedForm, MarkovValue};
use super::{Outcome, ROUNDING, close, customer, staying, yearly};

const CURVE: ProfitCurve = ProfitCurve { acceleration: 4.0, turning_point: 4.0, initial: 20.0, further_gain: 30.0 };

fn case1() -> Result<Case1, Box<dyn std::error::Error>> {
    let (retention, rate) = (staying(0.75)?, yearly(0.2)?);
    Ok(Case1 { gross_contribution: 260.0, promotion_cost: 50.0, retention, rate, years: 10 })
}

fn case4(retention: f64, years: f64) -> Result<Case4, Box<dyn std::error::Error>> {
    let (retention, rate) = (staying(retention)?, yearly(0.2)?);
    Ok(Case4 { retention, rate, period: TimeUnit::Year, horizon: Horizon::years(years)? })
}

fn case5() -> Result<Case5, Box<dyn std::error::Error>> {
    Ok(Case5 {
        gross_contribution: 40.0,
        promotion_cost: 4.0,
        purchase_probabilities: vec![0.3, 0.2, 0.15, 0.05],
        rate: yearly(0.2)?,
        period: TimeUnit::Year,
        periods: 4,
        promotion: Timing::Start,
    })
}

#[test]
fn one_purchase_a_cycle_gives_the_published_values() -> Outcome {
    // Berger & Nasr (1998): case 1 prints 568.78; 2a and 2b recomputed from their sums.
    close(case1()?.value()?, 568.7831, 5.1e-5);
    let rate = yearly(0.2)?;
    let half_years = Case2a {
        gross_contribution: 125.0,
        promotion_cost: 25.0,
        cycle_retention: Probability::new(0.8)?,
        cycles_per_year: 2,
        rate,
        years: 4,
    };
    close(half_years.value()?, 354.6884, 5.1e-5);
    let three_years = Case2b {
        gross_contribution: 1000.0,
        promotion_cost: 95.0,
        cycle_retention: Probability::new(0.3)?,
        years_per_cycle: 3,
        rate,
        years: 12,
    };
    close(three_years.value()?, 1122.5211, 5.1e-5);

    // With one cycle a year the three are one.
    let p = Probability::new(0.75)?;
    let (gross_contribution, promotion_cost) = (260.0, 50.0);
    let a = Case2a { gross_contribution, promotion_cost, cycle_retention: p, cycles_per_year: 1, rate, years: 10 };
    let b = Case2b { gross_contribution, promotion_cost, cycle_retention: p, years_per_cycle: 1, rate, years: 10 };
    close(a.value()?, case1()?.value()?, ROUNDING);
    close(b.value()?, case1()?.value()?, ROUNDING);

    let error =
        Case2b { years: 10, years_per_cycle: 3, promotion_cost: -1.0, ..b }.value().map_err(|e| e.violations().len());
    assert_eq!(error, Err(2));
    assert!(Case2a { cycles_per_year: 0, ..a }.value().is_err());
    assert!(Case2b { years_per_cycle: 0, ..b }.value().is_err());
    Ok(())
}

#[test]
fn one_purchase_a_cycle_is_the_sum_of_its_cycles() -> Outcome {
    for (retention, rate, years) in
        [(0.75_f64, 0.2_f64, 10), (0.0, 0.1, 4), (1.0, 0.0, 7), (0.9, 0.1, 0), (1.0, -0.3, 20)]
    {
        let mut sum = 260.0;
        for i in 1..=years {
            let before = retention.powi(i - 1) / (1.0 + rate).powf(f64::from(i) - 0.5);
            sum += 260.0 * retention.powi(i) / (1.0 + rate).powi(i) - 50.0 * before;
        }
        let years = u32::try_from(years)?;
        let case = Case1 { retention: staying(retention)?, rate: yearly(rate)?, years, ..case1()? };
        close(case.value()?, sum, 1e-12 * sum.abs().max(1000.0));
    }
    assert!(Case1 { rate: yearly(-0.9)?, years: u32::MAX, ..case1()? }.value().is_err());
    Ok(())
}

#[test]
fn profit_along_the_curve_gives_the_derived_values() -> Outcome {
    // The formulas of cases 3 and 4 with h 4, g 4, v 20, N 30, evaluated with numpy and scipy.
    let profits = CURVE.profits(8)?;
    let expected = [20.0, 24.0, 36.0, 56.0, 84.0, 102.9636, 109.9399, 112.5064, 113.4505];
    profits.iter().zip(expected).for_each(|(profit, expected)| close(*profit, expected, 5.1e-5));
    let case3 = Case3 { profits, retention: staying(0.8)?, rate: yearly(0.2)?, period: TimeUnit::Year };
    close(case3.value()?, 119.407_371, 5.1e-7);
    close(case4(0.8, 8.0)?.value_of_curve(&CURVE)?, 106.628_368, 5.1e-7);
    close(case4(0.8, 8.0)?.value_of(|t| CURVE.at(t))?, 106.628_368, 5.1e-7);
    close(case4(0.8, 8.0)?.value_of_constant(100.0)?, 237.007_214, 5.1e-7);
    Ok(())
}

#[test]
fn constant_profit_has_one_value_by_all_ways() -> Outcome {
    for retention in [0.0, 0.5, 1.0] {
        let case = case4(retention, 8.0)?;
        let closed = case.value_of_constant(100.0)?;
        let form = customer(100.0, retention, 0.2)?.value_over(ClosedForm::T6, 8)?.amount();
        close(closed, form, ROUNDING);
        close(case.value_of(|_| 100.0)?, closed, ROUNDING);
        let profits = vec![100.0; 9];
        let discrete = Case3 { profits, retention: staying(retention)?, rate: yearly(0.2)?, period: TimeUnit::Year };
        close(discrete.value()?, customer(100.0, retention, 0.2)?.value_over(ClosedForm::T2, 9)?.amount(), ROUNDING);
    }
    // A promotion of 10 that begins after three years.
    let stepped = case4(0.8, 8.0)?.value_of(|t| if t < 3.0 { 100.0 } else { 90.0 })?;
    let gap = case4(0.8, 8.0)?.value_of_constant(10.0)? - case4(0.8, 3.0)?.value_of_constant(10.0)?;
    close(stepped, case4(0.8, 8.0)?.value_of_constant(100.0)? - gap, ROUNDING);
    Ok(())
}

#[test]
fn long_horizons_lose_nothing_between_the_nodes() -> Outcome {
    for (retention, years) in [(0.8, 1e3), (0.8, 1e4), (0.01, 5e3), (1.0, 1e4), (0.0, 10.0)] {
        let case = case4(retention, years)?;
        let closed = case.value_of_constant(100.0)?;
        close(case.value_of(|_| 100.0)?, closed, ROUNDING);
        // The curve without its bend is a constant.
        let flat = ProfitCurve { acceleration: 0.0, initial: 100.0, further_gain: 0.0, ..CURVE };
        close(case.value_of_curve(&flat)?, closed, ROUNDING);
    }
    // ∫_0^∞ (20 + t) e^(−at) dt = 20/a + 1/a², a = ln 1.5.
    let a = 1.5_f64.ln();
    close(case4(0.8, 1e4)?.value_of(|t| 20.0 + t)?, 20.0 / a + 1.0 / (a * a), ROUNDING);
    // A negative rate, without loss: nearly all of the value lies at the end.
    let growing = Case4 { rate: yearly(-0.2)?, ..case4(1.0, 100.0)? };
    let closed = growing.value_of_constant(1.0)?;
    close(growing.value_of(|_| 1.0)? / closed, 1.0, 1e-12);
    // Neither discount nor loss.
    let level = Case4 { rate: yearly(0.0)?, ..case4(1.0, 50.0)? };
    close(level.value_of(|_| 2.0)?, 100.0, ROUNDING);
    Ok(())
}

#[test]
fn profits_that_are_no_numbers_are_refused() -> Outcome {
    let bad = ProfitCurve { turning_point: -1.0, initial: f64::NAN, ..CURVE };
    assert_eq!(bad.profits(3).map_err(|error| error.violations().len()), Err(2));
    let case = case4(0.8, 8.0)?;
    assert!(case.value_of_curve(&bad).is_err());
    assert!(case.value_of(|_| f64::NAN).is_err());
    assert!(case.value_of_constant(f64::INFINITY).is_err());
    for profits in [vec![], vec![1.0, f64::NAN]] {
        let case = Case3 { profits, retention: staying(0.8)?, rate: yearly(0.2)?, period: TimeUnit::Year };
        assert!(case.value().is_err());
    }
    Ok(())
}

#[test]
fn migration_is_the_finite_recency_chain() -> Outcome {
    close(case5()?.value()?, 50.1150, 5.1e-5); // Pfeifer & Carraway (2000), state 1, T = 4
    for periods in [0, 1, 3, 12] {
        let case = Case5 { periods, ..case5()? };
        let chain = MarkovValue::recency(&case.purchase_probabilities, 40.0, 4.0, case.rate, TimeUnit::Year)?;
        close(case.value()?, chain.values_over(periods)[0], ROUNDING);
        let counts = chain.counts_after(&[1.0, 0.0, 0.0, 0.0, 0.0], periods)?;
        close(case.buyers()?[periods as usize], counts[0], ROUNDING);
        close(case.promoted()?[periods as usize], counts[..4].iter().sum(), ROUNDING);
    }
    // Later promotion is cheaper.
    let later = Case5 { promotion: Timing::End, ..case5()? };
    assert!(later.value()? > case5()?.value()?);
    Ok(())
}

#[test]
fn migration_without_return_is_case_3() -> Outcome {
    // Who is given up after one silence is retained with the probability of buying.
    let case = Case5 { purchase_probabilities: vec![0.3], promotion_cost: 0.0, ..case5()? };
    let retained =
        Case3 { profits: vec![40.0; 5], retention: staying(0.3)?, rate: yearly(0.2)?, period: TimeUnit::Year };
    close(case.value()?, retained.value()?, ROUNDING);
    let bad = Case5 { purchase_probabilities: vec![], promotion_cost: -1.0, ..case5()? };
    assert_eq!(bad.value().map_err(|error| error.violations().len()), Err(2));
    assert!(bad.buyers().is_err() && bad.promoted().is_err());
    assert!(Case5 { purchase_probabilities: vec![1.1], ..case5()? }.value().is_err());
    Ok(())
}
