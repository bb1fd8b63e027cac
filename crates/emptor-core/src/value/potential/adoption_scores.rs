//! Adoption probabilities of customers.

use std::collections::BTreeMap;

use emptor_types::{Horizon, Invalid};
use rayon::prelude::*;

use super::adoption_fit::{Counts, FittedAdoptionModel, Segment, Tables};
use super::category_sets::{CategorySets, has, insert, shared, size, words};

/// How likely each customer is to take up each category within the window, and on how many similar customers that
/// rests. Customers with the same segment and set share a row.
#[derive(Debug, Clone, PartialEq)]
pub struct AdoptionScores {
    categories: usize,
    window: Horizon,
    /// The row of each customer.
    row_of: Vec<usize>,
    rows: Vec<Vec<Score>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Score {
    probability: Option<f64>,
    evidence: f64,
}

impl AdoptionScores {
    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.row_of.len()
    }

    /// Number of categories.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.categories
    }

    /// The window that the probabilities are for.
    #[must_use]
    pub fn window(&self) -> Horizon {
        self.window
    }

    /// The probability that a customer takes up a category within the window; `None` where the customer has it already,
    /// or nobody without it was ever seen.
    ///
    /// # Panics
    /// If there is no such customer or category.
    #[must_use]
    pub fn probability(&self, customer: usize, category: usize) -> Option<f64> {
        self.rows[self.row_of[customer]][category].probability
    }

    /// The customers without the category that the probability rests on, each weighted by similarity: what the prior
    /// strength is compared with. 0 where there is no probability.
    ///
    /// # Panics
    /// If there is no such customer or category.
    #[must_use]
    pub fn evidence(&self, customer: usize, category: usize) -> f64 {
        self.rows[self.row_of[customer]][category].evidence
    }

    /// All probabilities, row-major: all categories of the first customer, then of the second; 0 where there is none to
    /// take up.
    #[must_use]
    pub fn to_table(&self) -> Vec<f64> {
        let row = |row: &usize| self.rows[*row].iter().map(|score| score.probability.unwrap_or(0.0));
        self.row_of.iter().flat_map(row).collect()
    }
}

impl FittedAdoptionModel {
    /// The probabilities of customers with the sets they have now.
    ///
    /// # Errors
    /// Unless the sets are of the model's categories, and the model was fitted without segments.
    pub fn predict(&self, sets: &CategorySets) -> Result<AdoptionScores, Invalid> {
        let mut checks = Invalid::checks();
        let segmented = self.tables().segmented;
        checks.require(!segmented, "segments", "must be given: the model was fitted by segment", "none");
        checks.absorb(self.same_categories(sets));
        checks.finish()?;
        Ok(self.score(sets, |_| ""))
    }

    /// The probabilities of customers with the sets they have now, one segment label per customer. A segment that the
    /// model has not seen is answered with the rates of the base.
    ///
    /// # Errors
    /// Unless the sets are of the model's categories, there is one label per customer, and the model was fitted by
    /// segment.
    pub fn predict_by_segment<S: AsRef<str>>(
        &self,
        sets: &CategorySets,
        segments: &[S],
    ) -> Result<AdoptionScores, Invalid> {
        let mut checks = Invalid::checks();
        let segmented = self.tables().segmented;
        checks.require(segmented, "segments", "must not be given: the model was fitted without", "labels");
        let rule = format!("must be one for each of {} customers", sets.customers());
        checks.require(segments.len() == sets.customers(), "segments", &rule, segments.len());
        checks.absorb(self.same_categories(sets));
        checks.finish()?;
        Ok(self.score(sets, |i| segments[i].as_ref()))
    }

    fn same_categories(&self, sets: &CategorySets) -> Result<(), Invalid> {
        let rule = format!("must have the {} categories of the model", self.categories());
        let same = sets.categories() == self.categories();
        if same { Ok(()) } else { Err(Invalid::value("sets", rule, sets.categories())) }
    }

    fn score<'a>(&'a self, sets: &'a CategorySets, segment_of: impl Fn(usize) -> &'a str) -> AdoptionScores {
        let tables = self.tables();
        let mut row_at = BTreeMap::<(&str, &[u64]), usize>::new();
        let mut keys = Vec::new();
        let row_of = (0..sets.customers())
            .map(|i| {
                let key = (segment_of(i), sets.row(i));
                *row_at.entry(key).or_insert_with(|| {
                    keys.push(key);
                    keys.len() - 1
                })
            })
            .collect();
        let references: BTreeMap<&str, References<'_>> =
            tables.segments.iter().map(|(name, segment)| (name.as_str(), References::new(tables, segment))).collect();
        let rows = keys.par_iter().map(|(segment, set)| row(tables, references.get(segment), set)).collect();
        AdoptionScores { categories: tables.categories, window: tables.window, row_of, rows }
    }
}

/// A segment laid out for comparison: every set scored runs over all of it.
struct References<'a> {
    counts: &'a Counts,
    /// The sets, one after the other.
    bits: Vec<u64>,
    patterns: Vec<Reference>,
    members: Vec<usize>,
    adopters: Vec<(usize, f64)>,
}

/// A pattern; its members and adopters end here and begin where those of the pattern before end.
struct Reference {
    size: u32,
    customers: f64,
    members_end: usize,
    adopters_end: usize,
}

impl<'a> References<'a> {
    fn new(tables: &Tables, segment: &'a Segment) -> Self {
        let words = words(tables.categories);
        let mut bits = vec![0; segment.patterns.len() * words];
        let (mut patterns, mut members, mut adopters) = (Vec::new(), Vec::new(), Vec::new());
        for (pattern, set) in segment.patterns.iter().zip(bits.chunks_exact_mut(words)) {
            pattern.members.iter().for_each(|j| insert(set, *j));
            members.extend(&pattern.members);
            adopters.extend(pattern.adopters.iter().map(|(j, adopters)| (*j, *adopters as f64)));
            patterns.push(Reference {
                size: size(set),
                customers: pattern.customers as f64,
                members_end: members.len(),
                adopters_end: adopters.len(),
            });
        }
        Self { counts: &segment.counts, bits, patterns, members, adopters }
    }

    /// Customers weighted by the similarity of their sets (Jaccard: members in both over members in either; two empty
    /// sets are alike).
    fn similar(&self, set: &[u64], categories: usize) -> Similar {
        let own = size(set);
        let mut similar = Similar { all: 0.0, had: vec![0.0; categories], adopted: vec![0.0; categories] };
        let (mut member, mut adopter) = (0, 0);
        for (pattern, other) in self.patterns.iter().zip(self.bits.chunks_exact(set.len())) {
            let both = shared(set, other);
            let either = own + pattern.size - both;
            if both > 0 || either == 0 {
                let weight = if either > 0 { f64::from(both) / f64::from(either) } else { 1.0 };
                let customers = weight * pattern.customers;
                similar.all += customers;
                self.members[member..pattern.members_end].iter().for_each(|j| similar.had[*j] += customers);
                let adopters = &self.adopters[adopter..pattern.adopters_end];
                adopters.iter().for_each(|(j, adopters)| similar.adopted[*j] += weight * adopters);
            }
            (member, adopter) = (pattern.members_end, pattern.adopters_end);
        }
        similar
    }
}

/// Weight of all similar customers, of those who had each category, and of those who took it up. Who had a category is
/// cheaper to add up than who had not: sets are small beside the number of categories.
struct Similar {
    all: f64,
    had: Vec<f64>,
    adopted: Vec<f64>,
}

/// One customer's probabilities.
fn row(tables: &Tables, references: Option<&References<'_>>, set: &[u64]) -> Vec<Score> {
    let similar = references.map(|references| references.similar(set, tables.categories));
    let shrink = |adopters: f64, eligible: f64, parent: f64| {
        ((adopters + tables.prior_strength * parent) / (eligible + tables.prior_strength)).min(1.0)
    };
    let rate = |counts: &Counts, j: usize| (counts.adopters[j] as f64, counts.eligible[j] as f64);
    let score = |j: usize| {
        let (adopters, eligible) = rate(&tables.base, j);
        if has(set, j) || eligible <= 0.0 {
            return Score { probability: None, evidence: 0.0 };
        }
        let base = adopters / eligible;
        let (Some(references), Some(similar)) = (references, &similar) else {
            return Score { probability: Some(base), evidence: 0.0 };
        };
        let (adopters, eligible) = rate(references.counts, j);
        let segment = shrink(adopters, eligible, base);
        let evidence = (similar.all - similar.had[j]).max(0.0);
        Score { probability: Some(shrink(similar.adopted[j], evidence, segment)), evidence }
    };
    (0..tables.categories).map(score).collect()
}
