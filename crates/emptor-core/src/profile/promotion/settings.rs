//! What the results of campaigns depend on.

use emptor_types::{Invalid, Level};

use super::price::BaselineRule;

/// What counts as a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Outcome {
    /// An order in the window of the campaign, by whomever of the audience: known of both arms alike.
    #[default]
    Orders,
    /// A row of responses in the window, opt-outs apart. Where only the treated can have one (a coupon, a click), the
    /// comparison with controls means nothing.
    Responses,
    /// Either of them.
    Either,
}

/// What the results of campaigns depend on; every threshold is a parameter.
///
/// ```
/// use emptor_core::profile::promotion::PromotionSettings;
///
/// let settings = PromotionSettings { grace_days: 14, ..PromotionSettings::default() };
/// assert!(settings.check().is_ok());
/// let wrong = PromotionSettings { level: 1.5, pre_days: 0, ..PromotionSettings::default() };
/// assert_eq!(wrong.check().err().map(|error| error.violations().len()), Some(2));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PromotionSettings {
    /// Level of intervals; 0.95.
    pub level: f64,
    /// What counts as a response.
    pub outcome: Outcome,
    /// Days after the last day of a campaign that still count as its response; 7.
    pub grace_days: i32,
    /// Days before the assignment that show what customers were like: balance, CUPED; 180.
    pub pre_days: i32,
    /// The part of revenue that is margin where neither the cost of a product nor the campaign's own rate is known.
    pub margin_rate: Option<f64>,
    /// The part of an audience that was planned to be kept out, where the campaign does not say it.
    pub control_share: Option<f64>,
    /// Below this probability the split of an audience is no accident; 0.001.
    pub ratio_alarm: f64,
    /// Standardised differences of what customers were before, up to which arms are alike; 0.1.
    pub balance_limit: f64,
    /// Types of response that are opt-outs and no responses; `opt_out`.
    pub opt_outs: Vec<String>,
    /// Days over which contacts press on a customer; 30.
    pub pressure_days: i32,
    /// The most contacts in that many days; more are too many; 4.
    pub most_contacts: usize,
    /// Part of a product's units in a week that must be sold on promotion to make it a promotion week; 0.5.
    pub promotion_share: f64,
    /// How baselines of products are made: 13 weeks either way, 8 at least, sold in nine tenths of them, 4 weeks of
    /// pull-forward.
    pub baseline: BaselineRule,
    /// The fewest weeks with a sale for an elasticity; 12.
    pub elasticity_weeks: usize,
    /// Promotion share of a customer's purchases from which he depends on promotions; 0.8.
    pub dependent_share: f64,
    /// Groups of a gains table; 10.
    pub groups: usize,
    /// Steps of an uplift curve; 20.
    pub curve_steps: usize,
    /// The fewest customers of an arm for a result without a flag; 30.
    pub min_n: usize,
    /// The least part of revenue whose margin must be known; 0.8.
    pub min_coverage: f64,
}

impl Default for PromotionSettings {
    fn default() -> Self {
        Self {
            level: 0.95,
            outcome: Outcome::Orders,
            grace_days: 7,
            pre_days: 180,
            margin_rate: None,
            control_share: None,
            ratio_alarm: 0.001,
            balance_limit: 0.1,
            opt_outs: vec!["opt_out".to_owned()],
            pressure_days: 30,
            most_contacts: 4,
            promotion_share: 0.5,
            baseline: BaselineRule { reach: 13, least: 8, after: 4, sold: 0.9 },
            elasticity_weeks: 12,
            dependent_share: 0.8,
            groups: 10,
            curve_steps: 20,
            min_n: 30,
            min_coverage: 0.8,
        }
    }
}

impl PromotionSettings {
    /// Checks them all.
    ///
    /// # Errors
    /// Every rule that is broken.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.absorb(Level::new(self.level));
        checks.require((0..=3_650).contains(&self.grace_days), "grace days", "must be 0 to 3650", self.grace_days);
        checks.require((1..=3_650).contains(&self.pre_days), "pre days", "must be 1 to 3650", self.pre_days);
        let pressure = (1..=3_650).contains(&self.pressure_days);
        checks.require(pressure, "pressure days", "must be 1 to 3650", self.pressure_days);
        if let Some(rate) = self.margin_rate {
            checks.require(rate.is_finite() && rate <= 1.0, "margin rate", "must be finite and at most 1", rate);
        }
        if let Some(share) = self.control_share {
            checks.require(share > 0.0 && share < 1.0, "control share", "must lie between 0 and 1", share);
        }
        for (name, share) in [
            ("ratio alarm", self.ratio_alarm),
            ("promotion share", self.promotion_share),
            ("dependent share", self.dependent_share),
            ("min coverage", self.min_coverage),
            ("baseline sold", self.baseline.sold),
        ] {
            checks.require((0.0..=1.0).contains(&share), name, "must lie in [0, 1]", share);
        }
        let limit = self.balance_limit;
        checks.require(limit > 0.0 && limit.is_finite(), "balance limit", "must be above 0", limit);
        for (name, count) in [
            ("most contacts", self.most_contacts),
            ("baseline reach", self.baseline.reach),
            ("baseline least", self.baseline.least),
            ("groups", self.groups),
            ("curve steps", self.curve_steps),
        ] {
            checks.require((1..=10_000).contains(&count), name, "must be 1 to 10000", count);
        }
        checks.require(self.baseline.after <= 520, "baseline after", "must be at most 520", self.baseline.after);
        checks.finish()
    }

    pub(super) fn interval_level(&self) -> Result<Level, Invalid> {
        Level::new(self.level)
    }
}
