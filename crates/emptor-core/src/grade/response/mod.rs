//! Who will answer: response and acquisition scoring behind one interface.

#[cfg(feature = "boosting")]
use emptor_learn::{Boosting, FittedBoosting};
use emptor_learn::{
    Evaluation, Features, FittedClassifier, FittedLogistic, Labelled, LeakSuspect, LeakageGuard, LearnError,
    LogisticRegression, Split, Subset,
};
use emptor_types::{Fit, Invalid};
use serde::{Deserialize, Serialize};

use super::GradeError;

/// Tenths of a scored list.
const DECILES: usize = 10;

/// What learns who answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseClassifier {
    /// Coefficients that can be read.
    Logistic(LogisticRegression),
    /// Bends and interactions by itself, without coefficients; with the feature `boosting`.
    #[cfg(feature = "boosting")]
    Boosting(Boosting),
}

/// The rows that judge and do not teach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TestPart {
    /// A random share of the rows with the event and of those without: how well the model knows customers like these.
    Random {
        /// The share, above 0 and below 1.
        share: f64,
        /// Seed.
        seed: u64,
    },
    /// The last share of rows: what a model of today is worth tomorrow. The harder and the honester test.
    Last {
        /// The share, above 0 and below 1.
        share: f64,
    },
}

/// A model of who answers a campaign, becomes a customer or leaves: fitted on one part of the rows, judged on the other.
///
/// What it answers: how likely is each customer or lead to answer, which features go with it, and can the answer be
/// trusted: does it rank people it has not seen, and do of those with a predicted 10 % about 10 % answer?
///
/// Features declared to be known only after the contact ([`ResponseModelBuilder::known_after`]), such as the length of
/// the call, are left out; others that look as if they knew the answer are used and reported
/// ([`FittedResponse::suspects`]).
///
/// ```
/// use emptor_core::grade::{Feature, Features, ResponseModel, TestPart};
///
/// let age: Vec<f64> = (0..500).map(|i| f64::from(20 + i * 7 % 61)).collect();
/// let seconds: Vec<f64> = (0..500).map(|i| f64::from(i * 37 % 900)).collect();
/// let answered: Vec<bool> = (0..500).map(|i| i * 7 % 61 + i * 13 % 40 > 70).collect();
/// let features =
///     Features::new(&[("age", Feature::Numbers(&age)), ("call_seconds", Feature::Numbers(&seconds))])?;
///
/// let model = ResponseModel::builder().test(TestPart::Last { share: 0.4 }).known_after(["call_seconds"]).build()?;
/// let fitted = model.fit(&features, &answered)?;
/// assert!(fitted.evaluation().auc.auc > 0.8);
/// assert_eq!(fitted.features(), ["age"]);
///
/// let leads = [25.0, 78.0];
/// let scores = fitted.score(&Features::new(&[("age", Feature::Numbers(&leads))])?)?;
/// assert!(scores.probability[1] > scores.probability[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct ResponseModel {
    settings: Settings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Settings {
    classifier: ResponseClassifier,
    test: TestPart,
    known_after: Vec<String>,
    guard: LeakageGuard,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            classifier: ResponseClassifier::Logistic(LogisticRegression::default()),
            test: TestPart::Random { share: 0.3, seed: 0 },
            known_after: Vec::new(),
            guard: LeakageGuard::default(),
        }
    }
}

impl TryFrom<Settings> for ResponseModel {
    type Error = Invalid;

    fn try_from(settings: Settings) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let (TestPart::Random { share, .. } | TestPart::Last { share }) = settings.test;
        checks.require(share > 0.0 && share < 1.0, "test share", "must be above 0 and below 1", share);
        for (i, name) in settings.known_after.iter().enumerate() {
            checks.require(!settings.known_after[..i].contains(name), "known_after", "must be named once", name);
        }
        checks.finish()?;
        Ok(Self { settings })
    }
}

impl From<ResponseModel> for Settings {
    fn from(model: ResponseModel) -> Self {
        model.settings
    }
}

/// Collects the settings of a [`ResponseModel`]: logistic regression judged on a random 30 % by default.
///
/// ```
/// use emptor_core::grade::{LogisticRegression, ResponseClassifier, ResponseModel, TestPart};
///
/// let ridge = ResponseClassifier::Logistic(LogisticRegression::builder().ridge(1.0).build()?);
/// assert!(ResponseModel::builder().classifier(ridge).build().is_ok());
/// assert!(ResponseModel::builder().test(TestPart::Last { share: 1.0 }).build().is_err());
/// # Ok::<(), emptor_core::grade::LearnError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ResponseModelBuilder {
    settings: Settings,
}

impl ResponseModelBuilder {
    /// Sets what learns.
    #[must_use]
    pub fn classifier(mut self, classifier: ResponseClassifier) -> Self {
        self.settings.classifier = classifier;
        self
    }

    /// Sets the rows that judge.
    #[must_use]
    pub fn test(mut self, part: TestPart) -> Self {
        self.settings.test = part;
        self
    }

    /// Declares features that are known only after the contact or the event: they are left out.
    #[must_use]
    pub fn known_after<T: Into<String>>(mut self, features: impl IntoIterator<Item = T>) -> Self {
        self.settings.known_after.extend(features.into_iter().map(Into::into));
        self
    }

    /// Sets what counts as a suspect of leakage.
    #[must_use]
    pub fn leakage_guard(mut self, guard: LeakageGuard) -> Self {
        self.settings.guard = guard;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every setting that breaks its rule.
    pub fn build(self) -> Result<ResponseModel, GradeError> {
        Ok(ResponseModel::try_from(self.settings)?)
    }
}

impl ResponseModel {
    /// Starts from the default settings.
    #[must_use]
    pub fn builder() -> ResponseModelBuilder {
        ResponseModelBuilder::default()
    }

    /// Fits on the rows that teach and judges on the others; the order of rows is that of time for
    /// [`TestPart::Last`].
    ///
    /// # Errors
    /// [`GradeError::Learn`]: a declared feature that is not there, one outcome only in either part, and whatever the
    /// classifier refuses.
    pub fn fit(&self, features: &Features<'_>, event: &[bool]) -> Result<FittedResponse, GradeError> {
        let order: Vec<usize> = (0..features.rows()).collect();
        self.fit_in_order(features, event, &order)
    }

    /// As [`fit`](Self::fit), rows in the order of a date or another column: rows of one date stay together.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`GradeError::Invalid`] unless there is one date per row.
    pub fn fit_in_order<T: Ord + Copy>(
        &self,
        features: &Features<'_>,
        event: &[bool],
        order: &[T],
    ) -> Result<FittedResponse, GradeError> {
        let rows = features.rows();
        let mut checks = Invalid::checks();
        let rule = format!("must have one element for each of {rows} rows");
        checks.require(event.len() == rows, "event", &rule, event.len());
        checks.require(order.len() == rows, "order", &rule, order.len());
        checks.finish()?;
        let split = match self.settings.test {
            TestPart::Random { share, seed } => Split::random(event, share, seed)?,
            TestPart::Last { share } => Split::last(order, share)?,
        };
        let of = |rows: &[usize]| rows.iter().map(|&row| event[row]).collect::<Vec<bool>>();
        let (teaching, judging) = (of(&split.train), of(&split.test));

        let all = Subset::of(features, &split.train);
        let all = all.features()?;
        let declared: Vec<&str> = self.settings.known_after.iter().map(String::as_str).collect();
        let suspects = self.settings.guard.suspects(&Labelled::new(&all, &teaching)?.known_after(&declared)?);
        let allowed: Vec<_> = all.columns().iter().filter(|(name, _)| !declared.contains(name)).copied().collect();
        let allowed = Features::new(&allowed)?;
        let model = Learnt::by(&self.settings.classifier, &Labelled::new(&allowed, &teaching)?)?;

        let test = Subset::of(features, &split.test);
        let probability = model.as_classifier().probability(&test.features()?)?;
        let evaluation = Evaluation::new(&judging, &probability)?;
        let events = teaching.iter().filter(|&&event| event).count();
        let model = Model { model, taught: (teaching.len(), events), evaluation, suspects };
        Ok(FittedResponse::try_from(model)?)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Learnt {
    Logistic(FittedLogistic),
    #[cfg(feature = "boosting")]
    Boosting(FittedBoosting),
}

impl Learnt {
    fn by(classifier: &ResponseClassifier, data: &Labelled<'_>) -> Result<Self, LearnError> {
        match classifier {
            ResponseClassifier::Logistic(spec) => spec.fit(data).map(Self::Logistic),
            #[cfg(feature = "boosting")]
            ResponseClassifier::Boosting(spec) => spec.fit(data).map(Self::Boosting),
        }
    }

    fn as_classifier(&self) -> &dyn FittedClassifier {
        match self {
            Self::Logistic(fitted) => fitted,
            #[cfg(feature = "boosting")]
            Self::Boosting(fitted) => fitted,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    model: Learnt,
    /// Rows that taught, and events among them.
    taught: (usize, usize),
    evaluation: Evaluation,
    suspects: Vec<LeakSuspect>,
}

/// A fitted [`ResponseModel`]: the classifier that was judged, and the judgement; no data. Loading a saved one checks it
/// again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Model", into = "Model")]
pub struct FittedResponse {
    model: Model,
}

impl FittedResponse {
    /// How good the probabilities are on rows that took no part in the fit: area under the curve with its error,
    /// calibration, gains.
    #[must_use]
    pub fn evaluation(&self) -> &Evaluation {
        &self.model.evaluation
    }

    /// Features that were declared to know the answer, and were left out; and those that look like it, and were used.
    #[must_use]
    pub fn suspects(&self) -> &[LeakSuspect] {
        &self.model.suspects
    }

    /// Rows that taught.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.model.taught.0
    }

    /// Rows with the event among them.
    #[must_use]
    pub fn events(&self) -> usize {
        self.model.taught.1
    }

    /// The features that must be there to score.
    #[must_use]
    pub fn features(&self) -> Vec<&str> {
        self.model.model.as_classifier().features()
    }

    /// The fitted logistic regression, if it is one.
    #[must_use]
    pub fn logistic(&self) -> Option<&FittedLogistic> {
        match &self.model.model {
            Learnt::Logistic(fitted) => Some(fitted),
            #[cfg(feature = "boosting")]
            Learnt::Boosting(_) => None,
        }
    }

    /// The boosted trees, if they are.
    #[cfg(feature = "boosting")]
    #[must_use]
    pub fn boosting(&self) -> Option<&FittedBoosting> {
        match &self.model.model {
            Learnt::Boosting(fitted) => Some(fitted),
            Learnt::Logistic(_) => None,
        }
    }

    /// How likely the event is for each customer, and in which tenth of this list it stands.
    ///
    /// # Errors
    /// [`GradeError::Learn`] if a column that the model needs is missing or of another kind.
    pub fn score(&self, features: &Features<'_>) -> Result<ResponseScores, GradeError> {
        let probability = self.model.model.as_classifier().probability(features)?;
        Ok(ResponseScores { decile: deciles(&probability), probability })
    }
}

impl TryFrom<Model> for FittedResponse {
    type Error = Invalid;

    fn try_from(model: Model) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let (rows, events) = model.taught;
        let both = events > 0 && events < rows;
        checks.require(both, "taught", "must have rows with and without the event", format!("{events} of {rows}"));
        let auc = &model.evaluation.auc;
        checks.require((0.0..=1.0).contains(&auc.auc), "auc", "must lie between 0 and 1", auc.auc);
        let (judged, listed) =
            (auc.events + auc.others, model.evaluation.gains.iter().map(|row| row.rows).sum::<usize>());
        checks.require(judged == listed, "gains", "must be about the rows that judged", listed);
        checks.finish()?;
        Ok(Self { model })
    }
}

impl From<FittedResponse> for Model {
    fn from(fitted: FittedResponse) -> Self {
        fitted.model
    }
}

/// Scores of customers, in the order of the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseScores {
    /// The probability of the event.
    pub probability: Vec<f64>,
    /// The tenth of this list, 1 the likeliest; equal probabilities are in one, the better.
    pub decile: Vec<u32>,
}

/// One more than the tenths of the list that are all likelier.
fn deciles(probability: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..probability.len()).collect();
    order.sort_unstable_by(|&a, &b| probability[b].total_cmp(&probability[a]));
    let mut deciles = vec![0; probability.len()];
    let mut likelier = 0;
    for equal in order.chunk_by(|&a, &b| probability[a].total_cmp(&probability[b]).is_eq()) {
        let decile = (likelier * DECILES / probability.len()) as u32 + 1;
        equal.iter().for_each(|&row| deciles[row] = decile);
        likelier += equal.len();
    }
    deciles
}

#[cfg(test)]
mod tests;
