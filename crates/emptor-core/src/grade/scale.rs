//! Robust scaling: what one indicator's values are measured against.

use serde::{Deserialize, Serialize};

use super::{DropReason, DroppedIndicator, Indicator, Spread};

/// `1 / Φ⁻¹(3/4)`: makes the median absolute deviation estimate the standard deviation of a normal sample
/// (Rousseeuw and Croux 1993).
const MAD_TO_SD: f64 = 1.4826;

/// `2 Φ⁻¹(3/4)`: the interquartile range of a normal sample in standard deviations.
const IQR_IN_SD: f64 = 1.349;

/// A spread below this fraction of the median is rounding: a constant summed in two orders would otherwise tell
/// customers apart.
const ROUNDING: f64 = 1e-12;

/// The frozen scaling of one indicator.
///
/// ```text
/// y = transform(x), held inside [lower, upper]
/// z = sign × clamp((y − median) / scale, −clip, clip)
/// ```
///
/// ```
/// use emptor_core::grade::{DropReason, Grader, GradingData, Indicator, InformationGroup, Spread};
/// use emptor_types::Fit;
///
/// let grader = Grader::builder()
///     .indicators([
///         Indicator::new("spend", InformationGroup::PastSales),
///         Indicator::new("country_code", InformationGroup::Image),
///     ])
///     .winsorize(0.0, 1.0)
///     .grades(2)
///     .build()?;
/// let data = GradingData::new(&[("spend", &[1.0, 2.0, 3.0, 4.0, 100.0]), ("country_code", &[86.0; 5])])?;
/// let fitted = grader.fit(&data)?;
///
/// let scale = &fitted.scales()[0];
/// assert_eq!((scale.median, scale.scale), (3.0, 1.4826));
/// assert_eq!(scale.spread, Spread::MedianAbsoluteDeviation);
/// assert_eq!(fitted.dropped()[0].reason, DropReason::NoSpread { median: 86.0 });
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IndicatorScale {
    /// What is scaled.
    pub indicator: Indicator,
    /// Customers whose value was known when the scale was set.
    pub known: usize,
    /// Lower cut of the transformed values.
    pub lower: f64,
    /// Upper cut of the transformed values.
    pub upper: f64,
    /// Median of the transformed and cut values.
    pub median: f64,
    /// One standard unit, in transformed values.
    pub scale: f64,
    /// What the unit was measured by.
    pub spread: Spread,
}

impl IndicatorScale {
    /// The standard score of a raw value, oriented so that higher is better; `NaN` stays `NaN`.
    pub(super) fn score(&self, value: f64, clip: f64) -> f64 {
        let cut = self.indicator.transform_kind().apply(value).clamp(self.lower, self.upper);
        self.indicator.direction().sign() * ((cut - self.median) / self.scale).clamp(-clip, clip)
    }
}

/// Sets the scale of an indicator from a column.
pub(super) fn fit_scale(
    indicator: &Indicator,
    column: &[f64],
    (low, high): (f64, f64),
) -> Result<IndicatorScale, DroppedIndicator> {
    let drop = |reason| DroppedIndicator::new(indicator, reason);
    let transform = indicator.transform_kind();
    let mut values: Vec<f64> = column.iter().filter(|x| !x.is_nan()).map(|&x| transform.apply(x)).collect();
    let known = values.len();
    if known == 0 {
        return Err(drop(DropReason::Unknown));
    }
    let lower = quantile(&mut values, low);
    let upper = quantile(&mut values, high);
    for value in &mut values {
        *value = value.clamp(lower, upper);
    }
    let median = quantile(&mut values, 0.5);
    let noise = ROUNDING * median.abs();
    let iqr = quantile(&mut values, 0.75) - quantile(&mut values, 0.25);
    for value in &mut values {
        *value = (*value - median).abs();
    }
    let mad = quantile(&mut values, 0.5);
    let (scale, spread) = if mad > noise {
        (MAD_TO_SD * mad, Spread::MedianAbsoluteDeviation)
    } else if iqr > noise {
        (iqr / IQR_IN_SD, Spread::InterquartileRange)
    } else {
        return Err(drop(DropReason::NoSpread { median }));
    };
    Ok(IndicatorScale { indicator: indicator.clone(), known, lower, upper, median, scale, spread })
}

/// The quantile of a non-empty sample, linear between order statistics (type 7 of Hyndman and Fan 1996). It reorders
/// the sample.
fn quantile(values: &mut [f64], p: f64) -> f64 {
    let place = p * (values.len() - 1) as f64;
    let below = place.floor();
    let (_, &mut at, rest) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    match rest.iter().copied().min_by(f64::total_cmp) {
        // `min`, because rounding may carry a value past the next one and quantiles must not cross.
        Some(next) => (at + (place - below) * (next - at)).min(next),
        None => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::{InformationGroup, Transform};

    /// A handful of operations in doubles.
    const ROUND: f64 = 1e-12;

    fn spend() -> Indicator {
        Indicator::new("spend", InformationGroup::PastSales)
    }

    #[test]
    fn quantiles_follow_type_seven() {
        // R: quantile(c(1, 2, 4, 8), c(0, .01, .25, .5, .99, 1)) = 1, 1.03, 1.75, 3, 7.88, 8.
        for (p, expected) in [(0.0, 1.0), (0.01, 1.03), (0.25, 1.75), (0.5, 3.0), (0.99, 7.88), (1.0, 8.0)] {
            let found = quantile(&mut [8.0, 1.0, 4.0, 2.0], p);
            assert!((found - expected).abs() < ROUND, "{p}: {found}");
        }
        assert!((quantile(&mut [5.0], 0.99) - 5.0).abs() < ROUND);
    }

    #[test]
    fn an_outlier_does_not_move_the_scale() -> Result<(), DroppedIndicator> {
        // By hand: median 3, absolute deviations 2, 1, 0, 1, 97, their median 1.
        let scale = fit_scale(&spend(), &[1.0, 2.0, 3.0, 4.0, 100.0], (0.0, 1.0))?;
        assert_eq!(scale.spread, Spread::MedianAbsoluteDeviation);
        assert!((scale.median - 3.0).abs() < ROUND);
        assert!((scale.scale - 1.4826).abs() < ROUND);
        assert!((scale.score(4.0, 3.0) - 1.0 / 1.4826).abs() < ROUND);
        assert!((scale.score(100.0, 3.0) - 3.0).abs() < ROUND, "clipped");
        assert!(scale.score(f64::NAN, 3.0).is_nan());
        Ok(())
    }

    #[test]
    fn direction_turns_the_score_and_unknown_values_do_not_count() -> Result<(), DroppedIndicator> {
        let days = Indicator::new("days", InformationGroup::PastSales).lower_is_better();
        let scale = fit_scale(&days, &[1.0, f64::NAN, 2.0, 3.0, f64::NAN], (0.0, 1.0))?;
        assert_eq!(scale.known, 3);
        assert!((scale.score(1.0, 3.0) - 1.0 / 1.4826).abs() < ROUND);
        Ok(())
    }

    #[test]
    fn a_majority_value_falls_back_to_the_quartiles() -> Result<(), DroppedIndicator> {
        // By hand: five of eight are 0, so MAD = 0; quartiles of 0,0,0,0,0,4,4,4 are 0 and 4.
        let column = [0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0];
        let scale = fit_scale(&spend(), &column, (0.0, 1.0))?;
        assert_eq!(scale.spread, Spread::InterquartileRange);
        assert!((scale.scale - 4.0 / 1.349).abs() < ROUND);
        Ok(())
    }

    #[test]
    fn a_column_without_spread_is_dropped_with_its_median() {
        for column in
            [vec![7.0; 5], vec![7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 9.0], vec![7.0, 7.0 + 1e-15, 7.0, 7.0 - 1e-15]]
        {
            let dropped = fit_scale(&spend(), &column, (0.0, 1.0));
            assert!(
                matches!(dropped, Err(DroppedIndicator { reason: DropReason::NoSpread { median }, .. })
                    if (median - 7.0).abs() < ROUND),
                "{dropped:?}"
            );
        }
        let dropped = fit_scale(&spend(), &[f64::NAN; 3], (0.01, 0.99));
        assert!(matches!(dropped, Err(DroppedIndicator { reason: DropReason::Unknown, .. })), "{dropped:?}");
    }

    #[test]
    fn cuts_are_recorded_in_transformed_values() -> Result<(), DroppedIndicator> {
        let column: Vec<f64> = (0..=100).map(|i| f64::from(i).exp_m1()).collect();
        let scale = fit_scale(&spend().transform(Transform::Log1p), &column, (0.01, 0.99))?;
        assert!((scale.lower - 1.0).abs() < ROUND);
        assert!((scale.upper - 99.0).abs() < 1e2 * ROUND);
        assert!((scale.median - 50.0).abs() < 1e2 * ROUND);
        Ok(())
    }
}
