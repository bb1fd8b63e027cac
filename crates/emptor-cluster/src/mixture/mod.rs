//! Gaussian mixtures with diagonal covariances: clusters that rows belong to by degrees.

mod em;
mod fitted;
#[cfg(test)]
mod tests;

use emptor_types::{Fit, Invalid, Termination};
use serde::{Deserialize, Serialize};

use crate::{ClusterError, KMeans, Points};

pub use fitted::{FittedGaussianMixture, Responsibilities};

/// The most components.
const MOST_COMPONENTS: usize = 256;

/// Starts of the k-means that the first start of a mixture begins from; further ones are to differ and take one.
const STARTS: usize = 10;

/// A mixture of Gaussians with diagonal covariances, fitted by expectation–maximisation.
///
/// **What it answers.** How sure is it that a row belongs to its cluster, and how many clusters does the likelihood pay
/// for (BIC)?
///
/// **The story.** Each row picks component `g` with probability `π_g` and then draws each column independently from a
/// normal distribution of that component. Other than in k-means, components differ in size and in spread along each column.
///
/// ```text
/// f(z) = Σ_g π_g Π_j N(z_j; μ_gj, σ²_gj)
/// E:  r_ig = π_g f_g(z_i) / Σ_h π_h f_h(z_i)                        in logarithms: ln Σ exp(a) = max a + ln Σ exp(a − max a)
/// M:  N_g = Σ_i w_i r_ig    π_g = N_g / Σ w    μ_gj = Σ_i w_i r_ig z_ij / N_g
///     σ²_gj = max(Σ_i w_i r_ig (z_ij − μ_gj)² / N_g,  floor × variance of column j)
/// ```
/// (Dempster, Laird & Rubin 1977; McLachlan & Peel 2000, §3.2.) It starts from k-means, several times, as the likelihood
/// has several maxima; the highest found is kept.
///
/// **When it stops.** As soon as an iteration gains no more than the tolerance, a millionth in the log-likelihood of a row
/// by default. Rows without clusters have a likelihood so flat that thousands of iterations may gain little each; at the
/// iteration limit the mixture reached is returned and its [termination](FittedGaussianMixture::termination) says so.
///
/// **Collapse.** Without a floor the likelihood of a mixture has no maximum: a component may shrink onto one row, or onto
/// equal ones. The floor bounds it, and the M step with the floor is the maximum under that bound, so that the
/// log-likelihood never falls (adding a constant to variances, as is also done, breaks this). Components at the floor are
/// [flagged](FittedGaussianMixture::at_floor): their densities, and with them the BIC, say more of the floor than of the
/// data. Counts and other discrete columns end there by nature. A constant column is refused.
///
/// ```
/// use emptor_cluster::{GaussianMixture, Points};
/// use emptor_types::Fit;
///
/// let spend: Vec<f64> = (0..200).map(|i| f64::from(i * 7919 % 101) / 50.0 + f64::from(i % 2) * 6.0).collect();
/// let points = Points::new(&[&spend])?;
/// let fitted = GaussianMixture::builder().components(2).seed(7).build()?.fit(&points)?;
/// assert!((fitted.weights()[0] - 0.5).abs() < 0.01);
///
/// let soft = fitted.responsibilities(&points)?;
/// assert!((soft.columns[0][0] + soft.columns[1][0] - 1.0).abs() < 1e-12);
/// // However far away a row is, its degrees of membership are numbers.
/// let far = fitted.responsibilities(&Points::new(&[&[1e9]])?)?;
/// assert!(far.columns.iter().all(|column| column[0].is_finite()));
///
/// let one = GaussianMixture::builder().components(1).build()?.fit(&points)?;
/// assert!(fitted.bic() < one.bic());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Numbers.** Sums run over fixed chunks of rows, reduced in order: the same bits on any number of threads. Moments are
/// taken about the means of the step before, so that offsets cost no digits. A row of weight 2 counts as two equal rows.
///
/// References: Dempster, Laird & Rubin (1977), "Maximum likelihood from incomplete data via the EM algorithm", J. R.
/// Statist. Soc. B 39. McLachlan & Peel (2000), "Finite Mixture Models". Schwarz (1978) for the BIC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "GaussianMixtureBuilder", into = "GaussianMixtureBuilder")]
pub struct GaussianMixture {
    settings: GaussianMixtureBuilder,
}

/// Collects the settings of a [`GaussianMixture`].
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `components` | 2 | 1 to 256 |
/// | `seed` | 0 | where k-means, which it starts from, begins |
/// | `starts` | 3 | k-means that it starts from, of seeds one apart |
/// | `tolerance` | 1e-6 | gain of the mean log-likelihood of a row at which a fit stops |
/// | `max_iterations` | 2000 | iterations of a start before it stops where it is |
/// | `variance_floor` | 1e-4 | least variance of a component over that of the column |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GaussianMixtureBuilder {
    components: usize,
    seed: u64,
    starts: usize,
    tolerance: f64,
    max_iterations: usize,
    variance_floor: f64,
}

impl Default for GaussianMixtureBuilder {
    fn default() -> Self {
        Self { components: 2, seed: 0, starts: 3, tolerance: 1e-6, max_iterations: 2_000, variance_floor: 1e-4 }
    }
}

impl GaussianMixtureBuilder {
    /// Sets the number of components.
    #[must_use]
    pub fn components(mut self, components: usize) -> Self {
        self.components = components;
        self
    }

    /// Sets where the k-means that it starts from begins.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets how many times it starts; the highest likelihood is kept, the first among equals.
    #[must_use]
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// Sets the gain of the mean log-likelihood of a row at which a fit stops.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the iterations before a start stops where it is.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Sets the least variance of a component, as a share of the column's.
    #[must_use]
    pub fn variance_floor(mut self, share: f64) -> Self {
        self.variance_floor = share;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Every broken rule at once.
    pub fn build(self) -> Result<GaussianMixture, Invalid> {
        let mut checks = Invalid::checks();
        let components = self.components;
        checks.require((1..=MOST_COMPONENTS).contains(&components), "components", "must be 1 to 256", components);
        checks.require((1..=1_000).contains(&self.starts), "starts", "must be 1 to 1000", self.starts);
        let tolerance = self.tolerance;
        checks.require(tolerance > 0.0 && tolerance < 1.0, "tolerance", "must lie between 0 and 1", tolerance);
        checks.require(self.max_iterations > 0, "max_iterations", "must be at least 1", self.max_iterations);
        let floor = self.variance_floor;
        checks.require((1e-12..=1.0).contains(&floor), "variance_floor", "must be 1e-12 to 1", floor);
        checks.finish()?;
        Ok(GaussianMixture { settings: self })
    }
}

impl GaussianMixture {
    /// Starts the settings.
    #[must_use]
    pub fn builder() -> GaussianMixtureBuilder {
        GaussianMixtureBuilder::default()
    }

    /// Number of components.
    #[must_use]
    pub fn components(&self) -> usize {
        self.settings.components
    }

    /// Expectation–maximisation from the clusters of one k-means.
    fn climb(
        &self,
        points: &Points<'_>,
        floors: &[f64],
        start: &KMeans,
    ) -> Result<FittedGaussianMixture, ClusterError> {
        let (start, labels) = start.fit_labels(points)?;
        let mut mixture = em::Mixture::from_labels(points, start.centroids(), &labels, floors);
        let weight: f64 = (0..points.rows()).map(|row| points.weight(row)).sum();
        let mut before = f64::NEG_INFINITY;
        let mut termination = Termination::IterationLimit;
        let mut iterations = 0;
        for _ in 0..self.settings.max_iterations {
            iterations += 1;
            let sums = em::expect(points, &mixture);
            let now = sums.log_likelihood;
            if !now.is_finite() {
                return Err(Invalid::value("log-likelihood", "must be finite", now).into());
            }
            if now - before <= self.settings.tolerance * weight {
                before = before.max(now);
                termination = Termination::NoFurtherProgress;
                break;
            }
            before = now;
            mixture = mixture.maximize(&sums, floors);
        }
        if termination == Termination::IterationLimit {
            before = em::expect(points, &mixture).log_likelihood;
        }
        let at_floor = mixture.at_floor(floors);
        Ok(FittedGaussianMixture::new(mixture, at_floor, before, (termination, iterations), (points.rows(), weight))?)
    }
}

impl Fit<Points<'_>> for GaussianMixture {
    type Fitted = FittedGaussianMixture;
    type Error = ClusterError;

    /// Fits the mixture. At the iteration limit it is returned all the same, as its termination says.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] if a column is constant or its numbers are too large or too small for a density,
    /// [`ClusterError::TooFewDistinct`] if there are fewer different rows than components.
    fn fit(&self, points: &Points<'_>) -> Result<FittedGaussianMixture, ClusterError> {
        let settings = &self.settings;
        let spread = em::column_variances(points);
        let mut checks = Invalid::checks();
        let varies = |v: f64| v > 0.0 && v.is_finite();
        for (c, &(_, variance)) in spread.iter().enumerate() {
            let rule = "must vary, with a variance that is a finite double";
            checks.require(varies(variance), &format!("column {c}"), rule, format!("variance {variance}"));
        }
        checks.finish()?;
        let floors: Vec<f64> = spread.iter().map(|&(_, variance)| settings.variance_floor * variance).collect();
        let k_means = |starts: usize, seed: u64| {
            KMeans::builder().clusters(settings.components).starts(starts).seed(seed).build()
        };
        let mut best = self.climb(points, &floors, &k_means(STARTS, settings.seed)?)?;
        // A single component has a single maximum.
        let more = if settings.components > 1 { settings.starts as u64 } else { 1 };
        for start in 1..more {
            let other = self.climb(points, &floors, &k_means(1, settings.seed.wrapping_add(start))?)?;
            if other.log_likelihood() > best.log_likelihood() {
                best = other;
            }
        }
        Ok(best)
    }
}

impl TryFrom<GaussianMixtureBuilder> for GaussianMixture {
    type Error = Invalid;

    fn try_from(builder: GaussianMixtureBuilder) -> Result<Self, Invalid> {
        builder.build()
    }
}

impl From<GaussianMixture> for GaussianMixtureBuilder {
    fn from(spec: GaussianMixture) -> Self {
        spec.settings
    }
}
