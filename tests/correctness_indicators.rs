//! Grading indicators on a fixture small enough to compute by hand, as of 31 December 2024.

use emptor::analysis::{AnalysisError, indicators};
use emptor::polars::df;
use emptor::polars::prelude::{DataFrame, IdxCa};
use emptor::prelude::*;

use crate::real_data::date;

const AS_OF: &str = "2024-12-31";

/// Rounding of sums, quotients and one square root.
const ROUND: f64 = 1e-12;

/// The frames of all tables, in the order of `open`.
type Frames = Vec<DataFrame>;

fn frames() -> Frames {
    vec![
        // Customer 1 buys on three days, 360 and 150 days apart, and returns goods; 2 bought lately; 3 three years ago;
        // 4 has only returned.
        df!(
            "who" => [1_i64, 1, 1, 1, 2, 3, 4, 1],
            "day" => ["2023-03-01", "2024-02-24", "2024-07-23", "2024-08-01", "2024-06-01", "2022-01-01", "2024-05-01", "2025-01-01"],
            "net" => [100.0, 60.0, 90.0, -30.0, 50.0, 10.0, -5.0, 1000.0],
            "list" => [Some(100.0), Some(80.0), Some(100.0), Some(-33.0), None, Some(10.0), None, Some(1000.0)],
            "what" => ["P1", "P2", "P1", "P1", "P2", "P1", "P1", "P3"],
        )
        .unwrap(),
        df!("what" => ["P1", "P2", "P3"], "category" => ["tools", "toys", "tools"]).unwrap(),
        df!(
            "who" => [1_i64, 1, 1, 1, 3, 9, 2],
            "from" => ["2024-03-01", "2024-06-01", "2024-12-20", "2024-12-30", "2024-01-01", "2024-01-01", "2025-01-01"],
            "to" => [Some("2024-03-05"), Some("2024-06-03"), None, Some("2025-01-02"), Some("2024-01-01"), None, None],
            "due" => [Some("2024-03-04"), Some("2024-06-10"), Some("2024-12-29"), Some("2024-12-31"), None, None, None],
            "again" => [Some(false), Some(true), None, Some(true), None, None, None],
            "stars" => [Some(5.0), Some(2.0), None, Some(1.0), None, None, None],
        )
        .unwrap(),
        df!(
            "who" => [Some(1_i64), Some(1), Some(2), None, Some(3)],
            "day" => ["2024-03-01", "2024-06-01", "2024-06-01", "2024-06-01", "2025-01-01"],
            "cost" => [Some(11.0), Some(11.0), None, Some(7.0), Some(99.0)],
        )
        .unwrap(),
        df!(
            "who" => [1_i64, 1, 1, 1, 1, 2],
            "net" => [100.0, 50.0, 30.0, 50.0, 500.0, 20.0],
            "due" => ["2024-03-01", "2024-06-01", "2024-09-01", "2024-12-30", "2024-12-31", "2024-08-01"],
            "paid" => [Some("2024-03-01"), Some("2024-06-20"), None, None, None, Some("2025-02-01")],
            "disputed" => [None, None, Some(true), Some(false), None, None],
        )
        .unwrap(),
        df!(
            "who" => [1_i64, 1, 1, 2, 3, 2],
            "day" => ["2023-01-01", "2024-11-01", "2025-01-05", "2024-07-01", "2024-07-01", "2024-07-01"],
            "asked" => ["NPS", "NPS", "NPS", "NPS", "nps ", "CSAT"],
            "value" => [3.0, 9.0, 0.0, 8.0, 6.0, 4.0],
            "low" => [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            "high" => [10.0, 10.0, 10.0, 10.0, 10.0, 5.0],
        )
        .unwrap(),
        df!(
            "from" => [1_i64, 1, 1, 1],
            "to" => [2_i64, 2, 9, 3],
            "day" => ["2024-05-01", "2024-05-09", "2024-06-01", "2025-03-01"],
        )
        .unwrap(),
        df!(
            "who" => [1_i64, 1, 1, 2, 3],
            "year" => ["2024", "2023", "2025", "2024", "2021"],
            "category" => ["tools", "tools", "tools", "toys", "tools"],
            "spent" => [240.0, 1000.0, 60.0, 40.0, 0.0],
        )
        .unwrap(),
    ]
}

fn transactions(frame: &DataFrame) -> Transactions {
    let columns = TransactionColumns::new("who", "day").amount("net").list_amount("list").product("what");
    Transactions::from_frame(frame.clone(), &columns).unwrap()
}

fn open(frames: &Frames) -> Tables {
    let table = |place: usize| frames[place].clone();
    let tickets = TicketColumns::new("who", "from").closed("to").sla_due("due").reopened("again");
    let tickets = Tickets::scan(table(2), &tickets.satisfaction("stars", 1.0, 5.0)).unwrap();
    let activities = ActivityColumns::new("who", "day").named("call").cost("cost");
    let payments = PaymentColumns::new("who", "net", "due").paid_at("paid").disputed("disputed");
    let surveys = SurveyColumns::new("who", "day", "value").instrument("asked").scale_columns("low", "high");
    let wallets = WalletColumns::new("who", "spent").period("year").category("category");
    Tables::new(transactions(&frames[0]))
        .with_products(Products::scan(table(1), &ProductColumns::new("what").category("category")).unwrap())
        .with_tickets(tickets)
        .with_activities(Activities::scan(table(3), &activities).unwrap())
        .with_payments(Payments::scan(table(4), &payments).unwrap())
        .with_surveys(Surveys::scan(table(5), &surveys).unwrap())
        .with_referrals(Referrals::scan(table(6), &ReferralColumns::new("from", "to", "day")).unwrap())
        .with_wallets(Wallets::scan(table(7), &wallets).unwrap())
}

fn computed(frames: &Frames) -> DataFrame {
    indicators(&open(frames), date(AS_OF)).unwrap()
}

fn column(frame: &DataFrame, name: &str) -> Vec<Option<f64>> {
    frame.column(name).unwrap().f64().unwrap().iter().collect()
}

#[test]
fn every_indicator_is_what_its_formula_says() {
    let frame = computed(&frames());
    let (none, cv) = (None, 105.0 * 2.0_f64.sqrt() / 255.0);
    // Customers 1, 2 and 3; what customer 4 never bought is unknown throughout.
    let expected: [(&str, [Option<f64>; 3]); 20] = [
        ("spend", [Some(220.0), Some(50.0), Some(10.0)]),
        ("purchases", [Some(3.0), Some(1.0), Some(1.0)]),
        ("days_since_last", [Some(161.0), Some(213.0), Some(1095.0)]),
        // 60 + 90 − 30 against 100; too short a tenure; nothing in either year.
        ("spend_growth", [Some(20.0 / 220.0), none, none]),
        // Gaps 360 and 150: mean 255, both 105 away.
        ("interval_cv", [Some(cv), none, none]),
        ("spend_per_purchase", [Some(220.0 / 3.0), Some(50.0), Some(10.0)]),
        ("return_share", [Some(30.0 / 250.0), Some(0.0), Some(0.0)]),
        ("products", [Some(2.0), Some(1.0), Some(1.0)]),
        // 30 off 280.
        ("discount_share", [Some(30.0 / 280.0), none, Some(0.0)]),
        ("tickets_per_purchase", [Some(4.0 / 3.0), Some(0.0), Some(1.0)]),
        // 4 and 2 days; the others are not closed.
        ("resolution_days", [Some(3.0), none, Some(0.0)]),
        ("reopened_share", [Some(0.5), none, none]),
        // Late, in time, open past its day; the last is due on the day of observation.
        ("sla_met_share", [Some(1.0 / 3.0), none, none]),
        // 5 and 2 of 1 to 5; 4 of 1 to 5 in a survey.
        ("service_satisfaction", [Some(0.625), Some(0.75), none]),
        ("service_cost_share", [Some(0.1), none, Some(0.0)]),
        ("tenure_days", [Some(671.0), Some(213.0), Some(1095.0)]),
        // 50 paid late and 50 unpaid of 200; paid after the day of observation.
        ("overdue_share", [Some(0.5), Some(1.0), none]),
        ("referrals", [Some(2.0), Some(0.0), Some(0.0)]),
        ("nps", [Some(1.0), Some(0.0), Some(-1.0)]),
        // 90 − 30 of 240 on tools in 2024; 50 of 40; a wallet of nothing.
        ("share_of_wallet", [Some(0.25), Some(1.0), none]),
    ];
    let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
    assert_eq!(names.len(), 1 + expected.len(), "{names:?}");
    for (name, expected) in &expected {
        let values = column(&frame, name);
        assert_eq!(values[3], None, "{name}");
        for (customer, (value, expected)) in values.iter().zip(expected).enumerate() {
            let agrees = match (value, expected) {
                (Some(value), Some(expected)) => (value - expected).abs() < ROUND,
                (value, expected) => value.is_none() && expected.is_none(),
            };
            assert!(agrees, "{name} of customer {}: {value:?} for {expected:?}", customer + 1);
        }
    }
}

#[test]
fn the_mean_of_the_promoter_scores_is_the_net_promoter_score() {
    let scores: Vec<f64> = column(&computed(&frames()), "nps").into_iter().flatten().collect();
    let of = |score: f64| scores.iter().filter(|s| s.total_cmp(&score).is_eq()).count() as f64;
    let (sum, n) = (scores.iter().sum::<f64>(), scores.len() as f64);
    assert!((sum / n - (of(1.0) - of(-1.0)) / n).abs() < ROUND && scores.len() == 3);
}

#[test]
fn the_order_of_rows_changes_no_bit() {
    let (expected, step) = (computed(&frames()), 5);
    let shuffled: Frames = frames()
        .into_iter()
        .map(|frame| {
            let n = frame.height() as u32;
            // Neighbours come five apart where the height allows it, last rows first.
            let step = if n.is_multiple_of(step) { 1 } else { step };
            let rows: Vec<u32> = (0..n).map(|row| (n - 1 - row) * step % n).collect();
            frame.take(&IdxCa::from_vec("row".into(), rows)).unwrap()
        })
        .collect();
    assert_ne!(frames(), shuffled);
    let found = computed(&shuffled);
    for name in expected.get_column_names().into_iter().skip(1) {
        let bits = |frame: &DataFrame| -> Vec<Option<u64>> {
            column(frame, name).into_iter().map(|value| value.map(f64::to_bits)).collect()
        };
        assert_eq!(bits(&expected), bits(&found), "{name}");
    }
}

#[test]
fn what_is_dated_after_the_day_of_observation_changes_nothing() {
    let last = date(AS_OF).to_string();
    let known: Frames = frames()
        .into_iter()
        .zip([Some("day"), None, Some("from"), Some("day"), Some("due"), Some("day"), Some("day"), Some("year")])
        .map(|(frame, day)| match day {
            None => frame,
            Some(day) => {
                let days = frame.column(day).unwrap().str().unwrap().clone();
                let rows = (0_u32..).zip(days.iter()).filter(|(_, day)| day.unwrap() <= last.as_str());
                frame.take(&IdxCa::from_vec("row".into(), rows.map(|(row, _)| row).collect())).unwrap()
            }
        })
        .collect();
    let dropped: Vec<usize> = frames().iter().zip(&known).map(|(all, known)| all.height() - known.height()).collect();
    assert_eq!(dropped, [1, 0, 1, 1, 0, 1, 1, 1]);
    assert!(computed(&frames()).equals_missing(&computed(&known)));
}

#[test]
fn columns_are_there_if_their_tables_are() {
    let frames = frames();
    let alone = |tables: Tables| -> Vec<String> {
        let frame = indicators(&tables, date(AS_OF)).unwrap();
        frame.get_column_names().into_iter().map(|name| name.to_string()).collect()
    };
    let bare = TransactionColumns::new("who", "day").amount("net");
    let bare = || Tables::new(Transactions::from_frame(frames[0].clone(), &bare).unwrap());
    let without = alone(bare());
    assert_eq!(
        without,
        [
            "customer_id",
            "spend",
            "purchases",
            "days_since_last",
            "spend_growth",
            "interval_cv",
            "spend_per_purchase",
            "return_share",
            "tenure_days"
        ]
    );
    let added =
        |tables: Tables| -> Vec<String> { alone(tables).into_iter().filter(|name| !without.contains(name)).collect() };
    let tickets = Tickets::scan(frames[2].clone(), &TicketColumns::new("who", "from")).unwrap();
    assert_eq!(added(bare().with_tickets(tickets)), ["tickets_per_purchase"]);
    // A list of open invoices does not say which were paid.
    let payments = Payments::scan(frames[4].clone(), &PaymentColumns::new("who", "net", "due")).unwrap();
    assert!(added(bare().with_payments(payments)).is_empty());
    let visits = ActivityColumns::new("who", "day").named("visit");
    let visits = Activities::scan(frames[3].clone(), &visits).unwrap();
    assert!(added(bare().with_activities(visits)).is_empty());
    let surveys = SurveyColumns::new("who", "day", "value").named("NPS").scale(0.0, 10.0);
    let surveys = Surveys::scan(frames[5].clone(), &surveys).unwrap();
    assert_eq!(added(bare().with_surveys(surveys)), ["service_satisfaction", "nps"]);
    // Categories of wallets need categories of products.
    let columns = WalletColumns::new("who", "spent").period("year").category("category");
    let wallets = Wallets::scan(frames[7].clone(), &columns).unwrap();
    assert!(added(bare().with_wallets(wallets)).is_empty());
}

#[test]
fn wallets_without_period_and_category_are_compared_with_all_spend_of_a_year() {
    let wallets = df!("who" => [1_i64, 3], "spent" => [480.0, 100.0]).unwrap();
    let wallets = Wallets::scan(wallets, &WalletColumns::new("who", "spent")).unwrap();
    let tables = Tables::new(transactions(&frames()[0])).with_wallets(wallets);
    let shares = column(&indicators(&tables, date(AS_OF)).unwrap(), "share_of_wallet");
    assert_eq!(shares, [Some(0.25), None, Some(0.0), None]);
}

#[test]
fn a_period_that_is_not_one_of_the_calendar_is_named() {
    let wallets = df!("who" => [1_i64], "year" => ["FY24"], "spent" => [480.0]).unwrap();
    let wallets = Wallets::scan(wallets, &WalletColumns::new("who", "spent").period("year")).unwrap();
    let tables = Tables::new(transactions(&frames()[0])).with_wallets(wallets);
    let error = indicators(&tables, date(AS_OF)).unwrap_err().to_string();
    assert_eq!(error, "period of wallets must be a year (2024), a quarter (2024-Q1) or a month (2024-01) (got FY24)");
}

#[test]
fn ids_of_another_type_than_the_transactions_are_refused_by_table() {
    let day = || vec!["2024-01-01"];
    let tables = || Tables::new(transactions(&frames()[0]));
    let who = df!("who" => ["a"], "to" => ["b"], "day" => day(), "n" => [1.0]).unwrap();
    let survey = SurveyColumns::new("who", "day", "n").named("NPS").scale(0.0, 10.0);
    let cases = [
        ("tickets", tables().with_tickets(Tickets::scan(who.clone(), &TicketColumns::new("who", "day")).unwrap())),
        (
            "activities",
            tables().with_activities(
                Activities::scan(who.clone(), &ActivityColumns::new("who", "day").named("call").cost("n")).unwrap(),
            ),
        ),
        (
            "payments",
            tables().with_payments(
                Payments::scan(who.clone(), &PaymentColumns::new("who", "n", "day").paid_at("day")).unwrap(),
            ),
        ),
        ("surveys", tables().with_surveys(Surveys::scan(who.clone(), &survey).unwrap())),
        (
            "referrals",
            tables().with_referrals(Referrals::scan(who.clone(), &ReferralColumns::new("who", "to", "day")).unwrap()),
        ),
        ("wallets", tables().with_wallets(Wallets::scan(who, &WalletColumns::new("who", "n")).unwrap())),
    ];
    for (table, tables) in cases {
        let error = indicators(&tables, date(AS_OF)).unwrap_err();
        assert!(matches!(error, AnalysisError::IdTypes { left_table, .. } if left_table == table), "{table}: {error}");
    }
}
