//! How long to score customers by a fitted model?

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emptor::prelude::*;
use emptor_benches::data;

const CUSTOMERS: usize = 100_000;

fn score(criterion: &mut Criterion) {
    let base = data::summaries(CUSTOMERS);
    let view = base.view().unwrap();
    let model =
        FittedBetaGeoNbd::from_parameters(BetaGeoNbdParameters { r: 0.55, alpha: 7.5, a: 0.8, b: 4.0 }, TimeUnit::Week)
            .unwrap();
    let year = Horizon::years(1.0).unwrap();
    let months: Vec<f64> = (1..=36).map(|t| f64::from(t) * 52.18 / 12.0).collect();

    let mut group = criterion.benchmark_group("score");
    group.sample_size(10).throughput(Throughput::Elements(CUSTOMERS as u64));
    group.bench_function(format!("p_alive/simulated/{CUSTOMERS}"), |b| b.iter(|| model.p_alive(&view).unwrap()));
    group.bench_function(format!("expected_purchases/simulated/{CUSTOMERS}"), |b| {
        b.iter(|| model.expected_purchases(&view, year).unwrap());
    });
    group.bench_function(format!("schedule-36/simulated/{CUSTOMERS}"), |b| {
        b.iter(|| model.expected_purchases_schedule(&view, &months).unwrap());
    });
    group.finish();
}

criterion_group!(benches, score);
criterion_main!(benches);
