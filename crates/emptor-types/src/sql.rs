//! Names, texts and numbers as SQL writes them.
//!
//! Standard SQL, as PostgreSQL, SQLite, DuckDB, polars and most others read it. MySQL does after
//! `SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'`.

use std::str::FromStr;

use crate::Invalid;

/// From here on a double no longer holds every whole number, and digits after the point mean nothing.
const LARGEST_PLAIN: f64 = 1e15;

/// Below this, zeros after the point would outnumber the digits.
const SMALLEST_PLAIN: f64 = 1e-4;

/// A name of a column or table, in double quotes; quotes inside are doubled.
///
/// ```
/// use emptor_types::sql;
///
/// assert_eq!(sql::identifier("net profit"), "\"net profit\"");
/// assert_eq!(sql::identifier("x\"; DROP TABLE t; --"), "\"x\"\"; DROP TABLE t; --\"");
/// ```
#[must_use]
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, in single quotes; quotes inside are doubled.
///
/// ```
/// use emptor_types::sql;
///
/// assert_eq!(sql::text("O'Hara"), "'O''Hara'");
/// assert_eq!(sql::text(r"a\'b"), r"'a\''b'");
/// ```
#[must_use]
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A number with the fewest digits that read back as the same double.
///
/// ```
/// use emptor_types::sql;
///
/// assert_eq!(sql::number(1250.0)?, "1250");
/// assert_eq!(sql::number(0.1)?, "0.1");
/// assert_eq!(sql::number(-2.5e-8)?, "-2.5e-8");
/// assert!(sql::number(f64::NAN).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// [`Invalid`] if the number is not finite, for which SQL has no literal.
pub fn number(value: f64) -> Result<String, Invalid> {
    if value.is_finite() { Ok(digits(value)) } else { Err(Invalid::value("number", "must be finite", value)) }
}

/// A number that may stand behind any operator: negative ones are in brackets, and whole ones have a decimal point, for
/// among integers a database divides without remainder.
///
/// ```
/// use emptor_types::sql;
///
/// assert_eq!(sql::operand(3.0)?, "3.0");
/// assert_eq!(sql::operand(-0.25)?, "(-0.25)");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// As [`number`].
pub fn operand(value: f64) -> Result<String, Invalid> {
    let mut text = number(value)?;
    if text.bytes().all(|c| c.is_ascii_digit() || c == b'-') {
        text.push_str(".0");
    }
    Ok(if value < 0.0 { format!("({text})") } else { text })
}

/// A database whose way of writing queries differs.
///
/// ```
/// use emptor_types::sql::Dialect;
///
/// assert_eq!("postgres".parse::<Dialect>()?, Dialect::PostgreSql);
/// assert!("oracle".parse::<Dialect>().is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// DuckDB.
    DuckDb,
    /// PostgreSQL, 12 or later.
    PostgreSql,
}

impl Dialect {
    /// A column as double, null where it is not a number.
    ///
    /// Whole numbers would be divided without remainder, decimals rounded to their scale, and `NaN` compares as greater
    /// than every number.
    ///
    /// ```
    /// use emptor_types::sql::Dialect;
    ///
    /// let double = "CAST(\"net\" AS DOUBLE)";
    /// assert_eq!(Dialect::DuckDb.double("net"), format!("NULLIF({double}, CAST('NaN' AS DOUBLE))"));
    /// ```
    #[must_use]
    pub fn double(self, column: &str) -> String {
        let (name, double) = (identifier(column), self.double_type());
        format!("NULLIF(CAST({name} AS {double}), CAST('NaN' AS {double}))")
    }

    fn double_type(self) -> &'static str {
        match self {
            Self::DuckDb => "DOUBLE",
            Self::PostgreSql => "DOUBLE PRECISION",
        }
    }
}

impl FromStr for Dialect {
    type Err = Invalid;

    /// Reads `duckdb`, `postgresql` or `postgres`, in any case.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.trim().to_ascii_lowercase().as_str() {
            "duckdb" => Ok(Self::DuckDb),
            "postgresql" | "postgres" => Ok(Self::PostgreSql),
            _ => Err(Invalid::value("dialect", "must be duckdb or postgresql", format!("`{text}`"))),
        }
    }
}

/// The shortest digits that read back as the same double; zero has no sign.
pub(crate) fn digits(value: f64) -> String {
    let value = value + 0.0;
    let plain = value.abs() < LARGEST_PLAIN && (value.abs() >= SMALLEST_PLAIN || value.abs() < f64::from_bits(1));
    if plain { format!("{value}") } else { format!("{value:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a quoted token back as SQL does: one closing quote at the very end, doubled quotes inside.
    fn unquoted(token: &str, quote: char) -> Option<String> {
        let inner = token.strip_prefix(quote)?.strip_suffix(quote)?;
        let single = inner.replace(&format!("{quote}{quote}"), "");
        let doubled = format!("{quote}{quote}");
        if single.contains(quote) { None } else { Some(inner.replace(&doubled, &quote.to_string())) }
    }

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        for name in
            ["", "a", "\"", "\"\"", "a\" OR 1=1 --", "'; DROP TABLE t;", "a\\\"b", "客户 利润", "tab\tnew\nline"]
        {
            assert_eq!(unquoted(&identifier(name), '"').as_deref(), Some(name));
            assert_eq!(unquoted(&text(name), '\'').as_deref(), Some(name));
            assert_eq!(unquoted(&text(&name.replace('"', "'")), '\''), Some(name.replace('"', "'")));
        }
    }

    #[test]
    fn numbers_read_back_as_the_same_double() -> Result<(), Box<dyn std::error::Error>> {
        let hard =
            [0.1 + 0.2, 1e15, 123_456_789_012_345.6, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-4, 9.99e-5, -1.0 / 3.0];
        for value in hard.into_iter().flat_map(|x| [x, -x, x.next_up(), x.next_down()]).filter(|x| x.is_finite()) {
            assert_eq!(number(value)?.parse::<f64>()?.to_bits(), value.to_bits(), "{value:e}");
        }
        assert_eq!(number(-0.0)?, "0");
        assert!(number(f64::INFINITY).is_err());
        Ok(())
    }
}
