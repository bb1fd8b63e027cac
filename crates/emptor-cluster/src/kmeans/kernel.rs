//! Distances of a tile of rows to centroids: the loop everything here waits for.
//!
//! Rows are packed from their columns into strips of two vectors' width, standardised on the way, and vectors run across
//! rows, so that the running minimum and its index stay in lanes. Four centroids are measured at a time: eight sums in
//! registers hide the latency of the additions. A distance is `Σ_j (z_j − c_j)²` in column order by subtract, multiply and
//! add: every lane does what scalar code would do, so that labels do not depend on the processor, and a row that is as near
//! to two centroids is found to be so.
//!
//! The cheaper `|c|² − 2 z·c`, one fused operation where that takes three, loses digits. It is used where it can be trusted:
//! [`Tile::bound`] settles by it the rows whose two nearest centroids differ by more than its rounding, and measures the
//! few others directly, so that labels are those of the direct distances in any case.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::Points;

/// Rows of a tile: small enough that tile and centroids stay in the first-level cache, a multiple of every strip.
pub(super) const TILE: usize = 256;

/// Centroids measured together.
const BLOCK: usize = 4;

/// Distances at most this fraction apart are not told apart by bounds; far above the rounding of a distance.
const ROUNDING: f64 = 1e-10;

/// The error of a squared distance by products is at most so many times (d + 2) × (|z|² + |c|²), both from the origin: two
/// roundings a column of each of z·c and |z|² + |c|², four of differences from the origin, and those of the direct distance it
/// is compared with, (7 d + 14) × ε / 2 together (Higham 2002, *Accuracy and Stability of Numerical Algorithms*, §3.1).
const PRODUCTS: f64 = 4.0 * f64::EPSILON;

/// Centroids as the kernel reads them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Centroids {
    pub(super) clusters: usize,
    /// Per block of four, per column, one coordinate of each; the last block is filled up with infinity, which is nearest to
    /// nothing.
    blocks: Vec<f64>,
    /// The mean of the centroids; products are of differences from it, lest a large common offset eat the digits.
    origin: Vec<f64>,
    /// Per block of four |c|² / 2 of each, then per column one coordinate of each, all from the origin.
    products: Vec<f64>,
    /// The greatest |c|².
    largest: f64,
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
        let mean = |j: usize| flat.iter().skip(j).step_by(d).map(|x| x / clusters as f64).sum::<f64>();
        let origin: Vec<f64> = (0..d).map(mean).collect();
        let mut products = vec![0.0; clusters.next_multiple_of(BLOCK) * (d + 1)];
        let mut largest = 0.0_f64;
        for (c, block) in (0..).step_by(BLOCK).zip(products.chunks_exact_mut(BLOCK * (d + 1))) {
            block[..BLOCK].fill(f64::INFINITY);
            for (i, centroid) in flat.chunks_exact(d).skip(c).take(BLOCK).enumerate() {
                let mut square = 0.0;
                for (j, (x, o)) in centroid.iter().zip(&origin).enumerate() {
                    block[(j + 1) * BLOCK + i] = x - o;
                    square += (x - o) * (x - o);
                }
                block[i] = 0.5 * square;
                largest = largest.max(square);
            }
        }
        Self { clusters, blocks, origin, products, largest }
    }
}

/// The coordinates of one row or centroid among those of its neighbours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane<'a> {
    values: &'a [f64],
    lane: usize,
    /// Of how many, as a power of two.
    width: u32,
}

impl<'a> Lane<'a> {
    pub(super) fn alone(values: &'a [f64]) -> Self {
        Self { values, lane: 0, width: 0 }
    }

    /// One coordinate; counted, for iterators divide to know their length.
    #[inline]
    pub(super) fn at(&self, j: usize) -> f64 {
        self.values[(j << self.width) + self.lane]
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
    /// By how much the second nearest is certainly farther away, not squared.
    pub(super) slack: [f64; TILE],
    /// The nearest.
    pub(super) label: [u64; TILE],
}

impl<'a> Tile<'a> {
    pub(super) fn new(points: &'a Points<'_>) -> Self {
        let arch = Arch::new();
        let (width, values) = (arch.dispatch(Width).ilog2(), vec![0.0; points.dimensions() * TILE]);
        let (best, second, slack, label) = ([0.0; TILE], [0.0; TILE], [0.0; TILE], [0; TILE]);
        Self { points, arch, width, rows: 0, values, best, second, slack, label }
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

    /// Packs scattered rows, at most [`TILE`], counted from `first`. Row by row, for loads from all columns wait for memory
    /// side by side: column by column takes half as long again.
    pub(super) fn gather(&mut self, first: usize, rows: &[u32]) {
        self.rows = rows.len();
        let (d, width) = (self.points.dimensions(), 1 << self.width);
        let (columns, shift, scale) = (self.points.columns(), self.points.shift(), self.points.scale());
        for (strip, rows) in self.values.chunks_exact_mut(d * width).zip(rows.chunks(width)) {
            for (lane, &row) in rows.iter().enumerate() {
                for (j, ((column, shift), scale)) in columns.iter().zip(shift).zip(scale).enumerate() {
                    strip[(j << self.width) + lane] = (column[first + row as usize] - shift) * scale;
                }
            }
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

    /// The coordinates of a row of the tile.
    #[inline]
    pub(super) fn row(&self, i: usize) -> Lane<'_> {
        let strip = self.points.dimensions() << self.width;
        let values = &self.values[(i >> self.width) * strip..][..strip];
        Lane { values, lane: i & ((1 << self.width) - 1), width: self.width }
    }

    /// Finds the nearest and second nearest centroid of each row.
    pub(super) fn nearest(&mut self, centroids: &Centroids) {
        let Self { arch, width, rows, values, best, second, label, .. } = self;
        let strips = rows.div_ceil(1 << *width);
        let d = self.points.dimensions();
        arch.dispatch(Nearest { d, strips, values, centroids, best, second, label });
    }

    /// Finds the nearest centroid of each row, the same as [`nearest`](Self::nearest), and by how much it is certainly the
    /// nearest.
    pub(super) fn bound(&mut self, centroids: &Centroids) {
        let Self { arch, width, rows, values, slack, label, .. } = self;
        let strips = rows.div_ceil(1 << *width);
        let d = self.points.dimensions();
        arch.dispatch(Bound { d, strips, values, centroids, slack, label });
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
        let d = self.points.dimensions();
        let (values, _) = S::as_mut_simd_f64s(self.values);
        let standard = self.points.shift().iter().zip(self.points.scale());
        for (j, (column, (&shift, &scale))) in self.points.columns().iter().zip(standard).enumerate() {
            let (column, _) = S::as_simd_f64s(&column[self.rows.clone()]);
            let (shift, scale) = (simd.splat_f64s(shift), simd.splat_f64s(scale));
            for (strip, x) in values.chunks_exact_mut(2 * d).zip(column.chunks_exact(2)) {
                strip[2 * j] = simd.mul_f64s(simd.sub_f64s(x[0], shift), scale);
                strip[2 * j + 1] = simd.mul_f64s(simd.sub_f64s(x[1], shift), scale);
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

/// √second − √best of squared distances, less the rounding of both.
#[inline(always)]
fn margin<S: Simd>(simd: S, best: S::f64s, second: S::f64s) -> S::f64s {
    let (less, more) = (simd.splat_f64s(1.0 - ROUNDING), simd.splat_f64s(1.0 + ROUNDING));
    let (near, far) = (simd.sqrt_f64s(best), simd.sqrt_f64s(second));
    simd.sub_f64s(simd.mul_f64s(far, less), simd.mul_f64s(near, more))
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

/// |c|² / 2 − z·c of one strip and four centroids, from the origin; adds |z|² to `norm` if `FIRST`.
#[inline(always)]
fn products<S: Simd, const FIRST: bool>(
    simd: S,
    strip: &[S::f64s],
    origin: &[f64],
    block: &[f64],
    norm: &mut [S::f64s; 2],
) -> [[S::f64s; 2]; BLOCK] {
    let (halves, block) = block.split_at(BLOCK);
    let mut sums = [[simd.splat_f64s(0.0); 2]; BLOCK];
    sums.iter_mut().zip(halves).for_each(|(sum, &half)| *sum = [simd.splat_f64s(half); 2]);
    for ((x, c), &o) in strip.chunks_exact(2).zip(block.chunks_exact(BLOCK)).zip(origin) {
        let o = simd.splat_f64s(o);
        let (a, b) = (simd.sub_f64s(x[0], o), simd.sub_f64s(x[1], o));
        if FIRST {
            norm[0] = simd.mul_add_e_f64s(a, a, norm[0]);
            norm[1] = simd.mul_add_e_f64s(b, b, norm[1]);
        }
        for (sum, &c) in sums.iter_mut().zip(c) {
            let c = simd.splat_f64s(c);
            sum[0] = simd.negate_mul_add_e_f64s(a, c, sum[0]);
            sum[1] = simd.negate_mul_add_e_f64s(b, c, sum[1]);
        }
    }
    sums
}

struct Bound<'a> {
    d: usize,
    strips: usize,
    values: &'a [f64],
    centroids: &'a Centroids,
    slack: &'a mut [f64],
    label: &'a mut [u64],
}

impl WithSimd for Bound<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { d, centroids, .. } = self;
        let (values, _) = S::as_simd_f64s(self.values);
        let (slacks, _) = S::as_mut_simd_f64s(self.slack);
        let (labels, _) = S::as_mut_simd_u64s(self.label);
        let (zero, double) = (simd.splat_f64s(0.0), simd.splat_f64s(2.0));
        let largest = simd.splat_f64s(centroids.largest);
        let (rate, least) = (simd.splat_f64s(PRODUCTS * (d + 2) as f64), simd.splat_f64s(f64::MIN_POSITIVE));
        let strips = values.chunks_exact(2 * d).take(self.strips);
        for ((strip, slacks), labels) in strips.zip(slacks.chunks_exact_mut(2)).zip(labels.chunks_exact_mut(2)) {
            let (mut two, mut norm) = (Two::none(simd), [zero; 2]);
            for (b, block) in centroids.products.chunks_exact(BLOCK * (d + 1)).enumerate() {
                let origin = &centroids.origin;
                let measured = if b == 0 {
                    products::<S, true>(simd, strip, origin, block, &mut norm)
                } else {
                    products::<S, false>(simd, strip, origin, block, &mut norm)
                };
                two.take(simd, b, measured);
            }
            // Half the difference of two squared distances must exceed the error of one; the least number covers underflow.
            let error = norm.map(|norm| simd.mul_add_e_f64s(simd.add_f64s(norm, largest), rate, least));
            let sure = |v: usize| simd.greater_than_f64s(simd.sub_f64s(two.second[v], two.best[v]), error[v]);
            let doubt = simd.not_m64s(simd.and_m64s(sure(0), sure(1)));
            if simd.first_true_m64s(doubt) < S::F64_LANES {
                two = Two::direct(simd, strip, centroids, d);
                for (v, slack) in slacks.iter_mut().enumerate() {
                    *slack = margin(simd, two.best[v], two.second[v]);
                }
            } else {
                for (v, slack) in slacks.iter_mut().enumerate() {
                    let squared = |half: S::f64s| simd.mul_add_e_f64s(half, double, norm[v]);
                    let near = simd.add_f64s(simd.max_f64s(squared(two.best[v]), zero), error[v]);
                    let far = simd.max_f64s(simd.sub_f64s(squared(two.second[v]), error[v]), zero);
                    *slack = margin(simd, near, far);
                }
            }
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
            let (best, second, label) = (tile.best, tile.second, tile.label);
            tile.bound(&centroids);
            assert_eq!(tile.label[..203], label[..203]);
            for i in 0..203 {
                // Products may be fused or not, so that slacks differ by a little; each is a lower bound.
                let exact = second[i].sqrt() - best[i].sqrt();
                assert!(tile.slack[i] <= exact && tile.slack[i] >= exact - 1e-9, "{} {exact}", tile.slack[i]);
            }
        }
        let rows = |tile: &Tile<'_>| -> Vec<Vec<f64>> {
            (0..203).map(|i| vec![tile.row(i).at(0), tile.row(i).at(1)]).collect()
        };
        assert_eq!(rows(&wide), rows(&narrow));
        assert_eq!(wide.label[..203], narrow.label[..203]);
        assert_eq!(wide.best[..203], narrow.best[..203]);
        assert_eq!(wide.second[..203], narrow.second[..203]);
        // Gathered rows are the same rows.
        let chosen = [5, 17, 30, 199];
        narrow.gather(1, &chosen);
        wide.gather(1, &chosen);
        for (i, row) in chosen.into_iter().enumerate() {
            for (j, tile) in [(0, &wide), (1, &wide), (0, &narrow), (1, &narrow)] {
                assert_eq!(tile.row(i).at(j).to_bits(), points.value(row as usize + 1, j).to_bits());
            }
        }
        Ok(())
    }

    /// Rows between two centroids, on the border or so near that products cannot tell, at scales where squares are lost or
    /// an offset eats the digits.
    #[test]
    fn rows_that_products_cannot_settle_are_measured_directly() -> Result<(), ClusterError> {
        for (scale, offset) in [(1.0, 0.0), (1e-170, 0.0), (1e140, 0.0), (1e-3, 1e9), (1.0, -1e5)] {
            let x: Vec<f64> = (0..500).map(|i| offset + scale * (0.5 + f64::from(i % 7 - 3) * f64::EPSILON)).collect();
            let y: Vec<f64> = (0..500).map(|i| offset + scale * f64::from(i % 11 - 5)).collect();
            let points = Points::new(&[&x, &y])?;
            let flat: Vec<f64> =
                [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.5, 40.0, -30.0, 2.0].map(|c| offset + scale * c).to_vec();
            let centroids = Centroids::pack(&flat, 2);
            for mut tile in [Tile::new(&points), Tile { arch: Arch::Scalar, width: 1, ..Tile::new(&points) }] {
                for first in [0, 250] {
                    tile.pack(first..first + 250);
                    tile.nearest(&centroids);
                    let (label, margin) = (tile.label, |i: usize| (tile.best[i], tile.second[i]));
                    let margins: Vec<f64> = (0..250).map(margin).map(|(a, b)| b.sqrt() - a.sqrt()).collect();
                    tile.bound(&centroids);
                    assert_eq!(tile.label[..250], label[..250]);
                    assert!((0..250).all(|i| tile.slack[i] <= margins[i]), "{scale} {offset}");
                }
            }
        }
        Ok(())
    }
}
