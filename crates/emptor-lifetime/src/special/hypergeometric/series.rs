//! The power series of Gauss' function, term by term.

/// Terms and sums are scaled down when they pass this, so that nothing overflows.
const RESCALE_ABOVE: f64 = 1e200;
/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;

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
        // Once a + k and b + k are positive, no later term grows by more than `ratio`.
        let next = k + 1.0;
        if a + next >= 0.0 && b + next >= 0.0 {
            let ratio = z * f64::min(bound(a, b, c, next), bound(b, a, c, next));
            if ratio < 1.0 && term.abs() * ratio <= REMAINDER * (1.0 - ratio) * sum.magnitude {
                return Some(sum);
            }
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
        let largest = term.iter().fold(0.0, |m: f64, t| f64::max(m, t.abs()));
        if magnitudes[0] > RESCALE_ABOVE {
            for x in term.iter_mut().chain(&mut sums).chain(&mut magnitudes) {
                *x /= RESCALE_ABOVE;
            }
            ln_scale += RESCALE_ABOVE.ln();
            continue;
        }
        if a + next >= 0.0 && b + next >= 0.0 {
            // The derivatives' factors grow no faster than n.
            let growth = (1.0 + 1.0 / next) * (1.0 + 1.0 / next);
            let ratio = z * growth * f64::min(bound(a, b, c, next), bound(b, a, c, next));
            if ratio < 1.0 && largest * ratio <= REMAINDER * (1.0 - ratio) * magnitudes[0] {
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

/// An upper bound of `(a + m)(b + m) / ((1 + m)(c + m))` for all `m ≥ n`.
fn bound(a: f64, b: f64, c: f64, n: f64) -> f64 {
    (1.0 + f64::max(0.0, a - 1.0) / (1.0 + n)) * (1.0 + f64::max(0.0, b - c) / (c + n))
}
