//! What the uncertainty of parameters does to anything that a model says.

use emptor_types::Level;

use super::Interval;
use super::certainty::quantile;
use crate::LifetimeError;

/// One of the independent directions in which a fitted model's parameters are uncertain: the model moved a little way
/// along it, and as far back.
///
/// The change of anything that the model says, `(above − below) / (2 step)`, is what one standard deviation along this
/// direction does to it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Direction<M> {
    /// The model, moved along the direction.
    pub above: M,
    /// The model, moved against it.
    pub below: M,
    /// How far each was moved, in standard deviations.
    pub step: f64,
}

impl<M> Direction<M> {
    /// The same direction of the model as another type.
    pub(crate) fn map<N>(self, into: impl Fn(M) -> N) -> Direction<N> {
        Direction { above: into(self.above), below: into(self.below), step: self.step }
    }

    /// What one standard deviation along this direction does to each of two columns of what the moved models say.
    #[must_use]
    pub fn slopes(&self, above: &[f64], below: &[f64]) -> Vec<f64> {
        above.iter().zip(below).map(|(above, below)| (above - below) / (2.0 * self.step)).collect()
    }
}

/// A fitted model that knows how uncertain its parameters are.
///
/// **Story.** The parameters were estimated from finitely many customers. Near the maximum the likelihood looks like a
/// normal distribution with the covariance `Σ` of the estimates, so a quantity `f` of the parameters has the variance of
/// its linear part (the delta method):
/// ```text
/// Var f = ∇fᵀ Σ ∇f = Σ_k (∇f · l_k)²          Σ = L Lᵀ with columns l_1 … l_K
/// ```
/// The columns of the Cholesky factor are directions that do not depend on each other, so variances simply add up over
/// them: a column of a value per customer needs one number per customer, never customers × parameters; and a total over
/// customers, or over a part of them, adds its own slopes. Coordinates are logarithms of positive parameters.
///
/// Two models that were fitted to separate likelihoods, such as purchases and spend per purchase, have no covariance with
/// each other (Fader & Hardie 2013): the directions of both together are the directions of what depends on both.
///
/// ```
/// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel, Uncertain};
/// use emptor_types::{Fit, Horizon, TimeUnit};
///
/// let truth = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
/// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 7)?;
/// let model = BetaGeoNbd::builder().build()?.fit(&base.view()?)?;
/// let year = Horizon::years(1.0)?;
/// let errors = model.standard_errors(|model| Ok(vec![model.expected_purchases_new_customer(year)?]))?;
/// let expected = model.expected_purchases_new_customer(year)?;
/// assert!(errors[0] > 0.0 && errors[0] < 0.1 * expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Uncertain: Sized {
    /// The independent directions in which the parameters are uncertain.
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`] if the parameters were given or lie on a boundary.
    fn directions(&self) -> Result<Vec<Direction<Self>>, LifetimeError>;

    /// Standard errors of anything the model says, from the uncertainty of its parameters: one per element that
    /// `quantity` returns, which is asked twice per parameter.
    ///
    /// # Errors
    /// [`LifetimeError::NoCertainty`]; whatever `quantity` returns.
    fn standard_errors(
        &self,
        quantity: impl Fn(&Self) -> Result<Vec<f64>, LifetimeError>,
    ) -> Result<Vec<f64>, LifetimeError> {
        let mut variances: Vec<f64> = Vec::new();
        for direction in self.directions()? {
            let (above, below) = (quantity(&direction.above)?, quantity(&direction.below)?);
            let slopes = direction.slopes(&above, &below);
            variances.resize(slopes.len(), 0.0);
            variances.iter_mut().zip(slopes).for_each(|(variance, slope)| *variance += slope * slope);
        }
        Ok(variances.into_iter().map(f64::sqrt).collect())
    }
}

/// So many standard errors either way of anything the model says.
pub(crate) fn delta_intervals<M: Uncertain>(
    model: &M,
    level: Level,
    quantity: impl Fn(&M) -> Result<Vec<f64>, LifetimeError>,
) -> Result<Vec<Interval>, LifetimeError> {
    let errors = model.standard_errors(&quantity)?;
    let interval = |(value, error): (f64, f64)| {
        let reach = quantile(level) * error;
        Interval { low: value - reach, high: value + reach }
    };
    Ok(quantity(model)?.into_iter().zip(errors).map(interval).collect())
}

#[cfg(test)]
mod tests {
    use emptor_types::{ContractHistory, Fit, HistoryView, TimeUnit};

    use super::*;
    use crate::testing::TestResult;
    use crate::{
        FittedBetaGeoNbd, FittedGammaGamma, FittedPurchaseModel, GammaGamma, GammaGammaParameters, ParetoNbd,
        ParetoNbdParameters, PurchaseModel, ShiftedBetaGeo,
    };

    /// Central differences a thousandth of a standard deviation wide.
    const DIFFERENCES: f64 = 1e-5;

    fn close(left: f64, right: f64) -> bool {
        (left / right - 1.0).abs() < DIFFERENCES
    }

    #[test]
    fn standard_errors_of_the_parameters_themselves_are_those_of_the_estimates() -> TestResult {
        let level = Level::new(0.95)?;
        let truth = ParetoNbdParameters { r: 0.8, alpha: 6.0, s: 0.7, beta: 9.0 };
        let base = crate::FittedParetoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[52.0; 3000], None, 3)?;
        let model = ParetoNbd::builder().build()?.fit(&base.view()?)?;
        let values = |named: Vec<(String, f64)>| named.into_iter().map(|(_, value)| value).collect::<Vec<f64>>();
        let errors = model.standard_errors(|model| Ok(values(model.named_parameters())))?;
        assert!(errors.iter().zip(model.estimates(level)?).all(|(error, told)| close(*error, told.standard_error)));

        // The variance of a sum has all covariances in it.
        let sum = model.standard_errors(|model| Ok(vec![values(model.named_parameters()).iter().sum()]))?;
        let all: f64 = model.covariance()?.iter().flatten().sum();
        assert!(close(sum[0], all.sqrt()), "{} {all}", sum[0]);

        let any = FittedPurchaseModel::from(model.clone());
        let same = any.standard_errors(|model| Ok(values(model.named_parameters())))?;
        assert_eq!(same, errors);
        let interval = any.intervals(level, |model| Ok(values(model.named_parameters())))?;
        assert_eq!(interval, model.intervals(level, |model| Ok(values(model.named_parameters())))?);
        Ok(())
    }

    #[test]
    fn contracts_and_spend_are_as_uncertain_as_their_estimates() -> TestResult {
        let level = Level::new(0.95)?;
        let history = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0]], TimeUnit::Year)?;
        let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
        let errors = model.standard_errors(|model| Ok(vec![model.parameters().alpha, model.parameters().beta]))?;
        assert!(errors.iter().zip(model.estimates(level)?).all(|(error, told)| close(*error, told.standard_error)));

        let truth = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
        let frequency = [3.0; 2000];
        let spend = truth.simulate(&frequency, 1)?;
        let history = HistoryView::new(&frequency, &[30.0; 2000], &[39.0; 2000], Some(&spend), TimeUnit::Week)?;
        let model = GammaGamma::builder().build()?.fit(&history)?;
        let errors = model.standard_errors(|model| {
            let GammaGammaParameters { p, q, gamma } = *model.parameters();
            Ok(vec![p, q, gamma])
        })?;
        assert!(errors.iter().zip(model.estimates(level)?).all(|(error, told)| close(*error, told.standard_error)));
        Ok(())
    }

    #[test]
    fn given_parameters_are_not_uncertain_but_unknown() -> TestResult {
        let parameters = crate::BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
        let model = FittedPurchaseModel::from(FittedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?);
        assert!(matches!(model.directions(), Err(LifetimeError::NoCertainty { .. })));
        Ok(())
    }
}
