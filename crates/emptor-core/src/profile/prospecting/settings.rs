//! What can be set.

use emptor_forecast::pipeline::{DealSegment, PastSettings};
use emptor_forecast::sales::SalesDimension;
use emptor_types::{Date, DiscountRate, Invalid, Level};

use super::channels::ResponseCurves;

/// Settings of [`section`](super::section); change those of the default.
///
/// ```
/// use emptor_core::profile::prospecting::ProspectingSettings;
///
/// let settings = ProspectingSettings { horizon: 6, commit: 0.8, ..ProspectingSettings::default() };
/// assert!(settings.check().is_ok());
/// let wrong = ProspectingSettings { commit: 0.2, strength: -1.0, ..settings };
/// assert_eq!(wrong.check().unwrap_err().violations().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProspectingSettings {
    /// Level of the intervals; 0.80.
    pub level: f64,
    /// Draws of a simulated interval; 500.
    pub draws: usize,
    /// Seed of the simulations.
    pub seed: u64,
    /// Periods ahead; 4.
    pub horizon: usize,
    /// Periods before the first one that is forecast to try a method; 6.
    pub shortest: usize,
    /// Periods whose migration counts, the last ones; 12.
    pub migration_periods: usize,
    /// A customer who has not bought for longer, in days, is lost: 730. So is the RFM segment `lost`.
    pub lost_after: i32,
    /// The retention rate per period with which acquisition is computed from stocks; observed unless given.
    pub retention: Option<f64>,
    /// Fewer cases than this do not carry a rate: 30.
    pub min_n: usize,
    /// A smaller share of revenue than this does not carry a margin: 0.80.
    pub min_coverage: f64,
    /// The open stages in their order; as the history shows unless given.
    pub stages: Option<Vec<String>>,
    /// Bounds of the bands of age of deals, in days, ascending: 30, 90, 180.
    pub age_bands: Vec<i32>,
    /// How many observations the win rate of the greater group counts in that of the smaller one: 10.
    pub strength: f64,
    /// By what else win rates are told apart: by representative.
    pub deal_segment: DealSegment,
    /// Probability from which a deal counts in full in the forecast by category: 0.70.
    pub commit: f64,
    /// Probability from which a deal is in the best case: 0.30.
    pub best_case: f64,
    /// What is to be won, by first day of the period.
    pub targets: Vec<(Date, f64)>,
    /// Periods between spending and the customers it wins; 0.
    pub spend_lag: usize,
    /// The rate by which margins are discounted until they pay an acquisition back; undiscounted unless given.
    pub discount: Option<DiscountRate>,
    /// The margin rate of lines whose cost is not known; that of the lines whose cost is, unless given.
    pub margin_rate: Option<f64>,
    /// What the lifetime values of the scores are: horizon, timing, rate. It is shown beside them.
    pub clv_convention: String,
    /// Days around a win within which its order is looked for: 30.
    pub match_days: i32,
    /// By what forecasts of sales are split, the coarsest first; by category, or else by channel, unless given.
    pub sales_by: Option<Vec<SalesDimension>>,
    /// Response of acquisition and retention to spending, for their marginal costs.
    pub response: Option<ResponseCurves>,
}

impl Default for ProspectingSettings {
    fn default() -> Self {
        Self {
            level: 0.80,
            draws: 500,
            seed: 1,
            horizon: 4,
            shortest: 6,
            migration_periods: 12,
            lost_after: 730,
            retention: None,
            min_n: 30,
            min_coverage: 0.80,
            stages: None,
            age_bands: vec![30, 90, 180],
            strength: 10.0,
            deal_segment: DealSegment::default(),
            commit: 0.70,
            best_case: 0.30,
            targets: Vec::new(),
            spend_lag: 0,
            discount: None,
            margin_rate: None,
            clv_convention: "ltv_total as given".to_owned(),
            match_days: 30,
            sales_by: None,
            response: None,
        }
    }
}

impl ProspectingSettings {
    /// How the past of deals is read.
    pub(super) fn past(&self) -> PastSettings {
        PastSettings {
            stages: self.stages.clone(),
            age_bands: self.age_bands.clone(),
            strength: self.strength,
            segment: self.deal_segment,
        }
    }

    /// Checks all settings.
    ///
    /// # Errors
    /// All violations.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.absorb(Level::new(self.level));
        checks.require(self.draws >= 10, "draws", "must be at least 10", self.draws);
        checks.require((1..=120).contains(&self.horizon), "horizon", "must be from 1 to 120 periods", self.horizon);
        checks.require(self.migration_periods > 0, "migration_periods", "must be at least 1", self.migration_periods);
        checks.require(self.lost_after > 0, "lost_after", "must be at least 1 day", self.lost_after);
        let share = |p: f64| (0.0..=1.0).contains(&p);
        checks.require(
            self.retention.is_none_or(share),
            "retention",
            "must lie between 0 and 1",
            format!("{:?}", self.retention),
        );
        checks.require(share(self.min_coverage), "min_coverage", "must lie between 0 and 1", self.min_coverage);
        let distinct = self.stages.as_ref().is_none_or(|stages| {
            !stages.is_empty() && stages.iter().enumerate().all(|(i, stage)| !stages[..i].contains(stage))
        });
        checks.require(distinct, "stages", "must be different, and at least one", format!("{:?}", self.stages));
        let rising = self.age_bands.windows(2).all(|pair| pair[0] < pair[1]) && self.age_bands.iter().all(|b| *b > 0);
        checks.require(rising, "age_bands", "must be positive and ascending", format!("{:?}", self.age_bands));
        let strength = self.strength >= 0.0 && self.strength.is_finite();
        checks.require(strength, "strength", "must be finite and at least 0", self.strength);
        let bounds = 0.0 <= self.best_case && self.best_case <= self.commit && self.commit <= 1.0;
        checks.require(
            bounds,
            "best_case, commit",
            "must rise between 0 and 1",
            format!("{}, {}", self.best_case, self.commit),
        );
        let targets = self.targets.iter().all(|(_, target)| *target >= 0.0 && target.is_finite());
        checks.require(targets, "targets", "must be finite and at least 0", format!("{:?}", self.targets));
        let margin = self.margin_rate.is_none_or(f64::is_finite);
        checks.require(margin, "margin_rate", "must be finite", format!("{:?}", self.margin_rate));
        checks.require(self.match_days >= 0, "match_days", "must be at least 0", self.match_days);
        if let Some(response) = &self.response {
            checks.absorb(response.check());
        }
        checks.finish()
    }

    pub(super) fn level(&self) -> Result<Level, Invalid> {
        Level::new(self.level)
    }

    /// The target of a period.
    pub(super) fn target(&self, start: Date) -> Option<f64> {
        self.targets.iter().find(|(day, _)| *day == start).map(|(_, target)| *target)
    }
}
