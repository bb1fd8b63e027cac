//! Validation against published figures, independent programs, and itself.

mod cdnow;
mod identities;
mod refusals;

use emptor_types::TimeUnit;

use crate::{BetaGeoNbdParameters, FittedBetaGeoNbd, LifetimeError, SimulatedHistory};

/// CDNOW's maximum (specification C1), time in weeks.
const CDNOW: BetaGeoNbdParameters =
    BetaGeoNbdParameters { r: 0.242_594_5, alpha: 4.413_601_9, a: 0.792_919_9, b: 2.425_888_1 };

fn model() -> Result<FittedBetaGeoNbd, LifetimeError> {
    FittedBetaGeoNbd::from_parameters(CDNOW, TimeUnit::Week)
}

/// Customers who joined within 12 weeks, and what each buys in the 39 weeks after week 39.
fn base(customers: usize) -> Result<(SimulatedHistory, Vec<f64>), LifetimeError> {
    let ages: Vec<f64> = (0..customers).map(|i| (273.0 - (i % 85) as f64) / 7.0).collect();
    let longer: Vec<f64> = ages.iter().map(|age| age + 39.0).collect();
    // The same seed draws the same customers.
    let (calibration, all) = (model()?.simulate(&ages, None, 5)?, model()?.simulate(&longer, None, 5)?);
    let later = all.frequency.iter().zip(&calibration.frequency).map(|(all, x)| all - x).collect();
    Ok((calibration, later))
}
