//! Launches whose effect is known.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{ProductColumns, Products, Tables, TransactionColumns, Transactions};
use emptor_types::{Date, Level};

use super::super::{ProductSettings, Unit, cannibalisation, section};
use crate::period::Grain;
use crate::profile::words::are_sentences;
use crate::profile::{Need, ProfileInput, Section, Window};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Rounding of a few operations.
const ROUNDING: f64 = 1e-9;

#[test]
fn the_interval_is_that_of_two_ratio_estimates() -> Outcome {
    // Computed by NumPy 2 from the formulas: r = Σs/Σc, v = n/(n−1) Σ(s − rc)²/(Σc)², taken ± 1.96 Σc √(v + v').
    let sisters = (&[100.0, 120.0, 80.0, 110.0][..], &[90.0, 85.0, 70.0, 95.0][..]);
    let control = (&[200.0, 230.0, 170.0, 210.0][..], &[210.0, 220.0, 190.0, 230.0][..]);
    let of = cannibalisation(sisters, control, Level::new(0.95)?).ok_or("no estimate")?;
    for (found, expected) in [
        (of.expected, 430.246_913_580_246_94),
        (of.taken, 90.246_913_580_246_91),
        (of.interval.low, 61.512_824_980_292_294),
        (of.interval.high, 118.981_002_180_201_53),
    ] {
        assert!((found - expected).abs() < ROUNDING, "{found} for {expected}");
    }
    // SciPy 1.17 `2 * norm.sf(taken / error)`.
    assert!((of.p_value() / 7.470_932_641_337_32e-10 - 1.0).abs() < 1e-6, "{}", of.p_value());
    Ok(())
}

#[test]
fn without_a_control_without_sisters_and_of_one_week_nothing_can_be_said() -> Outcome {
    let level = Level::new(0.95)?;
    assert_eq!(cannibalisation((&[1.0; 2], &[1.0; 2]), (&[0.0; 2], &[1.0; 2]), level), None);
    assert_eq!(cannibalisation((&[0.0; 2], &[1.0; 2]), (&[1.0; 2], &[1.0; 2]), level), None);
    assert_eq!(cannibalisation((&[1.0; 1], &[1.0; 1]), (&[1.0; 1], &[1.0; 1]), level), None);
    assert_eq!(cannibalisation((&[1.0; 2], &[1.0; 3]), (&[1.0; 2], &[1.0; 2]), level), None);
    let nothing = cannibalisation((&[1.0; 2], &[1.0; 2]), (&[1.0; 2], &[1.0; 2]), level).ok_or("known")?;
    assert_eq!((nothing.share(0.0), nothing.share(1.0), nothing.p_value()), (None, Some(0.0), 1.0));
    Ok(())
}

/// A category whose two old products sell 100 a week, and 90 once a third one sells 50; another one that grows from 200 to
/// 220. One product of each comes or goes in between, and one was launched too late.
fn tables(reverse: bool, later: bool) -> Outcome<Tables> {
    let launch: Date = "2024-07-01".parse()?;
    let mut lines: Vec<(String, &str, f64)> = Vec::new();
    for week in -20..20 {
        let day = |shift: i32| launch.plus_days(7 * week + shift).to_string();
        let is_after = week >= 0;
        for (product, before, after) in
            [("s1", 60.0, 54.0), ("s2", 40.0, 36.0), ("r1", 150.0, 170.0), ("r2", 50.0, 50.0), ("new", 0.0, 50.0)]
        {
            let amount = if is_after { after } else { before };
            if amount > 0.0 {
                lines.push((day(week.rem_euclid(7)), product, amount));
            }
        }
        // Goes in the fourth week after, and comes in the second.
        if week < 4 {
            lines.push((day(3), "gone", 30.0));
        }
        if week >= 2 {
            lines.push((day(5), "young", 70.0));
        }
        if week >= 15 {
            lines.push((day(6), "late", 10.0));
        }
    }
    if later {
        lines.push(("2024-12-24".to_owned(), "s1", 9_999.0));
    }
    if reverse {
        lines.reverse();
    }
    let frame = df!(
        "who" => vec!["x"; lines.len()],
        "day" => lines.iter().map(|line| line.0.as_str()).collect::<Vec<_>>(),
        "what" => lines.iter().map(|line| line.1).collect::<Vec<_>>(),
        "net" => lines.iter().map(|line| line.2).collect::<Vec<_>>(),
    )?;
    let catalogue = df!(
        "id" => ["s1", "s2", "r1", "r2", "new", "gone", "young", "late"],
        "kind" => ["A", "A", "B", "B", "A", "A", "B", "A"],
        "from" => [Some("2020-01-01"), None, None, None, Some("2024-07-01"), None, Some("2024-07-15"), Some("2024-10-14")],
        "to" => [None, None, None, None, None, Some("2024-07-28"), None, None],
        "title" => [None, None, None, None, Some("Wok"), None, None, None],
    )?;
    let columns = ProductColumns::new("id").category("kind").launch_date("from").end_date("to").name("title");
    let columns_of_lines = TransactionColumns::new("who", "day").product("what").amount("net");
    Ok(Tables::new(Transactions::from_frame(frame, &columns_of_lines)?)
        .with_products(Products::scan(catalogue, &columns)?))
}

fn run(tables: &Tables) -> Outcome<Section> {
    let window = Window::new("2024-05-01".parse()?, "2024-11-17".parse()?, Grain::Month)?;
    Ok(section(&ProfileInput::new(tables, window), &ProductSettings::new(Unit::Order))?)
}

#[test]
fn a_launch_is_set_against_the_growth_of_other_categories_without_what_came_or_went() -> Outcome {
    let section = run(&tables(false, false)?)?;
    let table = section.table("launch_cannibalisation").ok_or_else(|| format!("no table: {:?}", section.gaps))?;
    let frame = &table.frame;
    // `late` has five weeks after it, thirteen are asked for.
    let ids: Vec<Option<&str>> = frame.column("product_id")?.str()?.iter().collect();
    assert_eq!(ids, [Some("new"), Some("young")]);
    // 13 weeks: 1300 before; 1430 expected, 1170 came; 260 of 650 are taken.
    for (column, expected) in [
        ("sales", 650.0),
        ("sisters_before", 1300.0),
        ("sisters_after", 1170.0),
        ("expected", 1430.0),
        ("taken", 260.0),
        ("taken_lo", 260.0),
        ("share", 0.4),
        ("category_gain", 390.0),
        ("control_growth", 0.1),
    ] {
        let found = frame.column(column)?.f64()?.get(0).ok_or("null")?;
        assert!((found - expected).abs() < ROUNDING, "{column}: {found} for {expected}");
    }
    assert_eq!(frame.column("other_launches")?.i64()?.get(0), Some(0));
    assert!(table.flags.iter().any(|flag| flag.starts_with("1 launches")), "{:?}", table.flags);
    are_sentences(&section);
    let told = section.findings.iter().find(|finding| finding.table == "launch_cannibalisation").ok_or("none")?;
    assert!(told.headline.contains("Wok") && told.headline.contains("40"), "{}", told.headline);
    Ok(())
}

#[test]
fn the_order_of_lines_and_what_comes_later_change_nothing() -> Outcome {
    let (first, second) = (run(&tables(false, false)?)?, run(&tables(true, true)?)?);
    let frame = |section: &Section| section.table("launch_cannibalisation").map(|table| table.frame.clone());
    assert!(frame(&first).ok_or("none")?.equals_missing(&frame(&second).ok_or("none")?));
    Ok(())
}

#[test]
fn two_launches_of_a_category_in_the_same_weeks_are_marked() -> Outcome {
    let frame = df!(
        "id" => ["s1", "s2", "r1", "r2", "new"],
        "kind" => ["A", "A", "B", "B", "A"],
        "from" => [None, Some("2024-07-22"), None, None, Some("2024-07-01")],
    )?;
    let products = Products::scan(frame, &ProductColumns::new("id").category("kind").launch_date("from"))?;
    let section = run(&tables(false, false)?.with_products(products))?;
    let frame = &section.table("launch_cannibalisation").ok_or("none")?.frame;
    assert_eq!(frame.column("other_launches")?.i64()?.to_vec(), [Some(1), Some(1)]);
    assert_eq!(frame.column("is_shared")?.bool()?.get(0), Some(true));
    assert!(!section.findings.iter().any(|finding| finding.table == "launch_cannibalisation"));
    Ok(())
}

#[test]
fn without_days_of_launch_or_with_too_short_a_past_there_is_a_gap() -> Outcome {
    let frame = df!("id" => ["s1", "new"], "kind" => ["A", "A"])?;
    let products = Products::scan(frame, &ProductColumns::new("id").category("kind"))?;
    let section = run(&tables(false, false)?.with_products(products))?;
    let gap = section.gaps.iter().find(|gap| gap.analysis == "launch_cannibalisation").ok_or("no gap")?;
    assert_eq!(gap.needs, [Need::column("products", "launch_date")]);
    let frame = df!("id" => ["s1", "new"], "kind" => ["A", "A"], "from" => ["2024-05-02", "2024-11-01"])?;
    let products = Products::scan(frame, &ProductColumns::new("id").category("kind").launch_date("from"))?;
    let section = run(&tables(false, false)?.with_products(products))?;
    assert!(section.gaps.iter().any(|gap| gap.analysis == "launch_cannibalisation" && gap.needs.is_empty()));
    Ok(())
}
