//! Multipliers of intervals.

use emptor_types::{Invalid, Level};
use serde::{Deserialize, Serialize};

use super::length::{at_full_length, slope};
use super::quantile::{Weighted, conformal_quantile, fewest};
use super::{ConformalSettings, OriginErrors};
use crate::{Forecast, ForecastError};

/// By how much intervals must be widened, or narrowed, to hold what they promise.
///
/// What it answers: of all values to come, which share will lie inside the interval; is it the one that it says?
///
/// ```text
/// m(level, h) = the level-quantile, counted for finite samples, of the scores of horizons h ± neighbours
/// calibrated: f − m (f − l) … f + m (u − f)
/// ```
///
/// Split conformal prediction (Lei et al. 2018, *Journal of the American Statistical Association* 113) with the errors of a
/// rolling origin as the calibration set, as multi-horizon forecasts need it (Stankevičiūtė, Alaa & van der Schaar 2021,
/// *NeurIPS* 34), scaled by the model's own interval. If the next error is exchangeable with the earlier ones, it lies
/// inside with at least the probability promised; series change, so newer errors weigh more (`decay`), and a
/// horizon h may use origins as near as h periods to the end. Coverage holds on average over the panel, not for each
/// series.
///
/// # Errors
/// [`ForecastError::TooFewErrors`] says how many a level needs: 19 for 95 %, 4 for 80 %. A series alone is calibrated on
/// its own errors by the same call, if it has so many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    levels: Vec<Level>,
    /// By level, then by horizon.
    multipliers: Vec<Vec<f64>>,
    errors: usize,
}

impl Calibration {
    /// Calibrates on the errors of a panel of series, or of one series, at one or more earlier origins; their order does not
    /// matter.
    ///
    /// # Errors
    /// If a setting breaks its rule, an origin lies outside its series, or a level and horizon have too few errors.
    pub fn pooled(errors: &[OriginErrors], settings: &ConformalSettings) -> Result<Self, ForecastError> {
        settings.check()?;
        let outside = errors.iter().filter(|own| own.origin == 0 || own.origin >= own.known).count();
        let mut checks = Invalid::checks();
        checks.require(outside == 0, "origin", "must be at least 1 and before the end of the series", outside);
        checks.finish()?;
        let multipliers =
            settings.levels.iter().map(|&level| multipliers(errors, level, settings)).collect::<Result<_, _>>()?;
        let count = |own: &OriginErrors| own.bands.first().map_or(0, |(_, scores)| scores.iter().flatten().count());
        Ok(Self { levels: settings.levels.clone(), multipliers, errors: errors.iter().map(count).sum() })
    }

    /// The multiplier at a level and a horizon, which counts from 1; beyond the last calibrated horizon it is the last one.
    /// `None` for other levels.
    #[must_use]
    pub fn multiplier(&self, level: Level, horizon: usize) -> Option<f64> {
        let row = self.row(level)?;
        row.get(horizon.checked_sub(1)?).or(row.last()).copied()
    }

    /// Errors in the calibration, of all origins and horizons.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// The forecast with calibrated intervals. Intervals of a higher level hold those of a lower one.
    ///
    /// Ends are not cut off at 0: do so afterwards where values cannot be negative.
    ///
    /// # Errors
    /// If the forecast has an interval at a level for which there is no calibration.
    pub fn apply(&self, forecast: &Forecast) -> Result<Forecast, ForecastError> {
        let mut calibrated = forecast.clone();
        for band in &mut calibrated.bands {
            let row = self.row(band.level).ok_or_else(|| {
                let known: Vec<String> = self.levels.iter().map(|level| level.get().to_string()).collect();
                Invalid::value(
                    "level",
                    format!("must be one that is calibrated: {}", known.join(", ")),
                    band.level.get(),
                )
            })?;
            let last = row.last().copied().unwrap_or(1.0);
            let multipliers = row.iter().copied().chain(std::iter::repeat(last));
            let ends = band.lower.iter_mut().zip(&mut band.upper);
            for ((mean, (lower, upper)), m) in forecast.mean.iter().zip(ends).zip(multipliers) {
                *lower = mean - m * (mean - *lower);
                *upper = mean + m * (*upper - mean);
            }
        }
        nest(&mut calibrated);
        Ok(calibrated)
    }

    /// Each multiplier `m` as `max(m, 1)^weight`: of intervals that are believed already, as far as the errors speak against them.
    pub(crate) fn widening_only(mut self, weight: f64) -> Self {
        self.multipliers.iter_mut().flatten().for_each(|m| *m = m.max(1.0).powf(weight));
        self
    }

    fn row(&self, level: Level) -> Option<&[f64]> {
        let place = self.levels.iter().position(|own| own.get().to_bits() == level.get().to_bits())?;
        self.multipliers.get(place).map(Vec::as_slice)
    }
}

fn multipliers(errors: &[OriginErrors], level: Level, settings: &ConformalSettings) -> Result<Vec<f64>, ForecastError> {
    let slope = if settings.to_full_length { slope(errors, level, settings.horizon) } else { 0.0 };
    let mut scores: Vec<Vec<Weighted>> = vec![Vec::new(); settings.horizon];
    // The newest error of each horizon weighs 1, wherever the last origin lies.
    let mut newest = vec![usize::MAX; settings.horizon];
    for own in errors {
        for (ahead, _) in known(own, level, settings.horizon) {
            newest[ahead] = newest[ahead].min(own.behind());
        }
    }
    for own in errors {
        for (ahead, score) in known(own, level, settings.horizon) {
            let age = own.behind() - newest[ahead];
            let weight = settings.decay.powf(age as f64);
            scores[ahead].push((at_full_length(score, slope, own), weight));
        }
    }
    let mut found = Vec::with_capacity(settings.horizon);
    for ahead in 0..settings.horizon {
        let window = ahead.saturating_sub(settings.neighbours)..=ahead.saturating_add(settings.neighbours);
        let mut pool: Vec<Weighted> = scores
            .iter()
            .enumerate()
            .filter(|(other, _)| window.contains(other))
            .flat_map(|(_, own)| own)
            .copied()
            .collect();
        let m = conformal_quantile(&mut pool, level.get()).ok_or_else(|| ForecastError::TooFewErrors {
            level: level.get(),
            horizon: ahead + 1,
            needed: fewest(level.get()),
            found: pool.iter().map(|(_, weight)| weight).sum(),
        })?;
        found.push(m);
    }
    if settings.monotone {
        rising(&mut found);
    }
    Ok(found)
}

fn known(own: &OriginErrors, level: Level, horizon: usize) -> impl Iterator<Item = (usize, f64)> {
    let scores = own.scores(level).iter().take(horizon.min(own.behind()));
    scores.enumerate().filter_map(|(ahead, score)| Some((ahead, (*score)?)))
}

/// The nearest values that never fall, by least squares (pool adjacent violators; Ayer et al. 1955).
fn rising(values: &mut [f64]) {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for &value in values.iter() {
        blocks.push((value, 1));
        while let [.., (before, count), (last, more)] = blocks.as_slice()
            && before > last
        {
            let (all, sum) = (count + more, before * *count as f64 + last * *more as f64);
            blocks.truncate(blocks.len() - 2);
            blocks.push((sum / all as f64, all));
        }
    }
    let levelled = blocks.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean, count));
    values.iter_mut().zip(levelled).for_each(|(value, level)| *value = level);
}

/// Widens every interval to hold those of lower levels: they were calibrated one by one.
fn nest(forecast: &mut Forecast) {
    let mut order: Vec<usize> = (0..forecast.bands.len()).collect();
    order.sort_by(|&one, &other| forecast.bands[one].level.get().total_cmp(&forecast.bands[other].level.get()));
    for pair in order.windows(2) {
        let inner = forecast.bands[pair[0]].clone();
        let outer = &mut forecast.bands[pair[1]];
        outer.lower.iter_mut().zip(inner.lower).for_each(|(end, low)| *end = end.min(low));
        outer.upper.iter_mut().zip(inner.upper).for_each(|(end, high)| *end = end.max(high));
    }
}
