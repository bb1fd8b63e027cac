//! How far to believe a customer's own numbers.

use emptor_types::{ExactSum, Invalid};
use serde::{Deserialize, Serialize};

/// How far the mean of few observations is to be believed against the mean of the group it belongs to.
///
/// ```text
/// estimate = Z · own mean + (1 − Z) · group mean          Z = w / (w + K)          K = within / between
/// ```
/// `w` counts observations (or their volume), `within` is the variance of single observations of a member, `between`
/// the variance of members about their group. Estimated from data (Bühlmann & Straub 1970; members `i` of group `g`, the
/// variances common to all groups):
/// ```text
/// within  = Σ w_it (X_it − X̄_i)² / Σ (n_i − 1)
/// between = Σ_g [Σ_i w_i (X̄_i − X̄_g)² − (I_g − 1) · within] / Σ_g (w_g − Σ_i w_i² / w_g)        not below 0
/// ```
/// Members that differ no more than chance have `K = ∞`: only the group counts. Without chance `K = 0`.
///
/// ```
/// use emptor_core::value::forecast::Credibility;
///
/// let credibility = Credibility::given(4.0)?;
/// assert_eq!(credibility.z(12.0), 0.75);
/// assert_eq!(Credibility::given(f64::INFINITY)?.z(12.0), 0.0);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
///
/// References: H. Bühlmann (1967), Experience rating and credibility, *ASTIN Bulletin* 4; H. Bühlmann, E. Straub (1970),
/// Glaubwürdigkeit für Schadensätze, *Mitteilungen der Vereinigung schweizerischer Versicherungsmathematiker* 70.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Credibility {
    within: f64,
    between: f64,
}

/// The saved form; loading checks it again. Both variances, because `K` may be infinite.
#[derive(Deserialize)]
struct Stored {
    within: f64,
    between: f64,
}

impl TryFrom<Stored> for Credibility {
    type Error = Invalid;

    fn try_from(Stored { within, between }: Stored) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        for (name, variance) in [("variance within", within), ("variance between", between)] {
            checks.require(variance >= 0.0 && variance.is_finite(), name, "must be finite, at least 0", variance);
        }
        checks.finish()?;
        Ok(Self { within, between })
    }
}

impl Credibility {
    /// A known `K`: 0 believes every observation, infinity none.
    ///
    /// # Errors
    /// Unless `k` is at least 0.
    pub fn given(k: f64) -> Result<Self, Invalid> {
        if k == f64::INFINITY {
            Ok(Self { within: 1.0, between: 0.0 })
        } else if k >= 0.0 {
            Ok(Self { within: k, between: 1.0 })
        } else {
            Err(Invalid::value("K", "must be at least 0", k))
        }
    }

    /// `K`, the observations at which a member's own mean and that of the group count the same.
    #[must_use]
    pub fn k(self) -> f64 {
        if self.within > 0.0 { self.within / self.between } else { 0.0 }
    }

    /// The variance of single observations of a member.
    #[must_use]
    pub fn within(self) -> f64 {
        self.within
    }

    /// The variance of members about their group.
    #[must_use]
    pub fn between(self) -> f64 {
        self.between
    }

    /// The weight of a member's own mean, of `observations`; nothing observed has no weight.
    #[must_use]
    pub fn z(self, observations: f64) -> f64 {
        let signal = observations * self.between;
        if observations > 0.0 { if self.within > 0.0 { signal / (signal + self.within) } else { 1.0 } } else { 0.0 }
    }

    pub(super) fn blend(self, observations: f64, own: f64, group: f64) -> f64 {
        let z = self.z(observations);
        z * own + (1.0 - z) * group
    }

    /// What `Z` is proportional to, also where it vanishes for all.
    fn relative_z(self, weight: f64) -> f64 {
        let scale = weight * self.between + self.within;
        if scale > 0.0 { weight / scale } else { weight }
    }
}

/// One member of a group: the weight of its observations and their mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) group: usize,
    pub(super) weight: f64,
    pub(super) mean: f64,
}

/// Puts members into an order of their own, so that sums over them do not depend on the order of customers.
pub(super) fn sort(members: &mut [Member]) {
    members.sort_unstable_by(|a, b| {
        a.group.cmp(&b.group).then(a.weight.total_cmp(&b.weight)).then(a.mean.total_cmp(&b.mean))
    });
}

/// Estimates the variances from the sum of squares within members, its degrees of freedom, and sorted members. `None` if
/// the data cannot tell chance from difference: there are members to compare, but none was observed twice.
pub(super) fn estimate(squares: f64, freedom: f64, members: &[Member]) -> Option<Credibility> {
    let (mut spread, mut contrasts, mut scale) = (0.0, 0.0, 0.0);
    for group in members.chunk_by(|a, b| a.group == b.group) {
        let weight: f64 = group.iter().map(|member| member.weight).sum();
        let mean = group.iter().map(|member| member.weight * member.mean).sum::<f64>() / weight;
        spread += group.iter().map(|member| member.weight * (member.mean - mean).powi(2)).sum::<f64>();
        contrasts += (group.len() - 1) as f64;
        scale += weight - group.iter().map(|member| member.weight.powi(2)).sum::<f64>() / weight;
    }
    if !(contrasts > 0.0 && scale > 0.0) {
        // Every member is its own group: own and group mean are the same.
        return Credibility::given(f64::INFINITY).ok();
    }
    let within = squares / freedom;
    let between = f64::max(0.0, (spread - contrasts * within) / scale);
    (freedom > 0.0).then(|| Credibility::try_from(Stored { within, between }).ok()).flatten()
}

/// The mean of a group by the credibility of its members (Bühlmann & Straub 1970); by their weights, if it is unknown.
pub(super) fn collective(credibility: Option<Credibility>, members: &[Member]) -> Option<f64> {
    let weight = |member: &Member| credibility.map_or(member.weight, |c| c.relative_z(member.weight));
    let total: f64 = members.iter().map(weight).sum();
    let sum: f64 = members.iter().map(|member| weight(member) * member.mean).sum();
    (total > 0.0).then(|| sum / total)
}

/// A sum that does not depend on the order of its terms, whatever their size: in fixed point relative to the greatest.
pub(super) fn order_free_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = terms.clone().map(f64::abs).fold(0.0, f64::max);
    // The power of two below it; dividing by it is exact.
    let unit = f64::from_bits(top.to_bits() >> 52 << 52);
    if unit > 0.0 && unit.is_finite() {
        terms.map(|term| term / unit).collect::<ExactSum>().value() * unit
    } else {
        top
    }
}

pub(super) fn unknown() -> Invalid {
    let rule = "must be given: the history cannot tell chance from difference, as where nothing was observed twice";
    Invalid::value("credibility", rule, "nothing")
}
