//! How the lines of a text are laid out: separator, header, lines above it.

use crate::spread::{are_periods, is_period};

/// What the first lines of a text say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sniffed {
    /// A comma if there is only one column.
    pub(crate) separator: Separator,
    pub(crate) header: bool,
    /// Lines above the header: titles of an export, and blank ones.
    pub(crate) skip: usize,
    /// How many fields most lines have.
    pub(crate) fields: usize,
    /// Whether there is any line below the header.
    pub(crate) rows: bool,
}

/// What parts the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    Sign(u8),
    /// Columns filled up with blanks.
    Blanks,
}

/// Lines looked at.
const LINES: usize = 200;

/// Lines that may stand above a header.
const PREAMBLE: usize = 20;

/// Reads the first lines of a text; `separator` and `header` may be known already.
pub(crate) fn sniff(text: &str, separator: Option<u8>, header: Option<bool>) -> Sniffed {
    let text = text.trim_start_matches('\u{feff}');
    let separator = separator.map_or_else(|| likely(text), Separator::Sign);
    let rows = rows(text, separator, LINES);
    let fields = usual(&rows);
    let titles = preamble(&rows, fields);
    let rest = &rows[titles..];
    let skip = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).nth(titles).map_or(0, |(i, _)| i);
    let header = header.unwrap_or_else(|| has_header(rest));
    Sniffed { separator, header, skip, fields, rows: rest.len() > usize::from(header) }
}

/// The separator by which most lines have the same number of fields, more than one.
fn likely(text: &str) -> Separator {
    let signs = [b',', b';', b'\t', b'|'].map(Separator::Sign);
    let mut best = (0.0, Separator::Sign(b','));
    for separator in signs.into_iter().chain([Separator::Blanks]) {
        let rows = rows(text, separator, LINES);
        let fields = usual(&rows);
        if fields < 2 || (separator == Separator::Blanks && (fields < 3 || rows.len() < 2)) {
            continue;
        }
        let agree = rows.iter().filter(|row| row.len() == fields).count() as f64 / rows.len() as f64;
        // Text has blanks, and decimals commas: more fields win, but only where the lines agree.
        let score = match separator {
            Separator::Blanks if agree < 0.99 => 0.0,
            Separator::Blanks => 0.01,
            Separator::Sign(_) => agree * agree * (1.0 + (fields as f64).ln()),
        };
        if score > best.0 {
            best = (score, separator);
        }
    }
    best.1
}

/// The rows of a text, with quoted fields; blank lines are left out.
pub(crate) fn rows(text: &str, separator: Separator, most: usize) -> Vec<Vec<String>> {
    if separator == Separator::Blanks {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(most);
        return lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
    }
    let Separator::Sign(sign) = separator else { return Vec::new() };
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut started) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if !started => (quoted, started) = (true, true),
            _ if quoted => field.push(c),
            c if c == char::from(sign) => {
                row.push(std::mem::take(&mut field));
                started = false;
            }
            '\r' => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                started = false;
                let row = std::mem::take(&mut row);
                if row.len() > 1 || row.iter().any(|f| !f.trim().is_empty()) {
                    rows.push(row);
                }
                if rows.len() == most {
                    return rows;
                }
            }
            c => {
                started = true;
                field.push(c);
            }
        }
    }
    // The last line may be cut off, which only matters where there are others.
    if !(field.is_empty() && row.is_empty()) {
        row.push(field);
        rows.push(row);
    }
    rows
}

/// The number of fields that most lines have; of equals the largest.
fn usual(rows: &[Vec<String>]) -> usize {
    let count = |n: usize| rows.iter().filter(|row| row.len() == n).count();
    rows.iter().map(Vec::len).max_by_key(|n| (count(*n), *n)).unwrap_or(0)
}

/// Lines of titles: at most one cell of the row is filled where others have three or more.
fn preamble(rows: &[Vec<String>], fields: usize) -> usize {
    if fields < 3 {
        return 0;
    }
    let is_title = |row: &Vec<String>| row.iter().filter(|cell| !cell.trim().is_empty()).count() <= 1;
    let titles = rows.iter().take_while(|row| is_title(row)).count();
    if titles <= PREAMBLE && titles < rows.len() { titles } else { 0 }
}

/// Whether the first row names columns: no cell of it is a number or a date, and they differ.
pub(crate) fn has_header(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return true };
    let numeric = |cell: &str| {
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
        digits > 0 && letters <= 1
    };
    let side_by_side = are_periods(first.iter().map(String::as_str));
    if first.iter().any(|cell| numeric(cell.trim()) && !(side_by_side && is_period(cell.trim()))) {
        return false;
    }
    let named = first.iter().filter(|cell| !cell.trim().is_empty()).count();
    if named == 0 {
        return false;
    }
    // A row of texts that stand again below is no header.
    let again = |i: usize| rest.iter().any(|row| row.get(i).is_some_and(|cell| cell == &first[i]));
    let repeated = (0..first.len()).filter(|i| !first[*i].trim().is_empty() && again(*i)).count();
    repeated * 2 <= named
}

/// The text with one tab between fields instead of blanks.
pub(crate) fn tabbed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        for (i, field) in line.split_whitespace().enumerate() {
            if i > 0 {
                out.push('\t');
            }
            out.push_str(field);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (Separator, bool, usize, usize) {
        let sniffed = sniff(text, None, None);
        (sniffed.separator, sniffed.header, sniffed.skip, sniffed.fields)
    }

    #[test]
    fn separators_headers_and_titles_are_seen() {
        let sign = |c: u8| Separator::Sign(c);
        assert_eq!(found("a,b,c\n1,2,3\n"), (sign(b','), true, 0, 3));
        assert_eq!(found("Kunde;Betrag\n1;12,50\n2;1.234,00\n"), (sign(b';'), true, 0, 2));
        assert_eq!(found("a\tb\nx, y\t1\nx, z\t2\n"), (sign(b'\t'), true, 0, 2));
        assert_eq!(found("a|b|c\n1|2|3\n"), (sign(b'|'), true, 0, 3));
        assert_eq!(found("id\n1\n2\n"), (sign(b','), true, 0, 1));
        assert_eq!(found("name,note\n\"Smith, J\",\"a; b; c\"\n\"Lee, K\",\"d\"\n"), (sign(b','), true, 0, 2));
        assert_eq!(found("1,2024-01-01,5.00\n2,2024-01-02,6.00\n"), (sign(b','), false, 0, 3));
        assert_eq!(found("Sales export\nprinted 2024-05-01\nid,day,net\n1,2024-01-01,5\n"), (sign(b','), true, 2, 3));
        assert_eq!(found("\nSales\n\nid,day,net\n1,2024-01-01,5\n"), (sign(b','), true, 3, 3));
        assert_eq!(found(" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n"), (Separator::Blanks, false, 0, 4));
        assert_eq!(found("customer_id date amount\n1 2024-01-01 5\n"), (Separator::Blanks, true, 0, 3));
        assert_eq!(found("customer,2024-01,2024-02,2024-03\n1,5.0,0,7.5\n"), (sign(b','), true, 0, 4));
        assert_eq!(found("1,2024-01-01,5,2024-02-01\n2,2024-01-02,6,2024-02-03\n"), (sign(b','), false, 0, 4));
        assert_eq!(found(""), (sign(b','), true, 0, 0));
    }

    #[test]
    fn a_header_alone_has_no_rows() {
        assert!(!sniff("a,b,c\n", None, None).rows);
        assert!(sniff("a,b,c\n1,2,3", None, None).rows);
    }
}
