//! The generalised exponential integral, scaled.

use super::exponential_kernel::{Direction, exponential_kernel};

/// `eᶻ E_s(z)` for real order `s > 0` and `z > 0`. `NaN` elsewhere.
///
/// ```text
/// eᶻ E_s(z) = ∫₁^∞ exp(−z (u − 1)) u^(−s) du = z^(s−1) U(s, s, z)          (DLMF 8.19.2, 8.19.3, 13.6.6)
/// ```
/// It answers what a rate that was gamma distributed is worth under discounting: `E[1/(δ + μ)] = b eᶻ E_s(z)` with
/// `z = δ b` for `μ ~ Gamma(s, rate b)`. It lies between `1/(z + s)` and, for `s > 1`, `1/(z + s − 1)`.
///
/// The integral is taken in `ln u` where its integrand is positive and smooth, so integer orders, at which the usual
/// series has poles, are like all others.
///
/// ```
/// use emptor_lifetime::special::scaled_exponential_integral;
/// // DLMF 8.19.12 at order 1: z e^z E_1(z) + e^z E_2(z) = 1
/// let sum = 0.3 * scaled_exponential_integral(1.0, 0.3) + scaled_exponential_integral(2.0, 0.3);
/// assert!((sum - 1.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn scaled_exponential_integral(s: f64, z: f64) -> f64 {
    scaled_exponential_integral_gradient(s, z).0
}

/// [`scaled_exponential_integral`] with its derivatives `[∂/∂s, ∂/∂z]`, both negative. `NaN` outside its range.
///
/// ```text
/// ∂/∂s = −∫₁^∞ exp(−z (u − 1)) u^(−s) ln u du          ∂/∂z = −∫₁^∞ exp(−z (u − 1)) u^(−s) (u − 1) du
/// ```
///
/// ```
/// use emptor_lifetime::special::scaled_exponential_integral_gradient;
/// // ∂/∂z (e^z E_s) = e^z (E_s − E_(s−1)), and E_0(z) = e^(−z) / z.
/// let (value, [_, by_z]) = scaled_exponential_integral_gradient(1.0, 2.0);
/// assert!((by_z - (value - 0.5)).abs() < 1e-15);
/// ```
#[must_use]
pub fn scaled_exponential_integral_gradient(s: f64, z: f64) -> (f64, [f64; 2]) {
    if !(s > 0.0 && z > 0.0 && s.is_finite() && z.is_finite()) {
        return (f64::NAN, [f64::NAN; 2]);
    }
    let [value, by_log, by_excess] = exponential_kernel(1.0 - s, z, Direction::Up);
    (value, [-by_log, -by_excess])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_hold_over_the_whole_range() {
        for s in [1e-4, 0.5, 1.0, 1.5, 2.0, 30.0, 1e4] {
            for z in [1e-10, 1e-3, 1.0, 50.0, 1e6] {
                let value = scaled_exponential_integral(s, z);
                assert!(value >= (1.0 - f64::EPSILON) / (z + s), "s {s}, z {z}: {value}");
                let above = if s > 1.0 { 1.0 / (z + s - 1.0) } else { 1.0 / z };
                assert!(value <= above * (1.0 + 8.0 * f64::EPSILON), "s {s}, z {z}: {value} > {above}");
            }
        }
    }

    #[test]
    fn nothing_outside_the_range_is_a_number() {
        for (s, z) in [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (1.0, f64::NAN), (f64::INFINITY, 1.0)] {
            assert!(scaled_exponential_integral(s, z).is_nan(), "{s}, {z}");
        }
    }
}
