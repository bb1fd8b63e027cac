//! The dynamic programme behind exact k-means on a line.

use emptor_types::Invalid;
use rayon::prelude::*;

use super::double_double::DoubleDouble;
use crate::{ClusterError, Points};

/// Stretches of a layer shorter than this are not worth another thread.
const WORTH_A_THREAD: usize = 16_384;

/// The different values of a line, rising, with what is needed to cut them.
#[derive(Debug)]
pub(super) struct Line {
    /// Different values of weight above 0, and the weight of each.
    values: Vec<(f64, f64)>,
    /// `Σ w, Σ w y, Σ w y²` from the median up to each value (below it: minus those down to it), with `y` the distance
    /// to the median over a power of two beyond the greatest one and `w` likewise over the greatest weight, so that
    /// nothing overflows and scaling rounds nothing.
    ///
    /// Of each its double, and beside them what that leaves of 32 digits.
    sums: Vec<[f64; 3]>,
    rests: Vec<[f64; 3]>,
}

/// The best cuts of a line.
#[derive(Debug)]
pub(super) struct Cuts {
    pub(super) centroids: Vec<f64>,
    pub(super) boundaries: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) inertia_by_clusters: Vec<f64>,
}

impl Line {
    /// Sorts the values and sums the weights of equal ones.
    pub(super) fn new(points: &Points<'_>, rows: &[f64]) -> Result<Self, ClusterError> {
        checked_len(rows.len())?;
        // Adding 0 makes −0 a 0.
        let mut sorted: Vec<(f64, f64)> = rows.iter().enumerate().map(|(i, &x)| (x + 0.0, points.weight(i))).collect();
        sorted.retain(|&(_, weight)| weight > 0.0);
        // By weight among equal values, so that the order of rows cannot move the last bit of a sum.
        sorted.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        sorted.dedup_by(|next, kept| {
            let equal = next.0.to_bits() == kept.0.to_bits();
            if equal {
                kept.1 += next.1;
            }
            equal
        });
        let (sums, rests) = running_sums(&sorted);
        Ok(Self { values: sorted, sums, rests })
    }

    pub(super) fn distinct(&self) -> usize {
        self.values.len()
    }

    /// Inertia of the values `from..to`, in the units of the sums.
    #[inline]
    fn cost(&self, from: usize, to: usize) -> f64 {
        let at = |i: usize, m: usize| DoubleDouble::of_parts(self.sums[i][m], self.rests[i][m]);
        let [weight, sum, squares]: [DoubleDouble; 3] = std::array::from_fn(|m| at(to, m).minus(at(from, m)));
        // A weight may vanish beside others 1e32 times as large.
        if weight.value() <= 0.0 {
            return 0.0;
        }
        // About any m near the mean, with r = Σ w y − m Σ w:  (Σ w y)² / Σ w = m Σ w y + m r + r² / Σ w. Two products to
        // 32 digits instead of a division: thousand values in 0…1 beside clumps at 1e10 and 1e10 + 20 were cut wrongly
        // in plain doubles.
        let mean = sum.value() / weight.value();
        let rest = sum.minus(weight.times(mean));
        let about = squares.minus(sum.plus(rest).times(mean)).value();
        (about - rest.value() * (rest.value() / weight.value())).max(0.0)
    }

    /// How far [`rough`](Self::rough) may be off: as `|y| < 1.5`, no sum is beyond 2.25 times the weight, and first-order
    /// errors of its seven roundings stay below 32 last digits of that. Twice as much, for the sum with what came before.
    fn slack(&self) -> f64 {
        let total = self.sums[self.values.len()][0] - self.sums[0][0];
        64.0 * f64::EPSILON * total
    }

    /// The cost in plain doubles; `otherwise` if they cannot tell the weight.
    #[inline]
    fn rough(&self, from: usize, to: usize, slack: f64, otherwise: f64) -> f64 {
        let (a, b) = (&self.sums[from], &self.sums[to]);
        let (weight, sum) = (b[0] - a[0], b[1] - a[1]);
        // Errors of second order are below those of first order from here on.
        if weight > 16.0 * slack { b[2] - a[2] - sum * sum / weight } else { otherwise }
    }

    /// The best cuts into `clusters` intervals; there are at least so many different values.
    pub(super) fn cut(&self, clusters: usize) -> Cuts {
        let n = self.values.len();
        // Back pointers of the layers 2, 3, …: where the last cluster of the first i values starts.
        let mut starts: Vec<Vec<u32>> = Vec::with_capacity(clusters.saturating_sub(1));
        let mut best: Vec<f64> = (0..=n).map(|i| self.cost(0, i)).collect();
        let mut next = vec![f64::INFINITY; if clusters > 2 { n + 1 } else { 0 }];
        for layer in 2..=clusters {
            // The last layer is asked for all values only.
            let first = if layer == clusters { n } else { layer };
            let mut start = vec![0; n + 1 - first];
            if layer == clusters {
                start[0] = self.best_start(&best, n, layer - 1, n - 1).0;
            } else {
                self.solve(&best, &mut next[first..], &mut start, first, (layer - 1, n - 1));
                next[..first].fill(f64::INFINITY);
                std::mem::swap(&mut best, &mut next);
            }
            starts.push(start);
        }
        let mut curve = Vec::with_capacity(clusters);
        let mut cuts = Vec::new();
        for k in 1..=clusters {
            cuts = trace(&starts[..k - 1], n);
            let inertia: f64 = cuts.windows(2).map(|pair| self.moments(pair[0], pair[1]).2).sum();
            // Rounding must not make one more cluster look worse.
            curve.push(curve.last().map_or(inertia, |&before: &f64| inertia.min(before)));
        }
        let moments: Vec<(f64, f64, f64)> = cuts.windows(2).map(|pair| self.moments(pair[0], pair[1])).collect();
        let boundaries = moments
            .windows(2)
            .zip(&cuts[1..])
            .map(|(pair, &cut)| {
                // The middle of two centroids; rounding must not hand a value over to the neighbour.
                let middle = 0.5 * pair[0].0 + 0.5 * pair[1].0;
                middle.clamp(self.values[cut - 1].0.next_up(), self.values[cut].0)
            })
            .collect();
        Cuts {
            centroids: moments.iter().map(|m| m.0).collect(),
            boundaries,
            weights: moments.iter().map(|m| m.1).collect(),
            inertia_by_clusters: curve,
        }
    }

    /// One layer for the first `first, first + 1, …` values, whose last clusters start within `window`.
    fn solve(&self, before: &[f64], best: &mut [f64], start: &mut [u32], first: usize, (low, high): (usize, usize)) {
        if best.is_empty() {
            return;
        }
        let middle = best.len() / 2;
        let (at, value) = self.best_start(before, first + middle, low, high);
        let (best_left, best_right) = best.split_at_mut(middle);
        let (start_left, start_right) = start.split_at_mut(middle);
        best_right[0] = value;
        start_right[0] = at;
        let at = at as usize;
        let worth = best_left.len() > WORTH_A_THREAD;
        let mut left = || self.solve(before, best_left, start_left, first, (low, at));
        let mut right = || {
            self.solve(before, &mut best_right[1..], &mut start_right[1..], first + middle + 1, (at, high));
        };
        if worth {
            rayon::join(left, right);
        } else {
            left();
            right();
        }
    }

    /// Where the last cluster of the first `to` values starts at best, the leftmost among equals, and what that costs.
    fn best_start(&self, before: &[f64], to: usize, low: usize, high: usize) -> (u32, f64) {
        let candidates = || before.iter().enumerate().take(to.min(high + 1)).skip(low);
        // 32 digits take ten times as long as 16; so only for those that 16 digits cannot tell from the best.
        let slack = self.slack();
        let bound = candidates()
            .map(|(from, earlier)| earlier + self.rough(from, to, slack, f64::INFINITY))
            .fold(f64::INFINITY, |least, cost| if cost < least { cost } else { least })
            + 2.0 * slack;
        let (mut at, mut least) = (low, f64::INFINITY);
        for (from, &earlier) in candidates() {
            if earlier + self.rough(from, to, slack, 0.0) <= bound {
                let cost = earlier + self.cost(from, to);
                if cost < least {
                    (at, least) = (from, cost);
                }
            }
        }
        (at as u32, least)
    }

    /// Mean, weight and inertia of the values `from..to`, about their own mean.
    fn moments(&self, from: usize, to: usize) -> (f64, f64, f64) {
        let part = &self.values[from..to];
        let base = part[part.len() / 2].0;
        let weight: f64 = part.iter().map(|&(_, w)| w).sum();
        let mean = base + part.iter().map(|&(x, w)| w / weight * (x - base)).sum::<f64>();
        // Rounding must not carry a mean past its values.
        let mean = mean.clamp(part[0].0, part[part.len() - 1].0);
        (mean, weight, part.iter().map(|&(x, w)| w * ((x - mean) * (x - mean))).sum())
    }
}

/// The ends of the clusters, from 0 to all values.
fn trace(starts: &[Vec<u32>], n: usize) -> Vec<usize> {
    let mut cuts = vec![n];
    let mut to = n;
    for start in starts.iter().rev() {
        // A layer holds its last entries.
        to = start[start.len() - 1 - (n - to)] as usize;
        cuts.push(to);
    }
    cuts.push(0);
    cuts.reverse();
    cuts
}

fn running_sums(values: &[(f64, f64)]) -> (Vec<[f64; 3]>, Vec<[f64; 3]>) {
    let n = values.len();
    let middle = n / 2;
    let zero = [DoubleDouble::default(); 3];
    let Some(&(centre, _)) = values.get(middle) else { return (vec![[0.0; 3]], vec![[0.0; 3]]) };
    let reach = values.iter().map(|&(x, _)| (x - centre).abs()).fold(0.0, f64::max);
    let heaviest = values.iter().map(|&(_, w)| w).fold(0.0, f64::max);
    let (reach, heaviest) = (to_one(reach), to_one(heaviest));
    let term = |(x, w): (f64, f64)| {
        let (y, w) = (DoubleDouble::sum(x, -centre).scaled(reach), w * heaviest);
        [DoubleDouble::sum(w, 0.0), y.times(w), y.squared().times(w)]
    };
    let (mut sums, mut rests) = (vec![[0.0; 3]; n + 1], vec![[0.0; 3]; n + 1]);
    let mut keep = |i: usize, sum: [DoubleDouble; 3]| {
        for (m, (double, rest)) in sum.map(DoubleDouble::parts).into_iter().enumerate() {
            (sums[i][m], rests[i][m]) = (double, rest);
        }
        sum
    };
    let mut sum = zero;
    for (i, &value) in values.iter().enumerate().skip(middle) {
        let t = term(value);
        sum = keep(i + 1, std::array::from_fn(|m| sum[m].plus(t[m])));
    }
    sum = zero;
    for (i, &value) in values[..middle].iter().enumerate().rev() {
        let t = term(value);
        sum = keep(i, std::array::from_fn(|m| sum[m].minus(t[m])));
    }
    (sums, rests)
}

/// The power of two that brings a number between ½ and 2; 1 for 0.
fn to_one(x: f64) -> f64 {
    let exponent = if x > 0.0 { x.log2().round().clamp(-1_000.0, 1_000.0) } else { 0.0 };
    (-exponent).exp2()
}

fn checked_len(rows: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    checks.require(u32::try_from(rows).is_ok(), "rows", "must be fewer than 2^32", rows);
    checks.finish()
}
