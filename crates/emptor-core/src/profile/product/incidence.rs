//! Who bought what: from lines to numbered baskets and items.

use emptor_table::{LineKind, Tables};
use polars::prelude::{
    DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, PolarsResult, Series, SortMultipleOptions, col,
    concat_str, len, lit, when,
};

use super::rules::Baskets;
use super::settings::{Bundles, Unit};
use crate::profile::lines::{Lines, collect, is};
use crate::profile::{ProfileError, ProfileInput};

/// Quantities below this are rounding.
const NOTHING: f64 = 1e-9;

/// Baskets by unit, with the names of what is numbered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProductBaskets {
    /// The products, ascending; items are their places.
    pub products: Series,
    /// What each basket holds.
    pub baskets: Baskets,
}

/// The baskets of the window: what was sold and not fully sent back.
///
/// Lines are left out that refer to no product or to no unit (a customer that is not known has no basket but an order's),
/// and those that were fully returned: line by line where returns say which line they return; otherwise all of a
/// product that a customer bought if as much of it came back.
///
/// # Errors
/// If there is no product column, or the bundles cannot be matched.
pub fn baskets(input: &ProfileInput<'_>, unit: Unit, bundles: Bundles) -> Result<ProductBaskets, ProfileError> {
    let lines = Lines::of(input.tables)?;
    let sold = sold(input, &lines, bundles)?;
    let day = col("date").to_physical();
    let from = input.window.from().days_since_epoch();
    let sold = sold.filter(day.clone().gt_eq(lit(from)));
    let customer = col("customer_id").cast(DataType::String);
    let key = match unit {
        Unit::Order => lines.order_key(),
        Unit::Customer => col("customer_id"),
        Unit::CustomerWindow { days } => {
            // Days count from 0, and a cast cuts off what is behind the point.
            let span = (day - lit(from)).cast(DataType::Float64) / lit(f64::from(days));
            concat_str([customer, span.cast(DataType::Int32).cast(DataType::String)], "\u{1f}", false)
        }
    };
    let incidence = Incidence::of(sold.with_column(key.alias("owner")))?;
    let baskets = Baskets::from_pairs(&incidence.owner, &incidence.item)?;
    Ok(ProductBaskets { products: incidence.products, baskets })
}

/// Lines sold up to the day of observation and not fully sent back, with their product.
pub(super) fn sold(input: &ProfileInput<'_>, lines: &Lines, bundles: Bundles) -> Result<LazyFrame, ProfileError> {
    let transactions = input.tables.transactions();
    if !transactions.has("product_id") {
        return Err(ProfileError::Missing { asked: "products".into(), missing: "transactions.product_id".into() });
    }
    let all = lines.until(&input.window);
    let mut sold = all.clone().filter(is(LineKind::Sale).and(col("product_id").is_not_null()));
    if transactions.has("quantity") {
        if transactions.has("ref_line_id") {
            let back = all
                .filter(is(LineKind::Return).and(col("ref_line_id").is_not_null()))
                .group_by([col("ref_line_id")])
                .agg([col("quantity").sum().alias("back")]);
            let left = col("quantity") + col("back").fill_null(lit(0.0));
            let unknown = col("quantity").is_null();
            sold = sold
                .join(back, [col("line_id")], [col("ref_line_id")], JoinArgs::new(JoinType::Left))
                .filter(left.gt(lit(NOTHING)).or(unknown));
        } else {
            let who = || [col("customer_id"), col("product_id")];
            let known = col("customer_id").is_not_null().and(col("product_id").is_not_null());
            let returned =
                all.clone().filter(is(LineKind::Return).and(known)).group_by(who()).agg([len().alias("returns")]);
            let gone = all
                .filter(is(LineKind::Sale).or(is(LineKind::Return)))
                .join(returned, who(), who(), JoinArgs::new(JoinType::Semi))
                .group_by(who())
                .agg([col("quantity").sum().alias("left")])
                .filter(col("left").lt_eq(lit(NOTHING)));
            sold = sold.join(gone, who(), who(), JoinArgs::new(JoinType::Anti));
        }
    }
    if bundles == Bundles::Expand && has_bundles(input.tables) {
        let pairs = bundle_pairs(input)?.lazy();
        sold = sold.join(pairs, [col("product_id")], [col("bundle")], JoinArgs::new(JoinType::Left)).with_column(
            when(col("bundle_of").is_not_null())
                .then(col("bundle_of"))
                .otherwise(col("product_id"))
                .alias("product_id"),
        );
    }
    Ok(sold)
}

fn has_bundles(tables: &Tables) -> bool {
    tables.products().is_some_and(|products| products.has("bundle_of"))
}

/// `bundle` and the product it is a bundle of; empty where products do not say.
pub(super) fn bundle_pairs(input: &ProfileInput<'_>) -> Result<DataFrame, ProfileError> {
    let Some(products) = input.tables.products().filter(|products| products.has("bundle_of")) else {
        return Ok(DataFrame::empty());
    };
    let named = col("bundle_of").is_not_null();
    let rows = products.rows().filter(named).group_by([col("product_id").alias("bundle"), col("bundle_of")]);
    let rows = collect(rows.agg([len().alias("rows")]).select([col("bundle"), col("bundle_of")]))?;
    for column in ["bundle", "bundle_of"] {
        same_type("product_id", input.tables.transactions().lines(), rows.column(column)?.dtype(), "products")?;
    }
    Ok(rows)
}

/// Requires that ids of another table have the type of those of the lines.
pub(super) fn same_type(
    column: &'static str,
    mut lines: LazyFrame,
    right: &DataType,
    table: &str,
) -> Result<(), ProfileError> {
    let schema = lines.collect_schema()?;
    match schema.get(column) {
        Some(left) if left != right => Err(ProfileError::IdTypes {
            column,
            left: left.to_string(),
            table: table.to_owned(),
            right: right.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Distinct pairs of owner and product, numbered in ascending order of their ids, with the first and the last day.
pub(super) struct Incidence {
    pub(super) owners: Series,
    pub(super) products: Series,
    pub(super) owner: Vec<u32>,
    pub(super) item: Vec<u32>,
    pub(super) first: Vec<i32>,
    pub(super) last: Vec<i32>,
}

impl Incidence {
    /// Of lines with `owner`, `product_id` and `date`. Ids are numbered first, so that what is grouped is numbers.
    pub(super) fn of(lines: LazyFrame) -> Result<Self, ProfileError> {
        let lines = lines.filter(col("owner").is_not_null()).select([col("owner"), col("product_id"), col("date")]);
        let owners = numbered(lines.clone(), "owner")?;
        let products = numbered(lines.clone(), "product_id")?;
        let join = |name: &str| ([col(name)], [col(name)], JoinArgs::new(JoinType::Inner));
        let (left, right, how) = join("owner");
        let (left2, right2, how2) = join("product_id");
        let day = col("date").to_physical();
        let rows = collect(
            lines
                .join(owners.clone().lazy(), left, right, how)
                .join(products.clone().lazy(), left2, right2, how2)
                .group_by([col("owner_number"), col("product_id_number")])
                .agg([day.clone().min().alias("first"), day.max().alias("last")]),
        )?;
        let number =
            |name: &str| -> PolarsResult<Vec<u32>> { Ok(rows.column(name)?.u32()?.iter().flatten().collect()) };
        let day = |name: &str| -> PolarsResult<Vec<i32>> { Ok(rows.column(name)?.i32()?.iter().flatten().collect()) };
        Ok(Self {
            owner: number("owner_number")?,
            item: number("product_id_number")?,
            first: day("first")?,
            last: day("last")?,
            owners: owners.column("owner")?.as_materialized_series().clone(),
            products: products.column("product_id")?.as_materialized_series().clone(),
        })
    }
}

/// The distinct values of a column, ascending, and their numbers.
fn numbered(lines: LazyFrame, name: &str) -> PolarsResult<DataFrame> {
    let distinct = collect(lines.group_by([col(name)]).agg([len().alias("rows")]).select([col(name)]))?;
    distinct.sort([name], SortMultipleOptions::default())?.with_row_index(format!("{name}_number").into(), None)
}

/// How many distinct values of `key` there are by product.
pub(super) fn distinct_by_product(lines: LazyFrame, key: Expr, name: &str) -> LazyFrame {
    lines
        .select([col("product_id"), key.alias("key")])
        .filter(col("key").is_not_null())
        .group_by([col("product_id"), col("key")])
        .agg([len().alias("rows")])
        .group_by([col("product_id")])
        .agg([len().cast(DataType::Int64).alias(name)])
}
