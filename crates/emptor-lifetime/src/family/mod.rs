//! The whole family: any purchase model as a value, and the best of several.

mod kind;
mod select;

pub use kind::{FittedPurchaseModel, PurchaseModelKind};
pub use select::{Candidate, CandidateSummary, Selection, select};

use serde::{Deserialize, Serialize};

/// What all models of a selection are estimated with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FamilySettings {
    /// The L2 penalty, see [`SpecBuilder::penalty`](crate::SpecBuilder::penalty). 0 by default.
    pub penalty: f64,
    /// Whether a fit at a boundary is a result, see
    /// [`SpecBuilder::accept_boundary`](crate::SpecBuilder::accept_boundary). False by default.
    pub accept_boundary: bool,
    /// The highest order of Erlang times that models of regular buyers choose from. 6 by default.
    pub highest_order: u32,
}

impl Default for FamilySettings {
    fn default() -> Self {
        Self { penalty: 0.0, accept_boundary: false, highest_order: 6 }
    }
}
