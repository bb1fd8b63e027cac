//! How fast a pipeline is, and whether it is enough.

use emptor_statistics::KaplanMeier;
use emptor_types::period::Period;
use emptor_types::{ExactSum, Invalid};

use super::deals::{Deal, Outcome};
use super::expectations::usual_amounts;

/// Sales velocity, per day: deals × mean amount × win rate / days of the cycle. `None` unless the cycle has a length.
///
/// ```
/// use emptor_forecast::pipeline::velocity;
///
/// let per_day = velocity(50, 10_000.0, 0.2, 30.0).ok_or("no cycle")?;
/// assert!((per_day - 3_333.33).abs() < 0.01);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn velocity(deals: usize, mean_amount: f64, win_rate: f64, cycle_days: f64) -> Option<f64> {
    (cycle_days > 0.0).then(|| deals as f64 * mean_amount * win_rate / cycle_days)
}

/// What is open over what is still to be won: `open / (target − won)`. `None` once the target is reached.
///
/// ```
/// use emptor_forecast::pipeline::coverage;
///
/// assert_eq!(coverage(300.0, 200.0, 100.0), Some(3.0));
/// assert_eq!(coverage(300.0, 100.0, 100.0), None);
/// ```
#[must_use]
pub fn coverage(open: f64, target: f64, won: f64) -> Option<f64> {
    (target - won > 0.0).then(|| open / (target - won))
}

/// How much pipeline it takes: what was open at the beginning of past periods, and what of it was won in them.
///
/// ```
/// use emptor_forecast::pipeline::{Deal, Outcome, RequiredCoverage};
///
/// let open = Deal { created: 5, amount: Some(300.0), ..Deal::default() };
/// let won = Deal { closed: Some(20), outcome: Some(Outcome::Won), amount: Some(100.0), ..open.clone() };
/// let required = RequiredCoverage::of(&[open, won], &[(10, 30)]);
/// assert_eq!(required.times(), Some(4.0), "of 400 that were open 100 were won");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RequiredCoverage {
    /// Amount open on the days before the periods.
    pub open: f64,
    /// Amount of it that was won in them.
    pub won: f64,
}

impl RequiredCoverage {
    /// Over periods, each from its first to its last day since 1970-01-01. Deals come with their logs; one without an amount
    /// when a period begins counts with what such deals brought until then.
    #[must_use]
    pub fn of(deals: &[Deal], periods: &[(i32, i32)]) -> Self {
        let (mut open, mut won) = (ExactSum::ZERO, ExactSum::ZERO);
        for (first, last) in periods {
            let begin = first.saturating_sub(1);
            let amounts = usual_amounts(deals, begin);
            for deal in deals {
                let before = deal.known_on(begin).filter(Deal::is_open);
                let Some((amount, _)) = before.and_then(|deal| amounts.amount(&deal)) else { continue };
                open.add(amount);
                let inside = deal.closed.is_some_and(|day| (*first..=*last).contains(&day));
                if inside && deal.outcome == Some(Outcome::Won) {
                    won.add(amount);
                }
            }
        }
        Self { open: open.value(), won: won.value() }
    }

    /// Open pipeline per unit of what is to be won: `1 / value win rate within the period`; `None` if nothing was won.
    #[must_use]
    pub fn times(&self) -> Option<f64> {
        (self.won > 0.0).then(|| self.open / self.won)
    }
}

/// Median days from creation to the win, open deals counted for as long as they have been open (Kaplan & Meier); lost ones
/// are left out. `None` as long as less than half are won.
///
/// # Errors
/// If a deal was created after the day.
pub fn sales_cycle(deals: &[&Deal], as_of: i32) -> Result<Option<f64>, Invalid> {
    let spans: Vec<(f64, bool)> = deals
        .iter()
        .filter(|deal| deal.outcome != Some(Outcome::Lost))
        .map(|deal| {
            // Closed before it was created: on the day, as everywhere else.
            let days = deal
                .closed
                .map_or(as_of.saturating_sub(deal.created), |closed| closed.saturating_sub(deal.created).max(0));
            (f64::from(days), deal.closed.is_some())
        })
        .collect();
    let (days, won): (Vec<f64>, Vec<bool>) = spans.into_iter().unzip();
    Ok(KaplanMeier::estimate(&days, &won)?.median())
}

/// Shares of the wins of a period by week of it: its first seven days, the next seven, and so on. In an even period every
/// whole week has the same share; where all comes at the end, forecasts hang on the last days. `None` if nothing was won.
///
/// ```
/// use emptor_forecast::pipeline::{Deal, Outcome, linearity};
/// use emptor_types::Date;
/// use emptor_types::period::Grain;
///
/// let june = Grain::Month.over("2024-06-01".parse()?, "2024-06-30".parse()?)?.remove(0);
/// let day = |text: &str| text.parse::<Date>().map(Date::days_since_epoch).ok();
/// let won = |day, amount| Deal { closed: day, outcome: Some(Outcome::Won), amount: Some(amount), ..Deal::default() };
/// let deals = [won(day("2024-06-07"), 1.0), won(day("2024-06-29"), 3.0)];
/// assert_eq!(linearity(&deals, &june), Some(vec![0.25, 0.0, 0.0, 0.0, 0.75]));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[must_use]
pub fn linearity(deals: &[Deal], period: &Period) -> Option<Vec<f64>> {
    let (first, last) = (period.start.days_since_epoch(), period.end.days_since_epoch());
    let weeks = usize::try_from((last - first) / 7 + 1).ok()?;
    let mut sums = vec![ExactSum::ZERO; weeks];
    for deal in deals.iter().filter(|deal| deal.outcome == Some(Outcome::Won)) {
        if let (Some(day), Some(amount)) = (deal.closed.filter(|day| (first..=last).contains(day)), deal.amount) {
            let week = usize::try_from((day - first) / 7).ok()?;
            sums[week].add(amount);
        }
    }
    let all: f64 = sums.iter().map(|sum| sum.value()).sum();
    (all > 0.0).then(|| sums.into_iter().map(|sum| sum.value() / all).collect())
}
