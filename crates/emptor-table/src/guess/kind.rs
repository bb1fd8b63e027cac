//! What kind of table a file is, by the names of its columns.

use std::fmt;
use std::sync::LazyLock;

use super::words::{likeness, words};

/// What kind of table a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// Lines of orders: an order may have several rows.
    OrderLines,
    /// One row per order.
    Orders,
    /// Purchases by customer and day, without a number of the order.
    Purchases,
    /// One row per customer, added up already: purchases cannot be told from it.
    CustomerSummary,
    /// Periods side by side, a column each.
    Spread,
    /// Another table of the input contract, by its name there, e.g. `opportunities`.
    Table(&'static str),
    /// None of these.
    Unknown,
}

impl FileKind {
    /// Whether purchases by customer and day can be read from it.
    #[must_use]
    pub fn has_purchases(self) -> bool {
        matches!(self, Self::OrderLines | Self::Orders | Self::Purchases)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrderLines => f.write_str("order lines"),
            Self::Orders => f.write_str("one row per order"),
            Self::Purchases => f.write_str("purchases by customer and day"),
            Self::CustomerSummary => f.write_str("one row per customer, already added up"),
            Self::Spread => f.write_str("a table with a column for each period"),
            Self::Table("opportunities") => f.write_str("a pipeline of opportunities"),
            Self::Table(name) => write!(f, "a table of {}", name.replace('_', " ")),
            Self::Unknown => f.write_str("no table that is known"),
        }
    }
}

/// A table of the contract, and groups of names: every group must be met by one column.
type Mark = (&'static str, Vec<Vec<&'static str>>);

static MARKS: LazyLock<Vec<Mark>> = LazyLock::new(|| {
    let lines = include_str!("tables.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (table, groups) = line.split_once(": ")?;
            Some((table, groups.split(" + ").map(|group| group.split(", ").collect()).collect()))
        })
        .collect()
});

/// The other table of the contract that the names of the columns fit best: the one with most groups met.
pub(super) fn by_names(columns: &[String]) -> Option<(&'static str, Vec<String>)> {
    let mut best: Option<(&'static str, Vec<String>)> = None;
    for (table, groups) in MARKS.iter() {
        let met: Option<Vec<String>> =
            groups.iter().map(|group| columns.iter().find(|column| fits(column, group)).cloned()).collect();
        let Some(met) = met else { continue };
        if best.as_ref().is_none_or(|(_, others)| met.len() > others.len()) {
            best = Some((table, met));
        }
    }
    best
}

/// The columns that a file of customers added up has: `frequency`, `recency`, `T`, or totals and counts.
pub(super) fn summary_columns(columns: &[String]) -> Vec<String> {
    let sums: Vec<&str> = include_str!("sums.txt").lines().flat_map(|line| line.split(", ")).collect();
    columns.iter().filter(|column| fits(column, &sums)).cloned().collect()
}

fn fits(column: &str, names: &[&str]) -> bool {
    let words = words(column);
    let joined = words.concat();
    names.iter().any(|name| likeness(name, &words, &joined) >= 0.99)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(columns: &str) -> Option<&'static str> {
        by_names(&columns.split(',').map(str::to_owned).collect::<Vec<_>>()).map(|(table, _)| table)
    }

    #[test]
    fn tables_of_the_contract_are_known_by_their_columns() {
        let pipeline = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value";
        assert_eq!(kind(pipeline), Some("opportunities"));
        assert_eq!(kind("contract_id,customer_id,start,end,renewed_from,value,ccy"), Some("contracts"));
        assert_eq!(kind("invoice_id,customer_id,amount,ccy,due,paid_at,disputed"), Some("payments"));
        assert_eq!(kind("campaign_id,customer_id,arm,assigned_at,sent_at"), Some("contacts"));
        assert_eq!(kind("date,workday,holiday,fiscal_period"), Some("calendar"));
        assert_eq!(kind("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"), None);
        assert_eq!(summary_columns(&["ID".into(), "frequency".into(), "recency".into(), "T".into()]).len(), 2);
    }
}
