//! How long customers stay.

use emptor_statistics::KaplanMeier;
use emptor_types::{Invalid, Probability};
use serde::{Deserialize, Serialize};

use crate::ForecastError;

/// A curve may rise by this much: sums of rounded probabilities do.
const ROUNDING: f64 = 1e-12;

/// The share of a cohort that is left after 1, 2, … periods; after 0 periods it is 1.
///
/// Any source will do: a contract model's `survival_curve`, a Kaplan–Meier estimate, one retention rate, or the expected
/// customers alive ahead of a purchase model over those alive now. Beyond its end a curve goes on at its last retention
/// rate, unless [`with_tail`](Self::with_tail) says otherwise.
///
/// ```
/// use emptor_forecast::customer_base::Survival;
///
/// let curve = Survival::new(vec![0.8, 0.6])?;
/// assert_eq!((curve.at(0), curve.at(1), curve.at(2)), (1.0, 0.8, 0.6));
/// assert!((curve.at(3) - 0.45).abs() < 1e-12); // three quarters of 0.6 renewed, and three quarters of them will
/// assert!(Survival::new(vec![0.6, 0.8]).is_err());
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Survival {
    left: Vec<f64>,
    tail: f64,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    left: Vec<f64>,
    tail: f64,
}

impl TryFrom<Stored> for Survival {
    type Error = ForecastError;

    fn try_from(stored: Stored) -> Result<Self, ForecastError> {
        Ok(Self::checked(stored.left)?.with_tail(Probability::new(stored.tail)?))
    }
}

impl From<Survival> for Stored {
    fn from(survival: Survival) -> Self {
        Self { left: survival.left, tail: survival.tail }
    }
}

impl Survival {
    /// From the shares left after 1, 2, … periods.
    ///
    /// # Errors
    /// If there are none, or they are not from 0 to 1 and never rising.
    pub fn new(left: Vec<f64>) -> Result<Self, ForecastError> {
        if left.is_empty() {
            return Err(Invalid::value("survival", "must be known for at least one period", "none").into());
        }
        Self::checked(left)
    }

    fn checked(mut left: Vec<f64>) -> Result<Self, ForecastError> {
        let mut checks = Invalid::checks();
        let falls = |i: usize, s: f64| (0.0..=1.0).contains(&s) && (i == 0 || s <= left[i - 1] + ROUNDING);
        checks.require_each("survival", "must be shares from 0 to 1 that never rise", &left, falls);
        checks.finish()?;
        let mut least: f64 = 1.0;
        for share in &mut left {
            least = least.min(*share);
            *share = least;
        }
        let mut survival = Self { left, tail: 1.0 };
        survival.tail = survival.left.len().checked_sub(1).map_or(1.0, |last| survival.retention(last));
        Ok(survival)
    }

    /// The same retention rate for ever: `S(t) = r^t`.
    #[must_use]
    pub fn constant(retention: Probability) -> Self {
        Self { left: Vec::new(), tail: retention.get() }
    }

    /// The curve of a Kaplan–Meier estimate, whose times are periods since the customer was won. It is known until the last
    /// time anybody was watched; beyond, customers are lost at the mean rate of the known part, `S(n)^(1/n)` a period: the
    /// last steps of an estimate stand on few customers, and to hold its last value would make them immortal.
    ///
    /// ```
    /// use emptor_forecast::customer_base::Survival;
    /// use emptor_statistics::KaplanMeier;
    ///
    /// let estimate = KaplanMeier::estimate(&[1.0, 2.0, 2.0, 2.0], &[true, true, false, false])?;
    /// let curve = Survival::from_kaplan_meier(&estimate)?;
    /// assert_eq!((curve.at(1), curve.at(2)), (0.75, 0.5));
    /// assert!((curve.at(4) - 0.25).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If nobody was watched for a whole period.
    pub fn from_kaplan_meier(estimate: &KaplanMeier) -> Result<Self, ForecastError> {
        let known = estimate.steps().last().map_or(0.0, |step| step.time.floor().min(1e6)) as usize;
        let curve = Self::new((1..=known).map(|t| estimate.survival(t as f64)).collect())?;
        let mean = curve.at(known).powf(1.0 / known as f64);
        Ok(curve.with_tail(Probability::new(mean)?))
    }

    /// Sets the retention rate beyond the end of the curve.
    #[must_use]
    pub fn with_tail(mut self, retention: Probability) -> Self {
        self.tail = retention.get();
        self
    }

    /// The share left after so many periods.
    #[must_use]
    pub fn at(&self, periods: usize) -> f64 {
        let known = periods.min(self.left.len());
        let share = known.checked_sub(1).map_or(1.0, |last| self.left[last]);
        if periods > known { share * self.tail.powf((periods - known) as f64) } else { share }
    }

    /// The share of those left after so many periods that is left one period later; 0 where nobody is left.
    #[must_use]
    pub fn retention(&self, periods: usize) -> f64 {
        match self.left.get(periods) {
            None => self.tail,
            Some(next) => {
                let now = self.at(periods);
                if now > 0.0 { next / now } else { 0.0 }
            }
        }
    }
}
