//! Golden numbers, identities and edge cases of Persistency.

use std::error::Error;

use emptor_table::polars::df;
use emptor_table::polars::prelude::{DataFrame, NamedFrom, Series};
use emptor_table::{
    ContractColumns, Contracts, CustomerColumns, Customers, SurveyColumns, Surveys, Tables, TransactionColumns,
    Transactions, WalletColumns, Wallets,
};
use emptor_types::{Date, Level};

use super::*;
use crate::period::Grain;
use crate::profile::{CustomerScores, ProfileError, ProfileInput, Section, Window, fixture};

type Outcome = Result<(), Box<dyn Error>>;

/// Rounding of decimal money in doubles.
const MONEY: f64 = 1e-9;
/// Figures printed to three or four places.
const PRINTED: f64 = 5e-4;

/// Settings under which six customers are enough.
fn small() -> PersistencySettings {
    PersistencySettings { min_n: 3, ..PersistencySettings::default() }
}

fn fixture_section(settings: &PersistencySettings) -> Result<Section, Box<dyn Error>> {
    let tables = fixture::tables()?;
    Ok(section(&ProfileInput::new(&tables, fixture::year()?), settings)?)
}

fn table<'a>(section: &'a Section, name: &str) -> Result<&'a DataFrame, Box<dyn Error>> {
    Ok(&section.table(name).ok_or_else(|| format!("no table {name}"))?.frame)
}

fn counts(frame: &DataFrame, column: &str) -> Result<Vec<Option<i64>>, Box<dyn Error>> {
    Ok(frame.column(column)?.i64()?.iter().collect())
}

fn numbers(frame: &DataFrame, column: &str) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(frame.column(column)?.f64()?.iter().collect())
}

fn texts(frame: &DataFrame, column: &str) -> Result<Vec<String>, Box<dyn Error>> {
    Ok(frame.column(column)?.str()?.iter().map(|text| text.unwrap_or("").to_owned()).collect())
}

/// A measure of the table `loyalty`: value, n and status.
fn measure(section: &Section, metric: &str) -> Result<(Option<f64>, i64, String), Box<dyn Error>> {
    let frame = table(section, "loyalty")?;
    let row = texts(frame, "metric")?.iter().position(|name| name == metric).ok_or_else(|| format!("no {metric}"))?;
    let n = counts(frame, "n")?[row].ok_or("n")?;
    Ok((numbers(frame, "value")?[row], n, texts(frame, "status")?[row].clone()))
}

fn some(values: &[i64]) -> Vec<Option<i64>> {
    values.iter().copied().map(Some).collect()
}

fn near(found: Option<f64>, expected: f64, tolerance: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() <= tolerance)
}

/// The hand-made company of the fixture; its accounts by quarter are worked out by hand.
#[test]
fn growth_of_the_fixture_by_quarter_is_that_worked_out_by_hand() -> Outcome {
    let section = fixture_section(&small())?;
    let growth = table(&section, "growth_account")?;
    assert_eq!(counts(growth, "active")?, some(&[2, 1, 2, 2]));
    assert_eq!(counts(growth, "new")?, some(&[2, 0, 1, 1]));
    assert_eq!(counts(growth, "retained")?, some(&[0, 1, 0, 0]));
    assert_eq!(counts(growth, "resurrected")?, some(&[0, 0, 1, 1]));
    assert_eq!(counts(growth, "dormant")?, some(&[1, 1, 1, 2]));
    let columns: Vec<&str> = growth.get_column_names().into_iter().map(|name| name.as_str()).collect();
    assert_eq!(columns[..7], ["period_start", "segment", "active", "new", "retained", "resurrected", "dormant"]);
    Ok(())
}

#[test]
fn three_of_five_buyers_of_the_fixture_bought_again() -> Outcome {
    let section = fixture_section(&small())?;
    assert_eq!(measure(&section, "repeat_purchase_rate")?, (Some(0.6), 5, "ok".to_owned()));
    assert!(near(measure(&section, "one_time_share")?.0, 0.4, MONEY));
    let (value, n, status) = measure(&fixture_section(&PersistencySettings::default())?, "repeat_purchase_rate")?;
    assert_eq!((value, n, status.as_str()), (Some(0.6), 5, "low_support: n = 5"));
    Ok(())
}

/// Tenure, interval and ratio by hand. Own mean intervals: C1 (152 + 153) / 2, C2 184, C5 184; their median is 184.
#[test]
fn every_customer_of_the_fixture_keeps_a_row() -> Outcome {
    let section = fixture_section(&small())?;
    let rows = table(&section, "persist_customer")?;
    assert_eq!(texts(rows, "customer_id")?, ["C1", "C2", "C3", "C4", "C5", "C6"]);
    let tenure = counts(rows, "tenure")?;
    assert_eq!(tenure, [Some(356), Some(301), Some(11), None, Some(610), Some(145)]);
    let expected = (2.0 * 152.5 + 3.0 * 184.0) / 5.0;
    let interval = numbers(rows, "ipt_expected")?;
    assert!(near(interval[0], expected, MONEY) && near(interval[2], 184.0, MONEY) && interval[3].is_none());
    let ratio = numbers(rows, "recency_ratio")?;
    assert!(near(ratio[0], 51.0 / expected, MONEY) && near(ratio[4], 426.0 / 184.0, MONEY));
    // Silence of more than 3 × 184 days: nobody; C5 waits 2.3 times as long as expected.
    let states = texts(rows, "loyalty_state")?;
    assert_eq!(states, ["active", "active", "new", "never_bought", "at_risk", "new"]);
    assert_eq!(texts(rows, "churn_rule")?[0], "no purchase for more than 552 days");
    assert_eq!(counts(rows, "categories_bought")?, some(&[2, 2, 1, 0, 1, 1]));
    assert!(near(numbers(rows, "cross_buy_breadth")?[0], 2.0 / 3.0, MONEY));
    assert_eq!(counts(rows, "orders")?, some(&[3, 2, 1, 0, 2, 1]));
    Ok(())
}

#[test]
fn the_columns_of_the_tables_come_in_their_order() -> Outcome {
    let section = fixture_section(&small())?;
    for (name, expected) in [
        (
            "persist_customer",
            &[
                "customer_id",
                "tenure",
                "ipt_expected",
                "recency_ratio",
                "p_alive",
                "exp_remaining_life",
                "sow",
                "wallet_rank",
                "categories_bought",
                "nps",
                "csat",
                "trend_slope_rel",
                "trend_p",
                "loyalty_state",
                "quadrant",
                "churn_rule",
            ][..],
        ),
        (
            "cohort_cell",
            &["cohort", "k", "size", "active", "rate", "rate_kind", "revenue", "cm_cum_per_member", "is_partial"],
        ),
        ("survival_curve", &["segment", "t", "at_risk", "events", "s", "se", "s_model", "r_model"]),
    ] {
        let found = table(&section, name)?.get_column_names();
        let found: Vec<&str> = found.into_iter().take(expected.len()).map(|name| name.as_str()).collect();
        assert_eq!(found, expected, "{name}");
    }
    Ok(())
}

/// Cohorts by quarter of the first purchase: C5 in 2023-Q2, C1 and C2 in 2024-Q1, C6 in Q3, C3 in Q4.
#[test]
fn cohorts_of_the_fixture_begin_with_everybody() -> Outcome {
    let section = fixture_section(&PersistencySettings { show_partial: true, ..small() })?;
    let cells = table(&section, "cohort_cell")?;
    let (cohorts, k, rates) = (texts(cells, "cohort")?, counts(cells, "k")?, numbers(cells, "rate")?);
    let of = |cohort: &str| -> Vec<f64> {
        (0..cohorts.len()).filter(|row| cohorts[*row] == cohort).filter_map(|row| rates[row]).collect()
    };
    assert_eq!(of("2023-Q2"), [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(of("2024-Q1"), [1.0, 0.5, 0.5, 0.5]);
    for (row, k) in k.iter().enumerate().filter(|(_, k)| **k == Some(0)) {
        assert!(near(rates[row], 1.0, 0.0), "property 8: {k:?} of {}", cohorts[row]);
    }
    // 2024-Q1: Q1 450, Q2 200 − 100, Q3 100, Q4 50; margin 450 − 270, + 0 − ... by hand.
    let (revenue, margin) = (numbers(cells, "revenue")?, numbers(cells, "cm_cum_per_member")?);
    let first = cohorts.iter().position(|cohort| cohort == "2024-Q1").ok_or("cohort")?;
    assert_eq!(revenue[first..first + 4], [450.0, 100.0, 100.0, 50.0].map(Some));
    // Costs: Q1 60 + 30 + 180, Q2 120 − 60 (restocked), Q3 60, Q4 30.
    assert_eq!(margin[first..first + 4], [90.0, 110.0, 130.0, 140.0].map(Some));
    let unknown = cohorts.iter().position(|cohort| cohort == "2024-Q3").ok_or("cohort")?;
    assert_eq!(margin[unknown], None, "what P3 costs is not known, which is not nothing");
    Ok(())
}

#[test]
fn partial_cells_are_unknown_unless_they_are_asked_for() -> Outcome {
    let tables = fixture::tables()?;
    let window = Window::new("2024-01-01".parse()?, "2024-12-30".parse()?, Grain::Quarter)?;
    let input = ProfileInput::new(&tables, window);
    for (show_partial, known) in [(false, false), (true, true)] {
        let section = section(&input, &PersistencySettings { show_partial, ..small() })?;
        let cells = table(&section, "cohort_cell")?;
        let partial = cells.column("is_partial")?.bool()?;
        let rates = numbers(cells, "rate")?;
        let of_partial: Vec<bool> = partial
            .iter()
            .zip(&rates)
            .filter(|(partial, _)| *partial == Some(true))
            .map(|(_, r)| r.is_some())
            .collect();
        assert_eq!(of_partial.len(), 4, "the last quarter of each of four cohorts");
        assert!(of_partial.iter().all(|is| *is == known));
    }
    Ok(())
}

#[test]
fn rolling_mode_counts_whoever_is_active_later_and_brackets_count_once() -> Outcome {
    let cells = |mode| -> Result<Vec<f64>, Box<dyn Error>> {
        let section = fixture_section(&PersistencySettings { cohort_mode: mode, ..small() })?;
        let cells = table(&section, "cohort_cell")?;
        let (cohorts, rates) = (texts(cells, "cohort")?, numbers(cells, "rate")?);
        Ok(cohorts.iter().zip(rates).filter(|(cohort, _)| *cohort == "2024-Q1").filter_map(|(_, rate)| rate).collect())
    };
    // C1 buys in Q1, Q2, Q4; C2 in Q1 and Q3.
    assert_eq!(cells(CohortMode::Rolling)?, [1.0, 1.0, 1.0, 0.5]);
    assert_eq!(cells(CohortMode::Bracket(vec![0, 1, 3]))?, [1.0, 1.0]);
    assert_eq!(cells(CohortMode::Bracket(vec![0, 1, 3, 4]))?, [1.0, 1.0, 0.5]);
    assert!(CohortMode::Bracket(vec![1, 2]).check().is_err() && CohortMode::Bracket(vec![0, 3, 3]).check().is_err());
    Ok(())
}

#[test]
fn the_rolling_clock_starts_on_the_day_of_the_first_purchase() -> Outcome {
    let clock = CohortClock::Rolling { days: 150 };
    let section = fixture_section(&PersistencySettings { cohort_clock: clock, ..small() })?;
    let cells = table(&section, "cohort_cell")?;
    let (cohorts, rates) = (texts(cells, "cohort")?, numbers(cells, "rate")?);
    let of: Vec<Option<f64>> =
        cohorts.iter().zip(rates).filter(|(cohort, _)| *cohort == "2024-Q1").map(|(_, rate)| rate).collect();
    // C1 on days 0, 152, 305; C2 on days 0 and 184, whose third window is not over.
    assert_eq!(of, [Some(1.0), Some(1.0), None], "C1's third window is not over either");
    Ok(())
}

#[test]
fn cohorts_by_channel_add_up_to_all() -> Outcome {
    let customers = df!("id" => ["C1", "C2", "C3", "C4", "C5", "C6"],
                        "from" => [Some("web"), Some("shop"), Some("web"), None, Some("shop"), None])?;
    let customers = Customers::scan(customers, &CustomerColumns::new("id").channel("from"))?;
    let tables = fixture::tables()?.with_customers(customers);
    let settings = PersistencySettings { by_channel: true, show_partial: true, ..small() };
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &settings)?;
    let cells = table(&section, "cohort_cell")?;
    let (channels, active) = (texts(cells, "channel")?, counts(cells, "active")?);
    let sum = |all: bool| -> i64 {
        channels.iter().zip(&active).filter(|(name, _)| (*name == "all") == all).filter_map(|(_, n)| *n).sum()
    };
    assert_eq!(sum(true), sum(false));
    assert!(channels.iter().any(|name| name == "__unknown__"));
    let missing = fixture_section(&settings)?;
    assert!(missing.gaps.iter().any(|gap| gap.analysis == "cohort_cell by channel"));
    Ok(())
}

/// NPS and WAR as published (Reichheld 2003; Keiningham et al. 2011), worked out from the formulas.
#[test]
fn published_shares_and_scores_hold() -> Outcome {
    for (brands, expected) in [(2.0, &[0.667, 0.333][..]), (3.0, &[0.5, 0.333, 0.167][..])] {
        let shares: Vec<f64> =
            (1..).take(expected.len()).filter_map(|r| wallet_allocation(f64::from(r), brands)).collect();
        assert!(shares.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < PRINTED));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < MONEY);
    }
    assert_eq!((wallet_allocation(0.5, 2.0), wallet_allocation(f64::NAN, 2.0)), (None, None));
    let nps = net_promoter_score(&[], Level::new(0.95)?);
    assert_eq!(nps, None);
    let retention = Rate::stock_retention(100, 105, 20)?;
    assert!(near(retention.value(), 0.85, MONEY));
    assert!(Rate::stock_retention(10, 5, 6).is_err() && Rate::stock_retention(1, 5, 2).is_err());
    assert_eq!(Rate::repeat_buying(0, 0)?.value(), None);
    assert!(Rate::new(RateKind::Retention, ChurnRule::Silence { days: 90 }, 1, 2).is_err());
    assert_eq!((compound(&[]), compound(&[1.2])), (None, None));
    Ok(())
}

/// Property 7, on customers that buy at random: active = active before + new + resurrected − dormant, and
/// active = new + retained + resurrected; money moves likewise.
#[test]
fn the_accounts_of_growth_and_revenue_balance() -> Outcome {
    let mut activity = Activity::new(9);
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % 100
    };
    for _ in 0..500 {
        let mut cells = Vec::new();
        for period in 0..9 {
            let (luck, amount) = (next(), next());
            if luck < 40 {
                // One in eight has only a return in that period.
                let active = luck >= 5;
                let revenue = if active { amount as f64 } else { -(amount as f64) };
                cells.push(ActivityCell { period, active, revenue, margin: 0.0 });
            }
        }
        activity.push(cells)?;
    }
    let accounts = growth(&activity, |_| true);
    for pair in accounts.windows(2) {
        let (before, now) = (pair[0], pair[1]);
        assert_eq!(now.active + now.dormant, before.active + now.new + now.resurrected);
        assert_eq!(now.active, now.new + now.retained + now.resurrected);
    }
    let halves = [0, 1].map(|half| growth(&activity, |customer| customer % 2 == half));
    assert!((0..9).all(|t| accounts[t].dormant == halves[0][t].dormant + halves[1][t].dormant));
    let movements = revenue_movements(&activity);
    for (t, moved) in movements.iter().enumerate() {
        let end = moved.start + moved.expansion - moved.contraction - moved.churn;
        let end = end + moved.new + moved.resurrected + moved.other;
        let all: f64 =
            (0..500).flat_map(|c| activity.cells(c)).filter(|cell| cell.period == t).map(|cell| cell.revenue).sum();
        assert!((moved.end - end).abs() < MONEY && (moved.end - all).abs() < MONEY);
        assert!(moved.gross_retention().is_none_or(|grr| grr <= 1.0));
    }
    for (t, account) in accounts.iter().enumerate().skip(1) {
        let overlap = overlap(&activity, t - 1, t);
        assert_eq!((overlap.both, overlap.first_only), (account.retained, account.dormant));
        assert_eq!(overlap.both + overlap.second_only, account.active);
    }
    Ok(())
}

#[test]
fn the_aggregate_rate_is_the_mix_of_its_cohorts() -> Outcome {
    let section = fixture_section(&small())?;
    let mix = table(&section, "retention_mix")?;
    let (weights, rates) = (numbers(mix, "weight")?, numbers(mix, "rate")?);
    let sum: f64 = (1..mix.height()).filter_map(|row| Some(weights[row]? * rates[row]?)).sum();
    assert!(near(rates[0], sum, MONEY));
    Ok(())
}

#[test]
fn activity_that_cannot_be_is_refused() {
    for bought in [&[&[1, 1][..]][..], &[&[2, 1]], &[&[3]]] {
        assert!(Activity::of_buyers(3, bought).is_err());
    }
    let mut activity = Activity::new(2);
    let cell = ActivityCell { period: 0, active: true, revenue: f64::NAN, margin: 0.0 };
    assert!(activity.push([ActivityCell { revenue: 1.0, margin: f64::INFINITY, ..cell }]).is_err());
    assert!(activity.push([cell]).is_err());
    assert_eq!((activity.customers(), activity.cells(0).len()), (0, 0), "a refused customer leaves nothing behind");
}

fn lines(frame: DataFrame) -> Result<Tables, Box<dyn Error>> {
    Ok(Tables::new(Transactions::from_frame(frame, &TransactionColumns::new("who", "day").amount("net").order("no"))?))
}

fn year(grain: Grain) -> Result<Window, Box<dyn Error>> {
    Ok(Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, grain)?)
}

#[test]
fn a_return_makes_nobody_active_and_takes_revenue_back() -> Outcome {
    let tables = lines(df!(
        "who" => ["a", "a", "b"],
        "no" => ["1", "2", "3"],
        "day" => ["2024-01-05", "2024-02-05", "2024-02-07"],
        "net" => [100.0, -100.0, 10.0],
    )?)?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Month)?), &small())?;
    let growth = table(&section, "growth_account")?;
    assert_eq!(counts(growth, "active")?[..3], [Some(1), Some(1), Some(0)]);
    assert_eq!(counts(growth, "dormant")?[..3], [Some(0), Some(1), Some(1)]);
    let moved = table(&section, "revenue_retention")?;
    assert_eq!(numbers(moved, "churn")?[1], Some(200.0), "what he brought, and what he took back");
    assert_eq!(numbers(moved, "end")?[1], Some(-90.0));
    let customers = table(&section, "persist_customer")?;
    assert_eq!(counts(customers, "orders")?, some(&[1, 1]));
    Ok(())
}

#[test]
fn anonymous_sales_are_coverage_and_nobodys_history() -> Outcome {
    let tables = lines(df!(
        "who" => [Some("a"), None, None],
        "no" => ["1", "2", "3"],
        "day" => ["2024-01-05", "2024-02-05", "2024-03-07"],
        "net" => [30.0, 50.0, 20.0],
    )?)?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Month)?), &small())?;
    assert_eq!(table(&section, "persist_customer")?.height(), 1);
    let loyalty = section.table("loyalty").ok_or("loyalty")?;
    let coverage = loyalty.coverage.ok_or("coverage")?;
    assert_eq!((coverage.count, coverage.revenue), ((1, 3), (30.0, 100.0)));
    assert!(loyalty.flags.iter().any(|flag| flag == "low_coverage: 30 % of revenue has a customer"));
    Ok(())
}

#[test]
fn what_happens_after_the_day_of_observation_is_unknown() -> Outcome {
    let tables = fixture::tables()?;
    let window = Window::new("2024-01-01".parse()?, "2024-08-31".parse()?, Grain::Quarter)?;
    let known = fixture_tables_until("2024-08-31".parse()?)?;
    let (all, cut) = (
        section(&ProfileInput::new(&tables, window), &small())?,
        section(&ProfileInput::new(&known, window), &small())?,
    );
    same(&all, &cut)
}

fn fixture_tables_until(day: Date) -> Result<Tables, Box<dyn Error>> {
    let tables = fixture::tables()?;
    let lines = tables.transactions().between("2000-01-01".parse()?, day);
    let mut cut = Tables::new(lines);
    if let Some(products) = tables.products() {
        cut = cut.with_products(products.clone());
    }
    if let Some(customers) = tables.customers() {
        cut = cut.with_customers(customers.clone());
    }
    Ok(cut)
}

fn same(left: &Section, right: &Section) -> Outcome {
    assert_eq!(left.tables.len(), right.tables.len());
    for (a, b) in left.tables.iter().zip(&right.tables) {
        assert!(a.frame.equals_missing(&b.frame), "{}:\n{:?}\n{:?}", a.name, a.frame, b.frame);
        assert_eq!((&a.flags, &a.coverage), (&b.flags, &b.coverage), "{}", a.name);
    }
    assert_eq!((&left.findings, &left.gaps), (&right.findings, &right.gaps));
    Ok(())
}

/// A base of 240 customers over two years and a half, reproducible.
fn busy() -> Result<DataFrame, Box<dyn Error>> {
    let (mut who, mut no, mut day, mut net) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut seed = 11_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let begin: Date = "2022-07-01".parse()?;
    for customer in 0..240_i64 {
        let mut at = next(800) as i32;
        let pace = 10 + next(60);
        while at < 914 && next(8) > 0 {
            who.push(customer);
            no.push(format!("{customer}-{at}"));
            day.push(begin.plus_days(at).to_string());
            net.push((next(10_000) + 1) as f64 / 100.0);
            at += 1 + next(2 * pace) as i32;
        }
    }
    Ok(df!("who" => who, "no" => no, "day" => day, "net" => net)?)
}

#[test]
fn the_order_of_rows_changes_nothing() -> Outcome {
    let frame = busy()?;
    let backwards = Series::new("at".into(), (0..frame.height() as u32).rev().collect::<Vec<u32>>());
    let shuffled = frame.take(backwards.u32()?)?;
    let (first, second) = (lines(frame)?, lines(shuffled)?);
    let settings = PersistencySettings::default();
    let window = Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Month)?;
    let first = section(&ProfileInput::new(&first, window), &settings)?;
    let second = section(&ProfileInput::new(&second, window), &settings)?;
    same(&first, &second)?;
    assert!(first.findings.len() >= 5, "{:#?}", first.findings);
    assert!(table(&first, "survival_curve")?.height() > 3 && table(&first, "next_purchase")?.height() > 3);
    let limit = &texts(table(&first, "persist_customer")?, "churn_rule")?[0];
    assert!(limit.starts_with("no purchase for more than"), "{limit}");
    Ok(())
}

#[test]
fn too_few_customers_are_not_called_gone() -> Outcome {
    let section = fixture_section(&PersistencySettings::default())?;
    let states = texts(table(&section, "persist_customer")?, "loyalty_state")?;
    assert!(states.iter().all(|state| state == "insufficient_data" || state == "never_bought"), "{states:?}");
    assert!(section.table("survival_curve").is_none());
    let gap = section.gaps.iter().find(|gap| gap.analysis == "survival_curve of purchases").ok_or("gap")?;
    assert!(gap.reason.starts_with("insufficient_data"));
    let (value, _, status) = measure(&section, "lapsed_share")?;
    assert!(value.is_none() && status.starts_with("insufficient_data"));
    Ok(())
}

#[test]
fn a_base_that_buys_less_often_than_the_grain_is_warned_of() -> Outcome {
    let section = fixture_section(&small())?;
    let flags = &section.table("growth_account").ok_or("growth")?.flags;
    assert!(flags.iter().any(|flag| flag.starts_with("interval_too_short: customers buy every 184 days")), "{flags:?}");
    Ok(())
}

/// Survivors of 1000 High End customers (Fader & Hardie 2007) as contracts of one year each from 1 January 2016.
#[test]
fn contracts_give_retention_a_curve_and_the_published_model() -> Outcome {
    let survivors = [1000_i64, 869, 743, 653, 593, 551, 517, 491];
    let (mut who, mut end) = (Vec::new(), Vec::new());
    for customer in 0..1000_i64 {
        let years = survivors.iter().filter(|left| customer < **left).count();
        who.push(customer);
        end.push((years < 8).then(|| format!("{}-12-31", 2015 + years)));
    }
    let frame = df!("no" => (0..1000_i64).map(|no| no.to_string()).collect::<Vec<_>>(), "who" => who, "end" => end,
                    "from" => vec!["2016-01-01"; 1000], "fee" => vec![10.0; 1000])?;
    let contracts = Contracts::scan(frame, &ContractColumns::new("no", "who", "from", "fee").end("end"))?;
    let sale = df!("who" => [0_i64], "no" => ["1"], "day" => ["2016-01-01"], "net" => [5.0])?;
    let tables = lines(sale)?.with_contracts(contracts);
    let window = Window::new("2017-01-01".parse()?, "2023-12-31".parse()?, Grain::Year)?;
    let section = section(&ProfileInput::new(&tables, window), &PersistencySettings::default())?;

    let stock = table(&section, "stock_retention")?;
    for (year, rate) in numbers(stock, "rate")?.into_iter().enumerate() {
        assert!(near(rate, survivors[year + 1] as f64 / survivors[year] as f64, MONEY), "{year}: {rate:?}");
    }
    assert!(texts(stock, "rate_kind")?.iter().all(|kind| kind == "retention"));
    let curve = table(&section, "survival_curve")?;
    let (s, model, r) = (numbers(curve, "s")?, numbers(curve, "s_model")?, numbers(curve, "r_model")?);
    for t in 0..8 {
        assert!(near(s[t], survivors[t] as f64 / 1000.0, MONEY), "{t}: {:?}", s[t]);
    }
    // α = 0.668, β = 3.806: S(1) = β/(α+β), r(2) = (β+1)/(α+β+1).
    assert!(near(model[1], 3.806 / 4.474, PRINTED) && near(r[2], 4.806 / 5.474, PRINTED), "{model:?} {r:?}");
    let cells = table(&section, "cohort_cell")?;
    assert_eq!(texts(cells, "rate_kind")?[0], "retention");
    assert!(near(numbers(cells, "rate")?[7], 0.491, MONEY));
    assert!(near(measure(&section, "annual_retention")?.0, 491.0 / 517.0, MONEY));
    assert!(near(measure(&section, "contract_nrr")?.0, 491.0 / 517.0, MONEY));
    let customers = table(&section, "persist_customer")?;
    assert_eq!(customers.height(), 1000);
    let states = texts(customers, "loyalty_state")?;
    assert_eq!(states.iter().filter(|state| *state == "under_contract").count(), 491);
    assert_eq!(texts(customers, "churn_rule")?[0], "contract ended");
    Ok(())
}

#[test]
fn a_renewal_after_a_pause_comes_back_and_grace_bridges_it() -> Outcome {
    let frame = df!(
        "no" => ["1", "2", "3"],
        "who" => ["a", "a", "b"],
        "from" => ["2023-01-01", "2024-03-15", "2023-06-01"],
        "to" => [Some("2024-01-31"), None, None],
        "fee" => [10.0, 15.0, 7.0],
    )?;
    let contracts = || Contracts::scan(frame.clone(), &ContractColumns::new("no", "who", "from", "fee").end("to"));
    let sale = df!("who" => ["z"], "no" => ["1"], "day" => ["2024-01-01"], "net" => [5.0])?;
    let tables = lines(sale)?.with_contracts(contracts()?);
    let window = Window::new("2024-01-01".parse()?, "2024-06-30".parse()?, Grain::Month)?;
    let of =
        |grace| section(&ProfileInput::new(&tables, window), &PersistencySettings { contract_grace: grace, ..small() });
    let strict = of(0)?;
    assert_eq!(counts(table(&strict, "stock_retention")?, "left")?, some(&[0, 1, 0, 0, 0, 0]));
    assert_eq!(numbers(table(&strict, "revenue_retention")?, "resurrected")?[2], Some(15.0));
    assert_eq!(counts(table(&of(60)?, "stock_retention")?, "left")?, some(&[0; 6]));
    Ok(())
}

#[test]
fn surveys_and_wallets_say_what_customers_say_and_spend_elsewhere() -> Outcome {
    let frame = df!(
        "who" => ["C1", "C1", "C2", "C3", "C6", "C1", "C2", "C3", "C1", "C2", "C3", "C9"],
        "day" => ["2024-02-01", "2024-06-01", "2024-03-01", "2024-03-01", "2025-01-01", "2024-03-01", "2024-03-01",
                  "2024-03-01", "2024-03-01", "2024-03-01", "2024-03-01", "2024-03-01"],
        "asked" => ["NPS", "NPS", "NPS", "nps", "NPS", "CSAT", "CSAT", "CSAT", "delivery", "delivery", "delivery", "NPS"],
        "value" => [0.0, 9.0, 3.0, 10.0, 0.0, 5.0, 1.0, 4.0, 5.0, 1.0, 3.0, 8.0],
        "low" => [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        "high" => [10.0, 10.0, 10.0, 10.0, 10.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 10.0],
    )?;
    let columns = SurveyColumns::new("who", "day", "value").instrument("asked").scale_columns("low", "high");
    let wallets = df!(
        "who" => ["C1", "C2", "C2"],
        "all" => [1000.0, 200.0, 5000.0],
        "year" => ["2024", "2024", "2023"],
        "rank" => [1.0, 2.0, 1.0],
        "brands" => [2.0, 3.0, 2.0],
    )?;
    let wallets =
        Wallets::scan(wallets, &WalletColumns::new("who", "all").period("year").rank("rank").brands("brands"))?;
    let tables = fixture::tables()?.with_surveys(Surveys::scan(frame, &columns)?).with_wallets(wallets);
    let section = section(&ProfileInput::new(&tables, fixture::year()?), &small())?;
    let rows = table(&section, "persist_customer")?;
    assert_eq!(counts(rows, "nps")?, [Some(9), Some(3), Some(10), None, None, None], "latest, and none from 2025");
    assert_eq!(numbers(rows, "csat")?[..3], [Some(1.0), Some(0.0), Some(0.75)]);
    // Of four latest answers 9, 3, 10 and 8: two promoters, one detractor.
    assert_eq!(measure(&section, "nps")?.0, Some(25.0));
    assert!(near(measure(&section, "csat_top_2_box")?.0, 2.0 / 3.0, MONEY));
    // C1 spent 400 of 1000; C2 300 of 200, which counts as all of it.
    let sow = numbers(rows, "sow")?;
    assert!(near(sow[0], 0.4, MONEY) && near(sow[1], 1.0, MONEY) && sow[2].is_none());
    assert!(near(measure(&section, "share_of_wallet")?.0, 600.0 / 1200.0, MONEY));
    assert_eq!(texts(rows, "flags")?[1], "wallet_below_own_spend");
    assert_eq!(counts(rows, "wallet_rank")?[..2], [Some(1), Some(2)]);
    assert!(near(numbers(rows, "wallet_allocation")?[0], 2.0 / 3.0, MONEY));
    let items = table(&section, "importance_performance")?;
    assert_eq!((texts(items, "item")?[0].as_str(), counts(items, "n")?[0]), ("DELIVERY", Some(3)));
    Ok(())
}

#[test]
fn scores_split_the_tables_by_segment_and_fill_what_models_say() -> Outcome {
    let scores = CustomerScores::new(df!(
        "customer_id" => ["C1", "C2", "C3", "C5", "C6"],
        "segment" => ["good", "good", "other", "other", "other"],
        "p_alive" => [0.9, 0.8, 0.7, 0.1, 0.5],
        "cm2" => [105.6, 72.0, 13.6, -105.6, 57.6],
    )?)?;
    let tables = fixture::tables()?;
    let input = ProfileInput::new(&tables, fixture::year()?).with_scores(&scores);
    let section = section(&input, &small())?;
    let growth = table(&section, "growth_account")?;
    let (segments, active) = (texts(growth, "segment")?, counts(growth, "active")?);
    assert_eq!(segments[..3], ["all", "good", "other"]);
    for row in (0..growth.height()).step_by(3) {
        assert_eq!(active[row], active[row + 1].zip(active[row + 2]).map(|(a, b)| a + b));
    }
    let rows = table(&section, "persist_customer")?;
    assert!(near(numbers(rows, "p_alive")?[4], 0.1, 0.0) && numbers(rows, "p_alive")?[3].is_none());
    // Median tenure 301 days, median profit 57.6.
    let quadrants = texts(rows, "quadrant")?;
    assert_eq!(quadrants, ["true_friends", "true_friends", "strangers", "", "barnacles", "butterflies"]);
    assert!(!section.gaps.iter().any(|gap| gap.analysis == "p_alive"));
    Ok(())
}

#[test]
fn missing_tables_are_gaps_with_what_would_fill_them() -> Outcome {
    let section = fixture_section(&small())?;
    for (analysis, need) in [
        ("stock_retention", "contracts"),
        ("share_of_wallet", "wallets"),
        ("net promoter score", "surveys"),
        ("importance_performance", "surveys"),
        ("p_alive", "scores.p_alive"),
    ] {
        let gap = section.gaps.iter().find(|gap| gap.analysis == analysis).ok_or(analysis)?;
        assert_eq!(gap.needs.iter().map(ToString::to_string).collect::<Vec<_>>(), [need]);
    }
    Ok(())
}

#[test]
fn ids_of_different_types_are_named() -> Outcome {
    let customers = Customers::scan(df!("id" => [1_i64])?, &CustomerColumns::new("id"))?;
    let tables = fixture::tables()?.with_customers(customers);
    let error = section(&ProfileInput::new(&tables, fixture::year()?), &small()).err().ok_or("accepted")?;
    assert!(matches!(error, ProfileError::IdTypes { .. }), "{error}");
    Ok(())
}

#[test]
fn one_window_as_period_is_compared_with_the_one_before() -> Outcome {
    let tables = fixture::tables()?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Window)?), &small())?;
    let growth = table(&section, "growth_account")?;
    assert_eq!(growth.height(), 1);
    // C5 bought in 2023 and not in 2024; four others came.
    let of = |column: &str| counts(growth, column).map(|counts| counts[0]);
    assert_eq!((of("active")?, of("new")?, of("dormant")?), (Some(4), Some(4), Some(1)));
    let overlap = table(&section, "period_overlap")?;
    assert_eq!(counts(overlap, "customers")?, some(&[1, 0, 4]));
    let patterns = table(&section, "buying_pattern")?;
    assert_eq!((texts(patterns, "pattern")?[0].as_str(), counts(patterns, "customers")?[0]), ("N-Y", Some(4)));
    Ok(())
}

#[test]
fn nobody_who_bought_is_no_error() -> Outcome {
    let tables = lines(df!("who" => ["a"], "no" => ["1"], "day" => ["2025-06-01"], "net" => [5.0])?)?;
    let section = section(&ProfileInput::new(&tables, year(Grain::Quarter)?), &PersistencySettings::default())?;
    assert_eq!(table(&section, "persist_customer")?.height(), 0);
    assert_eq!(measure(&section, "repeat_purchase_rate")?.0, None);
    assert!(section.gaps.iter().any(|gap| gap.analysis == "cohort_cell"));
    Ok(())
}

#[test]
fn wrong_settings_are_all_told_at_once() {
    let settings = PersistencySettings {
        min_coverage: 2.0,
        level: 1.0,
        silence: SilenceLimit::Intervals(0.0),
        cohort_mode: CohortMode::Bracket(vec![0]),
        trend_periods: 2,
        tenure_cut: Some(f64::NAN),
        ..PersistencySettings::default()
    };
    assert_eq!(settings.check().map_err(|error| error.violations().len()), Err(6));
}

/// Trend by scipy: `theilslopes([10, 30, 20, 50])[0] = 40/3` by the median of slopes 20, 5, 40/3, −10, 10, 30 → 11.667.
#[test]
fn a_trend_is_relative_to_the_mean_and_unknown_of_two_periods() {
    let found = trend(&[10.0, 30.0, 20.0, 50.0]).map(|trend| trend.slope);
    assert!(near(found, (10.0 + 40.0 / 3.0) / 2.0 / 27.5, MONEY), "{found:?}");
    assert!(trend(&[1.0, 2.0]).is_none() && trend(&[0.0, 0.0, 0.0]).is_none() && trend(&[-1.0, -2.0, -3.0]).is_none());
}
