//! Mean, spread and range of columns in one pass over memory.

use pulp::Arch;
use rayon::prelude::*;

/// Rows of a chunk: small enough to be read several times from the first-level cache; fixed, so that results do not depend on
/// the number of threads.
const CHUNK: usize = 2048;

/// Independent sums, so that additions need not wait for one another; fixed, lest results depend on the processor.
const LANES: usize = 8;

/// Weight, mean, sum of squared differences from it and range, joined by the formula of Chan, Golub and LeVeque (1979): one
/// pass over memory, and no digits lost on a large mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    pub(crate) weight: f64,
    pub(crate) mean: f64,
    pub(crate) squares: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Moments {
    const NONE: Self = Self { weight: 0.0, mean: 0.0, squares: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY };

    /// Of a column, with weights or all of weight 1. A column with NaN has no finite `squares`.
    pub(crate) fn of(column: &[f64], weights: Option<&[f64]>) -> Self {
        let arch = Arch::new();
        let part = |(c, column): (usize, &[f64])| {
            let weights = weights.map(|weights| &weights[c * CHUNK..][..column.len()]);
            arch.dispatch(
                #[inline(always)]
                || Self::chunk(column, weights),
            )
        };
        let parts: Vec<Self> = column.par_chunks(CHUNK).enumerate().map(part).collect();
        parts.into_iter().fold(Self::NONE, Self::join)
    }

    #[inline(always)]
    fn chunk(column: &[f64], weights: Option<&[f64]>) -> Self {
        let weight = weights.map_or(column.len() as f64, |w| w.iter().sum());
        let least = fold(column, weights, f64::INFINITY, |least, x, _| if x < least { x } else { least });
        let most = fold(column, weights, f64::NEG_INFINITY, |most, x, _| if x > most { x } else { most });
        let least = least.into_iter().fold(f64::INFINITY, f64::min);
        let most = most.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if weight > 0.0 {
            let mean = fold(column, weights, 0.0, |sum, x, w| sum + w * x).iter().sum::<f64>() / weight;
            let square = |sum: f64, x: f64, w: f64| sum + w * ((x - mean) * (x - mean));
            Self { weight, mean, squares: fold(column, weights, 0.0, square).iter().sum(), least, most }
        } else {
            Self { least, most, ..Self::NONE }
        }
    }

    fn join(self, other: Self) -> Self {
        let weight = self.weight + other.weight;
        let (least, most) = (self.least.min(other.least), self.most.max(other.most));
        if weight > 0.0 {
            let (step, share) = (other.mean - self.mean, other.weight / weight);
            let squares = self.squares + other.squares + step * step * self.weight * share;
            Self { weight, mean: self.mean + step * share, squares, least, most }
        } else {
            Self { least, most, ..Self::NONE }
        }
    }
}

#[inline(always)]
fn fold(raw: &[f64], weights: Option<&[f64]>, none: f64, term: impl Fn(f64, f64, f64) -> f64) -> [f64; LANES] {
    let mut lanes = [none; LANES];
    let (whole, rest) = raw.as_chunks::<LANES>();
    let done = raw.len() - rest.len();
    match weights {
        None => {
            for values in whole {
                lanes.iter_mut().zip(values).for_each(|(lane, &x)| *lane = term(*lane, x, 1.0));
            }
            lanes.iter_mut().zip(rest).for_each(|(lane, &x)| *lane = term(*lane, x, 1.0));
        }
        Some(weights) => {
            for (values, weights) in whole.iter().zip(weights.chunks_exact(LANES)) {
                let both = values.iter().zip(weights);
                lanes.iter_mut().zip(both).for_each(|(lane, (&x, &w))| *lane = term(*lane, x, w));
            }
            let both = rest.iter().zip(&weights[done..]);
            lanes.iter_mut().zip(both).for_each(|(lane, (&x, &w))| *lane = term(*lane, x, w));
        }
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_plain_sums_and_nan_shows() {
        let column: Vec<f64> = (0..5_003).map(|i| f64::from(i * 37 % 101) - 20.0).collect();
        let weights: Vec<f64> = (0..5_003).map(|i| f64::from(i % 3)).collect();
        for weights in [None, Some(&weights[..])] {
            let w = |i: usize| weights.map_or(1.0, |w| w[i]);
            let weight: f64 = (0..column.len()).map(w).sum();
            let mean = column.iter().enumerate().map(|(i, x)| w(i) * x).sum::<f64>() / weight;
            let squares: f64 = column.iter().enumerate().map(|(i, x)| w(i) * (x - mean).powi(2)).sum();
            let moments = Moments::of(&column, weights);
            assert!((moments.weight - weight).abs() < 1e-9 && (moments.mean - mean).abs() < 1e-9);
            assert!((moments.squares / squares - 1.0).abs() < 1e-12);
            assert!((moments.least + 20.0).abs() < 1e-9 && (moments.most - 80.0).abs() < 1e-9);
        }
        for at in [0, 3_000, 5_002] {
            let mut broken = column.clone();
            broken[at] = f64::NAN;
            assert!(!Moments::of(&broken, None).squares.is_finite());
            broken[at] = f64::INFINITY;
            assert!(Moments::of(&broken, None).most.is_infinite());
        }
    }
}
