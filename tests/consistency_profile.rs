//! What must hold of the seven Ps of any company: the identities that tables state, on the sample and on real data.

use emptor::analysis::{SevenPAnalysis, SevenPResults, answers};
use emptor::period::Grain;
use emptor::polars::prelude::{DataFrame, DataType, col};
use emptor::prelude::*;
use emptor::profile::product::Unit;
use emptor::profile::{P, SevenPSettings, Window};
use emptor_datasets::sample;

use crate::real_data::{date, file};

/// Sums of money rounded to millionths, relative to the greatest term.
const MONEY: f64 = 1e-9;
/// Quotients and products of a few doubles.
const ROUND: f64 = 1e-9;

fn run(tables: &Tables, from: &str, as_of: &str, grain: Grain) -> SevenPResults {
    let convention = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.1).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    let window = Window::new(date(from), date(as_of), grain).unwrap();
    let analysis = Analysis::builder().as_of(date(as_of)).convention(convention).unit(TimeUnit::Week).build().unwrap();
    SevenPAnalysis::new(window, SevenPSettings::new(Unit::Order)).with_analysis(analysis).unwrap().run(tables).unwrap()
}

fn numbers(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame.column(name).unwrap().cast(&DataType::Float64).unwrap();
    column.f64().unwrap().iter().map(|number| number.unwrap_or(f64::NAN)).collect()
}

#[track_caller]
fn same(left: f64, right: f64, tolerance: f64, what: &str) {
    let scale = left.abs().max(right.abs()).max(1.0);
    assert!((left - right).abs() <= tolerance * scale, "{what}: {left} and {right}");
}

/// Everything that the tables state of themselves.
fn identities(results: &SevenPResults) {
    let frame = |name: &str| results.seven_p.frame(name);
    growth(frame("growth_account").unwrap());
    cohorts(frame("cohort_cell").unwrap());
    if let Some(causes) = frame("perf_pvm") {
        price_volume_mix(causes);
    }
    if let Some(lens) = frame("lens_decomposition") {
        decomposition(lens);
    }
    if let Some(funnel) = frame("funnel_stage") {
        let [entered, advanced, lost, open] = ["entered", "advanced", "lost", "open"].map(|name| numbers(funnel, name));
        for row in 0..entered.len() {
            same(
                entered[row],
                advanced[row] + lost[row] + open[row],
                ROUND,
                "who entered a stage went on, was lost or is there",
            );
        }
    }
    if let Some(rules) = frame("assoc_rule") {
        let [a, b, ab, n] = ["n_a", "n_b", "n_ab", "n"].map(|name| numbers(rules, name));
        let [support, confidence, lift, q, p] =
            ["support", "confidence", "lift", "q", "p"].map(|name| numbers(rules, name));
        for row in 0..a.len() {
            same(support[row], ab[row] / n[row], ROUND, "support");
            same(confidence[row], ab[row] / a[row], ROUND, "confidence");
            same(lift[row], ab[row] * n[row] / (a[row] * b[row]), ROUND, "lift");
            assert!(q[row] >= p[row] - ROUND && q[row] <= 1.0, "a false discovery rate is no smaller than its p-value");
        }
    }
    let moves = frame("lifecycle_move").unwrap();
    let from: Vec<&str> = moves.column("from").unwrap().str().unwrap().iter().flatten().collect();
    let p = numbers(moves, "p");
    for stage in &from {
        let all: f64 = from.iter().zip(&p).filter(|(other, _)| *other == stage).map(|(_, p)| p).sum();
        same(all, 1.0, ROUND, "moves from a stage");
    }
    stages(results);
    if let Some(profits) = &results.profits {
        costs(results);
        assert!(profits.reconciliation().holds());
        let ranked = frame("profit_customer").unwrap();
        let total: f64 = numbers(ranked, "net_rev").iter().sum();
        same(total, numbers(frame("profit_period").unwrap(), "net_rev").iter().sum(), MONEY, "revenue by period");
        same(total, numbers(frame("profit_product").unwrap(), "net_rev").iter().sum(), MONEY, "revenue by product");
        let rank: Vec<f64> = numbers(ranked, "whale_rank").into_iter().filter(|rank| !rank.is_nan()).collect();
        assert!(rank.iter().zip(1..).all(|(rank, expected)| (rank - f64::from(expected)).abs() < ROUND));
    }
    for section in &results.seven_p.sections {
        for finding in &section.findings {
            assert!((0.0..=1.0).contains(&finding.weight), "{}: {}", finding.weight, finding.headline);
            assert!(section.table(finding.table).is_some(), "{}: no table {} for a finding", section.p, finding.table);
            let text = &finding.headline;
            assert!(
                !text.contains("NaN") && !text.contains("inf") && text.trim_end().ends_with(['.', '!', '?']),
                "{text}"
            );
        }
        for table in &section.tables {
            for column in table.frame.columns() {
                if let Ok(values) = column.f64() {
                    assert!(
                        values.iter().flatten().all(f64::is_finite),
                        "{}.{} is not finite",
                        table.name,
                        column.name()
                    );
                }
            }
        }
    }
    let answers = answers(results).unwrap();
    assert_eq!(answers.iter().map(|answer| answer.number).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| !answer.headline.is_empty()));
}

/// Stages of every period, however they are counted.
fn stages(results: &SevenPResults) {
    let sum =
        |table: &str, name: &str| results.seven_p.frame(table).map(|frame| numbers(frame, name).iter().sum::<f64>());
    let all = sum("lifecycle_period", "customers").unwrap();
    same(sum("lifecycle_flow", "n").unwrap(), all, ROUND, "who is in a stage came from one");
    let history = results.seven_p.table("lifecycle_history").unwrap();
    let rows = history.frame.height() as f64;
    assert!((rows - all).abs() < 0.5 || (rows <= all && !history.flags.is_empty()), "{rows} of {all}");
    let customers = results.seven_p.frame("lifecycle_customer").unwrap().height() as f64;
    if let Some(by_grade) = sum("lifecycle_grade", "customers") {
        same(by_grade, customers, ROUND, "everybody has one stage and one grade or none");
    }
    let now = results.seven_p.frame("lifecycle_stage").unwrap();
    assert!(
        numbers(now, "customers").iter().sum::<f64>() <= customers,
        "prospects of the customers' table are no more"
    );
}

/// Cost to serve by activity, and concentration, as customers have them.
fn costs(results: &SevenPResults) {
    let frame = |name: &str| results.seven_p.frame(name);
    let ranked = frame("profit_customer").unwrap();
    let total = |frame: &DataFrame, name: &str| -> f64 { numbers(frame, name).iter().filter(|x| !x.is_nan()).sum() };
    if let Some(lines) = frame("cts_line") {
        let charged = total(ranked, "cts") + total(ranked, "direct_mkt");
        same(total(lines, "cost"), charged, MONEY, "what activities cost is charged");
    }
    assert!(frame("profit_unassigned").is_some());
    let measures = frame("profit_concentration").unwrap();
    let (of, name) =
        (measures.column("of").unwrap().str().unwrap(), measures.column("measure").unwrap().str().unwrap());
    let measure = |amount: &str, what: &str| {
        let row = of.iter().zip(name.iter()).position(|row| row == (Some(amount), Some(what))).unwrap();
        numbers(measures, "value")[row]
    };
    same(measure("cm2", "total"), measure("cm2", "peak") - measure("cm2", "lost"), MONEY, "total = peak - lost");
    same(measure("net_rev", "total"), total(ranked, "net_rev"), MONEY, "revenue of all customers");
}

fn growth(table: &DataFrame) {
    let segments: Vec<&str> = table.column("segment").unwrap().str().unwrap().iter().flatten().collect();
    let [active, new, retained, back, dormant] =
        ["active", "new", "retained", "resurrected", "dormant"].map(|name| numbers(table, name));
    assert!(active.len() > 1);
    for row in 0..active.len() {
        same(active[row], new[row] + retained[row] + back[row], ROUND, "who is active is new, stayed or came back");
        if row > 0 && segments[row] == segments[row - 1] {
            let expected = active[row - 1] + new[row] + back[row] - dormant[row];
            same(active[row], expected, ROUND, "active = active before + new + resurrected - dormant");
        }
    }
}

fn cohorts(table: &DataFrame) {
    let [k, size, active, rate] = ["k", "size", "active", "rate"].map(|name| numbers(table, name));
    for row in 0..k.len() {
        if k[row] < 0.5 && !rate[row].is_nan() {
            same(rate[row], 1.0, ROUND, "all of a cohort are there in its first interval");
        }
        if !rate[row].is_nan() {
            same(rate[row], active[row] / size[row], ROUND, "rate");
            assert!(active[row] <= size[row]);
        }
    }
}

fn price_volume_mix(table: &DataFrame) {
    let of = |name: &str| table.column(name).is_ok().then(|| numbers(table, name));
    let (before, after) = (of("r0").unwrap(), of("r1").unwrap());
    let causes: Vec<Vec<f64>> =
        ["volume", "mix", "price", "new", "lost", "fx", "other"].into_iter().filter_map(of).collect();
    for row in 0..before.len() {
        let explained: f64 = causes.iter().map(|cause| if cause[row].is_nan() { 0.0 } else { cause[row] }).sum();
        same(before[row] + explained, after[row], 1e-7, "causes add up to the change of revenue");
    }
}

fn decomposition(table: &DataFrame) {
    let [customers, aof, aov, margin, profit] =
        ["customers", "aof", "aov", "margin", "profit"].map(|name| numbers(table, name));
    for row in 0..customers.len() {
        let product = customers[row] * aof[row] * aov[row] * margin[row];
        if !product.is_nan() && !profit[row].is_nan() {
            same(product, profit[row], 1e-9, "customers × orders × value × margin");
        }
    }
}

#[test]
fn the_sample_with_every_table_keeps_every_identity() {
    let tables = sample::company().unwrap();
    let results = run(&tables, "2024-01-01", sample::AS_OF, Grain::Month);
    identities(&results);
    for p in P::ALL {
        let section = results.seven_p.section(p).unwrap();
        assert!(!section.tables.is_empty() && !section.findings.is_empty(), "{p} says nothing");
    }
    let lines = tables.transactions().between(date("2024-01-01"), date(sample::AS_OF)).lines();
    let sum = lines
        .filter(col("kind").neq(emptor::polars::prelude::lit(4_u8)))
        .select([col("amount").sum()])
        .collect()
        .unwrap();
    let known: f64 = numbers(results.seven_p.frame("profit_customer").unwrap(), "net_rev").iter().sum();
    assert!(known <= numbers(&sum, "amount")[0] + 1e-6, "customers bring no more than all lines");
}

#[test]
fn transactions_alone_give_honest_gaps() {
    let frame =
        sample::transactions().unwrap().lines().collect().unwrap().select(["customer_id", "date", "amount"]).unwrap();
    let columns = TransactionColumns::new("customer_id", "date").amount("amount");
    let tables = Tables::new(Transactions::from_frame(frame, &columns).unwrap());
    let results = run(&tables, "2024-01-01", sample::AS_OF, Grain::Month);
    growth(results.seven_p.frame("growth_account").unwrap());
    for p in [P::Product, P::Promotion, P::Profitability] {
        assert!(!results.seven_p.section(p).unwrap().gaps.is_empty(), "{p} has no gap");
    }
    assert!(results.seven_p.gaps().iter().all(|(_, gap)| !gap.reason.is_empty()));
}

#[test]
fn rows_in_another_order_give_the_same_ps() {
    let frame = sample::transactions().unwrap().lines().collect().unwrap();
    let frame =
        frame.select(["customer_id", "date", "amount", "order_id", "product_id", "quantity", "channel"]).unwrap();
    let columns = TransactionColumns::new("customer_id", "date")
        .amount("amount")
        .order("order_id")
        .product("product_id")
        .quantity("quantity")
        .channel("channel");
    let of = |frame: DataFrame| {
        let tables =
            Tables::new(Transactions::from_frame(frame, &columns).unwrap()).with_products(sample::products().unwrap());
        run(&tables, "2024-01-01", sample::AS_OF, Grain::Quarter)
    };
    let (forth, back) = (of(frame.clone()), of(frame.reverse()));
    for (left, right) in forth.seven_p.sections.iter().zip(&back.seven_p.sections) {
        assert_eq!(left.findings, right.findings, "{}", left.p);
        for (left, right) in left.tables.iter().zip(&right.tables) {
            assert!(left.frame.equals_missing(&right.frame), "{} differs", left.name);
        }
    }
}

#[test]
fn online_retail_keeps_every_identity() {
    let Some(path) = file("online_retail/online_retail_year_2010_2011.parquet") else { return };
    let columns = TransactionColumns::new("CustomerID", "InvoiceDate")
        .quantity("Quantity")
        .unit_price("UnitPrice")
        .order("InvoiceNo")
        .product("StockCode")
        .place("Country")
        .cancellation(Cancellation::Reversal { prefix: "C".into() });
    let tables = Tables::new(Transactions::scan(Source::parquet(path), &columns).unwrap());
    identities(&run(&tables, "2010-12-01", "2011-12-09", Grain::Month));
}

#[test]
fn complete_journey_keeps_every_identity() {
    let Some(path) = file("complete_journey/transactions_sample.parquet") else { return };
    let columns = TransactionColumns::new("household_id", "transaction_timestamp")
        .amount("sales_value")
        .quantity("quantity")
        .order("basket_id")
        .product("product_id")
        .place("store_id");
    let products = ProductColumns::new("product_id").category("department").brand("brand").series("product_category");
    let products = Products::scan(Source::parquet(file("complete_journey/products.parquet").unwrap()), &products);
    let tables =
        Tables::new(Transactions::scan(Source::parquet(path), &columns).unwrap()).with_products(products.unwrap());
    identities(&run(&tables, "2017-01-01", "2017-12-31", Grain::Month));
}
