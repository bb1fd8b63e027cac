//! What Persistency can be told.

use emptor_types::{Invalid, Level};

use super::cohort::{CohortClock, CohortMode};

/// How long a customer without contract may be silent before he counts as gone.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum SilenceLimit {
    /// So many days, for everybody.
    Days(u32),
    /// So many median intervals between purchases of the base.
    Intervals(f64),
}

/// Settings of Persistency; [`check`](Self::check) says whether they can be used.
///
/// ```
/// use emptor_core::profile::persistency::{CohortMode, PersistencySettings, SilenceLimit};
///
/// let settings = PersistencySettings {
///     silence: SilenceLimit::Days(90),
///     cohort_mode: CohortMode::Bracket(vec![0, 1, 4]),
///     ..PersistencySettings::default()
/// };
/// assert!(settings.check().is_ok());
/// assert!(PersistencySettings { min_coverage: 80.0, ..settings }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PersistencySettings {
    /// Fewer customers than this make a rate uncertain: it is flagged `low_support`.
    pub min_n: usize,
    /// Share of revenue that must be known for a result not to be flagged.
    pub min_coverage: f64,
    /// Level of intervals, e.g. 0.95.
    pub level: f64,
    /// For how many intervals the base counts in the expected interval of a customer.
    pub shrinkage: f64,
    /// How long a customer without contract may be silent.
    pub silence: SilenceLimit,
    /// Days of history below which nobody is called gone without contract.
    pub min_history_days: u32,
    /// Recency ratio above which a customer is at risk.
    pub risk_ratio: f64,
    /// What makes a member of a cohort active.
    pub cohort_mode: CohortMode,
    /// How time since joining is counted.
    pub cohort_clock: CohortClock,
    /// How many intervals after joining are shown at most.
    pub most_intervals: usize,
    /// Whether intervals that are not over show what is known so far.
    pub show_partial: bool,
    /// Whether cohorts are split by acquisition channel too.
    pub by_channel: bool,
    /// How many complete periods a customer's trend looks back at most.
    pub trend_periods: usize,
    /// Up to which purchase the time to the next one is estimated.
    pub next_purchases: usize,
    /// Days between two contracts within which the second continues the first.
    pub contract_grace: u32,
    /// Tenure in days from which a relationship is long; the median of buyers unless given.
    pub tenure_cut: Option<f64>,
    /// Profit from which a customer is profitable; the median of buyers unless given.
    pub profit_cut: Option<f64>,
}

impl Default for PersistencySettings {
    fn default() -> Self {
        Self {
            min_n: 30,
            min_coverage: 0.8,
            level: 0.95,
            shrinkage: 3.0,
            silence: SilenceLimit::Intervals(3.0),
            min_history_days: 180,
            risk_ratio: 2.0,
            cohort_mode: CohortMode::Classic,
            cohort_clock: CohortClock::Calendar,
            most_intervals: 60,
            show_partial: false,
            by_channel: false,
            trend_periods: 12,
            next_purchases: 4,
            contract_grace: 0,
            tenure_cut: None,
            profit_cut: None,
        }
    }
}

impl PersistencySettings {
    /// Checks all of them.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.absorb(Level::new(self.level));
        let positive = |value: f64| value > 0.0 && value.is_finite();
        checks.require(
            (0.0..=1.0).contains(&self.min_coverage),
            "min_coverage",
            "must lie between 0 and 1",
            self.min_coverage,
        );
        checks.require(
            self.shrinkage >= 0.0 && self.shrinkage.is_finite(),
            "shrinkage",
            "must be finite and at least 0",
            self.shrinkage,
        );
        checks.require(positive(self.risk_ratio), "risk_ratio", "must be finite and above 0", self.risk_ratio);
        match self.silence {
            SilenceLimit::Days(days) => checks.require(days > 0, "silence", "must be at least a day", days),
            SilenceLimit::Intervals(times) => {
                checks.require(positive(times), "silence", "must be finite and above 0 intervals", times);
            }
        }
        if let CohortClock::Rolling { days } = self.cohort_clock {
            checks.require(days > 0, "cohort_clock", "must have windows of at least a day", days);
        }
        checks.require(self.most_intervals > 0, "most_intervals", "must be at least 1", self.most_intervals);
        checks.require(self.trend_periods >= 3, "trend_periods", "must be at least 3", self.trend_periods);
        for (name, cut) in [("tenure_cut", self.tenure_cut), ("profit_cut", self.profit_cut)] {
            checks.require(cut.is_none_or(f64::is_finite), name, "must be finite", cut.unwrap_or(f64::NAN));
        }
        checks.absorb(self.cohort_mode.check());
        checks.finish()
    }
}
