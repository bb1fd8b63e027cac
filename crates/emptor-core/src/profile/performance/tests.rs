use std::error::Error;

use emptor_table::polars::df;
use emptor_table::polars::prelude::{ChunkAgg, DataFrame};
use emptor_table::{
    Calendar, CalendarColumns, CustomerColumns, Customers, Opportunities, OpportunityColumns, PaymentColumns, Payments,
    ProductColumns, Products, RepColumns, Reps, Tables, TargetColumns, Targets, TicketColumns, Tickets,
    TransactionColumns, Transactions,
};

use super::*;
use crate::period::Grain;
use crate::profile::words::are_sentences;
use crate::profile::{Need, ProfileInput, Section, Window, fixture};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Doubles of a few thousand to the millionth.
const MONEY: f64 = 1e-6;

fn number(section: &Section, table: &str, column: &str, row: usize) -> Outcome<Option<f64>> {
    let table = section.table(table).ok_or(format!("no {table}"))?;
    Ok(table.frame.column(column)?.f64()?.get(row))
}

fn texts(section: &Section, table: &str, column: &str) -> Outcome<Vec<String>> {
    let table = section.table(table).ok_or(format!("no {table}"))?;
    Ok(table.frame.column(column)?.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
}

/// Two years of a small seller: who sold what to whom, through which channel, where.
fn lines(late: bool) -> Outcome<DataFrame> {
    let mut rows = vec![
        ("l1", "o1", Some("c1"), "2023-02-01", "p1", 100.0, 1000.0, "web", "s1", Some("ann"), "x"),
        ("l2", "o2", Some("c2"), "2023-05-01", "p2", 50.0, 1000.0, "shop", "s2", Some("bob"), "y"),
        ("l3", "o3", Some("c1"), "2024-02-01", "p1", 90.0, 990.0, "shop", "s1", Some("ann"), "x"),
        ("l4", "o4", Some("c3"), "2024-03-01", "p2", 80.0, 1520.0, "web", "s2", Some("bob"), "y"),
        ("l5", "o5", None, "2024-05-01", "p3", 2.0, 40.0, "web", "s3", Some("cid"), "y"),
        ("l6", "o6", Some("c3"), "2024-05-02", "p3", 1.0, 10.0, "web", "s3", None, "y"),
    ];
    if late {
        rows.push(("l7", "o7", Some("c9"), "2024-08-01", "p1", 9.0, 900.0, "fair", "s9", Some("dan"), "z"));
        rows.rotate_left(3);
    }
    Ok(df!(
        "line" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        "order" => rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        "who" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
        "day" => rows.iter().map(|r| r.3).collect::<Vec<_>>(),
        "product" => rows.iter().map(|r| r.4).collect::<Vec<_>>(),
        "qty" => rows.iter().map(|r| r.5).collect::<Vec<_>>(),
        "net" => rows.iter().map(|r| r.6).collect::<Vec<_>>(),
        "list" => rows.iter().map(|r| 1.25 * r.6).collect::<Vec<_>>(),
        "channel" => rows.iter().map(|r| r.7).collect::<Vec<_>>(),
        "place" => rows.iter().map(|r| r.8).collect::<Vec<_>>(),
        "rep" => rows.iter().map(|r| r.9).collect::<Vec<_>>(),
        "partner" => rows.iter().map(|r| r.10).collect::<Vec<_>>(),
    )?)
}

fn company(late: bool) -> Outcome<Tables> {
    let columns = TransactionColumns::new("who", "day")
        .line("line")
        .order("order")
        .product("product")
        .quantity("qty")
        .amount("net")
        .list_amount("list")
        .channel("channel")
        .place("place")
        .rep("rep")
        .partner("partner");
    let products = df!("id" => ["p1", "p2", "p3"], "kind" => ["K", "K", "L"], "cost" => [6.0, 11.0, 12.0])?;
    let people = df!("id" => ["c1", "c2", "c3"], "owner" => ["ann", "bob", "bob"])?;
    let reps = df!("who" => ["ann", "bob", "cid", "eve"], "role" => ["field"; 4])?;
    let targets = df!(
        "who" => ["ann", "bob", "total", "eve", "nobody", "web"],
        "kpi" => ["net_rev", "net_rev", "customers", "net_rev", "net_rev", "orders"],
        "from" => ["2024-01-01", "2024-01-01", "2024-01-01", "2024-04-01", "2024-04-01", "2024-04-01"],
        "goal" => [1100.0, 1000.0, 4.0, 500.0, 10.0, 8.0],
    )?;
    let deals = df!(
        "deal" => ["d1", "d2", "d3", "d4"],
        "stage" => ["x"; 4],
        "from" => ["2024-01-01", "2024-01-05", "2024-02-01", "2024-02-01"],
        "to" => [Some("2024-01-11"), Some("2024-02-05"), Some("2024-08-01"), None],
        "how" => [Some("won"), Some("lost"), Some("won"), None],
        "rep" => ["ann", "ann", "bob", "bob"],
    )?;
    let invoices = df!(
        "who" => ["c1", "c3", "c3"],
        "net" => [10.0, 20.0, 30.0],
        "due" => ["2024-02-01", "2024-03-01", "2024-09-01"],
        "paid" => [Some("2024-01-30"), Some("2024-08-01"), None],
    )?;
    let tickets = df!(
        "who" => ["c1", "c1", "c3"],
        "from" => ["2024-02-01", "2024-02-05", "2024-05-01"],
        "to" => [Some("2024-02-02"), Some("2024-02-20"), None],
        "due" => ["2024-02-03", "2024-02-10", "2024-12-01"],
        "kind" => ["bill", "bill", "late"],
    )?;
    Ok(Tables::new(Transactions::from_frame(lines(late)?, &columns)?)
        .with_products(Products::scan(products, &ProductColumns::new("id").category("kind").unit_cost("cost"))?)
        .with_customers(Customers::scan(people, &CustomerColumns::new("id").owner_rep("owner"))?)
        .with_reps(Reps::scan(reps, &RepColumns::new("who").role("role"))?)
        .with_targets(Targets::scan(targets, &TargetColumns::new("who", "kpi", "from", "goal"))?)
        .with_opportunities(Opportunities::scan(
            deals,
            &OpportunityColumns::new("deal", "stage", "from").closed_at("to").outcome("how").rep("rep"),
        )?)
        .with_payments(Payments::scan(invoices, &PaymentColumns::new("who", "net", "due").paid_at("paid"))?)
        .with_tickets(Tickets::scan(
            tickets,
            &TicketColumns::new("who", "from").closed("to").sla_due("due").category("kind"),
        )?))
}

/// The first five months of 2024 by quarters, the second of which is still running.
fn half() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-05-31".parse()?, Grain::Quarter)?)
}

fn year() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Year)?)
}

fn run(tables: &Tables, window: Window) -> Outcome<Section> {
    let section = section(&ProfileInput::new(tables, window), &PerformanceSettings::default())?;
    are_sentences(&section);
    Ok(section)
}

#[test]
fn price_volume_and_mix_of_two_years_are_those_of_the_worked_example() -> Outcome {
    // P0 = (10, 20), Q0 = (100, 50), P1 = (11, 19), Q1 = (90, 80): volume 266.6667, mix 233.3333, price 10; p3 is new.
    let section = run(&company(false)?, year()?)?;
    assert_eq!(texts(&section, "perf_pvm", "node")?, ["__total__", "K", "L"]);
    for (column, expected) in [
        ("r0", 2000.0),
        ("r1", 2560.0),
        ("volume", 266.666_666_667),
        ("mix", 233.333_333_333),
        ("price", 10.0),
        ("new", 50.0),
        ("lost", 0.0),
        ("fx", 0.0),
        ("other", 0.0),
    ] {
        let found = number(&section, "perf_pvm", column, 0)?.ok_or(column)?;
        assert!((found - expected).abs() < MONEY, "{column}: {found}");
    }
    // Lines begin on 2023-02-01: nothing is concluded from a window before that lacks its January.
    let gap = section.gaps.iter().find(|gap| gap.analysis == "perf_pvm").ok_or("no gap")?;
    assert_eq!(gap.reason, "the window before is known for 334 of 365 days.");
    assert!(
        !section.findings.iter().any(|finding| ["perf_pvm", "perf_cube", "like_for_like"].contains(&finding.table))
    );
    Ok(())
}

#[test]
fn the_causes_of_growth_are_told_if_the_window_before_is_known_and_add_up() -> Outcome {
    let window = Window::new("2024-01-25".parse()?, "2024-12-31".parse()?, Grain::Year)?;
    let settings = PerformanceSettings { comparison: Comparison::YearBefore, ..PerformanceSettings::default() };
    let section = section(&ProfileInput::new(&company(false)?, window), &settings)?;
    are_sentences(&section);
    let told = section.findings.iter().find(|finding| finding.table == "perf_pvm").ok_or("no causes")?;
    // 267 + 233 + 50 + 10 = 560 = 2,560 - 2,000.
    assert!(told.headline.starts_with("Net revenue went from 2,000 to 2,560 (+28 %)"), "{}", told.headline);
    assert!(told.headline.ends_with(": volume +267, mix +233, new products +50, price +10."), "{}", told.headline);
    Ok(())
}

#[test]
fn the_small_company_has_its_cube_and_says_what_is_missing() -> Outcome {
    let tables = fixture::tables()?;
    let section = run(&tables, fixture::year()?)?;
    let cube = &section.table("perf_cube").ok_or("no cube")?.frame;
    assert_eq!(cube.get_column_names()[..2], ["category", "period_start"]);
    assert_eq!(cube.column("category")?.str()?.get(0), Some("__total__"));
    assert_eq!(cube.column("net_rev")?.f64()?.get(0), Some(910.0));
    // 200 in the window before, all of it in A.
    assert_eq!(cube.column("growth")?.f64()?.get(0), Some(3.55));
    let gaps: Vec<&str> = section.gaps.iter().map(|gap| gap.analysis).collect();
    for analysis in ["plan_actual", "channel_perf", "partner_score", "rep_score", "service_kpi", "price_waterfall"] {
        assert!(gaps.contains(&analysis), "{analysis} of {gaps:?}");
        assert!(section.table(analysis).is_none());
    }
    // Lines begin in May of the window before: growth is in the tables, with a flag, but nothing is concluded from it.
    for analysis in ["growth", "perf_pvm", "like_for_like"] {
        assert!(gaps.contains(&analysis), "{analysis} of {gaps:?}");
        assert!(section.findings.iter().all(|finding| finding.table != analysis && finding.table != "perf_cube"));
    }
    Ok(())
}

#[test]
fn contributions_of_every_level_add_up_to_the_growth_of_the_total() -> Outcome {
    let section = run(&company(false)?, year()?)?;
    let cube = &section.table("perf_cube").ok_or("no cube")?.frame;
    let (categories, channels) = (cube.column("category")?.str()?, cube.column("channel")?.str()?);
    let (growth, parts) = (cube.column("growth")?.f64()?, cube.column("contribution")?.f64()?);
    let total = growth.get(0).ok_or("no growth")?;
    assert!((total - 560.0 / 2000.0).abs() < MONEY);
    for level in [(true, false), (false, true), (true, true)] {
        let mut sum = 0.0;
        for row in 0..cube.height() {
            let kept = (categories.get(row) != Some("__total__"), channels.get(row) != Some("__total__"));
            if kept == level && cube.column("period_start")?.get(row)?.is_null() {
                sum += parts.get(row).ok_or("no contribution")?;
            }
        }
        assert!((sum - total).abs() < MONEY, "{level:?}: {sum}");
    }
    Ok(())
}

#[test]
fn later_rows_and_the_order_of_rows_change_nothing() -> Outcome {
    let (one, other) = (run(&company(false)?, half()?)?, run(&company(true)?, half()?)?);
    let names: Vec<&str> = one.tables.iter().map(|table| table.name).collect();
    for table in [
        "perf_cube",
        "perf_pvm",
        "like_for_like",
        "concentration",
        "price_waterfall",
        "price_corridor",
        "plan_actual",
        "channel_perf",
        "channel_migration",
        "multi_channel",
        "partner_score",
        "distribution",
        "rep_score",
        "service_kpi",
    ] {
        assert!(names.contains(&table), "{table} is compared");
    }
    assert_eq!(names, other.tables.iter().map(|table| table.name).collect::<Vec<_>>());
    for (one, other) in one.tables.iter().zip(&other.tables) {
        let rows = |frame: &DataFrame| format!("{:?}", frame.columns());
        assert!(one.frame.equals_missing(&other.frame), "{}: {} {}", one.name, rows(&one.frame), rows(&other.frame));
        assert_eq!(one.flags, other.flags);
    }
    assert_eq!(one.findings, other.findings);
    assert_eq!(one.gaps, other.gaps);
    Ok(())
}

#[test]
fn targets_are_measured_by_workdays() -> Outcome {
    let section = run(&company(false)?, half()?)?;
    let who = texts(&section, "plan_actual", "entity")?;
    assert_eq!(who, ["ann", "bob", "eve", "nobody", "total", "web"]);
    let at = |column: &str, row: usize| number(&section, "plan_actual", column, row);
    assert_eq!((at("actual", 0)?, at("attainment", 0)?, at("run_rate", 0)?), (Some(990.0), Some(0.9), Some(990.0)));
    assert_eq!(at("actual", 1)?, Some(1520.0));
    // Nobody saw eve sell, but she is a representative; nobody is one at all.
    assert_eq!((at("actual", 2)?, at("attainment", 2)?, at("actual", 3)?), (Some(0.0), Some(0.0), None));
    assert_eq!((at("actual", 4)?, at("run_rate", 4)?), (Some(2.0), None), "customers do not grow with the days");
    // April and May have 45 of the 65 workdays of the quarter; two orders by web.
    assert_eq!(at("actual", 5)?, Some(2.0));
    assert!(at("run_rate", 5)?.is_some_and(|run_rate| (run_rate - 2.0 * 65.0 / 45.0).abs() < MONEY));
    let risk = section.findings.iter().find(|finding| finding.headline.contains("at risk")).ok_or("no risk")?;
    assert!(risk.headline.contains("eve"), "{}", risk.headline);
    Ok(())
}

/// Targets of new customers: who, of which kind, from which quarter on, and how many.
fn new_customers(who: &[&str], kind: &[&str], from: &[&str]) -> Outcome<Targets> {
    let frame = df!(
        "who" => who,
        "kind" => kind,
        "kpi" => vec!["new_customers"; who.len()],
        "from" => from,
        "goal" => vec![2.0; who.len()],
    )?;
    Ok(Targets::scan(frame, &TargetColumns::new("who", "kpi", "from", "goal").dimension("kind"))?)
}

#[test]
fn targets_of_new_customers_are_measured_by_first_purchases_in_their_period() -> Outcome {
    let targets = new_customers(
        &["total", "bob", "ann", "eve", "web", "shop", "total", "south"],
        &["total", "rep", "rep", "rep", "channel", "channel", "total", "region"],
        &[
            "2024-01-01",
            "2024-01-01",
            "2024-01-01",
            "2024-01-01",
            "2024-01-01",
            "2024-01-01",
            "2024-04-01",
            "2024-01-01",
        ],
    )?;
    let section = run(&company(false)?.with_targets(targets), half()?)?;
    let rows: Vec<String> = texts(&section, "plan_actual", "entity")?;
    // c1 bought first in 2023, c3 on 1 March 2024 of bob by web, and again in May; the sale of 1 May is nobody's.
    for (row, entity, actual) in [
        (0, "ann", Some(0.0)),
        (1, "bob", Some(1.0)),
        (2, "eve", Some(0.0)),
        (3, "shop", Some(0.0)),
        (4, "south", None),
        (5, "total", Some(1.0)),
        (6, "total", Some(0.0)),
        (7, "web", Some(1.0)),
    ] {
        assert_eq!(rows[row], entity);
        assert_eq!(number(&section, "plan_actual", "actual", row)?, actual, "{entity}");
    }
    assert_eq!(number(&section, "plan_actual", "attainment", 5)?, Some(0.5));
    assert_eq!(number(&section, "plan_actual", "run_rate", 7)?, Some(1.0), "the first quarter is over");
    // Nobody knows where customers live.
    let gap = section.gaps.iter().find(|gap| gap.analysis == "plan_actual.actual").ok_or("no gap")?;
    assert!(gap.needs.contains(&Need::column("customers", "region_id")), "{:?}", gap.needs);
    assert!(!section.table("plan_actual").ok_or("none")?.flags.iter().any(|flag| flag.starts_with("new_customers")));
    Ok(())
}

#[test]
fn who_first_buys_of_two_sellers_is_new_to_both_and_once_in_all_and_early_targets_are_flagged() -> Outcome {
    let frame = df!(
        "who" => ["a", "a", "a", "b"],
        "day" => ["2024-02-01", "2024-02-01", "2024-02-09", "2024-03-01"],
        "net" => [1.0; 4],
        "rep" => ["ann", "bob", "cid", "ann"],
    )?;
    let columns = TransactionColumns::new("who", "day").amount("net").rep("rep");
    let targets = new_customers(&["ann", "bob", "cid", "total"], &["rep", "rep", "rep", "total"], &["2024-01-01"; 4])?;
    let tables = Tables::new(Transactions::from_frame(frame, &columns)?).with_targets(targets);
    let section = run(&tables, half()?)?;
    let actual = |row| number(&section, "plan_actual", "actual", row);
    assert_eq!([actual(0)?, actual(1)?, actual(2)?, actual(3)?], [Some(2.0), Some(1.0), Some(0.0), Some(2.0)]);
    let flags = &section.table("plan_actual").ok_or("none")?.flags;
    assert!(flags.iter().any(|flag| flag.starts_with("new_customers: 4 targets")), "{flags:?}");
    Ok(())
}

#[test]
fn handling_takes_the_median_of_the_minutes_of_closed_tickets() -> Outcome {
    let tickets = df!(
        "who" => ["c1", "c1", "c3", "c3", "c2"],
        "from" => ["2024-02-01", "2024-02-05", "2024-02-06", "2024-02-07", "2024-05-01"],
        "to" => [Some("2024-02-02"), Some("2024-02-20"), Some("2024-02-21"), Some("2024-08-01"), None],
        "kind" => ["bill", "bill", "bill", "bill", "late"],
        "took" => [Some(4.0), Some(20.0), None, Some(600.0), Some(7.0)],
    )?;
    let columns = TicketColumns::new("who", "from").closed("to").category("kind").minutes("took");
    let section = run(&company(false)?.with_tickets(Tickets::scan(tickets, &columns)?), half()?)?;
    assert_eq!(texts(&section, "service_kpi", "queue")?, ["__total__", "__total__", "bill", "bill", "late"]);
    // Of the first quarter 4 and 20 are known; the third does not say, the fourth is closed after May.
    assert_eq!(number(&section, "service_kpi", "handle_min_median", 0)?, Some(12.0));
    assert_eq!(number(&section, "service_kpi", "handle_min_median", 2)?, Some(12.0));
    assert_eq!(number(&section, "service_kpi", "handle_min_median", 4)?, None, "still open");
    assert!(!section.gaps.iter().any(|gap| gap.analysis.contains("handle_min_median")));
    Ok(())
}

#[test]
fn a_calendar_that_knows_the_period_says_its_workdays() -> Outcome {
    let run_rate = |section: &Section, row| number(section, "plan_actual", "run_rate", row);
    // Every day of the second quarter is a workday but for May: 30 of 60.
    let days: Vec<String> =
        (0..91).map(|day| Ok(first_of_april()?.plus_days(day).to_string())).collect::<Outcome<_>>()?;
    let works: Vec<bool> = days.iter().map(|day| !day.starts_with("2024-05")).collect();
    let calendar =
        Calendar::scan(df!("day" => days, "works" => works)?, &CalendarColumns::new("day").workday("works"))?;
    let section = run(&company(false)?.with_calendar(calendar), half()?)?;
    assert!(run_rate(&section, 5)?.is_some_and(|run_rate| (run_rate - 4.0).abs() < MONEY));
    // The first quarter is not in it: Monday to Friday there, and the table says so.
    assert_eq!(number(&section, "plan_actual", "elapsed", 0)?, Some(1.0));
    let flags = &section.table("plan_actual").ok_or("no plan")?.flags;
    assert!(flags.iter().any(|flag| flag.starts_with("calendar: lacks days of 3 of 6")), "{flags:?}");
    Ok(())
}

fn first_of_april() -> Outcome<emptor_types::Date> {
    Ok("2024-04-01".parse()?)
}

#[test]
fn representatives_are_scored_from_all_tables() -> Outcome {
    let section = run(&company(false)?, half()?)?;
    let table = &section.table("rep_score").ok_or("no scores")?.frame;
    let (reps, kpis) = (texts(&section, "rep_score", "rep_id")?, texts(&section, "rep_score", "kpi")?);
    let value = |rep: &str, kpi: &str| -> Outcome<Option<f64>> {
        let row = (0..table.height()).find(|row| reps[*row] == rep && kpis[*row] == kpi);
        Ok(row.and_then(|row| table.column("value").ok()?.f64().ok()?.get(row)))
    };
    assert_eq!(value("ann", "win_rate")?, Some(0.5));
    assert_eq!(value("ann", "cycle_days")?, Some(10.0));
    assert_eq!((value("bob", "win_rate")?, value("bob", "activity")?), (None, Some(2.0)), "d3 was won after May");
    assert_eq!((value("ann", "overdue_share")?, value("bob", "overdue_share")?), (Some(0.0), Some(1.0)));
    assert_eq!((value("ann", "new_customer_share")?, value("bob", "new_customer_share")?), (Some(0.0), Some(1.0)));
    assert_eq!((value("ann", "attainment")?, value("bob", "attainment")?), (Some(0.9), Some(1.52)));
    assert!(value("ann", "margin")?.is_some_and(|margin| (margin - 450.0 / 990.0).abs() < MONEY));
    // Contributions add up to the score.
    for rep in ["ann", "bob", "cid"] {
        let rows: Vec<usize> = (0..table.height()).filter(|row| reps[*row] == rep).collect();
        let of = |column: &str, row: usize| -> Outcome<Option<f64>> { Ok(table.column(column)?.f64()?.get(row)) };
        let mut sum = 0.0;
        for row in &rows {
            sum += of("contribution", *row)?.unwrap_or_default();
        }
        assert!(of("score", rows[0])?.is_some_and(|score| (score - sum).abs() < MONEY), "{rep}");
    }
    Ok(())
}

#[test]
fn service_channels_partners_and_prices_have_their_tables() -> Outcome {
    let section = run(&company(false)?, half()?)?;
    assert_eq!(texts(&section, "service_kpi", "queue")?, ["__total__", "__total__", "bill", "late"]);
    assert_eq!(number(&section, "service_kpi", "sla_met", 0)?, Some(0.5));
    assert_eq!(number(&section, "service_kpi", "repeat7d", 0)?, Some(0.5));
    assert_eq!(number(&section, "service_kpi", "sla_met", 3)?, None, "promised for December");
    assert_eq!(number(&section, "price_waterfall", "realisation", 0)?, Some(0.8));
    // Half a year: net revenue 2560 of list 3200.
    assert_eq!(number(&section, "price_waterfall", "discount", 0)?, Some(640.0));
    assert_eq!(texts(&section, "channel_perf", "channel")?, ["shop", "web", "web"]);
    assert_eq!(number(&section, "channel_perf", "coverage", 0)?, Some(0.5));
    assert_eq!(texts(&section, "partner_score", "partner")?, ["x", "y", "y"]);
    // s1, s2 and s3 sold 990, 1520 and 50 in the window.
    let reach = number(&section, "partner_score", "weighted_distribution", 0)?.ok_or("no reach")?;
    assert!((reach - 990.0 / 2560.0).abs() < MONEY);
    let same = number(&section, "like_for_like", "other", 0)?.ok_or("no like for like")?;
    assert!((same - 40.0).abs() < MONEY, "the anonymous sale");
    Ok(())
}

#[test]
fn customers_move_between_channels_and_rows_add_up() -> Outcome {
    let section = run(&company(false)?, year()?)?;
    let moves = &section.table("channel_migration").ok_or("no moves")?.frame;
    assert_eq!(texts(&section, "channel_migration", "from")?, ["__none__", "shop", "web"]);
    assert_eq!(texts(&section, "channel_migration", "to")?, ["web", "__none__", "shop"]);
    assert_eq!(moves.column("p")?.f64()?.sum(), Some(3.0));
    Ok(())
}

#[test]
fn a_price_below_the_corridor_is_a_breach() -> Outcome {
    // l6 sells p3 at 10, where 3 units brought 50.
    let section = run(&company(false)?, half()?)?;
    assert_eq!(texts(&section, "price_corridor", "product_id")?[0], "p3");
    let shortfall = number(&section, "price_corridor", "shortfall", 0)?.ok_or("no shortfall")?;
    assert!((shortfall - (0.85 * 50.0 / 3.0 - 10.0)).abs() < 1e-5, "{shortfall}");
    Ok(())
}

#[test]
fn a_company_without_a_past_has_no_growth_but_a_gap() -> Outcome {
    let day = |text: &str| text.parse::<emptor_types::Date>();
    let window = Window::new(day("2023-01-01")?, day("2023-12-31")?, Grain::Month)?;
    let section = run(&company(false)?, window)?;
    assert!(section.table("perf_pvm").is_none() && section.gaps.iter().any(|gap| gap.analysis == "growth"));
    assert_eq!(number(&section, "perf_cube", "growth", 0)?, None);
    assert_eq!(number(&section, "perf_cube", "share", 0)?, Some(1.0));
    Ok(())
}
