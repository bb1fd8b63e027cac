#![expect(clippy::float_cmp, reason = "identities hold to the bit")]

use std::error::Error;

use proptest::prelude::*;

use super::{Baskets, Mining, RuleSearch, Together};
use crate::statistics::{Tail, fisher_exact};

type Outcome = Result<(), Box<dyn Error>>;

/// Printed to four decimals.
const PRINTED: f64 = 5e-5;
/// Rounding of a few operations.
const ROUNDING: f64 = 1e-12;
/// Logarithms of factorials of a million carry about nine digits into probabilities.
const TAIL: f64 = 1e-7;

#[test]
fn null_baskets_move_lift_and_leave_kulczynski() -> Outcome {
    // Wu, Chen & Han (2010), "Re-examination of interestingness measures in pattern mining", table 2: milk and coffee,
    // (both, coffee only, milk only, neither), with lift, Kulczynski and imbalance.
    for (both, b_only, a_only, neither, lift, kulczynski, imbalance) in [
        (10_000, 1_000, 1_000, 100_000, 9.2562, 0.9091, 0.0),
        (10_000, 1_000, 1_000, 100, 1.0000, 0.9091, 0.0),
        (100, 1_000, 1_000, 100_000, 8.4380, 0.0909, 0.0),
        (1_000, 1_000, 1_000, 100_000, 25.75, 0.5, 0.0),
        (1_000, 100, 10_000, 100_000, 9.1818, 0.5, 0.8919),
        (1_000, 10, 100_000, 100_000, 1.9705, 0.5, 0.9899),
    ] {
        let n = both + b_only + a_only + neither;
        let together = Together::new(n, both + a_only, both + b_only, both)?;
        assert!((together.lift() - lift).abs() < PRINTED, "{together:?} {}", together.lift());
        assert!((together.kulczynski() - kulczynski).abs() < PRINTED, "{together:?}");
        assert!((together.imbalance() - imbalance).abs() < PRINTED, "{together:?}");
    }
    Ok(())
}

#[test]
fn most_tea_drinkers_drink_coffee_and_yet_tea_repels_coffee() -> Outcome {
    // Tan, Steinbach & Kumar, *Introduction to Data Mining*, chapter on association analysis: 1000 people.
    let tea = Together::new(1000, 200, 800, 150)?;
    assert!((tea.confidence() - 0.75).abs() < ROUNDING && (tea.lift() - 0.9375).abs() < ROUNDING);
    assert!((tea.leverage() + 0.01).abs() < ROUNDING);
    assert!(tea.conviction().is_some_and(|conviction| (conviction - 0.8).abs() < ROUNDING));
    assert!(tea.zhang().is_some_and(|zhang| (zhang + 0.0769).abs() < PRINTED));
    assert!(tea.p_value() > 0.95, "chance brings as many or more nearly always");
    Ok(())
}

#[test]
fn the_tail_of_fisher_is_that_of_the_hypergeometric_distribution() {
    // scipy 1.17.1: hypergeom.sf(ab − 1, n, a, b) and hypergeom.cdf(ab, n, a, b).
    for (ab, a, b, n, greater, less) in [
        (150, 200, 800, 1_000, 0.979_389_500_208_355_1, 0.032_054_265_739_559_07),
        (40, 60, 100, 1_000, 2.909_213_877_111_944_3e-29, 1.0),
        (3, 60, 100, 1_000, 0.951_880_767_706_606_2, 0.129_513_004_604_648_5),
        (1_200, 20_000, 30_000, 1_000_000, 7.440_937_103_366_324e-110, 1.0),
        (300, 20_000, 30_000, 1_000_000, 1.0, 9.814_804_747_662_295e-44),
    ] {
        for (tail, expected) in [(Tail::Greater, greater), (Tail::Less, less)] {
            let p = fisher_exact(ab, a, b, n, tail);
            assert!((p - expected).abs() <= TAIL * expected, "{ab} {a} {b} {n} {tail:?}: {p} for {expected}");
        }
    }
    assert_eq!(fisher_exact(0, 5, 5, 100, Tail::Greater), 1.0);
    assert_eq!(fisher_exact(5, 5, 5, 5, Tail::Less), 1.0);
    assert!(fisher_exact(4, 3, 5, 10, Tail::Greater).is_nan());
}

#[test]
fn contradictory_counts_are_refused_all_at_once() {
    let problems = Together::new(10, 0, 11, 12).err().map_or(0, |invalid| invalid.violations().len());
    assert_eq!(problems, 3);
    assert!(Together::new(10, 8, 8, 5).is_err(), "at least six baskets hold both");
}

#[test]
fn a_rule_without_exception_has_no_finite_conviction() -> Outcome {
    let always = Together::new(10, 3, 5, 3)?;
    assert_eq!(always.conviction(), None);
    assert_eq!(Together::new(4, 4, 4, 4)?.zhang(), None, "nothing can be learned from what everybody has");
    Ok(())
}

#[test]
fn one_item_baskets_have_no_rules() -> Outcome {
    let baskets = Baskets::from_pairs(&[0, 1, 2, 3], &[0, 0, 1, 1])?;
    let found = Mining::new().min_count(1).max_length(4).mine(&baskets)?;
    assert_eq!(found.sets().len(), 2);
    assert!(found.rules(&RuleSearch::new(), &[])?.is_empty());
    Ok(())
}

#[test]
fn no_baskets_have_no_sets() -> Outcome {
    let baskets = Baskets::from_pairs(&[], &[])?;
    assert!(baskets.is_empty());
    assert!(Mining::new().mine(&baskets)?.sets().is_empty());
    assert!(Baskets::from_pairs(&[1], &[]).is_err());
    Ok(())
}

#[test]
fn products_always_sold_together_are_a_kit_and_make_no_rule() -> Outcome {
    // Items 0 and 1 are always together; 2 comes along once; 3 is named a bundle of 2.
    let baskets = Baskets::from_pairs(&[0, 0, 1, 1, 1, 2, 2, 3], &[0, 1, 0, 1, 2, 2, 3, 3])?;
    let kits = baskets.kits(2, &[(3, 2)]);
    assert_eq!(kits, [Some(0), Some(0), Some(2), Some(2)]);
    let found = Mining::new().min_count(1).max_length(3).mine(&baskets)?;
    let search = RuleSearch::new();
    let rules = found.rules(&search, &kits)?;
    assert!(rules.iter().all(|rule| !rule.is_kit));
    assert!(rules.iter().all(|rule| rule.antecedent != [0] || rule.consequent != [1]));
    let kept = found.rules(&search.keep_kits(), &kits)?;
    assert!(kept.len() > rules.len() && kept.iter().any(|rule| rule.is_kit));
    assert!(kept[0].q_value >= rules[0].q_value, "rules that are not tested do not count");
    Ok(())
}

#[test]
fn a_support_that_finds_too_much_is_refused() -> Outcome {
    let items: Vec<u32> = (0..12).collect();
    let baskets = Baskets::from_pairs(&[0; 12], &items)?;
    let mining = Mining::new().min_count(1).max_length(12);
    assert_eq!(mining.mine(&baskets)?.sets().len(), 4095);
    assert!(mining.max_sets(4094).mine(&baskets).is_err());
    let broken = Mining::new().min_count(0).min_support(f64::NAN).max_length(0).mine(&baskets);
    assert_eq!(broken.err().map_or(0, |invalid| invalid.violations().len()), 3);
    Ok(())
}

#[test]
fn a_share_of_baskets_is_met_exactly() -> Outcome {
    // 0.07 × 100 is 7.000000000000001 in floating point.
    let owners: Vec<u32> = (0..107).map(|i| i % 100).collect();
    let items: Vec<u32> = (0..107).map(|i| u32::from(i >= 100)).collect();
    let found = Mining::new().min_count(1).min_support(0.07).mine(&Baskets::from_pairs(&owners, &items)?)?;
    assert_eq!((found.min_count(), found.count(&[0, 1])), (7, Some(7)));
    Ok(())
}

#[test]
fn an_offer_earns_only_what_would_not_have_come_anyway() -> Outcome {
    let baskets = Baskets::from_pairs(&[0, 0, 1, 1, 2, 3], &[0, 1, 0, 1, 0, 2])?;
    let rules = Mining::new().min_count(1).mine(&baskets)?.rules(&RuleSearch::new(), &[])?;
    // A in three of four baskets, B in two, both in two: one target, surplus 2/3 − 1/2.
    assert!((rules[0].expected_profit(12.0, 0.5) - (12.0 / 6.0 - 0.5)).abs() < ROUNDING);
    Ok(())
}

/// Baskets as sets of items, and how often a set occurs, by looking at each of them.
fn naive(baskets: &[Vec<u32>], set: &[u32]) -> u32 {
    baskets.iter().filter(|basket| set.iter().all(|item| basket.contains(item))).count() as u32
}

fn pairs(baskets: &[Vec<u32>]) -> (Vec<u32>, Vec<u32>) {
    (0_u32..).zip(baskets).flat_map(|(b, items)| items.iter().map(move |item| (b, *item))).unzip()
}

proptest! {
    #[test]
    fn every_frequent_set_is_found_once_and_counted_right(
        baskets in prop::collection::vec(prop::collection::vec(0_u32..7, 0..6), 1..150),
        least in 1_u32..12,
    ) {
        let (owners, items) = pairs(&baskets);
        let found = Mining::new().min_count(least).max_length(7).mine(&Baskets::from_pairs(&owners, &items)?)?;
        let mut expected = Vec::new();
        for mask in 1_u32..128 {
            let set: Vec<u32> = (0..7).filter(|item| mask >> item & 1 == 1).collect();
            let count = naive(&baskets, &set);
            if count >= least {
                expected.push((set, count));
            }
        }
        expected.sort_by(|a, b| a.0.len().cmp(&b.0.len()).then_with(|| a.0.cmp(&b.0)));
        let got: Vec<(Vec<u32>, u32)> = found.sets().iter().map(|set| (set.items.clone(), set.count)).collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn order_of_pairs_and_threads_change_nothing(
        baskets in prop::collection::vec(prop::collection::vec(0_u32..9, 1..7), 1..60),
    ) {
        let (owners, items) = pairs(&baskets);
        let mining = Mining::new().min_count(2).max_length(4);
        let rules = |owners: &[u32], items: &[u32]| -> Result<_, emptor_types::Invalid> {
            mining.mine(&Baskets::from_pairs(owners, items)?)?.rules(&RuleSearch::new().max_consequent(3), &[])
        };
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(|e| TestCaseError::fail(e.to_string()))?;
        let forward = one.install(|| rules(&owners, &items))?;
        let back = |column: &[u32]| column.iter().rev().copied().collect::<Vec<u32>>();
        prop_assert_eq!(rules(&back(&owners), &back(&items))?, forward);
    }

    #[test]
    fn measures_keep_their_identities(n in 1_u32..400, a in 1_u32..400, b in 1_u32..400, ab in 0_u32..400, more in 1_u32..1000) {
        let Ok(together) = Together::new(n, a, b, ab) else { return Ok(()) };
        let back = together.reversed();
        let near = |x: f64, y: f64| (x - y).abs() <= ROUNDING * (1.0 + x.abs());
        prop_assert!(near(together.lift(), back.lift()) && near(together.leverage(), back.leverage()));
        prop_assert!(near(together.kulczynski(), back.kulczynski()) && near(together.jaccard(), back.jaccard()));
        prop_assert!(near(together.confidence(), together.lift() * together.base()));
        prop_assert!(near(together.cosine().powi(2), together.max_confidence() * together.all_confidence()));
        prop_assert!(a == b || ab == 0 || !near(together.confidence(), back.confidence()));
        prop_assert!(together.zhang().is_none_or(|zhang| (-1.0 - ROUNDING..=1.0 + ROUNDING).contains(&zhang)));
        // Baskets with neither change nothing of the null-invariant measures.
        let nulls = Together::new(n + more, a, b, ab)?;
        prop_assert_eq!(nulls.kulczynski(), together.kulczynski());
        prop_assert_eq!(nulls.cosine(), together.cosine());
        prop_assert_eq!(nulls.jaccard(), together.jaccard());
        prop_assert_eq!(nulls.imbalance(), together.imbalance());
        // Oracle: Fisher's tail as a plain sum.
        let least = (a + b).saturating_sub(n);
        let all: f64 = (least..=a.min(b)).map(|k| choose(a, k) * choose(n - a, b - k)).sum();
        if all.is_finite() {
            let tail: f64 = (ab..=a.min(b)).map(|k| choose(a, k) * choose(n - a, b - k)).sum();
            prop_assert!((together.p_value() - tail / all).abs() < 1e-9, "{} {}", together.p_value(), tail / all);
        }
    }
}

fn choose(n: u32, k: u32) -> f64 {
    (0..k.min(n - k)).map(|i| f64::from(n - i) / f64::from(i + 1)).product()
}
