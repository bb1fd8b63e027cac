//! How many customers are won in every period.

use std::collections::HashMap;

use emptor_types::{Date, Invalid};
use polars::prelude::{ChunkCompareEq, DataType, PolarsResult, SortMultipleOptions, col};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::lines::{Lines, collect, is_purchase, period_start};
use super::super::section::{Gap, ResultTable};
use super::build::Build;
use super::settings::ProspectingSettings;
use super::{SCurve, SCurveBacktest, SCurveFit};
use crate::period::{Grain, Period};

/// New customers of every period from what is known of a base without names: `n_t = N_t − r N_{t−1}` (Gupta, Lehmann &
/// Stuart 2004). The first is unknown (`NaN`); a negative one says that the retention rate is too high.
///
/// ```
/// use emptor_core::profile::prospecting::acquired_from_stocks;
///
/// let new = acquired_from_stocks(&[1000.0, 1100.0, 1150.0], 0.8)?;
/// assert!(new[0].is_nan());
/// assert_eq!(new[1..], [300.0, 270.0]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// # Errors
/// Unless the retention rate lies between 0 and 1.
pub fn acquired_from_stocks(stocks: &[f64], retention: f64) -> Result<Vec<f64>, Invalid> {
    if !(0.0..=1.0).contains(&retention) {
        return Err(Invalid::value("retention", "must lie between 0 and 1", retention));
    }
    let before = std::iter::once(f64::NAN).chain(stocks.iter().copied());
    Ok(stocks.iter().zip(before).map(|(now, before)| now - retention * before).collect())
}

/// What customers did in a period: `active = new + retained + returned`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flow {
    pub(super) period: Period,
    /// Customers who bought.
    pub(super) active: usize,
    /// For the first time.
    pub(super) new: usize,
    /// And in the period before.
    pub(super) retained: usize,
    /// Not in the period before, but earlier.
    pub(super) returned: usize,
}

/// The flows of the window's periods; customers are new in the first period of all their purchases up to the window's
/// end.
pub(super) fn flows(input: &ProfileInput<'_>, lines: &Lines) -> Result<Vec<Flow>, ProfileError> {
    let grain = input.window.grain();
    let periods = input.window.periods()?;
    let start = period_start(grain, col("date")).to_physical().cast(DataType::Int32).alias("start");
    let cells = lines
        .until(&input.window)
        .filter(is_purchase())
        .select([col("customer_id"), start])
        .group_by([col("customer_id"), col("start")])
        .agg([])
        .sort(["customer_id", "start"], SortMultipleOptions::default());
    let cells = collect(cells)?;
    let places: HashMap<i32, usize> =
        periods.iter().enumerate().map(|(i, period)| (period.start.days_since_epoch(), i)).collect();
    let before = match periods.first() {
        Some(first) => grain.start(first.start.plus_days(-1))?.days_since_epoch(),
        None => return Ok(Vec::new()),
    };
    let mut flows: Vec<Flow> =
        periods.iter().map(|period| Flow { period: *period, active: 0, new: 0, retained: 0, returned: 0 }).collect();
    let ids = cells.column("customer_id")?.as_materialized_series();
    let changes = ids.not_equal(&ids.shift(1))?;
    let mut last: Option<i32> = None;
    for (start, change) in cells.column("start")?.i32()?.iter().zip(changes.iter()) {
        let Some(start) = start else { continue };
        if change != Some(false) {
            last = None;
        }
        if let Some(place) = places.get(&start) {
            let previous = if *place == 0 { before } else { periods[*place - 1].start.days_since_epoch() };
            let flow = &mut flows[*place];
            flow.active += 1;
            match last {
                None => flow.new += 1,
                Some(day) if day == previous => flow.retained += 1,
                Some(_) => flow.returned += 1,
            }
        }
        last = Some(start);
    }
    Ok(flows)
}

/// Days after the data begin in which customers of before come back and count as new.
const WARM_UP: i32 = 182;

/// Whether so many customers of before may come back from a day on that they would pass for new ones: the data begin less
/// than half a year before it.
pub(super) fn is_left_censored(first_day: i32, from: Date) -> bool {
    from.days_since_epoch() - first_day < WARM_UP
}

/// The day of the first purchase that is known.
pub(super) fn first_day(input: &ProfileInput<'_>, lines: &Lines) -> PolarsResult<Option<i32>> {
    let day = col("date").to_physical().cast(DataType::Int32).min().alias("day");
    let first = collect(lines.until(&input.window).filter(is_purchase()).select([day]))?;
    Ok(first.column("day")?.i32()?.get(0))
}

/// The acquisition of the window, and what it is expected to be.
pub(super) struct Acquisition {
    pub(super) flows: Vec<Flow>,
    pub(super) fit: Option<SCurveFit>,
    pub(super) backtest: Option<SCurveBacktest>,
    /// The retention rate used with the stocks.
    pub(super) retention: Option<f64>,
    /// The first flow that the curve knows.
    first: usize,
}

impl Acquisition {
    pub(super) fn of(flows: Vec<Flow>, settings: &ProspectingSettings, gaps: &mut Vec<Gap>) -> Self {
        let whole: Vec<f64> = complete(&flows).map(|flow| flow.new as f64).collect();
        let first = flows.iter().position(|flow| !flow.period.is_partial).unwrap_or(flows.len());
        let (kept, base) = flows
            .iter()
            .zip(flows.iter().skip(1))
            .filter(|(_, now)| !now.period.is_partial)
            .fold((0, 0), |(kept, base), (before, now)| (kept + now.retained, base + before.active));
        let retention = settings.retention.or((base > 0).then(|| kept as f64 / base as f64));
        let is_empty = whole.iter().sum::<f64>() <= 0.0;
        let fit = match SCurve::fit(&whole) {
            Ok(fit) => Some(fit),
            Err(_) if is_empty => {
                gaps.push(Gap::new("s_curve", [], "no customer was won in a whole period of the window"));
                None
            }
            Err(problem) => {
                gaps.push(Gap::new("s_curve", [], problem.to_string()));
                None
            }
        };
        let backtest = fit.as_ref().map(|_| SCurve::backtest(&whole, settings.shortest));
        Self { flows, fit, backtest, retention, first }
    }

    /// One row per period of the window, and per period ahead if there is a curve.
    pub(super) fn table(&self, grain: Grain, settings: &ProspectingSettings) -> Result<ResultTable, ProfileError> {
        let level = settings.level()?;
        let ahead = match (&self.fit, complete(&self.flows).last()) {
            (Some(_), Some(last)) => ahead(grain, last.period, settings.horizon)?,
            _ => Vec::new(),
        };
        // A period that has begun is both in the window and ahead; it is shown once.
        let known = self.flows.len();
        let after = self.flows.last().map(|flow| flow.period.start);
        let ahead: Vec<Period> = ahead.into_iter().filter(|period| Some(period.start) > after).collect();
        let stocks: Vec<f64> = self.flows.iter().map(|flow| flow.active as f64).collect();
        let from_stocks = match self.retention {
            Some(retention) => acquired_from_stocks(&stocks, retention)?,
            None => vec![f64::NAN; known],
        };
        let flow = |row: usize| self.flows.get(row);
        let curve = |row: usize| self.fit.as_ref().filter(|_| row >= self.first).map(|fit| (fit, row - self.first + 1));
        let start = |row: usize| flow(row).map_or_else(|| ahead[row - known].start, |flow| flow.period.start);
        let table = Build::new(known + ahead.len())
            .day("period_start", "first day of the period", |row| Some(start(row).days_since_epoch()))
            .count("new", "customers", "customers who bought for the first time; null ahead", |row| {
                flow(row).map(|f| f.new)
            })
            .count("active", "customers", "customers who bought: new + retained + returned", |row| {
                flow(row).map(|f| f.active)
            })
            .count("retained", "customers", "who bought in the period before too", |row| flow(row).map(|f| f.retained))
            .count("returned", "customers", "who had bought earlier, but not in the period before", |row| {
                flow(row).map(|f| f.returned)
            })
            .number("retention", "share", "retained of those active in the period before", |row| {
                let before = row.checked_sub(1).and_then(flow).map(|f| f.active).filter(|n| *n > 0)?;
                flow(row).map(|f| f.retained as f64 / before as f64)
            })
            .number("new_from_stocks", "customers", "active less the pooled retention of those active before", |row| {
                from_stocks.get(row).copied()
            })
            .number("curve", "customers", "new customers by the S-curve", |row| {
                curve(row).map(|(fit, t)| fit.curve.between(t as f64 - 1.0, t as f64))
            })
            .number("lo", "customers", "lower end of the interval of new customers by the S-curve", |row| {
                curve(row).map(|(fit, t)| fit.interval(t, level).low)
            })
            .number("hi", "customers", "upper end of it", |row| curve(row).map(|(fit, t)| fit.interval(t, level).high))
            .flag("is_partial", "whether the window covers a part of the period only", |row| {
                flow(row).is_some_and(|f| f.period.is_partial)
            })
            .flag("is_forecast", "whether it lies ahead", |row| row >= known);
        Ok(table.table(
            "acquisition_flow",
            "One row per period: customers won, kept and come back, and what the S-curve says; oldest first.",
        )?)
    }

    /// The curve in one row; `None` without one.
    pub(super) fn curve_table(&self) -> PolarsResult<Option<ResultTable>> {
        let (Some(fit), Some(test)) = (&self.fit, &self.backtest) else { return Ok(None) };
        let [alpha, beta, gamma] = fit.standard_errors();
        let of = |value: f64| move |_: usize| Some(value);
        let peak = fit.curve.peak();
        let day = |t: f64| {
            let period = t.floor().max(0.0) as usize;
            self.flows.get(self.first + period).filter(|_| t >= 0.0).map(|f| f.period.start.days_since_epoch())
        };
        let table = Build::new(1)
            .number(
                "alpha",
                "customers",
                "ceiling: customers the window and all time after it will ever win",
                of(fit.curve.alpha),
            )
            .number("alpha_se", "customers", "its standard error", of(alpha))
            .number("beta", "", "place of the curve in time", of(fit.curve.beta))
            .number("beta_se", "", "its standard error", of(beta))
            .number("gamma", "per period", "speed", of(fit.curve.gamma))
            .number("gamma_se", "per period", "its standard error", of(gamma))
            .number("peak", "periods", "when most are won: periods since the first complete one began", of(peak))
            .number("peak_se", "periods", "its standard error", of(fit.peak_error()))
            .day("peak_period", "first day of the period of the peak; null outside the window", |_| day(peak))
            .number("residual", "customers", "standard deviation around the curve, per period", of(fit.residual))
            .count("periods", "periods", "periods fitted", |_| Some(fit.periods))
            .count("origins", "periods", "periods forecast from those before, for the errors", |_| Some(test.origins))
            .count("refused", "periods", "periods before which no curve could be fitted", |_| Some(test.refused))
            .number("wape", "share", "error of the curve one period ahead, as a share of what came", |_| test.wape)
            .number("wape_naive", "share", "error of: as many as in the period before", |_| test.wape_naive)
            .number("mase", "×", "error of the curve over the naive one in the first periods", |_| test.mase);
        Ok(Some(table.table("s_curve", "One row: the S-curve of new customers, its precision and its past errors.")?))
    }
}

/// The periods of the window that it covers in full.
pub(super) fn complete(flows: &[Flow]) -> impl Iterator<Item = &Flow> {
    flows.iter().filter(|flow| !flow.period.is_partial)
}

/// So many calendar periods after one.
pub(super) fn ahead(grain: Grain, last: Period, periods: usize) -> Result<Vec<Period>, Invalid> {
    let from = last.end.plus_days(1);
    let days = i32::try_from(periods).unwrap_or(i32::MAX).saturating_mul(366);
    let mut all = grain.over(from, from.plus_days(days))?;
    all.truncate(periods);
    Ok(all)
}
