//! Purchase histories against published tables and peers.

use std::collections::{BTreeMap, BTreeSet};

use emptor::polars::prelude::{LazyCsvReader, LazyFileListReader};
use emptor::prelude::*;
use emptor::rfm::{Convention, FreeLines};
use serde::Deserialize;

use crate::real_data::{cdnow_sample, date, file};

/// Published times are unrounded doubles computed in another order of operations.
const UNROUNDED: f64 = 1e-9;
/// Sums of thousands of doubles.
const SUM: f64 = 1e-6;

#[test]
fn the_cdnow_sample_equals_the_published_summary_for_every_customer() {
    let Some(transactions) = cdnow_sample() else { return };
    let published = LazyCsvReader::new(file("cdnow/cdnow_cbs_btyd.csv").unwrap().to_str().unwrap().into());
    let published = published.finish().unwrap().collect().unwrap();
    let number = |name: &str| -> Vec<f64> {
        let column = published.column(name).unwrap().cast(&emptor::polars::prelude::DataType::Float64).unwrap();
        column.f64().unwrap().iter().map(|v| v.unwrap()).collect()
    };
    let ledger = PurchaseLedger::collect(&transactions).unwrap();
    let options = HistoryOptions::new(date("1997-09-30"), TimeUnit::Week);
    let split = Split::new(&ledger, options, date("1998-06-30")).unwrap();
    let history = split.calibration();
    assert_eq!(history.len(), 2357);
    let ids: Vec<f64> = history.customers().i64().unwrap().iter().map(|v| v.unwrap() as f64).collect();
    assert_eq!(ids, number("cust"));
    for (name, ours) in [
        ("x", history.frequency()),
        ("t.x", history.recency()),
        ("T.cal", history.t()),
        ("x.star", split.holdout_frequency()),
    ] {
        for (row, (ours, published)) in ours.iter().zip(number(name)).enumerate() {
            assert!((ours - published).abs() < UNROUNDED, "{name} of row {row}: {ours}, published {published}");
        }
    }
    for (row, (ours, published)) in history.monetary_value().iter().zip(number("m.x")).enumerate() {
        let ours = if ours.is_nan() { 0.0 } else { *ours };
        assert!((ours - published).abs() < UNROUNDED, "m.x of row {row}: {ours}, published {published}");
    }
    assert!((split.duration() - 39.0).abs() < UNROUNDED);
}

#[derive(Deserialize)]
struct Golden {
    lifetimes: Vec<Sums>,
}

#[derive(Deserialize)]
struct Sums {
    unit: TimeUnit,
    frequency: f64,
    recency: f64,
    t: f64,
    monetary_value: f64,
    repeaters: usize,
}

/// Days of purchase of every customer of the CDNOW sample up to a day, ascending and distinct.
fn purchase_days(transactions: &Transactions, until: Date) -> BTreeMap<i64, BTreeSet<i32>> {
    let lines = transactions.lines().collect().unwrap();
    let ids = lines.column("customer_id").unwrap().i64().unwrap().clone();
    let days = lines.column("date").unwrap().to_physical_repr().i32().unwrap().clone();
    let mut of: BTreeMap<i64, BTreeSet<i32>> = BTreeMap::new();
    for (id, day) in ids.iter().zip(days.iter()) {
        if day.unwrap() <= until.days_since_epoch() {
            of.entry(id.unwrap()).or_default().insert(day.unwrap());
        }
    }
    of
}

#[test]
fn sums_of_log_gaps_equal_a_naive_loop_in_both_conventions() {
    let Some(transactions) = cdnow_sample() else { return };
    /// Relative to the sum of a few dozen logarithms.
    const ROUNDING: f64 = 1e-12;
    let ledger = PurchaseLedger::collect(&transactions).unwrap();
    let end = date("1998-06-30");
    let days = purchase_days(&transactions, end);
    for convention in [Convention::DayCollapse, Convention::Lifetimes] {
        let options = HistoryOptions::new(end, TimeUnit::Week).convention(convention);
        let history = PurchaseHistory::from_ledger(&ledger, options).unwrap();
        assert_eq!(history.len(), days.len());
        for ((days, ours), x) in days.values().zip(history.sum_ln_gaps()).zip(history.frequency()) {
            // Weeks begin on Monday; 1970-01-01 was a Thursday.
            let times: BTreeSet<i32> = match convention {
                Convention::DayCollapse => days.clone(),
                Convention::Lifetimes => days.iter().map(|day| (day + 3).div_euclid(7)).collect(),
            };
            let per_unit = if convention == Convention::DayCollapse { 7.0 } else { 1.0 };
            let times: Vec<i32> = times.into_iter().collect();
            assert_eq!(*x as usize, times.len() - 1);
            let naive: f64 = times.windows(2).map(|pair| (f64::from(pair[1] - pair[0]) / per_unit).ln()).sum();
            assert!((ours - naive).abs() < ROUNDING * (1.0 + naive.abs() + x), "{ours}, naive {naive}, x = {x}");
        }
    }
}

#[test]
fn shuffled_rows_give_the_same_bits() {
    let Some(transactions) = cdnow_sample() else { return };
    let straight = PurchaseHistory::summarize(&transactions, date("1998-06-30"), TimeUnit::Week).unwrap();
    let lines = transactions.lines().collect().unwrap();
    // 6,919 is prime, so this is a permutation of the rows.
    let n = lines.height() as u32;
    assert_eq!(n, 6919);
    let order: Vec<u32> = (0..n).map(|row| row * 2477 % n).collect();
    let shuffled = lines.take(&emptor::polars::prelude::IdxCa::from_vec("rows".into(), order)).unwrap();
    let columns = TransactionColumns::new("customer_id", "date").amount("amount");
    let shuffled = Transactions::from_frame(shuffled, &columns).unwrap();
    let shuffled = PurchaseHistory::summarize(&shuffled, date("1998-06-30"), TimeUnit::Week).unwrap();
    assert!(shuffled.to_frame().unwrap().equals_missing(&straight.to_frame().unwrap()));
}

#[test]
fn many_long_gaps_neither_overflow_nor_lose_digits() {
    // 40 years of purchases every 90 days: the product of the gaps is far beyond a double.
    let first = date("1980-01-01").days_since_epoch();
    let days: Vec<String> =
        (0..162).map(|i| Date::from_days_since_epoch(first + 90 * i).unwrap().to_string()).collect();
    let rows: Vec<(i64, &str, f64)> = days.iter().map(|day| (1, day.as_str(), 1.0)).collect();
    let history = history(&rows, HistoryOptions::new(date("2024-12-31"), TimeUnit::Day));
    let expected = 161.0 * 90.0_f64.ln();
    assert!((history.sum_ln_gaps()[0] / expected - 1.0).abs() < 1e-14, "{:?}", history.sum_ln_gaps());
}

#[test]
fn the_lifetimes_mode_equals_the_python_package_on_cdnow() {
    let Some(transactions) = cdnow_sample() else { return };
    let ledger = PurchaseLedger::collect(&transactions).unwrap();
    let golden: Golden = toml::from_str(include_str!("golden/cdnow.toml")).unwrap();
    for expected in golden.lifetimes {
        let options = HistoryOptions::new(date("1997-09-30"), expected.unit).convention(Convention::Lifetimes);
        let history = PurchaseHistory::from_ledger(&ledger, options).unwrap();
        let sum = |column: &[f64]| column.iter().sum::<f64>();
        for (name, ours, theirs) in [
            ("frequency", sum(history.frequency()), expected.frequency),
            ("recency", sum(history.recency()), expected.recency),
            ("T", sum(history.t()), expected.t),
            ("monetary_value", sum(history.monetary_value()), expected.monetary_value),
        ] {
            assert!((ours - theirs).abs() < SUM, "{name} per {}: {ours}, lifetimes {theirs}", expected.unit);
        }
        assert_eq!(history.frequency().iter().filter(|x| **x > 0.0).count(), expected.repeaters);
    }
}

fn transactions(rows: &[(i64, &str, f64)]) -> Transactions {
    let frame = emptor::polars::df!(
        "customer" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        "day" => rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        "amount" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
    );
    Transactions::from_frame(frame.unwrap(), &TransactionColumns::new("customer", "day").amount("amount")).unwrap()
}

fn history(rows: &[(i64, &str, f64)], options: HistoryOptions) -> PurchaseHistory {
    PurchaseHistory::from_ledger(&PurchaseLedger::collect(&transactions(rows)).unwrap(), options).unwrap()
}

#[test]
fn the_worked_difference_between_the_conventions_is_as_published() {
    // Lifetime-models specification §B: purchases 1 Jan (twice), 10 and 15 Feb, end 1 Mar, weeks.
    let rows = [(1, "2020-01-01", 10.0), (1, "2020-01-01", 5.0), (1, "2020-02-10", 20.0), (1, "2020-02-15", 30.0)];
    let options = HistoryOptions::new(date("2020-03-01"), TimeUnit::Week);
    let day = history(&rows, options);
    assert_eq!(day.frequency(), [2.0]);
    assert!((day.recency()[0] - 6.4286).abs() < 1e-4 && (day.t()[0] - 8.5714).abs() < 1e-4);
    let periods = history(&rows, options.convention(Convention::Lifetimes));
    assert_eq!((periods.frequency(), periods.recency(), periods.t()), (&[1.0][..], &[6.0][..], &[8.0][..]));
    // Both February purchases fall in one week: 50.
    assert_eq!(periods.monetary_value(), [50.0]);
}

#[test]
fn returns_are_no_purchases_and_reduce_money() {
    let rows = [(1, "2024-01-01", 100.0), (1, "2024-02-01", 80.0), (1, "2024-02-10", -30.0)];
    let history = history(&rows, HistoryOptions::new(date("2024-12-31"), TimeUnit::Day));
    assert_eq!(
        (history.frequency(), history.recency(), history.monetary_value()),
        (&[1.0][..], &[31.0][..], &[50.0][..])
    );
}

#[test]
fn free_lines_are_occasions_by_default_and_nothing_on_request() {
    let rows = [(1, "2024-01-01", 100.0), (1, "2024-02-01", 0.0)];
    let options = HistoryOptions::new(date("2024-12-31"), TimeUnit::Day);
    assert_eq!(history(&rows, options).frequency(), [1.0]);
    assert_eq!(history(&rows, options.free_lines(FreeLines::AreNothing)).frequency(), [0.0]);
    // RFM never counts them.
    assert_eq!(RfmTable::summarize(&transactions(&rows), date("2024-12-31")).unwrap().purchases(), [1]);
}

#[test]
fn the_last_day_of_observation_counts_and_the_day_after_does_not() {
    let rows = [(1, "2024-01-01", 1.0), (1, "2024-06-30", 1.0), (1, "2024-07-01", 1.0)];
    assert_eq!(history(&rows, HistoryOptions::new(date("2024-06-30"), TimeUnit::Day)).frequency(), [1.0]);
    assert_eq!(history(&rows, HistoryOptions::new(date("2024-07-01"), TimeUnit::Day)).frequency(), [2.0]);
}

/// Fixture A of the analytics specification, Appendix B.
fn fixture_a() -> Transactions {
    let frame = emptor::polars::df!(
        "order" => ["O1", "O1", "O2", "O3", "O4", "R1", "O6", "O7", "O8", "O9", "O10"],
        "customer" => ["C1", "C1", "C1", "C1", "C2", "C2", "C2", "C3", "C5", "C5", "C6"],
        "date" => ["2024-01-10", "2024-01-10", "2024-06-10", "2024-11-10", "2024-03-05", "2024-04-05", "2024-09-05",
                   "2024-12-20", "2023-05-01", "2023-11-01", "2024-08-08"],
        "quantity" => [1, 1, 2, 1, 3, -1, 2, 1, 1, 1, 2],
        "net" => [100.0, 50.0, 200.0, 50.0, 300.0, -100.0, 100.0, 50.0, 100.0, 100.0, 160.0],
    );
    let columns = TransactionColumns::new("customer", "date").amount("net").quantity("quantity").order("order");
    Transactions::from_frame(frame.unwrap(), &columns).unwrap()
}

#[test]
fn fixture_a_has_its_printed_rfm() {
    let rfm = RfmTable::summarize(&fixture_a(), date("2024-12-31")).unwrap();
    // Columns L, R, F, M of the table in Appendix B, customers C1, C2, C3, C5, C6 (C4 never buys).
    assert_eq!(rfm.length_days(), [Some(305), Some(184), Some(0), Some(184), Some(0)]);
    assert_eq!(rfm.days_since_last(), [Some(51), Some(117), Some(11), Some(426), Some(145)]);
    assert_eq!(rfm.purchases(), [3, 2, 1, 2, 1]);
    assert_eq!(rfm.spend(), [400.0, 300.0, 50.0, 200.0, 160.0]);
    assert_eq!(rfm.returned(), [0.0, 100.0, 0.0, 0.0, 0.0]);
}

#[test]
fn breaking_ties_gives_equal_bands_and_sharing_keeps_equal_values_together() {
    // Ten customers, seven of whom bought once.
    let mut rows: Vec<(i64, String, f64)> = Vec::new();
    for customer in 1..=10_i64 {
        for purchase in 0..(customer - 6).max(1) {
            rows.push((customer, format!("2024-0{}-{:02}", purchase + 1, customer), 10.0 * customer as f64));
        }
    }
    let rows: Vec<(i64, &str, f64)> = rows.iter().map(|(c, d, a)| (*c, d.as_str(), *a)).collect();
    let rfm = RfmTable::summarize(&transactions(&rows), date("2024-12-31")).unwrap();
    let broken = rfm.score(&ScoreOptions::default().ties(emptor::rfm::Ties::Break)).unwrap();
    for band in 1..=5_u8 {
        assert_eq!(broken.frequency().iter().filter(|score| **score == Some(band)).count(), 2, "band {band}");
    }
    assert_eq!(broken.cuts(), [None; 3]);
    let shared = rfm.score(&ScoreOptions::default()).unwrap();
    let of_one: Vec<_> =
        shared.frequency().iter().zip(rfm.purchases()).filter(|(_, n)| **n == 1).map(|(s, _)| *s).collect();
    assert!(of_one.iter().all(|score| *score == of_one[0]));
    // Cuts that were returned give the same scores when they are passed in.
    let [days, purchases, spend] = shared.cuts().map(Option::unwrap);
    let frozen = ScoreOptions::default().recency_cuts(days).purchase_cuts(purchases).spend_cuts(spend);
    assert_eq!(rfm.score(&frozen).unwrap(), shared);
}

#[test]
fn weights_of_the_score_are_scaled_to_one() {
    let rfm = RfmTable::summarize(&fixture_a(), date("2024-12-31")).unwrap();
    let scores = rfm.score(&ScoreOptions::default().weights(2.0, 0.0, 0.0)).unwrap();
    let weighted: Vec<f64> = scores.weighted().iter().map(|w| w.unwrap()).collect();
    let recency: Vec<f64> = scores.recency().iter().map(|r| f64::from(r.unwrap())).collect();
    assert_eq!(weighted, recency);
}
