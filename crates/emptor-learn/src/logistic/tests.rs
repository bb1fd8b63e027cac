use std::error::Error;

use emptor_types::{Fit, Level, Termination};

use super::*;
use crate::{Feature, Features, LeakReason};

type Outcome = Result<(), Box<dyn Error>>;

/// Agreement with statsmodels, whose own stopping rule leaves about this much.
const PEER: f64 = 1e-8;
/// Rounding of closed forms.
const ROUND: f64 = 1e-10;

fn close(got: f64, expected: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs().max(1.0)
}

/// 240 rows by formula: a number with unknown values, a number of another scale, a category of three levels.
struct Sample {
    x: Vec<f64>,
    z: Vec<f64>,
    codes: Vec<u32>,
    names: Vec<String>,
    event: Vec<bool>,
    weights: Vec<f64>,
}

fn sample() -> Sample {
    let rows = 0..240_u32;
    let x: Vec<f64> = rows.clone().map(|i| f64::from(i * 37 % 101) / 10.0).collect();
    let z: Vec<f64> = rows.clone().map(|i| 1000.0 + f64::from(i * 53 % 97) * 25.0).collect();
    let codes: Vec<u32> = rows.clone().map(|i| i * 7 % 11 % 3).collect();
    let event = rows.clone().map(|i| {
        let row = i as usize;
        let eta = -2.0 + 0.3 * x[row] - 0.0004 * (z[row] - 1000.0) + [0.0, 0.8, -0.5][codes[row] as usize];
        f64::from((i * 61 + 17) % 127) / 127.0 < 1.0 / (1.0 + (-eta).exp())
    });
    let event = event.collect();
    let x = rows.clone().map(|i| if i % 10 == 3 { f64::NAN } else { x[i as usize] }).collect();
    let weights = rows.map(|i| f64::from(1 + i % 3)).collect();
    Sample { x, z, codes, names: ["web", "shop", "phone"].map(str::to_owned).to_vec(), event, weights }
}

impl Sample {
    fn features(&self) -> Result<Features<'_>, LearnError> {
        Features::new(&[
            ("x", Feature::Numbers(&self.x)),
            ("z", Feature::Numbers(&self.z)),
            ("channel", Feature::Categories { codes: &self.codes, names: &self.names }),
        ])
    }

    /// The same with rows in another order, and rows repeated as often as their weight says.
    fn rearranged(&self, rows: &[usize]) -> Self {
        Self {
            x: rows.iter().map(|&row| self.x[row]).collect(),
            z: rows.iter().map(|&row| self.z[row]).collect(),
            codes: rows.iter().map(|&row| self.codes[row]).collect(),
            names: self.names.clone(),
            event: rows.iter().map(|&row| self.event[row]).collect(),
            weights: rows.iter().map(|&row| self.weights[row]).collect(),
        }
    }
}

fn numbers(columns: &[(&str, &[f64])], event: &[bool]) -> Result<FittedLogistic, LearnError> {
    let columns: Vec<(&str, Feature<'_>)> = columns.iter().map(|&(name, x)| (name, Feature::Numbers(x))).collect();
    let features = Features::new(&columns)?;
    LogisticRegression::default().fit(&Labelled::new(&features, event)?)
}

/// statsmodels 0.15.0, `GLM(y, X, Binomial(), freq_weights=..).fit(tol=1e-14)` on the sample; the mark `xu` is 1 where x
/// is unknown, and x then the (weighted) mean.
#[test]
fn coefficients_and_standard_errors_are_those_of_statsmodels() -> Outcome {
    let sample = sample();
    assert_eq!(sample.event.iter().filter(|&&e| e).count(), 80);
    let features = sample.features()?;
    let data = Labelled::new(&features, &sample.event)?;
    let plain: [(&str, f64, f64, f64); 6] = [
        ("intercept", -2.112_320_262_847_574_3, 0.616_706_034_669_374_3, 0.000_614_424_907_902_899_9),
        ("x", 0.318_573_087_419_650_2, 0.061_189_588_064_099_7, 1.926_136_916_340_015e-7),
        ("x unknown", 0.318_104_747_909_651_1, 0.463_563_143_071_178_2, 0.492_576_498_763_646_3),
        ("z", -0.000_183_055_093_380_516_05, 0.000_295_350_027_521_174_25, 0.535_395_830_655_570_8),
        ("channel = phone (against web)", -0.682_576_272_678_885_5, 0.479_455_038_753_537_9, 0.154_547_749_789_353_1),
        ("channel = shop (against web)", 0.539_199_464_566_159_9, 0.426_492_011_530_436_8, 0.206_134_471_868_206_21),
    ];
    let weighted: [(&str, f64, f64, f64); 6] = [
        ("intercept", -2.121_311_596_325_204, 0.436_037_457_365_446_36, 1.144_709_209_558_580_8e-6),
        ("x", 0.333_810_391_629_932_2, 0.043_639_653_082_157_43, 2.021_629_770_536_733_6e-14),
        ("x unknown", 0.660_371_721_042_473_3, 0.324_802_499_051_501, 0.042_037_520_013_081_545),
        ("z", -0.000_274_363_827_223_424_3, 0.000_209_083_971_896_835_16, 0.189_446_467_928_458_54),
        ("channel = phone (against web)", -0.586_984_148_454_610_6, 0.337_412_009_311_934_66, 0.081_917_709_925_210_86),
        ("channel = shop (against web)", 0.723_891_277_510_087_2, 0.305_113_052_590_986_87, 0.017_666_507_874_682_196),
    ];
    let sums = [
        (-132.643_446_681_107_7, 305.526_800_781_510_13, 277.286_893_362_215_4),
        (-259.751_107_017_602_8, 611.053_601_563_020_5, 531.502_214_035_205_6),
    ];
    let fits = [data.clone(), data.weighted(&sample.weights)?];
    for ((data, expected), (log_likelihood, null, aic)) in fits.iter().zip([plain, weighted]).zip(sums) {
        let fitted = LogisticRegression::default().fit(data)?;
        assert_eq!(fitted.coefficients().len(), expected.len());
        for (got, (term, estimate, error, p)) in fitted.coefficients().iter().zip(expected) {
            assert_eq!(got.term.to_string(), term);
            assert!(close(got.estimate, estimate, PEER) && close(got.standard_error, error, PEER), "{got:?}");
            assert!((got.p_value - p).abs() < PEER, "{got:?}");
        }
        assert!(close(fitted.log_likelihood(), log_likelihood, PEER) && close(fitted.aic(), aic, PEER));
        assert!(close(fitted.null_deviance(), null, PEER) && close(fitted.deviance(), -2.0 * log_likelihood, PEER));
        assert!(close(fitted.mcfadden_r2(), 1.0 + 2.0 * log_likelihood / null, PEER));
        assert_eq!(fitted.report().termination, Termination::GradientTolerance);
    }
    // The same, r.conf_int() of x, weighted.
    let (low, high) = LogisticRegression::default().fit(&fits[1])?.coefficients()[1].interval(Level::new(0.95)?);
    assert!(close(low, 0.248_278_243_291_081_28, PEER) && close(high, 0.419_342_539_968_783_1, PEER));
    Ok(())
}

#[test]
fn a_two_by_two_table_has_its_odds_ratio_and_woolfs_error() -> Outcome {
    // 30 of 100 exposed, 10 of 200 not: odds ratio ad / bc, variance 1/a + 1/b + 1/c + 1/d (Woolf 1955).
    let (a, b, c, d) = (30.0_f64, 70.0_f64, 10.0_f64, 190.0_f64);
    let exposed: Vec<f64> = (0..300).map(|i| if i < 100 { 1.0 } else { 0.0 }).collect();
    let event: Vec<bool> = (0..300).map(|i| i < 30 || (100..110).contains(&i)).collect();
    let fitted = numbers(&[("exposed", &exposed)], &event)?;
    let exposure = fitted.coefficient("exposed").ok_or("a coefficient")?;
    assert!(close(exposure.odds_ratio(), a * d / (b * c), ROUND));
    assert!(close(exposure.standard_error, (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt(), ROUND));
    assert!(close(fitted.coefficients()[0].estimate, (c / d).ln(), ROUND));
    // Four weighted rows say the same.
    let (x, event, weights) = ([1.0, 1.0, 0.0, 0.0], [true, false, true, false], [a, b, c, d]);
    let features = Features::new(&[("exposed", Feature::Numbers(&x))])?;
    let four = LogisticRegression::default().fit(&Labelled::new(&features, &event)?.weighted(&weights)?)?;
    let same = four.coefficient("exposed").ok_or("a coefficient")?;
    assert!(
        close(same.estimate, exposure.estimate, ROUND) && close(same.standard_error, exposure.standard_error, ROUND)
    );
    Ok(())
}

#[test]
fn weights_are_repetitions_and_rows_have_no_order() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted =
        LogisticRegression::default().fit(&Labelled::new(&features, &sample.event)?.weighted(&sample.weights)?)?;
    let repeated: Vec<usize> = (0..240).flat_map(|i| std::iter::repeat_n(i, 1 + i % 3)).collect();
    let shuffled: Vec<usize> = (0..repeated.len()).map(|i| repeated[i * 7 % repeated.len()]).collect();
    let again = sample.rearranged(&shuffled);
    let features = again.features()?;
    let other = LogisticRegression::default().fit(&Labelled::new(&features, &again.event)?)?;
    for (a, b) in fitted.coefficients().iter().zip(other.coefficients()) {
        assert_eq!(a.term, b.term);
        assert!(close(a.estimate, b.estimate, PEER) && close(a.standard_error, b.standard_error, PEER), "{a:?} {b:?}");
    }
    Ok(())
}

#[test]
fn fits_are_bit_equal_on_any_number_of_threads() -> Outcome {
    let rows: Vec<usize> = (0..9000).map(|i| i * 7919 % 240).collect();
    let sample = sample().rearranged(&rows);
    let features = sample.features()?;
    let data = Labelled::new(&features, &sample.event)?;
    let fit = |threads| -> Result<String, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(serde_json::to_string(&pool.install(|| LogisticRegression::default().fit(&data))?)?)
    };
    let one = fit(1)?;
    for threads in [2, 3, 5] {
        assert_eq!(fit(threads)?, one, "{threads} threads");
    }
    Ok(())
}

#[test]
fn probabilities_are_of_the_event_and_sum_to_the_events() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &sample.event)?)?;
    // The score equation of the intercept: Σ p = Σ y. With the other outcome as the event every p is 1 − p.
    let p = fitted.probability(&features)?;
    assert!(close(p.iter().sum::<f64>(), 80.0, ROUND));
    let not: Vec<bool> = sample.event.iter().map(|e| !e).collect();
    let other = LogisticRegression::default().fit(&Labelled::new(&features, &not)?)?.probability(&features)?;
    assert!(p.iter().zip(&other).all(|(p, q)| (p + q - 1.0).abs() < PEER));
    // Contributions sum to the log odds.
    let parts = fitted.contributions(&features)?;
    let sum: f64 = fitted.coefficients()[0].estimate + parts.iter().map(|(_, c)| c[13]).sum::<f64>();
    assert!(close(sum, fitted.log_odds(&features)?[13], ROUND));
    Ok(())
}

#[test]
fn unseen_levels_count_as_the_usual_one_and_new_gaps_as_the_average() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &sample.event)?)?;
    let names = ["fax".to_owned(), "phone".to_owned()];
    let score = |z: f64, code: u32| -> Result<f64, LearnError> {
        let (x, z, codes) = ([5.0], [z], [code]);
        let columns = [
            ("channel", Feature::Categories { codes: &codes, names: &names }),
            ("z", Feature::Numbers(&z)),
            ("x", Feature::Numbers(&x)),
        ];
        Ok(fitted.log_odds(&Features::new(&columns)?)?[0])
    };
    // 88 web (the reference), 87 shop, 65 phone.
    let of = |level| fitted.level("channel", level).map_or(0.0, |c| c.estimate);
    let average = (87.0 * of("shop") + 65.0 * of("phone")) / 240.0;
    assert!(close(score(2000.0, 0)? - score(2000.0, 1)?, -of("phone"), ROUND));
    assert!(close(score(2000.0, u32::MAX)? - score(2000.0, 1)?, average - of("phone"), ROUND));
    let mean = sample.z.iter().sum::<f64>() / 240.0;
    assert!(close(score(f64::NAN, 1)?, score(mean, 1)?, ROUND));
    assert!(score(1e300, 1)?.is_finite() && score(-1e300, 0)?.is_finite());
    Ok(())
}

#[test]
fn missing_columns_and_other_kinds_are_typed_errors() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &sample.event)?)?;
    let x = Features::new(&[("x", Feature::Numbers(&sample.x))])?;
    let error = fitted.probability(&x).err();
    assert!(matches!(error, Some(LearnError::MissingFeatures { missing, .. }) if missing == ["z", "channel"]));
    let wrong = Features::new(&[
        ("x", Feature::Numbers(&sample.x)),
        ("z", Feature::Categories { codes: &sample.codes, names: &sample.names }),
        ("channel", Feature::Numbers(&sample.x)),
    ])?;
    assert!(matches!(fitted.probability(&wrong), Err(LearnError::FeatureKind { feature, .. }) if feature == "z"));
    Ok(())
}

#[test]
fn separation_names_the_column_and_a_ridge_penalty_admits_it() -> Outcome {
    let x: Vec<f64> = (0..40).map(f64::from).collect();
    let noise: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11)).collect();
    let complete: Vec<bool> = (0..40).map(|i| i >= 25).collect();
    let error = numbers(&[("x", &x)], &complete).err();
    assert!(
        matches!(&error, Some(LearnError::Separation { columns, complete: true }) if columns == &["x"]),
        "{error:?}"
    );

    // All marked rows have the event; the others are mixed (Albert and Anderson 1984: quasi-complete).
    let marked: Vec<f64> = (0..40).map(|i| if i % 8 == 0 { 1.0 } else { 0.0 }).collect();
    let mixed: Vec<bool> = (0..40).map(|i| i % 8 == 0 || i % 3 == 0).collect();
    let error = numbers(&[("noise", &noise), ("marked", &marked)], &mixed).err();
    assert!(
        matches!(&error, Some(LearnError::Separation { columns, complete: false }) if columns == &["marked"]),
        "{error:?}"
    );

    let features = Features::new(&[("noise", Feature::Numbers(&noise)), ("marked", Feature::Numbers(&marked))])?;
    let ridge = LogisticRegression::builder().ridge(1.0).build()?.fit(&Labelled::new(&features, &mixed)?)?;
    assert!(ridge.coefficient("marked").is_some_and(|c| c.estimate > 0.0 && c.estimate.is_finite()));
    assert!(ridge.effective_parameters() > 1.0 && ridge.effective_parameters() < 3.0);

    // A rare mark in many rows is found too, although one standard deviation of it is small.
    let rare: Vec<f64> = (0..20_000).map(|i| if i % 1000 == 0 { 1.0 } else { 0.0 }).collect();
    let event: Vec<bool> = (0..20_000).map(|i| i % 1000 == 0 || i % 9 == 1).collect();
    let error = numbers(&[("rare", &rare)], &event).err();
    assert!(matches!(&error, Some(LearnError::Separation { columns, .. }) if columns == &["rare"]), "{error:?}");
    Ok(())
}

#[test]
fn collinear_columns_are_named_or_left_out() -> Outcome {
    let sample = sample();
    let sum: Vec<f64> = sample.z.iter().enumerate().map(|(i, z)| 2.0 * z - 3.0 * (i % 7) as f64 + 5.0).collect();
    let seventh: Vec<f64> = (0..240).map(|i| f64::from(i % 7)).collect();
    let columns = [("z", &sample.z[..]), ("seventh", &seventh[..]), ("sum", &sum[..])];
    let error = numbers(&columns, &sample.event).err();
    let expected = ["sum is a linear combination of z, seventh".to_owned()];
    assert_eq!(error, Some(LearnError::Collinear { columns: expected.to_vec() }));

    let columns = columns.map(|(name, x)| (name, Feature::Numbers(x)));
    let features = Features::new(&columns)?;
    let data = Labelled::new(&features, &sample.event)?;
    let fitted = LogisticRegression::builder().leave_out_collinear(true).build()?.fit(&data)?;
    assert_eq!(fitted.collinear(), [Term::Number { feature: "sum".into() }]);
    let without = numbers(&[("z", &sample.z), ("seventh", &seventh)], &sample.event)?;
    assert!(close(fitted.log_likelihood(), without.log_likelihood(), ROUND));
    let (p, q) = (fitted.probability(&features)?, without.probability(&features)?);
    assert!(p.iter().zip(&q).all(|(p, q)| (p - q).abs() < ROUND));
    // A ridge penalty needs no choice.
    assert!(LogisticRegression::builder().ridge(0.1).build()?.fit(&data).is_ok());
    Ok(())
}

#[test]
fn a_level_left_out_counts_as_the_reference() -> Outcome {
    // Two copies of one category: the second's levels are made up of the first's.
    let sample = sample();
    let copy = Feature::Categories { codes: &sample.codes, names: &sample.names };
    let features = Features::new(&[("a", copy), ("b", copy)])?;
    let data = Labelled::new(&features, &sample.event)?;
    let fitted = LogisticRegression::builder().leave_out_collinear(true).build()?.fit(&data)?;
    assert_eq!(fitted.collinear().len(), 2);
    let single = Features::new(&[("a", copy)])?;
    let other = LogisticRegression::default().fit(&Labelled::new(&single, &sample.event)?)?;
    let (p, q) = (fitted.probability(&features)?, other.probability(&single)?);
    assert!(p.iter().zip(&q).all(|(p, q)| (p - q).abs() < ROUND));
    Ok(())
}

#[test]
fn degenerate_data_give_typed_errors() -> Outcome {
    let (same, x) = ([4.0; 6], [1.0, 2.0, 3.0, 2.0, 5.0, 1.5]);
    let event = [true, false, true, false, false, true];
    let error = numbers(&[("same", &same), ("gone", &[f64::NAN; 6])], &event).err();
    assert_eq!(error, Some(LearnError::NothingToLearnFrom { constant: vec!["same".into(), "gone".into()] }));
    assert_eq!(numbers(&[("same", &same), ("x", &x)], &event)?.constant(), ["same"]);
    assert_eq!(numbers(&[("x", &x)], &[true; 6]).err(), Some(LearnError::OneClass { events: 6, rows: 6 }));
    let wide: Vec<Vec<f64>> = (0..6).map(|k| (0..6).map(|i| f64::from((i + 1) * (k + 2) * 7 % 13)).collect()).collect();
    let names = ["a", "b", "c", "d", "e", "f"];
    let columns: Vec<(&str, &[f64])> = names.iter().zip(&wide).map(|(&n, x)| (n, x.as_slice())).collect();
    assert_eq!(numbers(&columns, &event).err(), Some(LearnError::TooFewRows { coefficients: 7, rows: 6 }));
    assert!(matches!(numbers(&[("x", &[1e200, 2.0])], &[true, false]), Err(LearnError::Invalid(_))));
    // Only rows of weight 0 have the event.
    let features = Features::new(&[("x", Feature::Numbers(&x))])?;
    let weights = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
    let error = LogisticRegression::default().fit(&Labelled::new(&features, &event)?.weighted(&weights)?).err();
    assert_eq!(error, Some(LearnError::OneClass { events: 0, rows: 3 }));
    Ok(())
}

#[test]
fn numbers_of_any_unit_are_solved_equally_well() -> Outcome {
    let sample = sample();
    let tiny: Vec<f64> = sample.z.iter().map(|z| z * 1e-9).collect();
    let far: Vec<f64> = sample.z.iter().map(|z| z * 1e6 + 1e12).collect();
    let expected = numbers(&[("z", &sample.z)], &sample.event)?;
    let expected = expected.coefficient("z").ok_or("z")?;
    for (column, unit) in [(&tiny, 1e9), (&far, 1e-6)] {
        let fitted = numbers(&[("z", column)], &sample.event)?;
        let got = fitted.coefficient("z").ok_or("z")?;
        assert!(close(got.z, expected.z, 1e-5) && close(got.estimate / unit, expected.estimate, 1e-5), "{got:?}");
    }
    Ok(())
}

#[test]
fn declared_leaks_are_refused_and_suspects_are_kept_as_warnings() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let data = Labelled::new(&features, &sample.event)?.known_after(&["z"])?;
    assert_eq!(
        LogisticRegression::default().fit(&data).err(),
        Some(LearnError::Leakage { features: vec!["z".into()] })
    );
    assert!(Labelled::new(&features, &sample.event)?.known_after(&["duration"]).is_err());

    let leak: Vec<f64> =
        sample.event.iter().enumerate().map(|(i, &e)| if e && i > 5 { 9.0 } else { 0.0 } + (i % 3) as f64).collect();
    let fitted = numbers(&[("leak", &leak), ("z", &sample.z)], &sample.event)?;
    assert!(
        matches!(fitted.suspects()[0].reason, LeakReason::Separates { auc } if auc > 0.98),
        "{:?}",
        fitted.suspects()
    );
    Ok(())
}

#[test]
fn a_saved_model_scores_alike_and_a_broken_one_is_refused() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &sample.event)?)?;
    let text = serde_json::to_string(&fitted)?;
    let loaded: FittedLogistic = serde_json::from_str(&text)?;
    assert_eq!(loaded, fitted);
    assert_eq!(loaded.log_odds(&features)?, fitted.log_odds(&features)?);
    let broken = text.replacen("\"standard_error\":", "\"standard_error\":-", 1);
    assert!(serde_json::from_str::<FittedLogistic>(&broken).is_err());
    let spec = LogisticRegression::builder().ridge(0.5).build()?;
    assert_eq!(serde_json::from_str::<LogisticRegression>(&serde_json::to_string(&spec)?)?, spec);
    Ok(())
}

#[test]
fn points_of_the_card_sum_to_the_points_of_a_row() -> Outcome {
    let sample = sample();
    let features = sample.features()?;
    let fitted = LogisticRegression::default().fit(&Labelled::new(&features, &sample.event)?)?;
    let card = Scorecard::new(600.0, 0.1, 20.0)?;
    let points = card.points(&fitted, &features)?;
    let table = card.card(&fitted);
    let of = |wanted: &str| table.iter().find(|(term, _)| term.to_string() == wanted).map_or(0.0, |(_, p)| *p);
    // Row 1: x = 3.7, z = 2325, channel 7 % 11 % 3 = 1, shop.
    let sum = of("intercept") + 3.7 * of("x") + 2325.0 * of("z") + of("channel = shop (against web)");
    assert!(close(points[1], sum, ROUND), "{} {sum}", points[1]);
    // Twice the odds, 20 points more.
    let odds = fitted.log_odds(&features)?[1];
    assert!(close(card.points_of(odds + 2.0_f64.ln()) - points[1], 20.0, ROUND));
    Ok(())
}
