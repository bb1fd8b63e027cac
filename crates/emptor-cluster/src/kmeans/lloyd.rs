//! Lloyd's algorithm, exact, touching few rows.

use super::KMeansTermination;
use super::fence::Fence;
use super::fitted::Measure;
use super::kernel::Centroids;
use super::pass::{self, NONE};
use super::screen::Targets;
use super::spread::Spread;
use super::sums::{Sums, differences};
use crate::{ClusterError, Points};

/// Sums of a cluster that has so many times fewer rows than it once had are summed afresh at the end.
const SHRUNK: i64 = 100;

/// Of so many rows the inertia may be had from sums, rather than row by row.
const MANY: usize = 1 << 16;

/// An inertia of less than this share of the sum of squares around one centre would lose digits in the difference of sums.
const SHARE: f64 = 0.01;

/// Where a fit ended.
#[derive(Debug)]
pub(super) struct Settled {
    /// One centroid after the other.
    pub(super) flat: Vec<f64>,
    pub(super) termination: KMeansTermination,
    pub(super) iterations: usize,
    /// Rows measured in all iterations.
    pub(super) measured: usize,
    pub(super) moved: usize,
    /// The clusters of the rows before the last update.
    labels: Vec<u16>,
    fence: Fence,
    /// Sums by these labels, unless the rows of a cluster were summed afresh.
    total: Option<Sums>,
}

impl Settled {
    /// Labels, counts, weights and inertia by the centroids at the end, and how many rows were measured for it.
    ///
    /// ```text
    /// Σ_i |z_i − c_l|² = Σ_i |z_i − m|² + Σ_l (n_l |c_l − m|² − 2 (c_l − m) · Σ_i∈l (z_i − m))     m = the centre of all rows
    /// ```
    ///
    /// saves a pass over rows whose labels are proven, where there are many rows of one weight and no digits are lost.
    pub(super) fn measure(
        mut self,
        points: &Points<'_>,
        spread: &Spread,
    ) -> Result<(Vec<u16>, Measure, usize), ClusterError> {
        let (d, n) = (points.dimensions(), points.rows());
        let mut measured = 0;
        if let Some(mut total) = self.total.take().filter(|_| n >= MANY && spread.central && points.weights().is_none())
        {
            let targets = Targets::new(&self.flat, spread);
            let changes = self.fence.step(points, spread, &targets, &mut self.labels, false);
            measured = changes.measured;
            total.add(&changes);
            let all = spread.variance * d as f64 * n as f64;
            let clusters = self.flat.chunks_exact(d).zip(total.sums.chunks_exact(d)).zip(&total.weights);
            let less = clusters.map(|((centroid, sums), weight)| {
                let terms = centroid
                    .iter()
                    .zip(&spread.centre)
                    .zip(sums)
                    .map(|((c, m), s)| (c - m) * (2.0 * s - weight * (c - m)));
                terms.sum::<f64>()
            });
            let inertia = all - less.sum::<f64>();
            if inertia >= SHARE * all && inertia.is_finite() {
                let counts = total.heavy.iter().map(|&rows| rows as usize).collect();
                return Ok((self.labels, Measure { counts, weights: total.weights, inertia }, measured));
            }
        }
        let (labels, measure) = pass::measure(points, &Centroids::pack(&self.flat, d), self.labels)?;
        Ok((labels, measure, measured + n))
    }
}

/// Moves centroids to the means of their rows until no label changes, or until they move by no more than `tolerance` × mean
/// variance, squared. `warm` says that the start is near the end already.
///
/// ```text
/// a row stays with its centroid as long as   δ + δ'  <  d_second − d_nearest     δ, δ' = the two longest ways of centroids
/// since its distances d to the two nearest of them were measured     (after Hamerly 2010)
/// ```
///
/// Sums follow the rows that change; their rounding stays 1e-13 of the spread of the rows, for clusters are summed afresh at
/// the end if one of them has lost nearly all of its rows.
pub(super) fn lloyd(
    points: &Points<'_>,
    (start, warm): (&[f64], bool),
    spread: &Spread,
    tolerance: f64,
    max_iterations: usize,
) -> Settled {
    let d = points.dimensions();
    let k = start.len() / d;
    let mut flat = start.to_vec();
    let mut labels = vec![NONE; points.rows()];
    let mut fence = Fence::new(points.rows(), k, d, warm);
    let mut total = Sums::new(k, d);
    let mut peak = vec![0; k];
    let mut moved = 0;
    let mut termination = KMeansTermination::IterationLimit;
    let mut iterations = 0;
    while iterations < max_iterations && termination == KMeansTermination::IterationLimit {
        iterations += 1;
        let targets = Targets::new(&flat, spread);
        let changes = fence.step(points, spread, &targets, &mut labels, iterations == 1);
        total.add(&changes);
        let filled = fill(points, &flat, spread, &mut labels, &mut total);
        if filled > 0 {
            fence.open();
        }
        moved += filled;
        peak.iter_mut().zip(&total.heavy).for_each(|(peak, &now)| *peak = now.max(*peak));

        let next = total.means(&flat, &spread.centre);
        let steps: Vec<f64> = flat.chunks_exact(d).zip(next.chunks_exact(d)).map(|(a, b)| squared(a, b)).collect();
        flat = next;
        if filled == 0 && changes.changed == 0 {
            termination = KMeansTermination::LabelsUnchanged;
        } else if filled == 0 && tolerance > 0.0 && steps.iter().sum::<f64>() <= tolerance * spread.variance {
            termination = KMeansTermination::ShiftBelowTolerance;
        }
    }
    // What rounding left of rows that have gone is nothing to a cluster that kept some of them.
    let is_shrunk = total.heavy.iter().zip(&peak).any(|(&now, &peak)| now * SHRUNK < peak);
    if is_shrunk {
        flat = pass::sums(points, k, &spread.centre, &labels).means(&flat, &spread.centre);
    }
    Settled {
        flat,
        termination,
        iterations,
        measured: total.measured,
        moved,
        labels,
        fence,
        total: (!is_shrunk).then_some(total),
    }
}

impl Sums {
    /// The means; a cluster without rows keeps the centroid it had.
    fn means(&self, before: &[f64], centre: &[f64]) -> Vec<f64> {
        let mut means = before.to_vec();
        let d = centre.len();
        for (l, mean) in means.chunks_exact_mut(d).enumerate() {
            if self.heavy[l] > 0 && self.weights[l] > 0.0 {
                let sums = &self.sums[l * d..][..d];
                mean.iter_mut().zip(sums).zip(centre).for_each(|((m, s), c)| *m = c + s / self.weights[l]);
            }
        }
        means
    }
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Gives each cluster without rows of weight above 0 the row farthest from its centroid, unless that would empty another
/// one. Says how many were filled.
fn fill(points: &Points<'_>, flat: &[f64], spread: &Spread, labels: &mut [u16], total: &mut Sums) -> usize {
    let empty: Vec<usize> = (0..total.heavy.len()).filter(|&l| total.heavy[l] == 0).collect();
    if empty.is_empty() {
        return 0;
    }
    // Each cluster keeps its last row, so that up to k of the farthest may have to stay.
    let farthest = pass::farthest(points, flat, labels, empty.len() + total.heavy.len());
    let mut candidates = farthest.into_iter().map(|(_, row)| row);
    let mut filled = 0;
    for l in empty {
        let Some(row) = candidates.find(|&row| total.heavy[usize::from(labels[row])] > 1) else { break };
        let mut values = Vec::new();
        differences(points, &spread.centre, std::iter::once(row), &mut values);
        total.put(labels[row], &values, points.weight(row), -1.0);
        // What rounding has left in sums without rows must not count.
        let d = points.dimensions();
        total.sums[l * d..][..d].fill(0.0);
        total.weights[l] = 0.0;
        total.put(l as u16, &values, points.weight(row), 1.0);
        labels[row] = l as u16;
        filled += 1;
    }
    filled
}
