//! How far a tree says the same as the labels it explains.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::{Features, FittedTree, LearnError};

/// Agreement on one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassFidelity {
    /// The class.
    pub class: String,
    /// Rows given that class.
    pub given: usize,
    /// Rows predicted to have it.
    pub predicted: usize,
    /// Rows of both.
    pub agreed: usize,
    /// Agreed over given; none if none was given.
    pub recall: Option<f64>,
    /// Agreed over predicted; none if none was predicted.
    pub precision: Option<f64>,
}

/// Agreement of predicted with given labels, overall and by class.
///
/// ```
/// use emptor_learn::Fidelity;
///
/// let grades = ["A".to_owned(), "B".to_owned()];
/// let fidelity = Fidelity::of(&grades, &[0, 0, 1, 1], &[0, 1, 1, 1])?;
/// assert_eq!(fidelity.accuracy, 0.75);
/// assert_eq!((fidelity.classes[0].recall, fidelity.classes[0].precision), (Some(0.5), Some(1.0)));
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// Rows compared.
    pub rows: usize,
    /// Share of rows predicted as given.
    pub accuracy: f64,
    /// By class, in the order of the names.
    pub classes: Vec<ClassFidelity>,
}

impl Fidelity {
    /// Compares labels, places in a list of names, row by row.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless both have the same length, at least one, and every label is a place in the list.
    pub fn of(names: &[String], given: &[u32], predicted: &[u32]) -> Result<Self, LearnError> {
        let mut checks = Invalid::checks();
        checks.require(!given.is_empty(), "given", "must have at least one row", "none");
        checks.require(predicted.len() == given.len(), "predicted", "must be as long as given", predicted.len());
        let rule = format!("must be a place in the list of {} names", names.len());
        checks.require_each("given", &rule, given, |_, code| (code as usize) < names.len());
        checks.require_each("predicted", &rule, predicted, |_, code| (code as usize) < names.len());
        checks.finish()?;
        let count = |codes: &[u32], class: usize| codes.iter().filter(|&&code| code as usize == class).count();
        let agreed: Vec<u32> = given.iter().zip(predicted).filter(|(a, b)| a == b).map(|(a, _)| *a).collect();
        let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
        let classes = names.iter().enumerate().map(|(class, name)| {
            let (given, predicted, agreed) = (count(given, class), count(predicted, class), count(&agreed, class));
            let (recall, precision) = (share(agreed, given), share(agreed, predicted));
            ClassFidelity { class: name.clone(), given, predicted, agreed, recall, precision }
        });
        let accuracy = agreed.len() as f64 / given.len() as f64;
        Ok(Self { rows: given.len(), accuracy, classes: classes.collect() })
    }
}

impl FittedTree {
    /// Compares what the tree says with given labels, places in [`classes`](Self::classes).
    ///
    /// # Errors
    /// As [`predict_class`](Self::predict_class) and [`Fidelity::of`].
    pub fn fidelity(&self, features: &Features<'_>, given: &[u32]) -> Result<Fidelity, LearnError> {
        Fidelity::of(self.classes(), given, &self.predict_class(features)?)
    }
}
