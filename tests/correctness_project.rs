//! Projects: net present value, internal rates of return and payback.

use emptor::value::project::{
    Baseline, BaselineArea, BenefitRow, CashFlows, CostKind, CostRow, Direction, Evidence, Irr, NoIrr, ProjectPlan,
};
use serde::Deserialize;

use crate::golden_equity::{YEAR, family, yearly};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    name: String,
    flows: Vec<f64>,
    rate: f64,
    npv: f64,
    internal_rates: Vec<f64>,
    payback_period: Option<usize>,
    payback: Option<f64>,
    settled_period: Option<usize>,
    settled: Option<f64>,
    quoted: Option<f64>,
    quoted_tolerance: Option<f64>,
}

fn rates(irr: &Irr) -> Vec<f64> {
    match irr {
        Irr::One(rate) => vec![rate.annual()],
        Irr::Several(rates) => rates.iter().map(|rate| rate.annual()).collect(),
        Irr::None(_) => Vec::new(),
    }
}

/// The same flows as a plan: what goes out are costs, what comes in is above a baseline of nothing.
fn plan(flows: &[f64], rate: f64) -> ProjectPlan {
    let baseline = Baseline::new(0, vec![BaselineArea::level("sales", Direction::HigherIsBetter, 0.0)]).unwrap();
    let costs = (0..).zip(flows).filter(|(_, flow)| **flow < 0.0);
    let benefits = (0..).zip(flows).filter(|(_, flow)| **flow > 0.0);
    ProjectPlan::builder(baseline)
        .rate(yearly(rate))
        .period(YEAR)
        .last_period(flows.len() - 1)
        .costs(costs.map(|(t, flow)| CostRow::new(CostKind::People, t, -flow)))
        .benefits(benefits.map(|(t, flow)| BenefitRow::new("sales", t, *flow, Evidence::Measured)))
        .build()
        .unwrap()
}

#[test]
fn projects_return_what_all_roots_of_their_polynomials_say() {
    for (case, at) in family::<Project>("project") {
        let flows = CashFlows::new(case.flows.clone(), YEAR).unwrap();
        let result = plan(&case.flows, case.rate).evaluate();
        let npv = flows.npv(yearly(case.rate));
        at.meets(&case.name, npv, case.npv);
        at.meets(&case.name, result.npv, case.npv);
        at.quoted(&case.name, npv, case.quoted, case.quoted_tolerance);

        let irr = flows.irr();
        at.meets_each(&case.name, &rates(&irr), &case.internal_rates);
        assert_eq!(irr.rate().is_some(), case.internal_rates.len() == 1, "{}", case.name);
        assert_eq!(matches!(irr, Irr::None(NoIrr::OnlyGains)), case.flows.iter().all(|flow| *flow >= 0.0));
        assert_eq!(result.irr, irr, "{}", case.name);

        // The times of the cases are those of present values: the payback is final, the first recovery may be undone.
        let payback = flows.discounted_payback(yearly(case.rate));
        assert_eq!(result.discounted_payback, payback, "{}", case.name);
        let present = CashFlows::new(flows.present_values(yearly(case.rate)), YEAR).unwrap();
        assert_eq!(present.payback(), payback, "{}", case.name);
        let expected = [(case.settled_period, case.settled), (case.payback_period, case.payback)];
        for (ours, (period, expected)) in [payback, present.first_recovery()].into_iter().zip(expected) {
            assert_eq!(ours.is_some(), expected.is_some(), "{}", case.name);
            assert_eq!(ours.map(|time| time.ceil() as usize), period, "{}", case.name);
            if let (Some(ours), Some(expected)) = (ours, expected) {
                at.meets(&case.name, ours, expected);
            }
        }
    }
}
