//! The recommendation and its reason.

use std::cmp::Ordering;

use super::measure::{PREDICTED, SAME_CLUSTERS};
use super::{AdviceOptions, Candidate, Recommendation};
use crate::{GapStatistic, Trust};

/// Stability first, then the silhouette, among the allowed numbers.
pub(super) fn recommend(candidates: &[Candidate], gap: &GapStatistic, options: &AdviceOptions) -> Recommendation {
    let mut choice: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.allowed).collect();
    let none_allowed = choice.is_empty();
    if none_allowed {
        choice = candidates.iter().collect();
    }
    // Later among equals is greater, so that from the back the fewer clusters win.
    let best = choice.iter().rev().max_by(|a, b| order(a, b));
    let Some(best) = best else {
        let reason = "There is no number of clusters to choose from.".to_owned();
        return Recommendation { clusters: None, trust: Trust::Unstable, reason };
    };
    let range = match (choice.first(), choice.last()) {
        (Some(a), Some(b)) if a.clusters < b.clusters => format!("{} to {}", a.clusters, b.clusters),
        _ => best.clusters.to_string(),
    };
    let rivals = choice.iter().filter(|candidate| candidate.trust == best.trust).count();
    let k = best.clusters;
    let mut reason = match best.trust {
        Trust::Stable if choice.len() == 1 => {
            format!("{k} clusters, the only number allowed, are stable: {}.", numbers(best))
        }
        Trust::Stable if rivals == 1 => {
            format!("{k} clusters, the only stable number from {range}: {}.", numbers(best))
        }
        Trust::Stable => {
            format!("{k} clusters, with the highest silhouette of the stable numbers from {range}: {}.", numbers(best))
        }
        Trust::Doubtful => format!(
            "{k} clusters, but with care: nothing from {range} is stable, and {k} is the best of the doubtful ones: {}. \
             There is a pattern; rows near a border may belong on either side.",
            numbers(best)
        ),
        Trust::Unstable => format!(
            "Nothing is stable from {range} clusters: even {k}, the best of them, does not come back from other rows: {}. \
             Clusters of these columns are not to be trusted; any number is a convention.",
            numbers(best)
        ),
    };
    if none_allowed && let Some(allowed) = &options.plain.allowed {
        reason.push_str(&format!(" The allowed {} to {} were not measured.", allowed.start(), allowed.end()));
    }
    let better = candidates.iter().filter(|c| !c.allowed && c.trust > best.trust).max_by(|a, b| order(a, b));
    if let Some(better) = better {
        let (k, trust) = (better.clusters, better.trust);
        reason.push_str(&format!(" Beyond what is allowed, {k} clusters are {trust}: {}.", numbers(better)));
    }
    // The rule stops at the first number; what rises again behind it is no single cloud.
    let cloud = gap.gaps.first().is_some_and(|one| {
        one.clusters == 1 && gap.gaps.len() > 1 && gap.gaps.iter().skip(1).all(|more| one.gap >= more.gap - more.error)
    });
    if cloud {
        reason.push_str(" The gap statistic sees no clusters, only one cloud.");
    }
    Recommendation { clusters: (best.trust > Trust::Unstable).then_some(k), trust: best.trust, reason }
}

/// Trust, then silhouette; among the unstable the one that comes nearest to coming back.
fn order(a: &Candidate, b: &Candidate) -> Ordering {
    let silhouette = |c: &Candidate| c.silhouette.as_ref().map_or(f64::NEG_INFINITY, |s| s.mean.value);
    let weakest = |c: &Candidate| {
        let weakest = c.bootstrap.as_ref().and_then(|bootstrap| bootstrap.weakest());
        if c.trust == Trust::Unstable { weakest.map_or(f64::NEG_INFINITY, |jaccard| jaccard.value) } else { 0.0 }
    };
    a.trust
        .cmp(&b.trust)
        .then_with(|| weakest(a).total_cmp(&weakest(b)))
        .then_with(|| silhouette(a).total_cmp(&silhouette(b)))
}

/// The numbers that decided, with the thresholds they missed.
fn numbers(candidate: &Candidate) -> String {
    let missed = |holds: bool, least: f64| if holds { String::new() } else { format!(" (stable from {least})") };
    let mut parts = Vec::new();
    match candidate.bootstrap.as_ref().and_then(|bootstrap| bootstrap.weakest()) {
        Some(jaccard) => {
            parts.push(format!(
                "bootstrap Jaccard of the weakest cluster {jaccard}{}",
                missed(jaccard.value >= 0.75, 0.75)
            ));
        }
        None => parts.push("bootstrap not possible".to_owned()),
    }
    match candidate.prediction_strength {
        Some(strength) => {
            parts.push(format!("prediction strength {strength}{}", missed(strength.value >= PREDICTED, PREDICTED)));
        }
        None => parts.push("prediction strength not measurable".to_owned()),
    }
    match candidate.seeds {
        Some(seeds) => parts.push(format!(
            "adjusted Rand over {} seeds {:.3}{}",
            seeds.seeds,
            seeds.mean,
            missed(seeds.mean >= SAME_CLUSTERS, SAME_CLUSTERS)
        )),
        None => parts.push("seeds not comparable".to_owned()),
    }
    if let Some(silhouette) = &candidate.silhouette {
        parts.push(format!("silhouette {}", silhouette.mean));
    }
    parts.join(", ")
}

/// The number farthest below the chord of the inertia.
pub(super) fn elbow(candidates: &[Candidate]) -> Option<usize> {
    let (first, last) = (candidates.first()?, candidates.last()?);
    let fall = first.quality.inertia - last.quality.inertia;
    let fall = (candidates.len() > 2 && fall > 0.0).then_some(fall)?;
    let width = (last.clusters - first.clusters) as f64;
    let depth = |c: &Candidate| {
        let (x, y) = ((c.clusters - first.clusters) as f64 / width, (c.quality.inertia - last.quality.inertia) / fall);
        1.0 - x - y
    };
    let deepest = candidates.iter().rev().max_by(|a, b| depth(a).total_cmp(&depth(b)))?;
    (depth(deepest) > 0.0).then_some(deepest.clusters)
}
