//! Promotion.

use std::collections::HashMap;

use emptor_chart::{Axis, Bars, Lines, Row, Stroke, Unit};
use emptor_core::profile::{P, Section};
use polars::prelude::Column;

use super::frames::{block, grid, grid_of, table};
use super::{Made, p};
use crate::block::Block;
use crate::material::Material;
use crate::read::{numbers, rows_where, texts};
use crate::words::{Words, count, number, percent};

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    p::part("promotion", P::Promotion, material, words, blocks, &[])
}

const RESULTS: [(&str, &str); 9] = [
    ("name", "campaign"),
    ("arm", "group"),
    ("n", "customers"),
    ("converted", "bought"),
    ("rate", "share"),
    ("incr", "of them by the campaign"),
    ("cost", "cost"),
    ("profit_incr", "profit by the campaign"),
    ("romi_incr", "return on cost"),
];

const VALIDITY: [(&str, &str); 7] = [
    ("campaign_id", "campaign"),
    ("verdict", "verdict"),
    ("n_treated", "treated"),
    ("n_control", "control"),
    ("contaminated", "contaminated"),
    ("problems", "problems"),
    ("doubts", "doubts"),
];

const COSTS: [(&str, &str); 7] = [
    ("name", "campaign"),
    ("budget", "budget"),
    ("cost", "cost"),
    ("variance_share", "over budget"),
    ("contacts", "contacts"),
    ("cost_per_contact", "cost of a contact"),
    ("cost_per_incr", "cost of a sale that would not have been"),
];

fn blocks(section: &Section, words: &Words) -> Vec<Block> {
    let results = section.table("campaign_result").and_then(|table| {
        let mut whole = table.clone();
        whole.frame = rows_where(&table.frame, "segment", str::is_empty).ok()?;
        block(grid_of(&whole, "Campaigns and their control groups", &RESULTS, 12, words))
    });
    let names = names(section);
    let validity = section.table("campaign_validity").and_then(|table| {
        let mut named = table.clone();
        let campaigns: Vec<String> =
            texts(&table.frame, "campaign_id").into_iter().map(|id| names.get(&id).cloned().unwrap_or(id)).collect();
        named.frame.with_column(Column::new("campaign_id".into(), campaigns)).ok()?;
        block(grid_of(&named, "Whether these comparisons are fair", &VALIDITY, 12, words))
    });
    let costs = block(grid(section, "campaign_cost", "Budget and cost", &COSTS, 12, words));
    [profit(section, words), results, validity, gains(section, &names), pressure(section), costs]
        .into_iter()
        .flatten()
        .collect()
}

/// Names of campaigns by their ids, as far as they are known.
fn names(section: &Section) -> HashMap<String, String> {
    let Some(frame) = table(section, "campaign_result") else { return HashMap::new() };
    let named = texts(frame, "campaign_id").into_iter().zip(texts(frame, "name"));
    named.filter(|(_, name)| !name.is_empty()).collect()
}

/// What campaigns earned beyond what would have been sold anyway.
fn profit(section: &Section, words: &Words) -> Option<Block> {
    let frame = &section.table("campaign_result")?.frame;
    let (name, arm, segment) = (texts(frame, "name"), texts(frame, "arm"), texts(frame, "segment"));
    let [gain, low, high, gross] =
        ["profit_incr", "profit_incr_lo", "profit_incr_hi", "margin"].map(|column| numbers(frame, column));
    let cost = numbers(frame, "cost");
    let rows: Vec<usize> = (0..name.len())
        .filter(|row| segment[*row].is_empty() && arm[*row] != "control" && gain[*row].is_finite())
        .collect();
    if rows.is_empty() {
        return None;
    }
    let sure = rows.iter().filter(|row| low[**row] > 0.0).count();
    let mut chart = Bars::new("What campaigns earned beyond what would have happened anyway", words.unit())
        .measure("Incremental profit")
        .dots()
        .ground(0.0)
        .subtitle("Profit of the treated group less that of its control group and less cost, with its interval (95 % unless set)")
        .finding(format!("Of {} campaigns {} earned more than they cost by their whole interval.", count(rows.len()), count(sure)))
        .note("Gross profit counts everything the treated bought, also what they would have bought without it.");
    for row in rows {
        let mut bar = Row::new(name[row].as_str(), gain[row]);
        if low[row].is_finite() && high[row].is_finite() {
            bar = bar.interval(low[row], high[row]);
        }
        let gross = gross[row] - cost[row];
        let note = if gross.is_finite() { format!("gross {}", words.short(gross)) } else { String::new() };
        chart = chart.push(bar.note(note));
    }
    Some(Block::chart("promotion-profit", chart))
}

/// The uplift that is captured by asking the most promising first, of the first campaign that was scored.
fn gains(section: &Section, names: &HashMap<String, String>) -> Option<Block> {
    let frame = &section.table("uplift_curve")?.frame;
    let (campaign, model) = (texts(frame, "campaign_id"), texts(frame, "model"));
    // A campaign whose comparison is not fair moves nobody that one could know of.
    let validity = &section.table("campaign_validity")?.frame;
    let fair: Vec<String> = rows_where(validity, "verdict", |verdict| verdict == "valid")
        .map(|rows| texts(&rows, "campaign_id"))
        .unwrap_or_default();
    let chosen = campaign.iter().position(|id| fair.contains(id))?;
    let first = (campaign[chosen].clone(), model[chosen].clone());
    let rows: Vec<usize> =
        (0..campaign.len()).filter(|row| (&campaign[*row], &model[*row]) == (&first.0, &first.1)).collect();
    let pick = |column: &str| -> Vec<f64> {
        let values = numbers(frame, column);
        rows.iter().map(|row| values[*row]).collect()
    };
    let (x, q, random) = (pick("frac"), pick("q"), pick("q_random"));
    if x.len() < 3 || x.iter().chain(&q).chain(&random).any(|value| !value.is_finite()) {
        return None;
    }
    let form = texts(frame, "form").get(chosen).cloned().unwrap_or_default();
    let area = numbers(frame, "area").get(chosen).copied().filter(|area| area.is_finite());
    let area = area.map_or_else(String::new, |area| format!("The area above chance is {}. ", number(area)));
    let chart = Lines::new(
        format!("Whom the campaign \"{}\" moved", names.get(&first.0).unwrap_or(&first.0)),
        Axis::new("customers asked, by the score", Unit::percent()),
        Axis::new("incremental responses", Unit::number()),
    )
    .line(first.1.replace('_', " "), &x, &q, Stroke::Solid)
    .line("at random", &x, &random, Stroke::Dashed)
    .subtitle(format!(
        "Responses beyond those of the control group ({form} curve), asking customers by {}",
        first.1.replace('_', " ")
    ))
    .finding(format!(
        "{area}Where the curve runs along or below the broken line, the score does no better than chance."
    ));
    Some(Block::chart("promotion-uplift", chart))
}

/// Response to the first, second, … contact.
fn pressure(section: &Section) -> Option<Block> {
    let frame = &section.table("contact_pressure")?.frame;
    let (basis, nth, more) = (texts(frame, "basis"), texts(frame, "contact_number"), texts(frame, "or_more"));
    let [rate, low, high, contacts] = ["rate", "rate_lo", "rate_hi", "contacts"].map(|column| numbers(frame, column));
    let rows: Vec<usize> = (0..basis.len()).filter(|row| basis[*row] == "ever" && rate[*row].is_finite()).collect();
    if rows.len() < 2 {
        return None;
    }
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    let mut chart = Bars::new("Do customers tire of being asked?", Unit::percent())
        .measure("Responded")
        .dots()
        .subtitle("Share of contacts with a response, by how many contacts the customer had had, with intervals")
        .finding(format!(
            "{} of first contacts had a response, {} of the last shown.",
            percent(rate[first]),
            percent(rate[last])
        ));
    for row in rows {
        let ending = if more[row] == "true" { " or later" } else { "" };
        let mut bar = Row::new(format!("contact {}{ending}", nth[row]), rate[row]);
        if low[row].is_finite() && high[row].is_finite() {
            bar = bar.interval(low[row], high[row]);
        }
        chart = chart.push(bar.note(format!("{} contacts", count(contacts[row] as usize))));
    }
    Some(Block::chart("promotion-pressure", chart))
}
