//! From what others bought to what a customer may buy.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::histories::Histories;

/// Products that a product leads to are kept up to so many.
const NEIGHBOURS: usize = 100;

/// Where offers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Everybody is offered what most customers have.
    Popularity,
    /// Customers who have A have B.
    Rule,
    /// Customers who had A and not B bought B later.
    Sequence,
    /// B is near to all that the customer has.
    Model,
}

impl Source {
    /// All of them, the baseline first.
    pub const ALL: [Self; 4] = [Self::Popularity, Self::Rule, Self::Sequence, Self::Model];
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Popularity => "popularity",
            Self::Rule => "rule",
            Self::Sequence => "sequence",
            Self::Model => "model",
        })
    }
}

/// A product that a customer may buy next.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Offer {
    /// The product.
    pub item: u32,
    /// How strongly it is suggested, on the scale of the source.
    pub score: f64,
    /// How many customers it rests on.
    pub evidence: u32,
    /// Of how many.
    pub of: u32,
    /// The product of the customer that suggests it most; `None` for [`Source::Popularity`].
    pub because: Option<u32>,
}

/// What products lead to, learned from histories.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommender {
    source: Source,
    /// By product: what it leads to.
    leads: Vec<Vec<Lead>>,
    popular: Vec<Offer>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Lead {
    item: u32,
    score: f64,
    evidence: u32,
    of: u32,
}

/// The greater score first, and equal ones by product.
fn order(a: (f64, u32), b: (f64, u32)) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

impl Recommender {
    /// Learns from histories. Pairs of products rest on at least `min_count` customers. The result does not depend on the
    /// number of threads.
    ///
    /// Time and memory: every pair of products of every customer is counted; each thread holds two counts for each
    /// product, and 100 leads of a product are kept.
    #[must_use]
    pub fn train(histories: &Histories, source: Source, min_count: u32) -> Self {
        let buyers = histories.buyers();
        let customers = (0..histories.len()).filter(|c| !histories.of(*c).is_empty()).count() as u32;
        if source == Source::Popularity {
            let offer = |(item, n): (u32, &u32)| {
                let score = f64::from(*n) / f64::from(customers);
                Offer { item, score, evidence: *n, of: customers, because: None }
            };
            let mut popular: Vec<Offer> = (0_u32..).zip(&buyers).filter(|(_, n)| **n > 0).map(offer).collect();
            popular.sort_unstable_by(|a, b| order((a.score, a.item), (b.score, b.item)));
            return Self { source, leads: Vec::new(), popular };
        }
        let by_item = histories.by_item();
        let leads = (0..by_item.len())
            .into_par_iter()
            .map_init(
                || (vec![0_u32; buyers.len()], vec![0_u32; buyers.len()]),
                |(both, later), a| {
                    let mut seen = Vec::new();
                    for (customer, first) in &by_item[a] {
                        for entry in histories.of(*customer as usize) {
                            let b = entry.item as usize;
                            if both[b] == 0 {
                                seen.push(entry.item);
                            }
                            both[b] += 1;
                            later[b] += u32::from(entry.first > *first);
                        }
                    }
                    let mut leads = Vec::new();
                    for b in seen {
                        let (n, after) = (both[b as usize], later[b as usize]);
                        (both[b as usize], later[b as usize]) = (0, 0);
                        let (evidence, of) = match source {
                            // Those who had B before A, or with it, could not buy it after.
                            Source::Sequence => (after, buyers[a] - (n - after)),
                            _ => (n, buyers[a]),
                        };
                        if b as usize == a || evidence < min_count.max(1) {
                            continue;
                        }
                        let score = match source {
                            Source::Model => {
                                f64::from(n) / (f64::from(buyers[a]) * f64::from(buyers[b as usize])).sqrt()
                            }
                            _ => f64::from(evidence) / f64::from(of),
                        };
                        leads.push(Lead { item: b, score, evidence, of });
                    }
                    leads.sort_unstable_by(|x, y| order((x.score, x.item), (y.score, y.item)));
                    leads.truncate(NEIGHBOURS);
                    leads.shrink_to_fit();
                    leads
                },
            )
            .collect();
        Self { source, leads, popular: Vec::new() }
    }

    /// Where its offers come from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// Up to `k` offers for every customer, the best first, products of the customer's history left out if
    /// `exclude_owned`. A customer for whom nothing is suggested gets none. Customers without a history get none.
    #[must_use]
    pub fn offers(&self, histories: &Histories, k: usize, exclude_owned: bool) -> Vec<Vec<Offer>> {
        (0..histories.len())
            .into_par_iter()
            .map_init(
                || vec![None; histories.item_count().max(self.leads.len())],
                |best, customer| self.for_customer(histories, customer, k, exclude_owned, best),
            )
            .collect()
    }

    fn for_customer(
        &self,
        histories: &Histories,
        customer: usize,
        k: usize,
        exclude_owned: bool,
        best: &mut [Option<(Offer, f64)>],
    ) -> Vec<Offer> {
        let own = histories.of(customer);
        let is_owned = |item: u32| own.binary_search_by_key(&item, |entry| entry.item).is_ok();
        let allowed = |item: u32| !(exclude_owned && is_owned(item));
        if own.is_empty() {
            return Vec::new();
        }
        if self.source == Source::Popularity {
            return self.popular.iter().filter(|offer| allowed(offer.item)).take(k).copied().collect();
        }
        let mut seen = Vec::new();
        for a in own {
            for lead in self.leads.get(a.item as usize).into_iter().flatten().filter(|lead| allowed(lead.item)) {
                let suggested = Offer {
                    item: lead.item,
                    score: lead.score,
                    evidence: lead.evidence,
                    of: lead.of,
                    because: Some(a.item),
                };
                let cell = &mut best[lead.item as usize];
                match cell {
                    None => {
                        seen.push(lead.item);
                        *cell = Some((suggested, lead.score));
                    }
                    Some((offer, greatest)) => {
                        let sum = offer.score + lead.score;
                        if lead.score > *greatest {
                            (*offer, *greatest) = (suggested, lead.score);
                        }
                        if self.source == Source::Model {
                            offer.score = sum;
                        }
                    }
                }
            }
        }
        let mut offers: Vec<Offer> =
            seen.into_iter().filter_map(|item| best[item as usize].take()).map(|(offer, _)| offer).collect();
        offers.sort_unstable_by(|a, b| order((a.score, a.item), (b.score, b.item)));
        offers.truncate(k);
        offers
    }
}
