//! Tables and numbers as people read them.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

/// Width of a line of text.
const WIDTH: usize = 110;

/// An empty table whose columns in a range are numbers, to the right.
pub(crate) fn table(header: &[&str], right: std::ops::Range<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    for column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Two decimals and thousands separators.
pub(crate) fn money(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if value < 0.0 && text != "0.00" { "-" } else { "" };
    format!("{sign}{}.{cents}", grouped(whole))
}

/// No decimals: what a base is worth is not known to the cent.
pub(crate) fn whole(value: f64) -> String {
    let text = format!("{:.0}", value.abs());
    let sign = if value < 0.0 && text != "0" { "-" } else { "" };
    format!("{sign}{}", grouped(&text))
}

/// A sum as exact as its size asks for: no decimals from a thousand on.
pub(crate) fn sum(value: f64) -> String {
    if (0.005..1_000.0).contains(&value.abs()) { money(value) } else { whole(value) }
}

/// A name of at most so many letters.
pub(crate) fn short(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// `1 month`, `2 months`.
pub(crate) fn many(n: usize, one: &str) -> String {
    format!("{} {one}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A capital letter at the beginning and a full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let begin = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{begin}{}.", letters.as_str())
}

/// Thousands separators.
pub(crate) fn count(value: usize) -> String {
    grouped(&value.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One decimal; a dash for what is unknown.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// A relative change, with its sign.
pub(crate) fn change_percent(change: Option<f64>) -> String {
    let sign = if change.is_some_and(|change| change >= 0.0005) { "+" } else { "" };
    format!("{sign}{}", percent(change))
}

/// A number with as many decimals as asked for; a dash for what is unknown or no number.
pub(crate) fn number(value: Option<f64>, decimals: usize) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

/// Four significant digits: parameters are of any size.
pub(crate) fn significant(value: f64) -> String {
    if value.abs() >= 1e6 || (value.abs() < 1e-4 && value.abs() > 0.0) {
        return format!("{value:.3e}");
    }
    let whole = if value.abs() < 1.0 { 0 } else { value.abs().log10() as usize };
    format!("{value:.*}", 4_usize.saturating_sub(whole))
}

/// The probability under the null hypothesis; very small ones as a bound.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
}

/// A reason without its details.
pub(crate) fn brief(reason: &str) -> String {
    let end = [";", " after ", ": observe", " ("].iter().filter_map(|mark| reason.find(mark)).min();
    reason[..end.unwrap_or(reason.len())].to_owned()
}

/// Text in lines of a readable width; those after the first are indented as far as the first begins.
pub(crate) fn wrapped(head: &str, text: &str) -> String {
    let indent = " ".repeat(head.chars().count());
    let (mut all, mut line) = (String::new(), head.to_owned());
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + word.chars().count() >= WIDTH {
            all += line.trim_end();
            all.push('\n');
            (line, is_empty) = (indent.clone(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    all + line.trim_end() + "\n"
}
