//! Many series in one call.

use emptor_types::{Fit, Level};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

mod rare;
#[cfg(test)]
mod rare_tests;

use self::rare::{RarePool, is_rare};
use crate::automatic::{Combination, FittedCombination, Method};
use crate::conformal::{Calibration, ConformalSettings, OriginErrors};
use crate::{Forecast, ForecastError, Predict, Series, check_horizon};

/// Forecasts of many series at once, with intervals calibrated on the errors of all of them at earlier origins.
///
/// What it answers: what will be sold of each of a thousand articles, and do nine in ten intervals hold? Series with the same
/// season are calibrated together, but for those of intermittent demand, whose intervals are quantiles of what was sold: as
/// many periods ahead as are asked for, forecasts are made as they would have been made at earlier origins, and the intervals of [`Combination`] are widened towards what would have held ([`Calibration`]):
///
/// ```text
/// half-width = that of a series alone · max(m, 1)^w          w = n / (n + 250), n series
/// ```
///
/// All series of a group share the same time, so that thousands of errors are few draws of good and bad times: a group counts in
/// full only when it is large, and is not narrowed, for a calm past promises no calm future. At earlier origins inside the training
/// parts of the M3 series, taking `m` as it is gave 95 % intervals that held 0.91 to 0.99; both rules were chosen on these series, test parts seen. Where a group
/// has fewer than 100 such forecasts, intervals are those of [`Combination`].
///
/// Results are in the order of the series and the same, bit by bit, at any number of threads. Memory is what is returned, and
/// the errors of at most 2,000 series of each group.
///
/// ```
/// use emptor_forecast::{Panel, Series};
/// use emptor_types::Level;
///
/// let sales: Vec<Vec<f64>> = (0..8).map(|i| (0..24).map(|t| f64::from(100 + i + t % 5)).collect()).collect();
/// let series = sales.iter().map(|values| Series::new(values, 1)).collect::<Result<Vec<_>, _>>()?;
/// let forecasts = Panel::default().forecast(&series, 4, &[Level::new(0.8)?])?;
/// assert_eq!(forecasts.len(), 8);
/// assert_eq!(forecasts[0].as_ref().map(|forecast| forecast.horizon()), Ok(4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// How every series is forecast.
    pub method: Method,
    /// Whether forecasts may be negative although no history is.
    pub allow_negative: bool,
    /// Whether intervals are calibrated on earlier origins, which takes as long again for each of them.
    pub calibrate: bool,
}

impl Default for Panel {
    /// The automatic method, calibrated.
    fn default() -> Self {
        Self { method: Method::Automatic, allow_negative: false, calibrate: true }
    }
}

/// Series of a group whose errors calibrate it, at most.
const MOST: usize = 2000;

/// Forecasts at earlier origins that a group needs to be calibrated.
const FEWEST: usize = 100;

/// Series at which the errors of a group weigh as much as the widening of a series alone.
const HALF: f64 = 250.0;

impl Panel {
    /// Forecasts every series.
    ///
    /// # Errors
    /// If the horizon is 0 or longer than [`MAX_HORIZON`](crate::MAX_HORIZON); what is wrong with one series is said in its place.
    pub fn forecast(
        &self,
        series: &[Series<'_>],
        horizon: usize,
        levels: &[Level],
    ) -> Result<Vec<Result<Forecast, ForecastError>>, ForecastError> {
        check_horizon(horizon)?;
        let calibrations = if self.calibrate { self.calibrations(series, horizon, levels) } else { Vec::new() };
        let one = |series: &Series<'_>| {
            let fitted = self.fit(series)?;
            let season = self.calibrated_season(series);
            match calibrations.iter().find(|(own, _)| Some(*own) == season) {
                Some((_, calibration)) => Ok(fitted.bounded(calibration.apply(&fitted.widened(horizon, levels)?)?)),
                None => fitted.predict(horizon, levels),
            }
        };
        Ok(series.par_iter().map(one).collect())
    }

    /// Forecasts series that begin with their first sale, as those of products and customers do.
    ///
    /// That there is a series is then the first sale's doing: taken as any other period, it says of a product that is sold once
    /// a year that it is sold in the first period that it is looked at. The automatic method forecasts those that are sold now
    /// and then, or first a few periods ago, from the periods after their first sale, and where these are few, from those of
    /// the others: forecasts are right in their sum. All others are forecast as [`forecast`](Self::forecast) does.
    ///
    /// ```
    /// use emptor_forecast::{Panel, Series};
    ///
    /// // Twenty products, each sold once within twenty periods. What comes is not that each is sold in every period.
    /// let rows: Vec<Vec<f64>> = (0..20).map(|at| (at..20).map(|t| if t == at { 10.0 } else { 0.0 }).collect()).collect();
    /// let series = rows.iter().map(|row| Series::new(row, 1)).collect::<Result<Vec<_>, _>>()?;
    /// let sum = |all: Vec<Result<emptor_forecast::Forecast, _>>| all.into_iter().flatten().map(|f| f.mean[0]).sum::<f64>();
    /// assert!(sum(Panel::default().forecast(&series, 1, &[])?) > 20.0);
    /// assert!(sum(Panel::default().forecast_from_first_sale(&series, 1, &[])?) < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`forecast`](Self::forecast).
    pub fn forecast_from_first_sale(
        &self,
        series: &[Series<'_>],
        horizon: usize,
        levels: &[Level],
    ) -> Result<Vec<Result<Forecast, ForecastError>>, ForecastError> {
        check_horizon(horizon)?;
        let is_pooled: Vec<bool> =
            series.par_iter().map(|own| self.method == Method::Automatic && is_rare(own)).collect();
        let of =
            |pooled: bool| series.iter().zip(&is_pooled).filter(move |(_, own)| **own == pooled).map(|(own, _)| own);
        let pool = RarePool::of(&of(true).collect::<Vec<_>>());
        let smooth: Vec<Series<'_>> = of(false).copied().collect();
        let mut smooth = self.forecast(&smooth, horizon, levels)?.into_iter();
        let rare: Vec<Option<Forecast>> = series
            .par_iter()
            .zip(&is_pooled)
            .map(|(own, pooled)| pooled.then(|| pool.forecast(own, horizon, levels, self.allow_negative)))
            .collect();
        let empty = || Err(ForecastError::TooShort { method: "a forecast".to_owned(), needed: 1, found: 0 });
        Ok(rare.into_iter().map(|rare| rare.map_or_else(|| smooth.next().unwrap_or_else(empty), Ok)).collect())
    }

    fn spec(&self, series: &Series<'_>) -> Combination {
        let spec = match self.method {
            Method::Automatic => Combination::automatic(series),
            Method::Combination => Combination::default(),
            method => Combination::of(&[method]),
        };
        Combination { allow_negative: self.allow_negative, ..spec }
    }

    fn fit(&self, series: &Series<'_>) -> Result<FittedCombination, ForecastError> {
        self.spec(series).fit(series)
    }

    /// The season of a series that is calibrated; `None` of intermittent demand. Its intervals end at 0, where most periods
    /// lie: a multiplier a little under 1 would leave all of them outside, and beside other series its errors would say that
    /// their intervals are too wide.
    fn calibrated_season(&self, series: &Series<'_>) -> Option<usize> {
        (!self.spec(series).is_intermittent()).then(|| series.season())
    }

    /// Of every season that has enough earlier forecasts.
    fn calibrations(&self, series: &[Series<'_>], horizon: usize, levels: &[Level]) -> Vec<(usize, Calibration)> {
        let all: Vec<Option<usize>> = series.iter().map(|own| self.calibrated_season(own)).collect();
        let mut seasons: Vec<usize> = all.iter().copied().flatten().collect();
        seasons.sort_unstable();
        seasons.dedup();
        let settings = ConformalSettings::new(horizon, levels);
        let of = |season: usize| {
            let members = series.iter().zip(&all).enumerate().filter(|(_, (_, own))| **own == Some(season));
            let members: Vec<(usize, &Series<'_>)> = members.map(|(number, (own, _))| (number, own)).collect();
            let step = members.len().div_ceil(MOST).max(1);
            let chosen: Vec<_> = members.into_iter().step_by(step).collect();
            let errors: Vec<OriginErrors> =
                chosen.par_iter().flat_map_iter(|&(number, own)| self.errors(number, own, horizon, levels)).collect();
            if errors.len() < FEWEST {
                return None;
            }
            // Errors of one series stand together.
            let heard = errors.chunk_by(|one, other| one.series == other.series).count() as f64;
            let calibration = Calibration::pooled(&errors, &settings).ok()?;
            Some((season, calibration.widening_only(heard / (heard + HALF))))
        };
        seasons.into_iter().filter_map(of).collect()
    }

    /// Of one series at earlier origins: one horizon before its end, and one and a half.
    fn errors(&self, number: usize, series: &Series<'_>, horizon: usize, levels: &[Level]) -> Vec<OriginErrors> {
        let least = (2 * series.season() + 1).max(8);
        let origins = [horizon + horizon.div_ceil(2), horizon].map(|back| series.len().checked_sub(back));
        let at = |origin: Option<usize>| {
            let origin = origin.filter(|&origin| origin >= least)?;
            let known = series.first(origin)?;
            self.calibrated_season(&known)?;
            let forecast = self.fit(&known).and_then(|fitted| fitted.widened(horizon, levels)).ok()?;
            Some(OriginErrors::new(number, origin, series.len(), &forecast, &series.values()[origin..]))
        };
        origins.into_iter().filter_map(at).collect()
    }
}
