//! What is assumed about the time to come.

use clap::Args;
use emptor::prelude::*;

use crate::ExampleError;

/// Assumptions of a valuation.
#[derive(Debug, Args)]
pub struct EquityArgs {
    /// Effective discount rate per year.
    #[arg(long, default_value_t = 0.12, allow_negative_numbers = true)]
    pub rate: f64,
    /// How far ahead profit counts, and customers are won: 36m, 3y.
    #[arg(long, default_value = "36m")]
    pub horizon: Horizon,
    /// Part of revenue that is profit; from product costs (sample) or 1, that is revenue, if not given.
    #[arg(long, allow_negative_numbers = true)]
    pub margin: Option<f64>,
    /// What winning a customer costs; from the customers table (sample) or 0 if not given.
    #[arg(long)]
    pub acquisition_cost: Option<f64>,
    /// Customers won per month (with --profits per year); as many as in the last year if not given.
    #[arg(long)]
    pub new_customers: Option<f64>,
    /// Level of ranges.
    #[arg(long, default_value_t = 0.95)]
    pub level: f64,
    /// Seed of resampling.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl EquityArgs {
    /// The discount rate.
    ///
    /// # Errors
    /// If there is no such rate.
    pub fn discount_rate(&self) -> Result<DiscountRate, ExampleError> {
        Ok(DiscountRate::annual_effective(self.rate)?)
    }

    /// Monthly profits in the middle of each month.
    ///
    /// # Errors
    /// If there is no such rate.
    pub fn convention(&self) -> Result<LifetimeValue, ExampleError> {
        Ok(LifetimeValue::builder()
            .rate(self.discount_rate()?)
            .horizon(self.horizon)
            .period(TimeUnit::Month)
            .timing(Timing::Middle)
            .build()?)
    }
}
