//! The levers of customer equity, and changes of them.

use std::fmt;

use emptor_types::{DiscountRate, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::value::RetentionRate;

/// What moves customer equity (Gupta, Lehmann & Stuart 2004).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    /// The retention of every period, of existing and of future customers.
    Retention,
    /// The margin of every period, of existing and of future customers; what winning a customer costs is no margin.
    Margin,
    /// The effective discount rate per period.
    DiscountRate,
    /// What winning one customer costs.
    AcquisitionCost,
    /// How many customers are won.
    AcquisitionVolume,
}

impl Lever {
    /// All levers.
    pub const ALL: [Self; 5] =
        [Self::Retention, Self::Margin, Self::DiscountRate, Self::AcquisitionCost, Self::AcquisitionVolume];
}

impl fmt::Display for Lever {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retention => "retention",
            Self::Margin => "margin",
            Self::DiscountRate => "discount rate",
            Self::AcquisitionCost => "acquisition cost",
            Self::AcquisitionVolume => "acquisition volume",
        })
    }
}

/// One lever moved: by a share of its level, or to a level, which it then has wherever it occurs.
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::equity::{Change, Lever};
/// use emptor_types::TimeUnit;
///
/// assert_eq!(Change::relative(Lever::Margin, -0.1).to_string(), "margin -10.00 %");
/// let level = Change::Retention(RetentionRate::new(0.85, TimeUnit::Year)?);
/// assert_eq!((level.lever(), level.to_string().as_str()), (Lever::Retention, "retention to 85.00 % a year"));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The lever times `1 + by`; `0.05` means five per cent more. Of a retention it is the rate itself, not the churn,
    /// and of a discount rate the effective rate per period of the model (a rate of zero stays zero).
    Relative {
        /// What moves.
        lever: Lever,
        /// By which share of its level.
        by: f64,
    },
    /// Retention at this rate.
    Retention(RetentionRate),
    /// Margin per customer and period of the model, at this amount.
    Margin(f64),
    /// Discounting at this rate.
    DiscountRate(DiscountRate),
    /// Winning one customer costs this, in every cohort.
    AcquisitionCost(f64),
    /// This many customers are won in every cohort.
    AcquisitionVolume(f64),
}

impl Change {
    /// The lever times `1 + by`.
    #[must_use]
    pub fn relative(lever: Lever, by: f64) -> Self {
        Self::Relative { lever, by }
    }

    /// What moves.
    #[must_use]
    pub fn lever(&self) -> Lever {
        match self {
            Self::Relative { lever, .. } => *lever,
            Self::Retention(_) => Lever::Retention,
            Self::Margin(_) => Lever::Margin,
            Self::DiscountRate(_) => Lever::DiscountRate,
            Self::AcquisitionCost(_) => Lever::AcquisitionCost,
            Self::AcquisitionVolume(_) => Lever::AcquisitionVolume,
        }
    }

    /// The number of the change for an axis: the share of a relative change, else the level; rates per `period`.
    #[must_use]
    pub fn number(&self, period: TimeUnit) -> f64 {
        match self {
            Self::Relative { by, .. } => *by,
            Self::Retention(rate) => rate.per(period),
            Self::DiscountRate(rate) => rate.per(period),
            Self::Margin(level) | Self::AcquisitionCost(level) | Self::AcquisitionVolume(level) => *level,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lever = self.lever();
        match self {
            Self::Relative { by, .. } => write!(f, "{lever} {:+.2} %", 100.0 * by),
            Self::Retention(rate) => write!(f, "{lever} to {rate}"),
            Self::DiscountRate(rate) => write!(f, "{lever} to {rate}"),
            Self::Margin(level) | Self::AcquisitionCost(level) | Self::AcquisitionVolume(level) => {
                write!(f, "{lever} to {level}")
            }
        }
    }
}

/// The name of a scenario in errors.
pub(super) fn describe(changes: &[Change]) -> String {
    let names: Vec<String> = changes.iter().map(Change::to_string).collect();
    format!("scenario `{}`", names.join(", "))
}

/// Where a lever stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Setting {
    Times(f64),
    To(f64),
}

impl Setting {
    pub(super) const STILL: Self = Self::Times(1.0);

    pub(super) fn of(self, level: f64) -> f64 {
        match self {
            Self::Times(factor) => level * factor,
            Self::To(level) => level,
        }
    }

    pub(super) fn moves(self) -> bool {
        match self {
            Self::Times(factor) => (factor - 1.0).abs() > 0.0,
            Self::To(_) => true,
        }
    }
}

/// Where all levers stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levers {
    pub(super) period: TimeUnit,
    pub(super) rate: DiscountRate,
    pub(super) rate_moves: bool,
    pub(super) retention: Setting,
    pub(super) margin: Setting,
    pub(super) cost: Setting,
    pub(super) volume: Setting,
}

impl Levers {
    pub(super) fn still(rate: DiscountRate, period: TimeUnit) -> Self {
        let still = Setting::STILL;
        Self { period, rate, rate_moves: false, retention: still, margin: still, cost: still, volume: still }
    }

    /// `1 + d` per period.
    pub(super) fn money(&self) -> f64 {
        1.0 + self.rate.per(self.period)
    }

    /// Where the levers stand in a scenario.
    pub(super) fn moved(mut self, changes: &[Change]) -> Result<Self, Invalid> {
        let scenario = describe(changes);
        let mut checks = Invalid::checks();
        for (i, change) in changes.iter().enumerate() {
            let lever = change.lever();
            let first = !changes[..i].iter().any(|other| other.lever() == lever);
            checks.require(first, &scenario, "must move each lever once", lever);
            let (setting, rule) = match *change {
                Change::Relative { by, .. } => (Setting::Times(1.0 + by), "must move levers by finite shares"),
                Change::Retention(rate) => (Setting::To(rate.per(self.period)), "must set levers to finite levels"),
                Change::DiscountRate(rate) => {
                    (self.rate, self.rate_moves) = (rate, true);
                    continue;
                }
                Change::Margin(level) | Change::AcquisitionCost(level) | Change::AcquisitionVolume(level) => {
                    (Setting::To(level), "must set levers to finite levels")
                }
            };
            let (Setting::Times(number) | Setting::To(number)) = setting;
            checks.require(number.is_finite(), &scenario, rule, change);
            let signed = matches!(lever, Lever::Margin | Lever::DiscountRate);
            // A number that is none has been reported above.
            let holds = signed || number >= 0.0 || number.is_nan();
            checks.require(holds, &scenario, "must not turn retention, acquisition cost or volume negative", change);
            match lever {
                Lever::Retention => self.retention = setting,
                Lever::Margin => self.margin = setting,
                Lever::AcquisitionCost => self.cost = setting,
                Lever::AcquisitionVolume => self.volume = setting,
                // Left alone where it does not move: through the rate per period and back would cost the last bits.
                Lever::DiscountRate if setting.moves() && number.is_finite() => {
                    let moved = setting.of(self.rate.per(self.period));
                    let rule = "must keep the discount rate finite and above -1";
                    let rate = DiscountRate::per_period(moved, self.period);
                    if let Some(rate) = checks.absorb(rate.map_err(|_| Invalid::value(&*scenario, rule, moved))) {
                        (self.rate, self.rate_moves) = (rate, true);
                    }
                }
                Lever::DiscountRate => {}
            }
        }
        checks.finish()?;
        Ok(self)
    }
}
