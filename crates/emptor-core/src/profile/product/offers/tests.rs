#![expect(clippy::float_cmp, reason = "small ratios are exact")]

use std::error::Error;

use super::{Histories, Recommender, Source, evaluate};

type Outcome = Result<(), Box<dyn Error>>;

/// Ten customers who buy product 0 on day 1 and product 1 on day 5; ten who buy product 1 on day 1 only.
fn followers() -> Result<Histories, emptor_types::Invalid> {
    let mut rows: Vec<(u32, u32, i32)> = (0..10).flat_map(|c| [(c, 0, 1), (c, 1, 5)]).collect();
    rows.extend((10..20).map(|c| (c, 1, 1)));
    rows.push((20, 0, 6));
    histories(21, &rows)
}

fn histories(customers: usize, rows: &[(u32, u32, i32)]) -> Result<Histories, emptor_types::Invalid> {
    let customer: Vec<u32> = rows.iter().map(|row| row.0).collect();
    let item: Vec<u32> = rows.iter().map(|row| row.1).collect();
    let day: Vec<i32> = rows.iter().map(|row| row.2).collect();
    Histories::new(customers, &customer, &item, &day, &day)
}

#[test]
fn order_matters_to_sequences_and_not_to_rules() -> Outcome {
    let histories = followers()?;
    let sequence = Recommender::train(&histories, Source::Sequence, 5).offers(&histories, 3, true);
    // Eleven customers had product 0 and not yet 1; ten bought 1 later. Nobody bought 0 after 1.
    assert_eq!((sequence[20][0].item, sequence[20][0].evidence, sequence[20][0].of), (1, 10, 11));
    assert!(sequence[10].is_empty());
    let rule = Recommender::train(&histories, Source::Rule, 5).offers(&histories, 3, true);
    assert_eq!((rule[10][0].item, rule[10][0].evidence, rule[10][0].of), (0, 10, 20));
    assert_eq!(rule[10][0].because, Some(1));
    let model = Recommender::train(&histories, Source::Model, 5).offers(&histories, 3, true);
    assert_eq!(model[10][0].score, 10.0 / 220.0_f64.sqrt());
    Ok(())
}

#[test]
fn owned_products_are_offered_only_if_allowed() -> Outcome {
    let histories = followers()?;
    let rule = Recommender::train(&histories, Source::Rule, 5);
    assert!(rule.offers(&histories, 3, true)[0].is_empty());
    assert_eq!(rule.offers(&histories, 3, false)[0].len(), 2);
    let popular = Recommender::train(&histories, Source::Popularity, 5);
    assert_eq!(popular.offers(&histories, 1, false)[0][0].item, 1);
    Ok(())
}

#[test]
fn a_single_customer_gets_no_offers_and_no_verdict() -> Outcome {
    let histories = histories(1, &[(0, 0, 1), (0, 1, 9)])?;
    for source in Source::ALL {
        let evaluation = evaluate(&histories, 5, source, 5, 3, true);
        assert_eq!((evaluation.customers, evaluation.buyers, evaluation.hits), (1, 1, 0), "{source}");
    }
    let nothing = evaluate(&histories, 0, Source::Rule, 5, 3, true);
    assert_eq!((nothing.buyers, nothing.hit_at_k, nothing.map_at_k), (0, None, None));
    Ok(())
}

#[test]
fn precision_counts_the_rank_of_a_hit() -> Outcome {
    // Six customers had 0, 1 and 2 in the past, so that 0 leads to 1 and 2 alike; customer 6 has 0 and buys 2 after the cut.
    let mut rows: Vec<(u32, u32, i32)> = (0..6).flat_map(|c| [(c, 0, 1), (c, 1, 1), (c, 2, 1)]).collect();
    rows.extend([(6, 0, 1), (6, 2, 10)]);
    let evaluation = evaluate(&histories(7, &rows)?, 5, Source::Rule, 5, 2, true);
    // Offers 1, then 2: the hit is at rank 2 of at most one.
    assert_eq!((evaluation.hit_at_k, evaluation.map_at_k), (Some(1.0), Some(0.5)));
    assert_eq!((evaluation.customers, evaluation.buyers, evaluation.served), (7, 1, 1));
    assert_eq!(evaluation.calibration.probability(6.0 / 7.0), Some(0.5));
    Ok(())
}

#[test]
fn the_future_is_not_looked_at() -> Outcome {
    // What happens after the cut changes the verdict, never the offers.
    let mut rows: Vec<(u32, u32, i32)> = (0..8).flat_map(|c| [(c, 0, 1), (c, 1, 2)]).collect();
    rows.push((8, 0, 3));
    let before = histories(9, &rows)?;
    rows.extend((0..8).map(|c| (c, 2, 20)));
    let after = histories(9, &rows)?;
    let offers = |h: &Histories| Recommender::train(&h.until(10), Source::Rule, 5).offers(&h.until(10), 3, true);
    assert_eq!(offers(&before), offers(&after));
    Ok(())
}

#[test]
fn broken_histories_are_refused() {
    assert!(Histories::new(1, &[1], &[0], &[1], &[1]).is_err());
    assert!(Histories::new(1, &[0], &[0], &[2], &[1]).is_err());
    assert!(Histories::new(1, &[0], &[], &[2], &[2]).is_err());
}

#[test]
fn fewer_offers_are_the_first_of_more() -> Outcome {
    // 60 customers with up to nine of 23 products, spread by a multiplicative congruence.
    let rows: Vec<(u32, u32, i32)> = (0..540_u32)
        .map(|row| {
            let spread = row.wrapping_mul(2_654_435_761) >> 7;
            (row / 9, spread % 23, (spread / 23 % 11) as i32)
        })
        .collect();
    let histories = histories(60, &rows)?;
    for source in Source::ALL {
        let recommender = Recommender::train(&histories, source, 1);
        let all = recommender.offers(&histories, 23, true);
        assert!(all.iter().map(Vec::len).sum::<usize>() > 500, "{source}");
        for k in 1..5 {
            let few = recommender.offers(&histories, k, true);
            for (few, all) in few.iter().zip(&all) {
                assert_eq!(few.as_slice(), &all[..k.min(all.len())], "{source}");
            }
        }
    }
    Ok(())
}
