//! The gamma-gamma model of spend per purchase (Fader, Hardie & Lee 2005; Fader & Hardie 2013).

mod fitted;
mod likelihood;
mod sample;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, HistoryView};

pub use fitted::{FittedGammaGamma, GammaGammaParameters};

use crate::LifetimeError;
use crate::estimation::{Certainty, Conclusion, Model, Spec, conclude};
use crate::optimize::minimize;
use sample::Sample;

pub(crate) const MODEL: &str = "Gamma-Gamma";

/// Customers without whom nothing can be said about differences between customers.
const LEAST_CUSTOMERS: f64 = 2.0;

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
pub type GammaGamma = Spec<GammaGammaParameters>;

impl Model for GammaGammaParameters {
    const NAME: &'static str = MODEL;
    const KIND: &'static str = "gamma_gamma";
    type Options = ();
}

impl Fit<HistoryView<'_>> for Spec<GammaGammaParameters> {
    type Fitted = FittedGammaGamma;
    type Error = LifetimeError;

    /// Estimates p, q and γ by (penalised) maximum likelihood.
    ///
    /// # Errors
    /// [`LifetimeError::NoMonetaryValue`], [`LifetimeError::TooFewSpenders`], or [`LifetimeError::NotConverged`] with
    /// the report and the parameters reached, e.g. when all customers spend the same.
    fn fit(&self, history: &HistoryView<'_>) -> Result<FittedGammaGamma, LifetimeError> {
        let sample = Sample::compress(history)?;
        let customers = sample.customers;
        if customers < LEAST_CUSTOMERS {
            return Err(LifetimeError::TooFewSpenders {
                model: MODEL,
                needed: LEAST_CUSTOMERS as usize,
                usable: customers as usize,
                excluded: sample.excluded,
            });
        }

        let objective = |logs: &[f64]| {
            let parameters = [logs[0].exp(), logs[1].exp(), logs[2].exp()];
            let (log_likelihood, slope) = likelihood::evaluate(&sample, &parameters);
            let mut value = -log_likelihood / customers;
            let mut gradient: Vec<f64> =
                slope.iter().zip(&parameters).map(|(slope, parameter)| -slope * parameter / customers).collect();
            self.settings.penalize(&parameters, &mut value, &mut gradient);
            (value, gradient)
        };
        let more = MORE_STARTS.map(|start| start.to_vec().into());
        let outcome = minimize(&objective, FIRST_START.to_vec().into(), &more, &self.settings.limits(customers));

        let at = &outcome.point.at;
        let (p, q, scaled_gamma) = (at[0].exp(), at[1].exp(), at[2].exp());
        let gamma = scaled_gamma * sample.money_scale;
        let log_likelihood = likelihood::in_data_units(&sample, &[p, q, scaled_gamma]);
        let named = [("p", p), ("q", q), ("gamma", gamma)].map(|(name, value)| (name.to_owned(), value));
        let conclusion = Conclusion {
            model: MODEL,
            named: named.to_vec(),
            log_likelihood,
            observations: customers,
            distinct: sample.distinct(),
            // Where all spend the same, the density grows without end, and steeply; the mean is theirs all the same.
            steepest_boundary: f64::INFINITY,
        };
        let report = conclude(&self.settings, &outcome, conclusion)?;
        let certainty = outcome.hessian.as_ref().and_then(|hessian| Certainty::new(hessian, customers));
        FittedGammaGamma::new(GammaGammaParameters { p, q, gamma }, report, sample.excluded, certainty)
    }
}
