//! Settings of the retail simulation.

use emptor_types::Date;

use crate::days::{civil, year};
use crate::error::Problems;
use crate::{BuyerParameters, DatasetError, PurchaseParameters, SpendParameters};

/// How much a campaign raises the purchase rate of treated customers, unless set otherwise: by three quarters.
const CAMPAIGN_LIFT: f64 = 0.75;
/// Fewest days in which every table can have rows.
const FEWEST_DAYS: u32 = 90;
const MOST_DAYS: u32 = 36_525;
/// Years that a window may touch: the doors of the tables take dates from 1900 to 2100, and products are up to six years
/// older than the window.
const YEARS: std::ops::RangeInclusive<i16> = 1910..=2100;
const MOST_CUSTOMERS: usize = 1_000_000;

/// A seeded simulation of one retail company: checked settings, no data. See the crate documentation for the story.
///
/// ```
/// use emptor_datasets::RetailSimulation;
///
/// let company = RetailSimulation::builder().customers(100).start("2022-01-01").years(2).seed(7).build()?.run();
/// assert_eq!(company.truth.len(), 100);
/// assert_eq!(company.as_of.to_string(), "2023-12-31");
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RetailSimulation {
    pub(crate) customers: usize,
    pub(crate) prospects: usize,
    pub(crate) start: Date,
    /// Length of the window; day 0 is `start`.
    pub(crate) days: i32,
    pub(crate) seed: u64,
    pub(crate) parameters: BuyerParameters,
    pub(crate) seasonality: f64,
    pub(crate) campaign_lift: f64,
}

impl RetailSimulation {
    /// Starts with no window, 2,400 customers, 60 prospects, seed 0 and the retail parameters.
    pub fn builder() -> RetailSimulationBuilder {
        RetailSimulationBuilder {
            customers: 2_400,
            prospects: 60,
            start: None,
            length: None,
            seed: 0,
            parameters: BuyerParameters::RETAIL,
            seasonality: 1.0,
            campaign_lift: CAMPAIGN_LIFT,
        }
    }

    /// The first day of the window.
    #[must_use]
    pub fn start(&self) -> Date {
        self.start
    }

    /// The last day of the window: nothing is dated later.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.start.plus_days(self.days - 1)
    }
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Days(u32),
    Years(u32),
}

/// Collects the settings of a [`RetailSimulation`]; `build` checks them all at once.
///
/// ```
/// use emptor_datasets::RetailSimulation;
///
/// let error = RetailSimulation::builder().customers(0).start("2022-02-30").build().unwrap_err();
/// assert!(error.to_string().contains("customers must be"));
/// assert!(error.to_string().contains("2022-02-30"));
/// assert!(error.to_string().contains("years"));
/// ```
#[derive(Debug, Clone)]
#[must_use = "settings do nothing until `build`"]
pub struct RetailSimulationBuilder {
    customers: usize,
    prospects: usize,
    start: Option<String>,
    length: Option<Length>,
    seed: u64,
    parameters: BuyerParameters,
    seasonality: f64,
    campaign_lift: f64,
}

impl RetailSimulationBuilder {
    /// How many customers make at least one purchase, 1 to 1,000,000.
    pub fn customers(mut self, customers: usize) -> Self {
        self.customers = customers;
        self
    }

    /// How many known prospects never buy; they follow the customers in the customer table and have no truth.
    pub fn prospects(mut self, prospects: usize) -> Self {
        self.prospects = prospects;
        self
    }

    /// The first day, written `YYYY-MM-DD`. Required. The window must lie in the years 1910 to 2100.
    pub fn start(mut self, day: impl Into<String>) -> Self {
        self.start = Some(day.into());
        self
    }

    /// The length of the window in days, 90 to 36,525. This or `years` is required; the last call counts.
    pub fn days(mut self, days: u32) -> Self {
        self.length = Some(Length::Days(days));
        self
    }

    /// The length of the window in calendar years: from 2022-01-01 three years end on 2024-12-31.
    pub fn years(mut self, years: u32) -> Self {
        self.length = Some(Length::Years(years));
        self
    }

    /// The seed of every random number.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// When customers buy and drop out.
    pub fn purchases(mut self, purchases: PurchaseParameters) -> Self {
        self.parameters.purchases = purchases;
        self
    }

    /// How much persons spend per order; organisations spend 2.2 times as much.
    pub fn spend(mut self, spend: SpendParameters) -> Self {
        self.parameters.spend = spend;
        self
    }

    /// Strength of season and weekday, 0 (none: purchases come evenly) to 1 (a retailer's year, the default).
    pub fn seasonality(mut self, strength: f64) -> Self {
        self.seasonality = strength;
        self
    }

    /// By which share a campaign raises the purchase rate of treated, living customers while it runs, 0 to 2. At 0 every
    /// order comes from the purchase process.
    pub fn campaign_lift(mut self, lift: f64) -> Self {
        self.campaign_lift = lift;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Lists every setting that is missing or out of range.
    pub fn build(self) -> Result<RetailSimulation, DatasetError> {
        let mut problems = Problems::default();
        let many = 1..=MOST_CUSTOMERS;
        problems.require(many.contains(&self.customers), "customers", "must be 1 to 1000000", self.customers);
        problems.require(self.prospects <= MOST_CUSTOMERS, "prospects", "must be at most 1000000", self.prospects);
        let share = self.seasonality;
        problems.require((0.0..=1.0).contains(&share), "seasonality", "must be 0 to 1", share);
        let lift = self.campaign_lift;
        problems.require((0.0..=2.0).contains(&lift), "campaign_lift", "must be 0 to 2", lift);
        let start = match self.start.as_deref().map(str::parse::<Date>) {
            Some(Ok(day)) => Some(day),
            Some(Err(error)) => {
                problems.push(format!("start: {error}"));
                None
            }
            None => {
                problems.push("start must be given");
                None
            }
        };
        let days = match (start, self.length) {
            (_, None) => {
                problems.push("years or days must be given");
                None
            }
            (_, Some(Length::Days(days))) => Some(days),
            (Some(start), Some(Length::Years(years))) => {
                let first = civil(start);
                let end = jiff::Span::new().try_years(years).and_then(|span| first.checked_add(span));
                end.ok().map(|end| (end - first).get_days().unsigned_abs()).or(Some(u32::MAX))
            }
            (None, Some(Length::Years(_))) => None,
        };
        if let Some(days) = days {
            problems.require((FEWEST_DAYS..=MOST_DAYS).contains(&days), "the window", "must be 90 to 36525 days", days);
        }
        if let (Some(start), Some(days)) = (start, days) {
            let end = start.plus_days(i32::try_from(days).unwrap_or(i32::MAX).saturating_sub(1));
            let inside = YEARS.contains(&year(start)) && YEARS.contains(&year(end));
            problems.require(inside, "the window", "must lie in the years 1910 to 2100", format!("{start} to {end}"));
        }
        problems.finish()?;
        // Without a problem both are there.
        let (start, days) = (start.unwrap_or(Date::EPOCH), days.unwrap_or_default() as i32);
        let Self { customers, prospects, seed, parameters, seasonality, campaign_lift, .. } = self;
        Ok(RetailSimulation { customers, prospects, start, days, seed, parameters, seasonality, campaign_lift })
    }
}
