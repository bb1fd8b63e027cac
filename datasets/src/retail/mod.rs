//! One simulated retail company.
//!
//! The order of the work: the clock (season), buyers (when they buy), customers (who they are), campaigns (who is
//! treated, and which orders that causes), baskets and orders, returns, the ledger (numbers), and the tables that look
//! at the ledger.

mod basket;
mod calendar;
mod campaigns;
mod catalogue;
mod company;
mod customers;
mod ledger;
mod mood;
mod opportunities;
mod orders;
mod payments;
mod places;
mod products;
mod referrals;
mod settings;
mod surveys;
#[cfg(test)]
mod tests;
mod tickets;
mod truth;
mod wallet;

pub use campaigns::{Arm, Campaign, Contact, Response};
pub use company::RetailCompany;
pub(crate) use company::unknown_table;
pub use customers::{Customer, CustomerType};
pub use ledger::{LineType, OrderLine, OrderStatus};
pub use opportunities::{Opportunity, StageChange};
pub use payments::Invoice;
pub use places::{Channel, Store};
pub use products::Product;
pub use referrals::Referral;
pub use settings::{RetailSimulation, RetailSimulationBuilder};
pub use surveys::SurveyAnswer;
pub use tickets::Ticket;
pub use truth::Truth;
pub use wallet::WalletSurvey;
