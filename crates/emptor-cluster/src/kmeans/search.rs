//! From starts to the exact fit.

use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{FittedKMeans, KMeans, KMeansReport, KMeansTermination, Start, distinct, naive, start};
use crate::{ClusterError, Points};

/// Two starts found the same clusters if their inertias agree to this fraction.
const SAME_INERTIA: f64 = 1e-9;

pub(super) fn run(spec: &KMeans, points: &Points<'_>) -> Result<(FittedKMeans, Vec<u16>), ClusterError> {
    if let Start::Given(centroids) = &spec.start {
        let (expected, got) = (centroids[0].len(), points.dimensions());
        if expected != got {
            return Err(ClusterError::Dimensions { expected, got });
        }
    }
    distinct::enough(points, spec.clusters)?;
    let shift = spec.tolerance * naive::mean_variance(points);
    let mut inertias = Vec::new();
    let mut best: Option<Vec<Vec<f64>>> = None;
    let mut least = f64::INFINITY;
    let start = match &spec.start {
        Start::Given(centroids) => centroids.clone(),
        Start::KMeansPlusPlus => {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(spec.seed);
            for _ in 0..spec.starts {
                let mut own = Xoshiro256PlusPlus::seed_from_u64(random.next_u64());
                let begin = start::plus_plus(points, spec.clusters, &mut own);
                let settled = naive::lloyd(points, &begin, shift, spec.max_iterations);
                let (_, measure) = naive::measure(points, &settled.centroids);
                inertias.push(measure.inertia);
                if best.is_none() || measure.inertia < least {
                    least = measure.inertia;
                    best = Some(settled.centroids);
                }
            }
            best.unwrap_or_default()
        }
    };
    let settled = naive::lloyd(points, &start, shift, spec.max_iterations);
    let (labels, measure) = naive::measure(points, &settled.centroids);
    let termination = match (settled.unchanged, settled.converged) {
        (true, _) => KMeansTermination::LabelsUnchanged,
        (false, true) => KMeansTermination::ShiftBelowTolerance,
        (false, false) => KMeansTermination::IterationLimit,
    };
    let report = KMeansReport {
        termination,
        iterations: settled.iterations,
        passes: settled.iterations as f64 + 1.0,
        rows: points.rows(),
        starts: inertias.len().max(1),
        agreeing: inertias.iter().filter(|&&i| i <= least * (1.0 + SAME_INERTIA)).count().max(1),
        searched: points.rows(),
        moved: settled.moved,
    };
    Ok((FittedKMeans::new(settled.centroids, measure, report), labels))
}
