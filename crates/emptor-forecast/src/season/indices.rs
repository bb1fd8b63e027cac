//! Seasonal indices.

use serde::{Deserialize, Serialize};

use crate::{ForecastError, Series};
use emptor_types::{Fit, Invalid};

/// How seasons act on the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeasonForm {
    /// A season multiplies the level: December is 1.4 times an average month. For positive values only.
    Multiplicative,
    /// A season adds to the level.
    Additive,
}

/// Seasonal indices by classical decomposition: the mean, by place in the season, of the ratio to (or difference from) a
/// centred moving average over one season.
///
/// ```text
/// s_j = mean over the seasons of y_t / MA_t,  t ≡ j (mod m),  scaled to mean 1        Hyndman & Athanasopoulos (2021), §3.4
/// s*_j = 1 + (1 − W)(s_j − 1)                                                        Miller & Williams (2003), eq. 5–7
/// W = (m−3)/(m−1) · V / (V + A) of the sampling variance V of an index and the variance A of the true ones
/// ```
///
/// Shrinkage (James & Stein 1961) draws indices that are mostly noise towards no season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decomposition {
    /// How seasons act; `None` for multiplicative where all values are positive and additive elsewhere.
    pub form: Option<SeasonForm>,
    /// Whether indices are shrunk towards no season.
    pub shrink: bool,
}

impl Default for Decomposition {
    /// Form by the values, shrunk.
    fn default() -> Self {
        Self { form: None, shrink: true }
    }
}

/// Seasonal indices by place in the season, the first period of the series first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Seasonality {
    form: SeasonForm,
    indices: Vec<f64>,
}

/// Indices as they are read, before they are checked.
#[derive(Deserialize)]
struct Saved {
    form: SeasonForm,
    indices: Vec<f64>,
}

impl TryFrom<Saved> for Seasonality {
    type Error = Invalid;

    fn try_from(Saved { form, indices }: Saved) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        checks.require(!indices.is_empty(), "indices", "must be at least one", indices.len());
        checks.require_each("indices", "must be finite, and above 0 where they multiply", &indices, |_, index| {
            index.is_finite() && (form == SeasonForm::Additive || index > 0.0)
        });
        checks.finish()?;
        Ok(Self { form, indices })
    }
}

impl Fit<Series<'_>> for Decomposition {
    type Fitted = Seasonality;
    type Error = ForecastError;

    /// # Errors
    /// If less than two seasons are known, or seasons shall multiply values that are not all positive.
    fn fit(&self, series: &Series<'_>) -> Result<Seasonality, ForecastError> {
        let (values, m) = (series.values(), series.season());
        if values.len() < 2 * m {
            let method = "a classical decomposition".to_owned();
            return Err(ForecastError::TooShort { method, needed: 2 * m, found: values.len() });
        }
        let positive = values.iter().all(|&value| value > 0.0);
        let form = match self.form {
            Some(SeasonForm::Multiplicative) if !positive => {
                return Err(ForecastError::NotAdmissible {
                    method: "a multiplicative season".to_owned(),
                    reason: "all values must be positive".to_owned(),
                });
            }
            Some(form) => form,
            None if positive => SeasonForm::Multiplicative,
            None => SeasonForm::Additive,
        };
        let (neutral, deviations) = (form.neutral(), deviations(values, m, form));
        // Under three seasons few places are seen twice, and two leave nothing to tell noise from season by.
        let noise = (values.len() < 3 * m).then(|| noise_of_changes(values, m, form));
        let (means, variance) = means(&deviations, m, noise);
        let keep = if self.shrink { 1.0 - shrinkage(&means, variance) } else { 1.0 };
        let indices: Vec<f64> = means.iter().map(|mean| neutral + keep * mean).collect();
        // A season that takes everything away cannot be divided out.
        let holds = form == SeasonForm::Additive || indices.iter().all(|&index| index > SMALLEST);
        let indices = if holds { indices } else { indices.iter().map(|index| index.max(SMALLEST)).collect() };
        Ok(Seasonality { form, indices })
    }
}

/// The least multiplicative index: what is divided by less is noise.
const SMALLEST: f64 = 0.01;

impl SeasonForm {
    /// The index of no season.
    fn neutral(self) -> f64 {
        match self {
            Self::Multiplicative => 1.0,
            Self::Additive => 0.0,
        }
    }
}

/// Ratio to the centred moving average less 1, or difference from it, with the place in the season.
fn deviations(values: &[f64], m: usize, form: SeasonForm) -> Vec<(usize, f64)> {
    let half = m / 2;
    (half..values.len() - half)
        .filter_map(|t| {
            // Of an even season the two ends count half: 2×m moving average.
            let window = if m.is_multiple_of(2) {
                let inner: f64 = values[t + 1 - half..t + half].iter().sum();
                inner + 0.5 * (values[t - half] + values[t + half])
            } else {
                values[t - half..=t + half].iter().sum()
            };
            let average = window / m as f64;
            match form {
                SeasonForm::Multiplicative => (average > 0.0).then(|| (t % m, values[t] / average - 1.0)),
                SeasonForm::Additive => Some((t % m, values[t] - average)),
            }
        })
        .collect()
}

/// Means by place with sum 0, and the sampling variance of one of them, from that of a deviation if it is given.
fn means(deviations: &[(usize, f64)], m: usize, noise: Option<f64>) -> (Vec<f64>, f64) {
    let (mut sums, mut counts) = (vec![0.0; m], vec![0_usize; m]);
    for &(place, value) in deviations {
        sums[place] += value;
        counts[place] += 1;
    }
    let mut means: Vec<f64> = sums.iter().zip(&counts).map(|(sum, &count)| sum / count.max(1) as f64).collect();
    let within: f64 = deviations.iter().map(|&(place, value)| (value - means[place]).powi(2)).sum();
    let free = deviations.len().saturating_sub(m);
    let inverse = counts.iter().map(|&count| 1.0 / count.max(1) as f64).sum::<f64>() / m as f64;
    let variance = noise.unwrap_or(if free > 0 { within / free as f64 } else { 0.0 }) * inverse;
    let centre = means.iter().sum::<f64>() / m as f64;
    means.iter_mut().for_each(|mean| *mean -= centre);
    (means, variance)
}

/// The variance of a deviation: half of that of the changes from a season to the next.
fn noise_of_changes(values: &[f64], m: usize, form: SeasonForm) -> f64 {
    let changes: Vec<f64> = values
        .iter()
        .zip(&values[m..])
        .map(|(before, now)| match form {
            SeasonForm::Multiplicative => libm::log(now / before),
            SeasonForm::Additive => now - before,
        })
        .collect();
    let mean = changes.iter().sum::<f64>() / changes.len() as f64;
    let free = changes.len().saturating_sub(1).max(1) as f64;
    0.5 * changes.iter().map(|change| (change - mean).powi(2)).sum::<f64>() / free
}

/// The share W of the indices that is taken for noise.
fn shrinkage(means: &[f64], variance: f64) -> f64 {
    let m = means.len() as f64;
    if m <= 3.0 {
        return 0.0;
    }
    let spread = means.iter().map(|mean| mean * mean).sum::<f64>() / (m - 1.0);
    let all = spread.max(variance);
    if all > 0.0 { (m - 3.0) / (m - 1.0) * variance / all } else { 0.0 }
}

impl Seasonality {
    /// How seasons act.
    #[must_use]
    pub fn form(&self) -> SeasonForm {
        self.form
    }

    /// Indices by place in the season, the first period of the series first.
    #[must_use]
    pub fn indices(&self) -> &[f64] {
        &self.indices
    }

    /// The index of a period of the series, from 0, also beyond its end.
    #[must_use]
    pub fn index(&self, period: usize) -> f64 {
        self.indices[period % self.indices.len()]
    }

    /// A series, from its first period, without its seasons.
    #[must_use]
    pub fn adjust(&self, values: &[f64]) -> Vec<f64> {
        values.iter().enumerate().map(|(period, &value)| self.unseason(period, value)).collect()
    }

    /// Takes the season of a period out of a value.
    #[must_use]
    pub fn unseason(&self, period: usize, value: f64) -> f64 {
        match self.form {
            SeasonForm::Multiplicative => value / self.index(period),
            SeasonForm::Additive => value - self.index(period),
        }
    }

    /// Puts the season of a period back on a value without it.
    #[must_use]
    pub fn restore(&self, period: usize, value: f64) -> f64 {
        match self.form {
            SeasonForm::Multiplicative => value * self.index(period),
            SeasonForm::Additive => value + self.index(period),
        }
    }
}
