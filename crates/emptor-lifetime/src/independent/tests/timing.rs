//! What does one evaluation of a likelihood cost, once equal rows are counted? Prints figures, so run by hand, where it is
//! quiet: `RAYON_NUM_THREADS=1 cargo test --release -p emptor-lifetime --lib timing -- --ignored --nocapture`.
//! Figures: `benches/record/likelihood.csv`.

use std::time::Instant;

use emptor_types::{HistoryView, TimeUnit};

use super::super::sample::{PairedSample, evaluate};
use super::super::{Independent, Pareto};
use crate::testing::TestResult;
use crate::{Fitted, ParetoNbdParameters};

const CUSTOMERS: usize = 100_000;
const RUNS: usize = 15;

#[test]
#[ignore = "prints times"]
fn an_evaluation_of_value_and_gradient_is_timed_alone() -> TestResult {
    // Fader, Hardie & Lee (2005), "RFM and CLV": CDNOW, whose customers were won within twelve weeks.
    let cdnow = ParetoNbdParameters { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
    let model = Fitted::from_parameters(cdnow, TimeUnit::Week)?;
    let days: Vec<f64> = (0..CUSTOMERS).map(|i| (188 + i * 7919 % 85) as f64 / 7.0).collect();
    let endless: Vec<f64> =
        (0..CUSTOMERS).map(|i| 27.0 + 12.0 * (i as f64 * 0.618_033_988_749_894_9).fract()).collect();
    for (name, ages, rounded) in [("cdnow-like", days, true), ("distinct", endless, false)] {
        let mut base = model.simulate(&ages, None, 20_240_101)?;
        if rounded {
            let on_days = |t_x: f64, t: f64| ((t_x * 7.0).round() / 7.0).clamp(1.0 / 7.0, t);
            for ((t_x, x), t) in base.recency.iter_mut().zip(&base.frequency).zip(&base.t) {
                *t_x = if *x > 0.0 { on_days(*t_x, *t) } else { 0.0 };
            }
        }
        let start = Instant::now();
        let view = HistoryView::new(&base.frequency, &base.recency, &base.t, None, TimeUnit::Week)?;
        let sample = PairedSample::compress(&view, 1.0);
        let counting = start.elapsed().as_secs_f64();
        // A parameter that moves, so that no evaluation repeats another.
        let mut seconds = Vec::new();
        for run in 0..RUNS {
            let s = cdnow.s + 1e-6 * run as f64;
            let model = Independent { r: cdnow.r, alpha: cdnow.alpha, lifetime: Pareto { s, beta: cdnow.beta } };
            let start = Instant::now();
            let (value, slope) = evaluate(&model, &sample);
            seconds.push(start.elapsed().as_secs_f64());
            assert!(value.is_finite() && slope.iter().all(|by| by.is_finite()), "{value} {slope:?}");
        }
        seconds.sort_by(f64::total_cmp);
        let (least, median) = (seconds[0], seconds[RUNS / 2]);
        println!(
            "pareto,{name},{CUSTOMERS},{},{:.2},{:.2},{:.2},{:.4}",
            sample.rows.rows.len(),
            counting * 1e3,
            least * 1e3,
            median * 1e3,
            least / CUSTOMERS as f64 * 1e6
        );
    }
    Ok(())
}
