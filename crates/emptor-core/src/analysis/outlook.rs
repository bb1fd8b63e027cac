//! What comes: sales, customers, and who of them stays.

use std::collections::BTreeSet;

use emptor_forecast::customer_base::{Acquisition, BaseSegment, Cohort, CustomerBase, CustomerBaseForecast, Survival};
use emptor_forecast::sales::{
    Periods, SalesDimension, SalesForecast, SalesForecastSettings, SalesSeries, SalesSettings,
};
use emptor_forecast::{ForecastError, Panel, Series};
use emptor_lifetime::PurchaseModel;
use emptor_rfm::PurchaseHistory;
use emptor_table::Tables;
use emptor_types::period::{Grain, Period, place};
use emptor_types::{Date, HistoryView, Invalid, Level};
use polars::prelude::DataFrame;

use super::error::AnalysisError;

/// Customers whose curves are in memory together.
const PART: usize = 100_000;
/// Days after the data begin in which customers of before come back and count as new.
const WARM_UP: i32 = 182;
/// Fewest periods of acquisition that a forecast is made of.
const FEWEST: usize = 6;
/// Who will come.
const NEW: &str = "new customers";

/// How far and how finely an [`Analysis`](super::Analysis) looks ahead.
///
/// ```
/// use emptor_core::analysis::OutlookSettings;
/// use emptor_core::period::Grain;
///
/// let outlook = OutlookSettings { horizon: 6, ..OutlookSettings::new(Grain::Month) };
/// assert!(outlook.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OutlookSettings {
    /// The periods: days, weeks, months, quarters or years.
    pub grain: Grain,
    /// Periods ahead; 12.
    pub horizon: usize,
    /// Level of the intervals; 0.80.
    pub level: f64,
    /// Simulated futures of the customer base; 1,000.
    pub paths: usize,
    /// By what sales are split beside their total; by nothing unless given.
    pub sales_by: Vec<SalesDimension>,
}

impl OutlookSettings {
    /// Twelve periods ahead at 80 %.
    #[must_use]
    pub fn new(grain: Grain) -> Self {
        Self { grain, horizon: 12, level: 0.80, paths: 1_000, sales_by: Vec::new() }
    }

    /// Checks all settings.
    ///
    /// # Errors
    /// All violations.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require(self.grain != Grain::Window, "grain", "must have periods that repeat", self.grain);
        checks.require((1..=1_000).contains(&self.horizon), "horizon", "must be from 1 to 1,000 periods", self.horizon);
        checks.require(self.paths >= 10, "paths", "must be at least 10", self.paths);
        checks.absorb(Level::new(self.level));
        checks.finish()
    }
}

/// What comes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outlook {
    /// Sales ahead, from the first period that is not over; `None` where the data cover too few whole periods.
    pub sales: Option<SalesForecast>,
    /// Customers alive at the end of every period ahead: in all, then by their grade of today, then those who come.
    /// Customers leave as the purchase model says; new ones come as the forecast of first purchases says. The parameters of
    /// the purchase model are taken as they were estimated; intervals know of chance and of how many come.
    pub customers: Vec<CustomerBaseForecast>,
    /// The periods of [`customers`](Self::customers): the first one begins on the day after the day of observation, or is the
    /// rest of a period that is not over.
    pub periods: Vec<Period>,
    /// What could not be forecast, and why.
    pub gaps: Vec<String>,
}

/// What the outlook stands on.
pub(super) struct Ground<'a, M: PurchaseModel + ?Sized> {
    pub(super) tables: &'a Tables,
    pub(super) purchases: &'a M,
    pub(super) history: &'a PurchaseHistory,
    /// By customer of the history; as text, `none` without one.
    pub(super) grades: &'a [String],
    /// `customer_id`, `segment`, `grade`.
    pub(super) labels: &'a DataFrame,
    pub(super) as_of: Date,
    pub(super) seed: u64,
}

impl Outlook {
    pub(super) fn of<M: PurchaseModel + ?Sized>(
        ground: &Ground<'_, M>,
        settings: &OutlookSettings,
    ) -> Result<Self, AnalysisError> {
        let mut gaps = Vec::new();
        let level = Level::new(settings.level)?;
        let spec = SalesSettings::new(settings.grain, ground.as_of)?.by(settings.sales_by.clone());
        let sales = SalesSeries::of(ground.tables, &spec, Some(ground.labels))
            .and_then(|sales| SalesForecast::of(&sales, &SalesForecastSettings::new(settings.horizon, &[level])));
        let sales = match sales {
            Ok(sales) => Some(sales),
            Err(ForecastError::NoSales { reason }) => {
                gaps.push(format!("sales: {reason}"));
                None
            }
            Err(error) => return Err(error.into()),
        };
        let periods = ahead(settings, ground.as_of)?;
        let arrivals = arrivals(ground, settings, &periods, level)?;
        if arrivals.is_none() {
            let why = format!("less than {FEWEST} whole periods are known, from half a year after the data begin");
            gaps.push(format!("customers who come: {why}"));
        }
        let base = CustomerBase::new(segments(ground, &periods, arrivals)?)?;
        let customers = base.forecast_with_interval(settings.horizon, level, settings.paths, ground.seed)?;
        Ok(Self { sales, customers, periods, gaps })
    }
}

/// The periods after the day of observation; the first may be the rest of one.
fn ahead(settings: &OutlookSettings, as_of: Date) -> Result<Vec<Period>, AnalysisError> {
    let next = as_of.plus_days(1);
    let start = settings.grain.start(next)?;
    let mut periods = Periods::of(settings.grain)?.after(start.plus_days(-1), settings.horizon)?;
    if let Some(first) = periods.first_mut() {
        first.is_partial = start < next;
    }
    Ok(periods)
}

/// New customers of the periods ahead, from those of all whole periods.
fn arrivals<M: PurchaseModel + ?Sized>(
    ground: &Ground<'_, M>,
    settings: &OutlookSettings,
    periods: &[Period],
    level: Level,
) -> Result<Option<Acquisition>, AnalysisError> {
    let days = ground.history.first_purchase();
    let Some(first) = days.iter().min() else { return Ok(None) };
    let from = Date::from_days_since_epoch(first.saturating_add(WARM_UP))?;
    if ground.as_of < from {
        return Ok(None);
    }
    let whole: Vec<Period> =
        settings.grain.over(from, ground.as_of)?.into_iter().filter(|period| !period.is_partial).collect();
    if whole.len() < FEWEST {
        return Ok(None);
    }
    let mut counts = vec![0.0; whole.len()];
    for at in days.iter().filter_map(|day| place(&whole, *day)) {
        counts[at] += 1.0;
    }
    let series = Series::new(&counts, Periods::of(settings.grain)?.season())?;
    let forecasts = Panel::default().forecast(&[series], settings.horizon, &[level])?;
    let Some(forecast) = forecasts.into_iter().next() else { return Ok(None) };
    let mut forecast = forecast?;
    // Of a period that is not over, only the rest lies ahead.
    if let Some(now) = periods.first().filter(|period| period.is_partial) {
        let length = |from: Date| f64::from(now.end.days_since_epoch() - from.days_since_epoch() + 1);
        let share = length(ground.as_of.plus_days(1)) / length(now.start);
        let bands = forecast.bands.iter_mut().flat_map(|band| [&mut band.lower, &mut band.upper]);
        for values in std::iter::once(&mut forecast.mean).chain(bands) {
            values[0] *= share;
        }
    }
    Ok(Some(Acquisition::from_forecast(&forecast)))
}

/// Customers by grade, and those who come, with their survival by the purchase model.
fn segments<M: PurchaseModel + ?Sized>(
    ground: &Ground<'_, M>,
    periods: &[Period],
    arrivals: Option<Acquisition>,
) -> Result<Vec<BaseSegment>, AnalysisError> {
    let unit = ground.history.unit();
    let due: Vec<f64> = periods
        .iter()
        .map(|period| f64::from(period.end.days_since_epoch() - ground.as_of.days_since_epoch()) / unit.days())
        .collect();
    let grades: BTreeSet<&str> = ground.grades.iter().map(String::as_str).collect();
    let grades: Vec<&str> = grades.into_iter().collect();
    // Expected customers alive, now and at the end of every period, by grade.
    let mut alive = vec![vec![0.0; due.len() + 1]; grades.len()];
    let view = ground.history.view()?;
    let mut begin = 0;
    while begin < ground.history.len() {
        let rows = begin..(begin + PART).min(ground.history.len());
        view.on_rows(rows.clone(), |part| -> Result<(), AnalysisError> {
            let mut columns = vec![ground.purchases.p_alive(part).map_err(AnalysisError::PurchaseModel)?];
            columns.extend(ground.purchases.p_alive_schedule(part, &due).map_err(AnalysisError::PurchaseModel)?);
            for (row, grade) in rows.clone().zip(&ground.grades[rows.clone()]) {
                let Ok(of) = grades.binary_search(&grade.as_str()) else { continue };
                alive[of].iter_mut().zip(&columns).for_each(|(sum, column)| *sum += column[row - rows.start]);
            }
            Ok(())
        })?;
        begin = rows.end;
    }
    let fresh = HistoryView::new(&[0.0], &[0.0], &[0.0], None, unit)?;
    let curve = ground.purchases.p_alive_schedule(&fresh, &due).map_err(AnalysisError::PurchaseModel)?;
    let curve = Survival::new(curve.into_iter().filter_map(|column| column.first().copied()).collect())?;
    let mut segments = Vec::with_capacity(grades.len() + 1);
    for (grade, alive) in grades.iter().zip(&alive) {
        let now = alive[0];
        let segment = BaseSegment::new(*grade, curve.clone());
        segments.push(if now > 0.0 {
            let own = Survival::new(alive[1..].iter().map(|then| (then / now).min(1.0)).collect())?;
            segment.with_cohorts([Cohort::with_survival(now, own)])
        } else {
            segment
        });
    }
    if let Some(arrivals) = arrivals {
        segments.push(BaseSegment::new(NEW, curve).with_acquisition(arrivals));
    }
    Ok(segments)
}
