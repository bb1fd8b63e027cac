//! Where rows lie and how far they spread, before they are clustered.

use emptor_types::Invalid;
use pulp::Arch;
use rayon::prelude::*;

use super::pass::CHUNK;
use crate::{ClusterError, Points};

/// Beyond this magnitude squares of differences may overflow.
const LARGEST: f64 = 1e150;

/// Independent sums, so that additions need not wait for one another; fixed, lest results depend on the processor.
const LANES: usize = 8;

/// The centre of all rows and the mean variance of the columns, by weight, in standardised units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    pub(super) centre: Vec<f64>,
    pub(super) variance: f64,
}

/// Weight, mean and sum of squared differences from it, joined by the formula of Chan, Golub and LeVeque (1979): one pass
/// over memory, and no digits lost on a large mean.
#[derive(Debug, Clone, Copy)]
struct Moments {
    weight: f64,
    mean: f64,
    squares: f64,
    /// Greatest magnitude.
    largest: f64,
}

impl Moments {
    const NONE: Self = Self { weight: 0.0, mean: 0.0, squares: 0.0, largest: 0.0 };

    fn join(self, other: Self) -> Self {
        let (weight, largest) = (self.weight + other.weight, self.largest.max(other.largest));
        if weight > 0.0 {
            let (step, share) = (other.mean - self.mean, other.weight / weight);
            let squares = self.squares + other.squares + step * step * self.weight * share;
            Self { weight, mean: self.mean + step * share, squares, largest }
        } else {
            Self { largest, ..Self::NONE }
        }
    }

    /// Of one column of one chunk, standardised, with weights or all of weight 1.
    #[inline(always)]
    fn of(raw: &[f64], shift: f64, scale: f64, weights: Option<&[f64]>) -> Self {
        let z = |x: f64| (x - shift) * scale;
        let weight = weights.map_or(raw.len() as f64, |w| w.iter().sum());
        let largest = fold(raw, weights, |most, x, _| most.max(z(x).abs())).into_iter().fold(0.0, f64::max);
        if weight > 0.0 {
            let mean = fold(raw, weights, |sum, x, w| sum + w * z(x)).iter().sum::<f64>() / weight;
            let squares = fold(raw, weights, |sum, x, w| sum + w * ((z(x) - mean) * (z(x) - mean))).iter().sum();
            Self { weight, mean, squares, largest }
        } else {
            Self { largest, ..Self::NONE }
        }
    }
}

#[inline(always)]
fn fold(raw: &[f64], weights: Option<&[f64]>, term: impl Fn(f64, f64, f64) -> f64) -> [f64; LANES] {
    let mut lanes = [0.0; LANES];
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

impl Spread {
    /// Of all rows.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] if a standardised value is beyond 1e150.
    pub(super) fn of(points: &Points<'_>) -> Result<Self, ClusterError> {
        let (d, arch) = (points.dimensions(), Arch::new());
        let parts: Vec<Vec<Moments>> = (0..points.rows().div_ceil(CHUNK))
            .into_par_iter()
            .map(|c| {
                let rows = c * CHUNK..points.rows().min((c + 1) * CHUNK);
                let weights = points.weights().map(|weights| &weights[rows.clone()]);
                let column = |j: usize| {
                    let (shift, scale) = (points.shift()[j], points.scale()[j]);
                    let raw = &points.columns()[j][rows.clone()];
                    arch.dispatch(
                        #[inline(always)]
                        || Moments::of(raw, shift, scale, weights),
                    )
                };
                (0..d).map(column).collect()
            })
            .collect();
        let total: Vec<Moments> =
            (0..d).map(|j| parts.iter().fold(Moments::NONE, |sum, part| sum.join(part[j]))).collect();
        let mut checks = Invalid::checks();
        for (j, column) in total.iter().enumerate() {
            let name = format!("column {j}");
            let rule = "must be at most 1e150 either way once standardised";
            checks.require(column.largest <= LARGEST, &name, rule, column.largest);
        }
        checks.finish()?;
        let variance = total.iter().map(|column| column.squares / column.weight).sum::<f64>() / d as f64;
        Ok(Self { centre: total.iter().map(|column| column.mean).collect(), variance })
    }
}
