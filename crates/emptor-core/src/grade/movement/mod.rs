//! Grades over time: who moved where, what it costs, and whether the standard still fits.
//!
//! | question | answer |
//! |---|---|
//! | who of two periods is who? | [`align`] |
//! | how many moved from which grade to which, how surely, with what profit? | [`MigrationMatrix`] |
//! | how much do customers move, and where does it lead? | [`MovementSummary`], [`Stationary`], [`Outlook`] |
//! | how much profit went down or away, and whose? | [`ValueAtRisk`] |
//! | are today's customers those the grades were made for? | [`ReferenceBins`], [`psi`] |
//! | how to stop grades from flapping? | [`Hysteresis`] |
//! | after a refit, which grade is which? | [`RefitComparison`] |
//!
//! Two periods compare only by one standard: grade both with one fitted grader. After a refit, letters of old and new
//! grades are to be matched first.
//!
//! ```
//! use emptor_core::grade::Grade;
//! use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing, align};
//! use emptor_types::Level;
//!
//! let grades = |letters: &str| letters.chars().map(|letter| Grade::try_from(letter).ok()).collect::<Vec<_>>();
//! let customers = align(&["ann", "bob", "cleo"], &["dan", "bob", "ann"])?;
//! let before = customers.before(&grades("ABB"))?;
//! let after = customers.after(&grades("BAA"))?;
//! let moved = MigrationMatrix::between(&before, &after, MigrationOptions::new(Level::new(0.95)?))?;
//! let b = Standing::from("B".parse::<Grade>()?);
//! assert_eq!(moved.customers(b, Standing::Absent), 1, "cleo is lost");
//! assert_eq!(moved.share(b, Standing::Absent), Some(0.5));
//! assert_eq!(moved.summary().new, 1, "dan is new");
//! # Ok::<(), emptor_core::grade::GradeError>(())
//! ```

mod align;
mod chain;
mod drift;
mod hysteresis;
mod matrix;
mod refit;
mod risk;
mod standing;
mod summary;
#[cfg(test)]
mod tests;

pub use crate::statistics::{Interval, wilson};
pub use align::{Alignment, align};
pub use chain::{Outlook, Stationary};
pub use drift::{BinDrift, DriftBand, DriftReport, ReferenceBins, psi};
pub use hysteresis::{HeldGrades, Hysteresis};
pub use matrix::{MigrationCell, MigrationMatrix, MigrationOptions};
pub use refit::{GradePair, RefitComparison, RefitWarning};
pub use risk::{RiskCustomer, RiskPair, ValueAtRisk};
pub use standing::Standing;
pub use summary::{MovementRate, MovementSummary};
