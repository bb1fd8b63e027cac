//! The ratio over small companies whose numbers are worked out by hand.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{Spending, SpendingColumns, Tables, TransactionColumns, Transactions};

use super::super::super::{ProfileInput, Section, Window};
use super::super::{ProspectingSettings, section};
use crate::period::Grain;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Sums of doubles in another order.
const ROUNDING: f64 = 1e-9;

/// Two half-years: `a` and `b` buy in both, `a` every month of the second; `c` left, `d`, `e` and `f` are won. One
/// customer is won, and money is spent, before the fifteenth of July.
fn tables() -> Outcome<Tables> {
    let mut lines = vec![
        ("a", "2024-01-02"),
        ("b", "2024-03-20"),
        ("c", "2024-02-11"),
        ("d", "2024-07-03"),
        ("e", "2024-09-09"),
        ("f", "2024-12-31"),
        ("b", "2024-10-30"),
    ];
    lines.extend(
        ["2024-07-20", "2024-08-20", "2024-09-20", "2024-10-20", "2024-11-20", "2024-12-20"].map(|day| ("a", day)),
    );
    let frame = df!(
        "who" => lines.iter().map(|line| line.0).collect::<Vec<_>>(),
        "day" => lines.iter().map(|line| line.1).collect::<Vec<_>>(),
        "net" => vec![10.0; lines.len()],
    )?;
    let spending = df!(
        "day" => ["2024-07-01", "2024-08-01", "2024-11-01", "2024-07-02", "2024-09-01", "2024-12-01", "2024-05-01"],
        "paid" => [30.0, 60.0, 90.0, 4.0, 6.0, 10.0, 500.0],
        "for" => ["acquisition", "acquisition", "acquisition", "retention", "retention", "retention", "retention"],
    )?;
    Ok(Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("who", "day").amount("net"))?)
        .with_spending(Spending::scan(spending, &SpendingColumns::new("day", "paid", "for"))?))
}

fn run(from: &str, grain: Grain) -> Outcome<Section> {
    let window = Window::new(from.parse()?, "2024-12-31".parse()?, grain)?;
    Ok(section(&ProfileInput::new(&tables()?, window), &ProspectingSettings::default())?)
}

/// A number of the row of the window.
fn of_window(section: &Section, column: &str) -> Outcome<Option<f64>> {
    let frame = &section.table("cost_ratio").ok_or("no ratio")?.frame;
    let last = frame.height() - 1;
    assert_eq!(frame.column("period_start")?.get(last)?, polars::prelude::AnyValue::Null);
    let levels: Vec<Option<&str>> = frame.column("level")?.str()?.iter().collect();
    assert!(levels[..last].iter().all(|level| *level == Some("period")) && levels[last] == Some("window"));
    Ok(frame.column(column)?.cast(&polars::prelude::DataType::Float64)?.f64()?.get(last))
}

#[test]
fn who_stays_for_a_half_year_is_retained_once_and_the_ratio_does_not_depend_on_the_grain() -> Outcome {
    for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
        let section = run("2024-07-01", grain)?;
        // 180 for d, e and f; 20 for a and b, who bought in the half-year before too: 60 / 10.
        assert_eq!(of_window(&section, "retained")?, Some(2.0), "{grain}");
        for (column, expected) in [("cac", 60.0), ("retention_spend", 20.0), ("retention_cost", 10.0), ("ratio", 6.0)] {
            let found = of_window(&section, column)?.ok_or("null")?;
            assert!((found - expected).abs() < ROUNDING, "{grain} {column}: {found} for {expected}");
        }
        let told = section.findings.iter().any(|finding| finding.headline.contains("costs 6.0 times as much"));
        assert!(told, "{:?}", section.findings);
    }
    Ok(())
}

#[test]
fn a_window_that_begins_inside_a_period_counts_its_own_days_whatever_the_grain() -> Outcome {
    for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
        let section = run("2024-07-15", grain)?;
        // From 15 July on e and f are won, with 150. The 170 days before begin on 27 January: b bought in them and comes
        // again; a's purchase of January lies before them.
        for (column, expected) in [("cac", 75.0), ("retention_spend", 16.0), ("retained", 1.0), ("ratio", 75.0 / 16.0)]
        {
            let found = of_window(&section, column)?.ok_or("null")?;
            assert!((found - expected).abs() < ROUNDING, "{grain} {column}: {found} for {expected}");
        }
    }
    Ok(())
}

#[test]
fn nobody_knows_who_was_retained_where_the_lines_begin_inside_the_window_before() -> Outcome {
    let section = run("2024-03-01", Grain::Month)?;
    assert_eq!((of_window(&section, "retained")?, of_window(&section, "ratio")?), (None, None));
    let flags = &section.table("cost_ratio").ok_or("no ratio")?.flags;
    assert!(flags.iter().any(|flag| flag.contains("2023-05-01") && flag.contains("2024-01-02")), "{flags:?}");
    assert!(!section.findings.iter().any(|finding| finding.table == "cost_ratio"));
    Ok(())
}
