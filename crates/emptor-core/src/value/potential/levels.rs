//! Components of one probability per customer: up-sell and win-back.

use emptor_types::Invalid;

use super::component::{
    AMOUNT, Cell, ComponentKind, Events, Flows, PROBABLE, PotentialComponent, amount, per_customer, probable,
};
use super::ramp::Ramp;

impl PotentialComponent {
    /// Up-sell or price: a better product, or a better price for the same one.
    ///
    /// ```text
    /// PRP_it = ΔP_i · ramp(t) · Δm_i
    /// ```
    ///
    /// `probability` is the probability that the customer makes the step beyond what the current profit expects, `margin`
    /// the profit per period that the step adds.
    ///
    /// ```
    /// use emptor_core::value::potential::{PotentialComponent, Ramp};
    ///
    /// let component = PotentialComponent::up_sell(&[0.25, 0.0], &[8.0, 8.0], Ramp::immediate())?;
    /// assert_eq!((component.profit(0, 1), component.profit(1, 1)), (Some(2.0), Some(0.0)));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless there is one probability and one margin per customer, probabilities lie between 0 and 1, and margins are
    /// finite and at least 0: a step down is no potential.
    pub fn up_sell(probability: &[f64], margin: &[f64], ramp: Ramp) -> Result<Self, Invalid> {
        let customers = probability.len();
        let mut checks = Invalid::checks();
        per_customer(&mut checks, "probability", customers, probability, PROBABLE, probable);
        per_customer(&mut checks, "margin", customers, margin, AMOUNT, amount);
        checks.finish()?;
        let margin = probability.iter().zip(margin).map(|(p, m)| p * m).collect();
        Ok(Self::new(ComponentKind::UpSell, customers, Flows::Level { margin, revenue: None, ramp }))
    }

    /// Win-back: a second life of customers who have left.
    ///
    /// ```text
    /// PRP_iτ = P(react)_i · CLV_i(second life) − cost_i        for lapsed customers, in period τ
    /// ```
    ///
    /// `second_life` is the lifetime value of the relationship that would start in `period`, valued at that period
    /// (Stauss & Friege 1999); customers who are not lapsed have no win-back potential. The cost is paid for every lapsed
    /// customer, whether or not it reacts: leave out of `lapsed` whom it does not pay to ask.
    ///
    /// A value over many periods has no revenue per period, so it draws nothing from the wallet; where that matters,
    /// give the second life by period as [`supplied`](Self::supplied). And as the first life is over, its survival says
    /// nothing about the second: lapsed customers need a survival of 1 in
    /// [`ProfitStreams`](crate::value::ProfitStreams), beside a current profit of 0.
    ///
    /// ```
    /// use emptor_core::value::potential::PotentialComponent;
    ///
    /// let component = PotentialComponent::win_back(&[true, false], &[0.1, 0.1], &[300.0, 300.0], &[5.0, 5.0], 2)?;
    /// assert_eq!((component.profit(0, 2), component.profit(0, 1)), (Some(25.0), Some(0.0)));
    /// assert_eq!(component.profit(1, 2), Some(0.0));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless there is one of each per customer, probabilities lie between 0 and 1, values and costs are finite and at
    /// least 0, and the period counts from 1.
    pub fn win_back(
        lapsed: &[bool],
        probability: &[f64],
        second_life: &[f64],
        cost: &[f64],
        period: usize,
    ) -> Result<Self, Invalid> {
        let customers = lapsed.len();
        let mut checks = Invalid::checks();
        per_customer(&mut checks, "probability", customers, probability, PROBABLE, probable);
        per_customer(&mut checks, "second life", customers, second_life, AMOUNT, amount);
        per_customer(&mut checks, "cost", customers, cost, AMOUNT, amount);
        checks.require(period >= 1, "period", "must count from 1", period);
        checks.finish()?;
        let payments = (0..customers)
            .filter(|&i| lapsed[i])
            .map(|i| (i, period, Cell { margin: probability[i] * second_life[i], cost: cost[i], revenue: 0.0 }));
        Ok(Self::new(ComponentKind::WinBack, customers, Flows::Events(Events::new(customers, payments))))
    }
}
