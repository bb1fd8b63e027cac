//! What was bought after a split, and when.

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
    let history = split.calibration();
    let (at, unit) = (history.as_of(), history.unit());
    let first = history.first_purchase().iter().copied().min().unwrap_or_default();
    let before = (at.days_since_epoch() - first) / WEEK;
    let after = (end.days_since_epoch() - at.days_since_epoch()) / WEEK;
    let time = |day: Date| f64::from(day.days_since_epoch() - first) / unit.days();

    let days: Vec<Date> = (-before..=after).map(|week| at.plus_days(week * WEEK)).collect();
    let edges: Vec<f64> = days.iter().map(|day| time(*day)).collect();
    let entries: Vec<f64> = history.first_purchase().iter().map(|day| f64::from(day - first) / unit.days()).collect();
    let so_far = |day: Date| -> Result<f64, ExampleError> {
        let known: f64 = history.frequency().iter().sum();
        Ok(if day > at {
            known + Split::new(ledger, HistoryOptions::new(at, unit), day)?.holdout_frequency().iter().sum::<f64>()
        } else {
            PurchaseHistory::from_ledger(ledger, HistoryOptions::new(day, unit))?.frequency().iter().sum()
        })
    };
    let totals = days.iter().map(|day| so_far(*day)).collect::<Result<Vec<f64>, _>>()?;
    let actual: Vec<f64> = totals.windows(2).map(|pair| pair[1] - pair[0]).collect();
    Ok(Tracking::measure(model, &history.view()?, &entries, &edges, Some(&actual))?)
}
