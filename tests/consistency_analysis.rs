//! Identities, shuffles and threads, on the bundled sample.

use emptor::polars::prelude::{DataFrame, IdxCa, IntoLazy};
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
        .starts(5)
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
fn a_cancelled_line_changes_nothing() {
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
fn a_saved_grader_gives_its_own_customers_their_grades_again() {
    let tables = Tables::new(sample::transactions().unwrap()).with_products(sample::products().unwrap());
    let results = analysis().run(&tables).unwrap();
    let saved = serde_json::to_string(&results.models.grader).unwrap();
    let grader: emptor::grade::FittedGrader = serde_json::from_str(&saved).unwrap();
    assert_eq!(grader, results.models.grader);

    let frame = emptor::analysis::indicators(&tables, date(sample::AS_OF)).unwrap();
    let columns: Vec<(String, Vec<f64>)> = frame.columns()[1..]
        .iter()
        .map(|c| (c.name().to_string(), c.f64().unwrap().iter().map(|v| v.unwrap_or(f64::NAN)).collect()))
        .collect();
    let slices: Vec<(&str, &[f64])> = columns.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    let again = grader.grade(&GradingData::new(&slices).unwrap()).unwrap();
    let letters: Vec<Option<String>> = again.grade.iter().map(|g| g.map(|g| g.to_string())).collect();
    let first = results.customers.column("grade").unwrap().str().unwrap();
    assert!(first.iter().eq(letters.iter().map(Option::as_deref)));
}

#[test]
fn what_comes_after_the_day_of_observation_changes_nothing() {
    use emptor::polars::prelude::{col, lit};
    let as_of = date("2023-12-31");
    let on = |transactions: Transactions| {
        let tables = Tables::new(transactions).with_products(sample::products().unwrap());
        let analysis = Analysis::builder().as_of(as_of).convention(convention()).unit(TimeUnit::Week).starts(5);
        analysis.build().unwrap().run(&tables).unwrap()
    };
    let early = lines().lazy().filter(col("date").to_physical().lt_eq(lit(as_of.days_since_epoch())));
    let all = on(reopened(lines()));
    let part = on(reopened(early.collect().unwrap()));
    assert_same_bits(&all.customers, &part.customers, "later rows");
    assert_eq!((all.equity, all.grades, all.segments), (part.equity, part.grades, part.segments));
    assert!(all.reconciliation.holds() && all.reconciliation.later > 0.0, "{:?}", all.reconciliation);
}

#[test]
fn prospects_have_rows_and_count_in_every_table() {
    let tables = Tables::new(sample::transactions().unwrap()).with_customers(sample::customers().unwrap());
    let results = analysis().run(&tables).unwrap();
    let rows = results.customers.height();
    assert_eq!(rows, 2_460, "2,400 buyers and 60 prospects");
    assert_eq!(results.grades.iter().map(|row| row.customers).sum::<usize>(), rows);
    assert_eq!(results.segments.iter().map(|row| row.customers).sum::<usize>(), rows);
    for column in ["rfm_segment", "customer_id"] {
        assert_eq!(results.customers.column(column).unwrap().null_count(), 0, "{column}");
    }
    let graded = results.customers.column("grade").unwrap().is_not_null();
    let explained = results.customers.column("ungraded_reason").unwrap().is_not_null();
    assert!(graded.iter().zip(explained.iter()).all(|(graded, why)| graded != why), "a grade or a reason, never both");
}

#[test]
fn potential_profit_is_weighed_by_the_chance_to_be_alive() {
    let transactions = sample::transactions().unwrap();
    let ids =
        PurchaseHistory::summarize(&transactions, date(sample::AS_OF), TimeUnit::Week).unwrap().customers().clone();
    let frame = emptor::polars::df!("id" => ids.clone(), "gain" => vec![12.0; ids.len()]).unwrap();
    let potential = Potential::new(&frame, "id", "gain", TimeUnit::Year).unwrap();
    let with = analysis().run(AnalysisInput::new(&Tables::new(transactions)).with_potential(&potential)).unwrap();
    // One a month for 36 months, discounted at mid month, is the most that anyone alive for ever could bring.
    let most: f64 = (0..36).map(|t| 1.12_f64.powf(-(f64::from(t) + 0.5) / 12.0)).sum();
    let column =
        |name: &str| -> Vec<f64> { with.customers.column(name).unwrap().f64().unwrap().iter().flatten().collect() };
    for (potential, alive) in column("ltv_potential").iter().zip(column("p_alive")) {
        assert!(*potential > 0.0 && *potential < alive * most, "{potential} of at most {}", alive * most);
    }
}
