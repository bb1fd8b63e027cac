//! Sums over the rows of clusters.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::kernel::TILE;
use crate::Points;

/// Of so many clusters or fewer, all rows are summed by masks: of more, row after row is cheaper.
pub(super) const MASKED: usize = 16;

/// Clusters summed together by masks.
const BLOCK: usize = 4;

/// Independent sums, so that additions need not wait for one another; fixed, lest results depend on the processor.
const LANES: usize = 8;

/// Sums over the rows of each cluster, as differences from the centre of all rows, lest a large common offset eat the
/// digits.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// Per cluster, per column.
    pub(super) sums: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// Rows of weight above 0; whole numbers, so that an empty cluster is known for sure.
    pub(super) heavy: Vec<i64>,
    /// Rows that changed their cluster.
    pub(super) changed: usize,
    /// Rows measured.
    pub(super) measured: usize,
}

impl Sums {
    pub(super) fn new(clusters: usize, dimensions: usize) -> Self {
        let (sums, weights) = (vec![0.0; clusters * dimensions], vec![0.0; clusters]);
        Self { sums, weights, heavy: vec![0; clusters], changed: 0, measured: 0 }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
        self.weights.iter_mut().zip(&other.weights).for_each(|(a, b)| *a += b);
        self.heavy.iter_mut().zip(&other.heavy).for_each(|(a, b)| *a += b);
        self.changed += other.changed;
        self.measured += other.measured;
    }

    /// Adds a row, as a difference from the centre, to a cluster, or takes it away with a sign below 0.
    #[inline]
    pub(super) fn put(&mut self, label: u16, row: &[f64], weight: f64, sign: f64) {
        let l = usize::from(label);
        let signed = sign * weight;
        self.sums[l * row.len()..][..row.len()].iter_mut().zip(row).for_each(|(sum, x)| *sum += signed * x);
        self.weights[l] += signed;
        self.heavy[l] += i64::from(weight > 0.0) * sign as i64;
    }
    /// Adds neighbouring rows, at most [`TILE`] of them: column by column, and each cluster's rows by multiplying with 0 where
    /// they are not its own, which needs neither copies of rows nor guesses.
    pub(super) fn put_all(
        &mut self,
        arch: Arch,
        points: &Points<'_>,
        centre: &[f64],
        rows: Range<usize>,
        labels: &[u32; TILE],
        room: &mut Vec<f64>,
    ) {
        arch.dispatch(Masked { sums: self, points, centre, rows, labels, room });
    }

    #[inline(always)]
    fn masked<S: Simd>(
        &mut self,
        simd: S,
        points: &Points<'_>,
        centre: &[f64],
        rows: Range<usize>,
        labels: &[u32; TILE],
        room: &mut Vec<f64>,
    ) {
        let (d, k) = (centre.len(), self.weights.len());
        room.resize((1 + k.next_multiple_of(BLOCK)) * TILE, 0.0);
        if rows.len() < TILE {
            room.fill(0.0);
        }
        let (column, masks) = room.split_at_mut(TILE);
        for (l, (mask, heavy)) in (0_u32..).zip(masks.chunks_exact_mut(TILE).zip(&mut self.heavy)) {
            let own = mask.iter_mut().zip(labels).take(rows.len());
            match points.weights() {
                None => own.for_each(|(x, &label)| *x = if label == l { 1.0 } else { 0.0 }),
                Some(all) => {
                    let own = own.zip(&all[rows.clone()]);
                    own.for_each(|((x, &label), &weight)| *x = if label == l { weight } else { 0.0 });
                }
            }
            *heavy += mask.iter().map(|&x| i64::from(x > 0.0)).sum::<i64>();
        }
        let standard = points.shift().iter().zip(points.scale()).zip(centre);
        for ((j, values), ((shift, scale), middle)) in points.columns().iter().enumerate().zip(standard) {
            let values = column.iter_mut().zip(&values[rows.clone()]);
            values.for_each(|(to, x)| *to = (x - shift) * scale - middle);
            for (block, masks) in self.sums.chunks_mut(BLOCK * d).zip(masks.chunks_exact(BLOCK * TILE)) {
                let sums = block.chunks_exact_mut(d).map(|sums| &mut sums[j]);
                sums.zip(four(simd, column, masks)).for_each(|(sum, more)| *sum += more);
            }
        }
        column.fill(1.0);
        for (block, masks) in self.weights.chunks_mut(BLOCK).zip(masks.chunks_exact(BLOCK * TILE)) {
            block.iter_mut().zip(four(simd, column, masks)).for_each(|(sum, more)| *sum += more);
        }
    }
}

struct Masked<'a, 'p> {
    sums: &'a mut Sums,
    points: &'a Points<'p>,
    centre: &'a [f64],
    rows: Range<usize>,
    labels: &'a [u32; TILE],
    room: &'a mut Vec<f64>,
}

impl WithSimd for Masked<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.sums.masked(simd, self.points, self.centre, self.rows, self.labels, self.room);
    }
}

/// The sums of a tile's column by four masks.
#[inline(always)]
fn four<S: Simd>(simd: S, column: &[f64], masks: &[f64]) -> [f64; BLOCK] {
    let vectors = LANES / S::F64_LANES;
    // The first so many of each are in use.
    let mut sums = [[simd.splat_f64s(0.0); LANES]; BLOCK];
    let (column, masks) = (S::as_simd_f64s(column).0, S::as_simd_f64s(masks).0);
    for (i, x) in column.chunks_exact(vectors).enumerate() {
        for (sums, mask) in sums.iter_mut().zip(masks.chunks_exact(TILE / S::F64_LANES)) {
            for ((sum, &mask), &x) in sums.iter_mut().zip(&mask[i * vectors..][..vectors]).zip(x) {
                *sum = simd.add_f64s(*sum, simd.mul_f64s(mask, x));
            }
        }
    }
    sums.map(|sums| {
        let mut lanes = [0.0; LANES];
        S::as_mut_simd_f64s(&mut lanes).0.copy_from_slice(&sums[..vectors]);
        lanes.iter().sum()
    })
}

/// The coordinates of some rows one row after the other, as differences from the centre.
pub(super) fn differences(
    points: &Points<'_>,
    centre: &[f64],
    rows: impl Iterator<Item = usize> + Clone,
    out: &mut Vec<f64>,
) {
    let d = centre.len();
    out.resize(rows.clone().count() * d, 0.0);
    // Nothing but loads at first, so that many of them wait for memory together.
    for (j, column) in points.columns().iter().enumerate() {
        out.iter_mut().skip(j).step_by(d).zip(rows.clone()).for_each(|(to, row)| *to = column[row]);
    }
    for row in out.chunks_exact_mut(d) {
        let standard = points.shift().iter().zip(points.scale()).zip(centre);
        row.iter_mut().zip(standard).for_each(|(x, ((shift, scale), middle))| *x = (*x - shift) * scale - middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClusterError;

    /// Whole numbers, so that sums are exact in any order.
    #[test]
    fn sums_by_masks_are_those_of_row_after_row() -> Result<(), ClusterError> {
        let x: Vec<f64> = (0..600).map(|i| f64::from(i * 37 % 101)).collect();
        let y: Vec<f64> = (0..600).map(|i| f64::from(i * 53 % 97 - 40)).collect();
        let weights: Vec<f64> = (0..600).map(|i| f64::from(i % 4)).collect();
        let plain = Points::new(&[&x, &y])?;
        for points in [plain.clone(), plain.weighted(&weights)?] {
            for k in 1..=MASKED {
                let labels: [u32; TILE] = std::array::from_fn(|i| (i * 7 % k) as u32);
                let (mut masked, mut single) = (Sums::new(k, 2), Sums::new(k, 2));
                let (mut room, mut values) = (Vec::new(), Vec::new());
                for rows in [0..TILE, TILE..600 - 101, 499..600] {
                    differences(&points, &[50.0, 3.0], rows.clone(), &mut values);
                    for ((row, values), &label) in rows.clone().zip(values.chunks_exact(2)).zip(&labels) {
                        single.put(label as u16, values, points.weight(row), 1.0);
                    }
                    masked.put_all(Arch::new(), &points, &[50.0, 3.0], rows, &labels, &mut room);
                }
                assert_eq!((&masked.sums, &masked.weights), (&single.sums, &single.weights), "{k}");
                assert_eq!(masked.heavy, single.heavy);
            }
        }
        Ok(())
    }
}
