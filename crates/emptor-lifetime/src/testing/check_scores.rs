//! The invariants of what a model says of customers.

use emptor_types::{DiscountRate, Horizon, TimeUnit};

use super::TestResult;
use super::base::with_rows;
use crate::purchase::Process;
use crate::{Fitted, PurchaseModel, SimulatedHistory};

/// A distribution summed term by term.
const PROBABILITY: f64 = 1e-9;
/// An expectation over a distribution summed term by term, relative.
const MEAN: f64 = 1e-7;
/// A discounted sum by quadrature, relative.
const QUADRATURE: f64 = 1e-7;

pub(crate) fn check_scores<P: Process>(model: &Fitted<P>, base: &SimulatedHistory) -> TestResult {
    let view = base.view()?;
    let alive = model.p_alive(&view)?;
    assert_eq!(alive.len(), base.t.len());
    assert!(alive.iter().all(|p| (0.0..=1.0).contains(p)));

    let month = if P::DISCRETE { 1.0 } else { 4.348 };
    let times: Vec<f64> = (1..=24).map(|i| f64::from(i) * month).collect();
    let columns = model.expected_purchases_schedule(&view, &times)?;
    for pair in columns.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(sooner, later)| later >= sooner && later.is_finite()));
    }
    let year = Horizon::weeks(times[11])?;
    assert_eq!(model.expected_purchases(&view, year)?, columns[11], "one horizon is one column of a schedule");

    let later = model.p_alive_schedule(&view, &times)?;
    for pair in later.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(sooner, later)| later <= &(sooner * (1.0 + PROBABILITY))));
    }
    assert!(alive.iter().zip(&later[0]).all(|(now, later)| (0.0..=now * (1.0 + PROBABILITY)).contains(later)));

    let mut scrambled = model.expected_purchases(&base.shuffled().view()?, year)?;
    let mut straight = columns[11].clone();
    scrambled.sort_by(f64::total_cmp);
    straight.sort_by(f64::total_cmp);
    assert_eq!(scrambled, straight, "a score depends on its own row only");

    let none = model.probability_of_no_purchase(&view, year)?;
    let active = model.expected_active_customers(&view, year)?;
    assert!((active - none.iter().map(|none| 1.0 - none).sum::<f64>()).abs() < MEAN * active);
    assert!(none.iter().zip(&columns[11]).all(|(none, mean)| 1.0 - none <= mean * (1.0 + MEAN) + PROBABILITY));

    check_recency(model)?;
    check_distribution(model, times[8])?;
    check_discount(model)
}

/// The longer ago the last purchase, the less likely alive.
fn check_recency<P: Process>(model: &Fitted<P>) -> TestResult {
    for x in [1.0, 3.0, 20.0] {
        let rows: Vec<(f64, f64, f64)> = (1..=50)
            .map(f64::from)
            .filter(|&recency| !P::DISCRETE || recency >= x)
            .map(|recency| (x, recency, 50.0))
            .collect();
        let alive = with_rows(&rows, TimeUnit::Week, |view| model.p_alive(&view))??;
        assert!(alive.windows(2).all(|pair| pair[1] >= pair[0]), "x = {x}: {alive:?}");
        let nobody_leaves = P::PARAMETERS.len() == 2;
        assert!(nobody_leaves || alive[alive.len() - 1] > alive[0], "x = {x}: {alive:?}");
    }
    Ok(())
}

/// The probabilities of all counts sum to one, and their mean is the expectation.
fn check_distribution<P: Process>(model: &Fitted<P>, time: f64) -> TestResult {
    let horizon = Horizon::weeks(time)?;
    let most = if P::DISCRETE { time as u64 + 2 } else { 1500 };
    let customers = [(0.0, 0.0, 30.0), (4.0, 24.0, 30.0), (4.0, 5.0, 30.0)];
    for row in customers {
        let of = |n: u64| with_rows(&[row], TimeUnit::Week, |view| model.probability_of_n_purchases(&view, n, horizon));
        let mut probabilities = Vec::new();
        for n in 0..most {
            probabilities.push(of(n)??[0]);
        }
        let expected = with_rows(&[row], TimeUnit::Week, |view| model.expected_purchases(&view, horizon))??[0];
        check_counts(&probabilities, expected, &format!("{row:?}"));
    }
    let mut probabilities = Vec::new();
    for n in 0..most {
        probabilities.push(model.probability_of_n_purchases_new_customer(n, horizon)?);
    }
    check_counts(&probabilities, model.expected_purchases_new_customer(horizon)?, "new customer");
    Ok(())
}

fn check_counts(probabilities: &[f64], expected: f64, whose: &str) {
    assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{whose}");
    let total: f64 = probabilities.iter().sum();
    assert!((total - 1.0).abs() < PROBABILITY, "{whose}: {total}");
    let mean: f64 = probabilities.iter().zip(0..).map(|(p, n)| p * f64::from(n)).sum();
    assert!((mean - expected).abs() < MEAN * f64::max(1.0, expected), "{whose}: mean {mean}, expected {expected}");
}

/// DERT is the integral of discounted expected purchases: by parts, `δ ∫ e^(−δt) E(t) dt`.
fn check_discount<P: Process>(model: &Fitted<P>) -> TestResult {
    const STEP: f64 = 0.05;
    let rate = DiscountRate::annual_effective(0.5)?;
    let force = rate.per(TimeUnit::Week).ln_1p();
    let rows = [(0.0, 0.0, 30.0), (4.0, 24.0, 30.0), (4.0, 5.0, 30.0), (9.0, 30.0, 30.0)];
    let dert = with_rows(&rows, TimeUnit::Week, |view| model.dert(&view, rate))??;
    let integral = if P::DISCRETE {
        let times: Vec<f64> = (1..=20_000).map(f64::from).collect();
        let columns = with_rows(&rows, TimeUnit::Week, |view| model.expected_purchases_schedule(&view, &times))??;
        (0..rows.len())
            .map(|row| {
                let increment = |i: usize| columns[i][row] - if i > 0 { columns[i - 1][row] } else { 0.0 };
                (0..times.len()).map(|i| increment(i) * (-force * times[i]).exp()).sum()
            })
            .collect()
    } else {
        // The trapezoidal rule in ln t.
        let logs: Vec<f64> = (-400..76).map(|i| f64::from(i) * STEP).collect();
        let times: Vec<f64> = logs.iter().map(|y| y.exp() / force).collect();
        let columns = with_rows(&rows, TimeUnit::Week, |view| model.expected_purchases_schedule(&view, &times))??;
        let integral = |row: usize| {
            let terms =
                columns.iter().zip(&times).map(|(column, time)| column[row] * (-force * time).exp() * force * time);
            STEP * terms.sum::<f64>()
        };
        (0..rows.len()).map(integral).collect::<Vec<f64>>()
    };
    for ((dert, integral), row) in dert.iter().zip(integral).zip(rows) {
        assert!((dert / integral - 1.0).abs() < QUADRATURE, "{row:?}: {dert}, by quadrature {integral}");
    }
    let new = model.dert_new_customer(rate)?;
    assert!(new.is_finite() && new > 0.0, "{new}");
    assert!(model.dert_new_customer(DiscountRate::annual_effective(0.0)?).is_err());
    Ok(())
}
