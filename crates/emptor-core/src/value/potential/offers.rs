//! Cross-sell: which categories to offer to whom, and what it is worth.

use emptor_types::Horizon;

use super::component::{Cell, ComponentKind, Flows, PotentialComponent};
use super::offers_builder::OffersBuilder;
use super::ramp::Ramp;
use crate::value::LifetimeValue;

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
/// let profit = PotentialComponent::cross_sell(both).profit(0, 1);
/// assert!(profit.is_some_and(|profit| (profit - 15.0).abs() < 1e-9));
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
pub(super) enum Path {
    Within(f64),
    Ramp(Ramp),
}

impl Path {
    pub(super) fn new(take_up: TakeUp, convention: &LifetimeValue) -> Self {
        match take_up {
            TakeUp::Within(window) => Self::Within(window.in_units(convention.period())),
            TakeUp::Ramp(ramp) => Self::Ramp(ramp),
        }
    }

    pub(super) fn adopted(&self, probability: f64, t: usize) -> f64 {
        match self {
            Self::Within(periods) => -(t as f64 / periods * (-probability).ln_1p()).exp_m1(),
            Self::Ramp(ramp) => probability * ramp.at(t),
        }
    }
}

impl Offers {
    /// Starts a choice of offers that are worth making under a convention.
    #[must_use]
    pub fn builder(convention: LifetimeValue) -> OffersBuilder {
        OffersBuilder::new(convention)
    }

    /// Lays out the offers chosen for each customer.
    pub(super) fn new(chosen: Vec<Vec<Offer>>, path: Path, contact: Ramp, revenue: bool) -> Self {
        let mut starts = vec![0];
        starts.extend(chosen.iter().scan(0, |end, offers| {
            *end += offers.len();
            Some(*end)
        }));
        Self { starts, offers: chosen.into_iter().flatten().collect(), path, contact, revenue }
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

    /// The offers of a customer, in the order of categories; none if there is no such customer.
    #[must_use]
    pub fn of(&self, customer: usize) -> &[Offer] {
        match self.starts.get(customer..).unwrap_or_default() {
            [start, end, ..] => &self.offers[*start..*end],
            _ => &[],
        }
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
