//! The warehouse: what was on its shelves, and when orders left it and arrived.
//!
//! Its log begins a year before the end of the window, with the system that writes it. It serves every channel but the
//! shops. Stock is reviewed every Monday: below a level that lasts for some weeks it is filled up, and comes days later.
//! What is not there is sent after it has come.

use std::collections::BTreeMap;

use emptor_types::Date;

use super::calendar::{Clock, is_sunday};
use super::customers::Customer;
use super::ledger::{Ledger, LineType, OrderLine, OrderStatus};
use super::places::{CHANNELS, STORE};
use super::products::Assortment;
use super::settings::RetailSimulation;
use super::themes::{INCOMPLETE, LATE_DELIVERY};
use super::tickets::TicketOrder;
use crate::csv::{CsvRow, Record};
use crate::days::days_between;
use crate::random::Stream;

/// Days before the end of the window on which the log begins.
const LOG: i32 = 366;
/// The key of the warehouse, beside those of the shops.
const WAREHOUSE: &str = "W01";
/// Days after the order by which it is promised, by channel: (store,) online, marketplace, phone.
const PROMISED: [i32; CHANNELS.len()] = [0, 4, 5, 4];
/// Probability that a carrier takes too long, and what December adds.
const SLOW: (f64, f64) = (0.05, 0.06);
/// Weeks of demand below which stock is filled up, and up to which.
const WEEKS: (f64, f64) = (3.0, 7.0);
/// Days until what was ordered comes: at least, at most.
const SUPPLY: (i32, i32) = (4, 19);

/// A line on its way to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The order.
    pub order_id: String,
    /// Its line.
    pub line_id: String,
    /// The last day on which it arrives in time; it may lie after the window.
    pub promised: Date,
    /// The day on which the first of it left.
    pub shipped: Option<Date>,
    /// The day on which all of it had arrived.
    pub delivered: Option<Date>,
    /// Units ordered.
    pub qty_ordered: i32,
    /// Units in the first shipment.
    pub qty_first: i32,
}

/// What lay on the shelf on the morning of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stock {
    /// The product.
    pub product_id: String,
    /// The warehouse.
    pub place_id: &'static str,
    /// The day, a Monday.
    pub date: Date,
    /// Units.
    pub on_hand: i32,
}

/// The shelf of one product.
#[derive(Debug, Default)]
struct Shelf {
    on_hand: i32,
    /// Units that customers wait for.
    owed: i32,
    /// The level below which it is filled up, and the level up to which.
    levels: (i32, i32),
    /// Days on which goods come, and how many, in the order of the days.
    coming: Vec<(Date, i32)>,
}

impl Shelf {
    fn receive(&mut self, day: Date) {
        let due = self.coming.partition_point(|&(on, _)| on <= day);
        for (_, units) in self.coming.drain(..due) {
            let to_customers = self.owed.min(units);
            self.owed -= to_customers;
            self.on_hand += units - to_customers;
        }
    }

    fn review(&mut self, day: Date, stream: &mut Stream) {
        let position = self.on_hand - self.owed + self.coming.iter().map(|(_, units)| units).sum::<i32>();
        let lead = stream.whole(SUPPLY.0, SUPPLY.1);
        if position < self.levels.0 {
            self.coming.push((day.plus_days(lead), self.levels.1 - position));
            self.coming.sort_by_key(|(on, _)| *on);
        }
    }

    /// Takes units for a customer: how many there are, and the day on which the rest will have come, if it is known.
    fn take(&mut self, day: Date, units: i32) -> (i32, Option<Date>) {
        let first = self.on_hand.min(units);
        self.on_hand -= first;
        let rest = units - first;
        self.owed += rest;
        let mut wanted = self.owed;
        let comes = self.coming.iter().find(|(_, units)| {
            wanted -= units;
            wanted <= 0
        });
        (first, if rest == 0 { Some(day) } else { comes.map(|(on, _)| *on) })
    }
}

/// Deliveries in the order of the lines, and the stock of every Monday by product.
pub(crate) fn warehouse(
    settings: &RetailSimulation,
    clock: &Clock,
    customers: &[Customer],
    assortment: &Assortment,
    ledger: &Ledger,
    tickets: &[TicketOrder],
) -> (Vec<Delivery>, Vec<Stock>) {
    let begin = clock.day((clock.days() - LOG).max(0));
    let product: BTreeMap<&str, usize> =
        assortment.products.iter().zip(0..).map(|(row, index)| (row.product_id.as_str(), index)).collect();
    let buyer: BTreeMap<&str, usize> =
        customers.iter().zip(0..).map(|(row, index)| (row.customer_id.as_str(), index)).collect();
    let complaints: BTreeMap<&str, &TicketOrder> = tickets.iter().map(|row| (row.order_id.as_str(), row)).collect();
    let leaves = |line: &&OrderLine| {
        line.order_ts >= begin
            && line.status == OrderStatus::Completed
            && line.channel != CHANNELS[STORE]
            && !assortment.products[product[line.product_id.as_str()]].is_service
    };
    let mut shelves = shelves(settings, clock, assortment, (begin, ledger.lines.iter().filter(leaves), &product));

    let (mut deliveries, mut stock) = (Vec::new(), Vec::new());
    let mut lines = ledger.lines.iter().filter(leaves).peekable();
    for day in (days_between(clock.day(0), begin)..clock.days()).map(|day| clock.day(day)) {
        for (index, shelf) in shelves.iter_mut().enumerate() {
            shelf.receive(day);
            if is_sunday(day.plus_days(-1)) && assortment.on_sale(index, day) && !assortment.products[index].is_service
            {
                let row = (index as u64) << 32 | u64::from(days_between(clock.day(0), day).unsigned_abs());
                shelf.review(day, &mut Stream::new(settings.seed, "supply", row));
                stock.push(Stock {
                    product_id: assortment.products[index].product_id.clone(),
                    place_id: WAREHOUSE,
                    date: day,
                    on_hand: shelf.on_hand,
                });
            }
        }
        while let Some(line) = lines.next_if(|line| line.order_ts == day) {
            let shelf = &mut shelves[product[line.product_id.as_str()]];
            if line.line_type == LineType::Return {
                shelf.on_hand += if line.restocked == Some(true) { -line.qty } else { 0 };
                continue;
            }
            let customer = line.customer_id.as_deref().and_then(|id| buyer.get(id)).copied().unwrap_or(customers.len());
            let complaint = complaints.get(line.order_id.as_str()).copied();
            let row = (customer as u64) << 32 | u64::from(days_between(clock.day(0), day).unsigned_abs());
            let stream = Stream::new(settings.seed, "deliveries", row);
            deliveries.push(delivery(settings, line, shelf, complaint, stream));
        }
    }
    (deliveries, stock)
}

/// Full shelves at the beginning, and the levels that the demand of the log asks for.
fn shelves<'a>(
    settings: &RetailSimulation,
    clock: &Clock,
    assortment: &Assortment,
    (begin, lines, product): (Date, impl Iterator<Item = &'a OrderLine>, &BTreeMap<&str, usize>),
) -> Vec<Shelf> {
    let mut sold = vec![0; assortment.products.len()];
    for line in lines.filter(|line| line.line_type != LineType::Return) {
        sold[product[line.product_id.as_str()]] += line.qty;
    }
    let weeks = f64::from(days_between(begin, clock.day(clock.days() - 1)) + 1) / 7.0;
    let shelf = |(index, sold): (usize, i32)| {
        // Some articles are planned well and some are not.
        let care = libm::exp(0.35 * Stream::new(settings.seed, "shelves", index as u64).normal());
        let level = |weeks_of: f64| 1 + (weeks_of * care * f64::from(sold) / weeks).ceil() as i32;
        let levels = (level(WEEKS.0), level(WEEKS.1));
        Shelf { on_hand: levels.1, levels, ..Shelf::default() }
    };
    sold.into_iter().enumerate().map(shelf).collect()
}

/// The way of one line. All lines of an order share a carrier, and so the numbers of the order's stream.
fn delivery(
    settings: &RetailSimulation,
    line: &OrderLine,
    shelf: &mut Shelf,
    complaint: Option<&TicketOrder>,
    mut stream: Stream,
) -> Delivery {
    let working = |day: Date| if is_sunday(day) { day.plus_days(1) } else { day };
    let channel = CHANNELS.iter().position(|channel| *channel == line.channel).unwrap_or(STORE);
    let promised = working(line.order_ts.plus_days(PROMISED[channel]));
    let (packed, carried) = (stream.whole(0, 1), stream.whole(1, 2));
    let december = line.order_ts.year_month().1 == 12;
    let slow = stream.chance(SLOW.0 + if december { SLOW.1 } else { 0.0 });
    let delay = if slow { stream.whole(2, 7) } else { 0 };
    let theme = complaint.and_then(|row| row.ticket.theme);
    let of_ticket = complaint.is_some_and(|row| row.ticket.product_id == line.product_id);

    let (mut first, mut rest) = shelf.take(line.order_ts, line.qty);
    let opened = complaint.map_or(line.order_ts, |row| row.ticket.opened);
    if theme == Some(INCOMPLETE) && of_ticket && first == line.qty {
        // The goods were there, and one was left out of the parcel; it was sent after the complaint.
        first -= 1;
        rest = Some(opened.plus_days(1));
    }
    let leaves = working(line.order_ts.plus_days(packed));
    let all_left = rest.map(|day| working(day.max(leaves)));
    let shipped = if first > 0 { Some(leaves) } else { all_left };
    let mut delivered = all_left.map(|day| working(day.plus_days(carried + delay)));
    if theme == Some(LATE_DELIVERY) {
        // Who complains still waits, or has just waited too long.
        delivered = delivered.map(|day| day.max(working(opened.plus_days(delay % 3))).max(promised.plus_days(1)));
    }
    let known = |day: Option<Date>| day.filter(|day| *day <= settings.as_of());
    Delivery {
        order_id: line.order_id.clone(),
        line_id: line.line_id.clone(),
        promised,
        shipped: known(shipped),
        delivered: known(delivered),
        qty_ordered: line.qty,
        qty_first: first,
    }
}

impl CsvRow for Delivery {
    const COLUMNS: &'static [&'static str] =
        &["order_id", "line_id", "promised", "shipped", "delivered", "qty_ordered", "qty_first"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.order_id).field(&self.line_id).field(self.promised).optional(self.shipped);
        record.optional(self.delivered).field(self.qty_ordered).field(self.qty_first);
    }
}

impl CsvRow for Stock {
    const COLUMNS: &'static [&'static str] = &["product_id", "place_id", "date", "on_hand"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.product_id).field(self.place_id).field(self.date).field(self.on_hand);
    }
}
