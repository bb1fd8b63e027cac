//! Offers tried on time that was held out.

use super::calibration::Calibration;
use super::histories::Histories;
use super::recommender::{Recommender, Source};

/// How good the offers of a source would have been.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The source.
    pub source: Source,
    /// Offers per customer.
    pub k: usize,
    /// Customers with a history before the cut.
    pub customers: usize,
    /// Those of them who bought something after it that could have been offered: the base of the shares below.
    pub buyers: usize,
    /// Those of them to whom at least one thing was offered.
    pub served: usize,
    /// Those who bought at least one of their offers.
    pub hits: usize,
    /// `hits` by `buyers`; `None` without buyers.
    pub hit_at_k: Option<f64>,
    /// Mean over the buyers of the average precision at k; `None` without buyers.
    pub map_at_k: Option<f64>,
    /// Different products among the offers to customers.
    pub products: usize,
    /// Probability of buying an offer within the held-out span, by its score; fitted to all customers with a history.
    pub calibration: Calibration,
}

/// Learns from what was known at the end of the day `cut` and tries the offers on what was bought after it.
///
/// ```text
/// AP@k = Σ over ranks r ≤ k that were bought of (bought among the first r)/r, by min(k, products bought)
/// ```
///
/// With `exclude_owned`, what counts is what a customer bought for the first time; otherwise, anything bought.
#[must_use]
pub fn evaluate(
    histories: &Histories,
    cut: i32,
    source: Source,
    min_count: u32,
    k: usize,
    exclude_owned: bool,
) -> Evaluation {
    let known = histories.until(cut);
    tried(histories, cut, &known, &Recommender::train(&known, source, min_count), k, exclude_owned)
}

/// All sources, which are learned together.
pub(in crate::profile::product) fn evaluate_all(
    histories: &Histories,
    cut: i32,
    min_count: u32,
    k: usize,
    exclude_owned: bool,
) -> Vec<Evaluation> {
    let known = histories.until(cut);
    let all = Recommender::train_all(&known, Source::ALL, min_count);
    all.iter().map(|source| tried(histories, cut, &known, source, k, exclude_owned)).collect()
}

fn tried(
    histories: &Histories,
    cut: i32,
    known: &Histories,
    recommender: &Recommender,
    k: usize,
    exclude_owned: bool,
) -> Evaluation {
    let offers = recommender.offers(known, k, exclude_owned);
    let (mut customers, mut buyers, mut served, mut hits, mut precision) = (0, 0, 0, 0, 0.0);
    let mut outcomes = Vec::new();
    let mut offered = vec![false; histories.item_count()];
    for (customer, offers) in offers.iter().enumerate() {
        if known.of(customer).is_empty() {
            continue;
        }
        customers += 1;
        let bought: Vec<u32> = histories
            .of(customer)
            .iter()
            .filter(|entry| if exclude_owned { entry.first > cut } else { entry.last > cut })
            .map(|entry| entry.item)
            .collect();
        let (mut own, mut average) = (0, 0.0);
        for (rank, offer) in (1..).zip(offers) {
            let hit = bought.binary_search(&offer.item).is_ok();
            outcomes.push((offer.score, hit));
            offered[offer.item as usize] = true;
            if hit {
                own += 1;
                average += f64::from(own) / f64::from(rank);
            }
        }
        if !bought.is_empty() {
            buyers += 1;
            served += usize::from(!offers.is_empty());
            hits += usize::from(own > 0);
            precision += average / bought.len().min(k).max(1) as f64;
        }
    }
    let by_buyers = |sum: f64| (buyers > 0).then(|| sum / buyers as f64);
    Evaluation {
        source: recommender.source(),
        k,
        customers,
        buyers,
        served,
        hits,
        hit_at_k: by_buyers(hits as f64),
        map_at_k: by_buyers(precision),
        products: offered.into_iter().filter(|offered| *offered).count(),
        calibration: Calibration::fit(&outcomes),
    }
}
