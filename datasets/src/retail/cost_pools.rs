//! Cost pools: what the company's ledger says that each quarter cost.
//!
//! They tie to the other tables but for what no table tells: goods that vanished, hours nobody asked for.

use std::collections::{BTreeMap, BTreeSet};

use emptor_types::Date;

use super::campaigns::{Campaign, Contact};
use super::interactions::Interaction;
use super::ledger::{CURRENCY, Ledger, LineType, OrderLine, OrderStatus};
use super::places::Channel;
use super::products::Product;
use super::reps::Rep;
use super::settings::RetailSimulation;
use crate::Cents;
use crate::csv::{CsvRow, Record};
use crate::days::{days_between, period_of, periods};
use crate::random::Stream;

/// Cost of a minute of service and of selling, in euro.
const MINUTE: (f64, f64) = (0.80, 1.10);
/// Share of the minutes of service that are used in an average quarter.
const USED: f64 = 0.82;
/// Minutes that a seller can give to these accounts in a quarter: the company's other accounts take the rest.
const SELLER: f64 = 600.0;
/// Goods that vanish, as a share of those sold.
const SHRINKAGE: f64 = 0.004;
/// Rent, administration and the shops' staff, as a share of the average revenue.
const FIXED: f64 = 0.11;

/// What a pool cost in a quarter.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CostPool {
    /// `customer service`, `field sales`, `order handling`, `campaigns`, `goods sold` or `shops and administration`.
    pub pool: &'static str,
    /// The first day of the quarter.
    pub period: Date,
    /// `capacity`, `variable`, `direct_marketing`, `cogs` or `fixed`; column `type`.
    pub kind: &'static str,
    /// What it cost.
    pub amount: Cents,
    /// What it could do, for pools of the type `capacity`.
    pub practical_capacity: Option<u32>,
    /// `minutes`, where there is a capacity.
    pub capacity_unit: Option<&'static str>,
    /// The currency.
    pub ccy: &'static str,
}

/// The tables that the pools look at.
pub(crate) struct Books<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) products: &'a [Product],
    pub(crate) channels: &'a [Channel],
    pub(crate) campaigns: &'a [Campaign],
    pub(crate) contacts: &'a [Contact],
    pub(crate) interactions: &'a [Interaction],
    pub(crate) reps: &'a [Rep],
}

pub(crate) fn cost_pools(settings: &RetailSimulation, books: &Books<'_>) -> Vec<CostPool> {
    let end = settings.as_of();
    let quarters = periods(settings.start, end, 3);
    let n = quarters.len();
    let quarter = |day: Date| period_of(&quarters, day);
    let sum = |amounts: &mut dyn Iterator<Item = (Date, f64)>| {
        let mut sums = vec![0.0; n];
        amounts.for_each(|(day, amount)| sums[quarter(day)] += amount);
        sums
    };
    let goods = sum(&mut cost_of_goods(books));
    let handling = sum(&mut handling(books));
    let revenue = {
        let completed = books.ledger.lines.iter().filter(|line| line.status == OrderStatus::Completed);
        sum(&mut completed.map(|line| (line.order_ts, line.net_amount.to_f64())))
    };
    let average = FIXED * revenue.iter().sum::<f64>() / f64::from(settings.days);
    let marketing = sum(&mut marketing(books, end));
    let service = {
        let served = books.interactions.iter().filter(|row| row.kind == "service");
        sum(&mut served.map(|row| (row.date, f64::from(row.minutes))))
    };

    let mut rows = Vec::new();
    for (place, &period) in quarters.iter().enumerate() {
        let mut stream = Stream::new(settings.seed, "cost pools", place as u64);
        let last = quarters.get(place + 1).map_or(end, |next| next.plus_days(-1)).min(end);
        let days = days_between(period.max(settings.start), last) + 1;
        let mut add = |pool, kind, amount: f64, minutes: Option<f64>| {
            rows.push(CostPool {
                pool,
                period,
                kind,
                amount: Cents::round(amount),
                practical_capacity: minutes.map(|minutes| minutes as u32),
                capacity_unit: minutes.map(|_| "minutes"),
                ccy: CURRENCY,
            });
        };
        // Staff is planned for the quarter, not by the day: capacity comes in tens of hours.
        let minutes =
            (service[place] / (USED + 0.06 * stream.normal()).clamp(0.6, 0.97) / 600.0).ceil().max(1.0) * 600.0;
        add("customer service", "capacity", MINUTE.0 * minutes, Some(minutes));
        let there = |rep: &&Rep| rep.role == "field sales" && rep.from <= last && rep.to.is_none_or(|to| to >= period);
        let minutes = SELLER * books.reps.iter().filter(there).count() as f64;
        add("field sales", "capacity", MINUTE.1 * minutes, Some(minutes));
        add("order handling", "variable", handling[place], None);
        add("campaigns", "direct_marketing", marketing[place], None);
        add("goods sold", "cogs", goods[place].max(0.0) * (1.0 + SHRINKAGE * 2.0 * stream.uniform()), None);
        add("shops and administration", "fixed", average * f64::from(days) * libm::exp(0.03 * stream.normal()), None);
    }
    rows
}

/// Goods that left, less those that came back and can be sold again.
fn cost_of_goods<'a>(books: &Books<'a>) -> impl Iterator<Item = (Date, f64)> + 'a {
    let cost: BTreeMap<&str, f64> =
        books.products.iter().map(|row| (row.product_id.as_str(), row.unit_cost.to_f64())).collect();
    let counts = |line: &&OrderLine| {
        line.status == OrderStatus::Completed && (line.line_type != LineType::Return || line.restocked == Some(true))
    };
    let lines = books.ledger.lines.iter().filter(counts);
    lines.map(move |line| (line.order_ts, f64::from(line.qty) * cost[line.product_id.as_str()]))
}

/// Every order that was carried out, at the cost of its channel.
fn handling<'a>(books: &Books<'a>) -> impl Iterator<Item = (Date, f64)> + 'a {
    let cost: BTreeMap<&str, f64> = books.channels.iter().map(|row| (row.channel, row.order_cost.to_f64())).collect();
    let mut seen = BTreeSet::new();
    let is_order = |line: &&OrderLine| line.status == OrderStatus::Completed && line.line_type != LineType::Return;
    let orders = books.ledger.lines.iter().filter(is_order).filter(move |line| seen.insert(&line.order_id));
    orders.map(move |line| (line.order_ts, cost[line.channel]))
}

/// Campaigns: what making them cost, on their first day, and every contact that was sent.
fn marketing<'a>(books: &Books<'a>, end: Date) -> impl Iterator<Item = (Date, f64)> + 'a {
    let made = books.campaigns.iter().map(move |row| (row.start.min(end), row.cost_fixed.to_f64()));
    made.chain(books.contacts.iter().filter_map(|row| Some((row.sent_at?, row.cost.to_f64()))))
}

impl CsvRow for CostPool {
    const COLUMNS: &'static [&'static str] =
        &["pool", "period", "type", "amount", "practical_capacity", "capacity_unit", "ccy"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.pool).field(self.period).field(self.kind).field(self.amount);
        record.optional(self.practical_capacity).optional(self.capacity_unit).field(self.ccy);
    }
}
