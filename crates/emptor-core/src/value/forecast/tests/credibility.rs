use proptest::prelude::*;

use super::{TestResult, close};
use crate::value::forecast::Credibility;
use crate::value::forecast::credibility::{Member, collective, estimate, order_free_sum, sort};

/// Hachemeister (1975), bodily injury claims of five states in twelve quarters: average claim and number of claims.
const CLAIMS: [[f64; 12]; 5] = [
    [1738., 1642., 1794., 2051., 2079., 2234., 2032., 2035., 2115., 2262., 2267., 2517.],
    [1364., 1408., 1597., 1444., 1342., 1675., 1470., 1448., 1464., 1831., 1612., 1471.],
    [1759., 1685., 1479., 1763., 1674., 2103., 1502., 1622., 1828., 2155., 2233., 2059.],
    [1223., 1146., 1010., 1257., 1426., 1532., 1953., 1123., 1343., 1243., 1762., 1306.],
    [1456., 1499., 1609., 1741., 1482., 1572., 1606., 1735., 1607., 1573., 1613., 1690.],
];
const COUNTS: [[f64; 12]; 5] = [
    [7861., 9251., 8706., 8575., 7917., 8263., 9456., 8003., 7365., 7832., 7849., 9077.],
    [1622., 1742., 1523., 1515., 1622., 1602., 1964., 1515., 1527., 1748., 1654., 1861.],
    [1147., 1357., 1329., 1204., 998., 1077., 1277., 1218., 896., 1003., 1108., 1121.],
    [407., 396., 348., 341., 315., 328., 352., 331., 287., 384., 321., 342.],
    [2902., 3172., 3046., 3068., 2693., 2910., 3275., 2697., 2663., 3017., 3242., 3425.],
];

/// Members and the sum of squares within them.
fn members(values: &[&[f64]], weights: &[&[f64]]) -> (Vec<Member>, f64) {
    let mut squares = 0.0;
    let member = |(values, weights): (&&[f64], &&[f64])| {
        let weight: f64 = weights.iter().sum();
        let mean = values.iter().zip(*weights).map(|(x, w)| x * w).sum::<f64>() / weight;
        squares += values.iter().zip(*weights).map(|(x, w)| w * (x - mean).powi(2)).sum::<f64>();
        Member { group: 0, weight, mean }
    };
    let mut members: Vec<Member> = values.iter().zip(weights).map(member).collect();
    sort(&mut members);
    (members, squares)
}

#[test]
fn the_claims_of_hachemeister_give_the_published_variances() -> TestResult {
    let (values, weights) = (CLAIMS.each_ref().map(|row| &row[..]), COUNTS.each_ref().map(|row| &row[..]));
    let (members, squares) = members(&values, &weights);
    let credibility = estimate(squares, 55.0, &members).ok_or("no estimate")?;
    // The R package actuar prints 139120026 within; the rest is recomputed from the same data and formulas.
    assert!((credibility.within() - 139_120_026.0).abs() < 0.5, "{credibility:?}");
    assert!((credibility.between() - 89_638.726).abs() < 1e-3, "{credibility:?}");
    assert!((credibility.k() - 1552.008).abs() < 1e-3);
    assert!((credibility.z(100_155.0) - 0.984_740_4).abs() < 1e-7);
    let premium = collective(Some(credibility), &members).ok_or("no mean")?;
    assert!((premium - 1_683.713_437).abs() < 1e-6, "{premium}");
    Ok(())
}

#[test]
fn two_members_of_three_observations_by_hand() -> TestResult {
    // Means 5 and 9; within (4 + 9)/2; between 8 − 13/6 = 35/6; K = 39/35; Z = 35/48.
    let (members, squares) = members(&[&[3.0, 5.0, 7.0], &[6.0, 12.0, 9.0]], &[&[1.0; 3], &[1.0; 3]]);
    let credibility = estimate(squares, 4.0, &members).ok_or("no estimate")?;
    close(
        &[credibility.within(), credibility.between(), credibility.k(), credibility.z(3.0)],
        &[6.5, 35.0 / 6.0, 39.0 / 35.0, 35.0 / 48.0],
    );
    close(&[credibility.blend(3.0, 5.0, 7.0), credibility.blend(3.0, 9.0, 7.0)], &[133.0 / 24.0, 203.0 / 24.0]);
    Ok(())
}

#[test]
fn data_without_chance_are_believed_and_data_without_difference_are_not() -> TestResult {
    let alike = [Member { group: 0, weight: 2.0, mean: 5.0 }; 2];
    let differ = [Member { group: 0, weight: 2.0, mean: 5.0 }, Member { group: 0, weight: 2.0, mean: 6.0 }];
    let z = |squares, freedom, members: &[Member]| estimate(squares, freedom, members).map(|c| c.z(2.0));
    assert_eq!(z(0.0, 2.0, &alike), Some(1.0));
    assert_eq!(z(0.0, 2.0, &differ), Some(1.0));
    assert_eq!(z(8.0, 2.0, &alike), Some(0.0));
    // Once each: chance and difference cannot be told apart. Alone in a group: there is nobody to compare with.
    assert_eq!(z(0.0, 0.0, &differ), None);
    let alone = [Member { group: 0, weight: 1.0, mean: 5.0 }, Member { group: 1, weight: 1.0, mean: 6.0 }];
    assert_eq!(z(0.0, 0.0, &alone), Some(0.0));
    assert_eq!(z(f64::INFINITY, 2.0, &differ), None);
    assert_eq!(collective(None, &[]), None);
    Ok(())
}

#[test]
fn given_credibility_is_checked_and_kept_even_if_infinite() -> TestResult {
    for bad in [-1.0, NAN, f64::NEG_INFINITY] {
        assert!(Credibility::given(bad).is_err(), "{bad}");
    }
    for k in [0.0, 2.5, f64::INFINITY] {
        let credibility = Credibility::given(k)?;
        let text = serde_json::to_string(&credibility)?;
        assert_eq!(serde_json::from_str::<Credibility>(&text)?, credibility, "{text}");
        assert_eq!(credibility.k().to_bits(), k.to_bits());
        assert_eq!(credibility.z(0.0).to_bits(), 0.0_f64.to_bits());
    }
    assert!(serde_json::from_str::<Credibility>(r#"{"within": -1.0, "between": 1.0}"#).is_err());
    Ok(())
}

const NAN: f64 = f64::NAN;

proptest! {
    #[test]
    fn credibility_rises_with_what_was_seen_and_lies_between_the_means(
        k in 0.0..1e6_f64, n in 1_u32..500, own in -1e6..1e6_f64, group in -1e6..1e6_f64,
    ) {
        let credibility = Credibility::given(k).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let n = f64::from(n);
        prop_assert!((credibility.z(n) - n / (n + k)).abs() < 1e-12);
        prop_assert!(credibility.z(n + 1.0) >= credibility.z(n));
        let blend = credibility.blend(n, own, group);
        prop_assert!(blend >= own.min(group) - 1e-9 && blend <= own.max(group) + 1e-9);
    }

    #[test]
    fn a_sum_without_order_is_the_sum(terms in prop::collection::vec(-1e9..1e9_f64, 0..60)) {
        let plain: f64 = terms.iter().sum();
        let size: f64 = terms.iter().map(|term| term.abs()).sum();
        let free = order_free_sum(terms.iter().copied());
        prop_assert!((free - plain).abs() <= 1e-14 * size);
        prop_assert_eq!(free.to_bits(), order_free_sum(terms.iter().rev().copied()).to_bits());
    }
}
