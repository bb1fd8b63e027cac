//! `acceptance_rate`: of those who were offered a product, how many bought it.

use std::collections::{BTreeMap, BTreeSet};

use emptor_table::{Campaigns, Contacts};
use emptor_types::Level;
use polars::prelude::{IdxCa, IntoColumn, col, len};

use super::facts::Facts;
use super::offered::{Campaign, UNKNOWN, bought, counts, offers, read};
use super::settings::ProductSettings;
use crate::profile::lines::Lines;
use crate::profile::words::{self, percent};
use crate::profile::{Finding, Gap, Need, ProfileError, ProfileInput, ResultTable, Section};
use crate::statistics::{Interval, difference, wilson};
use crate::table::{Of, count, flag, frame, known, specs, text};

/// What stands for all channels.
const TOTAL: &str = "__total__";
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
    let lines = Lines::of(&input.tables)?;
    if campaigns.has("category") && !lines.has("category") {
        let need = [Need::column("products", "category")];
        let reason = "nobody knows which purchases are of the category that a campaign offers";
        section.gaps.push(Gap::new("acceptance_rate.category", need, reason));
    }
    let (tallies, strangers) = tallies(input, &lines, settings, facts, (campaigns, contacts))?;
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
        .with_flag("gross: acceptance is not the effect of the offer, for some would have bought anyway")
        .with_flag(format!("term: a purchase counts from the day of the offer, {}", term(settings)));
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
    lines: &Lines,
    settings: &ProductSettings,
    facts: &Facts,
    (table, contacts): (&Campaigns, &Contacts),
) -> Result<(Tallies, usize), ProfileError> {
    let mut campaigns = read(input, settings, table)?;
    // Where products have no category, offers of one are not known to be refused.
    campaigns.retain(|campaign| !campaign.products.is_empty() || lines.has("category"));
    let contacts = offers(input, &campaigns, contacts)?;
    let sent = counts(contacts.clone().group_by([col("campaign_id")]).agg([len().alias("customers")]), None)?;
    let as_of = input.window.as_of().days_since_epoch();
    let due = |campaign: &&Campaign| campaign.to <= as_of;
    let named: Vec<(&str, &str)> = campaigns
        .iter()
        .filter(due)
        .flat_map(|campaign| campaign.products.iter().map(|product| (campaign.id.as_str(), product.as_str())))
        .collect();
    let mut accepted = bought(input, lines, "product_id", &named, contacts.clone())?;
    if lines.has("category") {
        let of_category = campaigns.iter().filter(due).filter_map(|campaign| {
            Some((campaign.id.as_str(), campaign.category.as_deref().filter(|_| campaign.products.is_empty())?))
        });
        let named: Vec<(&str, &str)> = of_category.collect();
        accepted.extend(bought(input, lines, "category", &named, contacts)?);
    }
    let places = facts.place();
    let (mut tallies, mut strangers) = (Tallies::new(), BTreeSet::new());
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
            let taken = accepted.get(&(campaign.id.clone(), key)).copied().unwrap_or(0);
            let own = table.has("channel").then(|| Some(campaign.channel.clone()));
            for channel in [Some(None), own].into_iter().flatten() {
                let tally = tallies.entry((item.clone(), channel)).or_default();
                tally.campaigns += 1;
                if is_due {
                    tally.offered += n;
                    tally.accepted += taken;
                } else {
                    tally.open += n;
                }
            }
        }
    }
    Ok((tallies, strangers.len()))
}

/// Until when a purchase accepts, in words.
fn term(settings: &ProductSettings) -> String {
    match settings.grace_days {
        ..=0 => "no later than the last day of the campaign".to_owned(),
        days => {
            let days = words::many(days.unsigned_abs() as usize, "day", "days");
            format!("no later than {days} after the last day of the campaign")
        }
    }
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
        "Of {} offers, {} were followed by a purchase of what they name, {} (95 % interval {} to {}){}.",
        words::count(all.offered),
        percent(rate(&all)),
        term(settings),
        percent(interval.low),
        percent(interval.high),
        apart.unwrap_or_default()
    );
    let caveat = "This is not the effect of the offer: some would have bought anyway, and only the difference to customers \
                  who were offered nothing tells.";
    Some(Finding::new("acceptance_rate", 0.45, headline).with_caveat(caveat))
}

#[cfg(test)]
#[path = "acceptance_tests.rs"]
mod tests;
