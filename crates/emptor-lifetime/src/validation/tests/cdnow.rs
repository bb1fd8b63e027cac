//! CDNOW: calibration to week 39, holdout to week 78.

use emptor_types::{Fit, Horizon, Level, TimeUnit};

use super::super::tracking::{entries, until};
use super::super::{
    CalibrationFit, ConditionalExpectation, Hiatus, Holdout, HoldoutAccuracy, PredictionBins, Tracking,
};
use super::model;
use crate::testing::{TestResult, cdnow, cdnow_cumulative, cdnow_holdout, skip};
use crate::{BetaGeoNbd, PurchaseModel};

/// Sums of 2357 terms by two programs, relative.
const TWO_PROGRAMS: f64 = 1e-11;
/// Figures printed with two decimals.
const TWO_DECIMALS: f64 = 0.005;

fn close(what: &str, value: Option<f64>, expected: f64) {
    let error = value.map(|value| (value / expected - 1.0).abs());
    assert!(error.is_some_and(|error| error < TWO_PROGRAMS), "{what}: {value:?} instead of {expected}");
}

#[test]
fn holdout_figures_of_the_model_and_of_rules_of_thumb_are_those_of_an_independent_program() -> TestResult {
    let (Some(data), Some(later)) = (cdnow()?, cdnow_holdout()?) else {
        skip("holdout_figures_of_the_model_and_of_rules_of_thumb_are_those_of_an_independent_program");
        return Ok(());
    };
    let holdout = Holdout::new(&later, Horizon::weeks(39.0)?)?;
    let gap = Hiatus::MeanGap(Level::new(0.9)?);
    let found = HoldoutAccuracy::measure(&model()?, &data.view()?, &holdout, gap)?;
    // numpy 2 and scipy 1.17 (hyp2f1, pearsonr, spearmanr, rankdata) on the same table and parameters.
    let figures = [
        (&found.model, 0.785_454_130_094_483_3, 1.607_982_086_372_835_6, 1_653.407_795_813_097),
        (&found.baselines[0], 1.023_669_163_267_386_9, 2.211_918_088_604_625_2, 2_930.101_125_719_732_4),
        (&found.baselines[1], 0.893_461_051_061_153_1, 2.096_299_099_015_682_5, 2_383.976_954_395_531),
    ];
    for (prediction, mae, rmse, total) in figures {
        close("mae", Some(prediction.errors.mae), mae);
        close("rmse", Some(prediction.errors.rmse), rmse);
        close("total", Some(prediction.errors.total_predicted), total);
        close("bias", Some(prediction.errors.bias), (total - 1882.0) / 2357.0);
        close("actual", Some(prediction.errors.total_actual), 1882.0); // specification C14
    }
    close("pearson", found.model.errors.pearson, 0.625_647_428_832_677_3);
    close("spearman", found.model.errors.spearman, 0.449_287_419_160_732_6);
    close("auc", found.model.ranking.auc, 0.756_919_757_552_878);
    close("lift", found.model.ranking.top_decile_lift, 4.692_879_914_984_06);
    close("lift of the past rate", found.baselines[0].ranking.top_decile_lift, 4.590_152_320_226_709);
    close("brier", Some(found.activity.brier), 0.161_223_857_416_097_3);
    close("log score", Some(found.activity.log_score), 0.505_551_587_072_971_1);
    close("model's classes", found.model.share_classified_correctly, 0.778_956_300_381_841_3);
    close("hiatus", found.hiatus, 21.571_428_571_428_573);
    close("hiatus' classes", found.baselines[1].share_classified_correctly, 0.778_532_032_244_378_5);
    Ok(())
}

#[test]
fn the_best_hiatus_classifies_as_many_as_an_exhaustive_search() -> TestResult {
    let (Some(data), Some(later)) = (cdnow()?, cdnow_holdout()?) else {
        skip("the_best_hiatus_classifies_as_many_as_an_exhaustive_search");
        return Ok(());
    };
    let holdout = Holdout::new(&later, Horizon::weeks(39.0)?)?;
    let best = Hiatus::best(&data.view()?, &holdout)?;
    let found = HoldoutAccuracy::measure(&model()?, &data.view()?, &holdout, best)?;
    // numpy, silences in whole days: every observed one tried, the best is 163 days; the next one observed is 165.
    close("hiatus", found.hiatus, 164.0 / 7.0);
    close("classes", found.baselines[1].share_classified_correctly, 0.782_350_445_481_544_3);
    Ok(())
}

#[test]
fn the_calibration_fit_has_the_published_chi_squared() -> TestResult {
    let Some(data) = cdnow()? else {
        skip("the_calibration_fit_has_the_published_chi_squared");
        return Ok(());
    };
    let fitted = BetaGeoNbd::builder().build()?.fit(&data.view()?)?;
    let fit = CalibrationFit::measure(&fitted, &data.view()?, 7)?;
    // Fader, Hardie & Lee (2005), section 4: chi-squared with 3 degrees of 4.82, p = 0.19.
    assert!(fit.test.is_some_and(|test| test.degrees == 3
        && (test.statistic - 4.82).abs() < TWO_DECIMALS
        && (test.p_value - 0.19).abs() < TWO_DECIMALS));

    // mpmath 1.3, 40 digits, equation 8 of the paper at the printed maximum.
    let expected = [
        1_407.684_405_543_901,
        460.324_043_558_142,
        192.461_317_980_627_7,
        101.164_056_945_239_23,
        59.846_968_294_470_95,
        38.119_625_317_054_85,
        25.549_050_848_644_024,
        71.850_531_511_920_07,
    ];
    let fit = CalibrationFit::measure(&model()?, &data.view()?, 7)?;
    for (value, expected) in fit.expected.iter().zip(expected) {
        close("expected customers", Some(*value), expected);
    }
    assert_eq!(fit.actual, [1411.0, 439.0, 214.0, 100.0, 62.0, 38.0, 29.0, 64.0]);
    close("statistic", fit.test.map(|test| test.statistic), 4.821_171_549_113_437);
    assert_eq!(fit.test.map(|test| test.degrees), Some(7), "nothing was estimated");
    Ok(())
}

/// Compares cumulative repeat purchases by the end of some weeks.
fn check_tracking(model: &dyn PurchaseModel, weeks: &[(usize, f64)], tolerance: f64) -> TestResult {
    let (Some(data), Some(cumulative)) = (cdnow()?, cdnow_cumulative()?) else {
        skip("cumulative tracking");
        return Ok(());
    };
    let actual: Vec<f64> = std::iter::once(cumulative[0]).chain(cumulative.windows(2).map(|w| w[1] - w[0])).collect();
    let edges: Vec<f64> = (0..=78).map(f64::from).collect();
    let history = data.view()?;
    // The first customer joins at week 0 and the calibration period ends with her 272nd day.
    let entry = entries(&history, 272.0 / 7.0);
    let tracking = Tracking::measure(model, &history, &entry, &edges, Some(&actual))?;
    for &(week, expected) in weeks {
        let value = tracking.expected_cumulative[week - 1];
        assert!((value / expected - 1.0).abs() < tolerance, "{}, week {week}: {value}", model.name());
    }
    let total = tracking.actual_cumulative.map(|actual| (actual[38], actual[77]));
    assert_eq!(total, Some((2457.0, 4339.0))); // specification C12
    let sum: f64 = tracking.expected.iter().sum();
    assert!((sum / tracking.expected_cumulative[77] - 1.0).abs() < TWO_PROGRAMS);
    assert!(tracking.mape_cumulative < tracking.mape, "{:?}", tracking.mape_cumulative);
    Ok(())
}

/// scipy 1.17, the expectation of equation 9 of Fader, Hardie & Lee (2005) with `hyp2f1`.
const BG_NBD: [(usize, f64); 4] = [
    (20, 1_312.457_813_408_075_7),
    (25, 1_669.600_146_725_055_8),
    (39, 2_501.523_398_330_257),
    (78, 4_165.658_462_075_046),
];

/// Specification C12, BTYD's vignette: Pareto/NBD at (.5533971433 10.5801985436 .6060624971 11.6562236702).
const PARETO: [(usize, f64); 8] = [
    (20, 1308.71),
    (21, 1385.11),
    (22, 1459.74),
    (23, 1532.71),
    (24, 1604.11),
    (25, 1674.03),
    (39, 2532.27),
    (78, 4274.44),
];

#[test]
fn cumulative_purchases_are_those_of_an_independent_program() -> TestResult {
    check_tracking(&model()?, &BG_NBD, TWO_PROGRAMS)
}

#[test]
fn purchases_of_a_published_expectation_sum_to_the_published_cumulative_ones() -> TestResult {
    let Some(data) = cdnow()? else {
        skip("purchases_of_a_published_expectation_sum_to_the_published_cumulative_ones");
        return Ok(());
    };
    let edges: Vec<f64> = (0..=78).map(f64::from).collect();
    // Schmittlein, Morrison & Colombo (1987), equation 17, the Pareto/NBD's mean of a new customer.
    let [r, alpha, s, beta]: [f64; 4] = [0.553_397_143_3, 10.580_198_543_6, 0.606_062_497_1, 11.656_223_670_2];
    let mean = |t: &f64| vec![r * beta / (alpha * (s - 1.0)) * (1.0 - (beta / (beta + t)).powf(s - 1.0))];
    let view = data.view()?;
    let until = until(&view, &entries(&view, 272.0 / 7.0), &edges, |_, times| Ok(times.iter().map(mean).collect()))?;
    for (week, expected) in PARETO {
        assert!((until[week] - expected).abs() < TWO_DECIMALS, "week {week}: {}", until[week]);
    }
    Ok(())
}

#[test]
fn conditional_expectations_by_frequency_are_those_of_an_independent_program() -> TestResult {
    let (Some(data), Some(later)) = (cdnow()?, cdnow_holdout()?) else {
        skip("conditional_expectations_by_frequency_are_those_of_an_independent_program");
        return Ok(());
    };
    let holdout = Holdout::new(&later, Horizon::weeks(39.0)?)?;
    let table = ConditionalExpectation::by_frequency(&model()?, &data.view()?, &holdout, 7)?;
    // numpy 2 and scipy 1.17: customers, mean of x.star, mean of equation 10 of Fader, Hardie & Lee (2005).
    for (x, customers, actual, expected) in [
        (0, 1411.0, 0.236_711_552_090_715_82, 0.225_087_212_500_689_9),
        (1, 439.0, 0.697_038_724_373_576_3, 0.523_129_815_130_835_6),
        (4, 62.0, 2.532_258_064_516_129, 2.163_865_437_370_647_6),
        (7, 64.0, 6.359_375, 6.157_193_634_697_611),
    ] {
        close("customers", Some(table.customers[x]), customers);
        close("actual", table.actual_mean[x], actual);
        close("expected", table.expected_mean[x], expected);
    }
    let bins = PredictionBins::of_activity(&model()?, &data.view()?, &holdout, PredictionBins::DECILES)?;
    assert!(bins.calibration_error < 0.06, "{bins:?}");
    assert_eq!(model()?.unit(), TimeUnit::Week);
    Ok(())
}
