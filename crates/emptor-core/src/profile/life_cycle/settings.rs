//! What the life cycle is told.

use emptor_types::Invalid;

use super::blocks::{LifeValue, check_days};
use super::rules::StageRules;

/// Whether the season is taken out of what customers bring.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Seasonality {
    /// Never.
    Ignore,
    /// Where its strength, from 0 to 1, is above a threshold, and there are two whole years.
    Above(f64),
}

/// What the life cycle is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifeCycleSettings {
    /// The thresholds.
    pub rules: StageRules,
    /// What is followed; by default gross profit where costs are known, else net revenue.
    pub value: Option<LifeValue>,
    /// Length of a period in days; by default twice the usual interval between purchases. Between one and three intervals
    /// is sound.
    pub period_days: Option<i32>,
    /// Whether the season is taken out.
    pub seasonality: Seasonality,
    /// How far thresholds are stretched, up and down, to see how many labels hang on them.
    pub stretch: f64,
    /// Below so many customers a stage says little.
    pub min_n: usize,
}

impl Default for LifeCycleSettings {
    fn default() -> Self {
        Self {
            rules: StageRules::default(),
            value: None,
            period_days: None,
            seasonality: Seasonality::Above(0.4),
            stretch: 0.25,
            min_n: 30,
        }
    }
}

impl LifeCycleSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// If a threshold cannot be one, if a period has no day, or if the stretch is not between 0 and 1.
    pub fn check(&self) -> Result<(), Invalid> {
        self.rules.check()?;
        check_days(self.period_days)?;
        let mut checks = Invalid::checks();
        checks.require(self.stretch > 0.0 && self.stretch < 1.0, "stretch", "must be between 0 and 1", self.stretch);
        if let Seasonality::Above(strength) = self.seasonality {
            let rule = "must be between 0 and 1";
            checks.require((0.0..=1.0).contains(&strength), "seasonality", rule, strength);
        }
        checks.finish()
    }
}
