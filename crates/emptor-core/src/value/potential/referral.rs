//! What customers are worth through the customers they bring.

use emptor_types::{DiscountRate, Invalid, TimeUnit, Timing};

use super::component::{
    AMOUNT, Cell, ComponentKind, Events, Flows, PROBABLE, PotentialComponent, amount, per_row, probable,
};

/// Customers that one customer is expected to bring in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Referral {
    /// Row of the customer who refers.
    pub customer: usize,
    /// Period in which the referred customers come, from 1.
    pub period: usize,
    /// Expected number of referred customers.
    pub expected: f64,
    /// Share of type 1: those who would not have come without the referral. The rest is of type 2.
    pub type1_share: f64,
    /// Lifetime value of a referred customer, at the time of coming.
    pub clv: f64,
    /// What winning a customer by referral costs: the reward, the programme. It is deducted for type 1 only, as in the
    /// source; a reward that is also paid for customers who would have come anyway lowers
    /// [`saved_cost`](Self::saved_cost), from which the caller deducts it.
    pub acquisition_cost: f64,
    /// What winning a customer of type 2 would have cost without the referral, less what the referral itself costs (the
    /// reward is paid for these customers, too).
    pub saved_cost: f64,
}

impl Referral {
    fn value(&self) -> f64 {
        let type1 = self.type1_share * (self.clv - self.acquisition_cost);
        self.expected * (type1 + (1.0 - self.type1_share) * self.saved_cost)
    }
}

impl PotentialComponent {
    /// Referral value.
    ///
    /// ```text
    /// PRP_iτ = Σ_k  type 1 (would not have come):    CLV_k − CAC_k
    ///               type 2 (would have come anyway): acquisition cost saved
    /// ```
    ///
    /// after Kumar, Petersen & Leone (2010), "Driving Profitability by Encouraging Customer Referrals", Journal of
    /// Marketing 74. It counts for the referrer only, and is **excluded from equity**: the referred customers count there
    /// with their own value, and nothing may be counted for both. It draws nothing from the referrer's wallet.
    ///
    /// Two customers expected, 60 % of type 1 at 120 net, 40 % of type 2 at 30 saved, after a year at 10 %:
    ///
    /// ```
    /// use emptor_core::value::potential::{PotentialComponent, Referral, referral_value};
    /// use emptor_types::{DiscountRate, TimeUnit, Timing};
    ///
    /// let referrals = [Referral {
    ///     customer: 0,
    ///     period: 1,
    ///     expected: 2.0,
    ///     type1_share: 0.6,
    ///     clv: 150.0,
    ///     acquisition_cost: 30.0,
    ///     saved_cost: 30.0,
    /// }];
    /// let component = PotentialComponent::referral(1, &referrals)?;
    /// assert!(component.profit(0, 1).is_some_and(|profit| (profit - 168.0).abs() < 1e-9));
    /// assert!(!component.is_in_equity());
    ///
    /// let rate = DiscountRate::annual_effective(0.10)?;
    /// let value = referral_value(1, &referrals, rate, TimeUnit::Year, Timing::End)?;
    /// assert!((value[0] - 152.727_273).abs() < 1e-6);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless every referral names a customer and a period from 1, shares lie between 0 and 1, numbers and costs are
    /// finite and at least 0, and values are finite (a referred customer may be worth less than nothing).
    pub fn referral(customers: usize, referrals: &[Referral]) -> Result<Self, Invalid> {
        check(customers, referrals)?;
        let payments = referrals
            .iter()
            .map(|row| (row.customer, row.period, Cell { margin: row.value(), cost: 0.0, revenue: 0.0 }));
        Ok(Self::new(ComponentKind::Referral, customers, Flows::Events(Events::new(customers, payments))))
    }
}

/// Customer referral value: what the referrals of each customer are worth today, to stand beside the lifetime value, not
/// to be added to it in a sum over customers.
///
/// See [`PotentialComponent::referral`] for the formula and an example.
///
/// # Errors
/// As [`PotentialComponent::referral`].
pub fn referral_value(
    customers: usize,
    referrals: &[Referral],
    rate: DiscountRate,
    period: TimeUnit,
    timing: Timing,
) -> Result<Vec<f64>, Invalid> {
    check(customers, referrals)?;
    let mut values = vec![0.0; customers];
    for row in referrals {
        values[row.customer] += row.value() * rate.factor(timing.tau(row.period), period);
    }
    Ok(values)
}

fn check(customers: usize, referrals: &[Referral]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let rows: Vec<usize> = referrals.iter().map(|row| row.customer).collect();
    checks.require_each("customer", &format!("must be a row below {customers}"), &rows, |_, i| i < customers);
    let periods: Vec<usize> = referrals.iter().map(|row| row.period).collect();
    checks.require_each("period", "must count from 1", &periods, |_, t| t >= 1);
    per_row(&mut checks, "expected referrals", referrals, |row| row.expected, AMOUNT, amount);
    per_row(&mut checks, "share of type 1", referrals, |row| row.type1_share, PROBABLE, probable);
    per_row(&mut checks, "value of the referred", referrals, |row| row.clv, "must be finite", f64::is_finite);
    per_row(&mut checks, "acquisition cost", referrals, |row| row.acquisition_cost, AMOUNT, amount);
    per_row(&mut checks, "saved cost", referrals, |row| row.saved_cost, AMOUNT, amount);
    checks.finish()
}
