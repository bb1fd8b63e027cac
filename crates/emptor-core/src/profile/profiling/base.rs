//! The customers, and what they did, as columns by place.

use std::collections::HashMap;
use std::sync::Arc;

use emptor_rfm::RfmTable;
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoColumn, LazyFrame, PolarsResult, Series, SortOptions, col, len, lit,
};

use super::settings::{LookBack, ProfilingSettings};
use crate::profile::gathered::Places;
use crate::profile::lines::{Lines, MILLIONTHS, collect, is_purchase, millionths};
use crate::profile::{ProfileError, ProfileInput};

/// The level of what is not known.
pub(super) const UNKNOWN: &str = "__unknown__";

/// Columns of the customers table that tell customers apart rather than describe them.
const NO_ATTRIBUTES: [&str; 4] = ["customer_id", "parent_id", "owner_rep_id", "acq_campaign_id"];

/// All customers, ascending by id: those with a line, and those of the customers table.
pub(super) struct Base {
    pub(super) ids: Series,
    pub(super) places: Arc<Places>,
    /// Whether they are only in the customers table.
    pub(super) prospect: Vec<bool>,
    /// First day of a purchase ever.
    pub(super) first_day: Vec<Option<i32>>,
    /// Attributes of the customers table by name, each with a value per customer.
    pub(super) attributes: Vec<(String, Vec<Option<String>>)>,
    /// R, F and M over the look-back, and each customer's row there.
    pub(super) rfm: RfmTable,
    pub(super) rfm_row: Vec<Option<usize>>,
}

impl Base {
    pub(super) fn read(input: &ProfileInput<'_>, settings: &ProfilingSettings) -> Result<Self, ProfileError> {
        let window = &input.window;
        let transactions = input.tables.transactions();
        let ever = RfmTable::summarize(transactions, window.as_of())?;
        let rfm = match settings.look_back {
            LookBack::History => ever.clone(),
            LookBack::Window => {
                RfmTable::summarize(&transactions.between(window.from(), window.as_of()), window.as_of())?
            }
        };
        let mut ids = ever.customers().clone();
        if ids.is_empty() {
            let schema = transactions.lines().collect_schema()?;
            ids = Series::new_empty(ids.name().clone(), schema.try_get("customer_id")?);
        }
        let known =
            input.tables.customers().map(|customers| known_by(customers.rows(), window.as_of().days_since_epoch()));
        let known = known.transpose()?;
        if let Some(known) = &known {
            let own = known.column("customer_id")?;
            same_type(&ids, own, "customers")?;
            ids.append(own.as_materialized_series())?;
            ids = ids.unique()?.sort(SortOptions::default())?;
        }
        let ids = ids.with_name("customer_id".into());
        let places = Arc::new(Places::new(&ids)?);
        let mut first_day = vec![None; ids.len()];
        let mut prospect = vec![true; ids.len()];
        let as_of = window.as_of().days_since_epoch();
        for (row, place) in places.of(&ever.customers().clone().into_column())?.into_iter().enumerate() {
            let Some(place) = place else { continue };
            prospect[place as usize] = false;
            first_day[place as usize] =
                ever.days_since_last()[row].zip(ever.length_days()[row]).map(|(last, length)| as_of - last - length);
        }
        let mut rfm_row = vec![None; ids.len()];
        for (row, place) in places.of(&rfm.customers().clone().into_column())?.into_iter().enumerate() {
            if let Some(place) = place {
                rfm_row[place as usize] = Some(row);
            }
        }
        let mut base = Self { ids, places, prospect, first_day, attributes: Vec::new(), rfm, rfm_row };
        if let Some(known) = &known {
            let places = base.places.of(known.column("customer_id")?)?;
            for column in known.columns().iter().filter(|column| column.dtype().is_string()) {
                if NO_ATTRIBUTES.contains(&column.name().as_str()) {
                    continue;
                }
                let mut values = vec![None; base.len()];
                for (place, value) in places.iter().zip(column.str()?.iter()) {
                    if let Some(place) = place {
                        values[*place as usize] = value.map(str::to_owned);
                    }
                }
                base.attributes.push((column.name().to_string(), values));
            }
        }
        Ok(base)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The places of customers of another table, if its ids have the same type.
    pub(super) fn places(&self, frame: &DataFrame, table: &str) -> Result<Vec<Option<u32>>, ProfileError> {
        let ids = frame.column("customer_id")?;
        // A table without rows may have any type.
        if ids.null_count() < ids.len() {
            same_type(&self.ids, ids, table)?;
            return Ok(self.places.of(ids)?);
        }
        Ok(vec![None; ids.len()])
    }
}

fn same_type(ids: &Series, own: &Column, table: &str) -> Result<(), ProfileError> {
    if ids.dtype() == own.dtype() {
        return Ok(());
    }
    Err(ProfileError::IdTypes {
        column: "customer_id",
        left: ids.dtype().to_string(),
        table: table.to_owned(),
        right: own.dtype().to_string(),
    })
}

/// Customers whose record was there on a day; a record without a day of making always was.
fn known_by(mut customers: LazyFrame, as_of: i32) -> PolarsResult<DataFrame> {
    let dated = customers.collect_schema()?.contains("created_at");
    let rows = if dated {
        let later = col("created_at").to_physical().gt(lit(as_of)).fill_null(lit(false));
        customers.filter(later.not())
    } else {
        customers
    };
    collect(rows)
}

/// Amounts by customer and level of an attribute, by both.
pub(super) struct Levels {
    /// The levels, ascending.
    pub(super) names: Vec<String>,
    /// Customer, level, amount.
    pub(super) cells: Vec<(u32, u32, f64)>,
}

impl Levels {
    /// What customers spent by a column of the lines.
    pub(super) fn spend(
        input: &ProfileInput<'_>,
        lines: &Lines,
        settings: &ProfilingSettings,
        base: &Base,
        column: &str,
    ) -> Result<Self, ProfileError> {
        let rows = look_back(input, lines, settings).filter(is_purchase());
        let amounts = rows
            .group_by([col("customer_id"), col(column).fill_null(lit(UNKNOWN)).alias("level")])
            .agg([millionths(col("amount")).sum().alias("amount")]);
        Self::of(&collect(amounts)?, base, "transactions", 1.0 / MILLIONTHS)
    }

    /// Rows of another table by a column.
    pub(super) fn rows(rows: LazyFrame, base: &Base, table: &str, column: &str) -> Result<Self, ProfileError> {
        let rows = rows.filter(col("customer_id").is_not_null());
        let counts = rows
            .group_by([col("customer_id"), col(column).fill_null(lit(UNKNOWN)).alias("level")])
            .agg([len().cast(DataType::Int64).alias("amount")]);
        Self::of(&collect(counts)?, base, table, 1.0)
    }

    /// One level per customer.
    pub(super) fn attribute(values: &[Option<String>]) -> Self {
        let name = |value: &Option<String>| value.as_deref().unwrap_or(UNKNOWN).to_owned();
        let mut names: Vec<String> = values.iter().map(name).collect();
        names.sort_unstable();
        names.dedup();
        let place = |value| names.binary_search(&name(value)).unwrap_or_default() as u32;
        let cells = values.iter().zip(0..).map(|(value, customer)| (customer, place(value), 1.0)).collect();
        Self { names, cells }
    }

    fn of(frame: &DataFrame, base: &Base, table: &str, unit: f64) -> Result<Self, ProfileError> {
        let places = base.places(frame, table)?;
        let levels = frame.column("level")?.str()?;
        let amounts = frame.column("amount")?.i64()?;
        let mut names: Vec<String> = levels.iter().flatten().map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        let codes: HashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
        let cell = |((place, level), amount): ((Option<u32>, Option<&str>), Option<i64>)| {
            Some((place?, *codes.get(level?)?, amount? as f64 * unit))
        };
        let mut cells: Vec<(u32, u32, f64)> =
            places.into_iter().zip(levels.iter()).zip(amounts.iter()).filter_map(cell).collect();
        cells.sort_unstable_by_key(|cell| (cell.0, cell.1));
        Ok(Self { names, cells })
    }

    /// The cells of each customer that has some.
    pub(super) fn by_customer(&self) -> impl Iterator<Item = &[(u32, u32, f64)]> {
        self.cells.chunk_by(|a, b| a.0 == b.0)
    }

    /// Whether a level is the one of what is not known.
    pub(super) fn is_unknown(&self, level: u32) -> bool {
        self.names[level as usize] == UNKNOWN
    }
}

/// The lines that customers are described by.
pub(super) fn look_back(input: &ProfileInput<'_>, lines: &Lines, settings: &ProfilingSettings) -> LazyFrame {
    match settings.look_back {
        LookBack::History => lines.until(&input.window),
        LookBack::Window => lines.within(&input.window),
    }
}

/// The first day that customers are described by.
pub(super) fn first_of_look_back(input: &ProfileInput<'_>, settings: &ProfilingSettings) -> i32 {
    match settings.look_back {
        LookBack::History => i32::MIN,
        LookBack::Window => input.window.from().days_since_epoch(),
    }
}

/// No millionths; a literal alone may be of a smaller type.
pub(super) fn nothing() -> Expr {
    lit(0_i64).cast(DataType::Int64)
}

/// Millionths as money.
pub(super) fn money(millionths: i128) -> f64 {
    millionths as f64 / MILLIONTHS
}
