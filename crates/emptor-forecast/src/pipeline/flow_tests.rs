//! Tests of the flow.

use emptor_lifetime::sampling::Variates;

use super::super::deals::Change;
use super::*;

fn change<T>(day: i32, old: T, new: T) -> Change<T> {
    Change { day, old: Some(old), new }
}

#[test]
fn every_deal_goes_where_it_belongs() {
    // The pipeline of days until 100, between day 50 and day 90.
    let deal =
        |exp_close: i32, amount: f64| Deal { exp_close: Some(exp_close), amount: Some(amount), ..Deal::default() };
    let end = |deal: Deal, outcome| Deal { closed: Some(80), outcome: Some(outcome), ..deal };
    let deals = [
        Deal { amounts: vec![change(60, 10.0, 16.0)], ..deal(95, 16.0) },
        Deal { amounts: vec![change(60, 20.0, 5.0)], ..deal(95, 5.0) },
        Deal { closes: vec![change(60, 95, 120)], ..deal(120, 100.0) },
        Deal { closes: vec![change(60, 120, 95)], ..deal(95, 200.0) },
        Deal { created: 70, ..deal(99, 400.0) },
        Deal { amounts: vec![change(80, 1_000.0, 900.0)], ..end(deal(95, 900.0), Outcome::Won) },
        Deal { amounts: vec![change(80, 3_000.0, 0.0)], ..end(deal(95, 0.0), Outcome::Lost) },
        deal(300, 7e6),
        Deal { closed: Some(40), outcome: Some(Outcome::Won), ..deal(95, 7e6) },
        Deal { created: 91, ..deal(95, 7e6) },
    ];
    let flow = PipelineFlow::between(&deals, 50, 90, Some(100));
    let value = |part: ExactSum| part.value();
    assert_eq!(value(flow.opening), 10.0 + 20.0 + 100.0 + 1_000.0 + 3_000.0);
    assert_eq!((value(flow.increased), value(flow.decreased)), (6.0, 15.0 + 100.0));
    assert_eq!((value(flow.pushed_out), value(flow.pulled_in)), (100.0, 200.0));
    assert_eq!(
        (value(flow.created), value(flow.won), value(flow.lost)),
        (400.0, 900.0, 3_000.0),
        "lost by what it was"
    );
    assert_eq!(value(flow.closing), 16.0 + 5.0 + 200.0 + 400.0);
    assert_eq!((value(flow.overdue), flow.unpriced), (0.0, 0));
    assert!(flow.balances());
    // Ten days later, what nobody has moved is overdue; the deal without an amount is counted and adds nothing.
    let deals: Vec<Deal> = deals.into_iter().chain([Deal { exp_close: Some(95), ..Deal::default() }]).collect();
    let later = PipelineFlow::between(&deals, 50, 97, Some(100));
    assert_eq!((value(later.overdue), later.unpriced), (16.0 + 5.0 + 200.0 + 7e6, 1));
    assert!(later.balances() && later.overdue < later.closing);
}

#[test]
fn it_balances_to_the_last_bit_for_any_deals() {
    let mut variates = Variates::new(11, 0);
    let mut day = |most: f64| (variates.uniform() * most) as i32;
    for _ in 0..200 {
        let mut deals: Vec<Deal> = Vec::new();
        for _ in 0..30 {
            let created = day(100.0);
            let amount = f64::from(day(1e6)) / 300.0;
            let mut deal = Deal { created, amount: (day(10.0) > 0).then_some(amount), ..Deal::default() };
            deal.exp_close = (day(10.0) > 0).then(|| created + day(150.0));
            if day(2.0) == 0 {
                let new = f64::from(day(1e6)) / 700.0;
                deal.amounts.push(Change { day: created + day(60.0), old: deal.amount, new });
                deal.amount = Some(new);
            }
            if day(2.0) == 0 {
                let new = created + day(200.0);
                deal.closes.push(Change { day: created + day(60.0), old: deal.exp_close, new });
                deal.exp_close = Some(new);
            }
            if day(2.0) == 0 {
                deal.closed = Some(created + day(90.0));
                deal.outcome = Some(if day(2.0) == 0 { Outcome::Won } else { Outcome::Lost });
            }
            deals.push(deal);
        }
        let (from, length) = (day(120.0), day(80.0));
        for due in [None, Some(from + length), Some(day(250.0))] {
            let flow = PipelineFlow::between(&deals, from, from + length, due);
            assert!(flow.balances(), "{flow:?}");
        }
    }
}
