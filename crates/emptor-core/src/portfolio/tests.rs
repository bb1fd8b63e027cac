//! Published coefficients, identities for any base, and what is refused.

#![expect(clippy::float_cmp, reason = "exactness is what is tested")]

use std::error::Error;

use emptor_types::{ExactSum, Invalid};
use proptest::prelude::*;

use super::*;

/// CM2 of the six customers of fixture A, analytics specification, appendix B.
const FIXTURE_A: [f64; 6] = [105.6, 72.0, 13.6, 0.0, -105.6, 57.6];

/// Sums of a few amounts rounded apart: relative to the amounts.
const ROUNDED_APART: f64 = 1e-12;

fn exact(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().collect::<ExactSum>().value()
}

#[test]
fn the_whale_of_fixture_a_peaks_at_the_fourth_of_six() -> Result<(), Box<dyn Error>> {
    let curve = WhaleCurve::new(&FIXTURE_A)?;
    // Analytics specification, appendix B.
    let expected = [105.6, 177.6, 235.2, 248.8, 248.8, 143.2];
    assert!(curve.cumulative().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{:?}", curve.cumulative());
    let summary = curve.summary();
    assert!((summary.peak_over_total.ok_or("a total")? - 1.737_43).abs() < 1e-6);
    assert_eq!((summary.customers_at_peak, summary.loss_making), (4, 1));
    assert_eq!((summary.share_loss_making, summary.lost), (1.0 / 6.0, 105.6));
    let peak = curve.point(4).ok_or("six customers")?;
    assert_eq!((peak.cumulative, peak.share_of_customers), (summary.peak, 4.0 / 6.0));
    assert_eq!(curve.point(7), None);
    assert_eq!(curve.basis(), Basis::WithLosses);
    let json = serde_json::to_string(&summary)?;
    assert_eq!(serde_json::from_str::<WhaleSummary>(&json)?, summary);
    Ok(())
}

#[test]
fn ties_keep_the_order_of_the_input_and_zeros_of_either_sign_tie() -> Result<(), Invalid> {
    assert_eq!(WhaleCurve::new(&[1.0, 2.0, 1.0, -0.0, 0.0, -0.0, 2.0])?.order(), [1, 6, 0, 2, 3, 4, 5]);
    Ok(())
}

#[test]
fn a_base_that_loses_money_has_amounts_but_no_shares() -> Result<(), Box<dyn Error>> {
    for profits in [&[10.0, -30.0, -5.0][..], &[3.0, -3.0], &[0.0, 0.0], &[-1.0]] {
        let curve = WhaleCurve::new(profits)?;
        assert_eq!(curve.basis(), Basis::NoTotal);
        assert_eq!(curve.summary().peak_over_total, None);
        assert!(curve.points().all(|point| point.share_of_total.is_none()));
        let top = curve.top(0.5)?;
        assert_eq!((top.share_of_total, top.basis), (None, Basis::NoTotal));
        let point = curve.reach(0.8)?;
        assert_eq!((point.customers, point.share_of_customers, point.basis), (None, None, Basis::NoTotal));
    }
    assert_eq!(WhaleCurve::new(&[10.0, -30.0, -5.0])?.top(1.0 / 3.0)?.amount, 10.0);
    assert_eq!(WhaleCurve::new(&[-1.0])?.summary().customers_at_peak, 0);
    Ok(())
}

#[test]
fn unknown_and_absurd_profits_and_an_empty_base_are_refused() {
    for bad in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY], &[-1e13]] {
        assert!(WhaleCurve::new(bad).is_err(), "{bad:?}");
        assert!(LorenzCurve::new(bad).is_err(), "{bad:?}");
    }
    assert!(WhaleCurve::new(&FIXTURE_A).is_ok_and(|curve| {
        let shares = [f64::NAN, -0.1, 1.1];
        shares.iter().all(|s| curve.top(*s).is_err() && curve.reach(*s).is_err()) && curve.reach(0.0).is_err()
    }));
}

#[test]
fn thinned_curves_keep_ends_and_peak() -> Result<(), Box<dyn Error>> {
    let profits: Vec<f64> = (0..1000).map(|i| 700.0 - f64::from(i)).collect();
    let curve = WhaleCurve::new(&profits)?;
    for n in [3, 4, 10, 999, 1000, 1001, 5000] {
        let points = curve.thinned(n)?;
        assert!(points.len() <= n && points.len() >= n.min(1001) - 1, "{n}: {}", points.len());
        assert!(points.windows(2).all(|pair| pair[0].customers < pair[1].customers));
        assert_eq!((points[0].customers, points[points.len() - 1].customers), (0, 1000));
        assert!(points.iter().any(|point| point.customers == 700), "{n}");
    }
    assert!(curve.thinned(2).is_err());
    assert_eq!(LorenzCurve::new(&[1.0; 100])?.thinned(5)?.len(), 5);
    Ok(())
}

#[test]
fn eighty_of_a_hundred_come_from_the_first_twenty() -> Result<(), Invalid> {
    // By construction: 20 customers at 4, 80 at 0.25; one customer less falls short.
    let mut revenue = vec![0.25; 80];
    revenue.extend([4.0; 20]);
    let curve = WhaleCurve::new(&revenue)?;
    assert_eq!(curve.basis(), Basis::NonNegative);
    assert_eq!((curve.top(0.2)?.amount, curve.top(0.2)?.share_of_total), (80.0, Some(0.8)));
    let point = curve.reach(0.8)?;
    assert_eq!((point.customers, point.share_of_customers), (Some(20), Some(0.2)));
    assert_eq!(curve.reach(0.81)?.customers, Some(24));
    assert_eq!(curve.reach(1.0)?.customers, Some(100));
    // A tenth of a tenth each, which doubles cannot hold: three of ten have 30 %.
    assert_eq!(WhaleCurve::new(&[0.1; 10])?.reach(0.3)?.customers, Some(3));
    Ok(())
}

#[test]
fn with_losses_the_share_of_the_best_may_exceed_the_whole() -> Result<(), Invalid> {
    let curve = WhaleCurve::new(&FIXTURE_A)?;
    let top = curve.top(0.5)?;
    assert_eq!(top.basis, Basis::WithLosses);
    assert!(top.share_of_total.is_some_and(|share| (share - 235.2 / 143.2).abs() < 1e-9));
    // 80 % of 143.2 is 114.56: the second customer passes it.
    assert_eq!(curve.reach(0.8)?.customers, Some(2));
    Ok(())
}

#[test]
fn gini_coefficients_are_the_published_ones() -> Result<(), Invalid> {
    // Analytics specification, G32.
    for (values, expected) in [
        ([1.0, 1.0, 2.0, 2.0], 1.0 / 6.0),
        ([0.0, 0.0, 0.0, 10.0], 0.75),
        ([10.0, 20.0, 30.0, 40.0], 0.25),
        ([7.3, 7.3, 7.3, 7.3], 0.0),
    ] {
        assert!((gini(&values)? - expected).abs() < ROUNDED_APART, "{values:?}");
    }
    Ok(())
}

#[test]
fn a_gini_of_losses_points_to_the_whale_curve() -> Result<(), Box<dyn Error>> {
    let message = gini(&FIXTURE_A).err().ok_or("must be refused")?.to_string();
    assert!(message.contains("whale curve") && message.contains("-105.6"), "{message}");
    assert!(gini(&[0.0, 0.0]).is_err(), "nothing to share");
    Ok(())
}

#[test]
fn customers_at_the_median_are_low() -> Result<(), Invalid> {
    // Medians 20 and 0: half of the base has no potential at all.
    let current = [10.0, 20.0, 30.0];
    let potential = [0.0, 0.0, 9.0];
    let matrix = ValueMatrix::new(&current, &potential, MatrixCuts::Medians)?;
    assert_eq!((matrix.current_cut, matrix.potential_cut), (20.0, 0.0));
    assert_eq!(matrix.quadrants, [Some(Quadrant::Lead), Some(Quadrant::Lead), Some(Quadrant::Platinum)]);
    // The median of an even number is half-way; unknown values do not count.
    let matrix = ValueMatrix::new(&[1.0, 2.0, f64::NAN], &[5.0, f64::NAN, 8.0], MatrixCuts::Medians)?;
    assert_eq!((matrix.current_cut, matrix.potential_cut), (1.5, 6.5));
    assert_eq!(matrix.quadrants, [Some(Quadrant::Lead), None, None]);
    assert_eq!((matrix.parts[4].customers, matrix.parts[4].current, matrix.parts[4].potential), (2, 2.0, 8.0));
    Ok(())
}

#[test]
fn a_matrix_of_unequal_or_unknown_axes_is_refused() {
    let cuts = MatrixCuts::At { current: 0.0, potential: f64::NAN };
    for (current, potential, cuts, violations) in [
        (&[1.0][..], &[1.0, 2.0][..], MatrixCuts::Medians, 1),
        (&[f64::NAN], &[1.0], MatrixCuts::Medians, 1),
        (&[], &[], MatrixCuts::Medians, 2),
        (&[f64::INFINITY], &[1.0], cuts, 2),
    ] {
        let error = ValueMatrix::new(current, potential, cuts).err();
        assert_eq!(error.map(|e| e.violations().len()), Some(violations), "{current:?} {potential:?}");
    }
}

#[test]
fn classes_follow_sign_and_thirds_of_the_profitable() -> Result<(), Box<dyn Error>> {
    use ProfitClass::{High, Loss, Low, Mid};
    // Positive: 13.6, 57.6, 72, 105.6; thirds at positions 1 and 2.
    let classes = ProfitClasses::terciles(&FIXTURE_A)?;
    assert_eq!((classes.mid_above, classes.high_above), (Some(57.6), Some(72.0)));
    assert_eq!(classes.classes, [High, Mid, Low, Low, Loss, Low].map(Some));
    let json = serde_json::to_string(&classes)?;
    assert_eq!(serde_json::from_str::<ProfitClasses>(&json)?, classes);

    let losses = ProfitClasses::terciles(&[-1.0, 0.0, f64::NAN])?;
    assert_eq!((losses.mid_above, losses.classes), (None, vec![Some(Loss), Some(Low), None]));
    for (low, high) in [(0.6, 0.5), (-0.1, 0.5), (0.5, 1.1), (f64::NAN, 0.5)] {
        assert!(ProfitClasses::at_quantiles(&FIXTURE_A, low, high).is_err(), "{low} {high}");
    }
    assert!(ProfitClasses::terciles(&[f64::INFINITY]).is_err());
    Ok(())
}

#[test]
fn the_quantile_is_that_of_r_and_numpy() {
    // numpy.quantile([1, 2, 4, 8], [0.1, 0.5, 0.9]), linear.
    let sorted = [1.0, 2.0, 4.0, 8.0];
    for (p, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
        assert!(crate::statistics::quantile(&sorted, p).is_some_and(|q| (q - expected).abs() < ROUNDED_APART), "{p}");
    }
    assert_eq!(crate::statistics::quantile(&[], 0.5), None);
}

#[test]
fn an_index_of_development_weighs_standardised_items() -> Result<(), Invalid> {
    // References 1, 2, 3: mean 2, deviation √(2/3). Marks 5, 1, 3: mean 3, deviation √(8/3).
    let items = [
        DevelopmentItem::new("references", 3.0, vec![1.0, 2.0, 3.0]),
        DevelopmentItem::new("information", 1.0, vec![5.0, 1.0, 3.0]),
        DevelopmentItem::new("not weighed", 0.0, vec![f64::NAN; 3]),
    ];
    let values = sufficient_values(&[1.0; 3], &[2.0; 3], &[0.0, -50.0, 200.0], &items)?;
    let z = 1.5_f64.sqrt();
    let expected = [100.0 + 10.0 * (-3.0 * z + z) / 4.0, 100.0 - 10.0 * z / 4.0, 100.0 + 10.0 * 3.0 * z / 4.0];
    for (value, expected) in values.iter().zip(expected) {
        assert!(value.development_index.is_some_and(|d| (d - expected).abs() < 1e-9), "{value:?}");
    }
    let volumes: Vec<Option<f64>> = values.iter().map(|value| value.volume_index).collect();
    assert_eq!(volumes, [Some(0.0), Some(-100.0), Some(400.0)]);
    Ok(())
}

#[test]
fn what_is_unknown_makes_its_own_dimension_unknown() -> Result<(), Invalid> {
    let items = [DevelopmentItem::new("learning", 1.0, vec![f64::NAN, 1.0, 3.0])];
    let nan = f64::NAN;
    let values = sufficient_values(&[nan, 1.0, 1.0], &[1.0, nan, 1.0], &[nan, 10.0, 30.0], &items)?;
    assert_eq!((values[0].current, values[0].potential), (None, Some(1.0)));
    assert_eq!((values[0].volume_index, values[0].development_index), (None, None));
    assert_eq!(
        (values[1].potential, values[1].volume_index, values[1].development_index),
        (None, Some(50.0), Some(90.0))
    );
    // No items, no volume; and an item without spread, whose mean does not round to its scores, tells none apart.
    let values = sufficient_values(&[1.0; 2], &[1.0; 2], &[0.0; 2], &[])?;
    assert_eq!((values[0].volume_index, values[0].development_index), (None, None));
    let same = [DevelopmentItem::new("same", 1.0, vec![0.1; 7])];
    let values = sufficient_values(&[1.0; 7], &[1.0; 7], &[1.0; 7], &same)?;
    assert!(values.iter().all(|value| value.development_index == Some(100.0)));
    Ok(())
}

#[test]
fn everything_wrong_with_a_vector_is_said_at_once() {
    let items = [DevelopmentItem::new("a", -1.0, vec![1.0]), DevelopmentItem::new("a", 0.0, vec![f64::INFINITY, 1.0])];
    let error = sufficient_values(&[1.0, 1.0], &[1.0], &[1.0, f64::INFINITY], &items).err();
    let fields: Vec<String> =
        error.iter().flat_map(Invalid::violations).map(|violation| violation.field.clone()).collect();
    let expected = ["potential value", "volume", "weight of `a`", "score of `a`", "item", "score of `a`", "weights"];
    assert_eq!(fields, expected);
}

fn profits() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(
        prop_oneof![Just(0.0), (-1_000_000_i32..1_000_000).prop_map(|c| f64::from(c) / 100.0)],
        1..200,
    )
}

fn some_unknown(n: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(prop_oneof![1 => Just(f64::NAN), 6 => -1e6..1e6], n)
}

proptest! {
    #[test]
    fn the_whale_ends_at_the_exact_sum_and_peaks_at_the_positive_one(profits in profits()) {
        let curve = WhaleCurve::new(&profits)?;
        let summary = curve.summary();
        prop_assert_eq!(summary.total, exact(profits.iter().copied()));
        prop_assert_eq!(summary.peak, exact(profits.iter().copied().filter(|p| *p > 0.0)));
        prop_assert_eq!(summary.lost, -exact(profits.iter().copied().filter(|p| *p < 0.0)));
        let highest = curve.points().map(|point| point.cumulative).fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(summary.peak, highest);
        let first = curve.points().find(|point| point.cumulative >= highest).map(|point| point.customers);
        prop_assert_eq!(first, Some(summary.customers_at_peak));
        let mut order = curve.order().to_vec();
        let ranked = |a: usize, b: usize| profits[a] > profits[b] || (profits[a] >= profits[b] && a < b);
        prop_assert!(order.windows(2).all(|pair| ranked(pair[0], pair[1])));
        order.sort_unstable();
        prop_assert!(order.into_iter().eq(0..profits.len()));
    }

    #[test]
    fn the_pareto_point_is_the_first_that_reaches_its_share(profits in profits(), share in 0.01_f64..1.0) {
        let curve = WhaleCurve::new(&profits)?;
        let point = curve.reach(share)?;
        let goal = share * curve.total() * (1.0 - 1e-15);
        let naive = curve.points().skip(1).find(|p| p.share_of_total.is_some() && p.cumulative >= goal);
        prop_assert_eq!(point.customers, naive.map(|p| p.customers));
        if let (Some(k), Some(of_customers)) = (point.customers, point.share_of_customers) {
            let size = 1.0 + curve.summary().peak;
            let top = curve.top(of_customers)?;
            prop_assert!((top.amount - curve.cumulative()[k - 1]).abs() <= ROUNDED_APART * size);
        }
    }

    #[test]
    fn gini_is_one_less_twice_the_area_and_mirrors_the_top(profits in profits()) {
        let amounts: Vec<f64> = profits.iter().map(|p| p.abs()).collect();
        prop_assume!(amounts.iter().any(|a| *a > 0.0));
        let curve = LorenzCurve::new(&amounts)?;
        let n = amounts.len() as f64;
        let points: Vec<LorenzPoint> = curve.points().collect();
        let area: f64 = points.windows(2).map(|p| (p[0].share_of_total + p[1].share_of_total) / (2.0 * n)).sum();
        prop_assert!((curve.gini() - (1.0 - 2.0 * area)).abs() < ROUNDED_APART);
        prop_assert!((-ROUNDED_APART..=1.0 - 1.0 / n + ROUNDED_APART).contains(&curve.gini()));
        // Half the mean absolute difference over the mean, the definition.
        let differences: f64 = amounts.iter().flat_map(|a| amounts.iter().map(move |b| (a - b).abs())).sum();
        prop_assert!((curve.gini() - differences / (2.0 * n * curve.total())).abs() < 1e-10);
        let whale = WhaleCurve::new(&amounts)?;
        prop_assert_eq!(curve.total(), whale.total());
        for point in &points {
            let top = whale.point(amounts.len() - point.customers).and_then(|p| p.share_of_total);
            prop_assert!(top.is_some_and(|top| (top + point.share_of_total - 1.0).abs() < ROUNDED_APART));
        }
    }

    #[test]
    fn the_order_of_rows_moves_no_bit(mut profits in profits(), by in 0_usize..200) {
        let (before, classes) = (WhaleCurve::new(&profits)?, ProfitClasses::terciles(&profits)?.parts);
        let amounts = |profits: &[f64]| profits.iter().map(|p| p.abs() + 1.0).collect::<Vec<_>>();
        let inequality = gini(&amounts(&profits))?;
        let n = profits.len();
        profits.rotate_left(by % n);
        let after = WhaleCurve::new(&profits)?;
        prop_assert_eq!(before.cumulative(), after.cumulative());
        prop_assert_eq!(classes, ProfitClasses::terciles(&profits)?.parts);
        prop_assert_eq!(inequality, gini(&amounts(&profits))?);
    }

    #[test]
    fn parts_of_matrix_and_classes_add_up_to_the_whole(
        (current, potential) in (1_usize..100).prop_flat_map(|n| (some_unknown(n), some_unknown(n))),
        cut in -1e6..1e6,
    ) {
        let known = |values: &[f64]| exact(values.iter().copied().filter(|v| !v.is_nan()));
        let matrix = ValueMatrix::new(&current, &potential, MatrixCuts::At { current: cut, potential: 0.0 })?;
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        prop_assert_eq!(matrix.parts.iter().map(|part| part.customers).sum::<usize>(), current.len());
        prop_assert_eq!((matrix.current, matrix.potential), (known(&current), known(&potential)));
        prop_assert!(near(exact(matrix.parts.iter().map(|part| part.current)), matrix.current));
        prop_assert!(near(exact(matrix.parts.iter().map(|part| part.potential)), matrix.potential));
        for (i, quadrant) in matrix.quadrants.iter().enumerate() {
            prop_assert_eq!(quadrant.is_none(), current[i].is_nan() || potential[i].is_nan());
        }

        let classes = ProfitClasses::at_quantiles(&current, 0.5, 0.9)?;
        prop_assert_eq!(classes.parts.iter().map(|part| part.customers).sum::<usize>(), current.len());
        prop_assert!(near(exact(classes.parts.iter().map(|part| part.profit)), known(&current)));
        for (class, profit) in classes.classes.iter().zip(&current) {
            prop_assert_eq!(class.is_none(), profit.is_nan());
            prop_assert_eq!(*class == Some(ProfitClass::Loss), *profit < 0.0);
        }
    }

    #[test]
    fn indices_have_mean_one_hundred(volume in prop::collection::vec(0.01_f64..1e6, 1..60)) {
        let n = volume.len();
        let scores = volume.iter().rev().copied().collect();
        let values = sufficient_values(&volume, &volume, &volume, &[DevelopmentItem::new("x", 2.0, scores)])?;
        let mean = |f: fn(&SufficientValue) -> Option<f64>| values.iter().filter_map(f).sum::<f64>() / n as f64;
        prop_assert!((mean(|value| value.volume_index) - 100.0).abs() < 1e-9);
        prop_assert!((mean(|value| value.development_index) - 100.0).abs() < 1e-9);
    }
}
