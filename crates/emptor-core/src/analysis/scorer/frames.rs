//! Data frames in and out.

use emptor_rfm::{HistoryOptions, PurchaseHistory, PurchaseLedger, RfmTable};
use emptor_types::{Date, Invalid, TimeUnit};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, Series};

use super::super::error::AnalysisError;
use super::super::indicators::Indicators;
use super::super::input::AnalysisInput;
use super::super::margin::{Margin, MarginBasis};
use super::super::run::{places, spread};
use super::columns::{HISTORY, MONEY, PROFIT_MARGIN, PURCHASES};
use super::{Scorer, ScorerData, ScorerError};

impl Scorer {
    /// The columns that the scorer reads, made from tables as of a day: `customer_id` and one row per customer who is there by
    /// then, ordered by id; null where unknown. The tables and relationship profits must be of the kinds the analysis had;
    /// potential profit and pipeline are not asked.
    ///
    /// On the tables and the day of the analysis these are the columns it was made from. On later ones margins of customers
    /// are estimated anew; where the tables tell no cost any more they are unknown, and the rate of the base counts.
    ///
    /// # Errors
    /// [`ScorerError::MissingColumns`] if the tables do not give an indicator in use; [`ScorerError::Inputs`] if a table
    /// cannot be read any more or nobody has bought by then.
    pub fn inputs<'a>(&self, input: impl Into<AnalysisInput<'a>>, as_of: Date) -> Result<DataFrame, ScorerError> {
        let input = input.into();
        let tables = &input.tables.known_by(as_of);
        let input = AnalysisInput { tables, ..input };
        let all = PurchaseLedger::collect(tables.transactions()).map_err(AnalysisError::from)?;
        let ledger = all.until(as_of).map_err(AnalysisError::from)?;
        let rfm = RfmTable::from_ledger(&ledger, as_of).map_err(AnalysisError::from)?;
        let options = HistoryOptions::new(as_of, self.unit());
        let history = PurchaseHistory::from_ledger(&all, options).map_err(AnalysisError::from)?;
        let place = places(ledger.customers(), history.customers());
        let margins = Margin::Auto.resolve(input, ledger.customers(), as_of)?;
        let is_own = matches!(
            (self.margin_basis(), margins.basis),
            (MarginBasis::Costs { .. }, MarginBasis::Costs { .. })
                | (MarginBasis::Contribution { .. }, MarginBasis::Contribution { .. })
        );
        let own = if is_own { margins.rates.clone() } else { vec![f64::NAN; ledger.customers().len()] };
        let indicators = Indicators::gather(tables, &rfm, margins.own)?;
        let known = indicators.columns();
        let mut columns = vec![ledger.customers().clone().with_name("customer_id".into()).into_column()];
        let mut missing = Vec::new();
        for name in self.columns().iter().map(|column| column.name.as_str()) {
            let [frequency, recency, t] = HISTORY;
            let values = match name {
                _ if name == frequency => spread(history.frequency(), &place),
                _ if name == recency => spread(history.recency(), &place),
                _ if name == t => spread(history.t(), &place),
                MONEY => spread(history.monetary_value(), &place),
                PROFIT_MARGIN => own.clone(),
                // The indicator is unknown of those who have not bought; here it says so.
                _ if name == PURCHASES => rfm.purchases().iter().map(|&orders| f64::from(orders)).collect(),
                _ => match known.iter().find(|(own, _)| *own == name) {
                    Some((_, values)) => values.to_vec(),
                    None => {
                        missing.push(name.to_owned());
                        continue;
                    }
                },
            };
            columns.push(column(name, &values));
        }
        if missing.is_empty() {
            Ok(DataFrame::new(ledger.customers().len(), columns)?)
        } else {
            let available = known.iter().map(|(name, _)| (*name).to_owned()).collect();
            Err(ScorerError::MissingColumns { missing, available })
        }
    }

    /// Scores the customers of a data frame: [`ScoredCustomers::COLUMNS`](super::ScoredCustomers::COLUMNS) behind their ids,
    /// in the order of the frame. Columns that the scorer does not read are left alone.
    ///
    /// # Errors
    /// [`ScorerError::MissingColumns`] unless every required column is there; [`ScorerError::Invalid`] if one holds no
    /// numbers; otherwise as [`score`](Self::score).
    pub fn score_frame(&self, frame: &DataFrame, customer_id: &str, unit: TimeUnit) -> Result<DataFrame, ScorerError> {
        let available = || frame.columns().iter().map(|c| c.name().to_string()).collect::<Vec<_>>();
        let has = |name: &str| frame.column(name).is_ok();
        let needed = self.columns().iter().filter(|column| column.is_required).map(|column| column.name.as_str());
        let missing: Vec<String> =
            [customer_id].into_iter().chain(needed).filter(|name| !has(name)).map(str::to_owned).collect();
        if !missing.is_empty() {
            return Err(ScorerError::MissingColumns { missing, available: available() });
        }
        let mut checks = Invalid::checks();
        let mut columns = Vec::new();
        for name in self.columns().iter().map(|column| column.name.as_str()).filter(|name| has(name)) {
            let series = frame.column(name)?.as_materialized_series();
            let dtype = series.dtype();
            let is_number = dtype.is_primitive_numeric() || dtype.is_decimal() || dtype.is_bool() || dtype.is_null();
            checks.require(is_number, name, "must hold numbers", dtype);
            if is_number {
                let doubles = series.cast(&DataType::Float64)?;
                let values: Vec<f64> = doubles.f64()?.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
                columns.push((name, values));
            }
        }
        checks.finish()?;
        let lent: Vec<(&str, &[f64])> = columns.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        let scored = self.score(&ScorerData::new(unit, &lent)?)?;
        Ok(scored.to_frame(frame.column(customer_id)?.as_materialized_series())?)
    }
}

fn column(name: &str, values: &[f64]) -> Column {
    let known: Vec<Option<f64>> = values.iter().map(|v| Some(*v).filter(|v| !v.is_nan())).collect();
    Series::new(name.into(), known).into_column()
}
