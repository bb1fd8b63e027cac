//! Is a series seasonal?

use emptor_types::Level;

use crate::Series;
use crate::naive::bands::two_sided;

/// Correlations of a series with itself `1, 2, … lags` periods before; 0 of a constant series.
///
/// ```text
/// r_k = Σ_{t>k} (y_t − ȳ)(y_{t−k} − ȳ) / Σ_t (y_t − ȳ)²        Box & Jenkins (1970), 2.1.5
/// ```
#[must_use]
pub fn autocorrelations(values: &[f64], lags: usize) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let about: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let all: f64 = about.iter().map(|x| x * x).sum();
    let at = |lag: usize| {
        let sum: f64 = about.iter().zip(about.iter().skip(lag)).map(|(before, now)| before * now).sum();
        if all > 0.0 { sum / all } else { 0.0 }
    };
    (1..=lags).map(at).collect()
}

/// Whether a series repeats itself season by season beyond chance, by its autocorrelation at the season.
///
/// ```text
/// |r_m| > z √((1 + 2 Σ_{k<m} r_k²)/n)        Fiorucci et al. (2016), eq. 23, at 90 %
/// ```
///
/// Never where there is no season or less than two of them are known.
///
/// ```
/// use emptor_forecast::{Series, is_seasonal};
/// use emptor_types::Level;
///
/// let quarters = [3.0, 8.0, 5.0, 1.0].repeat(5);
/// assert!(is_seasonal(&Series::new(&quarters, 4)?, Level::new(0.9)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn is_seasonal(series: &Series<'_>, level: Level) -> bool {
    let (m, n) = (series.season(), series.len());
    if m < 2 || n <= 2 * m {
        return false;
    }
    let r = autocorrelations(series.values(), m);
    let before: f64 = r[..m - 1].iter().map(|r| r * r).sum();
    r[m - 1].abs() > two_sided(level) * ((1.0 + 2.0 * before) / n as f64).sqrt()
}
