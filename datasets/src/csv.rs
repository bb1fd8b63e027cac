//! Comma-separated text by RFC 4180, with line feeds for line ends.

use std::fmt::{Display, Write};

/// A row of a table: fixed column names, and the fields in their order.
pub(crate) trait CsvRow {
    const COLUMNS: &'static [&'static str];

    fn write(&self, record: &mut Record<'_>);
}

/// One record under way.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    text: &'a mut String,
    first: bool,
}

impl Record<'_> {
    /// Adds a field; it is quoted if it holds a comma, a quote or a line end.
    pub(crate) fn field(&mut self, value: impl Display) -> &mut Self {
        if !std::mem::replace(&mut self.first, false) {
            self.text.push(',');
        }
        let start = self.text.len();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{value}");
        if self.text[start..].contains([',', '"', '\n', '\r']) {
            let quoted = format!("\"{}\"", self.text[start..].replace('"', "\"\""));
            self.text.truncate(start);
            self.text.push_str(&quoted);
        }
        self
    }

    /// Adds a field that may be unknown: an empty field.
    pub(crate) fn optional(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.field(value),
            None => self.field(""),
        }
    }
}

/// The whole table as text, header first.
pub(crate) fn to_csv<R: CsvRow>(rows: &[R]) -> String {
    let mut text = R::COLUMNS.join(",");
    text.push('\n');
    for row in rows {
        row.write(&mut Record { text: &mut text, first: true });
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Note(&'static str, Option<f64>);

    impl CsvRow for Note {
        const COLUMNS: &'static [&'static str] = &["note", "value"];

        fn write(&self, record: &mut Record<'_>) {
            record.field(self.0).optional(self.1);
        }
    }

    #[test]
    fn fields_with_commas_quotes_or_line_ends_are_quoted() {
        let rows = [Note("plain", Some(1.5)), Note("a, b", None), Note("3\" pan", None), Note("two\nlines", None)];
        assert_eq!(to_csv(&rows), "note,value\nplain,1.5\n\"a, b\",\n\"3\"\" pan\",\n\"two\nlines\",\n");
    }
}
