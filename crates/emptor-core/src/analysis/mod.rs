//! The whole run: tables in, one row per customer out.
//!
//! ```text
//! transactions ─► ledger ─┬─► purchase history ─► BG/NBD, Gamma-Gamma ─► RP_it ─┐
//!                         ├─► RFM, scores, segments                             ├─► lifetime value ─► equity
//!                         └─► grading indicators ─► grades        PRP_it ───────┘
//! ```
//!
//! Every stage is also a public function of its own; [`Analysis`] only wires them.

mod align;
mod columns;
mod error;
mod indicators;
mod margin;
mod potential;
mod results;
mod run;
mod settings;

pub use columns::{COLUMNS, ColumnSpec};
pub use error::AnalysisError;
pub use indicators::indicators;
pub use margin::{Margin, MarginBasis};
pub use potential::Potential;
pub use results::{AnalysisResults, GradeRow, Models, Reconciliation, SegmentRow};
pub use settings::{Analysis, AnalysisBuilder, Tables};
