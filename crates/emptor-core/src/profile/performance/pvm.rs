//! Price, volume and mix: why revenue is not what it was.

use emptor_types::ExactSum;

/// One product in two periods. Returns have reduced its revenue and its quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// Revenue of the earlier period.
    pub r0: f64,
    /// Quantity of the earlier period.
    pub q0: f64,
    /// Revenue of the later period.
    pub r1: f64,
    /// Quantity of the later period.
    pub q1: f64,
    /// Revenue of the later period at the exchange rates of the earlier one; the same as `r1` without foreign currency.
    pub r1_at_old_rates: f64,
}

impl Item {
    /// An item in one currency: revenue and quantity of the earlier period, then of the later one.
    #[must_use]
    pub fn new(before: (f64, f64), after: (f64, f64)) -> Self {
        Self { r0: before.0, q0: before.1, r1: after.0, q1: after.1, r1_at_old_rates: after.0 }
    }
}

/// The change of revenue by its causes, which add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct PriceVolumeMix {
    /// Revenue of the earlier period.
    pub r0: f64,
    /// Revenue of the later period.
    pub r1: f64,
    /// More or fewer units of the products sold in both, at their average price.
    pub volume: f64,
    /// Dearer or cheaper products among them.
    pub mix: f64,
    /// Other prices than before.
    pub price: f64,
    /// Products that were not sold before.
    pub new: f64,
    /// Products that are not sold any more, negative.
    pub lost: f64,
    /// Other exchange rates than before.
    pub fx: f64,
    /// Money without quantity in either period: credits, fees, products of which more came back than went out.
    pub other: f64,
}

impl PriceVolumeMix {
    /// The decomposition of these items, with the prices of the earlier period as reference:
    ///
    /// ```text
    /// volume = (ΣQ1 − ΣQ0) · R0/ΣQ0      mix = ΣP0·Q1 − ΣQ1 · R0/ΣQ0      price = Σ(P1 − P0)·Q1
    /// volume + mix + price + new + lost + fx + other = r1 − r0
    /// ```
    ///
    /// over items with a quantity above 0 in both periods; items with one only in the later period are `new`, those with
    /// one only in the earlier are `lost`. The standard variance analysis of sales (Horngren, Datar & Rajan, *Cost
    /// Accounting*, ch. 14, sales-quantity and sales-mix variance; Farris et al. 2010, *Marketing Metrics*, §3). Volume and
    /// mix depend on the items taken together: over categories, only their sum adds up with what moves between categories.
    ///
    /// ```
    /// use emptor_core::profile::performance::{Item, PriceVolumeMix};
    ///
    /// // 100 at 10 and 50 at 20 became 90 at 11 and 80 at 19.
    /// let why = PriceVolumeMix::of(&[Item::new((1000.0, 100.0), (990.0, 90.0)), Item::new((1000.0, 50.0), (1520.0, 80.0))]);
    /// assert!((why.volume - 266.666_666_7).abs() < 1e-6 && (why.mix - 233.333_333_3).abs() < 1e-6);
    /// assert!((why.price - 10.0).abs() < 1e-9 && (why.explained() - 510.0).abs() < 1e-9);
    /// ```
    #[must_use]
    pub fn of(items: &[Item]) -> Self {
        let [mut r0, mut r1, mut fx, mut new, mut lost, mut other] = [ExactSum::ZERO; 6];
        let [mut same_r0, mut same_r1, mut q0, mut q1, mut at_old_prices] = [ExactSum::ZERO; 5];
        for item in items {
            r0.add(item.r0);
            r1.add(item.r1);
            fx.add(item.r1);
            fx.add(-item.r1_at_old_rates);
            let bucket = match (item.q0 > 0.0, item.q1 > 0.0) {
                (true, true) => {
                    same_r0.add(item.r0);
                    same_r1.add(item.r1_at_old_rates);
                    q0.add(item.q0);
                    q1.add(item.q1);
                    at_old_prices.add(item.r0 / item.q0 * item.q1);
                    continue;
                }
                (false, true) => &mut new,
                (true, false) => &mut lost,
                (false, false) => &mut other,
            };
            bucket.add(item.r1_at_old_rates);
            bucket.add(-item.r0);
        }
        let (q0, q1) = (q0.value(), q1.value());
        let average = if q0 > 0.0 { same_r0.value() / q0 } else { 0.0 };
        Self {
            r0: r0.value(),
            r1: r1.value(),
            volume: (q1 - q0) * average,
            mix: at_old_prices.value() - q1 * average,
            price: same_r1.minus(at_old_prices).value(),
            new: new.value(),
            lost: lost.value(),
            fx: fx.value(),
            other: other.value(),
        }
    }

    /// What the causes explain together: `r1 − r0` but for rounding.
    #[must_use]
    pub fn explained(&self) -> f64 {
        self.volume + self.mix + self.price + self.new + self.lost + self.fx + self.other
    }

    /// The causes by name.
    #[must_use]
    pub fn causes(&self) -> [(&'static str, f64); 7] {
        [
            ("volume", self.volume),
            ("mix", self.mix),
            ("price", self.price),
            ("new products", self.new),
            ("discontinued products", self.lost),
            ("exchange rates", self.fx),
            ("credits, fees and net returns", self.other),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Relative to the greatest amount: sums of a few products of doubles.
    const ROUNDING: f64 = 1e-9;

    fn item() -> impl Strategy<Value = Item> {
        let revenue = || -1000.0..5000.0_f64;
        let quantity = || prop_oneof![Just(0.0), Just(-3.0), 0.5..300.0_f64];
        (revenue(), quantity(), revenue(), quantity(), 0.8..1.25_f64).prop_map(|(r0, q0, r1, q1, rate)| Item {
            r0,
            q0,
            r1,
            q1,
            r1_at_old_rates: r1 * rate,
        })
    }

    proptest! {
        #[test]
        fn the_causes_add_up_to_the_change(items in proptest::collection::vec(item(), 0..40)) {
            let why = PriceVolumeMix::of(&items);
            prop_assert!((why.explained() - (why.r1 - why.r0)).abs() < ROUNDING * 1e6);
        }

        #[test]
        fn the_order_of_items_does_not_matter(items in proptest::collection::vec(item(), 1..40)) {
            let mut reversed = items.clone();
            reversed.reverse();
            prop_assert_eq!(PriceVolumeMix::of(&items), PriceVolumeMix::of(&reversed));
        }
    }

    #[test]
    fn new_and_discontinued_products_have_buckets_of_their_own() {
        let items = [
            Item::new((0.0, 0.0), (70.0, 7.0)),
            Item::new((30.0, 3.0), (0.0, 0.0)),
            Item::new((10.0, 1.0), (20.0, 2.0)),
        ];
        let why = PriceVolumeMix::of(&items);
        assert_eq!((why.new, why.lost, why.price, why.mix, why.volume), (70.0, -30.0, 0.0, 0.0, 10.0));
    }

    #[test]
    fn what_has_no_base_quantity_has_no_price_to_compare_with() {
        let why = PriceVolumeMix::of(&[Item::new((5.0, 0.0), (-8.0, -1.0))]);
        assert_eq!((why.other, why.explained()), (-13.0, -13.0));
        assert_eq!(PriceVolumeMix::of(&[]), PriceVolumeMix::default());
    }

    #[test]
    fn exchange_rates_are_no_prices() {
        let item = Item { r1_at_old_rates: 100.0, ..Item::new((100.0, 10.0), (120.0, 10.0)) };
        let why = PriceVolumeMix::of(&[item]);
        assert_eq!((why.fx, why.price, why.volume), (20.0, 0.0, 0.0));
    }
}
