//! The thresholds between stages.

use emptor_types::Invalid;

/// Where one stage ends and the next begins. No paper gives numbers; these defaults are a start, to be set for a line of
/// business, and [`LifeCycle`](super::LifeCycle) says how many labels hang on them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageRules {
    /// Gone: more than so many expected intervals since the last purchase.
    pub terminated_above: f64,
    /// Gone: a probability of being alive below this, where it is known.
    pub terminated_p_alive: f64,
    /// Decline: more than so many expected intervals since the last purchase.
    pub decline_above: f64,
    /// Decline: a level of at most this share of the highest.
    pub decline_level: f64,
    /// Decline: two changes in a row of at most this.
    pub decline_change: f64,
    /// Exploration: at most so many orders in all.
    pub exploration_orders: usize,
    /// Exploration: at most so many periods.
    pub exploration_periods: usize,
    /// Stability: a change smaller than this in either direction.
    pub stability_change: f64,
    /// Stability: a level of at least this share of the highest.
    pub stability_level: f64,
    /// Stability: at least so many periods.
    pub stability_periods: usize,
    /// A relationship stable for at least so many periods was long retained.
    pub long_retained: usize,
    /// Strength of the prior in an own interval between purchases, in intervals.
    pub interval_strength: f64,
    /// Whether customers with a single order decline before they are gone. By default trial just ends.
    pub one_time_buyers_decline: bool,
}

impl Default for StageRules {
    fn default() -> Self {
        Self {
            terminated_above: 4.0,
            terminated_p_alive: 0.1,
            decline_above: 2.0,
            decline_level: 0.70,
            decline_change: -0.10,
            exploration_orders: 2,
            exploration_periods: 2,
            stability_change: 0.10,
            stability_level: 0.80,
            stability_periods: 4,
            long_retained: 8,
            interval_strength: 3.0,
            one_time_buyers_decline: false,
        }
    }
}

impl StageRules {
    /// Checks all thresholds.
    ///
    /// # Errors
    /// If one cannot be a threshold, or if two contradict each other; all at once.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let share = |x: f64| x > 0.0 && x <= 1.0;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        checks.require(positive(self.decline_above), "decline_above", "must be finite and above 0", self.decline_above);
        checks.require(
            self.terminated_above >= self.decline_above && self.terminated_above.is_finite(),
            "terminated_above",
            &format!("must be finite and at least decline_above ({})", self.decline_above),
            self.terminated_above,
        );
        checks.require(
            (0.0..=1.0).contains(&self.terminated_p_alive),
            "terminated_p_alive",
            "must be a probability",
            self.terminated_p_alive,
        );
        checks.require(share(self.decline_level), "decline_level", "must be above 0 and at most 1", self.decline_level);
        checks.require(
            self.decline_change < 0.0 && self.decline_change.is_finite(),
            "decline_change",
            "must be finite and below 0",
            self.decline_change,
        );
        checks.require(
            positive(self.stability_change),
            "stability_change",
            "must be finite and above 0",
            self.stability_change,
        );
        checks.require(
            share(self.stability_level) && self.stability_level >= self.decline_level,
            "stability_level",
            &format!("must be at least decline_level ({}) and at most 1", self.decline_level),
            self.stability_level,
        );
        checks.require(
            self.interval_strength >= 0.0 && self.interval_strength.is_finite(),
            "interval_strength",
            "must be finite and at least 0",
            self.interval_strength,
        );
        checks.finish()
    }

    /// The same rules with every threshold of money and time wider or narrower by a share; labels that change under them
    /// hang on the thresholds.
    #[must_use]
    pub fn stretched(&self, by: f64) -> Self {
        let factor = 1.0 + by;
        let rounds = |n: usize| (n as f64 * factor).round() as usize;
        let decline_level = (self.decline_level * factor).min(1.0);
        Self {
            terminated_above: self.terminated_above * factor,
            decline_above: self.decline_above * factor,
            decline_level,
            decline_change: self.decline_change * factor,
            stability_change: self.stability_change * factor,
            stability_level: (self.stability_level * factor).clamp(decline_level, 1.0),
            exploration_orders: rounds(self.exploration_orders),
            exploration_periods: rounds(self.exploration_periods),
            stability_periods: rounds(self.stability_periods),
            ..*self
        }
    }
}
