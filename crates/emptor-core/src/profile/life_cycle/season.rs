//! Does the season move the base, and how far?

/// Seasonal indices by classical multiplicative decomposition: a centred moving average of one year is the trend, the mean
/// ratio to it by position in the year the index, scaled to a mean of 1; and the strength of the season
/// `max(0, 1 − var(R)/var(S + R))`, from 0 to 1 (Hyndman & Athanasopoulos 2021, *Forecasting*, §3.4 and §4.3, on ratios).
/// `None` with fewer than two whole years or without a positive trend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Season {
    /// The index of each position in the year.
    pub(super) indices: Vec<f64>,
    /// From 0 (none) to 1 (nothing else).
    pub(super) strength: f64,
}

impl Season {
    pub(super) fn of(totals: &[f64], per_year: usize) -> Option<Self> {
        let n = totals.len();
        if per_year < 2 || n < 2 * per_year {
            return None;
        }
        let half = per_year / 2;
        let trend = |t: usize| {
            let whole: f64 = totals[t - half..=t + half].iter().sum();
            // An even year counts its two ends half, so that it stays centred.
            let ends = if per_year.is_multiple_of(2) { f64::midpoint(totals[t - half], totals[t + half]) } else { 0.0 };
            (whole - ends) / per_year as f64
        };
        let ratios: Vec<(usize, f64)> = (half..n - half)
            .map(|t| (t % per_year, totals[t] / trend(t)))
            .filter(|(_, ratio)| ratio.is_finite() && *ratio >= 0.0)
            .collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let mut indices = Vec::with_capacity(per_year);
        for position in 0..per_year {
            let own: Vec<f64> = ratios.iter().filter(|(p, _)| *p == position).map(|(_, ratio)| *ratio).collect();
            indices.push(mean(&own));
        }
        let scale = mean(&indices);
        if !(scale > 0.0 && scale.is_finite() && indices.iter().all(|index| *index > 0.0)) {
            return None;
        }
        indices.iter_mut().for_each(|index| *index /= scale);
        let variance = |values: &[f64]| {
            let centre = mean(values);
            values.iter().map(|value| (value - centre) * (value - centre)).sum::<f64>() / values.len() as f64
        };
        let all: Vec<f64> = ratios.iter().map(|(_, ratio)| *ratio).collect();
        let rest: Vec<f64> = ratios.iter().map(|(position, ratio)| ratio - indices[*position]).collect();
        let (all, rest) = (variance(&all), variance(&rest));
        Some(Self { indices, strength: if all > 0.0 { (1.0 - rest / all).max(0.0) } else { 0.0 } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_season_is_found_and_a_flat_base_has_none() {
        let pattern = [0.5, 1.0, 2.0, 0.5];
        let totals: Vec<f64> = (0..16).map(|t| 100.0 * pattern[t % 4]).collect();
        let season = Season::of(&totals, 4);
        assert!(season.is_some_and(|season| {
            season.strength > 0.999
                && season.indices.iter().zip(pattern).all(|(index, truth)| (index - truth).abs() < 1e-12)
        }));
        let flat = Season::of(&[7.0; 12], 4);
        assert!(flat.is_some_and(|season| season.strength < 1e-12));
        assert!(Season::of(&totals[..7], 4).is_none() && Season::of(&[0.0; 12], 4).is_none());
    }
}
