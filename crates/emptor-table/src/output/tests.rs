use std::error::Error;

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series, TimeUnit, df};

use super::*;
use crate::input::Input;

type Outcome = Result<(), Box<dyn Error>>;

const HOSTILE: [&str; 8] =
    ["=1+1", "@cmd", "-5 of it", "+x", "\tcell", "a,b\"c\nd", "<script>|`x`</script>", "客户 \u{1f600}"];

fn column(name: &str, values: Series, dtype: &DataType) -> Result<Column, Box<dyn Error>> {
    Ok(values.with_name(name.into()).cast(dtype)?.into_column())
}

fn frame() -> Result<DataFrame, Box<dyn Error>> {
    let days =
        column("day", Series::new("".into(), (0..8).map(|i| 19_000 + i).collect::<Vec<i32>>()), &DataType::Date)?;
    let times: Vec<i64> = (0..8).map(|i| 1_700_000_000_000 + i * 61_000).collect();
    let times = column("time", Series::new("".into(), times), &DataType::Datetime(TimeUnit::Milliseconds, None))?;
    let mut frame = df!(
        "文本" => HOSTILE,
        "whole" => [Some(1_i64), None, Some(-3), Some(4), Some(5), Some(6), Some(7), Some(8)],
        "number" => [0.1, -2.5, 1e-9, 1e20, f64::NAN, f64::INFINITY, 0.30000000000000004, 7.0],
        "flag" => [Some(true), Some(false), None, None, None, None, None, Some(true)],
    )?;
    frame.with_column(days)?;
    frame.with_column(times)?;
    Ok(frame)
}

/// What is not finite is unknown when it is read again.
fn known(frame: &DataFrame) -> Result<Vec<Option<f64>>, Box<dyn Error>> {
    Ok(frame.column("number")?.f64()?.iter().map(|x| x.filter(|x| x.is_finite())).collect())
}

fn read(bytes: Vec<u8>) -> Result<DataFrame, Box<dyn Error>> {
    Ok(Input::bytes("written", bytes).open()?.source.open()?.collect()?)
}

#[test]
fn csv_reads_back_as_it_was_written() -> Outcome {
    let frame = frame()?;
    let mut out = Vec::new();
    write_csv(&frame, &mut out, &CsvStyle::default().verbatim())?;
    let back = read(out)?;
    let texts: Vec<Option<&str>> = back.column("文本")?.str()?.iter().collect();
    assert_eq!(texts, HOSTILE.map(Some));
    let numbers: Vec<Option<f64>> =
        back.column("number")?.str()?.iter().map(|x| x.and_then(|x| x.parse().ok())).collect();
    assert_eq!(numbers, known(&frame)?);
    assert_eq!(back.column("day")?.str()?.get(0), Some("2022-01-08"));
    assert_eq!(back.column("time")?.str()?.get(1), Some("2023-11-14T22:14:21"));
    assert_eq!(back.column("whole")?.str()?.get(1), None);
    Ok(())
}

#[test]
fn csv_disarms_text_and_leaves_numbers_alone() -> Outcome {
    let mut out = Vec::new();
    write_csv(&frame()?, &mut out, &CsvStyle::default().excel().separator(b';'))?;
    let text = String::from_utf8(out)?;
    assert!(text.starts_with("\u{feff}文本;whole"));
    for part in ["\n'=1+1;", "\n'@cmd;;-2.5", "\n'-5 of it;-3;", "\n'+x;", "\"'\tcell\";"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let numbers = df!("id" => ["-5", "+49", "-1e3", "＝1", "\n=1"])?;
    let mut out = Vec::new();
    assert_eq!(write_csv(&numbers, &mut out, &CsvStyle::default())?, 2);
    assert_eq!(String::from_utf8(out)?, "id\n-5\n+49\n-1e3\n'＝1\n\"'\n=1\"\n");
    Ok(())
}

#[test]
fn json_is_valid_and_has_neither_nan_nor_lost_digits() -> Outcome {
    let frame = frame()?;
    let (mut array, mut lines) = (Vec::new(), Vec::new());
    write_json(&frame, &mut array)?;
    write_ndjson(&frame, &mut lines)?;
    let array: Vec<serde_json::Value> = serde_json::from_slice(&array)?;
    let lines: Vec<serde_json::Value> =
        String::from_utf8(lines)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(array, lines);
    let numbers: Vec<Option<f64>> = array.iter().map(|row| row["number"].as_f64()).collect();
    assert_eq!(numbers, known(&frame)?);
    assert!(array.iter().zip(HOSTILE).all(|(row, text)| row["文本"] == text));
    assert_eq!((array[0]["day"].as_str(), array[1]["whole"].is_null()), (Some("2022-01-08"), true));
    Ok(())
}

#[test]
fn markdown_keeps_every_value_in_its_cell() -> Outcome {
    let mut out = Vec::new();
    write_markdown(&frame()?, &mut out)?;
    let text = String::from_utf8(out)?;
    assert_eq!(text.lines().count(), 2 + HOSTILE.len());
    assert!(!text.contains("<script>") && text.contains("\\|\\`x\\`"), "{text}");
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(text.lines().all(|line| bars(line) == 7));
    Ok(())
}

#[test]
fn tables_without_rows_are_written_and_read() -> Outcome {
    let empty = frame()?.clear();
    let mut files = vec![Vec::new(); 5];
    write_csv(&empty, &mut files[0], &CsvStyle::default())?;
    write_json(&empty, &mut files[1])?;
    write_ndjson(&empty, &mut files[2])?;
    write_parquet(&empty, &mut files[3])?;
    write_arrow(&empty, &mut files[4])?;
    assert_eq!(files[1], b"[]\n");
    assert!(files[2].is_empty());
    for i in [3, 4] {
        assert!(read(files[i].clone())?.equals_missing(&empty));
    }
    assert_eq!((read(files[0].clone())?.height(), read(files[0].clone())?.width()), (0, 6));
    Ok(())
}

#[test]
fn a_broken_pipe_is_told_as_one() -> Outcome {
    struct Pipe;
    impl Write for Pipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let frame = frame()?;
    let kinds = [
        write_csv(&frame, Pipe, &CsvStyle::default()).map(drop),
        write_json(&frame, Pipe),
        write_ndjson(&frame, Pipe),
        write_markdown(&frame, Pipe),
        write_arrow_stream(&frame, Pipe),
    ];
    for outcome in kinds {
        assert_eq!(outcome.err().map(|e| e.kind()), Some(io::ErrorKind::BrokenPipe));
    }
    Ok(())
}

#[cfg(feature = "excel")]
#[test]
fn a_workbook_reads_back_with_its_types_and_runs_no_formula() -> Outcome {
    let frame = frame()?;
    let book = Workbook::default()
        .sheet("客户/价值", &frame)
        .sheet("Empty", &frame.clear())
        .definition("whole", "1", "how many");
    let (mut bytes, mut again) = (Vec::new(), Vec::new());
    book.write(&mut bytes)?;
    book.write(&mut again)?;
    assert_eq!(bytes, again);
    let opened = Input::bytes("book.xlsx", bytes.clone()).open()?;
    assert_eq!(opened.sheets, ["客户 价值", "Empty", "Definitions"]);
    let back = opened.source.open()?.collect()?;
    let texts: Vec<Option<&str>> = back.column("文本")?.str()?.iter().collect();
    assert_eq!(texts, HOSTILE.map(Some));
    assert!(back.column("whole")?.equals_missing(frame.column("whole")?));
    assert!(back.column("day")?.equals_missing(frame.column("day")?));
    assert!(back.column("time")?.equals_missing(frame.column("time")?));
    assert!(back.column("flag")?.equals_missing(frame.column("flag")?));
    assert_eq!(known(&back)?, known(&frame)?);
    let mut reader = calamine::open_workbook_auto_from_rs(io::Cursor::new(bytes))?;
    let formulas = calamine::Reader::worksheet_formula(&mut reader, "客户 价值")?;
    assert_eq!(formulas.used_cells().count(), 0);
    Ok(())
}

#[cfg(feature = "excel")]
#[test]
fn what_a_sheet_cannot_hold_is_cut_with_a_note() -> Outcome {
    let mut frame = df!("n" => (0..1_048_577_i64).collect::<Vec<_>>())?;
    let mut bytes = Vec::new();
    Workbook::default().sheet("Long", &frame).write(&mut bytes)?;
    let opened = Input::bytes("book.xlsx", bytes).open()?;
    assert_eq!(opened.sheets, ["Long", "Notes"]);
    assert_eq!(opened.source.open()?.collect()?.height(), 1_048_575);
    frame = df!("text" => ["x".repeat(40_000)])?;
    let mut bytes = Vec::new();
    Workbook::default().sheet("Wide", &frame).write(&mut bytes)?;
    assert_eq!(Input::bytes("book.xlsx", bytes).open()?.sheets, ["Wide", "Notes"]);
    Ok(())
}
