//! The whole run: tables in, one row per customer out.
//!
//! ```text
//! transactions ─► ledger ─┬─► purchase history ─► purchases, spend ────► RP_it ─┐
//!                         ├─► RFM, scores, segments                             ├─► lifetime value ─► equity
//!                         └─► grading indicators ─► grades        PRP_it ───────┘
//! ```
//!
//! Every stage is also a public function of its own; [`Analysis`] only wires them.

mod align;
mod answers;
mod choice;
mod columns;
mod error;
mod grade_value;
mod holdout;
mod indicators;
mod input;
mod levers;
mod margin;
mod outlook;
mod parts;
mod pipeline;
mod potential;
mod profit_tables;
mod ranges;
mod results;
mod run;
mod scorer;
mod settings;
mod seven_p;
mod wallet;

pub use crate::columns::ColumnSpec;
pub use answers::{AT_RISK_COLUMNS, Answer, answers};
pub use choice::PurchaseModelChoice;
pub use columns::COLUMNS;
pub use error::AnalysisError;
pub use grade_value::grade_values;
pub use holdout::{HoldoutCheck, track_purchases};
pub use indicators::indicators;
pub use input::AnalysisInput;
pub use levers::Swing;
pub use margin::{Margin, MarginBasis};
pub use outlook::{Outlook, OutlookSettings};
pub use pipeline::PipelineValue;
pub use potential::Potential;
pub use results::{AnalysisResults, GradeRow, Models, Reconciliation, SegmentRow};
pub use scorer::{ScoredCustomers, Scorer, ScorerColumn, ScorerData, ScorerError, ScorerTraining, SqlPart, Unscored};
pub use settings::{Analysis, AnalysisBuilder};
pub use seven_p::{SevenPAnalysis, SevenPResults, ladders};
pub use wallet::WalletValue;
