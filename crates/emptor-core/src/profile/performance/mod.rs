//! Performance: what was sold, by product, channel, place and people.

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
