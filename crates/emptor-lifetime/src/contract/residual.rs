//! Discounted sums of survival: how many more periods will a customer pay for?
//!
//! For the sBG the sum is a hypergeometric function. In general it is summed term by term until the terms change slowly,
//! and the rest by the midpoint form of Euler and Maclaurin,
//! ```text
//! Σ_{j ≥ N} f(j) = ∫_{N−½}^∞ f + f'(N−½)/24 − 7 f'''(N−½)/5760 + R,     |R| ≲ 31/967680 · |f⁽⁵⁾(N−½)|
//! ```
//! with `f(t) = S(t)/S(m) · e^(−δ(t−m))`. For `c ≤ 1` the survival function is a mixture of completely monotone functions
//! `e^(−λ t^c)`, so the remainder is smaller than the first term left out; for `c > 1` it is a power of `t` by the time
//! the terms change slowly, which two hundred random parameters are checked for (2e-14 from the plain sum). With a rate
//! of change below 2 % a period, `R` is below 1e-13 of the term at `N`. Where terms vanish before they change slowly, the
//! rest lies between `∫_N^∞ f` and that and `f(N)`, because survival falls.

use super::survival::Survival;
use crate::LifetimeError;
use crate::special::hyp2f1_one_in_first;

/// The rate of change of a term per period below which the rest is an integral.
const SLOW: f64 = 0.02;
/// The period before which no rest is an integral: derivatives of a power of `t` are small from here.
const LATE: f64 = 64.0;
/// A term this small beside the sum ends it: the rest, even of terms that hardly fall any more, is negligible.
const NEGLIGIBLE: f64 = 1e-30;
/// The part of a sum that a remainder may be.
const REMAINDER: f64 = 1e-17;
/// Panels of an integral; every panel doubles time until discount or loss ends it.
const MAX_PANELS: usize = 5_000;
/// Relative deviation of the survival function from its leading power at which the power stands for it.
const POWER_LAW: f64 = 1e17;

/// Positive nodes and weights of the Gauss–Legendre rule of 16 points (Abramowitz & Stegun 25.4.30).
const GAUSS: [(f64, f64); 8] = [
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
];

/// `Σ_{j ≥ 1} (b)ⱼ/(a+b)ⱼ · e^(−δj)`: what a customer of an sBG will still pay for, `b` being that of the customers who
/// are left. `None` if it is infinite.
///
/// In closed form, by Pfaff's transformation of `z b/(a+b) ₂F₁(1, b+1; a+b+1; z)`, so that `1 − z` does not cancel:
/// ```text
/// b/(a+b) · w ₂F₁(1, a; a+b+1; −w),  w = 1/(e^δ − 1);     b/(a−1) without discount
/// ```
pub(crate) fn beta_geometric_sum(a: f64, b: f64, force: f64) -> Result<Option<f64>, LifetimeError> {
    if force > 0.0 {
        let w = 1.0 / force.exp_m1();
        match hyp2f1_one_in_first(a, a + b + 1.0, w) {
            Ok(value) => Ok(Some(b / (a + b) * w * value)),
            // Hardly any discount: the continued fraction is too slow there.
            Err(_) => discounted_sum(&Survival { a, b, c: 1.0 }, 0.0, force),
        }
    } else if force == 0.0 && a > 1.0 {
        Ok(Some(b / (a - 1.0)))
    } else {
        Ok(None)
    }
}

/// The terms `S(t)/S(m) · e^(−δ(t−m))`.
struct Terms<'a> {
    survival: &'a Survival,
    renewals: f64,
    force: f64,
}

impl Terms<'_> {
    fn at(&self, t: f64) -> f64 {
        (-self.survival.ln_fall(self.renewals, t) - self.force * (t - self.renewals)).exp()
    }

    /// `−d/dt ln f(t)`.
    fn rate(&self, t: f64) -> f64 {
        self.survival.rate(t) + self.force
    }

    fn derivative(&self, t: f64) -> f64 {
        -self.rate(t) * self.at(t)
    }

    fn too_long(&self) -> LifetimeError {
        let Survival { a, b, c } = *self.survival;
        LifetimeError::SeriesTooLong {
            what: "the remaining lifetime",
            at: format!("alpha = {a}, beta = {b}, c = {c}, force of discount = {}", self.force),
            terms: MAX_PANELS,
        }
    }

    /// The sum over `t > m`.
    fn sum(&self) -> Result<f64, LifetimeError> {
        /// Step of the second difference of `f'`.
        const STEP: f64 = 0.25;
        let (mut sum, mut t) = (0.0, self.renewals + 1.0);
        let middle = loop {
            let middle = t - 0.5;
            let term = self.at(t);
            if term <= NEGLIGIBLE * sum {
                // Between the integral from here and that and the term: survival falls.
                return Ok(sum + self.integral(t, sum)?);
            }
            if t > LATE && self.rate(middle) < SLOW {
                break middle;
            }
            sum += term;
            t += 1.0;
        };
        let first = self.derivative(middle);
        let third = (self.derivative(middle + STEP) - 2.0 * first + self.derivative(middle - STEP)) / (STEP * STEP);
        let rest = self.integral(middle, sum)? + first / 24.0 - 7.0 / 5760.0 * third;
        Ok(sum + f64::max(0.0, rest))
    }

    /// `∫_from^∞ f`, of which a part `REMAINDER` of itself and `sum` may be missing.
    fn integral(&self, from: f64, sum: f64) -> Result<f64, LifetimeError> {
        let Survival { a, b, c } = *self.survival;
        let (mut integral, mut start) = (0.0, from);
        for _ in 0..MAX_PANELS {
            let height = self.at(start);
            // f ≤ f(start) e^(−δ(t−start)), for survival falls.
            if height == 0.0 || height <= REMAINDER * (sum + integral) * self.force {
                return Ok(integral);
            }
            if self.force == 0.0 && c * start.ln() > (POWER_LAW * (a + b + 1.0).powi(2)).ln() {
                return Ok(integral + height * start / (a * c - 1.0));
            }
            // Up to the double, as far from the singularity at 0 as that is, and not over many orders of f.
            let half = 0.5 * f64::min(start, 4.0 / self.rate(start));
            let centre = start + half;
            let panel: f64 =
                GAUSS.iter().map(|(node, w)| w * (self.at(centre - half * node) + self.at(centre + half * node))).sum();
            integral += half * panel;
            start = centre + half;
            if !start.is_finite() {
                break;
            }
        }
        Err(self.too_long())
    }
}

/// `Σ_{j ≥ 1} S(m+j)/S(m) · e^(−δj)`. `None` if it is infinite: with a negative force, or without one unless `a c > 1`.
pub(crate) fn discounted_sum(survival: &Survival, renewals: f64, force: f64) -> Result<Option<f64>, LifetimeError> {
    if force > 0.0 || (force == 0.0 && survival.a * survival.c > 1.0) {
        let terms = Terms { survival, renewals, force };
        match terms.sum()? {
            sum if sum.is_finite() => Ok(Some(sum)),
            _ => Err(terms.too_long()),
        }
    } else {
        Ok(None)
    }
}

/// Where in time a customer stands when the payments to come are counted.
///
/// Both count the same payments, those of all renewals to come, and differ by one period of discount. (Fader & Hardie
/// 2010 stand before the renewal.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Just before the next renewal: the contract runs out today, and if the customer renews, the payment is made today.
    BeforeRenewal,
    /// Just after the last payment: the next renewal is a whole period away.
    AfterRenewal,
}
