//! All seven Ps at once.

use emptor_types::{Progress, ProgressFn, silent};
use polars::prelude::DataFrame;

use super::error::ProfileError;
use super::input::ProfileInput;
use super::life_cycle::{self, LifeCycleSettings};
use super::performance::{self, PerformanceSettings};
use super::persistency::{self, PersistencySettings};
use super::product::{self, ProductSettings, Unit};
use super::profiling::{self, ProfilingSettings};
use super::profitability::{self, ProfitabilitySettings};
use super::promotion::{self, PromotionSettings};
use super::prospecting::{self, ProspectingSettings};
use super::section::{Finding, Gap, P, ResultTable, Section};

/// What every P is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SevenPSettings {
    /// Profiling.
    pub profiling: ProfilingSettings,
    /// Persistency.
    pub persistency: PersistencySettings,
    /// Profitability.
    pub profitability: ProfitabilitySettings,
    /// Performance.
    pub performance: PerformanceSettings,
    /// Prospecting.
    pub prospecting: ProspectingSettings,
    /// Product.
    pub product: ProductSettings,
    /// Promotion.
    pub promotion: PromotionSettings,
    /// The life cycle.
    pub life_cycle: LifeCycleSettings,
}

impl SevenPSettings {
    /// Defaults for everything but the unit of association rules: products that go together in one order, or products of
    /// one customer, are different questions, and their answers differ.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        Self {
            profiling: ProfilingSettings::default(),
            persistency: PersistencySettings::default(),
            profitability: ProfitabilitySettings::default(),
            performance: PerformanceSettings::default(),
            prospecting: ProspectingSettings::default(),
            product: ProductSettings::new(unit),
            promotion: PromotionSettings::default(),
            life_cycle: LifeCycleSettings::default(),
        }
    }
}

/// The seven Ps of a customer base, and its life cycle: one [`Section`] each.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SevenP {
    /// Profiling, Persistency, Profitability, Performance, Prospecting, Product, Promotion, and last the life cycle.
    pub sections: Vec<Section>,
}

impl SevenP {
    /// Computes all Ps. What is missing becomes gaps of their sections.
    ///
    /// # Errors
    /// If settings break rules, if ids of two tables do not match, or if a query fails.
    pub fn compute(input: &ProfileInput<'_>, settings: &SevenPSettings) -> Result<Self, ProfileError> {
        Self::compute_with_progress(input, settings, &silent)
    }

    /// Computes all Ps and reports progress.
    ///
    /// # Errors
    /// As [`compute`](Self::compute).
    pub fn compute_with_progress(
        input: &ProfileInput<'_>,
        settings: &SevenPSettings,
        progress: &ProgressFn<'_>,
    ) -> Result<Self, ProfileError> {
        let mut sections = Vec::with_capacity(P::ALL.len());
        for (done, p) in P::ALL.into_iter().enumerate() {
            progress(Progress::new(p.name(), done, P::ALL.len()));
            sections.push(match p {
                P::Profiling => profiling::section(input, &settings.profiling)?,
                P::Persistency => persistency::section(input, &settings.persistency)?,
                P::Profitability => profitability::section(input, &settings.profitability)?,
                P::Performance => performance::section(input, &settings.performance)?,
                P::Prospecting => prospecting::section(input, &settings.prospecting)?,
                P::Product => product::section(input, &settings.product)?,
                P::Promotion => promotion::section(input, &settings.promotion)?,
                P::LifeCycle => life_cycle::section(input, &settings.life_cycle)?,
            });
        }
        Ok(Self { sections })
    }

    /// One P.
    #[must_use]
    pub fn section(&self, p: P) -> Option<&Section> {
        self.sections.iter().find(|section| section.p == p)
    }

    /// A table by its name, whichever P it belongs to.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&ResultTable> {
        self.sections.iter().find_map(|section| section.table(name))
    }

    /// The rows of a table by its name.
    #[must_use]
    pub fn frame(&self, name: &str) -> Option<&DataFrame> {
        self.table(name).map(|table| &table.frame)
    }

    /// All findings, the weightiest first, each with its P.
    #[must_use]
    pub fn findings(&self) -> Vec<(P, &Finding)> {
        let mut findings: Vec<(P, &Finding)> = self
            .sections
            .iter()
            .flat_map(|section| section.findings.iter().map(|finding| (section.p, finding)))
            .collect();
        findings.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight));
        findings
    }

    /// All gaps, each with its P.
    #[must_use]
    pub fn gaps(&self) -> Vec<(P, &Gap)> {
        self.sections.iter().flat_map(|section| section.gaps.iter().map(|gap| (section.p, gap))).collect()
    }
}
