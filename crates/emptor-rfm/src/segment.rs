//! Named segments over the recency and frequency scores.

use std::fmt;

/// A named segment of the customer base.
///
/// The names are the usual ones of marketing practice. Which cell of the 5 × 5 grid of recency score and frequency
/// score has which name is a [`SegmentMap`]: total and disjoint by construction, for every cell has exactly one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
}
