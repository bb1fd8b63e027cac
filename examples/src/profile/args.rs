//! The arguments of programs that profile a base over a window.

use clap::Args;
use emptor::period::Grain;
use emptor::prelude::*;
use emptor::profile::Window;

use super::tables::{ProductArgs, grain, profile_tables};
use crate::{CustomerRole, ExampleError, InputArgs, last_day};

/// The user's tables, or the bundled sample with every table it has, and the window that is looked at.
#[derive(Debug, Args)]
pub struct BaseArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    products: ProductArgs,
    /// First day that counts (YYYY-MM-DD); if not given, a year before the last, or the middle where there are less than two.
    #[arg(long)]
    from: Option<Date>,
    /// Last day of observation (YYYY-MM-DD), not before the first day of the table; its last day if not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// Grain of time: week, month, quarter or year.
    #[arg(long, value_parser = grain, default_value = "month")]
    grain: Grain,
}

impl BaseArgs {
    /// Opens the tables, and finds the window.
    ///
    /// # Errors
    /// If a table does not pass its door, or there is no day in it.
    pub fn open(&self) -> Result<(Tables, Window), ExampleError> {
        let tables = profile_tables(&self.input, &self.products, CustomerRole::Needed)?;
        let as_of = last_day(&tables, self.as_of)?;
        let (first, _) = tables.transactions().quality().days.ok_or(ExampleError::NoDay)?;
        let window = match self.from {
            Some(from) => Window::new(from, as_of, self.grain)?,
            None => Window::usual(first, as_of, self.grain)?,
        };
        Ok((tables, window))
    }
}
