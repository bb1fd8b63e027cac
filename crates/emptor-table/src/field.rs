//! One column of a table: its role, its type, and the rules that its values must keep.

use emptor_types::{Date, ExactSum};
use polars::prelude::{DataType, Expr, NULL, NonExistent, col, lit, when};

use crate::error::WrongType;
use crate::number_format::NumberFormat;
use crate::text::{self, DateFormat};

/// Canonical columns carry this prefix while the source's own columns are still beside them.
const PREFIX: &str = "emptor:";

/// What the values of a column are.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// An identifier: integer or text, as the caller has it.
    Id,
    /// Text of any kind.
    Text,
    /// A finite number of at least `min`.
    Number { min: Option<f64> },
    /// A calendar day.
    Day(DateFormat),
    /// Yes or no.
    Flag,
}

/// A mapped column.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The canonical name.
    pub(crate) role: String,
    /// The name in the source.
    pub(crate) column: String,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
}

/// A condition that a row breaks.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) column: String,
    pub(crate) rule: String,
    /// True where the row breaks the rule; null counts as false.
    pub(crate) broken: Expr,
}

/// A field typed against its source.
pub(crate) struct Typed {
    pub(crate) expr: Expr,
    pub(crate) rules: Vec<Rule>,
    /// An identifier read as text, which becomes integer if every value is one.
    pub(crate) text_id: bool,
}

/// The canonical column of a role, while the source's columns are still there.
pub(crate) fn canonical(role: &str) -> Expr {
    col(canonical_name(role))
}

pub(crate) fn canonical_name(role: &str) -> String {
    format!("{PREFIX}{role}")
}

impl Field {
    pub(crate) fn required(role: &str, column: &str, kind: Kind) -> Self {
        Self { role: role.to_owned(), column: column.to_owned(), kind, nullable: false }
    }

    pub(crate) fn optional(role: &str, column: &str, kind: Kind) -> Self {
        Self { role: role.to_owned(), column: column.to_owned(), kind, nullable: true }
    }

    /// Types the column and states its rules. `text` says that the source gives everything as text,
    /// and `numbers` how numbers in text are written.
    pub(crate) fn typed(
        &self,
        dtype: &DataType,
        (text, numbers): (bool, NumberFormat),
        window: (Date, Date),
    ) -> Result<Typed, WrongType> {
        let raw = col(self.column.as_str());
        // Categories are text that is stored once.
        let (raw, dtype) = match dtype {
            DataType::Categorical(..) | DataType::Enum(..) => (raw.cast(DataType::String), &DataType::String),
            other => (raw, other),
        };
        // Blank text is an absent value, not a wrong one.
        let value = if dtype.is_string() { text::clean(raw.clone()) } else { raw };
        let expr = self.typed_value(&value, dtype, numbers).ok_or_else(|| WrongType {
            column: self.column.clone(),
            role: self.role.clone(),
            found: dtype.to_string(),
            expected: self.kind.accepts().to_owned(),
        })?;
        let mut rules = Vec::new();
        if !self.nullable {
            rules.push(self.rule("must not be null".to_owned(), value.clone().is_null()));
        }
        let typed = canonical(&self.role);
        if let Some(readable) = self.kind.readable(dtype, numbers) {
            rules.push(self.rule(readable, value.is_not_null().and(typed.clone().is_null())));
        }
        match &self.kind {
            Kind::Number { min } => {
                let lowest = min.unwrap_or(-ExactSum::LIMIT);
                let inside = typed.clone().lt_eq(lit(ExactSum::LIMIT)).and(typed.clone().gt_eq(lit(lowest)));
                let rule = match min {
                    None => "must be finite and at most 1e12 in absolute value".to_owned(),
                    Some(min) => format!("must be finite, at least {min} and at most 1e12"),
                };
                rules.push(self.rule(rule, typed.is_not_null().and(inside.not())));
            }
            Kind::Day(_) => {
                let (first, last) = window;
                let day = typed.clone().to_physical();
                let inside =
                    day.clone().gt_eq(lit(first.days_since_epoch())).and(day.lt_eq(lit(last.days_since_epoch())));
                let rule = format!("must lie between {first} and {last}");
                rules.push(self.rule(rule, typed.is_not_null().and(inside.not())));
            }
            Kind::Id | Kind::Text | Kind::Flag => {}
        }
        Ok(Typed {
            expr: expr.alias(canonical_name(&self.role)),
            rules,
            text_id: text && matches!(self.kind, Kind::Id),
        })
    }

    fn rule(&self, rule: String, broken: Expr) -> Rule {
        Rule { column: self.column.clone(), rule, broken: broken.fill_null(lit(false)) }
    }

    fn typed_value(&self, value: &Expr, dtype: &DataType, numbers: NumberFormat) -> Option<Expr> {
        let value = value.clone();
        let expr = match (&self.kind, dtype) {
            // A column without a single value has no type of its own.
            (kind, DataType::Null) => value.cast(kind.dtype()),
            (Kind::Id | Kind::Text, DataType::String) => value,
            (Kind::Id, t) if t.is_integer() => value.cast(DataType::Int64),
            // Data frames of other tools turn integer ids with gaps into floats.
            (Kind::Id, t) if t.is_float() => {
                let whole = value.clone().cast(DataType::Int64);
                let kept = whole.clone().cast(DataType::Float64).eq(value.cast(DataType::Float64));
                when(kept).then(whole).otherwise(lit(NULL))
            }
            (Kind::Text, t) if t.is_primitive_numeric() || t.is_bool() => value.cast(DataType::String),
            (Kind::Number { .. }, DataType::String) => text::parse_number(value, numbers),
            (Kind::Number { .. }, t) if t.is_primitive_numeric() || t.is_decimal() => value.cast(DataType::Float64),
            (Kind::Day(_), DataType::Date) => value,
            (Kind::Day(_), DataType::Datetime(_, zone)) => {
                // The wall clock of the column's own zone decides the day.
                let local = match zone {
                    None => value,
                    Some(_) => value.dt().replace_time_zone(None, lit("earliest"), NonExistent::Null),
                };
                local.cast(DataType::Date)
            }
            (Kind::Day(format), DataType::String) => text::parse_day(value, format.clone()),
            // A workbook keeps its dates as fractions of days.
            (Kind::Day(DateFormat::SerialDay), t) if t.is_float() => {
                text::parse_day(value.cast(DataType::String), DateFormat::SerialDay)
            }
            (Kind::Day(format), t) if t.is_integer() => text::parse_day(value.cast(DataType::String), format.clone()),
            (Kind::Flag, DataType::Boolean) => value,
            (Kind::Flag, DataType::String) => text::parse_flag(value),
            (Kind::Flag, t) if t.is_integer() => text::parse_flag(value.cast(DataType::String)),
            _ => return None,
        };
        Some(expr)
    }
}

impl Kind {
    fn dtype(&self) -> DataType {
        match self {
            Self::Id | Self::Text => DataType::String,
            Self::Number { .. } => DataType::Float64,
            Self::Day(_) => DataType::Date,
            Self::Flag => DataType::Boolean,
        }
    }

    fn accepts(&self) -> &'static str {
        match self {
            Self::Id => "integer or text",
            Self::Text => "text",
            Self::Number { .. } => "a number",
            Self::Day(_) => "a date, a datetime, or text or integers such as 2011-12-09 or 20111209",
            Self::Flag => "yes or no",
        }
    }

    /// The rule broken by a value that is there but cannot be read; `None` if every value of that type can.
    fn readable(&self, dtype: &DataType, numbers: NumberFormat) -> Option<String> {
        match self {
            Self::Id if dtype.is_float() => Some("must be a whole number".to_owned()),
            Self::Id if dtype.is_integer() => Some("must fit a signed 64-bit integer".to_owned()),
            Self::Number { .. } if dtype.is_string() => Some(numbers.describe().to_owned()),
            Self::Day(format) if dtype.is_string() || dtype.is_primitive_numeric() => Some(format.describe()),
            Self::Flag if !dtype.is_bool() => Some("must be yes or no".to_owned()),
            _ => None,
        }
    }
}
