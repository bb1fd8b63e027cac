//! A standard as a TOML file.

use super::AssessmentStandard;
use super::spec::Draft;
use crate::grade::GradeError;

/// One mistake in a standard's TOML text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardMistake {
    /// The key, e.g. `indicators.spend.group`.
    pub key: String,
    /// The line, from 1, if the key is in the text.
    pub line: Option<usize>,
    /// What must hold and what was found.
    pub message: String,
}

impl std::fmt::Display for StandardMistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} {}", self.key, self.message)
    }
}

impl AssessmentStandard {
    /// Reads a standard.
    ///
    /// # Errors
    /// [`GradeError::Standard`] with every mistake.
    pub fn from_toml(text: &str) -> Result<Self, GradeError> {
        let wrong = |message: String| GradeError::Standard {
            mistakes: vec![StandardMistake { key: String::new(), line: None, message }],
        };
        let draft: Draft = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        Ok(Self::try_from(draft)?)
    }

    /// Writes the standard; [`from_toml`](Self::from_toml) reads it back equal.
    ///
    /// # Errors
    /// [`GradeError::Standard`] if it cannot be written; no checked standard is known to be such.
    pub fn to_toml(&self) -> Result<String, GradeError> {
        toml::to_string(&self.draft).map_err(|e| GradeError::Standard {
            mistakes: vec![StandardMistake { key: String::new(), line: None, message: e.to_string() }],
        })
    }
}
