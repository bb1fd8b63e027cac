//! Prospecting.

use emptor_chart::{Axis, Bars, Columns, Row, Unit};
use emptor_core::profile::{P, Section};

use super::frames::{block, by_size, grid, grid_of};
use super::{Made, p};
use crate::block::Block;
use crate::material::Material;
use crate::read::{numbers, texts};
use crate::words::{Words, count, percent};

/// New customers of a channel, below which its mean says little.
const FEWEST: f64 = 30.0;

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("prospecting", P::Prospecting, material, words, blocks, &[])
}

const CHANNELS: [(&str, &str); 7] = [
    ("channel", "channel"),
    ("spend", "spent"),
    ("new", "new customers"),
    ("cac_full", "cost of each"),
    ("clv", "worth of each"),
    ("ltv_cac", "worth by cost"),
    ("payback", "periods to pay back"),
];

const DEALS: [(&str, &str); 7] = [
    ("opp_id", "deal"),
    ("stage", "stage"),
    ("rep", "representative"),
    ("amount", "amount"),
    ("p_win", "chance to win"),
    ("exp_value", "expected value"),
    ("exp_close", "expected to close"),
];

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    let channels =
        block(grid(section, "acq_channel_total", "What a new customer costs and brings", &CHANNELS, 12, words));
    let deals = by_size(section, "opportunity_score", "exp_value")
        .and_then(|table| block(grid_of(&table, "Open deals of the greatest expected value", &DEALS, 10, words)));
    [flow(section), funnel(section), cost(section, words), channels, deals].into_iter().flatten().collect()
}

/// New customers, and those who came back, per period.
fn flow(section: &Section) -> Option<Block> {
    let frame = &section.table("acquisition_flow")?.frame;
    let known: Vec<bool> = texts(frame, "is_forecast").iter().map(|is| is != "true").collect();
    let keep = |values: Vec<f64>| -> Vec<f64> {
        values.into_iter().zip(&known).filter(|(_, is)| **is).map(|(v, _)| v).collect()
    };
    let labels: Vec<String> =
        texts(frame, "period_start").iter().zip(&known).filter(|(_, is)| **is).map(|(day, _)| p::period(day)).collect();
    let (new, kept, back) =
        (keep(numbers(frame, "new")), keep(numbers(frame, "retained")), keep(numbers(frame, "returned")));
    if labels.len() < 2 || new.iter().all(|n| !n.is_finite()) {
        return None;
    }
    let sum: f64 = new.iter().filter(|n| n.is_finite()).sum();
    let chart = Columns::stacked(
        "Who bought: new, kept and returned customers",
        Axis::new("customers", Unit::number()),
        &labels,
    )
    .series("kept", &p::known(&kept))
    .series("returned", &p::known(&back))
    .series("new", &p::known(&new))
    .subtitle("Customers who bought in each period, by whether they bought in the one before, earlier, or never")
    .finding(format!("{} new customers came in {} periods.", count(sum as usize), labels.len()));
    Some(Block::chart("prospecting-flow", chart))
}

fn funnel(section: &Section) -> Option<Block> {
    let frame = &section.table("funnel_summary")?.frame;
    let stages = texts(frame, "stage");
    let (entered, conversion) = (numbers(frame, "entered"), numbers(frame, "conversion"));
    let rows: Vec<usize> =
        (0..stages.len()).filter(|row| !stages[*row].starts_with("__") && entered[*row].is_finite()).collect();
    if rows.len() < 2 {
        return None;
    }
    let mut chart = Bars::new("The funnel of deals", Unit::number()).measure("Deals that entered").subtitle(
        "Deals that ever entered a stage, and the share that went on, open ones counted for as long as they are open",
    );
    for row in &rows {
        let bar = Row::new(stages[*row].as_str(), entered[*row]);
        let note =
            if conversion[*row].is_finite() { format!("{} go on", percent(conversion[*row])) } else { String::new() };
        chart = chart.push(bar.note(note));
    }
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    let finding = format!(
        "Of {} deals {} reached the stage {}.",
        count(entered[first] as usize),
        count(entered[last] as usize),
        stages[last]
    );
    Some(Block::chart("prospecting-funnel", chart.finding(finding)))
}

/// What a new customer costs, by channel.
fn cost(section: &Section, words: &Words) -> Option<Block> {
    let frame = &section.table("acq_channel_total")?.frame;
    let (names, cac, clv) = (texts(frame, "channel"), numbers(frame, "cac_full"), numbers(frame, "clv"));
    let new = numbers(frame, "new");
    let is_known = |row: &usize| cac[*row].is_finite() && !names[*row].starts_with("__");
    let mut rows: Vec<usize> = (0..names.len()).filter(|row| is_known(row) && new[*row] >= FEWEST).collect();
    rows.sort_by(|a, b| cac[*b].total_cmp(&cac[*a]));
    let few = (0..names.len()).filter(is_known).count() - rows.len();
    let dearest = rows.iter().copied().max_by(|a, b| cac[*a].total_cmp(&cac[*b]))?;
    if rows.len() < 2 {
        return None;
    }
    let mut chart = Bars::new("What a new customer costs, by channel", words.unit())
        .measure("Cost per new customer")
        .subtitle("Full acquisition cost per new customer, and what such a customer is worth")
        .finding(format!("A new customer costs most by {}: {}.", names[dearest], words.money(cac[dearest])));
    if few > 0 {
        chart =
            chart.note(format!("{few} with fewer than 30 new customers are not shown: a mean of so few says little."));
    }
    for row in rows {
        let bar = Row::new(names[row].as_str(), cac[row]);
        let note = if clv[row].is_finite() { format!("worth {}", words.money(clv[row])) } else { String::new() };
        chart = chart.push(bar.note(note));
    }
    Some(Block::chart("prospecting-cost", chart))
}
