//! What a campaign brought beyond what would have come anyway: responses and money.

use emptor_lifetime::special::normal_quantile;
use emptor_types::Level;

use crate::statistics::{Difference, Interval, difference, wilson};

/// Below so many with or without a response in a group, the interval of a difference is made of score intervals.
const FEW: usize = 5;

/// The effect of a treatment on a share, by comparison with a control group.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// The average treatment effect: share of the treated who responded less that of the controls, with its interval.
    pub difference: Difference,
    /// Whether the interval is Newcombe's, because a group has fewer than five with or without a response.
    pub by_scores: bool,
    /// Responses beyond those that would have come anyway.
    pub incremental: f64,
    /// Their interval: that of the difference, times the treated.
    pub interval: Interval,
}

/// Compares the treated with the controls: `responders` of `customers` each. `None` if a group is empty or smaller than
/// its responders; without controls nobody knows what would have come anyway.
///
/// ```text
/// incremental = R_T − R_C · N_T / N_C = N_T · (p_T − p_C)
/// ```
///
/// The interval of the difference has the unpooled standard error, the test statistic the pooled one. Where a group has
/// fewer than five with or fewer than five without a response, the normal approximation fails (at 0 of n it gives an
/// interval of no width), and the interval is made of the two Wilson intervals (Newcombe 1998, "Interval estimation for
/// the difference between independent proportions", Statistics in Medicine 17, method 10).
///
/// ```
/// use emptor_core::profile::promotion::effect;
/// use emptor_types::Level;
///
/// let effect = effect((300, 10_000), (100, 5_000), Level::new(0.95)?).ok_or("both groups have members")?;
/// assert!((effect.incremental - 100.0).abs() < 1e-9);
/// assert!((effect.difference.interval.low - 0.004_88).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn effect(treated: (usize, usize), controls: (usize, usize), level: Level) -> Option<Effect> {
    let mut found = difference(treated, controls, level)?;
    let few = |(responders, customers): (usize, usize)| responders.min(customers - responders) < FEW;
    let by_scores = few(treated) || few(controls);
    if by_scores {
        found.interval = newcombe(treated, controls, level)?;
    }
    let customers = treated.1 as f64;
    let incremental = treated.0 as f64 - controls.0 as f64 * customers / controls.1 as f64;
    let interval = Interval { low: customers * found.interval.low, high: customers * found.interval.high };
    Some(Effect { difference: found, by_scores, incremental, interval })
}

/// The interval of a difference of two shares, made of their Wilson intervals (Newcombe 1998, method 10).
fn newcombe(first: (usize, usize), second: (usize, usize), level: Level) -> Option<Interval> {
    let share = |(count, of): (usize, usize)| count as f64 / of as f64;
    let (one, two) = (wilson(first.0, first.1, level)?, wilson(second.0, second.1, level)?);
    let (p, q) = (share(first), share(second));
    let d = p - q;
    Some(Interval { low: d - (p - one.low).hypot(two.high - q), high: d + (one.high - p).hypot(q - two.low) })
}

/// The greatest share that seeing none of `n` leaves possible, one-sided: the rule of three, `3/n` at 95 % (Hanley &
/// Lippman-Hand 1983, Journal of the American Medical Association 249), exactly. `None` of nothing.
///
/// ```text
/// 1 − (1 − level)^(1/n)
/// ```
///
/// ```
/// use emptor_core::profile::promotion::none_seen;
/// use emptor_types::Level;
///
/// let most = none_seen(1_000, Level::new(0.95)?).ok_or("of a thousand")?;
/// assert!((most - 0.003).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn none_seen(n: usize, level: Level) -> Option<f64> {
    (n > 0).then(|| 1.0 - (1.0 - level.get()).powf(1.0 / n as f64))
}

/// What a campaign earned, beside what it seems to have earned.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Earnings {
    /// Margin that would not have come anyway, less the cost.
    pub profit_incremental: f64,
    /// That by the cost; `None` where it cost nothing.
    pub romi_incremental: Option<f64>,
    /// All margin of the treated less the cost: **not** what the campaign earned.
    pub profit_gross: f64,
    /// That by the cost; `None` where it cost nothing.
    pub romi_gross: Option<f64>,
}

/// Profit and return on marketing investment, incremental and gross.
///
/// ```text
/// profit = margin − cost        ROMI = profit / cost
/// ```
///
/// ```
/// use emptor_core::profile::promotion::earnings;
///
/// // 300 responses of a margin of 60, of which 100 would not have come anyway, for 3000.
/// let earned = earnings(100.0 * 60.0, 300.0 * 60.0, 3_000.0);
/// assert_eq!((earned.profit_incremental, earned.romi_incremental), (3_000.0, Some(1.0)));
/// assert_eq!(earned.romi_gross, Some(5.0), "what is often reported");
/// ```
#[must_use]
pub fn earnings(margin_incremental: f64, margin_gross: f64, cost: f64) -> Earnings {
    let (incremental, gross) = (margin_incremental - cost, margin_gross - cost);
    let by_cost = |profit: f64| (cost > 0.0).then(|| profit / cost);
    Earnings {
        profit_incremental: incremental,
        romi_incremental: by_cost(incremental),
        profit_gross: gross,
        romi_gross: by_cost(gross),
    }
}

/// The incremental responses per contacted customer at which a campaign pays: cost per customer by margin per response.
/// `None` without customers, or if a response earns nothing.
///
/// ```
/// use emptor_core::profile::promotion::break_even_lift;
///
/// assert_eq!(break_even_lift(3_000.0, 10_000, 60.0), Some(0.005));
/// ```
#[must_use]
pub fn break_even_lift(cost: f64, customers: usize, margin_per_response: f64) -> Option<f64> {
    (customers > 0 && margin_per_response > 0.0).then(|| cost / customers as f64 / margin_per_response)
}

/// The probability of a response above which a contact pays, if a response is worth `response` and none `silence`, which
/// is negative: the cost of asking. `None` unless a response is worth more than 0 and silence less.
///
/// ```text
/// p* = −v_N / (v_R − v_N)
/// ```
///
/// ```
/// use emptor_core::profile::promotion::break_even_response;
///
/// assert_eq!(break_even_response(30.0, -2.0), Some(0.0625));
/// // A letter costs .55 and an order brings 40, from which the letter is still to be paid.
/// let letter = break_even_response(40.0 - 0.55, -0.55).ok_or("a letter costs something")?;
/// assert!((letter - 0.013_75).abs() < 1e-12);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn break_even_response(response: f64, silence: f64) -> Option<f64> {
    (response > 0.0 && silence < 0.0 && (response - silence).is_finite()).then(|| -silence / (response - silence))
}

/// Half-width of a normal interval of a level, in standard errors.
pub(super) fn z_of(level: Level) -> f64 {
    -normal_quantile((1.0 - level.get()) / 2.0)
}
