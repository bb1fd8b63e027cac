//! How long to fit the models?

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, criterion_group, criterion_main};
use emptor::prelude::*;
use emptor_benches::bases::{self, Kind};
use emptor_benches::data;

/// Models and sizes that fit in less than a second.
const FITS: [(&str, &[usize]); 5] = [
    ("bgnbd", &[2_400, 100_000]),
    ("mbgnbd", &[2_400, 100_000]),
    ("mbgcnbd-2", &[2_400, 100_000]),
    ("pareto", &[2_400, 100_000]),
    ("ggom", &[2_400]),
];

fn fit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10);
    for (model, sizes) in FITS {
        for &customers in sizes {
            let base = bases::base(model, Kind::CdnowLike, customers);
            let view = base.view();
            group.bench_function(format!("{model}/cdnow-like/{customers}"), |b| b.iter(|| bases::fit(model, &view)));
        }
    }
    for customers in [2_400, 100_000] {
        let base = data::summaries(customers);
        let view = base.view().unwrap();
        let spend = GammaGamma::builder().build().unwrap();
        group.bench_function(format!("gamma-gamma/simulated/{customers}"), |b| b.iter(|| spend.fit(&view).unwrap()));
        let mixed = bases::base("bgnbd", Kind::Mixed, customers);
        let view = mixed.view();
        group.bench_function(format!("bgnbd/mixed/{customers}"), |b| b.iter(|| bases::fit("bgnbd", &view)));
    }
    group.finish();
}

criterion_group!(benches, fit);
criterion_main!(benches);
