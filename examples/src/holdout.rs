//! What was bought after a split, and when.

use emptor::analysis::track_purchases;
use emptor::lifetime::validation::{Hiatus, Holdout, HoldoutAccuracy, Tracking};
use emptor::prelude::*;

use crate::ExampleError;

const WEEK: i32 = 7;

/// The day at which a part of the time between two days has passed.
#[must_use]
pub fn middle(first: Date, last: Date, part: f64) -> Date {
    let days = f64::from(last.days_since_epoch() - first.days_since_epoch());
    first.plus_days((days * part).round() as i32)
}

/// How models that could be fitted predict the holdout, in their order, with rules of thumb. The hiatus after which these
/// give a customer up is taken from the gaps between purchases: nine of ten customers come back sooner on average.
///
/// # Errors
/// If a model cannot answer.
pub fn accuracies(
    models: &Selection,
    history: &HistoryView<'_>,
    holdout: &Holdout<'_>,
) -> Result<Vec<HoldoutAccuracy>, ExampleError> {
    let hiatus = Hiatus::MeanGap(Level::new(0.9)?);
    let models = models.candidates.iter().filter_map(|candidate| candidate.model.as_ref().ok());
    models.map(|model| Ok(HoldoutAccuracy::measure(model, history, holdout, hiatus)?)).collect()
}

/// Repeat purchases of the customers of a split, week by week from the first purchase to the end of the holdout, expected
/// and actual. Weeks are whole and counted from the split in both directions.
///
/// # Errors
/// If there is no whole week, or the model cannot answer.
pub fn track(
    model: &dyn PurchaseModel,
    ledger: &PurchaseLedger,
    split: &Split,
    end: Date,
) -> Result<Tracking, ExampleError> {
    let at = split.calibration().as_of();
    let first = split.calibration().first_purchase().iter().copied().min().unwrap_or_default();
    let before = (at.days_since_epoch() - first) / WEEK;
    let after = (end.days_since_epoch() - at.days_since_epoch()) / WEEK;
    let days: Vec<Date> = (-before..=after).map(|week| at.plus_days(week * WEEK)).collect();
    Ok(track_purchases(model, ledger, split, &days)?)
}
