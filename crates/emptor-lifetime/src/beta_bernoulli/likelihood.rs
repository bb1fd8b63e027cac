//! The log-likelihood and its gradient: one pass per distinct `(x, n)`.

use emptor_types::HistoryView;
use rayon::prelude::*;

use super::BetaGeoBetaBinomialParameters;
use super::exits::Exits;
use crate::special::{digamma_difference, ln_gamma_ratio, ln_gamma_second_difference};

/// Customers with the same purchases and opportunities.
#[derive(Debug)]
struct Group {
    x: f64,
    n: f64,
    customers: f64,
    /// Distinct `t_x`, falling, and how many customers have it.
    recencies: Vec<(f64, f64)>,
}

#[derive(Debug)]
pub(crate) struct Sample {
    groups: Vec<Group>,
}

impl Sample {
    pub(super) fn new(history: &HistoryView<'_>) -> Self {
        let count = |row: usize| history.counts().map_or(1.0, |counts| counts[row]);
        let mut rows: Vec<([f64; 3], f64)> = (0..history.len())
            .map(|row| ([history.frequency()[row], history.t()[row], -history.recency()[row]], count(row)))
            .collect();
        let by = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne());
        rows.sort_unstable_by(|a, b| by(&a.0, &b.0).unwrap_or(std::cmp::Ordering::Equal));
        let group = |rows: &[([f64; 3], f64)]| {
            let same = rows.chunk_by(|a, b| by(&a.0, &b.0).is_none());
            let recencies: Vec<(f64, f64)> =
                same.map(|same| (0.0 - same[0].0[2], same.iter().map(|row| row.1).sum())).collect();
            let customers = recencies.iter().map(|(_, customers)| customers).sum();
            Group { x: rows[0].0[0], n: rows[0].0[1], customers, recencies }
        };
        Self { groups: rows.chunk_by(|a, b| by(&a.0[..2], &b.0[..2]).is_none()).map(group).collect() }
    }

    pub(super) fn distinct(&self) -> usize {
        self.groups.iter().map(|group| group.recencies.len()).sum()
    }

    /// The log-likelihood and its derivatives by α, β, γ, δ.
    pub(super) fn evaluate(&self, model: &BetaGeoBetaBinomialParameters) -> (f64, [f64; 4]) {
        let of_group = |group: &Group| {
            let (first, first_slope) = all_seen(model, group.x, group.n);
            let mut value = group.customers * first;
            let mut slope = first_slope.map(|slope| group.customers * slope);
            let mut exits = Exits::new(model, group.x, group.n);
            for &(recency, customers) in &group.recencies {
                exits.back_to(recency, true);
                value += customers * exits.ln_total();
                for (sum, part) in slope.iter_mut().zip(exits.slope()) {
                    *sum += customers * part;
                }
            }
            (value, slope)
        };
        let parts: Vec<(f64, [f64; 4])> = self.groups.par_iter().map(of_group).collect();
        let (mut value, mut slope) = (0.0, [0.0; 4]);
        for (part, slopes) in parts {
            value += part;
            slope.iter_mut().zip(slopes).for_each(|(sum, part)| *sum += part);
        }
        (value, slope)
    }
}

/// `ln F`, the log-likelihood of a customer who saw all opportunities, and its derivatives.
fn all_seen(model: &BetaGeoBetaBinomialParameters, x: f64, n: f64) -> (f64, [f64; 4]) {
    let &BetaGeoBetaBinomialParameters { alpha, beta, gamma, delta } = model;
    let stays = ln_gamma_second_difference(delta, gamma, n);
    let all = digamma_difference(alpha + beta, n);
    let value = ln_gamma_ratio(alpha, x) + ln_gamma_ratio(beta, n - x) - ln_gamma_ratio(alpha + beta, n) - stays.value;
    let slope = [
        digamma_difference(alpha, x) - all,
        digamma_difference(beta, n - x) - all,
        -digamma_difference(gamma + delta, n),
        -stays.by_x,
    ];
    (value, slope)
}

/// The log-likelihood of one customer.
pub(super) fn of_customer(model: &BetaGeoBetaBinomialParameters, x: f64, recency: f64, n: f64) -> f64 {
    let mut exits = Exits::new(model, x, n);
    exits.back_to(recency, false);
    all_seen(model, x, n).0 + exits.ln_total()
}
