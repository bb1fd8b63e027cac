//! What is known of every product over the window, by one set of group-bys.

use std::collections::HashMap;

use emptor_table::LineKind;
use polars::prelude::{
    DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, PolarsResult, Series, SortMultipleOptions,
    UnionArgs, col, concat, len, lit, when,
};

use super::incidence::same_type;
use super::sales::Sales;
use super::settings::Unit;
use crate::profile::lines::{Lines, collect, is, period_start};
use crate::profile::{ProfileError, ProfileInput};

/// Money and quantities are added in millionths as integers, so that sums do not depend on the order of rows.
pub(super) const MILLIONTHS: f64 = 1e6;

pub(super) fn millionths(value: Expr) -> Expr {
    let scaled = value * lit(MILLIONTHS);
    let half = when(scaled.clone().lt(lit(0.0))).then(lit(-0.5)).otherwise(lit(0.5));
    // A cast cuts off what is behind the point.
    (scaled + half).cast(DataType::Int64)
}

/// Every product of the catalogue and of the lines, ascending by id, with what the window says of it.
pub(super) struct Facts {
    pub(super) ids: Series,
    /// The ids as text.
    pub(super) keys: Vec<String>,
    /// Names, where products have them.
    pub(super) names: Vec<Option<String>>,
    pub(super) net: Vec<f64>,
    /// Null where a line's cost is not known.
    pub(super) cm1: Vec<Option<f64>>,
    /// Net revenue whose cost is known.
    pub(super) known_revenue: Vec<f64>,
    /// Units sold and sent back (positive); `None` where lines do not say.
    pub(super) sold: Vec<Option<f64>>,
    pub(super) returned: Vec<Option<f64>>,
    pub(super) gross: Vec<f64>,
    pub(super) buyers: Vec<usize>,
    pub(super) orders: Vec<usize>,
    pub(super) all_buyers: usize,
    pub(super) all_orders: usize,
    /// Revenue of lines without a product.
    pub(super) unassigned: f64,
}

impl Facts {
    pub(super) fn place(&self) -> HashMap<&str, usize> {
        self.keys.iter().enumerate().map(|(place, key)| (key.as_str(), place)).collect()
    }

    /// The name of a product, or else its id.
    pub(super) fn label(&self, place: usize) -> &str {
        self.names[place].as_deref().unwrap_or(&self.keys[place])
    }

    /// Average contribution of an order's lines of a product; `None` where a cost is not known or nothing was sold.
    pub(super) fn margin(&self, place: usize) -> Option<f64> {
        self.cm1[place].filter(|_| self.orders[place] > 0).map(|cm1| cm1 / self.orders[place] as f64)
    }

    pub(super) fn of(input: &ProfileInput<'_>, sales: &Sales) -> Result<Self, ProfileError> {
        let lines = Lines::of(&input.tables)?;
        let transactions = input.tables.transactions();
        let within = lines.within(&input.window);
        let has_product = col("product_id").is_not_null();
        let of_products = within.clone().filter(has_product.clone());
        let has_quantity = transactions.has("quantity");
        let mut sums = vec![
            millionths(col("amount")).sum().alias("net"),
            millionths(col("amount")).filter(is(LineKind::Sale)).sum().alias("gross"),
        ];
        if has_quantity {
            sums.push(millionths(col("quantity")).filter(is(LineKind::Sale)).sum().alias("sold"));
            sums.push(millionths(col("quantity")).filter(is(LineKind::Return)).sum().alias("returned"));
        }
        if lines.has("cost") {
            // Money without goods has no cost; goods of unknown cost make the margin unknown.
            let known = col("cost").is_not_null();
            let goods = is(LineKind::Charge).not();
            sums.push(millionths(col("amount") - col("cost").fill_null(lit(0.0))).sum().alias("cm1"));
            sums.push(goods.clone().and(known.clone().not()).cast(DataType::Int64).sum().alias("unknown"));
            sums.push(millionths(col("amount")).filter(known.or(goods.not())).sum().alias("known"));
        }
        let sums = of_products.group_by([col("product_id")]).agg(sums);
        let on = |right: LazyFrame, left: LazyFrame| {
            left.join(right, [col("product_id")], [col("product_id")], JoinArgs::new(JoinType::Left))
        };
        let joined = on(sums, ids(input, within.clone().filter(has_product.clone()))?.lazy());
        let rows = collect(joined)?.sort(["product_id"], SortMultipleOptions::default())?;
        let without = within.filter(has_product.not()).select([millionths(col("amount")).sum().alias("net")]);
        let unassigned = collect(without)?.column("net")?.i64()?.get(0).unwrap_or(0) as f64 / MILLIONTHS;
        let ids = rows.column("product_id")?.as_materialized_series().clone();
        let keys = texts(&ids)?;
        let named = names(input, "name")?;
        let names = keys.iter().map(|key| named.get(key).cloned()).collect();
        let zero = |values: Vec<Option<f64>>| -> Vec<f64> { values.into_iter().map(|v| v.unwrap_or(0.0)).collect() };
        let absent = || vec![None; rows.height()];
        let places: HashMap<&str, usize> = keys.iter().enumerate().map(|(i, key)| (key.as_str(), i)).collect();
        let sold_keys = texts(sales.products())?;
        let counts = |unit: Unit| -> Result<(Vec<usize>, usize), ProfileError> {
            let (by_product, all) = sales.counts(unit)?;
            let mut counts = vec![0; keys.len()];
            for (key, n) in sold_keys.iter().zip(by_product) {
                if let Some(place) = places.get(key.as_str()) {
                    counts[*place] = n as usize;
                }
            }
            Ok((counts, all))
        };
        let (buyers, all_buyers) = counts(Unit::Customer)?;
        let (orders, all_orders) = counts(Unit::Order)?;
        let units = |name: &str| -> PolarsResult<Vec<Option<f64>>> {
            Ok(if has_quantity {
                money(&rows, name)?.into_iter().map(|v| Some(v.unwrap_or(0.0))).collect()
            } else {
                absent()
            })
        };
        let (cm1, known_revenue) = if lines.has("cost") {
            let unknown = rows.column("unknown")?.i64()?;
            let sums = money(&rows, "cm1")?.into_iter().zip(unknown.iter());
            let cm1 = sums.map(|(cm1, unknown)| cm1.filter(|_| unknown == Some(0))).collect();
            (cm1, zero(money(&rows, "known")?))
        } else {
            (absent(), vec![0.0; rows.height()])
        };
        Ok(Self {
            keys,
            names,
            net: zero(money(&rows, "net")?),
            gross: zero(money(&rows, "gross")?),
            sold: units("sold")?,
            returned: units("returned")?.into_iter().map(|back| back.map(f64::abs)).collect(),
            buyers,
            orders,
            all_buyers,
            all_orders,
            cm1,
            known_revenue,
            unassigned,
            ids,
        })
    }

    /// Units sold by product and complete period since the period in which the product was first sold; `None` without
    /// quantities or periods.
    pub(super) fn demand(&self, input: &ProfileInput<'_>) -> Result<Vec<Vec<f64>>, ProfileError> {
        let lines = Lines::of(&input.tables)?;
        let grain = input.window.grain();
        let periods: Vec<i32> = input
            .window
            .periods()?
            .into_iter()
            .filter(|period| !period.is_partial)
            .map(|period| period.start.days_since_epoch())
            .collect();
        if !input.tables.transactions().has("quantity") || grain == crate::period::Grain::Window {
            return Ok(vec![Vec::new(); self.keys.len()]);
        }
        let sold = is(LineKind::Sale).and(col("product_id").is_not_null());
        let rows = collect(
            lines
                .within(&input.window)
                .filter(sold.clone())
                .select([
                    col("product_id").cast(DataType::String),
                    period_start(grain, col("date")).to_physical().alias("period"),
                    millionths(col("quantity")).alias("units"),
                ])
                .group_by([col("product_id"), col("period")])
                .agg([col("units").sum()]),
        )?;
        let first = collect(
            lines.until(&input.window).filter(sold).group_by([col("product_id").cast(DataType::String)]).agg([col(
                "date",
            )
            .to_physical()
            .min()
            .alias("first")]),
        )?;
        let places = self.place();
        let mut start = vec![periods.len(); self.keys.len()];
        for (id, day) in first.column("product_id")?.str()?.iter().zip(first.column("first")?.i32()?.iter()) {
            if let (Some(place), Some(day)) = (id.and_then(|id| places.get(id)), day) {
                // A product first sold inside a period has its first whole period later, unless that is the first of all.
                start[*place] = periods.partition_point(|period| *period < day);
            }
        }
        let mut demand: Vec<Vec<f64>> = start.iter().map(|start| vec![0.0; periods.len() - start]).collect();
        let (ids, starts) = (rows.column("product_id")?.str()?, rows.column("period")?.i32()?);
        for ((id, period), units) in ids.iter().zip(starts.iter()).zip(rows.column("units")?.i64()?.iter()) {
            let (Some(&place), Some(period)) = (id.and_then(|id| places.get(id)), period) else { continue };
            if let Ok(at) = periods.binary_search(&period)
                && let Some(cell) = at.checked_sub(start[place]).and_then(|at| demand[place].get_mut(at))
            {
                *cell = units.unwrap_or(0) as f64 / MILLIONTHS;
            }
        }
        Ok(demand)
    }
}

/// All products, each once: those of the lines and those of the catalogue.
fn ids(input: &ProfileInput<'_>, lines: LazyFrame) -> Result<DataFrame, ProfileError> {
    let mut all = vec![lines.select([col("product_id")])];
    if let Some(products) = input.tables.products() {
        let catalogue = products.rows().select([col("product_id")]);
        let dtype = catalogue.clone().collect_schema()?.get("product_id").cloned().unwrap_or(DataType::Null);
        same_type("product_id", input.tables.transactions().lines(), &dtype, "products")?;
        all.push(catalogue);
    }
    let all = concat(all, UnionArgs::default())?.group_by([col("product_id")]).agg([len().alias("rows")]);
    Ok(collect(all.select([col("product_id")]))?)
}

/// An attribute by product, of those that say it; of several rows of a product, the last that says it.
pub(super) fn names(input: &ProfileInput<'_>, attribute: &str) -> PolarsResult<HashMap<String, String>> {
    let Some(products) = input.tables.products().filter(|products| products.has(attribute)) else {
        return Ok(HashMap::new());
    };
    let text = |name: &str| col(name).cast(DataType::String);
    let rows = collect(products.rows().select([text("product_id"), text(attribute)]))?;
    let pairs = rows.column("product_id")?.str()?.iter().zip(rows.column(attribute)?.str()?.iter());
    Ok(pairs.filter_map(|(id, name)| Some((id?.to_owned(), name?.to_owned()))).collect())
}

/// A column of millionths as numbers.
pub(super) fn money(rows: &DataFrame, name: &str) -> PolarsResult<Vec<Option<f64>>> {
    Ok(rows.column(name)?.i64()?.iter().map(|value| value.map(|value| value as f64 / MILLIONTHS)).collect())
}

/// Ids as text.
pub(super) fn texts(ids: &Series) -> PolarsResult<Vec<String>> {
    Ok(ids.cast(&DataType::String)?.str()?.iter().map(|id| id.unwrap_or_default().to_owned()).collect())
}
