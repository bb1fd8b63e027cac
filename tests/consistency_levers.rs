//! Identities of closed forms, elasticities and the whale curve, on random numbers.

use emptor::value::ClosedForm;
use emptor::value::equity::{AcquisitionPlan, Cohort, EquityModel, Method, Relationship};
use emptor::value::portfolio::WhaleCurve;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::consistency_value::{money, near, timings};
use crate::golden_equity::{YEAR, kept, yearly};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_margin_is_all_that_tells_an_acquisition_from_a_residual_value(
        margin in money(), retention in 0.0..0.999, rate in 0.0..1.0,
    ) {
        let value = |form: ClosedForm| form.value(margin, kept(retention), yearly(rate), YEAR).unwrap();
        let (t1, t2) = (value(ClosedForm::T1), value(ClosedForm::T2));
        near(t2, margin + t1, t2.abs())?;
        near(value(ClosedForm::T3) * retention, t1, t1.abs())?;
        near(t2, (1.0 + rate) * value(ClosedForm::T3), t2.abs())?;
    }

    #[test]
    fn money_that_costs_more_lowers_every_closed_form(
        margin in 1.0..1e4, retention in 0.05..1.0, rate in 0.01..0.5, dearer in 0.01..0.5,
    ) {
        for form in ClosedForm::ALL {
            let at = |rate| form.value(margin, kept(retention), yearly(rate), YEAR).unwrap();
            prop_assert!(at(rate + dearer) < at(rate), "{form}");
        }
    }

    #[test]
    fn loyalty_raises_every_closed_form(
        margin in 1.0..1e4, retention in 0.0..0.9, loyal in 0.01..0.1, rate in 0.01..0.5,
    ) {
        for form in ClosedForm::ALL {
            let at = |retention| form.value(margin, kept(retention), yearly(rate), YEAR).unwrap();
            prop_assert!(at(retention + loyal) > at(retention), "{form}");
        }
    }

    #[test]
    fn one_per_cent_of_margin_is_one_per_cent_of_equity_before_acquisition_cost(
        customers in 0.0..1e4, margin in 1.0..1e3, retention in 0.05..0.95, rate in 0.01..0.5,
        cohorts in vec((0.0..1e3, 0.0..1e3), 1..8), form in prop::sample::select(ClosedForm::ALL.to_vec()),
        timing in timings(),
    ) {
        let customer = |form| Relationship::endless(form, margin, kept(retention), YEAR).unwrap();
        let cohort = |&(customers, cost)| Cohort { customers, cost, value: customer(form) };
        let plan = AcquisitionPlan::accepting_residual_values(timing, cohorts.iter().map(cohort).collect()).unwrap();
        let existing = customer(ClosedForm::T1).for_customers(customers).unwrap();
        let model = EquityModel::new(yearly(rate), YEAR).with_part("all", existing, Some(plan)).unwrap();
        let equity = model.total();
        // Nothing is a share of nothing: far from where costs eat up all of equity.
        prop_assume!(equity.dynamic.abs() > 1e-3 * (equity.static_equity + equity.future_value));
        let e = model.elasticities(Method::Analytic).unwrap();
        // η_acquisition cost is negative or nothing where equity is positive, so that |η_margin| − |η_cost| = 1 there.
        near(e.margin + e.acquisition_cost, 1.0, e.margin)?;
        if equity.dynamic > 0.0 {
            near(e.margin.abs() - e.acquisition_cost.abs(), 1.0, e.margin)?;
        }
    }

    #[test]
    fn the_whale_ends_at_the_exact_sum(cents in vec(-1_000_000_i64..1_000_000, 1..200)) {
        // Profits in 64ths are exact in doubles, and so is their sum in whole numbers.
        let profits: Vec<f64> = cents.iter().map(|c| *c as f64 / 64.0).collect();
        let exact = |c: &mut dyn Iterator<Item = i64>| c.sum::<i64>() as f64 / 64.0;
        let curve = WhaleCurve::new(&profits).unwrap();
        let total = exact(&mut cents.iter().copied());
        prop_assert_eq!(curve.cumulative()[cents.len() - 1].to_bits(), (total + 0.0).to_bits());
        prop_assert_eq!(curve.total().to_bits(), (total + 0.0).to_bits());
        let summary = curve.summary();
        prop_assert_eq!(summary.peak.to_bits(), exact(&mut cents.iter().copied().filter(|c| *c > 0)).to_bits());
        prop_assert_eq!(summary.lost.to_bits(), exact(&mut cents.iter().map(|c| -c).filter(|c| *c > 0)).to_bits());
        prop_assert!(curve.cumulative().iter().all(|sum| *sum <= summary.peak));
    }
}
