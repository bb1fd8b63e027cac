//! What is maximised in the estimation of a purchase model: samples by profile, value, gradient and curvature.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::LONGEST;
use super::covariates::{ActsOn, Coefficient, columns, individual, profiles};
use super::options::PurchaseOptions;
use super::process::{Parameter, Process};
use super::score::Gathered;
use crate::LifetimeError;
use crate::estimation::Settings;
use crate::matrix::Matrix;
use crate::special::ln_gamma;

/// A covariate in units of its standard deviation around its mean, which conditions the search and changes no estimate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standard {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// The customers of one profile.
pub(super) struct Group<P: Process> {
    /// Covariates, one per coefficient.
    pub(super) z: Vec<f64>,
    pub(super) standardised: Vec<f64>,
    pub(super) sample: P::Sample,
}

/// A history made ready for the likelihood.
pub(crate) struct Problem<P: Process> {
    pub(super) groups: Vec<Group<P>>,
    pub(super) standards: Vec<Standard>,
    pub(super) coefficients: Vec<Coefficient>,
    pub(super) customers: f64,
    pub(super) purchases: f64,
    /// `Σ ln gap` over all customers, 0 if it is not needed.
    pub(super) sum_ln_gaps: f64,
    pub(super) time_scale: f64,
    pub(super) unit: emptor_types::TimeUnit,
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
    pub(super) fn density_terms(&self, k: u32) -> f64 {
        let k = f64::from(k);
        (k - 1.0) * self.sum_ln_gaps - self.purchases * (ln_gamma(k) + k * self.time_scale.ln())
    }

    pub(super) fn distinct(&self) -> usize {
        self.groups.iter().map(|group| P::distinct(&group.sample)).sum()
    }

    /// The second derivatives of [`objective`](Self::objective), if the model's are written out.
    pub(super) fn curvature(
        &self,
        at: &[f64],
        k: u32,
        settings: &Settings,
        options: &PurchaseOptions,
    ) -> Option<Matrix> {
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
    pub(super) fn values_of(&self, group: &Group<P>, at: &[f64]) -> Vec<f64> {
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
    pub(super) fn objective(
        &self,
        at: &[f64],
        k: u32,
        settings: &Settings,
        options: &PurchaseOptions,
    ) -> (f64, Vec<f64>) {
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
    pub(super) fn shifts(&self) -> Vec<Vec<f64>> {
        let of = |parameter| {
            let pairs = self.coefficients.iter().zip(&self.standards);
            pairs.map(|(c, s)| -c.power(parameter) * s.mean / s.deviation).collect()
        };
        P::PARAMETERS.iter().map(of).collect()
    }
}

/// `Σ count · value`, equal to the last bit in any order of rows and for rows written out.
fn weighted_sum(rows: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut rows: Vec<(f64, f64)> = rows.collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let equal = rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    equal.map(|rows| rows[0].0 * rows.iter().map(|(_, count)| count).sum::<f64>()).sum()
}
