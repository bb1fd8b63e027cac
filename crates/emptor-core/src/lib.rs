//! The emptor engine: customer value, customer equity, grading, the seven Ps, and the whole analysis.
//!
//! Four jobs over one set of tables: [`value`] (lifetime value and equity), [`grade`] (grading by clusters over four
//! kinds of information), [`profile`] (the seven Ps of the customer base), and [`analysis`], which runs everything from
//! tables to one row per customer.

pub mod analysis;
mod columns;
mod costs;
pub mod grade;
pub mod portfolio;
pub mod profile;
mod table;
pub mod value;

pub use columns::ColumnSpec;
pub use emptor_statistics as statistics;
pub(crate) use emptor_table::money;
pub use emptor_types::period;
