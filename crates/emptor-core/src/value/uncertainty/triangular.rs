//! An input of which a low, a most likely and a high value are known.

use emptor_types::{Invalid, Probability};

/// A number of which is known from where to where it may lie, and where most likely: the triangular distribution.
///
/// ```text
/// density rises from low to mode and falls to high
/// mean = (low + mode + high) / 3
/// variance = ((high−low)² − (mode−low)(high−mode)) / 18
/// ```
///
/// ```
/// use emptor_core::value::uncertainty::Triangular;
/// use emptor_types::Probability;
///
/// let margin = Triangular::new(0.20, 0.25, 0.40)?;
/// assert!((margin.mean() - 0.2833).abs() < 1e-4);
/// assert_eq!(margin.quantile(Probability::new(0.0)?), 0.20);
/// assert!((margin.quantile(Probability::new(0.25)?) - 0.25).abs() < 1e-12); // the mode: a quarter of the way
/// assert!(Triangular::new(0.3, 0.25, 0.4).is_err());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triangular {
    low: f64,
    mode: f64,
    high: f64,
}

impl Triangular {
    /// From the low, the most likely and the high value, which may all be the same.
    ///
    /// # Errors
    /// Unless they are finite and do not fall.
    pub fn new(low: f64, mode: f64, high: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (name, value) in [("low", low), ("mode", mode), ("high", high)] {
            checks.require(value.is_finite(), name, "must be finite", value);
        }
        let got = format!("{low}, {mode}, {high}");
        checks.require(low <= mode && mode <= high, "low, mode, high", "must not fall", got);
        checks.require((high - low).is_finite(), "high − low", "must be finite", high - low);
        checks.finish()?;
        Ok(Self { low, mode, high })
    }

    /// The lowest value.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The most likely value.
    #[must_use]
    pub fn mode(&self) -> f64 {
        self.mode
    }

    /// The highest value.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.low + ((self.mode - self.low) + (self.high - self.low)) / 3.0
    }

    /// The variance.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let Self { low, mode, high } = self;
        ((high - low) * (high - low) - (mode - low) * (high - mode)) / 18.0
    }

    /// The value that is not exceeded with probability `p`.
    #[must_use]
    pub fn quantile(&self, p: Probability) -> f64 {
        self.at(p.get())
    }

    /// The quantile of a uniform number.
    pub(super) fn at(&self, uniform: f64) -> f64 {
        let Self { low, mode, high } = self;
        let width = high - low;
        if uniform * width <= mode - low {
            low + (uniform * width * (mode - low)).sqrt()
        } else {
            high - ((1.0 - uniform) * width * (high - mode)).sqrt()
        }
    }
}
