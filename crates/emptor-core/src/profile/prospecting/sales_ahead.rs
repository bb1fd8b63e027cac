//! What will be sold in the periods ahead.

use emptor_forecast::accuracy::wape;
use emptor_forecast::backtest::{BacktestMethod, BacktestSettings, backtest};
use emptor_forecast::sales::{
    SalesDimension, SalesForecast, SalesForecastSettings, SalesNode, SalesSeries, SalesSettings,
};
use emptor_forecast::{ForecastError, Method, Series};
use emptor_types::Level;

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::{Finding, Gap, ResultTable};
use super::build::Build;
use super::settings::ProspectingSettings;
use crate::period::Grain;
use crate::profile::words;

/// The level of the wider interval.
const WIDE: f64 = 0.95;
/// Origins in the past from which the method is tried.
const ORIGINS: usize = 6;

/// Sales ahead, and how good such forecasts were.
pub(super) struct SalesAhead {
    sales: SalesSeries,
    ahead: SalesForecast,
    past: Option<Past>,
}

/// Errors of past forecasts of the total, as shares of what came, beside those of: as in the same period of the last season.
#[derive(Debug, Clone, Copy)]
struct Past {
    origins: usize,
    error: f64,
    naive: f64,
}

impl SalesAhead {
    /// Reads and forecasts sales: by the dimensions asked for, or the categories of products, or the channels, as far as they
    /// are known. All lines up to the day of observation count, those before the window too: the longer a history, the better.
    pub(super) fn of(
        input: &ProfileInput<'_>,
        settings: &ProspectingSettings,
        gaps: &mut Vec<Gap>,
    ) -> Result<Option<Self>, ProfileError> {
        let by = settings.sales_by.clone().unwrap_or_else(|| usual(input));
        let spec = SalesSettings::new(input.window.grain(), input.window.as_of())?.by(by);
        let sales = match SalesSeries::of(&input.tables, &spec, input.scores.map(super::super::CustomerScores::frame)) {
            Err(ForecastError::TooShort { .. }) => {
                gaps.push(Gap::new("sales_forecast", [], "no period is covered as a whole"));
                return Ok(None);
            }
            found => found?,
        };
        let periods = sales.periods().len();
        if periods < settings.shortest {
            let reason =
                format!("{periods} whole periods of sales are too few to forecast from: {}", settings.shortest);
            gaps.push(Gap::new("sales_forecast", [], reason));
            return Ok(None);
        }
        let levels = [settings.level()?, Level::new(WIDE)?];
        let ahead = SalesForecast::of(&sales, &SalesForecastSettings::new(settings.horizon, &levels))?;
        let past = ahead.find(&[]).and_then(|total| Past::of(total, sales.calendar().season(), settings));
        Ok(Some(Self { sales, ahead, past }))
    }

    pub(super) fn table(&self) -> Result<ResultTable, ProfileError> {
        let periods = self.ahead.periods();
        let at = |row: usize| (&self.ahead.nodes()[row / periods.len()], row % periods.len());
        let band = |row: usize, band: usize, upper: bool| {
            let (node, at) = at(row);
            let band = node.forecast.bands.get(band)?;
            (if upper { &band.upper } else { &band.lower }).get(at).copied()
        };
        let depth = |node: &SalesNode| node.member.len();
        let level = |node: &SalesNode| {
            depth(node).checked_sub(1).map_or("total", |last| self.sales.by()[last].name()).to_owned()
        };
        let season = self.sales.calendar().season();
        let before = |row: usize| {
            let (node, at) = at(row);
            let back = season.checked_sub(at).filter(|_| season > 1)?;
            node.history.len().checked_sub(back).and_then(|place| node.history.get(place)).copied()
        };
        let is_total = |row: usize| depth(at(row).0) == 0;
        let table = Build::new(self.ahead.nodes().len() * periods.len())
            .text("level", "by what the row is split: `total`, or a dimension", |row| Some(level(at(row).0)))
            .text("member", "the member of the dimension, under those above it; `__all__` for the total", |row| {
                let node = at(row).0;
                Some(if node.member.is_empty() { "__all__".to_owned() } else { node.member.join(" / ") })
            })
            .day("period_start", "first day of the period ahead", |row| {
                Some(periods[row % periods.len()].start.days_since_epoch())
            })
            .number("net_rev", "currency", "expected net revenue; members add up to their total", |row| {
                let (node, at) = at(row);
                node.forecast.mean.get(at).copied()
            })
            .number("lo", "currency", "lower end of the interval", |row| band(row, 0, false))
            .number("hi", "currency", "upper end of it", |row| band(row, 0, true))
            .number("lo_95", "currency", "lower end of the interval of 95 %", |row| band(row, 1, false))
            .number("hi_95", "currency", "upper end of it", |row| band(row, 1, true))
            .number("season_before", "currency", "net revenue of the same period a season before", before)
            .text("method", "how it was forecast, before members and totals were brought together", |row| {
                Some(at(row).0.forecast.method.clone())
            })
            .number("wape_backtest", "share", "past error of the total as a share of what came", |row| {
                self.past.filter(|_| is_total(row)).map(|past| past.error)
            })
            .number("wape_naive", "share", "past error of: as a season before", |row| {
                self.past.filter(|_| is_total(row)).map(|past| past.naive)
            });
        let mut table = table.table(
            "sales_forecast",
            "One row per total or member and period ahead: expected net revenue with its intervals.",
        )?;
        for out in self.sales.left_out() {
            table = table.with_flag(format!("partial: the period of {} ({})", out.period.start, out.reason));
        }
        if self.sales.periods().len() < 2 * season {
            table = table.with_flag(format!(
                "low_support: {} periods are less than two seasons of {season}",
                self.sales.periods().len()
            ));
        }
        Ok(table)
    }

    /// What will be sold, against the same time a season before.
    pub(super) fn findings(
        &self,
        findings: &mut Vec<Finding>,
        input: &ProfileInput<'_>,
        settings: &ProspectingSettings,
    ) {
        let Some(total) = self.ahead.find(&[]) else { return };
        let grain = input.window.grain();
        let expected = total.total();
        let season = self.sales.calendar().season();
        let ahead = total.forecast.horizon();
        let before = season.checked_sub(ahead).and_then(|_| {
            let begin = total.history.len().checked_sub(season)?;
            total.history.get(begin..begin + ahead).map(|values| values.iter().sum::<f64>())
        });
        let against = before.filter(|before| *before > 0.0 && season > 1).map_or_else(String::new, |before| {
            let change = words::change_percent(expected / before - 1.0);
            format!(", {change} against the same time a {} before", season_of(grain))
        });
        let next = total.forecast.bands.first().map_or_else(String::new, |band| {
            format!(
                "; the next {grain} alone brings {} (between {} and {})",
                words::money(total.forecast.mean[0]),
                words::money(band.lower[0]),
                words::money(band.upper[0])
            )
        });
        let headline =
            format!("The next {ahead} {grain}s bring about {} of net revenue{against}{next}.", words::money(expected));
        let caveat = match self.past {
            Some(past) => format!(
                "Such forecasts were off by {} over {} in the past, \"as a {} before\" by {}.",
                words::percent(past.error),
                words::many(past.origins, "origin", "origins"),
                if season > 1 { season_of(grain) } else { "period" },
                words::percent(past.naive)
            ),
            None => "There are too few periods to say how good such a forecast was in the past.".to_owned(),
        };
        let is_faint = self.past.is_none_or(|past| past.error > past.naive)
            || self.sales.periods().len() < settings.shortest.max(2 * season);
        findings.push(Finding::new("sales_forecast", 0.7, headline).with_caveat(caveat).faint_if(is_faint));
    }
}

/// What the periods of a season make.
fn season_of(grain: Grain) -> &'static str {
    if grain == Grain::Day { "week" } else { "year" }
}

/// The dimension that most are asked for, as far as it is known.
fn usual(input: &ProfileInput<'_>) -> Vec<SalesDimension> {
    let lines = input.tables.transactions();
    let has_category =
        lines.has("product_id") && input.tables.products().is_some_and(|products| products.has("category"));
    if has_category {
        vec![SalesDimension::Category]
    } else if lines.has("channel") {
        vec![SalesDimension::Channel]
    } else {
        Vec::new()
    }
}

impl Past {
    /// Forecasts the total again from earlier origins.
    fn of(total: &SalesNode, season: usize, settings: &ProspectingSettings) -> Option<Self> {
        let known = Series::new(&total.history, season).ok()?;
        let methods = [
            BacktestMethod::of("automatic", Method::Automatic),
            BacktestMethod::of("seasonal naive", Method::SeasonalNaive),
        ];
        let spec = BacktestSettings {
            least_training: settings.shortest.max(season),
            ..BacktestSettings::new(settings.horizon, ORIGINS)
        };
        let result = backtest(&[known], &methods, &spec).ok()?;
        let error = |method: usize| {
            let of = || result.forecasts().iter().filter(move |forecast| forecast.method == method);
            let actual: Vec<f64> = of().flat_map(|forecast| forecast.actual.iter().copied()).collect();
            let expected: Vec<f64> = of().flat_map(|forecast| forecast.forecast.mean.iter().copied()).collect();
            wape(&actual, &expected)
        };
        let origins = result.forecasts().iter().filter(|forecast| forecast.method == 0).count();
        Some(Self { origins, error: error(0)?, naive: error(1)? })
    }
}

#[cfg(test)]
#[path = "sales_ahead_tests.rs"]
mod tests;
