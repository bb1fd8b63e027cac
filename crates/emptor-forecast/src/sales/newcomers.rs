//! What will be sold of what nobody has sold yet.

use super::series::SalesSeries;
use crate::Forecast;
use crate::naive::bands::two_sided;

/// The member of products, places, … that have not been sold before.
pub const NOT_YET_SOLD: &str = "__not_yet_sold__";

/// Origins whose newcomers count, the last ones.
const ORIGINS: usize = 8;
/// Newcomers since the earliest origin from which they are a stream, not an event: one new channel does not say when the next one comes.
const FEWEST: usize = 10;

/// The share of a whole that goes to members who were not there at the origin, by periods ahead.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Newcomers {
    /// The whole.
    pub(super) of: Vec<String>,
    shares: Vec<Share>,
}

/// The share over the origins, and its standard deviation between them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Share {
    mean: f64,
    deviation: f64,
}

impl Newcomers {
    /// Of every whole that has had a stream of newcomers.
    ///
    /// ```text
    /// share(h) = Σ_o sales in period o + h of members first sold after o / Σ_o sales of the whole in period o + h
    /// ```
    /// over the last origins `o`. A sale in the first periods of the data is a first one for want of earlier data, so that
    /// origins lie in the later half.
    pub(super) fn of(sales: &SalesSeries, horizon: usize) -> Vec<Self> {
        let mut all = Vec::new();
        for depth in 0..sales.by().len() {
            let (wholes, members) = (sales.rolled_up(depth), sales.rolled_up(depth + 1));
            let mut begin = 0;
            for whole in 0..wholes.count() {
                let Some(key) = wholes.member(whole) else { continue };
                let own =
                    (begin..members.count()).take_while(|at| members.member(*at).is_some_and(|m| &m[..depth] == key));
                let own: Vec<usize> = own.collect();
                begin += own.len();
                let rows: Vec<&[f64]> = own.iter().filter_map(|at| members.values(*at)).collect();
                let periods = sales.periods().len();
                let earliest = origins(periods, horizon).min().unwrap_or(periods);
                if rows.iter().filter(|values| is_new(values, earliest, periods)).count() >= FEWEST {
                    let shares = (1..=horizon).map(|ahead| share(&rows, periods, ahead)).collect();
                    all.push(Self { of: key.to_vec(), shares });
                }
            }
        }
        all
    }

    /// The member that stands for them, down to the last dimension.
    pub(super) fn member(&self, dimensions: usize) -> Vec<String> {
        let mut member = self.of.clone();
        member.resize(dimensions, NOT_YET_SOLD.to_owned());
        member
    }

    /// Their share of the forecast of the whole; as unsure as the whole and the share are.
    pub(super) fn forecast(&self, whole: &Forecast) -> Forecast {
        let share = |at: usize| self.shares[at.min(self.shares.len() - 1)];
        let mean: Vec<f64> = whole.mean.iter().enumerate().map(|(at, value)| value * share(at).mean).collect();
        let forecast = Forecast::of("share of members not sold before", mean.clone());
        whole.bands.iter().fold(forecast, |forecast, band| {
            let half = |at: usize, end: f64| {
                let own = share(at);
                (own.mean * (end - whole.mean[at])).hypot(two_sided(band.level) * own.deviation * whole.mean[at])
            };
            let lower = band.lower.iter().enumerate().map(|(at, end)| (mean[at] - half(at, *end)).max(0.0)).collect();
            let upper = band.upper.iter().enumerate().map(|(at, end)| mean[at] + half(at, *end)).collect();
            forecast.with_band(band.level, lower, upper)
        })
    }
}

/// The last origins that are so many periods back, in the later half of the data.
fn origins(periods: usize, ahead: usize) -> impl Iterator<Item = usize> {
    ((periods / 2).max(1)..(periods + 1).saturating_sub(ahead)).rev().take(ORIGINS)
}

/// Whether a series was first sold after an origin.
fn is_new(values: &[f64], origin: usize, periods: usize) -> bool {
    values.len() + origin <= periods
}

/// The share of newcomers so many periods ahead.
fn share(rows: &[&[f64]], periods: usize, ahead: usize) -> Share {
    let (mut of_origins, mut sums) = (Vec::new(), (0.0, 0.0));
    for origin in origins(periods, ahead) {
        let (mut new, mut all) = (0.0, 0.0);
        for values in rows {
            let Some(at) = (origin + ahead - 1 + values.len()).checked_sub(periods) else { continue };
            all += values[at];
            new += if is_new(values, origin, periods) { values[at] } else { 0.0 };
        }
        sums = (sums.0 + new, sums.1 + all);
        if all > 0.0 {
            of_origins.push((new / all).clamp(0.0, 1.0));
        }
    }
    let mean = if sums.1 > 0.0 { (sums.0 / sums.1).clamp(0.0, 1.0) } else { 0.0 };
    let squares = of_origins.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>();
    Share { mean, deviation: (squares / of_origins.len().max(1) as f64).sqrt() }
}
