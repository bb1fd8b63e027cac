//! The program `emptor`, as an analyst runs it.
#![allow(clippy::unwrap_used)]

mod common;

use common::{emptor, folder, german, out, said, sample};
#[test]
fn the_demo_runs_without_an_argument_and_says_what_the_base_is_worth() {
    let output = emptor(&folder(), &["demo"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("2,400 customers are worth"), "{}", said(&output));
    assert!(out(&output).starts_with("customer_id,first_purchase,"));
    assert_eq!(out(&output).lines().count(), 1 + 2_460);
}

#[test]
fn names_start_no_formula_and_move_no_cursor() {
    let folder = folder();
    let hostile = german().replace(";K000;", ";=cmd|' /C calc'!A0;").replace(";K001;", ";\u{1b}[2Jbob;");
    std::fs::write(folder.path().join("orders.csv"), hostile).unwrap();
    let safe = emptor(&folder, &["rfm", "orders.csv", "--format", "csv"]);
    assert!(safe.status.success(), "{}", said(&safe));
    assert!(out(&safe).contains("\n'=cmd|' /C calc'!A0,"), "{}", out(&safe));
    assert!(said(&safe).contains("keeps 1 text from running as a formula"), "{}", said(&safe));
    let same = emptor(&folder, &["rfm", "orders.csv", "--format", "csv", "--verbatim"]);
    assert!(out(&same).contains("\n=cmd|' /C calc'!A0,") && !said(&same).contains("formula"), "{}", said(&same));
    let table = emptor(&folder, &["rfm", "orders.csv", "--format", "table", "--rows", "0"]);
    assert!(out(&table).contains("\u{fffd}[2Jbob") && !out(&table).contains('\u{1b}'), "{}", out(&table));
}

#[test]
fn a_german_export_needs_no_flag() {
    let folder = folder();
    std::fs::write(folder.path().join("auftraege.csv"), german()).unwrap();
    let output = emptor(&folder, &["rfm", "auftraege.csv"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("customer = Kundennummer"), "{}", said(&output));
    let spend: f64 = out(&output).lines().skip(1).filter_map(|line| line.split(',').nth(3)?.parse::<f64>().ok()).sum();
    // 600 lines of 1,100.50 and i mod 90 more.
    let expected: f64 = (0..600).map(|i| 1_100.5 + f64::from(i % 90)).sum();
    assert!((spend - expected).abs() < 1e-6, "{spend} {expected}");
}

#[test]
fn a_pipeline_is_no_file_of_orders_and_says_what_to_do() {
    let folder = folder();
    let text =
        "opportunity_id,deal_stage,account,close_date,close_value\n1,Won,A,2024-01-01,5\n2,Lost,B,2024-01-02,7\n";
    std::fs::write(folder.path().join("deals.csv"), text).unwrap();
    let output = emptor(&folder, &["clv", "deals.csv"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("opportunities"), "{}", said(&output));
}

#[test]
fn init_writes_a_configuration_that_the_next_run_reads_and_never_overwrites_one() {
    let folder = folder();
    std::fs::write(folder.path().join("auftraege.csv"), german()).unwrap();
    let output = emptor(&folder, &["init", "auftraege.csv"]);
    assert!(output.status.success(), "{}", said(&output));
    let text = std::fs::read_to_string(folder.path().join("emptor.toml")).unwrap();
    assert!(text.contains("customer = \"Kundennummer\"") && text.contains("# rate = 0.12"), "{text}");
    let by_config = emptor(&folder, &["rfm", "--quiet"]);
    let by_file = emptor(&folder, &["rfm", "auftraege.csv", "--quiet"]);
    assert!(by_config.status.success() && by_config.stdout == by_file.stdout, "{}", said(&by_config));
    assert!(by_config.stderr.is_empty(), "{}", said(&by_config));
    let again = emptor(&folder, &["init", "auftraege.csv"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(said(&again).contains("there already"), "{}", said(&again));
}

#[test]
fn mistakes_in_the_configuration_are_all_named_with_their_lines() {
    let folder = folder();
    std::fs::write(folder.path().join("emptor.toml"), "[valeu]\nrate = 0.1\n[grades]\ncount = 100\n").unwrap();
    let output = emptor(&folder, &["demo"]);
    assert_eq!(output.status.code(), Some(2));
    for part in ["2 mistakes", "line 1", "did you mean `value`", "line 4", "from 2 to 26"] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
}

#[test]
fn the_same_answer_comes_in_every_format() {
    let folder = folder();
    std::fs::write(folder.path().join("auftraege.csv"), german()).unwrap();
    for name in ["a.csv", "a.json", "a.ndjson", "a.parquet", "a.md", "a.xlsx", "a.txt"] {
        let output = emptor(&folder, &["rfm", "auftraege.csv", "--out", name]);
        assert!(output.status.success(), "{name}: {}", said(&output));
        assert!(output.stdout.is_empty());
        assert!(std::fs::metadata(folder.path().join(name)).unwrap().len() > 1000, "{name}");
    }
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(60));
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let spend = |rows: &mut dyn Iterator<Item = serde_json::Value>| -> f64 {
        rows.map(|row| row["spend"].as_f64().unwrap()).sum()
    };
    let expected: f64 = (0..600).map(|i| 1_100.5 + f64::from(i % 90)).sum();
    let lines = text("a.ndjson");
    let ndjson = spend(&mut lines.lines().map(|line| serde_json::from_str(line).unwrap()));
    for sum in [spend(&mut json.as_array().unwrap().iter().cloned()), ndjson] {
        assert!((sum - expected).abs() < 1e-6, "{sum} {expected}");
    }
    let rows =
        |name: &str, sign: char| text(name).lines().filter(|line| line.contains("K0") && line.contains(sign)).count();
    assert_eq!([rows("a.csv", ','), rows("a.md", '|'), rows("a.txt", '┆')], [60; 3]);
    // What the program wrote, the engine reads: all numbers are there.
    for name in ["a.parquet", "a.xlsx"] {
        let opened = emptor::table::Input::new(folder.path().join(name)).open().unwrap();
        let frame = opened.source.frame().unwrap().collect().unwrap();
        let spend = frame.column("spend").unwrap().cast(&emptor::polars::prelude::DataType::Float64).unwrap();
        let sum = spend.f64().unwrap().iter().flatten().sum::<f64>();
        assert!((sum - expected).abs() < 1e-6, "{name}: {sum}");
    }
    let wrong = emptor(&folder, &["rfm", "auftraege.csv", "--out", "a.doc"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn an_explanation_sums_to_the_value_of_the_customer() {
    let orders = sample("order_lines");
    let output = emptor(&folder(), &["explain", "C00012", &orders, "--margin", "0.3", "--format", "csv"]);
    assert!(output.status.success(), "{}", said(&output));
    let value = |term: &str| {
        let text = out(&output);
        let line = text.lines().find(|line| line.contains(term)).unwrap().to_owned();
        line.split(',').nth(2).unwrap().parse::<f64>().unwrap()
    };
    assert!(value("ltv_current") > 0.0);
    assert!((value("ltv_current") - value("Σ present values")).abs() < 1e-6);
    // The grade's terms sum to its composite score, and the models tell their parameters.
    assert!((value(",composite,") - value("Σ grade terms")).abs() < 1e-4, "{}", out(&output));
    assert!(out(&output).matches("grade term,").count() >= 4 && out(&output).contains("model,parameter alpha,"));
    assert!(out(&output).contains("[week]") && !out(&output).contains("[unit]"), "{}", out(&output));
    // With potential profit the periods sum to both.
    let folder = folder();
    std::fs::write(folder.path().join("gain.csv"), "customer,profit\nC00012,240\n").unwrap();
    let both = emptor(&folder, &["explain", "C00012", &orders, "--margin", "0.3", "--potential", "gain.csv"]);
    let text = out(&both);
    let number = |term: &str| -> f64 {
        text.lines().find(|line| line.contains(term)).unwrap().split(',').nth(2).unwrap().parse().unwrap()
    };
    assert!(text.contains(" + 20) ×") || text.contains(" + 19."), "a twelfth of 240, while they are alive: {text}");
    assert!(number("ltv_potential") > 100.0, "{text}");
    assert!((number("ltv_total") - number("Σ present values")).abs() < 0.01, "{text}");
    let nobody = emptor(&folder, &["explain", "nobody", &orders]);
    assert_eq!(nobody.status.code(), Some(3));
}

#[test]
fn a_shell_gets_its_completions() {
    let output = emptor(&folder(), &["completions", "bash"]);
    assert!(output.status.success() && out(&output).contains("--potential"), "{}", said(&output));
}

#[test]
fn amounts_carry_the_currency_of_the_lines_unless_told_otherwise() {
    let folder = folder();
    std::fs::write(folder.path().join("orders.csv"), emptor_datasets::sample::transactions_csv()).unwrap();
    for (flags, sign) in [(&[][..], "€"), (&["--currency", "Fr. "][..], "Fr. ")] {
        let output = emptor(&folder, &[&["report", "orders.csv", "-o", "page.html"][..], flags].concat());
        assert!(output.status.success(), "{}", said(&output));
        let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
        assert!(page.contains(&format!("customers of the base are worth {sign}")), "{sign}");
    }
}

#[test]
fn a_check_ends_with_3_only_when_it_is_strict() {
    let folder = folder();
    let text = "order,customer,date,amount\n1,A,31/12/2024,5.00\n2,B,24/12/2024,-5.00\n3,A,30.11.2024,7.00\n";
    std::fs::write(folder.path().join("o.csv"), text).unwrap();
    let output = emptor(&folder, &["check", "o.csv"]);
    assert!(output.status.success() && out(&output).contains("mistake"), "{}{}", out(&output), said(&output));
    let strict = emptor(&folder, &["check", "o.csv", "--strict"]);
    assert_eq!(strict.status.code(), Some(3), "{}", said(&strict));
}

#[test]
fn one_command_makes_a_page_and_its_pictures() {
    let folder = folder();
    std::fs::write(folder.path().join("auftraege.csv"), german()).unwrap();
    let output = emptor(&folder, &["report", "auftraege.csv", "-o", "page.html", "--pictures", "charts"]);
    assert!(output.status.success(), "{}", said(&output));
    let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    for part in ["<!doctype html>", "Customer equity", "SHA-256 of auftraege.csv", "holdout"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("K007"), "nobody is named");
    let pictures: Vec<_> = std::fs::read_dir(folder.path().join("charts")).unwrap().map(|file| file.unwrap()).collect();
    assert!(pictures.len() >= 20 && pictures.iter().all(|file| file.metadata().unwrap().len() > 500));
    let named = emptor(&folder, &["report", "auftraege.csv", "-o", "-", "--show-ids", "--quiet"]);
    assert!(named.status.success() && out(&named).starts_with("<!doctype html>"), "{}", said(&named));
    assert!(out(&named).contains(">K0"), "customers are named when asked for");
    let over = emptor(&folder, &["rfm", "auftraege.csv", "-o", "./auftraege.csv"]);
    assert_eq!(over.status.code(), Some(2), "{}", said(&over));
    assert_eq!(std::fs::read_to_string(folder.path().join("auftraege.csv")).unwrap(), german());
}

#[test]
fn the_bench_runs_on_as_many_lines_as_it_is_told() {
    let output = emptor(&folder(), &["bench", "--rows", "2000", "--format", "csv"]);
    assert!(output.status.success() && out(&output).lines().count() > 1, "{}{}", out(&output), said(&output));
}

#[test]
fn what_was_learned_is_saved_for_services_and_databases() {
    let folder = folder();
    std::fs::write(folder.path().join("auftraege.csv"), german()).unwrap();
    let saved = emptor(&folder, &["save", "auftraege.csv", "--currency", "EUR"]);
    assert!(saved.status.success(), "{}", said(&saved));
    let text = std::fs::read_to_string(folder.path().join("scorer.json")).unwrap();
    let scorer = emptor::analysis::Scorer::from_json(&text).unwrap();
    assert_eq!(scorer.training().customers, 60);
    let flags = ["--sql", "duckdb", "--from-table", "crm.customers", "--inputs", "customers.csv", "-o", "-"];
    let sql = emptor(&folder, &[&["save", "auftraege.csv"][..], &flags].concat());
    let inputs = std::fs::read_to_string(folder.path().join("customers.csv")).unwrap();
    let header = inputs.lines().next().unwrap_or_default().to_owned();
    for column in scorer.columns() {
        assert!(header.split(',').any(|name| name == column.name), "{}: {header}", column.name);
    }
    assert!(header.starts_with("customer_id,") && inputs.lines().count() == 1 + 60, "{header}");
    assert!(out(&sql).contains("FROM \"crm\".\"customers\""), "{}{}", out(&sql), said(&sql));
}

#[test]
fn potential_profit_comes_from_a_file_from_wallets_and_from_deals() {
    let folder = folder();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("orders.csv", emptor_datasets::sample::transactions_csv());
    write("gain.csv", "customer,profit\nC00001,120\nC99999,60\n");
    let output = emptor(&folder, &["clv", "orders.csv", "--margin", "0.4", "--potential", "gain.csv"]);
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("by what they could buy beyond"), "{told}");
    assert!(told.contains("1 customer of the potential profit without a purchase"), "{told}");
    let row = |text: &str| text.lines().find(|line| line.starts_with("C00001,")).map(str::to_owned).unwrap();
    let potential = |text: &str| -> f64 {
        let place = text.lines().next().unwrap().split(',').position(|name| name == "ltv_potential").unwrap();
        row(text).split(',').nth(place).unwrap().parse().unwrap()
    };
    // Three years of ten a month, discounted, and only as long as the customer is there.
    assert!((1.0..310.0).contains(&potential(&out(&output))), "{}", row(&out(&output)));

    // The same by the configuration, from another folder.
    write("emptor.toml", "[value]\nmargin = 0.4\npotential = \"gain.csv\"\n");
    let again = emptor(&folder, &["clv", "orders.csv"]);
    assert!((potential(&out(&again)) - potential(&out(&output))).abs() < 1e-9);
    write("emptor.toml", "");

    // What the flags need is told.
    for (flags, needs) in [(["--capture", "0.25"].as_slice(), "wallets"), (["--deals"].as_slice(), "opportunities")] {
        let refused = emptor(&folder, &[["clv", "orders.csv"].as_slice(), flags].concat());
        assert!(!refused.status.success() && said(&refused).contains(needs), "{}", said(&refused));
    }
    write("gain.csv", "who,what,when\nC00001,120,now\n");
    let refused = emptor(&folder, &["clv", "orders.csv", "--potential", "gain.csv"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("customer and profit; there are who, what, when"), "{}", said(&refused));
}
