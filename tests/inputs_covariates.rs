//! Covariates that do not fit their history.

use emptor::polars::df;
use emptor::polars::prelude::DataFrame;
use emptor::prelude::*;

use crate::real_data::date;

fn history() -> PurchaseHistory {
    let frame = df!("id" => ["a", "b", "c", "d", "e"], "day" => ["2024-01-01"; 5], "net" => [1.0; 5]).unwrap();
    let columns = TransactionColumns::new("id", "day").amount("net");
    let transactions = Transactions::from_frame(frame, &columns).unwrap();
    PurchaseHistory::summarize(&transactions, date("2024-12-31"), TimeUnit::Week).unwrap()
}

fn refused(frame: &DataFrame, columns: &[&str]) -> String {
    history().with_covariate_frame(frame, "id", columns).map(drop).unwrap_err().to_string()
}

#[test]
fn everything_wrong_with_covariates_is_named_with_its_customers() {
    let ids = ["a", "b", "c", "d", "x"];
    let good = df!("id" => ids, "age" => [1, 2, 3, 4, 5]).unwrap();
    let cases: [(String, &[&str]); 9] = [
        (refused(&good, &["income"]), &["id, age", "income"]),
        (refused(&good, &[]), &["at least one column"]),
        (refused(&good, &["age"]), &["age must be known", "missing for 1 of 5 customers: e"]),
        (
            refused(&df!("id" => ["a", "e"], "age" => [1.0, f64::NAN]).unwrap(), &["age"]),
            &["missing for 4 of 5 customers: b, c, d, …"],
        ),
        (refused(&df!("id" => ["a", "a"], "age" => [1, 2]).unwrap(), &["age"]), &["must identify one row", "2 rows"]),
        (refused(&df!("id" => [1_i64, 2], "age" => [1, 2]).unwrap(), &["age"]), &["id must be str", "i64"]),
        (
            refused(&df!("id" => ["a", "b", "c", "d", "e"], "kind" => ["x"; 5]).unwrap(), &["kind"]),
            &["kind must have 2 to 50 kinds", "1"],
        ),
        (
            refused(&df!("id" => ["a", "b", "c", "d", "e"], "T" => [1; 5]).unwrap(), &["T"]),
            &["must not be called like a column of the history"],
        ),
        (
            refused(
                &df!("id" => ["a", "b", "c", "d"], "age" => [1; 4], "kind" => [Some("x"), None, None, None]).unwrap(),
                &["age", "kind"],
            ),
            &["missing for 1 of 5 customers: e", "missing for 4 of 5 customers: b, c, d"],
        ),
    ];
    for (message, needles) in cases {
        for needle in needles {
            assert!(message.contains(needle), "{needle}: {message}");
        }
    }
}

#[test]
fn a_name_is_no_kind() {
    let names: Vec<String> = (0..60).map(|i| format!("c{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let frame = df!("id" => &names, "day" => vec!["2024-01-01"; 60], "net" => vec![1.0; 60]).unwrap();
    let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net")).unwrap();
    let history = PurchaseHistory::summarize(&transactions, date("2024-12-31"), TimeUnit::Week).unwrap();
    let frame = df!("id" => &names, "name" => &names).unwrap();
    let error = history.with_covariate_frame(&frame, "id", &["name"]).unwrap_err().to_string();
    assert!(error.contains("2 to 50 kinds") && error.contains("60"), "{error}");
}

#[test]
fn covariates_of_a_table_say_which_columns_there_are() {
    let frame = df!("id" => ["a", "b", "c", "d", "e"], "channel" => ["x", "y", "x", "y", "x"]).unwrap();
    let customers = Customers::scan(frame, &CustomerColumns::new("id").channel("channel")).unwrap();
    let error = history().with_covariates(&customers, &["channel"]).unwrap_err().to_string();
    assert!(error.contains("customer_id, acq_channel"), "{error}");
    let history = history().with_covariates(&customers, &["acq_channel"]).unwrap();
    assert_eq!(history.covariates().unwrap().get("acq_channel=y"), Some([0.0, 1.0, 0.0, 1.0, 0.0].as_slice()));
}
