//! If this, what else?

use std::collections::HashMap;

use emptor_types::Invalid;
use rayon::prelude::*;

use super::baskets::Baskets;
use super::eclat::{Itemset, Itemsets};
use super::measures::Together;
use crate::statistics::benjamini_hochberg;

/// Baskets with the antecedent hold the consequent so and so often.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// The items it starts from, ascending.
    pub antecedent: Vec<u32>,
    /// The items it leads to, ascending.
    pub consequent: Vec<u32>,
    /// The counts, and every measure of them.
    pub together: Together,
    /// Probability of so many baskets with both, or more, by chance (Fisher).
    pub p_value: f64,
    /// The same adjusted for all rules that were tested (Benjamini & Hochberg): keeping the rules up to a q keeps the
    /// expected share of false ones below it.
    pub q_value: f64,
    /// Whether items on both sides are always sold together, or are named a bundle: such a rule says nothing new.
    pub is_kit: bool,
}

impl Rule {
    /// What an offer of the consequent to all baskets with the antecedent alone may bring beyond what would come anyway:
    /// `targets · max(0, confidence − base) · margin − targets · contact_cost`, the targets being `a − ab` baskets.
    ///
    /// It takes the surplus of the past for the effect of an offer, which it need not be; only a test with a control
    /// group can say.
    #[must_use]
    pub fn expected_profit(&self, margin: f64, contact_cost: f64) -> f64 {
        let targets = f64::from(self.together.a() - self.together.ab());
        let surplus = (self.together.confidence() - self.together.base()).max(0.0);
        targets * (surplus * margin - contact_cost)
    }
}

/// Which rules are sought among frequent sets.
///
/// Every split of every frequent set of two or more items into two sides is a candidate. All candidates with
/// consequents of allowed length are tested; only then the weaker ones are dropped, so that the q-values count every test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleSearch {
    confidence: f64,
    lift: f64,
    consequent: usize,
    keep_kits: bool,
}

impl Default for RuleSearch {
    fn default() -> Self {
        Self { confidence: 0.0, lift: 0.0, consequent: 1, keep_kits: false }
    }
}

impl RuleSearch {
    /// All rules with one item in the consequent, kits left out.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The least confidence, from 0 to 1; 0 unless said otherwise.
    #[must_use]
    pub fn min_confidence(self, confidence: f64) -> Self {
        Self { confidence, ..self }
    }

    /// The least lift; 0 unless said otherwise.
    #[must_use]
    pub fn min_lift(self, lift: f64) -> Self {
        Self { lift, ..self }
    }

    /// The greatest number of items in the consequent; 1 unless said otherwise.
    #[must_use]
    pub fn max_consequent(self, items: usize) -> Self {
        Self { consequent: items, ..self }
    }

    /// Keeps rules within kits, and marks them; they are left out, and not tested, unless said otherwise.
    #[must_use]
    pub fn keep_kits(self) -> Self {
        Self { keep_kits: true, ..self }
    }
}

impl Itemsets {
    /// The rules of the frequent sets, in the order of the sets and then of the antecedents. `kits` names the kit of every
    /// item, as [`Baskets::kits`] finds them; an empty slice means there are none.
    ///
    /// ```
    /// use emptor_core::profile::product::rules::{Baskets, Mining, RuleSearch};
    ///
    /// let baskets = Baskets::from_pairs(&[0, 0, 1, 1, 2, 3], &[0, 1, 0, 1, 1, 2])?;
    /// let rules = Mining::new().min_count(2).mine(&baskets)?.rules(&RuleSearch::new(), &[])?;
    /// assert_eq!((rules[0].antecedent.as_slice(), rules[0].consequent.as_slice()), ([0].as_slice(), [1].as_slice()));
    /// assert!((rules[0].together.lift() - 4.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// If a setting is out of range; all of them at once.
    pub fn rules(&self, search: &RuleSearch, kits: &[Option<u32>]) -> Result<Vec<Rule>, Invalid> {
        let mut checks = Invalid::checks();
        let confidence = search.confidence;
        checks.require((0.0..=1.0).contains(&confidence), "min_confidence", "must lie from 0 to 1", confidence);
        checks.require(search.lift >= 0.0, "min_lift", "must be at least 0", search.lift);
        checks.require(search.consequent >= 1, "max_consequent", "must be at least 1", search.consequent);
        // Splits of a set are counted in 32 bits, and no analyst reads them beyond a handful of items.
        let longest = self.sets().last().map_or(0, |set| set.items.len());
        checks.require(longest <= 20, "sets", "must have at most 20 items to be split into rules", longest);
        checks.finish()?;
        let counts = self.by_items();
        let mut rules: Vec<Rule> = self
            .sets()
            .par_iter()
            .filter(|set| set.items.len() > 1)
            .flat_map_iter(|set| self.splits(set, &counts, search, kits))
            .collect();
        let p_values: Vec<f64> = rules.iter().map(|rule| rule.p_value).collect();
        rules.iter_mut().zip(benjamini_hochberg(&p_values)).for_each(|(rule, q)| rule.q_value = q);
        rules.retain(|rule| rule.together.confidence() >= confidence && rule.together.lift() >= search.lift);
        Ok(rules)
    }

    fn splits(
        &self,
        set: &Itemset,
        counts: &HashMap<&[u32], u32>,
        search: &RuleSearch,
        kits: &[Option<u32>],
    ) -> Vec<Rule> {
        let mut rules = Vec::new();
        // One test serves both directions of a pair.
        let mut pair = None;
        let items = set.items.len();
        for mask in 1_u32..(1 << items) - 1 {
            if items - mask.count_ones() as usize > search.consequent {
                continue;
            }
            let side = |wanted: u32| -> Vec<u32> {
                let chosen = set.items.iter().enumerate().filter(|(i, _)| mask >> i & 1 == wanted);
                chosen.map(|(_, item)| *item).collect()
            };
            let (antecedent, consequent) = (side(1), side(0));
            let kit = |item: &u32| kits.get(*item as usize).copied().flatten();
            let is_kit =
                antecedent.iter().filter_map(kit).any(|own| consequent.iter().filter_map(kit).any(|k| k == own));
            if is_kit && !search.keep_kits {
                continue;
            }
            // Parts of frequent sets are frequent.
            let (Some(a), Some(b)) = (counts.get(antecedent.as_slice()), counts.get(consequent.as_slice())) else {
                continue;
            };
            let together = Together::counted(self.baskets(), *a, *b, set.count);
            let p_value = if items == 2 { *pair.get_or_insert_with(|| together.p_value()) } else { together.p_value() };
            rules.push(Rule { antecedent, consequent, together, p_value, q_value: f64::NAN, is_kit });
        }
        rules
    }
}

impl Baskets {
    /// For every item the kit it belongs to, numbered by its smallest item: items in exactly the same baskets, `least` of
    /// them or more, and items linked to each other by name (`bundles`). `None` of what is in no kit.
    #[must_use]
    pub fn kits(&self, least: u32, bundles: &[(u32, u32)]) -> Vec<Option<u32>> {
        let by_item = self.by_item();
        let mut parent: Vec<u32> = (0..self.item_count() as u32).collect();
        let mut same: HashMap<&[u32], u32> = HashMap::new();
        for (item, baskets) in
            (0_u32..).zip(by_item.iter()).filter(|(_, baskets)| baskets.len() >= least.max(1) as usize)
        {
            let first = *same.entry(baskets).or_insert(item);
            join(&mut parent, first, item);
        }
        for (one, other) in bundles {
            if (one.max(other)) < &(self.item_count() as u32) {
                join(&mut parent, *one, *other);
            }
        }
        let roots: Vec<u32> = (0..parent.len() as u32).map(|item| root(&parent, item)).collect();
        let mut sizes = vec![0_u32; parent.len()];
        roots.iter().for_each(|root| sizes[*root as usize] += 1);
        roots.into_iter().map(|root| (sizes[root as usize] > 1).then_some(root)).collect()
    }
}

fn root(parent: &[u32], mut item: u32) -> u32 {
    while parent[item as usize] != item {
        item = parent[item as usize];
    }
    item
}

fn join(parent: &mut [u32], one: u32, other: u32) {
    let (one, other) = (root(parent, one), root(parent, other));
    parent[one.max(other) as usize] = one.min(other);
}
