//! Customers who share a time, asked about as they were when they made their first purchase.

use emptor_types::{Covariates, HistoryView, TimeUnit};

use rayon::prelude::*;

use super::weights::{Weights, rising, same};
use crate::LifetimeError;

/// Cohorts worked on at a time, so that a base with a time of its own for everybody does not fill the memory.
const TOGETHER: usize = 4096;

/// Customers who share a time.
pub(super) struct Cohort<'a> {
    pub(super) time: f64,
    /// Customers per profile; one profile without covariates.
    weights: Vec<f64>,
    covariates: Vec<(&'a str, Vec<f64>)>,
    unit: TimeUnit,
}

/// Groups the rows of a history by one time each, rising.
pub(super) fn cohorts<'a>(history: &HistoryView<'a>, times: &[f64]) -> Vec<Cohort<'a>> {
    let weights = Weights::of(history);
    let order = rising(times);
    let cohort = |rows: &[usize]| {
        let each: Vec<f64> = rows.iter().map(|&row| weights.at(row)).collect();
        let covariates: Vec<(&str, Vec<f64>)> = history
            .covariates()
            .into_iter()
            .flat_map(Covariates::iter)
            .map(|(name, column)| (name, rows.iter().map(|&row| column[row]).collect()))
            .collect();
        let weights = if covariates.is_empty() { vec![each.iter().sum()] } else { each };
        Cohort { time: times[rows[0]], weights, covariates, unit: history.unit() }
    };
    order.chunk_by(|&a, &b| same(times[a], times[b])).map(cohort).collect()
}

/// The sum over cohorts of a row of `length` numbers each. Rows are added in the order of cohorts, whoever computes them.
pub(super) fn sum(
    cohorts: &[Cohort<'_>],
    length: usize,
    of: impl Fn(&Cohort<'_>) -> Result<Vec<f64>, LifetimeError> + Sync,
) -> Result<Vec<f64>, LifetimeError> {
    let mut sum = vec![0.0; length];
    for chunk in cohorts.chunks(TOGETHER) {
        let rows: Result<Vec<Vec<f64>>, LifetimeError> = chunk.par_iter().map(&of).collect();
        for row in rows? {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(sum)
}

impl Cohort<'_> {
    /// Customers of the cohort.
    pub(super) fn customers(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The sum over customers of what a model says of them after their first purchase. They are asked about as a history
    /// with `T = 0`, so that a model with covariates heeds theirs.
    pub(super) fn total(
        &self,
        of: impl FnOnce(&HistoryView<'_>) -> Result<Vec<Vec<f64>>, LifetimeError>,
    ) -> Result<Vec<f64>, LifetimeError> {
        let zeros = vec![0.0; self.weights.len()];
        let named: Vec<(&str, &[f64])> = self.covariates.iter().map(|(name, column)| (*name, &column[..])).collect();
        let covariates = Covariates::new(&named)?;
        let history = HistoryView::new(&zeros, &zeros, &zeros, None, self.unit)?.with_sum_ln_gaps(&zeros)?;
        let history = if named.is_empty() { history } else { history.with_covariates(&covariates)? };
        let total = |column: Vec<f64>| column.iter().zip(&self.weights).map(|(value, n)| value * n).sum();
        Ok(of(&history)?.into_iter().map(total).collect())
    }
}
