//! What the uncertainty of fitted parameters does to values.

use emptor_lifetime::special::normal_quantile;
use emptor_lifetime::{Direction, Interval, Uncertain};
use emptor_types::{ExactSum, Invalid, Level};

use super::parts::Parts;
use super::range::{Covers, ValueRange};
use crate::value::ValueError;

/// How certain values are, given that the models behind them were estimated from finitely many customers.
///
/// **Formula** (the delta method; `l_k` are independent directions of the parameters, see [`Uncertain`]):
/// ```text
/// Var v_i = Σ_k (∇v_i · l_k)²        Var Σ_i v_i = Σ_k (Σ_i ∇v_i · l_k)²
/// ```
/// Parameters are common to all customers, so that errors of customers do not cancel in the total: its standard error is
/// nearer to their sum than to the root of the sum of squares. Two models fitted to separate likelihoods (purchases,
/// spend per purchase) are independent, and their directions are put side by side (Fader & Hardie 2013).
///
/// The valuation is any function from models to a value per customer. It is asked twice per parameter, and once more; one
/// number per customer is kept, however many parameters there are.
///
/// Of a model that has no certainty the answer is [`LifetimeError::NoCertainty`](emptor_lifetime::LifetimeError::NoCertainty);
/// [`ValueRange::with_parameters`] takes it. If one model's parameters are given on purpose, let the valuation hold that
/// model and ask [`of`](Self::of) the other.
///
/// ```
/// use emptor_core::value::uncertainty::ParameterUncertainty;
/// use emptor_lifetime::{FittedShiftedBetaGeo, ShiftedBetaGeo, Standing};
/// use emptor_types::{ContractHistory, DiscountRate, Fit, Level, TimeUnit};
///
/// let history = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0]], TimeUnit::Year)?;
/// let model = ShiftedBetaGeo::builder().build()?.fit(&history)?;
/// let rate = DiscountRate::annual_effective(0.1)?;
/// // Three customers who have renewed 0, 1 and 4 times and pay 100, 100 and 250 a year.
/// let value = |model: &FittedShiftedBetaGeo| {
///     let of = |(renewals, paid): (u64, f64)| Ok(paid * model.derl(renewals, rate, Standing::BeforeRenewal)?);
///     [(0, 100.0), (1, 100.0), (4, 250.0)].into_iter().map(of).collect()
/// };
/// let uncertainty = ParameterUncertainty::of_by(&model, &["new", "new", "old"], value)?;
/// let level = Level::new(0.95)?;
/// let total = uncertainty.total(level)?;
/// assert!(total.low() < total.value() && total.value() < total.high());
/// assert_eq!(uncertainty.customers(level).len(), 3);
/// assert_eq!(uncertainty.parts(level)?[1].0, "old");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterUncertainty {
    values: Vec<f64>,
    standard_errors: Vec<f64>,
    total: Sum,
    parts: Vec<(String, Sum)>,
}

/// A sum of values with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sum {
    value: f64,
    standard_error: f64,
}

impl ParameterUncertainty {
    /// Of values that depend on one model.
    ///
    /// # Errors
    /// [`ValueError::Model`] if the model has no certainty; whatever `quantity` returns; [`ValueError::Invalid`] unless it
    /// returns as many finite values each time.
    pub fn of<M: Uncertain>(
        model: &M,
        quantity: impl Fn(&M) -> Result<Vec<f64>, ValueError>,
    ) -> Result<Self, ValueError> {
        Self::of_by(model, &[] as &[&str], quantity)
    }

    /// Of values that depend on one model, also by label, one label per customer.
    ///
    /// # Errors
    /// As [`of`](Self::of); [`ValueError::Invalid`] unless there is one label per customer.
    pub fn of_by<M: Uncertain, S: AsRef<str>>(
        model: &M,
        labels: &[S],
        quantity: impl Fn(&M) -> Result<Vec<f64>, ValueError>,
    ) -> Result<Self, ValueError> {
        let directions = model.directions()?;
        let mut growing = Growing::new(quantity(model)?, labels)?;
        growing.add(directions, &quantity)?;
        Ok(growing.finish())
    }

    /// Of values that depend on two models that were fitted to separate likelihoods.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn of_both<A: Uncertain, B: Uncertain>(
        purchases: &A,
        spend: &B,
        quantity: impl Fn(&A, &B) -> Result<Vec<f64>, ValueError>,
    ) -> Result<Self, ValueError> {
        Self::of_both_by(purchases, spend, &[] as &[&str], quantity)
    }

    /// Of values that depend on two models that were fitted to separate likelihoods, also by label, one label per
    /// customer.
    ///
    /// # Errors
    /// As [`of_by`](Self::of_by).
    pub fn of_both_by<A: Uncertain, B: Uncertain, S: AsRef<str>>(
        purchases: &A,
        spend: &B,
        labels: &[S],
        quantity: impl Fn(&A, &B) -> Result<Vec<f64>, ValueError>,
    ) -> Result<Self, ValueError> {
        let (of_purchases, of_spend) = (purchases.directions()?, spend.directions()?);
        let mut growing = Growing::new(quantity(purchases, spend)?, labels)?;
        growing.add(of_purchases, |purchases| quantity(purchases, spend))?;
        growing.add(of_spend, |spend| quantity(purchases, spend))?;
        Ok(growing.finish())
    }

    /// Values at the estimates, one per customer.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Standard errors of the values, one per customer.
    #[must_use]
    pub fn standard_errors(&self) -> &[f64] {
        &self.standard_errors
    }

    /// The range of the sum over all customers: the equity, if values are lifetime values.
    ///
    /// # Errors
    /// If the sum overflows.
    pub fn total(&self, level: Level) -> Result<ValueRange, ValueError> {
        self.total.range(level)
    }

    /// The range of the sum over every part, in the order of names; none without labels.
    ///
    /// # Errors
    /// If a sum overflows.
    pub fn parts(&self, level: Level) -> Result<Vec<(String, ValueRange)>, ValueError> {
        self.parts.iter().map(|(name, sum)| Ok((name.clone(), sum.range(level)?))).collect()
    }

    /// The range of every customer's value: where the value that the true model would expect of this customer lies. What
    /// the customer will do varies far more.
    #[must_use]
    pub fn customers(&self, level: Level) -> Vec<Interval> {
        let z = normal_quantile(0.5 + 0.5 * level.get());
        let interval = |(value, error): (&f64, &f64)| Interval { low: value - z * error, high: value + z * error };
        self.values.iter().zip(&self.standard_errors).map(interval).collect()
    }
}

impl Sum {
    fn range(self, level: Level) -> Result<ValueRange, ValueError> {
        Ok(ValueRange::from_standard_error(self.value, self.standard_error, level, Covers::Parameters)?)
    }
}

/// Variances while they grow, direction by direction.
struct Growing {
    values: Vec<f64>,
    variances: Vec<f64>,
    total: f64,
    parts: Parts,
    of_parts: Vec<f64>,
}

impl Growing {
    fn new<S: AsRef<str>>(values: Vec<f64>, labels: &[S]) -> Result<Self, ValueError> {
        let parts = Parts::new(labels);
        if !labels.is_empty() {
            parts.check(values.len())?;
        }
        check(&values, values.len())?;
        let (variances, of_parts) = (vec![0.0; values.len()], vec![0.0; parts.names.len()]);
        Ok(Self { values, variances, total: 0.0, parts, of_parts })
    }

    fn add<M>(
        &mut self,
        directions: Vec<Direction<M>>,
        quantity: impl Fn(&M) -> Result<Vec<f64>, ValueError>,
    ) -> Result<(), ValueError> {
        for direction in directions {
            let (above, below) = (quantity(&direction.above)?, quantity(&direction.below)?);
            check(&above, self.values.len())?;
            check(&below, self.values.len())?;
            let slopes = direction.slopes(&above, &below);
            self.variances.iter_mut().zip(&slopes).for_each(|(variance, slope)| *variance += slope * slope);
            let (all, by_part) = sums(&slopes, &self.parts);
            self.total += all * all;
            self.of_parts.iter_mut().zip(by_part).for_each(|(variance, slope)| *variance += slope * slope);
        }
        Ok(())
    }

    fn finish(self) -> ParameterUncertainty {
        let Self { values, variances, total, parts, of_parts } = self;
        let sum = |(value, variance): (f64, f64)| Sum { value, standard_error: variance.sqrt() };
        let (all, by_part) = sums(&values, &parts);
        ParameterUncertainty {
            standard_errors: variances.into_iter().map(f64::sqrt).collect(),
            total: sum((all, total)),
            parts: parts.names.into_iter().zip(by_part.into_iter().zip(of_parts).map(sum)).collect(),
            values,
        }
    }
}

/// The sum of a column, and its sums by part.
fn sums(column: &[f64], parts: &Parts) -> (f64, Vec<f64>) {
    let mut by_part = vec![ExactSum::ZERO; parts.names.len()];
    column.iter().zip(&parts.of_customer).for_each(|(value, part)| by_part[*part as usize].add(*value));
    let total: ExactSum = column.iter().copied().collect();
    (total.value(), by_part.into_iter().map(ExactSum::value).collect())
}

fn check(values: &[f64], customers: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let rule = format!("must be one for each of {customers} customers, whatever the parameters");
    checks.require(values.len() == customers, "values", &rule, values.len());
    checks.require_each("values", "must be finite", values, |_, value| value.is_finite());
    checks.finish()
}
