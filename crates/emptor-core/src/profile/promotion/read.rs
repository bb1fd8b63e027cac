//! Campaigns, contacts, orders and responses, from their tables to the audience.

use std::collections::{BTreeMap, HashMap};

use emptor_table::{Campaigns, Contacts, LineKind, Tables};
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, NULL, NamedFrom, PolarsResult, Series,
    UniqueKeepStrategy, col, lit, when,
};

use super::audience::{Audience, Campaign, Member, Order, Tells};
use super::settings::PromotionSettings;
use crate::profile::lines::{Lines, collect, is};
pub(super) use crate::profile::lines::{MILLIONTHS, millionths};
use crate::profile::{ProfileError, ProfileInput, Window};

impl Audience {
    /// Who was assigned to which campaign, before anything is known of what they did.
    pub(super) fn assigned(
        input: &ProfileInput<'_>,
        settings: &PromotionSettings,
        campaigns: Vec<Campaign>,
        contacts: &Contacts,
    ) -> Result<Self, ProfileError> {
        let as_of = input.window.as_of().days_since_epoch();
        same_type(&input.tables, contacts.rows(), "contacts")?;
        let mut columns = vec![
            col("campaign_id"),
            col("customer_id").cast(DataType::String),
            col("arm"),
            col("is_control"),
            col("assigned_at").to_physical().alias("assigned_at"),
        ];
        columns.push(optional(contacts.has("sent_at"), "sent_at", DataType::Int32));
        for flag in ["delivered", "opened", "clicked"] {
            columns.push(optional(contacts.has(flag), flag, DataType::Boolean));
        }
        columns.push(optional(contacts.has("cost"), "cost", DataType::Float64));
        let rows = contacts.rows().select(columns).filter(col("assigned_at").lt_eq(lit(as_of)));
        let rows = gather(rows)?;
        let places: HashMap<&str, usize> =
            campaigns.iter().enumerate().map(|(place, campaign)| (campaign.id.as_str(), place)).collect();
        let known = known_campaigns(&input.tables)?;

        let mut strangers = 0;
        let mut drafts: Vec<(usize, String, usize)> = Vec::new();
        let ids = rows.column("campaign_id")?.str()?;
        let names = rows.column("customer_id")?.str()?;
        for (row, (id, name)) in ids.iter().zip(names.iter()).enumerate() {
            let (Some(id), Some(name)) = (id, name) else { continue };
            match places.get(id) {
                Some(&place) => drafts.push((place, name.to_owned(), row)),
                None => strangers += usize::from(!known.contains_key(id)),
            }
        }
        drafts.sort_unstable();
        let mut customers: Vec<String> = drafts.iter().map(|(_, name, _)| name.clone()).collect();
        customers.sort_unstable();
        customers.dedup();
        let codes: HashMap<&str, usize> =
            customers.iter().enumerate().map(|(code, name)| (name.as_str(), code)).collect();

        let (arms, controls) = (rows.column("arm")?.str()?, rows.column("is_control")?.bool()?);
        let (assigned, sent) = (rows.column("assigned_at")?.i32()?, rows.column("sent_at")?.i32()?);
        let flag = |name: &str| -> PolarsResult<&polars::prelude::BooleanChunked> { rows.column(name)?.bool() };
        let (delivered, opened, clicked) = (flag("delivered")?, flag("opened")?, flag("clicked")?);
        let costs = rows.column("cost")?.f64()?;
        let mut members = Vec::with_capacity(drafts.len());
        for (place, name, row) in &drafts {
            let campaign = &campaigns[*place];
            let day = assigned.get(*row).unwrap_or(campaign.start);
            members.push(Member {
                campaign: *place,
                customer: codes.get(name.as_str()).copied().unwrap_or(0),
                arm: arms.get(*row).unwrap_or_default().to_owned(),
                is_control: controls.get(*row).unwrap_or(false),
                assigned: day,
                sent: sent.get(*row).filter(|sent| *sent <= as_of),
                delivered: delivered.get(*row),
                opened: opened.get(*row),
                clicked: clicked.get(*row),
                contact_cost: costs.get(*row),
                from: campaign.start.max(day),
                to: campaign.to,
                orders: 0,
                revenue: 0,
                known_margin: 0,
                unknown: 0,
                answered: false,
                opted_out: false,
                overlap: false,
                bought_before: false,
                pre_orders: 0,
                pre_spend: 0,
                pre_recency: settings.pre_days,
                segment: None,
            });
        }
        let tells = Tells { sent: contacts.has("sent_at"), opt_outs: false };
        let odd_responses = vec![[0; 3]; campaigns.len()];
        let orders = vec![Vec::new(); customers.len()];
        Ok(Self { campaigns, members, customers, orders, strangers, odd_responses, returns_refer: false, tells })
    }

    /// One pass over the lines: orders of the customers of audiences.
    pub(super) fn read_orders(&mut self, tables: &Tables, window: &Window) -> Result<(), ProfileError> {
        let lines = Lines::of(tables)?;
        let transactions = tables.transactions();
        let all = lines.until(window).filter(col("customer_id").is_not_null());
        let wanted = Series::new("customer".into(), &self.customers);
        let wanted = DataFrame::new(wanted.len(), vec![wanted.into()])?.lazy();
        let own = all
            .clone()
            .with_columns([col("customer_id").cast(DataType::String).alias("customer"), lines.order_key().alias("key")])
            .join(wanted, [col("customer")], [col("customer")], JoinArgs::new(JoinType::Semi));
        self.returns_refer = transactions.has("ref_line_id") && transactions.has("line_id");
        let day = col("date").to_physical();
        let own = if self.returns_refer {
            // A return belongs to the sale that it undoes, whenever it comes.
            let refers = all
                .clone()
                .filter(is(LineKind::Return).and(col("ref_line_id").is_not_null()))
                .select([col("ref_line_id")])
                .unique(None, UniqueKeepStrategy::Any);
            let sold = all
                .filter(is(LineKind::Return).not())
                .select([col("line_id").alias("of"), col("date").to_physical().alias("sold")])
                .join(refers, [col("of")], [col("ref_line_id")], JoinArgs::new(JoinType::Semi));
            let sold = gather(sold)?.lazy();
            let joined = own.join(sold, [col("ref_line_id")], [col("of")], JoinArgs::new(JoinType::Left));
            let own_day =
                when(is(LineKind::Return).and(col("sold").is_not_null())).then(col("sold")).otherwise(day.clone());
            joined.with_columns([own_day.alias("sold"), day.alias("day")])
        } else {
            own.with_columns([day.clone().alias("sold"), day.alias("day")])
        };
        let cost = if lines.has("cost") { col("cost") } else { lit(NULL).cast(DataType::Float64) };
        let purchase = is(LineKind::Sale);
        let zero = || lit(0_i64);
        let margin = when(cost.clone().is_not_null()).then(millionths(col("amount") - cost.clone())).otherwise(zero());
        let unknown = when(cost.is_null()).then(millionths(col("amount"))).otherwise(zero());
        let sales = when(purchase.clone()).then(millionths(col("amount"))).otherwise(zero());
        let grouped = own.group_by([col("customer"), col("key"), col("day"), col("sold")]).agg([
            purchase.max().alias("purchase"),
            millionths(col("amount")).sum().alias("amount"),
            margin.sum().alias("known_margin"),
            unknown.sum().alias("unknown"),
            sales.sum().alias("sales"),
        ]);
        let rows = gather(grouped)?;
        let codes: HashMap<&str, usize> =
            self.customers.iter().enumerate().map(|(code, name)| (name.as_str(), code)).collect();
        let keys = rows.column("key")?.cast(&DataType::String)?;
        let (names, keys) = (rows.column("customer")?.str()?, keys.str()?);
        let (days, sold) = (rows.column("day")?.i32()?, rows.column("sold")?.i32()?);
        let money = |name: &str| rows.column(name)?.i64();
        let (amounts, margins) = (money("amount")?, money("known_margin")?);
        let (unknowns, sales) = (money("unknown")?, money("sales")?);
        let purchases = rows.column("purchase")?.bool()?;
        for row in 0..rows.height() {
            let Some(&code) = names.get(row).and_then(|name| codes.get(name)) else { continue };
            let (Some(day), Some(sold)) = (days.get(row), sold.get(row)) else { continue };
            self.orders[code].push(Order {
                key: keys.get(row).unwrap_or_default().to_owned(),
                day,
                sold,
                is_purchase: purchases.get(row).unwrap_or(false),
                amount: amounts.get(row).unwrap_or(0),
                known_margin: margins.get(row).unwrap_or(0),
                unknown: unknowns.get(row).unwrap_or(0),
                sales: sales.get(row).unwrap_or(0),
            });
        }
        for orders in &mut self.orders {
            orders.sort_unstable_by(|a, b| (a.sold, a.day, &a.key).cmp(&(b.sold, b.day, &b.key)));
        }
        for member in &mut self.members {
            let mut last: Option<&str> = None;
            for order in self.orders[member.customer].iter().filter(|o| member.from <= o.sold && o.sold <= member.to) {
                member.revenue += order.amount;
                member.known_margin += order.known_margin;
                member.unknown += order.unknown;
                if order.is_purchase && last != Some(order.key.as_str()) {
                    member.orders += 1;
                    last = Some(&order.key);
                }
            }
        }
        Ok(())
    }

    pub(super) fn read_responses(
        &mut self,
        tables: &Tables,
        settings: &PromotionSettings,
        window: &Window,
    ) -> Result<(), ProfileError> {
        let Some(responses) = tables.responses() else { return Ok(()) };
        same_type(tables, responses.rows(), "responses")?;
        self.tells.opt_outs = responses.has("type");
        let kind = optional(responses.has("type"), "type", DataType::String);
        let day = col("date").to_physical();
        let known = day.clone().lt_eq(lit(window.as_of().days_since_epoch()));
        let columns = [col("campaign_id"), col("customer_id").cast(DataType::String), day.alias("day"), kind];
        let rows = gather(responses.rows().filter(known).select(columns))?;
        let places: HashMap<&str, usize> =
            self.campaigns.iter().enumerate().map(|(place, campaign)| (campaign.id.as_str(), place)).collect();
        let codes: HashMap<&str, usize> =
            self.customers.iter().enumerate().map(|(code, name)| (name.as_str(), code)).collect();
        let of: HashMap<(usize, usize), usize> =
            self.members.iter().enumerate().map(|(row, member)| ((member.campaign, member.customer), row)).collect();
        let (ids, names) = (rows.column("campaign_id")?.str()?, rows.column("customer_id")?.str()?);
        let (days, kinds) = (rows.column("day")?.i32()?, rows.column("type")?.str()?);
        for row in 0..rows.height() {
            let Some(&place) = ids.get(row).and_then(|id| places.get(id)) else { continue };
            let Some(day) = days.get(row) else { continue };
            let member = names.get(row).and_then(|name| codes.get(name)).and_then(|code| of.get(&(place, *code)));
            let Some(member) = member.map(|row| &mut self.members[*row]) else {
                self.odd_responses[place][0] += 1;
                continue;
            };
            let opt_out = kinds.get(row).is_some_and(|kind| settings.opt_outs.iter().any(|name| name == kind));
            if day < member.assigned {
                self.odd_responses[place][1] += 1;
            } else if opt_out {
                member.opted_out = true;
            } else if member.from <= day && day <= member.to {
                member.answered = true;
            } else {
                self.odd_responses[place][2] += 1;
            }
        }
        Ok(())
    }
}

/// Runs a query in bounded memory, its result in one piece: reading row by row from the many pieces of a streamed result
/// takes as long as the query.
pub(super) fn gather(frame: LazyFrame) -> PolarsResult<DataFrame> {
    let mut rows = collect(frame)?;
    rows.rechunk_mut();
    Ok(rows)
}

/// A column that may be there.
pub(super) fn optional(there: bool, name: &'static str, dtype: DataType) -> Expr {
    if !there {
        return lit(NULL).cast(dtype).alias(name);
    }
    if dtype == DataType::Int32 { col(name).to_physical().alias(name) } else { col(name) }
}

/// Customers must be named by one type to be matched.
pub(super) fn same_type(tables: &Tables, mut other: LazyFrame, table: &str) -> Result<(), ProfileError> {
    let dtype = |frame: &mut LazyFrame| -> PolarsResult<DataType> {
        Ok(frame.collect_schema()?.get("customer_id").cloned().unwrap_or(DataType::Null))
    };
    let (left, right) = (dtype(&mut tables.transactions().lines())?, dtype(&mut other)?);
    if left == right {
        return Ok(());
    }
    Err(ProfileError::IdTypes {
        column: "customer_id",
        left: left.to_string(),
        table: table.to_owned(),
        right: right.to_string(),
    })
}

/// Cells of a table of customers, by the customer's name.
pub(super) fn by_customer<T>(
    frame: &DataFrame,
    column: &str,
    cell: impl Fn(&Column, usize) -> Option<T>,
) -> PolarsResult<HashMap<String, T>> {
    let names = frame.column("customer_id")?.cast(&DataType::String)?;
    let values = frame.column(column)?;
    let pair = |(row, name): (usize, Option<&str>)| Some((name?.to_owned(), cell(values, row)?));
    Ok(names.str()?.iter().enumerate().filter_map(pair).collect())
}

/// All campaigns by id, whether or not they run in the window.
fn known_campaigns(tables: &Tables) -> PolarsResult<BTreeMap<String, ()>> {
    let Some(campaigns) = tables.campaigns() else { return Ok(BTreeMap::new()) };
    let rows = gather(campaigns.rows().select([col("campaign_id")]))?;
    Ok(rows.column("campaign_id")?.str()?.iter().flatten().map(|id| (id.to_owned(), ())).collect())
}

/// The campaigns that ran on a day of the window, by first day, then id.
pub(super) fn read_campaigns(
    campaigns: &Campaigns,
    settings: &PromotionSettings,
    window: &Window,
) -> PolarsResult<Vec<Campaign>> {
    let (first, as_of) = (window.from().days_since_epoch(), window.as_of().days_since_epoch());
    let mut columns =
        vec![col("campaign_id"), col("start").to_physical().alias("start"), col("end").to_physical().alias("end")];
    for name in ["name", "category", "product_ids"] {
        columns.push(optional(campaigns.has(name), name, DataType::String));
    }
    for name in ["budget", "cost_fixed", "cost_contact", "margin_rate", "control_share"] {
        columns.push(optional(campaigns.has(name), name, DataType::Float64));
    }
    let ran = col("start").lt_eq(lit(as_of)).and(col("end").gt_eq(lit(first)));
    let rows = gather(campaigns.rows().select(columns).filter(ran))?;
    let text = |name: &str, row: usize| -> PolarsResult<Option<String>> {
        Ok(rows.column(name)?.str()?.get(row).map(str::to_owned))
    };
    let number = |name: &str, row: usize| -> PolarsResult<Option<f64>> { Ok(rows.column(name)?.f64()?.get(row)) };
    let day = |name: &str, row: usize| -> PolarsResult<i32> { Ok(rows.column(name)?.i32()?.get(row).unwrap_or(0)) };
    let mut found = Vec::with_capacity(rows.height());
    for row in 0..rows.height() {
        let end = day("end", row)?;
        let to = end.saturating_add(settings.grace_days);
        found.push(Campaign {
            id: text("campaign_id", row)?.unwrap_or_default(),
            name: text("name", row)?,
            category: text("category", row)?,
            products: text("product_ids", row)?,
            start: day("start", row)?,
            end,
            to: to.min(as_of),
            open: to > as_of,
            budget: number("budget", row)?,
            cost_fixed: number("cost_fixed", row)?,
            cost_contact: number("cost_contact", row)?,
            margin_rate: number("margin_rate", row)?.or(settings.margin_rate),
            control_share: number("control_share", row)?.filter(|share| *share > 0.0).or(settings.control_share),
        });
    }
    found.sort_unstable_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    Ok(found)
}
