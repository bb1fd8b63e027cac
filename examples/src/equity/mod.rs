//! What a customer base is worth, how sure that is, what moves it, and why it changed.

mod args;
mod earned;
mod levers;
mod margins;
mod plan;
mod profits;
mod purchases;
mod purchases_bridge;
mod ranges;
mod report;
mod report_levers;
mod results;
mod source;
mod tables;

pub use args::EquityArgs;
pub use earned::Earned;
pub use levers::LeverTables;
pub use margins::Margins;
pub use profits::{ProfitArgs, ProfitBase};
pub use purchases::PurchaseBase;
pub use report::equity_report;
pub use results::{Bridge, Concentration, Dynamic, EquityResults, PartRow};
pub use source::EquityTables;
pub use tables::equity_tables;
