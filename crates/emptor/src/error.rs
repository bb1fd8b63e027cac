//! One error for callers who do not tell stages apart.

use thiserror::Error as ThisError;

/// Any error of the engine; each variant is the error of one crate or stage, with its fields.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// Arguments or settings.
    #[error(transparent)]
    Invalid(#[from] emptor_types::Invalid),
    /// Tables.
    #[error(transparent)]
    Table(#[from] emptor_table::TableError),
    /// Purchase histories and RFM features.
    #[error(transparent)]
    Rfm(#[from] emptor_rfm::RfmError),
    /// Purchase and spend models.
    #[error(transparent)]
    Lifetime(#[from] emptor_lifetime::LifetimeError),
    /// Lifetime value and equity.
    #[error(transparent)]
    Value(#[from] emptor_core::value::ValueError),
    /// Profit of relationships.
    #[error(transparent)]
    Profit(#[from] emptor_core::value::profitability::ProfitError),
    /// Grades.
    #[error(transparent)]
    Grade(#[from] emptor_core::grade::GradeError),
    /// The seven Ps.
    #[error(transparent)]
    Profile(#[from] emptor_core::profile::ProfileError),
    /// Clusters.
    #[error(transparent)]
    Cluster(#[from] emptor_cluster::ClusterError),
    /// Trees, response models and their evaluation.
    #[error(transparent)]
    Learn(#[from] emptor_learn::LearnError),
    /// Forecasts of sales, pipeline and customer base.
    #[error(transparent)]
    Forecast(#[from] emptor_forecast::ForecastError),
    /// The whole run.
    #[error(transparent)]
    Analysis(#[from] emptor_core::analysis::AnalysisError),
    /// A saved analysis.
    #[error(transparent)]
    Scorer(#[from] emptor_core::analysis::ScorerError),
    /// A report.
    #[cfg(feature = "report")]
    #[error(transparent)]
    Report(#[from] emptor_report::ReportError),
    /// Saved models.
    #[error(transparent)]
    Envelope(#[from] emptor_types::EnvelopeError),
}
