//! How strict a door is.

use emptor_types::Date;

/// What happens to rows that break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// The table is refused, with every broken rule.
    #[default]
    Reject,
    /// The rows are set aside with their reasons and the rest is used.
    Quarantine,
}

/// Settings of a table's door.
///
/// ```
/// use emptor_table::{Policy, ReadOptions};
///
/// let options = ReadOptions::default().policy(Policy::Quarantine);
/// ```
#[derive(Debug, Clone)]
pub struct ReadOptions {
    pub(crate) policy: Policy,
    pub(crate) window: (Date, Date),
    pub(crate) ids_as_text: bool,
    pub(crate) thorough: bool,
}

/// 1900-01-01 and 2100-12-31, in days since 1970.
const DEFAULT_WINDOW: (i32, i32) = (-25_567, 47_846);

impl Default for ReadOptions {
    /// Rejects, and takes dates from 1900-01-01 to 2100-12-31.
    fn default() -> Self {
        let day = |days| Date::from_days_since_epoch(days).unwrap_or(Date::EPOCH);
        Self {
            policy: Policy::default(),
            window: (day(DEFAULT_WINDOW.0), day(DEFAULT_WINDOW.1)),
            ids_as_text: false,
            thorough: false,
        }
    }
}

impl ReadOptions {
    /// What happens to rows that break a rule.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Keeps ids as text even where all of them are integers, so that tables of which only some have other ids can be
    /// matched: those of CSV as they are written, those of columns of integers in digits.
    #[must_use]
    pub fn ids_as_text(mut self) -> Self {
        self.ids_as_text = true;
        self
    }

    /// Also counts what looks odd without breaking a rule, in transactions: possible duplicates (where order and product
    /// are mapped) and outlying amounts. It takes three more passes, and memory for the distinct lines.
    #[must_use]
    pub fn thorough(mut self) -> Self {
        self.thorough = true;
        self
    }

    /// The days that dates must lie between, both inclusive.
    #[must_use]
    pub fn window(mut self, first: Date, last: Date) -> Self {
        self.window = (first, last);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;
    use crate::{ProductColumns, Products, Source, TransactionColumns, Transactions};

    /// Products 1 and 2 were sold; the table of products also has one named A.
    #[test]
    fn ids_as_text_brings_integers_of_any_source_together_with_text() -> Result<(), Box<dyn Error>> {
        let columns = TransactionColumns::new("id", "day").amount("net").product("sku");
        let frame = || df!("id" => [7_i64, 7], "day" => ["2024-01-01"; 2], "net" => [5.0; 2], "sku" => [1_i32, 2]);
        let types = |options: ReadOptions| -> Result<[String; 2], Box<dyn Error>> {
            let lines = Transactions::scan_with(frame()?, &columns, &options)?.lines().collect()?;
            Ok(["customer_id", "product_id"]
                .map(|id| lines.column(id).map_or(String::new(), |c| c.dtype().to_string())))
        };
        assert_eq!(types(ReadOptions::default())?, ["i64", "i64"]);
        assert_eq!(types(ReadOptions::default().ids_as_text())?, ["str", "str"]);
        let products = Source::csv_text("sku,name\n1,x\n2,y\nA,z\n");
        let products = Products::scan(products, &ProductColumns::new("sku").name("name"))?.rows().collect()?;
        let lines = Transactions::scan_with(frame()?, &columns, &ReadOptions::default().ids_as_text())?;
        let sold = lines
            .lines()
            .collect()?
            .column("product_id")?
            .str()?
            .iter()
            .map(|id| id.map(str::to_owned))
            .collect::<Vec<_>>();
        let known: Vec<Option<String>> =
            products.column("product_id")?.str()?.iter().map(|id| id.map(str::to_owned)).collect();
        assert!(sold.iter().all(|id| known.contains(id)), "{sold:?} {known:?}");
        Ok(())
    }
}
