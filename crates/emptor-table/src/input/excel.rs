//! Workbooks: the sheet, its header row, and types from cells.

use std::collections::HashSet;
use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, SheetVisible, open_workbook_auto_from_rs};
use emptor_types::Date;
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series, TimeUnit};

use super::sniff;

/// Rows in which the header is looked for.
const START: usize = 30;

/// Whole numbers up to this are exact as the doubles that workbooks keep.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) struct Book {
    pub(super) frame: DataFrame,
    pub(super) sheet: String,
    pub(super) sheets: Vec<String>,
    pub(super) header: bool,
    pub(super) skipped: usize,
    pub(super) notes: Vec<String>,
}

/// Reads one sheet of a workbook.
pub(super) fn read(bytes: Vec<u8>, sheet: Option<&str>, header: Option<bool>) -> Result<Book, String> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes))
        .map_err(|e| format!("it is no workbook that can be read: {e}"))?;
    let visible = |s: &&calamine::Sheet| s.visible == SheetVisible::Visible;
    let sheets: Vec<String> = book.sheets_metadata().iter().filter(visible).map(|s| s.name.clone()).collect();
    let mut notes = Vec::new();
    let (name, cells) = match sheet {
        Some(wanted) => {
            let all = book.sheet_names();
            let name = all.iter().find(|name| name.as_str() == wanted);
            let name = name.or_else(|| all.iter().find(|name| name.eq_ignore_ascii_case(wanted.trim())));
            let name = name.ok_or_else(|| format!("it has no sheet `{wanted}`; its sheets are {}", all.join(", ")))?;
            (name.clone(), book.worksheet_range(name).map_err(|e| e.to_string())?)
        }
        None => {
            let mut first = None;
            for name in &sheets {
                let cells = book.worksheet_range(name).map_err(|e| e.to_string())?;
                if cells.height() > 1 {
                    first = Some((name.clone(), cells));
                    break;
                }
            }
            first.ok_or("it has no sheet with rows")?
        }
    };
    if sheet.is_none() && sheets.len() > 1 {
        let others: Vec<&str> = sheets.iter().filter(|s| **s != name).map(String::as_str).collect();
        notes.push(format!("sheet {name} is read; the others are {}", others.join(", ")));
    }
    let rows: Vec<&[Data]> = cells.rows().collect();
    let skipped = header_row(&rows).ok_or_else(|| format!("sheet {name} is empty"))?;
    let rows = &rows[skipped..];
    let texts: Vec<Vec<String>> =
        rows.iter().take(START).map(|row| row.iter().map(|cell| text(cell).unwrap_or_default()).collect()).collect();
    let header = header.unwrap_or_else(|| sniff::has_header(&texts));
    if skipped > 0 {
        notes.push(format!("{skipped} rows above the header are left out"));
    }
    let body = &rows[usize::from(header)..];
    let empty = body.iter().rev().take_while(|row| row.iter().all(is_empty)).count();
    let body = &body[..body.len() - empty];
    let names = names(header.then(|| texts[0].as_slice()), cells.width());
    let frame = frame(&names, body, &mut notes).map_err(|e| e.to_string())?;
    Ok(Book { frame, sheet: name, sheets, header, skipped, notes })
}

fn is_empty(cell: &Data) -> bool {
    match cell {
        Data::Empty => true,
        Data::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The first row that is filled nearly as wide as the widest; titles above a table are narrower.
fn header_row(rows: &[&[Data]]) -> Option<usize> {
    let filled = |row: &[Data]| row.iter().filter(|cell| !is_empty(cell)).count();
    let widest = rows.iter().take(START).map(|row| filled(row)).max().filter(|n| *n > 0)?;
    rows.iter().take(START).position(|row| filled(row) * 5 >= widest * 3)
}

/// Names that differ: those of the header, numbered where it has none, and marked where it has one twice.
fn names(header: Option<&[String]>, width: usize) -> Vec<String> {
    let mut taken = HashSet::new();
    let given = |i: usize| header.and_then(|header| header.get(i)).map(|name| name.trim()).filter(|n| !n.is_empty());
    let plain = (0..width).map(|i| given(i).map_or_else(|| format!("column_{}", i + 1), str::to_owned));
    plain
        .map(|name| {
            let mut free = name.clone();
            let mut n = 0;
            while !taken.insert(free.clone()) {
                free = format!("{name}_duplicated_{n}");
                n += 1;
            }
            free
        })
        .collect()
}

fn frame(names: &[String], rows: &[&[Data]], notes: &mut Vec<String>) -> PolarsResult<DataFrame> {
    let mut columns = Vec::new();
    let mut errors = 0;
    for (i, name) in names.iter().enumerate() {
        let cells: Vec<&Data> = rows.iter().map(|row| row.get(i).unwrap_or(&Data::Empty)).collect();
        errors += cells.iter().filter(|cell| matches!(cell, Data::Error(_))).count();
        let nameless = name.starts_with("column_") && cells.iter().all(|cell| is_empty(cell));
        if !(nameless && names.len() > 1) {
            columns.push(column(name, &cells, notes)?);
        }
    }
    if errors > 0 {
        notes.push(format!("{errors} cells hold an error such as #N/A and are empty now"));
    }
    DataFrame::new(rows.len(), columns)
}

/// A column of the type that all its cells share; text if they share none.
fn column(name: &str, cells: &[&Data], notes: &mut Vec<String>) -> PolarsResult<Column> {
    let filled = || cells.iter().filter(|cell| !is_empty(cell) && !matches!(cell, Data::Error(_)));
    let any = filled().next().is_some();
    let series = if any && filled().all(|cell| moment(cell).is_some()) {
        let moments: Vec<Option<(i32, i64)>> = cells.iter().map(|cell| moment(cell)).collect();
        if moments.iter().flatten().all(|(_, time)| *time == 0) {
            let days: Vec<Option<i32>> = moments.iter().map(|moment| Some(moment.as_ref()?.0)).collect();
            Series::new(name.into(), days).cast(&DataType::Date)?
        } else {
            let times: Vec<Option<i64>> =
                moments.iter().map(|m| m.as_ref().map(|(day, time)| i64::from(*day) * 86_400_000 + time)).collect();
            Series::new(name.into(), times).cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?
        }
    } else if any && filled().all(|cell| number(cell).is_some()) {
        let numbers: Vec<Option<f64>> = cells.iter().map(|cell| number(cell)).collect();
        if numbers.iter().flatten().all(|x| x.fract().abs() < f64::MIN_POSITIVE && x.abs() < EXACT) {
            Series::new(name.into(), numbers.iter().map(|x| x.map(|x| x as i64)).collect::<Vec<_>>())
        } else {
            Series::new(name.into(), numbers)
        }
    } else if any && filled().all(|cell| matches!(cell, Data::Bool(_))) {
        let flags: Vec<Option<bool>> =
            cells.iter().map(|cell| if let Data::Bool(flag) = cell { Some(*flag) } else { None }).collect();
        Series::new(name.into(), flags)
    } else {
        let numbers = filled().filter(|cell| number(cell).is_some() || moment(cell).is_some()).count();
        if numbers > 0 {
            let others = filled().count() - numbers;
            notes.push(format!(
                "column {name} mixes {numbers} numbers or dates with {others} texts: it is read as text"
            ));
        }
        Series::new(name.into(), cells.iter().map(|cell| text(cell)).collect::<Vec<_>>())
    };
    Ok(series.into_column())
}

fn number(cell: &Data) -> Option<f64> {
    match cell {
        Data::Int(n) => Some(*n as f64),
        Data::Float(x) => Some(*x).filter(|x| x.is_finite()),
        _ => None,
    }
}

/// Day since 1970 and milliseconds of the day. Workbooks count days from 1900 or from 1904; the reader knows which.
fn moment(cell: &Data) -> Option<(i32, i64)> {
    match cell {
        Data::DateTime(moment) if moment.is_datetime() => date_time(moment),
        Data::DateTimeIso(text) => {
            let day: Date = text.get(..10)?.parse().ok()?;
            let part = |from: usize| text.get(from..from + 2).and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
            Some((day.days_since_epoch(), part(11) * 3_600_000 + part(14) * 60_000 + part(17) * 1000))
        }
        _ => None,
    }
}

fn date_time(moment: &ExcelDateTime) -> Option<(i32, i64)> {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = i64::from(hour) * 3_600_000 + i64::from(minute) * 60_000 + i64::from(second) * 1000 + i64::from(milli);
    Some((date.days_since_epoch(), time))
}

/// A cell as text: whole numbers without a point, dates as ISO.
fn text(cell: &Data) -> Option<String> {
    if let Some((day, time)) = moment(cell) {
        let date = Date::from_days_since_epoch(day).ok()?;
        let (hour, minute, second) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60);
        return Some(match time {
            0 => date.to_string(),
            _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        });
    }
    match cell {
        Data::Empty | Data::Error(_) => None,
        Data::String(text) => Some(text.clone()),
        Data::Bool(flag) => Some(flag.to_string()),
        Data::Int(n) => Some(n.to_string()),
        Data::Float(x) => Some(x.to_string()),
        Data::DateTime(moment) => Some(moment.as_f64().to_string()),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Some(text.clone()),
    }
}
