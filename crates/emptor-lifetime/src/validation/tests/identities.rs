//! What must hold of every base.

use emptor_types::{Covariates, Fit, Horizon, Level, TimeUnit};
use serde_json::to_string;

use super::super::{
    CalibrationFit, Comparison, ConditionalExpectation, Criterion, Hiatus, Holdout, HoldoutAccuracy, PredictionBins,
    Tracking, entries,
};
use super::{base, model};
use crate::testing::TestResult;
use crate::{ActsOn, BetaGeoNbd, Coefficient, FittedBetaGeoNbd, ModifiedBetaGeoNbd, PurchaseModel};

/// Rounding of sums of a few thousand terms, relative.
const ROUNDING: f64 = 1e-11;

fn equal(what: &str, left: f64, right: f64) {
    assert!((left - right).abs() <= ROUNDING * f64::max(1.0, right.abs()), "{what}: {left} and {right}");
}

fn hiatus() -> Result<Hiatus, emptor_types::Invalid> {
    Ok(Hiatus::MeanGap(Level::new(0.9)?))
}

#[test]
fn groups_bins_and_cells_sum_to_all_customers_and_purchases() -> TestResult {
    let (calibration, later) = base(3000)?;
    let (history, holdout) = (calibration.view()?, Holdout::new(&later, Horizon::weeks(39.0)?)?);
    let model = model()?;
    let errors = HoldoutAccuracy::measure(&model, &history, &holdout, hiatus()?)?.model.errors;
    let month = Horizon::weeks(4.0)?;
    for table in [
        ConditionalExpectation::by_frequency(&model, &history, &holdout, 4)?,
        ConditionalExpectation::by_recency(&model, &history, &holdout, month)?,
    ] {
        equal("customers", table.customers.iter().sum(), 3000.0);
        equal("actual", table.actual.iter().sum(), errors.total_actual);
        equal("expected", table.expected.iter().sum(), errors.total_predicted);
        let lengths = [table.from.len(), table.to.len(), table.actual_mean.len(), table.expected_mean.len()];
        assert!(lengths.iter().all(|length| *length == table.customers.len()), "{lengths:?}");
    }
    for bins in [1, 10, 3000, 1_000_000] {
        let table = PredictionBins::of_purchases(&model, &history, &holdout, bins)?;
        assert!(table.customers.len() <= bins);
        equal("customers", table.customers.iter().sum(), 3000.0);
        let sum = |means: &[f64]| means.iter().zip(&table.customers).map(|(mean, n)| mean * n).sum::<f64>();
        equal("predicted", sum(&table.predicted), errors.total_predicted);
        equal("actual", sum(&table.actual), errors.total_actual);
        assert!(table.highest.iter().zip(&table.lowest[1..]).all(|(high, low)| high < low), "ties are not split");
    }
    for last in [1, 7, 60] {
        let fit = CalibrationFit::measure(&model, &history, last)?;
        equal("expected", fit.expected.iter().sum(), 3000.0);
        equal("actual", fit.actual.iter().sum(), 3000.0);
        assert!(fit.expected.iter().all(|count| *count >= 0.0));
    }
    Ok(())
}

#[test]
fn expected_purchases_until_the_end_of_each_observation_are_the_mean_of_the_expected_counts() -> TestResult {
    /// What more than 400 purchases add to the mean, relative.
    const BEYOND: f64 = 1e-6;
    let (calibration, _) = base(200)?;
    let history = calibration.view()?;
    let fit = CalibrationFit::measure(&model()?, &history, 400)?;
    let mean: f64 = fit.purchases.iter().zip(&fit.expected).map(|(x, n)| *x as f64 * n).sum();
    let tracking = Tracking::measure(&model()?, &history, &entries(&history, 39.0), &[0.0, 20.0, 39.0], None)?;
    assert!((tracking.expected_cumulative[1] / mean - 1.0).abs() < BEYOND, "{tracking:?} {mean}");
    Ok(())
}

#[test]
fn rows_counted_thrice_are_rows_written_thrice() -> TestResult {
    let (calibration, later) = base(400)?;
    let history = calibration.view()?;
    let counts = [3.0; 400];
    let counted = history.with_counts(&counts)?;
    let thrice: Vec<usize> = (0..1200).map(|i| i / 3).collect();
    let take = |column: &[f64]| thrice.iter().map(|&row| column[row]).collect::<Vec<f64>>();
    let (x, recency, t) = (take(history.frequency()), take(history.recency()), take(history.t()));
    let written = emptor_types::HistoryView::new(&x, &recency, &t, None, TimeUnit::Week)?;
    let (once, all) = (later.clone(), take(&later));
    let horizon = Horizon::weeks(39.0)?;
    let (once, all) = (Holdout::new(&once, horizon)?, Holdout::new(&all, horizon)?);

    let model = model()?;
    let left = HoldoutAccuracy::measure(&model, &counted, &once, hiatus()?)?;
    let right = HoldoutAccuracy::measure(&model, &written, &all, hiatus()?)?;
    for (left, right) in
        [&left.model].into_iter().chain(&left.baselines).zip([&right.model].into_iter().chain(&right.baselines))
    {
        equal("mae", left.errors.mae, right.errors.mae);
        equal("total", left.errors.total_predicted, right.errors.total_predicted);
        equal("spearman", left.errors.spearman.unwrap_or(2.0), right.errors.spearman.unwrap_or(-2.0));
        equal("auc", left.ranking.auc.unwrap_or(2.0), right.ranking.auc.unwrap_or(-2.0));
        equal("lift", left.ranking.top_decile_lift.unwrap_or(-1.0), right.ranking.top_decile_lift.unwrap_or(-2.0));
    }
    equal("log score", left.activity.log_score, right.activity.log_score);
    let fit = |history| CalibrationFit::measure(&model, history, 5);
    assert_eq!(fit(&counted)?.actual, fit(&written)?.actual);
    equal("expected", fit(&counted)?.expected[0], fit(&written)?.expected[0]);
    let bins = |history, holdout| PredictionBins::of_p_alive(&model, history, holdout, 10);
    assert_eq!(bins(&counted, &once)?.customers, bins(&written, &all)?.customers);
    Ok(())
}

#[test]
fn covariates_count_in_tracking_and_in_the_calibration_fit() -> TestResult {
    let effect = |value| Coefficient { covariate: "sex".to_owned(), acts_on: ActsOn::Purchase, value };
    let with = FittedBetaGeoNbd::with_coefficients(super::CDNOW, vec![effect(0.7)], TimeUnit::Week)?;
    let (calibration, _) = base(90)?;
    let sex: Vec<f64> = (0..90).map(|i| f64::from(i % 2)).collect();
    let covariates = Covariates::new(&[("sex", &sex)])?;
    let history = calibration.view()?.with_covariates(&covariates)?;
    let (mut none, mut purchases) = (0.0, 0.0);
    for (t, sex) in history.t().iter().zip(&sex) {
        let own = with.individual(&[("sex", *sex)])?;
        none += own.probability_of_n_purchases_new_customer(0, Horizon::weeks(*t)?)?;
        purchases += own.expected_purchases_new_customer(Horizon::weeks(*t)?)?;
    }
    equal("nobody", CalibrationFit::measure(&with, &history, 3)?.expected[0], none);
    let tracking = Tracking::measure(&with, &history, &entries(&history, 39.0), &[0.0, 39.0], None)?;
    equal("purchases", tracking.expected[0], purchases);
    let bare = Tracking::measure(&with, &calibration.view()?, &entries(&history, 39.0), &[0.0, 39.0], None);
    assert!(matches!(bare, Err(crate::LifetimeError::NoCovariate { .. })));
    Ok(())
}

#[test]
fn the_best_model_by_each_criterion_has_the_best_number() -> TestResult {
    let (calibration, later) = base(4000)?;
    let (history, holdout) = (calibration.view()?, Holdout::new(&later, Horizon::weeks(39.0)?)?);
    let bg = BetaGeoNbd::builder().build()?.fit(&history)?;
    let mbg = ModifiedBetaGeoNbd::builder().build()?.fit(&history)?;
    let given = model()?;
    let table = Comparison::measure(&[("mbg", &mbg), ("bg", &bg), ("truth", &given)], &history, Some(&holdout))?;
    assert_eq!((table.aic[1], table.bic[1]), (bg.report().aic(), bg.report().bic()));
    assert_eq!(table.bic[2], None, "nothing was estimated");
    assert!(table.log_likelihood[1] >= table.log_likelihood[2], "the maximum beats the truth");
    assert_eq!(table.best_by(Criterion::LogLikelihood), Some("bg"));
    assert_eq!(table.ranked_by(Criterion::Bic), [1, 0]);
    let rmse = |place: usize| table.holdout[place].map_or(f64::INFINITY, |errors| errors.rmse);
    assert!(table.ranked_by(Criterion::HoldoutRmse).is_sorted_by(|a, b| rmse(*a) <= rmse(*b)));
    assert_eq!(table.ranked_by(Criterion::HoldoutLogScore).len(), 3);
    let again: Comparison = serde_json::from_str(&to_string(&table)?)?;
    assert_eq!(again, table);
    Ok(())
}

#[test]
fn the_truth_is_calibrated_and_beats_the_rules_of_thumb() -> TestResult {
    let (calibration, later) = base(20_000)?;
    let history = calibration.view()?;
    let last: Vec<f64> = history.frequency().to_vec();
    let holdout = Holdout::new(&later, Horizon::weeks(39.0)?)?.with_last_period(&last)?;
    let found = HoldoutAccuracy::measure(&model()?, &history, &holdout, hiatus()?)?;
    assert_eq!(found.baselines.len(), 3);
    for rule in &found.baselines {
        assert!(rule.errors.rmse > found.model.errors.rmse, "{rule:?}");
        assert!(rule.ranking.auc < found.model.ranking.auc, "{rule:?}");
    }
    // Four standard errors of a mean of 20,000 customers with the RMSE found.
    assert!(found.model.errors.bias.abs() < 4.0 * found.model.errors.rmse / 20_000_f64.sqrt());
    assert!((found.activity.share_active - found.activity.expected_share_active).abs() < 4.0 * 0.5 / 20_000_f64.sqrt());
    assert!(found.activity.brier_skill.is_some_and(|skill| skill > 0.15), "{:?}", found.activity);
    let test = CalibrationFit::measure(&model()?, &history, 12)?.test;
    assert!(test.is_some_and(|test| test.p_value > 1e-3), "{test:?}");
    let again: HoldoutAccuracy = serde_json::from_str(&to_string(&found)?)?;
    assert_eq!(again, found);
    Ok(())
}
