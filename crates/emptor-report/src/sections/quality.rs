//! Data quality and coverage: what came in, what was made of it, and what more would allow.

use std::collections::BTreeMap;

use emptor_core::analysis::Reconciliation;
use emptor_core::profile::Gap;
use emptor_table::DataQuality;

use super::{Made, p};
use crate::block::{Block, Fact, Part};
use crate::grid::Grid;
use crate::material::Material;
use crate::words::{UNKNOWN, Words, count, many, percent};

pub(super) fn part(material: &Material<'_>, words: &Words) -> Made {
    if material.quality.is_empty() {
        return Ok(None);
    }
    let quality = &material.quality;
    let mut part = Part::new("quality", "Data quality and coverage").finding(finding(quality)).caveat(caveat(quality));
    part.push(Block::Facts(facts(quality)));
    part.push(Block::Table(tables(quality, words)));
    part.push(breaches(quality, words));
    part.push(treatments(quality, words));
    if let Some(analysis) = material.analysis {
        part.push(Block::Table(money(&analysis.reconciliation, words)));
    }
    part.push(gaps(material));
    Ok(Some(part))
}

fn finding(quality: &[DataQuality]) -> String {
    let rows: usize = quality.iter().map(|table| table.rows).sum();
    let aside: usize = quality.iter().map(|table| table.quarantined).sum();
    let (rows_said, tables) = (many(rows, "row"), many(quality.len(), "table"));
    match aside {
        0 => format!("{rows_said} of {tables} came in, and every row keeps the rules of its table."),
        aside => {
            let share = percent(aside as f64 / rows as f64);
            format!("{rows_said} of {tables} came in; {} ({share}) broke a rule.", many(aside, "row"))
        }
    }
}

fn caveat(quality: &[DataQuality]) -> String {
    let missing: Vec<&DataQuality> = quality.iter().filter(|table| table.accepted == 0).collect();
    if missing.is_empty() {
        "Rules see what is impossible, not what is wrong: a price typed with a digit too many keeps them all."
            .to_owned()
    } else {
        let names: Vec<&str> = missing.iter().map(|table| table.table).collect();
        format!("Nothing could be taken from {}: what rests on it is missing in this report.", names.join(", "))
    }
}

fn facts(quality: &[DataQuality]) -> Vec<Fact> {
    let rows: usize = quality.iter().map(|table| table.rows).sum();
    let accepted: usize = quality.iter().map(|table| table.accepted).sum();
    let aside: usize = quality.iter().map(|table| table.quarantined).sum();
    let mut facts = vec![
        Fact::new("Tables", count(quality.len())),
        Fact::new("Rows read", count(rows)),
        Fact::new("Rows accepted", count(accepted)),
        Fact::new("Rows set aside", count(aside)),
    ];
    let days = quality.iter().find(|table| table.table == "transactions").and_then(|table| table.days);
    if let Some((first, last)) = days {
        let span = last.days_since_epoch() - first.days_since_epoch() + 1;
        let span = many(usize::try_from(span).unwrap_or(0), "day");
        facts.push(Fact::new("Order lines span", span).note(format!("{first} to {last}")));
    }
    facts
}

/// One row per table.
fn tables(quality: &[DataQuality], words: &Words) -> Grid {
    let all_kept = quality.iter().all(|table| table.quarantined == 0);
    let lost: &[&str] = if all_kept { &[] } else { &["share set aside", "money set aside"] };
    let numbers = [&["rows read", "accepted", "set aside"], lost].concat();
    let mut grid = Grid::new("What came in", &["table", "first day", "last day"], &numbers);
    "Rows read are those accepted and those set aside, table by table.".clone_into(&mut grid.about);
    for table in quality {
        let (first, last) = table.days.map_or_else(
            || (UNKNOWN.to_owned(), UNKNOWN.to_owned()),
            |(first, last)| (first.to_string(), last.to_string()),
        );
        let share = if table.rows == 0 { f64::NAN } else { table.quarantined as f64 / table.rows as f64 };
        let money = amount(table.quarantined_amount.filter(|_| table.quarantined > 0), words);
        let counts = [table.rows, table.accepted, table.quarantined].map(count);
        let row = [table.table.replace('_', " "), first, last].into_iter().chain(counts).chain([percent(share), money]);
        grid.row(row.take(3 + numbers.len()));
    }
    grid
}

/// Rules that rows broke; no samples, for these hold what customers are called.
fn breaches(quality: &[DataQuality], words: &Words) -> Option<Block> {
    let mut grid = Grid::new("Rules that were broken", &["table", "column", "rule"], &["rows", "money"]);
    "A row may break more than one rule.".clone_into(&mut grid.about);
    for table in quality {
        for breach in &table.breaches {
            grid.row([
                table.table.replace('_', " "),
                breach.column.clone(),
                breach.rule.clone(),
                count(breach.count),
                amount(breach.amount, words),
            ]);
        }
    }
    shown(grid, words)
}

/// Rows that are data and not errors, and what is done with them.
fn treatments(quality: &[DataQuality], words: &Words) -> Option<Block> {
    let mut grid = Grid::new(
        "Rows with a treatment of their own",
        &["table", "rows that are", "what is done"],
        &["rows", "money"],
    );
    "These are no errors. A row may be of several kinds.".clone_into(&mut grid.about);
    for table in quality {
        for fact in table.facts.iter().filter(|fact| fact.rows > 0) {
            grid.row([
                table.table.replace('_', " "),
                fact.name.replace('_', " "),
                fact.treatment.to_owned(),
                count(fact.rows),
                amount(fact.amount, words),
            ]);
        }
    }
    shown(grid, words)
}

fn shown(mut grid: Grid, words: &Words) -> Option<Block> {
    grid.rows.truncate(words.most_rows.max(20));
    (!grid.rows.is_empty()).then_some(Block::Table(grid))
}

fn amount(amount: Option<f64>, words: &Words) -> String {
    amount.map_or_else(|| UNKNOWN.to_owned(), |amount| words.money(amount))
}

/// Where the money of the accepted order lines is in this report.
fn money(reconciliation: &Reconciliation, words: &Words) -> Grid {
    let mut grid = Grid::new("How the money adds up", &["money"], &["amount", "share"]);
    let share = |amount: f64| percent(amount / reconciliation.all);
    let rows = [
        ("of customers, up to the day of observation", reconciliation.customers),
        ("of customers, after the day of observation", reconciliation.later),
        ("of lines without a customer", reconciliation.unassigned),
        ("of cancelled orders", reconciliation.void),
    ];
    for (name, amount) in rows {
        grid.row([name.to_owned(), words.money(amount), share(amount)]);
    }
    grid.row(["all accepted order lines".to_owned(), words.money(reconciliation.all), share(reconciliation.all)]);
    grid.about = if reconciliation.holds() {
        "The parts add up to what was counted when the order lines came in.".to_owned()
    } else {
        format!(
            "The parts do NOT add up to what was counted when the order lines came in: they differ by {}. Trust no amount of this \
             report before that is understood.",
            words.money(reconciliation.gap())
        )
    };
    grid
}

/// What the report lacks, by what would fill it; what fills most comes first.
fn gaps(material: &Material<'_>) -> Option<Block> {
    let results = material.seven_p?;
    let mut by_need = BTreeMap::<String, Vec<String>>::new();
    let sections = results.seven_p.sections.iter().flat_map(|section| &section.gaps);
    for Gap { analysis, needs, .. } in sections.chain(&results.gaps) {
        for need in needs {
            let analyses = by_need.entry(need.to_string()).or_default();
            let name = p::analysis(analysis);
            if !analyses.contains(&name) {
                analyses.push(name);
            }
        }
    }
    let mut needs: Vec<(String, Vec<String>)> = by_need.into_iter().collect();
    needs.sort_by_key(|(_, analyses)| std::cmp::Reverse(analyses.len()));
    let items: Vec<String> =
        needs.into_iter().map(|(need, analyses)| format!("{need}: {}", analyses.join(", "))).collect();
    (!items.is_empty()).then(|| Block::List { title: "What more data would allow".to_owned(), items })
}
