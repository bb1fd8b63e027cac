//! Every threshold of the section.

use emptor_types::{Date, Invalid};

use super::cube::{Dimension, Totals};
use super::distribution::Outlet;
use super::scorecard::Kpi;

/// How much each measure counts for the representatives of a role.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleWeights {
    /// The role; `None` for all roles without weights of their own.
    pub role: Option<String>,
    /// Weights, at least 0; measures that are not named weigh nothing.
    pub weights: Vec<(Kpi, f64)>,
}

/// What the window is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Comparison {
    /// The window of as many days that ends the day before: the same season only if the window is a year.
    #[default]
    WindowBefore,
    /// The same weekdays of the year before, 52 weeks earlier; the window before where the window is longer than that.
    YearBefore,
}

/// Settings of [`section`](super::section). All fields are public; [`check`](Self::check) says what is wrong with them.
///
/// ```
/// use emptor_core::profile::performance::PerformanceSettings;
///
/// let settings = PerformanceSettings { corridor: 0.1, ..PerformanceSettings::default() };
/// assert!(settings.check().is_ok());
/// assert!(PerformanceSettings { corridor: f64::NAN, ..settings }.check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PerformanceSettings {
    /// What the window is compared with.
    pub comparison: Comparison,
    /// Dimensions of `perf_cube` beside periods; those that the tables do not have are left out and named as gaps.
    pub dimensions: Vec<Dimension>,
    /// Totals of `perf_cube`.
    pub totals: Totals,
    /// Cases below which a share is flagged, and below which it is drawn towards that of its peers.
    pub min_n: usize,
    /// Share of revenue below which a margin is flagged.
    pub min_coverage: f64,
    /// How far below its usual price a product may be sold, as a share.
    pub corridor: f64,
    /// Peers of one role from which on representatives are compared.
    pub min_peers: usize,
    /// Robust standard deviations beyond which a distance from one's peers does not count more.
    pub z_limit: f64,
    /// Weights of the measures of representatives.
    pub weights: Vec<RoleWeights>,
    /// Days from Monday to Friday on which nobody works, for periods of which the calendar does not have every day.
    pub holidays: Vec<Date>,
    /// Expected attainment below which a target is at risk.
    pub at_risk: f64,
    /// All outlets of the market; where there are none, those that sold anything in the window stand for it.
    pub universe: Vec<Outlet>,
    /// Days within which a second ticket counts as a repetition.
    pub repeat_days: i32,
    /// How many of the greatest are counted together, for concentration.
    pub top: Vec<usize>,
}

impl Default for PerformanceSettings {
    fn default() -> Self {
        let weights = vec![
            (Kpi::Attainment, 0.30),
            (Kpi::NetRevenue, 0.15),
            (Kpi::Margin, 0.15),
            (Kpi::WinRate, 0.15),
            (Kpi::NewCustomerShare, 0.10),
            (Kpi::CycleDays, 0.05),
            (Kpi::OverdueShare, 0.05),
            (Kpi::Activity, 0.05),
        ];
        Self {
            comparison: Comparison::default(),
            dimensions: vec![Dimension::Category, Dimension::Channel],
            totals: Totals::All,
            min_n: 30,
            min_coverage: 0.8,
            corridor: 0.15,
            min_peers: 3,
            z_limit: 3.0,
            weights: vec![RoleWeights { role: None, weights }],
            holidays: Vec::new(),
            at_risk: 0.95,
            universe: Vec::new(),
            repeat_days: 7,
            top: vec![1, 5, 10],
        }
    }
}

impl PerformanceSettings {
    /// Whether the settings can be used.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        let share = |value: f64| (0.0..=1.0).contains(&value);
        checks.require(share(self.min_coverage), "min_coverage", "must lie between 0 and 1", self.min_coverage);
        let corridor = self.corridor > 0.0 && self.corridor < 1.0;
        checks.require(corridor, "corridor", "must lie between 0 and 1", self.corridor);
        checks.require(self.min_peers >= 2, "min_peers", "must be at least 2", self.min_peers);
        let limit = self.z_limit > 0.0 && self.z_limit.is_finite();
        checks.require(limit, "z_limit", "must be positive", self.z_limit);
        let risk = self.at_risk > 0.0 && self.at_risk.is_finite();
        checks.require(risk, "at_risk", "must be positive", self.at_risk);
        checks.require(self.repeat_days >= 0, "repeat_days", "must be at least 0", self.repeat_days);
        checks.require(self.top.iter().all(|n| *n > 0), "top", "must be at least 1", format!("{:?}", self.top));
        for (i, of) in self.weights.iter().enumerate() {
            let name = of.role.as_deref().unwrap_or("all roles");
            for (kpi, weight) in &of.weights {
                let rule = format!("must be finite and at least 0 for {kpi} of {name}");
                checks.require(*weight >= 0.0 && weight.is_finite(), "weights", &rule, weight);
            }
            let again = self.weights[..i].iter().any(|other| other.role == of.role);
            checks.require(!again, "weights", "must be given once for a role", name);
        }
        for (i, dimension) in self.dimensions.iter().enumerate() {
            let period = matches!(dimension, Dimension::Period(_));
            checks.require(!period, "dimensions", "have the periods of the window already", dimension);
            checks.require(!self.dimensions[..i].contains(dimension), "dimensions", "must not repeat", dimension);
        }
        for outlet in &self.universe {
            let known = outlet.weight >= 0.0 && outlet.weight.is_finite();
            checks.require(known, "universe", "must have weights of at least 0", outlet.weight);
        }
        checks.finish()
    }

    /// How much a measure counts in a role.
    pub(super) fn weight(&self, role: &str, kpi: Kpi) -> f64 {
        let own = self.weights.iter().find(|of| of.role.as_deref() == Some(role));
        let of = own.or_else(|| self.weights.iter().find(|of| of.role.is_none()));
        of.and_then(|of| of.weights.iter().find(|(name, _)| *name == kpi)).map_or(0.0, |(_, weight)| *weight)
    }
}
