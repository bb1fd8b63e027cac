//! How sure a guess is.

use std::fmt;

/// How sure a guess is, in words: what it rests on is no probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Something else is as likely: say which it is.
    Low,
    /// Nothing speaks against it, and not much for it.
    Medium,
    /// The data say so.
    High,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "unsure",
            Self::Medium => "likely",
            Self::High => "sure",
        })
    }
}
