//! Bridges between two dates, and identities for any inputs.

use super::*;

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
