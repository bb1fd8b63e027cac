//! What will be sold in the periods ahead.

use emptor_forecast::sales::{
    SalesBacktest, SalesBacktestSettings, SalesDimension, SalesFlag, SalesForecast, SalesForecastSettings, SalesNode,
    SalesSeries, SalesSettings,
};
use emptor_forecast::{ForecastError, Method};
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
/// The names of the ends of an interval by its level in percent.
const ENDS: [(f64, &str, &str); 7] = [
    (50.0, "lo_50", "hi_50"),
    (60.0, "lo_60", "hi_60"),
    (70.0, "lo_70", "hi_70"),
    (80.0, "lo_80", "hi_80"),
    (90.0, "lo_90", "hi_90"),
    (95.0, "lo_95", "hi_95"),
    (99.0, "lo_99", "hi_99"),
];

/// Sales ahead, and how good such forecasts were.
pub(super) struct SalesAhead {
    sales: SalesSeries,
    ahead: SalesForecast,
    past: Option<SalesBacktest>,
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
            Err(ForecastError::NoSales { reason }) => {
                gaps.push(Gap::new("sales_forecast", [], reason));
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
        let mut levels = vec![settings.level()?];
        levels.extend(Some(Level::new(WIDE)?).filter(|wide| *wide != levels[0]));
        let spec = SalesForecastSettings::new(settings.horizon, &levels);
        let season = sales.calendar().season();
        let origins = SalesBacktestSettings {
            least_periods: settings.shortest.max(season).max(1),
            ..SalesBacktestSettings::default()
        };
        let past = match SalesBacktest::of(&sales, &spec, &origins) {
            Err(ForecastError::TooShort { .. }) => None,
            found => Some(found?),
        };
        let ahead = SalesForecast::of(&sales, &spec)?;
        let ahead = past.iter().fold(ahead, SalesForecast::with_backtest);
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
        let wape = |row: usize, method: usize| {
            let past = self.past.as_ref()?;
            past.at(past.methods()[method], depth(at(row).0))?.accuracy.wape
        };
        let mut table = Build::new(self.ahead.nodes().len() * periods.len())
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
            });
        let mut unnamed = None;
        for (place, of) in self.ahead.find(&[]).iter().flat_map(|total| &total.forecast.bands).enumerate() {
            let (low, high) = ends(of.level).unwrap_or_else(|| {
                unnamed = Some(of.level);
                ("lo", "hi")
            });
            let meaning = "lower end of the interval that holds with the probability in its name, in percent";
            table = table.number(low, "currency", meaning, |row| band(row, place, false)).number(
                high,
                "currency",
                "upper end of it",
                |row| band(row, place, true),
            );
        }
        let table = table
            .number("season_before", "currency", "net revenue of the same period a season before", before)
            .text("method", "how it was forecast, before members and totals were brought together", |row| {
                Some(at(row).0.forecast.method.clone())
            })
            .number(
                "wape_backtest",
                "share",
                "past error of the total, or of all parts of the level, as a share of what came",
                |row| wape(row, 0),
            )
            .number("wape_naive", "share", "past error of: as a season before, or as in the period before", |row| {
                wape(row, 1)
            });
        let mut table = table.table(
            "sales_forecast",
            "One row per total or member and period ahead: expected net revenue with its intervals.",
        )?;
        for out in self.sales.left_out() {
            table = table.with_flag(format!("partial: the period of {}: {}", out.period.start, out.reason));
        }
        for flag in self.ahead.flags() {
            let kind = if matches!(flag, SalesFlag::FewSeasons { .. }) { "low_support" } else { flag.name() };
            table = table.with_flag(format!("{kind}: {flag}"));
        }
        if let Some(level) = unnamed {
            table = table.with_flag(format!("interval: lo and hi hold with a probability of {}", level.get()));
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
        // Of less than two seasons a change against the one before is growth or season, and nobody knows which.
        let few = |flag: &SalesFlag| matches!(flag, SalesFlag::FewSeasons { .. });
        let is_known = season > 1 && !self.ahead.flags().iter().any(few);
        let against = before.filter(|before| *before > 0.0 && is_known).map_or_else(String::new, |before| {
            let change = words::change_percent(expected / before - 1.0);
            format!(", {change} against the same time a {} before", season_of(grain))
        });
        let next = total.forecast.bands.first().map_or_else(String::new, |band| {
            let between = format!("between {} and {}", words::money(band.lower[0]), words::money(band.upper[0]));
            match ahead {
                1 => format!(" ({between})"),
                _ => format!("; the next {grain} alone brings {} ({between})", words::money(total.forecast.mean[0])),
            }
        });
        let together = match ahead {
            1 => format!("The next {grain} brings"),
            n => format!("The next {n} {grain}s bring"),
        };
        let headline = format!("{together} about {} of net revenue{against}{next}.", words::money(expected));
        let errors = self.past.as_ref().and_then(|past| {
            let error = |method: Method| past.total(method)?.accuracy.wape;
            let [own, naive] = past.methods();
            Some((past.origins().len(), error(own)?, naive, error(naive)?))
        });
        let mut caveats = vec![match errors {
            Some((origins, error, naive, of_naive)) => format!(
                "Such forecasts were off by {} over {} in the past, \"as a {} before\" by {}.",
                words::percent(error),
                words::many(origins, "origin", "origins"),
                if naive == Method::SeasonalNaive { season_of(grain) } else { "period" },
                words::percent(of_naive)
            ),
            None => "There are too few periods to say how good such a forecast was in the past.".to_owned(),
        }];
        // The error beside the naive one has just been said.
        let said = |flag: &&SalesFlag| matches!(flag, SalesFlag::WorseThanNaive { of: None, .. });
        caveats.extend(self.ahead.flags().iter().filter(|flag| !said(flag)).map(|flag| sentence(&flag.to_string())));
        let is_worse = errors.is_none_or(|(_, error, _, naive)| error > naive);
        if is_worse && errors.is_some() {
            caveats.push("The simpler forecast was the better one: do not plan by this.".to_owned());
        }
        let is_faint = is_worse || self.sales.periods().len() < settings.shortest.max(2 * season);
        findings.push(Finding::new("sales_forecast", 0.7, headline).with_caveat(caveats.join(" ")).faint_if(is_faint));
    }
}

/// The names of the ends of an interval, if they name a level.
fn ends(level: Level) -> Option<(&'static str, &'static str)> {
    let named = ENDS.into_iter().find(|(percent, ..)| (100.0 * level.get() - percent).abs() < 1e-9);
    named.map(|(_, low, high)| (low, high))
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
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

#[cfg(test)]
#[path = "sales_ahead_tests.rs"]
mod tests;
