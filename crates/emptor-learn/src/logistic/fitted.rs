//! What a fitted logistic regression says.

use emptor_types::{Checks, FitReport, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::term::{Predictor, Reading, Term};
use crate::classifier::FittedClassifier;
use crate::encoding::{self, Column, UNKNOWN};
use crate::normal::{two_sided, two_sided_quantile};
use crate::{Features, LeakSuspect, LearnError};

/// A contribution to the log odds is cut here, so that absurd values do not make `∞ − ∞`.
const FARTHEST: f64 = 1e300;

/// Rounding allowed in the sum of shares of levels.
const SHARE_ROUNDING: f64 = 1e-9;

/// One coefficient of a logistic regression, in the raw unit of its feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coefficient {
    /// What it belongs to.
    pub term: Term,
    /// The change of the log odds.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// `estimate / standard_error` (Wald).
    pub z: f64,
    /// Two-sided p-value of `z`. With a ridge penalty estimates are biased towards 0, and p-values rough.
    pub p_value: f64,
}

impl Coefficient {
    pub(super) fn new(term: Term, estimate: f64, standard_error: f64) -> Self {
        let z = if standard_error > 0.0 { estimate / standard_error } else { 0.0 };
        Self { term, estimate, standard_error, z, p_value: two_sided(z) }
    }

    /// The Wald interval of the estimate.
    #[must_use]
    pub fn interval(&self, level: Level) -> (f64, f64) {
        let reach = two_sided_quantile(level.get()) * self.standard_error;
        (self.estimate - reach, self.estimate + reach)
    }

    /// What the odds are multiplied by: per unit of a number, or against the reference level.
    #[must_use]
    pub fn odds_ratio(&self) -> f64 {
        self.estimate.exp()
    }

    /// The interval of the odds ratio.
    #[must_use]
    pub fn odds_ratio_interval(&self, level: Level) -> (f64, f64) {
        let (low, high) = self.interval(level);
        (low.exp(), high.exp())
    }
}

/// A fitted [`LogisticRegression`](super::LogisticRegression).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedLogistic {
    model: Model,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) coefficients: Vec<Coefficient>,
    pub(super) effective_parameters: f64,
    pub(super) predictors: Vec<Predictor>,
    pub(super) constant: Vec<String>,
    pub(super) collinear: Vec<Term>,
    pub(super) ridge: f64,
    pub(super) null_log_likelihood: f64,
    pub(super) report: FitReport,
    pub(super) suspects: Vec<LeakSuspect>,
}

impl FittedLogistic {
    /// The coefficients, the intercept first, then in the order of features.
    #[must_use]
    pub fn coefficients(&self) -> &[Coefficient] {
        &self.model.coefficients
    }

    /// The coefficient of a number.
    #[must_use]
    pub fn coefficient(&self, feature: &str) -> Option<&Coefficient> {
        self.find(&Term::Number { feature: feature.to_owned() })
    }

    /// The coefficient of a level; `None` for the reference level and for levels the fit has not seen.
    #[must_use]
    pub fn level(&self, feature: &str, level: &str) -> Option<&Coefficient> {
        let wanted =
            |term: &Term| matches!(term, Term::Level { feature: f, level: l, .. } if f == feature && l == level);
        self.model.coefficients.iter().find(|coefficient| wanted(&coefficient.term))
    }

    /// The coefficient of being unknown.
    #[must_use]
    pub fn unknown(&self, feature: &str) -> Option<&Coefficient> {
        self.find(&Term::Unknown { feature: feature.to_owned() })
    }

    fn find(&self, term: &Term) -> Option<&Coefficient> {
        self.model.coefficients.iter().find(|coefficient| coefficient.term == *term)
    }

    /// Log-likelihood of the rows of the fit, without penalty.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.model.report.log_likelihood.unwrap_or(f64::NEG_INFINITY)
    }

    /// Residual deviance, `−2 log L`.
    #[must_use]
    pub fn deviance(&self) -> f64 {
        -2.0 * self.log_likelihood()
    }

    /// Deviance of the model without features.
    #[must_use]
    pub fn null_deviance(&self) -> f64 {
        -2.0 * self.model.null_log_likelihood
    }

    /// McFadden's R², `1 − log L / log L_0` (McFadden 1974).
    #[must_use]
    pub fn mcfadden_r2(&self) -> f64 {
        1.0 - self.log_likelihood() / self.model.null_log_likelihood
    }

    /// Akaike's information criterion, `2k − 2 log L`, where k is the effective number of parameters.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.model.effective_parameters - 2.0 * self.log_likelihood()
    }

    /// Number of coefficients; with a ridge penalty the trace of `I (I + λ)⁻¹`, which is less.
    #[must_use]
    pub fn effective_parameters(&self) -> f64 {
        self.model.effective_parameters
    }

    /// How the fit went.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.model.report
    }

    /// Features left out because they are the same in all rows.
    #[must_use]
    pub fn constant(&self) -> &[String] {
        &self.model.constant
    }

    /// Columns left out because others make them up.
    #[must_use]
    pub fn collinear(&self) -> &[Term] {
        &self.model.collinear
    }

    /// The log odds of the event, one per row.
    ///
    /// # Errors
    /// [`LearnError::MissingFeatures`] or [`LearnError::FeatureKind`] if columns are not those of the fit.
    pub fn log_odds(&self, features: &Features<'_>) -> Result<Vec<f64>, LearnError> {
        let intercept = self.find(&Term::Intercept).map_or(0.0, |coefficient| coefficient.estimate);
        let mut log_odds = vec![intercept; features.rows()];
        for (feature, contributions) in self.contributions(features)? {
            debug_assert!(features.get(feature).is_some());
            log_odds.iter_mut().zip(contributions).for_each(|(sum, c)| *sum += c);
        }
        Ok(log_odds)
    }

    /// What each feature adds to the log odds, row by row; with the intercept the contributions sum to
    /// [`log_odds`](Self::log_odds). Levels are counted from their reference level, numbers from 0.
    ///
    /// # Errors
    /// As [`log_odds`](Self::log_odds).
    pub fn contributions(&self, features: &Features<'_>) -> Result<Vec<(&str, Vec<f64>)>, LearnError> {
        let predictors = &self.model.predictors;
        let columns = encoding::read(features, predictors.iter().map(Predictor::wanted))?;
        let pairs = predictors.iter().zip(columns);
        Ok(pairs
            .map(|(predictor, column)| (predictor.feature.as_str(), self.contribution(predictor, &column)))
            .collect())
    }

    fn contribution(&self, predictor: &Predictor, column: &Column<'_>) -> Vec<f64> {
        let feature = predictor.feature.as_str();
        let unknown = self.unknown(feature).map(|coefficient| coefficient.estimate);
        match (&predictor.reading, column) {
            (Reading::Number { mean }, Column::Numbers(values)) => {
                let slope = self.coefficient(feature).map_or(0.0, |coefficient| coefficient.estimate);
                let absent = slope * mean + unknown.unwrap_or(0.0);
                let of = |&x: &f64| if x.is_nan() { absent } else { (slope * x).clamp(-FARTHEST, FARTHEST) };
                values.iter().map(of).collect()
            }
            (Reading::Category { levels, shares }, Column::Places(places)) => {
                let of_level = |level: &String| self.level(feature, level).map_or(0.0, |c| c.estimate);
                let effects: Vec<f64> = levels.iter().map(of_level).collect();
                let known: f64 = shares.iter().sum();
                let average = effects.iter().zip(shares).map(|(effect, share)| effect * share).sum::<f64>()
                    + (1.0 - known).max(0.0) * unknown.unwrap_or(0.0);
                let of = |&place: &u32| match effects.get(place as usize) {
                    Some(&effect) => effect,
                    None if place == UNKNOWN => unknown.unwrap_or(average),
                    // Nothing is known of a new level: it is taken for the usual one.
                    None => 0.0,
                };
                places.iter().map(of).collect()
            }
            // The columns were read as the predictors want them.
            (_, Column::Numbers(values)) => vec![0.0; values.len()],
            (_, Column::Places(places)) => vec![0.0; places.len()],
        }
    }
}

impl Predictor {
    fn wanted(&self) -> encoding::Wanted<'_> {
        let levels = match &self.reading {
            Reading::Number { .. } => None,
            Reading::Category { levels, .. } => Some(levels.as_slice()),
        };
        (&self.feature, levels)
    }
}

/// `1 / (1 + e^−η)`.
pub(crate) fn probability_of(log_odds: f64) -> f64 {
    let e = (-log_odds.abs()).exp();
    if log_odds >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

impl FittedClassifier for FittedLogistic {
    fn probability(&self, features: &Features<'_>) -> Result<Vec<f64>, LearnError> {
        Ok(self.log_odds(features)?.into_iter().map(probability_of).collect())
    }

    fn features(&self) -> Vec<&str> {
        self.model.predictors.iter().map(|predictor| predictor.feature.as_str()).collect()
    }

    fn suspects(&self) -> &[LeakSuspect] {
        &self.model.suspects
    }
}

impl TryFrom<Model> for FittedLogistic {
    type Error = Invalid;

    fn try_from(mut model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        model.check(&mut checks);
        checks.finish()?;
        // What follows from the rest is not believed but computed again.
        for c in &mut model.coefficients {
            *c = Coefficient::new(c.term.clone(), c.estimate, c.standard_error);
        }
        Ok(Self { model })
    }
}

impl From<FittedLogistic> for Model {
    fn from(fitted: FittedLogistic) -> Self {
        fitted.model
    }
}

impl Model {
    fn has(&self, term: &Term) -> bool {
        self.coefficients.iter().any(|coefficient| coefficient.term == *term)
    }

    fn check(&self, checks: &mut Checks) {
        let first = self.coefficients.first().map(|coefficient| &coefficient.term);
        checks.require(first == Some(&Term::Intercept), "coefficients", "must begin with the intercept", "another");
        for (i, coefficient) in self.coefficients.iter().enumerate() {
            let name = coefficient.term.to_string();
            let before = self.coefficients[..i].iter().any(|other| other.term == coefficient.term);
            checks.require(!before, &name, "must have one coefficient", "a second");
            checks.require(coefficient.estimate.is_finite(), &name, "must be finite", coefficient.estimate);
            let error = coefficient.standard_error;
            checks.require(
                error >= 0.0 && error.is_finite(),
                &name,
                "must have a finite standard error of at least 0",
                error,
            );
            let known = coefficient.term.feature().is_none_or(|f| self.predictors.iter().any(|p| p.feature == f));
            checks.require(known, &name, "must belong to a feature of the model", "none");
        }
        for (i, predictor) in self.predictors.iter().enumerate() {
            let name = predictor.feature.as_str();
            let before = self.predictors[..i].iter().any(|other| other.feature == name);
            checks.require(!before, name, "must be read once", "a second reading");
            match &predictor.reading {
                Reading::Number { mean } => {
                    checks.require(mean.is_finite(), name, "must have a finite mean", mean);
                    let slope = Term::Number { feature: name.to_owned() };
                    let unknown = Term::Unknown { feature: name.to_owned() };
                    // A number that is the same wherever it is known has a coefficient of being unknown only.
                    let slope = self.has(&slope) || (self.has(&unknown) && !self.collinear.contains(&slope));
                    let gone = self.collinear.iter().any(|term| term.feature() == Some(name));
                    checks.require(slope || gone, name, "must have a coefficient or be left out as collinear", "none");
                }
                Reading::Category { levels, shares } => {
                    let sum: f64 = shares.iter().sum();
                    let proper = levels.len() == shares.len() && shares.iter().all(|&s| s >= 0.0);
                    let shares = format!("{} levels, shares {shares:?}", levels.len());
                    checks.require(
                        proper && sum <= 1.0 + SHARE_ROUNDING,
                        name,
                        "must have a share for each level, at least 0 and at most 1 together",
                        shares,
                    );
                    let own = |term: &Term, wanted: &String| matches!(term, Term::Level { feature, level, .. } if feature == name && level == wanted);
                    let terms = || self.coefficients.iter().map(|c| &c.term).chain(&self.collinear);
                    let lacking = levels.iter().filter(|level| !terms().any(|term| own(term, level))).count();
                    checks.require(
                        lacking == 1,
                        name,
                        "must have a coefficient for each level but the reference, or have it left out as collinear",
                        format!("{lacking} levels without"),
                    );
                }
            }
        }
        let reached = self.report.log_likelihood;
        checks.require(
            reached.is_some_and(|value| value.is_finite() && value <= 0.0),
            "log_likelihood",
            "must be finite and at most 0",
            format!("{reached:?}"),
        );
        checks.require((0.0..=1e12).contains(&self.ridge), "ridge", "must be 0 to 1e12", self.ridge);
        let null = self.null_log_likelihood;
        checks.require(null < 0.0 && null.is_finite(), "null_log_likelihood", "must be finite and below 0", null);
        let effective = self.effective_parameters;
        checks.require(
            effective > 0.0 && effective.is_finite(),
            "effective_parameters",
            "must be finite and above 0",
            effective,
        );
    }
}
