//! How long to fit the models?

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, criterion_group, criterion_main};
use emptor::prelude::*;
use emptor_benches::data;

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10);
    for customers in [2_400, 100_000] {
        let base = data::summaries(customers);
        let view = base.view().unwrap();
        let bgnbd = BetaGeoNbd::builder().build().unwrap();
        let spend = GammaGamma::builder().build().unwrap();
        group.bench_function(format!("bgnbd/simulated/{customers}"), |b| b.iter(|| bgnbd.fit(&view).unwrap()));
        group.bench_function(format!("gamma-gamma/simulated/{customers}"), |b| b.iter(|| spend.fit(&view).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, fit);
criterion_main!(benches);
