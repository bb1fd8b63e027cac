//! Whether the purchase model of an analysis can be believed: what it would have said of a time that is over.

use emptor_lifetime::validation::{Hiatus, Holdout, HoldoutAccuracy, PredictionBins};
use emptor_rfm::{PurchaseLedger, Split};
use emptor_table::Tables;
use emptor_types::{Date, Horizon, Level};

use super::error::AnalysisError;
use super::settings::Analysis;

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
        let measured = || -> Result<HoldoutCheck, emptor_lifetime::LifetimeError> {
            Ok(HoldoutCheck {
                split,
                end,
                accuracy: HoldoutAccuracy::measure(model, &view, &holdout, hiatus)?,
                bins: PredictionBins::of_purchases(model, &view, &holdout, PredictionBins::DECILES)?,
            })
        };
        measured().map_err(AnalysisError::PurchaseModel)
    }
}
