//! Deals as known on a day, checked.

use emptor_types::{Date, Invalid};

use super::deals::Deal;
use crate::ForecastError;

/// Amounts beyond this size are refused, as the doors of the tables do: sums must stay exact.
const LARGEST: f64 = 1e12;

/// Deals as they were known on a day (see [`as_known`](super::as_known)): what every method forecasts from.
///
/// ```
/// use emptor_forecast::pipeline::{Deal, Snapshot};
///
/// let deals = [Deal { created: 19_000, amount: Some(100.0), ..Deal::default() }];
/// assert!(Snapshot::new(&deals, "2024-05-31".parse()?).is_ok());
/// assert!(Snapshot::new(&deals, "2020-05-31".parse()?).is_err(), "nobody knew of it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    deals: &'a [Deal],
    as_of: Date,
}

impl<'a> Snapshot<'a> {
    /// Checks and borrows deals.
    ///
    /// # Errors
    /// If something lies after the day or beyond the calendar, an amount is not finite or not from 0 to 10¹², or a probability not from 0 to 1.
    pub fn new(deals: &'a [Deal], as_of: Date) -> Result<Self, ForecastError> {
        let mut checks = Invalid::checks();
        let day = as_of.days_since_epoch();
        let count = |breaks: fn(&Deal, i32) -> bool| deals.iter().filter(|deal| breaks(deal, day)).count();
        let mut none = |n: usize, field: &str, rule: &str| checks.require(n == 0, field, rule, format!("{n} deals"));
        none(count(|deal, day| deal.created > day), "created", "must not lie after the day of observation");
        none(
            count(|deal, day| deal.closed.is_some_and(|at| at > day)),
            "closed",
            "must not lie after the day of observation",
        );
        // Beyond the calendar, differences of days overflow.
        let off = |day: i32| Date::from_days_since_epoch(day).is_err();
        let far = |deal: &&Deal| off(deal.created) || deal.closed.is_some_and(off) || deal.exp_close.is_some_and(off);
        none(deals.iter().filter(far).count(), "days", "must lie in the calendar, in the years -9999 to 9999");
        let usable = |amount: f64| (0.0..=LARGEST).contains(&amount);
        let amounts = |deal: &&Deal| !deal.amount.is_none_or(usable) || !deal.list_price.is_none_or(usable);
        none(deals.iter().filter(amounts).count(), "amount", "must be finite and from 0 to 1e12");
        let stated = |deal: &&Deal| !deal.stated.is_none_or(|p| (0.0..=1.0).contains(&p));
        none(deals.iter().filter(stated).count(), "probability", "must lie between 0 and 1");
        checks.finish()?;
        Ok(Self { deals, as_of })
    }

    /// The deals.
    #[must_use]
    pub fn deals(&self) -> &'a [Deal] {
        self.deals
    }

    /// The day.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The day, since 1970-01-01.
    #[must_use]
    pub fn day(&self) -> i32 {
        self.as_of.days_since_epoch()
    }
}
