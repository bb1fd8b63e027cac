//! Tests of the funnel.

use super::super::deals::Change;
use super::*;

fn deal(stages: &[(i32, &str)], outcome: Option<(Outcome, i32)>) -> Deal {
    let mut old: Option<String> = None;
    let change = |(day, stage): &(i32, &str)| {
        let new = (*stage).to_owned();
        Change { day: *day, old: old.replace(new.clone()), new }
    };
    let stages: Vec<Change<String>> = stages.iter().map(change).collect();
    Deal {
        created: stages.first().map_or(0, |change| change.day),
        stages,
        outcome: outcome.map(|(outcome, _)| outcome),
        closed: outcome.map(|(_, day)| day),
        ..Deal::default()
    }
}

#[test]
fn without_open_deals_conversion_is_a_plain_share() {
    let spell = |days, exit| Spell { days, exit };
    let done = Conversion::of(&[
        spell(3, Exit::Advanced),
        spell(9, Exit::Lost),
        spell(5, Exit::Advanced),
        spell(5, Exit::Lost),
    ]);
    assert_eq!((done.entered, done.advanced, done.lost, done.open), (4, 2, 2, 0));
    assert_eq!((done.conversion, done.median_days), (Some(0.5), Some(3.0)));
    assert_eq!(Conversion::of(&[]).conversion, None);
    assert_eq!(Conversion::of(&[spell(4, Exit::Open)]).median_days, None);
}

#[test]
fn without_losses_conversion_is_one_less_kaplan_and_meier() {
    // Kaplan–Meier by hand: S = (1 − 1/5)(1 − 1/3)(1 − 1/1) with one censored after 2 and one after 5 days.
    let spell = |days, exit| Spell { days, exit };
    let stays = [
        spell(1, Exit::Advanced),
        spell(2, Exit::Open),
        spell(4, Exit::Advanced),
        spell(5, Exit::Open),
        spell(6, Exit::Open),
    ];
    let expected = 1.0 - (1.0 - 1.0 / 5.0) * (1.0 - 1.0 / 3.0);
    assert!(Conversion::of(&stays).conversion.is_some_and(|share| (share - expected).abs() < 1e-12));
}

#[test]
fn a_step_back_does_not_end_a_stay_and_a_skip_is_no_entry() {
    let order = ["lead", "offer", "deal"].map(str::to_owned);
    let deals = [
        deal(&[(0, "lead"), (5, "offer"), (8, "lead"), (20, "deal")], Some((Outcome::Won, 30))),
        deal(&[(0, "lead"), (7, "deal")], None),
        deal(&[(2, "lead"), (3, "offer")], Some((Outcome::Lost, 10))),
    ];
    let stays = stays(&deals, &order, 40);
    let of = |deal: usize, stage: usize| stays.iter().find(|s| s.deal == deal && s.stage == stage).map(|s| s.spell);
    assert_eq!(of(0, 0), Some(Spell { days: 5, exit: Exit::Advanced }));
    assert_eq!(of(0, 1), Some(Spell { days: 15, exit: Exit::Advanced }));
    assert_eq!(of(0, 2), Some(Spell { days: 10, exit: Exit::Advanced }), "won");
    assert_eq!((of(1, 1), of(1, 2)), (None, Some(Spell { days: 33, exit: Exit::Open })));
    assert_eq!(of(2, 1), Some(Spell { days: 7, exit: Exit::Lost }));
    for stage in 0..3 {
        let spells: Vec<Spell> = stays.iter().filter(|s| s.stage == stage).map(|s| s.spell).collect();
        let all = Conversion::of(&spells);
        assert_eq!(all.entered, all.advanced + all.lost + all.open);
    }
}

#[test]
fn the_order_of_stages_is_that_of_most_deals() {
    let deals = [
        deal(&[(0, "lead"), (1, "offer"), (2, "a deal")], None),
        deal(&[(0, "lead"), (1, "offer"), (2, "lost")], Some((Outcome::Lost, 2))),
        deal(&[(0, "offer"), (1, "lead")], None),
        deal(&[(0, "lead"), (1, "offer"), (9, "won")], Some((Outcome::Won, 9))),
    ];
    assert_eq!(order_of_stages(&deals), ["lead", "offer", "a deal"]);
}
