//! Time and memory of scoring by a saved analysis, part by part or at once.
//!
//! ```text
//! measure_scorer scorer.json 1000000 [ROWS AT A TIME]
//! ```
//!
//! Prints customers, seconds, and bytes per customer: of the columns that go in, and at most beside them while they are scored
//! (Linux: from `/proc/self/status`). Customers are made up: histories of all lengths, every indicator known.

use std::error::Error;
use std::time::Instant;

use emptor_core::analysis::{Scorer, ScorerData};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, customers, rest @ ..] = arguments.as_slice() else {
        return Err("measure_scorer FILE CUSTOMERS [ROWS AT A TIME]".into());
    };
    let customers: usize = customers.parse()?;
    let part: usize = rest.first().map_or(Ok(customers), |part| part.parse())?;
    let scorer = Scorer::load(path)?;
    let before = memory("VmRSS")?;
    let columns: Vec<(&str, Vec<f64>)> = scorer
        .columns()
        .iter()
        .map(|column| (column.name.as_str(), (0..customers).map(|row| value(&column.name, row)).collect()))
        .collect();
    let loaded = memory("VmRSS")?;
    let start = Instant::now();
    let mut alive = 0.0;
    for first in (0..customers).step_by(part.max(1)) {
        let rows = first..customers.min(first + part);
        let lent: Vec<(&str, &[f64])> = columns.iter().map(|(name, all)| (*name, &all[rows.clone()])).collect();
        let scored = scorer.score(&ScorerData::new(scorer.unit(), &lent)?)?;
        alive += scored.p_alive.iter().flatten().sum::<f64>();
    }
    let seconds = start.elapsed().as_secs_f64();
    let per_customer = |bytes: u64| bytes as f64 / customers as f64;
    println!("customers,columns,seconds,alive,bytes_in,bytes_beside");
    println!(
        "{customers},{},{seconds:.2},{alive:.1},{:.0},{:.0}",
        columns.len(),
        per_customer(loaded - before),
        per_customer(memory("VmHWM")?.saturating_sub(loaded))
    );
    Ok(())
}

/// A made-up value, of a customer who has bought `row % 7` times again in a time that depends on the row.
fn value(column: &str, row: usize) -> f64 {
    let (repeats, length) = ((row % 7) as f64, 20.0 + (row % 140) as f64);
    match column {
        "frequency" => repeats,
        "recency" if repeats > 0.0 => length * (1.0 + (row % 11) as f64) / 12.0,
        "recency" => 0.0,
        "T" => length,
        "monetary_value" if repeats < 1.0 => f64::NAN,
        "purchases" => repeats + 1.0,
        "profit_margin" => 0.3,
        _ => ((row * 31) % 97) as f64 / 97.0,
    }
}

fn memory(what: &str) -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(what)).ok_or("no such line")?;
    Ok(1024 * line.split_whitespace().nth(1).ok_or("no number")?.parse::<u64>()?)
}
