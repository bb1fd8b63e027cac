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

/// What contracts say of stages, where there is a table of them.
///
/// A customer under contract is not lost, whatever was bought lately: nothing is overdue. One whose contract ended, without
/// another within the days of grace and without a purchase since, is gone; who buys without contract afterwards is followed
/// by the purchases. A last day in the future is no notice, for contracts of a fixed term have one too: the table does not
/// say who gave notice, so that decline shows in what is contracted, not in that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContractStages {
    /// Purchases alone decide.
    Ignore,
    /// What contracts are worth is among the order lines already. Who bought last before the end of the contract is gone.
    InLines,
    /// What contracts are worth is paid apart from the order lines, and is added to what they bring, day by day. In gross
    /// profit it counts in full, for nobody says what a contract costs; in units it counts nothing. Who bought apart from
    /// the contract and is not overdue with it (see [`StageRules::decline_above`]) is not gone with the contract.
    Apart,
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
    /// What contracts say of stages.
    pub contracts: ContractStages,
    /// Days after the end of a contract within which another one continues it.
    pub contract_grace: u32,
    /// Most rows of `lifecycle_history`: as many of the last periods are shown as fit. 0 for none.
    pub history_rows: usize,
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
            contracts: ContractStages::Apart,
            contract_grace: 0,
            history_rows: 500_000,
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
