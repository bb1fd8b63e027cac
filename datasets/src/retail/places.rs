//! Where is sold: regions, channels, stores.

use emptor_types::Date;

use crate::Cents;
use crate::csv::{CsvRow, Record};

/// Regions, with the share of customers who live there.
pub(crate) const REGIONS: [(&str, f64); 5] =
    [("capital", 0.30), ("north", 0.22), ("south", 0.20), ("west", 0.16), ("east", 0.12)];

/// A sales channel and what an order costs in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Channel {
    /// The key: `store`, `online`, `marketplace` or `phone`.
    pub channel: &'static str,
    /// A name to show.
    pub name: &'static str,
    /// Cost of handling one order.
    pub order_cost: Cents,
    /// Share of net revenue that an outside partner keeps.
    pub commission_rate: f64,
}

/// A shop.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Store {
    /// The key, e.g. `S01`; `place_id` of order lines.
    pub place_id: String,
    /// A name to show.
    pub name: &'static str,
    /// The region it lies in.
    pub region_id: &'static str,
    /// The day it opened; some open inside the window.
    pub opened: Date,
    /// Sales area.
    pub square_metres: u32,
}

pub(crate) const STORE: usize = 0;
pub(crate) const ONLINE: usize = 1;
pub(crate) const CHANNELS: [&str; 4] = ["store", "online", "marketplace", "phone"];

pub(crate) fn channels() -> Vec<Channel> {
    let row = |channel, name, cents, commission_rate| Channel {
        channel: CHANNELS[channel],
        name,
        order_cost: Cents::new(cents),
        commission_rate,
    };
    vec![
        row(STORE, "Shops", 180, 0.0),
        row(ONLINE, "Web shop", 490, 0.0),
        row(2, "Marketplace", 420, 0.12),
        row(3, "Telephone", 860, 0.0),
    ]
}

/// Name, region, square metres, and the day of the window on which it opens (before it if negative).
const STORES: [(&str, usize, u32, i32); 8] = [
    ("Central Station", 0, 640, -2_900),
    ("Old Harbour", 1, 410, -2_100),
    ("Riverside", 0, 380, -1_500),
    ("Market Square", 2, 450, -1_100),
    ("West Gate", 3, 390, -640),
    ("East Park", 4, 320, -280),
    ("North Arcade", 1, 300, 190),
    ("South Outlet", 2, 520, 430),
];

pub(crate) fn stores(start: Date) -> Vec<Store> {
    STORES
        .iter()
        .zip(1..)
        .map(|(&(name, region, square_metres, opens), number)| Store {
            place_id: format!("S{number:02}"),
            name,
            region_id: REGIONS[region].0,
            opened: start.plus_days(opens),
            square_metres,
        })
        .collect()
}

/// Stores that are open on the day: those of the region, all if there is none.
pub(crate) fn open_stores(stores: &[Store], region: &str, day: Date) -> Vec<usize> {
    let open = |index: &usize| stores[*index].opened <= day;
    let near: Vec<usize> = (0..stores.len()).filter(open).filter(|&index| stores[index].region_id == region).collect();
    if near.is_empty() { (0..stores.len()).filter(open).collect() } else { near }
}

impl CsvRow for Channel {
    const COLUMNS: &'static [&'static str] = &["channel", "name", "order_cost", "commission_rate"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(self.channel).field(self.name).field(self.order_cost).field(self.commission_rate);
    }
}

impl CsvRow for Store {
    const COLUMNS: &'static [&'static str] = &["place_id", "name", "region_id", "opened", "square_metres"];

    fn write(&self, record: &mut Record<'_>) {
        record.field(&self.place_id).field(self.name).field(self.region_id);
        record.field(self.opened).field(self.square_metres);
    }
}
