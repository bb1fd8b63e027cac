//! Scores customers over HTTP with a saved analysis.
//!
//! ```text
//! emptor-score-service train --out scorer.json                    a scorer from the bundled sample, or --transactions FILE
//! emptor-score-service serve --model scorer.json                  listens on 127.0.0.1:8080
//!
//! curl -s localhost:8080/model                                    what the scorer is, and which columns it reads
//! curl -s localhost:8080/score -d '{"unit": "week", "customers": [
//!     {"customer_id": "C1", "frequency": 3, "recency": 17, "T": 52, "monetary_value": 25}]}'
//! ```
//!
//! | route | answer |
//! |---|---|
//! | `POST /score` | scores of the customers in the body |
//! | `GET /model` | training, convention, columns, fingerprint |
//! | `GET /healthz`, `GET /readyz` | alive; takes work |
//! | `GET /version` | versions of engine and schema |
//! | `GET /metrics` | counters as plain text |
//! | `POST /reload` | reads the file again; what is wrong with it leaves the scorer in place |
//!
//! A body that is too long or holds too many customers is refused with 413, one that is no JSON with 400, a wrong value with
//! 422 and its column and row, more requests at a time than allowed with 503, one that takes too long with 408. Connections are
//! bounded in number, and one that is silent is closed. Nothing of customers is written anywhere.
//! It has no users and no passwords: it listens on the machine itself unless told otherwise, and belongs behind a proxy.

mod app;
mod connections;
mod customers;
mod metrics;
mod refusal;
mod train;

pub use app::{App, Limits, router};
pub use connections::{Connection, Connections};
pub use train::{TrainArgs, TrainError, train};
