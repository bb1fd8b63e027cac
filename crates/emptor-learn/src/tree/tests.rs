//! Shared parts of the tests of trees.

mod degenerate;
mod oracle;
mod peers;
mod rules;
mod validation;

use std::error::Error;

use emptor_types::Fit;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// For identities of sums of a few thousand terms.
const ROUNDING: f64 = 1e-11;

/// Owned columns: three of numbers with ties, one of categories; some unknown in each.
struct Table {
    numbers: [Vec<f64>; 3],
    codes: Vec<u32>,
    names: Vec<String>,
}

impl Table {
    fn random(seed: u64, rows: usize, unknown: f64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut column = |levels: u32| -> Vec<f64> {
            let mut value = || if rng.gen_bool(unknown) { f64::NAN } else { f64::from(rng.gen_range(0..levels)) / 4.0 };
            (0..rows).map(|_| value()).collect()
        };
        let numbers = [column(6), column(40), column(1000)];
        let codes = (0..rows).map(|_| if rng.gen_bool(unknown) { u32::MAX } else { rng.gen_range(0..5) }).collect();
        let names = ["web", "O'Hara", "app, old", "shop", "fax"].map(str::to_owned).to_vec();
        Self { numbers, codes, names }
    }

    fn features(&self) -> Result<Features<'_>, LearnError> {
        Features::new(&[
            ("visits", Feature::Numbers(&self.numbers[0])),
            ("net \"profit\"", Feature::Numbers(&self.numbers[1])),
            ("spend", Feature::Numbers(&self.numbers[2])),
            ("channel", Feature::Categories { codes: &self.codes, names: &self.names }),
        ])
    }

    /// A number that depends on all columns, and noise.
    fn target(&self, seed: u64) -> Vec<f64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let part = |x: f64, otherwise: f64| if x.is_nan() { otherwise } else { x };
        let row = |i: usize| {
            let shift = [0.0, 20.0, 5.0, -15.0, 20.0, 9.0][(self.codes[i] as usize).min(5)];
            part(self.numbers[0][i], 7.0) * 3.0 + part(self.numbers[1][i], -4.0) + shift
        };
        (0..self.codes.len()).map(|i| row(i) + rng.gen_range(-6.0..6.0)).collect()
    }
}

fn class_names(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
}

fn classes_of(target: &[f64], count: u32) -> Vec<u32> {
    target.iter().map(|x| ((x.max(0.0) / 12.0) as u32).min(count - 1)).collect()
}

fn deep() -> DecisionTreeBuilder {
    DecisionTree::builder().max_depth(usize::MAX).min_leaf(1).min_split(2)
}
