//! What customers are graded by: a versioned standard, its scales, its weights and the scores it gives.

mod built_in;
mod dropped;
mod file;
mod fitted;
mod fitted_indicator;
mod indicator;
mod pairwise;
mod quantiles;
mod reader;
mod regression;
mod scaling;
mod scores;
mod spec;
#[cfg(test)]
mod tests;
mod weighting;

pub use dropped::{DropReason, DroppedIndicator};
pub use fitted::{BaseMeans, FittedStandard};
pub use fitted_indicator::FittedIndicator;
pub use indicator::{Direction, Indicator, InformationGroup, MissingPolicy, Transform};
pub use pairwise::{PairwiseMatrix, Priorities, Triad};
pub use quantiles::QuantileTable;
pub use reader::StandardMistake;
pub use scaling::{FrozenScale, Scaling, Spread};
pub use scores::StandardScores;
pub(super) use scores::WEIGHT_ROUNDING;
pub use spec::{AssessmentStandard, AssessmentStandardBuilder, OutOfRange};
pub use weighting::{IndicatorWeight, Weighting, WeightingMethod, WeightsReport};
