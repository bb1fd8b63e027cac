//! Conditions on named columns that people read, databases run and we evaluate, with one meaning.

mod portable;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

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
        portable::render(self, false, Place::Top, &[])
    }
}

/// What a condition stands in, which decides about parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    And,
    Or,
}

#[cfg(test)]
mod tests;
