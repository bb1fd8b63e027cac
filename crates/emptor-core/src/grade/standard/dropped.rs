//! Indicators that cannot be used, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::InformationGroup;

/// Why an indicator cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DropReason {
    /// It is unknown for every customer.
    Unknown,
    /// It does not spread. For robust standard scores: both median absolute deviation and interquartile range are 0, so
    /// that at least half of the customers share one value and the middle half does not spread. For the other scalings:
    /// all customers share one value.
    NoSpread {
        /// The median of the transformed values.
        median: f64,
    },
    /// The weighting gives it no weight, e.g. because profit does not rise with it.
    NoWeight,
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown for every customer"),
            Self::NoSpread { .. } => f.write_str("the middle half of customers share one value"),
            Self::NoWeight => f.write_str("the weighting gives it no weight"),
        }
    }
}

/// An indicator left out of a fitted standard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DroppedIndicator {
    /// Its name.
    pub name: String,
    /// The group it would have informed.
    pub group: InformationGroup,
    /// Why it was left out.
    pub reason: DropReason,
}

impl DroppedIndicator {
    pub(in crate::grade) fn new(indicator: &super::Indicator, reason: DropReason) -> Self {
        Self { name: indicator.name().to_owned(), group: indicator.group(), reason }
    }
}

impl fmt::Display for DroppedIndicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            DropReason::Unknown => write!(f, "{} is unknown for every customer", self.name),
            DropReason::NoSpread { median } => {
                write!(f, "{} has no spread around its median (transformed: {median})", self.name)
            }
            DropReason::NoWeight => write!(f, "{} has no weight", self.name),
        }
    }
}
