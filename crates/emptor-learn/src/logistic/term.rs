//! What coefficients belong to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a coefficient belongs to.
///
/// ```
/// use emptor_learn::Term;
///
/// let term = Term::Level { feature: "job".into(), level: "student".into(), reference: "manager".into() };
/// assert_eq!(term.to_string(), "job = student (against manager)");
/// assert_eq!(term.feature(), Some("job"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Term {
    /// The log odds where all numbers are 0 and all categories at their reference.
    Intercept,
    /// One unit more of a number.
    Number {
        /// The feature.
        feature: String,
    },
    /// A value that is unknown: against the mean for numbers, against the reference level for categories.
    Unknown {
        /// The feature.
        feature: String,
    },
    /// A level of a category, against the reference level.
    Level {
        /// The feature.
        feature: String,
        /// The level.
        level: String,
        /// The level it is compared with: the most frequent one.
        reference: String,
    },
}

impl Term {
    /// The feature; `None` for the intercept.
    #[must_use]
    pub fn feature(&self) -> Option<&str> {
        match self {
            Self::Intercept => None,
            Self::Number { feature } | Self::Unknown { feature } | Self::Level { feature, .. } => Some(feature),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intercept => f.write_str("intercept"),
            Self::Number { feature } => f.write_str(feature),
            Self::Unknown { feature } => write!(f, "{feature} unknown"),
            Self::Level { feature, level, reference } => write!(f, "{feature} = {level} (against {reference})"),
        }
    }
}

/// How unknown numbers enter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknowns {
    /// The mean of the known values, and a coefficient of its own for being unknown.
    #[default]
    MeanAndIndicator,
    /// The mean of the known values.
    Mean,
}

/// A feature as a fitted model reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Predictor {
    pub(super) feature: String,
    pub(super) reading: Reading,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reading {
    Number {
        /// What an unknown value counts as.
        mean: f64,
    },
    Category {
        /// The levels there were, the reference among them.
        levels: Vec<String>,
        /// Their shares of all rows; with the share of unknown rows they sum to 1.
        shares: Vec<f64>,
    },
}
