//! Profit as a product of four factors, and its change as a sum of four.

/// What a group of customers bought in a period.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Sales {
    /// Customers with an order.
    pub customers: usize,
    /// Their orders.
    pub orders: usize,
    /// Net revenue, returns included.
    pub revenue: f64,
    /// Profit by net revenue; `None` if no cost is known.
    pub margin: Option<f64>,
}

impl Sales {
    /// Sales without known costs.
    #[must_use]
    pub fn new(customers: usize, orders: usize, revenue: f64) -> Self {
        Self { customers, orders, revenue, margin: None }
    }

    /// Adds what part of revenue is profit.
    #[must_use]
    pub fn with_margin(mut self, margin: f64) -> Self {
        self.margin = Some(margin);
        self
    }

    /// The factors; those with a denominator of 0 are `None`.
    ///
    /// ```text
    /// profit = customers × AOF × AOV × margin        AOF = orders/customers    AOV = revenue/orders
    /// ```
    ///
    /// AOF (average order frequency) and AOV (average order value) are ratios of totals. The mean of customers' own
    /// averages is another number, and its product with the others is not profit (Fader, Hardie & Ross 2022, *The Customer-Base Audit*,
    /// ch. 3).
    ///
    /// ```
    /// use emptor_core::profile::profiling::Sales;
    ///
    /// // The retailer of The Customer-Base Audit: 3,185,335 customers, 6.09 million orders, 583 million of revenue.
    /// let year = Sales::new(3_185_335, 6_090_000, 583e6).factors();
    /// assert!((year.aof.unwrap_or_default() - 1.912).abs() < 5e-4);
    /// assert!((year.aov.unwrap_or_default() - 95.73).abs() < 5e-3);
    /// ```
    #[must_use]
    pub fn factors(&self) -> Factors {
        let ratio = |part: f64, whole: usize| (whole > 0).then(|| part / whole as f64);
        Factors {
            customers: self.customers as f64,
            aof: ratio(self.orders as f64, self.customers),
            aov: ratio(self.revenue, self.orders),
            margin: self.margin,
        }
    }

    /// Revenue times margin, as far as that is known.
    #[must_use]
    pub fn profit(&self) -> Option<f64> {
        self.margin.map(|margin| margin * self.revenue)
    }
}

/// The four factors of profit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Factors {
    /// Customers with an order.
    pub customers: f64,
    /// Orders per customer.
    pub aof: Option<f64>,
    /// Revenue per order.
    pub aov: Option<f64>,
    /// Profit per revenue.
    pub margin: Option<f64>,
}

/// What each factor adds to a change, in log points: `0.10` is about a tenth more. Factors that are unknown, or not
/// positive on both sides, have no logarithm and are `None`, and so are the sums that need them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct LogChange {
    /// Of the number of customers.
    pub customers: Option<f64>,
    /// Of orders per customer.
    pub aof: Option<f64>,
    /// Of revenue per order.
    pub aov: Option<f64>,
    /// Of profit per revenue.
    pub margin: Option<f64>,
}

impl LogChange {
    /// The change from one period, or one group, to another.
    ///
    /// ```text
    /// Δln profit = Δln customers + Δln AOF + Δln AOV + Δln margin
    /// ```
    ///
    /// Differences of logarithms add up without a remainder and do not depend on the order in which factors are changed,
    /// which differences of the factors themselves do.
    ///
    /// ```
    /// use emptor_core::profile::profiling::{LogChange, Sales};
    ///
    /// let (last, this) = (Sales::new(100, 200, 8_000.0), Sales::new(110, 198, 8_000.0));
    /// let change = LogChange::between(&last.factors(), &this.factors());
    /// assert!(change.revenue().unwrap_or(1.0).abs() < 1e-12, "the same revenue");
    /// assert!(change.customers > Some(0.09) && change.aof < Some(-0.10), "from more customers who order less");
    /// ```
    #[must_use]
    pub fn between(from: &Factors, to: &Factors) -> Self {
        let change = |from: Option<f64>, to: Option<f64>| {
            let (from, to) = (from?, to?);
            (from > 0.0 && to > 0.0).then(|| (to / from).ln())
        };
        Self {
            customers: change(Some(from.customers), Some(to.customers)),
            aof: change(from.aof, to.aof),
            aov: change(from.aov, to.aov),
            margin: change(from.margin, to.margin),
        }
    }

    /// The change of revenue.
    #[must_use]
    pub fn revenue(&self) -> Option<f64> {
        Some(self.customers? + self.aof? + self.aov?)
    }

    /// The change of profit.
    #[must_use]
    pub fn profit(&self) -> Option<f64> {
        Some(self.revenue()? + self.margin?)
    }

    /// The factor that changed most, in words, and its change; the first of equals.
    #[must_use]
    pub fn greatest(&self) -> Option<(&'static str, f64)> {
        let all = [
            ("the number of customers", self.customers),
            ("orders per customer", self.aof),
            ("revenue per order", self.aov),
            ("the margin", self.margin),
        ];
        let known = all.into_iter().filter_map(|(name, change)| Some((name, change?)));
        known.fold(None, |best: Option<(&'static str, f64)>, next| match best {
            Some(best) if best.1.abs() >= next.1.abs() => Some(best),
            _ => Some(next),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logarithms and products round in the last bits.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn factors_multiply_to_profit() {
        let sales = Sales::new(37, 91, 12_345.67).with_margin(0.31);
        let f = sales.factors();
        let product =
            f.customers * f.aof.unwrap_or(f64::NAN) * f.aov.unwrap_or(f64::NAN) * f.margin.unwrap_or(f64::NAN);
        assert!((product / sales.profit().unwrap_or(f64::NAN) - 1.0).abs() < ROUNDING);
    }

    #[test]
    fn log_changes_add_up_to_the_log_change_of_profit() {
        let (a, b) = (Sales::new(37, 91, 1_234.0).with_margin(0.31), Sales::new(44, 80, 1_500.0).with_margin(0.28));
        let change = LogChange::between(&a.factors(), &b.factors());
        let whole = (b.profit().unwrap_or(f64::NAN) / a.profit().unwrap_or(f64::NAN)).ln();
        assert!((change.profit().unwrap_or(f64::NAN) - whole).abs() < ROUNDING);
        assert_eq!(change.greatest().map(|(name, _)| name), Some("revenue per order"));
    }

    #[test]
    fn a_period_without_orders_or_with_a_loss_has_no_logarithm() {
        let none = Sales::new(0, 0, -50.0).factors();
        assert_eq!((none.aof, none.aov), (None, None));
        let some = Sales::new(1, 1, 10.0).with_margin(-0.2).factors();
        let change = LogChange::between(&none, &some);
        assert_eq!((change.revenue(), change.profit(), change.greatest()), (None, None, None));
        assert_eq!(LogChange::between(&some, &some).margin, None, "a loss has none either");
    }
}
