//! Forecasts of sales as a table of Prospecting.

use std::error::Error;

use emptor_table::{Tables, TransactionColumns, Transactions};
use polars::prelude::{DataFrame, df};

use super::super::{ProspectingSettings, section};
use crate::period::Grain;
use crate::profile::{ProfileInput, Section, Window};

type Tested = Result<(), Box<dyn Error>>;

/// Three years of monthly sales by two channels, each with a season, the last line dated `last`.
fn shop(last: &str) -> Result<Tables, Box<dyn Error>> {
    let (mut days, mut paid, mut by) = (Vec::new(), Vec::new(), Vec::new());
    for month in 0..36 {
        for (day, channel) in [(1, "web"), (28, "shop")] {
            days.push(format!("{}-{:02}-{day:02}", 2022 + month / 12, month % 12 + 1));
            paid.push(1000.0 + 400.0 * f64::from(u8::from(month % 12 == 11)) + f64::from(month % 5) * 10.0);
            by.push(channel);
        }
    }
    days.push(last.to_owned());
    paid.push(1e6);
    by.push("web");
    let frame: DataFrame = df!("who" => vec![7_i64; days.len()], "day" => days, "paid" => paid, "by" => by)?;
    let columns = TransactionColumns::new("who", "day").amount("paid").channel("by");
    Ok(Tables::new(Transactions::from_frame(frame, &columns)?))
}

fn prospecting(tables: &Tables, as_of: &str, grain: Grain) -> Result<Section, Box<dyn Error>> {
    let window = Window::new("2024-01-01".parse()?, as_of.parse()?, grain)?;
    Ok(section(&ProfileInput::new(tables, window), &ProspectingSettings::default())?)
}

#[test]
fn sales_ahead_are_split_by_channel_add_up_and_know_the_season() -> Tested {
    let found = prospecting(&shop("2025-01-15")?, "2024-12-31", Grain::Month)?;
    let table = found.table("sales_forecast").ok_or("no forecast")?;
    assert_eq!(table.frame.height(), 3 * 4, "the total and two channels, four months each");
    let (sales, before) = (table.frame.column("net_rev")?.f64()?, table.frame.column("season_before")?.f64()?);
    for month in 0..4 {
        let at = |node: usize| sales.get(node * 4 + month).unwrap_or(f64::NAN);
        assert!((at(0) - at(1) - at(2)).abs() < 1e-9 * at(0));
        // The line after the day of observation is not known.
        assert!((1_900.0..2_200.0).contains(&at(0)), "{}", at(0));
    }
    assert_eq!(before.get(0), Some(2.0 * (1000.0 + 40.0)), "January 2024 was the 25th month");
    assert!(found.findings.iter().any(|finding| finding.table == "sales_forecast"));
    Ok(())
}

#[test]
fn intervals_name_their_level_and_the_past_is_tried_as_it_is_shown() -> Tested {
    let found = prospecting(&shop("2025-01-15")?, "2024-12-31", Grain::Month)?;
    let frame = &found.table("sales_forecast").ok_or("no forecast")?.frame;
    for name in ["lo_80", "hi_80", "lo_95", "hi_95"] {
        assert!(frame.column(name).is_ok(), "{name}");
    }
    let tried = frame.column("wape_backtest")?.f64()?;
    assert!((0..12).all(|row| tried.get(row).is_some()), "the total and the channels");
    Ok(())
}

#[test]
fn a_year_and_a_month_make_no_growth() -> Tested {
    // Thirteen months: what comes is known from one December at most.
    let window = Window::new("2022-01-01".parse()?, "2023-01-31".parse()?, Grain::Month)?;
    let tables = shop("2025-01-15")?;
    let found = section(&ProfileInput::new(&tables, window), &ProspectingSettings::default())?;
    let finding = found.findings.iter().find(|finding| finding.table == "sales_forecast").ok_or("no finding")?;
    assert!(!finding.headline.contains("against"), "{}", finding.headline);
    let caveat = finding.caveat.as_deref().unwrap_or_default();
    assert!(caveat.contains("13 periods are fewer than two seasons of 12"), "{caveat}");
    let table = found.table("sales_forecast").ok_or("no forecast")?;
    assert!(table.flags.iter().any(|flag| flag.starts_with("low_support")), "{:?}", table.flags);
    Ok(())
}

#[test]
fn too_few_periods_are_a_gap() -> Tested {
    let lines = df!("who" => [1_i64, 1], "day" => ["2024-01-01", "2024-03-31"], "paid" => [10.0, 20.0])?;
    let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("paid"))?);
    let found = prospecting(&tables, "2024-03-31", Grain::Month)?;
    assert!(found.table("sales_forecast").is_none());
    assert!(found.gaps.iter().any(|gap| gap.analysis == "sales_forecast" && gap.reason.contains('3')));
    Ok(())
}
