//! The bundled sample: a home and gift retailer, 2022 to 2024.
//!
//! It is the output of [`simulation`], stored as CSV in the folder `sample` of this package and embedded here. Amounts
//! are in euro; the company and everyone in it are made up.
//!
//! ```
//! use emptor_datasets::sample;
//!
//! let lines = sample::transactions_csv().lines().count() - 1;
//! assert!(lines > 20_000);
//! assert_eq!(sample::simulation()?.as_of().to_string(), sample::AS_OF);
//! # Ok::<(), emptor_datasets::DatasetError>(())
//! ```

use emptor_table::{
    Activities, Calendar, CostPools, Customers, Identities, Opportunities, Payments, Products, Referrals, Surveys,
    TableError, Tickets, Transactions, Wallets,
};

use crate::retail::unknown_table;
use crate::{DatasetError, RetailSimulation, frames};

/// The first day of the sample.
pub const START: &str = "2022-01-01";
/// The last day of the sample: nothing that happened is dated later.
pub const AS_OF: &str = "2024-12-31";
/// The seed of the sample.
pub const SEED: u64 = 7;
/// How many customers buy at least once.
pub const CUSTOMERS: usize = 2_400;

/// The settings that make the sample.
///
/// # Errors
/// None in practice: the settings are constants that a test builds.
pub fn simulation() -> Result<RetailSimulation, DatasetError> {
    RetailSimulation::builder().customers(CUSTOMERS).start(START).years(3).seed(SEED).build()
}

pub use crate::company::company;

/// The order lines as a checked table, by [`transaction_columns`](crate::transaction_columns).
///
/// ```
/// use emptor_datasets::sample;
///
/// let transactions = sample::transactions()?;
/// assert!(transactions.quality().fact("returns").is_some_and(|fact| fact.rows > 0));
/// # Ok::<(), emptor_table::TableError>(())
/// ```
///
/// # Errors
/// None in practice: a test opens it.
pub fn transactions() -> Result<Transactions, TableError> {
    frames::open_transactions("the bundled sample", transactions_csv())
}

/// Buyers and prospects as a checked table, by [`customer_columns`](crate::customer_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn customers() -> Result<Customers, TableError> {
    frames::open_customers("the bundled sample", customers_csv())
}

/// Articles and services as a checked table, by [`product_columns`](crate::product_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn products() -> Result<Products, TableError> {
    frames::open_products("the bundled sample", products_csv())
}

/// Wallet surveys as a checked table, by [`wallet_columns`](crate::wallet_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn wallets() -> Result<Wallets, TableError> {
    frames::open_wallets("the bundled sample", wallet_csv())
}

/// Deals as a checked table, by [`opportunity_columns`](crate::opportunity_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn opportunities() -> Result<Opportunities, TableError> {
    frames::open_opportunities("the bundled sample", opportunities_csv())
}

/// Tickets as a log of activities, by [`ticket_columns`](crate::ticket_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn tickets() -> Result<Activities, TableError> {
    frames::open_tickets("the bundled sample", tickets_csv())
}

/// Tickets as what customers asked and how it went, by [`service_ticket_columns`](crate::service_ticket_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn service_tickets() -> Result<Tickets, TableError> {
    frames::open_service_tickets("the bundled sample", tickets_csv())
}

/// Invoices as a checked table, by [`payment_columns`](crate::payment_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn payments() -> Result<Payments, TableError> {
    frames::open_payments("the bundled sample", payments_csv())
}

/// Answers to surveys as a checked table, by [`survey_columns`](crate::survey_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn surveys() -> Result<Surveys, TableError> {
    frames::open_surveys("the bundled sample", surveys_csv())
}

/// Who brought whom as a checked table, by [`referral_columns`](crate::referral_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn referrals() -> Result<Referrals, TableError> {
    frames::open_referrals("the bundled sample", referrals_csv())
}

/// What the quarters cost by the ledger as a checked table, by [`cost_pool_columns`](crate::cost_pool_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn cost_pools() -> Result<CostPools, TableError> {
    frames::open_cost_pools("the bundled sample", cost_pools_csv())
}

/// Which customer is behind which id of which system as a checked table, by
/// [`identity_columns`](crate::identity_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn identities() -> Result<Identities, TableError> {
    frames::open_identities("the bundled sample", identities_csv())
}

/// Workdays, holidays and fiscal periods as a checked table, by [`calendar_columns`](crate::calendar_columns).
///
/// # Errors
/// None in practice: a test opens it.
pub fn calendar() -> Result<Calendar, TableError> {
    frames::open_calendar("the bundled sample", calendar_csv())
}

/// Contacts of campaigns as a log of activities, by [`contact_columns`](crate::contact_columns): those that were sent,
/// for customers kept out as controls were never contacted.
///
/// # Errors
/// None in practice: a test opens it.
pub fn contacts() -> Result<Activities, TableError> {
    frames::open_contacts("the bundled sample", contacts_csv())
}

macro_rules! embedded {
    ($($name:literal, $function:ident, $about:literal;)*) => {
        $(
            #[doc = $about]
            #[must_use]
            pub fn $function() -> &'static str {
                include_str!(concat!("../sample/", $name, ".csv"))
            }
        )*

        /// Every table with its name.
        #[must_use]
        pub fn tables() -> Vec<(&'static str, &'static str)> {
            vec![$(($name, $function())),*]
        }
    };
}

embedded! {
    "customers", customers_csv, "Buyers and prospects: the table `customers`, one row per [`Customer`](crate::Customer).";
    "products", products_csv, "Articles and services: the table `products`, one row per [`Product`](crate::Product).";
    "channels", channels_csv, "Sales channels: the table `channels`, one row per [`Channel`](crate::Channel).";
    "stores", stores_csv, "Shops: the table `stores`, one row per [`Store`](crate::Store).";
    "order_lines", transactions_csv,
        "Sales, returns and samples: the table `order_lines`, one row per [`OrderLine`](crate::OrderLine).";
    "tickets", tickets_csv, "Service tickets: the table `tickets`, one row per [`Ticket`](crate::Ticket).";
    "campaigns", campaigns_csv, "Campaigns: the table `campaigns`, one row per [`Campaign`](crate::Campaign).";
    "contacts", contacts_csv, "Audiences of campaigns: the table `contacts`, one row per [`Contact`](crate::Contact).";
    "responses", responses_csv, "Responses: the table `responses`, one row per [`Response`](crate::Response).";
    "opportunities", opportunities_csv,
        "Deals with organisations: the table `opportunities`, one row per [`Opportunity`](crate::Opportunity).";
    "stage_history", stage_history_csv,
        "How deals moved: the table `stage_history`, one row per [`StageChange`](crate::StageChange).";
    "wallet", wallet_csv, "Wallet surveys: the table `wallet`, one row per [`WalletSurvey`](crate::WalletSurvey).";
    "payments", payments_csv, "Invoices: the table `payments`, one row per [`Invoice`](crate::Invoice).";
    "surveys", surveys_csv, "Answers to surveys: the table `surveys`, one row per [`SurveyAnswer`](crate::SurveyAnswer).";
    "referrals", referrals_csv, "Who brought whom: the table `referrals`, one row per [`Referral`](crate::Referral).";
    "interactions", interactions_csv,
        "Contacts with customers: the table `interactions`, one row per [`Interaction`](crate::Interaction).";
    "reps", reps_csv, "Sellers and agents: the table `reps`, one row per [`Rep`](crate::Rep).";
    "targets", targets_csv, "Sales targets: the table `targets`, one row per [`Target`](crate::Target).";
    "contracts", contracts_csv, "Care plans: the table `contracts`, one row per [`Contract`](crate::Contract).";
    "deliveries", deliveries_csv,
        "Lines on their way: the table `deliveries`, one row per [`Delivery`](crate::Delivery).";
    "stock", stock_csv, "What lay in the warehouse: the table `stock`, one row per [`Stock`](crate::Stock).";
    "identities", identities_csv,
        "Which customer is behind which id: the table `identities`, one row per [`Identity`](crate::Identity).";
    "spending", spending_csv,
        "What winning and keeping customers cost: the table `spending`, one row per [`Spend`](crate::Spend).";
    "cost_pools", cost_pools_csv, "Cost by the ledger: the table `cost_pools`, one row per [`CostPool`](crate::CostPool).";
    "calendar", calendar_csv, "Workdays: the table `calendar`, one row per [`CalendarDay`](crate::CalendarDay).";
    "truth", truth_csv, "The hidden state of the buyers: the table `truth`, one row per [`Truth`](crate::Truth).";
}

/// One table by its name.
///
/// ```
/// use emptor_datasets::sample;
///
/// assert!(sample::table("customers")?.starts_with("customer_id,type,"));
/// assert!(sample::table("custmers").unwrap_err().to_string().contains("customers"));
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
///
/// # Errors
/// If there is no table of this name; the error lists those there are.
pub fn table(name: &str) -> Result<&'static str, DatasetError> {
    tables().into_iter().find(|(table, _)| *table == name).map(|(_, text)| text).ok_or_else(|| unknown_table(name))
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::path::Path;

    use super::*;

    /// Set to 1, the test below writes the sample instead of comparing it.
    const WRITE: &str = "EMPTOR_WRITE_SAMPLE";
    /// The most bytes that the sample may take in the repository.
    const LARGEST: usize = 5_000_000;

    #[test]
    fn the_stored_sample_is_what_the_simulation_gives() -> Result<(), Box<dyn Error>> {
        let company = simulation()?.run();
        let made = company.tables();
        if std::env::var(WRITE).is_ok_and(|value| value == "1") {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
            std::fs::create_dir_all(&folder)?;
            for (name, text) in made {
                std::fs::write(folder.join(name).with_extension("csv"), text)?;
            }
            return Ok(());
        }
        let stored = tables();
        assert_eq!(stored.len(), made.len());
        for ((name, stored), (made_name, made)) in stored.into_iter().zip(made) {
            assert_eq!(name, made_name);
            let differs = stored.lines().zip(made.lines()).find(|(stored, made)| stored != made);
            assert!(stored == made, "{name}: set {WRITE}=1 to write the sample anew; first difference {differs:?}");
        }
        Ok(())
    }

    #[test]
    fn the_sample_is_small_enough_for_the_repository() {
        if std::env::var(WRITE).is_ok() {
            return;
        }
        let size: usize = tables().iter().map(|(_, text)| text.len()).sum();
        assert!(size <= LARGEST, "{size} bytes");
    }
}
