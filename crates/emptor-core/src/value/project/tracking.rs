//! The project as it goes, beside the plan.

use std::collections::BTreeMap;

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::plan::ProjectPlan;
use super::result::{Flows, ProjectReturn};
use super::rows::{BenefitRow, CostKind, CostRow, check};

/// What a project has cost and brought up to a period, against its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Actuals {
    baseline: Baseline,
    through: usize,
    costs: Vec<CostRow>,
    benefits: Vec<BenefitRow>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    baseline: Baseline,
    through: usize,
    costs: Vec<CostRow>,
    benefits: Vec<BenefitRow>,
}

impl TryFrom<Stored> for Actuals {
    type Error = Invalid;

    fn try_from(stored: Stored) -> Result<Self, Invalid> {
        Self::new(stored.baseline, stored.through, stored.costs, stored.benefits)
    }
}

impl From<Actuals> for Stored {
    fn from(actuals: Actuals) -> Self {
        Self { baseline: actuals.baseline, through: actuals.through, costs: actuals.costs, benefits: actuals.benefits }
    }
}

impl Actuals {
    /// All rows of the periods `0 ..= through`. Costs are a ledger: a kind without a row has cost nothing. Benefits are
    /// levels: [`ProjectPlan::track`] asks for one wherever the plan has one, because a level not known is not zero.
    ///
    /// # Errors
    /// Everything that is wrong, at once, by the rules of a plan's rows, with `through` as the last period.
    pub fn new(
        baseline: Baseline,
        through: usize,
        costs: Vec<CostRow>,
        benefits: Vec<BenefitRow>,
    ) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        baseline.check_reaches(&mut checks, through);
        check(&mut checks, &baseline, through, &costs, &benefits);
        checks.finish()?;
        Ok(Self { baseline, through, costs, benefits })
    }

    /// The last period with actual figures.
    #[must_use]
    pub fn through(&self) -> usize {
        self.through
    }
}

/// Plan and actual, side by side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Variance {
    /// As planned.
    pub planned: f64,
    /// As it came.
    pub actual: f64,
    /// Actual less planned.
    pub variance: f64,
    /// Actual over planned; `None` where the plan is not above zero.
    pub realised: Option<f64>,
}

impl Variance {
    fn new(planned: f64, actual: f64) -> Self {
        let realised = (planned > 0.0).then(|| actual / planned);
        Self { planned, actual, variance: actual - planned, realised }
    }

    fn total<'a>(rows: impl Iterator<Item = &'a Self>) -> Self {
        let (planned, actual) = rows.fold((0.0, 0.0), |sum, row| (sum.0 + row.planned, sum.1 + row.actual));
        Self::new(planned, actual)
    }
}

/// The benefit of an area in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BenefitVariance {
    /// The area.
    pub area: String,
    /// The period.
    pub period: usize,
    /// The benefit.
    pub benefit: Variance,
}

/// The cost of a kind in a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CostVariance {
    /// The kind.
    pub kind: CostKind,
    /// The period.
    pub period: usize,
    /// The cost.
    pub cost: Variance,
}

/// What has been realised of a plan.
///
/// ```text
/// forecast NPV = Σ_{t ≤ through} PV(actual) + Σ_{t > through} PV(plan)
///              = plan NPV + Σ_{t ≤ through} (benefit variance − cost variance) / (1+r)^t
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tracking {
    /// The last period with actual figures.
    pub through: usize,
    /// By area and period to date, every area of the baseline.
    pub benefits: Vec<BenefitVariance>,
    /// By kind of cost and period to date, every kind.
    pub costs: Vec<CostVariance>,
    /// By area, all periods to date.
    pub areas: BTreeMap<String, Variance>,
    /// By kind of cost, all periods to date.
    pub kinds: BTreeMap<CostKind, Variance>,
    /// All benefits to date.
    pub benefit: Variance,
    /// All costs to date.
    pub cost: Variance,
    /// Present value to date.
    pub pv_to_date: Variance,
    /// What the plan returns.
    pub plan: ProjectReturn,
    /// What the project returns if from here on it goes as planned: actual to date, plan after it.
    pub forecast: ProjectReturn,
}

impl ProjectPlan {
    /// Sets actual figures beside the plan.
    ///
    /// ```
    /// # use emptor_core::value::project::*;
    /// # use emptor_types::{DiscountRate, TimeUnit};
    /// # let baseline = Baseline::new(0, vec![BaselineArea::level("retention", Direction::HigherIsBetter, 500.0)])?;
    /// # let plan = ProjectPlan::builder(baseline.clone())
    /// #     .rate(DiscountRate::annual_effective(0.0)?)
    /// #     .period(TimeUnit::Year)
    /// #     .last_period(2)
    /// #     .costs([CostRow::new(CostKind::People, 0, 100.0)])
    /// #     .benefits((1..=2).map(|t| BenefitRow::new("retention", t, 580.0, Evidence::Estimated)))
    /// #     .build()?;
    /// // Planned: people 100 now, retention at 580 instead of 500 in periods 1 and 2, rate 0.
    /// let actuals = Actuals::new(
    ///     baseline,
    ///     1,
    ///     vec![CostRow::new(CostKind::People, 0, 110.0)],
    ///     vec![BenefitRow::new("retention", 1, 560.0, Evidence::Measured)],
    /// )?;
    /// let tracking = plan.track(&actuals)?;
    /// assert_eq!(tracking.benefit.realised, Some(0.75));
    /// assert_eq!(tracking.cost.variance, 10.0);
    /// assert_eq!((tracking.plan.npv, tracking.forecast.npv), (60.0, 30.0));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// If the actual figures are against another baseline than the plan's, go beyond the plan, or lack a level that the
    /// plan has in a period to date.
    pub fn track(&self, actuals: &Actuals) -> Result<Tracking, Invalid> {
        self.check_comparable(actuals)?;
        let through = actuals.through;
        let planned = self.flows();
        let actual = Flows::of(self.baseline(), self.last_period(), &actuals.costs, &actuals.benefits);

        let mut forecast = planned.clone();
        for (column, actual) in forecast.costs.iter_mut().zip(&actual.costs) {
            column[..=through].copy_from_slice(&actual[..=through]);
        }
        for (area, actual) in forecast.areas.iter_mut().zip(&actual.areas) {
            area.measured[..=through].copy_from_slice(&actual.measured[..=through]);
            area.estimated[..=through].copy_from_slice(&actual.estimated[..=through]);
        }

        let benefits: Vec<BenefitVariance> = planned
            .areas
            .iter()
            .zip(&actual.areas)
            .flat_map(|(planned, actual)| {
                (0..=through).map(|t| BenefitVariance {
                    area: planned.area.clone(),
                    period: t,
                    benefit: Variance::new(
                        planned.measured[t] + planned.estimated[t],
                        actual.measured[t] + actual.estimated[t],
                    ),
                })
            })
            .collect();
        let costs: Vec<CostVariance> = CostKind::ALL
            .into_iter()
            .flat_map(|kind| {
                let (planned, actual) = (&planned.costs[kind as usize], &actual.costs[kind as usize]);
                (0..=through).map(move |t| CostVariance { kind, period: t, cost: Variance::new(planned[t], actual[t]) })
            })
            .collect();

        let (plan, forecast) = (self.value(&planned), self.value(&forecast));
        Ok(Tracking {
            through,
            areas: benefits
                .chunks(through + 1)
                .map(|rows| (rows[0].area.clone(), Variance::total(rows.iter().map(|row| &row.benefit))))
                .collect(),
            kinds: costs
                .chunks(through + 1)
                .map(|rows| (rows[0].kind, Variance::total(rows.iter().map(|row| &row.cost))))
                .collect(),
            benefit: Variance::total(benefits.iter().map(|row| &row.benefit)),
            cost: Variance::total(costs.iter().map(|row| &row.cost)),
            pv_to_date: Variance::new(plan.periods[through].cumulative_pv, forecast.periods[through].cumulative_pv),
            benefits,
            costs,
            plan,
            forecast,
        })
    }

    fn check_comparable(&self, actuals: &Actuals) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let (ours, theirs) = (self.baseline(), &actuals.baseline);
        checks.require(
            ours == theirs,
            "baseline",
            &format!("must be the plan's, taken in period {} with the areas {}", ours.taken_in(), ours.names()),
            if ours.taken_in() == theirs.taken_in() && ours.names() == theirs.names() {
                "one with other levels or directions".to_owned()
            } else {
                format!("one taken in period {} with the areas {}", theirs.taken_in(), theirs.names())
            },
        );
        let last = self.last_period();
        checks.require(
            actuals.through <= last,
            "actual figures",
            &format!("must end by the plan's last period, {last}"),
            actuals.through,
        );
        let due: Vec<(&str, usize)> = self
            .benefits()
            .iter()
            .filter(|row| row.period <= actuals.through)
            .map(|row| (row.area.as_str(), row.period))
            .collect();
        checks.require_each("actual level", "must be given wherever the plan to date has one", &due, |_, due| {
            actuals.benefits.iter().any(|row| (row.area.as_str(), row.period) == due)
        });
        checks.finish()
    }
}
