//! The programs `customer_value` and `contract_retention`, as a user runs them.

use crate::program::{report, run};

#[test]
fn the_model_that_made_the_sample_is_found_and_scores_come_in_the_order_of_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run("customer_value", &["--out", folder.path().to_str().unwrap()]) else { return };
    let report = report(&output);
    // The sample is simulated by the BG/NBD story.
    assert!(report.contains("BG/NBD describes these purchases best"), "{report}");
    assert!(!report.contains("NaN") && !report.contains("inf"), "{report}");
    let scores = std::fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    let orders = emptor_datasets::sample::transactions_csv();
    let place = orders.lines().next().unwrap().split(',').position(|name| name == "customer_id").unwrap();
    let first = orders.lines().skip(1).filter_map(|line| line.split(',').nth(place)).find(|id| !id.is_empty()).unwrap();
    assert!(scores.lines().nth(1).unwrap().starts_with(first), "{first}");
    assert_eq!(scores.lines().count(), 1 + emptor_datasets::sample::CUSTOMERS);
    for name in ["models", "holdout", "tracking"] {
        assert!(folder.path().join(format!("{name}.csv")).exists(), "{name}");
    }
}

#[test]
fn the_published_contracts_differ_and_tenure_matters_for_one_segment() {
    let Some(output) = run("contract_retention", &[]) else { return };
    let report = report(&output);
    // Fader & Hardie (2007), seven renewals: alpha 0.668, beta 3.806; Fader et al. (2018): c above 1.
    for needle in ["alpha 0.6681", "beta 3.8061", "p < 0.0001", "changes with tenure in “high end”"] {
        assert!(report.contains(needle), "{needle}: {report}");
    }
    assert!(!report.contains("NaN") && !report.contains("inf"), "{report}");
}

#[test]
fn contracts_that_break_rules_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contracts.csv");
    std::fs::write(&path, "cohort,last_active,observed\na,3,2\na,1,2\n").unwrap();
    let Some(output) = run("contract_retention", &["--contracts", path.to_str().unwrap()]) else { return };
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("at least last_active"), "{message}");
}
