//! Cases 3 and 4: profit that changes with time.

use emptor_types::{DiscountRate, Horizon, Invalid, TimeUnit};

use crate::value::closed_form::quadrature::integrate;
use crate::value::closed_form::relationship::continuous_annuity;
use crate::value::{RetentionRate, ValueError};

/// The first piece of a discounted integral, as a part of the time in which the discount factor falls to 1/e; each piece
/// after it ends twice as far, the last after two thousand such times, when nothing is left.
const NEAREST: f64 = 0.25;
const DOUBLINGS: i32 = 14;

/// Profit that first rises faster and faster and then levels off (case 3):
/// ```text
/// π(t) = h t² + v                        t ≤ g
///        h g² + v + N (1 − e^(g−t))      t > g
/// ```
///
/// ```
/// use emptor_core::value::closed_form::berger_nasr::ProfitCurve;
///
/// let curve = ProfitCurve { acceleration: 4.0, turning_point: 4.0, initial: 20.0, further_gain: 30.0 };
/// assert_eq!(curve.at(0.0), 20.0);
/// assert_eq!(curve.at(4.0), 84.0);
/// assert!((curve.at(8.0) - 113.4505).abs() < 1e-4);
/// assert_eq!(curve.profits(8)?.len(), 9);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProfitCurve {
    /// How fast profit rises at first, `h`.
    pub acceleration: f64,
    /// When the rise slows down, `g`, in periods.
    pub turning_point: f64,
    /// Profit of the first period, `v`.
    pub initial: f64,
    /// What can still be gained after the turning point, `N`.
    pub further_gain: f64,
}

impl ProfitCurve {
    /// Profit at time `t`, in periods.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        let Self { acceleration: h, turning_point: g, initial: v, further_gain: n } = *self;
        if t <= g { h * t * t + v } else { h * g * g + v - n * (g - t).exp_m1() }
    }

    /// Profits at `t = 0, 1, …, last`.
    ///
    /// # Errors
    /// Unless all its numbers are finite and the turning point is not negative.
    pub fn profits(&self, last: u32) -> Result<Vec<f64>, Invalid> {
        self.check()?;
        Ok((0..=last).map(|t| self.at(f64::from(t))).collect())
    }

    fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require(self.acceleration.is_finite(), "acceleration", "must be finite", self.acceleration);
        let turning = self.turning_point.is_finite() && self.turning_point >= 0.0;
        checks.require(turning, "turning point", "must be finite and not negative", self.turning_point);
        checks.require(self.initial.is_finite(), "initial profit", "must be finite", self.initial);
        checks.require(self.further_gain.is_finite(), "further gain", "must be finite", self.further_gain);
        checks.finish()
    }
}

/// Case 3: any profits, paid at `t = 0, 1, 2, …`: `CLV = Σ_t π(t) (r/(1+d))^t`.
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::berger_nasr::{Case3, ProfitCurve};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let curve = ProfitCurve { acceleration: 4.0, turning_point: 4.0, initial: 20.0, further_gain: 30.0 };
/// let case = Case3 {
///     profits: curve.profits(8)?,
///     retention: RetentionRate::new(0.8, TimeUnit::Year)?,
///     rate: DiscountRate::annual_effective(0.2)?,
///     period: TimeUnit::Year,
/// };
/// assert!((case.value()? - 119.407_371).abs() < 1e-6);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Case3 {
    /// Profits `π(0), π(1), …`.
    pub profits: Vec<f64>,
    /// Retention, `r`.
    pub retention: RetentionRate,
    /// Discount rate, `d`.
    pub rate: DiscountRate,
    /// The time from one profit to the next.
    pub period: TimeUnit,
}

impl Case3 {
    /// The lifetime value.
    ///
    /// # Errors
    /// Unless there are profits, and all are finite.
    pub fn value(&self) -> Result<f64, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!self.profits.is_empty(), "profits", "must be at least one", self.profits.len());
        checks.require_each("profits", "must be finite", &self.profits, |_, profit: f64| profit.is_finite());
        checks.finish()?;
        let retention = self.retention.per(self.period);
        let mut alive = 1.0;
        let mut value = 0.0;
        for (t, profit) in self.profits.iter().enumerate() {
            value += profit * alive * self.rate.factor(t as f64, self.period);
            alive *= retention;
        }
        Ok(value)
    }
}

/// Case 4: a continuous flow of profit, `CLV = ∫_0^n π(t) (r/(1+d))^t dt`.
///
/// ```
/// use emptor_core::value::RetentionRate;
/// use emptor_core::value::closed_form::berger_nasr::{Case4, ProfitCurve};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit};
///
/// let case = Case4 {
///     retention: RetentionRate::new(0.8, TimeUnit::Year)?,
///     rate: DiscountRate::annual_effective(0.2)?,
///     period: TimeUnit::Year,
///     horizon: Horizon::years(8.0)?,
/// };
/// let curve = ProfitCurve { acceleration: 4.0, turning_point: 4.0, initial: 20.0, further_gain: 30.0 };
/// assert!((case.value_of_curve(&curve)? - 106.628_368).abs() < 1e-6);
/// assert!((case.value_of(|t| 20.0 + t)? - 52.476_909).abs() < 1e-6);
/// assert!((case.value_of_constant(100.0)? - 237.007_214).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case4 {
    /// Retention, `r`.
    pub retention: RetentionRate,
    /// Discount rate, `d`.
    pub rate: DiscountRate,
    /// The period in which `t` counts.
    pub period: TimeUnit,
    /// Until when profit counts, `n`.
    pub horizon: Horizon,
}

impl Case4 {
    /// The value of any profit per period, as a function of the time in periods; to about 1e-13 of the value of the
    /// profit's absolute amount. The profit may have steps.
    ///
    /// # Errors
    /// Unless the profit is finite everywhere, and smooth but for steps.
    pub fn value_of(&self, profit: impl Fn(f64) -> f64) -> Result<f64, ValueError> {
        self.integral(profit, &[])
    }

    /// The value of a [`ProfitCurve`].
    ///
    /// # Errors
    /// Unless the curve's numbers are finite and its turning point is not negative.
    pub fn value_of_curve(&self, curve: &ProfitCurve) -> Result<f64, ValueError> {
        curve.check()?;
        // After the turning point the curve settles within a few periods.
        let settles = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0].map(|after| curve.turning_point + after);
        self.integral(|t| curve.at(t), &settles)
    }

    /// The value of a constant profit per period, `π (1 − (r/(1+d))^n) / ln((1+d)/r)`.
    ///
    /// # Errors
    /// Unless the profit is finite.
    pub fn value_of_constant(&self, profit: f64) -> Result<f64, ValueError> {
        if profit.is_finite() {
            Ok(profit * continuous_annuity(self.decay(), Some(self.horizon.in_units(self.period))))
        } else {
            Err(Invalid::value("profit", "must be finite", profit).into())
        }
    }

    /// `ln((1+d)/r)` per period.
    fn decay(&self) -> f64 {
        self.rate.force() / self.period.per_year() - self.retention.per(self.period).ln()
    }

    fn integral(&self, profit: impl Fn(f64) -> f64, breaks: &[f64]) -> Result<f64, ValueError> {
        let (decay, end) = (self.decay(), self.horizon.in_units(self.period));
        // Over a long horizon nearly all of the value lies near one end, where the pieces must be short from the start:
        // sixteen nodes spread over a million years would see nothing at all.
        let pace = 1.0 / decay.abs();
        let ends = (0..DOUBLINGS).map(|k| pace * f64::from(k).exp2() * NEAREST);
        let mut marks: Vec<f64> = ends.map(|place| if decay > 0.0 { place } else { end - place }).collect();
        marks.extend(breaks);
        // Without retention the decay is infinite and the flow dies at once, also at 0, where the product has no value.
        let discount = |t: f64| if decay.is_finite() { (-decay * t).exp() } else { 0.0 };
        Ok(integrate(|t| profit(t) * discount(t), 0.0, end, &marks)?)
    }
}
