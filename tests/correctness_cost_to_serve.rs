//! Time-driven activity-based costing: what capacity costs, what activities are charged, how long they take.

use emptor::value::profitability::{ActivityVolume, CapacityPool, TimeEquation, traditional_abc_rate};
use serde::Deserialize;

use crate::golden_equity::{Numbers, family};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pool {
    cost: f64,
    capacity_minutes: f64,
    activities: Vec<String>,
    quantity: Vec<f64>,
    minutes: Vec<f64>,
    rate: f64,
    unit_rate: Vec<f64>,
    used_minutes: f64,
    assigned: f64,
    unused_minutes: f64,
    unused: f64,
    pool_percent: Vec<f64>,
    traditional_rate: Vec<f64>,
    #[serde(default)]
    quoted: Numbers,
    #[serde(default)]
    quoted_unit_rate: Vec<f64>,
    #[serde(default)]
    quoted_traditional_rate: Vec<f64>,
    quoted_tolerance: Option<f64>,
}

#[test]
fn activities_are_charged_for_their_minutes_and_idle_ones_to_nobody() {
    for (case, at) in family::<Pool>("cost_to_serve") {
        let volumes: Vec<ActivityVolume> = (case.activities.iter().zip(&case.quantity).zip(&case.minutes))
            .map(|((name, volume), minutes)| ActivityVolume::new(name, *volume, *minutes).unwrap())
            .collect();
        let charged = CapacityPool::new(case.cost, case.capacity_minutes).unwrap().assign(&volumes);
        // The cases count overload as unused capacity below nothing.
        let ours = |name: &str| match name {
            "rate" => charged.rate,
            "used_minutes" => charged.used_minutes,
            "assigned" => charged.assigned_cost,
            "unused_minutes" => charged.unused_minutes - charged.overload_minutes,
            "unused" => charged.unused_cost - charged.overload_cost,
            other => panic!("{other}"),
        };
        for (name, expected) in [
            ("rate", case.rate),
            ("used_minutes", case.used_minutes),
            ("assigned", case.assigned),
            ("unused_minutes", case.unused_minutes),
            ("unused", case.unused),
        ] {
            at.meets(name, ours(name), expected);
        }
        at.quoted_named(ours, &case.quoted, case.quoted_tolerance);
        at.meets("the whole pool", ours("assigned") + ours("unused"), case.cost);
        let rates: Vec<f64> = charged.lines.iter().map(|line| line.unit_rate).collect();
        at.meets_each("unit rate", &rates, &case.unit_rate);
        at.quoted_each("unit rate", &rates, &case.quoted_unit_rate, case.quoted_tolerance);

        let traditional: Vec<f64> = (case.pool_percent.iter().zip(&case.quantity))
            .map(|(percent, volume)| traditional_abc_rate(case.cost, percent / 100.0, *volume).unwrap())
            .collect();
        at.meets_each("traditional rate", &traditional, &case.traditional_rate);
        at.quoted_each("traditional rate", &traditional, &case.quoted_traditional_rate, case.quoted_tolerance);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Equation {
    base: f64,
    per_driver: Vec<f64>,
    drivers: Vec<f64>,
    expected: f64,
}

#[test]
fn activities_take_the_minutes_of_their_time_equation() {
    let mut refused = 0;
    for (case, at) in family::<Equation>("time_equation") {
        let names: Vec<String> = (0..case.drivers.len()).map(|k| format!("driver {k}")).collect();
        let equation = (names.iter().zip(&case.per_driver))
            .try_fold(TimeEquation::base(case.base).unwrap(), |equation, (name, each)| equation.plus(name, *each));
        // A driver that saves time is refused: minutes could fall below nothing.
        if case.per_driver.iter().any(|each| *each < 0.0) {
            assert!(equation.is_err());
            refused += 1;
            continue;
        }
        let values: Vec<(&str, f64)> = names.iter().map(String::as_str).zip(case.drivers).collect();
        at.meets("minutes", equation.unwrap().minutes(&values).unwrap(), case.expected);
    }
    assert_eq!(refused, 1);
}
