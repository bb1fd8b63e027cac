//! Who bought what: from lines to numbered baskets and items.

use emptor_table::{LineKind, Tables};
use polars::prelude::{DataFrame, DataType, IntoLazy, JoinArgs, JoinType, LazyFrame, Series, col, len, lit, when};

use super::rules::Baskets;
use super::sales::Sales;
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
    Sales::of(input, bundles)?.baskets(unit)
}

/// Lines sold up to the day of observation, with `kept`: whether they were not fully sent back. Whether bundles count as
/// other products is told beside; if so, lines have the product that they count as, `item`.
pub(super) fn sold(
    input: &ProfileInput<'_>,
    lines: &Lines,
    bundles: Bundles,
) -> Result<(LazyFrame, bool), ProfileError> {
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
                .with_column(left.gt(lit(NOTHING)).or(unknown).alias("kept"));
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
            sold = sold
                .join(gone, who(), who(), JoinArgs::new(JoinType::Left))
                .with_column(col("left").is_null().alias("kept"));
        }
    } else {
        sold = sold.with_column(lit(true).alias("kept"));
    }
    let expands = bundles == Bundles::Expand && has_bundles(&input.tables);
    if expands {
        let pairs = bundle_pairs(input)?.lazy();
        sold = sold.join(pairs, [col("product_id")], [col("bundle")], JoinArgs::new(JoinType::Left)).with_column(
            when(col("bundle_of").is_not_null()).then(col("bundle_of")).otherwise(col("product_id")).alias("item"),
        );
    }
    Ok((sold, expands))
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
