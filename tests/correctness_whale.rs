//! The whale curve of fixture A, under every policy for missing cost.

use std::collections::BTreeMap;

use emptor::value::portfolio::WhaleCurve;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    policy: BTreeMap<String, Policy>,
}

#[derive(Deserialize)]
struct Policy {
    whale: Whale,
    customers: Vec<Customer>,
}

#[derive(Deserialize)]
struct Customer {
    customer: String,
    cm2: Option<f64>,
    rank: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whale {
    customers: Vec<String>,
    cumulative: Vec<f64>,
    cumulative_share: Vec<f64>,
    peak: f64,
    peak_money: f64,
    peak_customer: usize,
    peak_share_of_customers: f64,
    loss_making_customers: usize,
    share_loss_making: f64,
    total: f64,
}

/// Sums of a few hundreds in doubles; the fixture's own tolerance for money.
const ROUNDING: f64 = 1e-12;

#[test]
fn the_whale_curve_is_that_of_fixture_a() {
    let fixture: Fixture = toml::from_str(include_str!("golden/fixture_a.toml")).unwrap();
    assert_eq!(fixture.policy.len(), 3);
    for (policy, Policy { whale, customers }) in fixture.policy {
        let near = |ours: f64, expected: f64, what: &str| {
            assert!(
                (ours - expected).abs() <= ROUNDING * expected.abs().max(1.0),
                "{policy}, {what}: {ours} {expected}"
            );
        };
        // Customers of unknown profit have no place on the curve.
        let known: Vec<(&Customer, f64)> = customers.iter().filter_map(|c| Some((c, c.cm2?))).collect();
        assert!(customers.iter().all(|c| c.cm2.is_some() == c.rank.is_some()));
        let curve = WhaleCurve::new(&known.iter().map(|(_, cm2)| *cm2).collect::<Vec<f64>>()).unwrap();

        let names: Vec<&str> = curve.order().iter().map(|row| known[*row].0.customer.as_str()).collect();
        assert_eq!(names, whale.customers, "{policy}");
        for (place, row) in (1..).zip(curve.order()) {
            assert_eq!(known[*row].0.rank, Some(place), "{policy}");
        }
        assert_eq!(curve.cumulative().len(), whale.cumulative.len());
        for (k, (money, share)) in (1..).zip(whale.cumulative.iter().zip(&whale.cumulative_share)) {
            let point = curve.point(k).unwrap();
            near(point.cumulative, *money, "cumulative");
            near(point.share_of_total.unwrap(), *share, "share");
        }
        let summary = curve.summary();
        near(summary.peak, whale.peak_money, "peak");
        near(summary.peak_over_total.unwrap(), whale.peak, "peak over total");
        near(summary.share_at_peak, whale.peak_share_of_customers, "share at peak");
        near(summary.share_loss_making, whale.share_loss_making, "share that loses");
        near(summary.total, whale.total, "total");
        assert_eq!(
            (summary.customers_at_peak, summary.loss_making),
            (whale.peak_customer, whale.loss_making_customers)
        );
    }
}
