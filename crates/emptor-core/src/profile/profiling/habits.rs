//! When and where a customer buys.

/// The rhythm of a customer's purchases.
///
/// ```text
/// mean, median of the gaps between purchase days      cv = σ/μ      regularity = (σ − μ)/(σ + μ)
/// ```
///
/// Regularity is the burstiness of Goh & Barabási (2008, "Burstiness and memory in complex systems", *EPL* 81, eq. 1): −1
/// for a clockwork, 0 for a Poisson process, toward 1 for bursts. σ has the denominator n − 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Rhythm {
    /// Mean gap in days; `None` with fewer than two purchase days.
    pub mean: Option<f64>,
    /// Median gap in days.
    pub median: Option<f64>,
    /// Coefficient of variation of the gaps; `None` with fewer than three purchase days.
    pub cv: Option<f64>,
    /// Regularity, from −1 to 1; `None` with fewer than three purchase days.
    pub regularity: Option<f64>,
}

impl Rhythm {
    /// The rhythm of distinct purchase days, ascending; purchases of one day are one.
    ///
    /// ```
    /// use emptor_core::profile::profiling::Rhythm;
    ///
    /// let weekly = Rhythm::of(&[0, 7, 14, 21]);
    /// assert_eq!((weekly.mean, weekly.cv, weekly.regularity), (Some(7.0), Some(0.0), Some(-1.0)));
    /// assert_eq!(Rhythm::of(&[100]).mean, None);
    /// ```
    #[must_use]
    pub fn of(days: &[i32]) -> Self {
        let gaps: Vec<f64> = days.windows(2).map(|pair| f64::from(pair[1] - pair[0])).collect();
        if gaps.is_empty() {
            return Self::default();
        }
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let deviation = (gaps.len() > 1).then(|| {
            let squares: f64 = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum();
            (squares / (gaps.len() - 1) as f64).sqrt()
        });
        Self {
            mean: Some(mean),
            median: crate::statistics::median(&gaps),
            cv: deviation.map(|sigma| sigma / mean),
            regularity: deviation.map(|sigma| (sigma - mean) / (sigma + mean)),
        }
    }
}

/// Where most of something falls, and how spread it is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Spread {
    /// The place of the greatest part, the first of equals.
    pub main: usize,
    /// Its share.
    pub share: f64,
    /// Shannon entropy −Σ s ln s in nats: 0 if all falls on one, ln k if it is spread evenly over k.
    pub entropy: f64,
}

/// The spread of parts, those that are not positive left out; `None` if none is positive.
///
/// ```
/// use emptor_core::profile::profiling::spread;
///
/// let channels = spread(&[1.0, 3.0]).ok_or("two channels")?;
/// assert_eq!((channels.main, channels.share), (1, 0.75));
/// assert!((channels.entropy - 0.562_335).abs() < 1e-6);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn spread(parts: &[f64]) -> Option<Spread> {
    let total: f64 = parts.iter().filter(|part| **part > 0.0).sum();
    let mut main = None;
    let mut entropy = 0.0;
    for (i, &part) in parts.iter().enumerate().filter(|(_, part)| **part > 0.0) {
        entropy -= part / total * (part / total).ln();
        if main.is_none_or(|(_, most)| part > most) {
            main = Some((i, part));
        }
    }
    // −1·ln 1 is −0, which reads badly.
    main.map(|(main, part)| Spread { main, share: part / total, entropy: entropy.max(0.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_orders_have_a_mean_gap_and_no_regularity() {
        let rhythm = Rhythm::of(&[10, 40]);
        assert_eq!((rhythm.mean, rhythm.median, rhythm.cv, rhythm.regularity), (Some(30.0), Some(30.0), None, None));
    }

    #[test]
    fn an_even_spread_has_the_greatest_entropy_and_the_first_of_equals_is_main() {
        let even = spread(&[2.0, 2.0, -1.0, 2.0]);
        assert!(even.is_some_and(|s| s.main == 0 && (s.entropy - 3.0_f64.ln()).abs() < 1e-12));
        assert!(spread(&[0.0, 5.0]).is_some_and(|s| s.main == 1 && s.entropy.to_bits() == 0));
        assert_eq!(spread(&[0.0, f64::NAN]), None);
    }
}
