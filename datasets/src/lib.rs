//! Sample data of the emptor engine.
//!
//! Three things, all made up and all reproducible, and [`published`] tables of papers:
//!
//! - [`sample`]: a small retail company as CSV tables, embedded in the library;
//! - [`RetailSimulation`]: the seeded simulator behind it, for any size and window, with the truth about every customer;
//! - [`PurchaseLog`] and [`PurchaseSummaries`]: large logs for benchmarks, and purchase summaries for recovery tests.
//!
//! ```
//! use emptor_datasets::{RetailSimulation, sample};
//!
//! // The bundled sample …
//! let customers = sample::customers_csv();
//! assert!(customers.starts_with("customer_id,type,created_at,"));
//!
//! // … or a company of one's own.
//! let company = RetailSimulation::builder().customers(200).start("2022-01-01").days(540).seed(42).build()?.run();
//! let (name, text) = &company.tables()[4];
//! assert_eq!((*name, text.lines().count() - 1), ("order_lines", company.order_lines.len()));
//! # Ok::<(), emptor_datasets::DatasetError>(())
//! ```
//!
//! # The story
//!
//! **Buying.** Every customer makes a first purchase inside the window. From then on the BG/NBD story holds (Fader,
//! Hardie & Lee 2005): while alive, purchases come at the customer's own rate λ ~ Gamma(r, alpha); after every repeat
//! purchase the customer drops out for good with the customer's own probability p ~ Beta(a, b). See
//! [`PurchaseParameters`]; the true λ and p of every customer are in [`RetailCompany::truth`].
//!
//! **Spending.** Order values follow the Gamma-Gamma story (Fader & Hardie 2013), see [`SpendParameters`]; organisations
//! spend 2.2 times as much, so the pure story holds within persons. A basket is then filled with articles towards that
//! value. Articles have prices, so an order only comes near it; the average over orders stays within a few percent.
//!
//! **Season.** The purchase process runs on the clock of the shop, which is faster before Christmas and on Saturdays and
//! slower in February and on Sundays. Over every calendar year it agrees with the calendar exactly. So the season moves
//! dates, not yearly counts, and purchase models fitted on calendar time recover the parameters well;
//! [`RetailSimulationBuilder::seasonality`] turns it off.
//!
//! **One purchase a day.** A second purchase on the same day moves to the next day: counting days and counting orders
//! agree for sales of the process.
//!
//! **A panel.** The tables are those of some of a chain's customers, not all: revenue per shop is small.
//!
//! **Campaigns** cause a few orders on top of the process, about one in sixty; `campaign_orders` in the truth table
//! counts them, and [`RetailSimulationBuilder::campaign_lift`] at 0 turns them off. A quarter of every audience is a
//! control group.
//!
//! **Beside the process** there are returns (days later, at most what was sold), orders that were cancelled and placed
//! again on the same day, free samples (net amount zero), walk-in sales without a customer, and prospects without a
//! purchase. Acquisition channel and segment go along with rate and spend, drawn *given* them, so that the distributions
//! of rate and spend stay as stated.
//!
//! **Mood.** How a customer feels about the company is hidden, and no table states it. It falls with tickets that the
//! first contact did not solve and with the probability of dropping out, and again when the customer drops out; the rest
//! is chance. Organisations and a third of the persons buy on account: the worse the mood, the more often they pay late.
//! Who feels well answers surveys higher (recommendation from 0 to 10 twice a year, satisfaction from 1 to 5 after some
//! orders) and is more often the one who recommended the company to a customer of the channel `referral`.
//!
//! # Same answer every time
//!
//! The generator is Xoshiro256++, seeded by `seed_from_u64`. Every table, and within a table every customer or order, has
//! a stream of its own, derived from seed, table and row: more customers or one more table leave other numbers as they
//! are (line and order numbers run with time, so they shift, and referrers are drawn among all customers). Logarithms, exponentials and powers come from `libm`, not
//! from the platform, so that the same settings give the same bits on every platform with IEEE 754 doubles (all but x86
//! without SSE2). A test compares the stored sample with what the simulation gives.

mod cents;
mod csv;
mod days;
mod error;
mod frames;
mod log;
mod parameters;
pub mod published;
mod random;
mod retail;
pub mod sample;
mod summaries;

pub use cents::Cents;
pub use error::DatasetError;
pub use frames::{
    contact_columns, customer_columns, opportunity_columns, payment_columns, product_columns, referral_columns,
    service_ticket_columns, survey_columns, ticket_columns, transaction_columns, wallet_columns,
};
pub use log::PurchaseLog;
pub use parameters::{BuyerParameters, PurchaseParameters, SpendParameters};
pub use retail::{
    Arm, Campaign, Channel, Contact, Customer, CustomerType, Invoice, LineType, Opportunity, OrderLine, OrderStatus,
    Product, Referral, Response, RetailCompany, RetailSimulation, RetailSimulationBuilder, StageChange, Store,
    SurveyAnswer, Ticket, Truth, WalletSurvey,
};
pub use summaries::PurchaseSummaries;
