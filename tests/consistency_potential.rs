//! What customers spend elsewhere as potential profit: against the same computed from the tables by hand.

use std::collections::{BTreeMap, HashMap};

use emptor::analysis::{AnalysisInput, Potential, SevenPAnalysis};
use emptor::forecast::pipeline::Weighted;
use emptor::period::Grain;
use emptor::polars::df;
use emptor::polars::prelude::{DataFrame, DataType, IntoLazy, JoinArgs, JoinType, col, lit};
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{SevenPSettings, Window};
use emptor::table::LineKind;
use emptor::types::Probability;
use emptor_datasets::sample;

use crate::real_data::date;

const CAPTURE: f64 = 0.25;
const MARGIN: f64 = 0.4;

fn analysis(margin: Margin) -> Analysis {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(24.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    Analysis::builder()
        .as_of(date(sample::AS_OF))
        .convention(convention)
        .unit(TimeUnit::Week)
        .margin(margin)
        .starts(2)
        .build()
        .unwrap()
}

fn capture() -> Probability {
    Probability::new(CAPTURE).unwrap()
}

/// Sums of a column by the texts of another.
fn sums(frame: &DataFrame, key: &str, amount: &str) -> BTreeMap<String, f64> {
    let keys = frame.column(key).unwrap().str().unwrap();
    let amounts = frame.column(amount).unwrap().cast(&DataType::Float64).unwrap();
    let mut sums = BTreeMap::new();
    for (key, amount) in keys.iter().zip(amounts.f64().unwrap().iter()) {
        // Lines without a customer are nobody's.
        if let Some(key) = key {
            *sums.entry(key.to_owned()).or_insert(0.0) += amount.unwrap_or(0.0);
        }
    }
    sums
}

/// The yearly potential profit of everybody who was asked, from the latest year of the survey that they answered.
fn by_hand() -> DataFrame {
    let wallets = sample::wallets().unwrap().rows().collect().unwrap();
    let latest: HashMap<String, i64> = {
        let (ids, years) = (wallets.column("customer_id").unwrap().str().unwrap(), wallets.column("period").unwrap());
        let years = years.cast(&DataType::Int64).unwrap();
        let mut latest = HashMap::new();
        for (id, year) in ids.iter().zip(years.i64().unwrap().iter()) {
            let known = latest.entry(id.unwrap().to_owned()).or_insert(0);
            *known = (*known).max(year.unwrap());
        }
        latest
    };
    // A cancelled order is nobody's spend.
    let lines = sample::transactions().unwrap().lines().filter(col("kind").neq(lit(LineKind::Void.code())));
    let products = sample::products().unwrap().rows();
    let bought = lines.join(products, [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Inner));
    let (mut total, mut own) = (BTreeMap::new(), BTreeMap::new());
    for year in [2023, 2024] {
        let asked = wallets.clone().lazy().filter(col("period").cast(DataType::Int64).eq(lit(year)));
        let keys = || [col("customer_id"), col("category")];
        let spent = bought
            .clone()
            .filter(col("date").dt().year().eq(lit(year)))
            .join(asked.clone().select(keys()), keys(), keys(), JoinArgs::new(JoinType::Semi))
            .collect()
            .unwrap();
        let days = if year == 2024 { 366.0 } else { 365.0 };
        let is_latest = |id: &String| latest.get(id) == Some(&i64::from(year));
        let a_year = |(id, amount): (String, f64)| (id, amount * 365.25 / days);
        let asked = sums(&asked.collect().unwrap(), "customer_id", "total_spend");
        total.extend(asked.into_iter().filter(|(id, _)| is_latest(id)).map(a_year));
        own.extend(sums(&spent, "customer_id", "amount").into_iter().filter(|(id, _)| is_latest(id)).map(a_year));
    }
    let customers = sample::customers().unwrap().rows().collect().unwrap();
    let (ids, segments) = (customers.column("customer_id").unwrap(), customers.column("segment").unwrap());
    let segments: HashMap<&str, &str> =
        ids.str().unwrap().iter().flatten().zip(segments.str().unwrap().iter().flatten()).collect();
    let buyers = sums(&sample::transactions().unwrap().lines().collect().unwrap(), "customer_id", "amount");
    // Only who has bought has a share among those that a target is taken from.
    let share = |id: &str| (own.get(id).copied().unwrap_or(0.0).max(0.0) / total[id]).min(1.0);
    let mut shares: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for id in total.keys().filter(|id| buyers.contains_key(*id)) {
        shares.entry(segments[id.as_str()]).or_default().push(share(id));
    }
    let target = |segment: &str| {
        let mut shares = shares[segment].clone();
        shares.sort_by(f64::total_cmp);
        let at = 0.75 * (shares.len() - 1) as f64;
        let (low, part) = (shares[at.floor() as usize], at.fract());
        low + part * (shares[at.ceil() as usize] - low)
    };
    let asked: Vec<&String> = total.keys().filter(|id| buyers.contains_key(*id)).collect();
    let gap = |id: &&String| {
        total[*id].max(own.get(*id).copied().unwrap_or(0.0)) * (target(segments[id.as_str()]) - share(id)).max(0.0)
    };
    let profit: Vec<f64> = asked.iter().map(gap).map(|gap| gap * CAPTURE * MARGIN).collect();
    df!("customer" => asked.into_iter().map(String::as_str).collect::<Vec<_>>(), "profit" => profit).unwrap()
}

#[test]
fn a_part_of_the_gap_in_share_of_wallet_is_potential_profit() {
    let tables = sample::company().unwrap();
    let spec = analysis(Margin::Rate(MARGIN));
    let without = spec.run(&tables).unwrap();
    let with = spec.run(AnalysisInput::new(&tables).with_wallets(capture())).unwrap();
    let frame = by_hand();
    let supplied = Potential::new(&frame, "customer", "profit", TimeUnit::Year).unwrap();
    let expected = spec.run(AnalysisInput::new(&tables).with_potential(&supplied)).unwrap();
    assert_eq!(with.wallets.map(|wallets| (wallets.known, wallets.capture)), Some((frame.height(), capture())));
    assert_eq!(with.equity.current().to_bits(), without.equity.current().to_bits());
    assert!(with.equity.potential() > 0.0 && without.wallets.is_none());
    let of = |results: &emptor::analysis::AnalysisResults| -> Vec<f64> {
        let values = results.customers.column("ltv_potential").unwrap().f64().unwrap().clone();
        values.iter().map(|value| value.unwrap_or(0.0)).collect()
    };
    for (row, (own, other)) in of(&with).iter().zip(of(&expected)).enumerate() {
        assert!((own - other).abs() <= 1e-9 * other.abs().max(1.0), "row {row}: {own} and {other}");
    }
    // What is supplied beside it adds up, and so do deals.
    let method = Weighted::historical();
    let all = AnalysisInput::new(&tables).with_wallets(capture()).with_potential(&supplied).with_pipeline(&method);
    let all = spec.run(all).unwrap().equity.potential();
    let deals = spec.run(AnalysisInput::new(&tables).with_pipeline(&method)).unwrap().equity.potential();
    let sum = 2.0 * with.equity.potential() + deals;
    assert!((all - sum).abs() <= 1e-9 * sum, "{all} and {sum}");
}

#[test]
fn the_seven_ps_take_potential_profit_and_compute_relationship_profit_themselves() {
    let tables = sample::company().unwrap();
    let window = Window::new(date("2024-01-01"), date(sample::AS_OF), Grain::Month).unwrap();
    let spec = analysis(Margin::Auto);
    let run = SevenPAnalysis::new(window, SevenPSettings::new(Unit::Order)).with_analysis(spec).unwrap();
    let results = run.run(AnalysisInput::new(&tables).with_wallets(capture())).unwrap();
    let profits = results.profits.unwrap();
    let analysis = results.analysis.unwrap();
    assert!(analysis.equity.potential() > 0.0);
    let refused = run.run(AnalysisInput::new(&tables).with_profits(&profits)).err().map(|e| e.to_string());
    assert!(refused.is_some_and(|message| message.contains("with_profit")));
}

#[test]
fn wallets_that_are_not_there_or_cannot_be_compared_are_an_error() {
    let alone = Tables::new(sample::transactions().unwrap());
    let run = |tables: &Tables| {
        let results = analysis(Margin::Rate(MARGIN)).run(AnalysisInput::new(tables).with_wallets(capture()));
        results.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(run(&alone).contains("needs the table wallets"), "{}", run(&alone));
    let without_categories = alone.with_wallets(sample::wallets().unwrap());
    assert!(run(&without_categories).contains("needs categories of products"), "{}", run(&without_categories));
}
