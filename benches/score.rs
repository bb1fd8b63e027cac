//! How long to score customers by a fitted model?

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emptor::prelude::*;
use emptor_benches::bases::{self, Kind};

const CUSTOMERS: usize = 100_000;

fn score(criterion: &mut Criterion) {
    let (year, rate) = (Horizon::years(1.0).unwrap(), DiscountRate::annual_effective(0.15).unwrap());
    let months: Vec<f64> = (1..=36).map(|t| f64::from(t) * 52.18 / 12.0).collect();

    let mut group = criterion.benchmark_group("score");
    group.sample_size(10).throughput(Throughput::Elements(CUSTOMERS as u64));
    for name in ["bgnbd", "mbgnbd", "pareto"] {
        let (base, model) = (bases::base(name, Kind::CdnowLike, CUSTOMERS), bases::model(name));
        let view = base.view();
        let id = |quantity: &str| format!("{name}-{quantity}/cdnow-like/{CUSTOMERS}");
        group.bench_function(id("p_alive"), |b| b.iter(|| model.p_alive(&view).unwrap()));
        group.bench_function(id("expected_purchases"), |b| b.iter(|| model.expected_purchases(&view, year).unwrap()));
        group.bench_function(id("schedule-36"), |b| {
            b.iter(|| model.expected_purchases_schedule(&view, &months).unwrap());
        });
        group.bench_function(id("no_purchase"), |b| b.iter(|| model.probability_of_no_purchase(&view, year).unwrap()));
        group.bench_function(id("dert"), |b| b.iter(|| model.dert(&view, rate).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, score);
criterion_main!(benches);
