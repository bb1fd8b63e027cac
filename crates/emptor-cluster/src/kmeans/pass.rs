//! Passes over all rows. Rows are taken in fixed chunks and their parts are reduced in the order of the chunks, so that
//! results are the same, bit for bit, on any number of threads.

use std::ops::Range;

use emptor_types::Invalid;
use rayon::prelude::*;

use super::Assignment;
use super::fitted::Measure;
use super::kernel::{Centroids, Lane, TILE, Tile};
use crate::{ClusterError, Points};

/// The label of a row that has none yet.
pub(super) const NONE: u16 = u16::MAX;

/// Above this share of rows to measure a chunk is packed whole: copying neighbours is cheaper than gathering.
const DENSE: f64 = 0.5;

/// So many clusters or fewer have labels that fit into a byte.
const FEW: usize = 256;

/// Rows of the smallest chunk.
pub(super) const CHUNK: usize = 4096;

/// Rows of a chunk: enough to hide what a chunk costs, and so many that the sums of all chunks together take no more than
/// two bytes a row.
pub(super) fn chunk_rows(clusters: usize, dimensions: usize) -> usize {
    (4 * clusters * (dimensions + 2)).next_multiple_of(CHUNK)
}

fn chunks(rows: usize, chunk: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    (0..rows.div_ceil(chunk)).into_par_iter().map(move |c| c * chunk..rows.min((c + 1) * chunk))
}

fn tiles(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(TILE).map(move |first| first..end.min(first + TILE))
}

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

    /// Adds a row to a cluster, or takes it away with a weight below 0.
    #[inline]
    pub(super) fn put(&mut self, label: u16, row: Lane<'_>, centre: &[f64], weight: f64, sign: f64) {
        let l = usize::from(label);
        let sums = &mut self.sums[l * centre.len()..][..centre.len()];
        let signed = sign * weight;
        for (j, (sum, middle)) in sums.iter_mut().zip(centre).enumerate() {
            *sum += signed * (row.at(j) - middle);
        }
        self.weights[l] += signed;
        self.heavy[l] += i64::from(weight > 0.0) * sign as i64;
    }
}

/// Measures the rows whose bound does not prove their label, and says how sums change thereby. A row is proven when its
/// `slack`, the margin of its centroid over the second nearest when last measured plus the drift of its cluster up to then,
/// is above the drift up to now. `first` measures all rows.
pub(super) fn step(
    points: &Points<'_>,
    centroids: &Centroids,
    centre: &[f64],
    drift: &[f64],
    (labels, slacks): (&mut [u16], &mut [f32]),
    first: bool,
) -> Sums {
    let (k, d) = (centroids.clusters, points.dimensions());
    let chunk = chunk_rows(k, d);
    let mut limit: Vec<f32> = drift.iter().map(|&x| ceil(x)).collect();
    limit.resize(k.max(FEW), 0.0);
    let room = || (Tile::new(points), Vec::new());
    let parts: Vec<Sums> = labels
        .par_chunks_mut(chunk)
        .zip(slacks.par_chunks_mut(chunk))
        .enumerate()
        .map_init(room, |(tile, active), (c, (labels, slacks))| {
            let part = Sums::new(k, d);
            let mut rows = Rows { points, centre, drift, limit: &limit, begin: c * chunk, labels, slacks, part };
            if !first {
                rows.active(active);
            }
            if first || active.len() as f64 > DENSE * rows.labels.len() as f64 {
                tiles(0..rows.labels.len()).for_each(|at| {
                    tile.pack(rows.begin + at.start..rows.begin + at.end);
                    tile.bound(centroids);
                    rows.settle(tile, at.len(), |i| at.start + i);
                });
            } else {
                active.chunks(TILE).for_each(|at| {
                    tile.gather(rows.begin, at);
                    tile.bound(centroids);
                    rows.settle(tile, at.len(), |i| at[i] as usize);
                });
            }
            rows.part
        })
        .collect();
    reduce(parts, k, d)
}

/// The rows of a chunk on the way through [`step`].
struct Rows<'a> {
    points: &'a Points<'a>,
    centre: &'a [f64],
    drift: &'a [f64],
    /// The same, not less, in the room of slacks.
    limit: &'a [f32],
    begin: usize,
    labels: &'a mut [u16],
    slacks: &'a mut [f32],
    part: Sums,
}

impl Rows<'_> {
    /// The rows to measure.
    fn active(&self, active: &mut Vec<u32>) {
        // A table of fixed length needs no check of the index, which would be half of the work.
        match self.limit.first_chunk::<FEW>() {
            Some(limit) if self.part.weights.len() <= FEW => {
                self.exceed(active, |label| limit[usize::from(label as u8)])
            }
            _ => self.exceed(active, |label| self.limit[usize::from(label)]),
        }
    }

    /// The rows whose slack is not above their limit.
    #[inline]
    fn exceed(&self, active: &mut Vec<u32>, limit: impl Fn(u16) -> f32) {
        const GROUP: usize = u64::BITS as usize;
        active.clear();
        // Tests without a branch, for which rows are active is anybody's guess; then the few that are.
        for (g, (labels, slacks)) in self.labels.chunks(GROUP).zip(self.slacks.chunks(GROUP)).enumerate() {
            let mut bits = 0_u64;
            for (i, (&label, &slack)) in labels.iter().zip(slacks).enumerate() {
                bits |= u64::from(slack <= limit(label)) << i;
            }
            while bits != 0 {
                active.push((g * GROUP) as u32 + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
    }

    /// Takes over what was found of the rows of the tile; row `i` of it is row `at(i)` of the chunk.
    #[inline]
    fn settle(&mut self, tile: &Tile<'_>, count: usize, at: impl Fn(usize) -> usize) {
        let mut moved = [0_u16; TILE];
        let mut moves = 0;
        // Without a branch: which rows move is anybody's guess.
        for (i, (&label, slack)) in tile.label.iter().zip(&tile.slack).enumerate().take(count) {
            self.slacks[at(i)] = floor(slack + self.drift[label as usize]);
            moved[moves] = i as u16;
            moves += usize::from(self.labels[at(i)] != label as u16);
        }
        for i in moved.into_iter().map(usize::from).take(moves) {
            let (before, label) = (self.labels[at(i)], tile.label[i] as u16);
            self.labels[at(i)] = label;
            let weight = self.points.weight(self.begin + at(i));
            self.part.put(label, tile.row(i), self.centre, weight, 1.0);
            if before != NONE {
                self.part.put(before, tile.row(i), self.centre, weight, -1.0);
            }
        }
        self.part.measured += count;
        self.part.changed += moves;
    }
}

/// A number at most `x`, and near to it, in half the room. What is below 0 proves nothing, and neither does what is so small
/// that the digits left may round it up.
#[inline]
fn floor(x: f64) -> f32 {
    const BELOW: f64 = 1.0 - 2.0 * f32::EPSILON as f64;
    if x >= f64::from(f32::MIN_POSITIVE) { (x * BELOW).min(f64::from(f32::MAX)) as f32 } else { 0.0 }
}

/// A number at least `x`, in half the room.
fn ceil(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) < x { near.next_up() } else { near }
}

fn reduce(parts: Vec<Sums>, k: usize, d: usize) -> Sums {
    let mut total = Sums::new(k, d);
    parts.iter().for_each(|part| total.add(part));
    total
}

/// The sums of all rows by their labels, from scratch.
pub(super) fn sums(points: &Points<'_>, clusters: usize, centre: &[f64], labels: &[u16]) -> Sums {
    let d = points.dimensions();
    let room = || Tile::new(points);
    let parts: Vec<Sums> = chunks(points.rows(), chunk_rows(clusters, d))
        .map_init(room, |tile, rows| {
            let mut part = Sums::new(clusters, d);
            for rows in tiles(rows) {
                tile.pack(rows.clone());
                for (i, row) in rows.enumerate() {
                    part.put(labels[row], tile.row(i), centre, points.weight(row), 1.0);
                }
            }
            part
        })
        .collect();
    reduce(parts, clusters, d)
}

/// The rows farthest from the centroid of their label, farthest first, the lower row on ties: at most `most`, none of weight
/// or distance 0.
pub(super) fn farthest(points: &Points<'_>, flat: &[f64], labels: &[u16], most: usize) -> Vec<(f64, usize)> {
    let d = points.dimensions();
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let parts: Vec<Vec<(f64, usize)>> = chunks(points.rows(), chunk_rows(flat.len() / d, d))
        .map(|rows| {
            let distance = |row: usize| {
                let centroid = &flat[usize::from(labels[row]) * d..][..d];
                let squares = centroid.iter().enumerate().map(|(j, c)| points.value(row, j) - c).map(|x| x * x);
                squares.sum::<f64>()
            };
            let heavy = rows.filter(|&row| points.weight(row) > 0.0);
            let mut part: Vec<_> = heavy.map(|row| (distance(row), row)).filter(|(d, _)| *d > 0.0).collect();
            part.sort_unstable_by(order);
            part.truncate(most);
            part
        })
        .collect();
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_unstable_by(order);
    all.truncate(most);
    all
}

/// Which row has no finite distance, if any.
fn refuse(rows: impl IntoIterator<Item = Option<usize>>) -> Result<(), Invalid> {
    match rows.into_iter().flatten().next() {
        None => Ok(()),
        Some(row) => Err(Invalid::value("values", "must be at most 1e150 either way once standardised", Row(row))),
    }
}

struct Row(usize);

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more in row {}", self.0)
    }
}

/// Labels of all rows, in the room given, and counts, weights and inertia.
pub(super) fn measure(
    points: &Points<'_>,
    centroids: &Centroids,
    mut labels: Vec<u16>,
) -> Result<(Vec<u16>, Measure), ClusterError> {
    let k = centroids.clusters;
    let chunk = chunk_rows(k, points.dimensions());
    labels.resize(points.rows(), 0);
    let room = || Tile::new(points);
    let parts: Vec<(Measure, Option<usize>)> = labels
        .par_chunks_mut(chunk)
        .enumerate()
        .map_init(room, |tile, (c, labels)| {
            let begin = c * chunk;
            let (mut part, mut beyond) = (Measure::none(k), None);
            for rows in tiles(0..labels.len()) {
                tile.pack(begin + rows.start..begin + rows.end);
                tile.nearest(centroids);
                for (i, at) in rows.enumerate() {
                    let (label, weight) = (tile.label[i] as usize, points.weight(begin + at));
                    let distance = tile.best[i];
                    labels[at] = label as u16;
                    part.counts[label] += 1;
                    part.weights[label] += weight;
                    part.inertia += weight * distance;
                    if beyond.is_none() && !distance.is_finite() {
                        beyond = Some(begin + at);
                    }
                }
            }
            (part, beyond)
        })
        .collect();
    refuse(parts.iter().map(|(_, beyond)| *beyond))?;
    let mut total = Measure::none(k);
    parts.iter().for_each(|(part, _)| total.add(part));
    Ok((labels, total))
}

/// Labels and both distances of all rows.
pub(super) fn assign(points: &Points<'_>, centroids: &Centroids) -> Result<Assignment, ClusterError> {
    let n = points.rows();
    let mut all = Assignment { label: vec![0; n], distance_squared: vec![0.0; n], second: vec![0.0; n] };
    let room = || Tile::new(points);
    all.label
        .par_chunks_mut(CHUNK)
        .zip(all.distance_squared.par_chunks_mut(CHUNK))
        .zip(all.second.par_chunks_mut(CHUNK))
        .enumerate()
        .for_each_init(room, |tile, (c, ((label, best), second))| {
            for rows in tiles(0..label.len()) {
                tile.pack(c * CHUNK + rows.start..c * CHUNK + rows.end);
                tile.nearest(centroids);
                best[rows.clone()].copy_from_slice(&tile.best[..rows.len()]);
                second[rows.clone()].copy_from_slice(&tile.second[..rows.len()]);
                label[rows].iter_mut().zip(&tile.label).for_each(|(to, from)| *to = *from as u16);
            }
        });
    refuse([all.distance_squared.iter().position(|distance| !distance.is_finite())])?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::{ceil, floor};

    #[test]
    fn half_the_room_is_no_more_than_floor_and_no_less_than_ceil() {
        for exponent in -60..=45 {
            for digits in 1..200 {
                let x = f64::from(digits) * 0.0537 * 10.0_f64.powi(exponent);
                assert!(f64::from(floor(x)) <= x, "{x} {}", floor(x));
                assert!(f64::from(ceil(x)) >= x, "{x} {}", ceil(x));
            }
        }
        assert!([f64::NAN, f64::NEG_INFINITY, -1.0, 0.0].iter().all(|&x| floor(x) <= 0.0));
        assert!(floor(f64::INFINITY).is_finite());
    }
}
