//! Integrals of smooth functions whose size is given in logarithms, in pure arithmetic: the same closure gives the same
//! bits.

/// Nodes and weights of the Gauss–Legendre rule of order 16 on `[−1, 1]`, the positive half: mpmath 1.3, 40 digits, roots
/// of the Legendre polynomial and `2 / ((1 − x²) P'(x)²)`.
const GAUSS_16: [(f64, f64); 8] = [
    (0.09501250983763744, 0.1894506104550685),
    (0.2816035507792589, 0.18260341504492358),
    (0.45801677765722737, 0.16915651939500254),
    (0.6178762444026438, 0.14959598881657674),
    (0.755404408355003, 0.12462897125553388),
    (0.8656312023878318, 0.09515851168249279),
    (0.9445750230732326, 0.062253523938647894),
    (0.9894009349916499, 0.027152459411754096),
];

/// Widest panel of [`exponential_moments`]. Its integrands have singularities at distance π from the real line, where
/// 16 points on a panel this wide leave 1e-21.
const WIDEST: f64 = 2.5;
/// How much the logarithm may change within a panel, and how far its middle may lie off the straight line: a pure
/// exponential is easier than a peak.
const CHANGE: f64 = 12.0;
const BEND: f64 = 2.0;
/// What lies this far below the maximum, in logs, is left out: 6e-19 of it.
const DROP: f64 = 42.0;
/// Attempts to find a narrow enough panel.
const ATTEMPTS: usize = 100;

/// `∫ exp(h(v) − reference) wₖ(v) dv` from `from` to ∞ for a smooth `h` with a single maximum.
///
/// Panels are made so narrow that `h` changes little within one. The end comes where both `h(v)` and `h(v) + v` have
/// fallen by 42 from their maxima, so weights may grow like `exp(v)`; `h` must fall faster than that.
pub(crate) fn exponential_moments<const N: usize>(
    from: f64,
    reference: f64,
    h: impl Fn(f64) -> f64,
    weights: impl Fn(f64) -> [f64; N],
) -> [f64; N] {
    let mut sums = [0.0; N];
    let (mut left, mut h_left) = (from, h(from));
    let (mut top, mut top_weighted) = (h_left, h_left + left);
    let mut width = WIDEST;
    loop {
        let (mut right, mut h_right) = (left, h_left);
        for _ in 0..ATTEMPTS {
            right = left + width;
            h_right = h(right);
            let bend = (h(left + 0.5 * width) - 0.5 * (h_left + h_right)).abs();
            let excess = f64::max((h_right - h_left).abs() / CHANGE, (bend / BEND).sqrt());
            if excess <= 1.0 {
                break;
            }
            width *= (0.8 / excess).clamp(0.01, 0.8);
        }
        let panel = integrate_panel(left, right, |v| {
            let height = (h(v) - reference).exp();
            weights(v).map(|w| height * w)
        });
        for (sum, part) in sums.iter_mut().zip(panel) {
            *sum += part;
        }
        top = f64::max(top, h_right);
        top_weighted = f64::max(top_weighted, h_right + right);
        // Written so that a NaN ends the march.
        let more = h_right >= top - DROP || h_right + right >= top_weighted - DROP;
        if !more || right <= left {
            return sums;
        }
        (left, h_left) = (right, h_right);
        width = f64::min(WIDEST, 2.0 * width);
    }
}

/// `∫ f` from `from` to `to` for `N` functions that share their work, exact for polynomials up to degree 31.
fn integrate_panel<const N: usize>(from: f64, to: f64, f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let mut sums = [0.0; N];
    for (x, weight) in GAUSS_16 {
        let (left, right) = (f(middle - half * x), f(middle + half * x));
        for (sum, (l, r)) in sums.iter_mut().zip(left.into_iter().zip(right)) {
            *sum += weight * (l + r);
        }
    }
    sums.map(|sum| half * sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// A few units in the last place.
    const DOUBLE: f64 = 4e-15;

    #[test]
    fn the_gauss_rule_is_exact_for_polynomials_up_to_its_degree() {
        for power in [0, 1, 15, 31] {
            let [value] = integrate_panel(0.0, 1.0, |x| [x.powi(power)]);
            assert!((value * f64::from(power + 1) - 1.0).abs() < DOUBLE, "power {power}: {value}");
        }
    }

    #[test]
    fn moments_of_a_gaussian_come_out_whatever_its_width() {
        for sigma in [1e-6, 0.01, 1.0, 20.0] {
            let [mass, spread] =
                exponential_moments(0.0, 0.0, |v| -0.5 * (v / sigma).powi(2), |v| [1.0, (v / sigma).powi(2)]);
            let expected = (PI / 2.0).sqrt() * sigma;
            assert!((mass / expected - 1.0).abs() < DOUBLE, "{sigma}: {mass}");
            assert!((spread / expected - 1.0).abs() < 4.0 * DOUBLE, "{sigma}: {spread}");
        }
    }
}
