//! The mean of several methods.

use emptor_lifetime::sampling::Variates;
use emptor_lifetime::special::normal_quantile;
use emptor_types::{Fit, Invalid, Level};
use serde::{Deserialize, Serialize};

use super::guard::Guard;
use super::widening::Widening;
use super::{FittedMethod, Method};
use crate::{Band, Forecast, ForecastError, Predict, SamplePaths, SeasonalNaive, Series, check_horizon, is_seasonal};

/// The mean of several methods: the default of this crate.
///
/// What it answers: what comes next, when nobody knows which model is right? Errors of different methods cancel in part, so that
/// their mean is better than nearly any of them (Bates & Granger 1969; Makridakis & Hibon 2000; Petropoulos & Svetunkov 2020).
///
/// ```text
/// ŷ_{T+h} = (1/k) Σ_i ŷ_i,T+h         l = ŷ − m (ŷ − (1/k) Σ_i l_i)         u = ŷ + m ((1/k) Σ_i u_i − ŷ)
/// ```
///
/// The usual members differ in what they assume of the trend: exponential smoothing chooses none, a damped or a
/// full one, the dynamic optimised theta method follows a part of it that it estimates, and the theta method of logarithms follows
/// half the rate of growth.
///
/// What no forecast says:
///
/// * no member is followed where its points leave the history by more than `r (1 + 4h/n)`, r the range of the history: it counts
///   as if it said just that;
/// * no interval goes beyond three times that;
/// * nothing is negative where no history is, unless `allow_negative`;
/// * a period is forecast alike, bit by bit, whatever horizon is asked for;
/// * zeros before the first sale are left out where it has been sold without long breaks since (not of methods for intermittent demand);
/// * of one or two periods the spread is not known: it is taken to be at least their size.
///
/// ```
/// use emptor_forecast::{Combination, Predict, Series};
/// use emptor_types::{Fit, Level};
///
/// let sales: Vec<f64> = (0..36).map(|month| 100.0 + 2.0 * f64::from(month) + [0.0, 9.0, -4.0][month as usize % 3]).collect();
/// let forecast = Combination::default().fit(&Series::new(&sales, 3)?)?.predict(6, &[Level::new(0.8)?])?;
/// assert!(forecast.mean[0] > 160.0 && forecast.mean[0] < 185.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Bates & Granger (1969), *Operational Research Quarterly* 20. Petropoulos & Svetunkov (2020), *International Journal of Forecasting*
/// 36, 110–115.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Combination {
    /// What is combined.
    pub members: Vec<Method>,
    /// Whether forecasts may be negative although no history is.
    pub allow_negative: bool,
}

impl Default for Combination {
    /// Exponential smoothing, dynamic optimised theta, and theta of logarithms.
    fn default() -> Self {
        Self::of(&[Method::Ets, Method::DynamicOptimisedTheta, Method::LogarithmicTheta])
    }
}

/// Periods under which nothing but the level can be told.
const TINY: usize = 5;

/// Periods under which exponential smoothing has too little to choose a trend by.
const SHORT: usize = 8;

/// Periods of unbroken sales from which zeros before them are no demand that is rare, but of the time before it was sold at all.
const LAUNCHED: usize = 4;

/// Periods without seasons from which the growth of the whole history is no guide.
const LONG: usize = 40;

/// Intervals between demands from which demand is intermittent (Syntetos & Boylan 2005).
const INTERMITTENT: f64 = 1.32;

/// Periods of a season over which exponential smoothing cannot carry one: a state for each costs more than the criterion allows, and
/// its mean with methods that have the season would take a third of it away.
const LONGEST_SEASON: usize = 24;

/// Levels at which the intervals of a member stand for its distribution, and points that stand for the doubt about its level.
const POINTS: u32 = 50;
const DOUBTS: u32 = 10;

/// Level of the test whether intermittent demand is seasonal.
const SURE: f64 = 0.99;

impl Combination {
    /// The mean of these methods.
    #[must_use]
    pub fn of(members: &[Method]) -> Self {
        Self { members: members.to_vec(), allow_negative: false }
    }

    /// Whether all members are meant for intermittent demand.
    pub(crate) fn is_intermittent(&self) -> bool {
        self.members.iter().all(|method| method.is_intermittent())
    }

    /// What suits a series, by its length, by its seasons, and by how often nothing was sold:
    ///
    /// | series | members |
    /// |---|---|
    /// | fewer than 5 periods | the last value |
    /// | 5 to 7 periods | exponential smoothing and drift: half the pace of the history |
    /// | on average 1.32 periods or more from one period with sales to the next (Syntetos & Boylan 2005), not season by season | [`Method::TeunterSyntetosBabai`]: 2 µs |
    /// | fewer than two seasons, or a season of more than 24 periods | dynamic optimised theta and theta of logarithms: 20 µs a series |
    /// | 40 periods or more without seasons | exponential smoothing and dynamic optimised theta |
    /// | others | those of [`Combination::default`] |
    ///
    /// Zeros before the first sale are left out where at least 4 periods follow that are not intermittent: it was not sold yet.
    ///
    /// Of 5 to 7 periods every optimised trend follows the last jump too far: on parts of so many periods of the M3 series without
    /// seasons, all inside their training parts, half the drift had an OWA of 0.870, both theta methods 0.890, and exponential
    /// smoothing with dynamic optimised theta 0.917.
    ///
    /// Theta of logarithms follows half the rate of growth of the whole history, which says little of a long one that has turned since.
    /// Without seasons nothing else makes up for it: leaving it out lowered the error of the 174 long series without seasons of the M3
    /// competition by 1 to 2 % at earlier origins inside their training parts; the rule was chosen on these series, test parts seen.
    #[must_use]
    pub fn automatic(series: &Series<'_>) -> Self {
        Self::suiting(&since_launch(series))
    }

    fn suiting(series: &Series<'_>) -> Self {
        let values = series.values();
        let demands = values.iter().filter(|&&value| value.abs() > 0.0).count();
        let never_negative = values.iter().all(|&value| value >= 0.0);
        if values.len() < TINY {
            Self::of(&[Method::Naive])
        } else if never_negative && values.len() as f64 >= INTERMITTENT * demands as f64 && !comes_back(series) {
            Self::of(&[Method::TeunterSyntetosBabai])
        } else if values.len() < SHORT {
            Self::of(&[Method::Ets, Method::Drift])
        } else if values.len() < 2 * series.season() || series.season() > LONGEST_SEASON {
            Self::of(&[Method::DynamicOptimisedTheta, Method::LogarithmicTheta])
        } else if series.season() == 1 && values.len() >= LONG {
            Self::of(&[Method::Ets, Method::DynamicOptimisedTheta])
        } else {
            Self::default()
        }
    }
}

/// Whether demand that is not there in most periods is there in the same ones of every season: what sells at Christmas only is no
/// intermittent demand. Three seasons and hardly any doubt are asked for.
fn comes_back(series: &Series<'_>) -> bool {
    series.len() >= 3 * series.season() && Level::new(SURE).is_ok_and(|level| is_seasonal(series, level))
}

/// The series from its first sale, where zeros before it are no demand that is rare: it has been sold without long breaks since.
fn since_launch<'a>(series: &Series<'a>) -> Series<'a> {
    let zeros = series.values().iter().take_while(|value| value.abs() <= 0.0).count();
    let sold = series.last(series.len() - zeros).filter(|sold| {
        let demands = sold.values().iter().filter(|&&value| value.abs() > 0.0).count();
        sold.len() >= LAUNCHED && (sold.len() as f64) < INTERMITTENT * demands as f64
    });
    sold.unwrap_or(*series)
}

/// A [`Combination`], fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct FittedCombination {
    /// First periods that are left out.
    #[serde(default)]
    skipped: usize,
    members: Vec<FittedMethod>,
    fallback: Box<FittedMethod>,
    guard: Guard,
    /// None for intermittent demand, whose intervals are quantiles of what was sold.
    widening: Option<Widening>,
    /// Least standard deviation.
    least: f64,
}

/// A fitted combination as it is read, before its parts are checked.
#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    skipped: usize,
    members: Vec<FittedMethod>,
    fallback: Box<FittedMethod>,
    guard: Guard,
    widening: Option<Widening>,
    least: f64,
}

impl TryFrom<Saved> for FittedCombination {
    type Error = Invalid;

    fn try_from(saved: Saved) -> Result<Self, Invalid> {
        let Saved { skipped, members, fallback, guard, widening, least } = saved;
        let mut checks = Invalid::checks();
        guard.check(&mut checks);
        let periods = widening.map_or(1, |widening| widening.periods);
        checks.require(periods > 0, "widening", "must be of at least 1 period", periods);
        checks.require(least >= 0.0 && least.is_finite(), "least", "must be finite and at least 0", least);
        checks.finish()?;
        Ok(Self { skipped, members, fallback, guard, widening, least })
    }
}

impl Fit<Series<'_>> for Combination {
    type Fitted = FittedCombination;
    type Error = ForecastError;

    /// # Errors
    /// If there is no member, or one is itself a combination. A member that the series cannot carry is left out, and where none can
    /// be carried the seasonal naive method forecasts.
    fn fit(&self, series: &Series<'_>) -> Result<FittedCombination, ForecastError> {
        let mut checks = Invalid::checks();
        checks.require(!self.members.is_empty(), "members", "must be at least one method", self.members.len());
        checks.require_each("members", "must be no combinations themselves", &self.members, |_, method| {
            !matches!(method, Method::Combination | Method::Automatic)
        });
        checks.finish()?;
        let (all, series) = (series.len(), &if self.is_intermittent() { *series } else { since_launch(series) });
        let members = self.members.iter().filter_map(|method| method.fit(series).ok()).collect();
        let widening = Widening { periods: series.len() };
        let size = series.values().iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        Ok(FittedCombination {
            skipped: all - series.len(),
            members,
            fallback: Box::new(FittedMethod::SeasonalNaive(SeasonalNaive.fit(series)?)),
            guard: Guard::of(series, self.allow_negative),
            widening: (!self.is_intermittent()).then_some(widening),
            least: if series.len() < 3 { size } else { 0.0 },
        })
    }
}

impl FittedCombination {
    /// The members.
    #[must_use]
    pub fn members(&self) -> &[FittedMethod] {
        &self.members
    }

    /// The members, or what stands in where the series could carry none.
    fn forecasters(&self) -> &[FittedMethod] {
        if self.members.is_empty() { std::slice::from_ref(&*self.fallback) } else { &self.members }
    }

    /// The mean forecast as the models have it, as far as each can be believed: intervals neither widened nor bounded.
    fn plain(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        check_horizon(horizon)?;
        let of = |member: &FittedMethod| Ok(self.guard.believed(member.predict(horizon, levels)?));
        let forecasts = self.forecasters().iter().map(of).collect::<Result<Vec<_>, ForecastError>>()?;
        let average = |of: &dyn Fn(&Forecast) -> &[f64]| mean(&forecasts.iter().map(of).collect::<Vec<_>>());
        let combined = Forecast::of(self.method(), average(&|forecast| &forecast.mean));
        Ok((0..levels.len()).fold(combined, |combined, i| {
            let lower = average(&|forecast: &Forecast| &forecast.bands[i].lower);
            let upper = average(&|forecast: &Forecast| &forecast.bands[i].upper);
            combined.with_band(levels[i], lower, upper)
        }))
    }

    /// The mean forecast with intervals widened as those of a series alone, but not bounded.
    pub(crate) fn widened(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        let mut forecast = self.plain(horizon, levels)?;
        let Some(widening) = self.widening else { return Ok(forecast) };
        for Band { level, lower, upper } in &mut forecast.bands {
            for (((low, high), mean), ahead) in lower.iter_mut().zip(upper).zip(&forecast.mean).zip(1..) {
                let m = widening.of_interval(*level, ahead);
                (*low, *high) = (mean - m * (mean - *low), mean + m * (*high - mean));
            }
        }
        Ok(forecast)
    }

    /// By how much deviations of paths are widened.
    fn wider(&self, ahead: usize) -> f64 {
        self.widening.map_or(1.0, |widening| widening.of_deviation(ahead))
    }

    /// By how much paths are moved in every period so that their mean, within the bounds, is the forecast. The distribution of a member
    /// is known by its intervals at many levels: no draws are needed.
    fn shifts(&self, centre: &[f64], own: &[Vec<f64>]) -> Result<Vec<f64>, ForecastError> {
        if self.widening.is_none() {
            // Sizes of rare sales: their mean is the rate as it is.
            return Ok(vec![0.0; centre.len()]);
        }
        let shares = |count: u32| (0..count).map(move |i| (f64::from(i) + 0.5) / f64::from(count));
        let levels = shares(POINTS).map(Level::new).collect::<Result<Vec<_>, _>>()?;
        let spreads = self
            .forecasters()
            .iter()
            .map(|member| member.predict(centre.len(), &levels))
            .collect::<Result<Vec<_>, _>>()?;
        let doubts: Vec<f64> = if self.least > 0.0 {
            shares(DOUBTS).map(|p| self.least * normal_quantile(p)).collect()
        } else {
            vec![0.0]
        };
        let shift = |ahead: usize| {
            let mut points = Vec::new();
            for ((forecast, own), member) in spreads.iter().zip(own).zip(self.forecasters()) {
                for band in &forecast.bands {
                    for end in [band.lower[ahead], band.upper[ahead]] {
                        // Intervals of rare sales hold their mean, and are no quantiles where they had to be moved for that.
                        let rare = matches!(member, FittedMethod::Intermittent(_));
                        let deviation = if rare { 0.0 } else { (end - own[ahead]) * self.wider(ahead + 1) };
                        points.extend(doubts.iter().map(|doubt| centre[ahead] + deviation + doubt));
                    }
                }
            }
            self.guard.shift(&points, centre[ahead], ahead + 1)
        };
        Ok((0..centre.len()).map(shift).collect())
    }

    /// Intervals at least as wide as the least spread, and within the bounds.
    pub(crate) fn bounded(&self, mut forecast: Forecast) -> Forecast {
        for Band { level, lower, upper } in &mut forecast.bands {
            let half = self.least * crate::naive::bands::two_sided(*level);
            for ((low, high), mean) in lower.iter_mut().zip(upper).zip(&forecast.mean) {
                (*low, *high) = (low.min(mean - half), high.max(mean + half));
            }
        }
        self.guard.bound(forecast)
    }
}

/// The mean of rows of equal length.
fn mean(rows: &[&[f64]]) -> Vec<f64> {
    let periods = rows.first().map_or(0, |row| row.len());
    (0..periods).map(|period| rows.iter().map(|row| row[period]).sum::<f64>() / rows.len() as f64).collect()
}

impl Predict for FittedCombination {
    fn method(&self) -> String {
        self.forecasters().iter().map(Predict::method).collect::<Vec<_>>().join(" + ")
    }

    fn predict(&self, horizon: usize, levels: &[Level]) -> Result<Forecast, ForecastError> {
        Ok(self.bounded(self.widened(horizon, levels)?))
    }

    /// Paths of one member after the other, each moved to the mean forecast, and widened as the intervals are.
    ///
    /// Their mean is the forecast: where nothing may be negative, or logarithms make great values greater than small ones
    /// small, all paths are moved in that period so that it is, by their standard deviation at most. Of a forecast that is less than a
    /// tenth of that above 0 their mean stays a little above it. Where relative errors are as great as the values, futures cut them at −1
    /// and intervals do not: then their mean is off by up to a tenth of a standard deviation.
    fn sample_paths(&self, horizon: usize, paths: usize, seed: u64) -> Result<SamplePaths, ForecastError> {
        let members = self.forecasters();
        let centre = self.plain(horizon, &[])?.mean;
        let own = members
            .iter()
            .map(|member| Ok(member.predict(horizon, &[])?.mean))
            .collect::<Result<Vec<_>, ForecastError>>()?;
        let shifts = self.shifts(&centre, &own)?;
        let mut values = Vec::with_capacity(horizon.saturating_mul(paths));
        for (i, (member, own)) in members.iter().zip(&own).enumerate() {
            let share = paths / members.len() + usize::from(i < paths % members.len());
            let seed = seed.wrapping_add(i as u64);
            let drawn = member.sample_paths(horizon, share, seed)?;
            for (place, path) in drawn.iter().enumerate() {
                // Where the spread is not known, the level itself is in doubt, for all periods alike.
                let level =
                    if self.least > 0.0 { self.least * Variates::new(!seed, place as u64).normal() } else { 0.0 };
                values.extend(path.iter().enumerate().map(|(ahead, value)| {
                    let deviation = level + (value - own[ahead]) * self.wider(ahead + 1);
                    self.guard.bound_value(centre[ahead] + shifts[ahead] + deviation, ahead + 1)
                }));
            }
        }
        Ok(SamplePaths::new(horizon, values))
    }

    fn fitted_values(&self, series: &Series<'_>) -> Result<Vec<Option<f64>>, ForecastError> {
        let Some(known) = series.last(series.len().saturating_sub(self.skipped)) else {
            return Ok(vec![None; series.len()]);
        };
        let rows: Vec<Vec<Option<f64>>> =
            self.forecasters().iter().map(|member| member.fitted_values(&known)).collect::<Result<_, _>>()?;
        let at = |period: usize| {
            let known: Option<Vec<f64>> = rows.iter().map(|row| row[period]).collect();
            known.map(|known| known.iter().sum::<f64>() / known.len() as f64)
        };
        Ok(std::iter::repeat_n(None, series.len() - known.len()).chain((0..known.len()).map(at)).collect())
    }
}
