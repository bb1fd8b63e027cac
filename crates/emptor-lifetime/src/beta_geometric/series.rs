//! Sums over the number of purchases that would be made if nobody left.
//!
//! The closed forms of the papers subtract a hypergeometric function from 1 and divide by `a − 1`: digits vanish for
//! short times, they have poles at `a = 1` and (for new customers) `a + b = 1`, and their factors overflow for frequent
//! buyers; for Erlang times there are none. The same expectations follow from the story without any of that. A customer
//! alive at `T` with `j` of `k` stages of the present gap gone passes `N` more stages in a time `t`; over λ, `N` is
//! negative binomial, and `n = ⌊(j+N)/k⌋` purchases would be made. The i-th of them happens if the customer did not leave
//! after any of the i − 1 before it. So
//! ```text
//! E = Σ_N P(N) C_n          P(N) = Γ(R+N) / (Γ(R) N!) · (β/(β+t))^R (t/(β+t))^N
//!                           C_n = Σ_{i<n} S_i,   S_i = B(a, B+i) / B(a, B)
//! ```
//! with `R = r + kx + j`, `β = α + T`, `B = b + x + m`; and the probability to stay is `Σ P(N) S_n`. The probabilities come
//! from their recurrence and are divided by their sum, so no power of `β/(β+t)` is formed that could underflow.

use super::BetaGeometric;
use crate::LifetimeError;
use crate::purchase::Seen;

/// Terms after which the series is given up: `t` would be 50,000 times `α + T`, or a million purchases expected.
const MAX_TERMS: usize = 2_000_000;
/// Terms between two looks at the remainder.
const BLOCK: usize = 16;
/// Terms and sums are scaled down above this. Within a block they grow by less than `MAX_TERMS^BLOCK` = 7e100.
const RESCALE_ABOVE: f64 = 1e200;
/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;

/// What is expected of customers who share `x` and are alive, for any `T` and any time ahead.
#[derive(Debug)]
pub(super) struct PurchaseSeries {
    shape: f64,
    leave: f64,
    stay: f64,
    /// Stages of the present gap that are gone, and stages of a gap.
    gone: u32,
    k: u32,
    /// In blocks, as far as they were needed.
    terms: Vec<Term>,
    /// `S_n`, `C_n` and the stages gone of gap `n + 1`, after the last term.
    next: (f64, f64, u32),
}

/// What the step from `N` to `N + 1` stages changes.
#[derive(Debug, Clone, Copy)]
struct Term {
    /// `(R + N) / (N + 1)`
    ratio: f64,
    /// `C_n` after the step
    made: f64,
    /// `S_n` after the step
    stayed: f64,
}

/// Expectations over a time ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    pub(super) purchases: f64,
    pub(super) stays: f64,
}

impl PurchaseSeries {
    /// For `R`, `a`, `B`, and `gone` of `k` stages.
    pub(super) fn new(shape: f64, leave: f64, stay: f64, gone: u32, k: u32) -> Self {
        Self { shape, leave, stay, gone, k, terms: Vec::new(), next: (1.0, 0.0, gone) }
    }

    /// The expectations over a time of `odds = t / (α + T)`, or `None` if they need too many terms.
    pub(super) fn expected(&mut self, odds: f64) -> Option<Expected> {
        let mean_if_none_left = self.shape * odds;
        if mean_if_none_left.is_nan() || mean_if_none_left > MAX_TERMS as f64 {
            return None;
        }
        let z = odds / (1.0 + odds);
        let (mut probability, mut all, mut purchases, mut stays) = (1.0, 1.0, 0.0, 1.0);
        let mut n = 0;
        while n < MAX_TERMS {
            if self.terms.len() == n {
                self.extend();
            }
            for &Term { ratio, made, stayed } in &self.terms[n..n + BLOCK] {
                probability *= z * ratio;
                all += probability;
                purchases += probability * made;
                stays += probability * stayed;
            }
            n += BLOCK;
            if all > RESCALE_ABOVE {
                for sum in [&mut probability, &mut all, &mut purchases, &mut stays] {
                    *sum /= RESCALE_ABOVE;
                }
            }
            // Later ratios are at most `ratio`, C grows by at most 1 per stage, and S falls.
            let ratio = z * (1.0 + f64::max(0.0, self.shape - 1.0) / (n as f64 + 1.0));
            if ratio < 1.0 {
                let tail = ratio / (1.0 - ratio);
                let last = self.terms[n - 1];
                let of_purchases = probability * tail * (last.made + 1.0 + tail);
                if of_purchases <= REMAINDER * purchases
                    && probability * tail <= REMAINDER * all
                    && probability * tail * last.stayed <= REMAINDER * stays
                {
                    return Some(Expected { purchases: purchases / all, stays: stays / all });
                }
            }
        }
        None
    }

    fn extend(&mut self) {
        for _ in 0..BLOCK {
            let stages = self.terms.len() as f64;
            let (mut stayed, mut made, mut gone) = self.next;
            gone += 1;
            if gone == self.k {
                gone = 0;
                made += stayed;
                let n = ((self.gone as usize + self.terms.len()) / self.k as usize) as f64;
                stayed *= (self.stay + n) / (self.leave + self.stay + n);
            }
            self.next = (stayed, made, gone);
            self.terms.push(Term { ratio: (self.shape + stages) / (stages + 1.0), made, stayed });
        }
    }
}

/// The series of customers with `x` repeat purchases and `gone` stages of the present gap.
pub(super) fn series(model: &BetaGeometric, x: f64, gone: u32) -> PurchaseSeries {
    PurchaseSeries::new(model.shape(x) + f64::from(gone), model.a, model.stay(x), gone, model.k)
}

/// The expectations of an alive customer over a time ahead.
pub(super) fn expected(
    series: &mut PurchaseSeries,
    model: &BetaGeometric,
    seen: Seen,
    ahead: f64,
) -> Result<Expected, LifetimeError> {
    series.expected(ahead / (model.alpha + seen.t)).ok_or_else(|| LifetimeError::SeriesTooLong {
        what: "expected purchases",
        at: format!("x = {}, T = {}, t = {ahead}", seen.x, seen.t),
        terms: MAX_TERMS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a recurrence over up to a million terms.
    const RELATIVE: f64 = 1e-12;

    #[test]
    fn the_series_agrees_with_equation_10_also_at_its_poles_and_where_it_overflows() {
        // mpmath 1.3, 50 digits: c/(a-1) (1 - (beta/(beta+t))^R 2F1(R, B; c; t/(beta+t))), c = a + B - 1; for a = 1 the
        // limit, by 90 digits at a = 1 + 1e-20.
        for (shape, beta, a, stay, t, expected) in [
            (0.2425945, 4.4136019, 0.7929199, 2.4258881, 39.0, 1.1950086498463484),
            (2.2425945, 43.27, 0.7929199, 4.4258881, 39.0, 1.6872803764528683),
            (0.5, 2.0, 1.0, 1.5, 10.0, 1.2308776068137197),
            (0.5, 2.0, 0.3, 0.7, 10.0, 1.5978178854627445),
            (0.5, 2.0, 0.2, 0.3, 10.0, 1.498533898464474),
            (50.0, 3.0, 1.2, 1.1, 30.0, 4.726511703067506),
            (5000.24, 7304.0, 0.79, 5002.4, 3000.0, 1784.4123360295032),
            (0.24, 4.4, 0.79, 2.4, 1e-06, 5.454545264203749e-08),
            (0.24, 4.4, 0.79, 2.4, 4400.0, 11.390958439691428),
            (3.0, 10.0, 1e-06, 2.0, 5.0, 1.4999994030042856),
            (3.0, 10.0, 500.0, 4000.0, 5.0, 1.3475940472451962),
        ] {
            let value = PurchaseSeries::new(shape, a, stay, 0, 1).expected(t / beta);
            let error = value.map(|value| f64::abs(value.purchases / expected - 1.0));
            assert!(error.is_some_and(|error| error < RELATIVE), "R={shape} a={a} B={stay} t={t}: {error:?}");
        }
    }

    #[test]
    fn stages_of_a_gap_are_counted_from_those_gone() {
        // Three stages a gap, two gone: after one stage the first purchase, after four the second. With P(N) a geometric
        // distribution (R = 1), z = 1/2 and nobody leaving, E = Σ_{n≥1} P(N ≥ 3n − 2) = (1/2) / (1 − 1/8).
        let mut series = PurchaseSeries::new(1.0, 1e-300, 1.0, 2, 3);
        let expected = series.expected(1.0).map_or(f64::NAN, |expected| expected.purchases);
        assert!((expected - 4.0 / 7.0).abs() < RELATIVE, "{expected}");
    }

    #[test]
    fn the_order_in_which_times_are_asked_does_not_matter() {
        let mut warm = PurchaseSeries::new(2.2, 0.8, 4.4, 0, 1);
        assert!(warm.expected(100.0).is_some());
        assert_eq!(warm.expected(0.7), PurchaseSeries::new(2.2, 0.8, 4.4, 0, 1).expected(0.7));
    }

    #[test]
    fn a_series_that_is_too_long_gives_no_number() {
        for odds in [1e7, 1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(PurchaseSeries::new(0.2, 0.8, 2.4, 0, 1).expected(odds), None, "{odds}");
        }
        assert_eq!(PurchaseSeries::new(1e15, 0.8, 1e15, 0, 1).expected(1.0), None);
    }
}
