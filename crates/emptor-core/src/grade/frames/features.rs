//! A table of customers' attributes, one row per customer, as learning reads it.

use std::collections::BTreeMap;

use emptor_learn::{Feature, Features};
use emptor_types::{Checks, Date, Invalid};
use polars::prelude::{DataFrame, DataType, PolarsResult, Series};

use crate::grade::GradeError;

/// Whole numbers that occur once each, so densely and in so many rows, are running numbers.
const LEAST_RUNNING: usize = 20;

/// The attributes of customers to learn from, and their ids.
///
/// | column | becomes |
/// |---|---|
/// | numbers | numbers |
/// | yes or no | 1 or 0 |
/// | text, categories | categories, in the order of their names |
/// | date, date and time | `NAME_day`, days since 1970-01-01; [`as_of`](Self::as_of) turns it into `days_since_NAME` |
///
/// Null and `NaN` are unknown. A column that would teach the model the customers by heart has no place: running numbers
/// (whole, each once, without many gaps), texts that are all different, more than
/// [`MOST_CATEGORIES`](Self::MOST_CATEGORIES) categories. Of columns asked for by name such a one is refused; of all
/// columns it is left out and listed ([`left_out`](Self::left_out)). What is to be foretold is taken out by
/// [`take_numbers`](Self::take_numbers) or [`take_event`](Self::take_event), so that nothing learns from it.
///
/// ```
/// use emptor_core::grade::{FeatureTable, ProfitTree};
/// use emptor_table::polars::df;
///
/// let frame = df!(
///     "id" => ["a", "b", "c", "d"], "channel" => ["shop", "web", "web", "shop"], "visits" => [Some(4), None, Some(2), Some(7)],
///     "profit" => [12.0, -3.0, -2.0, 20.0],
/// )?;
/// let mut table = FeatureTable::new(&frame, "id", None)?;
/// let profit = table.take_numbers("profit")?;
/// let fitted = ProfitTree::builder().min_leaf(1).folds(2).build()?.fit(&table.features()?, &profit)?;
/// assert_eq!((fitted.customers(), table.features()?.names().count()), (4, 2));
///
/// let error = FeatureTable::new(&frame, "profit", Some(&["id"])).unwrap_err();
/// assert!(error.to_string().starts_with("id must not tell every row apart"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct FeatureTable {
    customers: Series,
    columns: Vec<(String, Values)>,
    left_out: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
enum Values {
    Numbers(Vec<f64>),
    Days(Vec<f64>),
    Categories { codes: Vec<u32>, names: Vec<String> },
}

impl FeatureTable {
    /// The most categories a column may have.
    pub const MOST_CATEGORIES: usize = 50;

    /// Takes the ids and the named columns, or all others.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with every broken rule: the id column is there, without nulls, and names each customer
    /// once; columns asked for are there and fit to learn from; at least one column is left.
    pub fn new(frame: &DataFrame, customer_id: &str, columns: Option<&[&str]>) -> Result<Self, GradeError> {
        let mut checks = Invalid::checks();
        let available = || frame.columns().iter().map(|c| c.name().to_string()).collect::<Vec<_>>().join(", ");
        let missing =
            |name: &str| Invalid::value(name, "must be a column of the table", format!("columns {}", available()));
        let Ok(ids) = frame.column(customer_id) else { return Err(missing(customer_id).into()) };
        let customers = ids.as_materialized_series().clone();
        checks.require(customers.null_count() == 0, customer_id, "must not be null", customers.null_count());
        let repeated = customers.len() - customers.n_unique().unwrap_or(customers.len());
        checks.require(repeated == 0, customer_id, "must name each customer once", format!("{repeated} more rows"));

        let mut own = Self { customers, columns: Vec::new(), left_out: Vec::new() };
        let all: Vec<&str> = frame.columns().iter().map(|c| c.name().as_str()).filter(|n| *n != customer_id).collect();
        for &name in columns.unwrap_or(&all) {
            let Ok(column) = frame.column(name) else {
                checks.absorb::<()>(Err(missing(name)));
                continue;
            };
            let values = read(column.as_materialized_series());
            match values.map_err(|reason| Invalid::value(name, "must be readable", reason)).and_then(|v| fit(name, v)) {
                Ok(Values::Days(days)) => own.columns.push((format!("{name}_day"), Values::Days(days))),
                Ok(values) => own.columns.push((name.to_owned(), values)),
                Err(reason) if columns.is_none() => own.left_out.push((name.to_owned(), reason.to_string())),
                Err(reason) => {
                    checks.absorb::<()>(Err(reason));
                }
            }
        }
        own.check_some(&mut checks, &available());
        checks.finish()?;
        Ok(own)
    }

    fn check_some(&self, checks: &mut Checks, available: &str) {
        checks.require(!self.columns.is_empty(), "table", "must have a column to learn from beside the ids", available);
    }

    /// Turns days into ages, `days_since_NAME`, so that what is learnt holds tomorrow too.
    #[must_use]
    pub fn as_of(mut self, day: Date) -> Self {
        let today = f64::from(day.days_since_epoch());
        for (name, values) in &mut self.columns {
            if let Values::Days(days) = values {
                days.iter_mut().for_each(|day| *day = today - *day);
                *name = format!("days_since_{}", name.strip_suffix("_day").unwrap_or(name));
                *values = Values::Numbers(std::mem::take(days));
            }
        }
        self
    }

    /// Leaves columns out.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] if there is no such column.
    pub fn without(mut self, names: &[&str]) -> Result<Self, GradeError> {
        for name in names {
            self.take(name)?;
        }
        Ok(self)
    }

    /// Takes a column of numbers out, `NaN` where unknown: what a tree is to foretell.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is such a column of numbers.
    pub fn take_numbers(&mut self, name: &str) -> Result<Vec<f64>, GradeError> {
        match self.take(name)? {
            Values::Numbers(numbers) => Ok(numbers),
            _ => Err(Invalid::value(name, "must hold numbers", "another kind").into()),
        }
    }

    /// Takes a column out that says whether the event happened: where it is `yes` (a category, a number, or `true`).
    ///
    /// # Errors
    /// [`GradeError::Invalid`] unless there is such a column, `yes` occurs in it, and every row is known.
    pub fn take_event(&mut self, name: &str, yes: &str) -> Result<Vec<bool>, GradeError> {
        let (event, unknown): (Vec<bool>, usize) = match self.take(name)? {
            Values::Numbers(values) | Values::Days(values) => {
                let yes = match yes {
                    "true" => Ok(1.0),
                    "false" => Ok(0.0),
                    number => number.parse::<f64>(),
                };
                let wanted =
                    yes.map_err(|_| Invalid::value(name, "holds numbers, so the event must be one", "a text"))?;
                let is = |value: &f64| value.total_cmp(&wanted).is_eq();
                (values.iter().map(is).collect(), values.iter().filter(|value| value.is_nan()).count())
            }
            Values::Categories { codes, names } => {
                let place = names.iter().position(|own| own == yes).and_then(|place| u32::try_from(place).ok());
                let unknown = codes.iter().filter(|&&code| code as usize >= names.len()).count();
                (codes.iter().map(|code| Some(*code) == place).collect(), unknown)
            }
        };
        let mut checks = Invalid::checks();
        checks.require(unknown == 0, name, "must be known in every row", format!("{unknown} unknown"));
        checks.require(event.contains(&true), name, &format!("must be {yes} in some rows"), "none");
        checks.finish()?;
        Ok(event)
    }

    fn take(&mut self, name: &str) -> Result<Values, GradeError> {
        if let Some(place) = self.columns.iter().position(|(own, _)| own == name) {
            return Ok(self.columns.remove(place).1);
        }
        let why = self.left_out.iter().find(|(own, _)| own == name).map(|(_, why)| format!("left out: {why}"));
        let found = || format!("columns {}", self.names().collect::<Vec<_>>().join(", "));
        Err(Invalid::value(name, "must be a column to learn from", why.unwrap_or_else(found)).into())
    }

    /// The ids, in the order of the table.
    pub fn customers(&self) -> &Series {
        &self.customers
    }

    /// The names of the columns to learn from.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Columns that were left out because nothing can be learnt from them, and why.
    #[must_use]
    pub fn left_out(&self) -> &[(String, String)] {
        &self.left_out
    }

    /// Lends the columns.
    ///
    /// # Errors
    /// [`GradeError::Learn`] if a number is infinite or no column is left.
    pub fn features(&self) -> Result<Features<'_>, GradeError> {
        let lend = |values| match values {
            &Values::Numbers(ref numbers) | &Values::Days(ref numbers) => Feature::Numbers(numbers),
            Values::Categories { codes, names } => Feature::Categories { codes, names },
        };
        let columns: Vec<(&str, Feature<'_>)> = self.columns.iter().map(|(n, v)| (n.as_str(), lend(v))).collect();
        Ok(Features::new(&columns)?)
    }
}

/// The values of a column; texts as categories.
fn read(series: &Series) -> PolarsResult<Values> {
    let numbers = |series: &Series| -> PolarsResult<Vec<f64>> {
        Ok(series.cast(&DataType::Float64)?.f64()?.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
    };
    match series.dtype() {
        DataType::Date => numbers(&series.cast(&DataType::Int32)?).map(Values::Days),
        DataType::Datetime(..) => numbers(&series.cast(&DataType::Date)?.cast(&DataType::Int32)?).map(Values::Days),
        dtype if dtype.is_primitive_numeric() || dtype.is_decimal() || dtype.is_bool() => {
            numbers(series).map(Values::Numbers)
        }
        _ => {
            let texts = series.cast(&DataType::String)?;
            let texts = texts.str()?;
            let mut places: BTreeMap<&str, u32> = texts.iter().flatten().map(|text| (text, 0)).collect();
            places.values_mut().zip(0..).for_each(|(own, place)| *own = place);
            let place = |text: Option<&str>| text.and_then(|text| places.get(text).copied()).unwrap_or(u32::MAX);
            let codes = texts.iter().map(place).collect();
            Ok(Values::Categories { codes, names: places.keys().map(|&name| name.to_owned()).collect() })
        }
    }
}

/// Refuses what would be learnt by heart.
fn fit(name: &str, values: Values) -> Result<Values, Invalid> {
    let mut checks = Invalid::checks();
    let apart = "must not tell every row apart as an id does";
    match &values {
        Values::Numbers(numbers) => {
            let mut known: Vec<f64> = numbers.iter().copied().filter(|x| !x.is_nan()).collect();
            known.sort_unstable_by(f64::total_cmp);
            let whole = known.iter().all(|x| x.fract().abs() < f64::MIN_POSITIVE);
            let once = known.windows(2).all(|pair| pair[0] < pair[1]);
            let range = known.last().zip(known.first()).map_or(0.0, |(last, first)| last - first);
            let running = known.len() >= LEAST_RUNNING && whole && once && range < 2.0 * known.len() as f64;
            checks.require(!running, name, apart, "running numbers");
        }
        Values::Days(_) => {}
        Values::Categories { codes, names } => {
            let known = codes.iter().filter(|&&code| (code as usize) < names.len()).count();
            checks.require(names.len() < known.max(2), name, apart, format!("{} different texts", names.len()));
            let rule = format!("must have at most {} categories", FeatureTable::MOST_CATEGORIES);
            checks.require(names.len() <= FeatureTable::MOST_CATEGORIES, name, &rule, names.len());
        }
    }
    checks.finish()?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use emptor_table::polars::df;
    use polars::prelude::NamedFrom;

    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn columns_become_numbers_categories_and_days() -> Outcome {
        let mut frame = df!(
            "id" => [7_i64, 8, 9], "net" => [Some(1.5), None, Some(f64::NAN)], "consent" => [Some(true), Some(false), None],
            "place" => [Some("south"), None, Some("south")], "since" => [Some(10_134), None, Some(0)],
        )?;
        let since = frame.column("since")?.cast(&DataType::Date)?;
        frame.with_column(since)?;
        let table = FeatureTable::new(&frame, "id", None)?;
        assert_eq!(table.names().collect::<Vec<_>>(), ["net", "consent", "place", "since_day"]);
        let features = table.features()?;
        assert!(
            matches!(features.get("net"), Some(Feature::Numbers([x, a, b])) if *x > 1.0 && a.is_nan() && b.is_nan())
        );
        assert!(matches!(features.get("consent"), Some(Feature::Numbers([1.0, 0.0, u])) if u.is_nan()));
        assert!(matches!(features.get("place"), Some(Feature::Categories { codes: [0, u32::MAX, 0], names: [_] })));
        assert!(matches!(features.get("since_day"), Some(Feature::Numbers([10_134.0, u, 0.0])) if u.is_nan()));
        // 1997-09-30 is day 10,134.
        let aged = table.clone().as_of("1997-10-01".parse()?);
        assert!(matches!(aged.features()?.get("days_since_since"), Some(Feature::Numbers([1.0, _, 10_135.0]))));
        assert_eq!(table.customers().len(), 3);
        Ok(())
    }

    #[test]
    fn ids_and_too_many_categories_are_refused_by_name_or_left_out() -> Outcome {
        let rows = 120_i64;
        let mut frame =
            df!("id" => (0..rows).collect::<Vec<_>>(), "age" => (0..rows).map(|i| i % 50).collect::<Vec<_>>())?;
        let with = |name: &str, of: fn(i64) -> String| Series::new(name.into(), (0..rows).map(of).collect::<Vec<_>>());
        frame.with_column(Series::new("household".into(), (0..rows).map(|i| 5000 + i).collect::<Vec<_>>()).into())?;
        frame.with_column(with("email", |i| format!("c{i}@example.org")).into())?;
        frame.with_column(with("street", |i| format!("street {}", i % 60)).into())?;
        let table = FeatureTable::new(&frame, "id", None)?;
        assert_eq!(table.names().collect::<Vec<_>>(), ["age"]);
        let out: Vec<&str> = table.left_out().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(out, ["household", "email", "street"]);
        let named = FeatureTable::new(&frame, "id", Some(&["age", "household", "street", "nothing"]));
        let error = named.err().ok_or("three of them are wrong")?.to_string();
        for part in
            ["household must not tell", "street must have at most 50 categories (got 60)", "nothing must be a column"]
        {
            assert!(error.contains(part), "{error}");
        }
        assert!(FeatureTable::new(&frame, "age", None).is_err(), "ages are no ids");
        assert!(FeatureTable::new(&frame, "id", Some(&[])).is_err());
        Ok(())
    }

    #[test]
    fn what_is_to_be_foretold_leaves_the_table() -> Outcome {
        let frame =
            df!("id" => [1, 2, 3], "y" => ["yes", "no", "yes"], "won" => [true, false, true], "x" => [1.0, 2.0, 2.0])?;
        let mut table = FeatureTable::new(&frame, "id", None)?;
        assert_eq!(table.take_event("y", "yes")?, [true, false, true]);
        assert_eq!(table.take_event("won", "false")?, [false, true, false]);
        assert_eq!(table.names().collect::<Vec<_>>(), ["x"]);
        assert!(table.take_event("y", "yes").is_err() && table.clone().take_event("x", "7").is_err());
        assert_eq!(table.take_numbers("x")?, [1.0, 2.0, 2.0]);
        assert!(table.features().is_err(), "nothing is left");
        Ok(())
    }
}
