//! The gamma-gamma model of spend per purchase (Fader, Hardie & Lee 2005; Fader & Hardie 2013).

mod fitted;
mod likelihood;
mod sample;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, HistoryView};
use serde::{Deserialize, Serialize};

pub use fitted::{FittedGammaGamma, GammaGammaParameters};

use crate::LifetimeError;
use crate::optimize::minimize;
use crate::settings::{Settings, Stored, conclude};
use sample::Sample;

pub(crate) const MODEL: &str = "Gamma-Gamma";

/// Customers without whom nothing can be said about differences between customers.
const LEAST_CUSTOMERS: usize = 2;

/// Starts in `ln (p, q, γ)` with money scaled so that the mean spend is 1.
const FIRST_START: [f64; 3] = [1.4, 1.2, -0.7];
const MORE_STARTS: [[f64; 3]; 3] = [[0.0, 1.1, 0.7], [2.5, 1.5, -1.0], [0.0, 0.0, 0.0]];

/// Gamma-Gamma: what will a customer spend per purchase, seen what they have spent so far?
///
/// **Story.** Every purchase of a customer varies around the customer's own mean by a gamma distribution, and the scales
/// of customers follow another. A customer with many purchases is believed; one with few is drawn towards the mean of
/// all. Spend must not depend on how often somebody buys.
/// ```text
/// spend of a purchase ~ gamma(shape p, rate ν)          ν ~ gamma(shape q, rate γ)
/// ```
///
/// **Formula** (equation 1a of the note, a customer with x repeat purchases of mean value m):
/// ```text
///           Γ(px+q)   γ^q m^(px−1) x^(px)
/// L  =  ──────────── ─────────────────────
///        Γ(px) Γ(q)    (γ + m x)^(px+q)
/// ```
///
/// **Example.**
/// ```
/// use emptor_lifetime::GammaGamma;
/// use emptor_types::{Fit, HistoryView, TimeUnit};
///
/// let frequency = [2.0, 1.0, 0.0, 7.0, 1.0, 2.0, 5.0];
/// let recency = [30.4, 1.7, 0.0, 29.4, 5.0, 35.7, 24.4];
/// let t = [38.9; 7];
/// let spend = [22.3, 11.8, f64::NAN, 73.7, 11.8, 25.0, 30.0];
/// let history = HistoryView::new(&frequency, &recency, &t, Some(&spend), TimeUnit::Week)?;
///
/// let model = GammaGamma::builder().penalty(0.01).build()?.fit(&history)?; // seven customers
/// let expected = model.expected_spend(&history)?;
/// assert_eq!(Some(expected[2]), model.mean_spend()); // nothing known: the mean of all
/// assert!(expected[3] < 73.7 && expected[3] > expected[2]); // drawn towards it
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Errors.** See [`fit`](#method.fit): no `monetary_value`, too few customers who spent, or a fit that did not
/// converge.
///
/// **Numerical notes.** Only customers with `frequency` above 0 and a positive `monetary_value` inform the fit; repeat
/// customers without one are counted in [`excluded`](FittedGammaGamma::excluded). Equal rows are counted once and summed
/// in sorted order, so the result does not depend on row order. Money is scaled so that the mean spend is 1 while
/// fitting; `gamma` comes back in the currency of the data. The gradient is analytic.
/// An optimum on a flat ridge, where the log of a parameter has a standard error above 10, is refused as
/// [`Termination::Boundary`](emptor_types::Termination::Boundary) although the gradient vanishes there; dozens of
/// customers are often too few.
///
/// **References.** P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), RFM and CLV: using iso-value curves for customer base
/// analysis, *Journal of Marketing Research* 42(4), 415–430. P. S. Fader, B. G. S. Hardie (2013), The gamma-gamma model
/// of monetary value, note 025 at brucehardie.com.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GammaGamma {
    settings: Settings,
}

/// Settings of a [`GammaGamma`], not yet checked.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct GammaGammaBuilder {
    settings: Stored,
}

impl GammaGamma {
    /// Starts with no penalty, 500 iterations and a gradient tolerance of 1e-9.
    ///
    /// ```
    /// use emptor_lifetime::GammaGamma;
    /// let spec = GammaGamma::builder().penalty(0.001).max_iterations(200).build()?;
    /// assert!(GammaGamma::builder().max_iterations(0).build().is_err());
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    pub fn builder() -> GammaGammaBuilder {
        GammaGammaBuilder { settings: Stored::default() }
    }
}

impl GammaGammaBuilder {
    /// The L2 penalty: `penalty · (p² + q² + γ²)` is added to the *mean* negative log-likelihood per customer, with `γ`
    /// in units of the mean spend. So a penalty does the same in dollars and in cents; the `penalizer_coef` of the
    /// Python package lifetimes takes γ in money instead. 0, the default, is maximum likelihood.
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
    pub fn build(self) -> Result<GammaGamma, LifetimeError> {
        Ok(GammaGamma { settings: self.settings.try_into()? })
    }
}

impl Fit<HistoryView<'_>> for GammaGamma {
    type Fitted = FittedGammaGamma;
    type Error = LifetimeError;

    /// Estimates p, q and γ by (penalised) maximum likelihood.
    ///
    /// # Errors
    /// [`LifetimeError::NoMonetaryValue`], [`LifetimeError::TooFewSpenders`], or [`LifetimeError::NotConverged`] with
    /// the report and the parameters reached, e.g. when all customers spend the same.
    fn fit(&self, history: &HistoryView<'_>) -> Result<FittedGammaGamma, LifetimeError> {
        let sample = Sample::compress(history)?;
        if sample.customers < LEAST_CUSTOMERS {
            return Err(LifetimeError::TooFewSpenders {
                model: MODEL,
                needed: LEAST_CUSTOMERS,
                usable: sample.customers,
                excluded: sample.excluded,
            });
        }

        let customers = sample.customers as f64;
        let objective = |theta: &[f64; 3]| {
            let parameters = theta.map(f64::exp);
            let (log_likelihood, slope) = likelihood::evaluate(&sample, &parameters);
            let mut value = -log_likelihood / customers;
            let mut gradient: [f64; 3] = std::array::from_fn(|i| -slope[i] * parameters[i] / customers);
            self.settings.penalize(&parameters, &mut value, &mut gradient);
            (value, gradient)
        };
        let outcome = minimize(&objective, FIRST_START, &MORE_STARTS, &self.settings.limits(sample.customers));

        let [p, q, scaled_gamma] = outcome.point.at.map(f64::exp);
        let gamma = scaled_gamma * sample.money_scale;
        let log_likelihood = likelihood::in_data_units(&sample, &[p, q, scaled_gamma]);
        let named = [("p", p), ("q", q), ("gamma", gamma)];
        let report =
            conclude(&self.settings, MODEL, &outcome, named, log_likelihood, sample.customers, sample.distinct())?;
        FittedGammaGamma::new(GammaGammaParameters { p, q, gamma }, report, sample.excluded)
    }
}
