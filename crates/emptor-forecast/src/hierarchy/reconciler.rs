//! Forecasts made coherent.

use emptor_lifetime::sampling::Variates;
use emptor_types::Invalid;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::history::{LARGEST, check_rows};
use super::operator::Operator;
use super::{Hierarchy, Reconciliation};
use crate::{Forecast, ForecastError, SamplePaths};

/// The seed of signs that are not known.
const SIGNS: u64 = 1;

/// A fitted [`Reconciliation`]: turns forecasts of all nodes, in the order of the hierarchy, into coherent ones.
///
/// ```
/// use emptor_forecast::hierarchy::{Hierarchy, HierarchyHistory, Proportions, Reconciliation, ReconciliationMethod};
/// use emptor_types::Fit;
///
/// let shops = Hierarchy::nested(&[["a", "b"]])?;
/// let sold = [vec![10.0, 20.0], vec![30.0, 60.0]];
/// let past = HierarchyHistory::new(&shops).with_values(&sold)?;
/// let split = Reconciliation::new(ReconciliationMethod::TopDown(Proportions::OfAverages)).fit(&past)?;
/// assert_eq!(split.reconcile(&[200.0, 1.0, 1.0])?, [200.0, 50.0, 150.0]);
/// # Ok::<(), emptor_forecast::ForecastError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Reconciler {
    hierarchy: Hierarchy,
    spec: Reconciliation,
    operator: Operator,
}

/// The saved form; loading checks it again.
#[derive(Serialize, Deserialize)]
struct Stored {
    hierarchy: Hierarchy,
    spec: Reconciliation,
    operator: Operator,
}

impl TryFrom<Stored> for Reconciler {
    type Error = ForecastError;

    fn try_from(stored: Stored) -> Result<Self, ForecastError> {
        let Stored { hierarchy, spec, operator } = stored;
        if operator.fits(&hierarchy) {
            Ok(Self { hierarchy, spec, operator })
        } else {
            Err(Invalid::value("weights", "must belong to the hierarchy", "others").into())
        }
    }
}

impl From<Reconciler> for Stored {
    fn from(reconciler: Reconciler) -> Self {
        let Reconciler { hierarchy, spec, operator } = reconciler;
        Self { hierarchy, spec, operator }
    }
}

impl Reconciler {
    pub(super) fn of(hierarchy: Hierarchy, spec: Reconciliation, operator: Operator) -> Self {
        Self { hierarchy, spec, operator }
    }

    /// The hierarchy.
    #[must_use]
    pub fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }

    /// The method.
    #[must_use]
    pub fn spec(&self) -> Reconciliation {
        self.spec
    }

    /// The coherent values of one period from base forecasts of all nodes.
    ///
    /// # Errors
    /// If there is not one finite value per node.
    pub fn reconcile(&self, base: &[f64]) -> Result<Vec<f64>, ForecastError> {
        self.hierarchy.check_nodes("forecasts", base.len())?;
        check_finite(base)?;
        Ok(self.coherent(base))
    }

    /// Coherent expected values of every period. Intervals are left out: they need to know how the errors of the nodes go
    /// together, see [`forecasts_with_bands`](Self::forecasts_with_bands) and [`paths`](Self::paths).
    ///
    /// # Errors
    /// If forecasts are not one per node, differ in horizon, or hold a number that is not finite.
    pub fn forecasts(&self, base: &[Forecast]) -> Result<Vec<Forecast>, ForecastError> {
        let horizon = self.check_forecasts(base)?;
        let mut means = vec![Vec::with_capacity(horizon); base.len()];
        for period in 0..horizon {
            let row: Vec<f64> = base.iter().map(|forecast| forecast.mean[period]).collect();
            check_finite(&row)?;
            means.iter_mut().zip(self.coherent(&row)).for_each(|(mean, value)| mean.push(value));
        }
        let named = |(forecast, mean): (&Forecast, Vec<f64>)| Forecast::of(self.named(&forecast.method), mean);
        Ok(base.iter().zip(means).map(named).collect())
    }

    /// Coherent expected values with intervals. The errors of the nodes are taken to be as wide as the base intervals say,
    /// and to go together as the residuals do: their correlations R stay as far ahead as the forecast goes.
    /// ```text
    /// h̃ = √ diag( S G  (h hᵀ ∘ R)  Gᵀ Sᵀ )      h: half of a base interval, below and above the mean, by node
    /// ```
    /// (Wickramasuriya, Athanasopoulos & Hyndman 2019, with half-widths for standard deviations, so that
    /// calibrated widths stay calibrated; it is computed from the reconciled residuals, without the matrix.) Levels that not
    /// all base forecasts have are left out.
    ///
    /// # Errors
    /// As [`forecasts`](Self::forecasts), and if residuals are not one row of finite numbers per node.
    pub fn forecasts_with_bands(
        &self,
        base: &[Forecast],
        residuals: &[Vec<f64>],
    ) -> Result<Vec<Forecast>, ForecastError> {
        let mut forecasts = self.forecasts(base)?;
        check_rows("residuals", residuals, self.hierarchy.len(), "one row per node")?;
        let standard: Vec<Vec<f64>> = residuals.iter().zip(0..).map(|(row, node)| standardized(row, node)).collect();
        let levels: Vec<_> = base.first().iter().flat_map(|first| first.bands.iter().map(|band| band.level)).collect();
        for level in levels {
            let Some(bands) = base.iter().map(|f| f.band(level)).collect::<Option<Vec<_>>>() else { continue };
            let horizon = forecasts.first().map_or(0, Forecast::horizon);
            let whole = bands.iter().all(|band| band.lower.len() == horizon && band.upper.len() == horizon);
            if !whole {
                return Err(Invalid::value("intervals", "must be as long as their forecasts", level.get()).into());
            }
            let widths = |end: &(dyn Fn(usize, usize) -> f64 + Sync)| -> Vec<Vec<f64>> {
                let of_period = |period: usize| {
                    let mean: Vec<f64> = base.iter().map(|f| f.mean[period]).collect();
                    let half: Vec<f64> = (0..base.len()).map(|node| (end(node, period) - mean[node]).abs()).collect();
                    self.widths(&mean, &half, &standard)
                };
                (0..horizon).into_par_iter().map(of_period).collect()
            };
            let below = widths(&|node, period| bands[node].lower[period]);
            let above = widths(&|node, period| bands[node].upper[period]);
            let least = if self.spec.is_non_negative() { 0.0 } else { f64::NEG_INFINITY };
            for (node, forecast) in forecasts.iter_mut().enumerate() {
                let mean = |period: usize| forecast.mean[period];
                let lower = (0..horizon).map(|period| (mean(period) - below[period][node]).max(least)).collect();
                let upper = (0..horizon).map(|period| mean(period) + above[period][node]).collect();
                let narrower = std::mem::replace(forecast, Forecast::of("", Vec::new()));
                *forecast = narrower.with_band(level, lower, upper);
            }
        }
        Ok(forecasts)
    }

    /// Coherent sample paths (Panagiotelis, Gamakumara, Athanasopoulos & Hyndman 2023, *European Journal of Operational
    /// Research* 306): path `k` of every node makes one future of all nodes, which is reconciled period by period. How nodes
    /// go together is what the paths say: draw them from one simulation, or from residuals of the same periods; paths that
    /// were drawn one by one say that errors are independent. For bottom-up, only the paths of the bottom series count.
    ///
    /// # Errors
    /// If paths are not one set per node, differ in horizon or number, or hold a number that is not finite.
    pub fn paths(&self, base: &[SamplePaths]) -> Result<Vec<SamplePaths>, ForecastError> {
        self.hierarchy.check_nodes("sample paths", base.len())?;
        let (horizon, count) = base.first().map_or((0, 0), |paths| (paths.horizon(), paths.count()));
        let uneven = base.iter().filter(|paths| paths.horizon() != horizon || paths.count() != count).count();
        let mut checks = Invalid::checks();
        checks.require(uneven == 0, "sample paths", "must be equally many of one horizon for every node", uneven);
        checks.finish()?;
        let nodes: Vec<Vec<&[f64]>> = base.iter().map(|paths| paths.iter().collect()).collect();
        let futures: Vec<Vec<f64>> = (0..count)
            .into_par_iter()
            .map(|path| {
                let mut future = vec![0.0; base.len() * horizon];
                for period in 0..horizon {
                    let row: Vec<f64> = nodes.iter().map(|paths| paths[path][period]).collect();
                    check_finite(&row)?;
                    for (node, value) in self.coherent(&row).into_iter().enumerate() {
                        future[node * horizon + period] = value;
                    }
                }
                Ok(future)
            })
            .collect::<Result<_, ForecastError>>()?;
        let of_node = |node: usize| {
            let values = futures.iter().flat_map(|future| &future[node * horizon..(node + 1) * horizon]);
            SamplePaths::new(horizon, values.copied().collect())
        };
        Ok((0..base.len()).map(of_node).collect())
    }

    fn coherent(&self, base: &[f64]) -> Vec<f64> {
        let mut bottom = self.operator.bottom(&self.hierarchy, base);
        if self.spec.is_non_negative() {
            bottom.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        self.hierarchy.sums(&bottom)
    }

    /// Root mean squares of reconciled errors: standardized residuals as wide as the intervals.
    fn widths(&self, mean: &[f64], half: &[f64], standard: &[Vec<f64>]) -> Vec<f64> {
        let operator = self.operator.at(&self.hierarchy, mean);
        let periods = standard.first().map_or(0, Vec::len);
        let mut squares = vec![0.0; half.len()];
        for t in 0..periods {
            let error: Vec<f64> = standard.iter().zip(half).map(|(row, half)| row[t] * half).collect();
            let error = self.hierarchy.sums(&operator.bottom(&self.hierarchy, &error));
            squares.iter_mut().zip(error).for_each(|(sum, e)| *sum += e * e);
        }
        squares.into_iter().map(|sum| (sum / periods as f64).sqrt()).collect()
    }

    fn check_forecasts(&self, base: &[Forecast]) -> Result<usize, ForecastError> {
        self.hierarchy.check_nodes("forecasts", base.len())?;
        let horizon = base.first().map_or(0, Forecast::horizon);
        let uneven = base.iter().filter(|forecast| forecast.horizon() != horizon).count();
        let mut checks = Invalid::checks();
        checks.require(uneven == 0, "forecasts", "must be of one horizon", uneven);
        checks.finish()?;
        Ok(horizon)
    }

    fn named(&self, base: &str) -> String {
        format!("{base}, reconciled ({:?})", self.spec.method())
    }
}

fn check_finite(values: &[f64]) -> Result<(), ForecastError> {
    match values.iter().position(|value| value.is_nan() || value.abs() > LARGEST) {
        None => Ok(()),
        Some(node) => {
            let rule = format!("of node {node} must be finite and at most 1e100 in size");
            Err(Invalid::value("forecast", rule, values[node]).into())
        }
    }
}

/// Errors of mean square 1. Of a node that has none yet nothing is known but the width of its interval: its errors are 1 with
/// signs by chance, so that they go together with nobody's. None at all would make its interval a point.
fn standardized(row: &[f64], node: u64) -> Vec<f64> {
    let root = (row.iter().map(|e| e * e).sum::<f64>() / row.len() as f64).sqrt();
    if root > 0.0 {
        return row.iter().map(|e| e / root).collect();
    }
    let mut signs = Variates::new(SIGNS, node);
    row.iter().map(|_| if signs.uniform() < 0.5 { -1.0 } else { 1.0 }).collect()
}
