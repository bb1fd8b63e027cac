//! Purchase histories and RFM features from order lines.
//!
//! One pass over the table makes a [`PurchaseLedger`]: what each customer bought on which day, 16 to 24 bytes a
//! line while it is being made. Everything else is computed from it for any day of observation: the [`PurchaseHistory`] of
//! the lifetime models (frequency, recency, T, monetary value), a calibration/holdout [`Split`], and the marketing
//! [`RfmTable`] (days since last purchase, purchases, spend, length) with scores and segments.
//!
//! The two vocabularies do not mix: *frequency* and *recency* are only ever the lifetime models' repeat count and time
//! from first to last purchase; the marketing columns are `purchases` and `days_since_last`.
//!
//! ```
//! use emptor_rfm::{PurchaseHistory, PurchaseLedger, RfmTable};
//! use emptor_table::polars::df;
//! use emptor_table::{TransactionColumns, Transactions};
//! use emptor_types::TimeUnit;
//!
//! // Purchases on 1 January (twice), 10 and 15 February, observed until 1 March: x = 2 repeat days.
//! let frame = df!(
//!     "id" => [7_i64, 7, 7, 7],
//!     "day" => ["2020-01-01", "2020-01-01", "2020-02-10", "2020-02-15"],
//!     "amount" => [10.0, 5.0, 20.0, 30.0],
//! )?;
//! let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
//! let as_of = "2020-03-01".parse()?;
//! let history = PurchaseHistory::summarize(&transactions, as_of, TimeUnit::Week)?;
//! assert_eq!(history.frequency(), [2.0]);
//! assert_eq!(history.monetary_value(), [25.0]);
//! assert!((history.recency()[0] - 45.0 / 7.0).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codes;
mod covariates;
mod error;
mod gather;
mod history;
mod ledger;
mod repeats;
mod rfm;
mod scale;
mod score;
mod segment;
mod split;

pub use error::RfmError;
pub use history::{Convention, FreeLines, HistoryOptions, PurchaseHistory};
pub use ledger::PurchaseLedger;
pub use rfm::RfmTable;
pub use scale::{RfmScale, RfmScore};
pub use score::{Cuts, RfmScores, ScoreOptions, Ties};
pub use segment::{Segment, SegmentMap};
pub use split::Split;
