//! The cube: what was sold, by any combination of dimensions, with totals that hold.
//!
//! A [`CubeQuery`] names dimensions, members and measures; [`run`](CubeQuery::run) reads the lines of the window once and
//! gives a [`Cube`], whose coarser levels are counted from its cells. Every measure declares how it adds up
//! ([`Additivity`]): sums are added, different customers and orders are counted again at every level (exactly: cells keep
//! who is in them), stocks take the last period, and ratios are ratios of sums (Gray et al. 1997, "Data cube: a
//! relational aggregation operator", *Data Mining and Knowledge Discovery* 1, on distributive, algebraic and holistic
//! functions).
//!
//! Lines that do not say a member belong to `__unknown__`, and sales to nobody known to `__anonymous__` in dimensions of
//! the customer; so the cells of every level add up to the same total.

mod cells;
mod compare;
mod dimension;
mod measure;
mod query;
mod reader;
mod result;
#[cfg(test)]
mod tests;
mod users;

pub use cells::{Cell, Cells, Line, Sums};
pub use compare::{Move, compare};
pub use dimension::Dimension;
pub use measure::{Additivity, Measure};
pub(super) use query::Many;
pub use query::{CubeQuery, Totals};
pub use reader::{ANONYMOUS, TOTAL, UNKNOWN};
pub(super) use reader::{Ask, AskUsers, fold};
pub use result::{Cube, Row};
pub(super) use result::{measure_column, measure_spec, member_columns, member_spec};
pub(super) use users::{Use, Users};
