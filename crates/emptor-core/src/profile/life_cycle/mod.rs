//! The life cycle: in which stage each relationship is, how it came there, and how far it is from decline.
//!
//! The stages are those of Chen (2002), exploration, formation, stability and decline, with recovery as in Xu & Wang
//! (2003); [`track`] states the rules. Without contracts nothing is observed but purchases: a stage is a reading of them by
//! thresholds ([`StageRules`]), so the results say how many labels would change under other thresholds, and whether stages
//! tell anything of the next period. Where there are contracts, they say who is still there and who has left
//! ([`ContractStages`]).

mod blocks;
mod by_grade;
mod compute;
mod contracts;
mod findings;
mod over_time;
mod rules;
mod season;
mod settings;
mod stage;
mod tables;
#[cfg(test)]
mod tests;
mod track;

pub use blocks::LifeValue;
pub use by_grade::GRADE_COLUMNS;
pub use compute::{LifeCycle, StageMoves, StageUse};
pub use over_time::{FLOW_COLUMNS, HISTORY_COLUMNS, MOVE_COLUMNS, PERIOD_COLUMNS};
pub use rules::StageRules;
pub use settings::{ContractStages, LifeCycleSettings, Seasonality};
pub use stage::{Pattern, Stage};
pub use tables::{LIFE_CYCLE_COLUMNS, STAGE_COLUMNS, section};
pub use track::{PeriodFacts, StagePoint, furthest, pattern, track};
