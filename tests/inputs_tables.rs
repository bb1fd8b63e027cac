//! Bad tables: each case ends with the error that names what is wrong, none with a panic.

use std::path::Path;

use emptor::polars::df;
use emptor::polars::prelude::{DataFrame, ParquetWriter};
use emptor::prelude::*;
use emptor::table::TableError;

fn columns() -> TransactionColumns {
    TransactionColumns::new("id", "day").amount("net")
}

fn good() -> DataFrame {
    df!("id" => [1_i64, 2, 3], "day" => ["2024-01-01", "2024-01-02", "2024-01-03"], "net" => [1.0, 2.0, 3.0]).unwrap()
}

fn open(frame: DataFrame) -> Result<Transactions, TableError> {
    Transactions::from_frame(frame, &columns())
}

fn csv(text: &str) -> Result<Transactions, TableError> {
    Transactions::scan(Source::csv_text(text), &columns())
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> Source {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    Source::file(path).unwrap()
}

fn parquet_bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut good()).unwrap();
    bytes
}

/// A case: what is wrong, what opening gives, and what the message must contain.
type Case = (&'static str, Result<(), TableError>, &'static [&'static str]);

fn check(cases: Vec<Case>) {
    for (name, result, needles) in cases {
        let error = match result {
            Ok(()) => panic!("{name}: passed the door"),
            Err(error) => error.to_string(),
        };
        for needle in needles {
            assert!(error.contains(needle), "{name}: `{error}` does not say `{needle}`");
        }
    }
}

#[test]
fn every_bad_column_is_named_with_its_rule_count_and_sample_rows() {
    let one = |id: i64, day: &str, net: f64| df!("id" => [id], "day" => [day], "net" => [net]).unwrap();
    let currencies =
        df!("id" => [1_i64, 2], "day" => ["2024-01-01"; 2], "net" => [1.0, 2.0], "ccy" => ["EUR", "USD"]).unwrap();
    let cases: Vec<Case> = vec![
        (
            "missing column",
            open(good().drop("net").unwrap()).map(drop),
            &["no column `net` (mapped to amount)", "the columns of data frame are id, day"],
        ),
        ("two missing columns", open(df!("x" => [1]).unwrap()).map(drop), &["`id`", "`day`", "`net`", "are x"]),
        (
            "date of a wrong type",
            open(df!("id" => [1_i64], "day" => [1.5], "net" => [1.0]).unwrap()).map(drop),
            &["column `day` (date) is f64", "expected a date"],
        ),
        (
            "two wrong types at once",
            open(df!("id" => [true], "day" => [1.5], "net" => [1.0]).unwrap()).map(drop),
            &["`id` (customer_id) is bool, expected integer or text", "`day`"],
        ),
        (
            "amount of a wrong type",
            open(df!("id" => [1_i64], "day" => ["2024-01-01"], "net" => [true]).unwrap()).map(drop),
            &["`net` (amount) is bool, expected a number"],
        ),
        (
            "all-null id",
            open(df!("id" => [None::<i64>, None], "day" => ["2024-01-01"; 2], "net" => [1.0, 2.0]).unwrap()).map(drop),
            &["column `id` (customer_id) is null in all 2 rows"],
        ),
        (
            "NaN amount",
            open(one(1, "2024-01-01", f64::NAN)).map(drop),
            &["column `net` must be finite", "1 row, e.g.", "row 1"],
        ),
        ("infinite amount", open(one(1, "2024-01-01", f64::INFINITY)).map(drop), &["`net` must be finite", "net: inf"]),
        ("absurd amount", open(one(1, "2024-01-01", 1e13)).map(drop), &["at most 1e12 in absolute value"]),
        (
            "null amount",
            open(df!("id" => [1_i64, 2], "day" => ["2024-01-01"; 2], "net" => [None, Some(1.0)]).unwrap()).map(drop),
            &["`net` must not be null: 1 row", "row 1 {id: 1, day: 2024-01-01"],
        ),
        (
            "date out of range",
            open(one(1, "9999-12-31", 1.0)).map(drop),
            &["`day` must lie between 1900-01-01 and 2100-12-31"],
        ),
        ("unreadable date", open(one(1, "yesterday", 1.0)).map(drop), &["written YYYY-MM-DD", "yesterday"]),
        ("date in another notation", open(one(1, "31/12/2024", 1.0)).map(drop), &["give a pattern", "31/12/2024"]),
        ("day that does not exist", open(one(1, "2023-02-29", 1.0)).map(drop), &["`day`", "2023-02-29"]),
        (
            "null date",
            open(df!("id" => [1_i64, 2], "day" => [None, Some("2024-01-01")], "net" => [1.0, 1.0]).unwrap()).map(drop),
            &["`day` must not be null"],
        ),
        ("no row", open(good().head(Some(0))).map(drop), &["has no usable row (0 rows read"]),
        (
            "fractional customer id",
            open(df!("id" => [1.5, 2.0], "day" => ["2024-01-01"; 2], "net" => [1.0, 1.0]).unwrap()).map(drop),
            &["`id` must be a whole number: 1 row"],
        ),
        (
            "two currencies",
            Transactions::from_frame(currencies, &columns().currency("ccy")).map(drop),
            &["`ccy` names more than one currency (EUR, USD)"],
        ),
        (
            "a return with a positive amount",
            Transactions::from_frame(
                df!("id" => [1_i64], "day" => ["2024-01-01"], "net" => [10.0], "q" => [-5]).unwrap(),
                &columns().quantity("q"),
            )
            .map(drop),
            &["`q` must not be negative where the amount is positive"],
        ),
        (
            "no amount mapped",
            Transactions::from_frame(good(), &TransactionColumns::new("id", "day").quantity("q")).map(drop),
            &["needs an amount column, or both a quantity and a unit price"],
        ),
        (
            "a role mapped twice",
            Transactions::from_frame(good(), &columns().channel("net").channel("id")).map(drop),
            &["channel must be mapped once"],
        ),
        (
            "reversal without order numbers",
            Transactions::from_frame(good(), &columns().cancellation(Cancellation::Reversal { prefix: "C".into() }))
                .map(drop),
            &["needs an order column"],
        ),
    ];
    check(cases);
}

#[test]
fn bad_files_say_what_is_wrong_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let scan = |source: Source| Transactions::scan(source, &columns()).map(drop);
    let truncated = parquet_bytes();
    let truncated = &truncated[..truncated.len() / 2];
    std::fs::create_dir(at.join("empty")).unwrap();
    let cases: Vec<Case> = vec![
        ("empty CSV", scan(file(at, "empty.csv", b"")), &["empty.csv"]),
        ("header only", scan(file(at, "header.csv", b"id,day,net\n")), &["has no usable row (0 rows read"]),
        ("truncated Parquet", scan(file(at, "truncated.parquet", truncated)), &["cannot read", "truncated.parquet"]),
        ("text that calls itself Parquet", scan(file(at, "text.parquet", b"id,day,net\n")), &["cannot read"]),
        (
            "not UTF-8",
            scan(file(at, "latin.csv", b"id,day,net\nM\xfcller,2024-01-01,1\n")),
            &["cannot read", "latin.csv", "utf"],
        ),
        (
            "duplicate header",
            scan(file(at, "twice.csv", b"id,day,net,net\n1,2024-01-01,1,2\n")),
            &["`net` stands more than once"],
        ),
        ("no such file", scan(Source::csv(at.join("nowhere.csv"))), &["nowhere.csv", "no such file or folder"]),
        ("folder without files", scan(Source::csv(at.join("empty"))), &["no file ending in .csv"]),
        ("glob without files", scan(Source::csv(at.join("*.nothing"))), &["cannot read"]),
        ("unknown ending", Source::file("orders.xlsx").map(drop), &["orders.xlsx", ".parquet"]),
        (
            "other separator given",
            scan(Source::csv_separated(at.join("header.csv"), b';')),
            &["the columns of", "id,day,net"],
        ),
        (
            "a number that is none",
            csv("id,day,net\n1,2024-01-01,12 EUR\n").map(drop),
            &["`net` must be a number", "12 EUR"],
        ),
        (
            "thousands separators",
            csv("id;day;net\n1;2024-01-01;1,234.50\n").map(drop),
            &["no thousands separator", "1,234.50"],
        ),
        ("gzip that calls itself CSV", scan(file(at, "gzip.csv", &[0x1f, 0x8b, 8, 0, 0, 0])), &["compressed (gzip)"]),
        ("ragged line", csv("id,day,net\n1,2024-01-01,1,9\n").map(drop), &["cannot read"]),
    ];
    check(cases);
}

#[test]
fn rules_across_rows_name_the_key() {
    let lines = |line: [&str; 3], of: [Option<&str>; 3], quantity: [f64; 3], kind: [&str; 3]| {
        let frame = df!(
            "id" => [1_i64; 3], "day" => ["2024-01-01"; 3], "net" => quantity.map(|q| 10.0 * q), "q" => quantity,
            "line" => line, "of" => of, "kind" => kind,
        );
        let columns = columns().quantity("q").line("line").ref_line("of").line_type("kind");
        Transactions::from_frame(frame.unwrap(), &columns).map(drop)
    };
    let sale = ["sale", "sale", "return"];
    let customers = |ids: [Option<i64>; 3], parents: [Option<i64>; 3], cost: [f64; 3]| {
        let frame = df!("id" => ids, "parent" => parents, "cac" => cost).unwrap();
        Customers::scan(frame, &CustomerColumns::new("id").parent("parent").acquisition_cost("cac")).map(drop)
    };
    let products = |ids: [&str; 2], since: [&str; 2], cost: [f64; 2]| {
        let frame = df!("sku" => ids, "since" => since, "cost" => cost).unwrap();
        Products::scan(frame, &ProductColumns::new("sku").unit_cost("cost").cost_valid_from("since")).map(drop)
    };
    let ids = [Some(1), Some(2), Some(3)];
    let none = [None; 3];
    let free = [0.0; 3];
    let cases: Vec<Case> = vec![
        (
            "a line twice",
            lines(["a", "a", "b"], [None; 3], [1.0, 1.0, -1.0], sale),
            &["`line` must identify one row only: 2 rows"],
        ),
        (
            "more returned than sold",
            lines(["a", "b", "c"], [None, None, Some("a")], [1.0, 1.0, -2.0], sale),
            &["`of` must refer to a line sold in at least the quantity returned: 1 row", "row 3"],
        ),
        (
            "a return of nothing",
            lines(["a", "b", "c"], [None, None, Some("z")], [1.0, 1.0, -1.0], sale),
            &["`of` must refer to"],
        ),
        (
            "a sale of less than nothing",
            lines(["a", "b", "c"], [None; 3], [-1.0, 1.0, -1.0], sale),
            &["`kind` sale must have a positive quantity"],
        ),
        (
            "an unknown kind of line",
            lines(["a", "b", "c"], [None; 3], [1.0, 1.0, -1.0], ["sale", "gift", "return"]),
            &["`kind` must be sale, return, credit, fee or free"],
        ),
        ("a customer twice", customers([Some(1), Some(1), Some(2)], none, free), &["`id` must identify one row only"]),
        ("a customer without id", customers([Some(1), None, Some(2)], none, free), &["`id` must not be null"]),
        (
            "parents in a circle",
            customers(ids, [Some(2), Some(1), Some(1)], free),
            &["`parent` must not lead back to the row itself: 2 rows"],
        ),
        ("an acquisition that paid", customers(ids, none, [1.0, -1.0, 0.0]), &["`cac` must be finite, at least 0"]),
        (
            "a negative cost",
            products(["a", "b"], ["2024-01-01"; 2], [1.0, -1.0]),
            &["`cost` must be finite, at least 0"],
        ),
        (
            "two costs from one day",
            products(["a", "a"], ["2024-01-01"; 2], [1.0, 2.0]),
            &["column `sku, since` must identify one row only"],
        ),
    ];
    check(cases);
}

#[test]
fn every_broken_rule_is_reported_at_once() {
    let error = csv("id,day,net\n1,2024-13-01,1\n2,2024-01-01,x\n3,,inf\n").unwrap_err();
    let TableError::Rejected { rows: 3, quarantined: 3, breaches, .. } = error else { panic!("{error}") };
    let rules: Vec<(&str, usize)> = breaches.iter().map(|b| (b.column.as_str(), b.count)).collect();
    assert_eq!(rules, [("day", 1), ("day", 1), ("net", 1), ("net", 1)]);
}

#[test]
fn quarantine_keeps_every_row_with_its_reasons() {
    let text = "id,day,net,note\n1,2024-01-01,5,a\n2,never,6,b\n3,2024-01-03,x,c\n,2024-01-04,7,d\n";
    let options = ReadOptions::default().policy(Policy::Quarantine);
    let table = Transactions::scan_with(Source::csv_text(text), &columns(), &options).unwrap();
    let quality = table.quality();
    assert_eq!((quality.rows, quality.accepted, quality.quarantined), (4, 2, 2));
    // Of the rows set aside one has an amount that can be read.
    assert_eq!(quality.quarantined_amount, Some(6.0));
    let rejects = table.rejects().unwrap();
    let names: Vec<&str> = rejects.get_column_names().iter().map(|n| n.as_str()).collect();
    assert_eq!(names, ["row", "id", "day", "net", "note", "reasons"]);
    let column = |name: &str| -> Vec<String> {
        let column = rejects.column(name).unwrap();
        (0..rejects.height()).map(|row| column.get(row).unwrap().str_value().into_owned()).collect()
    };
    assert_eq!(column("row"), ["2", "3"]);
    assert_eq!(column("note"), ["b", "c"]);
    assert!(
        column("reasons")[0].contains("day must be a date") && column("reasons")[1].contains("net must be a number")
    );
    assert_eq!(table.lines().collect().unwrap().height(), 2);
}

#[test]
fn a_table_of_broken_rows_is_refused_even_under_quarantine() {
    let options = ReadOptions::default().policy(Policy::Quarantine);
    let error = Transactions::scan_with(Source::csv_text("id,day,net\n1,x,1\n"), &columns(), &options).unwrap_err();
    assert!(error.to_string().contains("no usable row (1 rows read, 1 quarantined)"), "{error}");
}

#[test]
fn customer_ids_keep_their_type_and_leading_zeros() {
    let dtype = |text: &str| {
        let frame = csv(text).unwrap().lines().collect().unwrap();
        frame.column("customer_id").unwrap().dtype().to_string()
    };
    assert_eq!(dtype("id,day,net\n17,2024-01-01,1\n,2024-01-02,1\n"), "i64");
    assert_eq!(dtype("id,day,net\n007,2024-01-01,1\n8,2024-01-02,1\n"), "str");
    assert_eq!(dtype("id,day,net\nC1,2024-01-01,1\n8,2024-01-02,1\n"), "str");
    // Other tools write integer ids with gaps as floats.
    let floats = df!("id" => [Some(17850.0), None], "day" => ["2024-01-01"; 2], "net" => [1.0, 1.0]).unwrap();
    let frame = open(floats).unwrap().lines().collect().unwrap();
    assert_eq!(frame.column("customer_id").unwrap().dtype().to_string(), "i64");
}

#[test]
fn returns_anonymous_free_and_cancelled_lines_are_data_and_are_counted() {
    let frame = df!(
        "id" => [Some(1_i64), Some(1), None, Some(2), Some(2), Some(2)],
        "day" => ["2024-01-01"; 6],
        "q" => [2.0, -1.0, 1.0, 1.0, 1.0, -1.0],
        "price" => [10.0, 10.0, 5.0, 0.0, 7.0, 0.0],
        "doc" => ["1", "C1", "2", "3", "4", "5"],
        "status" => ["done", "done", "done", "done", "cancelled", "done"],
    )
    .unwrap();
    let base = TransactionColumns::new("id", "day").quantity("q").unit_price("price").order("doc");
    let facts = |cancellation| {
        let table = Transactions::from_frame(frame.clone(), &base.clone().cancellation(cancellation)).unwrap();
        let fact = |name: &str| table.quality().fact(name).map(|f| (f.rows, f.amount.unwrap()));
        let names = ["all lines", "lines with a customer", "lines without a customer", "returns", "zero-value lines"];
        (names.map(|name| fact(name).unwrap()), fact("cancellation documents"), fact("cancelled lines"))
    };
    let reversal = facts(Cancellation::Reversal { prefix: "C".into() });
    assert_eq!(reversal.0, [(6, 22.0), (5, 17.0), (1, 5.0), (2, -10.0), (2, 0.0)]);
    assert_eq!((reversal.1, reversal.2), (Some((1, -10.0)), None));
    let void = facts(Cancellation::Void { column: "status".into(), values: vec!["cancelled".into()] });
    assert_eq!(void.0[1], (4, 10.0));
    assert_eq!(void.2, Some((1, 7.0)));
}

#[test]
fn dates_come_from_dates_datetimes_text_and_integers() {
    use emptor::polars::prelude::{DataType, IntoLazy, TimeUnit as Precision, lit};
    let day_of = |frame: DataFrame, columns: &TransactionColumns| {
        let lines = Transactions::from_frame(frame, columns).unwrap().lines().collect().unwrap();
        lines.column("date").unwrap().get(0).unwrap().to_string()
    };
    let with = |day: emptor::polars::prelude::Expr| {
        df!("id" => [1_i64], "net" => [1.0]).unwrap().lazy().with_column(day.alias("day")).collect().unwrap()
    };
    // 2011-12-09 12:50:00 in milliseconds.
    let instant = lit(1_323_435_000_000_i64);
    let plain = instant.clone().cast(DataType::Datetime(Precision::Milliseconds, None));
    for day in [plain.clone(), plain.cast(DataType::Date), lit("2011-12-09 12:50"), lit(20_111_209)] {
        assert_eq!(day_of(with(day), &columns()), "2011-12-09");
    }
    let pattern = columns().date_format(DateFormat::Pattern("%m/%d/%Y %H:%M".into()));
    assert_eq!(day_of(with(lit("12/9/2011 12:50")), &pattern), "2011-12-09");
}

#[test]
fn one_file_a_folder_and_a_glob_give_the_same_lines() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (name, ids) in [("a", [1_i64, 2]), ("b", [3, 4])] {
        let mut frame = df!("id" => ids, "day" => ["2024-01-01"; 2], "net" => [1.0, 2.0]).unwrap();
        ParquetWriter::new(std::fs::File::create(at.join(name).with_extension("parquet")).unwrap())
            .finish(&mut frame)
            .unwrap();
    }
    for source in [Source::parquet(at), Source::parquet(at.join("*.parquet"))] {
        let table = Transactions::scan(source, &columns()).unwrap();
        assert_eq!(table.quality().accepted, 4);
    }
    assert_eq!(Transactions::scan(Source::parquet(at.join("a.parquet")), &columns()).unwrap().quality().accepted, 2);
}

#[test]
fn one_column_may_play_two_roles() {
    let table = Transactions::from_frame(good(), &columns().channel("day").place("day")).unwrap();
    assert_eq!(table.lines().collect().unwrap().height(), 3);
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_read_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = "id,day,net\n1,2024-01-01,1\n";
    let bracket = file(folder.path(), "orders[1].csv", text.as_bytes());
    file(folder.path(), "orders1.csv", text.as_bytes());
    assert_eq!(Transactions::scan(bracket, &columns()).unwrap().quality().rows, 1);
    let semicolons = "id;day;net\n1;2024-01-01;1\n";
    file(folder.path(), "semi-a.csv", semicolons.as_bytes());
    file(folder.path(), "semi-b.CSV", semicolons.as_bytes());
    let pattern = Source::csv(folder.path().join("semi-*"));
    assert_eq!(Transactions::scan(pattern, &columns()).unwrap().quality().rows, 2);
}

#[test]
fn quarantined_rows_decide_neither_the_type_of_ids_nor_the_currency() {
    let text = "id,day,net,ccy\n1,2024-01-01,5,EUR\n2,2024-01-02,6,EUR\nTOTAL,,11,USD\n";
    let options = ReadOptions::default().policy(Policy::Quarantine);
    let table = Transactions::scan_with(Source::csv_text(text), &columns().currency("ccy"), &options).unwrap();
    let lines = table.lines().collect().unwrap();
    assert_eq!(lines.column("customer_id").unwrap().dtype().to_string(), "i64");
    let kept = Transactions::scan_with(Source::csv_text(text), &columns(), &options.ids_as_text()).unwrap();
    assert_eq!(kept.lines().collect().unwrap().column("customer_id").unwrap().dtype().to_string(), "str");
}

#[test]
fn a_thorough_door_counts_repeated_lines_and_outlying_amounts() {
    let mut text = String::from("order, sku, id, day, net\n");
    for i in 0..40 {
        text.push_str(&format!("o{i},s,1,2024-01-01,{}\n", 10 + i % 5));
    }
    text.push_str("o0,s,1,2024-01-01,10\no0,s,1,2024-01-01,10\nbig,s,1,2024-01-01,1000\n");
    let columns = columns().order("order").product("sku");
    let open =
        |options: ReadOptions| Transactions::scan_with(Source::csv_text(text.as_str()), &columns, &options).unwrap();
    let table = open(ReadOptions::default().thorough());
    let fact = |name: &str| table.quality().fact(name).map(|f| (f.rows, f.amount));
    assert_eq!(fact("possible duplicates"), Some((2, Some(20.0))));
    assert_eq!(fact("outlying amounts"), Some((1, Some(1000.0))));
    assert!(open(ReadOptions::default()).quality().fact("outlying amounts").is_none());
}

#[test]
fn the_notation_of_dates_holds_for_every_date_column_whenever_it_is_said() {
    let frame = df!("id" => [1_i64], "since" => ["31/12/2023"]).unwrap();
    let german = DateFormat::Pattern("%d/%m/%Y".into());
    for columns in [
        CustomerColumns::new("id").created_at("since").date_format(german.clone()),
        CustomerColumns::new("id").date_format(german).created_at("since"),
    ] {
        let rows = Customers::scan(frame.clone(), &columns).unwrap().rows().collect().unwrap();
        assert_eq!(rows.column("created_at").unwrap().get(0).unwrap().to_string(), "2023-12-31");
    }
}
