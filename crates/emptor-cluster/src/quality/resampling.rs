//! Seeded samples of rows.

use emptor_types::Invalid;
use rand::{RngCore, SeedableRng, seq::index};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::kmeans::KMeansBuilder;
use crate::{ClusterError, KMeans, Points};

/// On how many rows, how often and from which seed a fit is repeated.
///
/// ```
/// use emptor_cluster::Resampling;
///
/// let resampling = Resampling::new(5_000, 50, 7)?;
/// assert_eq!((resampling.rows(), resampling.repeats(), resampling.seed()), (5_000, 50, 7));
/// assert_eq!(Resampling::default(), Resampling::new(4_000, 25, 0)?);
/// assert!(Resampling::new(1, 0, 7).is_err());
/// # Ok::<(), emptor_cluster::ClusterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Resampling {
    plain: Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Plain {
    rows: usize,
    repeats: usize,
    seed: u64,
}

impl Resampling {
    /// Draws at most so many rows, repeats so often, from a seed.
    ///
    /// # Errors
    /// [`ClusterError::Invalid`] unless there are at least 2 rows and 2 repeats.
    pub fn new(rows: usize, repeats: usize, seed: u64) -> Result<Self, ClusterError> {
        Ok(Self::try_from(Plain { rows, repeats, seed })?)
    }

    /// The most rows that are drawn.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.plain.rows
    }

    /// How often the fit is repeated.
    #[must_use]
    pub fn repeats(&self) -> usize {
        self.plain.repeats
    }

    /// Where the draws come from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.plain.seed
    }

    /// The generator and one seed per repeat, drawn before any work so that threads cannot disturb their order.
    pub(super) fn seeds(&self) -> Vec<u64> {
        // Another stream than that of the sample.
        let mut random = Xoshiro256PlusPlus::seed_from_u64(self.plain.seed);
        random.jump();
        (0..self.plain.repeats).map(|_| random.next_u64()).collect()
    }
}

impl Default for Resampling {
    /// 4000 rows, 25 repeats, seed 0.
    fn default() -> Self {
        Self { plain: Plain { rows: 4_000, repeats: 25, seed: 0 } }
    }
}

impl TryFrom<Plain> for Resampling {
    type Error = Invalid;

    fn try_from(plain: Plain) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(plain.rows >= 2, "rows", "must be at least 2", plain.rows);
        checks.require(plain.repeats >= 2, "repeats", "must be at least 2", plain.repeats);
        checks.finish()?;
        Ok(Self { plain })
    }
}

impl From<Resampling> for Plain {
    fn from(resampling: Resampling) -> Self {
        resampling.plain
    }
}

/// Standardised copies of some rows.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl Sample {
    /// At most `most` rows of weight above 0, drawn without replacement, in row order: their numbers.
    pub(crate) fn draw(points: &Points<'_>, most: usize, seed: u64) -> Vec<usize> {
        // A row of weight 0 has no say; drawing it would make the sample smaller than it claims.
        let eligible: Option<Vec<usize>> =
            points.weights().map(|weights| (0..points.rows()).filter(|&row| weights[row] > 0.0).collect());
        let rows = eligible.as_ref().map_or(points.rows(), Vec::len);
        let picked = if rows <= most {
            (0..rows).collect()
        } else {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut picked = index::sample(&mut random, rows, most).into_vec();
            picked.sort_unstable();
            picked
        };
        match eligible {
            Some(eligible) => picked.into_iter().map(|i| eligible[i]).collect(),
            None => picked,
        }
    }

    /// Copies the given rows.
    pub(crate) fn of(points: &Points<'_>, rows: &[usize]) -> Self {
        let columns =
            (0..points.dimensions()).map(|c| rows.iter().map(|&row| points.value(row, c)).collect()).collect();
        let weights = points.weights().map(|weights| rows.iter().map(|&row| weights[row]).collect());
        Self { columns, weights }
    }

    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// Lends the rows.
    pub(crate) fn points(&self) -> Result<Points<'_>, ClusterError> {
        let columns: Vec<&[f64]> = self.columns.iter().map(Vec::as_slice).collect();
        let points = Points::new(&columns)?;
        match &self.weights {
            Some(weights) => points.weighted(weights),
            None => Ok(points),
        }
    }
}

/// The same search from another seed.
pub(crate) fn reseeded(spec: &KMeans, seed: u64) -> Result<KMeans, ClusterError> {
    Ok(KMeansBuilder::from(spec.clone()).seed(seed).build()?)
}
