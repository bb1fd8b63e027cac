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
    // −0 is a number of its own to some readers of CSV.
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let cell = text.lines().flat_map(|line| line.split(',')).find(|cell| ["-0.0", "-0"].contains(cell));
        assert!(cell.is_none(), "{} holds {cell:?}", path.display());
    }
    for name in [
        "cts_line",
        "profit_unassigned",
        "profit_concentration",
        "lifecycle_history",
        "profile_customer",
        "persist_customer",
        "profit_customer",
        "columns",
        "findings",
        "gaps",
        "answers",
    ] {
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
fn a_base_of_returns_alone_wins_no_customers_and_its_answers_are_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = "customer_id,date,amount\n".to_owned();
    for month in 0..24 {
        for customer in 1..=9 {
            lines +=
                &format!("{customer},{}-{:02}-{:02},-{}\n", 2023 + month / 12, month % 12 + 1, customer, 5 + customer);
        }
    }
    let path = folder.path().join("returns.csv");
    std::fs::write(&path, lines).unwrap();
    let arguments = ["--transactions", path.to_str().unwrap()];
    let Some(output) = run(&arguments) else { return };
    let text = report(&output);
    assert!(!text.contains("New customers"), "{text}");
    assert!(text.contains("no customer was won"), "{text}");
    let text = report(&run(&[&arguments[..], &["--questions"]].concat()).unwrap());
    assert!(text.contains("Cannot be answered") && !text.contains(".."), "{text}");
    assert!(!text.contains("low_support"), "{text}");
}

#[test]
fn rows_set_aside_are_told_and_written_and_forecasts_look_as_far_ahead_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = "customer_id,date,amount\n5,2024-12-31,much\n".to_owned();
    for month in 0..36 {
        for customer in 1..=40 {
            let day = 1 + (customer * 7 + month) % 28;
            lines += &format!("{customer},{}-{:02}-{day:02},{}\n", 2022 + month / 12, month % 12 + 1, 20 + customer);
        }
    }
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, lines).unwrap();
    let out = folder.path().join("out");
    let arguments = [
        "--transactions",
        path.to_str().unwrap(),
        "--quarantine",
        "--periods-ahead",
        "7",
        "--out",
        out.to_str().unwrap(),
    ];
    let Some(output) = run(&arguments) else { return };
    let text = report(&output);
    assert!(text.contains("1,441 rows") && text.contains("1 set aside") && text.contains("rejects.csv"), "{text}");
    assert!(std::fs::read_to_string(out.join("rejects.csv")).unwrap().contains("much"));
    let rows = std::fs::read_to_string(out.join("sales_forecast.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 7, "the total of seven months");
    assert!(text.contains("The next 7 months bring"), "{text}");
}

#[test]
fn tables_fit_the_screen_and_tell_codes_in_words() {
    for name in ["profile_customer", "sales_forecast", "acceptance_rate"] {
        let Some(output) = run(&["--show", name]) else { return };
        let text = report(&output);
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        assert!(!text.contains("__"), "{text}");
    }
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

#[test]
fn product_numbers_that_are_integers_in_one_file_and_text_in_the_other_match() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut lines = "id,day,no,sku,qty,net\n".to_owned();
    for month in 1..=12 {
        for customer in 1..=8 {
            let sku = 101 + (month + customer) % 3;
            lines += &format!(
                "{customer},2024-{month:02}-{:02},{month}{customer},{sku},1,{}\n",
                2 * customer,
                10 * customer
            );
        }
    }
    let orders = write("orders.csv", &lines);
    // One product has letters in its number, so that the whole column is text.
    let products = write("products.csv", "sku,group,cost\n101,a,4\n102,a,5\n103,b,6\nX9,b,1\n");
    let out = folder.path().join("out");
    let arguments = [
        "--transactions",
        &orders,
        "--columns",
        "customer=id,date=day,order=no,product=sku,quantity=qty,amount=net",
        "--products",
        &products,
        "--product-columns",
        "product=sku,category=group,cost=cost",
        "--grain",
        "quarter",
        "--out",
        out.to_str().unwrap(),
    ];
    let Some(output) = run(&arguments) else { return };
    report(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("both are read as text"));
    let text = std::fs::read_to_string(out.join("profit_customer.csv")).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let cogs = header.iter().position(|name| *name == "cogs").unwrap();
    assert!(
        text.lines().skip(1).all(|line| !line.split(',').nth(cogs).unwrap().is_empty()),
        "costs found no product: {text}"
    );
}
