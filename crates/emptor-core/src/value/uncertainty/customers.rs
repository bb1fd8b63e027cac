//! What another base would be worth.

use emptor_types::{Invalid, Level};

use super::parts::{Parts, total};
use super::range::{Covers, ValueRange};
use super::resample::Resampler;
use crate::statistics::quantile;
use crate::value::flows::require_sum;

/// Fewer replications say nothing about the tails.
const LEAST_REPLICATIONS: usize = 50;

/// The range of a sum over customers, if another base of the same size were drawn from the same market: the bootstrap.
///
/// **Story.** The customers at hand are one draw from a market. Bases of the same size are drawn from them, with
/// replacement, and each adds up to another total; the range runs between the quantiles of these totals (Efron &
/// Tibshirani 1993, chapter 13). The models are held fixed. A base that lives on a few large customers has a wide and
/// skewed range, however many small ones there are.
/// ```text
/// n customers, total Σ v_i        standard error √(Σ (v_i − v̄)²), of infinitely many replications
/// ```
///
/// A part (a grade, a segment) is drawn as part of the whole base, so that the number of its customers varies, too.
///
/// **Cost.** Replications × customers would be five thousand million draws for ten million customers. The 65 536 customers
/// farthest from the mean, who make the tails, are drawn one by one; how many draws go to the others is drawn exactly
/// (binomially), and the sum of those draws from a distribution with its mean, variance and skewness. Up to 65 536
/// customers nothing is approximated; beyond, what is approximated begins with the one customer nearest to the mean, so
/// that there is no jump. Time is linear in customers, plus at most 65 536 draws per replication.
///
/// The same seed gives the same bits at any number of threads and in any order of customers.
///
/// ```
/// use emptor_core::value::uncertainty::CustomerBootstrap;
/// use emptor_types::Level;
///
/// let values: Vec<f64> = (0..1000).map(f64::from).collect();
/// let range = CustomerBootstrap::new(42).total(&values, Level::new(0.95)?)?;
/// // √n · s = √1000 · √((1000² − 1) / 12)
/// assert!(range.standard_error().is_some_and(|error| (error - 9_128.704).abs() < 1e-3));
/// let width = range.high() - range.low(); // quantiles of 500 totals: about 2 · 1.96 standard errors
/// assert!(range.contains(499_500.0) && (width / (2.0 * 1.96 * 9_128.704) - 1.0).abs() < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerBootstrap {
    replications: usize,
    seed: u64,
}

impl CustomerBootstrap {
    /// 500 replications from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { replications: 500, seed }
    }

    /// Sets the number of replications.
    #[must_use]
    pub fn replications(self, replications: usize) -> Self {
        Self { replications, ..self }
    }

    /// The range of the sum over all customers.
    ///
    /// # Errors
    /// Unless there are at least two customers, all values are finite and add up to at most 9·10¹⁸ in absolute value, and there are enough replications to tell the
    /// quantiles: 50, and two beyond the ends of the range.
    pub fn total(&self, values: &[f64], level: Level) -> Result<ValueRange, Invalid> {
        self.check(values, level)?;
        Ok(self.range(values.to_vec(), values.len(), level))
    }

    /// The range of the sum over every part, one label per customer; parts come in the order of their names.
    ///
    /// # Errors
    /// As [`total`](Self::total), and unless there is one label per customer.
    pub fn parts<S: AsRef<str>>(
        &self,
        values: &[f64],
        labels: &[S],
        level: Level,
    ) -> Result<Vec<(String, ValueRange)>, Invalid> {
        let parts = Parts::new(labels);
        let mut checks = Invalid::checks();
        checks.absorb(parts.check(values.len()));
        checks.absorb(self.check(values, level));
        checks.finish()?;
        let mut of_part: Vec<Vec<f64>> = vec![Vec::new(); parts.names.len()];
        values.iter().zip(&parts.of_customer).for_each(|(value, part)| of_part[*part as usize].push(*value));
        let range = |(name, values)| (name, self.range(values, labels.len(), level));
        Ok(parts.names.into_iter().zip(of_part).map(range).collect())
    }

    fn range(&self, values: Vec<f64>, customers: usize, level: Level) -> ValueRange {
        let value = total(&values);
        let resampler = Resampler::new(values, customers);
        let mut totals = resampler.totals(self.replications, self.seed);
        totals.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - level.get());
        // The value lies within, but for the rounding of totals where all customers are alike, and for a narrow range of a
        // skewed base: its median is not its mean.
        let end = |part| quantile(&totals, part).unwrap_or(value);
        let ends = [end(tail).min(value), end(1.0 - tail).max(value)];
        ValueRange::of_quantiles(value, ends, level, resampler.standard_error(), Covers::Customers)
    }

    fn check(&self, values: &[f64], level: Level) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let rule = "must be those of at least two customers: one says nothing about others";
        checks.require(values.len() >= 2, "values", rule, values.len());
        checks.require_each("values", "must be finite", values, |_, value| value.is_finite());
        require_sum(&mut checks, "values", values);
        let least = LEAST_REPLICATIONS.max((2.0 / (1.0 - level.get())).ceil() as usize);
        let rule = format!("must be at least {least} at this level");
        checks.require(self.replications >= least, "replications", &rule, self.replications);
        checks.finish()
    }
}
