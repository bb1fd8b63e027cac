//! What an analysis reads.

use emptor_forecast::pipeline::PipelineMethod;
use emptor_table::Tables;
use emptor_types::Probability;

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
    pub(super) pipeline: Option<&'a dyn PipelineMethod>,
    pub(super) capture: Option<Probability>,
}

impl<'a> AnalysisInput<'a> {
    /// Tables alone.
    #[must_use]
    pub fn new(tables: &'a Tables) -> Self {
        Self { tables, potential: None, profits: None, pipeline: None, capture: None }
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> &'a Tables {
        self.tables
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

    /// Counts what open opportunities are expected to earn as potential profit, by a method of forecasting them. Only deals
    /// that customers would not make anyway belong into the table then: what a purchase model expects of a customer's usual
    /// purchases is in the current profit already.
    #[must_use]
    pub fn with_pipeline(mut self, method: &'a dyn PipelineMethod) -> Self {
        self.pipeline = Some(method);
        self
    }

    /// Counts a part of what customers spend elsewhere as potential profit: `capture` of the gap between the share of wallet
    /// that the best quarter of the customer's segment reaches and the customer's own, at the customer's margin, from today on
    /// (see [`PotentialComponent::share_of_wallet`](crate::value::potential::PotentialComponent::share_of_wallet)). How much
    /// can be won is an assumption; nothing in the tables says it. It needs the table of wallets.
    #[must_use]
    pub fn with_wallets(mut self, capture: Probability) -> Self {
        self.capture = Some(capture);
        self
    }
}

impl<'a> From<&'a Tables> for AnalysisInput<'a> {
    fn from(tables: &'a Tables) -> Self {
        Self::new(tables)
    }
}
