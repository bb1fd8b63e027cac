//! Forecasts of all series of sales, and of their totals, that add up.

use std::collections::HashMap;

use emptor_types::period::Period;
use emptor_types::{ExactSum, Fit, Level};
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult};

use super::backtest::SalesBacktest;
use super::dimension::SalesDimension;
use super::flags::SalesFlag;
use super::newcomers::{NOT_YET_SOLD, Newcomers};
use super::series::SalesSeries;
use crate::hierarchy::{Hierarchy, HierarchyHistory, Proportions, Reconciliation, ReconciliationMethod};
use crate::{Forecast, ForecastError, Method, Panel, Series};

/// The member of a total in tables.
const ALL: &str = "__all__";

/// How sales are forecast.
///
/// ```
/// use emptor_forecast::sales::SalesForecastSettings;
/// use emptor_types::Level;
///
/// let settings = SalesForecastSettings::new(6, &[Level::new(0.8)?]);
/// assert!(settings.reconciliation.is_some());
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SalesForecastSettings {
    /// Periods ahead.
    pub horizon: usize,
    /// Levels of the intervals.
    pub levels: Vec<Level>,
    /// How every series is forecast.
    pub panel: Panel,
    /// How totals and parts are brought together; the total is kept and split by the forecasts of its parts, level by level,
    /// nothing negative, unless given. `None` leaves them as they are: they do not add up then.
    ///
    /// Thousands of parts that are sold now and then know less of the total than the total does, and products that nobody has
    /// sold yet are in the total only: any weights that let parts move it let their errors add up.
    pub reconciliation: Option<Reconciliation>,
}

impl SalesForecastSettings {
    /// The automatic method, calibrated where there are enough series.
    #[must_use]
    pub fn new(horizon: usize, levels: &[Level]) -> Self {
        Self {
            horizon,
            levels: levels.to_vec(),
            panel: Panel::default(),
            reconciliation: Some(
                Reconciliation::new(ReconciliationMethod::TopDown(Proportions::Forecast)).non_negative(),
            ),
        }
    }
}

/// One node: a total or a member.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SalesNode {
    /// The members, one for each of the first dimensions; none for the total.
    pub member: Vec<String>,
    /// Its past, which ends with the last period of all.
    pub history: Vec<f64>,
    /// What comes.
    pub forecast: Forecast,
}

/// Sales ahead: the total, then every member of the first dimension, and so on; totals are the sums of their parts.
///
/// Intervals are those of the node's own forecast, in proportion to its mean where it had to give way (moved with it, where
/// reconciliation is no split from above); those of totals are wider by how far they had to: `√(w² + d²)` for a half of `w` and a mean moved by `d`. Those of parts do not add up to those of
/// totals, and should not: errors cancel in part.
///
/// Read [`flags`](Self::flags) before the numbers, and [`SalesBacktest`](super::SalesBacktest) before both.
///
/// ```
/// use emptor_forecast::sales::{SalesDimension, SalesForecast, SalesForecastSettings, SalesSeries, SalesSettings};
/// use emptor_table::polars::df;
/// use emptor_table::{Tables, TransactionColumns, Transactions};
/// use emptor_types::Level;
/// use emptor_types::period::Grain;
///
/// let days: Vec<String> = (0..24).flat_map(|m| ["01", "28"].map(|d| format!("{}-{:02}-{d}", 2023 + m / 12, m % 12 + 1))).collect();
/// let paid: Vec<f64> = (0..48).map(|line| f64::from(100 + line % 7)).collect();
/// let by: Vec<&str> = (0..48).map(|line| if line % 2 == 0 { "web" } else { "shop" }).collect();
/// let lines = df!("who" => vec![1_i64; 48], "day" => days, "paid" => paid, "by" => by)?;
/// let columns = TransactionColumns::new("who", "day").amount("paid").channel("by");
/// let tables = Tables::new(Transactions::from_frame(lines, &columns)?);
/// let monthly = SalesSettings::new(Grain::Month, "2024-12-31".parse()?)?.by([SalesDimension::Channel]);
/// let sales = SalesSeries::of(&tables, &monthly, None)?;
/// let ahead = SalesForecast::of(&sales, &SalesForecastSettings::new(3, &[Level::new(0.8)?]))?;
/// let total = &ahead.nodes()[0].forecast.mean;
/// let parts: f64 = ahead.nodes()[1..].iter().map(|node| node.forecast.mean[0]).sum();
/// assert!((total[0] - parts).abs() < 1e-9 * total[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SalesForecast {
    by: Vec<SalesDimension>,
    measure: &'static str,
    periods: Vec<Period>,
    method: Method,
    nodes: Vec<SalesNode>,
    flags: Vec<SalesFlag>,
}

impl SalesForecast {
    /// Forecasts all series and their totals.
    ///
    /// # Errors
    /// If the horizon is 0 or too long, or a series cannot be forecast at all.
    pub fn of(sales: &SalesSeries, settings: &SalesForecastSettings) -> Result<Self, ForecastError> {
        let reconciliation = settings.reconciliation.map(|own| above_nought(own, sales));
        let never_negative = reconciliation.is_some_and(|own| own.is_non_negative());
        // The naive methods are benchmarks, and know of nothing but the past; forecasts that need not add up lack nobody.
        let is_naive = matches!(settings.panel.method, Method::Naive | Method::SeasonalNaive);
        let adds_up = settings.reconciliation.is_some() && !is_naive;
        let newcomers = if adds_up { Newcomers::of(sales, settings.horizon) } else { Vec::new() };
        let (mut nodes, hierarchy) = nodes(sales, &newcomers)?;
        let mut base = own_forecasts(&nodes, sales, settings, &newcomers)?;
        if never_negative {
            base.iter_mut().flat_map(|forecast| &mut forecast.mean).for_each(|value| *value = value.max(0.0));
        }
        let coherent = match (&reconciliation, &hierarchy) {
            (Some(reconciliation), Some(hierarchy)) => {
                reconciliation.fit(&HierarchyHistory::new(hierarchy))?.forecasts(&base)?
            }
            _ => base.clone(),
        };
        let mut flags = flags_of(sales, settings.horizon);
        if let Some((own, coherent)) = base.first().zip(coherent.first()) {
            flags.extend(outside(own, &coherent.mean));
        }
        let bottom = sales.by().len();
        for ((node, base), coherent) in nodes.iter_mut().zip(base).zip(coherent) {
            node.forecast = given_way(base, coherent.mean, node.member.len() < bottom, reconciliation);
        }
        let end = sales.periods().last().map(|period| period.end);
        let periods = end.map_or_else(|| Ok(Vec::new()), |end| sales.calendar().after(end, settings.horizon))?;
        Ok(Self {
            by: sales.by().to_vec(),
            measure: sales.measure(),
            periods,
            method: settings.panel.method,
            nodes,
            flags,
        })
    }

    /// What to know before it is believed.
    #[must_use]
    pub fn flags(&self) -> &[SalesFlag] {
        &self.flags
    }

    /// The same forecast with what the past warns of among its [`flags`](Self::flags), and with intervals of the total that
    /// are as much wider as it took for them to hold from the earlier origins ([`SalesBacktest::widening`]); never narrower. A past in
    /// which another method was tried says nothing about this one.
    #[must_use]
    pub fn with_backtest(mut self, past: &SalesBacktest) -> Self {
        self.flags.extend(past.flags_of(self.method));
        if let Some(total) = self.nodes.first_mut().map(|node| &mut node.forecast) {
            let is_floored = total.bands.iter().flat_map(|band| &band.lower).all(|end| *end >= 0.0);
            for band in &mut total.bands {
                let wider = past.widening_of(self.method, band.level).unwrap_or(1.0);
                for ((lower, upper), mean) in band.lower.iter_mut().zip(&mut band.upper).zip(&total.mean) {
                    (*lower, *upper) = (mean - wider * (mean - *lower), mean + wider * (*upper - mean));
                    *lower = if is_floored { lower.max(0.0) } else { *lower };
                }
            }
        }
        self
    }

    /// The periods ahead.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The total, then every member of the first dimension in ascending order, and so on. Where members come all the time, as
    /// products do, what is expected of those that have not been sold before stands last, as [`NOT_YET_SOLD`](super::NOT_YET_SOLD):
    /// without it the others would have to sell it.
    #[must_use]
    pub fn nodes(&self) -> &[SalesNode] {
        &self.nodes
    }

    /// The forecast of these members; that of the total for none.
    #[must_use]
    pub fn find(&self, member: &[&str]) -> Option<&SalesNode> {
        self.nodes.iter().find(|node| node.member.iter().map(String::as_str).eq(member.iter().copied()))
    }

    /// The forecasts as rows, by node, then by period: a column for every dimension (`__all__` where the row is a total over
    /// it), `period_start` (date), the measure, `lo_80` and `hi_80` for a level of 80 %, and so on, and `method`.
    ///
    /// # Errors
    /// If the engine cannot make the table.
    pub fn table(&self) -> PolarsResult<DataFrame> {
        let rows: Vec<(&SalesNode, usize)> =
            self.nodes.iter().flat_map(|node| (0..self.periods.len()).map(move |at| (node, at))).collect();
        let text = |name: &str, of: &dyn Fn(&SalesNode) -> String| {
            let names: Vec<String> = rows.iter().map(|(node, _)| of(node)).collect();
            polars::prelude::Series::new(name.into(), names).into_column()
        };
        let number = |name: &str, of: &dyn Fn(&SalesNode, usize) -> Option<f64>| {
            let values: Vec<Option<f64>> = rows.iter().map(|(node, at)| of(node, *at)).collect();
            polars::prelude::Series::new(name.into(), values).into_column()
        };
        let mut columns: Vec<Column> = Vec::new();
        for (place, dimension) in self.by.iter().enumerate() {
            columns.push(text(dimension.name(), &|node| node.member.get(place).map_or(ALL, String::as_str).to_owned()));
        }
        let days: Vec<i32> = rows.iter().map(|(_, at)| self.periods[*at].start.days_since_epoch()).collect();
        let days = polars::prelude::Series::new("period_start".into(), days).cast(&DataType::Date)?;
        columns.push(days.into_column());
        columns.push(number(self.measure, &|node, at| node.forecast.mean.get(at).copied()));
        for (band, of) in self.nodes.first().map_or(&[][..], |node| &node.forecast.bands).iter().enumerate() {
            let level = percent(of.level);
            columns.push(number(&format!("lo_{level}"), &|node, at| node.forecast.bands[band].lower.get(at).copied()));
            columns.push(number(&format!("hi_{level}"), &|node, at| node.forecast.bands[band].upper.get(at).copied()));
        }
        columns.push(text("method", &|node| node.forecast.method.clone()));
        DataFrame::new(rows.len(), columns)
    }
}

/// The total, the members of every depth, and what sums to what; `None` where there is the total alone.
fn nodes(sales: &SalesSeries, newcomers: &[Newcomers]) -> Result<(Vec<SalesNode>, Option<Hierarchy>), ForecastError> {
    let node = |member: &[String], history: Vec<f64>| SalesNode {
        member: member.to_vec(),
        history,
        forecast: Forecast::of("", Vec::new()),
    };
    if sales.by().is_empty() || sales.count() == 1 {
        let levels = (0..=sales.by().len()).map(|depth| sales.rolled_up(depth)).collect::<Vec<_>>();
        let one = |level: &SalesSeries| Some(node(level.member(0)?, level.values(0)?.to_vec()));
        let nodes: Vec<SalesNode> = levels.iter().filter_map(one).collect();
        return Ok((nodes, None));
    }
    let new: Vec<Vec<String>> = newcomers.iter().map(|own| own.member(sales.by().len())).collect();
    let bottoms = || (0..sales.count()).filter_map(|at| sales.member(at)).chain(new.iter().map(Vec::as_slice));
    let columns: Vec<Vec<&str>> =
        (0..sales.by().len()).map(|place| bottoms().map(|member| member[place].as_str()).collect()).collect();
    let hierarchy = Hierarchy::nested(&columns)?;
    let of = |at: usize| {
        let members: Vec<usize> = hierarchy.members(at).iter().map(|&bottom| bottom as usize).collect();
        let depth = hierarchy.levels()[at];
        let first = members.first().copied().unwrap_or(0);
        let key = sales.member(first).or_else(|| new.get(first - sales.count()).map(Vec::as_slice)).unwrap_or(&[]);
        let sold: Vec<usize> = members.into_iter().filter(|bottom| *bottom < sales.count()).collect();
        // Of what has not been sold, the last period is known: nothing.
        node(&key[..depth], if sold.is_empty() { vec![0.0] } else { sales.sum(&sold) })
    };
    let nodes = (0..hierarchy.len()).map(of).collect();
    Ok((nodes, Some(hierarchy)))
}

/// The forecasts of the nodes one by one, never negative where that is asked for: a split by size keeps the total then.
fn own_forecasts(
    nodes: &[SalesNode],
    sales: &SalesSeries,
    settings: &SalesForecastSettings,
    newcomers: &[Newcomers],
) -> Result<Vec<Forecast>, ForecastError> {
    let (season, periods) = (sales.calendar().season(), sales.periods().len());
    // A season before the first sale nothing was sold; the last sale again would be a guess.
    let whole = |node: &SalesNode| [vec![0.0; periods - node.history.len()], node.history.clone()].concat();
    let since: Vec<Vec<f64>> = match settings.panel.method {
        Method::SeasonalNaive => nodes.iter().map(whole).collect(),
        _ => Vec::new(),
    };
    let values = nodes.iter().enumerate().map(|(at, node)| since.get(at).unwrap_or(&node.history));
    let series = values.map(|values| Series::new(values, season)).collect::<Result<Vec<_>, _>>()?;
    let forecasts = settings.panel.forecast_from_first_sale(&series, settings.horizon, &settings.levels)?;
    let mut own = forecasts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let new: HashMap<&[String], &Newcomers> = newcomers.iter().map(|new| (new.of.as_slice(), new)).collect();
    let places: HashMap<&[String], usize> =
        nodes.iter().enumerate().map(|(at, node)| (node.member.as_slice(), at)).collect();
    for (at, node) in nodes.iter().enumerate() {
        let Some(cut) = node.member.iter().position(|name| name == NOT_YET_SOLD) else { continue };
        let whole = &node.member[..cut];
        if let Some((new, whole)) = new.get(whole).zip(places.get(whole)) {
            own[at] = new.forecast(&own[*whole]);
        }
    }
    Ok(own)
}

/// Nothing is negative, unless more goes back than is sold: a table of returns alone was forecast as nothing at all.
fn above_nought(reconciliation: Reconciliation, sales: &SalesSeries) -> Reconciliation {
    let all = sales.total().into_iter().collect::<ExactSum>().value();
    if all < 0.0 { Reconciliation::new(reconciliation.method()) } else { reconciliation }
}

/// What the length of the series says of their forecast.
fn flags_of(sales: &SalesSeries, horizon: usize) -> Vec<SalesFlag> {
    let (season, periods) = (sales.calendar().season(), sales.periods().len());
    let mut flags = Vec::new();
    if season > 1 && periods < 2 * season {
        flags.push(SalesFlag::FewSeasons { periods, season });
    }
    if 2 * horizon > periods {
        flags.push(SalesFlag::FarHorizon { horizon, periods });
    }
    flags
}

/// Whether a mean leaves the first interval of a forecast.
fn outside(own: &Forecast, mean: &[f64]) -> Option<SalesFlag> {
    let band = own.bands.first()?;
    let ends = band.lower.iter().zip(&band.upper);
    let periods = mean.iter().zip(ends).filter(|(value, (lower, upper))| value < lower || value > upper).count();
    (periods > 0).then_some(SalesFlag::TotalOutsideInterval { level: band.level, periods, horizon: mean.len() })
}

/// A forecast with another mean. Where wholes are split the intervals of parts stay in proportion to it, so that nothing sold
/// stays the lower end of what is sold now and then; otherwise they move with it. That a sum and its parts say different things
/// makes the sum less sure.
fn given_way(mut own: Forecast, mean: Vec<f64>, is_sum: bool, reconciliation: Option<Reconciliation>) -> Forecast {
    let is_split = reconciliation.is_some_and(|own| {
        matches!(own.method(), ReconciliationMethod::TopDown(_) | ReconciliationMethod::MiddleOut { .. })
    });
    let floor = if reconciliation.is_some_and(|own| own.is_non_negative()) { 0.0 } else { f64::NEG_INFINITY };
    for band in &mut own.bands {
        let ends = band.lower.iter_mut().zip(&mut band.upper);
        for ((lower, upper), (from, to)) in ends.zip(own.mean.iter().zip(&mean)) {
            let scale = if is_split && *from > 0.0 && *to >= 0.0 { to / from } else { 1.0 };
            let (mut below, mut above) = ((from - *lower) * scale, (*upper - from) * scale);
            if is_sum {
                (below, above) = (below.max(0.0).hypot(to - from), above.max(0.0).hypot(to - from));
            }
            (*lower, *upper) = ((to - below).max(floor), (to + above).max(floor));
        }
    }
    own.mean = mean;
    own
}

/// A level in percent: 0.8 · 100 is 80.00000000000001.
pub(super) fn percent(level: Level) -> f64 {
    (level.get() * 1e6).round() / 1e4
}

impl SalesNode {
    /// The sum of the periods ahead.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.forecast.mean.iter().copied().collect::<ExactSum>().value()
    }
}
