//! Profits per customer and period.

use emptor_types::{Checks, ExactSum, Invalid, TimeUnit};

use super::error::ValueError;
use super::survival::Survival;

/// Profit per customer and period: one level for all periods, or a panel.
#[derive(Debug, Clone, PartialEq)]
enum Flow {
    Level(Vec<f64>),
    /// Row-major: all periods of the first customer, then of the second.
    Panel {
        periods: usize,
        values: Vec<f64>,
    },
}

impl Flow {
    fn level(name: &str, values: Vec<f64>) -> Result<Self, Invalid> {
        sensible(name, &values)?;
        Ok(Self::Level(values))
    }

    fn panel(name: &str, periods: usize, values: Vec<f64>) -> Result<Self, Invalid> {
        let whole = periods > 0 && values.len().is_multiple_of(periods);
        if !whole {
            let got = format!("{} values for {periods} periods", values.len());
            return Err(Invalid::value(
                name,
                "must have the same number of periods, at least 1, for every customer",
                got,
            ));
        }
        sensible(name, &values)?;
        Ok(Self::Panel { periods, values })
    }

    fn customers(&self) -> usize {
        match self {
            Self::Level(values) => values.len(),
            Self::Panel { periods, values } => values.len() / periods,
        }
    }

    fn at(&self, customer: usize, t: usize) -> f64 {
        match self {
            Self::Level(values) => values[customer],
            Self::Panel { periods, values } => values[customer * periods + t - 1],
        }
    }

    fn covers(&self, name: &'static str, needed: usize) -> Result<(), ValueError> {
        match self {
            Self::Panel { periods, .. } if *periods < needed => {
                Err(ValueError::TooFewPeriods { name, periods: *periods, needed })
            }
            _ => Ok(()),
        }
    }
}

/// Profits above the limit of an amount at the table doors are none that a customer brings, and sums would saturate.
fn sensible(name: &str, values: &[f64]) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let rule = format!("must be finite and at most {:e} in absolute value", ExactSum::LIMIT);
    checks.require_each(name, &rule, values, |_, v| v.abs() <= ExactSum::LIMIT);
    checks.finish()
}

/// Requires that an exact sum of finite values does not saturate, in any order and of any part of them.
pub(super) fn require_sum(checks: &mut Checks, name: &str, values: &[f64]) {
    /// Below ±2⁶³, where an [`ExactSum`] ends.
    const MOST: f64 = 9e18;
    let sum: f64 = values.iter().map(|value| value.abs()).sum();
    let rule = format!("must add up to at most {MOST:e} in absolute value");
    checks.require(sum <= MOST, name, &rule, sum);
}

macro_rules! profit {
    ($(#[$doc:meta])* $name:ident, $label:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(Flow);

        impl $name {
            /// The same profit in every period, one value per customer; losses are negative.
            ///
            /// # Errors
            /// Unless every value is finite and at most 10¹² ([`ExactSum::LIMIT`]) in absolute value.
            pub fn level(per_customer: Vec<f64>) -> Result<Self, Invalid> {
                Flow::level($label, per_customer).map(Self)
            }

            /// One value per customer and period, row-major: all periods of the first customer, then of the second.
            ///
            /// # Errors
            /// Unless the values make whole rows of `periods` (at least 1) and every value is finite and at most 10¹²
            /// ([`ExactSum::LIMIT`]) in absolute value.
            pub fn panel(periods: usize, values: Vec<f64>) -> Result<Self, Invalid> {
                Flow::panel($label, periods, values).map(Self)
            }

            /// Number of customers.
            #[must_use]
            pub fn customers(&self) -> usize {
                self.0.customers()
            }
        }
    };
}

profit! {
    /// Profit of the current relationship, `RP_it`, in the reporting currency per period.
    CurrentProfit, "current profit"
}

profit! {
    /// Profit the relationship could bring beyond the current one, `PRP_it`, in the reporting currency per period. It
    /// must be incremental: what the current profit already contains does not belong here.
    PotentialProfit, "potential profit"
}

/// Everything a lifetime value is computed from: profits, survival, and individual lives.
///
/// ```
/// use emptor_core::value::{CurrentProfit, PotentialProfit, ProfitStreams, Survival};
///
/// let streams = ProfitStreams::new(CurrentProfit::level(vec![100.0, 80.0])?)
///     .with_potential(PotentialProfit::level(vec![10.0, 0.0])?)?
///     .with_survival(Survival::curve(vec![0.8, 0.64, 0.512])?)?
///     .with_lives(vec![2.4, 3.0])?;
/// assert_eq!(streams.customers(), 2);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProfitStreams {
    current: CurrentProfit,
    potential: Option<PotentialProfit>,
    survival: Survival,
    lives: Option<Vec<f64>>,
}

impl ProfitStreams {
    /// Current profit, certain, for the whole horizon.
    #[must_use]
    pub fn new(current: CurrentProfit) -> Self {
        Self { current, potential: None, survival: Survival::Certain, lives: None }
    }

    /// Adds potential profit.
    ///
    /// # Errors
    /// Unless it is for as many customers.
    pub fn with_potential(mut self, potential: PotentialProfit) -> Result<Self, Invalid> {
        self.same_length("potential profit", potential.customers())?;
        self.potential = Some(potential);
        Ok(self)
    }

    /// Weighs both profits by the probability that the relationship still lives. Leave it out where the profits are
    /// expectations that contain it already, as those of the purchase models do.
    ///
    /// # Errors
    /// Unless it is for as many customers, where it is individual.
    pub fn with_survival(mut self, survival: Survival) -> Result<Self, Invalid> {
        if let Some(customers) = survival.customers() {
            self.same_length("survival", customers)?;
        }
        self.survival = survival;
        Ok(self)
    }

    /// Individual lengths of the relationship `T_i`, in periods. A fraction counts as that part of its period's profit,
    /// discounted as the whole period. The horizon still caps all lives.
    ///
    /// # Errors
    /// Unless there is one per customer, not negative and not `NaN` (infinite means the horizon).
    pub fn with_lives(mut self, periods: Vec<f64>) -> Result<Self, Invalid> {
        self.same_length("life", periods.len())?;
        let mut checks = Invalid::checks();
        checks.require_each("life", "must be at least 0 periods", &periods, |_, life| life >= 0.0);
        checks.finish()?;
        self.lives = Some(periods);
        Ok(self)
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.current.customers()
    }

    fn same_length(&self, name: &str, found: usize) -> Result<(), Invalid> {
        let expected = self.customers();
        let rule = format!("must be for the same {expected} customers as current profit");
        if found == expected { Ok(()) } else { Err(Invalid::value(name, rule, found)) }
    }

    pub(super) fn require_customers(&self, expected: usize) -> Result<(), Invalid> {
        let rule = format!("must be for the {expected} customers asked for");
        if self.customers() == expected { Ok(()) } else { Err(Invalid::value("profit", rule, self.customers())) }
    }

    pub(super) fn covers(&self, periods: usize) -> Result<(), ValueError> {
        self.current.0.covers("current profit", periods)?;
        if let Some(potential) = &self.potential {
            potential.0.covers("potential profit", periods)?;
        }
        self.survival.covers(periods)
    }

    pub(super) fn current(&self, customer: usize, t: usize) -> f64 {
        self.current.0.at(customer, t)
    }

    pub(super) fn potential(&self, customer: usize, t: usize) -> f64 {
        self.potential.as_ref().map_or(0.0, |potential| potential.0.at(customer, t))
    }

    pub(super) fn survival(&self, customer: usize, t: usize, period: TimeUnit) -> f64 {
        self.survival.at(customer, t, period)
    }

    /// The customer's life in periods, capped.
    pub(super) fn life(&self, customer: usize, cap: f64) -> f64 {
        self.lives.as_ref().map_or(cap, |lives| lives[customer].min(cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profit_that_sums_cannot_hold_is_refused_with_the_limit() {
        assert!(CurrentProfit::level(vec![1e12, -1e12]).is_ok());
        for profit in [1.1e12, -1e19, 1e308, f64::INFINITY, f64::NAN] {
            let current = CurrentProfit::level(vec![1.0, profit]).map_err(|e| e.to_string());
            let rule = "current profit must be finite and at most 1e12 in absolute value";
            assert!(current.is_err_and(|e| e.contains(rule) && e.contains("row 1")), "{profit}");
            assert!(PotentialProfit::panel(2, vec![1.0, profit]).is_err());
        }
    }
}
