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
//! **Service.** A ticket has one contact or, where the first did not solve it, some more; the contacts share its minutes
//! and its cost, so that `tickets` and the interactions of the type `service` tell of the same work: add up one of them.
//! Agents differ: what the first contact solves is more often the work of the better ones, drawn *given* that it was
//! solved. Where it was not, a `theme` is always written down. Defects and returns name the batch, as
//! order lines do; what is defective comes more often from one of the bad ones.
//!
//! **Delivery.** The warehouse's log covers the last 366 days of the window, all channels but the shops, goods but no
//! services. It is drawn *given* the tickets: who complained about a late delivery got it late, who complained that
//! something was missing got a part of it first. Other orders are late as well, more often in December, and incomplete
//! where the shelf was empty: stock is counted on Mondays.
//!
//! **Selling.** Every organisation has a seller, who sees it a few times a year and brings a share of its orders (`rep_id`
//! of the order lines); both shares differ between sellers. One book of accounts changed hands. Targets were what a year
//! brought, more or less a little and spread by the season. Some customers have a care plan, renewed every year the more
//! likely, the better the mood; it is paid apart from the orders. Winning customers costs per channel what the customers
//! who came cost, the prospects, a base and overhead; keeping them costs a share of the revenue.
//!
//! **Ids.** Every system a customer bought through gave an id of its own (`identities`); the order lines are those after
//! the crosswalk was applied. Cost pools say what the quarters cost by the ledger, and tie to the other tables but for
//! goods that vanished and hours that nobody asked for.
//!
//! # Same answer every time
//!
//! The generator is Xoshiro256++, seeded by `seed_from_u64`. Every table, and within a table every customer or order, has
//! a stream of its own, derived from seed, table and row: more customers or one more table leave other numbers as they
//! are (line and order numbers run with time, so they shift, and referrers and heirs of accounts are drawn among all customers). Logarithms, exponentials and powers come from `libm`, not
//! from the platform, so that the same settings give the same bits on every platform with IEEE 754 doubles (all but x86
//! without SSE2). A test compares the stored sample with what the simulation gives.

mod cents;
mod company;
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
    calendar_columns, contact_columns, cost_pool_columns, customer_columns, identity_columns, opportunity_columns,
    payment_columns, product_columns, referral_columns, service_ticket_columns, survey_columns, ticket_columns,
    transaction_columns, wallet_columns,
};
pub use log::PurchaseLog;
pub use parameters::{BuyerParameters, PurchaseParameters, SpendParameters};
pub use retail::{
    Arm, CalendarDay, Campaign, Channel, Contact, Contract, CostPool, Customer, CustomerType, Delivery, Identity,
    Interaction, Invoice, LineType, Opportunity, OrderLine, OrderStatus, Product, Referral, Rep, Response,
    RetailCompany, RetailSimulation, RetailSimulationBuilder, Spend, StageChange, Stock, Store, SurveyAnswer, Target,
    Ticket, Truth, WalletSurvey,
};
pub use summaries::PurchaseSummaries;
