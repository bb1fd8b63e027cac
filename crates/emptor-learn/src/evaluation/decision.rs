//! Whom to contact.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::{best_first, check_scores, runs, saved};
use crate::LearnError;

/// The greatest distance between the distribution of scores of events and that of other rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KolmogorovSmirnov {
    /// The distance, 0 to 1.
    #[serde(deserialize_with = "saved::share")]
    pub statistic: f64,
    /// The score at which it is reached: that many more of the events than of the others score at least this.
    pub cut: f64,
}

/// The Kolmogorov–Smirnov distance of a score, `max_t (share of events ≥ t − share of others ≥ t)`, one-sided: a score
/// that ranks upside down has 0.
///
/// ```
/// use emptor_learn::kolmogorov_smirnov;
/// let ks = kolmogorov_smirnov(&[true, true, false, false], &[0.9, 0.4, 0.6, 0.1])?;
/// assert_eq!((ks.statistic, ks.cut), (0.5, 0.9));
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] unless there is one finite score per row; [`LearnError::OneClass`] unless there are rows with
/// and without the event.
pub fn kolmogorov_smirnov(event: &[bool], score: &[f64]) -> Result<KolmogorovSmirnov, LearnError> {
    let (events, others) = check_scores(event, score)?;
    let pairs = best_first(event, score);
    let mut best = KolmogorovSmirnov { statistic: 0.0, cut: pairs[pairs.len() - 1].0 };
    let (mut hit, mut missed) = (0, 0);
    for (cut, rows, events_here) in runs(&pairs) {
        hit += events_here;
        missed += rows - events_here;
        let statistic = hit as f64 / events as f64 - missed as f64 / others as f64;
        if statistic > best.statistic {
            best = KolmogorovSmirnov { statistic, cut };
        }
    }
    Ok(best)
}

/// What happened to rows above and below a cut.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Confusion {
    /// Rows of at least this score count as predicted.
    pub cut: f64,
    /// Predicted, and the event happened.
    pub true_positives: usize,
    /// Predicted, and it did not.
    pub false_positives: usize,
    /// Not predicted, and it did.
    pub false_negatives: usize,
    /// Not predicted, and it did not.
    pub true_negatives: usize,
}

impl Confusion {
    /// Share of the predicted with the event; `None` if none is predicted.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positives, self.false_positives)
    }

    /// Share of the events that are predicted (sensitivity); `None` without events.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.false_negatives)
    }

    /// Share of the other rows that are not predicted; `None` without other rows.
    #[must_use]
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.false_positives)
    }

    /// Share of right predictions. Where events are rare, predicting none is right nearly always: see lift instead.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        share(self.true_positives + self.true_negatives, self.false_positives + self.false_negatives)
    }

    /// Harmonic mean of precision and recall; `None` if neither events nor predictions exist.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        share(2 * self.true_positives, self.false_positives + self.false_negatives)
    }
}

fn share(part: usize, rest: usize) -> Option<f64> {
    (part + rest > 0).then(|| part as f64 / (part + rest) as f64)
}

/// Counts rows by whether their score is at least `cut` and whether the event happened.
///
/// ```
/// use emptor_learn::confusion;
/// let table = confusion(&[true, true, false, false], &[0.9, 0.4, 0.6, 0.1], 0.5)?;
/// assert_eq!((table.true_positives, table.false_positives), (1, 1));
/// assert_eq!(table.precision(), Some(0.5));
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] unless there is one finite score per row and the cut is a number.
pub fn confusion(event: &[bool], score: &[f64], cut: f64) -> Result<Confusion, LearnError> {
    let mut checks = Invalid::checks();
    let length = format!("must have {} rows like the events", event.len());
    checks.require(score.len() == event.len(), "score", &length, score.len());
    checks.require_each("score", "must be finite", score, |_, x| x.is_finite());
    checks.require(!cut.is_nan(), "cut", "must be a number", cut);
    checks.finish()?;
    let count = |predicted: bool, happened: bool| {
        score.iter().zip(event).filter(|(s, e)| (**s >= cut) == predicted && **e == happened).count()
    };
    Ok(Confusion {
        cut,
        true_positives: count(true, true),
        false_positives: count(true, false),
        false_negatives: count(false, true),
        true_negatives: count(false, false),
    })
}

/// The cut that earns most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BestCut {
    /// Contact rows of at least this score; `None` if contacting anyone loses money.
    pub cut: Option<f64>,
    /// Contacts.
    pub contacts: usize,
    /// Contacts with the event.
    pub successes: usize,
    /// `profit_per_success × successes − cost_per_contact × contacts`.
    pub profit: f64,
}

/// The cut at which contacting everyone above it would have earned most on these rows; of equal profits the fewest
/// contacts.
///
/// For honest probabilities the cut is near `cost_per_contact / profit_per_success`; here it is found from what happened,
/// so use rows the model has not seen.
///
/// ```
/// use emptor_learn::best_cut;
/// let event = [true, true, false, true, false, false];
/// let best = best_cut(&event, &[0.9, 0.8, 0.6, 0.5, 0.3, 0.1], 10.0, 4.0)?;
/// assert_eq!((best.cut, best.contacts, best.successes, best.profit), (Some(0.5), 4, 3, 14.0));
/// # Ok::<(), emptor_learn::LearnError>(())
/// ```
///
/// # Errors
/// [`LearnError::Invalid`] unless scores, profit and cost are finite and the latter two at least 0;
/// [`LearnError::OneClass`] unless there are rows with and without the event.
pub fn best_cut(
    event: &[bool],
    score: &[f64],
    profit_per_success: f64,
    cost_per_contact: f64,
) -> Result<BestCut, LearnError> {
    let mut checks = Invalid::checks();
    for (name, value) in [("profit_per_success", profit_per_success), ("cost_per_contact", cost_per_contact)] {
        checks.require((0.0..=1e12).contains(&value), name, "must be 0 to 1e12", value);
    }
    checks.finish()?;
    check_scores(event, score)?;
    let pairs = best_first(event, score);
    let mut best = BestCut { cut: None, contacts: 0, successes: 0, profit: 0.0 };
    let (mut contacts, mut successes) = (0, 0);
    for (cut, rows, events) in runs(&pairs) {
        contacts += rows;
        successes += events;
        let profit = profit_per_success * successes as f64 - cost_per_contact * contacts as f64;
        if profit > best.profit {
            best = BestCut { cut: Some(cut), contacts, successes, profit };
        }
    }
    Ok(best)
}
