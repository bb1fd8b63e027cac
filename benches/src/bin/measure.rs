//! Times one task of emptor for a comparison with a peer in the same run; `benches/peers/lifetimes_peer.py` calls it.
//!
//! ```text
//! measure log LINES FILE            writes a simulated log as Parquet (customer_id, date, amount)
//! measure summaries CUSTOMERS FILE  writes simulated summaries as Parquet (frequency, recency, T, monetary_value)
//! measure cdnow-like CUSTOMERS FILE the same at the parameters and ages of CDNOW
//! measure history FILE AS_OF            PurchaseHistory from the file, checks at the door included
//! measure history-file FILE AS_OF       the same on a file that has passed the door
//! measure history-memory FILE AS_OF     the same on a data frame that has passed the door
//! measure handwritten-file FILE AS_OF   the polars query an analyst would write, on the file
//! measure handwritten-memory FILE AS_OF the same on a data frame
//! measure fit FILE                  BG/NBD fit on summaries
//! ```
//!
//! Prints `wall,cpu` in seconds per run, the median of several runs.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::time::Instant;

use emptor::polars::prelude::{DataFrame, IntoLazy, LazyFrame, ScanArgsParquet};
use emptor::prelude::*;
use emptor_benches::{data, handwritten};

const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["log", lines, file] => {
            let frame = data::log(lines.parse().unwrap());
            std::fs::rename(data::parquet("emptor-measure.parquet", frame), file).unwrap();
        }
        [kind @ ("summaries" | "cdnow-like"), customers, file] => {
            let customers = customers.parse().unwrap();
            let base = if *kind == "summaries" { data::summaries(customers) } else { data::cdnow_like(customers) };
            let frame = emptor::polars::df!(
                "frequency" => &base.frequency, "recency" => &base.recency, "T" => &base.age,
                "monetary_value" => &base.monetary_value,
            );
            std::fs::rename(data::parquet("emptor-measure.parquet", frame.unwrap()), file).unwrap();
        }
        ["history", file, as_of] => {
            time(|| history(&data::open(Source::parquet(file)), as_of));
        }
        ["history-file", file, as_of] => {
            let transactions = data::open(Source::parquet(file));
            time(|| history(&transactions, as_of));
        }
        ["history-memory", file, as_of] => {
            let transactions = data::open(frame(file));
            time(|| history(&transactions, as_of));
        }
        ["handwritten-file", file, as_of] => {
            time(|| handwritten::purchase_history(lazy(file), as_of.parse().unwrap()).height());
        }
        ["handwritten-memory", file, as_of] => {
            let lines = frame(file).lazy();
            time(|| handwritten::purchase_history(lines.clone(), as_of.parse().unwrap()).height());
        }
        ["fit", file] => {
            let frame = frame(file);
            let (x, recency, t) = (column(&frame, "frequency"), column(&frame, "recency"), column(&frame, "T"));
            time(|| {
                let view = emptor::types::HistoryView::new(&x, &recency, &t, None, TimeUnit::Week).unwrap();
                let model = BetaGeoNbd::builder().build().unwrap().fit(&view).unwrap();
                model.report().distinct
            });
        }
        _ => {
            eprintln!("measure: see the top of measure.rs for the tasks");
            std::process::exit(2);
        }
    }
}

fn history(transactions: &Transactions, as_of: &str) -> usize {
    PurchaseHistory::summarize(transactions, as_of.parse().unwrap(), TimeUnit::Day).unwrap().len()
}

fn lazy(file: &str) -> LazyFrame {
    LazyFrame::scan_parquet(file.into(), ScanArgsParquet::default()).unwrap()
}

fn frame(file: &str) -> DataFrame {
    lazy(file).collect().unwrap()
}

fn column(frame: &DataFrame, name: &str) -> Vec<f64> {
    frame.column(name).unwrap().f64().unwrap().iter().map(|v| v.unwrap()).collect()
}

/// Runs a task several times after a warm-up, in batches long enough for the CPU clock, and prints medians.
fn time(task: impl Fn() -> usize) {
    const SHORTEST: f64 = 0.2;
    let start = Instant::now();
    let size = task();
    let batch = (SHORTEST / start.elapsed().as_secs_f64()).ceil().max(1.0) as usize;
    let mut walls = Vec::new();
    let mut cpus = Vec::new();
    for _ in 0..RUNS {
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        for _ in 0..batch {
            std::hint::black_box(task());
        }
        walls.push(wall.elapsed().as_secs_f64() / batch as f64);
        cpus.push((cpu_seconds() - cpu) / batch as f64);
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("{:.6},{:.6},{size}", median(walls), median(cpus));
}

/// User and system time of this process, from Linux' clock of 100 ticks a second; 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields count from behind the program's name, which may hold blanks.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
