use emptor_types::{Envelope, Fit, TimeUnit};

use super::{
    NAN, TestResult, base, broken, close, convention, reordered, rows, shuffled, training, weights, with_threads, years,
};
use crate::value::forecast::{AgeCurve, Credibility, FittedAgeCurve, ProfitHistory};
use crate::value::{CurrentProfit, LifetimeValue, RetentionRate, Survival};

fn profits(curve: &FittedAgeCurve, segment: Option<&str>, ages: usize) -> Vec<f64> {
    (1..=ages).filter_map(|age| curve.profit(segment, age)).collect()
}

fn in_years(periods: f64) -> Result<LifetimeValue, Box<dyn std::error::Error>> {
    convention(periods, TimeUnit::Year)
}

#[test]
fn identical_customers_give_their_history_back() -> TestResult {
    // Profit depends on age alone: 5, 8, 6, 9, 7, … for every customer, seen at different ages.
    let profit_at = |age: usize| [5.0, 8.0, 6.0, 9.0, 7.0, 3.0][age - 1];
    let ages = [6, 4, 2, 1, 0, 5, 3];
    let row = |age: &usize| {
        let age = *age;
        (0..4).map(move |t| if t + age < 4 { NAN } else { profit_at(t + age - 3) })
    };
    let history = years(&ages.iter().flat_map(row).collect::<Vec<_>>(), &ages)?
        .with_segments(&["a", "b", "a", "b", "b", "b", "a"])?;
    for min_customers in [1, 3, 100] {
        let curve = AgeCurve::new(min_customers)?.fit(&history)?;
        for segment in [None, Some("a"), Some("b")] {
            close(&profits(&curve, segment, 7), &[5.0, 8.0, 6.0, 9.0, 7.0, 3.0, 3.0]);
        }
        // Their own level is the curve.
        let two = in_years(2.0)?;
        let own = rows(&curve.forecast_own(&history, &two)?, 2);
        close(&own, &rows(&curve.forecast(history.ages(), history.labels().as_deref(), &two)?, 2));
        close(&own[6..10], &[8.0, 6.0, 5.0, 8.0]);
    }
    Ok(())
}

#[test]
fn thin_cells_are_blended_with_the_base_curve_and_that_with_the_age_before() -> TestResult {
    // Two customers of a, one of b, who alone is four years old.
    let profit = [10.0, 20.0, NAN, NAN, 14.0, 20.0, NAN, NAN, 30.0, 80.0, 50.0, 70.0];
    let rows = [[NAN, NAN, profit[0], profit[1]], [NAN, NAN, profit[4], profit[5]], [30.0, 80.0, 50.0, 70.0]];
    let history = years(&rows.concat(), &[2, 2, 4])?.with_segments(&["a", "a", "b"])?;
    let curve = AgeCurve::new(2)?.with_credibility(Credibility::given(1.0)?).fit(&history)?;
    // Base: 54/3, 120/3; then b alone, which had 110 where the base had 58, and 160 where it had 58 + c; of one customer
    // each, half-way to the age before.
    let c = 50.0 / (110.0 / 58.0);
    let d = 70.0 / (160.0 / (58.0 + c));
    let (third, fourth) = (c / 2.0 + 20.0, d / 2.0 + c / 4.0 + 10.0);
    close(&profits(&curve, None, 5), &[18.0, 40.0, third, fourth, fourth]);
    // a: 24/2, 40/2 of its own, then nobody: 64 where the base has 116. b: half-way between its own and the base.
    let a = 64.0 / 116.0;
    close(&profits(&curve, Some("a"), 4), &[12.0, 20.0, a * third, a * fourth]);
    close(&profits(&curve, Some("b"), 4), &[24.0, 60.0, 25.0 + third / 2.0, 35.0 + fourth / 2.0]);
    let seen = |segment, age| curve.customers(segment, age);
    assert_eq!(
        [seen(None, 1), seen(Some("a"), 2), seen(Some("a"), 3), seen(Some("b"), 9)].map(Option::unwrap_or_default),
        [3, 2, 0, 0]
    );
    assert_eq!((curve.profit(Some("c"), 1), curve.profit(None, 0), seen(Some("c"), 1)), (None, None, None));
    assert_eq!(
        (curve.last_age(), curve.unit(), curve.segments().collect::<Vec<_>>()),
        (4, TimeUnit::Year, vec!["a", "b"])
    );
    // No blending at K = 0; only the base curve at K infinite, whose thin cells carry the age before on.
    let own = AgeCurve::new(9)?.with_credibility(Credibility::given(0.0)?).fit(&history)?;
    close(&profits(&own, Some("b"), 4), &[30.0, 80.0, 50.0, 70.0]);
    let all = AgeCurve::new(9)?.with_credibility(Credibility::given(f64::INFINITY)?).fit(&history)?;
    let mean = (54.0 + 120.0 + c + d) / 8.0;
    close(&profits(&all, Some("b"), 4), &[mean; 4]);
    Ok(())
}

/// `customers` rows each, of a segment's profit at ages 1, 2, …, in a history of `periods`; all customers come to the end.
fn segments(
    periods: usize,
    groups: &[(&'static str, usize, &[f64])],
) -> Result<ProfitHistory, Box<dyn std::error::Error>> {
    let (mut profit, mut ages, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (name, customers, curve) in groups {
        for _ in 0..*customers {
            profit.extend(vec![NAN; periods - curve.len()]);
            profit.extend_from_slice(curve);
            ages.push(curve.len());
            labels.push(*name);
        }
    }
    Ok(years(&profit, &ages)?.with_segments(&labels)?)
}

#[test]
fn a_poor_segment_does_not_become_rich_with_age() -> TestResult {
    // Only the rich are older than two.
    let history = segments(6, &[("cheap", 50, &[10.0; 2]), ("rich", 50, &[1000.0; 6])])?;
    let (curve, five) = (AgeCurve::new(30)?.fit(&history)?, in_years(5.0)?);
    close(&rows(&curve.forecast(&[2], Some(&["cheap"]), &five)?, 5), &[10.0; 5]);
    let own = rows(&curve.forecast_own(&history, &five)?, 5);
    close(&own[..250], &[10.0; 250]);
    close(&own[250..], &[1000.0; 250]);
    // Whose segment is not known is as the mean of all, at any age.
    close(&profits(&curve, None, 7), &[505.0; 7]);
    assert_eq!(
        [None, Some("cheap"), Some("rich"), Some("x")].map(|s| curve.observed_until(s)),
        [Some(6), Some(2), Some(6), None]
    );
    let (ages, labels) = ([0, 1, 1, 2], ["cheap", "cheap", "rich", "rich"]);
    assert_eq!(curve.extended(&ages, Some(&labels), &in_years(2.0)?)?, [1]);
    assert_eq!(curve.extended(&ages, Some(&labels), &five)?, [0, 1, 3]);
    assert_eq!(curve.extended(&ages, Some(&labels), &convention(24.0, TimeUnit::Month)?)?, [1]);
    Ok(())
}

#[test]
fn a_segment_follows_the_base_at_its_own_level() -> TestResult {
    // Profit is level × course: the whole course is found in every segment, whichever ages each was seen at.
    let course = [1.0, 2.0, 3.0, 2.5, 4.0, 3.5];
    let at = |level: f64, ages: usize| course[..ages].iter().map(|x| level * x).collect::<Vec<_>>();
    let (a, b, c) = (at(10.0, 2), at(100.0, 4), at(3.0, 6));
    let history = segments(6, &[("a", 40, &a), ("b", 30, &b), ("c", 35, &c)])?;
    let curve = AgeCurve::new(30)?.fit(&history)?;
    for (name, level) in [("a", 10.0), ("b", 100.0), ("c", 3.0)] {
        close(&profits(&curve, Some(name), 6), &at(level, 6));
    }
    close(&profits(&curve, None, 6), &at((400.0 + 3000.0 + 105.0) / 105.0, 6));
    // Two old customers of a among many of b are thin, and blended with a's own level, not with that of b.
    let (old, rich) = ([10.0, 10.0, 40.0], [1000.0; 3]);
    let history = segments(3, &[("a", 2, &old), ("a", 40, &old[..2]), ("b", 50, &rich)])?;
    let curve = AgeCurve::new(30)?.with_credibility(Credibility::given(2.0)?).fit(&history)?;
    let base = curve.profit(None, 3).unwrap_or(NAN) / curve.profit(None, 1).unwrap_or(NAN);
    assert!((1.0..1.01).contains(&base), "{base}");
    close(&profits(&curve, Some("a"), 3), &[10.0, 10.0, 20.0 + 5.0 * base]);
    Ok(())
}

#[test]
fn a_segment_without_a_ratio_keeps_its_last_level() -> TestResult {
    let loss = [-10.0, -20.0];
    let history = segments(4, &[("loss", 40, &loss), ("rich", 40, &[1000.0; 4])])?;
    let curve = AgeCurve::new(30)?.fit(&history)?;
    close(&profits(&curve, Some("loss"), 5), &[-10.0, -20.0, -20.0, -20.0, -20.0]);
    close(&profits(&curve, Some("rich"), 5), &[1000.0; 5]);
    // Nothing is known of customers who never had a period: they are as all are.
    let history = segments(2, &[("new", 40, &[]), ("old", 40, &[5.0, 7.0])])?;
    let curve = AgeCurve::new(30)?.fit(&history)?;
    close(&profits(&curve, Some("new"), 2), &[5.0, 7.0]);
    assert_eq!(curve.observed_until(Some("new")), Some(0));
    // Who had next to nothing at first says nothing of others.
    let history = segments(3, &[("late", 40, &[0.01, 0.01, 100.0]), ("rich", 40, &[1000.0; 2])])?;
    close(&profits(&AgeCurve::new(30)?.fit(&history)?, Some("rich"), 4), &[1000.0; 4]);
    // An expensive beginning has no ratio, the years after it have.
    let history = segments(4, &[("cheap", 40, &[-50.0, 10.0]), ("rich", 40, &[-50.0, 1000.0, 500.0, 250.0])])?;
    close(&profits(&AgeCurve::new(30)?.fit(&history)?, Some("cheap"), 4), &[-50.0, 10.0, 5.0, 2.5]);
    Ok(())
}

#[test]
fn credibility_of_cells_is_estimated_from_ages_and_segments() -> TestResult {
    // One year, two segments of two and one of one: 4, 6; 10, 14; 9.
    let history = years(&[4.0, 6.0, 10.0, 14.0, 9.0], &[1; 5])?.with_segments(&["a", "a", "b", "b", "c"])?;
    let curve = AgeCurve::new(3)?.fit(&history)?;
    // By hand: base 43/5; within (2 + 8)/2 = 5; Σ w (X̄ − X̄)² = 2·3.6² + 2·3.4² + 0.4² = 49.2;
    // between (49.2 − 2 · 5) / (5 − 9/5) = 12.25; Z of two 24.5/29.5, of one 12.25/17.25.
    let (two, one) = (24.5 / 29.5, 12.25 / 17.25);
    let blend = |z: f64, own: f64| z * own + (1.0 - z) * 8.6;
    let found = ["a", "b", "c"].map(|name| curve.profit(Some(name), 1).unwrap_or(NAN));
    close(&found, &[blend(two, 5.0), blend(two, 12.0), blend(one, 9.0)]);
    Ok(())
}

#[test]
fn beyond_the_last_age_the_level_goes_on_or_fades() -> TestResult {
    let history = years(&[10.0, 40.0], &[2])?;
    let curve = AgeCurve::new(1)?.with_decay(0.5)?.fit(&history)?;
    let forecast = curve.forecast(&[0, 2, 1_000_000], None, &in_years(3.0)?)?;
    close(&rows(&forecast, 3), &[10.0, 40.0, 20.0, 20.0, 10.0, 5.0, 0.0, 0.0, 0.0]);
    let flat = AgeCurve::new(1)?.fit(&history)?.forecast(&[usize::MAX], None, &in_years(2.0)?)?;
    assert_eq!(flat, CurrentProfit::panel(2, vec![40.0, 40.0])?);
    Ok(())
}

#[test]
fn years_are_sums_of_the_months_of_a_curve() -> TestResult {
    let months: Vec<f64> = (1..=24).map(f64::from).collect();
    let history = ProfitHistory::new(TimeUnit::Month, 24, months, vec![24])?;
    let curve = AgeCurve::new(1)?.fit(&history)?.with_retention(None, 1, RetentionRate::new(0.6, TimeUnit::Year)?)?;
    // 13 + … + 24, then twelve times 24.
    let two = in_years(2.0)?;
    close(&rows(&curve.forecast(&[12], None, &two)?, 2), &[222.0, 288.0]);
    close(&weights(&curve.survival(&[12], None, &two)?, 1, 2), &[0.6, 0.36]);
    Ok(())
}

#[test]
fn months_of_a_yearly_curve_end_with_its_years() -> TestResult {
    // Everybody leaves after the seventh year: 84 months are certain, though 84/12 may round to more than 7.
    let history = years(&[12.0], &[1])?;
    for last in 1..=20 {
        let curve = AgeCurve::new(1)?.fit(&history)?.with_retention(
            None,
            last + 1,
            RetentionRate::new(0.0, TimeUnit::Year)?,
        )?;
        let months = convention(12.0 * 20.0 + 12.0, TimeUnit::Month)?;
        let survival = weights(&curve.survival(&[0], None, &months)?, 1, 252);
        assert!(survival[..12 * last].iter().all(|s| *s > 0.5) && survival[12 * last..].iter().all(|s| *s < 0.5));
        close(&rows(&curve.forecast(&[0], None, &months)?, 252), &[1.0; 252]);
    }
    Ok(())
}

#[test]
fn profit_and_retention_may_be_overwritten() -> TestResult {
    let history = years(&[10.0, 20.0, 30.0, 40.0], &[2, 2])?.with_segments(&["a", "b"])?;
    let curve = AgeCurve::new(1)?.with_decay(0.5)?.fit(&history)?;
    assert_eq!(curve.survival(&[0], None, &in_years(2.0)?)?, Survival::Certain);
    let rate = |rate| RetentionRate::new(rate, TimeUnit::Year);
    let changed = curve
        .with_profit(Some("a"), 2, -5.0)?
        .with_profit(Some("a"), 5, 7.0)?
        .with_retention(None, 2, rate(0.5)?)?
        .with_retention(Some("b"), 3, rate(0.1)?)?
        .with_retention(Some("b"), 1, rate(0.8)?)?
        .with_retention(Some("b"), 3, rate(0.2)?)?;
    close(&profits(&changed, Some("a"), 6), &[10.0, -5.0, -2.5, -1.25, 7.0, 3.5]);
    close(&profits(&changed, Some("b"), 3), &[30.0, 40.0, 20.0]);
    let survival = changed.survival(&[0, 0, 1], Some(&["a", "b", "b"]), &in_years(3.0)?)?;
    // a has the retention of all, b its own: 0.8, 0.8, then 0.2.
    close(&weights(&survival, 3, 3), &[1.0, 0.5, 0.25, 0.8, 0.64, 0.128, 0.8, 0.16, 0.032]);
    assert_eq!(changed.retention(Some("a"), 1), None);
    assert_eq!(changed.retention(Some("b"), 9), Some(rate(0.2)?));

    let text = serde_json::to_string(&changed)?;
    assert_eq!(serde_json::from_str::<FittedAgeCurve>(&text)?, changed);
    let saved = Envelope::new(FittedAgeCurve::KIND, training(2), changed.clone()).to_json()?;
    assert_eq!(Envelope::<FittedAgeCurve>::from_json(FittedAgeCurve::KIND, &saved)?.model, changed);
    for bad in [
        text.replace("\"decay\":0.5", "\"decay\":1.5"),
        text.replace("[10.0,", "[1e300,"),
        text.replace("\"b\"", "\"a\""),
    ] {
        assert!(bad != text && serde_json::from_str::<FittedAgeCurve>(&bad).is_err(), "{bad}");
    }
    assert_eq!(broken(changed.clone().with_profit(Some("c"), 0, NAN)), 3);
    assert_eq!(broken(changed.clone().with_profit(None, 200_000, 1.0)), 1);
    assert_eq!(broken(changed.with_retention(Some("c"), 0, rate(0.5)?)), 2);
    Ok(())
}

#[test]
fn a_curve_is_scaled_to_the_customer_as_far_as_that_is_believed() -> TestResult {
    // Curve 10, 20, 30; the second customer earns a half more, the first a half less.
    let profit = [5.0, 10.0, 15.0, 15.0, 30.0, 45.0, NAN, NAN, NAN];
    let history = years(&profit, &[3, 3, 0])?;
    let two = in_years(2.0)?;
    let scaled = |k: f64| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let curve = AgeCurve::new(1)?.with_own_credibility(Credibility::given(k)?).fit(&history)?;
        Ok(rows(&curve.forecast_own(&history, &two)?, 2))
    };
    close(&scaled(0.0)?, &[15.0, 15.0, 45.0, 45.0, 10.0, 20.0]);
    close(&scaled(f64::INFINITY)?, &[30.0, 30.0, 30.0, 30.0, 10.0, 20.0]);
    // Three periods at the typical 20 against K = 3: half-way.
    close(&scaled(3.0)?, &[22.5, 22.5, 37.5, 37.5, 10.0, 20.0]);
    // Estimated: each customer keeps their ratio, there is no chance in it.
    let curve = AgeCurve::new(1)?.fit(&history)?;
    close(&[curve.own_credibility().map_or(NAN, Credibility::k)], &[0.0]);
    Ok(())
}

#[test]
fn a_curve_that_is_not_positive_has_no_ratio() -> TestResult {
    let history = years(&[-5.0, -5.0, 0.0, 0.0], &[2, 2])?;
    let curve = AgeCurve::new(1)?.fit(&history)?;
    close(&rows(&curve.forecast_own(&history, &in_years(1.0)?)?, 1), &[-2.5, -2.5]);
    // Nobody seen twice: the level of a customer may be chance.
    let young = years(&[5.0, 7.0], &[1, 1])?;
    let error = AgeCurve::new(1)?.fit(&young)?.forecast_own(&young, &in_years(1.0)?).err().ok_or("refused")?;
    assert!(error.to_string().starts_with("credibility must be given"), "{error}");
    Ok(())
}

#[test]
fn threads_and_order_change_no_bit() -> TestResult {
    let (n, order) = (3000, shuffled(3000));
    let (straight, mixed) = (base(n, 9)?, reordered(&order, 9)?);
    let (spec, two) = (AgeCurve::new(100_000)?.with_decay(0.9)?, in_years(2.0)?); // every cell is thin
    let (curve, again) = (spec.fit(&straight)?, spec.fit(&mixed)?);
    assert_eq!(curve, again);
    assert!(curve.own_credibility().is_some_and(|own| own.k() > 0.0 && own.k().is_finite()));
    let (one, three) = with_threads(|| curve.forecast_own(&straight, &two).map_err(|error| error.to_string()))?;
    let (one, three) = (one?, three?);
    assert_eq!(one, three);
    let (straight, mixed) = (rows(&one, 2), rows(&again.forecast_own(&mixed, &two)?, 2));
    for (place, customer) in order.iter().enumerate() {
        assert_eq!(mixed[place * 2..][..2], straight[customer * 2..][..2]);
    }
    Ok(())
}

#[test]
fn a_customer_is_scored_alike_in_any_company() -> TestResult {
    let (everybody, few, two) = (base(300, 9)?, [7, 290, 31, 4], in_years(2.0)?);
    let some = reordered(&few, 9)?;
    let curve = AgeCurve::new(5)?.fit(&everybody)?;
    let (all, alone) = (rows(&curve.forecast_own(&everybody, &two)?, 2), rows(&curve.forecast_own(&some, &two)?, 2));
    let plain = curve.forecast(some.ages(), some.labels().as_deref(), &two)?;
    let all_plain = curve.forecast(everybody.ages(), everybody.labels().as_deref(), &two)?;
    for (place, customer) in few.into_iter().enumerate() {
        assert_eq!(alone[place * 2..][..2], all[customer * 2..][..2]);
        assert_eq!(rows(&plain, 2)[place * 2..][..2], rows(&all_plain, 2)[customer * 2..][..2]);
    }
    Ok(())
}

#[test]
fn the_curve_of_all_profits_reproduces_their_total() -> TestResult {
    // Without thin cells the curve of a segment is the mean: over what was observed it adds up to what was earned.
    let history = base(300, 9)?;
    let curve = AgeCurve::new(1)?.fit(&history)?;
    let (mut earned, mut explained) = (0.0, 0.0);
    for (segment, age, profit) in history.observations() {
        earned += profit;
        explained += curve.profit(Some(&history.segments()[segment]), age).unwrap_or(NAN);
    }
    assert!((earned - explained).abs() < 1e-9 * earned.abs(), "{earned} {explained}");
    Ok(())
}

#[test]
fn what_cannot_be_known_is_refused() -> TestResult {
    assert!(AgeCurve::new(0).is_err() && AgeCurve::new(1)?.with_decay(1.1).is_err());
    assert!(AgeCurve::new(1)?.with_decay(NAN).is_err());
    assert!(AgeCurve::new(1)?.fit(&years(&[NAN], &[0])?).is_err());
    // Cells of one customer each are thin, and tell nothing of chance.
    let single = years(&[4.0, 6.0], &[2])?;
    let error = AgeCurve::new(2)?.fit(&single).err().ok_or("refused")?;
    assert!(error.to_string().starts_with("credibility must be given"), "{error}");

    let history = years(&[4.0, 6.0], &[1, 1])?.with_segments(&["a", "b"])?;
    let (curve, two) = (AgeCurve::new(1)?.fit(&history)?, in_years(2.0)?);
    let error = curve.forecast(&[1, 2], Some(&["a", "x"]), &two).map_err(|error| error.to_string());
    assert_eq!(error, Err("segment must be one of a, b (got row 1: \"x\")".to_owned()));
    assert!(curve.forecast(&[1, 2], Some(&["a"]), &two).is_err());
    assert!(curve.survival(&[1, 2], Some(&["a"]), &two).is_err());
    let months = ProfitHistory::new(TimeUnit::Month, 1, vec![1.0], vec![1])?.with_segments(&["x"])?;
    let error = curve.forecast_own(&months, &two).err().ok_or("refused")?.to_string();
    assert_eq!(
        error,
        "period of the history must be the period of the model, year (got month); \
                       segment must be one of a, b (got row 0: \"x\")"
    );
    Ok(())
}

#[test]
fn a_saved_specification_is_checked_when_it_is_loaded() -> TestResult {
    let spec = AgeCurve::new(5)?.with_decay(0.9)?;
    assert_eq!(serde_json::from_str::<AgeCurve>(&serde_json::to_string(&spec)?)?, spec);
    assert!(
        serde_json::from_str::<AgeCurve>(r#"{"min_customers": 5, "decay": 2.0, "credibility": null, "own": null}"#)
            .is_err()
    );
    Ok(())
}
