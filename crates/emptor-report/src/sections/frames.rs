//! Tables of a P as charts want them.

use emptor_chart::Waterfall;
use emptor_core::profile::{ResultTable, Section};
use polars::prelude::{DataFrame, SortMultipleOptions};

use crate::block::Block;
use crate::error::ReportError;
use crate::grid::{Grid, Pick};
use crate::read::{numbers, rows_where, texts};
use crate::words::{UNKNOWN, Words};

/// A table of a section, if it is there and has rows.
pub(super) fn table<'a>(section: &'a Section, name: &str) -> Option<&'a DataFrame> {
    section.table(name).map(|table| &table.frame).filter(|frame| frame.height() > 0)
}

/// The rows with a text in a column, if there are any.
pub(super) fn only(frame: &DataFrame, column: &str, text: &str) -> Option<DataFrame> {
    rows_where(frame, column, |found| found == text).ok().filter(|frame| frame.height() > 0)
}

/// Names of periods by their first days: `2024-03` where all begin with a month.
pub(super) fn periods(frame: &DataFrame, column: &str) -> Vec<String> {
    let days = texts(frame, column);
    if days.iter().all(|day| day.len() == 10 && day.ends_with("-01")) {
        return days.iter().map(|day| day[..7].to_owned()).collect();
    }
    days
}

/// A table under a title and with readable names of columns, without the columns and rows that know nothing.
pub(super) fn grid(
    section: &Section,
    name: &str,
    title: &str,
    columns: &[(&str, &str)],
    most: usize,
    words: &Words,
) -> Result<Option<Grid>, ReportError> {
    match section.table(name) {
        Some(table) => grid_of(table, title, columns, most, words),
        None => Ok(None),
    }
}

/// The same of a table, which may be another order or selection of the rows of a section's.
pub(super) fn grid_of(
    table: &ResultTable,
    title: &str,
    columns: &[(&str, &str)],
    most: usize,
    words: &Words,
) -> Result<Option<Grid>, ReportError> {
    if table.frame.height() == 0 {
        return Ok(None);
    }
    let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
    let mut grid = Grid::of(table, Pick { title, columns: &names, most }, words)?;
    for heading in &mut grid.headings {
        let renamed = columns.iter().find(|(column, _)| column.replace('_', " ") == heading.name);
        if let Some((_, name)) = renamed {
            (*name).clone_into(&mut heading.name);
        }
    }
    let known: Vec<bool> =
        (0..grid.headings.len()).map(|column| grid.rows.iter().any(|row| row[column] != UNKNOWN)).collect();
    let kept = |place: &usize| known[*place];
    grid.headings = (0..known.len()).filter(kept).map(|place| grid.headings[place].clone()).collect();
    for row in &mut grid.rows {
        *row = (0..known.len()).filter(kept).map(|place| std::mem::take(&mut row[place])).collect();
    }
    grid.about = capital(&grid.about);
    Ok((!grid.headings.is_empty()).then_some(grid))
}

/// A text that begins with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The same as a block, where it can be read.
pub(super) fn block(grid: Result<Option<Grid>, ReportError>) -> Option<Block> {
    grid.ok().flatten().map(Block::Table)
}

/// The number of a column in a row; NaN where there is none.
pub(super) fn at(frame: &DataFrame, column: &str, row: usize) -> f64 {
    numbers(frame, column).get(row).copied().unwrap_or(f64::NAN)
}

/// The sum of a column; NaN where a number in it is unknown.
pub(super) fn total(frame: &DataFrame, column: &str) -> f64 {
    numbers(frame, column).iter().sum()
}

/// The different texts in the order in which they come.
pub(super) fn distinct(texts: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.contains(text) {
            found.push(text.clone());
        }
    }
    found
}

/// A share with its sign: `+12 %`.
pub(super) fn signed(text: String) -> String {
    if text.starts_with(['−', '–']) { text } else { format!("+{text}") }
}

/// A mark of a bridge: where it stands, or what it adds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// A level.
    Total(f64),
    /// A step from level to level.
    Step(f64),
}

/// Marks added to a bridge without the steps of nothing; `None` where a number is unknown or steps do not lead to the totals.
pub(super) fn bridge(chart: Waterfall, marks: &[(&str, Mark)]) -> Option<Waterfall> {
    let size = marks.iter().map(|(_, Mark::Total(x) | Mark::Step(x))| x.abs()).fold(0.0, f64::max);
    let mut level = None;
    let mut bridge = chart;
    for (name, mark) in marks {
        bridge = match *mark {
            Mark::Total(value) => {
                let agrees = level.is_none_or(|level: f64| (value - level).abs() <= 1e-6 * size);
                if !(value.is_finite() && agrees) {
                    return None;
                }
                level = Some(value);
                bridge.total(*name, value)
            }
            Mark::Step(change) if change.is_finite() => {
                level = level.map(|level| level + change);
                if change.abs() <= 1e-9 * size { bridge } else { bridge.step(*name, change) }
            }
            Mark::Step(_) => return None,
        };
    }
    (size > 0.0).then_some(bridge)
}

/// A table of a section with its rows from the greatest number of a column to the least.
pub(super) fn by_size(section: &Section, name: &str, column: &str) -> Option<ResultTable> {
    let mut table = section.table(name)?.clone();
    let falling = SortMultipleOptions::default().with_order_descending(true).with_nulls_last(true);
    table.frame = table.frame.sort([column], falling).ok()?;
    Some(table)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use emptor_chart::{Chart, Unit};
    use polars::prelude::df;

    use super::Mark::{Step, Total};
    use super::*;

    type Outcome = Result<(), Box<dyn Error>>;

    #[test]
    fn a_bridge_leaves_out_steps_of_nothing_and_is_none_where_it_does_not_hold() -> Outcome {
        let new = || Waterfall::new("Bridge", Unit::number());
        let marks = [("Before", Total(1.0)), ("Up", Step(2.0)), ("Nothing", Step(0.0)), ("After", Total(3.0))];
        let chart = bridge(new(), &marks).ok_or("a bridge")?;
        assert_eq!(chart.data().rows.len(), 3);
        chart.inline("bridge")?;
        assert!(bridge(new(), &[("Before", Total(1.0)), ("Up", Step(f64::NAN)), ("After", Total(3.0))]).is_none());
        assert!(bridge(new(), &[("Before", Total(1.0)), ("Up", Step(1.0)), ("After", Total(3.0))]).is_none());
        assert!(bridge(new(), &[("Before", Total(0.0)), ("After", Total(0.0))]).is_none());
        Ok(())
    }

    #[test]
    fn periods_are_as_short_as_their_days_allow() -> Outcome {
        let days = |days: [&str; 2]| df!("day" => days);
        assert_eq!(periods(&days(["2024-01-01", "2024-02-01"])?, "day"), ["2024-01", "2024-02"]);
        assert_eq!(periods(&days(["2024-01-01", "2024-01-08"])?, "day"), ["2024-01-01", "2024-01-08"]);
        assert_eq!([signed("12 %".to_owned()), signed("−12 %".to_owned())], ["+12 %", "−12 %"]);
        Ok(())
    }
}
