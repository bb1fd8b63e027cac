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

/// Contracts of 2024, and lines of some of their customers.
fn bound() -> Result<Tables, Box<dyn Error>> {
    use emptor_table::{ContractColumns, Contracts};
    let frame = df!(
        "who" => ["runs", "ended", "renewed", "renewed", "back", "back", "silent", "buys on", "down", "down"],
        "from" => ["2024-01-01", "2024-01-01", "2024-01-01", "2024-07-01", "2024-01-01", "2024-11-20", "2024-01-01",
                   "2024-01-01", "2024-01-01", "2024-07-01"],
        "to" => [None, Some("2024-06-30"), Some("2024-06-30"), Some("2025-06-30"), Some("2024-06-30"), None, None,
                 Some("2024-06-30"), Some("2024-06-30"), None],
        "fee" => [30.4375, 30.4375, 30.4375, 30.4375, 30.4375, 30.4375, 30.4375, 30.4375, 304.375, 121.75],
    )?;
    let number: Vec<i64> = (0..10).collect();
    let frame = frame.hstack(&[polars::prelude::Column::new("no".into(), number)])?;
    let contracts = Contracts::scan(frame, &ContractColumns::new("no", "who", "from", "fee").end("to"))?;
    let mut who = vec!["silent", "silent", "free", "free"];
    let mut day = vec!["2024-01-05", "2024-01-20", "2024-01-05", "2024-01-20"];
    let later = ["2024-07-15", "2024-08-15", "2024-09-15", "2024-10-15", "2024-11-15", "2024-12-15"];
    who.extend(["buys on"; 6]);
    day.extend(later);
    let lines = df!("who" => who.clone(), "day" => day, "net" => vec![10.0; who.len()])?;
    let lines = Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?;
    Ok(Tables::new(lines).with_contracts(contracts))
}

/// Text of a column of `lifecycle_customer` by customer.
fn of_customer(made: &super::super::Section, who: &str, column: &str) -> Result<Option<String>, Box<dyn Error>> {
    let frame = &made.table("lifecycle_customer").ok_or("no table")?.frame;
    let row = frame.column("customer_id")?.str()?.iter().position(|id| id == Some(who)).ok_or("no such customer")?;
    Ok(frame.column(column)?.str()?.get(row).map(str::to_owned))
}

fn monthly(contracts: ContractStages) -> LifeCycleSettings {
    LifeCycleSettings { period_days: Some(30), contracts, ..LifeCycleSettings::default() }
}

/// The year by months.
fn of_2024() -> Result<Window, Box<dyn Error>> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?)
}

#[test]
fn who_is_under_contract_is_not_lost_and_whose_contract_ended_is_gone() -> Outcome {
    let tables = bound()?;
    let input = ProfileInput::new(&tables, of_2024()?);
    let made = section(&input, &monthly(ContractStages::Apart))?;
    crate::profile::words::are_sentences(&made);
    for (who, stage, flags) in [
        ("runs", "stability", Some("under_contract")),
        ("renewed", "stability", Some("under_contract")),
        ("ended", "terminated", Some("contract_ended")),
        // Ended in June, bound again for 42 days: one period of recovery, then a new relationship.
        ("back", "exploration", Some("under_contract")),
        // Bought in January only: overdue without the contract.
        ("silent", "stability", Some("under_contract")),
        // A contract of 40 % of the one before is decline, though it runs.
        ("down", "decline", Some("under_contract")),
        ("free", "terminated", None),
    ] {
        assert_eq!(of_customer(&made, who, "stage")?.as_deref(), Some(stage), "{who}");
        assert_eq!(of_customer(&made, who, "flags")?.as_deref(), flags, "{who}");
    }
    assert!(!["terminated", "recovery"].contains(&of_customer(&made, "buys on", "stage")?.as_deref().unwrap_or("")));
    let table = made.table("lifecycle_customer").ok_or("no table")?;
    // Nothing is expected of the five who are bound, nor of the one who never bought.
    assert_eq!(table.frame.column("rho")?.null_count(), 6);
    assert!(table.flags.contains(&"contracts: of 7 customers, their value added to that of the lines".to_owned()));
    assert!(
        made.findings[0].caveat.as_ref().is_some_and(|caveat| caveat.contains("of 7 customers who have or had one"))
    );
    // Bought in January alone, and nothing else is known.
    let alone = section(&input, &monthly(ContractStages::Ignore))?;
    assert_eq!(of_customer(&alone, "silent", "stage")?.as_deref(), Some("terminated"));
    assert!(of_customer(&alone, "runs", "stage").is_err(), "nobody without a line");
    Ok(())
}

#[test]
fn what_a_contract_is_worth_counts_by_the_day_and_not_twice() -> Outcome {
    let tables = bound()?;
    let input = ProfileInput::new(&tables, of_2024()?);
    let values = |contracts: ContractStages, who: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        let cycle = LifeCycle::compute(&input, &monthly(contracts))?;
        let place = cycle.customers().str()?.iter().position(|id| id == Some(who)).ok_or("no such customer")?;
        Ok(cycle.blocks_of(place).iter().map(|block| block.value).collect())
    };
    // 366 days are twelve periods of 30 and one of six, the first; 30.4375 a month is 1 a day. The contract lasts 182 days.
    let apart = values(ContractStages::Apart, "ended")?;
    let expected = [6.0, 30.0, 30.0, 30.0, 30.0, 30.0, 26.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert!(apart.iter().zip(expected).all(|(a, b)| (a - b).abs() < ROUND) && apart.len() == 13, "{apart:?}");
    assert!(values(ContractStages::InLines, "ended")?.iter().all(|value| value.abs() < ROUND));
    let both = values(ContractStages::Apart, "silent")?;
    // Periods end on the 6th of January and every thirty days after: the purchases of the 5th and the 20th are in the first two.
    assert!((both[0] - 16.0).abs() < ROUND && (both[1] - 40.0).abs() < ROUND, "{both:?}");
    Ok(())
}

#[test]
fn an_ended_contract_is_the_end_unless_something_was_bought_since_or_apart_from_it() -> Outcome {
    use emptor_table::{ContractColumns, Contracts};
    // Bought every ten days to the end of March; contracts to the same day, or to a day that is yet to come.
    let day = |at: i32| -> Result<String, Box<dyn Error>> {
        Ok("2024-01-01".parse::<emptor_types::Date>()?.plus_days(at).to_string())
    };
    let days = (0..=9).map(|at| day(10 * at)).collect::<Result<Vec<_>, _>>()?;
    let lines = df!("who" => vec!["a"; 10], "day" => days, "net" => vec![10.0; 10])?;
    let lines = Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("net"))?;
    let contract = |to: &str, as_of: &str, contracts, grace| -> Result<String, Box<dyn Error>> {
        let frame = df!("no" => [1_i64], "who" => ["a"], "from" => ["2024-01-01"], "to" => [to], "fee" => [1.0])?;
        let table = Contracts::scan(frame, &ContractColumns::new("no", "who", "from", "fee").end("to"))?;
        let tables = Tables::new(lines.clone()).with_contracts(table);
        let window = Window::new("2024-01-01".parse()?, as_of.parse()?, Grain::Month)?;
        let settings = LifeCycleSettings { contract_grace: grace, period_days: Some(20), ..monthly(contracts) };
        let made = section(&ProfileInput::new(&tables, window), &settings)?;
        Ok(of_customer(&made, "a", "stage")?.unwrap_or_default())
    };
    // The last purchase was on the 31st of March.
    assert_eq!(contract("2024-03-31", "2024-04-10", ContractStages::InLines, 0)?, "terminated");
    assert_ne!(contract("2024-03-31", "2024-04-10", ContractStages::InLines, 30)?, "terminated");
    assert_ne!(contract("2024-03-30", "2024-04-10", ContractStages::InLines, 0)?, "terminated");
    assert_ne!(contract("2024-04-30", "2024-04-10", ContractStages::InLines, 0)?, "terminated", "not over yet");
    assert_ne!(contract("2024-03-31", "2024-04-10", ContractStages::Apart, 0)?, "terminated", "still buys in time");
    assert_eq!(contract("2024-03-31", "2024-04-25", ContractStages::Apart, 0)?, "terminated", "and does no longer");
    Ok(())
}

#[test]
fn a_purchase_model_says_nothing_of_who_is_under_contract() -> Outcome {
    use super::super::input::CustomerScores;
    let tables = bound()?;
    let scores = CustomerScores::new(df!("customer_id" => ["silent", "buys on"], "p_alive" => [0.01, 0.01])?)?;
    let input = ProfileInput::new(&tables, of_2024()?).with_scores(&scores);
    let made = section(&input, &monthly(ContractStages::Apart))?;
    assert_eq!(of_customer(&made, "silent", "stage")?.as_deref(), Some("stability"));
    assert_eq!(of_customer(&made, "buys on", "stage")?.as_deref(), Some("terminated"));
    Ok(())
}

#[test]
fn contracts_of_ids_of_another_type_are_an_error_that_says_so() -> Outcome {
    use super::super::ProfileError;
    let tables = bound()?;
    let contracts = tables.contracts().ok_or("there are some")?.clone();
    let tables = shop(&["2024-01-05"], &[1])?.with_contracts(contracts);
    let error =
        section(&ProfileInput::new(&tables, of_2024()?), &LifeCycleSettings::default()).err().ok_or("accepted")?;
    assert!(matches!(&error, ProfileError::IdTypes { table, .. } if table == "contracts"), "{error}");
    Ok(())
}

#[test]
fn flows_add_up_to_the_stages_of_every_period_and_to_all_moves() -> Outcome {
    use std::collections::BTreeMap;
    let tables = bound()?;
    let made = section(&ProfileInput::new(&tables, of_2024()?), &monthly(ContractStages::Apart))?;
    let frame = |name: &str| made.table(name).map(|table| table.frame.clone()).ok_or(name.to_owned());
    let (flow, period, moves) = (frame("lifecycle_flow")?, frame("lifecycle_period")?, frame("lifecycle_move")?);
    type Sums = BTreeMap<(i32, String), i64>;
    let sums = |frame: &polars::prelude::DataFrame, name: &str, n: &str| -> Result<Sums, Box<dyn Error>> {
        let start = frame.column("period_start")?.to_physical_repr();
        let (start, stage, n) = (start.i32()?, frame.column(name)?.str()?, frame.column(n)?.i64()?);
        let mut sums = Sums::new();
        for ((start, stage), n) in start.iter().zip(stage.iter()).zip(n.iter()) {
            *sums.entry((start.ok_or("no day")?, stage.ok_or("no stage")?.to_owned())).or_default() += n.unwrap_or(0);
        }
        Ok(sums)
    };
    assert_eq!(sums(&flow, "to", "n")?, sums(&period, "stage", "customers")?);
    let pairs = |frame: &polars::prelude::DataFrame| -> Result<BTreeMap<String, i64>, Box<dyn Error>> {
        let (from, to, n) = (frame.column("from")?.str()?, frame.column("to")?.str()?, frame.column("n")?.i64()?);
        let mut sums = BTreeMap::new();
        for ((from, to), n) in
            from.iter().zip(to.iter()).zip(n.iter()).filter(|((from, _), _)| *from != Some("prospect"))
        {
            *sums.entry(format!("{from:?} {to:?}")).or_default() += n.unwrap_or(0);
        }
        Ok(sums)
    };
    assert_eq!(pairs(&flow)?, pairs(&moves)?);
    // Shares of those who were in a stage add up to 1, and nobody knows how many prospects there were.
    let (from, p) = (flow.column("from")?.str()?, flow.column("p")?.f64()?);
    assert!(from.iter().zip(p.iter()).all(|(from, p)| (from == Some("prospect")) == p.is_none()));
    Ok(())
}

#[test]
fn the_history_ends_with_the_stage_of_today_and_holds_as_many_periods_as_fit() -> Outcome {
    let tables = bound()?;
    let input = ProfileInput::new(&tables, of_2024()?);
    let made = section(&input, &monthly(ContractStages::Apart))?;
    let history = &made.table("lifecycle_history").ok_or("no table")?.frame;
    let counted: i64 =
        made.table("lifecycle_period").ok_or("no table")?.frame.column("customers")?.i64()?.iter().flatten().sum();
    assert_eq!(i64::try_from(history.height())?, counted, "one row per customer and period");
    let now = &made.table("lifecycle_customer").ok_or("no table")?.frame;
    let last = history.column("period_start")?.as_materialized_series().max::<i32>()?.ok_or("no day")?;
    let starts = history.column("period_start")?.to_physical_repr();
    let today: Vec<usize> =
        starts.i32()?.iter().enumerate().filter(|(_, day)| *day == Some(last)).map(|(row, _)| row).collect();
    for name in ["customer_id", "stage", "prev_stage"] {
        let column = history.column(name)?.str()?;
        let of: Vec<Option<&str>> = today.iter().map(|row| column.get(*row)).collect();
        assert_eq!(of, now.column(name)?.str()?.iter().collect::<Vec<_>>(), "{name}");
    }
    for name in ["episode", "periods_in_stage"] {
        let column = history.column(name)?.i64()?;
        let of: Vec<Option<i64>> = today.iter().map(|row| column.get(*row)).collect();
        assert_eq!(of, now.column(name)?.i64()?.iter().collect::<Vec<_>>(), "{name}");
    }
    // Nine customers have a life, so that 20 rows hold two periods.
    let few = section(&input, &LifeCycleSettings { history_rows: 20, ..monthly(ContractStages::Apart) })?;
    let table = few.table("lifecycle_history").ok_or("no table")?;
    assert!(table.frame.height() <= 20 && table.frame.height() > 8, "{}", table.frame.height());
    assert!(table.flags[0].starts_with("last 2 of 13 periods"), "{:?}", table.flags);
    let none = section(&input, &LifeCycleSettings { history_rows: 3, ..monthly(ContractStages::Apart) })?;
    let gap = none.gaps.iter().find(|gap| gap.analysis == "lifecycle_history").ok_or("no gap")?;
    assert!(
        none.table("lifecycle_history").is_none() && gap.reason.contains("history_rows allows 3"),
        "{}",
        gap.reason
    );
    let unasked = section(&input, &LifeCycleSettings { history_rows: 0, ..monthly(ContractStages::Apart) })?;
    assert!(unasked.table("lifecycle_history").is_none() && unasked.gaps.len() == none.gaps.len() - 1);
    Ok(())
}

#[test]
fn stages_stand_beside_grades_with_their_value_and_profit() -> Outcome {
    use super::super::input::CustomerScores;
    let tables = fixture::tables()?;
    let scores = CustomerScores::new(df!(
        "customer_id" => ["C1", "C2", "C3", "C4", "C5"],
        "grade" => [Some("A"), Some("A"), Some("B"), Some("B"), None],
        "ltv_total" => [Some(100.0), Some(50.0), None, Some(0.0), Some(5.0)],
        "cm2" => [105.6, 72.0, 13.6, 0.0, -105.6],
    )?)?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_scores(&scores);
    let settings = LifeCycleSettings { value: Some(LifeValue::Revenue), ..LifeCycleSettings::default() };
    let made = section(&input, &settings)?;
    let table = &made.table("lifecycle_grade").ok_or("no table")?.frame;
    let sum = |name: &str| -> Result<f64, Box<dyn Error>> { Ok(table.column(name)?.f64()?.iter().flatten().sum()) };
    assert_eq!(table.column("customers")?.i64()?.iter().flatten().sum::<i64>(), 6, "everybody once");
    assert!((sum("cm2")? - 85.6).abs() < ROUND && (sum("ltv_total")? - 155.0).abs() < ROUND);
    // C4 never bought and has grade B, as C3 has, whose value is not known.
    let (stage, grade) = (table.column("stage")?.str()?, table.column("grade")?.str()?);
    let cell = |of: (Option<&str>, Option<&str>)| stage.iter().zip(grade.iter()).position(|row| row == of);
    let prospects = cell((Some("prospect"), Some("B"))).ok_or("no cell")?;
    assert_eq!(table.column("share_of_grade")?.f64()?.get(prospects), Some(0.5));
    let trial = cell((Some("exploration"), Some("B"))).ok_or("no cell")?;
    assert_eq!(
        (table.column("ltv_total")?.f64()?.get(trial), table.column("cm2")?.f64()?.get(trial)),
        (None, Some(13.6))
    );
    assert!(grade.iter().next_back() == Some(None) || grade.null_count() == 2, "C5 and C6 have none");
    let ungraded = section(&ProfileInput::new(&tables, fixture::year()?), &settings)?;
    assert!(ungraded.gaps.iter().any(|gap| gap.analysis == "lifecycle_grade"));
    Ok(())
}
