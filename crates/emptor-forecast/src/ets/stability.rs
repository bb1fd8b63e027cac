//! Whether old shocks die away.

use super::filter::Smoothing;
use super::form::EtsForm;

/// Whether a form with these parameters forgets the distant past: all roots of its discounting matrix lie inside the
/// unit circle (Hyndman, Akram and Archibald 2008, *The admissible parameter space for exponential smoothing models*).
/// `polynomial` is memory for it.
pub(super) fn is_stable(form: EtsForm, smoothing: &Smoothing<f64>, m: usize, polynomial: &mut Vec<f64>) -> bool {
    let Smoothing { alpha, beta, gamma, phi } = *smoothing;
    polynomial.clear();
    match (form.has_trend(), form.is_seasonal()) {
        (false, false) => alpha > 0.0 && alpha < 2.0,
        (true, false) => {
            alpha > 1.0 - 1.0 / phi
                && alpha < 1.0 + 1.0 / phi
                && beta > alpha * (phi - 1.0)
                && beta < (1.0 + phi) * (2.0 - alpha)
        }
        (false, true) => {
            polynomial.resize(m + 1, alpha);
            polynomial[0] = 1.0;
            polynomial[m] = alpha + gamma - 1.0;
            gamma > 0.0 && roots_in_circle(polynomial)
        }
        (true, true) => {
            polynomial.resize(m + 2, alpha + beta - alpha * phi);
            polynomial[0] = 1.0;
            polynomial[1] = alpha + beta - phi;
            polynomial[m] += gamma - 1.0;
            polynomial[m + 1] = phi * (1.0 - alpha - gamma);
            gamma > 0.0 && roots_in_circle(polynomial)
        }
    }
}

/// Whether all roots of a polynomial, its coefficients from the highest power, lie inside the unit circle: the recursion
/// of Schur and Cohn, which needs no roots. Uses the polynomial up.
fn roots_in_circle(polynomial: &mut [f64]) -> bool {
    for degree in (1..polynomial.len()).rev() {
        let reflection = polynomial[degree] / polynomial[0];
        if reflection.is_nan() || reflection.abs() >= 1.0 {
            return false;
        }
        for low in 0..=degree / 2 {
            let (one, other) = (polynomial[low], polynomial[degree - low]);
            polynomial[low] = one - reflection * other;
            polynomial[degree - low] = other - reflection * one;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_inside_and_outside_the_circle() {
        // (λ − ½)(λ + ⅘) and (λ − ½)(λ + 1.1), and a pair 0.9 exp(±i).
        assert!(roots_in_circle(&mut [1.0, 0.3, -0.4]));
        assert!(!roots_in_circle(&mut [1.0, 0.6, -0.55]));
        assert!(roots_in_circle(&mut [1.0, -1.8 * 1.0_f64.cos(), 0.81]));
        assert!(!roots_in_circle(&mut [1.0, -2.2 * 1.0_f64.cos(), 1.21]));
    }
}
