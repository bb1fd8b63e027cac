//! Why profit could not be computed.

use emptor_types::Invalid;
use polars::error::PolarsError;
use thiserror::Error;

use crate::period::Grain;

/// Why the profit of relationships could not be computed. Every variant says what would mend it.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ProfitError {
    /// Settings break rules; all of them are listed.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A setting asks for something that the tables do not have.
    #[error("{asked} needs {missing}")]
    Missing {
        /// What was asked for.
        asked: String,
        /// The table or the column that is missing.
        missing: String,
    },
    /// Two tables name customers or products by different types.
    #[error(
        "{column} is {left} in transactions and {right} in {table}: ids must have one type to be matched \
         (the read option `ids_as_text` reads integers as text)"
    )]
    IdTypes {
        /// The id column.
        column: &'static str,
        /// Its type in transactions.
        left: String,
        /// The other table.
        table: String,
        /// Its type there.
        right: String,
    },
    /// Tables are in different currencies.
    #[error("amounts of different currencies would be added ({}); convert to one reporting currency first", list_currencies(.found))]
    MixedCurrencies {
        /// Each table that names its currency.
        found: Vec<(String, String)>,
    },
    /// Activities happened that no rule says the cost of.
    #[error("no rule says what these activities cost: {}; there are rules for {}", .unknown.join(", "), or_none(.known))]
    UnknownActivities {
        /// The activities without a rule.
        unknown: Vec<String>,
        /// The logged activities that have one.
        known: Vec<String>,
    },
    /// Rows lack what their rule needs. Unknown is not 0, so that it cannot be added up.
    #[error("{rows} rows of activity `{activity}` in the window have no {column}, which rule `{rule}` charges by")]
    MissingValues {
        /// The rule.
        rule: String,
        /// The activity.
        activity: String,
        /// The column.
        column: String,
        /// How many rows.
        rows: usize,
    },
    /// A rule names a pool that is not there, or one of another type.
    #[error("rule `{rule}` charges by pool `{pool}`, which must be a pool of type {needed}; there are {}", or_none(.available))]
    UnknownPool {
        /// The rule.
        rule: String,
        /// The pool.
        pool: String,
        /// Types that serve.
        needed: &'static str,
        /// Pools with their types.
        available: Vec<String>,
    },
    /// Pools do not cover the window period by period.
    #[error("cost pool `{pool}`: {problem}")]
    PoolPeriods {
        /// The pool.
        pool: String,
        /// What does not fit.
        problem: String,
    },
    /// Costs are to be imputed, but there is no known cost to learn a rate from.
    #[error("missing costs cannot be imputed: no product sold in the window has a known cost and positive revenue")]
    NoKnownCost,
    /// Fixed costs are to be allocated by a profit that is not known.
    #[error(
        "fixed cost cannot be allocated by {by}: it is unknown for {cells} customers and periods (a policy for missing costs fills it)"
    )]
    UnknownProfit {
        /// The allocation base.
        by: &'static str,
        /// Customers and periods without a known profit.
        cells: usize,
    },
    /// A history of profit is asked for in periods that no unit of time measures.
    #[error(
        "a history counts months or years, and there is no unit of time for a {period}; compute profit by month or by year"
    )]
    NoTimeUnit {
        /// The period of the results.
        period: Grain,
    },
    /// A history of profit is asked for where profit is unknown.
    #[error(
        "profit is unknown in {cells} periods of customers (a policy for missing costs fills it; `Cm2Known` leaves it out)"
    )]
    UnknownHistory {
        /// Customers and periods without a known profit.
        cells: usize,
    },
    /// A sum of money is too large to be kept exact.
    #[error("{what} reaches {amount:e}; sums of money are kept in millionths up to 4.6e12")]
    OutOfRange {
        /// The sum.
        what: String,
        /// Its size.
        amount: f64,
    },
    /// The data-frame engine failed in a query of ours.
    #[error("query failed: {reason}")]
    Query {
        /// What the engine said.
        reason: String,
    },
}

impl From<PolarsError> for ProfitError {
    fn from(error: PolarsError) -> Self {
        Self::Query { reason: error.to_string() }
    }
}

fn list_currencies(found: &[(String, String)]) -> String {
    let texts: Vec<String> = found.iter().map(|(table, currency)| format!("{table}: {currency}")).collect();
    texts.join(", ")
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
