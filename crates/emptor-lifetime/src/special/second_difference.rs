//! Differences of `ln Γ` and `ψ` that keep their digits however small the steps are.

use super::gamma::{ASYMPTOTIC_FROM, DIGAMMA, STIRLING};

/// A second difference of `ln Γ` and its derivative by the lowest argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SecondDifference {
    pub(crate) value: f64,
    pub(crate) by_x: f64,
}

/// `ln Γ(x+a+d) − ln Γ(x+a) − ln Γ(x+d) + ln Γ(x)` for positive `x` and `a, d ≥ 0`, and its derivative by `x`.
///
/// It is `−ln B(a, x+d)/B(a, x)`, the logarithm of a survival function of beta mixtures, and positive. Every part is
/// formed as a multiple of `a d`:
/// ```text
/// D(x) = D(x+1) + ln(1 + a d / (x (x+a+d)))
/// D(x) ≈ a ln(1 + d/(x+a)) + d ln(1 + a/(x+d)) − (x − ½) ln(1 + a d / (x (x+a+d))) + Σ cₖ Δ²x^(1−2k)
/// ```
pub(crate) fn ln_gamma_second_difference(x: f64, a: f64, d: f64) -> SecondDifference {
    let (mut x, mut value, mut by_x) = (x, 0.0, 0.0);
    while x < ASYMPTOTIC_FROM {
        let w = x + a + d;
        value += (a / w * (d / x)).ln_1p();
        by_x -= of_inverse(x, a, d);
        x += 1.0;
    }
    let (y, z, w) = (x + a, x + d, x + a + d);
    let ratio = (a / w * (d / x)).ln_1p();
    value += a * (d / y).ln_1p() + d * (a / z).ln_1p() - (x - 0.5) * ratio;
    by_x -= ratio;

    // Powers p^m of p = 1/argument: the value at w, the differences along d (at x+a) and along a (at x), and the second
    // difference, each from the power before by the product rule, in terms of one sign.
    let (px, py, pz, pw) = (1.0 / x, 1.0 / y, 1.0 / z, 1.0 / w);
    let (along_d_at_y, along_a, along_d) = (-d / y / w, -a / x / y, -d / x / z);
    let second = of_inverse(x, a, d);
    by_x -= 0.5 * second;
    let (mut power_w, mut power_y, mut f_along_d, mut f_along_a, mut f_second) =
        (pw, py, along_d_at_y, along_a, second);
    for (odd, even) in STIRLING.iter().zip(&DIGAMMA) {
        value += odd * f_second;
        for square in [true, false] {
            f_second = power_w * second + f_along_d * along_a + pz * f_second + along_d * f_along_a;
            f_along_d = power_w * along_d_at_y + py * f_along_d;
            f_along_a = power_y * along_a + px * f_along_a;
            power_w *= pw;
            power_y *= py;
            if square {
                by_x -= even * f_second;
            }
        }
    }
    SecondDifference { value, by_x }
}

/// `1/x − 1/(x+a) − 1/(x+d) + 1/(x+a+d)`.
fn of_inverse(x: f64, a: f64, d: f64) -> f64 {
    a / (x + a) * (d / (x + d)) * ((1.0 + x / (x + a + d)) / x)
}

/// `ψ(x + d) − ψ(x)` for positive `x` and `d ≥ 0`.
pub(crate) fn digamma_difference(x: f64, d: f64) -> f64 {
    let (mut x, mut value) = (x, 0.0);
    while x < ASYMPTOTIC_FROM {
        value += d / (x + d) / x;
        x += 1.0;
    }
    let (u, v) = (1.0 / x, 1.0 / (x + d));
    let first = d / (x + d) / x;
    value += (d / x).ln_1p() + 0.5 * first;
    let (squares, mut quotient, mut power) = ((u * u, v * v), 1.0, 1.0);
    let step = first * (u + v);
    for c in DIGAMMA {
        value += c * step * quotient;
        power *= squares.0;
        quotient = squares.1 * quotient + power;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few units in the last place.
    const RELATIVE: f64 = 2e-14;

    #[test]
    fn differences_keep_their_digits_for_tiny_and_for_huge_steps() {
        // mpmath 1.3, 50 digits, arguments as doubles: second differences of loggamma and of psi(0, ·), and psi(x+d) − psi(x).
        for (x, a, d, value, by_x, psi) in [
            (0.5, 0.3, 1.0, 0.4700036292457355, -0.75, 2.0),
            (403.4, 0.0025, 2.5e-07, 1.5512478031754981e-12, -3.850189618460916e-15, 6.205010463689902e-10),
            (10403.4, 0.0025, 1.0, 2.40306024916612e-07, -2.3098794244489446e-11, 9.612242151604284e-05),
            (0.0025, 400.0, 3.0, 23.276468033243724, -401.4894007335553, 401.4968820146886),
            (1.2, 0.7, 1000000.0, 9.624468311494388, -0.645223357756983, 14.104551154556258),
            (100000000.0, 403.4, 1000000000000.0, 3715.4908324797725, -4.033588523949848e-06, 9.210440371976016),
            (12.0, 1e-09, 1e-09, 8.690187286422119e-20, -7.547205367688819e-21, 8.690187286799479e-11),
            (0.01, 0.001, 0.5, 0.09395765050576592, -9.087765807075636, 98.6458979337051),
            (7.8, 1.28, 5.0, 0.6255011686532577, -0.06239539175257285, 0.5212206634724794),
        ] {
            let found = ln_gamma_second_difference(x, a, d);
            for (found, expected) in [(found.value, value), (found.by_x, by_x), (digamma_difference(x, d), psi)] {
                let error: f64 = found / expected - 1.0;
                assert!(error.abs() < RELATIVE, "({x}, {a}, {d}): {found} instead of {expected}, {error:e}");
            }
        }
    }

    #[test]
    fn no_step_is_no_difference() {
        let none = ln_gamma_second_difference(3.2, 0.7, 0.0);
        assert_eq!(
            (none.value.to_bits(), none.by_x.abs().to_bits(), digamma_difference(3.2, 0.0).to_bits()),
            (0, 0, 0)
        );
    }
}
