//! The power series of Gauss' function, term by term.

/// Terms and sums are scaled down when they pass this, so that nothing overflows.
const RESCALE_ABOVE: f64 = 1e200;
/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;
/// Terms above this part of the sum are never the last: the remainder is not even estimated.
const SMALL: f64 = 1e-8;

/// A sum `value · exp(ln_scale)` and the sum of the absolute terms on the same scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) value: f64,
    pub(super) magnitude: f64,
    pub(super) ln_scale: f64,
}

/// `Σ (a)ₙ (b)ₙ / ((c)ₙ n!) zⁿ`, or `None` if that needs more than `terms`. `a` and `b` may be negative.
pub(super) fn sum(a: f64, b: f64, c: f64, z: f64, terms: usize) -> Option<Sum> {
    let mut sum = Sum { value: 1.0, magnitude: 1.0, ln_scale: 0.0 };
    let mut term: f64 = 1.0;
    for n in 0..terms {
        let k = n as f64;
        term *= (a + k) * (b + k) / ((c + k) * (k + 1.0)) * z;
        if term == 0.0 {
            return Some(sum); // a polynomial
        }
        sum.value += term;
        sum.magnitude += term.abs();
        if sum.magnitude > RESCALE_ABOVE {
            term /= RESCALE_ABOVE;
            sum.value /= RESCALE_ABOVE;
            sum.magnitude /= RESCALE_ABOVE;
            sum.ln_scale += RESCALE_ABOVE.ln();
        }
        let next = k + 1.0;
        if term.abs() <= SMALL * sum.magnitude
            && a + next >= 0.0
            && b + next >= 0.0
            && term.abs() * remaining(a, b, c, z, next, 0.0) <= REMAINDER * sum.magnitude
        {
            return Some(sum);
        }
    }
    None
}

/// The sum with its derivatives by `a`, `b`, `c` and `z`, divided by its value, and how much larger than its result the
/// worst of these sums was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gradient {
    pub(super) ln_value: f64,
    pub(super) gradient: [f64; 4],
    pub(super) cancellation: f64,
}

/// Derivatives of [`sum`]: those of `tₙ₊₁ = tₙ rₙ` follow from `tₙ` and its derivatives, without dividing by `a + n` or
/// `b + n`, which may be 0. `None` also if the value is not positive.
pub(super) fn sum_with_gradient(a: f64, b: f64, c: f64, z: f64, terms: usize) -> Option<Gradient> {
    // Value, then by a, b, c and z · d/dz.
    let mut term = [1.0_f64, 0.0, 0.0, 0.0, 0.0];
    let mut sums = term;
    let mut magnitudes = term;
    let mut ln_scale = 0.0;
    for n in 0..terms {
        let k = n as f64;
        let next = k + 1.0;
        let common = z / ((c + k) * next);
        let ratio = (a + k) * (b + k) * common;
        let [t, by_a, by_b, by_c, _] = term;
        let value = t * ratio;
        term = [
            value,
            by_a * ratio + t * (b + k) * common,
            by_b * ratio + t * (a + k) * common,
            by_c * ratio - value / (c + k),
            next * value,
        ];
        for ((sum, magnitude), t) in sums.iter_mut().zip(&mut magnitudes).zip(term) {
            *sum += t;
            *magnitude += t.abs();
        }
        if magnitudes[0] > RESCALE_ABOVE {
            for x in term.iter_mut().chain(&mut sums).chain(&mut magnitudes) {
                *x /= RESCALE_ABOVE;
            }
            ln_scale += RESCALE_ABOVE.ln();
            continue;
        }
        if value.abs() <= SMALL * magnitudes[0] && a + next >= 0.0 && b + next >= 0.0 {
            // The derivatives' factors grow no faster than n. Each sum is done by itself: for small z they are small.
            let remaining = remaining(a, b, c, z, next, 1.0);
            if term.iter().zip(magnitudes).all(|(t, magnitude)| t.abs() * remaining <= REMAINDER * magnitude) {
                if sums[0].is_nan() || sums[0] <= 0.0 {
                    return None;
                }
                let gradient = [sums[1] / sums[0], sums[2] / sums[0], sums[3] / sums[0], sums[4] / sums[0] / z];
                let cancellation = sums
                    .iter()
                    .zip(magnitudes)
                    .map(|(sum, magnitude)| magnitude / f64::max(sums[0], sum.abs()))
                    .fold(0.0, f64::max);
                return Some(Gradient { ln_value: sums[0].ln() + ln_scale, gradient, cancellation });
            }
        }
    }
    None
}

/// How much all terms after the `n`-th are together, as a multiple of it, when the terms carry a factor `n^power` and
/// `a + n`, `b + n` are positive. The smaller of two bounds: of a geometric series, and of `Σ m^(−ρ)`, which is what
/// the terms are near `z = 1`.
fn remaining(a: f64, b: f64, c: f64, z: f64, n: f64, power: f64) -> f64 {
    let ratio = z * (1.0 + power / n) * f64::min(bound(a, b, c, n), bound(b, a, c, n));
    let geometric = if ratio < 1.0 { ratio / (1.0 - ratio) } else { f64::INFINITY };
    let exponent = n * (1.0 - z * ((a + n) / (c + n)) * ((b + n) / (1.0 + n)));
    let excess = f64::min(exponent, 1.0 + c - a - b) - 1.0 - power;
    let algebraic = if excess > 0.0 { n / excess } else { f64::INFINITY };
    f64::min(geometric, algebraic)
}

/// An upper bound of `(a + m)(b + m) / ((1 + m)(c + m))` for all `m ≥ n`.
fn bound(a: f64, b: f64, c: f64, n: f64) -> f64 {
    (1.0 + f64::max(0.0, a - 1.0) / (1.0 + n)) * (1.0 + f64::max(0.0, b - c) / (c + n))
}
