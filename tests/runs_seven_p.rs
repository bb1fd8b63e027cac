//! The program `seven_p`, as a user runs it.

use std::process::Output;

use crate::program::{self, report};
use crate::real_data::file;

fn run(arguments: &[&str]) -> Option<Output> {
    program::run("seven_p", arguments)
}

const HEADINGS: [&str; 8] =
    ["PROFILING", "PERSISTENCY", "PROFITABILITY", "PERFORMANCE", "PROSPECTING", "PRODUCT", "PROMOTION", "LIFE CYCLE"];

#[test]
fn the_sample_has_findings_in_every_p() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run(&["--out", folder.path().to_str().unwrap()]) else { return };
    let text = report(&output);
    for (heading, section) in HEADINGS.iter().zip(text.split("\n\n").skip(1)) {
        assert!(section.starts_with(heading), "{heading}: {section}");
        assert!(section.matches("  • ").count() >= 3, "{section}");
    }
    for name in ["profile_customer", "persist_customer", "profit_customer", "columns", "findings", "gaps", "answers"] {
        let text = std::fs::read_to_string(folder.path().join(format!("{name}.csv"))).unwrap();
        assert!(text.lines().count() > 1 || name == "gaps", "{name} is empty");
    }
}

#[test]
fn the_ten_questions_are_answered_from_the_sample() {
    let Some(output) = run(&["--questions"]) else { return };
    let text = report(&output);
    for number in 1..=10 {
        assert!(text.contains(&format!("\n{number}. ")), "{number}: {text}");
    }
    assert!(!text.contains("Cannot be answered"), "{text}");
}

#[test]
fn a_table_is_shown_with_the_meaning_of_its_columns_and_a_wrong_name_lists_the_tables() {
    let Some(output) = run(&["--show", "growth_account"]) else { return };
    let text = report(&output);
    assert!(text.contains("resurrected") && text.contains("rows"), "{text}");
    let Some(output) = run(&["--show", "growth"]) else { return };
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("growth_account"));
}

#[test]
fn online_retail_says_what_is_missing() {
    let Some(path) = file("online_retail/online_retail_year_2010_2011.parquet") else { return };
    let columns = "customer=CustomerID,date=InvoiceDate,quantity=Quantity,price=UnitPrice,order=InvoiceNo,product=StockCode,reversal=C";
    let Some(output) = run(&["--transactions", path.to_str().unwrap(), "--columns", columns]) else { return };
    let text = report(&output);
    assert!(text.contains("missing: ") && text.contains("products.unit_cost"), "{text}");
}
