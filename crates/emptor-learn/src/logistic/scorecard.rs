//! Log odds as points.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::{FittedLogistic, Term};
use crate::{Features, LearnError};

/// Score points: a linear scale of the log odds on which a fixed number of points doubles the odds.
///
/// ```text
/// points = base_points + factor (log odds − ln base_odds),  factor = points_to_double / ln 2
/// ```
///
/// Source: Siddiqi (2006), *Credit risk scorecards*, chapter 6. The odds are those of the event, so that more points
/// mean a likelier event.
///
/// ```
/// use emptor_learn::Scorecard;
///
/// // 600 points at even odds, 20 points double them.
/// let card = Scorecard::new(600.0, 1.0, 20.0)?;
/// assert!((card.points_of(2.0_f64.ln()) - 620.0).abs() < 1e-9);
/// assert!((card.points_of(0.25_f64.ln()) - 560.0).abs() < 1e-9);
/// assert!(Scorecard::new(600.0, 0.0, 20.0).is_err());
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Scale", into = "Scale")]
pub struct Scorecard {
    scale: Scale,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Scale {
    base_points: f64,
    base_odds: f64,
    points_to_double: f64,
}

impl Scorecard {
    /// A scale with `base_points` at `base_odds` (of the event against its absence) and `points_to_double`.
    ///
    /// # Errors
    /// If a number is not finite, or the odds or the points to double are not above 0.
    pub fn new(base_points: f64, base_odds: f64, points_to_double: f64) -> Result<Self, LearnError> {
        Ok(Self::try_from(Scale { base_points, base_odds, points_to_double })?)
    }

    /// Points per unit of log odds.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.scale.points_to_double / std::f64::consts::LN_2
    }

    /// The points of some log odds.
    #[must_use]
    pub fn points_of(&self, log_odds: f64) -> f64 {
        self.scale.base_points + self.factor() * (log_odds - self.scale.base_odds.ln())
    }

    /// The points of rows.
    ///
    /// # Errors
    /// As [`FittedLogistic::log_odds`].
    pub fn points(&self, fitted: &FittedLogistic, features: &Features<'_>) -> Result<Vec<f64>, LearnError> {
        Ok(fitted.log_odds(features)?.into_iter().map(|log_odds| self.points_of(log_odds)).collect())
    }

    /// The card: points per term, i.e. to begin with (the intercept), per unit of a number, for a level or for being
    /// unknown. Points of a row are their sum.
    #[must_use]
    pub fn card(&self, fitted: &FittedLogistic) -> Vec<(Term, f64)> {
        let points = |term: &Term, estimate: f64| match term {
            Term::Intercept => self.points_of(estimate),
            _ => self.factor() * estimate,
        };
        fitted.coefficients().iter().map(|c| (c.term.clone(), points(&c.term, c.estimate))).collect()
    }
}

impl TryFrom<Scale> for Scorecard {
    type Error = Invalid;

    fn try_from(scale: Scale) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(scale.base_points.is_finite(), "base_points", "must be finite", scale.base_points);
        for (name, value) in [("base_odds", scale.base_odds), ("points_to_double", scale.points_to_double)] {
            checks.require(value > 0.0 && value.is_finite(), name, "must be finite and above 0", value);
        }
        checks.finish()?;
        Ok(Self { scale })
    }
}

impl From<Scorecard> for Scale {
    fn from(card: Scorecard) -> Self {
        card.scale
    }
}
