//! What is expected beside what was sold in the same periods before.

use emptor::forecast::sales::{SalesForecast, SalesNode, SalesSeries};
use emptor::period::Grain;

/// The same periods, so many seasons before that all of them are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    season: usize,
    back: usize,
    grain: Grain,
}

impl Before {
    pub(super) fn of(sales: &SalesSeries, ahead: &SalesForecast, grain: Grain) -> Self {
        let season = sales.calendar().season().max(1);
        Self { season, back: season * ahead.periods().len().div_ceil(season), grain }
    }

    /// When that was: `a year before`.
    pub(super) fn words(self) -> String {
        let (unit, number) = match self.grain {
            // A season of 52 weeks is a day or two short of a year.
            Grain::Week => ("week", self.back),
            Grain::Day => ("week", self.back / self.season),
            _ => ("year", self.back / self.season),
        };
        if number == 1 { format!("a {unit} before") } else { format!("{number} {unit}s before") }
    }

    /// What was sold in a period, by its place ahead; `None` where the series had not begun.
    pub(super) fn period(self, node: &SalesNode, at: usize) -> Option<f64> {
        node.history.get((node.history.len() + at).checked_sub(self.back)?).copied()
    }

    /// What was sold in all of them.
    pub(super) fn all(self, node: &SalesNode) -> Option<f64> {
        (0..node.forecast.mean.len()).map(|at| self.period(node, at)).sum()
    }

    /// Whether the series is long enough to tell its growth from its season: two seasons.
    pub(super) fn tells_growth(self, node: &SalesNode) -> bool {
        node.history.len() >= 2 * self.season
    }

    /// The change to what is expected; `None` where nothing was sold then or growth cannot be told.
    pub(super) fn change(self, node: &SalesNode, expected: f64, before: Option<f64>) -> Option<f64> {
        before.filter(|before| *before > 0.0 && self.tells_growth(node)).map(|before| expected / before - 1.0)
    }

    /// Two seasons in words: `24 months`.
    pub(super) fn two_seasons(self) -> String {
        format!("{} {}s", 2 * self.season, self.grain)
    }
}
