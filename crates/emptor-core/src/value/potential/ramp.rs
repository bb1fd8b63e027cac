//! How an effect builds up.

use emptor_types::Invalid;

/// The part of a full effect that is there in period `t = 1, 2, …`, from 0 to 1.
///
/// Potential does not arrive at once: an offer is taken up over months, a share of wallet is won step by step. The same
/// type places costs: [`Ramp::once`] for what is paid in one period, [`Ramp::immediate`] for what is paid in every one.
///
/// ```
/// use emptor_core::value::potential::Ramp;
///
/// let seen = |ramp: &Ramp| [1, 2, 3, 4].map(|t| ramp.at(t));
/// assert_eq!(seen(&Ramp::immediate()), [1.0, 1.0, 1.0, 1.0]);
/// assert_eq!(seen(&Ramp::linear(2)?), [0.5, 1.0, 1.0, 1.0]);
/// assert_eq!(seen(&Ramp::linear(2)?.delayed(1)), [0.0, 0.5, 1.0, 1.0]);
/// assert_eq!(seen(&Ramp::once(2)?), [0.0, 1.0, 0.0, 0.0]);
/// assert_eq!(seen(&Ramp::curve(vec![0.2, 0.9, 0.6])?), [0.2, 0.9, 0.6, 0.6]);
/// assert!(Ramp::curve(vec![0.5, 1.5]).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp {
    shape: Shape,
    delay: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// Reaches 1 after so many periods.
    Linear(usize),
    /// The last value continues.
    Curve(Vec<f64>),
}

impl Ramp {
    /// The full effect from period 1 on.
    #[must_use]
    pub fn immediate() -> Self {
        Self { shape: Shape::Linear(1), delay: 0 }
    }

    /// `t / periods` up to the full effect in period `periods`, and the full effect from then on.
    ///
    /// # Errors
    /// Unless there is at least one period.
    pub fn linear(periods: usize) -> Result<Self, Invalid> {
        if periods >= 1 {
            Ok(Self { shape: Shape::Linear(periods), delay: 0 })
        } else {
            Err(Invalid::value("ramp", "must take at least 1 period", periods))
        }
    }

    /// The full effect in one period only.
    ///
    /// # Errors
    /// Unless the period counts from 1.
    pub fn once(period: usize) -> Result<Self, Invalid> {
        if period >= 1 {
            Ok(Self { shape: Shape::Curve(vec![1.0, 0.0]), delay: period - 1 })
        } else {
            Err(Invalid::value("period", "must count from 1", period))
        }
    }

    /// Any course, starting with period 1; its last value continues. It may fall: an effect can wear off.
    ///
    /// # Errors
    /// Unless there is at least one value and all lie between 0 and 1.
    pub fn curve(values: Vec<f64>) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!values.is_empty(), "ramp", "must have at least one value", "none");
        checks.require_each("ramp", "must lie between 0 and 1", &values, |_, v| (0.0..=1.0).contains(&v));
        checks.finish()?;
        Ok(Self { shape: Shape::Curve(values), delay: 0 })
    }

    /// The same course, so many periods later; nothing before.
    #[must_use]
    pub fn delayed(mut self, periods: usize) -> Self {
        self.delay = self.delay.saturating_add(periods);
        self
    }

    /// The part of the full effect in period `t`, which counts from 1.
    #[must_use]
    pub fn at(&self, t: usize) -> f64 {
        let Some(step) = t.checked_sub(self.delay).filter(|step| *step > 0) else { return 0.0 };
        match &self.shape {
            Shape::Linear(periods) if step < *periods => step as f64 / *periods as f64,
            Shape::Linear(_) => 1.0,
            Shape::Curve(values) => values.get(step - 1).or(values.last()).copied().unwrap_or(0.0),
        }
    }
}
