//! The crosswalk: its door, its application, its report.

use std::error::Error;

use polars::prelude::{Column, IntoColumn, IntoLazy, NamedFrom, Series, col, df, lit};

use crate::{
    CustomerColumns, Customers, Fact, Identities, IdentityColumns, LabelledPair, Linking, Policy, ReadOptions,
    TableError, TransactionColumns, Transactions, Unlinked,
};

type Outcome = Result<(), Box<dyn Error>>;

fn columns() -> IdentityColumns {
    IdentityColumns::new("system", "id", "customer")
}

/// Two systems; `M1` went from `a` to `b` in March.
fn crosswalk() -> Result<Identities, Box<dyn Error>> {
    let frame = df!(
        "system" => ["web", "web", "till", "market", "market"],
        "id" => ["u1", "g1", "K1", "M1", "M1"],
        "customer" => ["a", "a", "a", "a", "b"],
        "from" => [None, None, None, Some("2024-01-01"), Some("2024-03-01")],
        "to" => [None, None, None, Some("2024-02-29"), None],
    )?;
    Ok(Identities::scan(frame, &columns().valid_from("from").valid_to("to"))?)
}

fn lines() -> Result<Transactions, Box<dyn Error>> {
    let frame = df!(
        "system" => ["web", "web", "till", "market", "market", "web", "till"],
        "id" => [Some("u1"), Some("g1"), Some("K1"), Some("M1"), Some("M1"), Some("g9"), None],
        "day" => ["2024-01-05", "2024-01-09", "2024-02-01", "2024-02-29", "2024-03-01", "2024-04-01", "2024-04-02"],
        "net" => [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0],
        "order" => ["1", "2", "1", "1", "2", "3", "4"],
    )?;
    let columns = TransactionColumns::new("id", "day").amount("net").source_system("system").order("order");
    Ok(Transactions::from_frame(frame, &columns)?)
}

fn customers(transactions: &Transactions) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    let rows = transactions.lines().sort(["amount"], Default::default()).collect()?;
    Ok(rows.column("customer_id")?.str()?.iter().map(|id| id.map(str::to_owned)).collect())
}

fn fact<'a>(transactions: &'a Transactions, name: &str) -> Option<&'a Fact> {
    transactions.quality().fact(name)
}

#[test]
fn lines_are_linked_by_system_id_and_day_and_unknown_ids_stay_apart_by_system() -> Outcome {
    let linked = lines()?.with_identities(&crosswalk()?, &Linking::by_column("source_system"))?;
    let expected = [Some("a"), Some("a"), Some("a"), Some("a"), Some("b"), Some("web:g9"), None];
    assert_eq!(customers(&linked)?, expected.map(|id| id.map(str::to_owned)));
    assert_eq!(linked.lines().collect_schema()?, lines()?.lines().collect_schema()?);
    Ok(())
}

#[test]
fn guests_never_become_one_giant_customer() -> Outcome {
    let linking = Linking::by_column("source_system").unlinked(Unlinked::Anonymous);
    let linked = lines()?.with_identities(&crosswalk()?, &linking)?;
    assert_eq!(customers(&linked)?[5..], [None, None]);
    let counted = |name| fact(&linked, name).map(|fact| (fact.rows, fact.amount));
    assert_eq!(counted("lines with a customer"), Some((5, Some(31.0))));
    assert_eq!(counted("lines without a customer"), Some((2, Some(96.0))));
    assert_eq!(counted("lines linked"), Some((5, Some(31.0))));
    assert_eq!(counted("lines not linked"), Some((1, Some(32.0))));
    let all = counted("all lines").and_then(|(_, amount)| amount);
    assert_eq!(all, Some(127.0), "with and without a customer add up to all");
    Ok(())
}

#[test]
fn a_crosswalk_that_merges_all_guests_can_be_disbelieved() -> Outcome {
    let n = 25;
    let system: Column = Series::new("system".into(), vec!["web"; n]).into_column();
    let id = Series::new("id".into(), (0..n).map(|i| format!("g{i:02}")).collect::<Vec<_>>()).into_column();
    let customer: Column = Series::new("customer".into(), vec!["guest"; n]).into_column();
    let frame = polars::prelude::DataFrame::new(n, vec![system, id, customer])?;
    let identities = Identities::scan(frame, &columns())?;
    assert_eq!(identities.quality().facts[0].rows, n);
    let frame = df!("id" => ["g00", "g01", "g02"], "day" => ["2024-01-01"; 3], "net" => [1.0, 2.0, 4.0])?;
    let shop = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
    let merged = shop.with_identities(&identities, &Linking::of_system("web"))?;
    assert_eq!(customers(&merged)?, vec![Some("guest".to_owned()); 3]);
    let apart = shop.with_identities(&identities, &Linking::of_system("web").largest_cluster(20))?;
    assert_eq!(customers(&apart)?, ["web:g00", "web:g01", "web:g02"].map(|id| Some(id.to_owned())));
    Ok(())
}

#[test]
fn an_id_that_is_two_customers_on_one_day_is_refused_and_touching_stretches_are_not() -> Outcome {
    let scan = |first_to: &str, second: &str, from: &str| {
        let frame = df!(
            "system" => ["m"; 2], "id" => ["1"; 2], "customer" => ["a", second],
            "from" => ["2024-01-01", from], "to" => [Some(first_to), None],
        )?;
        let options = ReadOptions::default().policy(Policy::Quarantine);
        let columns = columns().valid_from("from").valid_to("to");
        Ok::<_, Box<dyn Error>>(Identities::scan_with(frame, &columns, &options))
    };
    assert!(scan("2024-02-29", "b", "2024-03-01")?.is_ok());
    assert!(matches!(scan("2024-03-01", "b", "2024-03-01")?, Err(TableError::Empty { .. })));
    assert!(scan("2024-06-01", "a", "2024-03-01")?.is_ok(), "one customer may be stated twice");
    let open = df!("system" => ["m"; 2], "id" => ["1"; 2], "customer" => ["a", "b"])?;
    let error = Identities::scan(open, &columns()).err().ok_or("accepted")?.to_string();
    assert!(error.contains("must stand for one customer at a time") && error.contains("2 rows"), "{error}");
    Ok(())
}

#[test]
fn days_that_run_backwards_and_scores_above_one_break_rules() -> Outcome {
    let frame = df!(
        "system" => ["m"; 2], "id" => ["1", "2"], "customer" => ["a", "b"],
        "from" => ["2024-03-01", "2024-01-01"], "to" => ["2024-01-01", "2024-02-01"], "score" => [0.9, 1.5],
    )?;
    let columns = columns().valid_from("from").valid_to("to").match_score("score");
    let error = Identities::scan(frame, &columns).err().ok_or("accepted")?.to_string();
    assert!(error.contains("must not lie before the first day") && error.contains("must be at most 1"), "{error}");
    Ok(())
}

#[test]
fn integers_stay_integers_where_unknown_ids_become_anonymous() -> Outcome {
    let frame = df!("system" => ["web"], "id" => [7_i64], "customer" => [70_i64])?;
    let identities = Identities::scan(frame, &columns())?;
    let frame = df!("id" => [7_i64, 8], "day" => ["2024-01-01"; 2], "net" => [1.0, 2.0])?;
    let shop = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
    let linking = Linking::of_system("web").unlinked(Unlinked::Anonymous);
    let rows = shop.with_identities(&identities, &linking)?.lines().filter(col("amount").eq(lit(1.0))).collect()?;
    assert_eq!(rows.column("customer_id")?.i64()?.get(0), Some(70));
    Ok(())
}

#[test]
fn a_crosswalk_of_another_system_leaves_nobody_and_says_so() -> Outcome {
    let linking = Linking::of_system("elsewhere").unlinked(Unlinked::Anonymous);
    let error = lines()?.with_identities(&crosswalk()?, &linking).err().ok_or("accepted")?;
    assert!(matches!(error, TableError::AllNull { rows: 7, .. }), "{error}");
    let error = lines()?.with_identities(&crosswalk()?, &Linking::by_column("origin")).err().ok_or("accepted")?;
    assert!(matches!(error, TableError::MissingColumns { .. }), "{error}");
    Ok(())
}

#[test]
fn without_a_day_the_last_customer_of_an_id_counts() -> Outcome {
    let frame = df!("who" => ["M1"])?.lazy();
    let rows = crosswalk()?.link(frame, "who", None, &Linking::of_system("market"))?.collect()?;
    assert_eq!(rows.column("who")?.str()?.get(0), Some("b"));
    Ok(())
}

#[test]
fn the_report_counts_ids_customers_and_what_moves() -> Outcome {
    let report = crosswalk()?.report(&lines()?, &Linking::by_column("source_system"), &[])?;
    let names: Vec<&str> = report.systems.iter().map(|row| row.source_system.as_str()).collect();
    assert_eq!(names, ["market", "till", "web", "__all__"]);
    let [market, till, web, all] = &report.systems[..] else { return Err("four rows".into()) };
    assert_eq!((market.records, market.linked, market.unlinked, market.duplicates_removed), (1, 1, 0, 0));
    assert_eq!((till.records, till.linked, till.customers), (1, 1, (1, 1)));
    // u1 and g1 are one customer, g9 is nobody's.
    assert_eq!((web.records, web.linked, web.unlinked, web.duplicates_removed), (3, 2, 1, 1));
    assert_eq!((web.customers, web.repeaters, web.match_rate()), ((3, 2), (0, 1), Some(2.0 / 3.0)));
    assert_eq!((all.records, all.linked, all.unlinked), (5, 4, 1));
    // Pairs of id and customer: u1 a, g1 a, K1 a, M1 a, M1 b; two customers.
    assert_eq!((all.duplicates_removed, all.max_cluster), (3, 4));
    assert_eq!((all.customers, all.repeaters), ((5, 3), (1, 1)), "a, b and web:g9; orders 1 and 2 of systems differ");
    let frame = report.to_frame()?;
    let changes = frame.column("kpi_changes")?.str()?.get(3).unwrap_or_default();
    assert!(changes.starts_with("{\"customers\":{\"before\":5,\"after\":3},"), "{changes}");
    assert_eq!(frame.column("precision")?.f64()?.get(3), None, "nobody has labelled a pair");
    Ok(())
}

#[test]
fn labelled_pairs_give_precision_recall_and_f1() -> Outcome {
    let id = |system: &str, id: &str| (system.to_owned(), id.to_owned());
    let pair = |left, right, same| LabelledPair { left, right, same };
    let pairs = [
        pair(id("web", "u1"), id("till", "K1"), true),
        pair(id("web", "u1"), id("web", "g1"), false),
        pair(id("web", "g9"), id("till", "K1"), true),
        pair(id("web", "g9"), id("web", "u1"), false),
    ];
    let report = crosswalk()?.report(&lines()?, &Linking::by_column("source_system"), &pairs)?;
    let all = report.systems.last().ok_or("no row")?;
    // Merged: the first (rightly) and the second (wrongly); same: the first and the third (missed).
    assert_eq!((all.precision(), all.recall(), all.f1()), (Some(0.5), Some(0.5), Some(0.5)));
    let till = &report.systems[1];
    assert_eq!((till.precision(), till.recall(), till.f1()), (Some(1.0), Some(0.5), Some(2.0 / 3.0)));
    Ok(())
}

#[test]
fn links_to_customers_that_nobody_knows_are_found() -> Outcome {
    let known = Customers::scan(df!("id" => ["a"])?, &CustomerColumns::new("id"))?;
    let orphans = crosswalk()?.orphans(&known)?;
    assert_eq!((orphans.height(), orphans.column("customer_id")?.str()?.get(0)), (1, Some("b")));
    Ok(())
}

#[test]
fn the_order_of_rows_changes_nothing() -> Outcome {
    let linking = Linking::by_column("source_system");
    let straight = crosswalk()?.report(&lines()?, &linking, &[])?;
    let rows = lines()?.lines().reverse().collect()?;
    let columns = TransactionColumns::new("customer_id", "date")
        .amount("amount")
        .source_system("source_system")
        .order("order_id");
    let reversed = Transactions::from_frame(rows, &columns)?;
    assert_eq!(crosswalk()?.report(&reversed, &linking, &[])?, straight);
    Ok(())
}
