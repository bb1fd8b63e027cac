use super::*;
use crate::value::potential::{
    Offers, OffersBuilder, PerOffer, Potential, PotentialComponent, Ramp, TakeUp, Wallet, WalletBelowSpend,
};
use crate::value::{FirstPayment, RetentionRate, Survival};

fn one_customer(probabilities: Vec<f64>, take_up: TakeUp, spec: LifetimeValue) -> OffersBuilder {
    Offers::builder(spec).probabilities(probabilities.len(), probabilities, take_up)
}

#[test]
fn the_golden_offers_are_worth_seven_and_eight() -> Tested {
    // 0.2 · 50 · 0.9 − 2 = 7; 0.05 · 200 − 2 = 8; the third earns 1 and costs 2.
    let offers = one_customer(vec![0.2, 0.05, 0.1], TakeUp::Within(Horizon::years(1.0)?), years(1.0, 0.0)?)
        .margin(PerOffer::ByCategory(vec![50.0, 200.0, 10.0]))
        .revenue(PerOffer::Table(vec![100.0, 400.0, 20.0]))
        .cannibalisation(PerOffer::ByCategory(vec![0.1, 0.0, 0.0]))
        .contact_cost(PerOffer::ByCustomer(vec![2.0]), Ramp::immediate())
        .build()?;
    let values: Vec<f64> = offers.of(0).iter().map(|offer| offer.value).collect();
    assert!(values.len() == 2 && close(values[0], 7.0, CLOSED_FORM) && close(values[1], 8.0, CLOSED_FORM));
    let component = PotentialComponent::cross_sell(offers);
    assert!(close(component.profit(0, 1).unwrap_or(f64::NAN), 15.0, CLOSED_FORM));
    // 0.2 · 100 · 0.9 + 0.05 · 400
    assert!(component.revenue(0, 1).is_some_and(|revenue| close(revenue, 38.0, CLOSED_FORM)));
    let wallet = Wallet::new(vec![Some(119.0)], vec![100.0], WalletBelowSpend::Refuse)?;
    let halved = Potential::builder(1, 1).add(component).wallet(wallet).build()?;
    // Margin 19 is cut to a half; contacts still cost 4.
    assert!(halved.of(0).is_some_and(|row| close(row[0], 5.5, CLOSED_FORM)));
    Ok(())
}

#[test]
fn a_probability_within_a_window_becomes_a_chance_per_period_and_what_is_taken_up_stays() -> Tested {
    let offers = one_customer(vec![0.36, 1.0], TakeUp::Within(Horizon::months(24.0)?), years(4.0, 0.1)?)
        .margin(10.0.into())
        .build()?;
    let [offer, certain] = offers.of(0) else { return Err("two offers".into()) };
    // 1 − 0.64^(t/2) = 0.2, 0.36, 0.488, 0.5904.
    for (t, expected) in [(1, 0.2), (2, 0.36), (3, 0.488), (4, 0.5904)] {
        assert!(close(offers.adopted(offer, t), expected, CLOSED_FORM), "{t}");
        assert!(close(offers.adopted(certain, t), 1.0, 0.0));
    }
    let value: f64 = (1..=4).map(|t| 10.0 * offers.adopted(offer, t) / 1.1_f64.powi(t as i32)).sum();
    assert!(close(offer.value, value, CLOSED_FORM));
    let ramp =
        one_customer(vec![0.36], TakeUp::Ramp(Ramp::linear(2)?), years(4.0, 0.0)?).margin(10.0.into()).build()?;
    let path: Vec<f64> = (1..=4).map(|t| ramp.adopted(&ramp.of(0)[0], t)).collect();
    assert_eq!(path, [0.18, 0.36, 0.36, 0.36]);
    Ok(())
}

#[test]
fn an_offer_that_does_not_earn_its_contact_back_in_the_customers_life_is_not_made() -> Tested {
    let builder = one_customer(vec![0.1], TakeUp::Ramp(Ramp::immediate()), years(3.0, 0.0)?)
        .margin(10.0.into())
        .contact_cost(2.5.into(), Ramp::once(1)?);
    assert!(close(builder.clone().build()?.of(0)[0].value, 0.5, CLOSED_FORM)); // 3 · 1 − 2.5
    // With half staying each year: 0.5 · (1 − 2.5) + 0.25 + 0.125 < 0.
    let survival =
        Survival::Constant { retention: RetentionRate::new(0.5, TimeUnit::Year)?, first: FirstPayment::AtRisk };
    let none = builder.clone().survival(survival).build()?;
    assert!(none.is_empty() && none.customers() == 1);
    assert!(
        close(PotentialComponent::cross_sell(none).profit(0, 1).unwrap_or(f64::NAN), 0.0, 0.0),
        "no offer, no cost"
    );
    let short = builder.survival(Survival::curve(vec![1.0])?).build();
    assert_eq!(message(short), "survival covers 1 periods, the horizon needs 3");
    // Half a year counts half: 2 · 1 + 0.5 · 1 is not above 2.5.
    let half = one_customer(vec![0.1], TakeUp::Ramp(Ramp::immediate()), years(2.5, 0.0)?)
        .margin(10.0.into())
        .contact_cost(2.501.into(), Ramp::once(1)?);
    assert!(half.build()?.is_empty());
    Ok(())
}

#[test]
fn the_cap_keeps_the_best_offers_and_the_first_of_equals() -> Tested {
    let builder = one_customer(vec![0.1, 0.4, 0.4, 0.3], TakeUp::Ramp(Ramp::immediate()), years(1.0, 0.0)?)
        .margin(PerOffer::ByCategory(vec![100.0, 5.0, 5.0, 20.0]));
    for (cap, kept) in [(1, &[0][..]), (2, &[0, 3]), (3, &[0, 1, 3]), (9, &[0, 1, 2, 3])] {
        let offers = builder.clone().max_offers(cap).build()?;
        assert_eq!(offers.of(0).iter().map(|offer| offer.category).collect::<Vec<_>>(), kept, "{cap}");
    }
    Ok(())
}

#[test]
fn no_choice_of_as_many_offers_is_worth_more_than_the_one_made() -> Tested {
    let n = 8;
    let probabilities: Vec<f64> = (0..n).map(noise).collect();
    let margins: Vec<f64> = (0..n).map(|j| 40.0 * noise(j + 50) - 10.0).collect();
    let offers = one_customer(probabilities.clone(), TakeUp::Ramp(Ramp::immediate()), years(1.0, 0.0)?)
        .margin(PerOffer::ByCategory(margins.clone()))
        .contact_cost(1.0.into(), Ramp::once(1)?)
        .max_offers(3)
        .build()?;
    let chosen: f64 = offers.of(0).iter().map(|offer| offer.value).sum();
    // Oracle: all 93 sets of at most three.
    let worth =
        |set: u32| (0..n).filter(|j| set >> j & 1 == 1).map(|j| probabilities[j] * margins[j] - 1.0).sum::<f64>();
    let best = (0_u32..1 << n).filter(|set| set.count_ones() <= 3).map(worth).fold(0.0, f64::max);
    assert!(close(chosen, best, CLOSED_FORM), "{chosen} {best}");
    Ok(())
}

#[test]
fn a_broken_choice_says_everything() -> Tested {
    let spec = years(1.0, 0.0)?;
    let nothing = message(Offers::builder(spec).build());
    assert!(nothing.contains("probabilities must be given") && nothing.contains("margin must be given"), "{nothing}");
    let error = message(
        Offers::builder(spec)
            .probabilities(2, vec![0.5, 1.5, -0.1], TakeUp::Ramp(Ramp::immediate()))
            .margin(PerOffer::ByCategory(vec![f64::NAN]))
            .cannibalisation(2.0.into())
            .contact_cost(PerOffer::ByCustomer(vec![-1.0]), Ramp::immediate())
            .max_offers(0)
            .build(),
    );
    for part in [
        "probabilities must have the same number of categories, at least 1, for every customer (got 3 values for 2 categories)",
        "probabilities must lie between 0 and 1 (2 rows, e.g. row 1: 1.5, row 2: -0.1)",
        "margin must have 2 values (got 1)",
        "margin must be finite (got row 0: NaN)",
        "cannibalisation must lie between 0 and 1 (got row 0: 2.0)",
        "contact cost must be finite and at least 0 (got row 0: -1.0)",
        "offers per customer must be at least 1 (got 0)",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
    Ok(())
}
