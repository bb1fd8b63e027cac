//! Every function of this module against `tests/golden/special.csv`: 25 digits, written by `special.py` beside it.

use std::collections::BTreeMap;

use super::*;

const GRID: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/special.csv");

/// What an error is counted against.
#[derive(Debug, Clone, Copy)]
enum Against {
    /// The value.
    Value,
    /// The value or 1, whichever is larger: for logarithms, so that it is the relative error of the function itself
    /// where that is not extreme.
    ValueOrOne,
}
use Against::{Value, ValueOrOne};

/// Function, what its error is counted against, and how large that may be.
const ACCURACY: [(&str, Against, f64); 19] = [
    ("ln_gamma", ValueOrOne, 2e-15),
    ("digamma", ValueOrOne, 2e-15),
    ("trigamma", Value, 2e-15),
    ("ln_gamma_ratio", Value, 4e-15),
    ("ln_beta", ValueOrOne, 4e-15),
    ("normal_quantile", Value, 1e-15),
    ("ln_gamma_p", ValueOrOne, 1e-14),
    ("ln_gamma_q", ValueOrOne, 1e-14),
    ("ln_gamma_p_by_a", ValueOrOne, 1e-14),
    ("ln_gamma_q_by_a", ValueOrOne, 1e-14),
    ("ln_gamma_density", ValueOrOne, 1e-14),
    ("scaled_exponential_integral", Value, 4e-15),
    ("scaled_exponential_integral_by_s", Value, 4e-15),
    ("scaled_exponential_integral_by_z", Value, 4e-15),
    ("ln_hyp2f1", ValueOrOne, 5e-14),
    ("ln_hyp2f1_by_a", ValueOrOne, 5e-14),
    ("ln_hyp2f1_by_b", ValueOrOne, 5e-14),
    ("ln_hyp2f1_by_c", ValueOrOne, 5e-14),
    ("ln_hyp2f1_by_z", ValueOrOne, 5e-14),
];

fn value(function: &str, arguments: &[f64]) -> f64 {
    let hypergeometric = |part: usize| {
        let gradient = ln_hyp2f1_gradient(arguments[0], arguments[1], arguments[2], arguments[3]);
        gradient.map_or(f64::NAN, |(_, gradient)| gradient[part])
    };
    match (function, arguments) {
        ("ln_gamma", &[x]) => ln_gamma(x),
        ("digamma", &[x]) => digamma(x),
        ("trigamma", &[x]) => trigamma(x),
        ("ln_gamma_ratio", &[x, d]) => ln_gamma_ratio(x, d),
        ("ln_beta", &[a, b]) => ln_beta(a, b),
        ("normal_quantile", &[p]) => normal_quantile(p),
        ("ln_gamma_p", &[a, x]) => ln_gamma_p(a, x),
        ("ln_gamma_q", &[a, x]) => ln_gamma_q(a, x),
        ("ln_gamma_p_by_a", &[a, x]) => ln_gamma_p_gradient(a, x).1[0],
        ("ln_gamma_q_by_a", &[a, x]) => ln_gamma_q_gradient(a, x).1[0],
        ("ln_gamma_density", &[a, x]) => ln_gamma_density(a, x),
        ("scaled_exponential_integral", &[s, z]) => scaled_exponential_integral(s, z),
        ("scaled_exponential_integral_by_s", &[s, z]) => scaled_exponential_integral_gradient(s, z).1[0],
        ("scaled_exponential_integral_by_z", &[s, z]) => scaled_exponential_integral_gradient(s, z).1[1],
        ("ln_hyp2f1", &[a, b, c, z]) => ln_hyp2f1(a, b, c, z).unwrap_or(f64::NAN),
        ("ln_hyp2f1_by_a", _) => hypergeometric(0),
        ("ln_hyp2f1_by_b", _) => hypergeometric(1),
        ("ln_hyp2f1_by_c", _) => hypergeometric(2),
        ("ln_hyp2f1_by_z", _) => hypergeometric(3),
        _ => f64::NAN,
    }
}

/// What an exponential may lose: the logarithm's error where the probability is not tiny.
const PROBABILITY: f64 = 1e-14;

#[test]
fn probabilities_and_densities_are_the_exponentials_of_their_logarithms() -> Result<(), Box<dyn std::error::Error>> {
    let grid = std::fs::read_to_string(GRID)?;
    let mut points = 0;
    for line in grid.lines() {
        let mut fields = line.split([',', ' ']);
        let function = fields.next();
        if !matches!(function, Some("ln_gamma_p" | "ln_gamma_q")) {
            continue;
        }
        let numbers = fields.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let [a, x, expected] = numbers[..] else { return Err(format!("not three numbers: {line}").into()) };
        let density = ln_gamma_density(a, x);
        let (probability, again, (_, [_, by_x]), sign) = if function == Some("ln_gamma_p") {
            (gamma_p(a, x), 1.0 - chi_squared_survival(2.0 * x, 2.0 * a), ln_gamma_p_gradient(a, x), 1.0)
        } else {
            (gamma_q(a, x), chi_squared_survival(2.0 * x, 2.0 * a), ln_gamma_q_gradient(a, x), -1.0)
        };
        for value in [probability, again] {
            assert!((value - expected.exp()).abs() <= PROBABILITY, "{line}: {value}");
        }
        let hazard = (density - expected).exp();
        let off = (sign * by_x - hazard).abs();
        assert!(off <= PROBABILITY * hazard * (1.0 + density.abs() + expected.abs()), "{line}: {by_x} for {hazard}");
        points += 1;
    }
    assert!(points > 500, "{points} points");
    Ok(())
}

#[test]
fn every_function_keeps_its_named_accuracy_on_the_golden_grid() -> Result<(), Box<dyn std::error::Error>> {
    let grid = std::fs::read_to_string(GRID)?;
    // Function → points, worst error, where.
    let mut worst: BTreeMap<&str, (usize, f64, &str)> = BTreeMap::new();
    for line in grid.lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(function), Some(arguments), Some(expected)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(format!("not three fields: {line}").into());
        };
        let expected: f64 = expected.parse()?;
        let arguments = arguments.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let against = ACCURACY.iter().find(|(name, ..)| *name == function).map(|&(_, against, _)| against);
        let scale = match against {
            Some(Value) => expected.abs(),
            Some(ValueOrOne) => f64::max(1.0, expected.abs()),
            None => return Err(format!("no accuracy named for {function}").into()),
        };
        let error = (value(function, &arguments) - expected).abs() / scale;
        let error = if error.is_nan() { f64::INFINITY } else { error };
        let entry = worst.entry(function).or_insert((0, 0.0, ""));
        entry.0 += 1;
        if error > entry.1 {
            (entry.1, entry.2) = (error, line);
        }
    }
    let report: String = worst
        .iter()
        .map(|(function, (points, error, line))| format!("{function}: {points} points, worst {error:.1e} at {line}\n"))
        .collect();
    println!("{report}");
    for (function, _, accuracy) in ACCURACY {
        let within = worst.get(function).is_some_and(|&(points, error, _)| points > 20 && error <= accuracy);
        assert!(within, "{function} must keep {accuracy:e}:\n{report}");
    }
    Ok(())
}
