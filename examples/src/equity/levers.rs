//! What moves equity.

use emptor::prelude::*;
use emptor::value::equity::{
    AcquisitionPlan, Change, Elasticities, EquityModel, Lever, LeverRange, Method, Relationship, ScenarioGrid, Tornado,
};

use crate::ExampleError;

/// How far levers are moved.
const SHARE: f64 = 0.1;
/// Retention is moved by a percentage point a period: ten per cent more of it would exceed 1.
const POINT: f64 = 0.01;
/// Steps of the discount rate in the grid, per year.
const STEPS: [f64; 5] = [-0.04, -0.02, 0.0, 0.02, 0.04];
/// Keeps the rounding of a share of a retention from exceeding 1.
const ROUNDING: f64 = 1e-12;

/// Elasticities, tornado and grid of a model.
#[derive(Debug)]
pub struct LeverTables {
    /// The model.
    pub model: EquityModel,
    /// Elasticities of existing customers.
    pub existing: Elasticities,
    /// Elasticities with customers to be won.
    pub all: Elasticities,
    /// The bars.
    pub tornado: Tornado,
    /// Retention × discount rate.
    pub grid: ScenarioGrid,
    /// The highest retention there is.
    pub highest: RetentionRate,
    /// By how much retention is moved, per period.
    pub points: f64,
}

impl LeverTables {
    /// Of existing customers and a plan of future ones.
    pub(super) fn new(
        rate: DiscountRate,
        highest: RetentionRate,
        existing: Relationship,
        plan: AcquisitionPlan,
    ) -> Result<Self, ExampleError> {
        let empty = EquityModel::new(rate, highest.unit());
        let alone = empty.clone().with_part("all", existing.clone(), None)?;
        let model = empty.with_part("all", existing, Some(plan))?;

        let level = highest.per(highest.unit());
        let points = POINT.min(1.0 - level).max(0.0);
        let by = points / level * (1.0 - ROUNDING);
        let shares = Lever::ALL.map(|lever| (lever, if lever == Lever::Retention { by } else { SHARE })).into_iter();
        let ranges: Vec<LeverRange> = shares.map(|(lever, by)| LeverRange::relative(lever, -by, by)).collect();
        let mut tornado = model.tornado(&ranges)?;
        tornado.rows.retain(|row| row.swing > 0.0);

        let retention = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|part| Change::relative(Lever::Retention, part * by));
        let retention = if by > 0.0 { &retention[..] } else { &retention[2..3] };
        let mut rates = Vec::new();
        for step in STEPS.into_iter().filter(|step| step.abs() <= 0.0 || rate.annual() + step > 0.0) {
            // The base itself, to the last bit.
            let moved = if step.abs() > 0.0 { DiscountRate::annual_effective(rate.annual() + step)? } else { rate };
            rates.push(Change::DiscountRate(moved));
        }
        Ok(Self {
            existing: alone.elasticities(Method::Analytic)?,
            all: model.elasticities(Method::Analytic)?,
            tornado,
            grid: model.grid(retention, &rates)?,
            model,
            highest,
            points,
        })
    }
}
