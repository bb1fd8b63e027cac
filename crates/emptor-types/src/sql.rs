//! Names, texts and numbers as SQL writes them.
//!
//! Standard SQL, as PostgreSQL, SQLite, DuckDB, polars and most others read it. MySQL does after
//! `SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'`.

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
