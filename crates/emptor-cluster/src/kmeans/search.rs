//! From starts to the exact fit.

use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::lloyd::lloyd;
use super::spread::Spread;
use super::start::{Sample, plus_plus};
use super::{FittedKMeans, KMeans, KMeansReport, Start, distinct};
use crate::{ClusterError, Points};

/// Two starts found the same clusters if their inertias agree to this fraction.
const SAME_INERTIA: f64 = 1e-9;

/// The best of several starts.
struct Best {
    flat: Vec<f64>,
    agreeing: usize,
    searched: usize,
    /// Whether they are the means of rows already.
    warm: bool,
}

/// Fits with weights of at most 2, lest their products overflow or vanish; by a power of two, which costs no digits.
pub(super) fn run(spec: &KMeans, points: &Points<'_>) -> Result<(FittedKMeans, Vec<u16>), ClusterError> {
    let Some(weights) = points.weights() else { return fit(spec, points, 1.0) };
    let greatest = weights.iter().fold(0.0_f64, |greatest, &weight| greatest.max(weight));
    let unit = 2.0_f64.powi(greatest.log2().floor().clamp(-1022.0, 1022.0) as i32);
    let scaled: Vec<f64> = weights.iter().map(|weight| weight / unit).collect();
    fit(spec, &points.clone().weighted(&scaled)?, unit)
}

/// Fits rows whose weights are in such units.
fn fit(spec: &KMeans, points: &Points<'_>, unit: f64) -> Result<(FittedKMeans, Vec<u16>), ClusterError> {
    let d = points.dimensions();
    let spread = Spread::of(points)?;
    let (best, starts) = match &spec.start {
        Start::Given(centroids) => {
            let expected = centroids.first().map_or(0, Vec::len);
            if expected != d {
                return Err(ClusterError::Dimensions { expected, got: d });
            }
            distinct::enough(points, spec.clusters)?;
            (Best { flat: centroids.concat(), agreeing: 1, searched: points.rows(), warm: false }, 1)
        }
        Start::KMeansPlusPlus => {
            distinct::enough(points, spec.clusters)?;
            (search(spec, points, &spread)?, spec.starts)
        }
    };
    let settled = lloyd(points, (&best.flat, best.warm), &spread, spec.tolerance, spec.max_iterations);
    let (termination, iterations, moved) = (settled.termination, settled.iterations, settled.moved);
    let (flat, before) = (settled.flat.clone(), settled.measured);
    let (labels, mut measure, last) = settled.measure(points, &spread)?;
    measure.inertia *= unit;
    measure.weights.iter_mut().for_each(|weight| *weight *= unit);
    let measure = measure.finite()?;
    let report = KMeansReport {
        termination,
        iterations,
        passes: (before + last) as f64 / points.rows() as f64,
        rows: points.rows(),
        starts,
        agreeing: best.agreeing,
        searched: best.searched,
        moved,
        empty: measure.empty(),
    };
    let centroids = flat.chunks_exact(d).map(<[f64]>::to_vec).collect();
    Ok((FittedKMeans::new(centroids, measure, report), labels))
}

/// Tries the starts, on a sample where there are many rows.
fn search(spec: &KMeans, points: &Points<'_>, spread: &Spread) -> Result<Best, ClusterError> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(spec.seed);
    if points.rows() > spec.sample_rows {
        let sample = Sample::draw(points, spec.sample_rows, &mut random);
        // A sample may miss what little differs; then all rows are searched.
        if let Ok(rows) = sample.points()
            && distinct::enough(&rows, spec.clusters).is_ok()
        {
            return try_starts(spec, &rows, spread, &mut random);
        }
    }
    try_starts(spec, points, spread, &mut random)
}

fn try_starts(
    spec: &KMeans,
    rows: &Points<'_>,
    spread: &Spread,
    random: &mut Xoshiro256PlusPlus,
) -> Result<Best, ClusterError> {
    let seeds: Vec<u64> = (0..spec.starts).map(|_| random.next_u64()).collect();
    let ends: Vec<(Vec<f64>, f64)> = seeds
        .into_par_iter()
        .map(|seed| {
            let start = plus_plus(rows, spec.clusters, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
            let settled = lloyd(rows, (&start, false), spread, spec.tolerance, spec.max_iterations);
            let flat = settled.flat.clone();
            let (_, measure, _) = settled.measure(rows, spread)?;
            Ok((flat, measure.inertia))
        })
        .collect::<Result<_, ClusterError>>()?;
    let least = ends.iter().fold(f64::INFINITY, |least, (_, inertia)| least.min(*inertia));
    let agreeing = ends.iter().filter(|(_, inertia)| *inertia <= least * (1.0 + SAME_INERTIA)).count();
    // The first of the best.
    let best = ends.into_iter().find(|(_, inertia)| *inertia <= least);
    let flat = best.map(|(flat, _)| flat).unwrap_or_default();
    Ok(Best { flat, agreeing, searched: rows.rows(), warm: true })
}
