//! Which centroid is nearest to a row, and by how much at least: in single precision where that is enough, which holds
//! twice the rows of a vector, and directly where it is not.
//!
//! Rows are taken as differences from the centre of all rows, in units of about their spread, so that neither a common
//! offset nor the scale costs digits. `|z|² + |c|² − 2 z·c` is one fused operation a column and centroid where squares of
//! differences take three. What rounding may have done to it is bounded; a row whose two nearest centroids differ by less is
//! measured directly, so that labels are those of the direct distances, bit for bit, in any case.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::kernel::{BLOCK, TILE};
use super::lookup::{GROUP, places};
use super::spread::Spread;
use crate::Points;

/// Distances at most this fraction apart are not told apart by bounds; far above the rounding of a distance.
const ROUNDING: f64 = 1e-10;

/// With `e` so many times (d + 2), a squared distance by products is off by at most e × (|z|² + |c|²): per column three
/// roundings of `z·c` and one of `|z|²`, each doubled, and five more of inputs and sums, (2 d + 9) × ε / 2 together (Higham 2002,
/// *Accuracy and Stability of Numerical Algorithms*, §3.1).
const PRODUCTS: f32 = 4.0 * f32::EPSILON;

/// Beyond this square of a centroid, in units of the spread, products might overflow.
const FAR: f64 = 1e30;

/// For the rounding of roots and of their difference.
const ROOTS: f32 = 2.0 * f32::EPSILON;

/// Centroids to screen rows by.
#[derive(Debug)]
pub(super) struct Targets<'a> {
    pub(super) clusters: usize,
    /// One centroid after the other.
    pub(super) flat: &'a [f64],
    /// Per block of four |c|² / 2 of each, then per column one coordinate of each, in the frame of the rows; the last block is
    /// filled up with infinity, which is nearest to nothing.
    blocks: Vec<f32>,
    /// See [`PRODUCTS`]; infinite, which proves nothing, if products might overflow.
    error: f32,
}

impl<'a> Targets<'a> {
    pub(super) fn new(flat: &'a [f64], spread: &Spread) -> Self {
        let d = spread.centre.len();
        let clusters = flat.len() / d;
        let mut blocks = vec![0.0; clusters.next_multiple_of(BLOCK) * (d + 1)];
        let mut error = PRODUCTS * (d + 2) as f32;
        for (block, centroids) in blocks.chunks_exact_mut(BLOCK * (d + 1)).zip(flat.chunks(BLOCK * d)) {
            block[..BLOCK].fill(f32::INFINITY);
            for (i, centroid) in centroids.chunks_exact(d).enumerate() {
                let mut square = 0.0;
                for (j, (c, centre)) in centroid.iter().zip(&spread.centre).enumerate() {
                    let c = (c - centre) * spread.unit;
                    block[(j + 1) * BLOCK + i] = c as f32;
                    square += c * c;
                }
                block[i] = (0.5 * square) as f32;
                error = if square <= FAR { error } else { f32::INFINITY };
            }
        }
        Self { clusters, flat, blocks, error }
    }
}

/// What is found of up to [`TILE`] rows.
#[derive(Debug)]
pub(super) struct Screen<'a> {
    points: &'a Points<'a>,
    spread: &'a Spread,
    arch: Arch,
    frame: Vec<Frame>,
    /// Neighbours in strips: per strip, per column the values of its rows.
    strips: Vec<f32>,
    /// The nearest centroid.
    pub(super) label: [u32; TILE],
    /// By how much the second nearest is certainly farther away, in units of the spread: the difference of distances if it was
    /// asked for, else that of their squares.
    slack: [f32; TILE],
}

/// What takes a column into the frame of the targets: `(x − shift) × scale − centre`, standardised first, for an offset that
/// stays may be large. The unit is in both factors, which costs no digits, for it is a power of two.
#[derive(Debug, Clone, Copy)]
struct Frame {
    shift: f64,
    scale: f64,
    centre: f64,
}

/// Rows to measure, at most [`TILE`].
#[derive(Debug, Clone)]
pub(super) enum Which<'a> {
    Neighbours(Range<usize>),
    /// Counted from the first number, and what [`Screen::keep`] has kept of them.
    Packed(usize, &'a [u32], &'a [f32]),
}

impl Which<'_> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Neighbours(rows) => rows.len(),
            Self::Packed(_, rows, _) => rows.len(),
        }
    }

    #[inline]
    pub(super) fn row(&self, i: usize) -> usize {
        match self {
            Self::Neighbours(rows) => rows.start + i,
            Self::Packed(first, rows, _) => first + rows[i] as usize,
        }
    }
}

impl<'a> Screen<'a> {
    pub(super) fn new(points: &'a Points<'a>, spread: &'a Spread) -> Self {
        let strips = vec![0.0; points.dimensions() * TILE];
        let standard = points.shift().iter().zip(points.scale()).zip(&spread.centre);
        let unit = spread.unit;
        let frame =
            standard.map(|((&shift, scale), centre)| Frame { shift, scale: scale * unit, centre: centre * unit });
        let frame = frame.collect();
        Self { points, spread, arch: Arch::new(), frame, strips, label: [0; TILE], slack: [0.0; TILE] }
    }

    /// Finds the nearest centroid of each row, and its slack if `slacks` are asked for.
    pub(super) fn measure(&mut self, rows: &Which<'_>, targets: &Targets<'_>, slacks: bool) {
        let Self { points, spread, arch, frame, strips, label, slack } = self;
        let all_proven = arch.dispatch(Measure { points, frame, rows, targets, slacks, strips, label, slack });
        if !all_proven {
            for (i, (label, slack)) in label.iter_mut().zip(slack).enumerate().take(rows.len()) {
                let proven = *slack > 0.0;
                if !proven {
                    (*label, *slack) = direct(points, rows.row(i), targets.flat, spread.unit);
                }
            }
        }
    }

    /// The slacks of the first rows.
    pub(super) fn slacks(&self, rows: usize) -> &[f32] {
        &self.slack[..rows]
    }

    /// Keeps those of the neighbours measured last whose slack is below `horizon`; they are rows `rows` of their chunk.
    pub(super) fn keep(&self, rows: Range<usize>, horizon: f32, kept: &mut Kept) {
        let Self { points, strips, slack, .. } = self;
        self.arch.dispatch(Keep { d: points.dimensions(), strips, slack, rows, horizon, kept });
    }
}

/// Rows of a chunk, packed.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) rows: Vec<u32>,
    strips: Vec<f32>,
}

impl Kept {
    /// Forgets all rows, and makes room for so many of so many columns.
    pub(super) fn restart(&mut self, rows: usize, d: usize) {
        self.rows.clear();
        self.strips.clear();
        self.rows.reserve_exact(rows);
        self.strips.reserve_exact(rows * d);
    }

    /// Tiles to measure; rows count from `first`.
    pub(super) fn tiles(&self, first: usize, d: usize) -> impl Iterator<Item = Which<'_>> {
        let tiles = self.rows.chunks(TILE).zip(self.strips.chunks(TILE * d));
        tiles.map(move |(rows, strips)| Which::Packed(first, rows, strips))
    }
}

struct Keep<'a> {
    d: usize,
    strips: &'a [f32],
    slack: &'a [f32; TILE],
    rows: Range<usize>,
    horizon: f32,
    kept: &'a mut Kept,
}

impl WithSimd for Keep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { d, strips, slack, rows, horizon, kept } = self;
        let width = 2 * S::F32_LANES;
        for (g, slack) in slack.as_chunks::<GROUP>().0.iter().enumerate() {
            let flags = slack.map(|slack| u8::from(slack < horizon));
            for i in places(&flags).map(|i| g * GROUP + i).take_while(|&i| i < rows.len()) {
                let lane = kept.rows.len() % width;
                if lane == 0 {
                    kept.strips.resize(kept.strips.len() + d * width, 0.0);
                }
                let last = kept.strips.len() - d * width;
                let from = strips[i / width * d * width..].chunks_exact(width);
                let to = kept.strips[last..].chunks_exact_mut(width);
                to.zip(from).for_each(|(to, from)| to[lane] = from[i % width]);
                kept.rows.push((rows.start + i) as u32);
            }
        }
    }
}

/// The nearest centroid by sums of squared differences in column order, the lower index on ties, and the slack.
fn direct(points: &Points<'_>, row: usize, flat: &[f64], unit: f64) -> (u32, f32) {
    let (mut label, mut best, mut second) = (0, f64::INFINITY, f64::INFINITY);
    for (c, centroid) in (0..).zip(flat.chunks_exact(points.dimensions())) {
        let differences = centroid.iter().enumerate().map(|(j, c)| points.value(row, j) - c);
        let distance: f64 = differences.map(|x| x * x).sum();
        if distance < best {
            (label, best, second) = (c, distance, best);
        } else if distance < second {
            second = distance;
        }
    }
    (label, floor(margin(best, second) * unit))
}

/// √second − √best of squared distances, less the rounding of both.
fn margin(best: f64, second: f64) -> f64 {
    second.sqrt() * (1.0 - ROUNDING) - best.sqrt() * (1.0 + ROUNDING)
}

/// A number at most `x`, and near to it, in half the room. What is below 0 proves nothing, and neither does what is so small
/// that the digits left may round it up.
#[inline]
fn floor(x: f64) -> f32 {
    const BELOW: f64 = 1.0 - 2.0 * f32::EPSILON as f64;
    if x >= f64::from(f32::MIN_POSITIVE) { (x * BELOW).min(f64::from(f32::MAX)) as f32 } else { 0.0 }
}

struct Measure<'a> {
    points: &'a Points<'a>,
    frame: &'a [Frame],
    rows: &'a Which<'a>,
    targets: &'a Targets<'a>,
    slacks: bool,
    strips: &'a mut [f32],
    label: &'a mut [u32],
    slack: &'a mut [f32],
}

/// Puts a column's values of one strip into single precision.
#[inline(always)]
fn convert(values: &[f64], strip: &mut [f32], frame: impl Fn(f64) -> f32) {
    // Eights, loaded before any is stored: else the compiler sees no vectors.
    let (from, from_rest) = values.as_chunks::<8>();
    let (to, _) = strip.as_chunks_mut::<8>();
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from.map(&frame);
    }
    for (to, &x) in strip[values.len() - from_rest.len()..].iter_mut().zip(from_rest) {
        *to = frame(x);
    }
}

impl Measure<'_> {
    /// Packs strip `s` of neighbours, in the frame of the targets. Strip by strip, so that all columns are read side by side and
    /// memory is not waited for.
    #[inline(always)]
    fn pack(&mut self, rows: &Range<usize>, s: usize, width: usize) {
        let points = self.points;
        let d = points.dimensions();
        let begin = rows.start + s * width;
        let end = rows.end.min(begin + width);
        let strip = &mut self.strips[s * d * width..][..d * width];
        for (j, (column, strip)) in points.columns().iter().zip(strip.chunks_exact_mut(width)).enumerate() {
            let Frame { shift, scale, centre } = self.frame[j];
            convert(
                &column[begin..end],
                strip,
                #[inline(always)]
                |x| ((x - shift) * scale - centre) as f32,
            );
        }
    }
}

impl WithSimd for Measure<'_> {
    type Output = bool;

    /// Whether all labels are proven; the others have a slack that is not above 0.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> bool {
        let width = 2 * S::F32_LANES;
        let d = self.points.dimensions();
        let error = self.targets.error;
        let (zero, double, least) = (simd.splat_f32s(0.0), simd.splat_f32s(2.0), simd.splat_f32s(f32::MIN_POSITIVE));
        let (more, less) = (simd.splat_f32s(1.0 + 3.0 * error), simd.splat_f32s(1.0 - 3.0 * error));
        let (more_root, less_root) = (simd.splat_f32s(1.0 + ROOTS), simd.splat_f32s(1.0 - ROOTS));
        // |c|² ≤ 2 |z|² + 2 × the squared distance, so that the error is at most 3 e |z|² and 2 e times the latter.
        let rate = simd.splat_f32s(3.0 * error);
        let mut all_proven = true;
        for s in 0..self.rows.len().div_ceil(width) {
            let strips = match self.rows {
                Which::Packed(_, _, strips) => strips,
                Which::Neighbours(rows) => {
                    self.pack(rows, s, width);
                    &*self.strips
                }
            };
            let (strip, _) = S::as_simd_f32s(&strips[s * d * width..][..d * width]);
            let (mut two, mut norm) = (Two::none(simd), [zero; 2]);
            for (b, block) in self.targets.blocks.chunks_exact(BLOCK * (d + 1)).enumerate() {
                let measured = if b == 0 {
                    products::<S, true>(simd, strip, block, &mut norm)
                } else {
                    products::<S, false>(simd, strip, block, &mut norm)
                };
                two.take(simd, b, measured);
            }
            let (slacks, _) = S::as_mut_simd_f32s(&mut self.slack[s * width..][..width]);
            for (v, slack) in slacks.iter_mut().enumerate() {
                let error = simd.mul_add_e_f32s(norm[v], rate, least);
                let best = simd.mul_add_e_f32s(two.best[v], double, norm[v]);
                let second = simd.mul_add_e_f32s(two.second[v], double, norm[v]);
                let mut near = simd.mul_f32s(simd.add_f32s(simd.max_f32s(best, zero), error), more);
                let mut far = simd.mul_f32s(simd.max_f32s(simd.sub_f32s(second, error), zero), less);
                if self.slacks {
                    near = simd.mul_f32s(simd.sqrt_f32s(near), more_root);
                    far = simd.mul_f32s(simd.sqrt_f32s(far), less_root);
                }
                *slack = simd.sub_f32s(far, near);
                let doubt = simd.not_m32s(simd.greater_than_f32s(*slack, zero));
                all_proven &= simd.first_true_m32s(doubt) == S::F32_LANES;
            }
            let (labels, _) = S::as_mut_simd_u32s(&mut self.label[s * width..][..width]);
            labels.copy_from_slice(&two.label);
        }
        all_proven
    }
}

/// |c|² / 2 − z·c of one strip and four centroids; adds |z|² to `norm` if `FIRST`.
#[inline(always)]
fn products<S: Simd, const FIRST: bool>(
    simd: S,
    strip: &[S::f32s],
    block: &[f32],
    norm: &mut [S::f32s; 2],
) -> [[S::f32s; 2]; BLOCK] {
    let (halves, block) = block.split_at(BLOCK);
    let mut sums = [[simd.splat_f32s(0.0); 2]; BLOCK];
    sums.iter_mut().zip(halves).for_each(|(sum, &half)| *sum = [simd.splat_f32s(half); 2]);
    for (x, c) in strip.chunks_exact(2).zip(block.chunks_exact(BLOCK)) {
        if FIRST {
            norm[0] = simd.mul_add_e_f32s(x[0], x[0], norm[0]);
            norm[1] = simd.mul_add_e_f32s(x[1], x[1], norm[1]);
        }
        for (sum, &c) in sums.iter_mut().zip(c) {
            let c = simd.splat_f32s(c);
            sum[0] = simd.negate_mul_add_e_f32s(x[0], c, sum[0]);
            sum[1] = simd.negate_mul_add_e_f32s(x[1], c, sum[1]);
        }
    }
    sums
}

/// The least and second least of what is measured so far, and which centroid is the least; of one strip.
#[derive(Clone, Copy)]
struct Two<S: Simd> {
    best: [S::f32s; 2],
    second: [S::f32s; 2],
    label: [S::u32s; 2],
}

impl<S: Simd> Two<S> {
    #[inline(always)]
    fn none(simd: S) -> Self {
        let infinite = [simd.splat_f32s(f32::INFINITY); 2];
        Self { best: infinite, second: infinite, label: [simd.splat_u32s(0); 2] }
    }

    /// Takes in what is measured of the centroids of block `b`.
    #[inline(always)]
    fn take(&mut self, simd: S, b: usize, measured: [[S::f32s; 2]; BLOCK]) {
        for (i, distance) in measured.into_iter().enumerate() {
            let index = simd.splat_u32s((BLOCK * b + i) as u32);
            for (v, distance) in distance.into_iter().enumerate() {
                let nearer = simd.less_than_f32s(distance, self.best[v]);
                self.second[v] = simd.min_f32s(self.second[v], simd.max_f32s(self.best[v], distance));
                self.best[v] = simd.min_f32s(self.best[v], distance);
                self.label[v] = simd.select_u32s(nearer, index, self.label[v]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::{Centroids, Tile};
    use super::*;
    use crate::ClusterError;

    /// Rows between two centroids, on the border or so near that products cannot tell, at scales where squares are lost or
    /// an offset eats the digits; on vectors and on none, side by side and kept.
    #[test]
    fn labels_are_those_of_direct_distances_and_slacks_are_never_too_large() -> Result<(), ClusterError> {
        for (scale, offset) in [(1.0, 0.0), (1e-170, 0.0), (1e140, 0.0), (1e-3, 1e9), (1.0, -1e5), (1e3, 9e5)] {
            let x: Vec<f64> = (0..500).map(|i| offset + scale * (0.5 + f64::from(i % 7 - 3) * f64::EPSILON)).collect();
            let y: Vec<f64> = (0..500).map(|i| offset + scale * f64::from(i % 11 - 5)).collect();
            let points = Points::new(&[&x, &y])?;
            let spread = Spread::of(&points)?;
            // One so far away that single precision cannot hold its square, in the second case.
            for far in [-30.0, 1e25] {
                let flat: Vec<f64> =
                    [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.5, 40.0, far, 2.0].map(|c| offset + scale * c).to_vec();
                if flat.iter().any(|c| c.abs() > 1e150) {
                    continue;
                }
                let targets = Targets::new(&flat, &spread);
                let mut tile = Tile::new(&points);
                let mut check = |screen: &Screen<'_>, rows: &Which<'_>, slacks: bool| {
                    for i in 0..rows.len() {
                        tile.pack(rows.row(i)..rows.row(i) + 1);
                        tile.nearest(&Centroids::pack(&flat, 2));
                        let margin = (tile.second[0].sqrt() - tile.best[0].sqrt()) * spread.unit;
                        assert_eq!(u64::from(screen.label[i]), tile.label[0]);
                        assert!(!slacks || f64::from(screen.slack[i]) <= margin, "{scale} {offset} {far}");
                    }
                };
                for arch in [Arch::new(), Arch::Scalar] {
                    let mut screen = Screen { arch, ..Screen::new(&points, &spread) };
                    for horizon in [f32::MIN_POSITIVE, 1.0, f32::INFINITY] {
                        let mut kept = Kept::default();
                        let mut below = Vec::new();
                        for rows in [0..TILE, TILE..453] {
                            screen.measure(&Which::Neighbours(rows.clone()), &targets, true);
                            check(&screen, &Which::Neighbours(rows.clone()), true);
                            screen.keep(rows.clone(), horizon, &mut kept);
                            below.extend(
                                rows.zip(&screen.slack)
                                    .filter(|(_, slack)| **slack < horizon)
                                    .map(|(row, _)| row as u32),
                            );
                        }
                        assert_eq!(kept.rows, below);
                        for rows in kept.tiles(0, 2) {
                            screen.measure(&rows, &targets, false);
                            check(&screen, &rows, false);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    #[test]
    fn half_the_room_is_no_more_than_floor() {
        for exponent in -60..=45 {
            for digits in 1..200 {
                let x = f64::from(digits) * 0.0537 * 10.0_f64.powi(exponent);
                assert!(f64::from(floor(x)) <= x, "{x} {}", floor(x));
            }
        }
        assert!([f64::NAN, f64::NEG_INFINITY, -1.0, 0.0].iter().all(|&x| floor(x) <= 0.0));
        assert!(floor(f64::INFINITY).is_finite());
    }
}
