//! The program `customer_equity`, as a user runs it.

use std::path::Path;
use std::process::Output;

use crate::program::{self, report};
use crate::real_data::file;

/// Sums of amounts in doubles, in another order.
const ROUNDING: f64 = 1e-9;

fn run(arguments: &[&str]) -> Option<Output> {
    program::run("customer_equity", arguments)
}

/// A written table, header first.
fn table(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// A column of numbers of a table.
fn column(rows: &[Vec<String>], name: &str) -> Vec<f64> {
    let place = rows[0].iter().position(|header| header == name).unwrap();
    rows[1..].iter().map(|row| row[place].parse().unwrap()).collect()
}

/// Every identity that the files of any run keep; gives the equity.
fn reconciles(folder: &Path) -> f64 {
    let close = |a: f64, b: f64| (a - b).abs() <= ROUNDING * b.abs().max(1.0);
    let equity: f64 = column(&table(folder, "customers"), "ltv").iter().sum();
    let whale = column(&table(folder, "whale"), "cumulative");
    assert!(close(*whale.last().unwrap(), equity), "{:?} {equity}", whale.last());

    let terms = column(&table(folder, "bridge"), "amount");
    let (after, terms) = terms.split_last().unwrap();
    assert!(close(terms.iter().sum(), *after), "{terms:?} {after}");

    let grid = table(folder, "grid");
    let still = column(&grid, "retention_change").iter().position(|change| change.abs() <= 0.0).unwrap();
    assert!(column(&grid, "static_equity")[still..still + 5].iter().any(|value| close(*value, equity)));

    let parts = table(folder, "parts");
    let (low, value, high) = (column(&parts, "low"), column(&parts, "equity"), column(&parts, "high"));
    for row in 0..value.len() {
        assert!(low[row] <= value[row] && value[row] <= high[row], "{:?}", parts[row + 1]);
    }
    for by in ["cohort", "segment", "channel"] {
        let of = |row: &usize| parts[row + 1][0] == by;
        let sum: f64 = (0..value.len()).filter(of).map(|row| value[row]).sum();
        assert!(!(0..value.len()).any(|row| of(&row)) || close(sum, equity), "{by}: {sum} {equity}");
    }
    equity
}

fn is_readable(report: &str) {
    for section in [
        "WHAT WAS READ",
        "STATIC EQUITY",
        "WHERE THE VALUE LIES",
        "DYNAMIC EQUITY",
        "LEVERS",
        "TORNADO OF DYNAMIC EQUITY",
        "DYNAMIC EQUITY BY RETENTION AND DISCOUNT RATE",
        "BRIDGE FROM",
        "FINDING",
        "what a lever is worth, not what moving it costs",
    ] {
        assert!(report.contains(section), "{section}: {report}");
    }
    // Words that stand for themselves in no table; minus zero.
    assert!(!report.contains("NaN") && !report.contains(" inf") && !report.contains(" -0 "), "{report}");
}

#[test]
fn the_equity_of_the_sample_reconciles_and_has_its_range() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run(&["--wallet", "--out", folder.path().to_str().unwrap()]) else { return };
    let report = report(&output);
    is_readable(&report);
    assert!(report.contains("CURRENT × POTENTIAL VALUE") && report.contains("iron"), "{report}");
    assert!(report.contains("estimated parameters and another draw of customers"), "{report}");
    let customers = table(folder.path(), "customers");
    assert_eq!(customers.len(), 1 + emptor_datasets::sample::CUSTOMERS);
    // The bridge is of current profit, the total of both.
    let current: f64 = column(&customers, "ltv_current").iter().sum();
    let after = *column(&table(folder.path(), "bridge"), "amount").last().unwrap();
    assert!((after - current).abs() < ROUNDING * current, "{after} {current}");
    assert!(reconciles(folder.path()) > current);
    let levers = table(folder.path(), "tornado");
    assert_eq!(levers.len(), 1 + 5, "every lever moves a base that grows: {levers:?}");
}

#[test]
fn the_same_seed_gives_the_same_report_and_nothing_later_leaks() {
    let arguments = ["--as-of", "2023-12-31", "--before", "2023-06-30", "--new-customers", "10", "--seed", "7"];
    let (Some(one), Some(two)) = (run(&arguments), run(&arguments)) else { return };
    assert_eq!(report(&one), report(&two));
    // Lines of the sample until a day are all that this day knows.
    let folder = tempfile::tempdir().unwrap();
    let lines = emptor_datasets::sample::transactions_csv();
    let (header, rows) = lines.split_once('\n').unwrap();
    let until: String = rows
        .lines()
        .filter(|row| row.split(',').nth(3).unwrap() <= "2023-12-31")
        .map(|row| format!("{row}\n"))
        .collect();
    let equity = |name: &str, text: String| {
        let path = folder.path().join(format!("{name}.csv"));
        std::fs::write(&path, text).unwrap();
        let out = folder.path().join(name);
        let columns = "customer=customer_id,date=order_ts,amount=net_amount";
        let (path, out) = (path.to_str().unwrap(), out.to_str().unwrap());
        let arguments = ["--transactions", path, "--columns", columns, "--as-of", "2023-12-31", "--out", out];
        report(&run(&arguments).unwrap());
        reconciles(Path::new(out))
    };
    let (short, long) = (equity("short", format!("{header}\n{until}")), equity("long", lines.to_owned()));
    assert!((short - long).abs() < ROUNDING * long, "{short} {long}");
}

#[test]
fn profits_of_two_years_are_valued_in_closed_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profits.csv");
    std::fs::write(&path, "id,old,new\na,100,110\nb,40,0\nc,0,20\n").unwrap();
    let (path, out) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
    let columns = "customer=id,before=old,after=new";
    let arguments = ["--profits", path, "--columns", columns, "--retention", "0.8", "--out", out];
    let Some(output) = run(&arguments) else { return };
    is_readable(&report(&output));
    // T1 = m·r/(1 + d − r) = 2.5·m at r = 0.8, d = 0.12.
    let bridge = column(&table(folder.path(), "bridge"), "amount");
    let expected = [350.0, -100.0, 50.0, 25.0, 0.0, 0.0, 325.0];
    assert!(bridge.iter().zip(expected).all(|(term, exact)| (term - exact).abs() < ROUNDING), "{bridge:?}");
    assert_eq!(bridge.len(), expected.len());

    let output = run(&["--profits", path, "--columns", columns]).unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && message.contains("--retention"), "{message}");
}

#[test]
fn complete_journey_is_as_concentrated_as_computed_elsewhere() {
    let Some(path) = file("complete_journey/two_year_household_summary.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
    let columns = "customer=household_key,before=Spend_Total,after=Spend_Y2";
    let arguments = ["--profits", path, "--columns", columns, "--margin", "0.25", "--retention", "0.9", "--out", out];
    let Some(output) = run(&arguments) else { return };
    is_readable(&report(&output));
    let rows = table(folder.path(), "concentration");
    // Computed in Python from the same column.
    concentrated(&rows, 1, [2500.0, 8_057_463.08, 0.502_787_202_772_016_9, 0.530_463_274_552_168_4, 1101.0]);
    // 0.25 · 0.9 / (1.12 − 0.9) of 4,411,559.72 spent in the second year.
    let equity = reconciles(folder.path());
    let spent = column(&rows, "total")[1];
    assert!((equity / spent - 0.25 * 0.9 / 0.22).abs() < ROUNDING, "{equity} {spent}");
}

#[test]
fn cdnow_is_as_concentrated_as_computed_elsewhere() {
    let Some(path) = file("cdnow/cdnow_master.parquet") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
    let columns = "customer=customer_id,date=date,amount=amount,quantity=units";
    let Some(output) = run(&["--transactions", path, "--columns", columns, "--margin", "0.3", "--out", out]) else {
        return;
    };
    let report = report(&output);
    is_readable(&report);
    assert!(report.contains("nobody is won"), "{report}");
    let rows = table(folder.path(), "concentration");
    // Computed in Python from the same file.
    concentrated(&rows, 1, [23_570.0, 2_500_315.63, 0.634_571_184_581_595_9, 0.677_773_829_698_452_9, 7695.0]);
    assert!(reconciles(folder.path()) > 0.0);
}

/// Customers, total, Gini, share of the best fifth, and customers with 80 per cent.
fn concentrated(rows: &[Vec<String>], row: usize, expected: [f64; 5]) {
    let names = ["customers", "total", "gini", "best_20_percent_hold", "customers_with_80_percent"];
    for (name, exact) in names.into_iter().zip(expected) {
        let found = column(rows, name)[row - 1];
        assert!((found / exact - 1.0).abs() < ROUNDING, "{name}: {found} {exact}");
    }
}
