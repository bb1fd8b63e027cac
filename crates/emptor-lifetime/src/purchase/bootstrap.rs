//! Intervals from refits to simulated bases.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{Fit, HistoryView, Invalid, Level};
use rayon::prelude::*;

use super::fitted::Fitted;
use super::process::Process;
use crate::estimation::{Interval, Spec};
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
    /// [`LifetimeError::Invalid`] for fewer than 20 replications or when fewer than half of the refits succeed;
    /// [`LifetimeError::UnitMismatch`]; [`LifetimeError::NoCovariate`].
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

        let t: Vec<f64> = match history.counts() {
            None => history.t().to_vec(),
            Some(counts) => {
                history.t().iter().zip(counts).flat_map(|(&t, &n)| std::iter::repeat_n(t, n as usize)).collect()
            }
        };
        let refit = |replication: u64| -> Result<Vec<f64>, LifetimeError> {
            let mut seeds = crate::sampling::SplitMix::new(seed, replication);
            let base = self.simulate(&t, history.covariates(), seeds.bits())?;
            let view = base.view()?;
            let view = match history.covariates() {
                Some(covariates) => view.with_covariates(covariates)?,
                None => view,
            };
            quantity(&spec.fit(&view)?)
        };
        let told: Vec<Vec<f64>> =
            (0..replications as u64).into_par_iter().filter_map(|replication| refit(replication).ok()).collect();
        let enough = 2 * told.len() >= replications;
        checks_refits(enough, told.len(), replications)?;

        let tail = 0.5 * (1.0 - level.get());
        let interval = |i: usize| {
            let mut values: Vec<f64> = told.iter().filter_map(|values| values.get(i).copied()).collect();
            values.sort_by(f64::total_cmp);
            Interval { low: quantile_of(&values, tail), high: quantile_of(&values, 1.0 - tail) }
        };
        let elements = told.first().map_or(0, Vec::len);
        Ok(Bootstrap {
            intervals: (0..elements).map(interval).collect(),
            refits: told.len(),
            failures: replications - told.len(),
        })
    }
}

fn checks_refits(enough: bool, refits: usize, replications: usize) -> Result<(), Invalid> {
    let mut checks = Invalid::checks();
    let got = format!("{refits} of {replications}");
    checks.require(enough, "refits", "must succeed for at least half of the simulated bases", got);
    checks.finish()
}

/// The quantile of sorted values, interpolated (Hyndman & Fan 1996, type 7).
fn quantile_of(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let below = place.floor();
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(sorted.len() - 1)];
    low + (place - below) * (high - low)
}
