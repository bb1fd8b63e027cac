//! The columns that a scorer reads.

use serde::{Deserialize, Serialize};

use super::Model;
use crate::grade::{Direction, MissingPolicy};

/// The part of revenue that is profit, of a customer. Not `margin_rate`: that is an indicator of the built-in standard, the
/// gross margin that was earned, where this is what is believed of it.
pub(super) const PROFIT_MARGIN: &str = "profit_margin";

/// The columns that the purchase model cannot do without.
pub(super) const HISTORY: [&str; 3] = ["frequency", "recency", "T"];

pub(super) const MONEY: &str = "monetary_value";

/// The columns of the RFM scores.
pub(super) const RFM: [&str; 3] = ["days_since_last", PURCHASES, "spend"];

/// The number of orders: 0 of those who have not bought.
pub(super) const PURCHASES: &str = "purchases";

/// A column that a [`Scorer`](super::Scorer) reads: doubles, one per customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScorerColumn {
    /// Its name.
    pub name: String,
    /// Always `float64`.
    pub dtype: String,
    /// Its unit.
    pub unit: String,
    /// What it says.
    pub meaning: String,
    /// What happens where it is unknown (null or `NaN`).
    pub unknown: String,
    /// Whether a table must have the column; values may be unknown all the same.
    pub is_required: bool,
}

/// The columns of a scorer: the history, the margin, the RFM variables, the indicators in use.
pub(super) fn of(model: &Model) -> Vec<ScorerColumn> {
    let unit = model.training.unit.to_string();
    let currency = model.training.currency.as_deref().unwrap_or("currency");
    let mut columns: Vec<ScorerColumn> = Vec::new();
    let mut add = |name: &str, unit: &str, meaning: &str, unknown: &str, is_required: bool| {
        if columns.iter().all(|column| column.name != name) {
            let [name, unit, meaning, unknown] = [name, unit, meaning, unknown].map(str::to_owned);
            columns.push(ScorerColumn { name, dtype: "float64".to_owned(), unit, meaning, unknown, is_required });
        }
    };
    let no_value = "the customer has no value and no probability to be alive";
    add("frequency", "count", "repeat purchase occasions (days with a purchase, less the first)", no_value, true);
    add("recency", &unit, "time from first to last purchase occasion", no_value, true);
    add("T", &unit, "time from first purchase to the day of observation", no_value, true);
    let mean = "the mean of all customers is expected";
    add(MONEY, currency, "mean money per repeat occasion", mean, true);
    if model.margin.is_own() {
        let base = format!("the rate of the base, {}", model.margin.rate);
        add(PROFIT_MARGIN, "share of revenue", "what part of the customer's revenue is profit", &base, false);
    }
    if model.rfm.is_some() {
        let no_score = "the customer has no RFM scores and no segment";
        add(RFM[0], "days", "days from the last purchase to the day of observation", no_score, true);
        let orders = "orders with a positive line, counted per day; at 0 the segment is `No purchase`";
        add(RFM[1], "count", orders, no_score, true);
        add(RFM[2], currency, "net money, returns included", no_score, true);
    }
    for fitted in model.grader.standard().indicators() {
        let indicator = &fitted.indicator;
        let better = match indicator.direction() {
            Direction::HigherIsBetter => "higher is better",
            Direction::LowerIsBetter => "lower is better",
        };
        let formula = indicator.formula_text();
        let meaning = if formula.is_empty() {
            format!("indicator of {}, {better}", indicator.group())
        } else {
            format!("indicator of {}, {better}: {formula}", indicator.group())
        };
        let unknown = match indicator.missing_policy() {
            MissingPolicy::Redistribute => "its weight goes to the others of its group".to_owned(),
            MissingPolicy::Neutral => "counts as average".to_owned(),
            MissingPolicy::Worst => "counts as the worst".to_owned(),
            MissingPolicy::Value(value) => format!("counts as {value}"),
        };
        add(indicator.name(), indicator.unit_name(), &meaning, &unknown, true);
    }
    columns
}
