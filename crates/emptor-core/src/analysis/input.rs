//! What an analysis reads.

use emptor_table::Tables;

use super::potential::Potential;
use crate::value::profitability::RelationshipProfits;

/// The tables of an analysis, and what was computed of them before.
///
/// Tables alone are an input: `analysis.run(&tables)`.
#[derive(Debug, Clone, Copy)]
pub struct AnalysisInput<'a> {
    pub(super) tables: &'a Tables,
    pub(super) potential: Option<&'a Potential>,
    pub(super) profits: Option<&'a RelationshipProfits>,
}

impl<'a> AnalysisInput<'a> {
    /// Tables alone.
    #[must_use]
    pub fn new(tables: &'a Tables) -> Self {
        Self { tables, potential: None, profits: None }
    }

    /// Adds relationship profits: contribution margins after cost to serve value customers then, not gross margins. Their
    /// window must not reach beyond the day of observation.
    #[must_use]
    pub fn with_profits(mut self, profits: &'a RelationshipProfits) -> Self {
        self.profits = Some(profits);
        self
    }

    /// Adds potential profit.
    #[must_use]
    pub fn with_potential(mut self, potential: &'a Potential) -> Self {
        self.potential = Some(potential);
        self
    }
}

impl<'a> From<&'a Tables> for AnalysisInput<'a> {
    fn from(tables: &'a Tables) -> Self {
        Self::new(tables)
    }
}
