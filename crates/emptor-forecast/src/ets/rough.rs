//! Where the backcast begins: the form with states that never move, fitted to the whole series.

use super::form::SeasonType;

/// Level and slope of the least-squares line, and the seasons around it.
#[derive(Debug, Clone)]
pub(super) struct Rough {
    /// The mean, for forms without trend.
    pub(super) mean: f64,
    /// The line at the period before the first.
    pub(super) start: f64,
    /// The line's slope.
    pub(super) slope: f64,
    /// Seasons by their place; one 0 where there is none.
    pub(super) seasons: Vec<f64>,
}

impl Rough {
    pub(super) fn new(values: &[f64], season: SeasonType, m: usize) -> Self {
        let seasons = match season {
            SeasonType::None => Vec::new(),
            SeasonType::Additive => indices(values, m, |y, trend| y - trend, |index, mean| index - mean),
            SeasonType::Multiplicative => indices(values, m, |y, trend| y / trend, |index, mean| index / mean),
        };
        let adjusted = |period: usize| match season {
            SeasonType::None => values[period],
            SeasonType::Additive => values[period] - seasons[period % m],
            SeasonType::Multiplicative => values[period] / seasons[period % m],
        };
        let n = values.len();
        let mean = (0..n).map(adjusted).sum::<f64>() / n as f64;
        let middle = (n as f64 - 1.0) / 2.0;
        let (mut cross, mut square) = (0.0, 0.0);
        for period in 0..n {
            let x = period as f64 - middle;
            cross += x * (adjusted(period) - mean);
            square += x * x;
        }
        let slope = if square > 0.0 { cross / square } else { 0.0 };
        Self { mean, start: mean - slope * (middle + 1.0), slope, seasons }
    }
}

/// Seasonal indices by classical decomposition: means, by place, of the values against a centred moving average. Needs
/// two whole seasons.
fn indices(values: &[f64], m: usize, against: impl Fn(f64, f64) -> f64, normal: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let half = m / 2;
    let mut sums = vec![(0.0, 0_usize); m];
    for (first, window) in values.windows(2 * half + 1).enumerate() {
        let centre = first + half;
        let inner: f64 = window.iter().sum();
        let trend = if m.is_multiple_of(2) {
            (inner - 0.5 * (window[0] + window[2 * half])) / m as f64
        } else {
            inner / m as f64
        };
        let (sum, count) = &mut sums[centre % m];
        *sum += against(values[centre], trend);
        *count += 1;
    }
    let raw: Vec<f64> = sums.iter().map(|&(sum, count)| sum / count.max(1) as f64).collect();
    let mean = raw.iter().sum::<f64>() / m as f64;
    raw.iter().map(|&index| normal(index, mean)).collect()
}
