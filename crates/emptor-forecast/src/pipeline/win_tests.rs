//! Tests of win rates.

use super::super::deals::DealSegment;
use super::super::funnel::stays;
use super::super::history::WinHistory;
use super::*;

fn deal(created: i32, amount: f64, outcome: Option<(Outcome, i32)>) -> Deal {
    Deal {
        created,
        amount: Some(amount),
        outcome: outcome.map(|(outcome, _)| outcome),
        closed: outcome.map(|(_, day)| day),
        ..Deal::default()
    }
}

#[test]
fn open_deals_are_in_no_rate_but_the_censored_one() {
    let deals = [
        deal(0, 100.0, Some((Outcome::Won, 10))),
        deal(0, 300.0, Some((Outcome::Lost, 20))),
        deal(0, 50.0, None),
        deal(0, 50.0, None),
    ];
    let rate = WinRate::of(&deals.iter().collect::<Vec<_>>(), 100);
    assert_eq!((rate.won, rate.lost, rate.open), (1, 1, 2));
    assert_eq!((rate.by_count, rate.by_value), (Some(0.5), Some(0.25)));
    // The open ones are older than any decided one ever was: they count as not won so far.
    assert_eq!(rate.censored, Some(0.25));
    assert_eq!(rate.cycle_days, Some(10.0));
    assert_eq!(rate.velocity, Some(2.0 * 100.0 * 0.5 / 10.0));
}

#[test]
fn losses_written_down_to_nothing_give_no_rate_by_value() {
    let deals = [deal(0, 100.0, Some((Outcome::Won, 10))), deal(0, 0.0, Some((Outcome::Lost, 20)))];
    let rate = WinRate::of(&deals.iter().collect::<Vec<_>>(), 100);
    assert_eq!((rate.by_count, rate.by_value), (Some(0.5), None));
    let won = WinRate::of(&[&deals[0]], 100);
    assert_eq!(won.by_value, Some(1.0));
}

#[test]
fn nothing_decided_is_no_rate_rather_than_zero() {
    let deals = [deal(0, 1.0, None)];
    let rate = WinRate::of(&deals.iter().collect::<Vec<_>>(), 5);
    assert_eq!((rate.by_count, rate.by_value, rate.velocity), (None, None, None));
    let history = WinHistory::of(&deals, &[], &[30], 10.0, DealSegment::None, 5);
    assert_eq!(history.probability(None, 1, None), None);
}

#[test]
fn old_deals_have_the_win_rate_of_deals_that_got_old() -> Result<(), &'static str> {
    // Ten are won after 5 days; of ten that were open for 60 days one is won.
    let mut deals: Vec<Deal> = (0..10).map(|_| deal(0, 1.0, Some((Outcome::Won, 5)))).collect();
    deals.extend((0..10).map(|i| deal(0, 1.0, Some((if i == 0 { Outcome::Won } else { Outcome::Lost }, 60)))));
    let history = WinHistory::of(&deals, &stays(&deals, &[], 100), &[30], 10.0, DealSegment::None, 100);
    let at = |days| history.probability(None, days, None).map(|basis| basis.rate.p).ok_or("nothing decided");
    // 11 of 20 were won, half a win and half a loss added.
    let all = 11.5 / 21.0;
    assert!((at(3)? - all).abs() < 1e-12);
    assert!((at(40)? - (1.0 + 10.0 * all) / 20.0).abs() < 1e-12);
    Ok(())
}

#[test]
fn a_deal_that_was_closed_before_it_was_created_took_no_time() -> Result<(), emptor_types::Invalid> {
    let deals = [deal(50, 1.0, Some((Outcome::Won, 10))), deal(0, 1.0, Some((Outcome::Won, 0)))];
    let deals: Vec<&Deal> = deals.iter().collect();
    assert_eq!(WinRate::of(&deals, 100).cycle_days, Some(0.0));
    assert_eq!(super::super::pace::sales_cycle(&deals, 100)?, Some(0.0));
    Ok(())
}
