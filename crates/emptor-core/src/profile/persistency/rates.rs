//! Rates that know what they are: retention where leaving is seen, activity where it is not.

use std::fmt;

use emptor_types::{Invalid, Level};

use crate::profile::ProfileError;
use crate::statistics::{Interval, wilson};

/// What a rate of loyalty says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RateKind {
    /// The share that stayed, where leaving is observed: contracts.
    Retention,
    /// The share that was active. The others may come back: nobody saw them leave.
    PctActive,
}

impl fmt::Display for RateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retention => "retention",
            Self::PctActive => "pct_active",
        })
    }
}

/// When a customer counts as gone. Without contracts that is an inference, so it carries its rule wherever it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ChurnRule {
    /// The contract ended and none followed within so many days.
    ContractEnded {
        /// Days after the last day under contract within which a new one continues the old.
        grace: u32,
    },
    /// No purchase for more than so many days.
    Silence {
        /// The days.
        days: u32,
    },
    /// Whoever is not active is taken for lost for good, because the caller said so.
    AssumedLost,
    /// Nobody counts as gone: there is no rule, or too little data to apply one.
    None,
}

impl fmt::Display for ChurnRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContractEnded { grace: 0 } => f.write_str("contract ended"),
            Self::ContractEnded { grace } => write!(f, "contract ended, none followed within {grace} days"),
            Self::Silence { days } => write!(f, "no purchase for more than {days} days"),
            Self::AssumedLost => f.write_str("not active, assumed lost for good"),
            Self::None => f.write_str("no rule"),
        }
    }
}

/// A share of customers with its kind and its rule.
///
/// ```
/// use emptor_core::profile::persistency::{ChurnRule, Rate, RateKind};
///
/// let contracts = Rate::stock_retention(100, 105, 20)?;
/// assert_eq!(contracts.value(), Some(0.85));
/// assert!(contracts.retention().is_ok());
///
/// let buyers = Rate::repeat_buying(60, 100)?;
/// assert_eq!((buyers.kind(), buyers.value()), (RateKind::PctActive, Some(0.6)));
/// assert!(buyers.retention().is_err(), "nobody saw the other 40 leave");
/// assert_eq!(buyers.assume_lost_for_good().churn_rule(), ChurnRule::AssumedLost);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    kind: RateKind,
    churn_rule: ChurnRule,
    count: usize,
    of: usize,
}

impl Rate {
    /// `count` of `of` customers.
    ///
    /// # Errors
    /// If `count` is greater than `of`, or if a retention rate has a rule that infers leaving.
    pub fn new(kind: RateKind, churn_rule: ChurnRule, count: usize, of: usize) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(count <= of, "count", &format!("must be at most all customers ({of})"), count);
        let observed = matches!(churn_rule, ChurnRule::ContractEnded { .. } | ChurnRule::AssumedLost);
        checks.require(
            kind == RateKind::PctActive || observed,
            "churn rule of a retention rate",
            "must be that a contract ended, or an assumption that was made",
            churn_rule,
        );
        checks.finish()?;
        Ok(Self { kind, churn_rule, count, of })
    }

    /// Retention of a stock of customers under contract: of those at the start, the share still there at the end.
    ///
    /// ```text
    /// (CE − CN) / CS      CE customers at the end, CN new among them, CS customers at the start
    /// ```
    ///
    /// # Errors
    /// If more customers are new than there are at the end, or if more stayed than there were.
    pub fn stock_retention(start: usize, end: usize, new: usize) -> Result<Self, Invalid> {
        let stayed = end
            .checked_sub(new)
            .ok_or_else(|| Invalid::value("new customers", format!("must be at most those at the end ({end})"), new))?;
        Self::new(RateKind::Retention, ChurnRule::ContractEnded { grace: 0 }, stayed, start)
    }

    /// Repeat-buying rate: of the buyers of one period, the share that bought in the next one too.
    ///
    /// # Errors
    /// If more bought in both than in the first.
    pub fn repeat_buying(both: usize, first: usize) -> Result<Self, Invalid> {
        Self::new(RateKind::PctActive, ChurnRule::None, both, first)
    }

    /// Repeat-purchase rate: customers with two orders or more, of those with at least one.
    ///
    /// # Errors
    /// If more bought twice than once.
    pub fn repeat_purchase(twice: usize, once: usize) -> Result<Self, Invalid> {
        Self::new(RateKind::PctActive, ChurnRule::None, twice, once)
    }

    /// What it says.
    #[must_use]
    pub fn kind(&self) -> RateKind {
        self.kind
    }

    /// When a customer counts as gone.
    #[must_use]
    pub fn churn_rule(&self) -> ChurnRule {
        self.churn_rule
    }

    /// The customers counted, and all of them.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.count, self.of)
    }

    /// The rate; `None` of nobody.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }

    /// Its score interval; `None` of nobody.
    #[must_use]
    pub fn interval(&self, level: Level) -> Option<Interval> {
        wilson(self.count, self.of, level)
    }

    /// The rate, for a formula that needs retention.
    ///
    /// # Errors
    /// [`ProfileError::Missing`] unless leaving is observed, or of nobody.
    pub fn retention(&self) -> Result<f64, ProfileError> {
        let missing =
            if self.kind == RateKind::Retention { "customers" } else { "contracts: nobody saw customers leave" };
        self.value()
            .filter(|_| self.kind == RateKind::Retention)
            .ok_or_else(|| ProfileError::Missing { asked: "a retention rate".to_owned(), missing: missing.to_owned() })
    }

    /// Takes everybody who was not active for lost for good, and says so in the rule. Customers who skip a period count as
    /// lost then, and values that build on the rate are too low (Fader & Hardie 2012).
    #[must_use]
    pub fn assume_lost_for_good(self) -> Self {
        Self { kind: RateKind::Retention, churn_rule: ChurnRule::AssumedLost, ..self }
    }
}

/// The rate over several periods, one after the other: the product. `None` of no period or where one is not a share.
///
/// ```
/// use emptor_core::profile::persistency::compound;
///
/// let year = compound(&[0.95; 12]).ok_or("shares")?;
/// assert!((1.0 - year - 0.4596).abs() < 5e-5, "5 % a month are 45.96 % a year, not 60 %");
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn compound(rates: &[f64]) -> Option<f64> {
    let shares = !rates.is_empty() && rates.iter().all(|rate| (0.0..=1.0).contains(rate));
    shares.then(|| rates.iter().product())
}

/// How the buyers of two periods overlap. The names avoid "lost" and "new": who did not buy may come back, and who bought
/// only in the second may have bought long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlap {
    /// Bought in the first period only.
    pub first_only: usize,
    /// Bought in both.
    pub both: usize,
    /// Bought in the second only.
    pub second_only: usize,
}

impl Overlap {
    /// The repeat-buying rate: of the buyers of the first period, the share that bought in the second.
    ///
    /// ```
    /// use emptor_core::profile::persistency::Overlap;
    ///
    /// let overlap = Overlap { first_only: 4, both: 6, second_only: 3 };
    /// assert_eq!(overlap.repeat_buying().value(), Some(0.6));
    /// ```
    #[must_use]
    pub fn repeat_buying(&self) -> Rate {
        Rate {
            kind: RateKind::PctActive,
            churn_rule: ChurnRule::None,
            count: self.both,
            of: self.first_only + self.both,
        }
    }
}
