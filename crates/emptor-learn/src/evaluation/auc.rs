//! The area under the ROC curve, its standard error, and whether one model ranks better than another.

use emptor_types::Level;
use serde::{Deserialize, Serialize};

use super::{check_scores, saved};
use crate::LearnError;
use crate::normal::{two_sided, two_sided_quantile};

/// The area under the receiver operating characteristic: the probability that a row with the event has a higher score
/// than one without, ties counted half.
///
/// ```text
/// AUC = Σ_i Σ_j ψ(x_i, y_j) / (m n),   ψ = 1, ½, 0 for x_i >, =, < y_j      DeLong, DeLong & Clarke-Pearson (1988), (3)
/// var = var_i(V_i) / m + var_j(V_j) / n,   V_i = Σ_j ψ / n,  V_j = Σ_i ψ / m                                (6)–(8)
/// ```
///
/// Computed from midranks in O(N log N) (Sun and Xu 2014).
///
/// ```
/// use emptor_learn::Auc;
///
/// let auc = Auc::new(&[true, false, true, false], &[0.9, 0.4, 0.4, 0.1])?;
/// assert_eq!(auc.auc, 0.875); // 3 ½ of 4 pairs
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Auc {
    /// The area, ½ for scores that say nothing.
    #[serde(deserialize_with = "saved::share")]
    pub auc: f64,
    /// Its standard error; `None` with fewer than two rows of an outcome.
    #[serde(deserialize_with = "saved::error")]
    pub standard_error: Option<f64>,
    /// Rows with the event.
    pub events: usize,
    /// Rows without.
    pub others: usize,
}

impl Auc {
    /// Measures scores; the higher, the likelier the event.
    ///
    /// # Errors
    /// [`LearnError::Invalid`] unless there is one finite score per row; [`LearnError::OneClass`] unless there are rows
    /// with and without the event.
    pub fn new(event: &[bool], score: &[f64]) -> Result<Self, LearnError> {
        let (events, others) = check_scores(event, score)?;
        let placements = Placements::new(event, score);
        let auc = mean(&placements.events);
        let standard_error = placements.covariance(&placements).map(|variance| variance.max(0.0).sqrt());
        Ok(Self { auc, standard_error, events, others })
    }

    /// The Gini coefficient or accuracy ratio, `2 AUC − 1`.
    #[must_use]
    pub fn gini(&self) -> f64 {
        2.0 * self.auc - 1.0
    }

    /// The interval of the area, cut at 0 and 1.
    #[must_use]
    pub fn interval(&self, level: Level) -> Option<(f64, f64)> {
        let reach = two_sided_quantile(level.get()) * self.standard_error?;
        Some(((self.auc - reach).max(0.0), (self.auc + reach).min(1.0)))
    }
}

/// Two scores of the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AucComparison {
    /// The first.
    pub a: Auc,
    /// The second.
    pub b: Auc,
    /// `a − b`.
    pub difference: f64,
    /// Its standard error; 0 if both rank all pairs alike, or each ranks every row as well as any other of its outcome.
    pub standard_error: f64,
    /// `difference / standard_error`; 0 if there is no difference, `None` if there is one and the standard error is 0, as
    /// between a score that ranks all pairs right and one that ranks all wrong.
    pub z: Option<f64>,
    /// Two-sided p-value; 0 where `z` is `None`.
    pub p_value: f64,
}

/// Whether one of two scores of the same rows ranks better (DeLong, DeLong and Clarke-Pearson 1988): their errors are
/// correlated, so that a difference can be sure where the two intervals overlap.
///
/// ```
/// use emptor_learn::compare_auc;
///
/// let event = [true, true, false, true, false, false, false, true];
/// let comparison = compare_auc(&event, &[8., 7., 6., 5., 4., 3., 2., 1.], &[1., 2., 3., 4., 5., 6., 7., 8.])?;
/// assert!((comparison.difference - (11.0 - 5.0) / 16.0).abs() < 1e-12);
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// As [`Auc::new`], and [`LearnError::OneClass`] with fewer than two rows of an outcome.
pub fn compare_auc(event: &[bool], a: &[f64], b: &[f64]) -> Result<AucComparison, LearnError> {
    let (first, second) = (Auc::new(event, a)?, Auc::new(event, b)?);
    let (place_a, place_b) = (Placements::new(event, a), Placements::new(event, b));
    let too_few = LearnError::OneClass { events: first.events, rows: event.len() };
    let covariance = |x: &Placements, y: &Placements| x.covariance(y).ok_or_else(|| too_few.clone());
    let variance =
        covariance(&place_a, &place_a)? + covariance(&place_b, &place_b)? - 2.0 * covariance(&place_a, &place_b)?;
    let difference = first.auc - second.auc;
    let standard_error = variance.max(0.0).sqrt();
    let z =
        if standard_error > 0.0 { Some(difference / standard_error) } else { (difference.abs() <= 0.0).then_some(0.0) };
    Ok(AucComparison { a: first, b: second, difference, standard_error, z, p_value: z.map_or(0.0, two_sided) })
}

/// For each row with the event the share of the others it beats, and for each other row the share of events that beat it.
struct Placements {
    events: Vec<f64>,
    others: Vec<f64>,
}

impl Placements {
    fn new(event: &[bool], score: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..score.len() as u32).collect();
        let at = |row: u32| score[row as usize] + 0.0;
        order.sort_unstable_by(|&a, &b| at(a).total_cmp(&at(b)));
        let events = event.iter().filter(|&&event| event).count();
        let others = event.len() - events;
        let mut share = vec![0.0; score.len()];
        let (mut events_below, mut others_below) = (0, 0);
        for run in order.chunk_by(|&a, &b| at(a).total_cmp(&at(b)).is_eq()) {
            let events_here = run.iter().filter(|&&row| event[row as usize]).count();
            let others_here = run.len() - events_here;
            let beaten = (others_below as f64 + 0.5 * others_here as f64) / others as f64;
            let beating = 1.0 - (events_below as f64 + 0.5 * events_here as f64) / events as f64;
            for &row in run {
                share[row as usize] = if event[row as usize] { beaten } else { beating };
            }
            events_below += events_here;
            others_below += others_here;
        }
        let of = |class: bool| share.iter().zip(event).filter(|(_, e)| **e == class).map(|(s, _)| *s).collect();
        Self { events: of(true), others: of(false) }
    }

    /// The covariance of two areas; `None` with fewer than two rows of an outcome.
    fn covariance(&self, other: &Self) -> Option<f64> {
        let of_events = covariance(&self.events, &other.events)? / self.events.len() as f64;
        Some(of_events + covariance(&self.others, &other.others)? / self.others.len() as f64)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn covariance(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum: f64 = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
    (a.len() > 1).then(|| sum / (a.len() - 1) as f64)
}

/// The area alone, of pairs that are left sorted upwards; `None` unless both outcomes occur.
pub(crate) fn rank_area(pairs: &mut [(f64, bool)]) -> Option<f64> {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut won, mut others_below, mut events) = (0.0, 0.0, 0.0);
    for run in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let events_here = run.iter().filter(|pair| pair.1).count() as f64;
        let others_here = run.len() as f64 - events_here;
        won += events_here * (others_below + 0.5 * others_here);
        others_below += others_here;
        events += events_here;
    }
    (events > 0.0 && others_below > 0.0).then(|| won / events / others_below)
}
