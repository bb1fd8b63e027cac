//! The program `analyze`, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, built beside this test by `cargo test --workspace`; `None` if only this package is built.
fn program() -> Option<PathBuf> {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    let path = folder.join("examples").join(format!("analyze{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        eprintln!("skipped: the examples are not built (cargo test --workspace builds them)");
        return None;
    }
    Some(path)
}

/// Runs it in a folder of its own, where it leaves its page.
fn analyze(arguments: &[&str]) -> Option<Output> {
    analyze_in(tempfile::tempdir().unwrap().path(), arguments)
}

fn analyze_in(folder: &Path, arguments: &[&str]) -> Option<Output> {
    Some(Command::new(program()?).current_dir(folder).args(arguments).output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn text_of(output: &Output) -> String {
    text(&output.stderr)
}

#[test]
fn without_arguments_it_reports_on_the_sample_and_leaves_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = analyze_in(folder.path(), &[]) else { return };
    let report = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for needle in ["WHAT WAS READ", "Money reconciles", "CUSTOMER EQUITY", "GRADES", "SEGMENTS", "MOST VALUABLE"] {
        assert!(report.contains(needle), "{report}");
    }
    assert!(text(&output.stderr).contains("fitting the purchase model"), "progress goes to stderr");
    assert!(report.contains("report.html: the whole report"), "{report}");
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Customer equity") && page.contains("Persistency"));
}

#[test]
fn a_file_of_ones_own_is_analysed_and_every_customer_written() {
    let folder = tempfile::tempdir().unwrap();
    let orders = folder.path().join("orders.csv");
    std::fs::write(&orders, emptor_datasets::sample::transactions_csv()).unwrap();
    let out = folder.path().join("out");
    let columns = "customer=customer_id,date=order_ts,amount=net_amount,order=order_id,product=product_id";
    let Some(output) = analyze(&[
        "--transactions",
        orders.to_str().unwrap(),
        "--columns",
        columns,
        "--as-of",
        "2024-12-31",
        "--rate",
        "0.1",
        "--horizon",
        "2y",
        "--margin",
        "0.4",
        "--out",
        out.to_str().unwrap(),
    ]) else {
        return;
    };
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("net present value over 2 years"), "{}", text(&output.stdout));
    let csv = std::fs::read_to_string(out.join("customers.csv")).unwrap();
    assert!(csv.starts_with("customer_id,first_purchase,"));
    assert_eq!(csv.lines().count() - 1, emptor_datasets::sample::CUSTOMERS);
    assert!(out.join("customers.parquet").exists());
}

#[test]
fn any_number_of_threads_and_any_order_of_rows_write_the_same_bytes() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let straight = emptor_datasets::sample::transactions_csv();
    let mut lines: Vec<&str> = straight.lines().skip(1).collect();
    lines.sort_by_key(|line| line.bytes().rev().collect::<Vec<u8>>());
    let shuffled = format!("{}\n{}\n", straight.lines().next().unwrap(), lines.join("\n"));
    let columns = "customer=customer_id,date=order_ts,amount=net_amount,order=order_id,product=product_id";
    let mut written = Vec::new();
    for (name, text, threads) in [("one", straight, "1"), ("two", straight, "2"), ("shuffled", shuffled.as_str(), "2")]
    {
        let orders = folder.path().join(name).with_extension("csv");
        let out = folder.path().join(name);
        std::fs::write(&orders, text).unwrap();
        let status = Command::new(&program)
            .args(["--transactions", orders.to_str().unwrap(), "--columns", columns, "--out", out.to_str().unwrap()])
            .env("RAYON_NUM_THREADS", threads)
            .env("POLARS_MAX_THREADS", threads)
            .output()
            .unwrap();
        assert!(status.status.success(), "{name}: {}", text_of(&status));
        written.push(std::fs::read(out.join("customers.csv")).unwrap());
    }
    assert!(written[0] == written[1], "one and two threads differ");
    assert!(written[0] == written[2], "the order of rows matters");
}

#[test]
fn rows_set_aside_are_written_with_their_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let orders = folder.path().join("orders.csv");
    let sample = emptor_datasets::sample::transactions_csv();
    std::fs::write(&orders, sample.replacen("2022-01-01", "2022-13-01", 1)).unwrap();
    let out = folder.path().join("out");
    let columns = "customer=customer_id,date=order_ts,amount=net_amount";
    let arguments = ["--transactions", orders.to_str().unwrap(), "--columns", columns, "--out", out.to_str().unwrap()];
    let Some(refused) = analyze(&arguments) else { return };
    assert!(!refused.status.success() && text_of(&refused).contains("2022-13-01"), "{}", text_of(&refused));
    let taken = analyze(&[&arguments[..], &["--quarantine"]].concat()).unwrap();
    assert!(taken.status.success(), "{}", text_of(&taken));
    let rejects = std::fs::read_to_string(out.join("rejects.csv")).unwrap();
    assert_eq!(rejects.lines().count(), 2);
    assert!(rejects.contains("2022-13-01") && rejects.contains("must be a date"), "{rejects}");
}

#[test]
fn bad_arguments_and_bad_files_end_with_a_message_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let orders = file("orders.csv", "customer_id,date,amount\n1,2024-01-01,5\n1,2024-02-01,x\n");
    let empty = file("empty.csv", "");
    let cases: [(&[&str], &str); 9] = [
        (&["--rate", "much"], "--rate"),
        (&["--rate", "-2"], "above -1"),
        (&["--horizon", "soon"], "--horizon"),
        (&["--as-of", "31.12.2024"], "--as-of"),
        (&["--transactions", "nowhere.csv"], "no such file"),
        (&["--transactions", &empty], "empty.csv"),
        (&["--transactions", &orders], "must be a number"),
        (&["--transactions", &orders, "--columns", "customer"], "role=name"),
        (&["--transactions", &orders, "--columns", "customer=id,date=date,amount=amount"], "customer_id, date, amount"),
    ];
    for (arguments, needle) in cases {
        let Some(output) = analyze(arguments) else { return };
        let message = text(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(message.contains(needle), "{arguments:?}: {message}");
        assert!(!message.contains("panicked"), "{arguments:?}: {message}");
    }
}
