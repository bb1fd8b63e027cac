//! What if costs run over, benefits fall short, or come late.

use std::collections::{BTreeMap, HashSet};

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::plan::ProjectPlan;
use super::result::{Flows, ProjectReturn};
use super::rows::CostKind;

/// A named change of a plan: a factor for each kind of cost and each area of benefit, 1 where none is given, and a delay
/// of all benefits. Costs are paid when planned: people and licences do not wait for a late project.
///
/// ```
/// use emptor_core::value::project::{CostKind, Scenario};
///
/// let late = Scenario::new("late and dear").cost(CostKind::People, 1.3).benefit("retention", 0.8).delay(1);
/// assert_eq!(late.name(), "late and dear");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    name: String,
    costs: BTreeMap<CostKind, f64>,
    benefits: BTreeMap<String, f64>,
    delay: usize,
}

impl Scenario {
    /// The plan as it is, under a name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), costs: BTreeMap::new(), benefits: BTreeMap::new(), delay: 0 }
    }

    /// Multiplies a kind of cost.
    #[must_use]
    pub fn cost(mut self, kind: CostKind, factor: f64) -> Self {
        self.costs.insert(kind, factor);
        self
    }

    /// Multiplies the benefit of an area, which is its distance from the baseline.
    #[must_use]
    pub fn benefit(mut self, area: impl Into<String>, factor: f64) -> Self {
        self.benefits.insert(area.into(), factor);
        self
    }

    /// Moves all benefits by so many periods. What moves beyond the plan's last period is lost to the plan and reported
    /// as [`ScenarioReturn::beyond`].
    #[must_use]
    pub fn delay(mut self, periods: usize) -> Self {
        self.delay = periods;
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A row of the table of scenarios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScenarioReturn {
    /// The scenario.
    pub name: String,
    /// What the project returns in it.
    pub result: ProjectReturn,
    /// Net present value less that of the plan.
    pub npv_change: f64,
    /// Benefit that the delay moves beyond the last period, not discounted and not part of the result.
    pub beyond: f64,
}

impl ProjectPlan {
    /// The table of scenarios, one row each in the order given.
    ///
    /// ```
    /// # use emptor_core::value::project::*;
    /// # use emptor_types::{DiscountRate, TimeUnit};
    /// # let baseline = Baseline::new(0, vec![BaselineArea::level("retention", Direction::HigherIsBetter, 0.0)])?;
    /// # let plan = ProjectPlan::builder(baseline)
    /// #     .rate(DiscountRate::annual_effective(0.0)?)
    /// #     .period(TimeUnit::Year)
    /// #     .last_period(2)
    /// #     .costs([CostRow::new(CostKind::People, 0, 100.0)])
    /// #     .benefits((1..=2).map(|t| BenefitRow::new("retention", t, 80.0, Evidence::Estimated)))
    /// #     .build()?;
    /// // People 100 now, retention 80 in periods 1 and 2, rate 0.
    /// let table = plan.scenarios(&[
    ///     Scenario::new("plan"),
    ///     Scenario::new("dear").cost(CostKind::People, 1.5),
    ///     Scenario::new("late").delay(1),
    /// ])?;
    /// let npv: Vec<f64> = table.iter().map(|row| row.result.npv).collect();
    /// assert_eq!(npv, [60.0, 10.0, -20.0]);
    /// assert_eq!(table[2].beyond, 80.0);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless the names differ, every factor is finite and at least 0 (at most 10³), and every area is one of the
    /// baseline's.
    pub fn scenarios(&self, scenarios: &[Scenario]) -> Result<Vec<ScenarioReturn>, Invalid> {
        let mut checks = Invalid::checks();
        let known = format!("must be an area of the baseline: {}", self.baseline().names());
        let mut names = HashSet::new();
        for scenario in scenarios {
            let field = format!("scenario `{}`", scenario.name);
            checks.require(names.insert(&scenario.name), &field, "must have a name of its own", &scenario.name);
            let rule = "must multiply by 0 to 1000";
            let costs: Vec<_> = scenario.costs.iter().map(|(kind, factor)| (*kind, *factor)).collect();
            checks.require_each(&field, rule, &costs, |_, (_, factor)| (0.0..=1e3).contains(&factor));
            let benefits: Vec<_> = scenario.benefits.iter().map(|(area, factor)| (area.as_str(), *factor)).collect();
            checks.require_each(&field, rule, &benefits, |_, (_, factor)| (0.0..=1e3).contains(&factor));
            checks.require_each(&field, &known, &benefits, |_, (area, _)| self.baseline().find(area).is_some());
        }
        checks.finish()?;

        let planned = self.flows();
        let npv = self.value(&planned).npv;
        Ok(scenarios
            .iter()
            .map(|scenario| {
                let mut flows = planned.clone();
                let beyond = apply(&mut flows, scenario);
                let result = self.value(&flows);
                ScenarioReturn { name: scenario.name.clone(), npv_change: result.npv - npv, result, beyond }
            })
            .collect())
    }
}

/// Changes the flows and returns the benefit that moves beyond them.
fn apply(flows: &mut Flows, scenario: &Scenario) -> f64 {
    for (kind, factor) in &scenario.costs {
        for cost in &mut flows.costs[*kind as usize] {
            *cost *= factor;
        }
    }
    let mut beyond = 0.0;
    for area in &mut flows.areas {
        let factor = scenario.benefits.get(&area.area).copied().unwrap_or(1.0);
        for column in [&mut area.measured, &mut area.estimated] {
            for benefit in column.iter_mut() {
                *benefit *= factor;
            }
            let delay = scenario.delay.min(column.len());
            column.rotate_right(delay);
            for lost in &mut column[..delay] {
                beyond += std::mem::take(lost);
            }
        }
    }
    beyond
}
