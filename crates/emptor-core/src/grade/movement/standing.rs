//! Where a customer stands in one period.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::grade::Grade;

/// Where a customer stands in one period: nobody is silently dropped.
///
/// ```
/// use emptor_core::grade::Grade;
/// use emptor_core::grade::movement::Standing;
///
/// let b: Grade = "B".parse()?;
/// assert_eq!(Standing::from(Some(b)), Standing::Graded(b));
/// assert_eq!(Standing::from(None), Standing::Ungraded);
/// assert_eq!(Standing::Absent.to_string(), "absent");
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In a grade.
    Graded(Grade),
    /// A customer of whom too little is known for a grade.
    Ungraded,
    /// No customer: before, not yet (`new`); after, no more (`lost`).
    Absent,
}

impl Standing {
    /// The grade, if there is one.
    #[must_use]
    pub fn grade(self) -> Option<Grade> {
        match self {
            Self::Graded(grade) => Some(grade),
            Self::Ungraded | Self::Absent => None,
        }
    }

    /// Place in a table of so many grades: the grades, ungraded, absent. `None` for a grade beyond them.
    pub(super) fn place(self, grades: usize) -> Option<usize> {
        match self {
            Self::Graded(grade) => Some(grade.index()).filter(|&place| place < grades),
            Self::Ungraded => Some(grades),
            Self::Absent => Some(grades + 1),
        }
    }

    /// The standings of a table of so many grades, in order of place.
    pub(super) fn all(grades: usize) -> impl Iterator<Item = Self> {
        (0..grades).filter_map(Grade::from_index).map(Self::Graded).chain([Self::Ungraded, Self::Absent])
    }
}

impl From<Grade> for Standing {
    fn from(grade: Grade) -> Self {
        Self::Graded(grade)
    }
}

impl From<Option<Grade>> for Standing {
    /// A customer there is, with or without a grade.
    fn from(grade: Option<Grade>) -> Self {
        grade.map_or(Self::Ungraded, Self::Graded)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Graded(grade) => grade.fmt(f),
            Self::Ungraded => f.write_str("ungraded"),
            Self::Absent => f.write_str("absent"),
        }
    }
}
