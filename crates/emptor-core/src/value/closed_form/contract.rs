//! The value of customers under contract whose retention differs.

use emptor_lifetime::{FittedBetaDiscreteWeibull, FittedShiftedBetaGeo, LifetimeError, Standing};
use emptor_types::{ContractHistory, DiscountRate, Invalid, TimeUnit};

use crate::value::ValueError;

/// A fitted model of contracts that says how long customers stay, discounted.
pub trait ContractModel {
    /// The contract's period.
    fn unit(&self) -> TimeUnit;

    /// Discounted expected lifetime of a new customer, in periods.
    ///
    /// # Errors
    /// If it is infinite or cannot be computed.
    fn discounted_lifetime(&self, rate: DiscountRate) -> Result<f64, LifetimeError>;

    /// Discounted expected residual lifetime after so many renewals, in periods.
    ///
    /// # Errors
    /// If it is infinite or cannot be computed.
    fn discounted_residual_lifetime(
        &self,
        renewals: u64,
        rate: DiscountRate,
        standing: Standing,
    ) -> Result<f64, LifetimeError>;

    /// The same for each customer of a history, 0 for the lost.
    ///
    /// # Errors
    /// If it is infinite or cannot be computed, or the history counts in other periods.
    fn discounted_residual_lifetimes(
        &self,
        history: &ContractHistory<'_>,
        rate: DiscountRate,
        standing: Standing,
    ) -> Result<Vec<f64>, LifetimeError>;
}

macro_rules! contract_model {
    ($($model:ty),+) => {$(
        impl ContractModel for $model {
            fn unit(&self) -> TimeUnit {
                self.unit()
            }

            fn discounted_lifetime(&self, rate: DiscountRate) -> Result<f64, LifetimeError> {
                self.del(rate)
            }

            fn discounted_residual_lifetime(
                &self,
                renewals: u64,
                rate: DiscountRate,
                standing: Standing,
            ) -> Result<f64, LifetimeError> {
                self.derl(renewals, rate, standing)
            }

            fn discounted_residual_lifetimes(
                &self,
                history: &ContractHistory<'_>,
                rate: DiscountRate,
                standing: Standing,
            ) -> Result<Vec<f64>, LifetimeError> {
                self.derl_of_customers(history, rate, standing)
            }
        }
    )+};
}

contract_model!(FittedShiftedBetaGeo, FittedBetaDiscreteWeibull);

/// What winning a customer is worth: the margin per contract period times the discounted expected lifetime (DEL), the
/// first payment at once (Fader & Hardie 2010). It is what an acquisition cost is compared with.
///
/// ```
/// use emptor_core::value::closed_form::acquisition_value;
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let parameters = ShiftedBetaGeoParameters { alpha: 0.668, beta: 3.806 };
/// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
/// let value = acquisition_value(&model, 100.0, DiscountRate::annual_effective(0.1)?)?;
/// assert!((value - 592.2596).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless the margin is finite; where the lifetime is infinite, as without a discount.
pub fn acquisition_value(model: &impl ContractModel, margin: f64, rate: DiscountRate) -> Result<f64, ValueError> {
    check_margin(margin)?;
    Ok(margin * model.discounted_lifetime(rate)?)
}

/// What a customer who has renewed `renewals` times, and is there now, is still worth: the margin per contract period
/// times the discounted expected residual lifetime (DERL; Fader & Hardie 2010). The present period's payment is not part
/// of it.
///
/// A single retention rate for everybody hides that the loyal are left: with α = 0.764, β = 1.296, 10 % and a margin of
/// 100 the value just before renewal rises with tenure from 288 to 394 and 568, while the rate of the whole base says 343
/// for all.
///
/// ```
/// use emptor_core::value::closed_form::residual_value;
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters, Standing};
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// let parameters = ShiftedBetaGeoParameters { alpha: 0.764, beta: 1.296 };
/// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
/// let rate = DiscountRate::annual_effective(0.1)?;
/// let value = |renewals| residual_value(&model, 100.0, renewals, rate, Standing::BeforeRenewal);
/// assert!((value(0)? - 288.22).abs() < 0.01);
/// assert!((value(4)? - 568.25).abs() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`acquisition_value`]; for more renewals than can be counted.
pub fn residual_value(
    model: &impl ContractModel,
    margin: f64,
    renewals: u64,
    rate: DiscountRate,
    standing: Standing,
) -> Result<f64, ValueError> {
    check_margin(margin)?;
    Ok(margin * model.discounted_residual_lifetime(renewals, rate, standing)?)
}

/// The residual value of each customer of a history, in its order, 0 for those already lost; `margins` has one margin per
/// contract period for each.
///
/// ```
/// use emptor_core::value::closed_form::residual_values;
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeoParameters, Standing};
/// use emptor_types::{ContractHistory, DiscountRate, TimeUnit};
///
/// let parameters = ShiftedBetaGeoParameters { alpha: 0.764, beta: 1.296 };
/// let model = FittedShiftedBetaGeo::from_parameters(parameters, TimeUnit::Year)?;
/// let history = ContractHistory::new(&[1.0, 2.0, 1.0], &[1.0, 2.0, 3.0], TimeUnit::Year)?;
/// let rate = DiscountRate::annual_effective(0.1)?;
/// let values = residual_values(&model, &[100.0, 100.0, 100.0], &history, rate, Standing::BeforeRenewal)?;
/// assert!((values[0] - 288.22).abs() < 0.01 && (values[1] - 393.94).abs() < 0.01);
/// assert_eq!(values[2], 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Unless there is one finite margin for each customer; as [`residual_value`]; if the history counts in other periods.
pub fn residual_values(
    model: &impl ContractModel,
    margins: &[f64],
    history: &ContractHistory<'_>,
    rate: DiscountRate,
    standing: Standing,
) -> Result<Vec<f64>, ValueError> {
    let mut checks = Invalid::checks();
    checks.require(margins.len() == history.len(), "margins", "must be one for each customer", margins.len());
    checks.require_each("margins", "must be finite", margins, |_, margin: f64| margin.is_finite());
    checks.finish()?;
    let lifetimes = model.discounted_residual_lifetimes(history, rate, standing)?;
    Ok(margins.iter().zip(lifetimes).map(|(margin, lifetime)| margin * lifetime).collect())
}

fn check_margin(margin: f64) -> Result<(), Invalid> {
    if margin.is_finite() { Ok(()) } else { Err(Invalid::value("margin", "must be finite", margin)) }
}
