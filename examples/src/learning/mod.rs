//! What can be learnt about customers: who makes money by which rules, and who answers.

mod campaign;
mod campaign_report;
mod drivers;
mod drivers_report;

pub use campaign::{Campaign, CampaignArgs};
pub use campaign_report::campaign_report;
pub use drivers::{DriverArgs, ProfitBasis, profit_target};
pub use drivers_report::drivers_report;
