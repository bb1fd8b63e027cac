//! A number from a sample, and how far to trust what it speaks of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that was measured on a sample, with its standard error.
///
/// ```
/// use emptor_cluster::Estimate;
///
/// let estimate = Estimate::of_mean(&[0.9, 0.8, 1.0]).ok_or("no numbers")?;
/// assert!((estimate.value - 0.9).abs() < 1e-12);
/// // The standard deviation of the three over the root of three.
/// assert!((estimate.standard_error - 0.1 / 3.0_f64.sqrt()).abs() < 1e-12);
/// assert_eq!(estimate.to_string(), "0.900 ± 0.058");
/// assert_eq!(Estimate::of_mean(&[]), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error; 0 where it was measured on everything, or once.
    pub standard_error: f64,
    /// Terms it is the mean of: repeats or rows.
    pub terms: usize,
}

impl Estimate {
    /// The mean of independent repeats: the standard error is their standard deviation (`n − 1`) over `√n`. `None` for
    /// no repeats.
    #[must_use]
    pub fn of_mean(repeats: &[f64]) -> Option<Self> {
        let n = repeats.len();
        if n == 0 {
            return None;
        }
        let value = repeats.iter().sum::<f64>() / n as f64;
        let squares: f64 = repeats.iter().map(|x| (x - value) * (x - value)).sum();
        let standard_error = if n > 1 { (squares / ((n - 1) as f64 * n as f64)).sqrt() } else { 0.0 };
        Some(Self { value, standard_error, terms: n })
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ± {:.3}", self.value, self.standard_error)
    }
}

/// How far clusters may be trusted; the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Not to be trusted: other rows or another seed give other clusters.
    Unstable,
    /// There is a pattern, but which rows belong to it is doubtful.
    Doubtful,
    /// The same clusters come back.
    Stable,
}

impl Trust {
    /// From a mean bootstrap Jaccard coefficient: at least 0.75 stable, at least 0.6 doubtful (Hennig 2007; the manual
    /// of R's `fpc::clusterboot`).
    #[must_use]
    pub fn of_jaccard(jaccard: f64) -> Self {
        if jaccard >= 0.75 {
            Self::Stable
        } else if jaccard >= 0.6 {
            Self::Doubtful
        } else {
            Self::Unstable
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unstable => "unstable",
            Self::Doubtful => "doubtful",
            Self::Stable => "stable",
        })
    }
}
