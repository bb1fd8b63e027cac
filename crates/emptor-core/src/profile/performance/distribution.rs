//! In how many outlets something is sold, and in how important ones.

use std::collections::HashSet;

/// An outlet of the market, ours or not yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlet {
    /// The place, as in order lines.
    pub place: String,
    /// How important it is: its sales of the whole category, its all-commodity volume, or 1.
    pub weight: f64,
}

/// Distribution over a universe of outlets.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Distribution {
    /// Outlets of the universe.
    pub universe: usize,
    /// Those that sell it.
    pub active: usize,
    /// Share of outlets; `None` without a universe.
    pub numeric: Option<f64>,
    /// Share of their weight; `None` where the universe has none.
    pub weighted: Option<f64>,
}

impl Distribution {
    /// Numeric and weighted distribution (Farris et al. 2010, *Marketing Metrics*, §6.6): places that are not in the
    /// universe do not count.
    ///
    /// ```
    /// use emptor_core::profile::performance::{Distribution, Outlet};
    ///
    /// let outlet = |place: &str, weight| Outlet { place: place.to_owned(), weight };
    /// let universe = [outlet("north", 60.0), outlet("south", 30.0), outlet("kiosk", 10.0)];
    /// let found = Distribution::of(&universe, ["north", "elsewhere"]);
    /// assert_eq!((found.active, found.weighted), (1, Some(0.6)));
    /// ```
    #[must_use]
    pub fn of<'a>(universe: &[Outlet], selling: impl IntoIterator<Item = &'a str>) -> Self {
        let selling: HashSet<&str> = selling.into_iter().collect();
        let active: Vec<f64> = universe
            .iter()
            .filter(|outlet| selling.contains(outlet.place.as_str()))
            .map(|outlet| outlet.weight)
            .collect();
        let (part, all): (f64, f64) = (active.iter().sum(), universe.iter().map(|outlet| outlet.weight).sum());
        let (n, of) = (active.len(), universe.len());
        Self {
            universe: of,
            active: n,
            numeric: (of > 0).then(|| n as f64 / of as f64),
            weighted: (all > 0.0).then(|| part / all),
        }
    }
}
