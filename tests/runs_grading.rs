//! The program `grade_customers`, as a user runs it, and grading on real data.

use std::path::Path;
use std::process::Output;

use emptor::analysis::indicators;
use emptor::grade::{FittedGrader, GradeError, IndicatorTable};
use emptor::prelude::*;

use crate::program::{self, report};
use crate::real_data::{date, file};

/// Sums of a few tens of doubles, in another order.
const ROUNDING: f64 = 1e-9;

fn run(arguments: &[&str]) -> Option<Output> {
    program::run("grade_customers", arguments)
}

/// Rows of a written table without its header.
fn rows(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// What holds of the files of any run.
fn reconciles(folder: &Path) {
    let customers = rows(folder, "grades.csv").len();
    let moved: usize = rows(folder, "migration.csv").iter().map(|row| row[2].parse::<usize>().unwrap()).sum();
    assert!(moved > 0 && moved <= customers, "{moved} of {customers}: customers of either half");
    let loaded = FittedGrader::from_json(&std::fs::read_to_string(folder.join("grader.json")).unwrap()).unwrap();
    let graded: usize = rows(folder, "profiles.csv").iter().map(|row| row[1].parse::<usize>().unwrap()).sum();
    assert_eq!(graded, loaded.summary().graded);
    let text = std::fs::read_to_string(folder.join("standard.toml")).unwrap();
    let standard = AssessmentStandard::from_toml(&text).unwrap();
    assert_eq!(loaded.check_standard(&standard), Ok(()));
    let sql = std::fs::read_to_string(folder.join("rules.sql")).unwrap();
    assert_eq!(sql.matches("-- grade ").count(), loaded.centroids().len());
}

#[test]
fn the_sample_is_graded_and_explained() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run(&["--out", folder.path().to_str().unwrap()]) else { return };
    let text = report(&output);
    for heading in ["How many grades?", "The grades", "Can they be trusted?", "The grades as rules", "Customer "] {
        assert!(text.contains(heading), "{heading}: {text}");
    }
    reconciles(folder.path());
}

#[test]
fn the_same_run_gives_the_same_words() {
    let (Some(first), Some(second)) = (run(&["--grades", "3"]), run(&["--grades", "3"])) else { return };
    assert_eq!(report(&first), report(&second));
}

#[test]
fn a_table_of_indicators_is_graded_by_a_standard_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (table, standard) = (folder.path().join("table.csv"), folder.path().join("standard.toml"));
    let mut text = String::from("customer,revenue,complaints,profit\n");
    for i in 0..300 {
        let kind = i % 3;
        let rest = i * 7_919 % 97;
        text += &format!("c{i},{},{},{}\n", 100 * kind + rest, 9 - 4 * kind + rest % 2, 30 * kind + rest % 11);
    }
    std::fs::write(&table, text).unwrap();
    let own = AssessmentStandard::builder()
        .name("service desk")
        .version(3)
        .indicators([
            Indicator::new("revenue", InformationGroup::PastSales),
            Indicator::new("complaints", InformationGroup::ServiceValue).lower_is_better(),
        ])
        .build()
        .unwrap();
    std::fs::write(&standard, own.to_toml().unwrap()).unwrap();
    let (table, standard) = (table.to_str().unwrap(), standard.to_str().unwrap());
    let arguments = ["--indicators", table, "--id", "customer", "--standard", standard, "--rank-by", "profit"];
    let Some(output) = run(&arguments) else { return };
    let text = report(&output);
    assert!(text.contains("service desk, version 3"), "{text}");
    assert!(text.contains("3 grades are used here"), "{text}");
    // A customer who is not there is an error that says so.
    let Some(output) = run(&[&arguments[..], &["--explain", "nobody"]].concat()) else { return };
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("must be the id of a customer (got nobody)"), "{told}");
}

#[test]
fn complete_journey_and_online_retail_are_graded() {
    let (Some(journey), Some(retail)) = (
        file("complete_journey/transactions_sample.parquet"),
        file("online_retail/online_retail_year_2010_2011.parquet"),
    ) else {
        return;
    };
    for (path, columns) in [
        (
            journey,
            "customer=household_id,date=transaction_timestamp,amount=sales_value,order=basket_id,product=product_id",
        ),
        (
            retail,
            "customer=CustomerID,date=InvoiceDate,quantity=Quantity,price=UnitPrice,order=InvoiceNo,product=StockCode,\
             reversal=C",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let arguments =
            ["--transactions", path.to_str().unwrap(), "--columns", columns, "--out", folder.path().to_str().unwrap()];
        let Some(output) = run(&arguments) else { return };
        let text = report(&output);
        assert!(text.contains("by the standard of the first half"), "{text}");
        reconciles(folder.path());
    }
}

#[test]
fn contributions_sum_to_the_gap_on_real_data() {
    let Some(path) = file("online_retail/online_retail_year_2010_2011.parquet") else { return };
    let columns = TransactionColumns::new("CustomerID", "InvoiceDate")
        .quantity("Quantity")
        .unit_price("UnitPrice")
        .order("InvoiceNo")
        .product("StockCode")
        .cancellation(Cancellation::Reversal { prefix: "C".into() });
    let tables = Tables::new(Transactions::scan(Source::parquet(path), &columns).unwrap());
    let frame = indicators(&tables, date("2011-12-09")).unwrap();
    let table = IndicatorTable::new(&frame, "customer_id").unwrap();
    let names: Vec<&str> = table.names().collect();
    let (standard, _) = AssessmentStandard::built_in().restricted_to(&names).unwrap();
    let data = table.data_ranked_by("spend").unwrap();
    let fitted = Grader::builder().standard(standard).build().unwrap().fit(&data).unwrap();
    let (grades, why) = (fitted.grade(&data).unwrap(), fitted.contributions(&data).unwrap());
    let mut sum_of_all = 0.0;
    for row in 0..data.len() {
        let reasons = why.reasons(row);
        let sum: f64 = reasons.iter().map(|reason| reason.contribution).sum();
        match grades.composite[row].filter(|_| grades.grade[row].is_some()) {
            Some(composite) => assert!((sum - (composite - why.mean_composite)).abs() < ROUNDING, "row {row}"),
            None => assert!(reasons.is_empty()),
        }
        sum_of_all += sum;
    }
    assert!(sum_of_all.abs() < ROUNDING * data.len() as f64, "{sum_of_all}");

    // Frozen, the grader gives its own data the grades of its fit; and it says what it lacks.
    let again =
        FittedGrader::from_json(&fitted.to_json(Training { as_of: None, unit: None, customers: data.len() }).unwrap())
            .unwrap();
    assert_eq!(again.grade(&data).unwrap(), grades);
    let spend = table.column("spend").unwrap();
    let few = GradingData::new(&[("spend", spend)]).unwrap();
    assert!(matches!(again.grade(&few), Err(GradeError::MissingIndicators { .. })));
}
