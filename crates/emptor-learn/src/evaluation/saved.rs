//! What a saved evaluation must be.

use emptor_types::Invalid;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{Auc, Calibration, Evaluation, GainsRow, KolmogorovSmirnov};

/// An [`Evaluation`] whose parts may be of different rows.
#[derive(Deserialize)]
pub(super) struct Saved {
    auc: Auc,
    #[serde(deserialize_with = "at_least_0")]
    log_loss: f64,
    #[serde(deserialize_with = "share")]
    brier_score: f64,
    kolmogorov_smirnov: KolmogorovSmirnov,
    calibration: Calibration,
    gains: Vec<GainsRow>,
}

impl TryFrom<Saved> for Evaluation {
    type Error = Invalid;

    fn try_from(saved: Saved) -> Result<Self, Invalid> {
        let Saved { auc, log_loss, brier_score, kolmogorov_smirnov, calibration, gains } = saved;
        let mut checks = Invalid::checks();
        checks.require(auc.events > 0, "events", "must be at least one", auc.events);
        checks.require(auc.others > 0, "others", "must be at least one", auc.others);
        let rows = auc.events as u128 + auc.others as u128;
        let rule = format!("must have the {rows} rows of the area together");
        let in_bins: u128 = calibration.bins.iter().map(|bin| bin.rows as u128).sum();
        checks.require(in_bins == rows, "calibration bins", &rule, in_bins);
        let mut in_groups = 0;
        for row in &gains {
            in_groups += row.rows as u128;
            let rule = "must have the rows of this and all better groups";
            checks.require(row.cumulative_rows as u128 == in_groups, "cumulative_rows", rule, row.cumulative_rows);
        }
        checks.require(in_groups == rows, "gains", &rule, in_groups);
        checks.finish()?;
        Ok(Self { auc, log_loss, brier_score, kolmogorov_smirnov, calibration, gains })
    }
}

pub(super) fn share<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    checked(f64::deserialize(from)?, |x| (0.0..=1.0).contains(&x), "a share must lie between 0 and 1")
}

pub(super) fn at_least_0<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    checked(f64::deserialize(from)?, is_at_least_0, "must be finite and at least 0")
}

pub(super) fn error<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let error = Option::<f64>::deserialize(from)?;
    error.map(|x| checked(x, is_at_least_0, "a standard error must be finite and at least 0")).transpose()
}

fn is_at_least_0(x: f64) -> bool {
    x >= 0.0 && x.is_finite()
}

fn checked<E: Error>(x: f64, holds: impl Fn(f64) -> bool, rule: &str) -> Result<f64, E> {
    if holds(x) { Ok(x) } else { Err(E::custom(format!("{rule} (got {x})"))) }
}
