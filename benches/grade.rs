//! How long to grade customers?

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use criterion::{Criterion, criterion_group, criterion_main};
use emptor::prelude::*;
use emptor_benches::data;

fn grade(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("grade");
    group.sample_size(10);
    for customers in [2_400, 100_000] {
        let base = data::summaries(customers);
        let columns: [(&str, &[f64]); 4] = [
            ("frequency", &base.frequency),
            ("recency", &base.recency),
            ("age", &base.age),
            ("monetary_value", &base.monetary_value),
        ];
        let grader = Grader::builder()
            .indicators([
                Indicator::new("frequency", InformationGroup::PastSales).transform(Transform::Log1p),
                Indicator::new("recency", InformationGroup::PastSales),
                Indicator::new("age", InformationGroup::Image),
                Indicator::new("monetary_value", InformationGroup::ProductValue).transform(Transform::Log1p),
            ])
            .grades(4)
            .starts(20)
            .build()
            .unwrap();
        let data = GradingData::new(&columns).unwrap();
        let fitted = grader.fit(&data).unwrap();
        group.bench_function(format!("fit-20-starts/simulated/{customers}"), |b| b.iter(|| grader.fit(&data).unwrap()));
        group.bench_function(format!("grade/simulated/{customers}"), |b| b.iter(|| fitted.grade(&data).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, grade);
criterion_main!(benches);
