//! The choice of offers.

use emptor_types::Invalid;
use rayon::prelude::*;

use super::adoption_scores::AdoptionScores;
use super::component::{AMOUNT, PROBABLE, amount, probable};
use super::offers::{Offer, Offers, Path, TakeUp};
use super::per_offer::PerOffer;
use super::ramp::Ramp;
use crate::value::{LifetimeValue, Survival, ValueError};

/// Customers per unit of parallel work.
const CHUNK: usize = 1024;

/// Collects what the choice of offers needs.
#[derive(Debug, Clone)]
pub struct OffersBuilder {
    convention: LifetimeValue,
    survival: Survival,
    categories: usize,
    probabilities: Vec<f64>,
    take_up: Option<TakeUp>,
    margin: Option<PerOffer>,
    revenue: Option<PerOffer>,
    cannibalisation: PerOffer,
    contact_cost: PerOffer,
    contact: Ramp,
    max_offers: usize,
}

impl OffersBuilder {
    pub(super) fn new(convention: LifetimeValue) -> Self {
        Self {
            convention,
            survival: Survival::Certain,
            categories: 0,
            probabilities: Vec::new(),
            take_up: None,
            margin: None,
            revenue: None,
            cannibalisation: PerOffer::Same(0.0),
            contact_cost: PerOffer::Same(0.0),
            contact: Ramp::immediate(),
            max_offers: usize::MAX,
        }
    }

    /// Probabilities to take up each category, row-major: all categories of the first customer, then of the second; 0
    /// for what a customer has already.
    #[must_use]
    pub fn probabilities(mut self, categories: usize, values: Vec<f64>, take_up: TakeUp) -> Self {
        self.categories = categories;
        self.probabilities = values;
        self.take_up = Some(take_up);
        self
    }

    /// Probabilities of a fitted adoption model, within its window.
    #[must_use]
    pub fn adoption(self, scores: &AdoptionScores) -> Self {
        self.probabilities(scores.categories(), scores.to_table(), TakeUp::Within(scores.window()))
    }

    /// Profit per period once taken up, `m_ij`.
    #[must_use]
    pub fn margin(mut self, margin: PerOffer) -> Self {
        self.margin = Some(margin);
        self
    }

    /// Revenue per period once taken up; needed where a wallet caps the potential.
    #[must_use]
    pub fn revenue(mut self, revenue: PerOffer) -> Self {
        self.revenue = Some(revenue);
        self
    }

    /// The part of the margin (and of the revenue) that the category takes from others the customer has; none unless
    /// given.
    #[must_use]
    pub fn cannibalisation(mut self, share: PerOffer) -> Self {
        self.cannibalisation = share;
        self
    }

    /// Cost of making an offer, and when it falls: [`Ramp::once`] for a single contact, [`Ramp::immediate`] for one in
    /// every period. None unless given.
    #[must_use]
    pub fn contact_cost(mut self, cost: PerOffer, when: Ramp) -> Self {
        self.contact_cost = cost;
        self.contact = when;
        self
    }

    /// How many offers a customer is made at most; no limit unless given.
    #[must_use]
    pub fn max_offers(mut self, offers: usize) -> Self {
        self.max_offers = offers;
        self
    }

    /// Weighs the choice by survival: an offer must earn its contact back while the customer lives. The flows of the
    /// component do not contain it, see [`PotentialComponent`](super::PotentialComponent).
    #[must_use]
    pub fn survival(mut self, survival: Survival) -> Self {
        self.survival = survival;
        self
    }

    /// Chooses the offers.
    ///
    /// # Errors
    /// Unless probabilities and margin are given and all shapes agree; probabilities and cannibalisation lie between 0
    /// and 1; margins are finite (what loses money is not offered); revenues and contact costs are finite and at least 0;
    /// there may be at least one offer; survival covers the horizon.
    pub fn build(self) -> Result<Offers, ValueError> {
        let categories = self.categories;
        let customers = self.probabilities.len() / categories.max(1);
        self.check(customers)?;
        self.survival.covers(self.convention.periods())?;
        let (Some(take_up), Some(margin)) = (self.take_up, self.margin) else {
            return Err(Invalid::value("offers", "must have probabilities and a margin", "none").into());
        };
        let path = Path::new(take_up, &self.convention);
        let factors = weights(&self.convention);
        let value_of = |i: usize, offer: &Offer| -> f64 {
            let flow = |t| path.adopted(offer.probability, t) * offer.margin - offer.contact_cost * self.contact.at(t);
            (1..)
                .zip(&factors)
                .map(|(t, factor)| factor * self.survival.at(i, t, self.convention.period()) * flow(t))
                .sum()
        };
        let choose = |i: usize| {
            let candidate = |j: usize| {
                let net = 1.0 - self.cannibalisation.at(i, j, categories);
                let mut offer = Offer {
                    category: j,
                    probability: self.probabilities[i * categories + j],
                    margin: margin.at(i, j, categories) * net,
                    revenue: self.revenue.as_ref().map_or(0.0, |revenue| revenue.at(i, j, categories) * net),
                    contact_cost: self.contact_cost.at(i, j, categories),
                    value: 0.0,
                };
                offer.value = value_of(i, &offer);
                (offer.probability > 0.0 && offer.value > 0.0).then_some(offer)
            };
            let mut offers: Vec<Offer> = (0..categories).filter_map(candidate).collect();
            if offers.len() > self.max_offers {
                offers.sort_by(|a, b| b.value.total_cmp(&a.value)); // stable: ties stay in the order of categories
                offers.truncate(self.max_offers);
                offers.sort_by_key(|offer| offer.category);
            }
            offers
        };
        let rows: Vec<usize> = (0..customers).collect();
        let chosen: Vec<Vec<Offer>> =
            rows.par_chunks(CHUNK).flat_map_iter(|chunk| chunk.iter().map(|i| choose(*i))).collect();
        Ok(Offers::new(chosen, path, self.contact, self.revenue.is_some()))
    }

    fn check(&self, customers: usize) -> Result<(), Invalid> {
        let categories = self.categories;
        let mut checks = Invalid::checks();
        checks.require(self.take_up.is_some(), "probabilities", "must be given", "nothing");
        checks.require(self.margin.is_some(), "margin", "must be given", "nothing");
        checks.finish()?;
        let mut checks = Invalid::checks();
        let whole = categories > 0 && self.probabilities.len().is_multiple_of(categories);
        let got = format!("{} values for {categories} categories", self.probabilities.len());
        let rule = "must have the same number of categories, at least 1, for every customer";
        checks.require(whole, "probabilities", rule, got);
        checks.require_each("probabilities", PROBABLE, &self.probabilities, |_, p| probable(p));
        let mut shape = |name: &str, values: &PerOffer, rule: &str, holds: fn(f64) -> bool| {
            checks.absorb(values.check(name, customers, categories, rule, holds));
        };
        if let Some(margin) = &self.margin {
            shape("margin", margin, "must be finite", f64::is_finite);
        }
        if let Some(revenue) = &self.revenue {
            shape("revenue", revenue, AMOUNT, amount);
        }
        shape("cannibalisation", &self.cannibalisation, PROBABLE, probable);
        shape("contact cost", &self.contact_cost, AMOUNT, amount);
        checks.require(self.max_offers >= 1, "offers per customer", "must be at least 1", self.max_offers);
        if let Some(found) = self.survival.customers() {
            checks.require(found == customers, "survival", &format!("must be for {customers} customers"), found);
        }
        checks.finish()
    }
}

/// Discount factors of the periods, the last one perhaps in part.
fn weights(convention: &LifetimeValue) -> Vec<f64> {
    let length = convention.horizon().in_units(convention.period());
    let weight = |t: usize| {
        let lived = (length - (t - 1) as f64).min(1.0);
        lived * convention.rate().factor(convention.timing().tau(t), convention.period())
    };
    (1..=convention.periods()).map(weight).collect()
}
