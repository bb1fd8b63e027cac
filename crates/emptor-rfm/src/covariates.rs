//! What else is known of the customers of a purchase history.

use emptor_table::Customers;
use emptor_types::{Checks, Covariates, Invalid};
use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, DataType, IdxCa, IdxSize, NewChunkedArray, Series, col};

use crate::error::RfmError;
use crate::history::PurchaseHistory;

/// Kinds that a text column may have. More are a number or a name that was taken for a kind.
const MOST_KINDS: usize = 50;
/// Customers that an error names.
const SAMPLES: usize = 3;

impl PurchaseHistory {
    /// Adds columns of a customers table as covariates, so that purchase models can learn from them.
    ///
    /// Numbers and flags are taken as they are (a flag as 0 or 1). A text column becomes one column of 0 and 1 for every
    /// kind but the first in alphabetical order: `acq_channel` with the kinds `offline`, `online` and `store` becomes
    /// `acq_channel=online` and `acq_channel=store`. Attributes of a customers table are text; numbers kept elsewhere come
    /// by [`with_covariate_frame`](Self::with_covariate_frame). To score other customers, give them the same kinds.
    ///
    /// # Errors
    /// As [`with_covariate_frame`](Self::with_covariate_frame).
    pub fn with_covariates(self, customers: &Customers, columns: &[&str]) -> Result<Self, RfmError> {
        let mut rows = customers.rows();
        let schema = rows.collect_schema()?;
        // A name that is not there is for the other method to report, beside the names that are.
        if columns.iter().all(|name| schema.contains(name)) {
            rows =
                rows.select(std::iter::once("customer_id").chain(columns.iter().copied()).map(col).collect::<Vec<_>>());
        }
        self.with_covariate_frame(&rows.collect()?, "customer_id", columns)
    }

    /// Adds columns of a frame as covariates; `customer` is the frame's column of ids. See
    /// [`with_covariates`](Self::with_covariates) for what becomes of the columns. Customers who are not in the history are
    /// ignored. What was added before is replaced.
    ///
    /// ```
    /// use emptor_rfm::PurchaseHistory;
    /// use emptor_table::polars::df;
    /// use emptor_table::{TransactionColumns, Transactions};
    /// use emptor_types::TimeUnit;
    ///
    /// let frame = df!("id" => ["a", "b", "c"], "day" => ["2024-01-01"; 3], "net" => [1.0, 2.0, 3.0])?;
    /// let transactions = Transactions::from_frame(frame, &TransactionColumns::new("id", "day").amount("net"))?;
    /// let history = PurchaseHistory::summarize(&transactions, "2024-12-31".parse()?, TimeUnit::Week)?;
    ///
    /// let known = df!("who" => ["c", "b", "a"], "age" => [30, 40, 50], "channel" => ["web", "shop", "web"])?;
    /// let history = history.with_covariate_frame(&known, "who", &["age", "channel"])?;
    /// let view = history.view()?;
    /// let covariates = view.covariates().ok_or("no covariates")?;
    /// assert_eq!(covariates.get("age"), Some([50.0, 40.0, 30.0].as_slice()));
    /// assert_eq!(covariates.get("channel=web"), Some([1.0, 0.0, 1.0].as_slice()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`RfmError::Invalid`] with everything that is wrong: columns that are not there (the ones there are listed) or
    /// neither number, flag nor text; ids of another type than the history's or standing twice; customers of the history
    /// without a row or a value (how many, and some of their ids); text with a single kind or more than fifty.
    pub fn with_covariate_frame(
        mut self,
        frame: &DataFrame,
        customer: &str,
        columns: &[&str],
    ) -> Result<Self, RfmError> {
        let names: Vec<&str> = frame.get_column_names().iter().map(|name| name.as_str()).collect();
        let mut checks = Invalid::checks();
        let there = format!("must be one of the columns there are: {}", names.join(", "));
        for column in std::iter::once(&customer).chain(columns) {
            checks.require(names.contains(column), "column", &there, column);
        }
        checks.require(!columns.is_empty(), "covariates", "must name at least one column", columns.len());
        checks.finish()?;

        let own = self.to_frame()?;
        let rows = rows_of(frame.column(customer)?, &self.customers)?;
        let mut covariates = Vec::with_capacity(columns.len());
        let mut checks = Invalid::checks();
        for &name in columns {
            checks.require(
                own.column(name).is_err() || self.covariates.as_ref().is_some_and(|c| c.get(name).is_some()),
                name,
                "must not be called like a column of the history",
                name,
            );
            let aligned = frame.column(name)?.as_materialized_series().take(&rows)?;
            if all_known(&aligned, &self.customers, &mut checks)? {
                covariates.extend(numbers(&aligned, &mut checks)?);
            }
        }
        checks.finish()?;
        self.covariates = Some(Covariates::owned(covariates)?);
        Ok(self)
    }
}

/// The row of each customer, null where there is none.
fn rows_of(ids: &Column, customers: &Series) -> Result<IdxCa, RfmError> {
    let name = ids.name().as_str();
    let ids = if ids.dtype().is_integer() { ids.cast(&DataType::Int64)? } else { ids.clone() };
    let mut checks = Invalid::checks();
    let rule = format!("must be {} like the customers of the history", customers.dtype());
    checks.require(ids.dtype() == customers.dtype(), name, &rule, ids.dtype());
    checks.finish()?;
    let (distinct, nulls) = (ids.n_unique()?, ids.null_count());
    let count = format!("{} rows, {distinct} customers, {nulls} nulls", ids.len());
    checks = Invalid::checks();
    checks.require(distinct == ids.len() && nulls == 0, name, "must identify one row", count);
    checks.finish()?;
    let rows: Vec<Option<IdxSize>> = if let Ok(ids) = ids.i64() {
        let known: HashMap<i64, IdxSize> = ids.iter().flatten().zip(0..).collect();
        customers.i64()?.iter().map(|id| known.get(&id?).copied()).collect()
    } else {
        let known: HashMap<&str, IdxSize> = ids.str()?.iter().flatten().zip(0..).collect();
        customers.str()?.iter().map(|id| known.get(id?).copied()).collect()
    };
    Ok(IdxCa::from_slice_options("rows".into(), &rows))
}

/// Whether every customer has a value; says who has not.
fn all_known(aligned: &Series, customers: &Series, checks: &mut Checks) -> Result<bool, RfmError> {
    let finite = match aligned.dtype() {
        DataType::Float32 | DataType::Float64 => aligned.is_finite()?,
        _ => aligned.is_not_null(),
    };
    let unknown: Vec<usize> =
        finite.iter().enumerate().filter(|(_, known)| *known != Some(true)).map(|(row, _)| row).collect();
    if unknown.is_empty() {
        return Ok(true);
    }
    let samples: Result<Vec<String>, RfmError> =
        unknown.iter().take(SAMPLES).map(|row| Ok(customers.get(*row)?.str_value().into_owned())).collect();
    let more = if unknown.len() > SAMPLES { ", …" } else { "" };
    let got = format!("missing for {} of {} customers: {}{more}", unknown.len(), customers.len(), samples?.join(", "));
    checks.require(false, aligned.name().as_str(), "must be known of every customer of the history", got);
    Ok(false)
}

/// A column as numbers: itself, or an indicator for every kind but the first.
fn numbers(aligned: &Series, checks: &mut Checks) -> Result<Vec<(String, Vec<f64>)>, RfmError> {
    let name = aligned.name().as_str();
    let dtype = aligned.dtype();
    if dtype.is_primitive_numeric() || dtype.is_bool() {
        let values = aligned.cast(&DataType::Float64)?;
        return Ok(vec![(name.to_owned(), values.f64()?.iter().flatten().collect())]);
    }
    if dtype != &DataType::String {
        checks.require(false, name, "must be a number, a flag or text", dtype);
        return Ok(Vec::new());
    }
    let texts: Vec<&str> = aligned.str()?.iter().flatten().collect();
    let mut kinds = texts.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let rule = format!("must have 2 to {MOST_KINDS} kinds");
    let usable = (2..=MOST_KINDS).contains(&kinds.len());
    checks.require(usable, name, &rule, kinds.len());
    let indicator = |kind: &&str| {
        let values = texts.iter().map(|text| f64::from(u8::from(text == kind))).collect();
        (format!("{name}={kind}"), values)
    };
    Ok(if usable { kinds.iter().skip(1).map(indicator).collect() } else { Vec::new() })
}
