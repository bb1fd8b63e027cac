//! Conditions on named columns that people read, databases run and we evaluate, with one meaning.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Invalid, sql};

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`
    Equal,
    /// `!=`, in SQL `<>`
    NotEqual,
}

impl Comparison {
    /// Whether it holds between two numbers; never with `NaN`.
    #[must_use]
    pub fn holds(self, left: f64, right: f64) -> bool {
        left.partial_cmp(&right).is_some_and(|order| match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
        })
    }

    /// The comparison that holds between two known numbers exactly when this one does not.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Greater => Self::AtMost,
            Self::AtLeast => Self::Less,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
        })
    }
}

/// A finite number that columns are compared with.
///
/// ```
/// use emptor_types::Threshold;
///
/// assert_eq!(Threshold::new(2.5)?.value(), 2.5);
/// assert!(Threshold::new(f64::NAN).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Threshold(f64);

impl Threshold {
    /// Takes a finite number.
    ///
    /// # Errors
    /// [`Invalid`] if it is infinite or `NaN`.
    pub fn new(value: f64) -> Result<Self, Invalid> {
        // Adding 0 takes the sign from a negative zero.
        if value.is_finite() {
            Ok(Self(value + 0.0))
        } else {
            Err(Invalid::value("threshold", "must be finite", value))
        }
    }

    /// The number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Threshold {
    type Error = Invalid;

    fn try_from(value: f64) -> Result<Self, Invalid> {
        Self::new(value)
    }
}

impl From<Threshold> for f64 {
    fn from(threshold: Threshold) -> Self {
        threshold.0
    }
}

/// What a column holds in one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A number; `NaN` counts as null.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// Unknown.
    Null,
}

impl Value<'_> {
    /// Whether it is unknown.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Number(number) => number.is_nan(),
            Self::Text(_) => false,
            Self::Null => true,
        }
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// A condition on named columns, true or false in every row.
///
/// A comparison with an unknown value is false, and its negation is therefore true. SQL knows a third answer, which would
/// lose rows under `NOT`; [`to_sql`](Self::to_sql) says what happens to nulls wherever it matters, so that the database
/// selects exactly the rows for which [`holds`](Self::holds) is true, and `NOT (…)` around it exactly the others.
///
/// ```
/// use emptor_types::{Comparison, Predicate, Value};
///
/// let rule = Predicate::all([
///     Predicate::compare("spend", Comparison::Greater, 1250.0)?,
///     Predicate::within("channel", ["web", "app"]),
/// ]);
/// assert_eq!(rule.to_string(), "spend > 1,250 and channel in (web, app)");
/// assert_eq!(
///     rule.to_sql(),
///     r#""spend" IS NOT NULL AND "channel" IS NOT NULL AND "spend" > 1250 AND "channel" IN ('web', 'app')"#
/// );
/// let row = |column: &str| if column == "spend" { Value::Number(1300.0) } else { Value::Text("app") };
/// assert!(rule.holds(row));
/// assert!(!Predicate::negate(rule).holds(row));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Predicate {
    /// True in every row.
    Always,
    /// True in no row.
    Never,
    /// A known number compares so with another.
    Compare {
        /// The column.
        column: String,
        /// How it is compared.
        comparison: Comparison,
        /// With what.
        value: Threshold,
    },
    /// A known text is one of these.
    In {
        /// The column.
        column: String,
        /// The texts.
        values: Vec<String>,
    },
    /// The value is unknown.
    IsNull {
        /// The column.
        column: String,
    },
    /// All hold; true if there are none.
    All(Vec<Predicate>),
    /// At least one holds; false if there are none.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
}

impl Predicate {
    /// A known number compares so with `value`.
    ///
    /// # Errors
    /// [`Invalid`] if `value` is infinite or `NaN`.
    pub fn compare(column: impl Into<String>, comparison: Comparison, value: f64) -> Result<Self, Invalid> {
        Ok(Self::Compare { column: column.into(), comparison, value: Threshold::new(value)? })
    }

    /// A known text is one of `values`; [`Never`](Self::Never) if there are none.
    #[must_use]
    pub fn within<T: Into<String>>(column: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if values.is_empty() { Self::Never } else { Self::In { column: column.into(), values } }
    }

    /// The value is unknown.
    #[must_use]
    pub fn is_null(column: impl Into<String>) -> Self {
        Self::IsNull { column: column.into() }
    }

    /// All of them hold, with nested conjunctions laid open and whatever does not matter left out.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(parts, true)
    }

    /// At least one of them holds, with nested disjunctions laid open and whatever does not matter left out.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(parts, false)
    }

    /// It does not hold; two negations vanish.
    #[must_use]
    pub fn negate(part: Self) -> Self {
        match part {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The same condition without trivial nestings and repetitions.
    ///
    /// ```
    /// use emptor_types::Predicate;
    ///
    /// let young = Predicate::is_null("age");
    /// let nested = Predicate::All(vec![Predicate::Always, Predicate::Any(vec![young.clone(), young.clone()])]);
    /// assert_eq!(nested.simplified(), young);
    /// ```
    #[must_use]
    pub fn simplified(self) -> Self {
        match self {
            Self::All(parts) => Self::all(parts.into_iter().map(Self::simplified)),
            Self::Any(parts) => Self::any(parts.into_iter().map(Self::simplified)),
            Self::Not(part) => Self::negate(part.simplified()),
            Self::In { column, mut values } => {
                let mut seen = Vec::new();
                values.retain(|value| {
                    !seen.contains(value) && {
                        seen.push(value.clone());
                        true
                    }
                });
                Self::within(column, values)
            }
            other => other,
        }
    }

    fn joined(parts: impl IntoIterator<Item = Self>, all: bool) -> Self {
        let (neutral, dominant) = if all { (Self::Always, Self::Never) } else { (Self::Never, Self::Always) };
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            let nested = match part {
                Self::All(inner) if all => inner,
                Self::Any(inner) if !all => inner,
                other => vec![other],
            };
            for one in nested {
                if one == dominant {
                    return dominant;
                }
                if one != neutral && !kept.contains(&one) {
                    kept.push(one);
                }
            }
        }
        match (kept.len(), all) {
            (0, _) => neutral,
            (1, _) => kept.swap_remove(0),
            (_, true) => Self::All(kept),
            (_, false) => Self::Any(kept),
        }
    }

    /// Whether it holds in a row, given the value of each column. A number where texts are listed, or the other way
    /// round, is in no list and compares with nothing.
    pub fn holds<'v>(&self, value_of: impl Fn(&str) -> Value<'v>) -> bool {
        self.holds_in(&value_of)
    }

    fn holds_in<'v>(&self, value_of: &dyn Fn(&str) -> Value<'v>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Compare { column, comparison, value } => {
                matches!(value_of(column), Value::Number(number) if comparison.holds(number, value.value()))
            }
            Self::In { column, values } => {
                matches!(value_of(column), Value::Text(text) if values.iter().any(|value| value == text))
            }
            Self::IsNull { column } => value_of(column).is_null(),
            Self::All(parts) => parts.iter().all(|part| part.holds_in(value_of)),
            Self::Any(parts) => parts.iter().any(|part| part.holds_in(value_of)),
            Self::Not(part) => !part.holds_in(value_of),
        }
    }

    /// The columns it reads, each once, in order of appearance.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.collect_columns(&mut found);
        found
    }

    fn collect_columns<'p>(&'p self, found: &mut Vec<&'p str>) {
        match self {
            Self::Always | Self::Never => {}
            Self::Compare { column, .. } | Self::In { column, .. } | Self::IsNull { column } => {
                if !found.contains(&column.as_str()) {
                    found.push(column);
                }
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect_columns(found)),
            Self::Not(part) => part.collect_columns(found),
        }
    }

    /// The condition in standard SQL, to be put after `WHERE` or inside parentheses.
    ///
    /// It is true or false in every row, never null: `"x" > 5` stands beside `"x" IS NOT NULL`, its negation beside
    /// `OR "x" IS NULL`. A column that must be known, or may be null, for a whole conjunction or disjunction is named
    /// there once. Numeric columns must hold null, not `NaN`, where a value is unknown, for databases order `NaN` each in
    /// their own way.
    #[must_use]
    pub fn to_sql(&self) -> String {
        render(self, false, Place::Top, &[])
    }
}

/// What an SQL condition stands in, which decides about parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    And,
    Or,
}

/// Renders `part`, or its negation. For a column in `decided` the condition around this one has fixed the answer for
/// nulls already, so that a null answer in here is of no account.
fn render(part: &Predicate, negated: bool, place: Place, decided: &[&str]) -> String {
    match part {
        Predicate::Always | Predicate::Never => {
            let holds = (*part == Predicate::Always) != negated;
            (if holds { "1 = 1" } else { "1 = 0" }).to_owned()
        }
        Predicate::In { values, .. } if values.is_empty() => render(&Predicate::Never, negated, place, decided),
        Predicate::IsNull { column } => is_null(column, !negated),
        Predicate::Not(inner) => render(inner, !negated, place, decided),
        Predicate::All(parts) => junction(parts, !negated, negated, place, decided),
        Predicate::Any(parts) => junction(parts, negated, negated, place, decided),
        Predicate::Compare { column, .. } | Predicate::In { column, .. } if !decided.contains(&column.as_str()) => {
            // Unknown must count as false here, or as true under a negation.
            junction(std::slice::from_ref(part), !negated, negated, place, decided)
        }
        Predicate::Compare { column, comparison, value } => {
            let sign = match if negated { comparison.opposite() } else { *comparison } {
                Comparison::NotEqual => "<>".to_owned(),
                other => other.to_string(),
            };
            format!("{} {sign} {}", sql::identifier(column), sql::digits(value.value()))
        }
        Predicate::In { column, values } => {
            let list: Vec<String> = values.iter().map(|value| sql::text(value)).collect();
            format!("{} {} ({})", sql::identifier(column), if negated { "NOT IN" } else { "IN" }, list.join(", "))
        }
    }
}

fn is_null(column: &str, yes: bool) -> String {
    format!("{} {}", sql::identifier(column), if yes { "IS NULL" } else { "IS NOT NULL" })
}

/// Renders `parts`, or their negations, joined by `AND` or `OR`. A part whose answer for null decides the junction,
/// false under `AND`, true under `OR`, has its column named once, in front.
fn junction(parts: &[Predicate], and: bool, negated: bool, place: Place, decided: &[&str]) -> String {
    let own = if and { Place::And } else { Place::Or };
    let (mut decided, mut terms) = (decided.to_vec(), Vec::new());
    let mut rest = Vec::new();
    for part in parts {
        let (mut inner, mut flipped) = (part, negated);
        while let Predicate::Not(next) = inner {
            (inner, flipped) = (next, !flipped);
        }
        let (column, true_at_null) = match inner {
            Predicate::Compare { column, .. } => (Some(column), flipped),
            Predicate::In { column, values } if !values.is_empty() => (Some(column), flipped),
            Predicate::IsNull { column } => (Some(column), !flipped),
            _ => (None, false),
        };
        let decides = column.filter(|_| true_at_null != and);
        if let Some(column) = decides.filter(|column| !decided.contains(&column.as_str())) {
            terms.push(is_null(column, !and));
            decided.push(column);
        }
        if decides.is_none() || !matches!(inner, Predicate::IsNull { .. }) {
            rest.push((inner, flipped));
        }
    }
    terms.extend(rest.into_iter().map(|(part, flipped)| render(part, flipped, own, &decided)));
    match terms.len() {
        0 => (if and { "1 = 1" } else { "1 = 0" }).to_owned(),
        1 => terms.swap_remove(0),
        _ => {
            let joined = terms.join(if and { " AND " } else { " OR " });
            if place == Place::Top || place == own { joined } else { format!("({joined})") }
        }
    }
}

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

#[cfg(test)]
mod tests;
