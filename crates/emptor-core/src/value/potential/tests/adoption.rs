use emptor_types::Fit;

use super::*;
use crate::value::potential::{
    AdoptionHistory, AdoptionModel, AdoptionScores, CategorySets, FittedAdoptionModel, Offers, PotentialComponent,
};

const CATEGORIES: usize = 6;

/// Customers whose sets and later purchases look random, in three segments.
fn history(n: usize, categories: usize) -> Result<(CategorySets, CategorySets, Vec<&'static str>), Invalid> {
    let draw = |salt: usize, chance: f64| -> Vec<(usize, usize)> {
        let cells = (0..n).flat_map(|i| (0..categories).map(move |j| (i, j)));
        cells.filter(|(i, j)| noise(i * categories + j + salt) < chance).collect()
    };
    let owned = CategorySets::from_pairs(n, categories, &draw(0, 0.4))?;
    let bought = CategorySets::from_pairs(n, categories, &draw(1_000_003, 0.2))?;
    Ok((owned, bought, (0..n).map(|i| ["a", "b", "c"][i % 3]).collect()))
}

fn fit(model: &AdoptionModel, n: usize, categories: usize) -> Result<FittedAdoptionModel, Invalid> {
    let (owned, bought, segments) = history(n, categories)?;
    model.fit(&AdoptionHistory::new(&owned, &bought, Horizon::years(1.0)?)?.with_segments(&segments)?)
}

/// The formula of the documentation, customer by customer.
fn oracle(
    (owned, bought, segments): &(CategorySets, CategorySets, Vec<&str>),
    (sets, row, segment, j): (&CategorySets, usize, &str, usize),
    strength: f64,
) -> Option<(f64, f64)> {
    let n = owned.customers();
    let open: Vec<usize> = (0..n).filter(|c| !owned.contains(*c, j)).collect();
    let rate = |own: &[(usize, f64)], parent: f64, strength: f64| {
        let eligible: f64 = own.iter().map(|(_, w)| w).sum();
        let adopters: f64 = own.iter().filter(|(c, _)| bought.contains(*c, j)).map(|(_, w)| w).sum();
        ((adopters + strength * parent) / (eligible + strength), eligible)
    };
    if sets.contains(row, j) || open.is_empty() {
        return None;
    }
    let all: Vec<(usize, f64)> = open.iter().map(|c| (*c, 1.0)).collect();
    let same: Vec<(usize, f64)> = all.iter().copied().filter(|(c, _)| segments[*c] == segment).collect();
    let alike = |c: usize| {
        let has = |k: &usize| (owned.contains(c, *k), sets.contains(row, *k));
        let both = (0..sets.categories()).filter(|k| has(k) == (true, true)).count() as f64;
        let either = (0..sets.categories()).filter(|k| has(k) != (false, false)).count() as f64;
        if either > 0.0 { both / either } else { 1.0 }
    };
    let similar: Vec<(usize, f64)> = same.iter().map(|(c, _)| (*c, alike(*c))).collect();
    let base = rate(&all, 0.0, 0.0).0;
    Some(rate(&similar, rate(&same, base, strength).0, strength))
}

#[test]
fn probabilities_are_those_of_the_formula_taken_customer_by_customer() -> Tested {
    // The second has more categories than a word has bits.
    for (n, categories) in [(300, CATEGORIES), (40, 70)] {
        let data = history(n, categories)?;
        let model = AdoptionModel::builder().prior_strength(3.5).build()?;
        let scores = fit(&model, n, categories)?.predict_by_segment(&data.1, &data.2)?;
        assert_eq!((scores.customers(), scores.categories()), (n, categories));
        for i in (0..n).step_by(7) {
            for j in 0..categories {
                let expected = oracle(&data, (&data.1, i, data.2[i], j), 3.5);
                let found = scores.probability(i, j).map(|p| (p, scores.evidence(i, j)));
                let same = match (found, expected) {
                    (Some(found), Some(expected)) => {
                        close(found.0, expected.0, CLOSED_FORM) && close(found.1, expected.1, CLOSED_FORM)
                    }
                    (None, None) => true,
                    _ => false,
                };
                assert!(same, "{i} {j}: {found:?} {expected:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn without_evidence_the_answer_is_that_of_the_base() -> Tested {
    let sets = CategorySets::from_bits(CATEGORIES, vec![0b1, 0b10])?;
    let model = fit(&AdoptionModel::builder().build()?, 300, CATEGORIES)?;
    let unseen = model.predict_by_segment(&sets, &["new", "new"])?;
    let stubborn = fit(&AdoptionModel::builder().prior_strength(1e12).build()?, 300, CATEGORIES)?;
    let stubborn = stubborn.predict_by_segment(&sets, &["a", "b"])?;
    for j in 2..CATEGORIES {
        let base = model.base_rate(j).ok_or("a rate")?;
        for p in [unseen.probability(0, j), stubborn.probability(1, j)] {
            assert!(p.is_some_and(|p| close(p, base, 1e-9)), "{j}: {p:?} {base}");
        }
        assert!(close(unseen.evidence(0, j), 0.0, 0.0) && stubborn.evidence(1, j) > 0.0);
    }
    // Everybody has the only category: nobody was seen who could take it up.
    let owned = CategorySets::from_bits(1, vec![1, 1])?;
    let full = AdoptionHistory::new(&owned, &owned, Horizon::years(1.0)?)?;
    let full = AdoptionModel::builder().build()?.fit(&full)?;
    assert_eq!(full.base_rate(0), None);
    assert_eq!(full.predict(&CategorySets::from_bits(1, vec![0])?)?.probability(0, 0), None);
    Ok(())
}

#[test]
fn customers_who_are_alike_tell_more_than_the_base() -> Tested {
    // Simulate and recover: owners of 0 take up 2 in half of the cases, owners of 1 never.
    let n = 2000;
    let owned = CategorySets::from_bits(3, (0..n).map(|i| if i % 2 == 0 { 0b001 } else { 0b010 }).collect())?;
    let took = |i: usize| if i.is_multiple_of(2) && noise(i) < 0.5 { 0b100 } else { 0 };
    let bought = CategorySets::from_bits(3, (0..n).map(took).collect())?;
    let model = AdoptionModel::builder().build()?.fit(&AdoptionHistory::new(&owned, &bought, Horizon::years(1.0)?)?)?;
    let scores = model.predict(&CategorySets::from_bits(3, vec![0b001, 0b010])?)?;
    // Standard error of 1000 cases at one half: 0.016; three of them, and 20 prior cases at one quarter.
    assert!(scores.probability(0, 2).is_some_and(|p| close(p, 0.5, 0.055)));
    assert!(scores.probability(1, 2).is_some_and(|p| p < 0.01));
    Ok(())
}

#[test]
fn neither_the_order_of_customers_nor_the_number_of_threads_changes_a_bit() -> Tested {
    let n = 500;
    let (owned, bought, segments) = history(n, CATEGORIES)?;
    let reversed = |sets: &CategorySets| {
        let cells = (0..n).flat_map(|i| (0..CATEGORIES).map(move |j| (i, j)));
        let pairs: Vec<_> = cells.filter(|(i, j)| sets.contains(n - 1 - i, *j)).collect();
        CategorySets::from_pairs(n, CATEGORIES, &pairs)
    };
    let (owned_back, bought_back) = (reversed(&owned)?, reversed(&bought)?);
    let segments_back: Vec<&str> = segments.iter().rev().copied().collect();
    let spec = AdoptionModel::builder().max_patterns(9).build()?;
    let window = Horizon::years(1.0)?;
    let there = spec.fit(&AdoptionHistory::new(&owned, &bought, window)?.with_segments(&segments)?)?;
    let back = spec.fit(&AdoptionHistory::new(&owned_back, &bought_back, window)?.with_segments(&segments_back)?)?;
    assert_eq!(there, back);
    let scored = |threads| -> Result<AdoptionScores, Box<dyn Error>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(pool.install(|| there.predict_by_segment(&bought, &segments))?)
    };
    assert_eq!(scored(1)?, scored(3)?);
    Ok(())
}

#[test]
fn patterns_that_are_not_compared_still_count_in_the_rates() -> Tested {
    let few = fit(&AdoptionModel::builder().max_patterns(5).build()?, 300, CATEGORIES)?;
    let all = fit(&AdoptionModel::builder().build()?, 300, CATEGORIES)?;
    assert!(few.coverage() < 1.0 && few.coverage() > 5.0 / 64.0, "{}", few.coverage());
    assert!(close(all.coverage(), 1.0, 0.0));
    assert!((0..CATEGORIES).all(|j| few.base_rate(j) == all.base_rate(j)));
    let (_, sets, segments) = history(300, CATEGORIES)?;
    let (few, all) = (few.predict_by_segment(&sets, &segments)?, all.predict_by_segment(&sets, &segments)?);
    assert!((0..CATEGORIES).all(|j| few.evidence(0, j) <= all.evidence(0, j)));
    Ok(())
}

#[test]
fn of_equally_frequent_patterns_those_of_the_first_categories_are_not_preferred() -> Tested {
    let singles = CategorySets::from_bits(20, (0..20).map(|j| 1 << j).collect())?;
    let history = AdoptionHistory::new(&singles, &singles, Horizon::years(1.0)?)?;
    let scores = AdoptionModel::builder().max_patterns(5).build()?.fit(&history)?.predict(&singles)?;
    let kept: Vec<usize> = (0..20).filter(|i| scores.evidence(*i, (i + 1) % 20) > 0.0).collect();
    assert!(kept.len() == 5 && kept.iter().any(|j| *j >= 10), "{kept:?}");
    Ok(())
}

#[test]
fn a_saved_model_scores_the_same_and_a_broken_one_does_not_load() -> Tested {
    let model = fit(&AdoptionModel::builder().build()?, 300, CATEGORIES)?;
    let json = serde_json::to_string(&model)?;
    assert_eq!(serde_json::from_str::<FittedAdoptionModel>(&json)?, model);
    for (from, to) in [("\"categories\":6", "\"categories\":5"), ("\"prior_strength\":20.0", "\"prior_strength\":0.0")]
    {
        assert!(json.contains(from), "{json}");
        assert!(serde_json::from_str::<FittedAdoptionModel>(&json.replace(from, to)).is_err(), "{to}");
    }
    Ok(())
}

#[test]
fn adoption_flows_into_offers_within_its_window() -> Tested {
    let model = fit(&AdoptionModel::builder().build()?, 300, CATEGORIES)?;
    let (_, sets, segments) = history(300, CATEGORIES)?;
    let scores = model.predict_by_segment(&sets, &segments)?;
    let offers = Offers::builder(years(2.0, 0.1)?).adoption(&scores).margin(10.0.into()).build()?;
    for i in 0..300 {
        assert!(offers.of(i).iter().all(|offer| !sets.contains(i, offer.category)), "nobody is offered what it has");
        for offer in offers.of(i) {
            let p = scores.probability(i, offer.category).ok_or("a probability")?;
            assert!(close(offers.adopted(offer, 1), p, CLOSED_FORM), "a window of a year is one period");
        }
    }
    let first = PotentialComponent::cross_sell(offers).profit(0, 1).unwrap_or(f64::NAN);
    let expected: f64 = (0..CATEGORIES).filter_map(|j| scores.probability(0, j)).map(|p| 10.0 * p).sum();
    assert!(close(first, expected, CLOSED_FORM));
    Ok(())
}

#[test]
fn histories_and_sets_that_do_not_fit_are_refused() -> Tested {
    let sets = CategorySets::from_bits(2, vec![1, 2])?;
    let other = CategorySets::from_bits(3, vec![1])?;
    let window = Horizon::years(1.0)?;
    let error = message(AdoptionHistory::new(&sets, &other, window));
    assert!(error.contains("same 2 customers") && error.contains("same 2 categories"), "{error}");
    assert!(message(AdoptionHistory::new(&sets, &sets, window)?.with_segments(&["a"])).contains("for each of 2"));
    let none = CategorySets::from_bits(2, vec![])?;
    assert!(message(AdoptionHistory::new(&none, &none, window)).contains("at least one customer"));
    let model = AdoptionModel::builder().build()?.fit(&AdoptionHistory::new(&sets, &sets, window)?)?;
    assert!(message(model.predict(&other)).contains("must have the 2 categories of the model (got 3)"));
    assert!(message(model.predict_by_segment(&sets, &["a", "b"])).contains("must not be given"));
    let by_segment = fit(&AdoptionModel::builder().build()?, 30, 2)?;
    assert!(message(by_segment.predict(&sets)).contains("must be given"));
    let settings = message(AdoptionModel::builder().prior_strength(0.0).max_patterns(0).build());
    assert!(settings.contains("prior strength") && settings.contains("patterns"), "{settings}");
    assert!(message(CategorySets::from_bits(65, vec![0])).contains("1 to 64"));
    assert!(CategorySets::from_bits(64, vec![u64::MAX]).is_ok());
    assert!(
        message(CategorySets::from_pairs(2, 2, &[(0, 0), (2, 0), (0, 2)])).contains("row 1: (2, 0), row 2: (0, 2)")
    );
    Ok(())
}
