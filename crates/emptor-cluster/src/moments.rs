//! Mean, spread and range of columns in one pass over memory.

use pulp::{Arch, Simd, WithSimd};
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
            arch.dispatch(Chunk { column, weights })
        };
        let parts: Vec<Self> = column.par_chunks(CHUNK).enumerate().map(part).collect();
        parts.into_iter().fold(Self::NONE, Self::join)
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

/// Moments of a chunk; not a closure, for the compiler leaves that one without wide vectors.
struct Chunk<'a> {
    column: &'a [f64],
    weights: Option<&'a [f64]>,
}

impl WithSimd for Chunk<'_> {
    type Output = Moments;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Moments {
        let Self { column, weights } = self;
        let (mut least, mut most, mut sum) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES], [0.0; LANES]);
        // Side by side, for each of them waits for its own last result.
        eights(
            column,
            weights,
            #[inline(always)]
            |values, weights| {
                least.iter_mut().zip(values).for_each(|(least, &x)| *least = if x < *least { x } else { *least });
                most.iter_mut().zip(values).for_each(|(most, &x)| *most = if x > *most { x } else { *most });
                sum.iter_mut().zip(values).zip(weights).for_each(|((sum, x), w)| *sum += w * x);
            },
        );
        let weight = weights.map_or(column.len() as f64, |w| w.iter().sum());
        let least = least.into_iter().fold(f64::INFINITY, f64::min);
        let most = most.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if weight > 0.0 {
            let mean = sum.iter().sum::<f64>() / weight;
            let mut squares = [0.0; LANES];
            eights(
                column,
                weights,
                #[inline(always)]
                |values, weights| {
                    let both = values.iter().zip(weights);
                    squares.iter_mut().zip(both).for_each(|(sum, (x, w))| *sum += w * ((x - mean) * (x - mean)));
                },
            );
            Moments { weight, mean, squares: squares.iter().sum(), least, most }
        } else {
            Moments { least, most, ..Moments::NONE }
        }
    }
}

/// Takes values and their weights, eight at a time.
#[inline(always)]
fn eights(column: &[f64], weights: Option<&[f64]>, mut take: impl FnMut(&[f64], &[f64])) {
    const ONES: [f64; LANES] = [1.0; LANES];
    let (whole, rest) = column.as_chunks::<LANES>();
    match weights {
        None => {
            whole.iter().for_each(|values| take(values, &ONES));
            take(rest, &ONES);
        }
        Some(weights) => {
            let (whole_weights, rest_weights) = weights.as_chunks::<LANES>();
            whole.iter().zip(whole_weights).for_each(|(values, weights)| take(values, weights));
            take(rest, rest_weights);
        }
    }
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
