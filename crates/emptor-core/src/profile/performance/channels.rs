//! `channel_perf`, `channel_migration`, `multi_channel`: channels, and how customers use them.

use std::collections::HashMap;

use super::channel_mix::{ChannelUse, Migration, MultiChannel, channel_migration, multi_channel};
use super::cube::{Cell, Dimension, Measure, Users};
use super::ground::{Ground, dated};
use crate::profile::words::{self, change_percent, many, money, percent};
use crate::profile::{Finding, Gap, ProfileError, ResultTable, Section};
use crate::table::{Of, count, frame, known, number, specs, text};

struct Line {
    channel: String,
    start: String,
    cell: Cell,
    /// Cell of all channels in the period.
    all: Cell,
}

const CHANNELS: &[Of<[Line]>] = &[
    text("channel", "", "the channel; __unknown__ where lines do not say", |of, row| Some(of[row].channel.clone())),
    text("period_start", "day", "first day of the period", |of, row| Some(of[row].start.clone())),
    number("net_rev", "currency", "net revenue", |of, row| of[row].cell.sums.net.value()),
    known("cm2", "currency", "contribution margin after cost to serve; not known by channel", |_, _| None),
    known("cts", "currency", "cost to serve; not known by channel", |_, _| None),
    count("customers", "customers", "different customers who bought there", |of, row| Some(of[row].cell.customers)),
    known("coverage", "share", "part of all customers of the period who bought there", |of, row| {
        let all = of[row].all.customers;
        (all > 0).then(|| of[row].cell.customers as f64 / all as f64)
    }),
    known("share", "share", "part of net revenue of the period", |of, row| {
        let all = of[row].all.sums.net.value();
        (all > 0.0).then(|| of[row].cell.sums.net.value() / all)
    }),
    known("cm1", "currency", "net revenue less product cost, of lines whose cost is known", |of, row| {
        Measure::Cm1.of(&of[row].cell)
    }),
    count("orders", "orders", "different orders", |of, row| Some(of[row].cell.orders)),
    known("aov", "currency/order", "average order value, net", |of, row| Measure::Aov.of(&of[row].cell)),
    known("return_rate", "share", "returns as a share of sales", |of, row| Measure::ReturnRate.of(&of[row].cell)),
];

struct Moves {
    names: Vec<String>,
    moves: Vec<Migration>,
}

impl Moves {
    fn name(&self, channel: Option<u32>) -> String {
        channel.and_then(|of| self.names.get(of as usize)).map_or_else(|| "__none__".to_owned(), Clone::clone)
    }
}

const MOVES: &[Of<Moves>] = &[
    text("from", "", "main channel in the window before; __none__ without a purchase", |of, row| {
        Some(of.name(of.moves[row].from))
    }),
    text("to", "", "main channel in the window; __none__ without a purchase", |of, row| {
        Some(of.name(of.moves[row].to))
    }),
    count("n", "customers", "customers who moved so", |of, row| Some(of.moves[row].customers)),
    number("p", "share", "part of the customers of the earlier channel; rows of a channel add up to 1", |of, row| {
        of.moves[row].share
    }),
    number("net_before", "currency", "their net revenue in the window before", |of, row| of.moves[row].before),
    number("net_after", "currency", "their net revenue in the window", |of, row| of.moves[row].after),
];

const MULTI: &[Of<MultiChannel>] = &[
    count("several", "customers", "customers with at least two orders who used several channels", |of, _| {
        Some(of.several)
    }),
    count("one", "customers", "customers with at least two orders who used one channel", |of, _| Some(of.one)),
    known("revenue_several", "currency/customer", "net revenue per customer of the first", |of, _| of.revenue_several),
    known("revenue_one", "currency/customer", "net revenue per customer of the second", |of, _| of.revenue_one),
    known("premium", "share", "the first over the second, less 1; a correlation, not an effect", |of, _| of.premium),
];

pub(super) fn tables(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let needs = Dimension::Channel.missing(ground.input);
    if !needs.is_empty() {
        section.gaps.push(Gap::new("channel_perf", needs.clone(), "lines do not say their channel"));
        section.gaps.push(Gap::new("channel_migration", needs, "lines do not say their channel"));
        return Ok(());
    }
    let time = Dimension::Period(ground.input.window.grain());
    let cube = ground.now(&[Dimension::Channel, time])?;
    let all: HashMap<Option<String>, Cell> =
        cube.level(&[time]).into_iter().map(|mut row| (row.members.pop().flatten(), row.cell)).collect();
    let mut lines = Vec::new();
    for row in cube.level(cube.dimensions()) {
        if let [Some(channel), Some(start)] = row.members.as_slice() {
            let all = all.get(&Some(start.clone())).copied().unwrap_or_default();
            lines.push(Line { channel: channel.clone(), start: start.clone(), cell: row.cell, all });
        }
    }
    let about = "One row per channel and period, by channel. Customers of channels do not add up: one may use several.";
    let frame_of = dated(frame(CHANNELS, lines.as_slice(), lines.len())?, &["period_start"])?;
    let specs_of = specs::<_, { CHANNELS.len() }>(CHANNELS).to_vec();
    section.tables.push(ResultTable::new("channel_perf", about, frame_of, specs_of)?);
    let reason = "cost to serve is known of customers and products, not of channels";
    section.gaps.push(Gap::new("channel_perf.cm2", Vec::new(), reason));
    migration(ground, section)
}

/// Uses of channels by known customers; customers and channels have the same numbers in both windows.
fn uses(users: &Users) -> Vec<ChannelUse> {
    // Sale lines without an order number are a use of the channel all the same.
    let of = |of: &super::cube::Use| ChannelUse {
        customer: of.customer,
        channel: of.member,
        amount: of.net.value(),
        orders: (of.orders as usize).max(usize::from(of.bought)),
    };
    users.uses().iter().map(of).collect()
}

fn migration(ground: &mut Ground<'_>, section: &mut Section) -> Result<(), ProfileError> {
    let now = ground.users(true);
    let then = ground.has_base().then(|| ground.users(false));
    let names = now.0.clone();
    let current = uses(&now.1);
    let several = multi_channel(&current);
    let about = "One row: customers of several channels beside customers of one, among those with at least two orders.";
    let table = ResultTable::new(
        "multi_channel",
        about,
        frame(MULTI, &several, 1)?,
        specs::<_, { MULTI.len() }>(MULTI).to_vec(),
    )?;
    let table = table.with_flag("correlation: who buys more comes by more ways; not the effect of a second channel");
    let few = several.several.min(several.one);
    section.tables.push(if few < ground.settings.min_n {
        table.with_flag(format!("low_support: n = {few}"))
    } else {
        table
    });
    if let Some(premium) = several.premium.filter(|_| few >= ground.settings.min_n) {
        let headline = format!(
            "{} customers use several channels and bring {} each, {} of one channel bring {}: {}.",
            words::count(several.several),
            money(several.revenue_several.unwrap_or_default()),
            words::count(several.one),
            money(several.revenue_one.unwrap_or_default()),
            change_percent(premium),
        );
        let caveat = "A correlation: who buys more comes by more ways. Both groups have at least two orders.";
        section.findings.push(Finding::new("multi_channel", 0.4, headline).with_caveat(caveat));
    }
    let Some(then) = then else {
        let reason = format!("no lines before {}: nothing to compare with", ground.input.window.from());
        section.gaps.push(Gap::new("channel_migration", Vec::new(), reason));
        return Ok(());
    };
    let earlier = uses(&then.1);
    let moves = Moves { moves: channel_migration(&earlier, &current), names };
    let rows = moves.moves.len();
    let about =
        "One row per pair of main channels (where a customer spent most) in the window before and in the window.";
    let mut table = ResultTable::new(
        "channel_migration",
        about,
        frame(MOVES, &moves, rows)?,
        specs::<_, { MOVES.len() }>(MOVES).to_vec(),
    )?;
    if let Some(late) = ground.late_base() {
        table = table.with_flag(late);
    }
    section.tables.push(table);
    let moved = moves.moves.iter().filter(|of| of.from.is_some() && of.to.is_some() && of.from != of.to);
    if let Some(most) = moved.max_by_key(|of| of.customers) {
        let headline = format!(
            "The greatest move between channels: {} ({} of those who stood there) went from {} to {}; their spending went \
             from {} to {}.",
            many(most.customers, "customer", "customers"),
            percent(most.share),
            moves.name(most.from),
            moves.name(most.to),
            money(most.before),
            money(most.after),
        );
        let late = ground.late_base().and(ground.no_comparison());
        let is_faint = late.is_some() || most.customers < ground.settings.min_n;
        let finding = Finding::new("channel_migration", (0.25 + most.share).min(0.6), headline).faint_if(is_faint);
        let caveat = late.map(|late| late.replacen('t', "T", 1) + ".").or_else(|| ground.caveat());
        section.findings.push(match caveat {
            Some(caveat) => finding.with_caveat(caveat),
            None => finding,
        });
    }
    Ok(())
}
