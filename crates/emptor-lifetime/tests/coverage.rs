//! Do 95 % intervals hold the truth in 95 % of cases? Slow, so run by hand:
//! `cargo test --release -p emptor-lifetime --test coverage -- --ignored --nocapture`. Figures: `benches/record/coverage.csv`.

use std::error::Error;

use emptor_lifetime::{
    BetaDiscreteWeibull, BetaDiscreteWeibullParameters, BetaGeoBetaBinomial, BetaGeoBetaBinomialParameters,
    BetaGeoCnbdK, BetaGeoCnbdKParameters, BetaGeoNbd, BetaGeoNbdParameters, Estimate, Fitted, FittedContract,
    FittedGammaGamma, GammaGamma, GammaGammaParameters, GammaGompertzNbd, GammaGompertzNbdParameters,
    ModifiedBetaGeoCnbdK, ModifiedBetaGeoCnbdKParameters, ModifiedBetaGeoNbd, ModifiedBetaGeoNbdParameters, Nbd,
    NbdParameters, ParetoNbd, ParetoNbdParameters, ShiftedBetaGeo, ShiftedBetaGeoParameters,
};
use emptor_types::{Fit, HistoryView, Level, TimeUnit};
use rayon::prelude::*;

const REPLICATIONS: u64 = 200;
const CUSTOMERS: usize = 10_000;
/// A share of 200 draws with probability 0.95 has a standard error of 0.015.
const ADMISSIBLE: std::ops::RangeInclusive<f64> = 0.91..=0.98;

type Estimates = Result<Vec<Estimate>, Box<dyn Error + Send + Sync>>;

/// The share of replications in which each interval holds the truth, and how many fits there were.
fn coverage(name: &str, truth: &[f64], fit: impl Fn(u64) -> Estimates + Sync) -> Result<(), Box<dyn Error>> {
    let fits: Vec<Vec<Estimate>> = (0..REPLICATIONS).into_par_iter().filter_map(|seed| fit(seed).ok()).collect();
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
        covered!($test, $name, $spec, $parameters, $truth, ages());
    };
    ($test:ident, $name:literal, $spec:expr, $parameters:expr, $truth:expr, $ages:expr) => {
        #[test]
        #[ignore = "two hundred fits"]
        fn $test() -> Result<(), Box<dyn Error>> {
            let model = Fitted::from_parameters($parameters, TimeUnit::Week)?;
            let ages = $ages;
            let spec = $spec.build()?;
            let level = Level::new(0.95)?;
            coverage($name, &$truth, |seed| {
                Ok(spec.fit(&model.simulate(&ages, None, seed)?.view()?)?.estimates(level)?)
            })
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
covered!(
    bg_bb,
    "BG/BB",
    BetaGeoBetaBinomial::builder(),
    BetaGeoBetaBinomialParameters { alpha: 1.2, beta: 0.75, gamma: 0.66, delta: 2.78 },
    [1.2, 0.75, 0.66, 2.78],
    (0..CUSTOMERS).map(|i| 6.0 + (i % 5) as f64).collect::<Vec<f64>>()
);

macro_rules! contract_covered {
    ($test:ident, $name:literal, $spec:expr, $parameters:expr, $truth:expr) => {
        #[test]
        #[ignore = "two hundred fits"]
        fn $test() -> Result<(), Box<dyn Error>> {
            let model = FittedContract::from_parameters($parameters, TimeUnit::Year)?;
            let observed: Vec<f64> = (0..CUSTOMERS).map(|i| 4.0 + (i % 6) as f64).collect();
            let spec = $spec.build()?;
            let level = Level::new(0.95)?;
            coverage($name, &$truth, |seed| {
                Ok(spec.fit(&model.simulate(&observed, seed)?.view()?)?.estimates(level)?)
            })
        }
    };
}

contract_covered!(
    sbg,
    "sBG",
    ShiftedBetaGeo::builder(),
    ShiftedBetaGeoParameters { alpha: 0.7, beta: 1.2 },
    [0.7, 1.2]
);
contract_covered!(
    bdw,
    "BdW",
    BetaDiscreteWeibull::builder(),
    BetaDiscreteWeibullParameters { alpha: 0.6, beta: 1.2, c: 1.3 },
    [0.6, 1.2, 1.3]
);

#[test]
#[ignore = "two hundred fits"]
fn gamma_gamma() -> Result<(), Box<dyn Error>> {
    let model = FittedGammaGamma::from_parameters(GammaGammaParameters { p: 6.25, q: 3.74, gamma: 15.44 })?;
    let spec = GammaGamma::builder().build()?;
    let level = Level::new(0.95)?;
    let frequency: Vec<f64> = (0..CUSTOMERS).map(|i| 1.0 + (i % 4) as f64).collect();
    let (recency, t) = (vec![30.0; CUSTOMERS], vec![52.0; CUSTOMERS]);
    coverage("Gamma-Gamma", &[6.25, 3.74, 15.44], |seed| {
        let spend = model.simulate(&frequency, seed)?;
        let history = HistoryView::new(&frequency, &recency, &t, Some(&spend), TimeUnit::Week)?;
        Ok(spec.fit(&history)?.estimates(level)?)
    })
}
