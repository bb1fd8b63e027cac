use std::error::Error;

use polars::prelude::{DataFrame, df};

use super::*;
use crate::{
    ContractColumns, Contracts, Identities, IdentityColumns, LineKind, Linking, Policy, ReadOptions, Source,
    SurveyColumns, Surveys, TransactionColumns, Transactions,
};

type Outcome = Result<(), Box<dyn Error>>;

fn columns() -> TransactionColumns {
    TransactionColumns::new("id", "day").amount("net").known_at("booked")
}

/// Of May: known at once, by a null, in June, in July.
fn may() -> PolarsResult<DataFrame> {
    df!(
        "id" => [1_i64, 1, 2, 2],
        "day" => ["2024-05-01", "2024-05-02", "2024-05-03", "2024-04-04"],
        "net" => [1.0, 2.0, 4.0, 8.0],
        "booked" => [Some("2024-05-01"), None, Some("2024-06-30 23:59:59"), Some("2024-07-01")],
    )
}

fn total(lines: &Transactions) -> Result<f64, Box<dyn Error>> {
    Ok(lines.lines().collect()?.column("amount")?.f64()?.iter().flatten().sum())
}

#[test]
fn a_row_counts_from_the_day_on_which_it_became_known_whatever_the_time_of_day() -> Outcome {
    let all = Transactions::from_frame(may()?, &columns())?;
    for (day, known) in [("2024-05-01", 3.0), ("2024-06-29", 3.0), ("2024-06-30", 7.0), ("2024-07-01", 15.0)] {
        assert_eq!(total(&all.known_by(day.parse()?))?.to_bits(), f64::to_bits(known), "{day}");
    }
    assert_eq!(total(&all)?.to_bits(), 15.0_f64.to_bits());
    Ok(())
}

#[test]
fn a_look_from_a_later_day_does_not_bring_back_what_an_earlier_one_left_out() -> Outcome {
    let all = Transactions::from_frame(may()?, &columns())?;
    let (june, july) = ("2024-06-29".parse()?, "2024-07-31".parse()?);
    assert_eq!(total(&all.known_by(june).known_by(july))?.to_bits(), total(&all.known_by(june))?.to_bits());
    assert_eq!(total(&all.known_by(july).known_by(june))?.to_bits(), total(&all.known_by(june))?.to_bits());
    Ok(())
}

#[test]
fn the_report_on_data_quality_counts_what_is_not_yet_known_and_tells_of_the_rest() -> Outcome {
    let all = Transactions::from_frame(may()?, &columns())?;
    let june = all.known_by("2024-06-29".parse()?);
    let fact = |name: &str| june.quality().fact(name).map(|fact| (fact.rows, fact.amount));
    assert_eq!(fact(NOT_YET), Some((2, Some(12.0))));
    assert_eq!(fact("all lines"), Some((2, Some(3.0))));
    assert_eq!(june.quality().days, Some(("2024-05-01".parse()?, "2024-05-02".parse()?)));
    assert_eq!((june.quality().rows, june.quality().accepted, june.quality().quarantined), (4, 4, 0));
    assert!(june.rejects().is_none());
    assert_eq!(all.quality().fact(NOT_YET), None);
    Ok(())
}

#[test]
fn a_table_that_does_not_say_when_rows_became_known_is_the_same_on_every_day() -> Outcome {
    let plain = TransactionColumns::new("id", "day").amount("net");
    let all = Transactions::from_frame(may()?, &plain)?;
    let early = all.known_by("1990-01-01".parse()?);
    assert!(all.lines().collect()?.equals_missing(&early.lines().collect()?));
    assert_eq!(all.quality(), early.quality());
    // Nothing is put between the source and who reads it.
    assert_eq!(all.lines().describe_plan()?, early.lines().describe_plan()?);
    assert!(!all.lines().describe_plan()?.contains("known_at"));
    Ok(())
}

#[test]
fn the_column_is_not_among_the_rows() -> Outcome {
    let all = Transactions::from_frame(may()?, &columns())?;
    assert!(all.has(ROLE));
    let names = |lines: &Transactions| -> PolarsResult<Vec<String>> {
        Ok(lines.lines().collect_schema()?.iter_names().map(ToString::to_string).collect())
    };
    assert_eq!(names(&all)?, ["customer_id", "date", "amount", "kind"]);
    assert_eq!(names(&all)?, names(&all.known_by("2024-06-29".parse()?))?);
    Ok(())
}

#[test]
fn a_day_that_cannot_be_read_is_a_broken_rule_like_any_other() -> Outcome {
    let frame =
        df!("id" => [1_i64, 2], "day" => ["2024-05-01"; 2], "net" => [1.0, 2.0], "booked" => ["soon", "2024-05-01"])?;
    let error = Transactions::from_frame(frame, &columns()).map(|_| ()).err().ok_or("accepted")?.to_string();
    assert!(error.contains("booked") && error.contains("must be a date written YYYY-MM-DD"), "{error}");
    Ok(())
}

/// A contract without an end, whose end was told in March, and again in May.
fn told() -> PolarsResult<DataFrame> {
    df!(
        "no" => ["k1", "k2", "k1", "k1"],
        "who" => ["a", "b", "a", "a"],
        "from" => ["2024-01-01"; 4],
        "to" => [None, None, Some("2024-12-31"), Some("2024-06-30")],
        "fee" => [10.0, 5.0, 10.0, 10.0],
        "told" => [None, Some("2024-01-05"), Some("2024-03-10"), Some("2024-05-20")],
    )
}

#[test]
fn of_several_versions_of_a_row_the_last_one_known_counts() -> Outcome {
    let columns = ContractColumns::new("no", "who", "from", "fee").end("to").known_at("told");
    let contracts = Contracts::scan(told()?, &columns)?;
    let ends = |of: &Contracts| -> Result<Vec<Option<String>>, Box<dyn Error>> {
        let rows = of.rows().sort(["contract_id"], Default::default()).collect()?;
        let days = rows.column("end")?.to_physical_repr();
        let day = |day: i32| Date::from_days_since_epoch(day).map(|day| day.to_string()).ok();
        Ok(days.i32()?.iter().map(|end| end.and_then(day)).collect())
    };
    let by = |day: &str| -> Result<_, Box<dyn Error>> { ends(&contracts.known_by(day.parse()?)) };
    let end = |day: &str| vec![Some(day.to_owned()), None];
    assert_eq!(by("2024-01-01")?, [None]);
    assert_eq!(by("2024-03-09")?, [None, None]);
    assert_eq!(by("2024-03-10")?, end("2024-12-31"));
    assert_eq!(by("2024-05-20")?, end("2024-06-30"));
    assert_eq!(ends(&contracts)?, end("2024-06-30"));
    // Versions are counted once, by what they say.
    let quality = |day: &str| -> Result<Vec<Option<usize>>, Box<dyn Error>> {
        let known = contracts.known_by(day.parse()?);
        let rows = |name: &str| known.quality().fact(name).map(|fact| fact.rows);
        Ok(["contracts without an end", VERSIONS, NOT_YET].map(rows).to_vec())
    };
    assert_eq!(quality("2024-03-09")?, [Some(2), Some(0), Some(2)]);
    assert_eq!(quality("2024-04-01")?, [Some(1), Some(1), Some(1)]);
    assert_eq!(quality("2024-12-31")?, [Some(1), Some(2), Some(0)]);
    Ok(())
}

#[test]
fn two_versions_of_one_day_are_refused() -> Outcome {
    let frame = told()?.lazy().with_column(lit("2024-03-10").alias("told")).collect()?;
    let columns = ContractColumns::new("no", "who", "from", "fee").end("to").known_at("told");
    let error = Contracts::scan(frame, &columns).map(|_| ()).err().ok_or("accepted")?.to_string();
    assert!(error.contains("must identify one row only: 3 rows"), "{error}");
    Ok(())
}

/// Line 2 is returned by line 3, which was cancelled in June; line 1 was moved from April to May.
fn orders() -> PolarsResult<DataFrame> {
    df!(
        "line" => ["1", "2", "3", "1", "3"],
        "id" => ["a", "b", "b", "a", "b"],
        "day" => ["2024-04-30", "2024-05-01", "2024-05-20", "2024-05-02", "2024-05-20"],
        "net" => [5.0, 7.0, -7.0, 5.0, -7.0],
        "qty" => [1.0, 1.0, -1.0, 1.0, -1.0],
        "of" => [None, None, Some("2"), None, Some("2")],
        "state" => ["done", "done", "done", "done", "off"],
        "booked" => [None, None, None, Some("2024-06-02"), Some("2024-06-15")],
    )
}

#[test]
fn a_cancellation_counts_from_when_it_became_known_and_returns_are_not_counted_twice() -> Outcome {
    let off = crate::Cancellation::Void { column: "state".into(), values: vec!["off".into()] };
    let columns = columns().line("line").ref_line("of").quantity("qty").cancellation(off);
    let lines = Transactions::from_frame(orders()?, &columns)?;
    let void = |day: &str| -> Result<usize, Box<dyn Error>> {
        let kinds = lines.known_by(day.parse()?).lines().collect()?;
        Ok(kinds.column("kind")?.u8()?.iter().filter(|kind| *kind == Some(LineKind::Void.code())).count())
    };
    assert_eq!((void("2024-06-14")?, void("2024-06-15")?), (0, 1));
    // What a day takes from the lines it takes from the version that is known.
    let april = ("2024-04-01".parse()?, "2024-04-30".parse()?);
    let of_april = |day: &str| -> Result<usize, Box<dyn Error>> {
        let day = day.parse()?;
        let one = lines.known_by(day).between(april.0, april.1).lines().collect()?.height();
        assert_eq!(one, lines.between(april.0, april.1).known_by(day).lines().collect()?.height());
        Ok(one)
    };
    assert_eq!((of_april("2024-06-01")?, of_april("2024-06-02")?), (1, 0));
    Ok(())
}

#[test]
fn a_broken_version_replaces_nothing() -> Outcome {
    let frame = told()?.lazy().with_column(
        polars::prelude::when(col("to").eq(lit("2024-06-30"))).then(lit(-1.0)).otherwise(col("fee")).alias("fee"),
    );
    let columns = ContractColumns::new("no", "who", "from", "fee").end("to").known_at("told");
    let options = ReadOptions::default().policy(Policy::Quarantine);
    let contracts = Contracts::scan_with(frame.collect()?, &columns, &options)?;
    let rows = contracts.rows().filter(col("contract_id").eq(lit("k1"))).collect()?;
    assert_eq!(
        rows.column("end")?.to_physical_repr().i32()?.get(0),
        Some("2024-12-31".parse::<Date>()?.days_since_epoch())
    );
    Ok(())
}

#[test]
fn linked_lines_keep_when_they_became_known() -> Outcome {
    let text = "id,day,net,booked\nu1,2024-05-01,1,\nu2,2024-05-02,2,2024-06-01\n,2024-05-03,4,2024-06-01\n";
    let shop = Transactions::scan(Source::csv_text(text), &columns())?;
    let crosswalk = df!("system" => ["web"; 2], "id" => ["u1", "u2"], "customer" => ["C1"; 2], "met" => [None, Some("2024-07-01")])?;
    let identities = Identities::scan(crosswalk, &IdentityColumns::new("system", "id", "customer").known_at("met"))?;
    let linking = Linking::of_system("web");
    let linked = shop.with_identities(&identities, &linking)?;
    let may = linked.known_by("2024-05-31".parse()?);
    assert_eq!(total(&may)?.to_bits(), 1.0_f64.to_bits());
    let fact = |of: &Transactions, name: &str| of.quality().fact(name).map(|fact| (fact.rows, fact.amount));
    assert_eq!(fact(&may, "lines linked"), Some((1, Some(1.0))));
    assert_eq!(fact(&may, "lines without a customer"), Some((0, Some(0.0))));
    assert_eq!(fact(&linked, "lines linked"), Some((2, Some(3.0))));
    // Links become known too.
    let june = shop.with_identities(&identities.known_by("2024-06-30".parse()?), &linking)?;
    assert_eq!(fact(&june, "lines linked"), Some((1, Some(1.0))));
    Ok(())
}

#[test]
fn the_latest_answer_is_the_latest_known() -> Outcome {
    let frame = df!("who" => ["a"; 2], "day" => ["2024-01-01", "2024-03-01"], "value" => [9.0, 2.0], "in" => [None, Some("2024-08-01")])?;
    let columns = SurveyColumns::new("who", "day", "value").named("NPS").scale(0.0, 10.0).known_at("in");
    let surveys = Surveys::scan(frame, &columns)?;
    let share = |day: &str| -> Result<Option<f64>, Box<dyn Error>> {
        Ok(surveys.latest(day.parse()?).collect()?.column("scale_share")?.f64()?.get(0))
    };
    assert_eq!((share("2024-06-30")?, share("2024-08-01")?), (Some(0.9), Some(0.2)));
    Ok(())
}
