//! What the desk shows beside an analysis: levers and the check on a part of the past, against runs and counts of their own.

use emptor::analysis::Swing;
use emptor::prelude::*;
use emptor_datasets::sample;

use crate::real_data::date;

fn analysis(rate: f64, months: f64, as_of: &str) -> Analysis {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(rate).unwrap())
        .horizon(Horizon::months(months).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    Analysis::builder()
        .as_of(date(as_of))
        .convention(convention)
        .unit(TimeUnit::Week)
        .margin(Margin::Rate(0.4))
        .starts(2)
        .seed(3)
        .build()
        .unwrap()
}

fn tables() -> Tables {
    Tables::new(sample::transactions().unwrap())
}

fn near(one: f64, other: f64, what: &str) {
    assert!((one - other).abs() <= 1e-9 * other.abs(), "{what}: {one} and {other}");
}

#[test]
fn levers_move_equity_to_what_an_analysis_with_the_other_setting_finds() {
    let tables = tables();
    let total = |rate, months| analysis(rate, months, sample::AS_OF).run(&tables).unwrap().equity.total();
    let now = analysis(0.12, 36.0, sample::AS_OF).run(&tables).unwrap();
    let swings = now.swings().unwrap();
    let find = |lever: &str| -> &Swing { swings.iter().find(|swing| swing.lever == lever).unwrap() };
    near(now.flows.value(), now.equity.total(), "flows");

    let rate = find("discount rate");
    assert_eq!((rate.low.as_str(), rate.high.as_str()), ("10 % a year", "14 % a year"));
    near(rate.at_low, total(0.10, 36.0), "10 %");
    near(rate.at_high, total(0.14, 36.0), "14 %");
    let horizon = find("horizon");
    near(horizon.at_low, total(0.12, 18.0), "18 months");
    near(horizon.at_high, now.equity.total(), "the horizon as it is");
    let margins = find("margins");
    near(margins.at_low, 0.9 * now.equity.total(), "margins a tenth lower");
    near(margins.at_high, 1.1 * now.equity.total(), "margins a tenth higher");

    // By hand: every month's retention moves by the same share, so that a tenth more, or fewer, leave than on average.
    let retention = find("retention");
    let (profit, values) = (now.flows.current(), now.flows.present_values());
    let mean = (profit[35] / profit[0]).powf(1.0 / 35.0);
    let share = 0.1 * (1.0 - mean) / mean;
    let by = |share: f64| (1..).zip(&values).map(|(t, value)| value * (1.0 + share).powi(t)).sum::<f64>();
    near(retention.at_low, by(-share), "a tenth more leave");
    near(retention.at_high, by(share), "a tenth fewer leave");
    assert!(swings.windows(2).all(|pair| pair[0].width() >= pair[1].width()), "the widest first");
}

#[test]
fn a_horizon_of_one_period_has_margin_and_rate_as_levers() {
    let found = analysis(0.12, 1.0, sample::AS_OF).run(&tables()).unwrap().swings().unwrap();
    let levers: Vec<&str> = found.iter().map(|swing| swing.lever.as_str()).collect();
    assert_eq!(levers, ["margins", "discount rate"]);
}

#[test]
fn the_holdout_counts_what_was_bought_after_the_split() {
    let tables = tables();
    let analysis = analysis(0.12, 36.0, sample::AS_OF);
    let split = date(sample::AS_OF).plus_days(-180);
    let check = analysis.holdout(&tables, split).unwrap();

    // What is known of every customer at the two days, by histories of their own.
    let ledger = PurchaseLedger::collect(tables.transactions()).unwrap();
    let at = |day| PurchaseHistory::from_ledger(&ledger, HistoryOptions::new(day, TimeUnit::Week)).unwrap();
    let (before, after) = (at(split), at(date(sample::AS_OF)));
    let place = |id| after.customers().iter().position(|other| other == id).unwrap();
    let bought: Vec<f64> = before
        .customers()
        .iter()
        .zip(before.frequency())
        .map(|(id, known)| after.frequency()[place(id)] - known)
        .collect();
    let actual: f64 = bought.iter().sum();
    near(check.accuracy.model.errors.total_actual, actual, "purchases");
    near(check.by_frequency.actual.iter().sum(), actual, "by repeat purchases");
    let none: f64 = bought.iter().zip(before.frequency()).filter(|(_, x)| **x == 0.0).map(|(n, _)| n).sum();
    near(check.by_frequency.actual[0], none, "of those without a repeat purchase");
    near(check.by_frequency.customers.iter().sum(), before.len() as f64, "customers");

    // The curve has whole weeks on both sides of the split; of the days beside them it knows nothing.
    let tracking = check.tracking.unwrap();
    assert_eq!(check.days.len(), tracking.end.len());
    let came = tracking.actual.unwrap();
    let later: f64 = check.days.iter().zip(&came).filter(|(day, _)| **day > split).map(|(_, n)| n).sum();
    let last = *check.days.last().unwrap();
    let of = |history: &PurchaseHistory| history.frequency().iter().sum::<f64>();
    let until_last: f64 = {
        let then = at(last);
        let rows = before.customers().iter().map(|id| then.customers().iter().position(|other| other == id).unwrap());
        rows.map(|row| then.frequency()[row]).sum()
    };
    near(later, until_last - of(&before), "repeat purchases of the weeks after the split");
    let beyond = date(sample::AS_OF).days_since_epoch() - last.days_since_epoch();
    let step = check.days[1].days_since_epoch() - check.days[0].days_since_epoch();
    assert!(step % 7 == 0 && (0..step).contains(&beyond), "less than a step of {step} days is left out, not {beyond}");

    let error = analysis.holdout(&tables, date(sample::AS_OF)).unwrap_err();
    assert!(error.to_string().contains("holdout end"), "{error}");
}
