//! Tests of the customer base ahead.

use std::error::Error;

use emptor_lifetime::sampling::Variates;
use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeo, ShiftedBetaGeoParameters};
use emptor_types::{ContractHistory, DiscountRate, Fit, Level, Probability, TimeUnit, Timing};
use proptest::prelude::*;

use super::flow::binomial;
use super::*;
use crate::{Forecast, ForecastError, SamplePaths};

/// Identities of sums: relative.
const EXACT: f64 = 1e-12;

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * b.abs().max(1.0)
}

fn constant(retention: f64) -> Result<Survival, ForecastError> {
    Ok(Survival::constant(Probability::new(retention)?))
}

/// The rows of the total.
fn total(rows: &[CustomerBaseForecast]) -> Vec<&CustomerBaseForecast> {
    rows.iter().filter(|row| row.segment.is_none()).collect()
}

#[test]
fn survivors_are_those_of_the_paper() -> Result<(), Box<dyn Error>> {
    // Fader & Hardie 2007, High End, seven renewals: fitted parameters and fitted survivors of 1,000 (B(α, β+t) / B(α, β)).
    let parameters = ShiftedBetaGeoParameters { alpha: 0.668_09, beta: 3.806_10 };
    let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
    let segment =
        BaseSegment::new("high end", Survival::new(model.survival_curve(7))?).with_cohorts([Cohort::new(0, 1000.0)]);
    let rows = CustomerBase::new(vec![segment])?.forecast(7)?;
    let mut left = 1000.0;
    for (t, row) in total(&rows).into_iter().enumerate() {
        // r(t) = (β + t − 1) / (α + β + t − 1), the paper's retention rate.
        left *= (3.806_10 + t as f64) / (0.668_09 + 3.806_10 + t as f64);
        assert!(near(row.end, left, EXACT), "{t}: {} instead of {left}", row.end);
    }
    // Observed: 869 … 491. The published fit is within four points of a hundred everywhere.
    assert!((rows[6].end - 491.0).abs() < 40.0, "{}", rows[6].end);
    Ok(())
}

#[test]
fn two_kinds_of_customers_make_the_cohorts_of_the_perils() -> Result<(), Box<dyn Error>> {
    // Fader & Hardie 2010: a third renews with 0.9, two thirds with 0.5.
    let loyal = BaseSegment::new("loyal", constant(0.9)?).with_cohorts([Cohort::new(0, 10_000.0 / 3.0)]);
    let others = BaseSegment::new("others", constant(0.5)?).with_cohorts([Cohort::new(0, 20_000.0 / 3.0)]);
    let rows = CustomerBase::new(vec![loyal, others])?.forecast(4)?;
    for (row, published) in total(&rows).into_iter().zip([6334.0, 4367.0, 3264.0, 2604.0]) {
        assert!((row.end - published).abs() < 1.0, "{} instead of {published}", row.end);
    }
    Ok(())
}

#[test]
fn constant_retention_has_its_closed_forms() -> Result<(), Box<dyn Error>> {
    let (retention, start, new) = (0.8, 500.0, 100.0);
    let segment = BaseSegment::new("all", constant(retention)?)
        .with_cohorts([Cohort::new(0, 300.0), Cohort::new(7, 200.0)])
        .with_acquisition(Acquisition::planned(vec![new; 200]))
        .with_revenue_per_customer(3.0)
        .with_activity(0.5);
    let rows = CustomerBase::new(vec![segment])?.forecast(200)?;
    for row in total(&rows) {
        let power = retention.powi(row.period as i32);
        let exact = start * power + new * (1.0 - power) / (1.0 - retention);
        assert!(near(row.end, exact, 1e-10), "{}: {} instead of {exact}", row.period, row.end);
        assert!(row.churn().is_some_and(|churn| near(churn, 0.2, EXACT)));
        assert!(row.revenue.is_some_and(|revenue| near(revenue, 1.5 * (row.start + row.end), EXACT)));
        assert!(near(row.active, row.end / 2.0, EXACT));
    }
    assert!(near(rows[199].end, new / (1.0 - retention), EXACT), "the stationary base");
    Ok(())
}

#[test]
fn the_base_is_the_sum_of_the_cohort_triangle() -> Result<(), Box<dyn Error>> {
    let left = [0.7, 0.6, 0.5, 0.45, 0.4, 0.4, 0.3, 0.1, 0.0];
    let curve = Survival::new(left.to_vec())?;
    let s = |t: usize| if t == 0 { 1.0 } else { left.get(t - 1).copied().unwrap_or(0.0) };
    // Won in the periods −3 … 0 and left by now; to come in 1 … 6.
    let (past, ahead) = ([80.0, 120.0, 90.0, 100.0], [50.0, 0.0, 70.0, 30.0, 10.0, 200.0]);
    let cohorts = past.iter().enumerate().map(|(i, won)| Cohort::new(3 - i, won * s(3 - i)));
    let segment =
        BaseSegment::new("all", curve).with_cohorts(cohorts).with_acquisition(Acquisition::planned(ahead.to_vec()));
    let rows = CustomerBase::new(vec![segment])?.forecast(6)?;
    for row in total(&rows) {
        let t = row.period;
        let old: f64 = past.iter().enumerate().map(|(i, won)| won * s(t + 3 - i)).sum();
        let young: f64 = ahead[..t].iter().enumerate().map(|(i, won)| won * s(t - 1 - i)).sum();
        assert!(near(row.end, old + young, EXACT), "{t}: {} instead of {}", row.end, old + young);
        assert!(near(row.start + row.new - row.lost, row.end, EXACT));
    }
    Ok(())
}

#[test]
fn contracts_known_for_three_years_forecast_the_next_two() -> Result<(), Box<dyn Error>> {
    // Fader & Hardie 2010, case 1: cohorts of 10,000 a year from 2001 on, as they were known at the end of 2003.
    let known: [&[f64]; 3] = [&[10_000.0, 8_000.0, 6_480.0], &[10_000.0, 8_000.0], &[10_000.0]];
    let history = ContractHistory::from_survivors(&known, TimeUnit::Year)?;
    let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
    let estimates = [model.parameters().alpha, model.parameters().beta];
    let draws = positive_draws(&estimates, &model.covariance()?, 400, 11)?;
    let curve = |alpha: f64, beta: f64| -> Result<Survival, Box<dyn Error>> {
        let model = FittedShiftedBetaGeo::from_parameters(ShiftedBetaGeoParameters { alpha, beta }, TimeUnit::Year)?;
        Ok(Survival::new(model.survival_curve(10))?)
    };
    let drawn = draws.iter().map(|draw| curve(draw[0], draw[1])).collect::<Result<Vec<_>, _>>()?;
    let segment = BaseSegment::new("case 1", curve(estimates[0], estimates[1])?)
        .with_survival_draws(drawn)
        .with_cohorts([Cohort::new(2, 6_480.0), Cohort::new(1, 8_000.0), Cohort::new(0, 10_000.0)])
        .with_acquisition(Acquisition::planned(vec![10_000.0; 2]));
    let rows = CustomerBase::new(vec![segment])?.forecast_with_interval(2, Level::new(0.95)?, 2_000, 5)?;
    // What came: 10,000 + 8,000 + 6,480 + 5,307 and + 4,391.
    for (row, came) in total(&rows).into_iter().zip([29_787.0, 34_178.0]) {
        assert!(near(row.end, came, 0.005), "{} instead of {came}", row.end);
        assert!(row.low.is_some_and(|low| low < came) && row.high.is_some_and(|high| high > came), "{row:?}");
    }
    Ok(())
}

#[test]
fn a_curve_of_ones_own_counts_from_now() -> Result<(), Box<dyn Error>> {
    // 1,000 customers with an expected 640 alive now, and 576, 544 of them one and two periods ahead.
    let alive = Survival::new(vec![576.0 / 640.0, 544.0 / 640.0])?;
    let segment = BaseSegment::new("buyers", constant(0.5)?).with_cohorts([Cohort::with_survival(640.0, alive)]);
    let rows = CustomerBase::new(vec![segment])?.forecast(3)?;
    for (row, expected) in total(&rows).into_iter().zip([576.0, 544.0, 544.0 * 544.0 / 576.0]) {
        assert!(near(row.end, expected, EXACT), "{}", row.end);
    }
    Ok(())
}

#[test]
fn customers_who_change_segments_are_neither_lost_nor_doubled() -> Result<(), Box<dyn Error>> {
    let good = BaseSegment::new("good", constant(0.9)?).with_cohorts([Cohort::new(0, 100.0)]);
    let poor = BaseSegment::new("poor", constant(0.5)?).with_cohorts([Cohort::new(0, 200.0)]);
    let shares = vec![vec![0.8, 0.2], vec![0.1, 0.9]];
    let base = CustomerBase::new(vec![good, poor])?.with_migration(shares)?;
    let rows = base.forecast(3)?;
    // x' = (x · r) P: (90, 100) → (72 + 10, 18 + 90).
    assert!(near(rows[3].end, 82.0, EXACT) && near(rows[6].end, 108.0, EXACT));
    assert!(near(rows[3].moved, -8.0, EXACT) && near(rows[6].moved, 8.0, EXACT));
    assert!(near(rows[0].end, 190.0, EXACT) && near(rows[0].lost, 110.0, EXACT));
    let futures = base.simulate(3, 500, 1)?;
    for k in 0..500 {
        let of =
            |paths: &[SamplePaths], t: usize| paths.iter().filter_map(|p| p.iter().nth(k)).map(|p| p[t]).sum::<f64>();
        assert!((0..3).all(|t| of(futures.moved(), t) == 0.0), "who leaves one segment comes to another");
    }
    assert!(base.clone().with_migration(vec![vec![0.8, 0.3], vec![0.1, 0.9]]).is_err());
    assert!(base.with_migration(vec![vec![1.0]]).is_err());
    Ok(())
}

#[test]
fn draws_have_the_mean_and_variance_of_the_binomial_distribution() {
    for (n, p) in [(10_u64, 0.3), (100, 0.97), (5_000, 0.01), (1_000_000, 0.6)] {
        let mut random = Variates::new(3, n);
        let draws: Vec<f64> = (0..20_000).map(|_| binomial(&mut random, n, p) as f64).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 20_000.0;
        let exact = n as f64 * p * (1.0 - p);
        // Five standard errors each, and the variance's is √(2/20,000) of it.
        assert!((mean - n as f64 * p).abs() < 5.0 * (exact / 20_000.0).sqrt(), "{n} {p}: {mean}");
        assert!((variance / exact - 1.0).abs() < 0.05 + 1.0 / exact, "{n} {p}: {variance}");
    }
    let mut random = Variates::new(1, 1);
    assert_eq!((binomial(&mut random, 1_000, 0.0), binomial(&mut random, 1_000, 1.0)), (0, 1_000));
}

#[test]
fn acquisition_of_any_source_carries_its_uncertainty() -> Result<(), Box<dyn Error>> {
    let level = Level::new(0.8)?;
    let forecast = Forecast::of("x", vec![100.0; 4]).with_band(level, vec![80.0; 4], vec![140.0; 4]);
    let segment = |acquisition| -> Result<CustomerBase, ForecastError> {
        CustomerBase::new(vec![BaseSegment::new("all", constant(1.0)?).with_acquisition(acquisition)])
    };
    // Nobody leaves, and one draw moves all periods: the interval of the sum is the sum of the intervals.
    let rows = segment(Acquisition::from_forecast(&forecast))?.forecast_with_interval(4, level, 20_000, 3)?;
    assert!(rows[3].low.is_some_and(|low| near(low, 320.0, 0.01)), "{:?}", rows[3]);
    assert!(rows[3].high.is_some_and(|high| near(high, 560.0, 0.01)), "{:?}", rows[3]);
    // Paths stay paths, below 0 is 0, and the first follows the last.
    let paths = SamplePaths::new(2, vec![10.0, 20.0, -5.0, 40.0]);
    let base = segment(Acquisition::from_paths(paths))?;
    assert_eq!(base.segments()[0].name(), "all");
    assert!(near(base.forecast(2)?[1].end, 35.0, EXACT));
    let futures = base.simulate(2, 3, 1)?;
    let ends: Vec<Vec<f64>> = futures.total_end().iter().map(<[f64]>::to_vec).collect();
    assert_eq!(ends, [[10.0, 30.0], [0.0, 40.0], [10.0, 30.0]]);
    assert!(base.forecast(3).is_err(), "nobody knows who comes in period 3");
    Ok(())
}

#[test]
fn an_s_curve_ends_in_its_ceiling() -> Result<(), Box<dyn Error>> {
    let truth = SCurve { alpha: 1000.0, beta: -4.0, gamma: 0.5 };
    let noise = [0.3, -0.2, 0.4, -0.5, 0.2, 0.1, -0.3, 0.2, -0.1, 0.4, -0.4, 0.1];
    let won: Vec<f64> = (1..).zip(noise).map(|(t, e)| truth.between(f64::from(t) - 1.0, f64::from(t)) + e).collect();
    let fit = SCurve::fit(&won)?;
    let reached: f64 = won.iter().sum();
    let ahead = fit.forecast(60, &[Level::new(0.8)?])?;
    // Who was won before the first period is not in the series.
    assert!(near(reached + ahead.mean.iter().sum::<f64>(), 1000.0 - truth.at(0.0), 0.01));
    let paths = fit.sample_paths(60, 2_000, 9)?;
    assert!(near(paths.forecast("x", &[])?.mean[0], ahead.mean[0], 0.02));
    assert_eq!(fit.sample_paths(5, 10, 9)?, fit.sample_paths(5, 10, 9)?);
    assert!(fit.forecast(0, &[]).is_err());
    Ok(())
}

#[test]
fn the_value_of_future_cohorts_is_the_textbook_sum() -> Result<(), Box<dyn Error>> {
    let rate = DiscountRate::annual_effective(0.12)?;
    let value = |timing| future_cohorts_value(&[100.0; 3], 450.0, 80.0, rate, TimeUnit::Year, timing);
    let annuity = (1.0 - 1.12_f64.powi(-3)) / 0.12;
    assert!(near(value(Timing::End)?, 37_000.0 * annuity, EXACT));
    assert!(near(value(Timing::Start)?, 37_000.0 * annuity * 1.12, EXACT));
    assert!(near(value(Timing::Middle)?, 37_000.0 * annuity * 1.12_f64.sqrt(), EXACT));
    assert!(future_cohorts_value(&[-1.0, f64::NAN], 1.0, 1.0, rate, TimeUnit::Year, Timing::End).is_err());
    Ok(())
}

#[test]
fn what_cannot_be_is_refused_at_once() -> Result<(), Box<dyn Error>> {
    assert!(
        Survival::new(vec![]).is_err() && Survival::new(vec![1.1]).is_err() && Survival::new(vec![f64::NAN]).is_err()
    );
    assert!(CustomerBase::new(vec![]).is_err());
    let segment = || -> Result<BaseSegment, ForecastError> { Ok(BaseSegment::new("a", constant(0.5)?)) };
    let wrong = segment()?
        .with_cohorts([Cohort::new(0, -1.0), Cohort::new(0, f64::NAN)])
        .with_acquisition(Acquisition::planned(vec![f64::INFINITY]))
        .with_activity(2.0)
        .with_revenue_per_customer(f64::NAN);
    let Err(ForecastError::Invalid(invalid)) = CustomerBase::new(vec![wrong, segment()?]) else {
        return Err("accepted".into());
    };
    assert_eq!(invalid.violations().len(), 5, "{invalid}");
    let base = CustomerBase::new(vec![segment()?])?;
    assert!(
        base.forecast(0).is_err() && base.simulate(3, 0, 1).is_err() && base.simulate(10_000, usize::MAX, 1).is_err()
    );
    assert!(base.forecast(3)?.iter().all(|row| row.end == 0.0 && row.churn().is_none()), "nobody there, nobody comes");
    assert!(positive_draws(&[1.0, -1.0], &[vec![1.0]], 3, 1).is_err());
    assert!(positive_draws(&[1.0], &[vec![-1.0]], 3, 1).is_err());
    let text = serde_json::to_string(&base)?;
    assert_eq!(serde_json::from_str::<CustomerBase>(&text)?, base);
    assert!(serde_json::from_str::<Survival>(r#"{"left":[0.5,0.7],"tail":0.5}"#).is_err());
    Ok(())
}

/// Two segments of random curves, cohorts and arrivals, with or without moves.
fn bases() -> impl Strategy<Value = CustomerBase> {
    let curve = proptest::collection::vec(0.0..=1.0, 1..8).prop_map(|mut left: Vec<f64>| {
        left.sort_by(|a, b| b.total_cmp(a));
        left
    });
    let segment =
        (curve, proptest::collection::vec((0_usize..9, 0.0..500.0), 0..4), proptest::collection::vec(-5.0..50.0, 6));
    (proptest::collection::vec(segment, 2), proptest::option::of((0.0..=1.0, 0.0..=1.0))).prop_filter_map(
        "valid",
        |(segments, moves)| {
            let segments = segments.into_iter().enumerate().map(|(i, (left, cohorts, won))| {
                let segment = BaseSegment::new(i.to_string(), Survival::new(left).ok()?)
                    .with_cohorts(cohorts.into_iter().map(|(age, customers)| Cohort::new(age, customers)))
                    .with_acquisition(Acquisition::planned(won));
                Some(segment)
            });
            let base = CustomerBase::new(segments.collect::<Option<Vec<_>>>()?).ok()?;
            match moves {
                None => Some(base),
                Some((a, b)) => base.with_migration(vec![vec![1.0 - a, a], vec![b, 1.0 - b]]).ok(),
            }
        },
    )
}

proptest! {
    #[test]
    fn flows_balance_in_the_mean_and_in_every_future(base in bases(), seed in 0_u64..1000) {
        let rows = base.forecast_with_interval(6, Level::new(0.9)?, 20, seed)?;
        prop_assert_eq!(rows.len(), 3 * 6);
        for row in &rows {
            let all = [row.start, row.new, row.lost, row.end, row.active];
            prop_assert!(all.iter().all(|v| v.is_finite() && *v >= 0.0), "{row:?}");
            prop_assert!(near(row.start + row.new - row.lost + row.moved, row.end, 1e-9), "{row:?}");
            prop_assert!(row.lost <= row.start * (1.0 + EXACT) + EXACT, "{row:?}");
            prop_assert!(row.low <= row.high);
        }
        for period in 0..6 {
            let (one, other) = (&rows[6 + period], &rows[12 + period]);
            prop_assert!(near(one.end + other.end, rows[period].end, EXACT));
            prop_assert!(near(one.lost + other.lost, rows[period].lost, EXACT));
        }
        let futures = base.simulate(6, 20, seed)?;
        prop_assert_eq!(&futures, &base.simulate(6, 20, seed)?);
        for segment in 0..2 {
            for path in 0..20 {
                let of = |paths: &[SamplePaths]| paths[segment].iter().nth(path).unwrap_or(&[]).to_vec();
                let (new, lost) = (of(futures.new_customers()), of(futures.lost()));
                let (moved, end) = (of(futures.moved()), of(futures.end()));
                for t in 1..6 {
                    // Whole numbers: nothing is rounded.
                    let balance = end[t - 1] + new[t] - lost[t] + moved[t];
                    prop_assert_eq!(end[t].to_bits(), balance.to_bits());
                    prop_assert!(lost[t] <= end[t - 1] && lost[t] >= 0.0 && end[t] >= 0.0 && end[t].fract() == 0.0);
                }
            }
        }
    }

    #[test]
    fn the_mean_of_the_futures_is_the_forecast(base in bases()) {
        /// Six standard errors of a mean of 400 of at most some 2,000 customers, each a coin at worst.
        const TOLERANCE: f64 = 7.0;
        let rows = base.forecast(4)?;
        let mean = base.simulate(4, 400, 8)?.total_end().forecast("x", &[])?.mean;
        for (row, mean) in total(&rows).into_iter().zip(mean) {
            prop_assert!((row.end - mean).abs() < TOLERANCE, "{} {mean}", row.end);
        }
    }
}
