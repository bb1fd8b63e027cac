//! The input contract of the emptor engine: typed, checked, lazy tables.
//!
//! A table is a proof: its columns are there, their types are right, keys are not null, amounts are finite, dates lie
//! inside the window. There is one door per table, e.g. [`Transactions::scan`]; it maps the caller's column names,
//! checks every rule in one streaming pass and reports everything that is wrong at once. Rows that break a rule make
//! the door refuse the table, or are set aside with their reasons ([`Policy::Quarantine`]); they never vanish.
//! Emptor only reads: there is no way to write to a source.
//!
//! ```
//! use emptor_table::polars::df;
//! use emptor_table::{TransactionColumns, Transactions};
//!
//! let frame = df!(
//!     "who" => [1_i64, 1, 2],
//!     "when" => ["2024-01-10", "2024-03-05", "2024-02-01"],
//!     "paid" => [100.0, -20.0, 50.0],
//! )?;
//! let columns = TransactionColumns::new("who", "when").amount("paid");
//! let transactions = Transactions::from_frame(frame, &columns)?;
//! assert_eq!(transactions.quality().fact("returns").map(|fact| fact.rows), Some(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate's polars is re-exported as [`polars`], so that callers need not match versions.

pub use ::polars;

mod accessors;
mod across;
mod activities;
mod calendar;
mod campaigns;
#[cfg(feature = "io")]
mod check;
mod confidence;
mod contacts;
mod contracts;
mod cost_pools;
mod customers;
mod deliveries;
mod door;
mod error;
mod field;
#[cfg(feature = "io")]
mod files;
#[cfg(feature = "io")]
mod guess;
mod identities;
mod identity_report;
#[cfg(feature = "io")]
mod input;
mod interactions;
mod known;
mod line;
mod linking;
mod mapping;
pub mod money;
mod names;
mod number_format;
mod opportunities;
mod options;
#[cfg(feature = "io")]
mod output;
mod pass;
mod payments;
mod products;
mod quality;
mod referrals;
mod reps;
mod responses;
mod roles;
mod source;
mod spending;
mod spread;
mod stage_history;
mod stock;
mod surveys;
mod suspicions;
mod tables;
mod targets;
mod text;
mod tickets;
mod transaction_columns;
mod transactions;
mod wallets;

pub use activities::{Activities, ActivityColumns};
pub use calendar::{Calendar, CalendarColumns};
pub use campaigns::{CampaignColumns, Campaigns};
#[cfg(feature = "io")]
pub use check::Check;
pub use confidence::Confidence;
pub use contacts::{ContactColumns, Contacts};
pub use contracts::{ContractColumns, Contracts};
pub use cost_pools::{CostPoolColumns, CostPools};
pub use customers::{CustomerColumns, Customers};
pub use deliveries::{Deliveries, DeliveryColumns};
pub use error::{MissingColumn, TableError, WrongType};
#[cfg(feature = "io")]
pub use guess::{
    Candidate, ColumnProfile, DateGuess, FileKind, Finding, Guess, Hints, Numbers, Role, RoleGuess, Severity,
};
pub use identities::{Identities, IdentityColumns};
pub use identity_report::{IdentityReport, IdentitySystem, LabelledPair};
#[cfg(feature = "io")]
pub use input::{FileFormat, Input, Opened, TextEncoding};
pub use interactions::{InteractionColumns, Interactions};
pub use line::{Cancellation, LineKind};
pub use linking::{Linking, Unlinked};
pub use names::named_by;
pub use number_format::NumberFormat;
pub use opportunities::{Opportunities, OpportunityColumns};
pub use options::{Policy, ReadOptions};
#[cfg(feature = "excel")]
pub use output::Workbook;
#[cfg(feature = "io")]
pub use output::{
    CsvStyle, write_arrow, write_arrow_stream, write_csv, write_json, write_markdown, write_ndjson, write_parquet,
};
pub use payments::{PaymentColumns, Payments};
pub use products::{ProductColumns, Products};
pub use quality::{Breach, DataQuality, Fact};
pub use referrals::{ReferralColumns, Referrals};
pub use reps::{RepColumns, Reps};
pub use responses::{ResponseColumns, Responses};
pub use roles::roles_of;
pub use source::Source;
pub use spending::{Spending, SpendingColumns};
pub use stage_history::{StageHistory, StageHistoryColumns};
pub use stock::{Stock, StockColumns};
pub use surveys::{SurveyColumns, Surveys};
pub use tables::Tables;
pub use targets::{TargetColumns, Targets};
pub use text::DateFormat;
pub use tickets::{TicketColumns, Tickets};
pub use transaction_columns::TransactionColumns;
pub use transactions::Transactions;
pub use wallets::{WalletColumns, Wallets};
