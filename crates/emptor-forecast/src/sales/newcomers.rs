//! What will be sold of what nobody has sold yet.

use super::series::SalesSeries;
use crate::Forecast;
use crate::naive::bands::two_sided;

/// The member of products, places, … that have not been sold before.
pub const NOT_YET_SOLD: &str = "__not_yet_sold__";

/// Origins whose newcomers count, the last ones.
const ORIGINS: usize = 8;
/// Newcomers from which they are a stream, not an event: one new channel does not say when the next one comes.
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
                let shares: Option<Vec<Share>> =
                    (1..=horizon).map(|ahead| share(&members, &own, sales.periods().len(), ahead)).collect();
                if let Some(shares) = shares.filter(|shares| shares.iter().any(|share| share.mean > 0.0)) {
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

/// The share of newcomers so many periods ahead; `None` where there is no stream of them.
fn share(members: &SalesSeries, own: &[usize], periods: usize, ahead: usize) -> Option<Share> {
    let origins = (periods / 2).max(1)..(periods + 1).saturating_sub(ahead);
    let (mut count, mut of_origins, mut sums) = (0, Vec::new(), (0.0, 0.0));
    for origin in origins.rev().take(ORIGINS) {
        let (mut new, mut all) = (0.0, 0.0);
        for values in own.iter().filter_map(|at| members.values(*at)) {
            let Some(value) = (origin + ahead - 1 + values.len()).checked_sub(periods).map(|at| values[at]) else {
                continue;
            };
            all += value;
            if values.len() + origin <= periods {
                new += value;
                count += 1;
            }
        }
        sums = (sums.0 + new, sums.1 + all);
        if all > 0.0 {
            of_origins.push((new / all).clamp(0.0, 1.0));
        }
    }
    if count < FEWEST || sums.1 <= 0.0 {
        return None;
    }
    let mean = (sums.0 / sums.1).clamp(0.0, 1.0);
    let squares = of_origins.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>();
    Some(Share { mean, deviation: (squares / of_origins.len().max(1) as f64).sqrt() })
}
