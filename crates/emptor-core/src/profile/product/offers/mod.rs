//! What to offer to whom next.
//!
//! | source | whom does it follow? | score |
//! |---|---|---|
//! | [`Source::Rule`] | customers who have A have B | `n(AB)/n(A)`, the best of the customer's products |
//! | [`Source::Sequence`] | customers who had A and not B bought B later | `n(A before B)/n(A, B not yet)`, the best |
//! | [`Source::Model`] | B is bought by those who buy what you buy (item-to-item) | Σ `n(AB)/√(n(A)·n(B))` |
//! | [`Source::Popularity`] | everybody | share of customers who have B: the baseline |
//!
//! Scores are tried on time that was held out ([`evaluate`]), and turned into probabilities of buying within such a span
//! by what happened there ([`Calibration`]).
//!
//! References: Deshpande & Karypis (2004), "Item-based top-N recommendation algorithms", ACM Transactions on Information
//! Systems 22; Agrawal & Srikant (1995), "Mining sequential patterns", ICDE.

mod calibration;
mod evaluation;
mod histories;
mod recommender;
#[cfg(test)]
mod tests;

pub use calibration::Calibration;
pub(super) use evaluation::evaluate_all;
pub use evaluation::{Evaluation, evaluate};
pub use histories::Histories;
pub use recommender::{Offer, Recommender, Source};
