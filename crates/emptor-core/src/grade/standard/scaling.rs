//! What values are measured against, frozen.

use emptor_types::{Checks, ExactSum};
use serde::{Deserialize, Serialize};

use super::QuantileTable;
use super::quantiles::quantile;

/// `1 / Φ⁻¹(3/4)`: makes the median absolute deviation estimate the standard deviation of a normal sample
/// (Rousseeuw and Croux 1993).
const MAD_TO_SD: f64 = 1.4826;

/// `2 Φ⁻¹(3/4)`: the interquartile range of a normal sample in standard deviations.
const IQR_IN_SD: f64 = 1.349;

/// A spread below this fraction of the median is rounding: a constant summed in two orders would otherwise tell
/// customers apart.
const ROUNDING: f64 = 1e-12;

/// How the values of an indicator become comparable with those of another.
///
/// | scaling | score of the transformed and cut value `y` | range |
/// |---|---|---|
/// | `Z` | `(y − mean) / sd`, `sd` with `n − 1` as R's `scale` | ± clip |
/// | `RobustZ` | `(y − median) / (1.4826 MAD)`, or `(y − median) / (IQR / 1.349)` where MAD is 0 | ± clip |
/// | `RobustOrZ` | the one of `RobustZ`, or that of `Z` where MAD and IQR are 0 | ± clip |
/// | `MinMax` | `(y − min) / (max − min)` | 0 to 1 |
/// | `Quantile` | mid-rank / n of [`QuantileTable`] | 0 to 1 |
///
/// Where less is better a standard score changes its sign, and a min-max or quantile score `x` becomes `1 − x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scaling {
    /// Distance from the mean in standard deviations.
    Z,
    /// Distance from the median in robust standard deviations: outliers do not move the scale.
    #[default]
    RobustZ,
    /// Robust standard deviations where the middle half of customers spreads, plain ones where it does not: most customers
    /// never complained, and those who did must count.
    RobustOrZ,
    /// Place between the least and the greatest value after cutting.
    MinMax,
    /// Share of the fitted customers below.
    Quantile,
}

/// Which measure of spread a robust standard score is scaled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Spread {
    /// 1.4826 × the median absolute deviation from the median.
    MedianAbsoluteDeviation,
    /// Interquartile range / 1.349, where more than half of the customers share one value.
    InterquartileRange,
}

/// The frozen parameters of a [`Scaling`], in transformed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FrozenScale {
    /// For [`Scaling::Z`].
    Z {
        /// Arithmetic mean.
        mean: f64,
        /// Standard deviation, with `n − 1`.
        sd: f64,
    },
    /// For [`Scaling::RobustZ`].
    RobustZ {
        /// Median.
        median: f64,
        /// One standard unit.
        unit: f64,
        /// What the unit was measured by.
        spread: Spread,
    },
    /// For [`Scaling::MinMax`].
    MinMax {
        /// Least value after cutting.
        min: f64,
        /// Greatest value after cutting.
        max: f64,
    },
    /// For [`Scaling::Quantile`].
    Quantile(QuantileTable),
}

impl FrozenScale {
    /// Measures a non-empty sample of cut values; `Err` is its median if it does not spread. It reorders the sample;
    /// its order is of no account, bit for bit.
    pub(super) fn fit(scaling: Scaling, values: &mut [f64]) -> Result<Self, f64> {
        let median = quantile(values, 0.5);
        let noise = ROUNDING * median.abs();
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // Written so that NaN (an overflowing range) is no spread.
        if max - min > noise && (max - min).is_finite() {
        } else {
            return Err(median);
        }
        let fitted = match scaling {
            Scaling::MinMax => Some(Self::MinMax { min, max }),
            Scaling::Quantile => QuantileTable::of(values).map(Self::Quantile),
            Scaling::Z => {
                let (mean, sd) = moments(values, min, max);
                (sd > noise).then_some(Self::Z { mean, sd })
            }
            Scaling::RobustOrZ => {
                let robust = Self::fit(Scaling::RobustZ, &mut values.to_vec());
                return robust.or_else(|_| Self::fit(Scaling::Z, values));
            }
            Scaling::RobustZ => {
                let iqr = quantile(values, 0.75) - quantile(values, 0.25);
                for value in values.iter_mut() {
                    *value = (*value - median).abs();
                }
                let mad = quantile(values, 0.5);
                let found = if mad > noise {
                    Some((MAD_TO_SD * mad, Spread::MedianAbsoluteDeviation))
                } else {
                    (iqr > noise).then_some((iqr / IQR_IN_SD, Spread::InterquartileRange))
                };
                found.map(|(unit, spread)| Self::RobustZ { median, unit, spread })
            }
        };
        fitted.ok_or(median)
    }

    /// The score of a cut value, before orientation.
    pub(super) fn score(&self, y: f64, clip: f64) -> f64 {
        match self {
            Self::Z { mean: centre, sd: unit } | Self::RobustZ { median: centre, unit, .. } => {
                held((y - centre) / unit, -clip, clip)
            }
            Self::MinMax { min, max } => (y - min) / (max - min),
            Self::Quantile(table) => table.rank(y),
        }
    }

    /// The transformed value of a score before orientation.
    pub(super) fn invert(&self, score: f64) -> f64 {
        match self {
            Self::Z { mean: centre, sd: unit } | Self::RobustZ { median: centre, unit, .. } => centre + score * unit,
            Self::MinMax { min, max } => min + score * (max - min),
            Self::Quantile(table) => table.value(score),
        }
    }

    /// Whether scores lie around 0 and change their sign with the direction; others lie between 0 and 1.
    pub(super) fn is_standard(&self) -> bool {
        matches!(self, Self::Z { .. } | Self::RobustZ { .. })
    }

    /// The scaling it is of.
    #[must_use]
    pub fn scaling(&self) -> Scaling {
        match self {
            Self::Z { .. } => Scaling::Z,
            Self::RobustZ { .. } => Scaling::RobustZ,
            Self::MinMax { .. } => Scaling::MinMax,
            Self::Quantile(_) => Scaling::Quantile,
        }
    }

    pub(super) fn check(&self, checks: &mut Checks, field: &str) {
        match self {
            Self::Z { mean: centre, sd: unit } | Self::RobustZ { median: centre, unit, .. } => {
                let proper = centre.is_finite() && unit.is_finite() && *unit > 0.0;
                let got = format!("{centre} and {unit}");
                checks.require(proper, field, "must have a finite centre and a unit above 0", got);
            }
            Self::MinMax { min, max } => {
                let proper = min < max && (max - min).is_finite();
                checks.require(proper, field, "must have its least value below its greatest", format!("{min}, {max}"));
            }
            // Checked when it was loaded.
            Self::Quantile(_) => {}
        }
    }
}

/// The value, or the limit it lies beyond; `NaN` stays `NaN`. Unlike `clamp` it takes any limits: those of a public
/// field may have been set to anything.
pub(super) fn held(value: f64, lower: f64, upper: f64) -> f64 {
    if value < lower {
        lower
    } else if value > upper {
        upper
    } else {
        value
    }
}

/// Mean and standard deviation. Values are brought to 0…1 first, where an [`ExactSum`] adds them without rounding: the
/// same bits in any order, and no overflow.
fn moments(values: &[f64], min: f64, max: f64) -> (f64, f64) {
    let n = values.len() as f64;
    let range = max - min;
    let place = |&value: &f64| (value - min) / range;
    let mean = values.iter().map(place).collect::<ExactSum>().value() / n;
    let squares = values.iter().map(|v| (place(v) - mean).powi(2)).collect::<ExactSum>().value();
    (min + range * mean, range * (squares / (n - 1.0)).sqrt())
}
