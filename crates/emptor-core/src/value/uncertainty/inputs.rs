//! What uncertain inputs do to a value.

use emptor_lifetime::sampling::Variates;
use emptor_types::{Invalid, Level, Probability};
use rayon::prelude::*;

use super::range::{Covers, ValueRange};
use super::ranks::spearman;
use super::triangular::Triangular;
use crate::statistics::quantile;
use crate::value::ValueError;

/// Fewer draws say nothing about the tails.
const LEAST_DRAWS: usize = 100;

/// Named inputs of a valuation, each known as a triangle of low, most likely and high, and drawn independently.
///
/// It answers: margin, discount rate, retention are guesses "from, most likely, to": how far may the value be off, and
/// which guess matters most?
///
/// ```
/// use emptor_core::value::uncertainty::{Triangular, UncertainInputs};
/// use emptor_types::{Level, Probability};
///
/// // A customer pays 1000 a year and is worth margin · 1000 / (1 + rate − retention), today's payment left out.
/// let inputs = UncertainInputs::new([
///     ("margin", Triangular::new(0.20, 0.25, 0.35)?),
///     ("retention", Triangular::new(0.70, 0.80, 0.85)?),
///     ("rate", Triangular::new(0.08, 0.10, 0.12)?),
/// ])?;
/// let worth = inputs.simulate(10_000, 7, |[margin, retention, rate]| {
///     Ok(margin * 1000.0 * retention / (1.0 + rate - retention))
/// })?;
/// let range = worth.range(Level::new(0.9)?);
/// assert!(range.low() < 700.0 && 700.0 < range.high());
/// assert!((worth.most_likely() - 250.0 * 0.8 / 0.3).abs() < 1e-9);
/// assert!(worth.quantile(Probability::new(0.05)?) > 400.0);
/// let [(_, margin), (_, retention), (_, rate)] = worth.rank_correlations()[..] else { unreachable!() };
/// assert!(retention > margin && margin > Some(0.3) && rate < Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UncertainInputs<const N: usize> {
    names: [String; N],
    triangles: [Triangular; N],
}

impl<const N: usize> UncertainInputs<N> {
    /// Collects inputs.
    ///
    /// # Errors
    /// Unless there is at least one, and no name comes twice.
    pub fn new<S: Into<String>>(inputs: [(S, Triangular); N]) -> Result<Self, Invalid> {
        let triangles = std::array::from_fn(|i| inputs[i].1);
        let names = inputs.map(|(name, _)| name.into());
        let mut checks = Invalid::checks();
        checks.require(N > 0, "inputs", "must be at least one", N);
        for (i, name) in names.iter().enumerate() {
            checks.require(!names[..i].contains(name), "inputs", "must have names of their own", format!("`{name}`"));
        }
        checks.finish()?;
        Ok(Self { names, triangles })
    }

    /// Draws all inputs so many times and values every draw. The same seed gives the same bits at any number of threads,
    /// and another input at the end leaves the draws of those before it as they are.
    ///
    /// # Errors
    /// For fewer than 100 draws; the first error of the valuation; a value that is not finite.
    pub fn simulate(
        &self,
        draws: usize,
        seed: u64,
        value: impl Fn([f64; N]) -> Result<f64, ValueError> + Sync,
    ) -> Result<InputSimulation, ValueError> {
        let mut checks = Invalid::checks();
        checks.require(draws >= LEAST_DRAWS, "draws", "must be at least 100", draws);
        checks.finish()?;
        let draw = |place: u64| {
            let mut variates = Variates::new(seed, place);
            self.triangles.map(|triangle| triangle.at(variates.uniform()))
        };
        let inputs: Vec<[f64; N]> = (0..draws as u64).map(draw).collect();
        // Collected before the first error is looked for, so that it is the first at any number of threads.
        let valued: Vec<Result<f64, ValueError>> = inputs.par_iter().map(|drawn| value(*drawn)).collect();
        let mut values: Vec<f64> = valued.into_iter().collect::<Result<_, _>>()?;
        let most_likely = value(self.triangles.map(|triangle| triangle.mode()))?;
        let mut checks = Invalid::checks();
        checks.require(most_likely.is_finite(), "value at the most likely inputs", "must be finite", most_likely);
        checks.require_each("value of drawn inputs", "must be finite", &values, |_, value| value.is_finite());
        checks.finish()?;

        let correlation = |place: usize| {
            let column: Vec<f64> = inputs.iter().map(|drawn| drawn[place]).collect();
            spearman(&column, &values)
        };
        let correlations =
            self.names.iter().enumerate().map(|(place, name)| (name.clone(), correlation(place))).collect();
        values.sort_by(f64::total_cmp);
        let n = draws as f64;
        let mean = values.iter().map(|value| value / n).sum::<f64>();
        let variance = values.iter().map(|value| (value - mean) * (value - mean) / (n - 1.0)).sum::<f64>();
        Ok(InputSimulation { values, mean, standard_deviation: variance.sqrt(), most_likely, correlations })
    }
}

/// Values of drawn inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSimulation {
    /// Rising.
    values: Vec<f64>,
    mean: f64,
    standard_deviation: f64,
    most_likely: f64,
    correlations: Vec<(String, Option<f64>)>,
}

impl InputSimulation {
    /// The median value, between quantiles that leave out equal tails. Its standard error is the standard deviation of the
    /// values.
    #[must_use]
    pub fn range(&self, level: Level) -> ValueRange {
        let tail = 0.5 * (1.0 - level.get());
        let [low, median, high] = [tail, 0.5, 1.0 - tail].map(|part| quantile(&self.values, part).unwrap_or(f64::NAN));
        ValueRange::of_quantiles(median, [low, high], level, self.standard_deviation, Covers::Inputs)
    }

    /// The value that is not exceeded with probability `p`.
    #[must_use]
    pub fn quantile(&self, p: Probability) -> f64 {
        quantile(&self.values, p.get()).unwrap_or(f64::NAN)
    }

    /// The mean value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the values.
    #[must_use]
    pub fn standard_deviation(&self) -> f64 {
        self.standard_deviation
    }

    /// The value at the most likely inputs. Where triangles or the valuation are skewed it is not the middle of the range,
    /// and may lie outside of a narrow one.
    #[must_use]
    pub fn most_likely(&self) -> f64 {
        self.most_likely
    }

    /// All values, rising.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The rank correlation (Spearman) of every input with the value, in the order of inputs: 1 if the value always rises
    /// with the input, −1 if it always falls; `None` if the input, or the value, does not vary.
    #[must_use]
    pub fn rank_correlations(&self) -> &[(String, Option<f64>)] {
        &self.correlations
    }
}
