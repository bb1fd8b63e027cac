//! Lloyd's algorithm written down plainly.

use super::Assignment;
use super::fitted::Measure;
use crate::Points;

/// Squared distance of a row to a centroid: squared differences added in column order.
pub(super) fn squared_distance(points: &Points<'_>, row: usize, centroid: &[f64]) -> f64 {
    centroid.iter().enumerate().map(|(j, c)| (points.value(row, j) - c) * (points.value(row, j) - c)).sum()
}

pub(super) fn assign(points: &Points<'_>, centroids: &[Vec<f64>]) -> Assignment {
    let mut all = Assignment { label: Vec::new(), distance_squared: Vec::new(), second: Vec::new() };
    for row in 0..points.rows() {
        let (mut label, mut best, mut second) = (0, f64::INFINITY, f64::INFINITY);
        for (c, centroid) in centroids.iter().enumerate() {
            let distance = squared_distance(points, row, centroid);
            if distance < best {
                (label, best, second) = (c as u16, distance, best);
            } else if distance < second {
                second = distance;
            }
        }
        all.label.push(label);
        all.distance_squared.push(best);
        all.second.push(second);
    }
    all
}

pub(super) fn measure(points: &Points<'_>, centroids: &[Vec<f64>]) -> (Vec<u16>, Measure) {
    let all = assign(points, centroids);
    let mut measure = Measure::none(centroids.len());
    for (row, (&label, distance)) in all.label.iter().zip(&all.distance_squared).enumerate() {
        measure.counts[usize::from(label)] += 1;
        measure.weights[usize::from(label)] += points.weight(row);
        measure.inertia += points.weight(row) * distance;
    }
    (all.label, measure)
}

/// The mean of the columns' variances.
pub(super) fn mean_variance(points: &Points<'_>) -> f64 {
    let weight: f64 = (0..points.rows()).map(|row| points.weight(row)).sum();
    let d = points.dimensions();
    let variance = |j: usize| {
        let mean = (0..points.rows()).map(|i| points.weight(i) * points.value(i, j)).sum::<f64>() / weight;
        (0..points.rows()).map(|i| points.weight(i) * (points.value(i, j) - mean).powi(2)).sum::<f64>() / weight
    };
    (0..d).map(variance).sum::<f64>() / d as f64
}

/// Where Lloyd's algorithm ended.
#[derive(Debug, Clone)]
pub(super) struct Settled {
    pub(super) centroids: Vec<Vec<f64>>,
    pub(super) iterations: usize,
    pub(super) unchanged: bool,
    pub(super) converged: bool,
    pub(super) moved: usize,
}

/// Moves centroids to the means of their rows until no label changes or they move by no more than `shift` squared.
pub(super) fn lloyd(points: &Points<'_>, start: &[Vec<f64>], shift: f64, max_iterations: usize) -> Settled {
    let (k, d) = (start.len(), points.dimensions());
    let mut centroids = start.to_vec();
    let mut before = Vec::new();
    let mut moved = 0;
    for iteration in 1..=max_iterations {
        let Assignment { mut label, distance_squared, .. } = assign(points, &centroids);
        let heavy = |label: &[u16], c: usize| {
            label.iter().enumerate().filter(|&(i, &l)| usize::from(l) == c && points.weight(i) > 0.0).count()
        };
        let mut taken = Vec::new();
        for empty in 0..k {
            if heavy(&label, empty) > 0 {
                continue;
            }
            let mut farthest: Option<usize> = None;
            for row in 0..points.rows() {
                let donor = usize::from(label[row]);
                let eligible = points.weight(row) > 0.0 && !taken.contains(&row) && heavy(&label, donor) > 1;
                if eligible && farthest.is_none_or(|f| distance_squared[row] > distance_squared[f]) {
                    farthest = Some(row);
                }
            }
            if let Some(row) = farthest {
                label[row] = empty as u16;
                taken.push(row);
                moved += 1;
            }
        }
        let mut next = vec![vec![0.0; d]; k];
        let mut weights = vec![0.0; k];
        for (row, &l) in label.iter().enumerate() {
            weights[usize::from(l)] += points.weight(row);
            for (j, sum) in next[usize::from(l)].iter_mut().enumerate() {
                *sum += points.weight(row) * points.value(row, j);
            }
        }
        for (c, centroid) in next.iter_mut().enumerate() {
            if weights[c] > 0.0 {
                centroid.iter_mut().for_each(|x| *x /= weights[c]);
            } else {
                centroid.clone_from(&centroids[c]);
            }
        }
        let step: f64 = next.iter().flatten().zip(centroids.iter().flatten()).map(|(a, b)| (a - b).powi(2)).sum();
        centroids = next;
        let unchanged = label == before && taken.is_empty();
        if unchanged || (step <= shift && taken.is_empty() && shift > 0.0) {
            return Settled { centroids, iterations: iteration, unchanged, converged: true, moved };
        }
        before = label;
    }
    Settled { centroids, iterations: max_iterations, unchanged: false, converged: false, moved }
}
