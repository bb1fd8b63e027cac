//! Models of customers under contract, who renew or are seen to leave at the end of every period.

mod customers;
mod fitted;
mod process;
mod residual;
mod sample;
mod segments;
mod simulate;
mod survival;
#[cfg(test)]
mod tests;

pub use fitted::FittedContract;
pub use process::{BetaDiscreteWeibullParameters, ShiftedBetaGeoParameters};
pub use residual::Standing;
pub use segments::Segments;
pub use simulate::SimulatedContracts;

pub(crate) use residual::beta_geometric_sum;

use emptor_types::{ContractHistory, Fit};

use crate::LifetimeError;
use crate::estimation::{Certainty, Conclusion, Model, Spec, conclude};
use crate::optimize::{Start, minimize};
use process::ContractProcess;
use sample::Sample;

/// sBG, the shifted beta-geometric: how many customers under contract will still be there?
///
/// **Story.** At the end of every period a customer leaves with a probability θ of their own, which never changes;
/// otherwise the contract is renewed. Customers differ by a beta distribution. Those likely to leave do so first, so the
/// retention rate of a cohort rises although nobody becomes more loyal.
/// ```text
/// P(lost at the t-th renewal | θ) = θ (1−θ)^(t−1)          θ ~ beta(α, β)
/// ```
///
/// **Formula** (S(t) is the part of a cohort that is left after t renewals):
/// ```text
///            B(α+1, β+t−1)             B(α, β+t)                 S(t)       β+t−1
/// P(T=t)  =  ─────────────     S(t) =  ─────────     r(t)  =    ──────  =  ───────
///               B(α, β)                 B(α, β)                 S(t−1)     α+β+t−1
///
/// ln L = Σ over customers: ln P(T=k) if lost at renewal k, ln S(n−1) if still there in period n
/// ```
/// A customer with `last_active = k < observed` was lost at renewal k; one with `last_active = observed = n` has renewed
/// `n − 1` times.
///
/// **Example.** The High End customers of the paper, five years:
/// ```
/// use emptor_lifetime::{ShiftedBetaGeo, Standing};
/// use emptor_types::{ContractHistory, DiscountRate, Fit, TimeUnit};
///
/// let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0];
/// let history = ContractHistory::from_survivors(&[&survivors], TimeUnit::Year)?;
/// let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
/// assert!((model.parameters().alpha - 1.281).abs() < 1e-3 && (model.parameters().beta - 7.790).abs() < 1e-3);
/// assert!((model.survival_curve(7)[6] - 0.444).abs() < 0.001); // 0.491 were left: see BetaDiscreteWeibull
///
/// let rate = DiscountRate::annual_effective(0.1)?;
/// let after_four_renewals = model.derl(4, rate, Standing::AfterRenewal)?;
/// assert!(after_four_renewals > model.derl(0, rate, Standing::AfterRenewal)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Numerical notes.** The likelihood needs only how many customers faced each renewal and how many were lost there, so
/// a million contracts cost as much as a dozen. `ln S` is a second difference of `ln Γ` formed without cancellation; the
/// gradient is analytic. Remaining lifetimes are continued fractions.
///
/// **References.** P. S. Fader, B. G. S. Hardie (2007), How to project customer retention, *Journal of Interactive
/// Marketing* 21(1), 76–90. P. S. Fader, B. G. S. Hardie (2010), Customer-base valuation in a contractual setting: the
/// perils of ignoring heterogeneity, *Marketing Science* 29(1), 85–93.
pub type ShiftedBetaGeo = Spec<ShiftedBetaGeoParameters>;

/// A fitted [`ShiftedBetaGeo`].
pub type FittedShiftedBetaGeo = FittedContract<ShiftedBetaGeoParameters>;

/// BdW, the beta-discrete-Weibull: like [`ShiftedBetaGeo`], where a customer's own probability to leave changes with
/// tenure.
///
/// **Story.** A customer's lifetime is discrete Weibull: with `c > 1` they become more likely to leave with every
/// renewal, with `c < 1` less, and with `c = 1` the model is the sBG. Customers differ as in the sBG, so the retention
/// rate of a cohort may fall at first and rise later.
/// ```text
/// P(still there after t renewals | θ) = (1−θ)^(t^c)          θ ~ beta(α, β)
/// ```
///
/// **Formula** (the survival function of the paper):
/// ```text
///            B(α, β + t^c)                                          B(α, β + (t−1)^c) − B(α, β + t^c)
/// S(t)   =   ─────────────          P(T=t)  =  S(t−1) − S(t)   =   ───────────────────────────────────
///               B(α, β)                                                           B(α, β)
/// ```
///
/// **Example.**
/// ```
/// use emptor_lifetime::validation::likelihood_ratio_test;
/// use emptor_lifetime::{BetaDiscreteWeibull, ShiftedBetaGeo};
/// use emptor_types::{ContractHistory, Fit, TimeUnit};
///
/// let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
/// let history = ContractHistory::from_survivors(&[&survivors], TimeUnit::Year)?;
/// let constant = ShiftedBetaGeo::builder().build()?.fit(&history)?;
/// let changing = BetaDiscreteWeibull::builder().build()?.fit(&history)?;
/// assert!(changing.parameters().c > 1.5);
/// let test = likelihood_ratio_test(constant.report(), changing.report())?;
/// assert!(test.p_value < 0.001); // tenure matters
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Numerical notes.** As for the sBG. `t^c` may overflow: there the leading power `S(t) ~ t^(−αc)` is exact. Remaining
/// lifetimes are summed until terms change by less than 2 % a period, the rest by an integral with a bounded remainder.
///
/// **Reference.** P. S. Fader, B. G. S. Hardie, Y. Liu, J. Davin, T. Steenburgh (2018), "How to project customer
/// retention" revisited: the role of duration dependence, *Journal of Interactive Marketing* 43, 1–16.
pub type BetaDiscreteWeibull = Spec<BetaDiscreteWeibullParameters>;

/// A fitted [`BetaDiscreteWeibull`].
pub type FittedBetaDiscreteWeibull = FittedContract<BetaDiscreteWeibullParameters>;

impl<P: ContractProcess> Fit<ContractHistory<'_>> for Spec<P> {
    type Fitted = FittedContract<P>;
    type Error = LifetimeError;

    /// Estimates the parameters by (penalised) maximum likelihood.
    ///
    /// # Errors
    /// [`LifetimeError::Empty`], [`LifetimeError::NoLosses`], [`LifetimeError::NoRenewals`], or
    /// [`LifetimeError::NotConverged`] with the report and the parameters reached, e.g. when only one renewal was seen.
    fn fit(&self, history: &ContractHistory<'_>) -> Result<FittedContract<P>, LifetimeError> {
        let sample = Sample::new(history);
        let customers = sample.customers;
        if history.is_empty() {
            return Err(LifetimeError::Empty { model: P::NAME });
        }
        if sample.lost == 0.0 {
            return Err(LifetimeError::NoLosses { model: P::NAME, customers: customers as usize });
        }
        if sample.renewals == 0.0 {
            return Err(LifetimeError::NoRenewals { model: P::NAME, customers: customers as usize });
        }

        let objective = |logs: &[f64]| {
            let parameters: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
            let (log_likelihood, slope) = sample.evaluate(&P::from_values(&parameters).survival());
            let mut value = -log_likelihood / customers;
            let mut gradient: Vec<f64> =
                slope.iter().zip(&parameters).map(|(slope, parameter)| -slope * parameter / customers).collect();
            self.settings.penalize(&parameters, &mut value, &mut gradient);
            (value, gradient)
        };
        let starts = P::starts();
        let more: Vec<Start> = starts.more.into_iter().map(Start::from).collect();
        let outcome = minimize(&objective, starts.first.into(), &more, &self.settings.limits(customers));

        let values: Vec<f64> = outcome.point.at.iter().map(|log| log.exp()).collect();
        let parameters = P::from_values(&values);
        let named = P::PARAMETERS.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let conclusion = Conclusion {
            model: <P as Model>::NAME,
            named,
            log_likelihood: sample.evaluate(&parameters.survival()).0,
            observations: customers,
            distinct: sample.distinct(),
            steepest_boundary: f64::INFINITY,
        };
        let report = conclude(&self.settings, &outcome, conclusion)?;
        let certainty = outcome.hessian.as_ref().and_then(|hessian| Certainty::new(hessian, customers));
        FittedContract::new(parameters, history.unit(), report, certainty)
    }
}
