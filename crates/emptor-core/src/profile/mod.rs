//! The seven Ps of a customer base: Profiling, Persistency, Profitability, Performance, Prospecting, Product, Promotion;
//! and the life cycle of relationships.
//!
//! Each P is a module that can be used alone: its kernels work on slices, and one function takes the tables and gives a
//! [`Section`]: tables with documented columns, the findings that matter, and the gaps, each with what would fill it. A
//! missing table is no error.
//!
//! | P | answers | module |
//! |---|---|---|
//! | Profiling | who customers are: level, risk, preferences, habits | [`profiling`] |
//! | Persistency | how loyal they are, for how long, and where loyalty goes | [`persistency`] |
//! | Profitability | what they earn us, and who costs more than he brings | [`profitability`] |
//! | Performance | what was sold: by product, channel, place, people | [`performance`] |
//! | Prospecting | who comes next, and what winning them costs | [`prospecting`] |
//! | Product | what goes with what, and how good it is | [`product`] |
//! | Promotion | what campaigns brought beyond what would have come anyway | [`promotion`] |

mod analyses;
mod capabilities;
mod error;
#[cfg(test)]
pub(crate) mod fixture;
mod gathered;
mod ids;
mod input;
mod inputs;
pub mod life_cycle;
pub mod lines;
pub mod performance;
pub mod persistency;
pub mod product;
pub mod profiling;
pub mod profitability;
pub mod promotion;
pub mod prospecting;
mod section;
mod seven_p;
mod window;
pub(crate) mod words;

pub use capabilities::{Area, Capability, capabilities, capability_table};
pub use error::ProfileError;
pub use input::{CustomerScores, ProfileInput};
pub use inputs::{dq_report, identity_report};
pub use section::{Coverage, Finding, Gap, Need, P, ResultTable, Section};
pub use seven_p::{SevenP, SevenPSettings};
pub use window::Window;
