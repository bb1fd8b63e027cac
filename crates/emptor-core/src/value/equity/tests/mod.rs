//! Golden numbers and identities of bases, plans and levers.

mod bridges;
mod scenarios;

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
