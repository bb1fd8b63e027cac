//! Bases of which little can be said, and inputs that are none.

use emptor_types::{FitReport, HistoryView, Horizon, Level, Termination, TimeUnit};

use super::super::{
    CalibrationFit, Comparison, ConditionalExpectation, Hiatus, Holdout, HoldoutAccuracy, PredictionBins,
    PredictionErrors, Ranking, Tracking, likelihood_ratio_test,
};
use super::model;
use crate::LifetimeError;
use crate::testing::TestResult;

#[test]
fn what_is_undefined_is_none_and_all_else_is_a_number() -> TestResult {
    let week = |weeks: f64| Horizon::weeks(weeks);
    let rows: [&[(f64, f64, f64)]; 4] = [
        &[(0.0, 0.0, 0.0), (0.0, 0.0, 0.0)],
        &[(3.0, 9.0, 9.0)],
        &[(1.0, 1e-9, 1e-9), (0.0, 0.0, 1e3)],
        &[(5e4, 38.0, 39.0), (0.0, 0.0, 39.0), (1.0, 0.1, 39.0)],
    ];
    for rows in rows {
        for bought in [0.0, 2.0] {
            let x: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let recency: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let t: Vec<f64> = rows.iter().map(|row| row.2).collect();
            let history = HistoryView::new(&x, &recency, &t, None, TimeUnit::Week)?;
            let later = vec![bought; rows.len()];
            let holdout = Holdout::new(&later, week(39.0)?)?.with_last_period(&x)?;
            let model = model()?;
            for hiatus in [Hiatus::MeanGap(Level::new(0.9)?), Hiatus::best(&history, &holdout)?] {
                let found = HoldoutAccuracy::measure(&model, &history, &holdout, hiatus)?;
                // serde_json writes what is no number as null, which is then no number to read.
                let text = serde_json::to_string(&found)?;
                assert_eq!(serde_json::from_str::<HoldoutAccuracy>(&text)?, found, "{text}");
                assert_eq!(found.model.ranking.auc, None, "all or none are active");
                assert_eq!(found.model.errors.relative_error_of_total.is_none(), bought < 1.0);
            }
            let text = serde_json::to_string(&(
                CalibrationFit::measure(&model, &history, 7)?,
                PredictionBins::of_purchases(&model, &history, &holdout, 10)?,
                PredictionBins::of_p_alive(&model, &history, &holdout, 10)?,
                Tracking::measure(&model, &history, &t, &[0.0, 1.0, 1e3], Some(&[0.0, bought]))?,
                ConditionalExpectation::by_recency(&model, &history, &holdout, week(1.0)?)?,
            ))?;
            type All = (CalibrationFit, PredictionBins, PredictionBins, Tracking, ConditionalExpectation);
            assert!(serde_json::from_str::<All>(&text).is_ok(), "{text}");
        }
    }
    Ok(())
}

#[test]
fn columns_that_do_not_fit_are_refused() -> TestResult {
    let history = HistoryView::new(&[1.0, 0.0], &[3.0, 0.0], &[9.0, 9.0], None, TimeUnit::Week)?;
    let empty = HistoryView::new(&[], &[], &[], None, TimeUnit::Week)?;
    let (model, horizon) = (model()?, Horizon::weeks(9.0)?);
    let hiatus = Hiatus::Within(horizon);
    let (short, none, right) =
        (Holdout::new(&[1.0], horizon)?, Holdout::new(&[], horizon)?, Holdout::new(&[1.0, 0.0], horizon)?);
    assert!(HoldoutAccuracy::measure(&model, &history, &short, hiatus).is_err());
    assert!(HoldoutAccuracy::measure(&model, &empty, &none, hiatus).is_err());
    assert!(Hiatus::best(&empty, &none).is_err());
    assert!(CalibrationFit::measure(&model, &empty, 7).is_err());
    assert!(CalibrationFit::measure(&model, &history, 0).is_err());
    assert!(PredictionBins::of_purchases(&model, &history, &right, 0).is_err());
    assert!(Comparison::measure(&[("a", &model)], &empty, None).is_err());
    assert!(ConditionalExpectation::by_recency(&model, &history, &right, Horizon::weeks(1e-9)?).is_err());
    assert!(right.with_last_period(&[1.0]).is_err());
    for bad in [f64::NAN, -1.0, 0.5, f64::INFINITY] {
        assert!(Holdout::new(&[bad], horizon).is_err(), "{bad}");
    }
    for edges in [&[0.0][..], &[1.0, 1.0], &[2.0, 1.0], &[0.0, f64::NAN]] {
        assert!(Tracking::measure(&model, &history, &[0.0, 0.0], edges, None).is_err(), "{edges:?}");
    }
    assert!(Tracking::measure(&model, &history, &[0.0], &[0.0, 1.0], None).is_err());
    assert!(Tracking::measure(&model, &history, &[0.0, 0.0], &[0.0, 1.0], Some(&[1.0, 1.0])).is_err());
    assert!(PredictionErrors::measure(&[f64::NAN], &[1.0], None).is_err());
    assert!(PredictionErrors::measure(&[1.0], &[1.0], Some(&[0.0])).is_err());
    assert!(Ranking::measure(&[f64::NAN, 1.0], &right, None).is_err());
    Ok(())
}

fn fit(log_likelihood: f64, parameters: usize) -> FitReport {
    FitReport {
        termination: Termination::GradientTolerance,
        log_likelihood: Some(log_likelihood),
        parameters,
        observations: 600,
        ..FitReport::given()
    }
}

#[test]
fn likelihood_ratios_of_published_fits_have_the_right_p_values() -> TestResult {
    /// Digits that log-likelihoods with six decimals leave to a ratio of 10.
    const PRINTED: f64 = 1e-6;
    // Specification C17 and C18, apparel: no covariates, equal and free effects of one on drop-out and on purchases.
    let (none, equal, free) = (fit(-5_848.097_827, 4), fit(-5_826.534_194, 7), fit(-5_821.062_709, 8));
    // scipy 1.17 stats.chi2.sf.
    for (restricted, degrees, p_value) in
        [(&none, 4, 5.087_446_127_512_542_7e-11), (&equal, 1, 0.000_939_594_340_269_079_8)]
    {
        let test = likelihood_ratio_test(restricted, &free)?;
        assert_eq!(test.degrees, degrees);
        assert!((test.p_value / p_value - 1.0).abs() < PRINTED, "{test:?}");
    }
    // No gain, but for rounding.
    let same = likelihood_ratio_test(&none, &fit(-5_848.097_828, 5))?;
    assert!(same.p_value > 1.0 - PRINTED && same.statistic >= 0.0, "{same:?}");
    Ok(())
}

#[test]
fn fits_that_cannot_be_nested_or_have_not_converged_are_refused() {
    let none = fit(-5848.10, 4);
    // Specification D: a fit with correlation by another program, below the one without.
    let below = likelihood_ratio_test(&none, &fit(-5850.82, 5));
    assert_eq!(below, Err(LifetimeError::FullBelowRestricted { restricted: -5848.10, full: -5850.82 }));
    let turned = likelihood_ratio_test(&fit(-5821.1, 8), &none);
    assert_eq!(turned, Err(LifetimeError::NotNested { restricted: 8, full: 4 }));
    let fewer = FitReport { observations: 599, ..fit(-5821.1, 8) };
    let other = likelihood_ratio_test(&none, &fewer);
    assert_eq!(other, Err(LifetimeError::DifferentObservations { restricted: 600, full: 599 }));
    let given = likelihood_ratio_test(&none, &FitReport::given());
    assert_eq!(given, Err(LifetimeError::NoLogLikelihood { fit: "full" }));
    let stopped = FitReport { termination: Termination::IterationLimit, ..fit(-5821.1, 8) };
    assert!(matches!(likelihood_ratio_test(&none, &stopped), Err(LifetimeError::Invalid(_))));
}
