//! Whether the purchase model of an analysis can be believed: what it would have said of a time that is over.

use emptor_lifetime::validation::{ConditionalExpectation, Hiatus, Holdout, HoldoutAccuracy, PredictionBins, Tracking};
use emptor_lifetime::{LifetimeError, PurchaseModel};
use emptor_rfm::{PurchaseLedger, Split};
use emptor_table::Tables;
use emptor_types::{Date, Horizon, Level};

use super::error::AnalysisError;
use super::settings::Analysis;

/// Customers with so many repeat purchases or more are one group.
const MANY: u64 = 7;
/// Most periods of the tracking curve.
const POINTS: i32 = 105;
const WEEK: i32 = 7;

/// What the purchase model says of the last part of the time from what was known before it, beside what came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HoldoutCheck {
    /// The last day that the model knew.
    pub split: Date,
    /// The last day of the holdout: the day of observation.
    pub end: Date,
    /// Errors of the model and of naive rules, and how well it told who would buy.
    pub accuracy: HoldoutAccuracy,
    /// Expected and actual purchases of tenths of the customers, by what was expected of them.
    pub bins: PredictionBins,
    /// Expected and actual purchases by repeat purchases before the split: 0, 1, … and 7 or more.
    pub by_frequency: ConditionalExpectation,
    /// Repeat purchases of all customers by whole weeks (or groups of weeks, where there are many), before and after the
    /// split. `None` where there is no whole week.
    pub tracking: Option<Tracking>,
    /// The last day of every period of the tracking curve.
    pub days: Vec<Date>,
}

impl Analysis {
    /// Fits the purchase model to the time up to `split` and compares what it expects until the day of observation with what
    /// came. Customers who came later are in neither.
    ///
    /// The rule of thumb beside it gives up customers who stay away for longer than nine of ten customers do on average.
    ///
    /// # Errors
    /// If the split does not lie before the day of observation, nobody had bought by then, or no model can be fitted to it.
    pub fn holdout(&self, tables: &Tables, split: Date) -> Result<HoldoutCheck, AnalysisError> {
        let end = self.as_of();
        let ledger = PurchaseLedger::collect(tables.known_by(end).transactions())?;
        let parts = Split::new(&ledger, self.history.until(split), end)?;
        let view = parts.calibration().view()?;
        let selection = self.purchase_model.fit(&view, self.penalty).map_err(AnalysisError::PurchaseModel)?;
        let model = selection.best().map_err(AnalysisError::PurchaseModel)?;
        let holdout =
            Holdout::new(parts.holdout_frequency(), Horizon::new(parts.duration(), parts.calibration().unit())?)?;
        let hiatus = Hiatus::MeanGap(Level::new(0.9)?);
        let days = weeks(&parts, end);
        let measured = || -> Result<HoldoutCheck, LifetimeError> {
            let tracking = if days.len() > 1 { Some(track_purchases(model, &ledger, &parts, &days)?) } else { None };
            Ok(HoldoutCheck {
                split,
                end,
                accuracy: HoldoutAccuracy::measure(model, &view, &holdout, hiatus)?,
                bins: PredictionBins::of_purchases(model, &view, &holdout, PredictionBins::DECILES)?,
                by_frequency: ConditionalExpectation::by_frequency(model, &view, &holdout, MANY)?,
                tracking,
                days: days.get(1..).unwrap_or_default().to_vec(),
            })
        };
        measured().map_err(AnalysisError::PurchaseModel)
    }
}

/// Repeat purchases of the customers of a split, expected and actual, in the periods between rising `days`. What is expected
/// is what one would expect of customers of whom only the first purchase is known (Fader, Hardie & Lee 2005, figures 3 and 4).
///
/// # Errors
/// [`LifetimeError::Invalid`] unless there are at least two days and they rise; if the model cannot answer.
pub fn track_purchases<M: PurchaseModel + ?Sized>(
    model: &M,
    ledger: &PurchaseLedger,
    split: &Split,
    days: &[Date],
) -> Result<Tracking, LifetimeError> {
    let history = split.calibration();
    let unit = history.unit();
    let first = history.first_purchase().iter().copied().min().unwrap_or_default();
    let time = |day: i32| f64::from(day - first) / unit.days();
    let edges: Vec<f64> = days.iter().map(|day| time(day.days_since_epoch())).collect();
    let entries: Vec<f64> = history.first_purchase().iter().map(|day| time(*day)).collect();
    let view = history.view()?;
    Tracking::measure(model, &view, &entries, &edges, Some(&ledger.repeat_purchases(history.options(), days)))
}

/// Days between which the curve is drawn: whole weeks from the split in both directions, as many in one period as keep the
/// curve readable.
fn weeks(split: &Split, end: Date) -> Vec<Date> {
    let (at, history) = (split.calibration().as_of(), split.calibration());
    let first = history.first_purchase().iter().copied().min().unwrap_or(at.days_since_epoch());
    let all = (end.days_since_epoch() - first) / WEEK;
    let step = WEEK * (all + POINTS - 1).div_euclid(POINTS).max(1);
    let before = (at.days_since_epoch() - first) / step;
    let after = (end.days_since_epoch() - at.days_since_epoch()) / step;
    (-before..=after).map(|period| at.plus_days(period * step)).collect()
}
