//! How sure a sum over customers is.

use emptor::prelude::*;
use emptor::value::ValueError;
use emptor::value::uncertainty::{CustomerBootstrap, ParameterUncertainty, ValueRange};

use super::EquityArgs;
use crate::ExampleError;

const LEAST_REPLICATIONS: usize = 500;

/// Ranges of one level and seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranges {
    pub(super) level: Level,
    customers: CustomerBootstrap,
}

impl Ranges {
    pub(super) fn new(assumed: &EquityArgs) -> Result<Self, ExampleError> {
        let level = Level::new(assumed.level)?;
        // So many that five fall beyond each end.
        let replications = LEAST_REPLICATIONS.max((10.0 / (1.0 - level.get())).ceil() as usize);
        Ok(Self { level, customers: CustomerBootstrap::new(assumed.seed).replications(replications) })
    }

    /// Another draw of customers alone.
    pub(super) fn drawn(&self, values: &[f64]) -> Result<ValueRange, ExampleError> {
        Ok(self.customers.total(values, self.level)?)
    }

    /// The same for every part.
    pub(super) fn drawn_parts(
        &self,
        values: &[f64],
        labels: &[String],
    ) -> Result<Vec<(String, ValueRange)>, ExampleError> {
        Ok(self.customers.parts(values, labels, self.level)?)
    }

    /// Another draw of customers, and parameters if the models know how certain they are.
    pub(super) fn total(
        &self,
        values: &[f64],
        parameters: &Result<ParameterUncertainty, ValueError>,
    ) -> Result<ValueRange, ExampleError> {
        let parameters = parameters.as_ref().map_err(Clone::clone).and_then(|known| known.total(self.level));
        Ok(self.drawn(values)?.with_parameters(parameters)?)
    }

    /// The same for every part.
    pub(super) fn parts(
        &self,
        values: &[f64],
        labels: &[String],
        parameters: &Result<ParameterUncertainty, ValueError>,
    ) -> Result<Vec<(String, ValueRange)>, ExampleError> {
        let drawn = self.drawn_parts(values, labels)?;
        let known = match parameters {
            Ok(known) => known.parts(self.level)?.into_iter().map(|(_, range)| Ok(range)).collect(),
            Err(error) => vec![Err(error.clone()); drawn.len()],
        };
        let both = |((name, drawn), known): ((String, ValueRange), _)| Ok((name, drawn.with_parameters(known)?));
        drawn.into_iter().zip(known).map(both).collect()
    }
}
