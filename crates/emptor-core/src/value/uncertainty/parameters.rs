//! What the uncertainty of fitted parameters does to values.

use emptor_lifetime::special::normal_quantile;
use emptor_lifetime::{Direction, Interval, Scored, Uncertain};
use emptor_types::{ExactSum, HistoryView, Invalid, Level};

use super::influence::Influence;
use super::parts::{Parts, lift};
use super::range::{Covers, ValueRange};
use crate::value::ValueError;
use crate::value::flows::require_sum;

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
    parts: Parts,
    of_parts: Vec<Sum>,
}

/// A sum of values, and what one standard deviation along every direction does to it.
#[derive(Debug, Clone, PartialEq)]
struct Sum {
    value: f64,
    slopes: Vec<f64>,
    /// With the draw of customers, if it is known.
    correlation: Option<f64>,
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

    /// The same by coarser parts: `part_of` names the part that a part belongs to. Ask before
    /// [`learned_from`](Self::learned_from), which is about the parts there are then.
    #[must_use]
    pub fn regrouped(mut self, part_of: impl Fn(&str) -> String) -> Self {
        let of_old: Vec<String> = self.parts.names.iter().map(|name| part_of(name)).collect();
        let parts = Parts::new(&of_old);
        let mut sums = vec![Sum::of(0.0); parts.names.len()];
        for (sum, part) in self.of_parts.iter().zip(&parts.of_customer) {
            let coarse = &mut sums[*part as usize];
            coarse.value += sum.value;
            coarse.slopes.resize(sum.slopes.len(), 0.0);
            coarse.slopes.iter_mut().zip(&sum.slopes).for_each(|(coarse, slope)| *coarse += slope);
        }
        self.of_parts = sums;
        self.parts.of_customer.iter_mut().for_each(|part| *part = parts.of_customer[*part as usize]);
        self.parts.names = parts.names;
        self
    }

    /// Tells how the errors of the parameters go together with the draw of customers, for models that were fitted to the
    /// very history whose customers are valued: give the uncertain models, in the order in which they were given before.
    ///
    /// Without this the two are taken to go together entirely, which is safe and a little wide; models that were fitted to
    /// other customers are [`learned_elsewhere`](Self::learned_elsewhere).
    /// ```text
    /// Cov(Σ v_i, ∇V · (θ̂ − θ)) = Σ_i (v_i − v̄) Σ_k (∇V · l_k) s_ik        s_ik the score of customer i along l_k
    /// ```
    /// Scores are added up over a few hundred groups of customers of nearly the same value, the largest alone.
    ///
    /// ```
    /// # use emptor_core::value::ValueError;
    /// use emptor_core::value::uncertainty::{CustomerBootstrap, ParameterUncertainty};
    /// # use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel};
    /// # use emptor_types::{Fit, Horizon, Level, TimeUnit};
    /// # let truth = BetaGeoNbdParameters { r: 0.6, alpha: 4.4, a: 0.8, b: 2.4 };
    /// # let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[52.0; 2000], None, 7)?;
    /// # let history = base.view()?;
    /// # let year = Horizon::years(1.0)?;
    /// let count = |model: &FittedBetaGeoNbd| -> Result<Vec<f64>, ValueError> {
    ///     Ok(model.expected_purchases(&history, year)?)
    /// };
    /// let model = BetaGeoNbd::builder().build()?.fit(&history)?;
    /// let level = Level::new(0.95)?;
    /// let customers = CustomerBootstrap::new(1).total(&count(&model)?, level)?;
    ///
    /// let safe = ParameterUncertainty::of(&model, count)?;
    /// let exact = safe.clone().learned_from(&[&model], &history)?;
    /// let (safe, exact) = (safe.total(level)?.combined_with(&customers)?, exact.total(level)?.combined_with(&customers)?);
    /// assert!(exact.high() < safe.high());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Unless the models have as many uncertain parameters as before, and the history as many rows as there are values; as
    /// [`Scored::scores`].
    pub fn learned_from(mut self, models: &[&dyn Scored], history: &HistoryView<'_>) -> Result<Self, ValueError> {
        let customers = self.values.len();
        let mut checks = Invalid::checks();
        let rule = format!("must have a row for each of {customers} values");
        checks.require(history.len() == customers, "history", &rule, history.len());
        checks.finish()?;
        let mut influence = Influence::new(&self.values, &self.parts);
        for model in models {
            influence.scores.extend(model.scores(history, &influence.groups)?);
        }
        let (expected, directions) = (self.total.slopes.len(), influence.scores.len());
        let rule = format!("must be those that were asked: {expected} uncertain parameters");
        let mut checks = Invalid::checks();
        checks.require(directions == expected, "models", &rule, directions);
        checks.finish()?;
        self.total.correlation = Some(influence.of_total(&self.total.slopes));
        for (part, sum) in (0..).zip(&mut self.of_parts) {
            sum.correlation = Some(influence.of_part(part, &sum.slopes));
        }
        Ok(self)
    }

    /// Says that the models were fitted to other customers than those who are valued, whose draw the errors of the
    /// parameters do not depend on: variances add.
    #[must_use]
    pub fn learned_elsewhere(mut self) -> Self {
        self.of_parts.iter_mut().chain([&mut self.total]).for_each(|sum| sum.correlation = Some(0.0));
        self
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
        let named = self.parts.names.iter().zip(&self.of_parts);
        named.map(|(name, sum)| Ok((name.clone(), sum.range(level)?))).collect()
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
    fn of(value: f64) -> Self {
        Self { value, slopes: Vec::new(), correlation: None }
    }

    fn range(&self, level: Level) -> Result<ValueRange, ValueError> {
        let standard_error = self.slopes.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
        let range = ValueRange::from_standard_error(self.value, standard_error, level, Covers::Parameters)?;
        Ok(match self.correlation {
            Some(correlation) => range.correlated(correlation)?,
            None => range,
        })
    }
}

/// Variances while they grow, direction by direction.
struct Growing {
    values: Vec<f64>,
    variances: Vec<f64>,
    total: Sum,
    parts: Parts,
    of_parts: Vec<Sum>,
}

impl Growing {
    fn new<S: AsRef<str>>(values: Vec<f64>, labels: &[S]) -> Result<Self, ValueError> {
        let parts = Parts::new(labels);
        if !labels.is_empty() {
            parts.check(values.len())?;
        }
        check(&values, values.len())?;
        let (total, of_parts) = sums(&values, &parts);
        let (total, of_parts) = (Sum::of(total), of_parts.into_iter().map(Sum::of).collect());
        Ok(Self { variances: vec![0.0; values.len()], values, total, parts, of_parts })
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
            self.total.slopes.push(all);
            self.of_parts.iter_mut().zip(by_part).for_each(|(part, slope)| part.slopes.push(slope));
        }
        Ok(())
    }

    fn finish(self) -> ParameterUncertainty {
        let Self { values, variances, total, parts, of_parts } = self;
        let standard_errors = variances.into_iter().map(f64::sqrt).collect();
        ParameterUncertainty { values, standard_errors, total, parts, of_parts }
    }
}

/// The sum of a column, and its sums by part.
fn sums(column: &[f64], parts: &Parts) -> (f64, Vec<f64>) {
    let lift = lift(column);
    let mut by_part = vec![ExactSum::ZERO; parts.names.len()];
    column.iter().zip(&parts.of_customer).for_each(|(value, part)| by_part[*part as usize].add(lift * value));
    let total: ExactSum = column.iter().map(|value| lift * value).collect();
    (total.value() / lift, by_part.into_iter().map(|sum| sum.value() / lift).collect())
}

fn check(values: &[f64], customers: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let rule = format!("must be one for each of {customers} customers, whatever the parameters");
    checks.require(values.len() == customers, "values", &rule, values.len());
    checks.require_each("values", "must be finite", values, |_, value| value.is_finite());
    require_sum(&mut checks, "values", values);
    checks.finish()
}
