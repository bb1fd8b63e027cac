//! Profiling: who customers are, by level, risk, preferences and habits.
//!
//! | table | one row per |
//! |---|---|
//! | `profile_customer` | customer, those who never bought too: recency, frequency, monetary value, length, scores, segment, ABC class, rhythm, categories, channels, places, promotion, returns, credit, key person |
//! | `profile_segment_index` | segment, attribute and level: what segments prefer against the base, with significance |
//! | `profile_firm` | measure of the firm: concentration, dependence, coverage |
//! | `net_zero_order` | order of which no revenue is left after returns |
//! | `key_person` | representative: what would be at risk if they left |
//! | `lens_decomposition` | period: customers × orders per customer × revenue per order × margin, and what each changed |
//! | `lens_decile` | tenth of the customers |
//! | `lens_overlap` | pair of periods and way to move: new, kept, lost |
//! | `lens_cohort` | cohort and period |
//! | `lens_cohort_pair` | cohort, beside the one before it at the same age |
//!
//! The lenses are those of the customer-base audit (Fader, Hardie & Ross 2022, *The Customer-Base Audit*). They look at the
//! window; customers are described over the [`LookBack`]. Habits are of days and weekdays: tables of order lines hold days,
//! not hours.
//!
//! The kernels work on slices and are useful alone: [`Sales`], [`LogChange`], [`deciles`], [`top_share`], [`herfindahl`],
//! [`abc_classes`], [`Rhythm`], [`spread`], [`preference_index`], [`segment_indices`], [`weighted_rfm`], [`RollOut`].

mod base;
mod concentration;
mod customer;
mod customer_frame;
mod decomposition;
mod findings;
mod firm;
mod habits;
mod ledger;
mod lens;
mod lens_frames;
mod net_zero;
mod people;
mod preference;
mod roll_out;
mod section;
mod segments;
mod settings;
#[cfg(test)]
mod tests;
mod weighted;

pub use concentration::{AbcClass, Decile, abc_classes, deciles, herfindahl, top_share};
pub use decomposition::{Factors, LogChange, Sales};
pub use habits::{Rhythm, Spread, spread};
pub use preference::{Part, SegmentIndex, preference_index, segment_indices};
pub use roll_out::{RollOut, TestCell};
pub use section::section;
pub use settings::{LookBack, ProfilingSettings, SegmentBy};
pub use weighted::{Normalization, weighted_rfm};
