//! Distances of a tile of rows to centroids: the loop everything here waits for.
//!
//! Rows are packed from their columns into strips of two vectors' width, standardised on the way, and vectors run across
//! rows, so that the running minimum and its index stay in lanes. Four centroids are measured at a time: eight sums in
//! registers hide the latency of the additions. A distance is `Σ_j (z_j − c_j)²` in column order by subtract, multiply and
//! add: every lane does what scalar code would do, so that labels do not depend on the processor, and a row that is as near
//! to two centroids is found to be so.
//!
//! [`Screen`](super::screen::Screen) finds the nearest centroid cheaper, where distances are not asked for.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::Points;

/// Rows of a tile: small enough that tile and centroids stay in the first-level cache, a multiple of every strip.
pub(super) const TILE: usize = 256;

/// Centroids measured together.
pub(super) const BLOCK: usize = 4;

/// Centroids as the kernel reads them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Centroids {
    pub(super) clusters: usize,
    /// Per block of four, per column, one coordinate of each; the last block is filled up with infinity, which is nearest to
    /// nothing.
    blocks: Vec<f64>,
}

impl Centroids {
    /// Packs rows of `d` coordinates.
    pub(super) fn pack(flat: &[f64], d: usize) -> Self {
        let clusters = flat.len() / d;
        let mut blocks = vec![f64::INFINITY; clusters.next_multiple_of(BLOCK) * d];
        for (c, centroid) in flat.chunks_exact(d).enumerate() {
            let block = &mut blocks[c / BLOCK * BLOCK * d..];
            centroid.iter().enumerate().for_each(|(j, &x)| block[j * BLOCK + c % BLOCK] = x);
        }
        Self { clusters, blocks }
    }
}

/// Up to [`TILE`] standardised rows and what was found of them.
#[derive(Debug, Clone)]
pub(super) struct Tile<'a> {
    points: &'a Points<'a>,
    arch: Arch,
    /// Rows of a strip, two vectors, as a power of two.
    width: u32,
    rows: usize,
    /// Per strip, per column, the values of its rows.
    values: Vec<f64>,
    /// Squared distance to the nearest centroid.
    pub(super) best: [f64; TILE],
    /// Squared distance to the second nearest.
    pub(super) second: [f64; TILE],
    /// The nearest.
    pub(super) label: [u64; TILE],
}

impl<'a> Tile<'a> {
    pub(super) fn new(points: &'a Points<'_>) -> Self {
        let arch = Arch::new();
        let (width, values) = (arch.dispatch(Width).ilog2(), vec![0.0; points.dimensions() * TILE]);
        let (best, second, label) = ([0.0; TILE], [0.0; TILE], [0; TILE]);
        Self { points, arch, width, rows: 0, values, best, second, label }
    }

    /// Packs neighbouring rows, at most [`TILE`].
    pub(super) fn pack(&mut self, rows: Range<usize>) {
        let whole = rows.len() >> self.width << self.width;
        self.rows = rows.len();
        let (first, points) = (rows.start, self.points);
        self.arch.dispatch(Pack { points, rows: first..first + whole, values: &mut self.values });
        for i in whole..rows.len() {
            self.put(i, first + i);
        }
    }

    fn put(&mut self, i: usize, row: usize) {
        for j in 0..self.points.dimensions() {
            let at = self.at(i, j);
            self.values[at] = self.points.value(row, j);
        }
    }

    #[inline]
    fn at(&self, i: usize, j: usize) -> usize {
        (((i >> self.width) * self.points.dimensions() + j) << self.width) + (i & ((1 << self.width) - 1))
    }

    /// Finds the nearest and second nearest centroid of each row.
    pub(super) fn nearest(&mut self, centroids: &Centroids) {
        let Self { arch, width, rows, values, best, second, label, .. } = self;
        let strips = rows.div_ceil(1 << *width);
        let d = self.points.dimensions();
        arch.dispatch(Nearest { d, strips, values, centroids, best, second, label });
    }

    /// Squared distances to every centroid: [`TILE`] numbers per centroid, and as many more as fill the last block of four.
    pub(super) fn distances(&self, centroids: &Centroids, out: &mut Vec<f64>) {
        out.resize(centroids.clusters.next_multiple_of(BLOCK) * TILE, 0.0);
        let strips = self.rows.div_ceil(1 << self.width);
        let d = self.points.dimensions();
        self.arch.dispatch(Distances { d, strips, values: &self.values, centroids, out });
    }
}

/// Asks for the rows of a strip.
struct Width;

impl WithSimd for Width {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        2 * S::F64_LANES
    }
}

struct Pack<'a> {
    points: &'a Points<'a>,
    rows: Range<usize>,
    values: &'a mut [f64],
}

impl WithSimd for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = 2 * S::F64_LANES;
        let strips = self.values.chunks_exact_mut(self.points.dimensions() * width);
        // Strip by strip, so that all columns are read side by side and memory is not waited for.
        for (s, strip) in strips.take(self.rows.len() / width).enumerate() {
            let begin = self.rows.start + s * width;
            let standard = self.points.shift().iter().zip(self.points.scale());
            let (strip, _) = S::as_mut_simd_f64s(strip);
            for ((to, column), (&shift, &scale)) in strip.chunks_exact_mut(2).zip(self.points.columns()).zip(standard) {
                let (x, _) = S::as_simd_f64s(&column[begin..][..width]);
                let (shift, scale) = (simd.splat_f64s(shift), simd.splat_f64s(scale));
                to[0] = simd.mul_f64s(simd.sub_f64s(x[0], shift), scale);
                to[1] = simd.mul_f64s(simd.sub_f64s(x[1], shift), scale);
            }
        }
    }
}

/// Squared distances of one strip to four centroids.
#[inline(always)]
fn four<S: Simd>(simd: S, strip: &[S::f64s], block: &[f64]) -> [[S::f64s; 2]; BLOCK] {
    let mut sums = [[simd.splat_f64s(0.0); 2]; BLOCK];
    for (x, c) in strip.chunks_exact(2).zip(block.chunks_exact(BLOCK)) {
        for (sum, &c) in sums.iter_mut().zip(c) {
            let c = simd.splat_f64s(c);
            let (a, b) = (simd.sub_f64s(x[0], c), simd.sub_f64s(x[1], c));
            sum[0] = simd.add_f64s(sum[0], simd.mul_f64s(a, a));
            sum[1] = simd.add_f64s(sum[1], simd.mul_f64s(b, b));
        }
    }
    sums
}

/// The least and second least of what is measured so far, and which centroid is the least; of one strip.
#[derive(Clone, Copy)]
struct Two<S: Simd> {
    best: [S::f64s; 2],
    second: [S::f64s; 2],
    label: [S::u64s; 2],
}

impl<S: Simd> Two<S> {
    #[inline(always)]
    fn none(simd: S) -> Self {
        let infinite = [simd.splat_f64s(f64::INFINITY); 2];
        Self { best: infinite, second: infinite, label: [simd.splat_u64s(0); 2] }
    }

    /// Takes in what is measured of the centroids of block `b`.
    #[inline(always)]
    fn take(&mut self, simd: S, b: usize, measured: [[S::f64s; 2]; BLOCK]) {
        for (i, distance) in measured.into_iter().enumerate() {
            let index = simd.splat_u64s((BLOCK * b + i) as u64);
            for (v, distance) in distance.into_iter().enumerate() {
                let nearer = simd.less_than_f64s(distance, self.best[v]);
                self.second[v] = simd.min_f64s(self.second[v], simd.max_f64s(self.best[v], distance));
                self.best[v] = simd.min_f64s(self.best[v], distance);
                self.label[v] = simd.select_u64s(nearer, index, self.label[v]);
            }
        }
    }

    /// By squared distances.
    #[inline(always)]
    fn direct(simd: S, strip: &[S::f64s], centroids: &Centroids, d: usize) -> Self {
        let mut two = Self::none(simd);
        for (b, block) in centroids.blocks.chunks_exact(BLOCK * d).enumerate() {
            two.take(simd, b, four(simd, strip, block));
        }
        two
    }
}

struct Nearest<'a> {
    d: usize,
    strips: usize,
    values: &'a [f64],
    centroids: &'a Centroids,
    best: &'a mut [f64],
    second: &'a mut [f64],
    label: &'a mut [u64],
}

impl WithSimd for Nearest<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (values, _) = S::as_simd_f64s(self.values);
        let (bests, _) = S::as_mut_simd_f64s(self.best);
        let (seconds, _) = S::as_mut_simd_f64s(self.second);
        let (labels, _) = S::as_mut_simd_u64s(self.label);
        let strips = values.chunks_exact(2 * self.d).take(self.strips);
        let found = bests.chunks_exact_mut(2).zip(seconds.chunks_exact_mut(2)).zip(labels.chunks_exact_mut(2));
        for (strip, ((bests, seconds), labels)) in strips.zip(found) {
            let two = Two::direct(simd, strip, self.centroids, self.d);
            bests.copy_from_slice(&two.best);
            seconds.copy_from_slice(&two.second);
            labels.copy_from_slice(&two.label);
        }
    }
}

struct Distances<'a> {
    d: usize,
    strips: usize,
    values: &'a [f64],
    centroids: &'a Centroids,
    out: &'a mut [f64],
}

impl WithSimd for Distances<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (values, _) = S::as_simd_f64s(self.values);
        let (out, _) = S::as_mut_simd_f64s(self.out);
        let tile = TILE / S::F64_LANES;
        let blocks = self.centroids.blocks.chunks_exact(BLOCK * self.d);
        for (block, out) in blocks.zip(out.chunks_exact_mut(BLOCK * tile)) {
            for (s, strip) in values.chunks_exact(2 * self.d).take(self.strips).enumerate() {
                for (i, distance) in four(simd, strip, block).into_iter().enumerate() {
                    out[i * tile + 2 * s..][..2].copy_from_slice(&distance);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClusterError;

    #[test]
    fn bits_do_not_depend_on_the_width_of_vectors() -> Result<(), ClusterError> {
        let x: Vec<f64> = (0..203).map(|i| f64::from(i * 37 % 101) / 7.0).collect();
        let y: Vec<f64> = (0..203).map(|i| f64::from(i * 53 % 97) / 11.0).collect();
        let points = Points::new(&[&x, &y])?.standardized(&[6.0, 4.0], &[0.3, 0.7])?;
        let flat: Vec<f64> = (0..14).map(|i| f64::from(i * 5 % 7) / 3.0 - 1.0).collect();
        let centroids = Centroids::pack(&flat, 2);
        let mut wide = Tile::new(&points);
        let mut narrow = Tile { arch: Arch::Scalar, width: 1, ..Tile::new(&points) };
        for tile in [&mut wide, &mut narrow] {
            tile.pack(0..203);
            tile.nearest(&centroids);
        }
        assert_eq!(wide.label[..203], narrow.label[..203]);
        assert_eq!(wide.best[..203], narrow.best[..203]);
        assert_eq!(wide.second[..203], narrow.second[..203]);
        Ok(())
    }
}
