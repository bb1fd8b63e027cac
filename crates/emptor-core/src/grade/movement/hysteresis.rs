//! Grades that do not flap.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use crate::grade::{Grade, GradeError};

/// Holds a grade until a change is clear or said twice.
///
/// ```text
/// the customer had no grade, or gets none           the proposal, there is nothing to hold
/// the proposal is the grade                         the grade
/// margin > ε, or last period proposed the same      the proposal
/// otherwise                                         the grade, held back
/// ```
/// A proposal is what the grader says, the grade what was decided. Margins are those of
/// [`Grades::margin`](crate::grade::Grades::margin): 0 on the border of two grades, 1 at the own centroid; an unknown
/// margin counts as 0.
///
/// ```
/// use emptor_core::grade::movement::Hysteresis;
/// use emptor_core::grade::Grade;
///
/// let hold = Hysteresis::new(0.1)?;
/// let (a, b): (Option<Grade>, Option<Grade>) = ("A".parse().ok(), "B".parse().ok());
/// assert_eq!(hold.decide(a, a, b, Some(0.05)), a, "near the border, for the first time");
/// assert_eq!(hold.decide(a, b, b, Some(0.05)), b, "near the border, for the second time");
/// assert_eq!(hold.decide(a, a, b, Some(0.30)), b, "far from the border");
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Hysteresis {
    least_margin: f64,
}

/// Grades after [`Hysteresis`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldGrades {
    /// The grade decided for each customer.
    pub grade: Vec<Option<Grade>>,
    /// Customers whose grade changed from one grade to another.
    pub changed: usize,
    /// Customers whose grade was kept although another one was proposed.
    pub held_back: usize,
}

impl Hysteresis {
    /// Sets the margin ε beyond which a change counts at once: 0 lets every change pass that has a margin, 1 holds each
    /// until it is said twice.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless it lies between 0 and 1.
    pub fn new(least_margin: f64) -> Result<Self, GradeError> {
        Ok(Self::try_from(least_margin)?)
    }

    /// The margin ε.
    #[must_use]
    pub fn least_margin(self) -> f64 {
        self.least_margin
    }

    /// The grade of one customer, from the grade and the proposal of the previous period, the new proposal and its margin.
    #[must_use]
    pub fn decide(
        self,
        previous: Option<Grade>,
        previous_proposal: Option<Grade>,
        proposal: Option<Grade>,
        margin: Option<f64>,
    ) -> Option<Grade> {
        let clear = margin.is_some_and(|margin| margin > self.least_margin);
        let (Some(_), Some(_)) = (previous, proposal) else { return proposal };
        if clear || previous_proposal == proposal { proposal } else { previous }
    }

    /// The grades of all customers, and how many changes were held back.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless all columns have one element per customer and margins lie between 0 and 1.
    pub fn apply(
        self,
        previous: &[Option<Grade>],
        previous_proposals: &[Option<Grade>],
        proposals: &[Option<Grade>],
        margins: &[Option<f64>],
    ) -> Result<HeldGrades, GradeError> {
        let mut checks = Invalid::checks();
        for (name, length) in [
            ("previous proposals", previous_proposals.len()),
            ("proposals", proposals.len()),
            ("margins", margins.len()),
        ] {
            checks.require(length == previous.len(), name, "must be one per previous grade", length);
        }
        let within = |margin: Option<f64>| margin.is_none_or(|margin| (0.0..=1.0).contains(&margin));
        checks.require_each("margins", "must lie between 0 and 1", margins, |_, margin| within(margin));
        checks.finish()?;
        let mut held = HeldGrades { grade: Vec::with_capacity(previous.len()), changed: 0, held_back: 0 };
        for (row, (&grade, &proposal)) in previous.iter().zip(proposals).enumerate() {
            let decided = self.decide(grade, previous_proposals[row], proposal, margins[row]);
            let graded = grade.is_some() && proposal.is_some();
            held.changed += usize::from(graded && decided != grade);
            held.held_back += usize::from(decided != proposal);
            held.grade.push(decided);
        }
        Ok(held)
    }
}

impl TryFrom<f64> for Hysteresis {
    type Error = Invalid;

    fn try_from(least_margin: f64) -> Result<Self, Invalid> {
        if (0.0..=1.0).contains(&least_margin) {
            Ok(Self { least_margin })
        } else {
            Err(Invalid::value("least margin", "must lie between 0 and 1", least_margin))
        }
    }
}

impl From<Hysteresis> for f64 {
    fn from(hysteresis: Hysteresis) -> Self {
        hysteresis.least_margin
    }
}
