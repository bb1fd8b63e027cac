//! The beta-geometric/NBD model of repeat buying without a contract (Fader, Hardie & Lee 2005).

mod expectation;
mod fitted;
mod likelihood;
mod probability;
mod sample;
mod schedule;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, HistoryView};
use serde::{Deserialize, Serialize};

pub use fitted::{BetaGeoNbdParameters, FittedBetaGeoNbd};

use crate::LifetimeError;
use crate::optimize::minimize;
use crate::settings::{Settings, Stored, conclude};
use sample::Sample;

pub(crate) const MODEL: &str = "BG/NBD";

/// Starts in `ln (r, α, a, b)` with time scaled so that the longest history is 10: first the middle of what published
/// fits give, then steadier buyers, early and late drop-out.
const FIRST_START: [f64; 4] = [-0.7, 0.0, -0.2, 0.7];
const MORE_STARTS: [[f64; 4]; 4] =
    [[0.0, 0.0, 0.0, 0.0], [1.0, 1.5, -1.0, 1.0], [-1.5, -1.0, -2.0, 2.0], [-0.5, 0.5, 1.0, 3.0]];

/// BG/NBD: how often, and for how long, do customers of a non-contractual business come back?
///
/// **Story.** While alive, a customer buys at random with rate λ. After every repeat purchase they leave for good with
/// probability p. Rates differ between customers by a gamma distribution, p by a beta distribution:
/// ```text
/// purchases while alive ~ Poisson(λ t)          λ ~ gamma(shape r, rate α)
/// P(leaves after a purchase) = p                p ~ beta(a, b)
/// ```
/// so whoever has not bought again cannot have left: with `frequency` 0 the probability to be alive is 1.
///
/// **Formula** (equation 6 of the paper, one customer with x repeat purchases, the last at t_x, observed until T):
/// ```text
///       B(a, b+x)   Γ(r+x) α^r               B(a+1, b+x−1)     Γ(r+x) α^r
/// L  =  ───────── · ──────────────── + [x>0] ───────────── · ────────────────
///        B(a, b)    Γ(r)(α+T)^(r+x)             B(a, b)      Γ(r)(α+t_x)^(r+x)
/// ```
///
/// **Example.**
/// ```
/// use emptor_lifetime::BetaGeoNbd;
/// use emptor_types::{Fit, HistoryView, Horizon, TimeUnit};
///
/// let frequency = [2.0, 1.0, 0.0, 0.0, 0.0, 7.0, 1.0, 0.0, 2.0, 0.0, 5.0, 0.0, 9.0, 4.0];
/// let recency = [30.4, 1.7, 0.0, 0.0, 0.0, 29.4, 5.0, 0.0, 35.7, 0.0, 24.4, 0.0, 20.0, 9.0];
/// let t = [38.9; 14];
/// let history = HistoryView::new(&frequency, &recency, &t, None, TimeUnit::Week)?;
///
/// let model = BetaGeoNbd::builder().penalty(0.01).build()?.fit(&history)?;
/// assert!(model.report().termination.is_success());
/// let alive = model.p_alive(&history)?;
/// assert!(alive[5] > alive[1]); // seven purchases until week 29 against one in week 2
/// let next_year = model.expected_purchases(&history, Horizon::weeks(52.0)?)?;
/// assert!(next_year[5] > next_year[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Errors.** See [`fit`](#method.fit): an empty history, nobody with a repeat purchase, or a fit that did not
/// converge.
///
/// **Numerical notes.** Equal rows are counted once, and rows are summed in sorted order in pieces of fixed size, so the
/// result does not depend on row order or thread count to the last bit. Time is scaled so that the longest history is 10
/// while fitting; the parameters come back in the history's unit. The gradient is analytic.
/// An optimum on a flat ridge, where the log of a parameter has a standard error above 10, is refused as
/// [`Termination::Boundary`](emptor_types::Termination::Boundary) although the gradient vanishes there: typical of small
/// bases in which nobody, or everybody, seems to leave. Expected purchases are summed from positive terms, so they have
/// neither poles (`a = 1`) nor overflow for frequent buyers.
///
/// **Reference.** P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), "Counting your customers" the easy way: an
/// alternative to the Pareto/NBD model, *Marketing Science* 24(2), 275–284.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BetaGeoNbd {
    settings: Settings,
}

/// Settings of a [`BetaGeoNbd`], not yet checked.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BetaGeoNbdBuilder {
    settings: Stored,
}

impl BetaGeoNbd {
    /// Starts with no penalty, 500 iterations and a gradient tolerance of 1e-9.
    ///
    /// ```
    /// use emptor_lifetime::BetaGeoNbd;
    /// let spec = BetaGeoNbd::builder().penalty(0.001).max_iterations(200).build()?;
    /// let error = BetaGeoNbd::builder().penalty(-1.0).tolerance(f64::NAN).build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "penalty must be finite and at least 0 (got -1); tolerance must lie between 0 and 1 (got NaN)"
    /// );
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    pub fn builder() -> BetaGeoNbdBuilder {
        BetaGeoNbdBuilder { settings: Stored::default() }
    }
}

impl BetaGeoNbdBuilder {
    /// The L2 penalty: `penalty · (r² + α² + a² + b²)` is added to the *mean* negative log-likelihood per customer, with
    /// `α` in tenths of the longest history. This is the scale of the `penalizer_coef` of the Python package lifetimes.
    /// Values of 0.001 to 0.1 tame small data; 0, the default, is maximum likelihood.
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.settings.penalty = penalty;
        self
    }

    /// Iterations allowed to each start of the optimiser.
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.settings.max_iterations = max_iterations;
        self
    }

    /// The greatest gradient component, of the mean negative log-likelihood by a log parameter, that counts as zero.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.settings.tolerance = tolerance;
        self
    }

    /// Returns a fit whose parameters ran to the boundary, with a report that says so, instead of refusing it. The
    /// likelihood is flat there: single parameters mean nothing, but what they say of customers may still serve, e.g.
    /// where nobody ever seems to leave, or in a small base.
    pub fn accept_boundary(mut self, accept: bool) -> Self {
        self.settings.accept_boundary = accept;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] with every rule that is broken.
    pub fn build(self) -> Result<BetaGeoNbd, LifetimeError> {
        Ok(BetaGeoNbd { settings: self.settings.try_into()? })
    }
}

impl Fit<HistoryView<'_>> for BetaGeoNbd {
    type Fitted = FittedBetaGeoNbd;
    type Error = LifetimeError;

    /// Estimates r, α, a and b by (penalised) maximum likelihood.
    ///
    /// # Errors
    /// [`LifetimeError::Empty`], [`LifetimeError::NoRepeatPurchases`], or [`LifetimeError::NotConverged`] with the
    /// report and the parameters reached, e.g. when all customers are alike and a parameter runs to infinity.
    fn fit(&self, history: &HistoryView<'_>) -> Result<FittedBetaGeoNbd, LifetimeError> {
        if history.is_empty() {
            return Err(LifetimeError::Empty { model: MODEL });
        }
        let sample = Sample::compress(history);
        if sample.purchases() == 0.0 {
            return Err(LifetimeError::NoRepeatPurchases { model: MODEL, customers: history.len() });
        }

        let objective = |theta: &[f64; 4]| {
            let parameters = theta.map(f64::exp);
            let (log_likelihood, slope) = likelihood::evaluate(&sample, &parameters);
            let mut value = -log_likelihood / sample.customers();
            let mut gradient: [f64; 4] = std::array::from_fn(|i| -slope[i] * parameters[i] / sample.customers());
            self.settings.penalize(&parameters, &mut value, &mut gradient);
            (value, gradient)
        };
        let outcome = minimize(&objective, FIRST_START, &MORE_STARTS, &self.settings.limits(history.len()));

        let [r, scaled_alpha, a, b] = outcome.point.at.map(f64::exp);
        let alpha = sample.unscale(scaled_alpha);
        let log_likelihood = likelihood::in_data_units(&sample, &[r, scaled_alpha, a, b]);
        let named = [("r", r), ("alpha", alpha), ("a", a), ("b", b)];
        let report =
            conclude(&self.settings, MODEL, &outcome, named, log_likelihood, history.len(), sample.distinct())?;
        FittedBetaGeoNbd::new(BetaGeoNbdParameters { r, alpha, a, b }, history.unit(), report)
    }
}
