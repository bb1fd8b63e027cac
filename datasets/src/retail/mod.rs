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
mod contracts;
mod cost_pools;
mod customers;
mod identities;
mod interactions;
mod ledger;
mod mood;
mod opportunities;
mod orders;
mod payments;
mod places;
mod products;
mod referrals;
mod reps;
mod settings;
mod spend;
mod surveys;
mod targets;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_operations;
mod themes;
mod tickets;
mod truth;
mod wallet;
mod warehouse;
mod workdays;

pub use campaigns::{Arm, Campaign, Contact, Response};
pub use company::RetailCompany;
pub(crate) use company::unknown_table;
pub use contracts::Contract;
pub use cost_pools::CostPool;
pub use customers::{Customer, CustomerType};
pub use identities::Identity;
pub use interactions::Interaction;
pub use ledger::{LineType, OrderLine, OrderStatus};
pub use opportunities::{Opportunity, StageChange};
pub use payments::Invoice;
pub use places::{Channel, Store};
pub use products::Product;
pub use referrals::Referral;
pub use reps::Rep;
pub use settings::{RetailSimulation, RetailSimulationBuilder};
pub use spend::Spend;
pub use surveys::SurveyAnswer;
pub use targets::Target;
pub use tickets::Ticket;
pub use truth::Truth;
pub use wallet::WalletSurvey;
pub use warehouse::{Delivery, Stock};
pub use workdays::CalendarDay;
