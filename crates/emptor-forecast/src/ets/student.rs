//! Student's distribution: the variance of the errors is estimated, so ends of intervals lie further out than normal ones.

use emptor_lifetime::special::{ln_gamma, normal_quantile};

/// Degrees of freedom from which the expansion is right to 1e-10.
const MANY: usize = 500;
/// Relative step at which the search ends.
const PRECISION: f64 = 1e-13;

/// The distance from the middle within which the share `level` of Student's distribution lies.
pub(super) fn two_sided_quantile(level: f64, degrees: usize) -> f64 {
    let z = normal_quantile((1.0 + level) / 2.0);
    let n = degrees.max(1) as f64;
    if degrees >= MANY {
        // Abramowitz and Stegun (1964), 26.7.5.
        let s = z * z;
        return z
            * (1.0
                + (s + 1.0) / (4.0 * n)
                + ((5.0 * s + 16.0) * s + 3.0) / (96.0 * n * n)
                + (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / (384.0 * n * n * n));
    }
    // The share within ±t is concave in t and the normal quantile lies below the root: Newton's steps never overshoot.
    let log_height = ln_gamma((n + 1.0) / 2.0) - ln_gamma(n / 2.0) - 0.5 * (n * std::f64::consts::PI).ln();
    let mut t = z;
    for _ in 0..200 {
        let density = 2.0 * (log_height - 0.5 * (n + 1.0) * (t * t / n).ln_1p()).exp();
        let step = (level - share_within(t, degrees.max(1))) / density;
        if step.is_nan() || step <= PRECISION * t {
            break;
        }
        t += step;
    }
    t
}

/// `P(|T| < t)` by finite sums (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
fn share_within(t: f64, degrees: usize) -> f64 {
    let angle = (t / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = !degrees.is_multiple_of(2);
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    let mut power = if odd { 3 } else { 2 };
    while power + 2 <= degrees {
        term *= cosine * cosine * (power - 1) as f64 / power as f64;
        sum += term;
        power += 2;
    }
    if odd { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        /// scipy.stats.t.ppf((1 + level) / 2, degrees), scipy 1.17.1.
        const TOLERANCE: f64 = 1e-9;
        let table = [
            (0.95, 1, 12.706204736174694),
            (0.5, 2, 0.8164965809277261),
            (0.95, 3, 3.1824463052837078),
            (0.999, 3, 12.923978636687961),
            (0.8, 4, 1.533206274058944),
            (0.95, 7, 2.364624251592784),
            (0.99, 12, 3.0545395893929013),
            (0.95, 30, 2.0422724563012378),
            (0.8, 101, 1.2899898085679689),
            (0.95, 499, 1.9647293909876886),
            (0.95, 500, 1.9647198374673676),
            (0.99, 2000, 2.5782897875575186),
        ];
        for (level, degrees, expected) in table {
            let got = two_sided_quantile(level, degrees);
            assert!((got / expected - 1.0).abs() < TOLERANCE, "{level} {degrees}: {got} instead of {expected}");
        }
    }
}
