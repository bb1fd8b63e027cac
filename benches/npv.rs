//! How long to discount a panel of profits?

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use emptor::polars::prelude::{Engine, IntoLazy};
use emptor::prelude::*;
use emptor_benches::{data, handwritten};

const CUSTOMERS: usize = 100_000;
const MONTHS: usize = 36;
/// Customers of the panel on columns.
const WIDE: usize = 1_000_000;

fn npv(criterion: &mut Criterion) {
    let panel: Vec<f64> = (0..CUSTOMERS * MONTHS).map(|i| (i * 7919 % 10_007) as f64 / 100.0).collect();
    let streams = ProfitStreams::new(CurrentProfit::panel(MONTHS, panel.clone()).unwrap())
        .with_potential(PotentialProfit::panel(MONTHS, panel).unwrap())
        .unwrap();
    let spec = LifetimeValue::builder()
        .rate(DiscountRate::annual_effective(0.12).unwrap())
        .horizon(Horizon::months(MONTHS as f64).unwrap())
        .period(TimeUnit::Month)
        .timing(Timing::Middle)
        .build()
        .unwrap();
    let values = spec.compute(&streams).unwrap();

    let mut group = criterion.benchmark_group("npv");
    group.sample_size(20).throughput(Throughput::Elements((CUSTOMERS * MONTHS) as u64));
    group.bench_function(format!("panel/{CUSTOMERS}x{MONTHS}"), |b| b.iter(|| spec.compute(&streams).unwrap()));
    group.bench_function(format!("equity/{CUSTOMERS}"), |b| b.iter(|| CustomerEquity::new(&values)));
    group.finish();
    expressions(criterion);
}

/// The same on columns: our expression beside the sum of products written by hand.
fn expressions(criterion: &mut Criterion) {
    let (panel, months) = (data::panel(0, WIDE, MONTHS), data::months(MONTHS));
    let ours = data::monthly(MONTHS).expr(&months, &Survival::Certain).unwrap();
    let by_hand = handwritten::net_present_value(&months, 0.12);
    let mut group = criterion.benchmark_group("npv-columns");
    group.sample_size(20).throughput(Throughput::Elements((WIDE * MONTHS) as u64));
    for (name, value) in [("emptor", ours), ("handwritten", by_hand)] {
        let query = panel.clone().lazy().select([value]);
        group.bench_function(format!("{name}/{WIDE}x{MONTHS}"), |b| {
            b.iter(|| query.clone().collect_with_engine(Engine::Streaming).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, npv);
criterion_main!(benches);
