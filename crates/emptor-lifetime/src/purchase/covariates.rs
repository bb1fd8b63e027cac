//! Covariates: which columns act on which process, and the customers that share all values.

use emptor_types::HistoryView;
use serde::{Deserialize, Serialize};

use super::options::PurchaseOptions;
use super::process::{Parameter, Process};
use crate::LifetimeError;
use crate::sample::Ranks;

/// The process that a covariate moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActsOn {
    /// Buying, while alive.
    Purchase,
    /// Leaving.
    Dropout,
    /// Both, with one coefficient.
    Both,
}

/// The coefficient of a covariate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The covariate's name in the history.
    pub covariate: String,
    /// The process it moves.
    pub acts_on: ActsOn,
    /// The coefficient `γ`, per unit of the covariate.
    pub value: f64,
}

impl Coefficient {
    /// The name of the estimate.
    pub(crate) fn label(&self) -> String {
        match self.acts_on {
            ActsOn::Purchase => format!("purchase.{}", self.covariate),
            ActsOn::Dropout => format!("dropout.{}", self.covariate),
            ActsOn::Both => self.covariate.clone(),
        }
    }

    /// The power of `exp(value · z)` in a parameter.
    pub(crate) fn power(&self, parameter: &Parameter) -> f64 {
        match self.acts_on {
            ActsOn::Purchase => parameter.purchase_power,
            ActsOn::Dropout => parameter.dropout_power,
            ActsOn::Both => parameter.purchase_power + parameter.dropout_power,
        }
    }
}

/// The coefficients that options ask for, at 0: those of both processes first, then purchases, then drop-out.
pub(crate) fn coefficients(options: &PurchaseOptions) -> Vec<Coefficient> {
    let single = |names: &[String], acts_on: ActsOn| -> Vec<Coefficient> {
        let own = names.iter().filter(|name| !options.same_coefficient.contains(name));
        own.map(|name| Coefficient { covariate: name.clone(), acts_on, value: 0.0 }).collect()
    };
    let both = options.same_coefficient.iter();
    let mut all: Vec<Coefficient> =
        both.map(|name| Coefficient { covariate: name.clone(), acts_on: ActsOn::Both, value: 0.0 }).collect();
    all.extend(single(&options.purchase_covariates, ActsOn::Purchase));
    all.extend(single(&options.dropout_covariates, ActsOn::Dropout));
    all
}

/// The parameters of a customer whose covariate number `j` is `z[j]`.
pub(crate) fn individual<P: Process>(common: &P, coefficients: &[Coefficient], z: &[f64]) -> P {
    let values: Vec<f64> = P::PARAMETERS
        .iter()
        .zip(common.values())
        .map(|(parameter, value)| {
            let effects = coefficients.iter().zip(z).map(|(c, z)| c.power(parameter) * c.value * z);
            value * effects.sum::<f64>().exp()
        })
        .collect();
    P::from_values(&values, common.k())
}

/// Customers who share the values of all covariates.
#[derive(Debug)]
pub(crate) struct Profile {
    /// One value per coefficient.
    pub(crate) z: Vec<f64>,
    /// Rows of the history.
    pub(crate) rows: Vec<usize>,
}

/// The column of each coefficient's covariate.
pub(crate) fn columns<'a>(
    model: &'static str,
    history: &HistoryView<'a>,
    coefficients: &[Coefficient],
) -> Result<Vec<&'a [f64]>, LifetimeError> {
    let known = history.covariates();
    let column = |coefficient: &Coefficient| {
        known.and_then(|known| known.get(&coefficient.covariate)).ok_or_else(|| LifetimeError::NoCovariate {
            model,
            name: coefficient.covariate.clone(),
            covariates: known.map_or_else(Vec::new, |known| known.names().map(str::to_owned).collect()),
        })
    };
    coefficients.iter().map(column).collect()
}

/// The profiles of a history, in an order that does not depend on the order of rows.
pub(crate) fn profiles(columns: &[&[f64]]) -> Vec<Profile> {
    let ranks: Vec<Ranks> = columns.iter().map(|column| Ranks::new(column.iter().copied())).collect();
    let mut order: Vec<usize> = (0..columns.first().map_or(0, |column| column.len())).collect();
    let key = |row: usize| ranks.iter().map(move |ranks| ranks.of_row[row]);
    order.sort_by(|&a, &b| key(a).cmp(key(b)));
    order
        .chunk_by(|&a, &b| key(a).eq(key(b)))
        .map(|rows| Profile { z: columns.iter().map(|column| column[rows[0]]).collect(), rows: rows.to_vec() })
        .collect()
}
