//! The section over small companies whose numbers are worked out by hand.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::{
    CustomerColumns, Customers, Opportunities, OpportunityColumns, ProductColumns, Products, Spending, SpendingColumns,
    StageHistory, StageHistoryColumns, Tables, TransactionColumns, Transactions,
};
use polars::prelude::{DataFrame, DataType};

use super::super::fixture;
use super::super::{CustomerScores, ProfileError, ProfileInput, Section, Window};
use super::*;
use crate::period::Grain;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Sums of doubles in another order.
const ROUNDING: f64 = 1e-9;

fn frame<'a>(section: &'a Section, name: &str) -> Outcome<&'a DataFrame> {
    Ok(&section.table(name).ok_or_else(|| format!("no table {name}"))?.frame)
}

fn numbers(frame: &DataFrame, name: &str) -> Outcome<Vec<Option<f64>>> {
    Ok(frame.column(name)?.cast(&DataType::Float64)?.f64()?.iter().collect())
}

fn texts(frame: &DataFrame, name: &str) -> Outcome<Vec<String>> {
    let column = frame.column(name)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|text| text.unwrap_or("").to_owned()).collect())
}

fn sales() -> Outcome<Transactions> {
    let lines = df!(
        "who" => ["a", "a", "b", "b", "c", "d", "d"],
        "day" => ["2024-01-05", "2024-02-05", "2024-01-20", "2024-03-20", "2024-02-11", "2024-03-03", "2024-03-09"],
        "what" => ["p", "p", "p", "p", "p", "p", "p"],
        "qty" => [1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0],
        "net" => [100.0, 100.0, 200.0, 100.0, 100.0, 100.0, 100.0],
    )?;
    let columns = TransactionColumns::new("who", "day").product("what").quantity("qty").amount("net");
    Ok(Transactions::from_frame(lines, &columns)?)
}

fn shop() -> Outcome<Tables> {
    let products = df!("id" => ["p"], "cost" => [60.0])?;
    let customers = df!(
        "who" => ["a", "b", "c", "d", "never"],
        "via" => [Some("search"), Some("search"), None, Some("shop"), Some("search")],
    )?;
    let spending = df!(
        "month" => ["2024-01-01", "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-01", "2024-04-01"],
        "paid" => [90.0, 10.0, 30.0, 20.0, 15.0, 999.0],
        "for" => ["acquisition", "acquisition", "acquisition", "acquisition", "retention", "acquisition"],
        "via" => [Some("search"), Some("search"), None, Some("shop"), None, Some("search")],
        "kind" => [Some("cash"), Some("overhead"), None, Some("overhead"), None, None],
    )?;
    let named = SpendingColumns::new("month", "paid", "for").channel("via").kind("kind");
    Ok(Tables::new(sales()?)
        .with_products(Products::scan(products, &ProductColumns::new("id").unit_cost("cost"))?)
        .with_customers(Customers::scan(customers, &CustomerColumns::new("who").channel("via"))?)
        .with_spending(Spending::scan(spending, &named)?))
}

fn spring() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Month)?)
}

#[test]
fn active_customers_are_new_retained_or_returned() -> Outcome<()> {
    let tables = shop()?;
    let section = section(&ProfileInput::new(&tables, spring()?), &ProspectingSettings::default())?;
    let flow = frame(&section, "acquisition_flow")?;
    let expected = [("new", [2, 1, 1]), ("active", [2, 2, 2]), ("retained", [0, 1, 0]), ("returned", [0, 0, 1])];
    for (name, expected) in expected {
        assert_eq!(numbers(flow, name)?, expected.map(|n| Some(f64::from(n))), "{name}");
    }
    // Pooled retention (1 + 0)/(2 + 2): n = 2 − 0.25 · 2.
    assert_eq!(numbers(flow, "new_from_stocks")?, [None, Some(1.5), Some(1.5)]);
    Ok(())
}

#[test]
fn channels_have_their_cost_lifetime_value_and_payback() -> Outcome<()> {
    let tables = shop()?;
    let scores = CustomerScores::new(df!("customer_id" => ["a", "b"], "ltv_total" => [200.0, 300.0])?)?;
    let input = ProfileInput::new(&tables, spring()?).with_scores(&scores);
    let settings = ProspectingSettings { min_n: 1, ..ProspectingSettings::default() };
    let section = section(&input, &settings)?;
    let total = frame(&section, "acq_channel_total")?;
    assert_eq!(texts(total, "channel")?, ["__unknown__", "search", "shop"]);
    assert_eq!(numbers(total, "new")?, [Some(1.0), Some(2.0), Some(1.0)]);
    assert_eq!(numbers(total, "spend")?, [Some(30.0), Some(100.0), Some(20.0)]);
    // Spending for no channel is spread as overhead: a channel without cash is not free, its cash cost is unknown.
    assert_eq!(numbers(total, "cac_cash")?, [None, Some(45.0), None]);
    assert_eq!(numbers(total, "cac_full")?, [Some(30.0), Some(50.0), Some(20.0)]);
    assert_eq!(numbers(total, "clv")?, [None, Some(250.0), None]);
    assert_eq!(numbers(total, "ltv_cac")?, [None, Some(5.0), None]);
    // Search: (40 + 80)/2 = 60 a head in the first month; c and d earn 40 and 80.
    assert_eq!(numbers(total, "payback")?, [Some(1.0), Some(1.0), Some(1.0)]);
    assert_eq!(numbers(total, "margin_per_customer")?, [Some(40.0), Some(100.0), Some(80.0)]);
    let cohorts = frame(&section, "acq_channel")?;
    let spent: f64 = numbers(cohorts, "spend")?.into_iter().flatten().sum();
    assert!((spent - 150.0).abs() < ROUNDING, "all that was spent up to the end of the window");
    let ratio = frame(&section, "cost_ratio")?;
    // 150 for 4 new customers; the lines begin with the window, so that nobody knows whom it retained.
    assert_eq!(numbers(ratio, "cac")?.last(), Some(&Some(37.5)));
    assert_eq!(numbers(ratio, "retained")?, [Some(0.0), Some(1.0), Some(0.0), None]);
    assert_eq!(numbers(ratio, "ratio")?, [None; 4]);
    Ok(())
}

#[test]
fn spending_with_a_lag_meets_the_customers_of_later_periods() -> Outcome<()> {
    let tables = shop()?;
    let settings = ProspectingSettings { spend_lag: 1, ..ProspectingSettings::default() };
    let section = section(&ProfileInput::new(&tables, spring()?), &settings)?;
    let cohorts = frame(&section, "acq_channel")?;
    let rows: Vec<(String, String)> = texts(cohorts, "channel")?.into_iter().zip(texts(cohorts, "cohort")?).collect();
    let spend = numbers(cohorts, "spend")?;
    let of =
        |channel: &str, cohort: &str| rows.iter().position(|(c, d)| c == channel && d == cohort).and_then(|i| spend[i]);
    assert_eq!(of("search", "2024-02-01"), Some(100.0));
    assert_eq!(of("shop", "2024-03-01"), Some(30.0));
    Ok(())
}

/// Deals A, B and C of the published case, all open, beside a history of four decided ones.
fn crm(extra: bool) -> Outcome<Tables> {
    let mut deals = df!(
        "deal" => ["A", "B", "C", "D", "E", "F", "G"],
        "who" => [Some("a"), Some("b"), None, Some("a"), Some("b"), Some("c"), Some("zz")],
        "stage" => ["offer", "offer", "offer", "won", "lost", "lost", "won"],
        "made" => ["2024-05-01", "2024-05-02", "2024-05-03", "2024-01-02", "2024-01-10", "2024-02-01", "2024-02-01"],
        "value" => [100_000.0, 100_000.0, 100_000.0, 5_000.0, 1_000.0, 2_000.0, 4_000.0],
        "p" => [Some(0.5), Some(0.5), Some(1.0), Some(1.0), Some(0.0), Some(0.0), Some(1.0)],
        "due" => ["2024-06-15", "2024-07-15", "2024-08-15", "2024-03-01", "2024-03-01", "2024-04-01", "2024-04-01"],
        "closed" => [None, None, None, Some("2024-02-01"), Some("2024-03-15"), Some("2024-03-01"), Some("2024-04-11")],
        "end" => [None, None, None, Some("won"), Some("lost"), Some("lost"), Some("won")],
        "why" => [None, None, None, None, Some("price"), Some("price"), None],
        "rep" => ["R1", "R1", "R2", "R1", "R1", "R2", "R2"],
    )?;
    let mut log = df!(
        "deal" => ["D", "D", "D", "E", "E", "F", "F", "G", "G", "A", "A", "A", "B", "C"],
        "day" => ["2024-01-02", "2024-01-12", "2024-02-01", "2024-01-10", "2024-03-15", "2024-02-01", "2024-03-01",
                  "2024-02-01", "2024-04-11", "2024-05-01", "2024-05-11", "2024-05-20", "2024-05-02", "2024-05-03"],
        "what" => ["stage", "stage", "stage", "stage", "stage", "stage", "stage", "stage", "stage", "stage", "stage",
                   "exp_close", "stage", "stage"],
        "from" => [None, Some("lead"), Some("offer"), None, Some("lead"), None, Some("lead"), None, Some("offer"), None,
                   Some("lead"), Some("2024-05-31"), None, None],
        "to" => ["lead", "offer", "won", "lead", "lost", "lead", "lost", "offer", "won", "lead", "offer", "2024-06-15",
                 "offer", "offer"],
    )?;
    if extra {
        // What happens after the day of observation: a deal, a stage, an end.
        deals = deals.vstack(&df!(
            "deal" => ["Z"], "who" => [Some("a")], "stage" => ["lead"], "made" => ["2024-06-02"], "value" => [9.0],
            "p" => [Some(0.1)], "due" => ["2024-06-30"], "closed" => [None::<&str>], "end" => [None::<&str>],
            "why" => [None::<&str>], "rep" => ["R9"],
        )?)?;
        log = log.vstack(&df!(
            "deal" => ["Z", "B"], "day" => ["2024-06-02", "2024-06-03"], "what" => ["stage", "amount"],
            "from" => [None, Some("100000")], "to" => ["lead", "1"],
        )?)?;
    }
    let columns = OpportunityColumns::new("deal", "stage", "made")
        .customer("who")
        .amount("value")
        .probability("p")
        .expected_close("due")
        .closed_at("closed")
        .outcome("end")
        .lost_reason("why")
        .rep("rep");
    let history = StageHistoryColumns::new("deal", "day", "what", "to").old("from");
    Ok(Tables::new(sales()?)
        .with_opportunities(Opportunities::scan(deals, &columns)?)
        .with_stage_history(StageHistory::scan(log, &history)?))
}

fn may() -> Outcome<Window> {
    Ok(Window::new("2024-01-01".parse()?, "2024-05-31".parse()?, Grain::Month)?)
}

#[test]
fn the_published_pipeline_is_50_50_and_100_thousand() -> Outcome<()> {
    // frappe/crm, issue 798: 100k · 50 % in June, 100k · 50 % in July, 100k · 100 % in August.
    let tables = crm(false)?;
    let settings =
        ProspectingSettings { targets: vec![("2024-06-01".parse()?, 40_000.0)], ..ProspectingSettings::default() };
    let section = section(&ProfileInput::new(&tables, may()?), &settings)?;
    let forecast = frame(&section, "pipeline_forecast")?;
    let rows: Vec<String> = texts(forecast, "period_start")?
        .into_iter()
        .zip(texts(forecast, "method")?)
        .map(|(d, m)| format!("{d} {m}"))
        .collect();
    let of = |row: &str, name: &str| -> Outcome<Option<f64>> {
        let at = rows.iter().position(|r| r == row).ok_or("no row")?;
        Ok(numbers(forecast, name)?[at])
    };
    for (month, expected) in [("06", 50_000.0), ("07", 50_000.0), ("08", 100_000.0)] {
        assert_eq!(of(&format!("2024-{month}-01 weighted"), "amount")?, Some(expected));
    }
    assert_eq!(of("2024-08-01 weighted", "lo")?, Some(100_000.0));
    assert_eq!(of("2024-06-01 weighted", "hi")?, Some(100_000.0));
    assert_eq!(of("2024-06-01 weighted", "coverage")?, Some(2.5));
    assert_eq!(of("2024-07-01 weighted", "target")?, None);
    assert_eq!((of("2024-07-01 category", "amount")?, of("2024-07-01 category", "hi")?), (Some(0.0), Some(100_000.0)));
    Ok(())
}

#[test]
fn the_funnel_counts_entries_and_their_ends() -> Outcome<()> {
    let tables = crm(false)?;
    let section = section(&ProfileInput::new(&tables, may()?), &ProspectingSettings::default())?;
    let funnel = frame(&section, "funnel_summary")?;
    assert_eq!(texts(funnel, "stage")?, ["__all__", "lead", "offer"]);
    for (name, expected) in [
        ("entered", [7, 4, 5]),
        ("advanced", [2, 2, 2]),
        ("lost", [2, 2, 0]),
        ("open", [3, 0, 3]),
        ("skipped", [0, 3, 0]),
    ] {
        assert_eq!(numbers(funnel, name)?, expected.map(|n| Some(f64::from(n))), "{name}");
    }
    assert_eq!(numbers(funnel, "conversion")?[1], Some(0.5));
    let cohorts = frame(&section, "funnel_stage")?;
    for name in ["entered", "advanced", "lost", "open"] {
        let sum = |table: &DataFrame| -> Outcome<f64> { Ok(numbers(table, name)?.into_iter().flatten().sum()) };
        assert!((sum(cohorts)? - sum(funnel)?).abs() < ROUNDING, "cohorts add up: {name}");
    }
    let reasons = frame(&section, "drop_reason")?;
    assert_eq!((texts(reasons, "stage")?, numbers(reasons, "deals")?), (vec!["lead".to_owned()], vec![Some(2.0)]));
    let issues = frame(&section, "pipeline_conformance")?;
    let found = texts(issues, "issue")?;
    let count = |issue: &str| found.iter().filter(|i| *i == issue).count();
    // G is won, but its customer never bought; A to C and G skipped nothing but the lead.
    assert_eq!(count("won_without_order"), 1);
    assert_eq!(count("skipped_stage"), 3);
    assert_eq!(count("order_without_opportunity"), 0);
    Ok(())
}

#[test]
fn scores_say_how_often_closing_was_put_off_and_shrink_to_the_win_rate() -> Outcome<()> {
    let tables = crm(false)?;
    let settings = ProspectingSettings { deal_segment: DealSegment::None, ..ProspectingSettings::default() };
    let section = section(&ProfileInput::new(&tables, may()?), &settings)?;
    let scores = frame(&section, "opportunity_score")?;
    assert_eq!(texts(scores, "opp_id")?, ["A", "B", "C"]);
    assert_eq!(numbers(scores, "push_count")?, [Some(1.0), Some(0.0), Some(0.0)]);
    // 2 of 4 decided were won; both that reached an offer were: (2 + 10 · 0.5)/(2 + 10).
    let p = numbers(scores, "p_win")?;
    assert!(p.iter().all(|p| p.is_some_and(|p| (p - 7.0 / 12.0).abs() < ROUNDING)), "{p:?}");
    assert!(matches!(scores.column("reasons")?.dtype(), DataType::List(_)));
    Ok(())
}

#[test]
fn an_overdue_close_is_rolled_to_the_next_day_and_flagged() -> Outcome<()> {
    let tables = crm(false)?;
    let july = Window::new("2024-01-01".parse()?, "2024-07-01".parse()?, Grain::Month)?;
    let section = section(&ProfileInput::new(&tables, july), &ProspectingSettings::default())?;
    let scores = frame(&section, "opportunity_score")?;
    assert_eq!(
        scores.column("overdue_close")?.bool()?.iter().collect::<Vec<_>>(),
        [Some(true), Some(false), Some(false)]
    );
    assert_eq!(texts(scores, "exp_close")?, ["2024-07-02", "2024-07-15", "2024-08-15"]);
    Ok(())
}

fn same(left: &Section, right: &Section) {
    assert_eq!(left.tables.len(), right.tables.len());
    for (a, b) in left.tables.iter().zip(&right.tables) {
        assert!(a.frame.equals_missing(&b.frame), "{}\n{}\n{}", a.name, a.frame, b.frame);
    }
    assert_eq!(left.findings, right.findings);
}

#[test]
fn what_happens_after_the_day_of_observation_changes_nothing() -> Outcome<()> {
    let (now, later) = (crm(false)?, crm(true)?);
    let settings = ProspectingSettings::default();
    same(
        &section(&ProfileInput::new(&now, may()?), &settings)?,
        &section(&ProfileInput::new(&later, may()?), &settings)?,
    );
    Ok(())
}

#[test]
fn a_deal_that_closes_later_is_open_with_the_stage_and_the_chance_of_that_day() -> Outcome<()> {
    let tables = crm(false)?;
    let march = Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Month)?;
    let section = section(&ProfileInput::new(&tables, march), &ProspectingSettings::default())?;
    let scores = frame(&section, "opportunity_score")?;
    assert_eq!((texts(scores, "opp_id")?, texts(scores, "stage")?), (vec!["G".to_owned()], vec!["offer".to_owned()]));
    assert_eq!(numbers(scores, "p_stated")?, [None], "the 100 % of a win are not known yet");
    Ok(())
}

#[test]
fn the_order_of_rows_changes_nothing() -> Outcome<()> {
    let settings = ProspectingSettings::default();
    let tables = crm(false)?;
    let shuffled = |frame: polars::prelude::LazyFrame| -> Outcome<DataFrame> { Ok(frame.collect()?.reverse()) };
    let opportunities = tables.opportunities().ok_or("none")?;
    let columns = OpportunityColumns::new("opp_id", "stage", "created")
        .customer("customer_id")
        .amount("amount")
        .probability("prob")
        .expected_close("exp_close")
        .closed_at("closed_at")
        .outcome("outcome")
        .lost_reason("lost_reason")
        .rep("rep_id");
    let history = tables.stage_history().ok_or("none")?;
    let log = shuffled(history.rows().select(["opp_id", "date", "field", "new", "old"].map(polars::prelude::col)))?;
    let reversed = tables
        .clone()
        .with_opportunities(Opportunities::scan(shuffled(opportunities.rows())?, &columns)?)
        .with_stage_history(StageHistory::scan(
            log,
            &StageHistoryColumns::new("opp_id", "date", "field", "new").old("old"),
        )?);
    same(
        &section(&ProfileInput::new(&tables, may()?), &settings)?,
        &section(&ProfileInput::new(&reversed, may()?), &settings)?,
    );
    Ok(())
}

#[test]
fn without_history_the_funnel_shows_where_open_deals_are_and_says_what_is_lost() -> Outcome<()> {
    let full = crm(false)?;
    let tables = Tables::new(sales()?).with_opportunities(full.opportunities().ok_or("none")?.clone());
    let section = section(&ProfileInput::new(&tables, may()?), &ProspectingSettings::default())?;
    let funnel = frame(&section, "funnel_summary")?;
    assert_eq!(texts(funnel, "stage")?, ["__all__", "offer"]);
    assert_eq!((numbers(funnel, "open")?[1], numbers(funnel, "entered")?[1]), (Some(3.0), None));
    assert!(section.gaps.iter().any(|gap| gap.needs.iter().any(|need| need.table == "stage_history")));
    let scores = frame(&section, "opportunity_score")?;
    assert_eq!(numbers(scores, "push_count")?, [None; 3]);
    Ok(())
}

#[test]
fn the_small_company_without_opportunities_and_spending_has_gaps_and_no_error() -> Outcome<()> {
    let tables = fixture::tables()?;
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &ProspectingSettings::default())?;
    // C1 and C2 in the first quarter, C6 in the third, C3 in the fourth; C5 bought in 2023, C4 never.
    let flow = frame(&section, "acquisition_flow")?;
    assert_eq!(numbers(flow, "new")?, [2.0, 0.0, 1.0, 1.0].map(Some));
    assert_eq!(numbers(flow, "active")?, [2.0, 1.0, 2.0, 2.0].map(Some));
    for analysis in ["pipeline", "s_curve", "acq_channel.cac"] {
        assert!(section.gaps.iter().any(|gap| gap.analysis == analysis), "{analysis}");
    }
    let channels = frame(&section, "acq_channel_total")?;
    assert_eq!(
        (texts(channels, "channel")?, numbers(channels, "cac_full")?),
        (vec!["__unknown__".to_owned()], vec![None])
    );
    let base = frame(&section, "customer_forecast")?;
    assert!(base.height() > 0 && texts(base, "segment")?.contains(&"__all__".to_owned()));
    Ok(())
}

#[test]
fn ids_of_different_types_are_an_error_that_says_so() -> Outcome<()> {
    let customers = df!("who" => [1_i64, 2], "via" => ["x", "y"])?;
    let tables =
        Tables::new(sales()?).with_customers(Customers::scan(customers, &CustomerColumns::new("who").channel("via"))?);
    let error = section(&ProfileInput::new(&tables, spring()?), &ProspectingSettings::default()).map(|_| ()).err();
    assert!(matches!(error, Some(ProfileError::IdTypes { .. })), "{error:?}");
    Ok(())
}

#[test]
fn settings_report_all_that_is_wrong_and_a_window_of_one_period_has_no_forecast() -> Outcome<()> {
    let wrong = ProspectingSettings { level: 80.0, draws: 0, horizon: 0, ..ProspectingSettings::default() };
    let tables = shop()?;
    let error = section(&ProfileInput::new(&tables, spring()?), &wrong).map(|_| ()).err().ok_or("accepted")?;
    assert!(matches!(error, ProfileError::Invalid(invalid) if invalid.violations().len() == 3));
    let whole = Window::new("2024-01-01".parse()?, "2024-03-31".parse()?, Grain::Window)?;
    let section = section(&ProfileInput::new(&tables, whole), &ProspectingSettings::default())?;
    assert!(section.tables.is_empty() && section.gaps.len() == 5);
    Ok(())
}
