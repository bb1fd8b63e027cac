//! Where one customer stands: how long, how regular, which way, and whether it pays.

use std::fmt;

use crate::statistics::{mann_kendall, theil_sen};

/// The interval between purchases to expect of a customer: his own, drawn towards that of the base the less is known.
///
/// ```text
/// (n · own + κ · base) / (n + κ)      n own intervals, κ how many intervals the base counts for
/// ```
///
/// ```
/// use emptor_core::profile::persistency::expected_interval;
///
/// assert_eq!(expected_interval(3, 10.0, 30.0, 3.0), 20.0);
/// assert_eq!(expected_interval(0, f64::NAN, 30.0, 3.0), 30.0);
/// ```
#[must_use]
pub fn expected_interval(intervals: usize, own: f64, base: f64, kappa: f64) -> f64 {
    let n = intervals as f64;
    if intervals == 0 { base } else { (n * own + kappa * base) / (n + kappa) }
}

/// The trend of a customer's revenue.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Trend {
    /// Theil–Sen slope by the mean, per period.
    pub slope: f64,
    /// Probability of so strong a trend by chance (Mann–Kendall).
    pub p_value: f64,
}

/// The trend of revenue by period, oldest first. `None` with fewer than three periods or unless the mean is positive.
///
/// ```
/// use emptor_core::profile::persistency::trend;
///
/// let falling = trend(&[40.0, 30.0, 20.0, 10.0]).ok_or("four periods")?;
/// assert_eq!(falling.slope, -0.4);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn trend(revenue: &[f64]) -> Option<Trend> {
    let mean = revenue.iter().sum::<f64>() / revenue.len() as f64;
    let p_value = mann_kendall(revenue)?.p_value;
    theil_sen(revenue).filter(|_| mean > 0.0).map(|slope| Trend { slope: slope / mean, p_value })
}

/// The state of a relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LoyaltyState {
    /// Has a contract that runs.
    UnderContract,
    /// Had a contract that ended.
    Left,
    /// Bought once, not long ago.
    New,
    /// Buys as one expects of him.
    Active,
    /// Bought again after a silence in which he counted as gone.
    Returned,
    /// Waits longer than one expects of him.
    AtRisk,
    /// Silent for longer than the rule allows.
    Lapsed,
    /// Never bought.
    NeverBought,
    /// Bought, but there is too little data to tell.
    InsufficientData,
}

impl LoyaltyState {
    /// Whether this is a customer who is still with us, as far as one knows: he has not left, has not been silent for too
    /// long, and has bought or signed.
    ///
    /// ```
    /// use emptor_core::profile::persistency::LoyaltyState;
    ///
    /// assert!(LoyaltyState::AtRisk.stays() && !LoyaltyState::Lapsed.stays());
    /// ```
    #[must_use]
    pub fn stays(self) -> bool {
        !matches!(self, Self::Lapsed | Self::Left | Self::NeverBought)
    }
}

impl fmt::Display for LoyaltyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnderContract => "under_contract",
            Self::Left => "left",
            Self::New => "new",
            Self::Active => "active",
            Self::Returned => "returned",
            Self::AtRisk => "at_risk",
            Self::Lapsed => "lapsed",
            Self::NeverBought => "never_bought",
            Self::InsufficientData => "insufficient_data",
        })
    }
}

/// The state of a customer without contract, by the days of his purchases, the limit of silence (`None` if there is too
/// little data for one) and the recency ratio above which he waits too long.
///
/// ```
/// use emptor_core::profile::persistency::{LoyaltyState, loyalty_state};
///
/// let state = |days: &[i32], ratio| loyalty_state(days, 200, Some(90), ratio, 2.0);
/// assert_eq!(state(&[150, 190], Some(0.3)), LoyaltyState::Active);
/// assert_eq!(state(&[190], Some(0.3)), LoyaltyState::New);
/// assert_eq!(state(&[20, 190], Some(0.3)), LoyaltyState::Returned);
/// assert_eq!(state(&[140, 150], Some(2.5)), LoyaltyState::AtRisk);
/// assert_eq!(state(&[20, 30], Some(9.0)), LoyaltyState::Lapsed);
/// assert_eq!(state(&[], None), LoyaltyState::NeverBought);
/// ```
#[must_use]
pub fn loyalty_state(
    purchases: &[i32],
    as_of: i32,
    limit: Option<u32>,
    recency_ratio: Option<f64>,
    risk_ratio: f64,
) -> LoyaltyState {
    let (Some(last), Some(limit)) = (purchases.last(), limit) else {
        return if purchases.is_empty() { LoyaltyState::NeverBought } else { LoyaltyState::InsufficientData };
    };
    let limit = i64::from(limit);
    let wait = |from: i32, to: i32| i64::from(to) - i64::from(from);
    if wait(*last, as_of) > limit {
        LoyaltyState::Lapsed
    } else if recency_ratio.is_some_and(|ratio| ratio > risk_ratio) {
        LoyaltyState::AtRisk
    } else if purchases.len() == 1 {
        LoyaltyState::New
    } else if purchases.windows(2).last().is_some_and(|pair| wait(pair[0], pair[1]) > limit) {
        LoyaltyState::Returned
    } else {
        LoyaltyState::Active
    }
}

/// Loyalty by profit (Reinartz & Kumar 2002, "The mismanagement of customer loyalty", *Harvard Business Review* 80).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LoyaltyQuadrant {
    /// Long with us, and profitable.
    TrueFriends,
    /// Profitable, and not long with us.
    Butterflies,
    /// Long with us, and not profitable.
    Barnacles,
    /// Neither.
    Strangers,
}

impl LoyaltyQuadrant {
    /// The quadrant of a tenure and a profit; at the cut counts as above it.
    ///
    /// ```
    /// use emptor_core::profile::persistency::LoyaltyQuadrant;
    ///
    /// assert_eq!(LoyaltyQuadrant::of(400.0, 10.0, 365.0, 50.0), LoyaltyQuadrant::Barnacles);
    /// ```
    #[must_use]
    pub fn of(tenure: f64, profit: f64, tenure_cut: f64, profit_cut: f64) -> Self {
        match (tenure >= tenure_cut, profit >= profit_cut) {
            (true, true) => Self::TrueFriends,
            (false, true) => Self::Butterflies,
            (true, false) => Self::Barnacles,
            (false, false) => Self::Strangers,
        }
    }
}

impl fmt::Display for LoyaltyQuadrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TrueFriends => "true_friends",
            Self::Butterflies => "butterflies",
            Self::Barnacles => "barnacles",
            Self::Strangers => "strangers",
        })
    }
}
