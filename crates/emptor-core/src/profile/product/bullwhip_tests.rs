//! Orders and sales of a small company, worked out by hand, and the published bound.

use std::error::Error;

use emptor_lifetime::sampling::Variates;
use emptor_table::polars::df;
use emptor_table::{Deliveries, DeliveryColumns, Stock, StockColumns, Tables, TransactionColumns, Transactions};

use super::super::{ProductSettings, Unit, section};
use super::bullwhip;
use crate::period::Grain;
use crate::profile::words::are_sentences;
use crate::profile::{ProfileInput, Section, Window};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Rounding of a few operations.
const ROUNDING: f64 = 1e-9;
/// Two variances of 100,000 periods, relatively: four standard errors.
const SAMPLING: f64 = 0.03;

#[test]
fn who_forecasts_by_a_moving_mean_amplifies_demand_as_published() -> Outcome {
    // Chen, Drezner, Ryan & Simchi-Levi 2000, theorem 2.2, with independent demand: an order-up-to level of L times the
    // mean of the last p periods gives q_t = D_(t−1) + L/p (D_(t−1) − D_(t−p−1)).
    let mut variates = Variates::new(7, 0);
    let demand: Vec<f64> = (0..100_000).map(|_| 100.0 + 10.0 * variates.normal()).collect();
    for (wait, mean) in [(1, 2), (2, 5), (4, 8)] {
        let share = f64::from(wait) / mean as f64;
        let orders: Vec<f64> =
            (mean..demand.len()).map(|t| demand[t] + share * (demand[t] - demand[t - mean])).collect();
        let ratio = bullwhip(&orders, &demand[mean..]).and_then(|of| of.ratio).ok_or("no ratio")?;
        let expected = 1.0 + 2.0 * share + 2.0 * share * share;
        assert!((ratio / expected - 1.0).abs() < SAMPLING, "L = {wait}, p = {mean}: {ratio} for {expected}");
    }
    Ok(())
}

#[test]
fn steady_sales_short_series_and_series_of_two_lengths_have_no_ratio() {
    assert_eq!(bullwhip(&[1.0, 2.0, 3.0], &[5.0; 3]).map(|of| of.ratio), Some(None));
    assert_eq!(bullwhip(&[1.0], &[5.0]), None);
    assert_eq!(bullwhip(&[], &[]), None);
    assert_eq!(bullwhip(&[1.0, 2.0], &[5.0]), None);
}

/// Ten, twelve and eight units a month, one of February sent back, and a sample given away in March.
fn sales(quantity: bool, reverse: bool) -> Outcome<Transactions> {
    let frame = df!(
        "day" => ["2024-01-01", "2024-02-10", "2024-02-20", "2024-03-01", "2024-03-05", "2024-04-30", "2024-05-05",
                  "2024-06-15", "2024-07-02"],
        "units" => [10.0, 12.0, -1.0, 8.0, 2.0, 10.0, 12.0, 8.0, 99.0],
        "net" => [100.0, 120.0, -10.0, 80.0, 0.0, 100.0, 120.0, 80.0, 990.0],
        "who" => ["x"; 9],
        "what" => ["P"; 9],
        "order" => ["A", "B", "C", "D", "E", "F", "G", "H", "I"],
    )?;
    let frame = if reverse { frame.reverse() } else { frame };
    let columns = TransactionColumns::new("who", "day").product("what").order("order").amount("net");
    let columns = if quantity { columns.quantity("units") } else { columns };
    Ok(Transactions::from_frame(frame, &columns)?)
}

/// Counts at the ends of months, in a shop and a store: orders are 20 and 0 in turn.
fn stock(reverse: bool) -> Outcome<Stock> {
    // 20, +20 − 10, +0 − 11, +20 − 10, +0 − 10, +20 − 12, +0 − 8; two of them always lie in the shop.
    let levels = [20.0, 30.0, 19.0, 29.0, 19.0, 27.0, 19.0];
    let ends = ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30"];
    let frame = df!(
        "what" => ["P"; 8],
        "where" => ["store", "store", "store", "store", "store", "store", "store", "shop"],
        "day" => ends.into_iter().chain(["2023-11-11"]).collect::<Vec<_>>(),
        "units" => levels.map(|level| level - 2.0).into_iter().chain([2.0]).collect::<Vec<_>>(),
    )?;
    let frame = if reverse { frame.reverse() } else { frame };
    Ok(Stock::scan(frame, &StockColumns::new("what", "day", "units").place("where"))?)
}

/// What went to customers, which says nothing of what we order.
fn deliveries() -> Outcome<Deliveries> {
    let frame = df!(
        "order" => ["A", "B", "D", "F", "G", "H", "I"],
        "by" => ["2024-12-31"; 7],
        "what" => ["P"; 7],
        "sent" => [Some("2024-01-05"), Some("2024-02-12"), Some("2024-02-28"), Some("2024-04-30"), Some("2024-06-01"),
                   Some("2024-06-30"), None],
        "units" => [10.0, 12.0, 8.0, 10.0, 12.0, 8.0, 99.0],
    )?;
    let columns = DeliveryColumns::new("order", "by").product("what").shipped("sent").quantity_ordered("units");
    Ok(Deliveries::scan(frame, &columns)?)
}

fn run(tables: &Tables, grain: Grain) -> Outcome<Section> {
    let window = Window::new("2024-01-01".parse()?, "2024-07-15".parse()?, grain)?;
    let mut settings = ProductSettings::new(Unit::Order);
    settings.min_periods = 6;
    Ok(section(&ProfileInput::new(tables, window), &settings)?)
}

#[test]
fn orders_are_what_was_taken_from_stock_plus_its_change_whatever_went_to_customers() -> Outcome {
    for reverse in [false, true] {
        let tables = Tables::new(sales(true, reverse)?).with_stock(stock(reverse)?).with_deliveries(deliveries()?);
        let section = run(&tables, Grain::Month)?;
        let frame = &section.table("bullwhip").ok_or_else(|| format!("no table: {:?}", section.gaps))?.frame;
        assert_eq!(frame.height(), 1);
        // Sales 10, 12, 8, 10, 12, 8: variance 16/5. Orders 20 and 0 in turn: 600/5. July is not over.
        for (column, expected) in [
            ("demand_variance", 3.2),
            ("orders_variance", 120.0),
            ("ratio", 37.5),
            ("orders_mean", 10.0),
            ("demand_mean", 10.0),
        ] {
            let found = frame.column(column)?.f64()?.get(0).ok_or("null")?;
            assert!((found - expected).abs() < ROUNDING, "{column}: {found} for {expected}");
        }
        assert_eq!(frame.column("periods")?.i64()?.get(0), Some(6));
        are_sentences(&section);
        let told = section.findings.iter().find(|finding| finding.table == "bullwhip").ok_or("no finding")?;
        assert!(told.headline.contains("37.5 times"), "{}", told.headline);
    }
    Ok(())
}

#[test]
fn a_year_of_months_has_enough_orders_though_its_first_count_makes_none() -> Outcome {
    let ends: Vec<String> = (0..12).map(|month| format!("2024-{:02}-28", month + 1)).collect();
    let level = |month: usize| if month.is_multiple_of(2) { 30.0 } else { 20.0 };
    let counts =
        df!("what" => vec!["P"; 12], "day" => ends.clone(), "units" => (0..12).map(level).collect::<Vec<_>>())?;
    let lines = df!(
        "who" => vec!["x"; 12], "day" => ends, "what" => vec!["P"; 12], "net" => vec![100.0; 12],
        "units" => (0..12).map(|month| 8.0 + f64::from(month % 3)).collect::<Vec<_>>(),
    )?;
    let columns = TransactionColumns::new("who", "day").product("what").amount("net").quantity("units");
    let tables = Tables::new(Transactions::from_frame(lines, &columns)?)
        .with_stock(Stock::scan(counts, &StockColumns::new("what", "day", "units"))?);
    let window = Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?;
    let section = section(&ProfileInput::new(&tables, window), &ProductSettings::new(Unit::Order))?;
    let frame = &section.table("bullwhip").ok_or("no table")?.frame;
    assert_eq!(frame.column("periods")?.i64()?.get(0), Some(11));
    assert_eq!(frame.column("low_support")?.bool()?.get(0), Some(false));
    Ok(())
}

#[test]
fn without_quantities_stock_or_periods_there_is_a_gap() -> Outcome {
    let gap = |section: &Section| section.gaps.iter().any(|gap| gap.analysis == "bullwhip");
    for tables in [
        Tables::new(sales(false, false)?).with_stock(stock(false)?),
        Tables::new(sales(true, false)?),
        Tables::new(sales(true, false)?).with_deliveries(deliveries()?),
    ] {
        let section = run(&tables, Grain::Month)?;
        assert!(gap(&section) && section.table("bullwhip").is_none());
    }
    let whole = run(&Tables::new(sales(true, false)?).with_stock(stock(false)?), Grain::Window)?;
    assert!(gap(&whole) && whole.table("bullwhip").is_none());
    let quarters = run(&Tables::new(sales(true, false)?).with_stock(stock(false)?), Grain::Quarter)?;
    assert!(gap(&quarters), "two quarters have no variance to speak of");
    Ok(())
}
