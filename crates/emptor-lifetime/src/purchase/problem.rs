//! The estimation of a purchase model: samples by profile, the objective, and the way back to the units of the data.

use emptor_types::{FitReport, HistoryView, Invalid};
use rayon::prelude::*;

use super::LONGEST;
use super::covariates::{ActsOn, Coefficient, coefficients, columns, individual, profiles};
use super::fitted::Fitted;
use super::options::PurchaseOptions;
use super::process::{Parameter, Process};
use super::score::Gathered;
use crate::LifetimeError;
use crate::estimation::{Certainty, Conclusion, Settings, Spec, conclude};
use crate::matrix::Matrix;
use crate::optimize::{Objective, Outcome, Start, minimize, warm_start};
use crate::special::ln_gamma;

/// A covariate in units of its standard deviation around its mean, which conditions the search and changes no estimate.
#[derive(Debug, Clone, Copy)]
struct Standard {
    mean: f64,
    deviation: f64,
}

/// The customers of one profile.
struct Group<P: Process> {
    /// Covariates, one per coefficient.
    z: Vec<f64>,
    standardised: Vec<f64>,
    sample: P::Sample,
}

/// A history made ready for the likelihood.
pub(crate) struct Problem<P: Process> {
    groups: Vec<Group<P>>,
    standards: Vec<Standard>,
    coefficients: Vec<Coefficient>,
    customers: f64,
    purchases: f64,
    /// `Σ ln gap` over all customers, 0 if it is not needed.
    sum_ln_gaps: f64,
    time_scale: f64,
    unit: emptor_types::TimeUnit,
}

impl<P: Process> Problem<P> {
    pub(crate) fn new(
        history: &HistoryView<'_>,
        coefficients: Vec<Coefficient>,
        highest_order: u32,
    ) -> Result<Self, LifetimeError> {
        P::check_history(history)?;
        let longest = history.t().iter().copied().fold(0.0, f64::max);
        let time_scale = if P::DISCRETE || longest <= 0.0 { 1.0 } else { longest / LONGEST };
        let columns = columns(P::NAME, history, &coefficients)?;
        let counts = |row: usize| history.counts().map_or(1.0, |counts| counts[row]);
        let customers = history.customers();
        let sum_ln_gaps = match history.sum_ln_gaps() {
            _ if highest_order == 1 => 0.0,
            Some(sums) => weighted_sum(sums.iter().enumerate().map(|(row, sum)| (*sum, counts(row)))),
            None => {
                let why = "the likelihood of regular buying depends on the times between purchases";
                return Err(LifetimeError::NoColumn { model: P::NAME, column: "sum_ln_gaps", why });
            }
        };
        // Whole numbers: exact in any order.
        let purchases = history.frequency().iter().enumerate().map(|(row, x)| counts(row) * x).sum();

        let standards: Vec<Standard> = columns
            .iter()
            .map(|column| {
                let terms = || column.iter().enumerate();
                let mean = weighted_sum(terms().map(|(row, z)| (*z, counts(row)))) / customers;
                // In units of the greatest distance, whose square neither overflows nor vanishes.
                let reach = column.iter().fold(0.0, |reach, z| f64::max(reach, (z - mean).abs()));
                let squares = weighted_sum(terms().map(|(row, z)| (((z - mean) / reach).powi(2), counts(row))));
                Standard { mean, deviation: if reach > 0.0 { reach * (squares / customers).sqrt() } else { 0.0 } }
            })
            .collect();
        let groups = if columns.is_empty() {
            vec![Group { z: Vec::new(), standardised: Vec::new(), sample: P::compress(history, time_scale) }]
        } else {
            let mut groups = Vec::new();
            for profile in profiles(&columns) {
                let rows = Gathered::new(history, profile.rows);
                let sample = P::compress(&rows.view(history.unit())?, time_scale);
                let standardised = profile.z.iter().zip(&standards).map(|(z, s)| (z - s.mean) / s.deviation).collect();
                groups.push(Group { z: profile.z, standardised, sample });
            }
            groups
        };
        let unit = history.unit();
        Ok(Self { groups, standards, coefficients, customers, purchases, sum_ln_gaps, time_scale, unit })
    }

    /// The log-likelihood of given parameters and coefficients in the units of the data.
    pub(crate) fn log_likelihood(&self, parameters: &P, coefficients: &[Coefficient]) -> f64 {
        let scaled: Vec<f64> = P::PARAMETERS
            .iter()
            .zip(parameters.values())
            .map(|(parameter, value)| value / self.time_scale.powi(parameter.time_power))
            .collect();
        let common = P::from_values(&scaled, parameters.k());
        let of_group = |group: &Group<P>| individual(&common, coefficients, &group.z).evaluate(&group.sample).0;
        let values: Vec<f64> = self.groups.par_iter().map(of_group).collect();
        values.iter().sum::<f64>() + self.density_terms(parameters.k())
    }

    /// What the density gains by the unit of time and the times between purchases.
    fn density_terms(&self, k: u32) -> f64 {
        let k = f64::from(k);
        (k - 1.0) * self.sum_ln_gaps - self.purchases * (ln_gamma(k) + k * self.time_scale.ln())
    }

    fn distinct(&self) -> usize {
        self.groups.iter().map(|group| P::distinct(&group.sample)).sum()
    }

    /// The second derivatives of [`objective`](Self::objective), if the model's are written out.
    fn curvature(&self, at: &[f64], k: u32, settings: &Settings, options: &PurchaseOptions) -> Option<Matrix> {
        let n = P::PARAMETERS.len();
        let mut total = Matrix::from_fn(at.len(), |_, _| 0.0);
        for group in &self.groups {
            let values = self.values_of(group, at);
            let model = P::from_values(&values, k);
            let curvature = model.curvature(&group.sample)?;
            let (_, slope) = model.evaluate(&group.sample);
            // By logarithms of the parameters, and these are linear in what is searched.
            let by_logs = Matrix::from_fn(n, |i, j| {
                let own = if i == j { slope[i] * values[i] } else { 0.0 };
                -(curvature.at(i, j) * values[i] * values[j] + own) / self.customers
            });
            let effect = |i: usize, j: usize| match j.checked_sub(n) {
                None => f64::from(u8::from(i == j)),
                Some(c) => self.coefficients[c].power(&P::PARAMETERS[i]) * group.standardised[c],
            };
            total = total.plus(&by_logs.seen_through(at.len(), effect));
        }
        let shifts = self.shifts();
        let penalties = Matrix::from_fn(n, |i, j| {
            let shift: f64 = shifts[i].iter().zip(&at[n..]).map(|(shift, effect)| shift * effect).sum();
            let penalised = i == j && settings.penalty() > 0.0;
            if penalised { 4.0 * settings.penalty() * (2.0 * (at[i] + shift)).exp() } else { 0.0 }
        });
        let shift = |i: usize, j: usize| j.checked_sub(n).map_or(f64::from(u8::from(i == j)), |c| shifts[i][c]);
        let of_coefficient = |i: usize, j: usize| match i.checked_sub(n) {
            Some(c) if i == j => 2.0 * self.penalty_of(c, options) / self.standards[c].deviation.powi(2),
            _ => 0.0,
        };
        Some(total.plus(&penalties.seen_through(at.len(), shift)).plus(&Matrix::from_fn(at.len(), of_coefficient)))
    }

    /// The parameters of a group at a point of the search.
    fn values_of(&self, group: &Group<P>, at: &[f64]) -> Vec<f64> {
        let (logs, effects) = at.split_at(P::PARAMETERS.len());
        let value = |(log, parameter): (&f64, &Parameter)| {
            let moved = self.coefficients.iter().zip(effects).zip(&group.standardised);
            let moved: f64 = moved.map(|((c, effect), z)| c.power(parameter) * effect * z).sum();
            (log + moved).exp()
        };
        logs.iter().zip(P::PARAMETERS).map(value).collect()
    }

    /// The penalty of a coefficient per unit of covariate.
    fn penalty_of(&self, coefficient: usize, options: &PurchaseOptions) -> f64 {
        match self.coefficients[coefficient].acts_on {
            ActsOn::Purchase => options.purchase_penalty,
            ActsOn::Dropout => options.dropout_penalty,
            ActsOn::Both => options.purchase_penalty + options.dropout_penalty,
        }
    }

    /// The mean negative log-likelihood with penalties, and its gradient, by the logarithms of the parameters in scaled
    /// time of a customer with mean covariates, and the coefficients of standardised covariates.
    fn objective(&self, at: &[f64], k: u32, settings: &Settings, options: &PurchaseOptions) -> (f64, Vec<f64>) {
        let n = P::PARAMETERS.len();
        let evaluate = |group: &Group<P>| {
            let values = self.values_of(group, at);
            let (value, slope) = P::from_values(&values, k).evaluate(&group.sample);
            (value, slope.iter().zip(&values).map(|(slope, value)| slope * value).collect::<Vec<f64>>())
        };
        let parts: Vec<(f64, Vec<f64>)> = self.groups.par_iter().map(evaluate).collect();

        let mut value = 0.0;
        let mut gradient = vec![0.0; at.len()];
        for (group, (part, slopes)) in self.groups.iter().zip(parts) {
            value -= part / self.customers;
            for (i, slope) in slopes.iter().enumerate() {
                let slope = slope / self.customers;
                gradient[i] -= slope;
                for (j, (coefficient, z)) in self.coefficients.iter().zip(&group.standardised).enumerate() {
                    gradient[n + j] -= slope * coefficient.power(&P::PARAMETERS[i]) * z;
                }
            }
        }
        self.penalize(at, settings, options, &mut value, &mut gradient);
        (value, gradient)
    }

    /// Penalties are on the parameters of a customer whose covariates are 0, and on coefficients per unit of covariate.
    fn penalize(
        &self,
        at: &[f64],
        settings: &Settings,
        options: &PurchaseOptions,
        value: &mut f64,
        gradient: &mut [f64],
    ) {
        let n = P::PARAMETERS.len();
        if settings.penalty() > 0.0 {
            let shifts = self.shifts();
            for i in 0..n {
                let shift: f64 = shifts[i].iter().zip(&at[n..]).map(|(shift, effect)| shift * effect).sum();
                let theta = (at[i] + shift).exp();
                let slope = 2.0 * settings.penalty() * theta * theta;
                *value += 0.5 * slope;
                gradient[i] += slope;
                for (j, shift) in shifts[i].iter().enumerate() {
                    gradient[n + j] += slope * shift;
                }
            }
        }
        for (j, standard) in self.standards.iter().enumerate() {
            let (penalty, raw) = (self.penalty_of(j, options), at[n + j] / standard.deviation);
            *value += penalty * raw * raw;
            gradient[n + j] += 2.0 * penalty * raw / standard.deviation;
        }
    }

    /// By how much the logarithm of each parameter at covariates 0 differs from that at mean covariates, per unit of each
    /// standardised coefficient.
    fn shifts(&self) -> Vec<Vec<f64>> {
        let of = |parameter| {
            let pairs = self.coefficients.iter().zip(&self.standards);
            pairs.map(|(c, s)| -c.power(parameter) * s.mean / s.deviation).collect()
        };
        P::PARAMETERS.iter().map(of).collect()
    }

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

/// `Σ count · value`, equal to the last bit in any order of rows and for rows written out.
fn weighted_sum(rows: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut rows: Vec<(f64, f64)> = rows.collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let equal = rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    equal.map(|rows| rows[0].0 * rows.iter().map(|(_, count)| count).sum::<f64>()).sum()
}

/// Estimates a model, choosing the order of Erlang times by likelihood if several are asked for.
pub(crate) fn fit<P: Process>(spec: &Spec<P>, history: &HistoryView<'_>) -> Result<Fitted<P>, LifetimeError> {
    if history.is_empty() {
        return Err(LifetimeError::Empty { model: P::NAME });
    }
    let (least, most) = spec.options.orders;
    let problem = Problem::<P>::new(history, coefficients(&spec.options), most)?;
    if P::NEEDS_REPEATS && problem.purchases == 0.0 {
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
