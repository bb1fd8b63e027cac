//! What can be set.

use emptor_rfm::ScoreOptions;
use emptor_types::Invalid;

use super::weighted::{Normalization, check_weights};

/// Over which days customers are described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LookBack {
    /// All that is known up to the day of observation: a customer who last bought before the window is an old customer, not
    /// a prospect.
    #[default]
    History,
    /// The window only.
    Window,
}

/// What a segment is, in the table of preferences by segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SegmentBy {
    /// RFM segments.
    #[default]
    Rfm,
    /// Grades, of [`CustomerScores`](crate::profile::CustomerScores).
    Grade,
    /// Segments of [`CustomerScores`](crate::profile::CustomerScores).
    Given,
}

/// Settings of profiling. Start from the default and change what differs.
///
/// ```
/// use emptor_core::profile::profiling::{LookBack, ProfilingSettings};
///
/// let settings = ProfilingSettings { look_back: LookBack::Window, abc: (0.7, 0.9), ..ProfilingSettings::default() };
/// settings.check()?;
/// let wrong = ProfilingSettings { abc: (0.9, 0.7), payment_terms: -1, ..ProfilingSettings::default() };
/// assert_eq!(wrong.check().unwrap_err().violations().len(), 2);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProfilingSettings {
    /// Over which days customers are described; the lenses look at the window.
    pub look_back: LookBack,
    /// How R, F and M are scored and which cell has which name.
    pub scores: ScoreOptions,
    /// Weights of recency, frequency and monetary value in `rfm_weighted`.
    pub rfm_weights: [f64; 3],
    /// How they are brought to one scale before.
    pub rfm_normalization: Normalization,
    /// Cumulative shares of spend at which classes A and B end.
    pub abc: (f64, f64),
    /// How strongly preferences are drawn toward the base, in median orders.
    pub kappa_orders: f64,
    /// What a segment is.
    pub segment_by: SegmentBy,
    /// Most levels of an attribute that are kept apart; the rest are `__other__`.
    pub max_levels: usize,
    /// Days from invoice to due day: an invoice is known from so many days before it is due.
    pub payment_terms: i32,
    /// From which share of contacts or sales on a customer depends on one representative.
    pub key_person_share: f64,
    /// Complete quarters that a coefficient of variation of revenue needs.
    pub min_quarters: usize,
    /// Fewest customers for a rate that is not marked as weakly supported.
    pub min_n: usize,
    /// Least share of revenue with known cost for a margin that is not marked as weakly supported.
    pub min_coverage: f64,
    /// Greatest q-value that counts as a finding.
    pub max_q: f64,
}

impl Default for ProfilingSettings {
    fn default() -> Self {
        Self {
            look_back: LookBack::History,
            scores: ScoreOptions::default(),
            rfm_weights: [1.0; 3],
            rfm_normalization: Normalization::Rank,
            abc: (0.80, 0.95),
            kappa_orders: 5.0,
            segment_by: SegmentBy::Rfm,
            max_levels: 20,
            payment_terms: 30,
            key_person_share: 0.80,
            min_quarters: 4,
            min_n: 30,
            min_coverage: 0.80,
            max_q: 0.05,
        }
    }
}

impl ProfilingSettings {
    /// Whether all settings keep their rules.
    ///
    /// # Errors
    /// All rules that are broken.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        check_weights(&mut checks, self.rfm_weights);
        let (a, b) = self.abc;
        let rises = 0.0 < a && a <= b && b <= 1.0;
        checks.require(rises, "abc", "must rise within 0 and 1", format!("{a}, {b}"));
        let kappa = self.kappa_orders >= 0.0 && self.kappa_orders.is_finite();
        checks.require(kappa, "kappa_orders", "must be finite and not negative", self.kappa_orders);
        checks.require(self.max_levels > 0, "max_levels", "must be at least 1", self.max_levels);
        checks.require(self.payment_terms >= 0, "payment_terms", "must not be negative", self.payment_terms);
        let share = |share: f64| (0.0..=1.0).contains(&share);
        checks.require(
            share(self.key_person_share),
            "key_person_share",
            "must lie between 0 and 1",
            self.key_person_share,
        );
        checks.require(self.min_quarters > 1, "min_quarters", "must be at least 2", self.min_quarters);
        checks.require(share(self.min_coverage), "min_coverage", "must lie between 0 and 1", self.min_coverage);
        checks.require(share(self.max_q), "max_q", "must lie between 0 and 1", self.max_q);
        checks.finish()
    }
}
