//! Contracts: who is bound to us, since when, until when, and what a month of it is worth.

use polars::prelude::{DataFrame, Expr, JoinArgs, JoinType, LazyFrame, PolarsError, PolarsResult, col, len, lit};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{self, Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::{DataQuality, Fact};
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "contracts";

/// Which columns of the caller's table of contracts play which role. Needed are the contract, which identifies one row,
/// the customer, the first day, and what a month of it is worth.
///
/// ```
/// use emptor_table::ContractColumns;
///
/// let columns = ContractColumns::new("contract", "customer", "from", "fee").end("to").renewed_from("predecessor");
/// ```
#[derive(Debug, Clone)]
pub struct ContractColumns {
    contract: String,
    customer: String,
    start: String,
    value: String,
    mapping: Mapping,
}

impl ContractColumns {
    /// Names the contract's id, the customer, the first day under contract (`start`), and what a month of the contract is
    /// worth (`value`), in money, at least 0.
    #[must_use]
    pub fn new(
        contract: impl Into<String>,
        customer: impl Into<String>,
        start: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            contract: contract.into(),
            customer: customer.into(),
            start: start.into(),
            value: value.into(),
            mapping: Mapping::default(),
        }
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    /// The last day under contract (`end`), after the first; null while the contract runs on.
    #[must_use]
    pub fn end(mut self, column: impl Into<String>) -> Self {
        self.mapping.add_day("end", column);
        self
    }

    /// The contract that this one renews (`renewed_from`).
    #[must_use]
    pub fn renewed_from(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("renewed_from", column, Kind::Text);
        self
    }

    /// The currency (`currency`); one only.
    #[must_use]
    pub fn currency(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("currency", column, Kind::Text);
        self
    }

    fn rules(&self) -> Vec<Rule> {
        let end = self.mapping.column("end").map(|column| Rule {
            column: column.to_owned(),
            rule: "must lie after the first day".to_owned(),
            broken: canonical("end").lt_eq(canonical("start")).fill_null(lit(false)),
        });
        end.into_iter().collect()
    }
}

/// Contracts that have passed the door.
///
/// Columns of [`rows`](Self::rows): `contract_id`, `customer_id`, `start`, `value`, and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{ContractColumns, Contracts};
///
/// let frame = df!(
///     "no" => ["k1", "k2", "k3"],
///     "who" => ["a", "a", "b"],
///     "from" => ["2023-01-01", "2024-01-01", "2024-05-01"],
///     "to" => [Some("2023-12-31"), Some("2024-12-31"), None],
///     "fee" => [10.0, 12.0, 10.0],
///     "renews" => [None, Some("k1"), None],
/// )?;
/// let columns = ContractColumns::new("no", "who", "from", "fee").end("to").renewed_from("renews");
/// let contracts = Contracts::scan(frame, &columns)?;
/// assert_eq!(contracts.quality().fact("contracts without an end").map(|fact| fact.rows), Some(1));
/// assert_eq!(contracts.quality().fact("renewals with a gap").map(|fact| fact.rows), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Contracts {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    roles: Vec<&'static str>,
}

impl Contracts {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &ContractColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &ContractColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let named = &columns.mapping;
        let mut fields = vec![
            Field::required("contract_id", &columns.contract, Kind::Text),
            Field::required("customer_id", &columns.customer, Kind::Id),
            Field::required("start", &columns.start, named.day()),
            Field::required("value", &columns.value, Kind::Number { min: Some(0.0) }),
        ];
        fields.extend(named.fields(&[]));
        let running = named.names("end").then(|| FactSpec {
            name: "contracts without an end",
            treatment: "kept, run on",
            holds: canonical("end").is_null(),
        });
        let door = Door {
            fields,
            rules: columns.rules(),
            facts: running.into_iter().collect(),
            amount: Some("value"),
            day: Some("start"),
            currency: named.names("currency").then_some("currency"),
            across: vec![AcrossRows::Unique(vec!["contract_id"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, mut quality, known } = door.admit(&source.into(), options)?;
        if named.names("renewed_from") {
            let failed = |e: PolarsError| TableError::Query { table: TABLE, reason: e.to_string() };
            quality.facts.extend(renewals(&known::rows(&frame, known.as_ref()), named.names("end")).map_err(failed)?);
        }
        Ok(Self { frame, rejects, quality, known, roles: named.roles().collect() })
    }

    /// Whether the mapping names a role, e.g. `end`.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

/// Renewals that do not follow the day after the contract they renew, and those of contracts that are not there. A renewal
/// on the last day itself follows: many systems write the end of one contract and the start of the next as one day.
fn renewals(frame: &LazyFrame, has_end: bool) -> PolarsResult<Vec<Fact>> {
    let end = if has_end {
        col("end").to_physical()
    } else {
        lit(polars::prelude::NULL).cast(polars::prelude::DataType::Int32)
    };
    let renewals = frame.clone().filter(col("renewed_from").is_not_null());
    let before =
        frame.clone().select([col("contract_id").alias("before"), end.alias("ended"), lit(true).alias("known")]);
    let joined = renewals.join(before, [col("renewed_from")], [col("before")], JoinArgs::new(JoinType::Left));
    let wait = col("start").to_physical() - col("ended");
    let gap = wait.clone().gt(lit(1)).or(wait.lt(lit(0)));
    let count = |name, treatment, holds: Expr| -> PolarsResult<Fact> {
        let rows = joined
            .clone()
            .filter(holds.fill_null(lit(false)))
            .select([len().alias("rows"), col("value").sum().alias("amount")])
            .collect()?;
        let amount = rows.column("amount")?.f64()?.get(0);
        let rows = rows.column("rows")?.u32()?.get(0).map_or(0, |rows| rows as usize);
        Ok(Fact { name, treatment, rows, amount })
    };
    Ok(vec![
        count("renewals with a gap", "kept, the customer was away in between", gap)?,
        count("renewals of unknown contracts", "kept as first contracts", col("known").is_null())?,
    ])
}

known_at!(ContractColumns);
accessors!(Contracts);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;
    use crate::options::Policy;

    fn frame() -> PolarsResult<DataFrame> {
        df!(
            "no" => ["k1", "k2", "k3", "k4", "k5"],
            "who" => ["a", "a", "a", "b", "b"],
            "from" => ["2022-01-01", "2023-01-01", "2024-03-01", "2023-06-01", "2024-05-31"],
            "to" => [Some("2022-12-31"), Some("2023-12-31"), None, Some("2024-05-31"), None],
            "fee" => [10.0, 10.0, 12.0, 5.0, 5.0],
            "renews" => [None, Some("k1"), Some("k2"), Some("lost"), Some("k4")],
        )
    }

    fn columns() -> ContractColumns {
        ContractColumns::new("no", "who", "from", "fee").end("to").renewed_from("renews")
    }

    #[test]
    fn a_renewal_may_start_on_the_last_day_or_the_next_and_later_is_a_gap() -> Result<(), Box<dyn Error>> {
        let contracts = Contracts::scan(frame()?, &columns())?;
        let fact = |name: &str| contracts.quality().fact(name).map(|fact| (fact.rows, fact.amount));
        assert_eq!(fact("renewals with a gap"), Some((1, Some(12.0))));
        assert_eq!(fact("renewals of unknown contracts"), Some((1, Some(5.0))));
        assert_eq!(fact("contracts without an end").map(|(rows, _)| rows), Some(2));
        assert!(contracts.has("end") && !contracts.has("currency"));
        Ok(())
    }

    #[test]
    fn a_contract_ends_after_it_starts_is_worth_something_and_is_named_once() -> Result<(), Box<dyn Error>> {
        let bad = df!(
            "no" => ["k1", "k1", "k2", "k3"],
            "who" => ["a", "a", "b", "c"],
            "from" => ["2024-01-01"; 4],
            "to" => [Some("2024-01-02"), None, Some("2024-01-01"), None],
            "fee" => [1.0, 1.0, 1.0, -1.0],
            "renews" => [None::<&str>; 4],
        )?;
        let error = Contracts::scan(bad.clone(), &columns()).map(|_| ()).err().ok_or("accepted")?.to_string();
        for rule in ["must lie after the first day", "at least 0", "must identify one row only"] {
            assert!(error.contains(rule), "no `{rule}` in {error}");
        }
        let good = df!("no" => ["k9"], "who" => ["z"], "from" => ["2024-01-01"], "to" => [None::<&str>], "fee" => [0.0], "renews" => [None::<&str>])?;
        let both = bad.vstack(&good)?;
        let kept = Contracts::scan_with(both, &columns(), &ReadOptions::default().policy(Policy::Quarantine))?;
        assert_eq!(kept.rejects().map(DataFrame::height), Some(4));
        assert_eq!(kept.rows().collect()?.height(), 1);
        Ok(())
    }

    #[test]
    fn contracts_without_an_end_column_all_run_on() -> Result<(), Box<dyn Error>> {
        let columns = ContractColumns::new("no", "who", "from", "fee").renewed_from("renews");
        let contracts = Contracts::scan(frame()?, &columns)?;
        assert_eq!(contracts.quality().fact("renewals with a gap").map(|fact| fact.rows), Some(0));
        Ok(())
    }
}
