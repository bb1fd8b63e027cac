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
        let [recommender] = Self::train_all(histories, [source], min_count);
        recommender
    }

    /// Several sources at once: pairs are counted only once.
    pub(super) fn train_all<const N: usize>(histories: &Histories, sources: [Source; N], min_count: u32) -> [Self; N] {
        let buyers = histories.buyers();
        let customers = (0..histories.len()).filter(|c| !histories.of(*c).is_empty()).count() as u32;
        let mut leads = if sources.iter().all(|source| *source == Source::Popularity) {
            Vec::new()
        } else {
            leads(histories, &buyers, sources, min_count)
        };
        let mut place = 0..;
        sources.map(|source| {
            let place = place.next().unwrap_or(0);
            if source == Source::Popularity {
                return Self { source, leads: Vec::new(), popular: popular(&buyers, customers) };
            }
            let leads = leads.iter_mut().map(|of| std::mem::take(&mut of[place])).collect();
            Self { source, leads, popular: Vec::new() }
        })
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
                || vec![Cell::default(); histories.item_count().max(self.leads.len())],
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
        best: &mut [Cell],
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
        // What is among the k best by its best lead is among the k first of that lead's product. Sums need all leads.
        let first = if self.source == Source::Model { NEIGHBOURS } else { k };
        let mut seen = Vec::new();
        for a in own {
            let leads = self.leads.get(a.item as usize).into_iter().flatten();
            for lead in leads.filter(|lead| allowed(lead.item)).take(first) {
                let cell = &mut best[lead.item as usize];
                if cell.of == 0 {
                    seen.push(lead.item);
                }
                cell.sum += lead.score;
                if cell.of == 0 || lead.score > cell.score {
                    let Lead { score, evidence, of, .. } = *lead;
                    (cell.score, cell.evidence, cell.of, cell.because) = (score, evidence, of, a.item);
                }
            }
        }
        let by = |item: u32| {
            let cell = &best[item as usize];
            (if self.source == Source::Model { cell.sum } else { cell.score }, item)
        };
        let better = |a: &u32, b: &u32| order(by(*a), by(*b));
        let mut chosen = seen.clone();
        if chosen.len() > k {
            chosen.select_nth_unstable_by(k, better);
            chosen.truncate(k);
        }
        chosen.sort_unstable_by(better);
        let offer = |item: &u32| {
            let Cell { evidence, of, because, .. } = best[*item as usize];
            Offer { item: *item, score: by(*item).0, evidence, of, because: Some(because) }
        };
        let offers = chosen.iter().map(offer).collect();
        seen.into_iter().for_each(|item| best[item as usize] = Cell::default());
        offers
    }
}

/// What leads of a customer's products say of another one; nothing yet while `of` is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    sum: f64,
    score: f64,
    evidence: u32,
    of: u32,
    because: u32,
}

fn popular(buyers: &[u32], customers: u32) -> Vec<Offer> {
    let offer = |(item, n): (u32, &u32)| {
        let score = f64::from(*n) / f64::from(customers);
        Offer { item, score, evidence: *n, of: customers, because: None }
    };
    let mut popular: Vec<Offer> = (0_u32..).zip(buyers).filter(|(_, n)| **n > 0).map(offer).collect();
    popular.sort_unstable_by(|a, b| order((a.score, a.item), (b.score, b.item)));
    popular
}

/// By product and source: what the product leads to, the strongest first.
fn leads<const N: usize>(
    histories: &Histories,
    buyers: &[u32],
    sources: [Source; N],
    min_count: u32,
) -> Vec<[Vec<Lead>; N]> {
    let by_item = histories.by_item();
    (0..by_item.len())
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
                let lead = |source: Source, item: u32| {
                    let b = item as usize;
                    let (evidence, of) = match source {
                        // Those who had B before A, or with it, could not buy it after.
                        Source::Sequence => (later[b], buyers[a] - (both[b] - later[b])),
                        _ => (both[b], buyers[a]),
                    };
                    let score = match source {
                        Source::Model => f64::from(evidence) / (f64::from(buyers[a]) * f64::from(buyers[b])).sqrt(),
                        _ => f64::from(evidence) / f64::from(of),
                    };
                    (b != a && evidence >= min_count.max(1)).then_some(Lead { item, score, evidence, of })
                };
                let of = sources.map(|source| {
                    let mut leads: Vec<Lead> = if source == Source::Popularity {
                        Vec::new()
                    } else {
                        seen.iter().filter_map(|item| lead(source, *item)).collect()
                    };
                    leads.sort_unstable_by(|x, y| order((x.score, x.item), (y.score, y.item)));
                    leads.truncate(NEIGHBOURS);
                    leads.shrink_to_fit();
                    leads
                });
                for b in seen {
                    (both[b as usize], later[b as usize]) = (0, 0);
                }
                of
            },
        )
        .collect()
}
