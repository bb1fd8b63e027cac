//! What campaigns offered to whom, and who bought it in time.

use std::collections::HashMap;

use emptor_table::{Campaigns, Contacts, LineKind};
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoColumn, IntoLazy, JoinArgs, JoinType, LazyFrame, NamedFrom, PolarsResult,
    Series, col, len, lit, when,
};

use super::incidence::same_type;
use super::settings::ProductSettings;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::{ProfileError, ProfileInput};

/// Campaigns that do not say their channel.
pub(super) const UNKNOWN: &str = "__unknown__";

/// A campaign that names what it offers.
pub(super) struct Campaign {
    pub(super) id: String,
    pub(super) channel: String,
    pub(super) start: i32,
    /// Last day on which a purchase accepts.
    pub(super) to: i32,
    pub(super) products: Vec<String>,
    pub(super) category: Option<String>,
}

/// Campaigns that name a product, or else a category, by id.
pub(super) fn read(
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    table: &Campaigns,
) -> Result<Vec<Campaign>, ProfileError> {
    let day = |name: &str| col(name).to_physical().cast(DataType::Int32).alias(name);
    let mut columns = vec![col("campaign_id"), day("start"), day("end")];
    columns.extend(["channel", "product_ids", "category"].into_iter().filter(|role| table.has(role)).map(col));
    let until = col("start").to_physical().lt_eq(lit(input.window.as_of().days_since_epoch()));
    let rows = collect(table.rows().filter(until).select(columns))?;
    let said = |name: &str, row: usize| -> Option<String> {
        let text = rows.column(name).ok()?.str().ok()?.get(row)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let (starts, ends) = (rows.column("start")?.i32()?, rows.column("end")?.i32()?);
    let mut found = Vec::new();
    for row in 0..rows.height() {
        let (Some(id), Some(start), Some(end)) = (said("campaign_id", row), starts.get(row), ends.get(row)) else {
            continue;
        };
        let named = said("product_ids", row).unwrap_or_default();
        let mut products: Vec<String> =
            named.split(';').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        products.sort_unstable();
        products.dedup();
        let category = said("category", row);
        if products.is_empty() && category.is_none() {
            continue;
        }
        let channel = said("channel", row).unwrap_or_else(|| UNKNOWN.to_owned());
        found.push(Campaign { id, channel, start, to: end.saturating_add(settings.grace_days), products, category });
    }
    found.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Contacts of the campaigns that were sent on a day of the window: `campaign_id`, `customer_id`, and the days `from` and
/// `to` between which a purchase accepts.
pub(super) fn offers(
    input: &ProfileInput<'_>,
    campaigns: &[Campaign],
    contacts: &Contacts,
) -> Result<LazyFrame, ProfileError> {
    let mut rows = contacts.rows();
    let dtype = rows.collect_schema()?.get("customer_id").cloned().unwrap_or(DataType::Null);
    same_type("customer_id", input.tables.transactions().lines(), &dtype, "contacts")?;
    let ids: Vec<&str> = campaigns.iter().map(|campaign| campaign.id.as_str()).collect();
    let days = |day: fn(&Campaign) -> i32| campaigns.iter().map(day).collect::<Vec<_>>();
    let terms = DataFrame::new(
        campaigns.len(),
        vec![
            Series::new("campaign_id".into(), ids).into_column(),
            Series::new("start".into(), days(|campaign| campaign.start)).into_column(),
            Series::new("to".into(), days(|campaign| campaign.to)).into_column(),
        ],
    )?;
    let sent = if contacts.has("sent_at") { "sent_at" } else { "assigned_at" };
    let mut made = col("is_control").not().and(col(sent).is_not_null());
    if contacts.has("delivered") {
        made = made.and(col("delivered").fill_null(lit(true)));
    }
    let (first, last) = (input.window.from().days_since_epoch(), input.window.as_of().days_since_epoch());
    let day = || col("sent").gt_eq(col("start"));
    Ok(rows
        .filter(made)
        .select([col("campaign_id"), col("customer_id"), col(sent).to_physical().cast(DataType::Int32).alias("sent")])
        .join(terms.lazy(), [col("campaign_id")], [col("campaign_id")], JoinArgs::new(JoinType::Inner))
        .with_column(when(day()).then(col("sent")).otherwise(col("start")).alias("from"))
        .filter(col("from").gt_eq(lit(first)).and(col("from").lt_eq(lit(last))))
        .select(["campaign_id", "customer_id", "from", "to"].map(col)))
}

/// By campaign and what it names, how many of its contacts bought that in time; under the empty name, how many bought any
/// of it.
pub(super) fn bought(
    input: &ProfileInput<'_>,
    lines: &Lines,
    column: &'static str,
    named: &[(&str, &str)],
    contacts: LazyFrame,
) -> Result<HashMap<(String, String), usize>, ProfileError> {
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let side = |name: &str, of: fn(&(&str, &str)) -> String| -> Column {
        Series::new(name.into(), named.iter().map(of).collect::<Vec<_>>()).into_column()
    };
    let columns = vec![side("campaign_id", |pair| pair.0.to_owned()), side("item", |pair| pair.1.to_owned())];
    let named = DataFrame::new(named.len(), columns)?;
    let who = || [col("campaign_id"), col("customer_id")];
    let day = || col("date").to_physical().cast(DataType::Int32);
    let in_time: Expr = col("day").gt_eq(col("from")).and(col("day").lt_eq(col("to")));
    let found = lines
        .within(&input.window)
        .filter(is(LineKind::Sale).and(col("customer_id").is_not_null()).and(col(column).is_not_null()))
        .select([col("customer_id"), col(column).cast(DataType::String).alias("item"), day().alias("day")])
        .join(named.lazy(), [col("item")], [col("item")], JoinArgs::new(JoinType::Inner))
        .join(contacts, who(), who(), JoinArgs::new(JoinType::Inner))
        .filter(in_time);
    let both = |columns: Vec<Expr>| found.clone().group_by(columns).agg([]);
    let by_item = both(vec![col("campaign_id"), col("customer_id"), col("item")])
        .group_by([col("campaign_id"), col("item")])
        .agg([len().alias("customers")]);
    let any = both(who().to_vec()).group_by([col("campaign_id")]).agg([len().alias("customers")]);
    let mut counted = counts(by_item, Some("item"))?;
    counted.extend(counts(any, None)?);
    Ok(counted)
}

/// Customers by campaign and item; the item is empty where there is none.
pub(super) fn counts(rows: LazyFrame, item: Option<&str>) -> PolarsResult<HashMap<(String, String), usize>> {
    let rows = collect(rows)?;
    let (ids, customers) = (rows.column("campaign_id")?.str()?, rows.column("customers")?.u32()?);
    let items = item.map(|item| rows.column(item)?.str()).transpose()?;
    let row = |row: usize| {
        let item = items.and_then(|items| items.get(row)).unwrap_or_default();
        Some(((ids.get(row)?.to_owned(), item.to_owned()), customers.get(row)? as usize))
    };
    Ok((0..rows.height()).filter_map(row).collect())
}
