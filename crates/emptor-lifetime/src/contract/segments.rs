//! One model per segment, and one for all.
#![expect(private_bounds, reason = "the traits behind models are not for implementing elsewhere")]

use std::fmt::Display;

use emptor_types::{ContractHistory, Fit, FitReport, Invalid};

use super::FittedContract;
use super::process::ContractProcess;
use crate::LifetimeError;
use crate::estimation::Spec;
use crate::validation::{LikelihoodRatio, likelihood_ratio_test};

/// Models of segments of customers, and the model of all of them together.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Segments<L, P: ContractProcess> {
    /// The model of all customers.
    pub pooled: FittedContract<P>,
    /// The model of each segment, in the order of their labels.
    pub separate: Vec<(L, FittedContract<P>)>,
}

impl<L, P: ContractProcess> Segments<L, P> {
    /// The test whether segments differ: one model for all against a model each.
    ///
    /// # Errors
    /// [`LifetimeError::NotNested`] if there is only one segment.
    pub fn likelihood_ratio(&self) -> Result<LikelihoodRatio, LifetimeError> {
        let mut all =
            FitReport { log_likelihood: Some(0.0), observations: 0, parameters: 0, ..self.pooled.report().clone() };
        for (_, model) in &self.separate {
            let report = model.report();
            all.log_likelihood = all.log_likelihood.zip(report.log_likelihood).map(|(sum, value)| sum + value);
            all.observations += report.observations;
            all.parameters += report.parameters;
        }
        likelihood_ratio_test(self.pooled.report(), &all)
    }
}

impl<P: ContractProcess> Spec<P> {
    /// Fits one model per label and one for all customers. `labels` has one element per row of the history: names, places
    /// in a list of names, years of acquisition.
    ///
    /// ```
    /// use emptor_lifetime::ShiftedBetaGeo;
    /// use emptor_types::{ContractHistory, TimeUnit};
    ///
    /// // The two segments of Fader & Hardie (2007), five years.
    /// let (regular, high_end) = ([1000.0, 631.0, 468.0, 382.0, 326.0], [1000.0, 869.0, 743.0, 653.0, 593.0]);
    /// let history = ContractHistory::from_survivors(&[&regular, &high_end], TimeUnit::Year)?;
    /// let labels = ["regular"; 5].into_iter().chain(["high end"; 5]).collect::<Vec<_>>();
    /// let segments = ShiftedBetaGeo::builder().build()?.fit_each(&history, &labels)?;
    /// assert_eq!(segments.separate[0].0, "high end");
    /// assert!(segments.likelihood_ratio()?.p_value < 1e-6);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless there is one label per row; [`LifetimeError::Segment`] naming the first segment
    /// that cannot be fitted, with the reason; errors of the fit to all customers.
    pub fn fit_each<L: Ord + Clone + Display>(
        &self,
        history: &ContractHistory<'_>,
        labels: &[L],
    ) -> Result<Segments<L, P>, LifetimeError> {
        let mut checks = Invalid::checks();
        checks.require(labels.len() == history.len(), "labels", "must be as many as rows", labels.len());
        checks.finish()?;
        let mut rows: Vec<usize> = (0..labels.len()).collect();
        rows.sort_by(|&i, &j| labels[i].cmp(&labels[j]));
        let mut parts = Vec::new();
        for segment in rows.chunk_by(|&i, &j| labels[i] == labels[j]) {
            parts.push((labels[segment[0]].clone(), history.select(segment)?));
        }
        Ok(Segments { pooled: self.fit(history)?, separate: self.separate(&parts)? })
    }

    /// Fits one model per labelled history and one for all customers, in the order given: for tables of survivors, or
    /// histories that are kept apart.
    ///
    /// ```
    /// use emptor_lifetime::BetaDiscreteWeibull;
    /// use emptor_types::{ContractHistory, TimeUnit};
    ///
    /// let regular = ContractHistory::from_survivors(&[&[1000.0, 631.0, 468.0, 382.0, 326.0]], TimeUnit::Year)?;
    /// let high_end = ContractHistory::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0]], TimeUnit::Year)?;
    /// let parts = [("regular", regular), ("high end", high_end)];
    /// let segments = BetaDiscreteWeibull::builder().build()?.fit_segments(&parts)?;
    /// assert_eq!(segments.pooled.report().observations, 2000);
    /// assert!(segments.separate[0].1.survival_curve(5)[4] < segments.separate[1].1.survival_curve(5)[4]);
    /// # Ok::<(), emptor_lifetime::LifetimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`LifetimeError::Invalid`] unless all histories have one unit; as [`fit_each`](Self::fit_each).
    pub fn fit_segments<L: Clone + Display>(
        &self,
        parts: &[(L, ContractHistory<'_>)],
    ) -> Result<Segments<L, P>, LifetimeError> {
        let all: Vec<&ContractHistory<'_>> = parts.iter().map(|(_, history)| history).collect();
        let Some(pooled) = ContractHistory::concat(&all)? else {
            return Err(LifetimeError::Empty { model: P::NAME });
        };
        Ok(Segments { pooled: self.fit(&pooled)?, separate: self.separate(parts)? })
    }

    fn separate<L: Clone + Display>(
        &self,
        parts: &[(L, ContractHistory<'_>)],
    ) -> Result<Vec<(L, FittedContract<P>)>, LifetimeError> {
        let named = |label: &L, error| LifetimeError::Segment { label: label.to_string(), error: Box::new(error) };
        let fit = |(label, history): &(L, ContractHistory<'_>)| {
            let fitted = self.fit(history).map_err(|error| named(label, error))?;
            Ok((label.clone(), fitted))
        };
        parts.iter().map(fit).collect()
    }
}
