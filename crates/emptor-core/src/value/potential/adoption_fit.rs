//! Counts of who took up what, by segment and by set.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use emptor_types::{Fit, Horizon, Invalid};
use serde::{Deserialize, Serialize};

use super::adoption::{AdoptionHistory, AdoptionModel};
use super::category_sets::{has, members};

/// A fitted adoption model: counts of customers and adopters, no customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Tables", into = "Tables")]
pub struct FittedAdoptionModel(Tables);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tables {
    pub(super) categories: usize,
    pub(super) window: Horizon,
    pub(super) prior_strength: f64,
    pub(super) segmented: bool,
    pub(super) base: Counts,
    pub(super) segments: BTreeMap<String, Segment>,
}

/// Customers without a category at the first date, and those of them who took it up, per category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) eligible: Vec<u64>,
    pub(super) adopters: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub(super) customers: u64,
    pub(super) counts: Counts,
    pub(super) patterns: Vec<Pattern>,
}

/// Customers of a segment with one set of categories.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Pattern {
    pub(super) members: Vec<usize>,
    pub(super) customers: u64,
    /// Categories that some took up, and how many.
    pub(super) adopters: BTreeMap<usize, u64>,
}

impl Counts {
    fn new(categories: usize) -> Self {
        Self { eligible: vec![0; categories], adopters: vec![0; categories] }
    }

    fn add(&mut self, set: &[u64], pattern: &Pattern) {
        for (j, eligible) in self.eligible.iter_mut().enumerate() {
            if !has(set, j) {
                *eligible += pattern.customers;
            }
        }
        for (j, adopters) in &pattern.adopters {
            self.adopters[*j] += adopters;
        }
    }
}

impl Segment {
    /// Customers of the patterns that are kept.
    fn compared(&self) -> f64 {
        self.patterns.iter().map(|pattern| pattern.customers as f64).sum()
    }
}

impl Fit<AdoptionHistory<'_>> for AdoptionModel {
    type Fitted = FittedAdoptionModel;
    type Error = Invalid;

    fn fit(&self, history: &AdoptionHistory<'_>) -> Result<FittedAdoptionModel, Invalid> {
        let categories = history.owned.categories();
        let mut patterns = BTreeMap::<(&str, &[u64]), Pattern>::new();
        for i in 0..history.owned.customers() {
            let segment = history.segments.as_ref().map_or("", |segments| segments[i]);
            let set = history.owned.row(i);
            let pattern = patterns.entry((segment, set)).or_default();
            pattern.customers += 1;
            for j in members(history.bought.row(i)).filter(|j| !has(set, *j)) {
                *pattern.adopters.entry(j).or_default() += 1;
            }
        }
        let mut base = Counts::new(categories);
        let mut segments = BTreeMap::<String, Segment>::new();
        for ((segment, set), mut pattern) in patterns {
            base.add(set, &pattern);
            let segment = segments.entry(segment.to_owned()).or_insert_with(|| Segment {
                customers: 0,
                counts: Counts::new(categories),
                patterns: Vec::new(),
            });
            segment.customers += pattern.customers;
            segment.counts.add(set, &pattern);
            pattern.members = members(set).collect();
            segment.patterns.push(pattern);
        }
        for segment in segments.values_mut() {
            if segment.patterns.len() > self.max_patterns {
                segment.patterns.sort_by_cached_key(|pattern| (Reverse(pattern.customers), mix(&pattern.members)));
                segment.patterns.truncate(self.max_patterns);
            }
        }
        Ok(FittedAdoptionModel(Tables {
            categories,
            window: history.window,
            prior_strength: self.prior_strength,
            segmented: history.segments.is_some(),
            base,
            segments,
        }))
    }
}

/// An order of equally frequent patterns that favours no category: the order of the sets themselves would keep those of
/// the first categories. The mixer is that of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(members: &[usize]) -> u64 {
    members.iter().fold(0, |state: u64, member| {
        let z = (state ^ *member as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

impl FittedAdoptionModel {
    /// Number of categories.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.0.categories
    }

    /// The window that its probabilities are for.
    #[must_use]
    pub fn window(&self) -> Horizon {
        self.0.window
    }

    /// The share of the base that adopts a category within the window, among those without it; `None` if all had it.
    ///
    /// # Panics
    /// If there is no such category.
    #[must_use]
    pub fn base_rate(&self, category: usize) -> Option<f64> {
        let Counts { eligible, adopters } = &self.0.base;
        (eligible[category] > 0).then(|| adopters[category] as f64 / eligible[category] as f64)
    }

    /// The share of customers whose patterns are compared; the others count in the rates of segment and base only.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        let segments = || self.0.segments.values();
        segments().map(Segment::compared).sum::<f64>() / segments().map(|s| s.customers as f64).sum::<f64>()
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.0
    }
}

impl From<FittedAdoptionModel> for Tables {
    fn from(model: FittedAdoptionModel) -> Self {
        model.0
    }
}

impl TryFrom<Tables> for FittedAdoptionModel {
    type Error = Invalid;

    fn try_from(tables: Tables) -> Result<Self, Invalid> {
        let Tables { categories, prior_strength, base, segments, .. } = &tables;
        let counted = |counts: &Counts| {
            counts.eligible.len() == *categories
                && counts.adopters.len() == *categories
                && counts.eligible.iter().zip(&counts.adopters).all(|(n, a)| a <= n)
        };
        let known = |pattern: &Pattern| {
            pattern.members.iter().chain(pattern.adopters.keys()).all(|j| j < categories)
                && pattern.adopters.iter().all(|(j, a)| *a <= pattern.customers && !pattern.members.contains(j))
        };
        let whole = |segment: &Segment| {
            segment.customers > 0
                && segment.compared() <= segment.customers as f64
                && counted(&segment.counts)
                && segment.patterns.iter().all(known)
        };
        let mut checks = Invalid::checks();
        let holds = prior_strength.is_finite() && *prior_strength > 0.0;
        checks.require(holds, "prior strength", "must be finite and positive", prior_strength);
        let consistent = *categories > 0 && counted(base) && !segments.is_empty() && segments.values().all(whole);
        let rule = "must count no more adopters than customers, for the categories of the model";
        checks.require(consistent, "adoption counts", rule, "counts that do not fit together");
        checks.finish()?;
        Ok(Self(tables))
    }
}
