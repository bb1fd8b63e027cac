//! How long until it happens, when for some it has not happened yet?

use emptor_lifetime::special::normal_quantile;
use emptor_types::{Invalid, Level};

use super::proportion::Interval;

/// A time at which something happened, or at which somebody was last seen.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SurvivalStep {
    /// The time.
    pub time: f64,
    /// How many were watched just before it.
    pub at_risk: usize,
    /// To how many it happened.
    pub events: usize,
    /// How many were last seen then, without it.
    pub censored: usize,
    /// Share to whom it has not happened until then, this time included.
    pub survival: f64,
    /// Greenwood's standard error of that share; `NaN` once the share is 0.
    pub standard_error: f64,
}

/// The share to whom something has not happened by a time, estimated from some of whom we only know that it had not
/// happened when they were last seen (Kaplan & Meier 1958, *Journal of the American Statistical Association* 53).
///
/// ```text
/// S(t) = Π over t_j ≤ t of (1 − d_j/n_j)        var S(t) = S(t)² Σ d_j / (n_j (n_j − d_j))     (Greenwood 1926)
/// ```
///
/// ```
/// use emptor_statistics::KaplanMeier;
///
/// // Five customers: three left after 1, 3 and 3 periods, two were still there after 2 and 4.
/// let curve = KaplanMeier::estimate(&[1.0, 2.0, 3.0, 3.0, 4.0], &[true, false, true, true, false])?;
/// assert!((curve.survival(1.0) - 0.8).abs() < 1e-12);
/// assert!((curve.survival(3.5) - 0.8 / 3.0).abs() < 1e-12);
/// assert_eq!(curve.median(), Some(3.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    steps: Vec<SurvivalStep>,
    /// Greenwood's sum at each step.
    greenwood: Vec<f64>,
}

impl KaplanMeier {
    /// From how long each was watched, and whether it happened at the end of that time. Where both fall on one time, those
    /// to whom it happened come first.
    ///
    /// # Errors
    /// If a duration is negative or not finite, or if the two differ in length.
    pub fn estimate(durations: &[f64], observed: &[bool]) -> Result<Self, Invalid> {
        Self::with_late_entry(&vec![0.0; durations.len()], durations, observed)
    }

    /// The same for some who were only watched from a later time on: they are at risk after their entry, so that those who
    /// left before nobody looked do not make the others look immortal.
    ///
    /// # Errors
    /// If a time is negative or not finite, if one ends before its entry, or if the three differ in length.
    pub fn with_late_entry(entries: &[f64], durations: &[f64], observed: &[bool]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let n = durations.len();
        checks.require(entries.len() == n, "entries", &format!("must be as many as durations ({n})"), entries.len());
        checks.require(observed.len() == n, "observed", &format!("must be as many as durations ({n})"), observed.len());
        let is_time = |_: usize, time: f64| time >= 0.0 && time.is_finite();
        checks.require_each("durations", "must be finite and at least 0", durations, is_time);
        checks.require_each("entries", "must be finite and at least 0", entries, is_time);
        let turned = entries.iter().zip(durations).filter(|(entry, end)| entry > end).count();
        checks.require(turned == 0, "entries", "must not lie after the end of their duration", turned);
        checks.finish()?;

        let mut ends: Vec<(f64, bool)> = durations.iter().copied().zip(observed.iter().copied()).collect();
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut entries = entries.to_vec();
        entries.sort_unstable_by(f64::total_cmp);
        let (mut steps, mut sums) = (Vec::new(), Vec::new());
        let (mut gone, mut survival, mut greenwood) = (0_usize, 1.0, 0.0);
        for same in ends.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let time = same[0].0;
            // At the very beginning all are there who ever enter then.
            let entered = entries.partition_point(|entry| *entry < time || (time <= 0.0 && *entry <= time));
            let at_risk = entered.saturating_sub(gone);
            let events = same.iter().filter(|(_, happened)| *happened).count().min(at_risk);
            if at_risk > 0 {
                let (d, n) = (events as f64, at_risk as f64);
                survival *= 1.0 - d / n;
                greenwood += d / (n * (n - d));
            }
            let standard_error = survival * greenwood.sqrt();
            gone += same.len();
            let censored = same.len() - same.iter().filter(|(_, happened)| *happened).count();
            steps.push(SurvivalStep { time, at_risk, events, censored, survival, standard_error });
            sums.push(greenwood);
        }
        Ok(Self { steps, greenwood: sums })
    }

    /// The times, ascending.
    #[must_use]
    pub fn steps(&self) -> &[SurvivalStep] {
        &self.steps
    }

    /// Share to whom it has not happened by a time; beyond the last time anybody was watched, the last known share.
    #[must_use]
    pub fn survival(&self, time: f64) -> f64 {
        self.until(time).map_or(1.0, |i| self.steps[i].survival)
    }

    /// The interval of that share on the scale of ln(−ln S), which stays between 0 and 1 (Kalbfleisch & Prentice 1980).
    /// `None` before the first event and once the share is 0: nothing is known of the error then.
    #[must_use]
    pub fn interval(&self, time: f64, level: Level) -> Option<Interval> {
        let i = self.until(time)?;
        let (survival, sum) = (self.steps[i].survival, self.greenwood[i]);
        if !(survival > 0.0 && survival < 1.0) {
            return None;
        }
        let half = -normal_quantile((1.0 - level.get()) / 2.0) * sum.sqrt() / survival.ln().abs();
        Some(Interval { low: survival.powf(half.exp()), high: survival.powf((-half).exp()) })
    }

    /// The first time by which it has happened to half; `None` if it never has.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.time_at(0.5)
    }

    /// The first time at which the share is at most this great; `None` if it never is.
    #[must_use]
    pub fn time_at(&self, share: f64) -> Option<f64> {
        self.steps.iter().find(|step| step.survival <= share).map(|step| step.time)
    }

    /// Mean time until it happens, counting no more than `until`: the area under the curve (Irwin 1949).
    #[must_use]
    pub fn restricted_mean(&self, until: f64) -> f64 {
        let (mut area, mut from, mut survival) = (0.0, 0.0, 1.0);
        for step in self.steps.iter().take_while(|step| step.time < until) {
            area += survival * (step.time - from);
            (from, survival) = (step.time, step.survival);
        }
        area + survival * (until - from).max(0.0)
    }

    fn until(&self, time: f64) -> Option<usize> {
        self.steps.partition_point(|step| step.time <= time).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: f64 = 1e-12;

    /// The remission times of 21 children under 6-mercaptopurine (Freireich et al. 1963), the standard example; survival
    /// at 6, 10 and 22 weeks as in Kalbfleisch & Prentice (1980) and R's `survfit`.
    #[test]
    fn leukaemia_remissions_are_those_of_the_textbook() -> Result<(), Invalid> {
        let at: [(f64, bool); 21] = [
            (6.0, true),
            (6.0, true),
            (6.0, true),
            (6.0, false),
            (7.0, true),
            (9.0, false),
            (10.0, true),
            (10.0, false),
            (11.0, false),
            (13.0, true),
            (16.0, true),
            (17.0, false),
            (19.0, false),
            (20.0, false),
            (22.0, true),
            (23.0, true),
            (25.0, false),
            (32.0, false),
            (32.0, false),
            (34.0, false),
            (35.0, false),
        ];
        let (durations, observed): (Vec<f64>, Vec<bool>) = at.into_iter().unzip();
        let curve = KaplanMeier::estimate(&durations, &observed)?;
        for (time, survival, error) in [
            (6.0, 0.857_142_857, 0.076_360_035),
            (10.0, 0.752_941_176, 0.096_350_25),
            (22.0, 0.537_815_126, 0.128_234_49),
        ] {
            let step = curve
                .steps()
                .iter()
                .find(|step| step.time.total_cmp(&time).is_eq())
                .map(|s| (s.survival, s.standard_error));
            let (s, e) = step.unwrap_or_default();
            assert!((s - survival).abs() < 1e-8 && (e - error).abs() < 1e-5, "{time}: {s} {e}");
        }
        assert_eq!(curve.median(), Some(23.0));
        Ok(())
    }

    #[test]
    fn without_censoring_it_is_the_share_still_there() -> Result<(), Invalid> {
        let curve = KaplanMeier::estimate(&[3.0, 1.0, 2.0, 4.0], &[true; 4])?;
        for (time, share) in [(0.5, 1.0), (1.0, 0.75), (2.9, 0.5), (4.0, 0.0)] {
            assert!((curve.survival(time) - share).abs() < EXACT);
        }
        assert!((curve.restricted_mean(10.0) - 2.5).abs() < EXACT, "the mean of the four");
        assert!(curve.interval(4.0, Level::new(0.95)?).is_none() && curve.interval(0.0, Level::new(0.95)?).is_none());
        let half = curve.interval(2.0, Level::new(0.95)?);
        assert!(half.is_some_and(|i| i.low > 0.0 && i.low < 0.5 && i.high > 0.5 && i.high < 1.0));
        Ok(())
    }

    #[test]
    fn those_who_enter_late_are_not_at_risk_before() -> Result<(), Invalid> {
        let curve = KaplanMeier::with_late_entry(&[0.0, 0.0, 2.0], &[1.0, 3.0, 4.0], &[true, true, true])?;
        let at_risk: Vec<usize> = curve.steps().iter().map(|step| step.at_risk).collect();
        assert_eq!(at_risk, [2, 2, 1]);
        assert!((curve.survival(1.0) - 0.5).abs() < EXACT);
        Ok(())
    }

    #[test]
    fn nobody_gives_an_empty_curve_and_wrong_times_are_refused() -> Result<(), Invalid> {
        let curve = KaplanMeier::estimate(&[], &[])?;
        assert!((curve.survival(5.0) - 1.0).abs() < EXACT && curve.median().is_none() && curve.steps().is_empty());
        assert!(KaplanMeier::estimate(&[-1.0, f64::NAN], &[true]).is_err());
        assert!(KaplanMeier::with_late_entry(&[2.0], &[1.0], &[true]).is_err());
        Ok(())
    }

    #[test]
    fn leaving_at_once_counts() -> Result<(), Invalid> {
        let curve = KaplanMeier::estimate(&[0.0, 0.0, 5.0], &[true, false, false])?;
        assert_eq!((curve.steps()[0].at_risk, curve.steps()[0].events), (3, 1));
        assert!((curve.survival(0.0) - 2.0 / 3.0).abs() < EXACT);
        Ok(())
    }
}
