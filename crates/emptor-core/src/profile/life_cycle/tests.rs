//! Worked cases: the twelve periods of the textbook relationship, the small company, and the edges.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{Tables, TransactionColumns, Transactions};

use super::super::fixture;
use super::super::input::ProfileInput;
use super::super::window::Window;
use super::*;
use crate::period::Grain;

type Outcome = Result<(), Box<dyn Error>>;

const ROUND: f64 = 1e-9;

fn facts(values: &[f64]) -> Vec<PeriodFacts> {
    let mut since = 0.0;
    values
        .iter()
        .map(|&value| {
            let bought = value > 0.0;
            since = if bought { 0.0 } else { since + 1.0 };
            PeriodFacts { value, orders: usize::from(bought), overdue: since, is_over: false }
        })
        .collect()
}

fn letters(points: &[StagePoint]) -> String {
    points.iter().map(|point| ["P", "E", "F", "S", "D", "T", "R"][point.stage as usize]).collect()
}

/// Derived by hand from the rules; an interval between purchases is one period.
#[test]
fn a_relationship_explores_forms_holds_and_declines() {
    let rules = StageRules::default();
    let points = track(&facts(&[10.0, 12.0, 30.0, 60.0, 95.0, 100.0, 102.0, 98.0, 60.0, 30.0, 0.0, 0.0]), 1.0, &rules);
    assert_eq!(letters(&points), "EEFFFFSSSDDD");
    let levels: Vec<f64> = points.iter().map(|point| point.level).collect();
    assert_eq!(levels, [10.0, 11.0, 21.0, 45.0, 77.5, 97.5, 101.0, 100.0, 79.0, 45.0, 15.0, 0.0]);
    let weak: Vec<bool> = points.iter().map(|point| point.is_weakening).collect();
    assert_eq!(weak.iter().position(|w| *w), Some(8), "the ninth period holds stability while it weakens");
    assert_eq!(pattern(&points, &rules), Some(Pattern::EarlyExit));
    assert_eq!(furthest(&points), Some(Stage::Stability));
    assert!((points[8].distance_to_decline(&rules) - (79.0 / (0.7 * 101.0) - 1.0)).abs() < ROUND);
}

#[test]
fn a_single_order_is_trial_until_it_is_over() {
    let points = track(&facts(&[100.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 1.0, &StageRules::default());
    assert_eq!(letters(&points), "EEEEET");
    let strict = StageRules { one_time_buyers_decline: true, ..StageRules::default() };
    let points = track(&facts(&[100.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 1.0, &strict);
    assert_eq!(letters(&points), "EDDDDT");
    assert_eq!(pattern(&points, &strict), Some(Pattern::EarlyAborted));
}

#[test]
fn who_buys_after_termination_recovers_and_begins_anew() {
    let mut values = vec![50.0; 6];
    values.extend([0.0; 6]);
    values.extend([40.0, 45.0, 50.0, 55.0]);
    let points = track(&facts(&values), 1.0, &StageRules::default());
    assert_eq!(letters(&points), "EEFSSSDDDDTTREFF");
    let (last, before) = (points[15], points[11]);
    assert_eq!((before.episode, last.episode, last.tenure), (1, 2, 4));
    assert!((last.highest - 52.5).abs() < ROUND, "the highest level of the new episode");
}

#[test]
fn what_is_known_to_be_over_is_terminated_at_once() {
    let mut own = facts(&[50.0; 5]);
    own[4].is_over = true;
    assert_eq!(letters(&track(&own, 1.0, &StageRules::default())), "EEFST");
}

#[test]
fn a_customer_who_always_costs_money_does_not_decline_by_level() {
    let own: Vec<PeriodFacts> =
        [-5.0; 6].iter().map(|&value| PeriodFacts { value, orders: 1, overdue: 0.0, is_over: false }).collect();
    assert!(track(&own, 1.0, &StageRules::default()).iter().all(|point| point.stage != Stage::Decline));
    assert!(track(&[], 1.0, &StageRules::default()).is_empty());
}

#[test]
fn contradicting_thresholds_are_all_reported() -> Outcome {
    let rules = StageRules { decline_above: 5.0, decline_level: 0.9, decline_change: 0.1, ..StageRules::default() };
    let message = rules.check().err().ok_or("accepted")?.to_string();
    for name in ["terminated_above", "stability_level", "decline_change"] {
        assert!(message.contains(name), "{message}");
    }
    assert!(StageRules::default().check().is_ok());
    Ok(())
}

#[test]
fn the_small_company_has_a_stage_for_everybody() -> Outcome {
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?);
    let section = section(&input, &LifeCycleSettings { value: Some(LifeValue::Revenue), ..Default::default() })?;
    let table = section.table("lifecycle_customer").ok_or("no table")?;
    let ids: Vec<&str> = table.frame.column("customer_id")?.str()?.iter().flatten().collect();
    assert_eq!(ids, ["C1", "C2", "C3", "C4", "C5", "C6"]);
    let stages = table.frame.column("stage")?.str()?;
    assert_eq!(stages.get(3), Some("prospect"), "C4 never bought");
    assert_eq!(stages.get(2), Some("exploration"), "C3 bought eleven days ago");
    // C1 bought on three days over 305, C2 on two over 184, C5 on two over 184: the median of 152.5, 184 and 184.
    let cycle =
        LifeCycle::compute(&input, &LifeCycleSettings { value: Some(LifeValue::Revenue), ..Default::default() })?;
    assert_eq!((cycle.usual_interval_days(), cycle.period_days()), (Some(184.0), 368));
    // C6: one purchase 145 days ago; nothing of its own, so that the usual interval is expected.
    let rho = table.frame.column("rho")?.f64()?.get(5).ok_or("C6 has bought")?;
    assert!((rho - 145.0 / 184.0).abs() < ROUND);
    // C1: (305 + 3 · 184)/(2 + 3) days are expected, 51 have gone by.
    let rho = table.frame.column("rho")?.f64()?.get(0).ok_or("C1 has bought")?;
    assert!((rho - 51.0 / 171.4).abs() < ROUND);
    let all: i64 =
        section.table("lifecycle_stage").ok_or("no table")?.frame.column("customers")?.i64()?.iter().flatten().sum();
    assert_eq!(all, 5, "of those who bought");
    let moves = section.table("lifecycle_move").ok_or("no table")?;
    assert!(moves.frame.column("p")?.f64()?.iter().flatten().all(|p| p > 0.0 && p <= 1.0));
    Ok(())
}

fn shop(days: &[&str], customers: &[i64]) -> Result<Tables, Box<dyn Error>> {
    let frame = df!("who" => customers, "day" => days, "net" => vec![10.0; days.len()])?;
    Ok(Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("who", "day").amount("net"))?))
}

#[test]
fn what_comes_after_the_day_of_observation_changes_nothing() -> Outcome {
    let early = shop(&["2024-01-05", "2024-02-05", "2024-03-05", "2024-01-09"], &[1, 1, 1, 2])?;
    let late = shop(
        &["2024-05-01", "2024-01-05", "2024-02-05", "2024-03-05", "2024-01-09", "2024-06-01"],
        &[2, 1, 1, 1, 2, 3],
    )?;
    let window = Window::new("2024-01-01".parse()?, "2024-04-01".parse()?, Grain::Month)?;
    let frame = |tables: &Tables| -> Result<_, Box<dyn Error>> {
        let section = section(&ProfileInput::new(tables, window), &LifeCycleSettings::default())?;
        Ok(section.table("lifecycle_customer").ok_or("no table")?.frame.clone())
    };
    assert!(frame(&early)?.equals_missing(&frame(&late)?));
    Ok(())
}

#[test]
fn without_a_second_purchase_nothing_is_overdue_and_that_is_said() -> Outcome {
    let tables = shop(&["2020-01-05", "2020-01-06"], &[1, 2])?;
    let window = Window::new("2024-01-01".parse()?, "2024-04-01".parse()?, Grain::Month)?;
    let section = section(&ProfileInput::new(&tables, window), &LifeCycleSettings::default())?;
    assert!(section.gaps.iter().any(|gap| gap.analysis.contains("overdue")));
    let table = section.table("lifecycle_customer").ok_or("no table")?;
    assert_eq!(table.frame.column("rho")?.null_count(), 2);
    assert!(section.gaps.iter().any(|gap| gap.needs.iter().any(|need| need.to_string() == "products.unit_cost")));
    Ok(())
}

#[test]
fn an_order_of_two_days_is_one_order_of_its_period_and_counts_in_both_that_it_touches() -> Outcome {
    let frame = df!(
        "who" => [1_i64; 5],
        "day" => ["2024-01-02", "2024-01-03", "2024-01-20", "2024-01-21", "2024-01-20"],
        "number" => [Some("7"), Some("7"), Some("8"), Some("8"), None],
        "net" => [10.0, 20.0, 5.0, 5.0, -1.0],
    )?;
    let columns = TransactionColumns::new("who", "day").amount("net").order("number");
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?);
    let window = Window::new("2024-01-01".parse()?, "2024-01-30".parse()?, Grain::Month)?;
    let settings = LifeCycleSettings { period_days: Some(10), ..LifeCycleSettings::default() };
    let cycle = LifeCycle::compute(&ProfileInput::new(&tables, window), &settings)?;
    let blocks: Vec<(usize, f64)> = cycle.blocks_of(0).iter().map(|block| (block.orders, block.value)).collect();
    // Periods end on the 10th, 20th and 30th; the return of the 20th is money and no order.
    assert_eq!(blocks, [(1, 30.0), (1, 4.0), (1, 5.0)]);
    assert_eq!(cycle.usual_interval_days(), Some(19.0 / 3.0));
    Ok(())
}

#[test]
fn one_pass_says_what_each_question_says_alone() -> Outcome {
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?);
    let settings = LifeCycleSettings { period_days: Some(60), ..LifeCycleSettings::default() };
    let (cycle, section) = (LifeCycle::compute(&input, &settings)?, section(&input, &settings)?);
    let sum = |table: &str, column: &str| -> Result<i64, Box<dyn Error>> {
        Ok(section.table(table).ok_or("no table")?.frame.column(column)?.i64()?.iter().flatten().sum())
    };
    let moves: usize = cycle.moves().counts.iter().flatten().sum();
    assert_eq!(sum("lifecycle_move", "n")?, i64::try_from(moves)?);
    let uses: usize = cycle.use_of_stages().iter().map(|stage| stage.periods).sum();
    assert_eq!(sum("lifecycle_stage", "periods")?, i64::try_from(uses)?);
    let points: usize = (0..cycle.len()).map(|customer| cycle.points(customer).len()).sum();
    assert_eq!(sum("lifecycle_period", "customers")?, i64::try_from(points)?);
    let flags = &section.table("lifecycle_customer").ok_or("no table")?.flags;
    for by in [-25, 25] {
        let share = cycle.changed_by(f64::from(by) / 100.0).ok_or("nobody")?;
        assert!(flags.contains(&format!("labels_changed_by_{by:+}_percent: {share:.3}")), "{flags:?}");
    }
    Ok(())
}
