//! What every group of indicators is computed from.

use std::collections::HashMap;

use emptor_rfm::RfmTable;
use emptor_table::{LineKind, Tables};
use polars::prelude::{DataFrame, DataType, Engine, Expr, LazyFrame, PolarsResult, Series, col, lit};

use super::super::align::same_type;
use super::super::error::AnalysisError;
pub(super) use crate::money::millionths;

/// Tables, the marketing view of the ledger, and the day of observation.
pub(super) struct Base<'a> {
    pub(super) tables: &'a Tables,
    pub(super) rfm: &'a RfmTable,
    /// Days since 1970-01-01.
    pub(super) as_of: i32,
    places: Places<'a>,
}

/// Where each customer of the ledger stands.
enum Places<'a> {
    Integers(HashMap<i64, usize>),
    Texts(HashMap<&'a str, usize>),
}

impl<'a> Base<'a> {
    pub(super) fn new(tables: &'a Tables, rfm: &'a RfmTable) -> PolarsResult<Self> {
        let customers = rfm.customers();
        let places = if customers.dtype() == &DataType::String {
            Places::Texts(customers.str()?.iter().enumerate().filter_map(|(place, id)| Some((id?, place))).collect())
        } else {
            Places::Integers(customers.i64()?.iter().enumerate().filter_map(|(place, id)| Some((id?, place))).collect())
        };
        Ok(Self { tables, rfm, as_of: rfm.as_of().days_since_epoch(), places })
    }

    /// Number of customers.
    pub(super) fn len(&self) -> usize {
        self.rfm.len()
    }

    /// A value for each customer who has bought, `NaN` for the others.
    pub(super) fn of_buyers(&self, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let bought = |i: usize| self.rfm.days_since_last()[i].is_some();
        (0..self.len()).map(|i| if bought(i) { value(i) } else { f64::NAN }).collect()
    }

    /// Days since the first purchase; 0 without one.
    pub(super) fn tenure(&self, customer: usize) -> i32 {
        let days = |column: &[Option<i32>]| column[customer].unwrap_or_default();
        days(self.rfm.days_since_last()) + days(self.rfm.length_days())
    }

    /// Lines of customers up to the day of observation that count as money.
    pub(super) fn lines(&self) -> LazyFrame {
        let counts = col("customer_id").is_not_null().and(col("kind").neq(lit(LineKind::Void.code())));
        self.tables.transactions().lines().filter(counts.and(self.is_known("date")))
    }

    /// Whether a day is not after the day of observation.
    pub(super) fn is_known(&self, day: &str) -> Expr {
        col(day).to_physical().lt_eq(lit(self.as_of))
    }

    /// Runs a query whose first column is an id of a customer, and finds the customers.
    pub(super) fn rows(&self, table: &'static str, query: LazyFrame) -> Result<Rows, AnalysisError> {
        let frame = query.collect_with_engine(Engine::Streaming)?.unwrap_single();
        let ids = frame.columns()[0].as_materialized_series();
        same_type(ids, table, self.rfm.customers())?;
        let places = match &self.places {
            Places::Integers(places) => ids.i64()?.iter().map(|id| places.get(&id?).copied()).collect(),
            Places::Texts(places) => ids.str()?.iter().map(|id| places.get(id?).copied()).collect(),
        };
        Ok(Rows { frame, places })
    }
}

/// Rows of a table, and the customer of the ledger that each belongs to; `None` where the ledger has not got the
/// customer, e.g. a prospect.
pub(super) struct Rows {
    frame: DataFrame,
    pub(super) places: Vec<Option<usize>>,
}

impl Rows {
    fn series(&self, column: &str) -> PolarsResult<&Series> {
        Ok(self.frame.column(column)?.as_materialized_series())
    }

    /// A column of days, null where the table has not got it.
    pub(super) fn days(&self, column: &str) -> PolarsResult<Vec<Option<i32>>> {
        let Ok(days) = self.series(column) else { return Ok(vec![None; self.places.len()]) };
        Ok(days.to_physical_repr().i32()?.iter().collect())
    }

    /// A column of numbers, null where the table has not got it.
    pub(super) fn numbers(&self, column: &str) -> PolarsResult<Vec<Option<f64>>> {
        let Ok(numbers) = self.series(column) else { return Ok(vec![None; self.places.len()]) };
        Ok(numbers.f64()?.iter().collect())
    }

    /// A column of yes and no, null where the table has not got it.
    pub(super) fn flags(&self, column: &str) -> PolarsResult<Vec<Option<bool>>> {
        let Ok(flags) = self.series(column) else { return Ok(vec![None; self.places.len()]) };
        Ok(flags.bool()?.iter().collect())
    }

    /// A column of whole numbers, 0 where there is none.
    pub(super) fn counts(&self, column: &str) -> PolarsResult<Vec<i64>> {
        Ok(self.series(column)?.i64()?.iter().map(Option::unwrap_or_default).collect())
    }

    /// A column as text, null where the table has not got it.
    pub(super) fn texts(&self, column: &str) -> PolarsResult<Vec<Option<String>>> {
        let Ok(texts) = self.series(column) else { return Ok(vec![None; self.places.len()]) };
        Ok(texts.cast(&DataType::String)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    }
}

/// A share of a whole above 0, `NaN` of any other.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { f64::NAN }
}
