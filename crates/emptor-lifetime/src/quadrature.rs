//! Integrals of smooth functions, in pure arithmetic: the same closure gives the same bits.
//!
//! | rule | for |
//! |---|---|
//! | [`Order::integrate`] | a finite interval, Gauss–Legendre with 16, 32 or 64 points |
//! | [`half_infinite`] | `(0, ∞)`, also with an integrable singularity at 0 or a slow decay |
//! | [`exponential_moments`] | `∫ exp(h(v)) wₖ(v) dv` to the right of a point, `h` given in logs |

mod nodes;

/// A Gauss–Legendre rule, exact for polynomials up to degree `2 · points − 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// 16 points.
    Sixteen,
    /// 32 points.
    #[allow(dead_code, reason = "offered to the models of this crate")]
    ThirtyTwo,
    /// 64 points.
    #[allow(dead_code, reason = "offered to the models of this crate")]
    SixtyFour,
}

/// An integral and an estimate of its error.
#[allow(dead_code, reason = "offered to the models of this crate")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// The integral.
    pub(crate) value: f64,
    /// How far `value` may be off: the change against a coarser rule, so mostly far too large.
    pub(crate) error: f64,
}

impl Order {
    fn table(self) -> &'static [(f64, f64)] {
        match self {
            Self::Sixteen => &nodes::ORDER_16,
            Self::ThirtyTwo => &nodes::ORDER_32,
            Self::SixtyFour => &nodes::ORDER_64,
        }
    }

    /// `∫ f` from `from` to `to`, by this rule on the whole interval.
    #[allow(dead_code, reason = "offered to the models of this crate")]
    pub(crate) fn integrate(self, from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
        self.integrate_each(from, to, |x| [f(x)])[0]
    }

    /// The same for `N` functions that share their work.
    pub(crate) fn integrate_each<const N: usize>(self, from: f64, to: f64, f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
        let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
        let mut sums = [0.0; N];
        for &(x, weight) in self.table() {
            let (left, right) = (f(middle - half * x), f(middle + half * x));
            for (sum, (l, r)) in sums.iter_mut().zip(left.into_iter().zip(right)) {
                *sum += weight * (l + r);
            }
        }
        sums.map(|sum| half * sum)
    }

    /// `∫ f` from `from` to `to` on two halves, with the change against the whole interval as the error.
    #[allow(dead_code, reason = "offered to the models of this crate")]
    pub(crate) fn estimate(self, from: f64, to: f64, f: impl Fn(f64) -> f64) -> Estimate {
        let middle = 0.5 * (from + to);
        let value = self.integrate(from, middle, &f) + self.integrate(middle, to, &f);
        Estimate { value, error: (value - self.integrate(from, to, &f)).abs() }
    }
}

/// Coarsest step of the double-exponential rule, and how often it is halved at most.
const FIRST_STEP: f64 = 0.5;
const HALVINGS: usize = 7;
/// The transformed variable runs over `±RANGE`: `exp(π/2 sinh 6.8)` is the end of the numbers.
const RANGE: f64 = 6.8;
/// Two rules that agree to this part are accepted.
const AGREEMENT: f64 = 1e-14;

/// `∫₀^∞ f(x) dx` by the trapezoid rule in `t`, `x = exp(π/2 sinh t)` (Takahasi & Mori 1974).
///
/// `f` may be singular at 0 as long as it is integrable, and may decay as slowly as a power; it must be smooth in
/// between. The step is halved until two rules agree; `error` is their last difference. Points where `f` is not finite
/// (only the extreme ends, if `f` is as described) count as 0.
#[allow(dead_code, reason = "offered to the models of this crate")]
pub(crate) fn half_infinite(f: impl Fn(f64) -> f64) -> Estimate {
    let weighted = |t: f64| {
        let x = (std::f64::consts::FRAC_PI_2 * t.sinh()).exp();
        let value = f(x) * x * std::f64::consts::FRAC_PI_2 * t.cosh();
        if value.is_finite() { value } else { 0.0 }
    };
    // Points `offset + k · step` on both sides of 0.
    let sum = |step: f64, offset: f64| {
        let count = ((RANGE - offset) / step) as i32;
        (0..=count).rev().map(|k| offset + step * f64::from(k)).map(|t| weighted(t) + weighted(-t)).sum::<f64>()
    };

    let mut step = FIRST_STEP;
    let mut total = sum(step, 0.0) - weighted(0.0);
    let mut estimate = Estimate { value: step * total, error: f64::INFINITY };
    for _ in 0..HALVINGS {
        total += sum(step, 0.5 * step);
        step *= 0.5;
        let value = step * total;
        estimate = Estimate { value, error: (value - estimate.value).abs() };
        if estimate.error <= AGREEMENT * value.abs() {
            break;
        }
    }
    estimate
}

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
        let panel = Order::Sixteen.integrate_each(left, right, |v| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// A few units in the last place.
    const DOUBLE: f64 = 4e-15;

    #[test]
    fn gauss_rules_are_exact_for_polynomials_up_to_their_degree() {
        for (order, degree) in [(Order::Sixteen, 31), (Order::ThirtyTwo, 63), (Order::SixtyFour, 127)] {
            for power in [0, 1, degree / 2, degree] {
                let value = order.integrate(0.0, 1.0, |x| x.powi(power)) * f64::from(power + 1);
                assert!((value - 1.0).abs() < DOUBLE, "{order:?}, power {power}: {value}");
            }
        }
    }

    #[test]
    fn gauss_rules_agree_on_a_smooth_function_and_say_how_far_they_are_off() {
        // ∫₀^π sin = 2
        for order in [Order::Sixteen, Order::ThirtyTwo, Order::SixtyFour] {
            let estimate = order.estimate(0.0, PI, f64::sin);
            assert!((estimate.value - 2.0).abs() < DOUBLE && estimate.error < DOUBLE, "{order:?}: {estimate:?}");
        }
        // ∫₀¹ √x = 2/3: not smooth, and the estimate says so.
        let rough = Order::Sixteen.estimate(0.0, 1.0, f64::sqrt);
        let off = (rough.value - 2.0 / 3.0).abs();
        assert!(off > 1e-6 && off < rough.error, "{rough:?}");
    }

    #[test]
    fn the_half_infinite_rule_takes_singular_ends_and_slow_decay() {
        let cases: [(&str, f64, f64); 5] = [
            ("exp(-x) / √x = √π", half_infinite(|x| (-x).exp() / x.sqrt()).value, PI.sqrt()),
            ("1 / (1 + x²) = π/2", half_infinite(|x| 1.0 / (1.0 + x * x)).value, PI / 2.0),
            // B(0.1, 0.4), mpmath 1.3
            ("beta", half_infinite(|x| x.powf(-0.9) * (1.0 + x).powf(-0.5)).value, 11.905_798_216_203_71),
            ("-ln(x) exp(-x) = γ", half_infinite(|x| -x.ln() * (-x).exp()).value, 0.577_215_664_901_532_9),
            ("exp(-x²) = √π/2", half_infinite(|x| (-x * x).exp()).value, PI.sqrt() / 2.0),
        ];
        for (name, value, expected) in cases {
            assert!((value / expected - 1.0).abs() < 4.0 * DOUBLE, "{name}: {value} for {expected}");
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
