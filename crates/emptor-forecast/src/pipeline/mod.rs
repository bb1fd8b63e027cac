//! The pipeline: what open opportunities, and those to come, will bring.
//!
//! A [`Deal`] holds what a table and its log say of an opportunity; [`as_known`] takes back what happened after a day, and a
//! [`Snapshot`] is checked. Every [`PipelineMethod`] forecasts from a snapshot:
//!
//! | method | says |
//! |---|---|
//! | [`Weighted`] | amount × probability, by expected close: stated, or of the past by stage, age and segment |
//! | [`AgeHazard`] | daily chances by age, month in the quarter and segment; deals to come; a common shock of the period |
//! | [`Categories`] | pipeline, best case, commit, closed, summed up |
//!
//! [`backtest`] says how good they would have been. Beside them stand the figures of a pipeline: [`WinRate`] and
//! [`win_cohorts`], [`velocity`], [`coverage`], [`Expectations`] (slippage and bias), [`PipelineFlow`], [`Conversion`] and
//! [`linearity`].

mod age_hazard;
mod assemble;
mod backtest;
mod category;
mod closings;
mod deals;
mod expectations;
mod flow;
mod funnel;
mod hazard;
mod history;
mod method;
mod pace;
mod shock;
mod simulate;
mod snapshot;
mod sum;
#[cfg(feature = "tables")]
mod tables;
#[cfg(test)]
mod tests;
mod treat;
mod weighted;
mod win;

pub use age_hazard::{AgeHazard, FittedAgeHazard};
pub use backtest::{BacktestCell, BacktestSummary, PipelineBacktest, SkippedOrigin, backtest};
pub use category::{Categories, CategoryForecast, ForecastCategory};
pub use deals::{Change, Deal, DealSegment, Outcome, as_known, last_day, outcome_of};
pub use expectations::{Expectations, Logged, Slippage};
pub use flow::PipelineFlow;
pub use funnel::{Conversion, Exit, Spell, Stay, life, order_of_stages, stays};
pub use hazard::Phase;
pub use history::{Basis, Rate, WinHistory};
pub use method::{Ahead, ExpectedPeriod, Flagged, GroupForecast, PipelineBand, PipelineForecast, PipelineMethod};
pub use pace::{RequiredCoverage, coverage, linearity, sales_cycle, velocity};
pub use shock::{PeriodError, Shock, ShockPrior};
pub use snapshot::Snapshot;
pub use sum::{amount_interval, poisson_binomial, weighted};
#[cfg(feature = "tables")]
pub use tables::DealTable;
pub use treat::{AmountLevels, DealFlag, OpenDeal, PastSettings, PipelinePast};
pub use weighted::Weighted;
pub use win::{WinCohort, WinRate, shrunk_rate, win_cohorts};
