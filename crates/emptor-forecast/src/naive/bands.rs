//! Intervals and paths from a mean and a spread for every period ahead.

use emptor_lifetime::special::normal_quantile;
use emptor_types::Level;

use crate::Forecast;

/// Intervals `mean ± z sd`.
pub(crate) fn normal(method: impl Into<String>, mean: Vec<f64>, sd: &[f64], levels: &[Level]) -> Forecast {
    levels.iter().fold(Forecast::of(method, mean), |forecast, &level| {
        let z = two_sided(level);
        let end = |sign: f64| forecast.mean.iter().zip(sd).map(|(mean, sd)| mean + sign * z * sd).collect();
        let (lower, upper) = (end(-1.0), end(1.0));
        forecast.with_band(level, lower, upper)
    })
}

/// How many standard deviations on both sides hold the middle share of a normal distribution.
pub(crate) fn two_sided(level: Level) -> f64 {
    normal_quantile(0.5 + level.get() / 2.0)
}

/// Mean square of the changes from a period to the next, or from a season to the next where those are smaller; 0 of one period.
pub(crate) fn mean_square_change(values: &[f64], season: usize) -> f64 {
    let of = |lag: usize| {
        let changes = values.iter().zip(values.iter().skip(lag)).map(|(before, now)| (now - before).powi(2));
        (lag < values.len()).then(|| changes.sum::<f64>() / (values.len() - lag) as f64)
    };
    of(1).map_or(0.0, |by_period| of(season).map_or(by_period, |by_season| by_period.min(by_season)))
}

/// Root of the mean square of errors that remain after `parameters` were estimated; 0 of too few.
pub(crate) fn residual_sd(errors: impl Iterator<Item = f64>, parameters: usize) -> f64 {
    let (count, sum) = errors.fold((0_usize, 0.0), |(count, sum), error| (count + 1, sum + error * error));
    match count.checked_sub(parameters) {
        Some(degrees) if degrees > 0 => (sum / degrees as f64).sqrt(),
        _ => 0.0,
    }
}
