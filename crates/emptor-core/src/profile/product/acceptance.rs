//! `acceptance_rate`: of those who were offered a product, how many bought it.

use std::collections::{BTreeMap, HashMap};

use emptor_table::{Campaigns, Contacts, LineKind};
use emptor_types::Level;
use polars::prelude::{
    Column, DataFrame, DataType, Expr, IdxCa, IntoColumn, IntoLazy, JoinArgs, JoinType, LazyFrame, NamedFrom,
    PolarsResult, Series, col, len, lit, when,
};

use super::facts::Facts;
use super::incidence::same_type;
use super::settings::ProductSettings;
use crate::profile::lines::{Lines, collect, is};
use crate::profile::words::{self, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::statistics::{Interval, difference, wilson};
use crate::table::{Of, count, flag, frame, known, specs, text};

/// What stands for all channels.
const TOTAL: &str = "__total__";
/// Campaigns that do not say their channel.
const UNKNOWN: &str = "__unknown__";
/// Confidence of intervals.
const LEVEL: f64 = 0.95;
/// A difference of two shares is called one below this.
const BEYOND_CHANCE: f64 = 0.05;

/// What was offered; in the order of rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    /// Anything that the campaign names.
    Any,
    /// A category as a whole.
    Category(String),
    /// A product, by its place.
    Product(usize),
}

impl Item {
    fn place(&self) -> Option<usize> {
        match self {
            Self::Product(place) => Some(*place),
            _ => None,
        }
    }
}

/// A campaign that names what it offers.
struct Campaign {
    id: String,
    channel: String,
    start: i32,
    /// Last day on which a purchase accepts.
    to: i32,
    products: Vec<String>,
    category: Option<String>,
}

/// Offers and what became of them.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    campaigns: usize,
    offered: usize,
    accepted: usize,
    open: usize,
}

impl Tally {
    fn rate(&self) -> Option<f64> {
        (self.offered > 0).then(|| self.accepted as f64 / self.offered as f64)
    }

    fn interval(&self) -> Option<Interval> {
        wilson(self.accepted, self.offered, Level::new(LEVEL).ok()?)
    }
}

struct Row {
    item: Item,
    /// `None` for all of them.
    channel: Option<String>,
    of: Tally,
    /// Id and name of the product.
    product: Option<(String, Option<String>)>,
    low_support: bool,
}

const TABLE: &[Of<[Row]>] = &[
    text(
        "product_id",
        "",
        "the product; null where a category is offered, or for anything that is named",
        |of, row| of[row].product.as_ref().map(|(id, _)| id.clone()),
    ),
    text("channel", "", "channel of the campaigns; __total__ for all of them", |of, row| {
        Some(of[row].channel.clone().unwrap_or_else(|| TOTAL.to_owned()))
    }),
    count("offered", "offers", "contacts of campaigns that name it and whose term is over", |of, row| {
        Some(of[row].of.offered)
    }),
    count("accepted", "offers", "those of them whose customer bought it in the term", |of, row| {
        Some(of[row].of.accepted)
    }),
    known("rate", "share of offers", "accepted / offered", |of, row| of[row].of.rate()),
    known("lo", "share of offers", "lower end of its 95 % interval (Wilson)", |of, row| {
        of[row].of.interval().map(|interval| interval.low)
    }),
    known("hi", "share of offers", "upper end of it", |of, row| of[row].of.interval().map(|interval| interval.high)),
    count("open", "offers", "offers whose term is not over, which are not counted", |of, row| Some(of[row].of.open)),
    count("campaigns", "campaigns", "campaigns that offered it", |of, row| Some(of[row].of.campaigns)),
    text("level", "", "product, category, or any: whatever the campaign names", |of, row| {
        let level = match of[row].item {
            Item::Any => "any",
            Item::Category(_) => "category",
            Item::Product(_) => "product",
        };
        Some(level.to_owned())
    }),
    text("category", "", "the category that was offered as a whole", |of, row| match &of[row].item {
        Item::Category(name) => Some(name.clone()),
        _ => None,
    }),
    text("name", "", "name of the product", |of, row| of[row].product.as_ref().and_then(|(_, name)| name.clone())),
    flag("low_support", "", "whether there are too few offers for a rate", |of, row| of[row].low_support),
];

/// Adds the acceptance of offers by product and channel, or the gap.
///
/// An offer is a contact of a campaign that names products, or else a category, sent on a day of the window: one to each
/// customer for each of them, not one of the controls and not one that did not arrive. It is accepted by a purchase from
/// the day of sending, at the earliest the first day of the campaign, to its last day and the days of grace after it.
pub(super) fn add(
    section: &mut Section,
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
) -> Result<(), ProfileError> {
    const COLUMNS: [crate::ColumnSpec; TABLE.len()] = specs(TABLE);
    let (campaigns, contacts) = match (input.tables.campaigns(), input.tables.contacts()) {
        (Some(campaigns), Some(contacts)) if campaigns.has("product_ids") || campaigns.has("category") => {
            (campaigns, contacts)
        }
        (campaigns, contacts) => {
            let mut needs = Vec::new();
            needs.extend((!campaigns.is_some_and(|table| table.has("product_ids"))).then_some(PRODUCTS));
            needs.extend(contacts.is_none().then_some(Need::table("contacts")));
            section.gaps.push(Gap::new("acceptance_rate", needs, "which products were offered to whom is not known"));
            return Ok(());
        }
    };
    if !campaigns.has("product_ids") {
        let reason = "campaigns say of which category their offers are, but not of which product";
        section.gaps.push(Gap::new("acceptance_rate.product", [PRODUCTS], reason));
    }
    if !campaigns.has("channel") {
        let need = [Need::column("campaigns", "channel")];
        section.gaps.push(Gap::new("acceptance_rate.channel", need, "campaigns do not say how they reach customers"));
    }
    let (tallies, strangers) = tallies(input, settings, facts, campaigns, contacts)?;
    if tallies.is_empty() {
        let reason = "nobody was sent an offer that names a product or a category in the window";
        section.gaps.push(Gap::new("acceptance_rate", [], reason));
        return Ok(());
    }
    section.findings.extend(finding(&tallies, settings));
    let places: IdxCa = tallies.keys().map(|(item, _)| item.place().map(|place| place as u32)).collect();
    let rows: Vec<Row> = tallies
        .into_iter()
        .map(|((item, channel), of)| Row {
            product: item.place().map(|place| (facts.keys[place].clone(), facts.names[place].clone())),
            low_support: of.offered < settings.min_n,
            item,
            channel,
            of,
        })
        .collect();
    let mut cells = frame(TABLE, rows.as_slice(), rows.len())?;
    cells.with_column(facts.ids.take(&places)?.with_name("product_id".into()).into_column())?;
    let about = "one row per product or category that campaigns offered and channel, all channels first; before them, offers \
                 of anything: each contact once, accepted by a purchase of whatever it names";
    let mut table = ResultTable::new("acceptance_rate", about, cells, COLUMNS)?
        .with_flag("gross: acceptance says nothing of what would have been bought anyway");
    if strangers > 0 {
        table = table.with_flag(format!("unknown: {strangers} products that campaigns name are in no table"));
    }
    section.tables.push(table);
    Ok(())
}

const PRODUCTS: Need = Need::column("campaigns", "product_ids");

type Tallies = BTreeMap<(Item, Option<String>), Tally>;

/// Offers by item and channel, and the number of offered products that nobody knows.
fn tallies(
    input: &ProfileInput<'_>,
    settings: &ProductSettings,
    facts: &Facts,
    table: &Campaigns,
    contacts: &Contacts,
) -> Result<(Tallies, usize), ProfileError> {
    let campaigns = read(input, settings, table)?;
    let contacts = offers(input, &campaigns, contacts)?;
    let sent = counts(contacts.clone().group_by([col("campaign_id")]).agg([len().alias("customers")]), None)?;
    let as_of = input.window.as_of().days_since_epoch();
    let due = |campaign: &&Campaign| campaign.to <= as_of;
    let lines = Lines::of(input.tables)?;
    let named: Vec<(&str, &str)> = campaigns
        .iter()
        .filter(due)
        .flat_map(|campaign| campaign.products.iter().map(|product| (campaign.id.as_str(), product.as_str())))
        .collect();
    let mut bought = bought(input, &lines, "product_id", &named, contacts.clone())?;
    if lines.has("category") {
        let of_category = campaigns.iter().filter(due).filter_map(|campaign| {
            Some((campaign.id.as_str(), campaign.category.as_deref().filter(|_| campaign.products.is_empty())?))
        });
        let named: Vec<(&str, &str)> = of_category.collect();
        bought.extend(self::bought(input, &lines, "category", &named, contacts)?);
    }
    let places = facts.place();
    let (mut tallies, mut strangers) = (Tallies::new(), std::collections::BTreeSet::new());
    for campaign in &campaigns {
        let Some(&n) = sent.get(&(campaign.id.clone(), String::new())) else { continue };
        let mut items = vec![(Item::Any, String::new())];
        for product in &campaign.products {
            match places.get(product.as_str()) {
                Some(place) => items.push((Item::Product(*place), product.clone())),
                None => {
                    strangers.insert(product.clone());
                }
            }
        }
        if let Some(category) = campaign.category.as_ref().filter(|_| campaign.products.is_empty()) {
            items.push((Item::Category(category.clone()), category.clone()));
        }
        let is_due = campaign.to <= as_of;
        for (item, key) in items {
            let accepted = bought.get(&(campaign.id.clone(), key)).copied().unwrap_or(0);
            let own = table.has("channel").then(|| Some(campaign.channel.clone()));
            for channel in [Some(None), own].into_iter().flatten() {
                let tally = tallies.entry((item.clone(), channel)).or_default();
                tally.campaigns += 1;
                if is_due {
                    tally.offered += n;
                    tally.accepted += accepted;
                } else {
                    tally.open += n;
                }
            }
        }
    }
    Ok((tallies, strangers.len()))
}

/// Campaigns that name a product, or else a category, by id.
fn read(
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
fn offers(input: &ProfileInput<'_>, campaigns: &[Campaign], contacts: &Contacts) -> Result<LazyFrame, ProfileError> {
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
fn bought(
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
fn counts(rows: LazyFrame, item: Option<&str>) -> PolarsResult<HashMap<(String, String), usize>> {
    let rows = collect(rows)?;
    let (ids, customers) = (rows.column("campaign_id")?.str()?, rows.column("customers")?.u32()?);
    let items = item.map(|item| rows.column(item)?.str()).transpose()?;
    let row = |row: usize| {
        let item = items.and_then(|items| items.get(row)).unwrap_or_default();
        Some(((ids.get(row)?.to_owned(), item.to_owned()), customers.get(row)? as usize))
    };
    Ok((0..rows.height()).filter_map(row).collect())
}

/// How many accept anything they are offered, and by which channel most and fewest do.
fn finding(tallies: &Tallies, settings: &ProductSettings) -> Option<Finding> {
    let of_any =
        tallies.iter().filter(|((item, _), tally)| *item == Item::Any && tally.offered >= settings.min_n.max(1));
    let (mut all, mut channels) = (None, Vec::new());
    for ((_, channel), tally) in of_any {
        match channel {
            None => all = Some(*tally),
            Some(channel) if channel != UNKNOWN => channels.push((channel.as_str(), *tally)),
            Some(_) => {}
        }
    }
    let all = all?;
    let interval = all.interval()?;
    let rate = |tally: &Tally| tally.rate().unwrap_or(0.0);
    channels.sort_by(|a, b| rate(&b.1).total_cmp(&rate(&a.1)));
    // The extremes of many channels differ by chance alone: every pair counts as a test (Bonferroni).
    let pairs = (channels.len() * channels.len().saturating_sub(1) / 2) as f64;
    let apart = match channels.as_slice() {
        [best, .., last] => {
            let of = |tally: &Tally| (tally.accepted, tally.offered);
            let test = difference(of(&best.1), of(&last.1), Level::new(LEVEL).ok()?)?;
            (test.p_value * pairs < BEYOND_CHANCE).then(|| {
                let told = |(channel, tally): &(&str, Tally)| format!("{channel} ({})", percent(rate(tally)));
                format!("; most by {}, fewest by {}", told(best), told(last))
            })
        }
        _ => None,
    };
    let headline = format!(
        "Of {} offers, {} were accepted: a product or category that they name was bought in time (95 % interval {} to \
         {}){}.",
        words::count(all.offered),
        percent(rate(&all)),
        percent(interval.low),
        percent(interval.high),
        apart.unwrap_or_default()
    );
    let caveat = "Some would have bought it anyway: campaign_result compares with those who were offered nothing.";
    Some(Finding::new("acceptance_rate", 0.45, headline).with_caveat(caveat))
}

#[cfg(test)]
#[path = "acceptance_tests.rs"]
mod tests;
