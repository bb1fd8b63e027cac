//! Everything that is wrong with an input, at once.

use std::fmt;

/// How many offending values a violation keeps as samples.
const SAMPLES: usize = 3;

/// One broken rule: which field, which condition must hold, how many values break it, and a few of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The field, argument or column that breaks the rule.
    pub field: String,
    /// The condition that must hold, e.g. `must be finite and above −1`.
    pub rule: String,
    /// How many values break it.
    pub count: usize,
    /// Up to three offending values; for columns `row 17: -2.5` (rows count from 0).
    pub samples: Vec<String>,
}

/// A non-empty list of violations. Constructors collect all of them before they refuse, so that one round trip
/// mends everything.
///
/// ```
/// use emptor_types::DiscountRate;
///
/// let error = DiscountRate::annual_effective(f64::NAN).unwrap_err();
/// assert_eq!(error.to_string(), "rate must be finite and above -1 (got NaN)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    violations: Vec<Violation>,
}

impl Invalid {
    /// One scalar value that breaks one rule.
    pub fn value(field: impl Into<String>, rule: impl Into<String>, got: impl fmt::Display) -> Self {
        Self {
            violations: vec![Violation {
                field: field.into(),
                rule: rule.into(),
                count: 1,
                samples: vec![got.to_string()],
            }],
        }
    }

    /// Starts an empty collection, to be filled by `require` and `require_each` and closed by [`Checks::finish`].
    #[must_use]
    pub fn checks() -> Checks {
        Checks { violations: Vec::new() }
    }

    /// The violations, in the order in which the rules were checked.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

/// A collection of checks under way.
#[derive(Debug, Clone)]
pub struct Checks {
    violations: Vec<Violation>,
}

impl Checks {
    /// Requires a condition of one value.
    pub fn require(&mut self, holds: bool, field: &str, rule: &str, got: impl fmt::Display) {
        if !holds {
            self.violations.extend(Invalid::value(field, rule, got).violations);
        }
    }

    /// Requires a condition of every element of a column.
    pub fn require_each<T: Copy + fmt::Debug>(
        &mut self,
        field: &str,
        rule: &str,
        column: &[T],
        holds: impl Fn(usize, T) -> bool,
    ) {
        let mut count = 0;
        let mut samples = Vec::new();
        for (row, &value) in column.iter().enumerate() {
            if !holds(row, value) {
                count += 1;
                if samples.len() < SAMPLES {
                    samples.push(format!("row {row}: {value:?}"));
                }
            }
        }
        if count > 0 {
            self.violations.push(Violation { field: field.to_owned(), rule: rule.to_owned(), count, samples });
        }
    }

    /// Takes over the violations of another check.
    pub fn absorb<T>(&mut self, result: Result<T, Invalid>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.violations.extend(invalid.violations);
                None
            }
        }
    }

    /// Ends the checks.
    ///
    /// # Errors
    /// All violations found, if any.
    pub fn finish(self) -> Result<(), Invalid> {
        if self.violations.is_empty() { Ok(()) } else { Err(Invalid { violations: self.violations }) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.rule)?;
        let samples = self.samples.join(", ");
        if self.count > 1 {
            write!(f, " ({} rows, e.g. {samples})", self.count)
        } else if samples.is_empty() {
            Ok(())
        } else {
            write!(f, " (got {samples})")
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.violations.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}
