//! Do 95 % intervals hold the truth in 95 % of cases? Slow, so run by hand:
//! `cargo test --release -p emptor-lifetime --test coverage -- --ignored --nocapture`. Figures: `benches/record/coverage.csv`.

use std::error::Error;

use emptor_lifetime::{
    BetaGeoCnbdK, BetaGeoCnbdKParameters, BetaGeoNbd, BetaGeoNbdParameters, Estimate, Fitted, GammaGompertzNbd,
    GammaGompertzNbdParameters, ModifiedBetaGeoCnbdK, ModifiedBetaGeoCnbdKParameters, ModifiedBetaGeoNbd,
    ModifiedBetaGeoNbdParameters, Nbd, NbdParameters, ParetoNbd, ParetoNbdParameters, SimulatedHistory,
};
use emptor_types::{Fit, Level, TimeUnit};
use rayon::prelude::*;

const REPLICATIONS: u64 = 200;
const CUSTOMERS: usize = 4000;
/// Of 200 draws with probability 0.95, all but one set in a thousand fall within.
const ADMISSIBLE: std::ops::RangeInclusive<f64> = 0.90..=0.99;

type Estimates = Result<Vec<Estimate>, Box<dyn Error + Send + Sync>>;

/// The share of replications in which each interval holds the truth, and how many fits there were.
fn coverage(
    name: &str,
    truth: &[f64],
    simulate: impl Fn(u64) -> Result<SimulatedHistory, emptor_lifetime::LifetimeError> + Sync,
    fit: impl Fn(&SimulatedHistory) -> Estimates + Sync,
) -> Result<(), Box<dyn Error>> {
    let of = |seed: u64| -> Estimates { fit(&simulate(seed)?) };
    let fits: Vec<Vec<Estimate>> = (0..REPLICATIONS).into_par_iter().filter_map(|seed| of(seed).ok()).collect();
    let mut wrong = Vec::new();
    for (i, truth) in truth.iter().enumerate() {
        let held = fits.iter().filter(|estimates| estimates[i].interval.contains(*truth)).count();
        let share = held as f64 / fits.len() as f64;
        println!("{name},{},{CUSTOMERS},{},{share:.3}", fits[0][i].name, fits.len());
        if !ADMISSIBLE.contains(&share) {
            wrong.push(format!("{}: {share}", fits[0][i].name));
        }
    }
    assert!(fits.len() as u64 > REPLICATIONS * 9 / 10, "{name}: {} fits", fits.len());
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
    Ok(())
}

fn ages() -> Vec<f64> {
    (0..CUSTOMERS).map(|i| (546.0 - (i % 91) as f64) / 7.0).collect()
}

macro_rules! covered {
    ($test:ident, $name:literal, $spec:expr, $parameters:expr, $truth:expr) => {
        #[test]
        #[ignore = "two hundred fits"]
        fn $test() -> Result<(), Box<dyn Error>> {
            let model = Fitted::from_parameters($parameters, TimeUnit::Week)?;
            let ages = ages();
            let spec = $spec.build()?;
            let level = Level::new(0.95)?;
            coverage(
                $name,
                &$truth,
                |seed| model.simulate(&ages, None, seed),
                |base| Ok(spec.fit(&base.view()?)?.estimates(level)?),
            )
        }
    };
}

covered!(nbd, "NBD", Nbd::builder(), NbdParameters { r: 0.6, alpha: 8.0 }, [0.6, 8.0]);
covered!(
    bg_nbd,
    "BG/NBD",
    BetaGeoNbd::builder(),
    BetaGeoNbdParameters { r: 0.5, alpha: 5.0, a: 0.8, b: 2.4 },
    [0.5, 5.0, 0.8, 2.4]
);
covered!(
    mbg_nbd,
    "MBG/NBD",
    ModifiedBetaGeoNbd::builder(),
    ModifiedBetaGeoNbdParameters { r: 0.6, alpha: 6.0, a: 0.9, b: 1.6 },
    [0.6, 6.0, 0.9, 1.6]
);
covered!(
    pareto_nbd,
    "Pareto/NBD",
    ParetoNbd::builder(),
    ParetoNbdParameters { r: 0.6, alpha: 8.0, s: 0.7, beta: 12.0 },
    [0.6, 8.0, 0.7, 12.0]
);
covered!(
    ggom_nbd,
    "GGom/NBD",
    GammaGompertzNbd::builder(),
    GammaGompertzNbdParameters { r: 0.9, alpha: 3.0, b: 0.08, s: 0.8, beta: 1.5 },
    [0.9, 3.0, 0.08, 0.8, 1.5]
);
covered!(
    bg_cnbd_k,
    "BG/CNBD-3",
    BetaGeoCnbdK::builder().k(3),
    BetaGeoCnbdKParameters { k: 3, r: 0.8, alpha: 2.0, a: 0.7, b: 2.4 },
    [0.8, 2.0, 0.7, 2.4]
);
covered!(
    mbg_cnbd_k,
    "MBG/CNBD-2",
    ModifiedBetaGeoCnbdK::builder().k(2),
    ModifiedBetaGeoCnbdKParameters { k: 2, r: 0.9, alpha: 3.0, a: 0.8, b: 1.7 },
    [0.9, 3.0, 0.8, 1.7]
);
