//! Settings of a fit.

use serde::{Deserialize, Serialize};

/// Where the states before the first period come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InitialStates {
    /// The recursion runs from the last period back to the first, with the same parameters: what it ends with is where
    /// it starts. One to four parameters remain, and a fit takes microseconds.
    #[default]
    Backcast,
    /// Estimated with the parameters, by greatest likelihood: up to seventeen unknowns for months.
    Optimised,
}

/// How the smoothing parameters are estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimation {
    /// By greatest likelihood with a prior on how fast the slope turns: β/α (β itself within admissible
    /// bounds) is half-normal with standard deviation ¼. The
    /// likelihood asks how well one period ahead was foreseen; there a slope that follows every error costs nothing, but
    /// six periods ahead it has carried the last error six times.
    #[default]
    Shrunk,
    /// By greatest likelihood alone.
    MaximumLikelihood,
}

/// What values the smoothing parameters may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterBounds {
    /// Every update is a weighted mean, `0 < α < 1`, `0 < β < α`, `0 < γ < 1 − α`, and old shocks die away, too: a lively
    /// slope beside a fixed season breaks that by a little.
    #[default]
    Usual,
    /// All values with which old shocks die away (Hyndman, Akram and Archibald 2008): α and γ up to 2, β up to 4.
    Admissible,
}

/// What the automatic choice makes least, `k` being all parameters with the initial states and the variance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InformationCriterion {
    /// Akaike's, `2k − 2 ln L`.
    Aic,
    /// Akaike's for few data, `AIC + 2k (k + 1) / (n − k − 1)` (Hurvich and Tsai 1989).
    #[default]
    Aicc,
    /// Schwarz's, `k ln n − 2 ln L`.
    Bic,
}

impl InformationCriterion {
    /// The criterion; `None` where the data are too few for so many parameters.
    pub(super) fn of(self, log_likelihood: f64, parameters: usize, observations: usize) -> Option<f64> {
        let (k, n) = (parameters as f64, observations as f64);
        let spare = n - k - 1.0;
        (spare > 0.0).then(|| {
            let aic = 2.0 * k - 2.0 * log_likelihood;
            match self {
                Self::Aic => aic,
                Self::Aicc => aic + 2.0 * k * (k + 1.0) / spare,
                Self::Bic => aic - 2.0 * k + k * n.ln(),
            }
        })
    }
}

/// Bounds of the unknowns: β and γ are shares of what the usual bounds leave them, or stand for themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) alpha: (f64, f64),
    pub(super) beta: (f64, f64),
    pub(super) gamma: (f64, f64),
    pub(super) phi: (f64, f64),
}

impl ParameterBounds {
    /// Bounds by Hyndman and Athanasopoulos (2021), section 8.1 and 8.6: φ from 0.8, below which the trend is gone at
    /// once, to 0.98, above which it is hardly damped.
    pub(super) fn limits(self) -> Limits {
        const LEAST: f64 = 1e-4;
        let most = match self {
            Self::Usual => [1.0; 3],
            Self::Admissible => [2.0, 4.0, 2.0],
        }
        .map(|most| most - LEAST);
        Limits { alpha: (LEAST, most[0]), beta: (LEAST, most[1]), gamma: (LEAST, most[2]), phi: (0.8, 0.98) }
    }
}
