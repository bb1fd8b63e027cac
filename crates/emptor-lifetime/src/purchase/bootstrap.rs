//! Bootstrap of purchase models.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use emptor_types::{Covariates, Fit, HistoryView, Level};

use super::fitted::Fitted;
use super::process::Process;
use crate::estimation::{Bootstrap, Spec, bootstrap, written_out};
use crate::{LifetimeError, PurchaseModel};

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
        let t = written_out(history.t(), history.counts())?;
        let mut columns: Vec<(&str, Vec<f64>)> = Vec::new();
        for (name, column) in history.covariates().into_iter().flat_map(Covariates::iter) {
            columns.push((name, written_out(column, history.counts())?));
        }
        let lent: Vec<(&str, &[f64])> = columns.iter().map(|(name, column)| (*name, column.as_slice())).collect();
        let covariates = Covariates::new(&lent)?;
        bootstrap(replications, seed, level, |seed| {
            let base = self.simulate(&t, Some(&covariates).filter(|_| !lent.is_empty()), seed)?;
            let view = base.view()?;
            quantity(&spec.fit(&if lent.is_empty() { view } else { view.with_covariates(&covariates)? })?)
        })
    }
}
