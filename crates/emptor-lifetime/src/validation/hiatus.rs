//! The rule of thumb that a customer who has been silent for long is gone.

use emptor_types::{HistoryView, Horizon, Level};
use serde::{Deserialize, Serialize};

use super::holdout::Holdout;
use super::weights::{Weights, rising};
use crate::LifetimeError;

/// Rounding of `T − t_x`, relative to `T`: the same number of days, in weeks, comes out in several bits.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// How long a customer may be silent before managers call them inactive: the hiatus heuristic (Wübben & v. Wangenheim
/// 2008).
///
/// In the paper managers name the time. Without a manager it can be taken from the gaps between purchases, or chosen on
/// an earlier split of the calibration period by [`best`](Self::best). It must not be chosen on the holdout that it is
/// then judged by.
///
/// ```
/// use emptor_lifetime::validation::Hiatus;
/// use emptor_types::{HistoryView, Horizon, Level, TimeUnit};
///
/// let history = HistoryView::new(&[2.0, 1.0, 0.0], &[8.0, 10.0, 0.0], &[30.0; 3], None, TimeUnit::Week)?;
/// assert_eq!(Hiatus::Within(Horizon::weeks(26.0)?).threshold(&history), Some(26.0));
/// assert_eq!(Hiatus::MeanGap(Level::new(0.9)?).threshold(&history), Some(10.0)); // mean gaps are 4 and 10 weeks
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hiatus {
    /// Active are those who bought within this time before the split.
    Within(Horizon),
    /// The time that this part of customers with repeat purchases stays within by their mean gap, `t_x / x`.
    MeanGap(Level),
}

impl Hiatus {
    /// The time in the history's unit: active is who has `T − t_x` of at most this. `None` for
    /// [`MeanGap`](Self::MeanGap) if nobody has a repeat purchase.
    #[must_use]
    pub fn threshold(&self, history: &HistoryView<'_>) -> Option<f64> {
        match self {
            Self::Within(horizon) => Some(horizon.in_units(history.unit())),
            Self::MeanGap(level) => gap_quantile(history, level.get()),
        }
    }

    /// The time that classifies most customers of an earlier split correctly; of several equally good ones the
    /// shortest. It lies half-way between two observed silences.
    ///
    /// ```
    /// use emptor_lifetime::validation::{Hiatus, Holdout};
    /// use emptor_types::{HistoryView, Horizon, TimeUnit};
    ///
    /// // Silent for 2, 6 and 20 weeks; the last one did not come back.
    /// let earlier = HistoryView::new(&[1.0; 3], &[18.0, 14.0, 10.0], &[20.0, 20.0, 30.0], None, TimeUnit::Week)?;
    /// let then = Holdout::new(&[1.0, 2.0, 0.0], Horizon::weeks(10.0)?)?;
    /// assert_eq!(Hiatus::best(&earlier, &then)?, Hiatus::Within(Horizon::weeks(13.0)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is a customer and the holdout has one element per row.
    pub fn best(history: &HistoryView<'_>, holdout: &Holdout<'_>) -> Result<Self, LifetimeError> {
        holdout.check(history)?;
        let weights = Weights::of(history);
        let silence: Vec<f64> = (0..history.len()).map(|row| silence(history, row)).collect();
        let order = rising(&silence);
        let rounding = ROUNDING * history.t().iter().fold(0.0, |longest, t| f64::max(longest, *t));
        let mut groups = order.chunk_by(|&a, &b| silence[b] - silence[a] <= rounding).peekable();

        // Nobody is active. A threshold must be positive, so it cannot shut out those who bought on the last day.
        let mut correct = weights.sum(|row| f64::from(u8::from(!holdout.is_active(row))));
        let shortest = 0.5 * silence[order[0]];
        let mut best = (shortest > 0.0).then_some((correct, shortest));
        while let Some(group) = groups.next() {
            for &row in group {
                correct += if holdout.is_active(row) { weights.at(row) } else { -weights.at(row) };
            }
            let here = silence[group[group.len() - 1]];
            let threshold = match groups.peek() {
                Some(next) => here + 0.5 * (silence[next[0]] - here),
                None if here > 0.0 => here,
                None => holdout.horizon().in_units(history.unit()),
            };
            if threshold > 0.0 && best.is_none_or(|(most, _)| correct > most) {
                best = Some((correct, threshold));
            }
        }
        let threshold = best.map_or_else(|| holdout.horizon().in_units(history.unit()), |(_, threshold)| threshold);
        Ok(Self::Within(Horizon::new(threshold, history.unit())?))
    }
}

/// Time since the last purchase at the end of observation.
fn silence(history: &HistoryView<'_>, row: usize) -> f64 {
    history.t()[row] - history.recency()[row]
}

/// Whether customers of a row bought within a time before the split.
pub(super) fn is_within(history: &HistoryView<'_>, row: usize, threshold: f64) -> bool {
    silence(history, row) <= threshold + ROUNDING * history.t()[row]
}

fn gap_quantile(history: &HistoryView<'_>, level: f64) -> Option<f64> {
    let weights = Weights::of(history);
    let gap: Vec<f64> = history.recency().iter().zip(history.frequency()).map(|(t, x)| t / f64::max(*x, 1.0)).collect();
    let order: Vec<usize> = rising(&gap).into_iter().filter(|&row| history.frequency()[row] > 0.0).collect();
    let needed = level * order.iter().map(|&row| weights.at(row)).sum::<f64>();
    let mut below = 0.0;
    let reaches = order.iter().find(|&&row| {
        below += weights.at(row);
        below >= needed
    });
    reaches.map(|&row| gap[row])
}
