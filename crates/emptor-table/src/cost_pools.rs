//! Cost pools: what resources cost in a period, and how much they can do.

use polars::prelude::{DataFrame, DataType, Expr, LazyFrame, NULL, lit, when};

use crate::accessors::accessors;
use crate::across::AcrossRows;
use crate::door::{Admitted, Door, FactSpec};
use crate::error::TableError;
use crate::field::{Field, Kind, Rule, canonical};
use crate::known::{Known, known_at};
use crate::mapping::Mapping;
use crate::options::ReadOptions;
use crate::quality::DataQuality;
use crate::source::Source;
use crate::text::DateFormat;

const TABLE: &str = "cost pools";
const KINDS: [&str; 5] = ["cogs", "variable", "fixed", "capacity", "direct_marketing"];
const MINUTES: [&str; 3] = ["minutes", "minute", "min"];
const HOURS: [&str; 3] = ["hours", "hour", "h"];
const MINUTES_PER_HOUR: f64 = 60.0;

/// The least capacity: minutes are counted in millionths, and cost is divided by them.
const LEAST_CAPACITY: f64 = 1e-6;

/// Which columns of a table of cost pools play which role.
///
/// The type of a pool is one of
///
/// | type | what it is |
/// |---|---|
/// | `capacity` | people and machines that can work so many minutes: charged by the time they are used |
/// | `variable` | cost that follows a volume: spread over it |
/// | `direct_marketing` | the same for marketing: a campaign's cost over its contacts |
/// | `fixed` | cost of being there: allocated by a rule, if at all |
/// | `cogs` | the ledger's product cost, which the cost of goods is compared with |
///
/// ```
/// use emptor_table::CostPoolColumns;
/// let columns = CostPoolColumns::new("pool", "month", "type", "amount").practical_capacity("minutes");
/// ```
#[derive(Debug, Clone)]
pub struct CostPoolColumns {
    pool: String,
    period: String,
    kind: String,
    amount: String,
    mapping: Mapping,
}

impl CostPoolColumns {
    /// Names the pool, the first day of the period that the row is for, the type and the amount of money (at least 0).
    /// Pool and period together must identify one row.
    #[must_use]
    pub fn new(
        pool: impl Into<String>,
        period: impl Into<String>,
        kind: impl Into<String>,
        amount: impl Into<String>,
    ) -> Self {
        Self {
            pool: pool.into(),
            period: period.into(),
            kind: kind.into(),
            amount: amount.into(),
            mapping: Mapping::default(),
        }
    }

    /// What a pool of type `capacity` can do in its period (`practical_capacity`), above 0: the theoretical capacity less
    /// breaks, training and maintenance, usually 80 to 85 % of it.
    #[must_use]
    pub fn practical_capacity(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("practical_capacity", column, Kind::Number { min: Some(0.0) });
        self
    }

    /// The unit of the capacity (`capacity_unit`): `minutes`, which is also meant where it is absent, or `hours`.
    #[must_use]
    pub fn capacity_unit(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("capacity_unit", column, Kind::Text);
        self
    }

    /// The currency (`currency`); a table holds one.
    #[must_use]
    pub fn currency(mut self, column: impl Into<String>) -> Self {
        self.mapping.add("currency", column, Kind::Text);
        self
    }

    /// How textual dates are written; ISO unless said otherwise.
    #[must_use]
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.mapping.set_date_format(format);
        self
    }

    fn rules(&self) -> Vec<Rule> {
        let among = |role: &str, values: &[&str]| {
            values.iter().fold(lit(false), |any, value| any.or(canonical(role).eq(lit(*value))))
        };
        let rule = |column: &str, rule: &str, broken: Expr| Rule {
            column: column.to_owned(),
            rule: rule.to_owned(),
            broken: broken.fill_null(lit(false)),
        };
        let mut rules = vec![rule(
            &self.kind,
            &format!("must be {}", KINDS.join(", ")),
            canonical("type").is_not_null().and(among("type", &KINDS).not()),
        )];
        let capacity = canonical("type").eq(lit("capacity"));
        match self.mapping.column("practical_capacity") {
            Some(column) => {
                let enough = canonical("practical_capacity").gt(lit(0.0)).fill_null(lit(false));
                let tiny = canonical("practical_capacity").gt(lit(0.0)).fill_null(lit(false));
                let tiny = tiny.and(canonical("practical_capacity").lt(lit(LEAST_CAPACITY)));
                let counted = "must be at least 0.000001 where the type is capacity: less cannot be counted";
                rules.push(rule(
                    column,
                    "must be above 0 where the type is capacity",
                    capacity.clone().and(enough.not()),
                ));
                rules.push(rule(column, counted, capacity.and(tiny)));
            }
            None => {
                rules.push(rule(&self.kind, "must not be capacity where no practical capacity is mapped", capacity));
            }
        }
        if let Some(column) = self.mapping.column("capacity_unit") {
            let known = [MINUTES, HOURS].concat();
            let broken = canonical("capacity_unit").is_not_null().and(among("capacity_unit", &known).not());
            rules.push(rule(column, "must be minutes or hours", broken));
        }
        rules
    }
}

/// Cost pools that have passed the door.
///
/// Columns of [`rows`](Self::rows): `pool_id` (text), `period` (first day), `type`, `amount`, `capacity_minutes` (null
/// unless a capacity is known), and every role that the mapping names.
///
/// ```
/// use emptor_table::polars::df;
/// use emptor_table::{CostPoolColumns, CostPools};
///
/// let pools = df!(
///     "pool" => ["customer service"],
///     "quarter" => ["2024-01-01"],
///     "type" => ["capacity"],
///     "amount" => [560_000.0],
///     "minutes" => [700_000.0],
/// )?;
/// let columns = CostPoolColumns::new("pool", "quarter", "type", "amount").practical_capacity("minutes");
/// assert_eq!(CostPools::scan(pools, &columns)?.quality().accepted, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CostPools {
    frame: LazyFrame,
    rejects: Option<DataFrame>,
    quality: DataQuality,
    known: Option<Known>,
    has_currency: bool,
}

impl CostPools {
    /// Opens a source with default options.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan(source: impl Into<Source>, columns: &CostPoolColumns) -> Result<Self, TableError> {
        Self::scan_with(source, columns, &ReadOptions::default())
    }

    /// Opens a source.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn scan_with(
        source: impl Into<Source>,
        columns: &CostPoolColumns,
        options: &ReadOptions,
    ) -> Result<Self, TableError> {
        let names = |role: &str| columns.mapping.names(role);
        let mut fields = vec![
            Field::required("pool_id", &columns.pool, Kind::Text),
            Field::required("period", &columns.period, columns.mapping.day()),
            Field::required("type", &columns.kind, Kind::Text),
            Field::required("amount", &columns.amount, Kind::Number { min: Some(0.0) }),
        ];
        fields.extend(columns.mapping.fields(&[]));
        let minutes = match (names("practical_capacity"), names("capacity_unit")) {
            (false, _) => lit(NULL).cast(DataType::Float64),
            (true, false) => canonical("practical_capacity"),
            (true, true) => {
                let hours = HOURS.iter().fold(lit(false), |any, h| any.or(canonical("capacity_unit").eq(lit(*h))));
                when(hours.fill_null(lit(false)))
                    .then(canonical("practical_capacity") * lit(MINUTES_PER_HOUR))
                    .otherwise(canonical("practical_capacity"))
            }
        };
        let facts = vec![FactSpec { name: "all pools", treatment: "control total", holds: lit(true) }];
        let door = Door {
            fields,
            derived: vec![("capacity_minutes", minutes)],
            rules: columns.rules(),
            facts,
            amount: Some("amount"),
            day: Some("period"),
            currency: names("currency").then_some("currency"),
            across: vec![AcrossRows::Unique(vec!["pool_id", "period"])],
            ..Door::new(TABLE)
        };
        let Admitted { frame, rejects, quality, known } = door.admit(&source.into(), options)?;
        Ok(Self { frame, rejects, quality, known, has_currency: names("currency") })
    }

    /// Whether a currency is mapped.
    #[must_use]
    pub fn has_currency(&self) -> bool {
        self.has_currency
    }
}

known_at!(CostPoolColumns);
accessors!(CostPools);

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::df;

    use super::*;

    fn columns() -> CostPoolColumns {
        CostPoolColumns::new("pool", "from", "type", "amount").practical_capacity("can").capacity_unit("unit")
    }

    fn pools(kind: &str, amount: f64, can: Option<f64>, unit: &str) -> Result<DataFrame, Box<dyn Error>> {
        Ok(df!("pool" => ["p"], "from" => ["2024-01-01"], "type" => [kind], "amount" => [amount], "can" => [can],
            "unit" => [unit])?)
    }

    #[test]
    fn capacity_is_counted_in_minutes() -> Result<(), Box<dyn Error>> {
        for (unit, minutes) in [("min", 30.0), ("hours", 1800.0)] {
            let rows = CostPools::scan(pools("capacity", 5.0, Some(30.0), unit)?, &columns())?.rows().collect()?;
            assert_eq!(rows.column("capacity_minutes")?.f64()?.get(0), Some(minutes));
        }
        let rows = CostPools::scan(pools("fixed", 5.0, None, "h")?, &columns())?.rows().collect()?;
        assert_eq!(rows.column("capacity_minutes")?.f64()?.get(0), None);
        let without = CostPoolColumns::new("pool", "from", "type", "amount");
        let rows = CostPools::scan(pools("fixed", 5.0, None, "h")?, &without)?.rows().collect()?;
        assert_eq!(rows.column("capacity_minutes")?.f64()?.get(0), None);
        Ok(())
    }

    #[test]
    fn a_pool_without_capacity_or_with_less_than_nothing_is_refused() -> Result<(), Box<dyn Error>> {
        for (frame, said) in [
            (pools("capacity", 5.0, Some(-30.0), "min")?, "`can` must be finite, at least 0"),
            (pools("capacity", 5.0, Some(0.0), "min")?, "`can` must be above 0 where the type is capacity"),
            (pools("capacity", 5.0, None, "min")?, "`can` must be above 0 where the type is capacity"),
            (pools("capacity", 5.0, Some(1e-7), "min")?, "`can` must be at least 0.000001 where the type is capacity"),
            (pools("fixed", -5.0, None, "min")?, "`amount` must be finite, at least 0"),
            (pools("overhead", 5.0, None, "min")?, "`type` must be cogs, variable, fixed, capacity, direct_marketing"),
            (pools("capacity", 5.0, Some(1.0), "days")?, "`unit` must be minutes or hours"),
        ] {
            let error = CostPools::scan(frame, &columns()).map(|_| ()).err().ok_or("accepted")?.to_string();
            assert!(error.contains(said), "{error}");
        }
        let without = CostPoolColumns::new("pool", "from", "type", "amount");
        let error = CostPools::scan(pools("capacity", 5.0, None, "h")?, &without)
            .map(|_| ())
            .err()
            .ok_or("accepted")?
            .to_string();
        assert!(error.contains("no practical capacity is mapped"), "{error}");
        Ok(())
    }

    #[test]
    fn a_pool_has_one_amount_per_period_in_one_currency() -> Result<(), Box<dyn Error>> {
        let twice = df!("pool" => ["p", "p"], "from" => ["2024-01-01"; 2], "type" => ["fixed"; 2], "amount" => [1.0, 2.0],
            "ccy" => ["EUR", "USD"])?;
        let columns = CostPoolColumns::new("pool", "from", "type", "amount");
        assert!(matches!(CostPools::scan(twice.clone(), &columns), Err(TableError::Rejected { .. })));
        let options = ReadOptions::default();
        let other = df!("pool" => ["p", "q"], "from" => ["2024-01-01"; 2], "type" => ["fixed"; 2], "amount" => [1.0, 2.0],
            "ccy" => ["EUR", "USD"])?;
        let mixed = CostPools::scan_with(other, &columns.currency("ccy"), &options);
        assert!(matches!(mixed, Err(TableError::MixedCurrencies { .. })));
        Ok(())
    }
}
