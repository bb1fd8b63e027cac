//! What a CRM project returns.

use polars::prelude::{DataFrame, PolarsResult};

use crate::columns::ColumnSpec;
use crate::table::{Of, count, frame, known, number, specs, text};
use crate::value::project::{ProjectReturn, ScenarioReturn, Tracking, Variance};

const RETURN: &[Of<ProjectReturn>] = &[
    number("npv", "currency", "net present value", |of, _| of.npv),
    number("npv_measured", "currency", "net present value if only measured benefits count", |of, _| of.npv_measured),
    known("irr", "per year, effective", "internal rate of return; null unless there is exactly one", |of, _| {
        of.irr.rate().map(|rate| rate.annual())
    }),
    known("payback", "periods", "until the cumulative net flow is back at zero for good; null if never", |of, _| {
        of.payback
    }),
    known("discounted_payback", "periods", "the same of present values", |of, _| of.discounted_payback),
    known("profitability_index", "×", "present value of benefits by that of costs; null without costs", |of, _| {
        of.profitability_index
    }),
    known("roi", "share of cost", "benefits less costs by costs, not discounted; null without costs", |of, _| of.roi),
    number("cost", "currency", "all costs", |of, _| of.cost),
    number("benefit", "currency", "all benefits", |of, _| of.benefit),
    number("pv_cost", "currency", "present value of all costs", |of, _| of.pv_cost),
    number("pv_benefit", "currency", "present value of all benefits", |of, _| of.pv_benefit),
];

const PERIODS: &[Of<ProjectReturn>] = &[
    count("period", "", "the period; 0 is now", |of, row| Some(of.periods[row].period)),
    number("cost_tech", "currency", "cost of technology", |of, row| of.periods[row].technology),
    number("cost_people", "currency", "cost of people", |of, row| of.periods[row].people),
    number("cost_process", "currency", "cost of process", |of, row| of.periods[row].process),
    number("benefit_measured", "currency", "benefit that is measured", |of, row| of.periods[row].measured),
    number("benefit_estimated", "currency", "benefit that is estimated", |of, row| of.periods[row].estimated),
    number("net", "currency", "benefits less costs", |of, row| of.periods[row].net),
    number("df", "", "discount factor", |of, row| of.periods[row].factor),
    number("pv", "currency", "present value of the net flow", |of, row| of.periods[row].pv),
    number("cum_net", "currency", "net flow up to here", |of, row| of.periods[row].cumulative),
    number("cum_pv", "currency", "present value up to here", |of, row| of.periods[row].cumulative_pv),
];

const COSTS: &[Of<ProjectReturn>] = &[
    text("kind", "", "technology, people or process", |of, row| Some(of.costs[row].kind.to_string())),
    number("cost", "currency", "the cost over all periods", |of, row| of.costs[row].cost),
    number("pv", "currency", "its present value", |of, row| of.costs[row].pv),
];

const AREAS: &[Of<ProjectReturn>] = &[
    text("area", "", "the area of benefit", |of, row| Some(of.areas[row].area.clone())),
    number("benefit", "currency", "the benefit over all periods", |of, row| of.areas[row].benefit),
    number("pv", "currency", "its present value", |of, row| of.areas[row].pv),
    number("pv_measured", "currency", "the measured part of it", |of, row| of.areas[row].pv_measured),
    number("pv_estimated", "currency", "the estimated part of it", |of, row| {
        of.areas[row].pv - of.areas[row].pv_measured
    }),
];

impl ProjectReturn {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { RETURN.len() }>(RETURN);

    /// The columns of [`periods_to_frame`](Self::periods_to_frame).
    pub const PERIOD_COLUMNS: &'static [ColumnSpec] = &specs::<_, { PERIODS.len() }>(PERIODS);

    /// The columns of [`costs_to_frame`](Self::costs_to_frame).
    pub const COST_COLUMNS: &'static [ColumnSpec] = &specs::<_, { COSTS.len() }>(COSTS);

    /// The columns of [`areas_to_frame`](Self::areas_to_frame).
    pub const AREA_COLUMNS: &'static [ColumnSpec] = &specs::<_, { AREAS.len() }>(AREAS);

    /// One row: what the project returns in all.
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
    /// let result = plan.evaluate();
    /// assert_eq!(result.to_frame()?.column("npv")?.f64()?.get(0), Some(60.0));
    /// assert_eq!(result.periods_to_frame()?.column("cum_net")?.f64()?.get(1), Some(-20.0));
    /// assert_eq!(result.costs_to_frame()?.column("cost")?.f64()?.get(1), Some(100.0));
    /// assert_eq!(result.areas_to_frame()?.column("pv_estimated")?.f64()?.get(0), Some(160.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(RETURN, self, 1)
    }

    /// One row per period; see the example of [`to_frame`](Self::to_frame).
    ///
    /// # Errors
    /// As [`to_frame`](Self::to_frame).
    pub fn periods_to_frame(&self) -> PolarsResult<DataFrame> {
        frame(PERIODS, self, self.periods.len())
    }

    /// One row per kind of cost; see the example of [`to_frame`](Self::to_frame).
    ///
    /// # Errors
    /// As [`to_frame`](Self::to_frame).
    pub fn costs_to_frame(&self) -> PolarsResult<DataFrame> {
        frame(COSTS, self, self.costs.len())
    }

    /// One row per area of benefit; see the example of [`to_frame`](Self::to_frame).
    ///
    /// # Errors
    /// As [`to_frame`](Self::to_frame).
    pub fn areas_to_frame(&self) -> PolarsResult<DataFrame> {
        frame(AREAS, self, self.areas.len())
    }
}

const SCENARIOS: &[Of<[ScenarioReturn]>] = &[
    text("scenario", "", "the scenario", |of, row| Some(of[row].name.clone())),
    number("npv", "currency", "net present value", |of, row| of[row].result.npv),
    number("npv_change", "currency", "the same less that of the plan", |of, row| of[row].npv_change),
    known("irr", "per year, effective", "internal rate of return; null unless there is exactly one", |of, row| {
        of[row].result.irr.rate().map(|rate| rate.annual())
    }),
    known("payback", "periods", "until the cumulative net flow is back at zero for good; null if never", |of, row| {
        of[row].result.payback
    }),
    known("discounted_payback", "periods", "the same of present values", |of, row| of[row].result.discounted_payback),
    known("profitability_index", "×", "present value of benefits by that of costs; null without costs", |of, row| {
        of[row].result.profitability_index
    }),
    known("roi", "share of cost", "benefits less costs by costs; null without costs", |of, row| of[row].result.roi),
    number("beyond", "currency", "benefit that a delay moves beyond the last period, undiscounted", |of, row| {
        of[row].beyond
    }),
];

impl ScenarioReturn {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { SCENARIOS.len() }>(SCENARIOS);

    /// One row per scenario, in the order given.
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
    /// let scenarios = plan.scenarios(&[Scenario::new("plan"), Scenario::new("late").delay(1)])?;
    /// let table = ScenarioReturn::frame(&scenarios)?;
    /// assert_eq!(table.column("npv_change")?.f64()?.get(1), Some(-80.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn frame(scenarios: &[Self]) -> PolarsResult<DataFrame> {
        frame(SCENARIOS, scenarios, scenarios.len())
    }
}

/// One line of plan and actual.
struct Line {
    side: &'static str,
    item: Option<String>,
    period: Option<usize>,
    of: Variance,
}

const SIDE: Of<[Line]> = text("side", "", "benefit or cost", |of, row| Some(of[row].side.to_owned()));
const PLANNED: Of<[Line]> = number("planned", "currency", "as planned", |of, row| of[row].of.planned);
const ACTUAL: Of<[Line]> = number("actual", "currency", "as it came", |of, row| of[row].of.actual);
const VARIANCE: Of<[Line]> = number("variance", "currency", "actual − planned", |of, row| of[row].of.variance);
const REALISED: Of<[Line]> =
    known("realised", "share of planned", "actual by planned; null unless planned is positive", |of, row| {
        of[row].of.realised
    });

const TRACKING: &[Of<[Line]>] = &[
    SIDE,
    text("item", "", "the area of benefit, or the kind of cost", |of, row| of[row].item.clone()),
    count("period", "", "the period; 0 is now", |of, row| of[row].period),
    PLANNED,
    ACTUAL,
    VARIANCE,
    REALISED,
];

const TO_DATE: &[Of<[Line]>] = &[
    SIDE,
    text("item", "", "the area of benefit, or the kind of cost; null for all of them", |of, row| of[row].item.clone()),
    PLANNED,
    ACTUAL,
    VARIANCE,
    REALISED,
];

impl Tracking {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { TRACKING.len() }>(TRACKING);

    /// The columns of [`to_date_frame`](Self::to_date_frame).
    pub const TO_DATE_COLUMNS: &'static [ColumnSpec] = &specs::<_, { TO_DATE.len() }>(TO_DATE);

    /// One row per area of benefit and period to date, then one per kind of cost and period.
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
    /// # let costs = vec![CostRow::new(CostKind::People, 0, 110.0)];
    /// # let actuals = Actuals::new(baseline, 1, costs, vec![BenefitRow::new("retention", 1, 560.0, Evidence::Measured)])?;
    /// // Planned: retention at 580 instead of 500 in period 1; it came to 560.
    /// let tracking = plan.track(&actuals)?;
    /// assert_eq!(tracking.to_frame()?.column("realised")?.f64()?.get(1), Some(0.75));
    /// assert_eq!(tracking.to_date_frame()?.column("variance")?.f64()?.get(1), Some(-20.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let line = |side, item, period, of| Line { side, item: Some(item), period: Some(period), of };
        let benefits = self.benefits.iter().map(|row| line("benefit", row.area.clone(), row.period, row.benefit));
        let costs = self.costs.iter().map(|row| line("cost", row.kind.to_string(), row.period, row.cost));
        let lines: Vec<Line> = benefits.chain(costs).collect();
        frame(TRACKING, lines.as_slice(), lines.len())
    }

    /// The periods to date added up: one row per area, one for all benefits, one per kind of cost, one for all costs. See
    /// the example of [`to_frame`](Self::to_frame).
    ///
    /// # Errors
    /// As [`to_frame`](Self::to_frame).
    pub fn to_date_frame(&self) -> PolarsResult<DataFrame> {
        let line = |side, item: Option<String>, of| Line { side, item, period: None, of };
        let areas = self.areas.iter().map(|(area, of)| line("benefit", Some(area.clone()), *of));
        let kinds = self.kinds.iter().map(|(kind, of)| line("cost", Some(kind.to_string()), *of));
        let benefits = areas.chain([line("benefit", None, self.benefit)]);
        let lines: Vec<Line> = benefits.chain(kinds).chain([line("cost", None, self.cost)]).collect();
        frame(TO_DATE, lines.as_slice(), lines.len())
    }
}
