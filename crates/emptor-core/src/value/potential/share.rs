//! How much of a value is potential.

use emptor_types::ExactSum;

use crate::value::LifetimeValues;

/// A value that rests by more than this part on potential is flagged. No source fixes it; above it, more than half of
/// what is reported has not been earned by the relationship yet.
const HIGH: f64 = 0.5;

/// The share of potential in total lifetime value, `LTV_potential / LTV_total`, per customer and for the base.
///
/// Potential is softer than current profit: it rests on probabilities, ramps and capture rates. A share above one half is
/// flagged. Where the total is not positive a share says nothing and is `None`; it exceeds 1 where the current
/// relationship loses money.
///
/// ```
/// use emptor_core::value::potential::PotentialShare;
/// use emptor_core::value::{CurrentProfit, LifetimeValue, PotentialProfit, ProfitStreams};
/// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
///
/// let spec = LifetimeValue::builder()
///     .rate(DiscountRate::annual_effective(0.0)?)
///     .horizon(Horizon::years(1.0)?)
///     .period(TimeUnit::Year)
///     .timing(Timing::End)
///     .build()?;
/// let streams = ProfitStreams::new(CurrentProfit::level(vec![30.0, 10.0, -5.0])?)
///     .with_potential(PotentialProfit::level(vec![10.0, 15.0, 5.0])?)?;
/// let share = PotentialShare::new(&spec.compute(&streams)?);
/// assert_eq!(share.per_customer(), [Some(0.25), Some(0.6), None]);
/// assert_eq!((share.is_high(0), share.is_high(1), share.is_high(2)), (false, true, false));
/// assert_eq!((share.base(), share.high_customers()), (Some(0.461_538_461_538_461_56), 1)); // 30 / 65
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PotentialShare {
    per_customer: Vec<Option<f64>>,
    base: Option<f64>,
}

impl PotentialShare {
    /// The shares of computed values.
    #[must_use]
    pub fn new(values: &LifetimeValues) -> Self {
        let per_customer = values
            .current()
            .iter()
            .zip(values.potential())
            .map(|(current, potential)| of(*current, *potential))
            .collect();
        let sum = |values: &[f64]| values.iter().copied().collect::<ExactSum>().value();
        Self { per_customer, base: of(sum(values.current()), sum(values.potential())) }
    }

    /// Each customer's share, in input order; `None` where the total value is not positive.
    #[must_use]
    pub fn per_customer(&self) -> &[Option<f64>] {
        &self.per_customer
    }

    /// The share in the value of the whole base; `None` where that is not positive.
    #[must_use]
    pub fn base(&self) -> Option<f64> {
        self.base
    }

    /// Whether more than half of a customer's value is potential.
    ///
    /// # Panics
    /// If there is no such customer.
    #[must_use]
    pub fn is_high(&self, customer: usize) -> bool {
        high(self.per_customer[customer])
    }

    /// Customers whose value is more than half potential.
    #[must_use]
    pub fn high_customers(&self) -> usize {
        self.per_customer.iter().filter(|share| high(**share)).count()
    }

    /// Whether more than half of the base's value is potential.
    #[must_use]
    pub fn is_base_high(&self) -> bool {
        high(self.base)
    }
}

fn of(current: f64, potential: f64) -> Option<f64> {
    let total = current + potential;
    (total > 0.0).then(|| potential / total)
}

fn high(share: Option<f64>) -> bool {
    share.is_some_and(|share| share > HIGH)
}
