//! What each feature is worth to a model.

use emptor_types::Invalid;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use serde::Serialize;

use super::Auc;
use crate::classifier::{FittedClassifier, Labelled};
use crate::{Feature, Features, LearnError};

/// What a feature is worth to a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Importance {
    /// The feature.
    pub feature: String,
    /// Mean loss of AUC when its values are shuffled over rows.
    pub loss: f64,
    /// Standard deviation of the loss over shuffles, 0 for a single one.
    pub standard_deviation: f64,
}

/// How much AUC a fitted model loses when the values of one feature are shuffled over rows (Breiman 2001; Fisher, Rudin
/// and Dominici 2019), most important first.
///
/// Features that stand in for each other share their importance: shuffling one of two copies costs little. Weights of
/// rows are not used. The generator is Xoshiro256++, seeded per feature: the same seed gives the same numbers on any number of
/// threads.
///
/// ```
/// use emptor_learn::{Feature, Features, Labelled, LogisticRegression, permutation_importance};
/// use emptor_types::Fit;
///
/// let signal: Vec<f64> = (0..300).map(|i| f64::from(i % 10)).collect();
/// let noise: Vec<f64> = (0..300).map(|i| f64::from(i * 7 % 13)).collect();
/// let event: Vec<bool> = (0..300).map(|i| i % 10 + i * 3 % 7 > 8).collect();
/// let features = Features::new(&[("noise", Feature::Numbers(&noise)), ("signal", Feature::Numbers(&signal))])?;
/// let data = Labelled::new(&features, &event)?;
/// let fitted = LogisticRegression::default().fit(&data)?;
/// let importance = permutation_importance(&fitted, &data, 5, 42)?;
/// assert_eq!(importance[0].feature, "signal");
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] without shuffles; [`LearnError::OneClass`] unless there are rows with and without the event;
/// those of [`FittedClassifier::probability`].
pub fn permutation_importance(
    model: &dyn FittedClassifier,
    data: &Labelled<'_>,
    shuffles: usize,
    seed: u64,
) -> Result<Vec<Importance>, LearnError> {
    if shuffles == 0 {
        Err(Invalid::value("shuffles", "must be at least 1", shuffles))?;
    }
    let features = data.features();
    let whole = Auc::new(data.event(), &model.probability(features)?)?.auc;
    let of = |(place, name): (usize, &&str)| {
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_add(place as u64));
        let mut order: Vec<usize> = (0..features.rows()).collect();
        let losses: Result<Vec<f64>, LearnError> = (0..shuffles)
            .map(|_| {
                order.shuffle(&mut generator);
                let shuffled = probability_with(model, features, name, &order)?;
                Ok(whole - Auc::new(data.event(), &shuffled)?.auc)
            })
            .collect();
        Ok(summarize(name, &losses?))
    };
    let mut importance =
        model.features().par_iter().enumerate().map(of).collect::<Result<Vec<Importance>, LearnError>>()?;
    importance.sort_by(|a, b| b.loss.total_cmp(&a.loss));
    Ok(importance)
}

fn probability_with(
    model: &dyn FittedClassifier,
    features: &Features<'_>,
    name: &str,
    order: &[usize],
) -> Result<Vec<f64>, LearnError> {
    let (mut numbers, mut places) = (Vec::new(), Vec::new());
    match features.get(name) {
        Some(Feature::Numbers(values)) => numbers = order.iter().map(|&row| values[row]).collect(),
        Some(Feature::Categories { codes, .. }) => places = order.iter().map(|&row| codes[row]).collect(),
        None => {}
    }
    let mut columns = features.columns().to_vec();
    for (_, column) in columns.iter_mut().filter(|(own, _)| *own == name) {
        *column = match *column {
            Feature::Numbers(_) => Feature::Numbers(&numbers),
            Feature::Categories { names, .. } => Feature::Categories { codes: &places, names },
        };
    }
    model.probability(&Features::new(&columns)?)
}

fn summarize(name: &str, losses: &[f64]) -> Importance {
    let count = losses.len() as f64;
    let loss = losses.iter().sum::<f64>() / count;
    let squares: f64 = losses.iter().map(|own| (own - loss) * (own - loss)).sum();
    let standard_deviation = if losses.len() > 1 { (squares / (count - 1.0)).sqrt() } else { 0.0 };
    Importance { feature: name.to_owned(), loss, standard_deviation }
}
