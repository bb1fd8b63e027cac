//! What every model of an event has in common.

use emptor_types::Invalid;

use crate::{Features, LeakSuspect, LearnError, Subset};

/// Rows of which it is known whether the event happened: answered, bought, left.
///
/// ```
/// use emptor_learn::{Feature, Features, Labelled, LearnError};
///
/// let features = Features::new(&[
///     ("age", Feature::Numbers(&[19.0, 67.0, 35.0])),
///     ("call_seconds", Feature::Numbers(&[12.0, 840.0, 33.0])),
/// ])?;
/// let data = Labelled::new(&features, &[false, true, false])?.known_after(&["call_seconds"])?;
/// assert_eq!(data.events(), 1);
/// assert_eq!(data.refuse_leaks(), Err(LearnError::Leakage { features: vec!["call_seconds".into()] }));
/// # Ok::<(), LearnError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Labelled<'a> {
    features: &'a Features<'a>,
    event: &'a [bool],
    weights: Option<&'a [f64]>,
    known_after: Vec<String>,
}

impl<'a> Labelled<'a> {
    /// Pairs features with whether the event happened.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one answer per row and at least one row.
    pub fn new(features: &'a Features<'a>, event: &'a [bool]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        let rows = format!("must have {} rows like the features", features.rows());
        checks.require(event.len() == features.rows(), "event", &rows, event.len());
        checks.require(features.rows() > 0, "rows", "must be at least one", "none");
        checks.finish()?;
        Ok(Self { features, event, weights: None, known_after: Vec::new() })
    }

    /// Sets the weights of rows: a row of weight 2 counts as two equal rows, a row of weight 0 is not looked at.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one weight of 0 to 1e9 per row, and one above 0.
    pub fn weighted(mut self, weights: &'a [f64]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        checks.require(weights.len() == self.rows(), "weights", "must have one element per row", weights.len());
        checks.require_each("weights", "must be 0 to 1e9", weights, |_, w| (0.0..=1e9).contains(&w));
        checks.require(weights.iter().any(|&w| w > 0.0), "weights", "must have one above 0", "none");
        checks.finish()?;
        self.weights = Some(weights);
        Ok(self)
    }

    /// Declares features that are known only after the contact or the event, such as the length of the call. A fit
    /// refuses them.
    ///
    /// # Errors
    /// [`LearnError::MissingFeatures`] if there is no column of a name: a misspelt declaration would guard nothing.
    pub fn known_after(mut self, names: &[&str]) -> Result<Self, LearnError> {
        let lacking = names.iter().filter(|name| self.features.get(name).is_none());
        let missing: Vec<String> = lacking.map(|&name| name.to_owned()).collect();
        if !missing.is_empty() {
            let available = self.features.names().map(str::to_owned).collect();
            return Err(LearnError::MissingFeatures { missing, available });
        }
        self.known_after.extend(names.iter().map(|&name| name.to_owned()));
        Ok(self)
    }

    /// The columns.
    #[must_use]
    pub fn features(&self) -> &'a Features<'a> {
        self.features
    }

    /// Whether the event happened, row by row.
    #[must_use]
    pub fn event(&self) -> &'a [bool] {
        self.event
    }

    /// The weights of rows, if they have any.
    #[must_use]
    pub fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// The weight of a row, 1 if rows have none.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.event.len()
    }

    /// Number of rows with the event.
    #[must_use]
    pub fn events(&self) -> usize {
        self.event.iter().filter(|&&event| event).count()
    }

    /// The features declared to be known only after the event.
    #[must_use]
    pub fn declared_leaks(&self) -> &[String] {
        &self.known_after
    }

    /// Refuses features that were declared to be known only after the event.
    ///
    /// # Errors
    /// [`LearnError::Leakage`] with their names.
    pub fn refuse_leaks(&self) -> Result<(), LearnError> {
        if self.known_after.is_empty() {
            Ok(())
        } else {
            Err(LearnError::Leakage { features: self.known_after.clone() })
        }
    }

    /// What every fit asks first: no declared leak, and rows with and without the event. Returns how many rows count.
    pub(crate) fn check(&self) -> Result<usize, LearnError> {
        self.refuse_leaks()?;
        let counted = || (0..self.rows()).filter(|&row| self.weight(row) > 0.0);
        let rows = counted().count();
        let events = counted().filter(|&row| self.event[row]).count();
        if events > 0 && events < rows { Ok(rows) } else { Err(LearnError::OneClass { events, rows }) }
    }

    /// Copies of the given rows, to be lent as data of their own by [`Chosen::lend`].
    pub(crate) fn choose(&self, rows: &[usize]) -> Chosen {
        Chosen {
            columns: Subset::of(self.features, rows),
            event: rows.iter().map(|&row| self.event[row]).collect(),
            weights: self.weights.map(|weights| rows.iter().map(|&row| weights[row]).collect()),
            known_after: self.known_after.clone(),
        }
    }
}

/// Copied rows with their answers.
pub(crate) struct Chosen {
    columns: Subset,
    pub(crate) event: Vec<bool>,
    weights: Option<Vec<f64>>,
    known_after: Vec<String>,
}

impl Chosen {
    pub(crate) fn features(&self) -> Result<Features<'_>, LearnError> {
        self.columns.features()
    }

    pub(crate) fn lend<'a>(&'a self, features: &'a Features<'a>) -> Result<Labelled<'a>, LearnError> {
        let mut data = Labelled::new(features, &self.event)?;
        data.known_after.clone_from(&self.known_after);
        match &self.weights {
            Some(weights) => data.weighted(weights),
            None => Ok(data),
        }
    }
}

/// A specification of a model of an event, whatever its kind: what cross-validation and comparison are written for.
///
/// Each kind also has its own `fit`, which returns its own fitted type.
pub trait Classifier: Sync {
    /// Fits the model.
    ///
    /// # Errors
    /// If the data cannot carry the model; see the `fit` of the kind.
    fn train(&self, data: &Labelled<'_>) -> Result<Box<dyn FittedClassifier>, LearnError>;
}

/// A fitted model of an event.
pub trait FittedClassifier: Send + Sync {
    /// The probability **of the event**, one per row, in the order of rows; always strictly between 0 and 1 or equal to
    /// one of them by rounding, never unknown: unknown values and unseen categories count as the average.
    ///
    /// # Errors
    /// [`LearnError::MissingFeatures`] or [`LearnError::FeatureKind`] if columns are not those of the fit.
    fn probability(&self, features: &Features<'_>) -> Result<Vec<f64>, LearnError>;

    /// Names of the features that must be there to score.
    fn features(&self) -> Vec<&str>;

    /// Features that looked like leaks when the model was fitted: warnings.
    fn suspects(&self) -> &[LeakSuspect];
}
