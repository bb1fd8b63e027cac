//! Performance: what was sold, by product, channel, place and people.
//!
//! [`section`] makes every table that the input allows; the kernels under it work on slices and can be used alone.
//!
//! | question | table | kernel |
//! |---|---|---|
//! | what was sold, where, and where did growth come from? | `perf_cube` | [`cube`] |
//! | was it price, volume, mix, new or discontinued products, exchange rates? | `perf_pvm` | [`PriceVolumeMix`] |
//! | how did those do who were there in both periods? | `like_for_like` | [`LikeForLike`] |
//! | on how few do the sales rest? | `concentration` | [`Concentration`] |
//! | what is left of list prices, and where do prices fall too low? | `price_waterfall`, `price_corridor` | |
//! | are targets reached, and will they be? | `plan_actual` | [`workdays`] |
//! | what do channels bring, and where do customers move? | `channel_perf`, `channel_migration`, `multi_channel` | [`channel_migration`], [`multi_channel`] |
//! | what do partners bring, in how many outlets is it sold? | `partner_score`, `distribution` | [`Distribution`] |
//! | who of the representatives stands where among peers? | `rep_score` | [`score`], [`shrunk_shares`], [`robust_z`] |
//! | how well are customers served? | `service_kpi` | [`service()`] |
//!
//! Every comparison is with the [window before](crate::profile::Window::before), or with the same weekdays of the year
//! before ([`Comparison`]). Rates over periods that the window cuts are not compared with those of whole ones.

mod causes;
mod channel_mix;
mod channels;
mod concentration;
pub mod cube;
mod distribution;
mod ground;
mod like_for_like;
mod partners;
mod people;
mod plan;
mod pricing;
mod pvm;
mod queues;
mod sales;
mod scorecard;
mod section;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod workdays;

pub use channel_mix::{ChannelUse, Migration, MultiChannel, channel_migration, multi_channel};
pub use concentration::Concentration;
pub use distribution::{Distribution, Outlet};
pub use like_for_like::{LikeForLike, Pair};
pub use pvm::{Item, PriceVolumeMix};
pub use scorecard::{Known, Kpi, Score, Scoring, robust_z, score, shrunk_shares};
pub use section::section;
pub use service::{Part, Service, Ticket, service};
pub use settings::{Comparison, PerformanceSettings, RoleWeights};
pub use workdays::workdays;
