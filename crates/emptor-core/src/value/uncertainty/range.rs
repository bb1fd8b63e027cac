//! A value with its range.

use std::fmt;

use emptor_lifetime::LifetimeError;
use emptor_lifetime::special::normal_quantile;
use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use crate::value::ValueError;

/// What a range covers. Nothing covers a wrong model or a changed market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Covers {
    /// The models were estimated from finitely many customers.
    Parameters,
    /// Another base of the same size, drawn from the same market.
    Customers,
    /// Estimated parameters and drawn customers.
    Both,
    /// Inputs that are known as a triangle of low, most likely and high.
    Inputs,
    /// Named scenarios: no probability is attached to the ends.
    Scenarios,
}

impl fmt::Display for Covers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Parameters => "estimated parameters",
            Self::Customers => "customers drawn from the same market",
            Self::Both => "estimated parameters and customers drawn from the same market",
            Self::Inputs => "uncertain inputs",
            Self::Scenarios => "scenarios",
        })
    }
}

/// A value with the range around it, and what that range covers.
///
/// ```
/// use emptor_core::value::uncertainty::{Covers, ValueRange};
/// use emptor_types::Level;
///
/// let level = Level::new(0.95)?;
/// let parameters = ValueRange::from_standard_error(1000.0, 30.0, level, Covers::Parameters)?;
/// let customers = ValueRange::from_standard_error(1000.0, 40.0, level, Covers::Customers)?;
/// let equity = parameters.correlated(0.0)?.combined_with(&customers)?;
/// assert!(equity.standard_error().is_some_and(|error| (error - 50.0).abs() < 1e-9)); // 30² + 40² = 50²
/// assert_eq!(
///     format!("{equity:.0}"),
///     "1000 (95 % range 902 to 1098: estimated parameters and customers drawn from the same market)"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct ValueRange {
    value: f64,
    low: f64,
    high: f64,
    level: Option<Level>,
    standard_error: Option<f64>,
    covers: Covers,
    correlation: Option<f64>,
    not_covered: Option<String>,
}

/// The saved form; loading checks it again.
#[derive(Deserialize)]
struct Stored {
    value: f64,
    low: f64,
    high: f64,
    level: Option<Level>,
    standard_error: Option<f64>,
    covers: Covers,
    correlation: Option<f64>,
    not_covered: Option<String>,
}

impl TryFrom<Stored> for ValueRange {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        let Stored { value, low, high, level, standard_error, covers, correlation, not_covered } = stored;
        let mut checks = Invalid::checks();
        let finite = value.is_finite() && low.is_finite() && high.is_finite() && low <= high;
        checks.require(finite, "range", "must run from a finite low to a finite high", format!("{low} to {high}"));
        let error = standard_error.unwrap_or(0.0);
        checks.require(error >= 0.0 && error.is_finite(), "standard error", "must be finite and at least 0", error);
        let correlated = correlation.is_none_or(|r| (-1.0..=1.0).contains(&r) && covers == Covers::Parameters);
        let rule = "must lie between -1 and 1, and belong to a range that covers parameters";
        checks.require(correlated, "correlation", rule, correlation.unwrap_or(f64::NAN));
        let scenarios = covers == Covers::Scenarios;
        let told = level.is_some() != scenarios && standard_error.is_some() != scenarios;
        checks.require(told, "range", "must have a level and a standard error, unless it is of scenarios", covers);
        checks.finish()?;
        Ok(Self { value, low, high, level, standard_error, covers, correlation, not_covered })
    }
}

impl ValueRange {
    /// So many standard errors either way as hold the given part of a normal distribution.
    ///
    /// # Errors
    /// Unless the value is finite and the standard error finite and not negative.
    pub fn from_standard_error(value: f64, standard_error: f64, level: Level, covers: Covers) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(value.is_finite(), "value", "must be finite", value);
        let holds = standard_error >= 0.0 && standard_error.is_finite();
        checks.require(holds, "standard error", "must be finite and at least 0", standard_error);
        checks.finish()?;
        let reach = normal_quantile(0.5 + 0.5 * level.get()) * standard_error;
        Ok(Self::of_quantiles(value, [value - reach, value + reach], level, standard_error, covers))
    }

    /// From checked quantiles.
    pub(super) fn of_quantiles(
        value: f64,
        [low, high]: [f64; 2],
        level: Level,
        standard_error: f64,
        covers: Covers,
    ) -> Self {
        let (level, standard_error) = (Some(level), Some(standard_error));
        Self { value, low, high, level, standard_error, covers, correlation: None, not_covered: None }
    }

    /// From checked scenarios.
    pub(super) fn of_scenarios(value: f64, [low, high]: [f64; 2]) -> Self {
        let covers = Covers::Scenarios;
        Self { value, low, high, level: None, standard_error: None, covers, correlation: None, not_covered: None }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The lower end.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The upper end.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.high
    }

    /// How often such a range holds the truth; scenarios have no such number.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.level
    }

    /// The standard error; scenarios have none.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        self.standard_error
    }

    /// What the range covers.
    #[must_use]
    pub fn covers(&self) -> Covers {
        self.covers
    }

    /// Why the range does not cover the parameters, if it was meant to.
    #[must_use]
    pub fn not_covered(&self) -> Option<&str> {
        self.not_covered.as_deref()
    }

    /// Whether a value lies within.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Says how the error of the parameters goes together with the draw of customers: from −1 to 1, 0 if the models were
    /// fitted to other customers than those who are valued. [`ParameterUncertainty::learned_from`] tells it.
    ///
    /// # Errors
    /// Unless it lies between −1 and 1, and the range covers [`Covers::Parameters`].
    ///
    /// [`ParameterUncertainty::learned_from`]: super::ParameterUncertainty::learned_from
    pub fn correlated(self, correlation: f64) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must lie between -1 and 1";
        checks.require((-1.0..=1.0).contains(&correlation), "correlation", rule, correlation);
        checks.require(self.covers == Covers::Parameters, "range", "must cover parameters", self.covers);
        checks.finish()?;
        Ok(Self { correlation: Some(correlation), ..self })
    }

    /// How the error of the parameters goes together with the draw of customers, if it is known.
    #[must_use]
    pub fn correlation(&self) -> Option<f64> {
        self.correlation
    }

    /// The range of both sources, one of which covers parameters and the other customers:
    /// ```text
    /// standard error² = e₁² + e₂² + 2ρ e₁e₂
    /// low = v − √((v−l₁)² + (v−l₂)² + 2ρ (v−l₁)(v−l₂))          high likewise
    /// ```
    /// so that a skewed range stays skewed (Zou & Donner 2008, "Construction of confidence limits about effect measures").
    /// The correlation `ρ` is that of the parameters' range.
    ///
    /// `ρ = 0`, where variances add, is right for models fitted to other customers than those who are valued. Models fitted
    /// to the very same customers lean the way these do: a base that happened to buy more also makes parameters that
    /// promise more. In 400 simulated bases ρ was 0.65, and the two added as if independent fell short of the true spread
    /// by a quarter. Where ρ is not known it counts as 1: standard errors add, the most that the error can be.
    ///
    /// # Errors
    /// Unless one range covers [`Covers::Parameters`] and the other [`Covers::Customers`], of the same value at the same
    /// level.
    pub fn combined_with(&self, other: &Self) -> Result<Self, Invalid> {
        /// Two ways to add up the same customers.
        const ROUNDING: f64 = 1e-9;
        let mut checks = Invalid::checks();
        let sources = (self.covers, other.covers);
        checks.require(
            matches!(sources, (Covers::Parameters, Covers::Customers) | (Covers::Customers, Covers::Parameters)),
            "ranges",
            "must cover parameters and customers, one each",
            format!("{} and {}", self.covers, other.covers),
        );
        let same = (self.value - other.value).abs() <= ROUNDING * self.value.abs().max(other.value.abs());
        let told = |of: fn(&Self) -> String| format!("{} and {}", of(self), of(other));
        checks.require(same, "ranges", "must be of the same value", told(|range| range.value.to_string()));
        let levels = told(|range| range.level.map_or_else(|| "none".to_owned(), |level| level.get().to_string()));
        checks.require(self.level == other.level, "ranges", "must have the same level", levels);
        checks.finish()?;
        let value = self.value;
        let correlation = self.correlation.or(other.correlation).unwrap_or(1.0);
        let both = |a: f64, b: f64| (a * a + b * b + 2.0 * correlation * a * b).max(0.0).sqrt();
        let arm = |of: fn(&Self) -> f64| both(of(self) - self.value, of(other) - other.value);
        Ok(Self {
            value,
            low: value - arm(Self::low),
            high: value + arm(Self::high),
            level: self.level,
            standard_error: self.standard_error.zip(other.standard_error).map(|(a, b)| both(a, b)),
            covers: Covers::Both,
            correlation: None,
            not_covered: None,
        })
    }

    /// Adds the uncertainty of parameters to a range that covers customers. Where a model has no certainty (its parameters
    /// were given, or lie on a boundary) the range stays as it is and says so in [`not_covered`](Self::not_covered).
    ///
    /// # Errors
    /// As [`combined_with`](Self::combined_with), and any error but [`LifetimeError::NoCertainty`].
    pub fn with_parameters(self, parameters: Result<Self, ValueError>) -> Result<Self, ValueError> {
        match parameters {
            Ok(parameters) => Ok(self.combined_with(&parameters)?),
            Err(ValueError::Model(why @ LifetimeError::NoCertainty { .. })) => {
                Ok(Self { not_covered: Some(why.to_string()), ..self })
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Display for ValueRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self { value, low, high, covers, .. } = self;
        write!(f, "{value:.digits$} (")?;
        if let Some(level) = self.level {
            // Level 0.999 reads 99.9 %.
            write!(f, "{} % ", (level.get() * 1e8).round() / 1e6)?;
        }
        write!(f, "range {low:.digits$} to {high:.digits$}: {covers}")?;
        if let Some(why) = &self.not_covered {
            write!(f, "; parameters not covered: {why}")?;
        }
        f.write_str(")")
    }
}
