//! When customers bought again.

use emptor_types::Date;

use crate::history::HistoryOptions;
use crate::ledger::{DayEntry, PurchaseLedger};

impl PurchaseLedger {
    /// Repeat purchase occasions in each period between rising days, first day exclusive, last day inclusive, of the customers
    /// who had bought by the end of observation of `options`: what actually came, beside what a model expects of them.
    ///
    /// ```
    /// use emptor_rfm::{HistoryOptions, PurchaseLedger};
    /// use emptor_table::polars::df;
    /// use emptor_table::{TransactionColumns, Transactions};
    /// use emptor_types::{Date, TimeUnit};
    ///
    /// let frame = df!(
    ///     "id" => [1_i64, 1, 1, 2],
    ///     "day" => ["2024-01-01", "2024-01-10", "2024-01-20", "2024-01-15"],
    ///     "amount" => [1.0; 4],
    /// )?;
    /// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("amount"))?;
    /// let ledger = PurchaseLedger::collect(&transactions)?;
    /// let options = HistoryOptions::new("2024-01-14".parse()?, TimeUnit::Day);
    /// let days: Vec<Date> = ["2024-01-01", "2024-01-14", "2024-01-21"].map(str::parse).into_iter().collect::<Result<_, _>>()?;
    /// assert_eq!(ledger.repeat_purchases(options, &days), [1.0, 1.0]); // customer 2 came after the end of observation
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn repeat_purchases(&self, options: HistoryOptions, days: &[Date]) -> Vec<f64> {
        let edges: Vec<i32> = days.iter().map(|day| day.days_since_epoch()).collect();
        let mut counts = vec![0.0; edges.len().saturating_sub(1)];
        for day in self.map_customers(|entries| repeats(entries, options)).into_iter().flatten() {
            let after = edges.partition_point(|edge| *edge < day);
            if let Some(count) = after.checked_sub(1).and_then(|period| counts.get_mut(period)) {
                *count += 1.0;
            }
        }
        counts
    }
}

/// The days of a customer's repeat occasions; none if the first one came after the end of observation.
fn repeats(entries: &[DayEntry], options: HistoryOptions) -> Vec<i32> {
    let known = options.observed(entries).iter().any(|entry| options.is_occasion(entry));
    if !known {
        return Vec::new();
    }
    let mut days: Vec<i32> = entries.iter().filter(|entry| options.is_occasion(entry)).map(|entry| entry.day).collect();
    days.dedup_by_key(|day| options.period(*day));
    days.split_off(1)
}
