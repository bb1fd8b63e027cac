use std::hint::black_box;
use std::time::Instant;

use crate::independent::{GammaGompertz, Lifetime, Moment, Pareto, bracket};

fn time<L: Lifetime>(name: &str, lifetime: L, alpha: f64) {
    let rounds = 200;
    let ends: Vec<Moment<L>> = (0..40).map(|t| Moment::new(&lifetime, alpha, f64::from(t))).collect();
    let start = Instant::now();
    let mut sum = 0.0;
    for _ in 0..rounds {
        for x in 0..25 {
            let shape = 0.55 + f64::from(x);
            for end in &ends {
                sum += black_box(end.leaves_first(&lifetime, black_box(shape))).ln;
            }
        }
    }
    let pair = start.elapsed().as_nanos() as f64 / f64::from(rounds * 25 * 40);
    let shape = 3.55;
    let looked: Vec<_> = ends.iter().map(|end| end.leaves_first(&lifetime, shape)).collect();
    let start = Instant::now();
    for _ in 0..rounds {
        for last in 0..39 {
            sum += black_box(bracket(black_box(shape), (&ends[last], &looked[last]), (&ends[39], &looked[39]))).ln;
        }
    }
    let row = start.elapsed().as_nanos() as f64 / f64::from(rounds * 39);
    println!("{name}: {pair:.0} ns per pair, {row:.0} ns per row ({sum:.3})");
}

#[test]
fn timing() {
    time("pareto", Pareto { s: 0.606, beta: 11.66 }, 10.58);
    time("pareto far", Pareto { s: 0.606, beta: 0.05 }, 10.58);
    time("pareto long", Pareto { s: 60.0, beta: 1000.0 }, 10.58);
    time("gompertz", GammaGompertz { b: 0.01, s: 0.606, beta: 0.1 }, 10.58);
}
