//! Where to begin: greedy k-means++ and the sample it runs on.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::naive::squared_distance;
use crate::Points;

/// Uniform in [0, 1), from the upper 53 bits.
pub(super) fn uniform(random: &mut Xoshiro256PlusPlus) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// Greedy k-means++ (Arthur and Vassilvitskii 2007, and the remark on several candidates a step there): each step draws
/// 2 + ln k rows in proportion to weight × squared distance and keeps the one that lowers the inertia most.
pub(super) fn plus_plus(points: &Points<'_>, clusters: usize, random: &mut Xoshiro256PlusPlus) -> Vec<Vec<f64>> {
    let trials = 2 + (clusters as f64).ln() as usize;
    let row_of = |row: usize| -> Vec<f64> { (0..points.dimensions()).map(|j| points.value(row, j)).collect() };
    let weights: Vec<f64> = (0..points.rows()).map(|row| points.weight(row)).collect();
    let mut centroids = vec![row_of(draw(&weights, random))];
    let mut nearest: Vec<f64> = (0..points.rows()).map(|row| squared_distance(points, row, &centroids[0])).collect();
    while centroids.len() < clusters {
        let masses: Vec<f64> = nearest.iter().zip(&weights).map(|(d, w)| d * w).collect();
        let mut best: Option<(f64, Vec<f64>, Vec<f64>)> = None;
        for _ in 0..trials {
            let candidate = row_of(draw(&masses, random));
            let closer: Vec<f64> =
                nearest.iter().enumerate().map(|(i, d)| d.min(squared_distance(points, i, &candidate))).collect();
            let inertia = closer.iter().zip(&weights).map(|(d, w)| d * w).sum();
            if best.as_ref().is_none_or(|(least, ..)| inertia < *least) {
                best = Some((inertia, candidate, closer));
            }
        }
        if let Some((_, candidate, closer)) = best {
            centroids.push(candidate);
            nearest = closer;
        }
    }
    centroids
}

/// Draws an index in proportion to masses, none of mass 0.
fn draw(masses: &[f64], random: &mut Xoshiro256PlusPlus) -> usize {
    let target = uniform(random) * masses.iter().sum::<f64>();
    let mut sum = 0.0;
    let mut last = 0;
    for (i, &mass) in masses.iter().enumerate().filter(|&(_, &mass)| mass > 0.0) {
        sum += mass;
        last = i;
        if sum > target {
            break;
        }
    }
    last
}
