//! What a profit tree is worth on customers it has not seen.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::{Lesson, ProfitTarget, ProfitTree};
use crate::grade::GradeError;

/// Standard errors by which a tree must beat guessing: two are chance once in 44 times.
const SURE: f64 = 2.0;

/// What a [`ProfitTree`] is worth on customers who took no part in growing or cutting it back.
///
/// The whole procedure is repeated without each fold in turn, and its tree asked about the customers of that fold. The
/// score is the share of customers put into their class, or for profit itself
/// ```text
/// R² = 1 − Σ (π_i − π̂_i)² / Σ (π_i − π̄)²
/// ```
/// and guessing is to call everybody what most are, or to expect the mean of all: hence `guess` is the share of the
/// greatest class, or 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutOfSample {
    /// Customers asked about: all of known profit.
    pub customers: usize,
    /// The share put into their class, or R².
    pub score: f64,
    /// What guessing scores.
    pub guess: f64,
    /// Standard error of `score − guess`, from the differences customer by customer.
    pub standard_error: f64,
    /// The class that guessing names; `None` for profit itself.
    pub most: Option<String>,
    /// Customers by class (first index) and class foretold (second), the worst first; empty for profit itself.
    pub confusion: Vec<Vec<usize>>,
}

impl OutOfSample {
    /// Whether the tree beats guessing by more than two standard errors: whether there is anything in the rules.
    #[must_use]
    pub fn is_better_than_guessing(&self) -> bool {
        self.score - self.guess > SURE * self.standard_error
    }

    /// Of the customers of a class, the share that was found; `None` if there are none.
    #[must_use]
    pub fn recall(&self, class: usize) -> Option<f64> {
        let row = self.confusion.get(class)?;
        share(*row.get(class)?, row.iter().sum())
    }

    /// Of the customers foretold to be of a class, the share that is; `None` if none was.
    #[must_use]
    pub fn precision(&self, class: usize) -> Option<f64> {
        let found = *self.confusion.get(class)?.get(class)?;
        share(found, self.confusion.iter().filter_map(|row| row.get(class)).sum())
    }

    pub(super) fn measure(spec: &ProfitTree, lesson: &Lesson) -> Result<Self, GradeError> {
        let rows = lesson.profit.len();
        let is_value = spec.settings.target == ProfitTarget::Value;
        let (mut class, mut number) = (vec![0_u32; rows], vec![0.0; rows]);
        for fold in folds(&lesson.codes, spec.settings.folds, spec.settings.seed) {
            let others: Vec<usize> = (0..rows).filter(|row| fold.binary_search(row).is_err()).collect();
            let (tree, _) = spec.grow(&lesson.choose(&others)?)?;
            let asked = lesson.choose(&fold)?;
            let asked = asked.columns.features()?;
            if is_value {
                fold.iter().zip(tree.predict_number(&asked)?).for_each(|(&row, mean)| number[row] = mean);
            } else {
                fold.iter().zip(tree.predict_class(&asked)?).for_each(|(&row, code)| class[row] = code);
            }
        }
        Ok(if is_value { Self::of_numbers(&lesson.profit, &number) } else { Self::of_classes(lesson, &class) })
    }

    fn of_classes(lesson: &Lesson, foretold: &[u32]) -> Self {
        let mut confusion = vec![vec![0; lesson.names.len()]; lesson.names.len()];
        for (&own, &said) in lesson.codes.iter().zip(foretold) {
            confusion[own as usize][said as usize] += 1;
        }
        let sizes: Vec<usize> = confusion.iter().map(|row| row.iter().sum()).collect();
        let most = (0..sizes.len()).rev().max_by_key(|&class| sizes[class]).unwrap_or(0);
        let right = |said: u32, own: u32| f64::from(u8::from(said == own));
        let gains = lesson.codes.iter().zip(foretold).map(|(&own, &said)| right(said, own) - right(most as u32, own));
        let hits: usize = (0..sizes.len()).map(|class| confusion[class][class]).sum();
        let rows = foretold.len() as f64;
        Self {
            customers: foretold.len(),
            score: hits as f64 / rows,
            guess: sizes[most] as f64 / rows,
            standard_error: error_of_mean(gains.collect()),
            most: Some(lesson.names[most].clone()),
            confusion,
        }
    }

    fn of_numbers(profit: &[f64], foretold: &[f64]) -> Self {
        let rows = profit.len() as f64;
        let mean = profit.iter().map(|p| p / rows).sum::<f64>();
        let square = |x: f64| x * x;
        let variance = profit.iter().map(|p| square(p - mean)).sum::<f64>() / rows;
        // Profits that are all alike are foretold by guessing.
        let gain = |(p, said): (&f64, &f64)| {
            if variance > 0.0 { (square(p - mean) - square(p - said)) / variance } else { 0.0 }
        };
        let gains: Vec<f64> = profit.iter().zip(foretold).map(gain).collect();
        Self {
            customers: profit.len(),
            score: gains.iter().sum::<f64>() / rows,
            guess: 0.0,
            standard_error: error_of_mean(gains),
            most: None,
            confusion: Vec::new(),
        }
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Standard error of a mean of at least two numbers.
fn error_of_mean(numbers: Vec<f64>) -> f64 {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    (numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0) / count).sqrt()
}

/// Rows dealt to folds at random, class by class, so that every fold has its share of each; ascending.
fn folds(codes: &[u32], count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rows: Vec<usize> = (0..codes.len()).collect();
    rows.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    rows.sort_by_key(|&row| codes[row]);
    let mut folds = vec![Vec::new(); count];
    rows.into_iter().enumerate().for_each(|(place, row)| folds[place % count].push(row));
    folds.iter_mut().for_each(|fold| fold.sort_unstable());
    folds
}
