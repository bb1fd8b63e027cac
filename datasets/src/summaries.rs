//! Purchase summaries without a log, for recovery tests.

use emptor_types::{HistoryView, Invalid, TimeUnit};

use crate::DatasetError;
use crate::error::Problems;
use crate::parameters::{BuyerParameters, refused};
use crate::random::Stream;

/// One element per customer: what the lifetime models see, and what is true. Purchases are the BG/NBD's own
/// [simulation](emptor_lifetime::Fitted::simulate), amounts follow the Gamma-Gamma story.
///
/// Times are exact fractions of weeks. `frequency`, `recency` and `age` are x, t_x and T of the papers.
///
/// ```
/// use emptor_datasets::{BuyerParameters, PurchaseSummaries};
///
/// let ages = vec![39.0; 1_000];
/// let sample = PurchaseSummaries::simulate(&ages, 7, BuyerParameters::RETAIL)?;
/// assert_eq!(sample.frequency.len(), 1_000);
/// assert!(sample.recency.iter().zip(&sample.age).all(|(t_x, t)| t_x <= t));
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PurchaseSummaries {
    /// Repeat purchases, x.
    pub frequency: Vec<f64>,
    /// Weeks from the first to the last purchase, t_x; 0 without repeat purchase.
    pub recency: Vec<f64>,
    /// Weeks from the first purchase to the end, T, as given.
    pub age: Vec<f64>,
    /// Sum of the logarithms of the weeks between purchases; 0 without repeat purchase.
    pub sum_ln_gaps: Vec<f64>,
    /// Mean amount of the repeat purchases; 0 without repeat purchase. Not rounded.
    pub monetary_value: Vec<f64>,
    /// True mean order value.
    pub mean_order_value: Vec<f64>,
    /// Whether the customer is alive at the end.
    pub alive: Vec<bool>,
}

impl PurchaseSummaries {
    /// Simulates one customer per age (in weeks).
    ///
    /// # Errors
    /// Unless every age is finite and not below 0.
    pub fn simulate(ages: &[f64], seed: u64, parameters: BuyerParameters) -> Result<Self, DatasetError> {
        let BuyerParameters { purchases, spend } = parameters;
        let mut problems = Problems::default();
        for (row, &age) in ages.iter().enumerate() {
            problems.require(
                age >= 0.0 && age.is_finite(),
                &format!("age in row {row}"),
                "must be finite and >= 0",
                age,
            );
        }
        problems.finish()?;

        let simulated = purchases.model()?.simulate(ages, None, seed).map_err(refused)?;
        let of_customer = |(index, &count): (usize, &f64)| {
            let mut stream = Stream::new(seed, "purchase summaries", index as u64);
            let mean = spend.draw_mean(&mut stream);
            let total: f64 = (0..count as u64).map(|_| spend.draw_amount(mean, &mut stream)).sum();
            (if count > 0.0 { total / count } else { 0.0 }, mean)
        };
        let (monetary_value, mean_order_value) = simulated.frequency.iter().enumerate().map(of_customer).unzip();
        Ok(Self {
            frequency: simulated.frequency,
            recency: simulated.recency,
            age: simulated.t,
            sum_ln_gaps: simulated.sum_ln_gaps,
            monetary_value,
            mean_order_value,
            alive: simulated.alive,
        })
    }

    /// The summaries as models take them.
    ///
    /// # Errors
    /// If the columns were changed into something that is no history.
    pub fn view(&self) -> Result<HistoryView<'_>, Invalid> {
        HistoryView::new(&self.frequency, &self.recency, &self.age, Some(&self.monetary_value), TimeUnit::Week)?
            .with_sum_ln_gaps(&self.sum_ln_gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PurchaseParameters, SpendParameters};

    const CUSTOMERS: usize = 50_000;
    /// Standard errors that a simulated mean may be away from its expectation.
    const STANDARD_ERRORS: f64 = 4.0;

    fn assert_near(name: &str, sample: impl Iterator<Item = f64> + Clone, expected: f64) {
        let n = sample.clone().count() as f64;
        let mean = sample.clone().sum::<f64>() / n;
        let error = (sample.map(|x| (x - mean) * (x - mean)).sum::<f64>() / n / n).sqrt();
        assert!((mean - expected).abs() < STANDARD_ERRORS * error, "{name}: {mean} for {expected} ± {error}");
    }

    fn simulate(purchases: PurchaseParameters, weeks: f64) -> Result<PurchaseSummaries, DatasetError> {
        PurchaseSummaries::simulate(
            &vec![weeks; CUSTOMERS],
            21,
            BuyerParameters { purchases, ..BuyerParameters::RETAIL },
        )
    }

    #[test]
    fn the_mean_frequency_is_the_expectation_of_the_model() -> Result<(), DatasetError> {
        // Expectation: Fader, Hardie & Lee 2005, equation (9).
        let cdnow = PurchaseParameters::new(0.243, 4.414, 0.793, 2.426)?;
        for (purchases, weeks) in
            [(PurchaseParameters::RETAIL, 52.0), (PurchaseParameters::RETAIL, 156.0), (cdnow, 39.0)]
        {
            let sample = simulate(purchases, weeks)?;
            assert_near("frequency", sample.frequency.iter().copied(), purchases.expected_repeat_purchases(weeks)?);
        }
        Ok(())
    }

    #[test]
    fn the_share_without_repeat_purchase_is_that_of_the_model() -> Result<(), DatasetError> {
        // Fader, Hardie & Lee 2005, equation (8) at x = 0: (alpha/(alpha+t))^r.
        let sample = simulate(PurchaseParameters::RETAIL, 52.0)?;
        let none = sample.frequency.iter().map(|&x| f64::from(u8::from(x < 0.5)));
        assert_near("zero class", none, libm::pow(7.5 / 59.5, 0.55));
        Ok(())
    }

    #[test]
    fn amounts_have_the_mean_of_their_parameters() -> Result<(), DatasetError> {
        let sample = simulate(PurchaseParameters::RETAIL, 52.0)?;
        let paid = sample.monetary_value.iter().copied().filter(|&m| m > 0.0);
        assert_near("amount", paid, SpendParameters::RETAIL.mean_order_value());
        Ok(())
    }

    #[test]
    fn ages_below_zero_are_refused_and_listed() {
        let error = PurchaseSummaries::simulate(&[1.0, -1.0, f64::NAN], 1, BuyerParameters::RETAIL);
        assert!(matches!(error, Err(DatasetError::Settings { problems }) if problems.len() == 2));
    }
}
