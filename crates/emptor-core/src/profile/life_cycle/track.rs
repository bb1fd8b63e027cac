//! From what one customer brought per period to the stage of every period.

use super::rules::StageRules;
use super::stage::{Pattern, Stage};

/// What one customer did in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodFacts {
    /// What the customer brought: contribution, revenue, or units.
    pub value: f64,
    /// Orders.
    pub orders: usize,
    /// At the end of the period: time since the last purchase, by the interval expected of this customer (ρ); `NaN` where
    /// nothing is expected, as under contract.
    pub overdue: f64,
    /// Whether the relationship is known to be over at the end of the period: a contract ended, or the probability of
    /// being alive is below the threshold.
    pub is_over: bool,
}

/// The stage of one period, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct StagePoint {
    /// The stage.
    pub stage: Stage,
    /// Which relationship this is: 1, and one more after every recovery.
    pub episode: usize,
    /// Periods of this episode so far.
    pub tenure: usize,
    /// Level: the mean of what this period and the one before brought (S).
    pub level: f64,
    /// The highest level of the episode so far (M).
    pub highest: f64,
    /// Relative change of the level (g); `NaN` in the first period.
    pub change: f64,
    /// Time since the last purchase by the expected interval (ρ); `NaN` where nothing is expected.
    pub overdue: f64,
    /// Whether the stage was only held: the level falls, but not by enough to be decline.
    pub is_weakening: bool,
}

impl StagePoint {
    /// How far the level lies above the one where decline begins: 0.25 is a quarter above; `NaN` without a positive level.
    #[must_use]
    pub fn distance_to_decline(&self, rules: &StageRules) -> f64 {
        if self.highest > 0.0 { self.level / (rules.decline_level * self.highest) - 1.0 } else { f64::NAN }
    }
}

/// The stages of one customer, from the period of the first purchase on.
///
/// ```text
/// S_t = (V_t + V_{t−1})/2, S_1 = V_1     M_t = max S_k     g_t = (S_t − S_{t−1}) / max(S_{t−1}, ε)
///
/// terminated    it is over, or ρ_t above its threshold (4)
/// decline       ρ_t > 2, or S_t ≤ 0.70 M_t, or g_t ≤ −0.10 and g_{t−1} ≤ −0.10
/// exploration   at most 2 orders, or at most 2 periods
/// stability     |g_t| < 0.10 and S_t ≥ 0.80 M_t and at least 4 periods
/// as before     g_t < 0: the stage is held, and weakening
/// formation     otherwise
/// ```
///
/// The first rule that holds decides. A purchase after termination is a recovery for one period, and begins an episode in
/// which all is counted anew. `floor` is ε, a small positive level below which relative changes mean nothing.
///
/// ```
/// use emptor_core::profile::life_cycle::{PeriodFacts, Stage, StageRules, track};
///
/// let brought = [10.0, 12.0, 30.0, 60.0, 95.0];
/// let facts = brought.map(|value| PeriodFacts { value, orders: 1, overdue: 0.0, is_over: false });
/// let stages: Vec<Stage> = track(&facts, 1.0, &StageRules::default()).iter().map(|point| point.stage).collect();
/// assert_eq!(stages[1..4], [Stage::Exploration, Stage::Formation, Stage::Formation]);
/// ```
#[must_use]
pub fn track(periods: &[PeriodFacts], floor: f64, rules: &StageRules) -> Vec<StagePoint> {
    let mut points: Vec<StagePoint> = Vec::with_capacity(periods.len());
    // Of the episode so far.
    let (mut begin, mut orders, mut highest) = (0_usize, 0_usize, f64::NEG_INFINITY);
    for (t, facts) in periods.iter().enumerate() {
        let before = points.last().copied();
        let comes_back = facts.orders > 0 && before.is_some_and(|point| point.stage == Stage::Terminated);
        if comes_back {
            (begin, orders, highest) = (t, 0, f64::NEG_INFINITY);
        }
        orders += facts.orders;
        let level = if t == begin { facts.value } else { f64::midpoint(facts.value, periods[t - 1].value) };
        highest = highest.max(level);
        let earlier = before.filter(|_| t > begin);
        let change = earlier.map_or(f64::NAN, |point| (level - point.level) / point.level.max(floor));
        let mut point = StagePoint {
            stage: Stage::Exploration,
            episode: before.map_or(1, |point| point.episode + usize::from(comes_back)),
            tenure: t - begin + 1,
            level,
            highest,
            change,
            overdue: facts.overdue,
            is_weakening: false,
        };
        point.stage = if comes_back {
            Stage::Recovery
        } else if facts.is_over || facts.overdue > rules.terminated_above {
            Stage::Terminated
        } else {
            let stage = living(&point, orders, earlier.as_ref(), rules);
            point.is_weakening = stage.is_none();
            // A recovery is not held: what follows it explores.
            let held = earlier.map_or(Stage::Exploration, |point| point.stage);
            stage.unwrap_or(if held == Stage::Recovery { Stage::Exploration } else { held })
        };
        points.push(point);
    }
    points
}

/// The stage of a relationship that is not over; `None` where the one before is held.
fn living(point: &StagePoint, orders: usize, before: Option<&StagePoint>, rules: &StageRules) -> Option<Stage> {
    let falls = |point: &StagePoint| point.change <= rules.decline_change;
    let declines = point.overdue > rules.decline_above
        || (point.highest > 0.0 && point.level <= rules.decline_level * point.highest)
        || (falls(point) && before.is_some_and(falls));
    if declines && (orders > 1 || rules.one_time_buyers_decline) {
        Some(Stage::Decline)
    } else if orders <= rules.exploration_orders || point.tenure <= rules.exploration_periods {
        Some(Stage::Exploration)
    } else if point.change.abs() < rules.stability_change
        && point.level >= rules.stability_level * point.highest
        && point.tenure >= rules.stability_periods
    {
        Some(Stage::Stability)
    } else if point.change < 0.0 {
        None
    } else {
        Some(Stage::Formation)
    }
}

/// How far the last episode came, if it declines or is over.
#[must_use]
pub fn pattern(points: &[StagePoint], rules: &StageRules) -> Option<Pattern> {
    let last = points.last().filter(|point| matches!(point.stage, Stage::Decline | Stage::Terminated))?;
    let own = points.iter().filter(|point| point.episode == last.episode);
    let stable = own.clone().filter(|point| point.stage == Stage::Stability).count();
    Some(if stable >= rules.long_retained.max(1) {
        Pattern::LongRetained
    } else if stable > 0 {
        Pattern::EarlyExit
    } else if own.clone().any(|point| point.stage == Stage::Formation) {
        Pattern::MidWay
    } else {
        Pattern::EarlyAborted
    })
}

/// The furthest of exploration, formation and stability that the last episode came to.
#[must_use]
pub fn furthest(points: &[StagePoint]) -> Option<Stage> {
    let last = points.last()?;
    let own = points.iter().filter(|point| point.episode == last.episode).map(|point| point.stage);
    own.filter(|stage| matches!(stage, Stage::Formation | Stage::Stability)).max().or(Some(Stage::Exploration))
}
