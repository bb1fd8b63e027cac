//! The program `emptor`: flags, configuration and files that are not as they must be.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{emptor, folder, german, out, said, sample, write};

#[test]
fn a_configuration_is_checked_with_the_files_it_names() {
    let folder = folder();
    write(&folder, "orders.csv", german());
    write(&folder, "products.csv", "sku,cost\nA,5\n");
    let text = "\
[data]
file = \"orders.csv\"
[data.columns]
customer = \"Kundennumer\"
date = \"Rechnungsdatum\"
amount = \"Nettobetrag\"
[tables.products]
file = \"product.csv\"
[value]
rate = \"0.1\"
margin = 35
capture = 0.2
deals = true
potential = \"gain.csv\"
[report]
title = 5
title = 6
";
    write(&folder, "emptor.toml", text);
    let output = emptor(&folder, &["clv"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for part in [
        "9 mistakes",
        "line 4: orders.csv has no column `Kundennumer`: did you mean `Kundennummer`?",
        "line 8: there is no file product.csv: did you mean `products.csv`?",
        "line 10: `value.rate` must be a number without quotes, not a text",
        "line 11: `value.margin = 35`: must be a share of revenue, at most 1; 35 % is 0.35",
        "line 12: `value.capture` needs the table wallets",
        "line 13: `value.deals` needs the table opportunities",
        "line 14: there is no file gain.csv",
        "line 16: `report.title` must be a text in quotes, not a number",
        "line 17: `title` is there twice",
    ] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
    // What asks no configuration runs beside a broken one.
    for arguments in [&["completions", "bash"][..], &["init", "orders.csv", "-o", "other.toml"]] {
        let output = emptor(&folder, arguments);
        assert!(output.status.success(), "{}", said(&output));
    }
    let nowhere = emptor(&folder, &["clv", "--config", "nowhere.toml"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", said(&nowhere));
}

#[test]
fn wrong_values_of_the_configuration_are_told_once_each() {
    let folder = folder();
    write(&folder, "o.csv", german());
    let text = "\
as_of = 2024-13-45
[data]
file = \"o.csv\"
encoding = \"utf-88\"
date_format = \"dd/mm/yyyy\"
[tables.products]
file = 5
[grades]
count = [3]
seed = -4
[forecast]
periods = 0
";
    write(&folder, "emptor.toml", text);
    let output = emptor(&folder, &["clv"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    for part in [
        "7 mistakes",
        "line 1:",
        "no encoding `utf-88`",
        "%d/%m/%Y",
        "not a list",
        "line 7: `tables.products.file` must be a text in quotes",
        "line 10: ",
        "from 1 to 1000",
    ] {
        assert!(said(&output).contains(part), "{part}: {}", said(&output));
    }
}

#[test]
fn a_flag_out_of_its_range_ends_the_program_before_it_reads() {
    let folder = folder();
    write(&folder, "o.csv", german());
    for arguments in [
        &["clv", "o.csv", "--margin", "35"][..],
        &["clv", "o.csv", "--grades", "1"],
        &["clv", "o.csv", "--rate", "-1"],
        &["clv", "o.csv", "--rate", "12"],
        &["clv", "o.csv", "--capture", "2"],
        &["clv", "o.csv", "--encoding", "utf-88"],
        &["clv", "o.csv", "--date-format", "dd/mm/yyyy"],
        &["clv", "o.csv", "--as-of", "1999-01-01"],
        &["forecast", "o.csv", "--periods", "0"],
        &["profile", "o.csv", "--from", "2099-01-01"],
        &["clv", "o.csv", "--format", "xlsx"],
        &["clv", "o.csv", "--table", "wallet=o.csv"],
    ] {
        let output = emptor(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn what_cannot_be_written_is_told_before_the_work() {
    let folder = folder();
    write(&folder, "o.csv", german());
    write(&folder, "taken", "");
    for arguments in [
        &["clv", "o.csv", "--out", "nowhere/a.csv"][..],
        &["report", "o.csv", "--out", "nowhere/a.html"],
        &["report", "o.csv", "--pictures", "taken"],
        &["save", "o.csv", "--out", "nowhere/a.json"],
    ] {
        let output = emptor(&folder, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
        // Progress would be told after the file.
        assert!(!said(&output).contains("fitting"), "{}", said(&output));
    }
    let made = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(made, 2, "nothing is left behind");
}

#[test]
fn every_table_of_the_sample_opens_by_its_name() {
    let names = [
        "calendar",
        "campaigns",
        "contacts",
        "contracts",
        "cost_pools",
        "customers",
        "deliveries",
        "identities",
        "interactions",
        "opportunities",
        "payments",
        "products",
        "referrals",
        "reps",
        "responses",
        "spending",
        "stage_history",
        "stock",
        "surveys",
        "targets",
        "tickets",
    ];
    let tables: Vec<String> = names
        .iter()
        .map(|name| format!("{name}={}", sample(name)))
        .chain([format!("wallets={}", sample("wallet"))])
        .collect();
    let flags: Vec<&str> = tables.iter().flat_map(|table| ["--table", table.as_str()]).collect();
    let orders = sample("order_lines");
    let output = emptor(&folder(), &[&["rfm", &orders][..], &flags].concat());
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(out(&output).lines().count(), 1 + 2_400);
}

#[test]
fn a_configuration_in_another_folder_names_its_files_from_there() {
    let folder = folder();
    std::fs::create_dir_all(folder.path().join("shop/data")).unwrap();
    write(&folder, "shop/data/o.csv", german());
    write(&folder, "deals.csv", "deal_id,stage,account,close_date,close_value\n1,Won,A,2024-01-01,5\n");
    let output = emptor(&folder, &["init", "shop/data/o.csv", "-o", "shop/emptor.toml"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("emptor clv --config shop/emptor.toml"), "{}", said(&output));
    let text = std::fs::read_to_string(folder.path().join("shop/emptor.toml")).unwrap();
    assert!(text.contains("file = \"data/o.csv\""), "{text}");
    let by_config = emptor(&folder, &["rfm", "--config", "shop/emptor.toml", "--quiet"]);
    let same = emptor(&folder, &["rfm", "./shop/data/../data/o.csv", "--config", "shop/emptor.toml", "--quiet"]);
    assert!(by_config.status.success() && by_config.stdout == same.stdout, "{}", said(&by_config));
    let pipeline = emptor(&folder, &["init", "deals.csv"]);
    assert_eq!(pipeline.status.code(), Some(3), "{}", said(&pipeline));
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_configuration() {
    let folder = folder();
    write(&folder, "o.csv", german());
    write(&folder, "emptor.toml", "[grades]\ncount = 5\n");
    let grades = |variable: Option<&str>, flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_emptor"));
        command.current_dir(folder.path()).args(["grade", "o.csv"]).args(flags);
        let output = variable.iter().fold(&mut command, |command, count| command.env("EMPTOR_GRADES", count)).output();
        let text = said(&output.unwrap());
        ["A", "B", "C", "D", "E"].iter().filter(|grade| text.contains(&format!("Grade {grade}: "))).count()
    };
    assert_eq!(grades(None, &[]), 5);
    assert_eq!(grades(Some("3"), &[]), 3);
    assert_eq!(grades(Some("3"), &["--grades", "2"]), 2);
    assert_eq!(grades(Some("many"), &[]), 0, "a variable is checked as a flag is");
}

#[test]
fn grades_profile_and_forecast_answer() {
    let folder = folder();
    write(&folder, "o.csv", german());
    let grades = emptor(&folder, &["grade", "o.csv", "--grades", "3"]);
    assert!(said(&grades).contains("Grade C: "), "{}", said(&grades));
    let graded = |grade: &str| out(&grades).lines().filter(|line| line.split(',').nth(1) == Some(grade)).count();
    assert_eq!(["A", "B", "C"].map(graded).iter().sum::<usize>(), 60);
    let findings = emptor(&folder, &["profile", "o.csv"]);
    assert!(out(&findings).contains("Persistency,"), "{}{}", out(&findings), said(&findings));
    let list = emptor(&folder, &["profile", "o.csv", "--show", "list"]);
    let name = out(&list).lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
    assert!(emptor(&folder, &["profile", "o.csv", "--show", &name]).status.success());
    let ahead = emptor(&folder, &["forecast", "o.csv", "--periods", "4", "--grain", "quarter"]);
    assert_eq!(out(&ahead).lines().count(), 1 + 4, "{}{}", out(&ahead), said(&ahead));
}

#[test]
fn standard_input_is_read_and_a_reader_that_goes_away_is_no_error() {
    let run = |arguments: &[&str], input: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_emptor"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child
    };
    let output = run(&["rfm", "-"], german().as_bytes()).wait_with_output().unwrap();
    assert_eq!(out(&output).lines().count(), 1 + 60, "{}", said(&output));
    let mut gone = run(&["rfm", "-"], german().as_bytes());
    drop(gone.stdout.take());
    let output = gone.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn chinese_exports_are_read_in_their_encoding() {
    let folder = folder();
    // 客户,日期,金额 and 张三, in GB 18030.
    let mut text = b"\xbf\xcd\xbb\xa7,\xc8\xd5\xc6\xda,\xbd\xf0\xb6\xee\n".to_vec();
    for i in 0..200 {
        text.extend(b"\xd5\xc5\xc8\xfd");
        text.extend(format!("{},2024-{:02}-{:02},{}.50\n", i % 20, i % 12 + 1, i % 28 + 1, 10 + i).bytes());
    }
    write(&folder, "o.csv", text);
    for flags in [&[][..], &["--encoding", "gb18030"]] {
        let output = emptor(&folder, &[&["rfm", "o.csv"][..], flags].concat());
        assert!(output.status.success(), "{}", said(&output));
        assert!(out(&output).contains("张三7,") && said(&output).contains("customer = 客户"), "{}", said(&output));
    }
}

#[test]
fn the_sheet_of_a_workbook_that_holds_purchases_is_found() {
    let folder = folder();
    let cover = emptor::polars::df!("Report" => ["made by", "for"], "Who" => ["us", "you"]).unwrap();
    write(&folder, "o.csv", german());
    let orders = emptor::table::Input::new(folder.path().join("o.csv")).open().unwrap();
    let orders = orders.source.frame().unwrap().collect().unwrap();
    let book = emptor::table::Workbook::default().sheet("Cover", &cover).sheet("Orders", &orders);
    let mut bytes = Vec::new();
    book.write(&mut bytes).unwrap();
    write(&folder, "o.xlsx", bytes);
    let output = emptor(&folder, &["rfm", "o.xlsx"]);
    assert!(said(&output).contains("o.xlsx, sheet Orders: "), "{}", said(&output));
    assert_eq!(out(&output).lines().count(), 1 + 60);
    let init = emptor(&folder, &["init", "o.xlsx"]);
    let text = std::fs::read_to_string(folder.path().join("emptor.toml")).unwrap_or_default();
    assert!(init.status.success() && text.contains("sheet = \"Orders\""), "{}{text}", said(&init));
}
