//! What Profitability is told.

use emptor_types::Invalid;

/// What Profitability is told.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfitabilitySettings {
    /// Shares of the customers, the best first, whose part of revenue and profit is shown.
    pub top: Vec<f64>,
    /// The share of revenue and profit whose fewest customers are counted: 0.8 asks for the 80/20 point.
    pub reach: f64,
    /// Most points of the whale curve.
    pub curve_points: usize,
    /// Positive profits up to this quantile are low, …
    pub mid_from: f64,
    /// … and those above this one high.
    pub high_from: f64,
    /// Below this share of revenue whose cost is known, results are flagged.
    pub min_coverage: f64,
}

impl Default for ProfitabilitySettings {
    fn default() -> Self {
        Self {
            top: vec![0.01, 0.05, 0.10, 0.20, 0.50],
            reach: 0.80,
            curve_points: 101,
            mid_from: 1.0 / 3.0,
            high_from: 2.0 / 3.0,
            min_coverage: 0.80,
        }
    }
}

impl ProfitabilitySettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// If a share lies outside 0 to 1, if quantiles cross, or if a curve has fewer than 3 points; all at once.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require_each("top", "must be above 0 and at most 1", &self.top, |_, share| share > 0.0 && share <= 1.0);
        checks.require(self.reach > 0.0 && self.reach <= 1.0, "reach", "must be above 0 and at most 1", self.reach);
        checks.require(self.curve_points >= 3, "curve_points", "must be at least 3", self.curve_points);
        checks.require(
            0.0 <= self.mid_from && self.mid_from <= self.high_from && self.high_from <= 1.0,
            "mid_from, high_from",
            "must lie between 0 and 1, the lower first",
            format!("{}, {}", self.mid_from, self.high_from),
        );
        checks.require(
            (0.0..=1.0).contains(&self.min_coverage),
            "min_coverage",
            "must be between 0 and 1",
            self.min_coverage,
        );
        checks.finish()
    }
}
