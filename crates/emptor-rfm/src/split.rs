//! Calibration and holdout.

use emptor_types::{Date, Invalid};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use crate::error::RfmError;
use crate::history::{HistoryOptions, PurchaseHistory};
use crate::ledger::{PurchaseLedger, up_to};

/// A purchase history up to the end of calibration, and what the same customers did in the holdout period after it.
///
/// Both ends are inclusive days: a purchase on the last day of calibration belongs to calibration, whatever its time of
/// day. Customers who first bought in the holdout period are not part of the split; they are counted.
///
/// ```
/// use emptor_rfm::{HistoryOptions, PurchaseLedger, Split};
/// use emptor_table::polars::df;
/// use emptor_table::{TransactionColumns, Transactions};
/// use emptor_types::TimeUnit;
///
/// let frame = df!(
///     "id" => [1_i64, 1, 1, 2],
///     "day" => ["2024-01-01", "2024-06-30", "2024-07-01", "2024-08-01"],
///     "amount" => [10.0, 10.0, 30.0, 10.0],
/// )?;
/// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
/// let ledger = PurchaseLedger::collect(&transactions)?;
/// let split = Split::new(&ledger, HistoryOptions::new("2024-06-30".parse()?, TimeUnit::Day), "2024-12-31".parse()?)?;
/// assert_eq!(split.calibration().frequency(), [1.0]);
/// assert_eq!(split.holdout_frequency(), [1.0]);
/// assert_eq!(split.born_in_holdout(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Split {
    calibration: PurchaseHistory,
    frequency: Vec<f64>,
    monetary_value: Vec<f64>,
    duration: f64,
    born_in_holdout: usize,
}

impl Split {
    /// Splits a ledger: calibration up to `options`' end of observation, holdout from the day after it to
    /// `holdout_end`.
    ///
    /// # Errors
    /// If the holdout ends before it begins, or nobody has bought in calibration.
    pub fn new(ledger: &PurchaseLedger, options: HistoryOptions, holdout_end: Date) -> Result<Self, RfmError> {
        if holdout_end <= options.as_of {
            let rule = format!("must come after the end of calibration, {}", options.as_of);
            return Err(Invalid::value("holdout end", rule, holdout_end).into());
        }
        let calibration = PurchaseHistory::from_ledger(ledger, options)?;
        let outcomes = ledger.map_customers(|entries| {
            let observed = options.observed(entries);
            let held_out = up_to(&entries[observed.len()..], holdout_end);
            let known = observed.iter().any(|entry| options.is_occasion(entry));
            let mut last = options.period(options.as_of.days_since_epoch());
            let (mut occasions, mut money) = (0_u32, 0.0);
            for entry in held_out {
                money += entry.money;
                if options.is_occasion(entry) && options.period(entry.day) > last {
                    last = options.period(entry.day);
                    occasions += 1;
                }
            }
            (known, f64::from(occasions), money)
        });
        let known = outcomes.iter().filter(|(known, ..)| *known);
        let (frequency, monetary_value) =
            known.map(|(_, n, money)| (*n, if *n > 0.0 { money / n } else { f64::NAN })).unzip();
        let duration =
            f64::from(holdout_end.days_since_epoch() - options.as_of.days_since_epoch()) / options.unit.days();
        let born_in_holdout = outcomes.iter().filter(|(known, n, _)| !known && *n > 0.0).count();
        Ok(Self { calibration, frequency, monetary_value, duration, born_in_holdout })
    }

    /// The history up to the end of calibration.
    #[must_use]
    pub fn calibration(&self) -> &PurchaseHistory {
        &self.calibration
    }

    /// Purchase occasions in the holdout period, one per customer of the calibration history.
    #[must_use]
    pub fn holdout_frequency(&self) -> &[f64] {
        &self.frequency
    }

    /// Mean money per occasion in the holdout period; `NaN` without occasions.
    #[must_use]
    pub fn holdout_monetary_value(&self) -> &[f64] {
        &self.monetary_value
    }

    /// Length of the holdout period in the history's unit.
    #[must_use]
    pub fn duration(&self) -> f64 {
        self.duration
    }

    /// Customers whose first purchase falls in the holdout period.
    #[must_use]
    pub fn born_in_holdout(&self) -> usize {
        self.born_in_holdout
    }

    /// The split as a table: the calibration history with `frequency_holdout`, `monetary_value_holdout`,
    /// `duration_holdout`.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let mut frame = self.calibration.to_frame()?;
        let money: Vec<Option<f64>> = self.monetary_value.iter().map(|m| Some(*m).filter(|m| !m.is_nan())).collect();
        frame.with_column(Series::new("frequency_holdout".into(), &self.frequency).into_column())?;
        frame.with_column(Series::new("monetary_value_holdout".into(), money).into_column())?;
        frame.with_column(Series::new("duration_holdout".into(), vec![self.duration; frame.height()]).into_column())?;
        Ok(frame)
    }
}
