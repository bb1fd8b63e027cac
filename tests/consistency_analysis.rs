//! Identities, shuffles and threads, on the bundled sample.

use emptor::polars::prelude::{DataFrame, IdxCa};
use emptor::prelude::*;
use emptor_datasets::sample;

use crate::real_data::date;

fn convention() -> LifetimeValue {
    LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(36.0).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap()
}

fn analysis() -> Analysis {
    Analysis::builder()
        .as_of(date(sample::AS_OF))
        .convention(convention())
        .unit(TimeUnit::Week)
        .restarts(5)
        .seed(3)
        .build()
        .unwrap()
}

fn run(transactions: Transactions) -> AnalysisResults {
    analysis().run(&Tables::new(transactions).with_products(sample::products().unwrap())).unwrap()
}

/// Equal values, with doubles compared by their bits and nulls equal to nulls.
fn assert_same_bits(left: &DataFrame, right: &DataFrame, what: &str) {
    assert_eq!(left.get_column_names(), right.get_column_names());
    for column in left.columns() {
        let other = right.column(column.name()).unwrap();
        let same = match column.f64() {
            Ok(values) => {
                values.iter().map(|v| v.map(f64::to_bits)).eq(other.f64().unwrap().iter().map(|v| v.map(f64::to_bits)))
            }
            Err(_) => column.equals_missing(other),
        };
        assert!(same, "{what}: column {} differs", column.name());
    }
}

/// A fixed permutation that leaves nothing near where it was: multiples of a number without a common factor.
fn shuffled(frame: &DataFrame) -> DataFrame {
    const STEP: u64 = 7_368_787;
    let n = frame.height() as u64;
    let rows: Vec<u32> = (0..n).map(|i| (i * STEP % n) as u32).collect();
    assert_eq!(rows.iter().collect::<std::collections::HashSet<_>>().len() as u64, n);
    frame.take(&IdxCa::from_vec("rows".into(), rows)).unwrap()
}

fn lines() -> DataFrame {
    sample::transactions().unwrap().lines().collect().unwrap()
}

fn reopened(frame: DataFrame) -> Transactions {
    let columns = TransactionColumns::new("customer_id", "date")
        .amount("amount")
        .quantity("quantity")
        .order("order_id")
        .product("product_id")
        .cancellation(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] });
    Transactions::from_frame(frame, &columns).unwrap()
}

#[test]
fn shuffled_rows_give_the_same_bits() {
    let straight = run(reopened(lines()));
    let shuffled = run(reopened(shuffled(&lines())));
    assert_same_bits(&straight.customers, &shuffled.customers, "shuffled");
    assert_eq!(straight.equity, shuffled.equity);
    assert_eq!(straight.models, shuffled.models);
    assert_eq!(straight.quality, shuffled.quality);
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(sample::transactions().unwrap()))
    };
    let (one, two) = (on(1), on(2));
    assert_same_bits(&one.customers, &two.customers, "threads");
    assert_eq!((one.equity, one.models), (two.equity, two.models));
}

#[test]
fn a_cancelled_line_changes_nothing_and_a_full_return_takes_only_money() {
    let base = lines();
    let before = run(reopened(base.clone()));
    let void = base
        .filter(
            base.column("kind")
                .unwrap()
                .u8()
                .unwrap()
                .iter()
                .map(|k| k != Some(4))
                .collect::<emptor::polars::prelude::BooleanChunked>()
                .as_ref(),
        )
        .unwrap();
    assert!(void.height() < base.height(), "the sample has cancelled lines");
    let after = run(reopened(void));
    assert_same_bits(&before.customers, &after.customers, "without cancelled lines");
}

#[test]
fn every_identity_of_the_results_holds() {
    let results = run(sample::transactions().unwrap());
    let sum = &results.reconciliation;
    assert!(sum.holds(), "{sum:?}");
    assert!(sum.unassigned > 0.0 && sum.void > 0.0, "the sample has both: {sum:?}");

    let customers = results.customers.height();
    assert_eq!(results.grades.iter().map(|row| row.customers).sum::<usize>(), customers);
    assert_eq!(results.segments.iter().map(|row| row.customers).sum::<usize>(), customers);
    // Sums of parts are rounded part by part.
    const PARTS: f64 = 1e-9;
    let total = results.equity.total();
    for parts in [
        results.grades.iter().map(|row| row.equity).sum::<f64>(),
        results.segments.iter().map(|row| row.equity).sum::<f64>(),
        results.customers.column("ltv_total").unwrap().f64().unwrap().iter().flatten().sum::<f64>(),
    ] {
        assert!((parts / total - 1.0).abs() < PARTS, "{parts} against {total}");
    }
    let means: Vec<f64> = results.grades.iter().filter(|row| row.grade.is_some()).map(|row| row.mean_value).collect();
    assert!(means.windows(2).all(|pair| pair[0] > pair[1]), "grades are ranked by value: {means:?}");
    let documented: Vec<&str> = emptor::analysis::COLUMNS.iter().map(|c| c.name).collect();
    let names: Vec<&str> = results.customers.get_column_names().iter().map(|n| n.as_str()).collect();
    assert_eq!(names, documented, "every column is documented, in order");
}

#[test]
fn a_frozen_grader_gives_its_own_customers_their_grades_again() {
    let results = run(sample::transactions().unwrap());
    let grader = &results.models.grader;
    let saved = serde_json::to_string(grader).unwrap();
    let loaded: emptor::grade::FittedGrader = serde_json::from_str(&saved).unwrap();
    assert_eq!(&loaded, grader);
}

#[test]
fn rows_after_the_day_of_observation_change_nothing_but_their_own_count() {
    let as_of = date("2023-12-31");
    let transactions = sample::transactions().unwrap();
    let early: DataFrame = {
        use emptor::polars::prelude::{col, lit};
        transactions.lines().filter(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch()))).collect().unwrap()
    };
    let unit = TimeUnit::Week;
    let all = PurchaseHistory::summarize(&transactions, as_of, unit).unwrap();
    let part = PurchaseHistory::summarize(&reopened(early), as_of, unit).unwrap();
    assert_same_bits(&all.to_frame().unwrap(), &part.to_frame().unwrap(), "later rows");
}
