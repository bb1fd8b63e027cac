//! How good a kind of model is on rows it has not seen, and which of several is best.

use serde::Serialize;

use super::{Auc, AucComparison, Evaluation, compare_auc, log_loss};
use crate::LearnError;
use crate::classifier::{Classifier, Labelled};
use crate::split::{Split, Subset};

/// One fold of a cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FoldScore {
    /// Rows judged.
    pub rows: usize,
    /// Their AUC.
    pub auc: Auc,
    /// Their log loss.
    pub log_loss: f64,
}

/// A cross-validated model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CrossValidation {
    /// The probability of each row by the model that was fitted without it, in the order of rows; of a row of weight 0,
    /// which no model is fitted with, the mean of all.
    pub probability: Vec<f64>,
    /// Fold by fold.
    pub folds: Vec<FoldScore>,
    /// All rows of a weight above 0 together.
    pub evaluation: Evaluation,
}

/// Fits on all folds but one and judges the one left out, fold after fold ([`Split::folds`]).
///
/// Rows of weight 0 are in no fold and are not judged. Other weights are for the fit: all scores count rows, each as one.
///
/// ```
/// use emptor_learn::{Feature, Features, Labelled, LogisticRegression, cross_validate};
///
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i % 10)).collect();
/// let event: Vec<bool> = (0..200).map(|i| i % 10 + i * 3 % 7 > 8).collect();
/// let features = Features::new(&[("x", Feature::Numbers(&x))])?;
/// let validated = cross_validate(&LogisticRegression::default(), &Labelled::new(&features, &event)?, 5, 42)?;
/// assert_eq!((validated.probability.len(), validated.folds.len()), (200, 5));
/// assert!(validated.evaluation.auc.auc > 0.7);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// Those of [`Split::folds`], of the fit and of [`Evaluation::new`].
pub fn cross_validate(
    classifier: &dyn Classifier,
    data: &Labelled<'_>,
    folds: usize,
    seed: u64,
) -> Result<CrossValidation, LearnError> {
    let mut probability = vec![0.0; data.rows()];
    let mut scores = Vec::new();
    let (counted, idle): (Vec<usize>, Vec<usize>) = (0..data.rows()).partition(|&row| data.weight(row) > 0.0);
    let counted_event = pick(data.event(), &counted);
    for Split { train, test } in Split::folds(&counted_event, folds, seed)? {
        let (train, test) = (pick(&counted, &train), pick(&counted, &test));
        let chosen = data.choose(&train);
        let features = chosen.features()?;
        let model = classifier.train(&chosen.lend(&features)?)?;
        let judged = model.probability(&Subset::of(data.features(), &test).features()?)?;
        let event = pick(data.event(), &test);
        let auc = Auc::new(&event, &judged)?;
        scores.push(FoldScore { rows: test.len(), auc, log_loss: log_loss(&event, &judged)? });
        test.iter().zip(judged).for_each(|(&row, p)| probability[row] = p);
        if !idle.is_empty() {
            let others = model.probability(&Subset::of(data.features(), &idle).features()?)?;
            idle.iter().zip(others).for_each(|(&row, p)| probability[row] += p / folds as f64);
        }
    }
    // Shares of 1 may add up to a little more.
    idle.iter().for_each(|&row| probability[row] = probability[row].min(1.0));
    let evaluation = Evaluation::new(&counted_event, &pick(&probability, &counted))?;
    Ok(CrossValidation { probability, folds: scores, evaluation })
}

fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&row| values[row]).collect()
}

/// One of several kinds of model, cross-validated on the same folds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Contender {
    /// Its name.
    pub name: String,
    /// How it did.
    pub validation: CrossValidation,
    /// Its AUC beside that of the best, on the same rows; `None` for the best.
    pub beside_best: Option<AucComparison>,
}

/// Cross-validates several kinds of model on the same folds, best AUC first: a plain model that is not surely worse than
/// the best (`p_value` above 0.05, say) is the better choice. Rows of weight 0 take no part, and scores count rows, as in
/// [`cross_validate`].
///
/// ```
/// use emptor_learn::{Classifier, Feature, Features, Labelled, LogisticRegression, compare_classifiers};
///
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i % 10)).collect();
/// let event: Vec<bool> = (0..200).map(|i| i % 10 + i * 3 % 7 > 8).collect();
/// let features = Features::new(&[("x", Feature::Numbers(&x))])?;
/// let (plain, shrunk) = (LogisticRegression::default(), LogisticRegression::builder().ridge(10.0).build()?);
/// let kinds: [(&str, &dyn Classifier); 2] = [("plain", &plain), ("ridge", &shrunk)];
/// let contenders = compare_classifiers(&kinds, &Labelled::new(&features, &event)?, 5, 42)?;
/// assert!(contenders[0].beside_best.is_none() && contenders[1].beside_best.is_some());
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// Those of [`cross_validate`] for any of them.
pub fn compare_classifiers(
    classifiers: &[(&str, &dyn Classifier)],
    data: &Labelled<'_>,
    folds: usize,
    seed: u64,
) -> Result<Vec<Contender>, LearnError> {
    let mut contenders = Vec::new();
    for (name, classifier) in classifiers {
        let validation = cross_validate(*classifier, data, folds, seed)?;
        contenders.push(Contender { name: (*name).to_owned(), validation, beside_best: None });
    }
    contenders.sort_by(|a, b| b.validation.evaluation.auc.auc.total_cmp(&a.validation.evaluation.auc.auc));
    let counted: Vec<usize> = (0..data.rows()).filter(|&row| data.weight(row) > 0.0).collect();
    let (event, of) = (pick(data.event(), &counted), |one: &Contender| pick(&one.validation.probability, &counted));
    if let Some((best, others)) = contenders.split_first_mut() {
        for other in others {
            other.beside_best = Some(compare_auc(&event, &of(other), &of(best))?);
        }
    }
    Ok(contenders)
}
