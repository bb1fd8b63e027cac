//! Conditions as text.

use std::fmt;

use super::{Place, Predicate};
use crate::sql;

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_text(f, Place::Top)
    }
}

impl Predicate {
    fn write_text(&self, f: &mut fmt::Formatter<'_>, place: Place) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            Self::Compare { column, comparison, value } => {
                write!(f, "{} {comparison} {}", word(column), grouped(value.value()))
            }
            Self::In { column, values } => write_list(f, column, "in", values),
            Self::IsNull { column } => write!(f, "{} is unknown", word(column)),
            Self::All(parts) => write_parts(f, parts, place, Place::And),
            Self::Any(parts) => write_parts(f, parts, place, Place::Or),
            Self::Not(part) => match part.as_ref() {
                Self::In { column, values } => write_list(f, column, "not in", values),
                Self::IsNull { column } => write!(f, "{} is known", word(column)),
                other => {
                    f.write_str("not (")?;
                    other.write_text(f, Place::Top)?;
                    f.write_str(")")
                }
            },
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, column: &str, relation: &str, values: &[String]) -> fmt::Result {
    let words: Vec<String> = values.iter().map(|value| word(value)).collect();
    write!(f, "{} {relation} ({})", word(column), words.join(", "))
}

fn write_parts(f: &mut fmt::Formatter<'_>, parts: &[Predicate], place: Place, own: Place) -> fmt::Result {
    if parts.is_empty() {
        return f.write_str(if own == Place::And { "always" } else { "never" });
    }
    let bare = place == Place::Top || place == own || parts.len() == 1;
    f.write_str(if bare { "" } else { "(" })?;
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(if own == Place::And { " and " } else { " or " })?;
        }
        // "spend > 10 or unknown": whose value is unknown has just been said.
        let said = i > 0 && matches!(part, Predicate::IsNull { column } if parts[i - 1].columns() == [column]);
        if said && own == Place::Or {
            f.write_str("unknown")?;
        } else {
            part.write_text(f, own)?;
        }
    }
    f.write_str(if bare { "" } else { ")" })
}

/// A name or text as it stands, or in quotes where it would be taken for something else.
fn word(text: &str) -> String {
    let odd = text.trim() != text || text.is_empty() || text.contains(['(', ')', ',', '\'', '"', '\n']);
    if odd { sql::text(text) } else { text.to_owned() }
}

/// The shortest digits that read back as the same double, thousands grouped.
fn grouped(value: f64) -> String {
    let digits = sql::digits(value);
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let (whole, rest) = digits.split_at(digits.find(['.', 'e']).unwrap_or(digits.len()));
    let mut text = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}
