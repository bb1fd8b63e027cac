//! What goes into a basket.

use emptor_types::Date;

use super::catalogue::CATEGORIES;
use super::ledger::{DraftLine, LineType};
use super::products::Assortment;
use crate::days::civil;
use crate::random::Stream;

/// Most lines of a basket.
const MOST_LINES: usize = 9;
/// Below this a basket is full.
const REST: f64 = 4.0;
/// How much more often than others a companion, an article of the same category, and an article on promotion is picked.
const COMPANION: f64 = 6.0;
const SAME_CATEGORY: f64 = 1.6;
const ON_PROMOTION: f64 = 2.2;
/// How strongly a line that is dearer or cheaper than what is left is avoided. Dearer counts more: of two articles that
/// are as far off in proportion, the dearer is farther off in money.
const DEARER: f64 = 3.6;
const CHEAPER: f64 = 1.8;

/// A sale for everyone: month, day, number of days, discount, categories.
type Promotion = (i8, i8, i32, f64, &'static [&'static str]);

const PROMOTIONS: [Promotion; 4] = [
    (1, 7, 18, 0.25, &["Home", "Electronics", "Toys"]),
    (3, 20, 21, 0.20, &["Garden", "Kitchen"]),
    (7, 1, 28, 0.15, &["Home", "Garden", "Toys", "Stationery"]),
    (11, 18, 13, 0.25, &["Electronics", "Kitchen", "Beauty", "Toys"]),
];

/// Who fills a basket, and under which terms.
#[derive(Debug)]
pub(crate) struct Shopper<'a> {
    pub(crate) tastes: &'a [f64],
    /// The net amount to reach.
    pub(crate) target: f64,
    /// Organisations take many of a kind.
    pub(crate) organisation: bool,
    /// Discount on everything.
    pub(crate) discount: f64,
    /// Category and discount of a campaign.
    pub(crate) offer: Option<(usize, f64)>,
}

/// The terms of a line.
#[derive(Debug, Clone, Copy)]
struct Terms {
    discount: f64,
    promo: bool,
    offer: bool,
}

impl Shopper<'_> {
    /// Fills a basket towards the target: lines are picked by taste, popularity and fit to what is left. Whether the
    /// offer of the campaign was used comes second.
    pub(crate) fn fill(&self, assortment: &Assortment, day: Date, stream: &mut Stream) -> (Vec<DraftLine>, bool) {
        let mut lines: Vec<DraftLine> = Vec::new();
        let mut used = false;
        let mut left = self.target;
        let mut planned = 1 + stream.poisson(1.22) as usize;
        planned = planned.min((self.target / 7.0) as usize + 1).min(MOST_LINES);
        while lines.len() < MOST_LINES {
            let open = planned.saturating_sub(lines.len());
            let share = if open > 1 { left / open as f64 * stream.between(0.5, 1.5) } else { left };
            let Some((product, quantity, terms)) = self.pick(assortment, day, share, &lines, stream) else { break };
            let list = assortment.price(product, day).times(i64::from(quantity));
            let net = list.share(1.0 - terms.discount);
            left -= net.to_f64();
            used |= terms.offer;
            lines.push(DraftLine {
                product,
                quantity,
                list,
                net,
                promo: terms.promo,
                kind: LineType::Sale,
                reference: None,
                restocked: None,
            });
            if left < REST || (lines.len() >= planned && left < 0.2 * self.target) {
                break;
            }
        }
        (lines, used)
    }

    fn pick(
        &self,
        assortment: &Assortment,
        day: Date,
        share: f64,
        basket: &[DraftLine],
        stream: &mut Stream,
    ) -> Option<(usize, i32, Terms)> {
        let (most, reluctance) = if self.organisation { (40.0, 0.04) } else { (6.0, 0.45) };
        let mut weights = Vec::with_capacity(assortment.products.len());
        let mut choices = Vec::with_capacity(assortment.products.len());
        for product in 0..assortment.products.len() {
            if !assortment.on_sale(product, day) || basket.iter().any(|line| line.product == product) {
                continue;
            }
            let category = assortment.category[product];
            let terms = self.terms(product, category, day);
            let price = assortment.price(product, day).to_f64() * (1.0 - terms.discount);
            let quantity = (share / price).round().clamp(1.0, most);
            let misfit = libm::log(quantity * price / share);
            let avoidance = if misfit > 0.0 { DEARER * misfit } else { -CHEAPER * misfit };
            let mut weight = self.tastes[category] * season(category, day) * assortment.popularity[product];
            weight *= libm::exp(-avoidance - reluctance * (quantity - 1.0));
            if basket.iter().any(|line| assortment.companion[line.product] == product) {
                weight *= COMPANION;
            } else if basket.iter().any(|line| assortment.category[line.product] == category) {
                weight *= SAME_CATEGORY;
            }
            if terms.promo {
                weight *= ON_PROMOTION;
            }
            weights.push(weight);
            choices.push((product, quantity as i32, terms));
        }
        if choices.is_empty() { None } else { Some(choices[stream.weighted(&weights)]) }
    }

    /// The best of contract, promotion and campaign; discounts do not add up.
    fn terms(&self, product: usize, category: usize, day: Date) -> Terms {
        let mut terms = Terms { discount: self.discount, promo: false, offer: false };
        let promotion = promotion(product, category, day);
        if promotion > terms.discount {
            terms = Terms { discount: promotion, promo: true, offer: false };
        }
        match self.offer {
            Some((on_offer, discount)) if on_offer == category && discount > terms.discount => {
                Terms { discount, promo: true, offer: true }
            }
            _ => terms,
        }
    }
}

/// Demand for a category by season: gardens in spring, toys before Christmas.
fn season(category: usize, day: Date) -> f64 {
    match (CATEGORIES[category].name, civil(day).month()) {
        ("Garden", 4..=7) => 1.8,
        ("Garden", 11 | 12 | 1 | 2) => 0.4,
        ("Toys", 11 | 12) => 2.0,
        ("Stationery", 8 | 9) => 1.4,
        _ => 1.0,
    }
}

/// The discount for everyone; two articles in three of a category take part.
fn promotion(product: usize, category: usize, day: Date) -> f64 {
    if product.is_multiple_of(3) {
        return 0.0;
    }
    let name = CATEGORIES[category].name;
    let date = civil(day);
    for (month, first, days, discount, categories) in PROMOTIONS {
        let begins = jiff::civil::date(date.year(), month, first);
        if (0..days).contains(&(date - begins).get_days()) && categories.contains(&name) {
            return discount;
        }
    }
    0.0
}
