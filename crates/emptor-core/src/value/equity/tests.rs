//! Golden numbers and identities of levers, scenarios and bridges.

use std::error::Error;

use emptor_types::{DiscountRate, ExactSum, Horizon, TimeUnit, Timing};
use proptest::prelude::*;

use super::bridge::tally;
use super::*;
use crate::value::closed_form::{ConstantRelationship, GrowthFrom, MarginGrowth};
use crate::value::{
    ClosedForm, CurrentProfit, FirstPayment, LifetimeValue, PotentialProfit, ProfitStreams, RetentionRate, Survival,
    ValueError,
};

type Tested = Result<(), Box<dyn Error>>;

/// Numbers printed to six places.
const PRINTED: f64 = 1e-6;
/// Analytic elasticities against central differences.
const DIFFERENCES: f64 = 1e-6;
/// Sums and closed forms recomputed in doubles, relative.
const RECOMPUTED: f64 = 1e-12;

const FORMS: [ClosedForm; 6] =
    [ClosedForm::T1, ClosedForm::T2, ClosedForm::T3, ClosedForm::T4, ClosedForm::T5, ClosedForm::T6];

fn retention(rate: f64) -> Result<RetentionRate, emptor_types::Invalid> {
    RetentionRate::new(rate, TimeUnit::Year)
}

fn annual(rate: f64) -> Result<DiscountRate, emptor_types::Invalid> {
    DiscountRate::annual_effective(rate)
}

fn growth(rate: f64, from: GrowthFrom) -> Result<MarginGrowth, emptor_types::Invalid> {
    MarginGrowth::new(rate, TimeUnit::Year, from)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= RECOMPUTED * (1.0 + a.abs().max(b.abs()))
}

fn customer() -> Result<Relationship, Box<dyn Error>> {
    Ok(Relationship::endless(ClosedForm::T1, 100.0, retention(0.8)?, TimeUnit::Year)?)
}

fn newcomer() -> Result<Relationship, Box<dyn Error>> {
    Ok(Relationship::endless(ClosedForm::T2, 100.0, retention(0.8)?, TimeUnit::Year)?)
}

/// 1000 customers worth T1 (margin 100, retention .8, rate .12), 100 new ones a year for three years at 80 each.
fn toy() -> Result<EquityModel, Box<dyn Error>> {
    // The golden numbers take the residual value for that of a new customer, too.
    let cohort = Cohort { customers: 100.0, cost: 80.0, value: customer()? };
    let plan = AcquisitionPlan::accepting_residual_values(Timing::End, vec![cohort; 3])?;
    let base = customer()?.for_customers(1000.0)?;
    Ok(EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("all", base, Some(plan))?)
}

fn convention(rate: f64, years: f64) -> Result<LifetimeValue, Box<dyn Error>> {
    Ok(LifetimeValue::builder()
        .rate(annual(rate)?)
        .horizon(Horizon::years(years)?)
        .period(TimeUnit::Year)
        .timing(Timing::End)
        .build()?)
}

fn streams(rate: f64) -> Result<ProfitStreams, Box<dyn Error>> {
    Ok(ProfitStreams::new(CurrentProfit::level(vec![100.0, 40.0, -7.0, 12.5])?)
        .with_potential(PotentialProfit::level(vec![10.0, 0.0, 3.0, 1.0])?)?
        .with_survival(Survival::Constant { retention: retention(rate)?, first: FirstPayment::AtRisk })?)
}

fn refusal<T>(result: Result<T, ValueError>) -> Result<String, Box<dyn Error>> {
    Ok(result.err().ok_or("accepted")?.to_string())
}

#[track_caller]
fn same(a: &Elasticities, b: &Elasticities, tolerance: f64) {
    for lever in Lever::ALL {
        match (a.of(lever), b.of(lever)) {
            (Some(a), Some(b)) => assert!((a - b).abs() <= tolerance * (1.0 + a.abs()), "{lever}: {a} {b}"),
            (a, b) => assert!(a.is_none() && b.is_none(), "{lever}"),
        }
    }
}

#[test]
fn the_toy_base_has_its_golden_numbers() -> Tested {
    // 250 000 + Σ_{k=1}^{3} 100 (250 − 80) / 1.12^k; elasticities by central differences in an independent script.
    let model = toy()?;
    let equity = model.total();
    assert!((equity.static_equity - 250_000.0).abs() < PRINTED);
    assert!((equity.dynamic - 290_831.131_6).abs() < 1e-4);
    assert!(close(equity.dynamic, equity.static_equity + equity.future));
    assert!(close(equity.future, equity.future_value - equity.acquisition_cost));
    assert!(close(equity.new_customers, 300.0));
    for method in [Method::Analytic, Method::Numeric] {
        let e = model.elasticities(method)?;
        assert!(e.retention.is_some_and(|e| (e - 3.731_238).abs() < PRINTED));
        assert!((e.margin - 1.066_068).abs() < PRINTED);
        assert!((e.acquisition_cost + 0.066_068).abs() < PRINTED);
    }
    same(&model.elasticities(Method::Analytic)?, &model.elasticities(Method::Numeric)?, DIFFERENCES);
    Ok(())
}

#[test]
fn the_closed_elasticities_are_those_of_the_table() -> Tested {
    // Differentiated by hand for margin 100, retention .8, rate .12: (1+d)/(1+d−r), −d/(1+d−r), …
    let (year, d) = (TimeUnit::Year, annual(0.12)?);
    let of = |form| Elasticities::closed_form(form, retention(0.8)?, d, year);
    let t1 = of(ClosedForm::T1)?;
    let t2 = of(ClosedForm::T2)?;
    let cut = Elasticities::finite(5, retention(0.8)?, d, year)?;
    let net = t1.less_acquisition_cost(250.0, 50.0)?;
    let better = Elasticities::closed_form(ClosedForm::T1, retention(0.9)?, annual(0.1)?, year)?;
    for (found, expected) in [
        (t1.retention, 3.5),
        (t1.discount_rate, -0.375),
        (t2.retention, 2.5),
        (t2.discount_rate, -0.267_857),
        (cut.retention, 2.357_989),
        (Some(net.margin), 1.25),
        (Some(net.acquisition_cost), -0.25),
        (net.retention, 4.375),
        (better.retention, 5.5),
    ] {
        assert!(found.is_some_and(|found| (found - expected).abs() < PRINTED), "{found:?} {expected}");
    }
    assert!((net.margin + net.acquisition_cost - 1.0).abs() < RECOMPUTED);
    Ok(())
}

#[test]
fn closed_elasticities_are_differences_of_the_published_closed_forms() -> Tested {
    // Oracle: `ClosedForm::value`, which knows nothing of levers.
    let h = 1e-5;
    for form in FORMS {
        for (r, d) in [(0.8, 0.12), (0.3, 0.02), (0.95, 0.3), (0.9, -0.05)] {
            let value = |r: f64, d: f64| form.value(100.0, retention(r)?, annual(d)?, TimeUnit::Year);
            let e = Elasticities::closed_form(form, retention(r)?, annual(d)?, TimeUnit::Year)?;
            let base = value(r, d)?;
            let by_retention = (value(r * (1.0 + h), d)? - value(r * (1.0 - h), d)?) / (2.0 * h * base);
            let by_rate = (value(r, d * (1.0 + h))? - value(r, d * (1.0 - h))?) / (2.0 * h * base);
            assert!(e.retention.is_some_and(|e| (e - by_retention).abs() < DIFFERENCES), "{form:?} {r} {d}");
            assert!(e.discount_rate.is_some_and(|e| (e - by_rate).abs() < DIFFERENCES), "{form:?} {r} {d}");
        }
    }
    Ok(())
}

#[test]
fn endless_relationships_are_the_closed_forms_with_growth() -> Tested {
    for form in FORMS {
        let one = Relationship::endless(form, 100.0, retention(0.8)?, TimeUnit::Year)?;
        let model = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("one", one, None)?;
        let expected = form.value(100.0, retention(0.8)?, annual(0.12)?, TimeUnit::Year)?;
        assert!(close(model.total().dynamic, expected), "{form:?}");
    }
    // Margin grows by 4 %, first renewal 100: 100·.8/(1.12 − .8·1.04) = 277.777778.
    let growing = customer()?.with_growth(growth(0.04, GrowthFrom::FirstRenewal)?)?;
    let model = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("one", growing, None)?;
    assert!((model.total().dynamic - 277.777_778).abs() < PRINTED);
    same(&model.elasticities(Method::Analytic)?, &model.elasticities(Method::Numeric)?, DIFFERENCES);
    Ok(())
}

#[test]
fn growing_relationships_are_the_constant_relationships_with_growth_in_any_unit() -> Tested {
    // Oracle: `ConstantRelationship`, which knows nothing of levers; growth by year, periods of months.
    let (rate, kept) = (annual(0.12)?, retention(0.8)?);
    for from in [GrowthFrom::Initial, GrowthFrom::FirstRenewal] {
        for form in FORMS.into_iter().filter(|form| *form != ClosedForm::T6 || from == GrowthFrom::Initial) {
            for (period, by) in [(TimeUnit::Year, 0.04), (TimeUnit::Month, 0.04), (TimeUnit::Month, -0.2)] {
                let expected = ConstantRelationship::new(7.0, kept, rate, period)?.with_growth(growth(by, from)?);
                let one = Relationship::endless(form, 7.0, kept, period)?.with_growth(growth(by, from)?)?;
                let model = EquityModel::new(rate, period).with_part("one", one, None)?;
                let (found, expected) = (model.total().dynamic, expected.value(form)?.amount());
                assert!((found - expected).abs() < 1e-10 * expected, "{form:?} {from:?} {period}");
                same(&model.elasticities(Method::Analytic)?, &model.elasticities(Method::Numeric)?, DIFFERENCES);
            }
        }
    }
    let flow = Relationship::endless(ClosedForm::T6, 1.0, kept, TimeUnit::Year)?;
    assert!(flow.with_growth(growth(0.1, GrowthFrom::FirstRenewal)?).is_err());
    Ok(())
}

#[test]
fn a_sum_that_diverges_has_no_value_for_a_last_bit_below() -> Tested {
    // .7 · 1.6 is 1.12 but for rounding; the error tells retention and growth apart.
    let one = Relationship::endless(ClosedForm::T1, 100.0, retention(0.7)?, TimeUnit::Year)?;
    let one = one.with_growth(growth(0.6, GrowthFrom::FirstRenewal)?)?;
    let model = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("one", one, None);
    assert!(matches!(
        model,
        Err(ValueError::GrowthDiverges { retention, margin_growth, .. })
            if (retention - 0.7).abs() < RECOMPUTED && (margin_growth - 1.6).abs() < RECOMPUTED
    ));
    Ok(())
}

#[test]
fn a_long_stream_is_the_endless_relationship_in_value_and_elasticity() -> Tested {
    for (form, timing, first) in [
        (ClosedForm::T1, Timing::End, FirstPayment::AtRisk),
        (ClosedForm::T2, Timing::Start, FirstPayment::Certain),
        (ClosedForm::T3, Timing::End, FirstPayment::Certain),
        (ClosedForm::T4, Timing::Middle, FirstPayment::AtRisk),
        (ClosedForm::T5, Timing::Middle, FirstPayment::Certain),
    ] {
        let start = if first == FirstPayment::AtRisk { 80.0 } else { 100.0 };
        let profits: Vec<f64> = (0..400).map(|t| start * 0.8_f64.powi(t)).collect();
        let stream = Relationship::stream(profits, first, timing, TimeUnit::Year)?.with_retention(retention(0.8)?)?;
        let endless = Relationship::endless(form, 100.0, retention(0.8)?, TimeUnit::Year)?;
        let empty = EquityModel::new(annual(0.12)?, TimeUnit::Year);
        let (a, b) = (empty.clone().with_part("a", stream, None)?, empty.with_part("a", endless, None)?);
        same(&a.elasticities(Method::Analytic)?, &b.elasticities(Method::Analytic)?, 1e-10);
        for change in [
            Change::relative(Lever::Margin, 0.0),
            Change::relative(Lever::Retention, -0.1),
            Change::Retention(retention(0.85)?),
            Change::DiscountRate(annual(0.2)?),
            Change::relative(Lever::DiscountRate, 0.5),
        ] {
            assert!((a.at(&[change])?.dynamic - b.at(&[change])?.dynamic).abs() < 1e-9, "{form:?} {change}");
        }
    }
    Ok(())
}

#[test]
fn a_computed_base_is_worth_its_customers_and_moves_as_if_recomputed() -> Tested {
    let spec = convention(0.1, 4.5)?;
    let model = EquityModel::of_base(&spec.base_flows(&streams(0.8)?)?, FirstPayment::AtRisk)?;
    let values = CustomerEquity::new(&spec.compute(&streams(0.8)?)?);
    let total = model.total();
    assert!(close(total.current, values.current()) && close(total.potential, values.potential()));
    assert!(close(total.static_equity, total.dynamic) && close(total.customers, 4.0));
    same(&model.elasticities(Method::Analytic)?, &model.elasticities(Method::Numeric)?, DIFFERENCES);

    // Oracle: the same base valued again with the moved retention or rate.
    let moved = CustomerEquity::new(&spec.compute(&streams(0.72)?)?).total();
    assert!(close(model.at(&[Change::relative(Lever::Retention, -0.1)])?.dynamic, moved));
    let moved = CustomerEquity::new(&convention(0.15, 4.5)?.compute(&streams(0.8)?)?).total();
    assert!(close(model.at(&[Change::DiscountRate(annual(0.15)?)])?.dynamic, moved));
    assert!(close(model.at(&[Change::relative(Lever::DiscountRate, 0.5)])?.dynamic, moved));

    // T1 over five years: Σ t q^t / Σ q^t = 2.357989 for r = .8, d = .12.
    let level = ProfitStreams::new(CurrentProfit::level(vec![100.0])?)
        .with_survival(Survival::Constant { retention: retention(0.8)?, first: FirstPayment::AtRisk })?;
    let flows = convention(0.12, 5.0)?.base_flows(&level)?;
    let e = EquityModel::of_base(&flows, FirstPayment::AtRisk)?.elasticities(Method::Analytic)?;
    assert!(e.retention.is_some_and(|e| (e - 2.357_989).abs() < PRINTED));
    same(&e, &Elasticities::finite(5, retention(0.8)?, annual(0.12)?, TimeUnit::Year)?, 1e-12);
    Ok(())
}

#[test]
fn a_base_knows_the_retention_in_its_survival() -> Tested {
    let (spec, profit) = (convention(0.12, 3.0)?, CurrentProfit::level(vec![1.0])?);
    let flows = |survival: Survival| -> Result<BaseFlows, Box<dyn Error>> {
        Ok(spec.base_flows(&ProfitStreams::new(profit.clone()).with_survival(survival)?)?)
    };
    let constant =
        |first| -> Result<Survival, Box<dyn Error>> { Ok(Survival::Constant { retention: retention(0.95)?, first }) };
    let at_risk = flows(constant(FirstPayment::AtRisk)?)?;
    assert!(at_risk.highest_retention().is_some_and(|rate| close(rate.per(TimeUnit::Year), 0.95)));

    // No scenario is worth more than the certain annuity: retention goes to 1 and not above, nor is it understated.
    let base = Relationship::of_base(&at_risk, FirstPayment::AtRisk);
    assert!(base.clone().with_retention(retention(0.5)?).is_err_and(|e| e.to_string().contains("survival shows")));
    assert!(base.clone().with_retention(retention(0.95)?).is_ok());
    let model = EquityModel::of_base(&at_risk, FirstPayment::AtRisk)?;
    let certain = flows(Survival::Certain)?;
    assert!((model.at(&[Change::Retention(retention(1.0)?)])?.dynamic - certain.value()).abs() < 1e-12);
    assert!(model.at(&[Change::relative(Lever::Retention, 0.06)]).is_err());

    // Whether the first payment was at risk is in the flows; the caller cannot say otherwise.
    for first in [FirstPayment::AtRisk, FirstPayment::Certain] {
        let flows = flows(constant(first)?)?;
        let [a, b] = [FirstPayment::AtRisk, FirstPayment::Certain].map(|said| EquityModel::of_base(&flows, said));
        assert_eq!(a?.elasticities(Method::Analytic)?.retention, b?.elasticities(Method::Analytic)?.retention);
    }
    // A base without survival has no retention until somebody states one.
    assert_eq!(certain.highest_retention(), None);
    let model = EquityModel::of_base(&certain, FirstPayment::AtRisk)?;
    assert_eq!(model.elasticities(Method::Analytic)?.retention, None);
    assert_eq!(model.elasticities(Method::Numeric)?.retention, None);
    assert!(refusal(model.at(&[Change::relative(Lever::Retention, -0.1)]))?.contains("not in the flows"));
    let told = Relationship::of_base(&certain, FirstPayment::AtRisk).with_retention(retention(0.9)?)?;
    let told = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("a", told, None)?;
    assert!(told.elasticities(Method::Analytic)?.retention.is_some());

    // The best customer and period count, periods that nobody sees do not.
    let streams = ProfitStreams::new(CurrentProfit::level(vec![1.0, 1.0])?)
        .with_survival(Survival::panel(3, vec![0.5, 0.45, 0.0, 0.7, 0.7e-250, 0.7e-250])?)?;
    let highest = |flows: &BaseFlows| flows.highest_retention().map(|rate| rate.per(TimeUnit::Year));
    assert!(highest(&spec.base_flows(&streams)?).is_some_and(|rate| close(rate, 0.9)));
    let parts = spec.base_flows_by(&streams, &["b", "a"])?;
    let found: Vec<Option<f64>> = parts.iter().map(|(_, flows)| highest(flows)).collect();
    assert!(found[0].is_some_and(|rate| close(rate, 0.7)) && found[1].is_some_and(|rate| close(rate, 0.9)));
    Ok(())
}

#[test]
fn parts_of_many_customers_are_the_bases_of_their_own() -> Tested {
    // More customers than a chunk holds; every part equals, to the last bit, the base of its customers alone.
    let (n, spec) = (20_000_usize, convention(0.1, 3.0)?);
    let profit = |i: usize| 0.1 * (i % 977) as f64 - 7.3;
    let base = |rows: Vec<usize>| -> Result<ProfitStreams, Box<dyn Error>> {
        let survival = Survival::Constant { retention: retention(0.8)?, first: FirstPayment::AtRisk };
        let current = CurrentProfit::level(rows.into_iter().map(profit).collect())?;
        Ok(ProfitStreams::new(current).with_survival(survival)?)
    };
    let labels: Vec<String> = (0..n).map(|i| format!("part {}", i % 7)).collect();
    let parts = spec.base_flows_by(&base((0..n).collect())?, &labels)?;
    assert_eq!(parts.len(), 7);
    for (k, (name, flows)) in parts.iter().enumerate() {
        assert_eq!(name, &format!("part {k}"));
        assert_eq!(flows, &spec.base_flows(&base((k..n).step_by(7).collect())?)?);
    }
    Ok(())
}

#[test]
fn parts_add_up_to_the_whole_in_every_column_whatever_the_labels() -> Tested {
    let spec = convention(0.1, 6.0)?;
    let whole = EquityModel::of_base(&spec.base_flows(&streams(0.8)?)?, FirstPayment::AtRisk)?.total();
    for labels in [["gold", "iron", "gold", "none"], ["shop", "shop", "web", "web"]] {
        let flows = spec.base_flows_by(&streams(0.8)?, &labels)?;
        let mut model = EquityModel::of_parts(&flows, FirstPayment::AtRisk)?;
        assert!(close(model.total().dynamic, whole.dynamic));
        for (part, cost) in flows.iter().map(|(name, _)| name).zip([10.0, 25.0, 40.0]) {
            let won = [5.0, cost, 2.5];
            let plan = AcquisitionPlan::steady(Timing::Middle, &won, cost, &newcomer()?)?;
            model = model.with_plan(part, plan)?;
        }
        let model = model.with_tax(0.25)?;
        let (total, parts) = (model.total(), model.by_part());
        let sum = |of: fn(&EquityValue) -> f64| parts.iter().map(of).sum::<f64>();
        assert!(close(total.customers, sum(|p| p.customers)) && close(total.new_customers, sum(|p| p.new_customers)));
        assert!(close(total.current, sum(|p| p.current)) && close(total.potential, sum(|p| p.potential)));
        assert!(close(total.static_equity, sum(|p| p.static_equity)) && close(total.future, sum(|p| p.future)));
        assert!(close(total.future_value, sum(|p| p.future_value)));
        assert!(close(total.acquisition_cost, sum(|p| p.acquisition_cost)));
        assert!(close(total.dynamic, sum(|p| p.dynamic)));

        // Elasticities weighted with shares of equity add up as well.
        let e = model.elasticities(Method::Analytic)?;
        let by_part = model.elasticities_by_part(Method::Analytic)?;
        for lever in Lever::ALL {
            let weighted = parts.iter().zip(&by_part).map(|(part, (name, e))| {
                assert_eq!(&part.name, name);
                part.dynamic / total.dynamic * e.and_then(|e| e.of(lever)).unwrap_or(f64::NAN)
            });
            assert!(e.of(lever).is_some_and(|e| (e - weighted.sum::<f64>()).abs() < 1e-10), "{lever}");
        }
        // A scenario of the parts is the scenario of the whole.
        let change = [Change::relative(Lever::AcquisitionVolume, 0.2), Change::relative(Lever::DiscountRate, 0.1)];
        let parts = model.at_by_part(&change)?;
        assert!(close(model.at(&change)?.dynamic, parts.iter().map(|p| p.dynamic).sum()));
    }
    Ok(())
}

#[test]
fn tax_is_taken_from_all_of_equity_or_from_nothing() -> Tested {
    let plan = AcquisitionPlan::steady(Timing::End, &[10.0], 80.0, &newcomer()?)?;
    let gross = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("all", customer()?, Some(plan.clone()))?;
    let net = gross.clone().with_tax(0.25)?;
    let (a, b) = (gross.total(), net.total());
    assert!(close(0.75 * a.static_equity, b.static_equity) && close(0.75 * a.future, b.future));
    assert!(close(0.75 * a.dynamic, b.dynamic) && close(net.at(&[])?.dynamic, b.dynamic));
    same(&gross.elasticities(Method::Analytic)?, &net.elasticities(Method::Analytic)?, RECOMPUTED);
    // Before or after its parts makes no difference, and tax is not taken twice.
    let early = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_tax(0.25)?;
    assert_eq!(early.with_part("all", customer()?, Some(plan))?, net);
    assert_eq!(net.clone().with_tax(0.25)?, net);
    assert!(net.clone().with_tax(1.1).is_err() && net.with_tax(f64::NAN).is_err());
    Ok(())
}

#[test]
fn residual_values_are_refused_beside_an_acquisition_cost() -> Tested {
    for form in FORMS {
        let value = Relationship::endless(form, 100.0, retention(0.8)?, TimeUnit::Year)?;
        let plan = AcquisitionPlan::steady(Timing::End, &[1.0, 2.0], 80.0, &value);
        let leaves_out = matches!(form, ClosedForm::T1 | ClosedForm::T4);
        assert_eq!(plan.is_err(), leaves_out, "{form:?}");
        if let Err(error) = plan {
            assert!(error.to_string().contains("cohort 2 must contain the first margin"), "{error}");
        }
        let cohort = Cohort { customers: 1.0, cost: 80.0, value };
        assert!(AcquisitionPlan::accepting_residual_values(Timing::End, vec![cohort]).is_ok());
    }
    Ok(())
}

#[test]
fn a_plan_is_its_sum_after_tax() -> Tested {
    let worth = [300.0, 250.0];
    let cohorts = [(50.0, 60.0), (80.0, 90.0)];
    let cohort = |(value, (customers, cost)): (f64, (f64, f64))| {
        Ok::<_, Box<dyn Error>>(Cohort { customers, cost, value: Relationship::fixed(value)? })
    };
    let cohorts = worth.into_iter().zip(cohorts).map(cohort).collect::<Result<Vec<_>, _>>()?;
    let empty = EquityModel::new(annual(0.1)?, TimeUnit::Year);
    for (won, first) in [(Timing::Start, 0.0), (Timing::Middle, 0.5), (Timing::End, 1.0)] {
        let plan = AcquisitionPlan::new(won, cohorts.clone())?;
        let found = empty.clone().with_part("new", Relationship::nobody(), Some(plan))?.with_tax(0.2)?.total();
        let naive = 0.8 * (50.0 * 240.0 / 1.1_f64.powf(first) + 80.0 * 160.0 / 1.1_f64.powf(first + 1.0));
        assert!(close(found.future, naive) && found.static_equity.abs() <= 0.0, "{won}");
    }
    // A group's relationship counts per head.
    let group = newcomer()?.for_customers(20.0)?;
    let at = |value: &Relationship| {
        let plan = AcquisitionPlan::steady(Timing::End, &[7.0], 80.0, value)?;
        empty.clone().with_part("new", Relationship::nobody(), Some(plan)).map(|model| model.total().future)
    };
    assert!(close(at(&group)?, at(&newcomer()?)?));
    Ok(())
}

#[test]
fn a_bare_number_answers_to_margin_alone() -> Tested {
    let plan = AcquisitionPlan::steady(Timing::End, &[10.0], 80.0, &Relationship::fixed(250.0)?)?;
    let model = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("a", customer()?, Some(plan))?;
    for method in [Method::Analytic, Method::Numeric] {
        let e = model.elasticities(method)?;
        assert_eq!((e.retention, e.discount_rate), (None, None));
        assert!((e.margin + e.acquisition_cost - 1.0).abs() < DIFFERENCES);
    }
    assert!(model.at(&[Change::relative(Lever::Margin, 0.1)]).is_ok());
    let message = refusal(model.at(&[Change::relative(Lever::DiscountRate, 0.1)]))?;
    assert!(
        message.starts_with("scenario `discount rate +10.00 %` on `a`, cohort 1 must not move retention"),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_tornado_is_sorted_and_stands_on_the_base() -> Tested {
    let model = toy()?;
    let tornado = model.tornado(&[
        LeverRange::relative(Lever::AcquisitionCost, -0.5, 0.5),
        LeverRange::new(Change::AcquisitionVolume(0.0), Change::AcquisitionVolume(200.0))?,
        LeverRange::retention(retention(0.7)?, retention(0.9)?),
        LeverRange::relative(Lever::Margin, 0.0, 0.0),
        LeverRange::new(Change::DiscountRate(annual(0.12)?), Change::DiscountRate(annual(0.15)?))?,
    ])?;
    assert_eq!(tornado.base, model.total());
    assert!(tornado.rows.windows(2).all(|rows| rows[0].swing >= rows[1].swing));
    assert_eq!(tornado.rows[0].lever, Lever::Retention);
    assert!(tornado.caution.contains("Schulze, Skiera & Wiesel 2012"));
    for row in &tornado.rows {
        assert!(close(row.swing, (row.dynamic_high - row.dynamic_low).abs()));
    }
    let still = tornado.rows.last().ok_or("no rows")?;
    assert_eq!((still.dynamic_low.to_bits(), still.lever), (tornado.base.dynamic.to_bits(), Lever::Margin));
    let volume = tornado.rows.iter().find(|row| row.lever == Lever::AcquisitionVolume).ok_or("no volume")?;
    // Nobody won: the static equity alone; twice as many: twice the future.
    assert!(close(volume.dynamic_low, 250_000.0));
    assert!(close(volume.dynamic_high, 250_000.0 + 2.0 * tornado.base.future));
    let cost = tornado.rows.iter().find(|row| row.lever == Lever::AcquisitionCost).ok_or("no cost")?;
    assert!(close(cost.swing, tornado.base.acquisition_cost));
    let rate = tornado.rows.iter().find(|row| row.lever == Lever::DiscountRate).ok_or("no rate")?;
    assert!(close(rate.dynamic_low, tornado.base.dynamic) && rate.dynamic_high < rate.dynamic_low);
    assert_eq!(serde_json::from_str::<Tornado>(&serde_json::to_string(&tornado)?)?, tornado);
    Ok(())
}

#[test]
fn a_grid_holds_every_pair_and_the_base() -> Tested {
    let model = EquityModel::new(annual(0.12)?, TimeUnit::Year).with_part("one", customer()?, None)?;
    let rates = [0.08, 0.12, 0.16];
    let x: Vec<Change> = [0.6, 0.8].iter().map(|r| retention(*r).map(Change::Retention)).collect::<Result<_, _>>()?;
    let y: Vec<Change> = rates.iter().map(|d| annual(*d).map(Change::DiscountRate)).collect::<Result<_, _>>()?;
    let grid = model.grid(&x, &y)?;
    assert_eq!((grid.x_lever, grid.y_lever, grid.rows.len()), (Lever::Retention, Lever::DiscountRate, 6));
    for row in &grid.rows {
        let closed = 100.0 * row.x_number / (1.0 + row.y_number - row.x_number);
        assert!(close(row.dynamic, closed) && close(row.dynamic, row.static_equity + row.future));
    }
    assert!(close(grid.rows[4].dynamic, model.total().dynamic));
    assert_eq!(grid.rows[5].x, "retention to 80.00 % a year");

    let nothing = [Change::relative(Lever::Margin, 0.0)];
    let base = model.grid(&nothing, &[Change::relative(Lever::DiscountRate, 0.0)])?;
    assert_eq!(base.rows[0].dynamic.to_bits(), model.total().dynamic.to_bits());
    let toy = toy()?;
    assert_eq!(toy.at(&[])?, toy.total());
    assert!(model.grid(&nothing, &nothing).is_err());
    assert!(model.grid(&x, &[]).is_err());
    assert!(model.grid(&[x[0], y[0]], &y).is_err());
    Ok(())
}

#[test]
fn impossible_scenarios_are_refused_by_name_and_never_clamped() -> Tested {
    let model = toy()?;
    let message = refusal(model.at(&[Change::relative(Lever::Retention, 0.3)]))?;
    assert!(
        message.contains("scenario `retention +30.00 %` on `all` must keep retention at most 1 (got 1.04)"),
        "{message}"
    );
    for change in [
        Change::relative(Lever::DiscountRate, -10.0),
        Change::relative(Lever::DiscountRate, f64::NAN),
        Change::relative(Lever::Retention, -1.5),
        Change::relative(Lever::AcquisitionVolume, -1.1),
        Change::AcquisitionCost(-1.0),
        Change::AcquisitionVolume(f64::INFINITY),
        Change::Margin(f64::NAN),
        Change::DiscountRate(annual(-0.3)?),
    ] {
        let message = refusal(model.at(&[change]))?;
        assert!(message.starts_with(&format!("scenario `{change}`")), "{message}");
    }
    let twice = model.at(&[Change::Margin(1.0), Change::relative(Lever::Margin, 0.1)]);
    assert!(refusal(twice)?.contains("must move each lever once"));
    // All impossible ends are told at once.
    let ranges =
        [LeverRange::relative(Lever::Retention, -2.0, 0.1), LeverRange::relative(Lever::AcquisitionCost, -3.0, 0.1)];
    let message = refusal(model.tornado(&ranges))?;
    assert!(message.contains("`retention -200.00 %`") && message.contains("`acquisition cost -300.00 %`"), "{message}");

    // A stream does not tell its retention: a rise needs the level, a fall does not.
    let spec = convention(0.1, 3.0)?;
    let base = Relationship::of_base(&spec.base_flows(&streams(0.8)?)?, FirstPayment::AtRisk);
    let empty = EquityModel::new(annual(0.1)?, TimeUnit::Year);
    let stream = Relationship::stream(vec![8.0, 6.0], FirstPayment::AtRisk, Timing::End, TimeUnit::Year)?;
    let model = empty.clone().with_part("a", stream, None)?;
    assert!(model.at(&[Change::relative(Lever::Retention, -0.1)]).is_ok());
    assert!(refusal(model.at(&[Change::relative(Lever::Retention, 0.1)]))?.contains("with_retention"));
    assert!(refusal(model.at(&[Change::Margin(5.0)]))?.contains("by a share"));
    let told = empty.with_part("a", base, None)?;
    let moved = CustomerEquity::new(&spec.compute(&streams(0.88)?)?).total();
    assert!(close(told.at(&[Change::relative(Lever::Retention, 0.1)])?.dynamic, moved));
    assert!(close(told.at(&[Change::Retention(retention(0.88)?)])?.dynamic, moved));
    assert!(refusal(told.at(&[Change::relative(Lever::Retention, 0.3)]))?.contains("at most 1"));
    Ok(())
}

#[test]
fn impossible_models_are_refused() -> Tested {
    let (year, empty) = (TimeUnit::Year, EquityModel::new(annual(0.02)?, TimeUnit::Year));
    let growing = Relationship::endless(ClosedForm::T1, 100.0, retention(0.99)?, year)?
        .with_growth(growth(0.05, GrowthFrom::Initial)?)?;
    assert!(matches!(empty.clone().with_part("a", growing, None), Err(ValueError::GrowthDiverges { .. })));
    let certain = Relationship::endless(ClosedForm::T1, 100.0, retention(1.0)?, year)?;
    let free = EquityModel::new(annual(0.0)?, year).with_part("a", certain, None);
    assert!(matches!(free, Err(ValueError::Diverges { .. })));
    let monthly = Relationship::endless(ClosedForm::T1, 100.0, retention(0.8)?, TimeUnit::Month)?;
    assert!(refusal(empty.clone().with_part("a", monthly, None))?.contains("per year"));
    let flows = convention(0.1, 3.0)?.base_flows(&streams(0.8)?)?;
    let base = Relationship::of_base(&flows, FirstPayment::AtRisk);
    assert!(refusal(empty.clone().with_part("a", base.clone(), None))?.contains("at the rate of the model"));
    // The same rate, made per month.
    let by_month = DiscountRate::per_period(1.1_f64.powf(1.0 / 12.0) - 1.0, TimeUnit::Month)?;
    assert!(EquityModel::new(by_month, year).with_part("a", base.clone(), None).is_ok());
    let model = empty.with_part("a", customer()?, None)?;
    assert!(model.clone().with_part("a", customer()?, None).is_err());
    let plan = AcquisitionPlan::steady(Timing::End, &[1.0], 1.0, &newcomer()?)?;
    assert!(refusal(model.with_plan("b", plan))?.contains("must be one of a"));
    assert!(base.for_customers(2.0).is_err());
    assert!(customer()?.with_retention(retention(0.8)?).is_err());
    assert!(Relationship::endless(ClosedForm::T1, f64::NAN, retention(0.8)?, year).is_err());
    assert!(Relationship::stream(Vec::new(), FirstPayment::AtRisk, Timing::End, year).is_err());
    assert!(Relationship::fixed(f64::INFINITY).is_err());
    let bad = AcquisitionPlan::steady(Timing::End, &[1.0, -2.0], -80.0, &Relationship::nobody());
    assert!(bad.is_err_and(|e| e.violations().len() == 3));
    let nothing = EquityModel::new(annual(0.1)?, year).with_part("a", Relationship::nobody(), None)?;
    assert!(refusal(nothing.elasticities(Method::Analytic))?.contains("must not be zero"));
    assert_eq!(nothing.elasticities_by_part(Method::Numeric)?, [("a".to_owned(), None)]);
    Ok(())
}

#[test]
fn a_growth_curve_sums_to_its_ceiling_and_peaks_in_the_middle() -> Tested {
    // Gupta, Lehmann & Stuart (2004): N(t) = α/(1+exp(−β−γt)), half-way at t = −β/γ, where dN/dt = αγ/4.
    let growth = CustomerGrowth::new(400.0, -3.0, 0.5)?;
    assert!(close(growth.customers(6.0), 200.0) && close(growth.rate(6.0), 50.0));
    let slope = (growth.customers(2.0 + 1e-5) - growth.customers(2.0 - 1e-5)) / 2e-5;
    assert!((growth.rate(2.0) - slope).abs() < 1e-6);
    let won = growth.won(1.0, 200)?;
    assert!((won.iter().sum::<f64>() - (400.0 - growth.customers(1.0))).abs() < 1e-9);
    assert!(won.iter().all(|n| *n >= 0.0));
    assert!(CustomerGrowth::new(-1.0, f64::NAN, 0.0).is_err_and(|e| e.violations().len() == 3));
    assert!(serde_json::from_str::<CustomerGrowth>(r#"{"alpha":1.0,"beta":0.0,"gamma":-1.0}"#).is_err());
    Ok(())
}

fn endless(rate: f64, rows: &[(u32, f64, f64, f64)]) -> Result<BaseSnapshot<u32>, Box<dyn Error>> {
    let keep = rows.iter().map(|row| retention(row.2)).collect::<Result<Vec<_>, _>>()?;
    let (ids, margin) = rows.iter().map(|row| (row.0, row.1)).unzip();
    let potential = rows.iter().map(|row| row.3).collect();
    let base = BaseSnapshot::endless(ClosedForm::T1, annual(rate)?, TimeUnit::Year, ids, margin, keep)?;
    Ok(base.with_potential(potential)?)
}

const BEFORE: [(u32, f64, f64, f64); 5] =
    [(1, 100.0, 0.8, 5.0), (2, 40.0, 0.7, 0.0), (3, 25.0, 0.5, 1.0), (4, 9.0, 0.9, 0.0), (5, 77.0, 0.6, 3.0)];
const AFTER: [(u32, f64, f64, f64); 5] =
    [(7, 33.0, 0.4, 2.0), (4, 11.0, 0.85, 1.0), (1, 90.0, 0.84, 6.0), (5, 70.0, 0.6, 3.0), (2, 41.0, 0.7, 0.5)];

fn sum_of_terms(row: &BridgeRow) -> f64 {
    let steps = row.margin + row.retention + row.discount_rate + row.potential;
    row.before + row.new + row.regained + row.lost + row.moved + steps
}

#[test]
fn a_bridge_explains_the_whole_change_in_the_documented_order() -> Tested {
    let before = endless(0.12, &BEFORE)?.with_membership(vec![true, true, true, true, false])?;
    let after = endless(0.10, &AFTER)?.with_membership(vec![true, true, true, true, false])?;
    let bridge = EquityBridge::between(&before, &after)?.total;
    assert!(close(bridge.before, before.value()?) && close(bridge.after, after.value()?));
    assert!(close(sum_of_terms(&bridge), bridge.after));
    let counts = [bridge.customers_before, bridge.customers_new, bridge.customers_regained, bridge.customers_lost];
    // 7 is new, 5 was there but inactive, 3 went away, 2 became inactive; 1 and 4 stayed.
    assert_eq!((counts, bridge.customers_after), ([4, 1, 1, 2], 4));
    let t1 = |m: f64, r: f64, d: f64| m * r / (1.0 + d - r);
    assert!(close(bridge.new, t1(35.0, 0.4, 0.1)) && close(bridge.regained, t1(73.0, 0.6, 0.1)));
    assert!(close(bridge.lost, -t1(26.0, 0.5, 0.12) - t1(40.0, 0.7, 0.12)));
    // Margin first at the old retention and rate, then retention, then rate, then potential.
    assert!(close(bridge.margin, t1(-10.0, 0.8, 0.12) + t1(2.0, 0.9, 0.12)));
    let step = t1(95.0, 0.84, 0.12) - t1(95.0, 0.8, 0.12) + t1(11.0, 0.85, 0.12) - t1(11.0, 0.9, 0.12);
    assert!(close(bridge.retention, step));
    let step = t1(95.0, 0.84, 0.1) - t1(95.0, 0.84, 0.12) + t1(11.0, 0.85, 0.1) - t1(11.0, 0.85, 0.12);
    assert!(close(bridge.discount_rate, step));
    assert!(close(bridge.potential, t1(1.0, 0.84, 0.1) + t1(1.0, 0.85, 0.1)));
    assert!(bridge.moved.abs() <= 0.0);
    Ok(())
}

#[test]
fn the_bridges_of_parts_add_up_and_movers_cancel() -> Tested {
    let before = endless(0.12, &BEFORE)?.with_parts(vec!["a", "b", "b", "a", "c"])?;
    let after = endless(0.10, &AFTER)?.with_parts(vec!["d", "a", "b", "c", "b"])?;
    let bridge = EquityBridge::between(&before, &after)?;
    let names: Vec<&str> = bridge.parts.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    for row in bridge.parts.iter().chain([&bridge.total]) {
        assert!(close(sum_of_terms(row), row.after), "{}", row.name);
    }
    // Customer 1 went from a to b at the value before: 105·.8/.32 = 262.5.
    assert!(close(bridge.parts[0].moved, -262.5) && close(bridge.parts[1].moved, 262.5));
    assert!(bridge.total.moved.abs() <= 0.0);
    let columns: [fn(&BridgeRow) -> f64; 6] =
        [|r| r.before, |r| r.new, |r| r.lost, |r| r.margin, |r| r.retention, |r| r.after];
    for of in columns {
        assert!(close(of(&bridge.total), bridge.parts.iter().map(of).sum()));
    }
    // A whole is not changed by its division.
    let plain = EquityBridge::between(&endless(0.12, &BEFORE)?, &endless(0.10, &AFTER)?)?;
    assert_eq!((plain.total, plain.parts.len()), (bridge.total.clone(), 0));
    assert_eq!(serde_json::from_str::<EquityBridge>(&serde_json::to_string(&bridge)?)?, bridge);
    Ok(())
}

#[test]
fn finite_snapshots_are_worth_what_lifetime_values_are() -> Tested {
    let spec = convention(0.1, 4.5)?;
    let values = CustomerEquity::new(&spec.compute(&streams(0.8)?)?);
    let survival = Survival::Constant { retention: retention(0.8)?, first: FirstPayment::AtRisk };
    let (ids, margin) = (vec!["a", "b", "c", "d"], vec![100.0, 40.0, -7.0, 12.5]);
    let base = BaseSnapshot::surviving(spec, ids.clone(), margin.clone(), survival)?;
    assert!(close(base.value()?, values.current()));
    let with_potential = base.clone().with_potential(vec![10.0, 0.0, 3.0, 1.0])?;
    assert!(close(with_potential.value()?, values.total()));
    // The same weights, written out; bridged against each other nothing has changed.
    let weights = (0..4).flat_map(|_| (1..=5).map(|t| 0.8_f64.powi(t))).collect();
    let written = BaseSnapshot::weighted(spec, ids, margin, weights)?;
    let bridge = EquityBridge::between(&base, &written)?.total;
    assert!(close(bridge.before, bridge.after) && bridge.retention.abs() < 1e-9 && bridge.margin.abs() <= 0.0);
    Ok(())
}

#[test]
fn snapshots_that_cannot_be_compared_are_refused() -> Tested {
    let (ids, margin) = (vec![1_u32, 2, 1], vec![1.0, f64::NAN]);
    let bad =
        BaseSnapshot::endless(ClosedForm::T1, annual(0.1)?, TimeUnit::Year, ids, margin, vec![retention(0.8)?; 3]);
    let message = bad.err().ok_or("accepted")?.to_string();
    assert!(
        message.contains("margin must be one for each of 3")
            && message.contains("id must not be repeated (got row 2: 1)")
    );
    let weighted =
        |spec: LifetimeValue| BaseSnapshot::weighted(spec, vec![1_u32], vec![1.0], vec![0.5; spec.periods()]);
    let years = weighted(convention(0.1, 3.0)?)?;
    let months = LifetimeValue::builder()
        .rate(annual(0.1)?)
        .horizon(Horizon::years(3.0)?)
        .period(TimeUnit::Month)
        .timing(Timing::Start)
        .build()?;
    let message = refusal(EquityBridge::between(&years, &weighted(months)?))?;
    assert!(message.contains("period must be the same") && message.contains("timing must be the same"), "{message}");
    assert!(EquityBridge::between(&years, &weighted(convention(0.1, 2.0)?)?).is_err());
    assert!(EquityBridge::between(&years, &endless(0.1, &BEFORE)?).is_err());
    assert!(EquityBridge::between(&years, &years.clone().with_parts(vec!["a"])?).is_err());
    assert!(EquityBridge::between(&years, &years.clone().with_potential(vec![0.0])?).is_err());
    assert!(EquityBridge::between(&years, &weighted(convention(0.2, 3.0)?)?).is_ok());
    assert!(years.clone().with_membership(vec![true, false]).is_err());
    let huge = BaseSnapshot::weighted(convention(0.1, 1.0)?, vec![1_u32], vec![1e13], vec![1.0])?;
    assert!(huge.value().is_err() && EquityBridge::between(&huge, &huge).is_err());
    // Row and snapshot are named, also where rows before are no customers.
    let of = |margin: [f64; 4]| {
        let ids = vec![1_u32, 2, 3, 4];
        BaseSnapshot::weighted(convention(0.1, 1.0)?, ids, margin.to_vec(), vec![1.0; 4])
            .map_err(Box::<dyn Error>::from)
    };
    let members = vec![false, true, true, true];
    let (before, after) = (
        of([1.0, 1.0, 2e13, 1.0])?.with_membership(members.clone())?,
        of([1.0, 1.0, 1.0, 3e13])?.with_membership(members)?,
    );
    assert!(refusal(before.value())?.contains("row 2: "));
    let message = refusal(EquityBridge::between(&before, &after))?;
    assert!(message.contains("in the snapshot before must be finite and at most 1e12 (got row 2: "), "{message}");
    assert!(message.contains("in the snapshot after must be finite and at most 1e12 (got row 3: "), "{message}");
    let survival = Survival::curve(vec![0.5])?;
    assert!(BaseSnapshot::surviving(convention(0.1, 3.0)?, vec![1_u32], vec![1.0], survival).is_err());
    assert!(BaseSnapshot::weighted(convention(0.1, 3.0)?, vec![1_u32], vec![1.0], vec![0.5; 2]).is_err());
    Ok(())
}

/// A relationship of any kind that may be drawn.
fn relationships() -> impl Strategy<Value = Relationship> {
    let endless = (0_usize..6, 1.0..500.0_f64, 0.05..0.9_f64, -0.05..0.05_f64, any::<bool>()).prop_filter_map(
        "valid by construction",
        |(form, margin, rate, by, initial)| {
            let one = Relationship::endless(FORMS[form], margin, retention(rate).ok()?, TimeUnit::Year).ok()?;
            let from = if initial || form == 5 { GrowthFrom::Initial } else { GrowthFrom::FirstRenewal };
            one.with_growth(growth(by, from).ok()?).ok()
        },
    );
    let stream = (prop::collection::vec(-20.0..500.0_f64, 1..60), any::<bool>(), 0_u8..3).prop_filter_map(
        "valid by construction",
        |(profits, at_risk, timing)| {
            let first = if at_risk { FirstPayment::AtRisk } else { FirstPayment::Certain };
            let timing = [Timing::Start, Timing::Middle, Timing::End][usize::from(timing)];
            Relationship::stream(profits, first, timing, TimeUnit::Year).ok()
        },
    );
    prop_oneof![endless, stream]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn margin_less_acquisition_cost_is_one_and_methods_agree(
        existing in relationships(),
        customers in 1.0..1e5_f64,
        plan in prop::option::of((relationships(), prop::collection::vec(0.0..1e3_f64, 1..10), 0.0..400.0_f64, 0.0..0.9_f64)),
        rate in 0.0..0.4_f64,
    ) {
        let existing = existing.for_customers(customers).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let share = plan.as_ref().map_or(0.0, |plan| plan.3);
        let plan = match &plan {
            None => None,
            Some((value, won, cost, _)) => {
                let cohort = |n: &f64| Cohort { customers: *n, cost: *cost, value: value.clone() };
                let plan = AcquisitionPlan::accepting_residual_values(Timing::Middle, won.iter().map(cohort).collect());
                Some(plan.map_err(|e| TestCaseError::fail(e.to_string()))?)
            }
        };
        let rate = annual(rate).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let model = EquityModel::new(rate, TimeUnit::Year)
            .with_part("all", existing, plan.clone())
            .and_then(|model| model.with_tax(share))
            .map_err(|e| TestCaseError::fail(e.to_string()))?;
        let value = model.total();
        // Elasticities of a value that is next to nothing beside its terms amplify rounding.
        prop_assume!(value.dynamic.abs() > 0.05 * (value.static_equity.abs() + value.future_value.abs() + value.acquisition_cost));
        let [analytic, numeric] = [Method::Analytic, Method::Numeric].map(|method| model.elasticities(method));
        let (analytic, numeric) =
            (analytic.map_err(|e| TestCaseError::fail(e.to_string()))?, numeric.map_err(|e| TestCaseError::fail(e.to_string()))?);
        prop_assert!((analytic.margin + analytic.acquisition_cost - 1.0).abs() < 1e-12);
        if value.dynamic > 0.0 {
            prop_assert!((analytic.margin - analytic.acquisition_cost.abs() - 1.0).abs() < 1e-12);
        }
        same(&analytic, &numeric, DIFFERENCES);
    }

    #[test]
    fn bridges_telescope_without_a_bit_lost(
        before in prop::collection::btree_map(0_u32..40, (-50.0..500.0_f64, 0.0..0.95_f64, 0.0..9.0_f64, any::<bool>(), 0_u8..3), 1..30),
        after in prop::collection::btree_map(0_u32..40, (-50.0..500.0_f64, 0.0..0.95_f64, 0.0..9.0_f64, any::<bool>(), 0_u8..3), 1..30),
        rates in (0.0..0.3_f64, 0.0..0.3_f64),
    ) {
        type Rows = std::collections::BTreeMap<u32, (f64, f64, f64, bool, u8)>;
        let snapshot = |rows: &Rows, rate: f64, reverse: bool| {
            let mut list: Vec<_> = rows.iter().collect();
            if reverse {
                list.reverse();
            }
            let flat: Vec<_> = list.iter().map(|(id, row)| (**id, row.0, row.1, row.2)).collect();
            endless(rate, &flat)
                .and_then(|s| Ok(s.with_membership(list.iter().map(|(_, row)| row.3).collect())?))
                .and_then(|s| Ok(s.with_parts(list.iter().map(|(_, row)| row.4.to_string()).collect::<Vec<_>>())?))
                .map_err(|e| TestCaseError::fail(e.to_string()))
        };
        let (a, b) = (snapshot(&before, rates.0, false)?, snapshot(&after, rates.1, false)?);
        let parts = tally(&a, &b).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut moved = ExactSum::ZERO;
        for part in parts.values() {
            let mut sum = part.before;
            for term in [part.new, part.regained, part.lost, part.moved].into_iter().chain(part.steps) {
                sum.merge(term);
            }
            prop_assert_eq!(sum, part.after);
            moved.merge(part.moved);
        }
        prop_assert_eq!(moved, ExactSum::ZERO);
        // The whole is what the snapshots say, and the order of rows does not change a bit.
        let bridge = EquityBridge::between(&a, &b).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let value = |s: &BaseSnapshot<u32>| s.value().map_err(|e| TestCaseError::fail(e.to_string()));
        prop_assert_eq!(bridge.total.before.to_bits(), value(&a)?.to_bits());
        prop_assert_eq!(bridge.total.after.to_bits(), value(&b)?.to_bits());
        let (a, b) = (snapshot(&before, rates.0, true)?, snapshot(&after, rates.1, true)?);
        prop_assert_eq!(bridge, EquityBridge::between(&a, &b).map_err(|e| TestCaseError::fail(e.to_string()))?);
    }
}
