//! A scoring, frozen: the same cuts, weights and names for customers and days to come.

use emptor_types::Invalid;
use emptor_types::sql::{identifier, operand, text};
use serde::{Deserialize, Serialize};

use crate::score::{BANDS, Cuts, band};
use crate::segment::{Segment, SegmentMap};

/// The variables that are scored, in the order of the cuts.
const VARIABLES: [&str; 3] = ["days_since_last", "purchases", "spend"];

/// Weights sum to 1 up to this.
const WEIGHT_ROUNDING: f64 = 1e-9;

/// Cuts, weights and segment names of [`RfmScores`](crate::RfmScores), frozen. It holds no data.
///
/// ```
/// use emptor_rfm::{RfmScale, Segment, SegmentMap};
///
/// let cuts = [[7.0, 30.0, 90.0, 365.0], [1.0, 2.0, 4.0, 8.0], [20.0, 50.0, 100.0, 500.0]];
/// let scale = RfmScale::new(cuts, [0.5, 0.3, 0.2], SegmentMap::default())?;
/// let score = scale.score(12.0, 9.0, 60.0).ok_or("known")?;
/// assert_eq!((score.recency, score.frequency, score.monetary), (4, 5, 3));
/// assert_eq!(score.segment, Segment::Loyal);
/// assert_eq!(scale.score(f64::NAN, 9.0, 60.0), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct RfmScale {
    cuts: [Cuts; 3],
    weights: [f64; 3],
    segments: SegmentMap,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    cuts: [Cuts; 3],
    weights: [f64; 3],
    segments: SegmentMap,
}

impl TryFrom<Stored> for RfmScale {
    type Error = Invalid;

    fn try_from(Stored { cuts, weights, segments }: Stored) -> Result<Self, Invalid> {
        Self::new(cuts, weights, segments)
    }
}

impl From<RfmScale> for Stored {
    fn from(RfmScale { cuts, weights, segments }: RfmScale) -> Self {
        Self { cuts, weights, segments }
    }
}

/// The scores of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RfmScore {
    /// Recency score, 5 = latest.
    pub recency: u8,
    /// Frequency score, 5 = most purchases.
    pub frequency: u8,
    /// Monetary score, 5 = highest spend.
    pub monetary: u8,
    /// Weighted mean of the three.
    pub weighted: f64,
    /// The segment.
    pub segment: Segment,
}

impl RfmScale {
    /// Freezes cuts of days since last purchase, of purchases and of spend, the weights of the three scores, and the names
    /// of the cells.
    ///
    /// # Errors
    /// [`Invalid`] unless cuts are finite and ascending, and weights are at least 0 and sum to 1.
    pub fn new(cuts: [Cuts; 3], weights: [f64; 3], segments: SegmentMap) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (name, cuts) in VARIABLES.iter().zip(&cuts) {
            let proper = cuts.iter().all(|cut| cut.is_finite()) && cuts.windows(2).all(|pair| pair[0] <= pair[1]);
            checks.require(proper, name, "must have finite, ascending cuts", format!("{cuts:?}"));
        }
        let proper = weights.iter().all(|&w| w >= 0.0) && (weights.iter().sum::<f64>() - 1.0).abs() <= WEIGHT_ROUNDING;
        checks.require(proper, "weights", "must be at least 0 and sum to 1", format!("{weights:?}"));
        checks.finish()?;
        Ok(Self { cuts, weights, segments })
    }

    /// The cuts of days since last purchase, of purchases and of spend.
    #[must_use]
    pub fn cuts(&self) -> &[Cuts; 3] {
        &self.cuts
    }

    /// Scores a customer; `None` unless all three values are known and there is a purchase.
    #[must_use]
    pub fn score(&self, days_since_last: f64, purchases: f64, spend: f64) -> Option<RfmScore> {
        let values = [days_since_last, purchases, spend];
        if values.iter().any(|value| value.is_nan()) || purchases <= 0.0 {
            return None;
        }
        let [days, frequency, monetary] = [0, 1, 2].map(|i| band(values[i], &self.cuts[i]));
        let recency = BANDS as u8 + 1 - days;
        let [r, f, m] = [recency, frequency, monetary].map(f64::from);
        let weighted = self.weights[0] * r + self.weights[1] * f + self.weights[2] * m;
        Some(RfmScore { recency, frequency, monetary, weighted, segment: self.segments.segment(recency, frequency) })
    }

    /// The three scores as SQL expressions over `"days_since_last"`, `"purchases"` and `"spend"`; null unless all three are
    /// known and there is a purchase.
    ///
    /// # Errors
    /// None in practice: cuts are finite.
    pub fn scores_sql(&self) -> Result<[String; 3], Invalid> {
        let unknown: Vec<String> = VARIABLES.iter().map(|name| format!("{} IS NULL", identifier(name))).collect();
        let unscored = format!("{} OR {} <= 0", unknown.join(" OR "), identifier(VARIABLES[1]));
        let score = |variable: usize| {
            let column = identifier(VARIABLES[variable]);
            let of_band = |band: usize| if variable == 0 { BANDS + 1 - band } else { band };
            let arms = self.cuts[variable]
                .iter()
                .zip(1..)
                .map(|(&cut, band)| Ok(format!("WHEN {column} <= {} THEN {}", operand(cut)?, of_band(band))));
            let arms = arms.collect::<Result<Vec<_>, Invalid>>()?.join(" ");
            Ok(format!("CASE WHEN {unscored} THEN NULL {arms} ELSE {} END", of_band(BANDS)))
        };
        Ok([score(0)?, score(1)?, score(2)?])
    }

    /// The name of the segment as an SQL expression over columns of recency and frequency scores; null where a score is,
    /// unless the condition says that the customer has not bought.
    #[must_use]
    pub fn segment_sql(&self, recency: &str, frequency: &str, has_not_bought: &str) -> String {
        let arm = |segment: Segment| {
            let cells = self.segments.cells.iter().zip(1..).flat_map(|(row, r)| {
                let of_segment = row.iter().zip(1..).filter(move |&(&cell, _)| cell == segment);
                of_segment.map(move |(_, f)| format!("{}", 10 * r + f))
            });
            let cells: Vec<String> = cells.collect();
            let (is_there, cells) = (!cells.is_empty(), cells.join(", "));
            let cell = format!("10 * {} + {}", identifier(recency), identifier(frequency));
            is_there.then(|| format!("WHEN {cell} IN ({cells}) THEN {}", text(segment.name())))
        };
        let arms: Vec<String> = Segment::ALL.into_iter().filter_map(arm).collect();
        let none = text(Segment::NoPurchase.name());
        format!("CASE WHEN {has_not_bought} THEN {none} {} END", arms.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_that_cannot_be_is_refused_with_every_reason() {
        let cuts = [[1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 3.0, 4.0], [1.0, 2.0, 3.0, f64::INFINITY]];
        let error = RfmScale::new(cuts, [0.5, 0.6, 0.1], SegmentMap::default());
        assert_eq!(error.map_err(|error| error.violations().len()), Err(3));
    }

    #[test]
    fn a_saved_scale_reads_back_equal_and_is_checked() -> Result<(), Box<dyn std::error::Error>> {
        let cuts = [[1.0, 2.0, 3.0, 4.5], [1.0, 1.0, 3.0, 4.0], [0.1, 0.2, 0.3, 0.4]];
        let scale = RfmScale::new(cuts, [1.0 / 3.0; 3], SegmentMap::default())?;
        let saved = serde_json::to_string(&scale)?;
        assert_eq!(serde_json::from_str::<RfmScale>(&saved)?, scale);
        assert!(serde_json::from_str::<RfmScale>(&saved.replace("4.5", "0.5")).is_err());
        Ok(())
    }
}
