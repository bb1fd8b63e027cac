//! Large purchase logs, for benchmarks.

use emptor_lifetime::PurchaseModel;
use emptor_types::Horizon;

use crate::DatasetError;
use crate::error::Problems;
use crate::parameters::{BuyerParameters, refused, walk};
use crate::random::Stream;

/// The first day of every log: 2020-01-01.
const FIRST_DAY: i32 = 18_262;
const DAYS_PER_WEEK: f64 = 7.0;
/// The doors of the tables take dates up to 2100, which 4,226 weeks reach.
const MOST_WEEKS: u32 = 4_000;

/// A purchase log in columns: one element per purchase, sorted by customer and day, at most one purchase per customer
/// and day.
///
/// Customers arrive evenly over the first half of the window and then follow [`BuyerParameters`], without season, returns
/// or baskets. With the retail parameters and 104 weeks there are about 4.2 purchases per customer: 1.2 million customers
/// make five million lines.
///
/// ```
/// use emptor_datasets::{BuyerParameters, PurchaseLog};
///
/// let log = PurchaseLog::simulate(1_000, 104, 7, BuyerParameters::RETAIL)?;
/// assert_eq!(log.customer.len(), log.day.len());
/// assert_eq!(log.customer.last(), Some(&1_000));
/// assert!(log.day.iter().all(|&day| day <= log.as_of));
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PurchaseLog {
    /// Customer numbers, 1 to the number of customers.
    pub customer: Vec<i64>,
    /// Days since 1970-01-01.
    pub day: Vec<i32>,
    /// Amounts in the main unit of the currency, rounded to cents, at least one cent.
    pub amount: Vec<f64>,
    /// The last day of the window: days since 1970-01-01.
    pub as_of: i32,
}

impl PurchaseLog {
    /// Simulates so many customers over so many weeks from 2020-01-01.
    ///
    /// Two purchases on one day would be merged by whoever counts days, so the second moves to the next day.
    ///
    /// # Errors
    /// Unless there is at least one customer and there are 2 to 4,000 weeks.
    pub fn simulate(
        customers: usize,
        weeks: u32,
        seed: u64,
        parameters: BuyerParameters,
    ) -> Result<Self, DatasetError> {
        let BuyerParameters { purchases, spend } = parameters;
        let mut problems = Problems::default();
        problems.require(customers > 0, "customers", "must be at least 1", customers);
        problems.require((2..=MOST_WEEKS).contains(&weeks), "weeks", "must be 2 to 4000", weeks);
        problems.finish()?;

        let window = weeks as i32 * 7;
        let as_of = FIRST_DAY + window;
        let mean_age = Horizon::weeks(0.75 * f64::from(weeks)).map_err(|error| refused(error.into()))?;
        let expected = 1.0 + purchases.model()?.expected_purchases_new_customer(mean_age).map_err(refused)?;
        let room = (customers as f64 * expected * 1.05) as usize;
        let mut log = Self {
            customer: Vec::with_capacity(room),
            day: Vec::with_capacity(room),
            amount: Vec::with_capacity(room),
            as_of,
        };
        for index in 0..customers {
            let mut stream = Stream::new(seed, "purchase log", index as u64);
            let latent = purchases.draw(&mut stream);
            let mean = spend.draw_mean(&mut stream);
            let first = FIRST_DAY + stream.whole(0, window / 2);
            let id = index as i64 + 1;
            let mut last = first;
            let amount = spend.draw_amount(mean, &mut stream);
            log.push(id, first, amount);
            let age = f64::from(as_of - first) / DAYS_PER_WEEK;
            walk(latent, age, &mut stream, |stream, time| {
                let day = (first + (time * DAYS_PER_WEEK).round() as i32).max(last + 1);
                if day > as_of {
                    return false;
                }
                last = day;
                let amount = spend.draw_amount(mean, stream);
                log.push(id, day, amount);
                true
            });
        }
        Ok(log)
    }

    /// How many purchases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.customer.len()
    }

    /// Whether there is no purchase; a simulated log has at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty()
    }

    fn push(&mut self, customer: i64, day: i32, amount: f64) {
        self.customer.push(customer);
        self.day.push(day);
        self.amount.push((amount * 100.0).round().max(1.0) / 100.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETAIL: BuyerParameters = BuyerParameters::RETAIL;

    #[test]
    fn the_same_seed_gives_the_same_log_and_another_seed_another() -> Result<(), DatasetError> {
        let log = PurchaseLog::simulate(500, 60, 3, RETAIL)?;
        assert_eq!(log, PurchaseLog::simulate(500, 60, 3, RETAIL)?);
        assert_ne!(log, PurchaseLog::simulate(500, 60, 4, RETAIL)?);
        Ok(())
    }

    #[test]
    fn more_customers_leave_the_first_ones_as_they_are() -> Result<(), DatasetError> {
        let few = PurchaseLog::simulate(200, 60, 3, RETAIL)?;
        let many = PurchaseLog::simulate(300, 60, 3, RETAIL)?;
        assert_eq!(few.day, many.day[..few.len()]);
        assert_eq!(few.amount, many.amount[..few.len()]);
        Ok(())
    }

    #[test]
    fn a_customer_buys_at_most_once_a_day_and_inside_the_window() -> Result<(), DatasetError> {
        let log = PurchaseLog::simulate(5_000, 104, 1, RETAIL)?;
        for i in 1..log.len() {
            assert!((log.customer[i - 1], log.day[i - 1]) < (log.customer[i], log.day[i]), "row {i}");
        }
        assert!(log.day.iter().all(|day| (FIRST_DAY..=log.as_of).contains(day)));
        assert!(log.amount.iter().all(|&amount| amount >= 0.01));
        Ok(())
    }

    #[test]
    fn days_keep_the_repeat_purchases_of_the_story() -> Result<(), DatasetError> {
        const CUSTOMERS: usize = 50_000;
        const STANDARD_ERRORS: f64 = 4.0;
        let purchases = RETAIL.purchases;
        let log = PurchaseLog::simulate(CUSTOMERS, 104, 5, RETAIL)?;
        let mut counts = vec![-1.0_f64; CUSTOMERS];
        let mut ages = vec![0.0_f64; CUSTOMERS];
        for (i, &customer) in log.customer.iter().enumerate() {
            let slot = customer as usize - 1;
            if counts[slot] < 0.0 {
                ages[slot] = f64::from(log.as_of - log.day[i]) / DAYS_PER_WEEK;
            }
            counts[slot] += 1.0;
        }
        // Ages are whole days: one expectation per day.
        let expected: Vec<f64> = (0..=728)
            .map(|day| purchases.expected_repeat_purchases(f64::from(day) / DAYS_PER_WEEK))
            .collect::<Result<_, _>>()?;
        let surplus: Vec<f64> =
            counts.iter().zip(&ages).map(|(x, age)| x - expected[(age * DAYS_PER_WEEK).round() as usize]).collect();
        let n = CUSTOMERS as f64;
        let mean = surplus.iter().sum::<f64>() / n;
        let error = (surplus.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n / n).sqrt();
        assert!(mean.abs() < STANDARD_ERRORS * error, "mean surplus {mean}, standard error {error}");
        Ok(())
    }

    #[test]
    fn settings_without_customers_or_with_too_few_or_many_weeks_are_refused() {
        assert!(PurchaseLog::simulate(0, 1, 1, RETAIL).is_err());
        assert!(PurchaseLog::simulate(1, MOST_WEEKS + 1, 1, RETAIL).is_err());
    }
}
