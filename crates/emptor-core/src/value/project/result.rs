//! What a project returns.

use emptor_types::{DiscountRate, TimeUnit};
use serde::{Deserialize, Serialize};

use super::baseline::Baseline;
use super::cash::payback;
use super::irr::Irr;
use super::rows::{BenefitRow, CostKind, CostRow, Evidence};

/// The benefit of one area by period.
#[derive(Debug, Clone)]
pub(super) struct AreaFlow {
    pub(super) area: String,
    pub(super) measured: Vec<f64>,
    pub(super) estimated: Vec<f64>,
}

/// Costs by kind and benefits by area, each by period: what plans, scenarios and forecasts have in common.
#[derive(Debug, Clone)]
pub(super) struct Flows {
    pub(super) costs: [Vec<f64>; 3],
    pub(super) areas: Vec<AreaFlow>,
}

impl Flows {
    /// Collects rows that the checks of [`super::rows`] have passed.
    pub(super) fn of(baseline: &Baseline, last: usize, costs: &[CostRow], benefits: &[BenefitRow]) -> Self {
        let zeros = || vec![0.0; last + 1];
        let mut flows = Self {
            costs: [zeros(), zeros(), zeros()],
            areas: baseline
                .areas()
                .iter()
                .map(|area| AreaFlow { area: area.area().to_owned(), measured: zeros(), estimated: zeros() })
                .collect(),
        };
        for row in costs {
            flows.costs[row.kind as usize][row.period] += row.amount;
        }
        for row in benefits {
            if let (Some(i), Some(benefit)) =
                (baseline.find(&row.area), baseline.benefit(&row.area, row.period, row.level))
            {
                let area = &mut flows.areas[i];
                let column = match row.evidence {
                    Evidence::Measured => &mut area.measured,
                    Evidence::Estimated => &mut area.estimated,
                };
                column[row.period] = benefit;
            }
        }
        flows
    }
}

/// One period of a project.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodRow {
    /// The period; 0 is now.
    pub period: usize,
    /// Cost of technology.
    pub technology: f64,
    /// Cost of people.
    pub people: f64,
    /// Cost of process.
    pub process: f64,
    /// Benefit that is measured.
    pub measured: f64,
    /// Benefit that is estimated.
    pub estimated: f64,
    /// Benefits less costs.
    pub net: f64,
    /// Discount factor.
    pub factor: f64,
    /// Present value of the net flow.
    pub pv: f64,
    /// Net flow up to here.
    pub cumulative: f64,
    /// Present value up to here.
    pub cumulative_pv: f64,
}

/// What one kind of cost adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CostReturn {
    /// The kind.
    pub kind: CostKind,
    /// The cost over all periods.
    pub cost: f64,
    /// Its present value.
    pub pv: f64,
}

/// What one area of benefit adds up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AreaReturn {
    /// The area.
    pub area: String,
    /// The benefit over all periods.
    pub benefit: f64,
    /// Its present value.
    pub pv: f64,
    /// The part of the present value that is measured; the rest is estimated.
    pub pv_measured: f64,
}

/// What a project returns, in total and by period, kind of cost and area of benefit.
///
/// ```text
/// npv = Σ periods.pv = Σ areas.pv − Σ costs.pv
/// profitability index = PV of benefits / PV of costs = 1 + npv / PV of costs
/// ROI = (benefits − costs) / costs, not discounted
/// ```
///
/// Where all costs fall on period 0, the index is the textbook's present value of later flows over the investment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProjectReturn {
    /// Net present value.
    pub npv: f64,
    /// Net present value if only measured benefits count: what is left when every estimate fails.
    pub npv_measured: f64,
    /// Internal rate of return.
    pub irr: Irr,
    /// Periods until the cumulative net flow is back at zero for good; `None` if never.
    pub payback: Option<f64>,
    /// The same of present values.
    pub discounted_payback: Option<f64>,
    /// Present value of benefits over present value of costs; `None` without costs.
    pub profitability_index: Option<f64>,
    /// Benefits less costs, over costs; `None` without costs.
    pub roi: Option<f64>,
    /// All costs.
    pub cost: f64,
    /// All benefits.
    pub benefit: f64,
    /// Present value of all costs.
    pub pv_cost: f64,
    /// Present value of all benefits.
    pub pv_benefit: f64,
    /// By period.
    pub periods: Vec<PeriodRow>,
    /// By kind of cost, every kind.
    pub costs: Vec<CostReturn>,
    /// By area, every area of the baseline, ordered by name.
    pub areas: Vec<AreaReturn>,
}

impl ProjectReturn {
    pub(super) fn of(flows: &Flows, rate: DiscountRate, unit: TimeUnit) -> Self {
        let factors: Vec<f64> = (0..flows.costs[0].len()).map(|t| rate.factor(t as f64, unit)).collect();
        let pv = |column: &[f64]| column.iter().zip(&factors).map(|(v, f)| v * f).sum::<f64>();
        let costs: Vec<CostReturn> = CostKind::ALL
            .into_iter()
            .map(|kind| {
                let column = &flows.costs[kind as usize];
                CostReturn { kind, cost: column.iter().sum(), pv: pv(column) }
            })
            .collect();
        let areas: Vec<AreaReturn> = flows
            .areas
            .iter()
            .map(|area| {
                let pv_measured = pv(&area.measured);
                AreaReturn {
                    area: area.area.clone(),
                    benefit: area.measured.iter().chain(&area.estimated).sum(),
                    pv: pv_measured + pv(&area.estimated),
                    pv_measured,
                }
            })
            .collect();

        let periods = periods(flows, &factors);
        let net: Vec<f64> = periods.iter().map(|row| row.net).collect();
        let present: Vec<f64> = periods.iter().map(|row| row.pv).collect();
        let cost: f64 = costs.iter().map(|row| row.cost).sum();
        let pv_cost: f64 = costs.iter().map(|row| row.pv).sum();
        let benefit: f64 = areas.iter().map(|row| row.benefit).sum();
        let pv_benefit: f64 = areas.iter().map(|row| row.pv).sum();
        Self {
            npv: present.iter().sum(),
            npv_measured: areas.iter().map(|row| row.pv_measured).sum::<f64>() - pv_cost,
            irr: Irr::of(&net, unit),
            payback: payback(&net),
            discounted_payback: payback(&present),
            profitability_index: (pv_cost > 0.0).then(|| pv_benefit / pv_cost),
            roi: (cost > 0.0).then(|| (benefit - cost) / cost),
            cost,
            benefit,
            pv_cost,
            pv_benefit,
            periods,
            costs,
            areas,
        }
    }
}

fn periods(flows: &Flows, factors: &[f64]) -> Vec<PeriodRow> {
    let (mut cumulative, mut cumulative_pv) = (0.0, 0.0);
    factors
        .iter()
        .enumerate()
        .map(|(t, &factor)| {
            let [technology, people, process] = [flows.costs[0][t], flows.costs[1][t], flows.costs[2][t]];
            let measured: f64 = flows.areas.iter().map(|area| area.measured[t]).sum();
            let estimated: f64 = flows.areas.iter().map(|area| area.estimated[t]).sum();
            let net = measured + estimated - (technology + people + process);
            let pv = net * factor;
            cumulative += net;
            cumulative_pv += pv;
            PeriodRow {
                period: t,
                technology,
                people,
                process,
                measured,
                estimated,
                net,
                factor,
                pv,
                cumulative,
                cumulative_pv,
            }
        })
        .collect()
}
