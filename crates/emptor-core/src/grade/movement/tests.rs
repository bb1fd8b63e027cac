use std::error::Error;

use proptest::prelude::*;

use super::*;
use crate::grade::{Grade, GradeError};
use emptor_types::Level;

/// A handful of operations in doubles.
const ROUND: f64 = 1e-12;

/// Figures printed to six digits.
const PRINTED: f64 = 1e-6;

type Outcome = Result<(), Box<dyn Error>>;

/// `A`, `B`, … are grades, `?` is ungraded, `-` is absent.
fn standings(text: &str) -> Vec<Standing> {
    text.chars()
        .map(|c| match c {
            '-' => Standing::Absent,
            c => Grade::try_from(c).ok().into(),
        })
        .collect()
}

fn grades(text: &str) -> Vec<Option<Grade>> {
    text.chars().map(|c| Grade::try_from(c).ok()).collect()
}

fn one(text: &str) -> Standing {
    standings(text)[0]
}

fn options() -> Result<MigrationOptions, GradeError> {
    Ok(MigrationOptions::new(Level::new(0.95)?))
}

fn moved(before: &str, after: &str) -> Result<MigrationMatrix, GradeError> {
    MigrationMatrix::between(&standings(before), &standings(after), options()?)
}

/// So many customers from each standing to each.
fn table(labels: &str, counts: &[&[usize]]) -> Result<MigrationMatrix, GradeError> {
    let labels = standings(labels);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (row, &from) in counts.iter().zip(&labels) {
        for (&count, &to) in row.iter().zip(&labels) {
            before.extend(std::iter::repeat_n(from, count));
            after.extend(std::iter::repeat_n(to, count));
        }
    }
    MigrationMatrix::between(&before, &after, options()?)
}

fn near(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() < ROUND)
}

fn message<T>(result: Result<T, GradeError>) -> String {
    result.map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_chain_of_three_grades_has_its_mobility_and_stationary_shares() -> Outcome {
    // Shorrocks (1978): (3 − 1.9) / 2; stationary shares 10/29, 11/29, 8/29 by hand.
    let moved = table("ABC", &[&[7, 2, 1], &[2, 6, 2], &[1, 3, 6]])?;
    assert!(near(moved.mobility(), 0.55));
    let Stationary::Unique(shares) = moved.stationary() else { return Err("unique".into()) };
    for (share, (printed, exact)) in
        shares.iter().zip([(0.344_828, 10.0 / 29.0), (0.379_310, 11.0 / 29.0), (0.275_862, 8.0 / 29.0)])
    {
        assert!((share - printed).abs() < PRINTED && (share - exact).abs() < ROUND, "{share}");
    }
    // π P = π.
    let rows: Vec<Vec<f64>> = moved.between_grades().into_iter().flatten().collect();
    for (b, share) in shares.iter().enumerate() {
        let kept: f64 = shares.iter().zip(&rows).map(|(share, row)| share * row[b]).sum();
        assert!((kept - share).abs() < ROUND);
    }
    // After many periods a customer of any grade is where the shares say.
    let later = moved.outlook(one("C"), 200).ok_or("known")?;
    assert!(later.grades.iter().zip(&shares).all(|(a, b)| (a - b).abs() < ROUND));
    assert!(near(later.expected_place, 11.0 / 29.0 + 2.0 * 8.0 / 29.0));
    Ok(())
}

#[test]
fn wilson_intervals_are_those_of_statsmodels() -> Outcome {
    // statsmodels 0.15.0, proportion_confint(count, n, alpha, method="wilson").
    for (count, of, level, low, high) in [
        (15, 20, 0.95, 0.531_299_122_381_256, 0.888_138_298_592_334_3),
        (1, 10, 0.9, 0.022_634_908_730_867_18, 0.347_718_667_335_858_43),
        (0, 20, 0.95, 0.0, 0.161_125_158_052_819_38),
        (7, 7, 0.99, 0.513_388_565_005_745_6, 1.0),
        (250, 1000, 0.95, 0.224_153_098_983_691_4, 0.277_760_280_259_086_17),
    ] {
        let found = wilson(count, of, Level::new(level)?).ok_or("counted")?;
        assert!((found.low - low).abs() < ROUND && (found.high - high).abs() < ROUND, "{count} of {of}: {found:?}");
    }
    assert_eq!(wilson(0, 0, Level::new(0.9)?), None);
    assert_eq!(wilson(3, 2, Level::new(0.9)?), None);
    Ok(())
}

#[test]
fn everybody_is_counted_once_and_rows_sum_to_one() -> Outcome {
    let moved = moved("AAAB??-CC-", "ABCA?B?--A")?;
    assert_eq!(moved.total(), 10);
    assert_eq!(moved.cells().map(|cell| cell.customers).sum::<usize>(), 10);
    for from in standings("ABC?-") {
        let shares: f64 = moved.cells().filter(|cell| cell.from == from).filter_map(|cell| cell.share).sum();
        assert!((shares - 1.0).abs() < ROUND, "{from}: {shares}");
    }
    let summary = moved.summary();
    let kinds = [summary.upgraded, summary.downgraded, summary.stayed, summary.became_ungraded, summary.lost];
    assert_eq!(kinds.map(|kind| kind.customers), [1, 2, 1, 0, 2]);
    assert_eq!(kinds.iter().map(|kind| kind.customers).sum::<usize>(), summary.graded);
    assert!((kinds.iter().filter_map(|kind| kind.share).sum::<f64>() - 1.0).abs() < ROUND);
    assert_eq!(summary.graded + summary.ungraded + summary.new, moved.total());
    assert_eq!(summary.lost.interval, wilson(2, 6, moved.level()));
    Ok(())
}

#[test]
fn one_customer_is_a_matrix_of_one_move() -> Outcome {
    let moved = moved("B", "A")?;
    assert_eq!((moved.grades(), moved.customers(one("B"), one("A"))), (2, 1));
    assert_eq!(moved.share(one("B"), one("A")), Some(1.0));
    assert_eq!(moved.share(one("A"), one("A")), None, "nobody was in A");
    assert_eq!(moved.mobility(), None);
    assert_eq!(moved.stationary(), Stationary::Unknown(vec!["A".parse()?]));
    assert_eq!(moved.outlook(one("B"), 1).map(|outlook| outlook.grades), Some(vec![1.0, 0.0]));
    assert_eq!(moved.outlook(one("B"), 2), None);
    Ok(())
}

#[test]
fn no_customer_at_all_is_refused_and_none_before_means_that_all_are_new() -> Outcome {
    assert!(message(moved("", "")).contains("customers must be at least one"));
    let customers = align(&[], &[4, 2])?;
    let (before, after) = (customers.before(&[])?, customers.after(&grades("AB"))?);
    let moved = MigrationMatrix::between(&before, &after, options()?)?;
    let summary = moved.summary();
    assert_eq!((summary.new, summary.graded, summary.lost.share), (2, 0, None));
    assert_eq!(moved.share(Standing::Absent, one("A")), Some(0.5));
    assert_eq!(moved.stationary(), Stationary::Unknown(Vec::new()));
    assert_eq!(moved.share(Standing::Absent, Standing::Absent), None);
    Ok(())
}

#[test]
fn when_everybody_is_lost_nobody_is_left_to_move() -> Outcome {
    let moved = moved("AB?", "---")?;
    assert_eq!((moved.summary().lost.customers, moved.customers_after(Standing::Absent)), (2, 3));
    assert_eq!(moved.mobility(), None);
    assert_eq!(moved.between_grades(), [None, None]);
    assert_eq!(moved.between_grades_and_lost(), [Some(vec![0.0, 0.0, 1.0]), Some(vec![0.0, 0.0, 1.0])]);
    let outlook = moved.outlook(one("A"), 5).ok_or("known")?;
    assert_eq!((outlook.absent, outlook.expected_place), (1.0, None));
    Ok(())
}

#[test]
fn a_grade_that_nobody_had_has_an_empty_row_and_smoothed_its_prior() -> Outcome {
    let (before, after) = (standings("AAB"), standings("ABA"));
    let plain = MigrationMatrix::between(&before, &after, options()?.grades(3))?;
    assert_eq!((plain.share(one("C"), one("A")), plain.interval(one("C"), one("A"))), (None, None));
    assert!(matches!(plain.stationary(), Stationary::Unique(shares) if shares[2] <= 0.0));
    let smoothed = MigrationMatrix::between(&before, &after, options()?.grades(3).smoothing(0.5))?;
    // By hand: (1 + ½) / (2 + 5 × ½); a row of nobody is uniform; who is new cannot be lost.
    assert!(near(smoothed.share(one("A"), one("B")), 1.5 / 4.5));
    assert!(near(smoothed.share(one("C"), one("A")), 0.2));
    assert!(near(smoothed.share(Standing::Absent, one("A")), 0.25));
    assert!(smoothed.mobility().is_some());
    assert!(matches!(smoothed.stationary(), Stationary::Unique(_)));
    Ok(())
}

#[test]
fn absorbing_grades_keep_whom_they_get() -> Outcome {
    let one_trap = table("ABC", &[&[5, 5, 0], &[1, 4, 5], &[0, 0, 9]])?;
    assert_eq!(one_trap.stationary(), Stationary::Unique(vec![0.0, 0.0, 1.0]));
    let two_traps = table("ABC", &[&[9, 0, 0], &[1, 4, 5], &[0, 0, 9]])?;
    let expected = vec![vec!["A".parse()?], vec!["C".parse()?]];
    assert_eq!(two_traps.stationary(), Stationary::Several(expected));
    // Who swaps grades every period is half of the time in each.
    let swap = table("AB", &[&[0, 3], &[3, 0]])?;
    assert_eq!(swap.stationary(), Stationary::Unique(vec![0.5, 0.5]));
    Ok(())
}

#[test]
fn different_numbers_of_grades_before_and_after_make_one_square_table() -> Outcome {
    let fewer = moved("ABCD", "ABBB")?;
    assert_eq!((fewer.grades(), fewer.customers_after(one("C"))), (4, 0));
    assert!(
        message(MigrationMatrix::between(&standings("AD"), &standings("AA"), options()?.grades(3)))
            .contains("standings before must be one of 3 grades (got row 1")
    );
    Ok(())
}

#[test]
fn money_moved_sums_to_all_the_money() -> Outcome {
    let (before, after) = (standings("AAB?-BA"), standings("ABA?B-C"));
    // Numbers whose sum in doubles depends on the order.
    let profit = [1e9, 0.1, -1e9, 0.2, 0.0, 33.3, 1e-3];
    let moved = MigrationMatrix::with_profit(&before, &after, &profit, options()?)?;
    let total: emptor_types::ExactSum = profit.into_iter().collect();
    assert_eq!(moved.total_profit(), Some(total.value()));
    let cells: emptor_types::ExactSum = moved.cells().filter_map(|cell| cell.profit).collect();
    assert_eq!(cells, total);

    let risk = ValueAtRisk::between(&before, &after, &profit)?;
    assert_eq!(Some(risk.lost), moved.profit(one("B"), Standing::Absent));
    assert!(near(Some(risk.downgraded), 0.1 + 1e-3));
    for pair in &risk.pairs {
        assert_eq!(
            (Some(pair.profit), pair.customers),
            (moved.profit(pair.from, pair.to), moved.customers(pair.from, pair.to))
        );
    }
    let pairs: f64 = risk.pairs.iter().map(|pair| pair.profit).sum();
    let customers: f64 = risk.customers.iter().map(|customer| customer.profit).sum();
    assert!(near(Some(pairs), risk.at_risk()) && near(Some(customers), risk.at_risk()));
    assert_eq!(risk.customers.iter().map(|customer| customer.row).collect::<Vec<_>>(), [5, 1, 6]);
    assert!(near(Some(risk.total), total.value()));
    assert_eq!(risk.pairs.iter().map(|pair| pair.customers).sum::<usize>(), risk.customers.len());
    Ok(())
}

#[test]
fn who_becomes_ungraded_is_not_at_risk_and_who_was_ungraded_may_be_lost() -> Outcome {
    let risk = ValueAtRisk::between(&standings("A??"), &standings("?-A"), &[5.0, 7.0, 9.0])?;
    assert_eq!((risk.became_ungraded, risk.lost, risk.downgraded), (5.0, 7.0, 0.0));
    assert_eq!(risk.pairs[0].from, Standing::Ungraded);
    let nobody = ValueAtRisk::between(&standings("-"), &standings("A"), &[0.0])?;
    assert!(nobody.customers.is_empty() && nobody.at_risk() <= 0.0);
    Ok(())
}

#[test]
fn everything_wrong_with_columns_is_said_at_once() -> Outcome {
    let (before, after) = (standings("A--B"), standings("A--"));
    let profit = [1.0, f64::NAN, f64::INFINITY, 2.0, 5.0];
    let error = message(MigrationMatrix::with_profit(&before, &after, &profit, options()?.smoothing(0.0)));
    for part in [
        "smoothing must be finite and above 0 (got 0)",
        "standings after must be one per customer (got 3)",
        "customers must not be absent before and after (2 rows",
        "profit must be one per customer (got 5)",
        "profit must be finite, at most 1e12 either way (2 rows, e.g. row 1: NaN, row 2: inf)",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(message(ValueAtRisk::between(&standings("A"), &standings("B"), &[f64::NAN])).contains("row 0: NaN"));
    assert!(message(MigrationMatrix::between(&before[..1], &after[..1], options()?.grades(27))).contains("1 to 26"));
    Ok(())
}

#[test]
fn ids_in_any_order_are_aligned_and_twins_refused() -> Outcome {
    let customers = align(&["d", "a", "c"], &["c", "x", "d", "y"])?;
    assert_eq!(customers.before(&grades("AB?"))?, standings("AB?--"));
    assert_eq!(customers.after(&grades("CAB?"))?, standings("B-CA?"));
    assert!(message(customers.before(&grades("A"))).contains("grades before must be one for each of 3 ids (got 1)"));
    assert!(message(customers.values_before("profit", &[1.0])).contains("profit must be one"));
    let twins = message(align(&[1, 2, 1, 1], &[3, 3]));
    assert!(twins.contains("ids before must be given once (2 rows, e.g. row 2: 1, row 3: 1)"), "{twins}");
    assert!(twins.contains("ids after must be given once (got row 1: 3)"), "{twins}");
    Ok(())
}

#[test]
fn the_stability_index_has_its_bands_and_is_the_same_both_ways() -> Outcome {
    // By hand: .1 ln 2 − .1 ln .75 = 0.098083.
    let (a, b) = ([0.2, 0.3, 0.5], [0.1, 0.4, 0.5]);
    assert!((psi(&a, &b)? - 0.098_083).abs() < PRINTED);
    assert!((psi(&a, &b)? - psi(&b, &a)?).abs() < ROUND);
    assert!(psi(&a, &a)?.abs() < ROUND);
    // An empty bin counts as 1e-4: (½ − 1) ln ½ + (½ − 1e-4) ln 5000.
    let by_hand = 0.5 * 2.0_f64.ln() + (0.5 - 1e-4) * 5000.0_f64.ln();
    assert!((psi(&[0.5, 0.5], &[1.0, 0.0])? - by_hand).abs() < ROUND);
    assert!(psi(&[0.0, 1.0], &[0.0, 1.0])?.abs() < ROUND);
    for (expected, actual) in
        [(&a[..], &b[..2]), (&[], &[]), (&[f64::NAN], &[1.0]), (&[0.4], &[1.0]), (&[-0.5, 1.5], &[0.5, 0.5])]
    {
        assert!(psi(expected, actual).is_err(), "{expected:?}");
    }
    Ok(())
}

#[test]
fn a_constant_column_is_seen_to_change_in_either_direction() -> Outcome {
    let bins = ReferenceBins::new("tenure", &[5.0; 40], 10)?;
    assert_eq!(bins.expected(), [0.0, 1.0, 0.0, 0.0]);
    assert_eq!(bins.compare(&[5.0; 7])?.band, DriftBand::None);
    for later in [4.0, 6.0, f64::NAN] {
        assert_eq!(bins.compare(&[later; 7])?.band, DriftBand::Refit, "{later}");
    }
    Ok(())
}

#[test]
fn ties_share_a_bin_and_unknown_values_have_their_own() -> Outcome {
    let mut reference = vec![0.0; 60];
    reference.extend((1..=30).map(f64::from));
    reference.extend([f64::NAN; 10]);
    let bins = ReferenceBins::new("orders", &reference, 4)?;
    let expected = bins.expected();
    assert!(near(expected.last().copied(), 0.1));
    assert!(near(expected.get(1).copied(), 0.6), "zeros of their own: {expected:?}");
    assert!((expected.iter().sum::<f64>() - 1.0).abs() < ROUND);
    let report = bins.compare(&reference)?;
    assert!(report.psi.abs() < ROUND);
    let later = bins.compare(&[0.0, -0.0, f64::NAN, 40.0])?;
    assert!((later.bins.iter().map(|bin| bin.psi).sum::<f64>() - later.psi).abs() < ROUND);
    assert!(near(later.bins.last().map(|bin| bin.actual), 0.25));
    assert!(near(later.bins.get(1).map(|bin| bin.actual), 0.5), "zeros of both signs");
    Ok(())
}

#[test]
fn quantile_bins_of_different_values_are_equally_full() -> Outcome {
    let reference: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
    let bins = ReferenceBins::new("spend", &reference, 10)?;
    assert_eq!(bins.bins(), 11);
    assert!(bins.expected()[..10].iter().all(|&share| near(Some(share), 0.1)));
    let all_unknown = ReferenceBins::new("spend", &[f64::NAN; 3], 10)?;
    assert_eq!(all_unknown.expected(), [0.0, 1.0]);
    for (column, bins) in [(vec![], 10), (vec![f64::INFINITY], 10), (vec![1.0], 1), (vec![1.0], 1001)] {
        assert!(ReferenceBins::new("spend", &column, bins).is_err());
    }
    assert!(
        message(bins.compare(&[1.0, f64::INFINITY]))
            .contains("spend must be finite (NaN for unknown) (got row 1: inf)")
    );
    assert!(bins.compare(&[]).is_err());
    for (bins, extreme) in [(2, f64::MIN), (2, f64::MAX), (10, f64::MIN_POSITIVE)] {
        let bins = ReferenceBins::new("extreme", &[extreme; 5], bins)?;
        assert!(bins.compare(&[extreme])?.psi.abs() < ROUND);
    }
    Ok(())
}

#[test]
fn saved_bins_are_checked_when_they_are_loaded() -> Outcome {
    let bins = ReferenceBins::new("spend", &[1.0, 2.0, 3.0, f64::NAN], 3)?;
    let saved = serde_json::to_string(&bins)?;
    assert_eq!(serde_json::from_str::<ReferenceBins>(&saved)?, bins);
    for broken in [
        r#"{"name":"spend","cuts":[2.0,1.0],"counts":[1,1,1,1]}"#,
        r#"{"name":"spend","cuts":[1.0],"counts":[1,1]}"#,
        r#"{"name":"spend","cuts":[1.0],"counts":[0,0,0]}"#,
        r#"{"name":"spend","cuts":[],"counts":[18446744073709551615,1]}"#,
    ] {
        assert!(serde_json::from_str::<ReferenceBins>(broken).is_err(), "{broken}");
    }
    assert!(serde_json::from_str::<Hysteresis>("1.5").is_err());
    assert_eq!(serde_json::from_str::<Hysteresis>("0.5")?, Hysteresis::new(0.5)?);
    Ok(())
}

#[test]
fn grades_change_when_the_change_is_clear_or_said_twice() -> Outcome {
    let hold = Hysteresis::new(0.2)?;
    let (previous, proposed) = (grades("AAAA?AB"), grades("ABAB?AB"));
    let (new, margin) = (grades("BBBBB?B"), [0.1, 0.1, 0.3, 0.2, 0.0, 0.0, 0.0].map(Some));
    let held = hold.apply(&previous, &proposed, &new, &margin)?;
    assert_eq!(held.grade, grades("ABBBB?B"));
    assert_eq!((held.changed, held.held_back), (3, 1));
    let unknown = hold.apply(&grades("A"), &grades("A"), &grades("B"), &[None])?;
    assert_eq!((unknown.grade, unknown.held_back), (grades("A"), 1), "an unknown margin is none");
    assert_eq!(hold.apply(&[], &[], &[], &[])?.held_back, 0);
    let error = message(hold.apply(&previous, &[], &new[..2], &[Some(f64::NAN), Some(2.0)]));
    for part in ["previous proposals must be one", "proposals must be one", "margins must lie between 0 and 1 (2 rows"]
    {
        assert!(error.contains(part), "{error}");
    }
    for bad in [-0.1, 1.1, f64::NAN] {
        assert!(Hysteresis::new(bad).is_err());
    }
    Ok(())
}

#[test]
fn a_refit_in_another_order_is_matched_and_warned_of() -> Outcome {
    let (old, new) = (grades("AAABBBCC?"), grades("CCCAABBBA"));
    let refit = RefitComparison::by_overlap(&old, &new)?;
    let [a, b, c] = ["A".parse::<Grade>()?, "B".parse()?, "C".parse()?];
    assert_eq!([a, b, c].map(|grade| refit.new_of(grade)), [Some(c), Some(a), Some(b)]);
    assert_eq!([a, b, c].map(|grade| refit.old_of(grade)), [Some(b), Some(c), Some(a)]);
    assert!(near(refit.keep_class(), 7.0 / 8.0) && near(refit.keep_letter(), 1.0 / 8.0));
    assert_eq!((refit.compared, refit.otherwise_graded, refit.not_compared), (8, 1, 1));
    assert!(!refit.is_order_preserved());
    let warnings = refit.warnings();
    assert!(warnings.contains(&RefitWarning::BestIsAnother { old_best_is: Some(c) }), "{warnings:?}");
    assert!(warnings.contains(&RefitWarning::OrderChanged { better: a, worse: b }), "{warnings:?}");
    assert_eq!(warnings[0].to_string(), "what was A is now C");
    Ok(())
}

#[test]
fn a_refit_that_changes_nothing_has_no_warning() -> Outcome {
    let same = RefitComparison::by_overlap(&grades("ABCAB"), &grades("ABCAB"))?;
    assert!(same.warnings().is_empty() && same.is_order_preserved());
    assert!(near(same.keep_class(), 1.0) && near(same.keep_letter(), 1.0));
    Ok(())
}

#[test]
fn centroids_match_grades_and_tell_how_far_they_went() -> Outcome {
    let old = [[4.0, 4.0], [0.0, 0.0], [-4.0, -4.0]];
    let new = [[4.0, 7.0], [-4.0, -4.0]];
    let refit = RefitComparison::by_centroids(&old, &new, &grades("ABC"), &grades("AAB"))?;
    let b: Grade = "B".parse()?;
    assert_eq!((refit.new_of(b), refit.new_of("C".parse()?)), (None, Some(b)));
    assert!(near(refit.pairs[0].distance, 3.0) && near(refit.pairs[2].distance, 0.0));
    assert_eq!(refit.warnings(), [RefitWarning::OldGradeGone { grade: b }]);
    assert!(refit.is_order_preserved());
    let more = RefitComparison::by_centroids(&new, &old, &grades("AB"), &grades("AC"))?;
    assert_eq!(more.warnings(), [RefitWarning::GradeIsNew { grade: b }]);

    let no_centroid = RefitComparison::by_centroids(&new, &old, &grades("AC"), &grades("AC"));
    let many = [[0.0, 0.0]; 27];
    assert!(
        message(RefitComparison::by_centroids(&many, &old, &grades("A"), &grades("A"))).contains("1 to 26 centroids")
    );
    assert!(message(no_centroid).contains("old grades must have a centroid (got row 1"));
    assert!(RefitComparison::by_centroids(&[[1.0]], &old, &grades("A"), &grades("A")).is_err());
    assert!(RefitComparison::by_centroids(&[[f64::NAN, 1.0]], &old, &grades("A"), &grades("A")).is_err());
    assert!(message(RefitComparison::by_overlap(&grades("A?"), &grades("?A"))).contains("graded by both"));
    assert!(RefitComparison::by_overlap(&grades("A"), &grades("AB")).is_err());
    Ok(())
}

#[test]
fn letters_that_nobody_has_are_no_grades_of_a_refit() -> Outcome {
    let refit = RefitComparison::by_overlap(&grades("AACC"), &grades("AABB"))?;
    assert_eq!(refit.pairs.len(), 2, "{:?}", refit.pairs);
    assert!(refit.warnings().is_empty(), "{:?}", refit.warnings());
    Ok(())
}

fn standing_strategy() -> impl Strategy<Value = (Standing, Standing, f64)> {
    let any = |most: usize| (0..most).prop_map(|c: usize| standings("ABCD?-")[c]);
    let profit = || -1e6..1e6_f64;
    prop_oneof![(any(5), any(6), profit()), (any(6), any(5), profit())]
}

proptest! {
    #[test]
    fn identities_hold_for_any_moves(
        rows in prop::collection::vec(standing_strategy(), 1..60),
        alpha in prop::option::of(0.01..5.0_f64),
    ) {
        let fail = |error: GradeError| TestCaseError::fail(error.to_string());
        let (before, (after, profit)): (Vec<_>, (Vec<_>, Vec<_>)) = rows.into_iter().map(|(a, b, p)| (a, (b, p))).unzip();
        let mut options = options().map_err(fail)?;
        if let Some(alpha) = alpha {
            options = options.smoothing(alpha);
        }
        let moved = MigrationMatrix::with_profit(&before, &after, &profit, options).map_err(fail)?;
        prop_assert_eq!(moved.total(), before.len());
        let sum: emptor_types::ExactSum = moved.cells().filter_map(|cell| cell.profit).collect();
        prop_assert!((sum.value() - moved.total_profit().unwrap_or(f64::NAN)).abs() < PRINTED);
        for from in Standing::all(moved.grades()) {
            let shares: Vec<f64> = moved.cells().filter(|cell| cell.from == from).filter_map(|cell| cell.share).collect();
            prop_assert!(shares.is_empty() || (shares.iter().sum::<f64>() - 1.0).abs() < ROUND);
            prop_assert!(alpha.is_none() || !shares.is_empty());
            if let Some(outlook) = moved.outlook(from, 3) {
                let all = outlook.grades.iter().sum::<f64>() + outlook.ungraded + outlook.absent;
                prop_assert!((all - 1.0).abs() < ROUND);
            }
        }
        for cell in moved.cells() {
            if let (Some(interval), None, Some(share)) = (cell.interval, alpha, cell.share) {
                prop_assert!(interval.low <= share && share <= interval.high && interval.low < interval.high);
            }
        }
        if let Stationary::Unique(shares) = moved.stationary() {
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < ROUND);
            for (b, share) in shares.iter().enumerate() {
                let rows = moved.between_grades();
                let kept: f64 = shares.iter().zip(&rows).map(|(s, row)| row.as_ref().map_or(0.0, |row| s * row[b])).sum();
                prop_assert!((kept - share).abs() < ROUND);
            }
        }
        let risk = ValueAtRisk::between(&before, &after, &profit).map_err(fail)?;
        let lost = moved.cells().filter(|cell| cell.to == Standing::Absent).filter_map(|cell| cell.profit).sum::<f64>();
        prop_assert!((risk.lost - lost).abs() < PRINTED);
    }
}
