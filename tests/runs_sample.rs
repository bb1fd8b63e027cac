//! The bundled sample, end to end.

use std::ops::ControlFlow;

use emptor::analysis::indicators;
use emptor::prelude::*;
use emptor_datasets::sample;

use crate::real_data::date;

#[test]
fn the_sample_gives_a_believable_base() {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    let analysis = Analysis::builder()
        .as_of(date(sample::AS_OF))
        .convention(convention)
        .unit(TimeUnit::Week)
        .seed(1)
        .build()
        .unwrap();
    let tables = Tables::new(sample::transactions().unwrap())
        .with_customers(sample::customers().unwrap())
        .with_products(sample::products().unwrap());
    let steps = std::sync::Mutex::new(Vec::new());
    let told = |p: emptor::types::Progress<'_>| {
        steps.lock().unwrap().push((p.done, p.total));
        ControlFlow::Continue(())
    };
    let results = analysis.run_with_progress(&tables, &told).unwrap();
    let stopped = analysis.run_with_progress(&tables, &|p| {
        if p.phase == "grading" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stopped.unwrap_err().to_string(), "cancelled before grading, after 4 of 8 steps");

    assert!(steps.lock().unwrap().windows(2).all(|pair| pair[0].0 < pair[1].0), "progress moves forward");
    assert_eq!(results.equity.customers(), sample::CUSTOMERS);
    assert!(results.customers.height() > sample::CUSTOMERS, "prospects have rows");
    assert!(results.equity.current() > 0.0 && results.equity.potential() == 0.0);
    assert!((0.2..0.6).contains(&results.margin_rate), "{}", results.margin_rate);
    assert_eq!(results.grades.iter().filter(|row| row.grade.is_some()).count(), 4);
    let [best, worst] = [&results.grades[0], &results.grades[3]];
    assert!(best.mean_value > 3.0 * worst.mean_value, "{best:?} {worst:?}");
}

#[test]
fn every_table_of_the_sample_gives_its_indicators_and_buyers_keep_their_grades() {
    let tables = Tables::new(sample::transactions().unwrap())
        .with_products(sample::products().unwrap())
        .with_tickets(sample::service_tickets().unwrap())
        .with_activities(sample::tickets().unwrap())
        .with_payments(sample::payments().unwrap())
        .with_surveys(sample::surveys().unwrap())
        .with_referrals(sample::referrals().unwrap())
        .with_wallets(sample::wallets().unwrap());
    let frame = indicators(&tables, date(sample::AS_OF)).unwrap();
    let known = |name: &str| -> Vec<f64> { frame.column(name).unwrap().f64().unwrap().iter().flatten().collect() };
    let everyone =
        ["spend", "spend_per_purchase", "discount_share", "tickets_per_purchase", "tenure_days", "referrals"];
    assert!(everyone.iter().all(|name| known(name).len() == sample::CUSTOMERS));
    // Not everyone has bought thrice, has had a ticket, buys on account, answers.
    for (name, (lowest, highest)) in [
        ("spend_growth", (-1.0, 1.0)),
        ("interval_cv", (0.0, 10.0)),
        ("resolution_days", (0.0, 60.0)),
        ("reopened_share", (0.0, 1.0)),
        ("service_satisfaction", (0.0, 1.0)),
        ("overdue_share", (0.0, 1.0)),
        ("nps", (-1.0, 1.0)),
        ("share_of_wallet", (0.0, 1.0)),
    ] {
        let values = known(name);
        assert!((200..sample::CUSTOMERS).contains(&values.len()), "{name}: {}", values.len());
        assert!(values.iter().all(|value| (lowest..=highest).contains(value)), "{name}");
        assert!(values.iter().any(|value| (value - values[0]).abs() > 0.01), "{name} says the same of all");
    }

    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    let analysis = Analysis::builder().as_of(date(sample::AS_OF)).convention(convention).unit(TimeUnit::Week).starts(2);
    let results = analysis.build().unwrap().run(&tables).unwrap();
    let graded = results.customers.height() - results.customers.column("grade").unwrap().null_count();
    assert_eq!(graded, sample::CUSTOMERS);
    let names: Vec<&str> = results.quality.iter().map(|quality| quality.table).collect();
    assert_eq!(
        names,
        ["transactions", "activities", "products", "tickets", "payments", "surveys", "referrals", "wallets"]
    );
}

#[test]
fn the_models_of_the_sample_agree_with_the_truth_about_its_customers() {
    let transactions = sample::transactions().unwrap();
    let as_of = date(sample::AS_OF);
    let history = PurchaseHistory::summarize(&transactions, as_of, TimeUnit::Week).unwrap();
    let view = history.view().unwrap();
    let model = BetaGeoNbd::builder().build().unwrap().fit(&view).unwrap();
    let expected: f64 = model.p_alive(&view).unwrap().iter().sum();
    let truly = sample::truth_csv().lines().filter(|line| line.split(',').nth(5) == Some("true")).count() as f64;
    // The simulator's own truth is the source; a binomial count of 2,400 has a standard error of about 1 %.
    const ALIVE: f64 = 0.05;
    assert!((expected / truly - 1.0).abs() < ALIVE, "expected {expected} alive, truly {truly}");
}

#[test]
fn the_best_of_several_models_is_chosen_and_the_others_are_shown() {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(12.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Start)
        .build()
        .unwrap();
    let kinds = [PurchaseModelKind::Nbd, PurchaseModelKind::BgNbd, PurchaseModelKind::MbgNbd];
    let analysis = Analysis::builder()
        .as_of(date(sample::AS_OF))
        .convention(convention)
        .unit(TimeUnit::Week)
        .starts(2)
        .purchase_model(PurchaseModelChoice::best_of(kinds))
        .build()
        .unwrap();
    let transactions = sample::transactions().unwrap();
    let history = PurchaseHistory::summarize(&transactions, date(sample::AS_OF), TimeUnit::Week).unwrap();
    let gain = emptor::polars::df!("id" => history.customers().clone(), "gain" => vec![1.0; history.len()]).unwrap();
    let potential = Potential::new(&gain, "id", "gain", TimeUnit::Month).unwrap();
    let results = analysis.run(AnalysisInput::new(&Tables::new(transactions)).with_potential(&potential)).unwrap();
    // The simulator's customers follow the BG/NBD story.
    assert_eq!(results.models.purchases.kind(), PurchaseModelKind::BgNbd);
    let names: Vec<&str> = results.models.comparison.iter().map(|line| line.model.as_str()).collect();
    assert_eq!(names, ["BG/NBD", "MBG/NBD", "NBD"]);
    let bic: Vec<f64> = results.models.comparison.iter().map(|line| line.bic.unwrap()).collect();
    assert!(bic[0] < bic[1] && bic[1] < bic[2], "{bic:?}");
    // The first of twelve payments falls on the day of observation and is weighed by p_alive itself.
    let column = |name: &str| results.customers.column(name).unwrap().f64().unwrap().clone();
    for (potential, alive) in column("ltv_potential").iter().zip(column("p_alive").iter()) {
        let (potential, alive) = (potential.unwrap(), alive.unwrap());
        assert!(potential > alive && potential < 12.0 * alive, "{potential} with p_alive {alive}");
    }
}
