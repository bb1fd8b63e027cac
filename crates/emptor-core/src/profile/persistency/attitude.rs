//! What customers say: recommendation, satisfaction, what matters to them, and where we stand among their brands.

use emptor_lifetime::special::normal_quantile;
use emptor_types::Level;

use crate::statistics::Interval;

/// A mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its interval by normal approximation.
    pub interval: Interval,
    /// Answers.
    pub n: usize,
}

fn estimate(value: f64, variance: f64, n: usize, level: Level, bounds: (f64, f64)) -> Estimate {
    let half = -normal_quantile((1.0 - level.get()) / 2.0) * (variance.max(0.0) / n as f64).sqrt();
    let interval = Interval { low: (value - half).max(bounds.0), high: (value + half).min(bounds.1) };
    Estimate { value, interval, n }
}

/// Net promoter score (Reichheld 2003, *Harvard Business Review* 81) of answers from 0 to 10, in points from −100 to 100.
/// `None` of no answer.
///
/// ```text
/// NPS = 100 (p₊ − p₋)      p₊ share of 9 and 10, p₋ share of 0 to 6      var = (p₊ + p₋ − (p₊ − p₋)²) / n
/// ```
///
/// ```
/// use emptor_core::profile::persistency::net_promoter_score;
/// use emptor_types::Level;
///
/// let answers: Vec<f64> = [(10.0, 70), (8.0, 20), (3.0, 10)].iter().flat_map(|(a, n)| vec![*a; *n]).collect();
/// let nps = net_promoter_score(&answers, Level::new(0.95)?).ok_or("answers")?;
/// assert!((nps.value - 60.0).abs() < 1e-9);
/// assert!((nps.interval.high - nps.value - 13.0008).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn net_promoter_score(answers: &[f64], level: Level) -> Option<Estimate> {
    let n = answers.iter().filter(|answer| !answer.is_nan()).count();
    let share = |holds: fn(&&f64) -> bool| answers.iter().filter(holds).count() as f64 / n as f64;
    let (promoters, detractors) = (share(|answer| **answer >= 8.5), share(|answer| **answer < 6.5));
    let net = promoters - detractors;
    let variance = 1e4 * (promoters + detractors - net * net);
    (n > 0).then(|| estimate(100.0 * net, variance, n, level, (-100.0, 100.0)))
}

/// The mean of answers between 0 and 1 with its interval by the variance of the sample. `None` of fewer than two answers.
#[must_use]
pub fn mean_score(answers: &[f64], level: Level) -> Option<Estimate> {
    let known: Vec<f64> = answers.iter().copied().filter(|answer| !answer.is_nan()).collect();
    let n = known.len();
    let mean = known.iter().sum::<f64>() / n as f64;
    let variance = known.iter().map(|answer| (answer - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0);
    (n > 1).then(|| estimate(mean, variance, n, level, (0.0, 1.0)))
}

/// The Wallet Allocation Rule: the share of wallet that the rank of our brand among those a customer uses lets expect
/// (Keiningham, Aksoy, Buoye & Cooil 2011, *Harvard Business Review* 89). Of brands in a tie, the mean rank. `None` unless
/// the rank lies between 1 and the number of brands.
///
/// ```text
/// share = (1 − rank / (n + 1)) · 2 / n
/// ```
///
/// ```
/// use emptor_core::profile::persistency::wallet_allocation;
///
/// assert!((wallet_allocation(1.0, 2.0).ok_or("ranked")? - 2.0 / 3.0).abs() < 1e-12);
/// assert_eq!(wallet_allocation(4.0, 3.0), None);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn wallet_allocation(rank: f64, brands: f64) -> Option<f64> {
    ((1.0..=brands).contains(&rank)).then(|| (1.0 - rank / (brands + 1.0)) * 2.0 / brands)
}

/// Where an item stands between what matters and what goes well (Martilla & James 1977, *Journal of Marketing* 41).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Matters, and does not go well.
    ConcentrateHere,
    /// Matters, and goes well.
    KeepUp,
    /// Matters little, and does not go well.
    LowPriority,
    /// Matters little, and goes well.
    PossibleOverkill,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ConcentrateHere => "concentrate_here",
            Self::KeepUp => "keep_up",
            Self::LowPriority => "low_priority",
            Self::PossibleOverkill => "possible_overkill",
        })
    }
}

/// What to do about each item, given how much it matters and how well it goes; the cuts are the means over the items.
///
/// ```
/// use emptor_core::profile::persistency::{Action, importance_performance};
///
/// let actions = importance_performance(&[(0.9, 0.2), (0.8, 0.9), (0.1, 0.3)]);
/// assert_eq!(actions, [Action::ConcentrateHere, Action::KeepUp, Action::LowPriority]);
/// ```
#[must_use]
pub fn importance_performance(items: &[(f64, f64)]) -> Vec<Action> {
    let mean = |of: fn(&(f64, f64)) -> f64| items.iter().map(of).sum::<f64>() / items.len() as f64;
    let (importance, performance) = (mean(|item| item.0), mean(|item| item.1));
    let action = |item: &(f64, f64)| match (item.0 >= importance, item.1 >= performance) {
        (true, false) => Action::ConcentrateHere,
        (true, true) => Action::KeepUp,
        (false, false) => Action::LowPriority,
        (false, true) => Action::PossibleOverkill,
    };
    items.iter().map(action).collect()
}

/// How strongly answers to an item go with answers to the overall question: Pearson's correlation of pairs. `None` with
/// fewer than three pairs or where one side never varies.
///
/// ```
/// use emptor_core::profile::persistency::derived_importance;
///
/// let r = derived_importance(&[(0.0, 0.1), (0.5, 0.6), (1.0, 1.1)]).ok_or("three pairs")?;
/// assert!((r - 1.0).abs() < 1e-12);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn derived_importance(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let together = sum(&|pair| (pair.0 - x) * (pair.1 - y));
    let spread = sum(&|pair| (pair.0 - x).powi(2)) * sum(&|pair| (pair.1 - y).powi(2));
    (pairs.len() >= 3 && spread > 0.0).then(|| together / spread.sqrt())
}
