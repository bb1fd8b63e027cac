//! The results of this module as tables of the data-frame engine.
//!
//! Every result has a `to_frame` (or several, named after what a row is) and beside it the constant that documents its
//! columns. Tables about customers take the ids, one for each row of the input and in its order; the table has them as
//! `customer_id`, in their own type. What is unknown is null. Totals and parts stand in one table where there are both,
//! told apart by `is_total`.

mod curves;
mod equity;
mod lifetime;
mod portfolio;
mod potential;
mod project;
mod sensitivity;
#[cfg(test)]
mod tests;
