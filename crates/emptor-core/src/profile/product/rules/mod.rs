//! What goes with what: frequent sets of items, and the rules between them.
//!
//! | question | answer |
//! |---|---|
//! | who has what? | [`Baskets`] |
//! | which items come together often? | [`Mining`] gives [`Itemsets`] |
//! | how strongly do two things attract each other? | [`Together`] |
//! | if this, what else, and is it chance? | [`Itemsets::rules`] gives [`Rule`]s |
//!
//! A basket is whatever the caller says it is: an order, a customer, a customer's month. It must be said, for the answer
//! can turn round: of two products that hardly ever share an order, every buyer of the one may be a buyer of the other.

mod baskets;
mod eclat;
mod implication;
mod measures;
#[cfg(test)]
mod tests;

pub use baskets::Baskets;
pub use eclat::{Itemset, Itemsets, Mining};
pub use implication::{Rule, RuleSearch};
pub use measures::Together;
