//! A standard fitted and applied: numbers, identities and bad data.

use std::collections::BTreeMap;
use std::error::Error;

use emptor_types::Fit;

use super::*;
use crate::grade::{GradeError, GradingData, Ungraded};

/// A handful of operations in doubles.
const ROUND: f64 = 1e-12;

/// Numbers of a peer, printed to ten decimals.
const PRINTED: f64 = 1e-9;

/// Scores added up in different ways.
const SUM_ROUNDING: f64 = 1e-12;

use InformationGroup::{Image, PastSales, ProductValue, ServiceValue};

/// The sample the peer's numbers are of.
const SAMPLE: [f64; 10] = [3.1, 0.5, 12.0, 7.7, 0.0, 250.0, 4.4, 7.7, 1.2, 9.9];

/// Pseudo-random columns (a linear congruential generator), a few unknown, one of a few values, one skewed.
fn columns(customers: u64) -> Vec<Vec<f64>> {
    let mut state = 42_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut columns = vec![Vec::new(); 6];
    for _ in 0..customers {
        let (a, b, c, d, e) = (next(), next(), next(), next(), next());
        columns[0].push((8.0 * a).exp() - 2.0);
        columns[1].push((10.0 * b).floor());
        columns[2].push(if c < 0.1 { f64::NAN } else { c });
        columns[3].push(if d < 0.3 { f64::NAN } else { 400.0 * d });
        columns[4].push((e * 3.0).floor() - 1.0);
        columns[5].push(100.0 * a + 10.0 * b - 20.0 * c);
    }
    columns
}

const NAMES: [&str; 5] = ["spend", "orders", "returns", "days", "nps"];

fn indicators() -> Vec<Indicator> {
    vec![
        Indicator::new("spend", PastSales).transform(Transform::Asinh).weight(2.0),
        Indicator::new("orders", PastSales).transform(Transform::Log1p),
        Indicator::new("returns", ProductValue).lower_is_better(),
        Indicator::new("days", PastSales).transform(Transform::Rank).lower_is_better(),
        Indicator::new("nps", Image),
    ]
}

fn lent<'a>(columns: &'a [Vec<f64>]) -> Result<GradingData<'a>, GradeError> {
    let named: Vec<(&str, &[f64])> = NAMES.iter().copied().zip(columns.iter().map(Vec::as_slice)).collect();
    GradingData::new(&named)?.with_ranking("profit", &columns[5])
}

fn judged() -> Result<Weighting, GradeError> {
    let groups = PairwiseMatrix::from_upper_triangle(&["past_sales", "image", "product_value"], &[3.0, 2.0, 0.5])?;
    let past = PairwiseMatrix::from_upper_triangle(&["spend", "orders", "days"], &[2.0, 4.0, 2.0])?;
    Ok(Weighting::Ahp { groups, within: BTreeMap::from([(PastSales, past)]) })
}

fn every_standard() -> Result<Vec<AssessmentStandard>, GradeError> {
    let scalings = [Scaling::Z, Scaling::RobustZ, Scaling::RobustOrZ, Scaling::MinMax, Scaling::Quantile];
    let weightings =
        [Weighting::Equal, Weighting::default(), judged()?, Weighting::Entropy, Weighting::ProfitRegression];
    let mut standards = Vec::new();
    for scaling in scalings {
        for weighting in &weightings {
            let builder = AssessmentStandard::builder().indicators(indicators()).scaling(scaling);
            standards.push(builder.weighting(weighting.clone()).build()?);
        }
    }
    Ok(standards)
}

fn near(found: &[f64], expected: &[f64], tolerance: f64) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| (f - e).abs() <= tolerance)
}

fn one(indicator: Indicator, scaling: Scaling, cuts: (f64, f64)) -> Result<FittedStandard, GradeError> {
    let name = indicator.name().to_owned();
    let builder = AssessmentStandard::builder().indicators([indicator]).scaling(scaling);
    builder.winsorize(cuts.0, cuts.1).build()?.fit(&GradingData::new(&[(&name, &SAMPLE)])?)
}

#[test]
fn transforms_and_scalings_give_the_numbers_of_numpy() -> Result<(), GradeError> {
    // numpy 2.4.6, scipy 1.17.1: t = transform(x) with rank = (rankdata(x) - .5) / 10; y = clip(t, *quantile(t, [.1, .9]));
    // z = (y - mean) / std(ddof=1); robust z = clip((y - median) / (1.4826 median |y - median|), -3, 3);
    // min-max = (y - lo) / (hi - lo); quantile = (rankdata(y) - .5) / 10.
    let ranks = [0.35, 0.15, 0.85, 0.6, 0.05, 0.95, 0.45, 0.6, 0.25, 0.75];
    #[rustfmt::skip]
    let expected: [(Transform, [[f64; 10]; 3]); 4] = [
        (Transform::Identity, [
            [-0.4938320205, -0.7419408617, 0.3554636283, -0.0548702245, -0.7467121856, 2.6266137902, -0.3697775999, -0.0548702245, -0.6751423275, 0.1550680258],
            [-0.4574132737, -0.8605571759, 0.9225793147, 0.2558413226, -0.8683099432, 3.0, -0.2558413226, 0.2558413226, -0.752018433, 0.596963086],
            [0.0749646393, 0.0014144272, 0.3267326733, 0.2050919378, 0.0, 1.0, 0.1117397454, 0.2050919378, 0.0212164074, 0.2673267327],
        ]),
        (Transform::Log1p, [
            [-0.2970384473, -1.4083119074, 0.9782871473, 0.5344214307, -1.4531227295, 1.3054733748, 0.0073388461, 0.5344214307, -0.9850400325, 0.783570887],
            [-0.6007184985, -1.7761731171, 0.7482630204, 0.2787620152, -1.8235719704, 1.0943457589, -0.2787620152, 0.2787620152, -1.3284553427, 0.5423009997],
            [0.4190842873, 0.0162440678, 0.8813939355, 0.7204911792, 0.0, 1.0, 0.5294220394, 0.7204911792, 0.1696814899, 0.8108086621],
        ]),
        (Transform::Asinh, [
            [-0.2317243335, -1.4514614082, 0.9539535856, 0.5606584274, -1.4943549626, 1.2244675164, 0.0693949963, 0.5606584274, -0.9747937105, 0.7832014616],
            [-0.6220551499, -2.009786797, 0.7269263691, 0.279462609, -2.0585880871, 1.0346982246, -0.279462609, 0.279462609, -1.4674675849, 0.5326565291],
            [0.4644034831, 0.0157765189, 0.9005032757, 0.755846844, 0.0, 1.0, 0.5751570656, 0.755846844, 0.1910978948, 0.837699571],
        ]),
        (Transform::Rank, [
            [-0.5480474226, -1.2787773195, 1.2787773195, 0.3653649484, -1.3153138143, 1.3153138143, -0.1826824742, 0.3653649484, -0.9134123711, 0.9134123711],
            [-0.4721435316, -1.0117361392, 0.8768379873, 0.2023472278, -1.0387157696, 0.9038176177, -0.2023472278, 0.2023472278, -0.7419398354, 0.6070416835],
            [0.2916666667, 0.0138888889, 0.9861111111, 0.6388888889, 0.0, 1.0, 0.4305555556, 0.6388888889, 0.1527777778, 0.8472222222],
        ]),
    ];
    for (transform, [z, robust, min_max]) in expected {
        let all = [(Scaling::Z, z), (Scaling::RobustZ, robust), (Scaling::MinMax, min_max), (Scaling::Quantile, ranks)];
        for (scaling, expected) in all {
            let indicator = Indicator::new("x", PastSales).transform(transform);
            let fitted = one(indicator.clone(), scaling, (0.1, 0.9))?;
            let found: Vec<f64> = SAMPLE.iter().map(|&x| fitted.indicators()[0].score(x)).collect();
            assert!(near(&found, &expected, PRINTED), "{transform:?} {scaling:?}: {found:?}");
            assert_eq!(fitted.indicators()[0].scale.scaling(), scaling);

            // Less is better: −z, or 1 − x.
            let turned = one(indicator.lower_is_better(), scaling, (0.1, 0.9))?;
            let bounded = matches!(scaling, Scaling::MinMax | Scaling::Quantile);
            let opposite: Vec<f64> = found.iter().map(|x| if bounded { 1.0 - x } else { -x }).collect();
            let found: Vec<f64> = SAMPLE.iter().map(|&x| turned.indicators()[0].score(x)).collect();
            assert!(near(&found, &opposite, ROUND), "{transform:?} {scaling:?}: {found:?}");
        }
    }
    Ok(())
}

#[test]
fn a_majority_value_falls_back_to_the_quartiles() -> Result<(), GradeError> {
    // By hand: five of eight are 0, so MAD = 0; quartiles of 0,0,0,0,0,4,4,4 are 0 and 4.
    let column = [0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0];
    let standard =
        AssessmentStandard::builder().indicators([Indicator::new("x", Image)]).winsorize(0.0, 1.0).build()?;
    let fitted = standard.fit(&GradingData::new(&[("x", &column)])?)?;
    let expected = FrozenScale::RobustZ { median: 0.0, unit: 4.0 / 1.349, spread: Spread::InterquartileRange };
    assert_eq!(fitted.indicators()[0].scale, expected);
    Ok(())
}

#[test]
fn indicators_without_use_are_dropped_with_their_reason() -> Result<(), GradeError> {
    let noise = [7.0, 7.0 + 1e-15, 7.0, 7.0 - 1e-15];
    let data = GradingData::new(&[
        ("same", &[7.0; 4]),
        ("noise", &noise),
        ("unknown", &[f64::NAN; 4]),
        ("spend", &[1.0, 2.0, 3.0, 4.0]),
    ])?;
    for scaling in [Scaling::Z, Scaling::RobustZ, Scaling::RobustOrZ, Scaling::MinMax, Scaling::Quantile] {
        let named = ["same", "noise", "unknown", "spend"].map(|name| Indicator::new(name, Image));
        let fitted = AssessmentStandard::builder().indicators(named).scaling(scaling).build()?.fit(&data)?;
        let reasons: Vec<(&str, DropReason)> = fitted.dropped().iter().map(|d| (d.name.as_str(), d.reason)).collect();
        let expected = [
            ("same", DropReason::NoSpread { median: 7.0 }),
            ("noise", DropReason::NoSpread { median: 7.0 }),
            ("unknown", DropReason::Unknown),
        ];
        assert_eq!(reasons, expected, "{scaling:?}");
        assert_eq!(fitted.indicators().len(), 1);
    }
    let nothing = AssessmentStandard::builder().indicators([Indicator::new("same", Image)]).build()?.fit(&data);
    assert!(matches!(nothing, Err(GradeError::NothingToGradeBy { .. })), "{nothing:?}");
    Ok(())
}

#[test]
fn the_order_of_rows_and_columns_changes_no_bit() -> Result<(), Box<dyn Error>> {
    let columns = columns(997);
    let order: Vec<usize> = (0..997).map(|i| (i * 389 + 17) % 997).collect();
    let shuffled: Vec<Vec<f64>> = columns.iter().map(|c| order.iter().map(|&i| c[i]).collect()).collect();
    for standard in every_standard()? {
        let fitted = standard.fit(&lent(&columns)?)?;
        assert_eq!(fitted, standard.fit(&lent(&shuffled)?)?);
        let json = serde_json::to_string(&fitted)?;
        assert_eq!(json, serde_json::to_string(&standard.fit(&lent(&shuffled)?)?)?);

        let mut named: Vec<(&str, &[f64])> = NAMES.iter().copied().zip(columns.iter().map(Vec::as_slice)).collect();
        named.reverse();
        let turned = GradingData::new(&named)?.with_ranking("profit", &columns[5])?;
        assert_eq!(fitted, standard.fit(&turned)?);

        let (straight, mixed) = (fitted.score(&lent(&columns)?)?, fitted.score(&lent(&shuffled)?)?);
        for (row, &from) in order.iter().enumerate() {
            assert_eq!(mixed.composite[row].map(f64::to_bits), straight.composite[from].map(f64::to_bits));
        }
    }
    Ok(())
}

#[test]
fn threads_change_no_bit() -> Result<(), Box<dyn Error>> {
    // More than two chunks of the base means.
    let columns = columns(40_000);
    let run = |threads| -> Result<FittedStandard, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(pool.install(|| AssessmentStandard::builder().indicators(indicators()).build()?.fit(&lent(&columns)?))?)
    };
    assert_eq!(run(1)?, run(3)?);
    Ok(())
}

#[test]
fn a_frozen_standard_scores_its_own_data_and_parts_of_it_as_in_the_fit() -> Result<(), Box<dyn Error>> {
    let columns = columns(300);
    let part: Vec<Vec<f64>> = columns.iter().map(|c| c[40..90].to_vec()).collect();
    for standard in every_standard()? {
        let fitted = standard.fit(&lent(&columns)?)?;
        let loaded: FittedStandard = serde_json::from_str(&serde_json::to_string(&fitted)?)?;
        assert_eq!(loaded, fitted);
        let whole = loaded.score(&lent(&columns)?)?;
        let again = loaded.score(&lent(&part)?)?;
        assert_eq!(whole.composite[40..90], again.composite);

        // The fit's own means are those of the scores.
        let known: Vec<f64> = whole.composite.iter().flatten().copied().collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        assert_eq!(known.len(), fitted.base().scored);
        assert!(fitted.base().composite.is_some_and(|m| (m - mean).abs() < SUM_ROUNDING));
    }
    Ok(())
}

#[test]
fn contributions_sum_to_the_composite_and_beyond_the_base_to_the_gap() -> Result<(), GradeError> {
    let columns = columns(400);
    for standard in every_standard()? {
        let fitted = standard.fit(&lent(&columns)?)?;
        let scores = fitted.score(&lent(&columns)?)?;
        let base = fitted.base();
        let shares: f64 = fitted.weights().group_shares.iter().sum();
        assert!((shares - 1.0).abs() < SUM_ROUNDING);
        for row in 0..scores.len() {
            let Some(composite) = scores.composite[row] else {
                assert_eq!(scores.contributions(fitted.weights(), row), None);
                assert!(scores.unknown[row].is_some());
                continue;
            };
            let effective: f64 = scores.effective_weights(fitted.weights(), row).into_iter().flatten().sum();
            assert!((effective - 1.0).abs() < SUM_ROUNDING);
            let added = scores.contributions(fitted.weights(), row).unwrap_or_default();
            assert!((added.iter().sum::<f64>() - composite).abs() < SUM_ROUNDING);
            let gap: f64 = added.iter().zip(&base.contributions).map(|(a, b)| a - b).sum();
            assert!((gap - (composite - base.composite.unwrap_or_default())).abs() < SUM_ROUNDING);
        }
    }
    Ok(())
}

#[test]
fn an_unknown_indicator_gives_its_weight_to_its_group_if_enough_is_known() -> Result<(), GradeError> {
    let nan = f64::NAN;
    // Median 3 and MAD 1 of the first five: 4.4826 scores 1.
    let a = [1.0, 2.0, 3.0, 4.0, 5.0, 4.4826, 4.4826, nan];
    let b = [1.0, 2.0, 3.0, 4.0, 5.0, 3.0, nan, 4.4826];
    let standard = AssessmentStandard::builder()
        .indicators([Indicator::new("a", Image).weight(3.0), Indicator::new("b", Image)])
        .winsorize(0.0, 1.0)
        .build()?;
    let fitted = standard.fit(&GradingData::new(&[("a", &a[..5]), ("b", &b[..5])])?)?;
    let scores = fitted.score(&GradingData::new(&[("a", &a), ("b", &b)])?)?;
    let close = |row: usize, expected: f64| scores.composite[row].is_some_and(|s| (s - expected).abs() < ROUND);
    assert!(close(5, 0.75), "(3 × 1 + 1 × 0) / 4");
    assert!(close(6, 1.0));
    assert_eq!(scores.composite[7], None, "a quarter of the weight is known");
    assert_eq!(scores.unknown[7], Some(Ungraded::GroupUnknown(Image)));
    assert_eq!(fitted.group_share(Image), Some(1.0));
    assert_eq!(fitted.group_share(ServiceValue), None);

    // 0.1 + 0.2 of 0.6 is half, with rounding.
    let three = [("a", 0.1), ("b", 0.2), ("c", 0.3)].map(|(name, w)| Indicator::new(name, Image).weight(w));
    let fitted = AssessmentStandard::builder().indicators(three).build()?.fit(&GradingData::new(&[
        ("a", &a[..5]),
        ("b", &a[..5]),
        ("c", &a[..5]),
    ])?)?;
    let half = fitted.score(&GradingData::new(&[("a", &[1.0]), ("b", &[1.0]), ("c", &[nan])])?)?;
    assert!(half.composite[0].is_some());
    Ok(())
}

#[test]
fn missing_policies_replace_unknown_values() -> Result<(), GradeError> {
    let base = [1.0, 2.0, 3.0, 4.0, 5.0];
    let unknown = [f64::NAN];
    let scored = |policy, scaling| -> Result<Option<f64>, GradeError> {
        let indicator = Indicator::new("x", Image).lower_is_better().missing(policy);
        let builder = AssessmentStandard::builder().indicators([indicator]).winsorize(0.0, 1.0).scaling(scaling);
        let fitted = builder.build()?.fit(&GradingData::new(&[("x", &base)])?)?;
        Ok(fitted.score(&GradingData::new(&[("x", &unknown)])?)?.composite[0])
    };
    assert_eq!(scored(MissingPolicy::Redistribute, Scaling::RobustZ)?, None);
    assert_eq!(scored(MissingPolicy::Neutral, Scaling::RobustZ)?, Some(0.0));
    assert_eq!(scored(MissingPolicy::Neutral, Scaling::MinMax)?, Some(0.5));
    assert_eq!(scored(MissingPolicy::Worst, Scaling::MinMax)?, Some(0.0));
    assert_eq!(scored(MissingPolicy::Worst, Scaling::RobustZ)?, Some(-2.0 / 1.4826));
    assert_eq!(scored(MissingPolicy::Value(2.0), Scaling::MinMax)?, Some(0.75));
    Ok(())
}

#[test]
fn a_group_nobody_is_known_of_leaves_nobody_scored_and_no_panic() -> Result<(), GradeError> {
    // Each group is known of somebody, both of nobody.
    let nan = f64::NAN;
    let (a, b) = ([1.0, 2.0, 3.0, nan, nan, nan], [nan, nan, nan, 1.0, 2.0, 3.0]);
    let data = GradingData::new(&[("a", &a), ("b", &b)])?;
    let pair = [Indicator::new("a", Image), Indicator::new("b", PastSales)];
    let fitted = AssessmentStandard::builder().indicators(pair).build()?.fit(&data)?;
    assert_eq!((fitted.base().scored, fitted.base().composite), (0, None));
    let scores = fitted.score(&data)?;
    assert_eq!(scores.unknown[0], Some(Ungraded::GroupUnknown(PastSales)));
    assert_eq!(scores.unknown[3], Some(Ungraded::GroupUnknown(Image)));
    Ok(())
}

#[test]
fn values_out_of_range_are_counted_or_refused() -> Result<(), GradeError> {
    let column = [0.1, 0.5, 1.7, 0.9, -0.2, 0.3];
    let share = || Indicator::new("share", Image).valid_min(0.0).valid_max(1.0);
    let data = GradingData::new(&[("share", &column)])?;
    let fitted = AssessmentStandard::builder().indicators([share()]).build()?.fit(&data)?;
    assert_eq!((fitted.indicators()[0].known, fitted.indicators()[0].out_of_range), (4, 2));
    let scores = fitted.score(&data)?;
    assert_eq!(scores.out_of_range, [2]);
    assert_eq!(scores.composite[2], None);

    let strict = AssessmentStandard::builder().indicators([share()]).out_of_range(OutOfRange::Refuse).build()?;
    let error = strict.fit(&data).err().map(|e| e.to_string());
    let expected = "share must lie between 0 and 1 (2 rows, e.g. row 2: 1.7, row 4: -0.2)";
    assert_eq!(error.as_deref(), Some(expected));

    // A logarithm of −1 is no matter where the range excludes it.
    let log = Indicator::new("share", Image).transform(Transform::Log1p);
    let steep = GradingData::new(&[("share", &[-1.0, 0.5, 1.7])])?;
    assert!(AssessmentStandard::builder().indicators([log.clone()]).build()?.fit(&steep).is_err());
    assert!(AssessmentStandard::builder().indicators([log.valid_min(0.0)]).build()?.fit(&steep).is_ok());
    Ok(())
}

#[test]
fn infinities_are_refused_by_name_with_count_and_rows() {
    let error = GradingData::new(&[("spend", &[1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY])]).err();
    let text = error.map(|e| e.to_string()).unwrap_or_default();
    assert!(
        text.starts_with("spend must be finite") && text.contains("2 rows, e.g. row 1: inf, row 3: -inf"),
        "{text}"
    );
}

#[test]
fn degenerate_data_are_scores_or_typed_errors() -> Result<(), GradeError> {
    let extreme = [f64::MIN_POSITIVE, 5e-324, -1e300, 1e300, 0.0, -0.0, 1e-300, f64::NAN, 1e300, 1.0];
    for scaling in [Scaling::Z, Scaling::RobustZ, Scaling::RobustOrZ, Scaling::MinMax, Scaling::Quantile] {
        for transform in [Transform::Identity, Transform::Asinh, Transform::Rank] {
            for n in 0..extreme.len() {
                for weighting in [Weighting::Equal, Weighting::Entropy, Weighting::ProfitRegression] {
                    let builder =
                        AssessmentStandard::builder().scaling(scaling).weighting(weighting).winsorize(0.0, 1.0);
                    let standard = builder.indicators([Indicator::new("x", Image).transform(transform)]).build()?;
                    let data = GradingData::new(&[("x", &extreme[..n])])?.with_ranking("x", &extreme[..n])?;
                    match standard.fit(&data) {
                        Ok(fitted) => {
                            let scores = fitted.score(&data)?;
                            assert!(scores.composite.iter().flatten().all(|c| c.is_finite()), "{scaling:?} {n}");
                        }
                        Err(error) => assert!(
                            matches!(
                                error,
                                GradeError::NoCustomers | GradeError::NothingToGradeBy { .. } | GradeError::Invalid(_)
                            ),
                            "{error:?}"
                        ),
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_score_leads_back_to_its_value() -> Result<(), GradeError> {
    for transform in [Transform::Identity, Transform::Log1p, Transform::Asinh, Transform::Rank] {
        for scaling in [Scaling::Z, Scaling::MinMax, Scaling::Quantile, Scaling::RobustZ, Scaling::RobustOrZ] {
            let fitted = one(Indicator::new("x", Image).transform(transform).lower_is_better(), scaling, (0.0, 1.0))?;
            let x = &fitted.indicators()[0];
            for value in [0.0, 1.2, 2.5, 7.7, 9.9] {
                let back = x.value_at(x.score(value)).unwrap_or(f64::NAN);
                assert!((back - value).abs() < 1e-9, "{transform:?} {scaling:?} {value}: {back}");
            }
            assert_eq!(x.value_at(99.0), None);
        }
    }
    Ok(())
}

#[test]
fn a_damaged_standard_is_refused() -> Result<(), Box<dyn Error>> {
    let columns = columns(100);
    let fitted = AssessmentStandard::builder().indicators(indicators()).build()?.fit(&lent(&columns)?)?;
    let saved = serde_json::to_value(&fitted)?;
    let damage = |path: &str, value: serde_json::Value| {
        let mut copy = saved.clone();
        if let Some(place) = copy.pointer_mut(path) {
            *place = value;
        }
        assert_ne!(copy, saved, "{path}");
        serde_json::from_value::<FittedStandard>(copy).err().map(|e| e.to_string())
    };
    for (path, value, says) in [
        ("/indicators/0/scale/robust_z/unit", 0.0.into(), "unit above 0"),
        ("/indicators/0/lower", 1e9.into(), "finite cuts in order"),
        ("/indicators/0/indicator/name", "sales".into(), "must be an indicator of the standard"),
        ("/indicators/3/ranks", serde_json::Value::Null, "must hold ranks exactly if ranked"),
        ("/weights/group_shares/0", 0.5.into(), "sum to 1"),
        ("/weights/indicators/0/within", 0.9.into(), "sum to 1"),
        ("/base/contributions", serde_json::json!([]), "finite mean for each indicator"),
        ("/standard/clip", 0.0.into(), "clip must be above 0"),
    ] {
        let error = damage(path, value).unwrap_or_default();
        assert!(error.contains(says), "{path}: {error}");
    }
    Ok(())
}

#[test]
fn a_column_that_is_missing_is_named() -> Result<(), GradeError> {
    let columns = columns(100);
    let fitted = AssessmentStandard::builder().indicators(indicators()).build()?.fit(&lent(&columns)?)?;
    let error = fitted.score(&GradingData::new(&[("spend", &columns[0]), ("days", &columns[3])])?).err();
    let missing = ["orders", "returns", "nps"].map(str::to_owned).to_vec();
    let available = ["spend", "days"].map(str::to_owned).to_vec();
    assert_eq!(error, Some(GradeError::MissingIndicators { missing, available }));
    Ok(())
}

#[test]
fn a_standard_is_restricted_to_the_columns_there_are() -> Result<(), GradeError> {
    let judged = AssessmentStandard::builder().indicators(indicators()).weighting(judged()?).build()?;
    let (left, absent) = judged.restricted_to(&["orders", "spend", "nps", "region"])?;
    assert_eq!(absent, ["returns", "days"]);
    // The judgements among those that are left: 2 for spend over orders, 3 for past sales over image.
    let columns = columns(200);
    let fitted = left.fit(&lent(&columns)?)?;
    let weights: Vec<f64> = fitted.weights().indicators.iter().map(|w| w.weight).collect();
    assert!(near(&weights, &[0.5, 0.25, 0.25], ROUND), "{weights:?}");
    let nothing = judged.restricted_to(&["region"]);
    assert!(matches!(nothing, Err(GradeError::MissingIndicators { .. })), "{nothing:?}");
    Ok(())
}

#[test]
fn a_column_of_few_who_differ_counts_where_plain_deviations_may_stand_in() -> Result<(), GradeError> {
    let mut complaints = vec![0.0; 90];
    complaints.extend([4.0; 10]);
    let data = GradingData::new(&[("complaints", &complaints)])?;
    let fit = |scaling| {
        let indicator = Indicator::new("complaints", InformationGroup::ServiceValue).lower_is_better();
        AssessmentStandard::builder().indicators([indicator]).scaling(scaling).build()?.fit(&data)
    };
    assert!(matches!(fit(Scaling::RobustZ), Err(GradeError::NothingToGradeBy { .. })));
    // By hand: mean 0.4, squares 90 × 0.16 + 10 × 12.96 = 144, over 99.
    let fitted = fit(Scaling::RobustOrZ)?;
    let sd = (144.0_f64 / 99.0).sqrt();
    assert!((fitted.indicators()[0].score(4.0) + 3.6 / sd).abs() < 1e-12);
    assert!((fitted.indicators()[0].score(0.0) - 0.4 / sd).abs() < 1e-12);
    Ok(())
}
