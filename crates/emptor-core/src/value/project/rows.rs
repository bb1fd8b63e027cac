//! The rows of a project: what it costs and what it brings.

use std::fmt;

use emptor_types::{Checks, ExactSum};
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;

/// What a cost of a CRM project is spent on; the three together are its total cost of ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostKind {
    /// Licences, hardware, integration, hosting.
    Technology,
    /// Staff, training, consultants.
    People,
    /// Redesign of processes, data cleaning, running the change.
    Process,
}

impl CostKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Technology, Self::People, Self::Process];
}

impl fmt::Display for CostKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Technology => "technology",
            Self::People => "people",
            Self::Process => "process",
        })
    }
}

/// How a benefit is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// From a measurement: a controlled test, the books.
    Measured,
    /// From judgement or a benchmark elsewhere.
    Estimated,
}

/// A cost, at least 0; rows of the same kind and period add up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CostRow {
    /// What it is spent on.
    pub kind: CostKind,
    /// When; 0 is now.
    pub period: usize,
    /// How much.
    pub amount: f64,
}

impl CostRow {
    /// A cost.
    #[must_use]
    pub fn new(kind: CostKind, period: usize, amount: f64) -> Self {
        Self { kind, period, amount }
    }
}

/// The level that an area reaches in a period, planned or actual. The benefit is its distance from the baseline in the
/// area's direction; an area has one row per period, and none where it stays at its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenefitRow {
    /// The area, as the baseline names it.
    pub area: String,
    /// When; 0 is now.
    pub period: usize,
    /// The level in money, in the terms of the baseline.
    pub level: f64,
    /// How the level is known.
    pub evidence: Evidence,
}

impl BenefitRow {
    /// A level.
    #[must_use]
    pub fn new(area: impl Into<String>, period: usize, level: f64, evidence: Evidence) -> Self {
        Self { area: area.into(), period, level, evidence }
    }
}

/// Checks rows that must fall in the periods `0 ..= last` of a baseline's areas.
pub(super) fn check(checks: &mut Checks, baseline: &Baseline, last: usize, costs: &[CostRow], benefits: &[BenefitRow]) {
    let within = format!("must lie in periods 0 to {last}");
    let rows: Vec<_> = costs.iter().map(|row| (row.kind, row.period, row.amount)).collect();
    checks.require_each("cost", &within, &rows, |_, (_, period, _)| period <= last);
    let limit = ExactSum::LIMIT;
    checks.require_each("cost", "must be finite, at least 0 and at most 1e12", &rows, |_, (_, _, amount)| {
        (0.0..=limit).contains(&amount)
    });

    let rows: Vec<_> = benefits.iter().map(|row| (row.area.as_str(), row.period, row.level)).collect();
    checks.require_each("benefit", &within, &rows, |_, (_, period, _)| period <= last);
    checks.require_each("benefit level", "must be finite and at most 1e12 in absolute value", &rows, |_, row| {
        row.2.abs() <= limit
    });
    let known = format!("must be an area of the baseline: {}", baseline.names());
    checks.require_each("benefit area", &known, &rows, |_, (area, ..)| baseline.find(area).is_some());
    let mut seen = std::collections::HashSet::new();
    let first: Vec<bool> = rows.iter().map(|row| seen.insert((row.0, row.1))).collect();
    checks.require_each("benefit", "must have one level per area and period", &rows, |i, _| first[i]);
}
