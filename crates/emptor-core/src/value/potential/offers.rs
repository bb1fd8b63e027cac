//! Cross-sell: which categories to offer to whom, and what it is worth.

use emptor_types::{Horizon, Invalid};
use rayon::prelude::*;

use super::adoption_scores::AdoptionScores;
use super::component::{AMOUNT, Cell, ComponentKind, Flows, PROBABLE, PotentialComponent, amount, probable};
use super::per_offer::PerOffer;
use super::ramp::Ramp;
use crate::value::{LifetimeValue, Survival, ValueError};

/// Customers per unit of parallel work.
const CHUNK: usize = 1024;

/// How the probability to have taken up an offer grows with time.
#[derive(Debug, Clone, PartialEq)]
pub enum TakeUp {
    /// The probability is for a window, and the chance per period among those who have not taken it up is always the
    /// same: `P(t) = 1 − (1 − p)^(t/n)` for a window of `n` periods. It goes on after the window: those who are still
    /// open to the offer are less inclined than those who were quick, so over many windows it says too much.
    Within(Horizon),
    /// `P(t) = p · ramp(t)`: never more than the probability itself.
    Ramp(Ramp),
}

/// One category worth offering to one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Offer {
    /// The category.
    pub category: usize,
    /// Probability to take it up, over the window or in full.
    pub probability: f64,
    /// Profit per period once taken up, less what it takes from other categories.
    pub margin: f64,
    /// Revenue per period once taken up, less what it takes from other categories; 0 where revenue was not given.
    pub revenue: f64,
    /// Cost of the contact.
    pub contact_cost: f64,
    /// What the offer is worth over the horizon of the choice, survival included.
    pub value: f64,
}

/// The offers worth making.
///
/// ```text
/// PRP_it = Σ_j  P_ij(t) · m_ij · (1 − cannibalisation_ij) − contact cost_ij · when(t)
/// ```
///
/// over the categories `j` whose present value under the convention is positive, or the best of them within a cap on
/// contacts per customer. `P_ij(t)` is the probability to have taken up the category by period `t`: what is taken up once
/// goes on earning. Potential value as `Σ_j Prob_ij · Profit_ij` follows Hwang, Jung & Suh (2004), Expert Systems with
/// Applications 26. As all contacts count alike against the cap, the best are those of the greatest value.
///
/// Two categories, 0.2 · 50 · 0.9 − 2 = 7 and 0.05 · 200 − 2 = 8:
///
/// ```
/// use emptor_core::value::LifetimeValue;
/// use emptor_core::value::potential::{Offers, PerOffer, PotentialComponent, Ramp, TakeUp};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let year = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.0)?)
///     .horizon(Horizon::years(1.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let builder = Offers::builder(year)
///     .probabilities(2, vec![0.2, 0.05], TakeUp::Ramp(Ramp::immediate()))
///     .margin(PerOffer::ByCategory(vec![50.0, 200.0]))
///     .cannibalisation(PerOffer::ByCategory(vec![0.1, 0.0]))
///     .contact_cost(PerOffer::Same(2.0), Ramp::once(1)?);
/// let both = builder.clone().build()?;
/// assert!((both.of(0)[0].value - 7.0).abs() < 1e-9 && (both.of(0)[1].value - 8.0).abs() < 1e-9);
/// assert!((PotentialComponent::cross_sell(both).profit(0, 1) - 15.0).abs() < 1e-9);
/// let best = builder.max_offers(1).build()?;
/// assert_eq!((best.of(0).len(), best.of(0)[0].category), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Offers {
    /// Where each customer's offers start, and the end of the last one's.
    starts: Vec<usize>,
    offers: Vec<Offer>,
    path: Path,
    contact: Ramp,
    revenue: bool,
}

/// [`TakeUp`] with the window in periods.
#[derive(Debug, Clone, PartialEq)]
enum Path {
    Within(f64),
    Ramp(Ramp),
}

impl Path {
    fn new(take_up: TakeUp, convention: &LifetimeValue) -> Self {
        match take_up {
            TakeUp::Within(window) => Self::Within(window.in_units(convention.period())),
            TakeUp::Ramp(ramp) => Self::Ramp(ramp),
        }
    }

    fn adopted(&self, probability: f64, t: usize) -> f64 {
        match self {
            Self::Within(periods) => -(t as f64 / periods * (-probability).ln_1p()).exp_m1(),
            Self::Ramp(ramp) => probability * ramp.at(t),
        }
    }
}

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
    /// component do not contain it, see [`PotentialComponent`].
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
            (1..).zip(&factors).map(|(t, factor)| factor * self.survival.at(i, t) * flow(t)).sum()
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
        let mut starts = vec![0];
        starts.extend(chosen.iter().scan(0, |end, offers| {
            *end += offers.len();
            Some(*end)
        }));
        let offers = chosen.into_iter().flatten().collect();
        Ok(Offers { starts, offers, path, contact: self.contact, revenue: self.revenue.is_some() })
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

impl Offers {
    /// Starts a choice of offers that are worth making under a convention.
    #[must_use]
    pub fn builder(convention: LifetimeValue) -> OffersBuilder {
        OffersBuilder {
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

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.starts.len() - 1
    }

    /// Offers in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offers.len()
    }

    /// Whether nothing is worth offering to anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }

    /// The offers of a customer, in the order of categories.
    ///
    /// # Panics
    /// If there is no such customer.
    #[must_use]
    pub fn of(&self, customer: usize) -> &[Offer] {
        &self.offers[self.starts[customer]..self.starts[customer + 1]]
    }

    /// The probability that the customer of an offer has taken it up by period `t`, which counts from 1.
    #[must_use]
    pub fn adopted(&self, offer: &Offer, t: usize) -> f64 {
        self.path.adopted(offer.probability, t)
    }

    pub(super) fn knows_revenue(&self) -> bool {
        self.revenue
    }

    pub(super) fn cell(&self, customer: usize, t: usize) -> Cell {
        let contacted = self.contact.at(t);
        self.of(customer).iter().fold(Cell::default(), |sum, offer| {
            let adopted = self.adopted(offer, t);
            Cell {
                margin: sum.margin + adopted * offer.margin,
                cost: sum.cost + contacted * offer.contact_cost,
                revenue: sum.revenue + adopted * offer.revenue,
            }
        })
    }
}

impl PotentialComponent {
    /// Cross-sell: the chosen [`Offers`].
    #[must_use]
    pub fn cross_sell(offers: Offers) -> Self {
        Self::new(ComponentKind::CrossSell, offers.customers(), Flows::Offers(offers))
    }
}
