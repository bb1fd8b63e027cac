//! Expected purchases as a sum of positive terms.
//!
//! Equations 9 and 10 of the paper subtract a hypergeometric function from 1 and divide by `a − 1`: digits vanish for
//! short times, the formula has poles at `a = 1` and (for new customers) `a + b = 1`, and its factors overflow for
//! frequent buyers. The same expectation follows from the story without any of that. Given λ, a customer who never left
//! would make `N` more purchases; over λ, `N` is negative binomial. The k-th of them happens if the customer did not
//! leave after any of the k − 1 before it. So
//! ```text
//! E = Σₙ P(N = n) Cₙ      P(N = n) = Γ(R+n) / (Γ(R) n!) · (β/(β+t))^R (t/(β+t))^n
//!                         Cₙ = Σ_{k<n} B(a, B+k) / B(a, B)
//! ```
//! with `R = r + x`, `β = α + T`, `B = b + x`. The probabilities come from their recurrence and are divided by their
//! sum, so no power of `β/(β+t)` is formed that could underflow.

/// Terms after which the series is given up: `t` would be 50,000 times `α + T`, or a million purchases expected.
pub(super) const MAX_TERMS: usize = 2_000_000;
/// Terms between two looks at the remainder.
const BLOCK: usize = 16;
/// Terms and sums are scaled down above this. Within a block they grow by less than `MAX_TERMS^BLOCK` = 7e100.
const RESCALE_ABOVE: f64 = 1e200;
/// The part of a sum that its remainder may be.
const REMAINDER: f64 = 1e-17;

/// Expected further purchases of customers who share `x` and are alive, for any `T` and any time ahead.
#[derive(Debug)]
pub(super) struct PurchaseSeries {
    shape: f64,
    leave: f64,
    stay: f64,
    /// `(R + n) / (n + 1)` and `Cₙ₊₁`, in blocks, as far as they were needed.
    terms: Vec<(f64, f64)>,
    /// `B(a, B+n) / B(a, B)` and `Cₙ` for the next `n`.
    next: (f64, f64),
}

impl PurchaseSeries {
    /// For `r + x`, `a` and `b + x`.
    pub(super) fn new(shape: f64, leave: f64, stay: f64) -> Self {
        Self { shape, leave, stay, terms: Vec::new(), next: (1.0, 0.0) }
    }

    /// The expectation over a time of `odds = t / (α + T)`, or `None` if it needs too many terms.
    pub(super) fn expected(&mut self, odds: f64) -> Option<f64> {
        let mean_if_none_left = self.shape * odds;
        if mean_if_none_left.is_nan() || mean_if_none_left > MAX_TERMS as f64 {
            return None;
        }
        let z = odds / (1.0 + odds);
        let (mut probability, mut all, mut sum) = (1.0, 1.0, 0.0);
        let mut n = 0;
        while n < MAX_TERMS {
            if self.terms.len() == n {
                self.extend();
            }
            for &(ratio, made) in &self.terms[n..n + BLOCK] {
                probability *= z * ratio;
                all += probability;
                sum += probability * made;
            }
            n += BLOCK;
            if all > RESCALE_ABOVE {
                probability /= RESCALE_ABOVE;
                all /= RESCALE_ABOVE;
                sum /= RESCALE_ABOVE;
            }
            // Later ratios are at most `ratio`, and Cₘ ≤ Cₙ + (m − n).
            let ratio = z * (1.0 + f64::max(0.0, self.shape - 1.0) / (n as f64 + 1.0));
            if ratio < 1.0 {
                let tail = ratio / (1.0 - ratio);
                let made = self.terms[n - 1].1;
                if probability * tail * (made + 1.0 + tail) <= REMAINDER * sum && probability * tail <= REMAINDER * all
                {
                    return Some(sum / all);
                }
            }
        }
        None
    }

    fn extend(&mut self) {
        for _ in 0..BLOCK {
            let n = self.terms.len() as f64;
            let (alive, made) = self.next;
            let made = made + alive;
            self.terms.push(((self.shape + n) / (n + 1.0), made));
            self.next = (alive * ((self.stay + n) / (self.leave + self.stay + n)), made);
        }
    }
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
            let value = PurchaseSeries::new(shape, a, stay).expected(t / beta);
            let error = value.map(|value| f64::abs(value / expected - 1.0));
            assert!(error.is_some_and(|error| error < RELATIVE), "R={shape} a={a} B={stay} t={t}: {error:?}");
        }
    }

    #[test]
    fn the_order_in_which_times_are_asked_does_not_matter() {
        let mut warm = PurchaseSeries::new(2.2, 0.8, 4.4);
        assert!(warm.expected(100.0).is_some());
        assert_eq!(warm.expected(0.7), PurchaseSeries::new(2.2, 0.8, 4.4).expected(0.7));
    }

    #[test]
    fn a_series_that_is_too_long_gives_no_number() {
        for odds in [1e7, 1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(PurchaseSeries::new(0.2, 0.8, 2.4).expected(odds), None, "{odds}");
        }
        assert_eq!(PurchaseSeries::new(1e15, 0.8, 1e15).expected(1.0), None);
    }
}
