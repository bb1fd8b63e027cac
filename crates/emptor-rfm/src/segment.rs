//! Named segments over the recency and frequency scores.

use std::fmt;

use emptor_types::{Comparison, Invalid, Predicate};
use serde::{Deserialize, Serialize};

use crate::score::Cuts;

/// A named segment of the customer base.
///
/// The names are the usual ones of marketing practice. Which cell of the 5 × 5 grid of recency score and frequency
/// score has which name is a [`SegmentMap`]: total and disjoint by construction, for every cell has exactly one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Bought lately and often.
    Champions,
    /// Buy often, and not long ago.
    Loyal,
    /// Bought lately, more than once.
    PotentialLoyalists,
    /// Bought lately for the first time.
    NewCustomers,
    /// Bought once or twice, some time ago.
    Promising,
    /// Middle of the base on both counts.
    NeedAttention,
    /// Slipping: below the middle on both counts.
    AboutToSleep,
    /// Used to buy often, long ago.
    AtRisk,
    /// Used to buy most often of all, long ago.
    CannotLose,
    /// Long ago and seldom.
    Hibernating,
    /// Longest ago and least.
    Lost,
    /// No purchase yet, or nothing but returns and free lines.
    NoPurchase,
}

impl Segment {
    /// All segments, those without a purchase last.
    pub const ALL: [Self; 12] = [
        Self::Champions,
        Self::Loyal,
        Self::PotentialLoyalists,
        Self::NewCustomers,
        Self::Promising,
        Self::NeedAttention,
        Self::AboutToSleep,
        Self::AtRisk,
        Self::CannotLose,
        Self::Hibernating,
        Self::Lost,
        Self::NoPurchase,
    ];

    /// The name as it stands in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::Loyal => "Loyal",
            Self::PotentialLoyalists => "Potential loyalists",
            Self::NewCustomers => "New customers",
            Self::Promising => "Promising",
            Self::NeedAttention => "Need attention",
            Self::AboutToSleep => "About to sleep",
            Self::AtRisk => "At risk",
            Self::CannotLose => "Cannot lose",
            Self::Hibernating => "Hibernating",
            Self::Lost => "Lost",
            Self::NoPurchase => "No purchase",
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The segment of every cell: `cells[r - 1][f - 1]` for recency score `r` and frequency score `f`.
///
/// ```
/// use emptor_rfm::{Segment, SegmentMap};
///
/// let map = SegmentMap::default();
/// assert_eq!(map.segment(5, 5), Segment::Champions);
/// assert_eq!(map.segment(1, 1), Segment::Lost);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMap {
    /// Rows by recency score, 1 (longest ago) to 5 (latest); columns by frequency score, 1 (least) to 5 (most).
    pub cells: [[Segment; 5]; 5],
}

impl Default for SegmentMap {
    fn default() -> Self {
        use Segment::{
            AboutToSleep, AtRisk, CannotLose, Champions, Hibernating, Lost, Loyal, NeedAttention, NewCustomers,
            PotentialLoyalists, Promising,
        };
        Self {
            cells: [
                [Lost, Lost, AtRisk, AtRisk, CannotLose],
                [Hibernating, Hibernating, AtRisk, AtRisk, CannotLose],
                [AboutToSleep, AboutToSleep, NeedAttention, Loyal, Loyal],
                [Promising, PotentialLoyalists, PotentialLoyalists, Loyal, Loyal],
                [NewCustomers, PotentialLoyalists, PotentialLoyalists, Champions, Champions],
            ],
        }
    }
}

impl SegmentMap {
    /// The segment of a pair of scores; scores beyond 1 to 5 count as the nearest.
    #[must_use]
    pub fn segment(&self, recency: u8, frequency: u8) -> Segment {
        let index = |score: u8| usize::from(score.clamp(1, 5) - 1);
        self.cells[index(recency)][index(frequency)]
    }

    /// The condition on `days_since_last` and `purchases` that selects a segment where scores were made by these cuts.
    ///
    /// ```
    /// use emptor_rfm::{Segment, SegmentMap};
    ///
    /// let map = SegmentMap::default();
    /// let condition = map.predicate(Segment::NewCustomers, &[7.0, 30.0, 90.0, 365.0], &[1.0, 2.0, 4.0, 8.0])?;
    /// let known = r#""days_since_last" IS NOT NULL AND "purchases" IS NOT NULL"#;
    /// assert_eq!(condition.to_sql(), format!(r#"{known} AND "days_since_last" <= 7 AND "purchases" <= 1"#));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// [`Invalid`] if a cut is not finite.
    pub fn predicate(&self, segment: Segment, days: &Cuts, purchases: &Cuts) -> Result<Predicate, Invalid> {
        if segment == Segment::NoPurchase {
            return Ok(Predicate::is_null("days_since_last"));
        }
        let mut cells = Vec::new();
        for (r, row) in self.cells.iter().enumerate() {
            let mut f = 0;
            while f < row.len() {
                let run = row[f..].iter().take_while(|&&cell| cell == segment).count();
                if run > 0 {
                    // The fewest days have the highest score.
                    let recency = between("days_since_last", days, row.len() - 1 - r, 1)?;
                    cells.push(Predicate::all([recency, between("purchases", purchases, f, run)?]));
                }
                f += run.max(1);
            }
        }
        Ok(Predicate::any(cells))
    }
}

/// The values of so many neighbouring bands from one on.
fn between(column: &str, cuts: &Cuts, from: usize, bands: usize) -> Result<Predicate, Invalid> {
    let above = from.checked_sub(1).map(|below| Predicate::compare(column, Comparison::Greater, cuts[below]));
    let up_to = cuts.get(from + bands - 1).map(|&cut| Predicate::compare(column, Comparison::AtMost, cut));
    let known = above.is_none() && up_to.is_none();
    let parts: Vec<Predicate> = above.into_iter().chain(up_to).collect::<Result<_, _>>()?;
    Ok(if known { Predicate::negate(Predicate::is_null(column)) } else { Predicate::all(parts) })
}
