//! The plan of a project.

use emptor_types::{Checks, DiscountRate, Invalid, TimeUnit};
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::cash::CashFlows;
use super::result::{Flows, ProjectReturn};
use super::rows::{BenefitRow, CostRow, check};

/// The greatest discount factor a plan may have: beyond it, money would leave the range of doubles.
const LARGEST_FACTOR: f64 = 1e100;

/// What a CRM project is planned to cost and to bring, by period, against a frozen baseline.
///
/// ```text
/// NPV = Σ_t ( Σ_areas benefit_at − Σ_kinds cost_kt ) / (1+r)^t                  t = 0 … last
/// benefit_at = level_at − baseline_at, or baseline_at − level_at where lower is better
/// ```
///
/// An area without a row in a period stays at its baseline. See [`CashFlows`] for the convention of time.
///
/// ```
/// use emptor_core::value::project::{
///     Baseline, BaselineArea, BenefitRow, CostKind, CostRow, Direction, Evidence, ProjectPlan,
/// };
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let baseline = Baseline::new(0, vec![
///     BaselineArea::level("retention", Direction::HigherIsBetter, 1_000.0),
///     BaselineArea::level("cost to serve", Direction::LowerIsBetter, 400.0),
/// ])?;
/// let plan = ProjectPlan::builder(baseline)
///     .rate(DiscountRate::annual_effective(0.10)?)
///     .period(TimeUnit::Year)
///     .last_period(2)
///     .costs([CostRow::new(CostKind::Technology, 0, 150.0), CostRow::new(CostKind::People, 0, 50.0)])
///     .benefits([
///         BenefitRow::new("retention", 1, 1_110.0, Evidence::Measured),
///         BenefitRow::new("cost to serve", 2, 279.0, Evidence::Estimated),
///     ])
///     .build()?;
/// // −200 + 110/1.1 + 121/1.21
/// let result = plan.evaluate();
/// assert!(result.npv.abs() < 1e-9);
/// assert!((result.payback.unwrap_or(f64::NAN) - (1.0 + 90.0 / 121.0)).abs() < 1e-12);
/// assert!(result.irr.rate().is_some_and(|rate| (rate.annual() - 0.10).abs() < 1e-12));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ProjectPlanBuilder", into = "ProjectPlanBuilder")]
pub struct ProjectPlan {
    baseline: Baseline,
    rate: DiscountRate,
    period: TimeUnit,
    last_period: usize,
    costs: Vec<CostRow>,
    benefits: Vec<BenefitRow>,
}

/// Collects a plan; nothing about time has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectPlanBuilder {
    baseline: Baseline,
    rate: Option<DiscountRate>,
    period: Option<TimeUnit>,
    last_period: Option<usize>,
    costs: Vec<CostRow>,
    benefits: Vec<BenefitRow>,
}

impl TryFrom<ProjectPlanBuilder> for ProjectPlan {
    type Error = Invalid;

    fn try_from(stored: ProjectPlanBuilder) -> Result<Self, Invalid> {
        stored.build()
    }
}

impl From<ProjectPlan> for ProjectPlanBuilder {
    fn from(plan: ProjectPlan) -> Self {
        Self {
            baseline: plan.baseline,
            rate: Some(plan.rate),
            period: Some(plan.period),
            last_period: Some(plan.last_period),
            costs: plan.costs,
            benefits: plan.benefits,
        }
    }
}

impl ProjectPlanBuilder {
    /// The discount rate.
    #[must_use]
    pub fn rate(mut self, rate: DiscountRate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// The length of a period.
    #[must_use]
    pub fn period(mut self, period: TimeUnit) -> Self {
        self.period = Some(period);
        self
    }

    /// The last period that counts; the first is 0, now.
    #[must_use]
    pub fn last_period(mut self, last: usize) -> Self {
        self.last_period = Some(last);
        self
    }

    /// Adds costs.
    #[must_use]
    pub fn costs(mut self, rows: impl IntoIterator<Item = CostRow>) -> Self {
        self.costs.extend(rows);
        self
    }

    /// Adds benefits.
    #[must_use]
    pub fn benefits(mut self, rows: impl IntoIterator<Item = BenefitRow>) -> Self {
        self.benefits.extend(rows);
        self
    }

    /// Checks the plan.
    ///
    /// # Errors
    /// Everything that is wrong, at once: rate, period or last period missing; a negative cost; a number that is not
    /// finite; a row beyond the last period, of an area that the baseline does not have, or a second one of an area and
    /// period; a baseline that does not reach the last period; a discount rate so far below zero that money explodes.
    pub fn build(self) -> Result<ProjectPlan, Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be given: it has no default";
        checks.require(self.rate.is_some(), "rate", rule, "nothing");
        checks.require(self.period.is_some(), "period", rule, "nothing");
        checks.require(self.last_period.is_some(), "last period", rule, "nothing");
        if let Some(last) = self.last_period {
            self.baseline.check_reaches(&mut checks, last);
            check(&mut checks, &self.baseline, last, &self.costs, &self.benefits);
            if let (Some(rate), Some(period)) = (self.rate, self.period) {
                check_factor(&mut checks, rate, period, last);
            }
        }
        checks.finish()?;
        let (Some(rate), Some(period), Some(last_period)) = (self.rate, self.period, self.last_period) else {
            return Err(Invalid::value("plan", "must be complete", "nothing"));
        };
        Ok(ProjectPlan {
            baseline: self.baseline,
            rate,
            period,
            last_period,
            costs: self.costs,
            benefits: self.benefits,
        })
    }
}

fn check_factor(checks: &mut Checks, rate: DiscountRate, period: TimeUnit, last: usize) {
    let holds = rate.factor(last as f64, period) <= LARGEST_FACTOR;
    checks.require(holds, "rate", "must keep the last period's discount factor at most 1e100", rate);
}

impl ProjectPlan {
    /// Starts a plan against a baseline.
    #[must_use]
    pub fn builder(baseline: Baseline) -> ProjectPlanBuilder {
        ProjectPlanBuilder {
            baseline,
            rate: None,
            period: None,
            last_period: None,
            costs: Vec::new(),
            benefits: Vec::new(),
        }
    }

    /// The baseline.
    #[must_use]
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// The discount rate.
    #[must_use]
    pub fn rate(&self) -> DiscountRate {
        self.rate
    }

    /// The length of a period.
    #[must_use]
    pub fn period(&self) -> TimeUnit {
        self.period
    }

    /// The last period that counts.
    #[must_use]
    pub fn last_period(&self) -> usize {
        self.last_period
    }

    /// The cost rows.
    #[must_use]
    pub fn costs(&self) -> &[CostRow] {
        &self.costs
    }

    /// The benefit rows.
    #[must_use]
    pub fn benefits(&self) -> &[BenefitRow] {
        &self.benefits
    }

    /// What the plan returns.
    #[must_use]
    pub fn evaluate(&self) -> ProjectReturn {
        self.value(&self.flows())
    }

    /// The net cash flows of the plan.
    ///
    /// # Errors
    /// If a net flow exceeds 10¹⁵ in absolute value.
    pub fn cash_flows(&self) -> Result<CashFlows, Invalid> {
        CashFlows::new(self.evaluate().periods.iter().map(|row| row.net).collect(), self.period)
    }

    pub(super) fn flows(&self) -> Flows {
        Flows::of(&self.baseline, self.last_period, &self.costs, &self.benefits)
    }

    pub(super) fn value(&self, flows: &Flows) -> ProjectReturn {
        ProjectReturn::of(flows, self.rate, self.period)
    }
}
