use emptor_types::{Envelope, Fit, TimeUnit};

use super::{NAN, TestResult, base, close, convention, reordered, rows, shuffled, training, years};
use crate::value::forecast::{Credibility, FittedTrailingLevel, ProfitHistory, TrailingLevel};
use crate::value::{CurrentProfit, ValueError};

#[test]
fn a_customer_of_the_whole_window_keeps_their_own_mean() -> TestResult {
    let history = base(200, 8)?;
    for k in [0.0, 3.0, f64::INFINITY] {
        let level = TrailingLevel::new(4)?.with_credibility(Credibility::given(k)?).fit(&history)?;
        let levels = level.levels(&history)?;
        for customer in (0..200).filter(|customer| history.ages()[*customer] >= 4) {
            let own = history.trailing(customer, 4).iter().sum::<f64>() / 4.0;
            assert_eq!(levels[customer].to_bits(), own.to_bits(), "K = {k}, row {customer}");
        }
    }
    Ok(())
}

#[test]
fn without_chance_the_young_keep_their_mean_and_without_difference_they_take_the_segments() -> TestResult {
    let history = base(200, 8)?;
    let own = TrailingLevel::new(4)?.with_credibility(Credibility::given(0.0)?).fit(&history)?;
    let group = TrailingLevel::new(4)?.with_credibility(Credibility::given(f64::INFINITY)?).fit(&history)?;
    let (own_levels, group_levels) = (own.levels(&history)?, group.levels(&history)?);
    let labels = history.labels().ok_or("segments")?;
    for customer in (0..200).filter(|customer| history.ages()[*customer] < 4) {
        let segment = group.mean(Some(labels[customer])).ok_or("a mean")?;
        close(&[group_levels[customer]], &[segment]);
        match history.trailing(customer, 4) {
            [] => close(&[own_levels[customer]], &[own.mean(Some(labels[customer])).ok_or("a mean")?]),
            few => close(&[own_levels[customer]], &[few.iter().sum::<f64>() / few.len() as f64]),
        }
    }
    // With K infinite the mean of a segment is that of all its periods.
    let north = (0..200).filter(|customer| labels[*customer] == "north").flat_map(|c| history.trailing(c, 4));
    let north: Vec<f64> = north.copied().collect();
    close(&[group.mean(Some("north")).ok_or("a mean")?], &[north.iter().sum::<f64>() / north.len() as f64]);
    Ok(())
}

#[test]
fn credibility_is_estimated_from_the_window() -> TestResult {
    // The members of the credibility test, and a customer of one period: 3,5,7; 6,12,9; 10.
    let history = years(&[3.0, 5.0, 7.0, 6.0, 12.0, 9.0, NAN, NAN, 10.0], &[3, 7, 1])?;
    let level = TrailingLevel::new(3)?.fit(&history)?;
    let credibility = level.credibility().ok_or("estimated")?;
    // By hand: weights 3, 3, 1; weighted mean 52/7; Σ w (X̄ − X̄)² = 3·(17/7)² + 3·(11/7)² + (18/7)² = 1554/49;
    // between (1554/49 − 2 · 6.5) / (7 − 19/7) = (917/49) · (7/30).
    close(&[credibility.within(), credibility.between()], &[6.5, 917.0 / 210.0]);
    let (z3, z1) = (credibility.z(3.0), credibility.z(1.0));
    let mean = (z3 * 5.0 + z3 * 9.0 + z1 * 10.0) / (2.0 * z3 + z1);
    close(&[level.mean(None).ok_or("a mean")?], &[mean]);
    close(&level.levels(&history)?, &[5.0, 9.0, z1 * 10.0 + (1.0 - z1) * mean]);
    Ok(())
}

#[test]
fn the_level_of_months_counts_twelvefold_a_year() -> TestResult {
    let history = ProfitHistory::new(TimeUnit::Month, 2, vec![10.0, 30.0], vec![2])?;
    let level = TrailingLevel::new(2)?.fit(&history)?;
    let of = |unit| -> Result<CurrentProfit, Box<dyn std::error::Error>> {
        Ok(level.forecast(&history, &convention(3.0, unit)?)?)
    };
    assert_eq!(of(TimeUnit::Month)?, CurrentProfit::level(vec![20.0])?);
    assert_eq!(of(TimeUnit::Year)?, CurrentProfit::level(vec![240.0])?);
    close(&rows(&of(TimeUnit::Week)?, 1), &[240.0 * 7.0 / 365.25]);
    Ok(())
}

#[test]
fn the_order_of_customers_does_not_matter() -> TestResult {
    let order = shuffled(200);
    let (straight, mixed) = (base(200, 8)?, reordered(&order, 8)?);
    let spec = TrailingLevel::new(5)?;
    let (level, again) = (spec.fit(&straight)?, spec.fit(&mixed)?);
    assert_eq!(level, again);
    let (levels, moved) = (level.levels(&straight)?, again.levels(&mixed)?);
    for (place, customer) in order.iter().enumerate() {
        assert_eq!(moved[place].to_bits(), levels[*customer].to_bits());
    }
    Ok(())
}

#[test]
fn a_model_scores_customers_that_it_has_not_seen() -> TestResult {
    let level = TrailingLevel::new(5)?.fit(&base(200, 8)?)?;
    let text = serde_json::to_string(&level)?;
    assert_eq!(serde_json::from_str::<FittedTrailingLevel>(&text)?, level);
    let saved = Envelope::new(FittedTrailingLevel::KIND, training(200), level.clone()).to_json()?;
    assert_eq!(Envelope::<FittedTrailingLevel>::from_json(FittedTrailingLevel::KIND, &saved)?.model, level);
    let new = ProfitHistory::new(TimeUnit::Month, 5, vec![NAN; 10], vec![0, 0])?;
    let mean = level.mean(None).ok_or("a mean")?;
    close(&level.levels(&new)?, &[mean, mean]);
    let south = level.mean(Some("south")).ok_or("a mean")?;
    close(&level.levels(&new.clone().with_segments(&["south", "south"])?)?, &[south, south]);
    let error = level.levels(&new.with_segments(&["south", "east"])?).map_err(|error| error.to_string());
    assert_eq!(error, Err("segment must be one of north, south, west (got row 0: \"east\")".to_owned()));
    for bad in [text.replace("\"periods\":5", "\"periods\":0"), text.replace("north", "zenith")] {
        assert!(serde_json::from_str::<FittedTrailingLevel>(&bad).is_err(), "{bad}");
    }
    Ok(())
}

#[test]
fn a_customer_is_scored_alike_in_any_company() -> TestResult {
    let (everybody, few) = (base(300, 8)?, [7, 290, 31, 4]);
    let level = TrailingLevel::new(5)?.fit(&everybody)?;
    let (all, alone) = (level.levels(&everybody)?, level.levels(&reordered(&few, 8)?)?);
    for (place, customer) in few.into_iter().enumerate() {
        assert_eq!(alone[place].to_bits(), all[customer].to_bits());
    }
    Ok(())
}

#[test]
fn a_segment_that_nobody_was_seen_in_has_the_mean_of_all() -> TestResult {
    let history = years(&[4.0, 6.0, NAN, NAN], &[2, 0])?.with_segments(&["old", "new"])?;
    let level = TrailingLevel::new(2)?.fit(&history)?;
    assert_eq!((level.mean(Some("new")), level.mean(Some("none"))), (Some(5.0), None));
    close(&level.levels(&history)?, &[5.0, 5.0]);
    Ok(())
}

#[test]
fn what_cannot_be_known_is_refused() -> TestResult {
    assert!(TrailingLevel::new(0).is_err());
    let history = years(&[4.0, 6.0, NAN, NAN], &[2, 0])?;
    let short = TrailingLevel::new(3)?.fit(&history);
    assert!(matches!(short, Err(ValueError::TooFewPeriods { periods: 2, needed: 3, .. })));
    assert!(TrailingLevel::new(1)?.fit(&years(&[NAN, NAN], &[0])?).is_err());
    // Other periods than the model's.
    let months = ProfitHistory::new(TimeUnit::Month, 2, vec![1.0, 1.0], vec![2])?;
    assert!(TrailingLevel::new(2)?.fit(&history)?.levels(&months).is_err());
    // Two customers of one period each: is it chance that they differ?
    let young = years(&[NAN, 4.0, NAN, 6.0], &[1, 1])?;
    let level = TrailingLevel::new(2)?.fit(&young)?;
    assert_eq!(level.credibility(), None);
    let error = level.levels(&young).map_err(|error| error.to_string()).err().ok_or("refused")?;
    assert!(error.starts_with("credibility must be given"), "{error}");
    let given = TrailingLevel::new(2)?.with_credibility(Credibility::given(1.0)?).fit(&young)?;
    close(&given.levels(&young)?, &[4.5, 5.5]);
    Ok(())
}

#[test]
fn a_saved_specification_is_checked_when_it_is_loaded() -> TestResult {
    let spec = TrailingLevel::new(5)?.with_credibility(Credibility::given(2.0)?);
    assert_eq!(serde_json::from_str::<TrailingLevel>(&serde_json::to_string(&spec)?)?, spec);
    assert!(serde_json::from_str::<TrailingLevel>(r#"{"periods": 0, "credibility": null}"#).is_err());
    Ok(())
}
