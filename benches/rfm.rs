//! How long from order lines to purchase histories? Beside the query an analyst would write by hand.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emptor::prelude::*;
use emptor_benches::{data, handwritten};

const LINES: usize = 500_000;

fn rfm(criterion: &mut Criterion) {
    let log = data::log(LINES);
    let as_of = data::last_day(&log);
    let lines = log.height() as u64;
    let file = data::parquet("emptor-bench-rfm.parquet", log);
    let transactions = data::open(Source::parquet(&file));
    let ledger = PurchaseLedger::collect(&transactions).unwrap();
    let name = |what: &str| format!("{what}/simulated/{lines}");

    let mut group = criterion.benchmark_group("rfm");
    group.sample_size(10).throughput(Throughput::Elements(lines));
    group.bench_function(name("door"), |b| b.iter(|| data::open(Source::parquet(&file))));
    group.bench_function(name("history"), |b| {
        b.iter(|| PurchaseHistory::summarize(&transactions, as_of, TimeUnit::Day).unwrap());
    });
    group.bench_function(name("handwritten-polars"), |b| {
        b.iter(|| handwritten::purchase_history(transactions.lines(), as_of));
    });
    group.bench_function(name("rfm-and-scores"), |b| {
        b.iter(|| RfmTable::from_ledger(&ledger, as_of).unwrap().score(&ScoreOptions::default()).unwrap());
    });
    group.finish();
}

criterion_group!(benches, rfm);
criterion_main!(benches);
