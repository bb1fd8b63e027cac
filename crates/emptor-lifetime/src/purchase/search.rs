//! The search for the maximum, and the way back to the units of the data.

use emptor_types::{FitReport, HistoryView, Invalid};
use rayon::prelude::*;

use super::covariates::{Coefficient, coefficients};
use super::fitted::Fitted;
use super::problem::{Group, Problem, Standard};
use super::process::Process;
use crate::LifetimeError;
use crate::estimation::{Certainty, Conclusion, Spec, conclude};
use crate::matrix::Matrix;
use crate::optimize::{Objective, Outcome, Start, minimize, warm_start};

/// The mean log-likelihood gains a hundredth when a parameter grows by a factor of e.
const RIDGE: f64 = 1e-2;

impl<P: Process> Problem<P> {
    /// The log-likelihood reached for an order, and the model if it may be used.
    fn fit(&self, k: u32, spec: &Spec<P>, orders: usize) -> (f64, Result<Fitted<P>, LifetimeError>) {
        let objective = Target { problem: self, k, spec };
        let limits = spec.settings.limits(self.customers);
        let starts = P::starts();
        let with_effects = |mut start: Vec<f64>| {
            start.resize(P::PARAMETERS.len() + self.coefficients.len(), 0.0);
            start
        };
        let first = with_effects(starts.first);
        let mut more: Vec<Start> = starts.more.into_iter().map(|start| with_effects(start).into()).collect();
        let first = match self.warm_start(k, spec, &first) {
            Some(warm) => {
                more.insert(0, first.into());
                warm
            }
            None => first.into(),
        };
        let outcome = minimize(&objective, first, &more, &limits);
        let log_likelihood = self.log_likelihood_at(&outcome.point.at, k);
        (log_likelihood, self.conclude(k, spec, &outcome, log_likelihood, orders))
    }

    /// The log-likelihood at a point of the search, in the units of the data.
    fn log_likelihood_at(&self, at: &[f64], k: u32) -> f64 {
        let of = |group: &Group<P>| P::from_values(&self.values_of(group, at), k).evaluate(&group.sample).0;
        let values: Vec<f64> = self.groups.par_iter().map(of).collect();
        values.iter().sum::<f64>() + self.density_terms(k)
    }

    /// Where the search on a part of many rows ends: with its curvature it saves most of the search on all.
    fn warm_start(&self, k: u32, spec: &Spec<P>, first: &[f64]) -> Option<Start> {
        let [group] = self.groups.as_slice() else { return None };
        let (sample, customers) = P::thinned(&group.sample)?;
        let part = Problem::<P> {
            customers,
            groups: vec![Group { z: Vec::new(), standardised: Vec::new(), sample }],
            standards: Vec::new(),
            coefficients: Vec::new(),
            purchases: 0.0,
            sum_ln_gaps: 0.0,
            time_scale: self.time_scale,
            unit: self.unit,
        };
        warm_start(&Target { problem: &part, k, spec }, first, &spec.settings.limits(part.customers))
    }

    /// The outcome in the units of the data.
    fn conclude(
        &self,
        k: u32,
        spec: &Spec<P>,
        outcome: &Outcome,
        log_likelihood: f64,
        orders: usize,
    ) -> Result<Fitted<P>, LifetimeError> {
        let n = P::PARAMETERS.len();
        let shifts = self.shifts();
        let effects = &outcome.point.at[n..];
        let values: Vec<f64> = (0..n)
            .map(|i| {
                let shift: f64 = shifts[i].iter().zip(effects).map(|(shift, effect)| shift * effect).sum();
                (outcome.point.at[i] + shift).exp() * self.time_scale.powi(P::PARAMETERS[i].time_power)
            })
            .collect();
        let mut coefficients = self.coefficients.clone();
        for ((coefficient, effect), standard) in coefficients.iter_mut().zip(effects).zip(&self.standards) {
            coefficient.value = effect / standard.deviation;
        }
        let parameters = P::from_values(&values, k);
        let mut named: Vec<(String, f64)> =
            P::PARAMETERS.iter().zip(&values).map(|(parameter, value)| (parameter.name.to_owned(), *value)).collect();
        named.extend(coefficients.iter().map(|coefficient| (coefficient.label(), coefficient.value)));
        if k > 1 || orders > 1 {
            named.push(("k".to_owned(), f64::from(k)));
        }
        let far = outcome.termination.is_success() && !values.iter().all(|value| value.is_normal());
        if far && !coefficients.is_empty() {
            let mean = |(c, s): (&Coefficient, &Standard)| format!("the mean of `{}` is {:e}", c.covariate, s.mean);
            let means: Vec<String> = coefficients.iter().zip(&self.standards).map(mean).collect();
            let rule =
                "must be near 0: the parameters are those at covariates 0 and overflow there; subtract the means";
            return Err(Invalid::value("covariates", rule, means.join(", ")).into());
        }
        let conclusion = Conclusion {
            model: P::NAME,
            named,
            log_likelihood,
            observations: self.customers,
            distinct: self.distinct(),
            steepest_boundary: RIDGE,
        };
        let mut report: FitReport = conclude(&spec.settings, outcome, conclusion)?;
        report.parameters += usize::from(orders > 1);
        let certainty = outcome.hessian.as_ref().and_then(|hessian| Certainty::new(hessian, self.customers));
        let certainty = certainty.map(|certainty| certainty.mapped(&self.map(&shifts)));
        Fitted::new(parameters, coefficients, self.unit, report, certainty)
    }

    /// The linear map from the coordinates of the search to logarithms of parameters at covariates 0 and coefficients per
    /// unit of covariate.
    fn map(&self, shifts: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n = P::PARAMETERS.len();
        let size = n + self.coefficients.len();
        (0..size)
            .map(|i| {
                let mut row = vec![0.0; size];
                row[i] = if i < n { 1.0 } else { 1.0 / self.standards[i - n].deviation };
                if i < n {
                    row[n..].copy_from_slice(&shifts[i]);
                }
                row
            })
            .collect()
    }

    fn check_covariates(&self) -> Result<(), LifetimeError> {
        for (coefficient, standard) in self.coefficients.iter().zip(&self.standards) {
            let varies = standard.deviation > f64::EPSILON * standard.mean.abs();
            if !varies {
                let name = coefficient.covariate.clone();
                return Err(LifetimeError::ConstantCovariate { model: P::NAME, name, value: standard.mean });
            }
        }
        Ok(())
    }
}

/// What is minimised.
struct Target<'a, P: Process> {
    problem: &'a Problem<P>,
    k: u32,
    spec: &'a Spec<P>,
}

impl<P: Process> Objective for Target<'_, P> {
    fn evaluate(&self, at: &[f64]) -> (f64, Vec<f64>) {
        self.problem.objective(at, self.k, &self.spec.settings, &self.spec.options)
    }

    fn curvature(&self, at: &[f64]) -> Option<Matrix> {
        self.problem.curvature(at, self.k, &self.spec.settings, &self.spec.options)
    }
}

/// Estimates a model, choosing the order of Erlang times by likelihood if several are asked for.
pub(crate) fn fit<P: Process>(spec: &Spec<P>, history: &HistoryView<'_>) -> Result<Fitted<P>, LifetimeError> {
    if history.is_empty() {
        return Err(LifetimeError::Empty { model: P::NAME });
    }
    let (least, most) = spec.options.orders;
    let problem = Problem::<P>::new(history, coefficients(&spec.options), most)?;
    if problem.purchases == 0.0 {
        return Err(LifetimeError::NoRepeatPurchases { model: P::NAME, customers: problem.customers as usize });
    }
    problem.check_covariates()?;
    let orders = (most - least + 1) as usize;
    // An order that fits best but may not be used must not give way to one that fits worse.
    let mut best = problem.fit(least, spec, orders);
    for k in least + 1..=most {
        let next = problem.fit(k, spec, orders);
        if next.0 > best.0 || best.0.is_nan() {
            best = next;
        }
    }
    best.1
}
