//! Results as the history that forecasts learn from.

use emptor_types::{Date, TimeUnit};

use super::error::ProfitError;
use super::results::{ProfitMeasure, RelationshipProfits};
use crate::period::Grain;
use crate::value::forecast::ProfitHistory;

impl RelationshipProfits {
    /// Whole periods of each relationship at the end of the window, in the order of [`customers`](Self::customers): the
    /// calendar periods that neither began before the relationship nor end after the window. The relationship began with
    /// the first line, also before the window, or with the record of the customer (`created_at`) if that is earlier; 0
    /// for those who have neither, nor an activity.
    #[must_use]
    pub fn ages(&self) -> Vec<usize> {
        let spec = self.spec();
        let age = |day: i32| -> Option<usize> {
            let since = Date::from_days_since_epoch(day).ok()?;
            spec.period.whole_since(since, spec.from, spec.as_of).ok()
        };
        self.since().iter().map(|day| day.and_then(age).unwrap_or(0)).collect()
    }

    /// The [`panel`](Self::panel) as forecasts want it: complete periods only, of the window and of each relationship.
    /// The period in which a customer came is left out unless it is whole: its profit is of a part of it.
    ///
    /// ```
    /// use emptor_core::value::forecast::TrailingLevel;
    /// use emptor_core::value::profitability::{ProfitMeasure, Grain, RelationshipProfit};
    /// use emptor_table::polars::df;
    /// use emptor_table::{Tables, TransactionColumns, Transactions};
    /// use emptor_types::Fit;
    ///
    /// let lines = df!("who" => ["a", "a", "b"], "day" => ["2023-10-05", "2024-02-10", "2024-02-20"],
    ///     "net" => [9.0, 30.0, 12.0])?;
    /// let columns = TransactionColumns::new("who", "day").amount("net");
    /// let tables = Tables::new(Transactions::from_frame(lines, &columns)?);
    /// let profits = RelationshipProfit::builder()
    ///     .window("2024-01-01".parse()?, "2024-03-31".parse()?)
    ///     .period(Grain::Month)
    ///     .build()?
    ///     .compute(&tables)?;
    /// assert_eq!(profits.ages(), [5, 1]);
    /// let history = profits.history(ProfitMeasure::NetRevenue)?;
    /// let level = TrailingLevel::new(3)?.fit(&history)?;
    /// assert_eq!(level.levels(&history)?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ProfitError::NoTimeUnit`] unless periods are months or years, [`ProfitError::UnknownHistory`] if the profit of a
    /// complete period is unknown, and [`ProfitError::Invalid`] if no period of the window is complete or an amount is
    /// above 10¹².
    pub fn history(&self, measure: ProfitMeasure) -> Result<ProfitHistory, ProfitError> {
        let unit = match self.spec().period {
            Grain::Month => TimeUnit::Month,
            Grain::Year => TimeUnit::Year,
            period => return Err(ProfitError::NoTimeUnit { period }),
        };
        let periods = self.periods();
        let whole: Vec<usize> = (0..periods.len()).filter(|at| !periods[*at].is_partial).collect();
        let (ages, panel) = (self.ages(), self.panel(measure));
        let mut profit = Vec::with_capacity(ages.len() * whole.len());
        let mut unknown = 0;
        let end = whole.last().map_or(0, |last| last + 1);
        for (age, own) in ages.iter().zip(panel.chunks_exact(periods.len().max(1))) {
            for at in &whole {
                let there = end - at <= *age;
                unknown += usize::from(there && own[*at].is_nan());
                profit.push(if there { own[*at] } else { f64::NAN });
            }
        }
        if unknown > 0 {
            return Err(ProfitError::UnknownHistory { cells: unknown });
        }
        Ok(ProfitHistory::new(unit, whole.len(), profit, ages)?)
    }
}
