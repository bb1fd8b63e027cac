//! The bridge between customer equity on two dates, customer by customer and in total.

use emptor::value::equity::{BaseSnapshot, BridgeRow, EquityBridge};
use emptor::value::{ClosedForm, RetentionRate};
use serde::Deserialize;

use crate::golden_equity::{At, YEAR, family, kept, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Customer {
    customer: String,
    opening_margin: Option<f64>,
    opening_retention: Option<f64>,
    closing_margin: Option<f64>,
    closing_retention: Option<f64>,
    opening: f64,
    new: f64,
    lost: f64,
    margin: f64,
    retention: f64,
    rate: f64,
    closing: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Total {
    opening_rate: f64,
    closing_rate: f64,
    opening: f64,
    new: f64,
    lost: f64,
    margin: f64,
    retention: f64,
    rate: f64,
    closing: f64,
}

/// Opening, new, lost, margin, retention, rate, closing.
type Lines = [f64; 7];

fn check(at: &At, row: &BridgeRow, expected: Lines) {
    let lines = [row.before, row.new, row.lost, row.margin, row.retention, row.discount_rate, row.after];
    at.meets_each(&row.name, &lines, &expected);
    at.meets_each("nothing else", &[row.regained, row.moved, row.potential], &[0.0; 3]);
}

/// A base in which every customer is a part of its own.
fn snapshot(rate: f64, customers: &[(String, f64, f64)]) -> BaseSnapshot<String> {
    let ids: Vec<String> = customers.iter().map(|(id, ..)| id.clone()).collect();
    let margin = customers.iter().map(|(_, margin, _)| *margin).collect();
    let retention: Vec<RetentionRate> = customers.iter().map(|(.., retention)| kept(*retention)).collect();
    BaseSnapshot::endless(ClosedForm::T1, yearly(rate), YEAR, ids.clone(), margin, retention)
        .unwrap()
        .with_parts(ids)
        .unwrap()
}

#[test]
fn every_line_of_the_bridge_is_that_of_the_values_in_between() {
    let customers = family::<Customer>("bridge_customer");
    let totals = family::<Total>("bridge_total");
    assert_eq!(totals.len(), 1);
    let (total, at_total) = &totals[0];
    let present = |id: &str, margin: Option<f64>, retention: Option<f64>| Some((id.to_owned(), margin?, retention?));
    let opening: Vec<_> =
        customers.iter().filter_map(|(c, _)| present(&c.customer, c.opening_margin, c.opening_retention)).collect();
    let closing: Vec<_> =
        customers.iter().filter_map(|(c, _)| present(&c.customer, c.closing_margin, c.closing_retention)).collect();
    let (before, after) = (snapshot(total.opening_rate, &opening), snapshot(total.closing_rate, &closing));
    let bridge = EquityBridge::between(&before, &after).unwrap();

    assert_eq!(bridge.parts.len(), customers.len());
    for (case, at) in &customers {
        let row = bridge.parts.iter().find(|row| row.name == case.customer).unwrap();
        check(at, row, [case.opening, case.new, case.lost, case.margin, case.retention, case.rate, case.closing]);
    }
    let Total { opening, new, lost, margin, retention, rate, closing, .. } = *total;
    check(at_total, &bridge.total, [opening, new, lost, margin, retention, rate, closing]);
    at_total.meets("value before", before.value().unwrap(), opening);
    at_total.meets("value after", after.value().unwrap(), closing);
}
