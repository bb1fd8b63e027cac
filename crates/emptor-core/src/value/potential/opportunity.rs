//! Deals under way.

use emptor_types::Invalid;

use super::component::{
    AMOUNT, Cell, ComponentKind, Events, Flows, PROBABLE, PotentialComponent, amount, per_row, probable,
};

/// An open sales opportunity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opportunity {
    /// Row of the customer.
    pub customer: usize,
    /// Probability to win: of its stage, or its own.
    pub probability: f64,
    /// Revenue if won.
    pub amount: f64,
    /// Share of the revenue that is profit.
    pub margin_rate: f64,
    /// Period of the expected close: 1 is the first period after the date of the analysis, 0 and below lie in the past.
    pub close_period: i64,
    /// What pursuing it still costs, won or lost.
    pub cost_to_close: f64,
}

/// What to do with an opportunity whose expected close has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverdueClose {
    /// It is an error.
    Refuse,
    /// It counts as closing in the first period; [`PotentialComponent::opportunities`] says how many there were.
    RollForward,
}

impl PotentialComponent {
    /// Open opportunities, with the number of those whose expected close has passed.
    ///
    /// ```text
    /// PRP_it = Σ_{k closing in t}  P(win)_k · amount_k · margin rate_k − cost to close_k
    /// ```
    ///
    /// It is the probability-weighted pipeline, in profit. Only deals that the current profit does not expect anyway
    /// belong here: a renewal of the running contract does not.
    ///
    /// ```
    /// use emptor_core::value::potential::{Opportunity, OverdueClose, PotentialComponent};
    ///
    /// let deal = Opportunity {
    ///     customer: 0,
    ///     probability: 0.5,
    ///     amount: 1000.0,
    ///     margin_rate: 0.3,
    ///     close_period: 2,
    ///     cost_to_close: 20.0,
    /// };
    /// let late = Opportunity { close_period: -1, ..deal };
    /// let (component, overdue) = PotentialComponent::opportunities(1, &[deal, late], OverdueClose::RollForward)?;
    /// assert_eq!((component.profit(0, 1), component.profit(0, 2), overdue), (Some(130.0), Some(130.0), 1));
    /// assert!(PotentialComponent::opportunities(1, &[late], OverdueClose::Refuse).is_err());
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless every opportunity names a customer, probabilities and margin rates lie between 0 and 1, amounts and costs
    /// are finite and at least 0, and no close has passed (unless rolled forward).
    pub fn opportunities(
        customers: usize,
        opportunities: &[Opportunity],
        overdue: OverdueClose,
    ) -> Result<(Self, usize), Invalid> {
        let mut checks = Invalid::checks();
        let rows: Vec<usize> = opportunities.iter().map(|row| row.customer).collect();
        checks.require_each("customer", &format!("must be a row below {customers}"), &rows, |_, i| i < customers);
        per_row(&mut checks, "probability", opportunities, |row| row.probability, PROBABLE, probable);
        per_row(&mut checks, "amount", opportunities, |row| row.amount, AMOUNT, amount);
        per_row(&mut checks, "margin rate", opportunities, |row| row.margin_rate, PROBABLE, probable);
        per_row(&mut checks, "cost to close", opportunities, |row| row.cost_to_close, AMOUNT, amount);
        let closes: Vec<i64> = opportunities.iter().map(|row| row.close_period).collect();
        if overdue == OverdueClose::Refuse {
            checks.require_each("close period", "must not lie in the past (below 1)", &closes, |_, t| t >= 1);
        }
        checks.finish()?;
        let payments = opportunities.iter().map(|row| {
            let revenue = row.probability * row.amount;
            let period = usize::try_from(row.close_period.max(1)).unwrap_or(usize::MAX);
            (row.customer, period, Cell { margin: revenue * row.margin_rate, cost: row.cost_to_close, revenue })
        });
        let flows = Flows::Events(Events::new(customers, payments));
        let passed = closes.iter().filter(|t| **t < 1).count();
        Ok((Self::new(ComponentKind::Opportunities, customers, flows), passed))
    }
}
