//! Values of a base too large for its profits to be in memory at once.

use std::ops::Range;

use super::equity::BaseFlows;
use super::error::ValueError;
use super::flows::ProfitStreams;
use super::lifetime::{LifetimeValue, LifetimeValues};

/// Customers whose profits are in memory at once: 38 MB per panel of 36 periods.
const PART: usize = 131_072;

/// A base valued in one go: every customer's value, and what the base earns in each period.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Valued {
    /// Lifetime values, one per customer.
    pub values: LifetimeValues,
    /// Expected profit of the whole base per period.
    pub flows: BaseFlows,
}

impl LifetimeValue {
    /// Values a base part by part: `streams` is asked for the profits of some customers at a time, so that the panel of
    /// all customers and periods is never in memory. The answer has the same bits as that of [`compute`](Self::compute).
    ///
    /// ```
    /// use emptor_core::value::{CurrentProfit, LifetimeValue, ProfitStreams, ValueError};
    /// use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};
    ///
    /// let convention = LifetimeValue::builder()
    ///     .rate(DiscountRate::annual_effective(0.12)?)
    ///     .horizon(Horizon::months(36.0)?)
    ///     .period(TimeUnit::Month)
    ///     .timing(Timing::Middle)
    ///     .build()?;
    /// // Profit that fades by 2 % a month, made when it is asked for.
    /// let valued = convention.compute_in_parts(1_000_000, |customers| {
    ///     let fading = |customer: usize| (0..36).map(move |t| (customer % 100) as f64 * 0.98_f64.powi(t));
    ///     let profit = CurrentProfit::panel(36, customers.flat_map(fading).collect())?;
    ///     Ok::<_, ValueError>(ProfitStreams::new(profit))
    /// })?;
    /// assert_eq!(valued.values.current().len(), 1_000_000);
    /// assert_eq!(valued.flows.customers(), 1_000_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of `streams` and of [`compute`](Self::compute); [`ValueError::Invalid`] if a part is not for the customers
    /// that were asked for.
    pub fn compute_in_parts<E: From<ValueError>>(
        &self,
        customers: usize,
        mut streams: impl FnMut(Range<usize>) -> Result<ProfitStreams, E>,
    ) -> Result<Valued, E> {
        let mut values = LifetimeValues::empty(*self);
        let mut flows = BaseFlows::sums(self);
        for start in (0..customers).step_by(PART) {
            let rows = start..customers.min(start + PART);
            let part = streams(rows.clone())?;
            part.require_customers(rows.len()).map_err(ValueError::from)?;
            values.append(self.compute(&part)?);
            flows.add(self, &part)?;
        }
        let values = values.whole().map_err(ValueError::from)?;
        Ok(Valued { values, flows: flows.finish(*self) })
    }
}

#[cfg(test)]
mod tests {
    use emptor_types::{DiscountRate, Horizon, TimeUnit, Timing};

    use super::*;
    use crate::value::CurrentProfit;

    fn convention() -> Result<LifetimeValue, ValueError> {
        Ok(LifetimeValue::builder()
            .rate(DiscountRate::annual_effective(0.12)?)
            .horizon(Horizon::months(3.0)?)
            .period(TimeUnit::Month)
            .timing(Timing::Middle)
            .build()?)
    }

    fn panel(customers: Range<usize>) -> Result<ProfitStreams, ValueError> {
        let values = customers.flat_map(|i| (1..=3).map(move |t| ((i * 7919) % 1009) as f64 / t as f64)).collect();
        Ok(ProfitStreams::new(CurrentProfit::panel(3, values)?))
    }

    #[test]
    fn parts_give_the_bits_of_the_whole() -> Result<(), ValueError> {
        let n = 2 * PART + 17;
        let convention = convention()?;
        let valued = convention.compute_in_parts(n, panel)?;
        let whole = panel(0..n)?;
        assert_eq!(valued.values, convention.compute(&whole)?);
        assert_eq!(valued.flows, convention.base_flows(&whole)?);
        Ok(())
    }

    #[test]
    fn a_part_for_other_customers_is_refused() -> Result<(), ValueError> {
        let error = convention()?.compute_in_parts(10, |_| panel(0..9));
        assert!(error.is_err_and(|e| e.to_string().contains("10")));
        Ok(())
    }
}
