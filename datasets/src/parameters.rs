//! The true parameters: how often customers buy, when they stop, how much they spend.

#[cfg(test)]
use emptor_lifetime::PurchaseModel;
use emptor_lifetime::{BetaGeoNbdParameters, FittedBetaGeoNbd, LifetimeError};
#[cfg(test)]
use emptor_types::Horizon;
use emptor_types::TimeUnit;

use crate::DatasetError;
use crate::error::Problems;
use crate::random::Stream;

/// Parameters of the BG/NBD story (Fader, Hardie & Lee 2005), in weeks.
///
/// While alive, a customer buys at the rate λ ~ Gamma(r, alpha); after every *repeat* purchase the customer drops out
/// for good with probability p ~ Beta(a, b); λ and p are independent.
///
/// ```
/// use emptor_datasets::PurchaseParameters;
/// use emptor_lifetime::PurchaseModel;
/// use emptor_types::Horizon;
///
/// let cdnow = PurchaseParameters::new(0.243, 4.414, 0.793, 2.426)?;
/// // Repeat purchases of a new customer of CDNOW in 39 weeks.
/// let expected = cdnow.model()?.expected_purchases_new_customer(Horizon::weeks(39.0)?)?;
/// assert!((expected - 1.1967).abs() < 1e-4);
/// assert!(PurchaseParameters::new(0.0, 4.414, f64::NAN, 2.426).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PurchaseParameters {
    pub(crate) r: f64,
    pub(crate) alpha: f64,
    pub(crate) a: f64,
    pub(crate) b: f64,
}

/// What is true of one customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latent {
    /// Purchases per week while alive.
    pub(crate) rate: f64,
    /// Probability of dropping out after a repeat purchase.
    pub(crate) dropout: f64,
}

impl PurchaseParameters {
    /// A retailer with many occasional and some frequent buyers: 0.55, 7.5, 0.8, 4. The mean rate is 0.073 per week,
    /// about one purchase in a quarter, and the mean dropout probability is one in six.
    pub const RETAIL: Self = Self { r: 0.55, alpha: 7.5, a: 0.8, b: 4.0 };

    /// Checks the four parameters.
    ///
    /// # Errors
    /// Unless all are finite and above zero; every parameter that is not is listed.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, DatasetError> {
        positive(&[("r", r), ("alpha", alpha), ("a", a), ("b", b)])?;
        Ok(Self { r, alpha, a, b })
    }

    /// Shape of the purchase rates.
    #[must_use]
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Rate of the purchase rates, in weeks.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// First shape of the dropout probabilities.
    #[must_use]
    pub fn a(&self) -> f64 {
        self.a
    }

    /// Second shape of the dropout probabilities.
    #[must_use]
    pub fn b(&self) -> f64 {
        self.b
    }

    /// The model with these parameters, in weeks: what its customers do on average, and what to expect of them.
    ///
    /// # Errors
    /// None in practice: the parameters are checked.
    pub fn model(&self) -> Result<FittedBetaGeoNbd, DatasetError> {
        let Self { r, alpha, a, b } = *self;
        FittedBetaGeoNbd::from_parameters(BetaGeoNbdParameters { r, alpha, a, b }, TimeUnit::Week).map_err(refused)
    }

    /// Expected repeat purchases of a new customer within so many weeks after the first purchase.
    #[cfg(test)]
    pub(crate) fn expected_repeat_purchases(&self, weeks: f64) -> Result<f64, DatasetError> {
        if weeks > 0.0 {
            let horizon = Horizon::weeks(weeks).map_err(|error| refused(error.into()))?;
            self.model()?.expected_purchases_new_customer(horizon).map_err(refused)
        } else {
            Ok(0.0)
        }
    }

    pub(crate) fn draw(&self, stream: &mut Stream) -> Latent {
        Latent { rate: stream.gamma(self.r, self.alpha), dropout: stream.beta(self.a, self.b) }
    }
}

/// Parameters of the Gamma-Gamma story (Fader & Hardie 2013): the amounts of one customer are Gamma(p, ν), and
/// ν ~ Gamma(q, gamma) differs between customers. A customer's mean order value is p/ν; over all customers it is
/// p·gamma/(q − 1).
///
/// ```
/// use emptor_datasets::SpendParameters;
///
/// let spend = SpendParameters::new(6.25, 3.74, 15.44)?;
/// assert!((spend.mean_order_value() - 35.2).abs() < 0.1);
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendParameters {
    pub(crate) p: f64,
    pub(crate) q: f64,
    pub(crate) gamma: f64,
}

impl SpendParameters {
    /// A retailer whose mean order value is 64: 4, 4, 48.
    pub const RETAIL: Self = Self { p: 4.0, q: 4.0, gamma: 48.0 };

    /// Checks the three parameters.
    ///
    /// # Errors
    /// Unless all are finite and above zero and q is above 1, without which there is no mean; everything wrong is listed.
    pub fn new(p: f64, q: f64, gamma: f64) -> Result<Self, DatasetError> {
        positive(&[("p", p), ("q - 1", q - 1.0), ("gamma", gamma)])?;
        Ok(Self { p, q, gamma })
    }

    /// Shape of a customer's amounts.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Shape of ν over customers.
    #[must_use]
    pub fn q(&self) -> f64 {
        self.q
    }

    /// Rate of ν over customers, in money.
    #[must_use]
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// The mean order value of a random customer.
    #[must_use]
    pub fn mean_order_value(&self) -> f64 {
        self.p * self.gamma / (self.q - 1.0)
    }

    /// A customer's mean order value, p/ν.
    pub(crate) fn draw_mean(&self, stream: &mut Stream) -> f64 {
        self.p / stream.gamma(self.q, self.gamma)
    }

    /// One order of a customer with this mean.
    pub(crate) fn draw_amount(&self, mean: f64, stream: &mut Stream) -> f64 {
        stream.gamma(self.p, self.p / mean)
    }
}

/// What is true of all buyers: how they buy and how much they spend.
///
/// ```
/// use emptor_datasets::{BuyerParameters, PurchaseParameters};
///
/// let cdnow = BuyerParameters {
///     purchases: PurchaseParameters::new(0.243, 4.414, 0.793, 2.426)?,
///     ..BuyerParameters::RETAIL
/// };
/// assert_ne!(cdnow, BuyerParameters::RETAIL);
/// # Ok::<(), emptor_datasets::DatasetError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BuyerParameters {
    /// When customers buy and drop out.
    pub purchases: PurchaseParameters,
    /// How much they spend.
    pub spend: SpendParameters,
}

impl BuyerParameters {
    /// The retailer of the bundled sample.
    pub const RETAIL: Self = Self { purchases: PurchaseParameters::RETAIL, spend: SpendParameters::RETAIL };
}

/// What a model of ours refused.
pub(crate) fn refused(error: LifetimeError) -> DatasetError {
    DatasetError::Settings { problems: vec![error.to_string()] }
}

fn positive(parameters: &[(&str, f64)]) -> Result<(), DatasetError> {
    let mut problems = Problems::default();
    for &(name, value) in parameters {
        problems.require(value > 0.0 && value.is_finite(), name, "must be finite and above 0", value);
    }
    problems.finish()
}

/// Walks through the repeat purchases of one customer: calls `purchase` with the weeks since the first purchase, in
/// order, until the customer drops out, `weeks` are over, or `purchase` says stop (`false`). True if the customer is
/// still alive.
pub(crate) fn walk(
    latent: Latent,
    weeks: f64,
    stream: &mut Stream,
    mut purchase: impl FnMut(&mut Stream, f64) -> bool,
) -> bool {
    let mut time = stream.exponential(latent.rate);
    while time <= weeks {
        if !purchase(stream, time) {
            return true;
        }
        if stream.chance(latent.dropout) {
            return false;
        }
        time += stream.exponential(latent.rate);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_parameter_is_listed() {
        let error = PurchaseParameters::new(-1.0, 1.0, f64::NAN, f64::INFINITY);
        assert!(matches!(error, Err(DatasetError::Settings { problems }) if problems.len() == 3));
        assert!(SpendParameters::new(1.0, 1.0, 1.0).is_err());
    }
}
