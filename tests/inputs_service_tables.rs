//! Bad tables of tickets, payments, surveys and referrals: each ends with the error that names what is wrong, and
//! quarantine gives the rows back.

use emptor::polars::df;
use emptor::polars::prelude::DataFrame;
use emptor::prelude::*;
use emptor::table::TableError;

fn quarantine() -> ReadOptions {
    ReadOptions::default().policy(Policy::Quarantine)
}

fn message<T>(result: Result<T, TableError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

fn assert_says(error: &str, needles: &[&str]) {
    for needle in needles {
        assert!(error.contains(needle), "no `{needle}` in {error}");
    }
}

/// The rows set aside, with their reasons.
fn reasons(rejects: Option<&DataFrame>) -> Vec<(u32, String)> {
    let rejects = rejects.unwrap();
    let rows = rejects.column("row").unwrap().u32().unwrap().iter();
    let reasons = rejects.column("reasons").unwrap().str().unwrap().iter();
    rows.zip(reasons).map(|(row, reason)| (row.unwrap(), reason.unwrap().to_owned())).collect()
}

fn ticket_columns() -> TicketColumns {
    TicketColumns::new("who", "from")
        .id("no")
        .closed("to")
        .sla_due("due")
        .reopened("again")
        .first_contact_resolved("at_once")
        .satisfaction("stars", 1.0, 5.0)
}

fn tickets() -> DataFrame {
    df!(
        "no" => ["t1", "t2", "t3", "t3", "t5"],
        "who" => [Some(1_i64), None, Some(3), Some(3), Some(5)],
        "from" => ["2024-05-10"; 5],
        "to" => [Some("2024-05-09"), None, Some("2024-05-12"), None, Some("2024-05-10")],
        "due" => [None, Some("2024-05-01"), None, None, Some("2024-05-11")],
        "again" => [Some("no"), Some("maybe"), None, None, Some("yes")],
        "at_once" => [true, false, true, false, false],
        "stars" => [Some(6.0), Some(0.0), Some(5.0), Some(1.0), None],
    )
    .unwrap()
}

#[test]
fn every_rule_of_tickets_is_reported_at_once() {
    let error = message(Tickets::scan(tickets(), &ticket_columns()));
    assert_says(
        &error,
        &[
            "column `who` must not be null: 1 row, e.g. row 2 {",
            "column `to` must not lie before the day of opening: 1 row, e.g. row 1 {",
            "to: 2024-05-09",
            "column `due` must not lie before the day of opening: 1 row, e.g. row 2 {",
            "column `again` must be yes or no: 1 row",
            "again: maybe",
            "column `stars` must lie on its scale from 1 to 5: 2 rows",
            "stars: 6",
            "column `no` must identify one row only: 2 rows",
        ],
    );
}

#[test]
fn tickets_that_break_a_rule_come_back_with_their_reasons() {
    let tickets = Tickets::scan_with(tickets(), &ticket_columns(), &quarantine()).unwrap();
    assert_eq!((tickets.quality().accepted, tickets.quality().quarantined), (1, 4));
    let reasons = reasons(tickets.rejects());
    assert_eq!(reasons.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(reasons[0].1.contains("to must not lie before the day of opening"), "{reasons:?}");
    assert!(reasons[3].1.contains("no must identify one row only"), "{reasons:?}");
    assert_eq!(tickets.rejects().unwrap().column("stars").unwrap().f64().unwrap().get(0), Some(6.0));
}

#[test]
fn columns_of_tickets_that_are_not_there_are_listed_together() {
    let frame = df!("who" => [1_i64], "opened" => ["2024-05-10"]).unwrap();
    let error = message(Tickets::scan(frame, &TicketColumns::new("who", "from").closed("to")));
    assert_says(&error, &["no column `from` (mapped to opened)", "`to` (mapped to closed)", "who, opened"]);
}

fn payments() -> DataFrame {
    df!(
        "no" => ["i1", "i2", "i2", "i4"],
        "who" => ["a", "b", "b", "c"],
        "net" => [0.0, -5.0, f64::NAN, 80.0],
        "due" => [Some("2024-05-10"), None, Some("2024-05-10"), Some("2024-05-10")],
        "paid" => [Some("2024-05-01"), None, Some("soon"), None],
    )
    .unwrap()
}

#[test]
fn every_rule_of_payments_is_reported_at_once_and_quarantined_money_is_counted() {
    let columns = PaymentColumns::new("who", "net", "due").invoice("no").paid_at("paid");
    assert_says(
        &message(Payments::scan(payments(), &columns)),
        &[
            "column `net` must be above 0: 2 rows, e.g. row 1 {",
            "net: -5",
            "column `net` must be finite and at most 1e12 in absolute value: 1 row, e.g. row 3 {",
            "column `due` must not be null: 1 row, e.g. row 2 {",
            "column `paid` must be a date written YYYY-MM-DD",
            "paid: soon",
            "column `no` must identify one row only: 2 rows",
        ],
    );
    let payments = Payments::scan_with(payments(), &columns, &quarantine()).unwrap();
    assert_eq!((payments.quality().accepted, payments.rejects().unwrap().height()), (1, 3));
    let fact = payments.quality().fact("all invoices").unwrap();
    assert_eq!((fact.rows, fact.amount), (1, Some(80.0)));
}

#[test]
fn invoices_in_two_currencies_are_refused() {
    let frame = df!("who" => [1, 2], "net" => [1.0, 2.0], "due" => ["2024-01-01"; 2], "ccy" => ["EUR", "USD"]).unwrap();
    let error = message(Payments::scan(frame, &PaymentColumns::new("who", "net", "due").currency("ccy")));
    assert_says(&error, &["`ccy` names more than one currency (EUR, USD)"]);
}

fn answers() -> DataFrame {
    df!(
        "who" => [1_i64, 2, 3, 4, 5],
        "day" => ["2024-05-10"; 5],
        "asked" => [Some("NPS"), None, Some("CSAT"), Some("CES"), Some("NPS")],
        "value" => [11.0, 5.0, 0.0, 3.0, 0.0],
        "low" => [0.0, 0.0, 1.0, 7.0, 0.0],
        "high" => [10.0, 10.0, 5.0, 7.0, 10.0],
    )
    .unwrap()
}

#[test]
fn every_rule_of_surveys_is_reported_at_once_and_the_rows_come_back() {
    let columns = SurveyColumns::new("who", "day", "value").instrument("asked").scale_columns("low", "high");
    assert_says(
        &message(Surveys::scan(answers(), &columns)),
        &[
            "column `asked` must not be null: 1 row, e.g. row 2 {",
            "column `value` must lie on its scale: 2 rows, e.g. row 1 {",
            "value: 11",
            "column `high` must be above the lowest value of its scale: 1 row, e.g. row 4 {",
        ],
    );
    let surveys = Surveys::scan_with(answers(), &columns, &quarantine()).unwrap();
    assert_eq!(surveys.quality().accepted, 1);
    assert_eq!(reasons(surveys.rejects())[1], (2, "asked must not be null".to_owned()));
}

#[test]
fn one_scale_for_all_rows_is_a_rule_too() {
    let columns = SurveyColumns::new("who", "day", "value").named("NPS").scale(0.0, 10.0);
    let error = message(Surveys::scan(answers(), &columns));
    assert_says(&error, &["column `value` must lie on its scale: 1 row, e.g. row 1 {"]);
}

fn referrals() -> DataFrame {
    df!(
        "from" => [Some("a"), Some("b"), Some("a"), Some("d"), None, Some("a")],
        "to" => [Some("b"), Some("a"), Some("c"), Some("d"), Some("e"), Some("c")],
        "day" => ["2024-05-10"; 6],
    )
    .unwrap()
}

#[test]
fn nobody_refers_himself_and_no_two_refer_each_other() {
    let columns = ReferralColumns::new("from", "to", "day");
    assert_says(
        &message(Referrals::scan(referrals(), &columns)),
        &[
            "column `to` must not be the referrer: 1 row, e.g. row 4 {",
            "column `from, to` must not lead there and back: 2 rows, e.g. row 1 {",
            "column `from` must not be null: 1 row, e.g. row 5 {",
        ],
    );
    let referrals = Referrals::scan_with(referrals(), &columns, &quarantine()).unwrap();
    assert_eq!(referrals.quality().accepted, 2, "a refers c, twice");
    let rows: Vec<u32> = reasons(referrals.rejects()).iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [1, 2, 4, 5]);
}
