//! Intervals from refits to simulated bases.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{Covariates, Fit, HistoryView, Invalid, Level};
use rayon::prelude::*;

use super::fitted::Fitted;
use super::process::Process;
use crate::estimation::{Interval, Spec};
use crate::sampling::SplitMix;
use crate::{LifetimeError, PurchaseModel};

/// Fewer refits say nothing about the tails of a distribution.
const LEAST_REPLICATIONS: usize = 20;

/// Intervals from a parametric bootstrap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Bootstrap {
    /// One interval per element of the quantity.
    pub intervals: Vec<Interval>,
    /// Refits that the intervals are made of.
    pub refits: usize,
    /// Simulated bases that the model could not be fitted to, or of which the quantity could not be told.
    pub failures: usize,
}

impl<P: Process> Fitted<P> {
    /// Intervals of anything the model says by parametric bootstrap (Efron & Tibshirani 1993, chapter 6): `replications`
    /// bases are simulated from this model, with the times of observation and the covariates of `history`; `spec` is
    /// fitted to each; the intervals run between the quantiles of what `quantity` says of the refits.
    ///
    /// Unlike [`intervals`](Self::intervals) it needs no curvature and shows skewness, and costs one fit per replication.
    ///
    /// ```
    /// use emptor_lifetime::{BetaGeoNbd, BetaGeoNbdParameters, FittedBetaGeoNbd, PurchaseModel};
    /// use emptor_types::{Fit, Horizon, Level, TimeUnit};
    ///
    /// let truth = BetaGeoNbdParameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    /// let base = FittedBetaGeoNbd::from_parameters(truth, TimeUnit::Week)?.simulate(&[39.0; 2000], None, 7)?;
    /// let spec = BetaGeoNbd::builder().build()?;
    /// let model = spec.fit(&base.view()?)?;
    /// let year = Horizon::years(1.0)?;
    /// let bootstrap = model.bootstrap(&spec, &base.view()?, 40, 1, Level::new(0.9)?, |model| {
    ///     Ok(vec![model.expected_purchases_new_customer(year)?])
    /// })?;
    /// assert!(bootstrap.intervals[0].contains(model.expected_purchases_new_customer(year)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] for fewer than 20 replications; [`LifetimeError::UnitMismatch`];
    /// [`LifetimeError::NoCovariate`]; the first refit's error if more than half of them fail.
    pub fn bootstrap(
        &self,
        spec: &Spec<P>,
        history: &HistoryView<'_>,
        replications: usize,
        seed: u64,
        level: Level,
        quantity: impl Fn(&Self) -> Result<Vec<f64>, LifetimeError> + Sync,
    ) -> Result<Bootstrap, LifetimeError> {
        super::model::check_unit(self.unit(), history)?;
        let mut checks = Invalid::checks();
        checks.require(replications >= LEAST_REPLICATIONS, "replications", "must be at least 20", replications);
        checks.finish()?;

        // One row per customer, and their covariates.
        let count = |row: usize| history.counts().map_or(1, |counts| counts[row] as usize);
        let written_out = |column: &[f64]| -> Vec<f64> {
            column.iter().enumerate().flat_map(|(row, &value)| std::iter::repeat_n(value, count(row))).collect()
        };
        let t = written_out(history.t());
        let columns: Vec<(&str, Vec<f64>)> = history
            .covariates()
            .map_or_else(Vec::new, |all| all.iter().map(|(name, column)| (name, written_out(column))).collect());
        let lent: Vec<(&str, &[f64])> = columns.iter().map(|(name, column)| (*name, column.as_slice())).collect();
        let covariates = Covariates::new(&lent)?;
        let refit = |replication: u64| -> Result<Vec<f64>, LifetimeError> {
            let seed = SplitMix::new(seed, replication).bits();
            let base = self.simulate(&t, Some(&covariates).filter(|_| !lent.is_empty()), seed)?;
            let view = base.view()?;
            quantity(&spec.fit(&if lent.is_empty() { view } else { view.with_covariates(&covariates)? })?)
        };
        let refits: Vec<Result<Vec<f64>, LifetimeError>> =
            (0..replications as u64).into_par_iter().map(refit).collect();
        let failures = refits.iter().filter(|refit| refit.is_err()).count();
        let (mut told, mut first_error) = (Vec::with_capacity(replications), None);
        for refit in refits {
            match refit {
                Ok(values) => told.push(values),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        if let Some(error) = first_error.filter(|_| 2 * failures > replications) {
            return Err(error);
        }

        let tail = 0.5 * (1.0 - level.get());
        let interval = |i: usize| {
            let mut values: Vec<f64> = told.iter().filter_map(|values| values.get(i).copied()).collect();
            values.sort_by(f64::total_cmp);
            Interval { low: quantile_of(&values, tail), high: quantile_of(&values, 1.0 - tail) }
        };
        let elements = told.first().map_or(0, Vec::len);
        Ok(Bootstrap { intervals: (0..elements).map(interval).collect(), refits: told.len(), failures })
    }
}

/// The quantile of sorted values, interpolated (Hyndman & Fan 1996, type 7).
fn quantile_of(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let below = place.floor();
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(sorted.len() - 1)];
    low + (place - below) * (high - low)
}
