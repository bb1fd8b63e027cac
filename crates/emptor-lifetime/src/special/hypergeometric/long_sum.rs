//! Sums of millions of smooth positive terms, by integration.

use crate::quadrature::exponential_moments;
use crate::special::gamma::{ln_gamma, ln_gamma_ratio};

/// Sums are replaced by integrals from here on at the earliest, and only where neighbouring terms differ by less than
/// `SMOOTH` in logs: both make the corrections of [`CORRECTIONS`] fall below 1e-16 of a term.
const INTEGRATE_FROM: f64 = 40.0;
const SMOOTH: f64 = 0.2;
/// More terms than this are not summed directly before the integral starts.
const LONGEST_HEAD: f64 = 1e6;
/// The sum below the start is left out if the start lies this far below the maximum, in logs.
const NEGLIGIBLE: f64 = 50.0;
/// `Σ_{n ≥ N} f(n) − ∫_{N − ½}^∞ f = Σ cₖ δ²ᵏ⁻¹ f(N − ½)` with central differences: the series of
/// `(δ/2) / asinh(δ/2)` (Gauss–Encke; coefficients derived from that series).
const CORRECTIONS: [f64; 7] = [
    1.0 / 24.0,
    -17.0 / 5760.0,
    367.0 / 967_680.0,
    -27_859.0 / 464_486_400.0,
    1_295_803.0 / 122_624_409_600.0,
    -5_329_242_827.0 / 2_678_117_105_664_000.0,
    25_198_857_127.0 / 64_274_810_535_936_000.0,
];

/// The terms `f(x) = (a)ₓ (b)ₓ / ((c)ₓ Γ(1 + x)) zˣ` for real `x ≥ 0` and positive parameters.
struct Terms {
    a: f64,
    b: f64,
    c: f64,
    z: f64,
    /// The one of `a` and `b` that goes with `Γ(1 + x)`; the other goes with `c`, so that large parts cancel on paper.
    first: f64,
    second: f64,
    constant: f64,
}

impl Terms {
    fn new(a: f64, b: f64, c: f64, z: f64) -> Self {
        let apart = |first: f64, second: f64| (first - 1.0).abs() + (second - c).abs();
        let (first, second) = if apart(a, b) <= apart(b, a) { (a, b) } else { (b, a) };
        let constant = ln_gamma_ratio(second, c - second) - ln_gamma(first);
        Self { a, b, c, z, first, second, constant }
    }

    fn ln(&self, x: f64) -> f64 {
        ln_gamma_ratio(1.0 + x, self.first - 1.0) - ln_gamma_ratio(self.second + x, self.c - self.second)
            + x * self.z.ln()
            + self.constant
    }

    /// `f(x + 1) / f(x)`.
    fn ratio(&self, x: f64) -> f64 {
        (self.a + x) / (self.c + x) * ((self.b + x) / (1.0 + x)) * self.z
    }

    /// Where `x f(x)` is largest, nearly: the positive root of `z (a + x)(b + x) = (c + x) x`.
    fn peak(&self) -> f64 {
        let quadratic = 1.0 - self.z;
        let half = 0.5 * (self.c - self.z * (self.a + self.b));
        let product = self.z * self.a * self.b;
        let root = (half * half + quadratic * product).sqrt();
        if half > 0.0 { product / (half + root) } else { (root - half) / quadratic }
    }

    /// From where on terms are smooth enough for an integral.
    fn smooth_from(&self) -> Option<f64> {
        let mut n = INTEGRATE_FROM;
        while self.ratio(n).ln().abs() > SMOOTH {
            n = (n * 1.125).ceil();
            if n > LONGEST_HEAD {
                return None;
            }
        }
        Some(n)
    }
}

/// `Σ f(n) wₖ(n)` over all `n ≥ 0` as numbers on the common scale `exp(ln_scale)`, for `a, b, c > 0` and smooth weights
/// that grow no faster than `n`. `None` if terms do not become smooth within a million, or the first ones are all there
/// is: then the series itself is short.
///
/// The terms vary on the scale of `n` itself, so beyond a few of them the sum is an integral (in `ln n`, whose error
/// does not depend on how many terms it stands for) and a correction at its lower end. Near `z = 1` this replaces the
/// connection formulas to `1 − z`, whose two parts cancel where `c − a − b` is near an integer.
pub(super) fn long_sum<const N: usize>(
    (a, b, c, z): (f64, f64, f64, f64),
    weights: impl Fn(f64) -> [f64; N],
) -> Option<([f64; N], f64)> {
    let terms = Terms::new(a, b, c, z);
    let start = terms.smooth_from()?;
    let h = |v: f64| terms.ln(v.exp()) + v;
    let peak = f64::max(terms.peak(), start).ln();
    let top = h(peak);
    if top + peak < -NEGLIGIBLE {
        return None; // beside f(0) = 1 nothing is left by then
    }

    let edge = (start - 0.5).ln();
    if h(edge) < top - NEGLIGIBLE {
        let (mut low, mut high) = (edge, peak);
        while h(low) < top - 1.2 * NEGLIGIBLE {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if h(middle) < top - NEGLIGIBLE { low = middle } else { high = middle }
        }
        return Some((exponential_moments(low, top, h, |v| weights(v.exp())), top));
    }

    let mut sums = exponential_moments(edge, top, h, |v| weights(v.exp()));
    let add = |sums: &mut [f64; N], height: f64, n: f64| {
        for (sum, w) in sums.iter_mut().zip(weights(n)) {
            *sum += height * w;
        }
    };
    let anchor = (terms.ln(start) - top).exp();

    // Terms around the edge, for the differences; those below it belong to the sum as well.
    let mut near = [[0.0; N]; 2 * CORRECTIONS.len()];
    let (below, above) = near.split_at_mut(CORRECTIONS.len());
    let (mut height, mut n) = (anchor, start);
    for values in above {
        add(values, height, n);
        height *= terms.ratio(n);
        n += 1.0;
    }
    let (mut height, mut n) = (anchor, start);
    for values in below.iter_mut().rev() {
        n -= 1.0;
        height /= terms.ratio(n);
        add(values, height, n);
        add(&mut sums, height, n);
    }
    while n > 0.0 {
        n -= 1.0;
        height /= terms.ratio(n);
        add(&mut sums, height, n);
    }
    for (k, sum) in sums.iter_mut().enumerate() {
        *sum += end_correction(near.map(|values| values[k]));
    }
    Some((sums, top))
}

/// `Σ cₖ δ²ᵏ⁻¹ f` in the middle of the given values.
fn end_correction<const M: usize>(mut values: [f64; M]) -> f64 {
    let mut correction = 0.0;
    for order in 1..M {
        for i in 0..M - order {
            values[i] = values[i + 1] - values[i];
        }
        // After `order` differences M − order values are left; with an odd order the middle one belongs to the edge.
        if order % 2 == 1 {
            correction += CORRECTIONS[order / 2] * values[(M - order) / 2];
        }
    }
    correction
}
