//! What a new product takes from its sisters, from sales by week.

use emptor_lifetime::special::{chi_squared_survival, normal_quantile};
use emptor_types::Level;

use crate::statistics::Interval;

/// What a launch did to the sales of the sisters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Cannibalisation {
    /// What the sisters would have sold after the launch.
    pub expected: f64,
    /// What they lack of it; negative where they gained.
    pub taken: f64,
    /// Standard error of that.
    pub error: f64,
    /// Interval of it.
    pub interval: Interval,
}

impl Cannibalisation {
    /// What was taken as a share of what the launched product sold; `None` if it sold nothing.
    ///
    /// Above 1 the sisters lack more than was sold of the new product: not because of it alone.
    #[must_use]
    pub fn share(&self, own: f64) -> Option<f64> {
        (own > 0.0).then(|| self.taken / own)
    }

    /// Two-sided probability of so great a change, or a greater one, if the launch made none; 1 where weeks do not vary and
    /// nothing changed.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        let z = self.taken / self.error;
        if z.is_nan() { 1.0 } else { chi_squared_survival(z * z, 1.0) }
    }
}

/// What sister products lack after a launch, against a control that the launch does not touch: before and after, with the
/// growth of the control taken out (difference in differences, in ratios).
///
/// ```text
/// r_before = Σ s / Σ c   (over the weeks before; s sisters, c control)      expected = r_before · Σ c_after
/// taken = expected − Σ s_after                                             share = taken / sales of the new product
/// ```
///
/// The share is the cannibalisation rate (Lomax, Hammond, East & Clemente 1997, *Journal of Product & Brand Management* 6;
/// van Heerde, Srinivasan & Dekimpe 2010, *Marketing Science* 29). The interval is that of two ratio estimates from weeks
/// (Cochran 1977, *Sampling Techniques*, chapter 6), taken to be independent of each other: weeks of one season are not
/// quite, so that it is rather too narrow.
///
/// `None` unless there are two weeks before and after, as many of the sisters as of the control, and the control and the
/// sisters sold something before, the control something after.
///
/// ```
/// use emptor_core::profile::product::cannibalisation;
/// use emptor_types::Level;
///
/// // The control grows by a tenth, the sisters shrink by one: 110 were expected a week and 90 came.
/// let of = cannibalisation((&[100.0; 4], &[90.0; 4]), (&[200.0; 4], &[220.0; 4]), Level::new(0.95)?).ok_or("known")?;
/// assert!((of.expected - 440.0).abs() < 1e-9 && (of.taken - 80.0).abs() < 1e-9);
/// assert!(of.share(200.0).is_some_and(|share| (share - 0.4).abs() < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn cannibalisation(
    (sisters_before, sisters_after): (&[f64], &[f64]),
    (control_before, control_after): (&[f64], &[f64]),
    level: Level,
) -> Option<Cannibalisation> {
    let (before, spread_before) = ratio(sisters_before, control_before)?;
    let (after, spread_after) = ratio(sisters_after, control_after)?;
    if before <= 0.0 {
        return None;
    }
    let control: f64 = control_after.iter().sum();
    let taken = (before - after) * control;
    let error = control * (spread_before + spread_after).sqrt();
    let half = -normal_quantile((1.0 - level.get()) / 2.0) * error;
    let interval = Interval { low: taken - half, high: taken + half };
    Some(Cannibalisation { expected: before * control, taken, error, interval })
}

/// A ratio of sums and its variance.
fn ratio(part: &[f64], whole: &[f64]) -> Option<(f64, f64)> {
    let (n, sum) = (whole.len(), whole.iter().sum::<f64>());
    if part.len() != n || n < 2 || sum <= 0.0 {
        return None;
    }
    let ratio = part.iter().sum::<f64>() / sum;
    let rest: f64 = part.iter().zip(whole).map(|(part, whole)| (part - ratio * whole).powi(2)).sum();
    Some((ratio, rest * n as f64 / (n - 1) as f64 / (sum * sum)))
}
