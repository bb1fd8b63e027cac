use emptor_types::{Level, Probability};

use super::*;
use crate::value::potential::{
    ComponentKind, Opportunity, OverdueClose, Potential, PotentialComponent, PotentialShare, Ramp, Referral, Wallet,
    WalletBelowSpend, referral_value,
};
use crate::value::{CurrentProfit, CustomerEquity, PotentialProfit, ProfitStreams};

#[test]
fn a_ramp_never_leaves_zero_to_one_and_starts_after_its_delay() -> Tested {
    let ramps = [
        Ramp::immediate(),
        Ramp::linear(7)?.delayed(3),
        Ramp::once(4)?,
        Ramp::curve(vec![0.0, 1.0, 0.25])?.delayed(usize::MAX),
    ];
    for ramp in &ramps {
        assert!((0..40).all(|t| (0.0..=1.0).contains(&ramp.at(t))), "{ramp:?}");
        assert_eq!(ramp.at(0).to_bits(), 0);
    }
    let linear = &ramps[1];
    assert!(
        close(linear.at(4), 1.0 / 7.0, CLOSED_FORM) && close(linear.at(10), 1.0, 0.0) && close(linear.at(3), 0.0, 0.0)
    );
    assert!(Ramp::linear(0).is_err() && Ramp::once(0).is_err() && Ramp::curve(vec![]).is_err());
    let broken = message(Ramp::curve(vec![0.5, -0.1, f64::NAN]));
    assert_eq!(broken, "ramp must lie between 0 and 1 (2 rows, e.g. row 1: -0.1, row 2: NaN)");
    Ok(())
}

#[test]
fn the_gap_in_the_share_of_wallet_is_the_golden_number_and_its_revenue_fits() -> Tested {
    // 1000 · (0.5 − 0.3) · 0.5 · 0.4 = 40, on revenue of 100.
    let size = vec![Some(1000.0), Some(1000.0), None, Some(0.0)];
    let wallet = Wallet::new(size, vec![300.0, 600.0, 10.0, 0.0], WalletBelowSpend::Refuse)?;
    let half = Probability::new(0.5)?;
    let gap = PotentialComponent::share_of_wallet(&wallet, &[Some(0.5); 4], half, &[0.4; 4], Ramp::linear(2)?)?;
    assert!(
        close(gap.profit(0, 2).unwrap_or(f64::NAN), 40.0, CLOSED_FORM)
            && close(gap.profit(0, 1).unwrap_or(f64::NAN), 20.0, CLOSED_FORM)
    );
    assert_eq!(gap.revenue(0, 2).map(f64::round), Some(100.0));
    // Above the target, wallet unknown, wallet empty: no gap.
    assert!((1..4).all(|i| gap.profit(i, 2).unwrap_or(f64::NAN).abs() < CLOSED_FORM));
    assert_eq!((wallet.unknown(), wallet.share(3)), (1, None));
    Ok(())
}

#[test]
fn the_target_share_is_the_percentile_of_the_segment() -> Tested {
    let size = vec![Some(10.0); 6].into_iter().chain([None]).collect();
    let wallet = Wallet::new(size, vec![1.0, 2.0, 3.0, 4.0, 9.0, 5.0, 1.0], WalletBelowSpend::Refuse)?;
    let segments = ["a", "a", "a", "a", "b", "b", "c"];
    let targets = wallet.target_shares(&segments)?;
    // numpy.percentile([.1, .2, .3, .4], 75) = 0.325; ([.5, .9], 75) = 0.8.
    assert!(targets[..4].iter().all(|t| t.is_some_and(|t| close(t, 0.325, CLOSED_FORM))));
    assert!(targets[4..6].iter().all(|t| t.is_some_and(|t| close(t, 0.8, CLOSED_FORM))));
    assert_eq!(targets[6], None);
    let medians = wallet.target_shares_at(&segments, Level::new(0.5)?)?;
    assert!(medians[0].is_some_and(|t| close(t, 0.25, CLOSED_FORM)));
    assert!(message(wallet.target_shares(&["a"])).contains("must be one for each of 7 customers (got 1)"));
    let none =
        PotentialComponent::share_of_wallet(&wallet, &targets, Probability::new(1.0)?, &[1.0; 7], Ramp::immediate())?;
    assert!(
        close(none.profit(6, 1).unwrap_or(f64::NAN), 0.0, 0.0)
            && close(none.profit(0, 1).unwrap_or(f64::NAN), 2.25, CLOSED_FORM)
    );
    Ok(())
}

#[test]
fn a_wallet_below_the_own_spend_is_an_error_or_is_capped_and_counted() -> Tested {
    let size = vec![Some(50.0), Some(100.0), Some(80.0), None];
    let spend = vec![60.0, 100.0, 90.0, 5.0];
    assert_eq!(
        message(Wallet::new(size.clone(), spend.clone(), WalletBelowSpend::Refuse)),
        "wallet must not be smaller than the customer's own spend (2 rows, e.g. row 0: (50.0, 60.0), row 2: (80.0, 90.0))"
    );
    let wallet = Wallet::new(size, spend, WalletBelowSpend::CapShare)?;
    assert_eq!((wallet.capped(), wallet.share(0), wallet.room(0)), (2, Some(1.0), Some(0.0)));
    let broken = message(Wallet::new(vec![Some(f64::NAN), Some(1.0)], vec![-1.0], WalletBelowSpend::CapShare));
    for part in ["own spend must be one for each of 2 customers", "own spend must be finite", "wallet must be finite"] {
        assert!(broken.contains(part), "{broken}");
    }
    Ok(())
}

#[test]
fn referrals_are_worth_the_golden_number_and_stay_out_of_equity() -> Tested {
    // 2 · (0.6 · 120 + 0.4 · 30) / 1.1 = 152.727273.
    let referral = Referral {
        customer: 1,
        period: 1,
        expected: 2.0,
        type1_share: 0.6,
        clv: 120.0,
        acquisition_cost: 0.0,
        saved_cost: 30.0,
    };
    let spec = years(1.0, 0.1)?;
    let component = PotentialComponent::referral(2, &[referral])?;
    let equity = |potential: Potential| -> Result<f64, Box<dyn Error>> {
        let streams =
            ProfitStreams::new(CurrentProfit::level(vec![0.0; 2])?).with_potential(potential.into_profit()?)?;
        Ok(CustomerEquity::new(&spec.compute(&streams)?).total())
    };
    let left_out = Potential::builder(2, 1).add(component.clone()).build()?;
    assert_eq!((left_out.components()[0].counted, left_out.total()), (false, 0.0));
    assert!(close(left_out.components()[0].kept, 168.0, CLOSED_FORM), "it is reported all the same");
    assert!(close(equity(left_out)?, 0.0, 0.0));
    let counted = Potential::builder(2, 1).add(component).include_excluded().build()?;
    assert!(close(equity(counted)?, 152.727_273, SIX_DECIMALS));
    let value = referral_value(2, &[referral], spec.rate(), spec.period(), spec.timing())?;
    assert!(close(value[1], 152.727_273, SIX_DECIMALS) && close(value[0], 0.0, 0.0));
    Ok(())
}

#[test]
fn broken_referrals_and_opportunities_are_named_with_their_rows() {
    let fine = Referral {
        customer: 0,
        period: 1,
        expected: 1.0,
        type1_share: 0.5,
        clv: -5.0,
        acquisition_cost: 1.0,
        saved_cost: 1.0,
    };
    let bad = Referral { customer: 3, period: 0, type1_share: 1.5, saved_cost: -1.0, ..fine };
    assert_eq!(
        message(PotentialComponent::referral(1, &[fine, bad])),
        "customer must be a row below 1 (got row 1: 3); period must count from 1 (got row 1: 0); \
         share of type 1 must lie between 0 and 1 (got row 1: 1.5); \
         saved cost must be finite and at least 0 (got row 1: -1.0)"
    );
    let deal = Opportunity {
        customer: 0,
        probability: 1.2,
        amount: -1.0,
        margin_rate: 2.0,
        close_period: 0,
        cost_to_close: f64::NAN,
    };
    let error = message(PotentialComponent::opportunities(1, &[deal], OverdueClose::Refuse));
    for part in [
        "probability must lie between 0 and 1 (got row 0: 1.2)",
        "amount must be finite and at least 0 (got row 0: -1.0)",
        "margin rate must lie between 0 and 1 (got row 0: 2.0)",
        "cost to close must be finite and at least 0 (got row 0: NaN)",
        "close period must not lie in the past (below 1) (got row 0: 0)",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn opportunities_of_one_customer_and_period_add_up_and_late_ones_are_counted() -> Tested {
    let deal = |customer, close_period, probability| Opportunity {
        customer,
        probability,
        amount: 200.0,
        margin_rate: 0.5,
        close_period,
        cost_to_close: 1.0,
    };
    let deals = [deal(2, 3, 0.5), deal(0, 1, 1.0), deal(2, 3, 0.25), deal(0, i64::MIN, 0.1), deal(2, i64::MAX, 1.0)];
    let (component, overdue) = PotentialComponent::opportunities(3, &deals, OverdueClose::RollForward)?;
    assert_eq!((overdue, component.kind()), (1, ComponentKind::Opportunities));
    assert!(close(component.profit(2, 3).unwrap_or(f64::NAN), 73.0, CLOSED_FORM)); // 0.75 · 100 − 2
    assert_eq!(component.revenue(2, 3), Some(150.0));
    assert!(close(component.profit(0, 1).unwrap_or(f64::NAN), 108.0, CLOSED_FORM)); // 100 + 10 − 2
    assert!((1..9).all(|t| close(component.profit(1, t).unwrap_or(f64::NAN), 0.0, 0.0)));
    Ok(())
}

#[test]
fn win_back_is_for_lapsed_customers_only_and_may_cost_more_than_it_brings() -> Tested {
    let component = PotentialComponent::win_back(&[true, true, false], &[0.2, 0.01, 1.0], &[100.0; 3], &[5.0; 3], 1)?;
    let profits: Vec<f64> = (0..3).map(|i| component.profit(i, 1).unwrap_or(f64::NAN)).collect();
    assert!(
        close(profits[0], 15.0, CLOSED_FORM) && close(profits[1], -4.0, CLOSED_FORM) && close(profits[2], 0.0, 0.0)
    );
    let error = message(PotentialComponent::win_back(&[true], &[-0.1], &[-1.0], &[1.0, 2.0], 0));
    for part in ["probability must lie", "second life must be finite", "cost must be one for each", "period must count"]
    {
        assert!(error.contains(part), "{error}");
    }
    Ok(())
}

#[test]
fn components_refuse_what_makes_no_sense() -> Tested {
    let error = message(PotentialComponent::up_sell(&[0.5, -0.1], &[-3.0], Ramp::immediate()));
    assert_eq!(
        error,
        "probability must lie between 0 and 1 (got row 1: -0.1); margin must be one for each of 2 customers (got 1); \
         margin must be finite and at least 0 (got row 0: -3.0)"
    );
    let up_sell = PotentialComponent::up_sell(&[0.5], &[3.0], Ramp::immediate())?;
    assert!(message(up_sell.clone().with_margin_rate(vec![0.0])).contains("must be above 0 and at most 1"));
    assert!(message(up_sell.clone().with_cost(vec![-1.0], Ramp::immediate())).contains("cost must be finite"));
    let twice = up_sell.with_cost(vec![1.0], Ramp::once(1)?)?.with_cost(vec![1.0], Ramp::once(1)?);
    assert!(message(twice).contains("cost must be given once"));
    let referral = PotentialComponent::referral(1, &[])?;
    assert!(message(referral.with_margin_rate(vec![0.5])).contains("does not know its revenue"));
    let error = message(PotentialComponent::supplied("mine", 2, vec![1.0, f64::INFINITY, 0.0]));
    assert!(error.contains("mine must have the same number of periods") && error.contains("row 1: inf"), "{error}");
    Ok(())
}

#[test]
fn exactly_one_half_of_potential_is_not_flagged() -> Tested {
    let streams = ProfitStreams::new(CurrentProfit::level(vec![10.0, 10.0, -10.0, 0.0])?)
        .with_potential(PotentialProfit::level(vec![10.0, 10.1, 30.0, 0.0])?)?;
    let share = PotentialShare::new(&years(1.0, 0.0)?.compute(&streams)?);
    assert_eq!((0..4).map(|i| share.is_high(i)).collect::<Vec<_>>(), [false, true, true, false]);
    assert_eq!((share.per_customer()[2], share.per_customer()[3]), (Some(1.5), None));
    assert!(share.is_base_high() && share.high_customers() == 2);
    Ok(())
}
