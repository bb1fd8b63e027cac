//! Comparing people fairly: peers only, robust, and with small numbers held back.

use std::fmt;

use crate::statistics::median;

/// Turns a median absolute deviation into a standard deviation of normal values: 1/Φ⁻¹(¾).
const MAD: f64 = 1.482_602_218_505_602;
/// Turns a mean absolute deviation into one: √(π/2).
const MEAN_DEVIATION: f64 = 1.253_314_137_315_5;

/// What representatives are measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kpi {
    /// Net revenue over its target, of periods that have ended.
    Attainment,
    /// Net revenue.
    NetRevenue,
    /// Contribution margin cm1 as a share of net revenue.
    Margin,
    /// Share of closed opportunities that were won.
    WinRate,
    /// Median days from creation to winning.
    CycleDays,
    /// Share of customers who bought for the first time ever.
    NewCustomerShare,
    /// Share of invoices of own customers that were not paid in time.
    OverdueShare,
    /// Opportunities created.
    Activity,
}

impl Kpi {
    /// Every measure of representatives.
    pub const ALL: [Self; 8] = [
        Self::Attainment,
        Self::NetRevenue,
        Self::Margin,
        Self::WinRate,
        Self::CycleDays,
        Self::NewCustomerShare,
        Self::OverdueShare,
        Self::Activity,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Attainment => "attainment",
            Self::NetRevenue => "net_rev",
            Self::Margin => "margin",
            Self::WinRate => "win_rate",
            Self::CycleDays => "cycle_days",
            Self::NewCustomerShare => "new_customer_share",
            Self::OverdueShare => "overdue_share",
            Self::Activity => "activity",
        }
    }

    /// Its name as a sentence says it.
    pub(super) fn words(self) -> String {
        match self {
            Self::NetRevenue => "net revenue".to_owned(),
            _ => self.name().replace('_', " "),
        }
    }

    /// Whether more of it is better.
    #[must_use]
    pub fn more_is_better(self) -> bool {
        !matches!(self, Self::CycleDays | Self::OverdueShare)
    }

    /// Whether it is a share of a number of cases, so that few cases say little.
    #[must_use]
    pub fn is_share(self) -> bool {
        matches!(self, Self::WinRate | Self::NewCustomerShare | Self::OverdueShare)
    }
}

impl fmt::Display for Kpi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Shares of few cases, drawn towards the share of all: `count` of `of` each. Those with at least `enough` cases stay as
/// they are; `None` without cases.
///
/// Empirical Bayes with a beta prior whose mean and strength come from the groups themselves by moments (Kleinman 1973,
/// "Proportions with extraneous variance", *Journal of the American Statistical Association* 68):
///
/// ```text
/// m = Σx/Σn      τ² = [Σ n (p − m)² − (k − 1) m (1 − m)] / [(N − Σn²/N) − (k − 1)]      s = m(1 − m)/τ² − 1
/// share = (x + s·m)/(n + s)
/// ```
///
/// Where the groups do not differ more than chance would make them (τ² ≤ 0), small ones get the share of all.
///
/// ```
/// use emptor_core::profile::performance::shrunk_shares;
///
/// // Two deals of two won say less than 160 of 200.
/// let shares = shrunk_shares(&[(2, 2), (160, 200), (100, 200), (60, 200)], 30);
/// assert!(shares[0].is_some_and(|share| share > 0.5 && share < 0.8));
/// assert_eq!(shares[1], Some(0.8));
/// ```
#[must_use]
pub fn shrunk_shares(cases: &[(usize, usize)], enough: usize) -> Vec<Option<f64>> {
    let groups: Vec<(f64, f64)> =
        cases.iter().filter(|(_, of)| *of > 0).map(|(count, of)| (*count as f64, *of as f64)).collect();
    let (sum, all): (f64, f64) = groups.iter().fold((0.0, 0.0), |(sum, all), (x, n)| (sum + x, all + n));
    let mean = sum / all;
    let others = groups.len() as f64 - 1.0;
    let between: f64 = groups.iter().map(|(x, n)| n * (x / n - mean) * (x / n - mean)).sum();
    let squares: f64 = groups.iter().map(|(_, n)| n * n).sum();
    let spread = mean * (1.0 - mean);
    let variance = (between - others * spread) / (all - squares / all - others);
    let strength =
        if variance > 0.0 && variance.is_finite() { (spread / variance - 1.0).max(0.0) } else { f64::INFINITY };
    cases
        .iter()
        .map(|&(count, of)| {
            let (x, n) = (count as f64, of as f64);
            match of {
                0 => None,
                _ if of >= enough => Some(x / n),
                _ if strength.is_finite() => Some((x + strength * mean) / (n + strength)),
                _ => Some(mean),
            }
        })
        .collect()
}

/// Standard scores that an outlier does not spoil: distance from the median in units of the scaled median absolute
/// deviation, or, where more than half of the values are equal, of the scaled mean absolute deviation; 0 where all are
/// equal (Iglewicz & Hoaglin 1993, *How to Detect and Handle Outliers*, §3.5). Unknown values (`NaN`) stay unknown.
///
/// ```
/// use emptor_core::profile::performance::robust_z;
///
/// let z = robust_z(&[1.0, 2.0, 3.0, 4.0, 1000.0]);
/// assert_eq!(z[2], 0.0);
/// assert!((z[3] - 0.674_490).abs() < 1e-6);
/// ```
#[must_use]
pub fn robust_z(values: &[f64]) -> Vec<f64> {
    let Some(middle) = median(values) else { return vec![f64::NAN; values.len()] };
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    let known: Vec<f64> = distances.iter().copied().filter(|distance| !distance.is_nan()).collect();
    let mad = MAD * median(&known).unwrap_or_default();
    let spread = if mad > 0.0 { mad } else { MEAN_DEVIATION * known.iter().sum::<f64>() / known.len() as f64 };
    let z = |value: &f64| if spread > 0.0 { (value - middle) / spread } else { value - middle };
    values.iter().map(z).collect()
}

/// What is known of one representative in one measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// Place of the representative.
    pub rep: usize,
    /// The measure.
    pub kpi: Kpi,
    /// The value.
    pub value: f64,
    /// The cases that it comes from.
    pub n: usize,
}

/// One measure of one representative among peers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// What is known.
    pub known: Known,
    /// The value that was compared: the same, or for shares of few cases the shrunk one.
    pub compared: f64,
    /// Robust standard score among peers, positive where better; `None` with too few peers.
    pub z: Option<f64>,
    /// Weight of the measure among those known of the representative; they add up to 1.
    pub weight: f64,
    /// `weight · z`; contributions add up to the score.
    pub contribution: Option<f64>,
}

/// How representatives are scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// Cases from which on a share stands for itself.
    pub enough: usize,
    /// Peers of the same role, oneself included, from which on a comparison is made.
    pub min_peers: usize,
    /// Greatest distance from the median that counts, in robust standard deviations.
    pub z_limit: f64,
}

/// Scores representatives among peers: `roles[rep]` is the peer group, `weight(role, kpi)` how much a measure matters.
/// Rows come by representative, then measure; measures of weight 0 are left out.
///
/// ```
/// use emptor_core::profile::performance::{Known, Kpi, Scoring, score};
///
/// let roles = vec!["field".to_owned(); 3];
/// let known: Vec<Known> = [90.0, 100.0, 130.0]
///     .iter()
///     .enumerate()
///     .map(|(rep, &value)| Known { rep, kpi: Kpi::NetRevenue, value, n: 50 })
///     .collect();
/// let scores = score(&roles, &known, |_, _| 1.0, &Scoring { enough: 30, min_peers: 3, z_limit: 3.0 });
/// assert_eq!((scores[1].z, scores[1].weight), (Some(0.0), 1.0));
/// assert!(scores[2].contribution > scores[0].contribution);
/// ```
#[must_use]
pub fn score(roles: &[String], known: &[Known], weight: impl Fn(&str, Kpi) -> f64, scoring: &Scoring) -> Vec<Score> {
    let mut scores: Vec<Score> = Vec::new();
    let mut groups: Vec<&String> = roles.iter().collect();
    groups.sort_unstable();
    groups.dedup();
    for role in groups {
        for kpi in Kpi::ALL {
            let weight = weight(role, kpi);
            let of: Vec<&Known> =
                known.iter().filter(|known| known.kpi == kpi && roles.get(known.rep) == Some(role)).collect();
            if weight.is_nan() || weight <= 0.0 || of.is_empty() {
                continue;
            }
            let compared: Vec<f64> = if kpi.is_share() {
                let cases: Vec<(usize, usize)> =
                    of.iter().map(|known| ((known.value * known.n as f64).round() as usize, known.n)).collect();
                shrunk_shares(&cases, scoring.enough).into_iter().map(|share| share.unwrap_or(f64::NAN)).collect()
            } else {
                of.iter().map(|known| known.value).collect()
            };
            let sign = if kpi.more_is_better() { 1.0 } else { -1.0 };
            let z = robust_z(&compared);
            for ((known, compared), z) in of.iter().zip(compared).zip(z) {
                let limited = (sign * z).clamp(-scoring.z_limit, scoring.z_limit);
                let z = (of.len() >= scoring.min_peers && !z.is_nan()).then_some(limited);
                scores.push(Score { known: **known, compared, z, weight, contribution: None });
            }
        }
    }
    scores.sort_by_key(|score| (score.known.rep, score.known.kpi));
    // Weights are shared out among what is known of a representative; nobody is punished for a column that is missing.
    for of in scores.chunk_by_mut(|a, b| a.known.rep == b.known.rep) {
        let sum: f64 = of.iter().filter(|score| score.z.is_some()).map(|score| score.weight).sum();
        for score in of {
            score.weight = if score.z.is_some() { score.weight / sum } else { 0.0 };
            score.contribution = score.z.map(|z| score.weight * z);
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: f64 = 1e-12;

    fn scoring() -> Scoring {
        Scoring { enough: 30, min_peers: 3, z_limit: 3.0 }
    }

    #[test]
    fn contributions_add_up_to_the_score_and_weights_to_one() {
        let roles = vec!["field".to_owned(); 4];
        let known: Vec<Known> = (0..4)
            .flat_map(|rep| {
                let value = rep as f64;
                [(Kpi::NetRevenue, 100.0 * value), (Kpi::CycleDays, 10.0 + value), (Kpi::WinRate, 0.25 * value)]
                    .map(|(kpi, value)| Known { rep, kpi, value, n: 40 })
            })
            .collect();
        let scores = score(&roles, &known, |_, kpi| if kpi == Kpi::NetRevenue { 2.0 } else { 1.0 }, &scoring());
        for of in scores.chunk_by(|a, b| a.known.rep == b.known.rep) {
            assert!((of.iter().map(|score| score.weight).sum::<f64>() - 1.0).abs() < EXACT);
            let sum: f64 = of.iter().filter_map(|score| score.contribution).sum();
            let direct: f64 = of.iter().filter_map(|score| score.z.map(|z| score.weight * z)).sum();
            assert!((sum - direct).abs() < EXACT);
        }
        let cycle = scores.iter().find(|score| score.known.rep == 3 && score.known.kpi == Kpi::CycleDays);
        assert!(cycle.and_then(|score| score.z).is_some_and(|z| z < 0.0), "a longer cycle is worse");
    }

    #[test]
    fn one_is_compared_with_peers_of_the_same_role_only() {
        let roles: Vec<String> = ["a", "a", "a", "b"].map(str::to_owned).to_vec();
        let known: Vec<Known> =
            (0..4).map(|rep| Known { rep, kpi: Kpi::NetRevenue, value: rep as f64, n: 1 }).collect();
        let scores = score(&roles, &known, |_, _| 1.0, &scoring());
        assert_eq!(scores.iter().map(|score| score.z.is_some()).collect::<Vec<_>>(), [true, true, true, false]);
        assert_eq!((scores[1].z, scores[3].contribution), (Some(0.0), None));
    }

    #[test]
    fn equal_values_are_no_distance_and_ties_do_not_divide_by_zero() {
        assert_eq!(robust_z(&[4.0; 5]), [0.0; 5]);
        let z = robust_z(&[1.0, 1.0, 1.0, 5.0]);
        // Mean absolute deviation 1: 4/1.2533.
        assert!((z[3] - 4.0 / MEAN_DEVIATION).abs() < EXACT);
        assert!(robust_z(&[f64::NAN, 1.0, 2.0])[0].is_nan());
    }

    #[test]
    fn shares_that_differ_by_chance_alone_become_the_share_of_all() {
        let shares = shrunk_shares(&[(3, 6), (5, 10), (0, 0), (2, 4)], 30);
        assert_eq!(shares, [Some(0.5), Some(0.5), None, Some(0.5)]);
        assert_eq!(shrunk_shares(&[(1, 3)], 30), [Some(1.0 / 3.0)]);
    }
}
