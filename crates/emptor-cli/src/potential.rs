//! What counts as potential profit.

use std::path::Path;

use emptor::analysis::{AnalysisInput, Potential};
use emptor::forecast::pipeline::Weighted;
use emptor::polars::prelude::DataType;
use emptor::prelude::{Tables, TimeUnit};
use emptor::table::Input as File;
use emptor::types::Probability;

use crate::CliError;
use crate::args::Value;
use crate::config::Config;

/// Names that the column of profit may have.
const PROFIT: [&str; 4] = ["profit", "potential", "potential_profit", "amount"];

/// Potential profit as flags and configuration ask for it.
#[derive(Debug, Default)]
pub(crate) struct Potentials {
    supplied: Option<Potential>,
    capture: Option<Probability>,
    deals: Option<Weighted>,
}

impl Potentials {
    /// # Errors
    /// If the file of potential profit cannot be read.
    pub(crate) fn of(value: &Value, config: &Config, tables: &Tables) -> Result<Self, CliError> {
        let file = value.potential.as_ref().or(config.value.potential.as_ref());
        let capture = value.capture.or(config.value.capture);
        Ok(Self {
            supplied: file.map(|file| read(file, tables)).transpose()?,
            capture,
            deals: (value.deals || config.value.deals).then(Weighted::historical),
        })
    }

    /// The tables, and what is potential.
    pub(crate) fn input<'a>(&'a self, tables: &'a Tables) -> AnalysisInput<'a> {
        let mut input = AnalysisInput::new(tables);
        if let Some(supplied) = &self.supplied {
            input = input.with_potential(supplied);
        }
        if let Some(capture) = self.capture {
            input = input.with_wallets(capture);
        }
        if let Some(method) = &self.deals {
            input = input.with_pipeline(method);
        }
        input
    }
}

/// A table of customer and yearly profit: columns of these names, or the only two there are.
fn read(file: &Path, tables: &Tables) -> Result<Potential, CliError> {
    let mut frame = File::new(file).open()?.source.frame()?.collect()?;
    let names: Vec<String> = frame.get_column_names().into_iter().map(ToString::to_string).collect();
    let named = |meant: &dyn Fn(&str) -> bool| names.iter().find(|name| meant(&name.to_lowercase()));
    let customer = named(&|name| matches!(name, "customer" | "customer_id"));
    let profit = named(&|name| PROFIT.contains(&name));
    let (customer, profit) = match (customer, profit, names.as_slice()) {
        (Some(customer), Some(profit), _) | (_, _, [customer, profit]) => (customer, profit),
        _ => {
            let text = format!(
                "{}: potential profit needs the columns customer and profit; there are {}",
                file.display(),
                names.join(", ")
            );
            return Err(CliError::Data(text));
        }
    };
    // Ids of two tables must be of one type to be matched.
    let of_lines = tables.transactions().lines().collect_schema()?.get("customer_id").cloned();
    let ids = frame.column(customer)?.cast(&of_lines.unwrap_or(DataType::String))?;
    let profits = frame.column(profit)?.cast(&DataType::Float64)?;
    frame.with_column(ids)?.with_column(profits)?;
    Ok(Potential::new(&frame, customer, profit, TimeUnit::Year)?)
}
