//! Why gross profit moved.

use emptor_types::ExactSum;

/// What one product brought in the two periods of a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ProductPeriod {
    /// Units, returns taken off: before and now.
    pub quantity: [f64; 2],
    /// Net revenue.
    pub revenue: [f64; 2],
    /// What the goods cost.
    pub cost: [f64; 2],
}

impl ProductPeriod {
    fn profit(&self, period: usize) -> f64 {
        self.revenue[period] - self.cost[period]
    }

    fn is_sold(&self, period: usize) -> bool {
        self.quantity[period] > 0.0
    }
}

/// Gross profit from one period to the next, in parts that add up to the change.
///
/// ```text
/// m₀ = (R₀ − C₀)/Q₀ over products sold in both periods; p, c price and cost per unit of one product
/// volume = (ΣQ₁ − ΣQ₀) m₀          mix   = Σ m₀ᵢ Q₁ᵢ − m₀ ΣQ₁
/// price  = Σ (p₁ᵢ − p₀ᵢ) Q₁ᵢ       cost  = −Σ (c₁ᵢ − c₀ᵢ) Q₁ᵢ
/// new    = profit of products that had no units before      lost = −profit of those that have none now
/// ```
///
/// The margin form of the price–volume–mix analysis (e.g. Farris, Bendle, Pfeifer & Reibstein 2010, *Marketing Metrics*,
/// ch. 3). Products without units in either period (credits, returns alone) move `other`.
///
/// ```
/// use emptor_core::profile::profitability::{MarginBridge, ProductPeriod};
///
/// let dearer = ProductPeriod { quantity: [10.0, 10.0], revenue: [100.0, 110.0], cost: [60.0, 65.0] };
/// let bridge = MarginBridge::between(&[dearer]);
/// assert_eq!((bridge.price, bridge.cost, bridge.volume), (10.0, -5.0, 0.0));
/// assert_eq!(bridge.after - bridge.before, 5.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MarginBridge {
    /// Gross profit before.
    pub before: f64,
    /// More or fewer units.
    pub volume: f64,
    /// Units moved to products that earn more or less.
    pub mix: f64,
    /// Prices.
    pub price: f64,
    /// Product costs.
    pub cost: f64,
    /// Products that were not sold before.
    pub new: f64,
    /// Products that are not sold any more.
    pub lost: f64,
    /// What belongs to no units: credits, fees, returns of goods sold earlier.
    pub other: f64,
    /// Gross profit now.
    pub after: f64,
}

impl MarginBridge {
    /// The bridge over products, each once.
    #[must_use]
    pub fn between(products: &[ProductPeriod]) -> Self {
        let sum = |of: &dyn Fn(&ProductPeriod) -> f64, keep: &dyn Fn(&ProductPeriod) -> bool| {
            let mut sum = ExactSum::ZERO;
            products.iter().filter(|product| keep(product)).for_each(|product| sum.add(of(product)));
            sum.value()
        };
        let both = |product: &ProductPeriod| product.is_sold(0) && product.is_sold(1);
        let quantity = [0, 1].map(|period| sum(&|product| product.quantity[period], &both));
        let profit = [0, 1].map(|period| sum(&|product| product.profit(period), &|_| true));
        let usual = if quantity[0] > 0.0 { sum(&|product| product.profit(0), &both) / quantity[0] } else { 0.0 };
        // At the prices and costs of before, what is sold now would have brought:
        let at_old = |of: fn(&ProductPeriod) -> [f64; 2]| {
            sum(&|product| of(product)[0] / product.quantity[0] * product.quantity[1], &both)
        };
        let (revenue, cost) = (at_old(|product| product.revenue), at_old(|product| product.cost));
        let volume = (quantity[1] - quantity[0]) * usual;
        let mix = revenue - cost - quantity[1] * usual;
        let price = sum(&|product| product.revenue[1], &both) - revenue;
        let dearer = cost - sum(&|product| product.cost[1], &both);
        let new = sum(&|product| product.profit(1), &|product| !product.is_sold(0) && product.is_sold(1));
        let lost = -sum(&|product| product.profit(0), &|product| product.is_sold(0) && !product.is_sold(1));
        // Returns of what is not sold any more, and credits.
        let neither = |product: &ProductPeriod| !product.is_sold(0) && !product.is_sold(1);
        let other = sum(&|product| product.profit(1) - product.profit(0), &neither)
            + sum(&|product| product.profit(1), &|product| product.is_sold(0) && !product.is_sold(1))
            - sum(&|product| product.profit(0), &|product| !product.is_sold(0) && product.is_sold(1));
        Self { before: profit[0], volume, mix, price, cost: dearer, new, lost, other, after: profit[1] }
    }

    /// What is left of the change when all parts are taken off: rounding.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let parts = [self.volume, self.mix, self.price, self.cost, self.new, self.lost, self.other];
        self.after - self.before - parts.iter().sum::<f64>()
    }
}
