//! Published rates of return, identities, and what is refused.

#![expect(clippy::float_cmp, reason = "sums of whole amounts are exact")]

use std::error::Error;

use emptor_types::{DiscountRate, Invalid, TimeUnit};
use proptest::prelude::*;

use super::*;

/// Present values recomputed in another order: relative to the money that moves at most.
const REORDERED: f64 = 1e-12;

fn irr(flows: &[f64]) -> Result<Irr, Invalid> {
    Ok(CashFlows::new(flows.to_vec(), TimeUnit::Year)?.irr())
}

fn annual(irr: &Irr) -> Vec<f64> {
    match irr {
        Irr::One(rate) => vec![rate.annual()],
        Irr::Several(rates) => rates.iter().map(|rate| rate.annual()).collect(),
        Irr::None(_) => Vec::new(),
    }
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < tolerance)
}

#[test]
fn published_rates_of_return_are_found() -> Result<(), Invalid> {
    // NumPy's documentation of `irr`, five printed decimals.
    for (flows, expected) in [
        (&[-100.0, 39.0, 59.0, 55.0, 20.0][..], 0.280_95),
        (&[-100.0, 0.0, 0.0, 74.0], -0.095_50),
        (&[-100.0, 100.0, 0.0, 7.0], 0.062_06),
    ] {
        let irr = irr(flows)?;
        assert!(matches!(irr, Irr::One(_)) && close(&annual(&irr), &[expected], 5e-6), "{flows:?}: {irr:?}");
    }
    Ok(())
}

#[test]
fn where_numpy_picks_one_of_several_roots_all_are_given() -> Result<(), Invalid> {
    // NumPy's documentation prints -0.0833 and 0.0886; a comment in ActuaryUtilities.jl's tests names 0.709559 as the
    // second root of the latter. The others follow from the cubic by hand.
    let found = annual(&irr(&[-100.0, 100.0, 0.0, -7.0])?);
    assert!(found.len() == 2 && (found[1] + 0.0833).abs() < 5e-5, "{found:?}");
    let found = annual(&irr(&[-5.0, 10.5, 1.0, -8.0, 1.0])?);
    assert!(found.len() == 3, "three changes of sign: one or three roots: {found:?}");
    assert!(close(&found[1..], &[0.0886, 0.709_559], 5e-6), "{found:?}");
    Ok(())
}

#[test]
fn roots_that_touch_stand_twice_and_flows_that_never_break_even_say_why() -> Result<(), Invalid> {
    // −100·(1 − 1.1x)² and −100·(1 − 1.1x)³, x = 1/(1+r).
    let twice = irr(&[-100.0, 220.0, -121.0])?;
    assert!(close(&annual(&twice), &[0.1, 0.1], 1e-6), "{twice:?}");
    let thrice = irr(&[-1000.0, 3300.0, -3630.0, 1331.0])?;
    assert!(matches!(thrice, Irr::One(_)) && close(&annual(&thrice), &[0.1], 1e-4), "{thrice:?}");
    assert_eq!(irr(&[0.0, 0.0])?, Irr::None(NoIrr::NoFlow));
    assert_eq!(irr(&[0.0, 5.0])?, Irr::None(NoIrr::OnlyGains));
    assert_eq!(irr(&[-5.0, 0.0])?, Irr::None(NoIrr::OnlyCosts));
    assert_eq!(irr(&[100.0, -200.0, 150.0])?, Irr::None(NoIrr::NeverZero));
    Ok(())
}

#[test]
fn a_monthly_rate_is_a_monthly_rate() -> Result<(), Invalid> {
    let irr = CashFlows::new(vec![-100.0, 101.0], TimeUnit::Month)?.irr();
    let rate = irr.rate().map_or(f64::NAN, |rate| rate.per(TimeUnit::Month));
    assert!((rate - 0.01).abs() < 1e-12);
    Ok(())
}

#[test]
fn very_long_and_very_lopsided_flows_keep_their_root() -> Result<(), Invalid> {
    // 1 now for 0.02 a week over ten years: the annuity factor at the root is 50.
    let mut flows = vec![0.02; 521];
    flows[0] = -1.0;
    let irr = CashFlows::new(flows, TimeUnit::Week)?.irr();
    let rate = irr.rate().map_or(f64::NAN, |rate| rate.per(TimeUnit::Week));
    assert!(((1.0 - (1.0 + rate).powi(-520)) / rate - 50.0).abs() < 1e-9, "{rate}");
    // 10⁹ now for one coin after 50 years: (1+r)^50 = 10⁻⁹.
    let mut flows = vec![0.0; 51];
    (flows[0], flows[50]) = (-1e9, 1.0);
    assert!(close(&annual(&self::irr(&flows)?), &[1e-9_f64.powf(0.02) - 1.0], 1e-12));
    Ok(())
}

#[test]
fn payback_is_fractional_and_may_never_come() -> Result<(), Invalid> {
    let years = |flows: &[f64]| CashFlows::new(flows.to_vec(), TimeUnit::Year);
    // 100 of which 40 + 40 are back after two years, the last 20 in half of the third.
    assert_eq!(years(&[-100.0, 40.0, 40.0, 40.0])?.payback(), Some(2.5));
    assert_eq!(years(&[-100.0, 40.0, 60.0])?.payback(), Some(2.0));
    assert_eq!(years(&[-100.0, 40.0])?.payback(), None);
    assert_eq!(years(&[0.0, 40.0])?.payback(), Some(0.0));
    assert_eq!(years(&[0.0, 0.0])?.payback(), Some(0.0));
    // Money that goes out a year from now is not paid back before it has gone out.
    assert_eq!(years(&[0.0, -100.0, 60.0, 80.0])?.payback(), Some(2.5));
    assert_eq!(years(&[0.0, -100.0, 60.0])?.payback(), None);
    // An income before the outlay pays nothing back, and what was recovered may be lost again.
    assert_eq!(years(&[1.0, -100.0, 50.0])?.payback(), None);
    let again = years(&[-10.0, 5.0, 5.0, -100.0, 3.0])?;
    assert_eq!((again.payback(), again.first_recovery()), (None, Some(2.0)));
    let twice = years(&[-100.0, 150.0, -100.0, 100.0])?;
    assert_eq!((twice.payback(), twice.first_recovery()), (Some(2.5), Some(100.0 / 150.0)));
    // −200 + 110/1.1 + 121/1.21 is zero at 10 %, whatever doubles make of it; and 3 × 0.7 pays 2.1 back.
    assert_eq!(years(&[-200.0, 110.0, 121.0])?.discounted_payback(DiscountRate::annual_effective(0.1)?), Some(2.0));
    assert_eq!(years(&[-2.1, 0.7, 0.7, 0.7])?.payback(), Some(3.0));
    // At 10 %: −100 + 60.5/1.1 + 60.5/1.21 = 5, 45 of the 50 of the second year are needed.
    let discounted = years(&[-100.0, 60.5, 60.5])?.discounted_payback(DiscountRate::annual_effective(0.1)?);
    assert!(discounted.is_some_and(|t| (t - 1.9).abs() < 1e-12));
    Ok(())
}

fn baseline() -> Result<Baseline, Invalid> {
    Baseline::new(
        -1,
        vec![
            BaselineArea::level("retention", Direction::HigherIsBetter, 1_000.0),
            BaselineArea::level("cross-sell", Direction::HigherIsBetter, 0.0),
            BaselineArea::by_period("cost to serve", Direction::LowerIsBetter, vec![400.0, 410.0, 420.0, 430.0]),
        ],
    )
}

fn draft() -> Result<ProjectPlanBuilder, Invalid> {
    Ok(ProjectPlan::builder(baseline()?)
        .rate(DiscountRate::annual_effective(0.10)?)
        .period(TimeUnit::Year)
        .last_period(3)
        .costs([
            CostRow::new(CostKind::Technology, 0, 200.0),
            CostRow::new(CostKind::Technology, 0, 50.0),
            CostRow::new(CostKind::People, 1, 60.0),
            CostRow::new(CostKind::Process, 1, 40.0),
        ])
        .benefits([
            BenefitRow::new("retention", 1, 980.0, Evidence::Measured),
            BenefitRow::new("retention", 2, 1_150.0, Evidence::Measured),
            BenefitRow::new("retention", 3, 1_200.0, Evidence::Estimated),
            BenefitRow::new("cost to serve", 2, 360.0, Evidence::Estimated),
            BenefitRow::new("cost to serve", 3, 330.0, Evidence::Estimated),
        ]))
}

#[test]
fn the_totals_of_a_plan_are_the_sums_of_its_parts() -> Result<(), Invalid> {
    let result = draft()?.build()?.evaluate();
    // By hand: −250; −20 − 100; 150 + 60; 200 + 100.
    let net: Vec<f64> = result.periods.iter().map(|row| row.net).collect();
    assert_eq!(net, [-250.0, -120.0, 210.0, 300.0]);
    let npv = -250.0 - 120.0 / 1.1 + 210.0 / 1.21 + 300.0 / 1.331;
    assert!((result.npv - npv).abs() < 1e-9);
    assert_eq!((result.cost, result.benefit), (350.0, 490.0));
    assert_eq!(result.roi, Some(0.4));
    assert_eq!(result.payback, Some(2.0 + 160.0 / 300.0));
    identities(&result, 1e3);
    // Measured alone: −20/1.1 + 150/1.21 against all costs.
    assert!((result.npv_measured - (-20.0 / 1.1 + 150.0 / 1.21 - 250.0 - 100.0 / 1.1)).abs() < 1e-9);
    Ok(())
}

/// `gross` is the money that moves at most, before costs and benefits of opposite signs cancel.
fn identities(result: &ProjectReturn, gross: f64) {
    let size = result.periods.iter().map(|row| gross * row.factor).sum::<f64>();
    let near = |a: f64, b: f64| (a - b).abs() <= REORDERED * size;
    assert!(near(result.npv, result.periods.iter().map(|row| row.pv).sum()));
    assert!(result.periods.last().is_some_and(|row| near(row.cumulative_pv, result.npv)));
    let areas: f64 = result.areas.iter().map(|row| row.pv).sum();
    let kinds: f64 = result.costs.iter().map(|row| row.pv).sum();
    assert!(near(result.pv_benefit, areas) && near(result.pv_cost, kinds) && near(result.npv, areas - kinds));
    assert!(near(result.benefit, result.areas.iter().map(|row| row.benefit).sum()));
    assert!(near(result.cost, result.costs.iter().map(|row| row.cost).sum()));
    let index = result.profitability_index.unwrap_or(f64::NAN);
    assert!(result.pv_cost <= 0.0 || near(index * result.pv_cost - result.pv_cost, result.npv));
}

#[test]
fn scenarios_change_what_they_name_and_nothing_else() -> Result<(), Invalid> {
    let plan = draft()?.build()?;
    let table = plan.scenarios(&[
        Scenario::new("plan"),
        Scenario::new("people twice").cost(CostKind::People, 2.0),
        Scenario::new("no retention").benefit("retention", 0.0),
        Scenario::new("a year late").delay(1),
        Scenario::new("for ever late").delay(99),
    ])?;
    assert_eq!(table[0].result, plan.evaluate());
    assert!((table[1].npv_change + 60.0 / 1.1).abs() < 1e-9);
    let retention: f64 = plan.evaluate().areas.iter().filter(|row| row.area == "retention").map(|row| row.pv).sum();
    assert!((table[2].npv_change + retention).abs() < 1e-9);
    for late in &table[3..] {
        assert_eq!(late.result.benefit + late.beyond, 490.0, "nothing is lost without a word");
        assert_eq!(late.result.cost, 350.0);
    }
    assert_eq!(table[3].beyond, 300.0);
    assert_eq!(table[4].result.irr, Irr::None(NoIrr::OnlyCosts));
    for row in &table {
        identities(&row.result, 1e3);
    }
    Ok(())
}

#[test]
fn a_scenario_of_an_unknown_area_is_told_the_areas_there_are() -> Result<(), Box<dyn Error>> {
    let wrong = [Scenario::new("x").benefit("upsell", 1.0).cost(CostKind::People, -1.0), Scenario::new("x")];
    let message = draft()?.build()?.scenarios(&wrong).err().ok_or("must be refused")?.to_string();
    for part in ["cost to serve, cross-sell, retention", "upsell", "(People, -1.0)", "a name of its own"] {
        assert!(message.contains(part), "{message}");
    }
    Ok(())
}

#[test]
fn everything_wrong_with_a_plan_is_said_at_once() -> Result<(), Box<dyn Error>> {
    let error = ProjectPlan::builder(baseline()?)
        .rate(DiscountRate::continuous(-1e3)?)
        .period(TimeUnit::Year)
        .last_period(4)
        .costs([CostRow::new(CostKind::People, 0, -1.0), CostRow::new(CostKind::Process, 5, f64::NAN)])
        .benefits([
            BenefitRow::new("upsell", 1, 1.0, Evidence::Measured),
            BenefitRow::new("retention", 9, 1.0, Evidence::Measured),
            BenefitRow::new("retention", 2, f64::INFINITY, Evidence::Measured),
            BenefitRow::new("retention", 2, 1.0, Evidence::Estimated),
        ])
        .build()
        .err()
        .ok_or("must be refused")?;
    let fields: Vec<&str> = error.violations().iter().map(|violation| violation.field.as_str()).collect();
    let expected = ["cost", "cost", "benefit", "benefit level", "benefit area", "benefit", "rate"];
    assert_eq!(fields, [&["baseline of `cost to serve`"], &expected[..]].concat());
    assert!(error.to_string().contains("cost to serve, cross-sell, retention"));
    let empty = ProjectPlan::builder(baseline()?).build().err().ok_or("must be refused")?;
    assert_eq!(empty.violations().len(), 3);
    Ok(())
}

#[test]
fn a_baseline_is_of_the_past_and_of_distinct_areas() -> Result<(), Box<dyn Error>> {
    let area = |name: &str, level| BaselineArea::level(name, Direction::HigherIsBetter, level);
    let error = Baseline::new(1, vec![area("a", 1.0), area("a", f64::NAN), area(" ", 0.0)]);
    assert_eq!(error.err().ok_or("must be refused")?.violations().len(), 4);
    assert!(Baseline::new(0, Vec::new()).is_err());
    Ok(())
}

fn actual_to_date() -> (Vec<CostRow>, Vec<BenefitRow>) {
    (
        vec![
            CostRow::new(CostKind::Technology, 0, 260.0),
            CostRow::new(CostKind::People, 1, 90.0),
            CostRow::new(CostKind::Process, 2, 10.0),
        ],
        vec![
            BenefitRow::new("retention", 1, 1_010.0, Evidence::Measured),
            BenefitRow::new("retention", 2, 1_120.0, Evidence::Measured),
            BenefitRow::new("cost to serve", 2, 375.0, Evidence::Measured),
            BenefitRow::new("cross-sell", 2, 5.0, Evidence::Measured),
        ],
    )
}

#[test]
fn the_forecast_is_the_plan_and_the_discounted_variances() -> Result<(), Invalid> {
    let plan = draft()?.build()?;
    let (costs, benefits) = actual_to_date();
    let tracking = plan.track(&Actuals::new(baseline()?, 2, costs, benefits)?)?;
    identities(&tracking.forecast, 1e3);
    let rows = tracking.benefits.iter().map(|row| (row.period, row.benefit.variance));
    let rows = rows.chain(tracking.costs.iter().map(|row| (row.period, -row.cost.variance)));
    let change: f64 = rows.map(|(t, variance)| variance / 1.1_f64.powi(t as i32)).sum();
    assert!((tracking.forecast.npv - tracking.plan.npv - change).abs() < 1e-9);
    let later: f64 = tracking.plan.periods[3..].iter().map(|row| row.pv).sum();
    assert!((tracking.forecast.npv - tracking.pv_to_date.actual - later).abs() < 1e-9);

    // To date: planned −20 + 150 + 60, actual 10 + 120 + 45 + 5; costs 350 and 360.
    assert_eq!((tracking.benefit.planned, tracking.benefit.actual), (190.0, 180.0));
    assert_eq!(tracking.benefit.realised, Some(180.0 / 190.0));
    assert_eq!((tracking.cost.planned, tracking.cost.variance), (350.0, 10.0));
    assert_eq!(tracking.areas.values().map(|row| row.variance).sum::<f64>(), tracking.benefit.variance);
    assert_eq!(tracking.kinds.values().map(|row| row.variance).sum::<f64>(), tracking.cost.variance);
    assert_eq!(tracking.areas["cross-sell"].realised, None, "nothing planned, so no share of it realised");
    Ok(())
}

#[test]
fn a_project_that_goes_as_planned_is_forecast_as_planned() -> Result<(), Invalid> {
    let plan = draft()?.build()?;
    let actuals = Actuals::new(baseline()?, 3, plan.costs().to_vec(), plan.benefits().to_vec())?;
    let tracking = plan.track(&actuals)?;
    assert_eq!(tracking.forecast, tracking.plan);
    assert_eq!(tracking.benefit.realised, Some(1.0));
    Ok(())
}

#[test]
fn a_moved_baseline_and_missing_levels_are_refused() -> Result<(), Box<dyn Error>> {
    let plan = draft()?.build()?;
    let (costs, benefits) = actual_to_date();
    let moved = Baseline::new(0, baseline()?.areas().to_vec())?;
    let error = plan.track(&Actuals::new(moved, 2, costs.clone(), benefits.clone())?).err().ok_or("refused")?;
    assert!(error.to_string().contains("taken in period -1") && error.to_string().contains("period 0"), "{error}");

    let mut areas = baseline()?.areas().to_vec();
    areas[2] = BaselineArea::level("retention", Direction::HigherIsBetter, 900.0);
    let lowered = Actuals::new(Baseline::new(-1, areas)?, 2, costs.clone(), benefits.clone())?;
    assert!(plan.track(&lowered).err().ok_or("refused")?.to_string().contains("other levels"));

    let partial = Actuals::new(baseline()?, 2, costs.clone(), benefits[1..].to_vec())?;
    assert!(plan.track(&partial).err().ok_or("refused")?.to_string().contains("(\"retention\", 1)"));

    assert!(Actuals::new(baseline()?, 1, costs, benefits).is_err(), "rows after the last actual period");
    Ok(())
}

#[test]
fn what_is_saved_is_checked_when_it_is_loaded() -> Result<(), Box<dyn Error>> {
    let plan = draft()?.build()?;
    let json = serde_json::to_string(&plan)?;
    assert_eq!(serde_json::from_str::<ProjectPlan>(&json)?, plan);
    assert!(serde_json::from_str::<ProjectPlan>(&json.replace("200.0", "-200.0")).is_err());
    let result = plan.evaluate();
    assert_eq!(serde_json::from_str::<ProjectReturn>(&serde_json::to_string(&result)?)?, result);
    let (costs, benefits) = actual_to_date();
    let actuals = Actuals::new(baseline()?, 2, costs, benefits)?;
    assert_eq!(serde_json::from_str::<Actuals>(&serde_json::to_string(&actuals)?)?, actuals);
    let tracking = plan.track(&actuals)?;
    assert_eq!(serde_json::from_str::<Tracking>(&serde_json::to_string(&tracking)?)?, tracking);
    Ok(())
}

proptest! {
    #[test]
    fn every_root_is_a_root_and_their_number_obeys_descartes(
        flows in prop::collection::vec(-1000_i32..1000, 1..24),
    ) {
        let flows: Vec<f64> = flows.into_iter().map(f64::from).collect();
        let cash = CashFlows::new(flows.clone(), TimeUnit::Year)?;
        let found = cash.irr();
        let rates = match &found {
            Irr::One(rate) => vec![*rate],
            Irr::Several(rates) => rates.clone(),
            Irr::None(_) => Vec::new(),
        };
        for rate in &rates {
            let present = cash.present_values(*rate);
            let size: f64 = present.iter().map(|v| v.abs()).sum();
            prop_assert!(present.iter().sum::<f64>().abs() <= 1e-11 * size, "{flows:?}: {rate:?}");
        }
        prop_assert!(rates.windows(2).all(|pair| pair[0].force() <= pair[1].force()));
        let signs: Vec<bool> = flows.iter().filter(|f| f.abs() > 0.5).map(|f| *f > 0.0).collect();
        let changes = signs.windows(2).filter(|pair| pair[0] != pair[1]).count();
        prop_assert!(rates.len() <= changes && (changes - rates.len()) % 2 == 0, "{changes}: {found:?}");
    }

    #[test]
    fn the_roots_that_a_flow_was_built_from_are_found(
        steps in prop::collection::vec(0.02_f64..0.4, 1..5),
    ) {
        // Π (1 − g_i x) with growth factors g_i at least 2 % apart.
        let mut growth = 0.6;
        let mut flows = vec![1.0];
        let mut expected = Vec::new();
        for step in steps {
            growth += step;
            expected.push(growth - 1.0);
            let mut next = flows.clone();
            next.push(0.0);
            for (t, flow) in flows.iter().enumerate() {
                next[t + 1] -= growth * flow;
            }
            flows = next;
        }
        let found = annual(&irr(&flows)?);
        prop_assert!(close(&found, &expected, 1e-6), "{found:?} {expected:?}");
    }

    #[test]
    fn the_identities_hold_for_any_plan(
        rate in -0.5_f64..2.0,
        costs in prop::collection::vec((0_usize..3, 0_usize..6, 0.0_f64..1e6), 0..12),
        levels in prop::collection::vec((-1e6_f64..1e6, any::<bool>()), 12),
        delay in 0_usize..8,
    ) {
        let baseline = Baseline::new(0, vec![
            BaselineArea::level("a", Direction::HigherIsBetter, 100.0),
            BaselineArea::level("b", Direction::LowerIsBetter, -50.0),
        ])?;
        let evidence = |measured| if measured { Evidence::Measured } else { Evidence::Estimated };
        let plan = ProjectPlan::builder(baseline)
            .rate(DiscountRate::annual_effective(rate)?)
            .period(TimeUnit::Month)
            .last_period(5)
            .costs(costs.iter().map(|&(kind, t, amount)| CostRow::new(CostKind::ALL[kind], t, amount)))
            .benefits(levels.iter().enumerate().map(|(i, &(level, measured))| {
                BenefitRow::new(if i < 6 { "a" } else { "b" }, i % 6, level, evidence(measured))
            }))
            .build()?;
        let result = plan.evaluate();
        identities(&result, 1e8);
        let cash = plan.cash_flows()?;
        prop_assert!((cash.npv(plan.rate()) - result.npv).abs() < 1e-6);
        let late = &plan.scenarios(&[Scenario::new("late").delay(delay)])?[0];
        identities(&late.result, 1e8);
        prop_assert!((late.result.benefit + late.beyond - result.benefit).abs() < 1e-6);
    }
}
