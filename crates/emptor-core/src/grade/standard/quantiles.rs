//! Quantiles of a sample, and the frozen table that ranks new values among it.

use emptor_types::Invalid;
use serde::{Deserialize, Serialize};

/// Ranks are kept this finely: a value of the sample itself is ranked right to within `1 / STEPS`.
const STEPS: f64 = 1_000.0;

/// The quantile of a non-empty sample, linear between order statistics (type 7 of Hyndman and Fan 1996, *Sample
/// quantiles in statistical packages*). It reorders the sample.
pub(super) fn quantile(values: &mut [f64], p: f64) -> f64 {
    let place = p * (values.len() - 1) as f64;
    let below = place.floor();
    let (_, &mut at, rest) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    match rest.iter().copied().min_by(f64::total_cmp) {
        // `min`, because rounding may carry a value past the next one and quantiles must not cross.
        Some(next) => (at + (place - below) * (next - at)).min(next),
        None => at,
    }
}

/// Where a value stands among the customers of a fit: the share below it, those at the value counted half.
///
/// ```text
/// rank(x) = (number below x + ½ number at x) / n        mid-rank / n of the sample's own values
/// ```
///
/// Up to a thousand different values the table holds each of them and ranks the sample exactly; of more it keeps so many
/// that neighbouring ranks are a thousandth apart (or are neighbours in the sample). Between two values of the table
/// the rank is linear, so that it never falls when the value rises; beyond the ends it is that of the end.
///
/// ```
/// use emptor_core::grade::QuantileTable;
///
/// let table = QuantileTable::of(&[30.0, 10.0, 20.0, 20.0]).ok_or("no value")?;
/// assert_eq!(table.rank(10.0), 0.125); // nobody below, one at the value: ½ / 4
/// assert_eq!(table.rank(20.0), 0.5);
/// assert_eq!(table.rank(99.0), 0.875);
/// assert_eq!(table.value(0.5), 20.0);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Knots", into = "Knots")]
pub struct QuantileTable {
    values: Vec<f64>,
    ranks: Vec<f64>,
}

/// The saved form, checked when it is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Knots {
    values: Vec<f64>,
    ranks: Vec<f64>,
}

impl QuantileTable {
    /// The table of a sample in any order; `NaN` values are left out. `None` if nothing is left.
    #[must_use]
    pub fn of(sample: &[f64]) -> Option<Self> {
        // Adding 0 turns −0 into 0, so that the two are one value.
        let mut sorted: Vec<f64> = sample.iter().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let mut below = 0.0;
        let mut knots: Vec<(f64, f64)> = Vec::new();
        for run in sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
            let count = run.len() as f64;
            knots.push((run[0], (below + count / 2.0) / n));
            below += count;
        }
        if knots.is_empty() {
            return None;
        }
        let kept = if knots.len() as f64 > STEPS { thinned(&knots) } else { knots };
        let (values, ranks) = kept.into_iter().unzip();
        Some(Self { values, ranks })
    }

    /// The rank of a value, between 0 and 1; `NaN` of `NaN`.
    #[must_use]
    pub fn rank(&self, value: f64) -> f64 {
        if value.is_nan() { value } else { interpolate(&self.values, &self.ranks, value) }
    }

    /// The value of a rank, the least and the greatest of the sample beyond its ends; `NaN` of `NaN`.
    #[must_use]
    pub fn value(&self, rank: f64) -> f64 {
        if rank.is_nan() { rank } else { interpolate(&self.ranks, &self.values, rank) }
    }

    /// Values the table holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it holds none; no table made by [`of`](Self::of) is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl TryFrom<Knots> for QuantileTable {
    type Error = Invalid;

    fn try_from(Knots { values, ranks }: Knots) -> Result<Self, Invalid> {
        let ascends = |column: &[f64]| column.iter().all(|x| x.is_finite()) && column.is_sorted_by(|a, b| a < b);
        let inside = ranks.iter().all(|rank| (0.0..=1.0).contains(rank));
        let paired = !values.is_empty() && values.len() == ranks.len();
        let mut checks = Invalid::checks();
        checks.require(
            paired && inside && ascends(&values) && ascends(&ranks),
            "quantile table",
            "must hold ascending values and as many ascending ranks between 0 and 1",
            format!("{} values, {} ranks", values.len(), ranks.len()),
        );
        checks.finish()?;
        Ok(Self { values, ranks })
    }
}

impl From<QuantileTable> for Knots {
    fn from(table: QuantileTable) -> Self {
        Self { values: table.values, ranks: table.ranks }
    }
}

/// Keeps the ends and, walking up, the last value before the rank would step by more than `1 / STEPS`.
fn thinned(knots: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (i, &knot) in knots.iter().enumerate() {
        let from = kept.last().map_or(f64::NEG_INFINITY, |last| last.1);
        if knots.get(i + 1).is_none_or(|next| next.1 - from > 1.0 / STEPS) {
            kept.push(knot);
        }
    }
    kept
}

/// Piecewise linear through ascending `from`, constant beyond the ends.
fn interpolate(from: &[f64], to: &[f64], x: f64) -> f64 {
    let above = from.partition_point(|&knot| knot <= x);
    match (above.checked_sub(1), from.get(above)) {
        (None, _) => to[0],
        // On a knot, so that the sample's own values keep their ranks to the bit.
        (Some(below), _) if x <= from[below] => to[below],
        (Some(below), None) => to[below],
        // Halves first: the difference of two values of opposite sign may overflow.
        (Some(below), Some(_)) => {
            let share = (x / 2.0 - from[below] / 2.0) / (from[above] / 2.0 - from[below] / 2.0);
            (to[below] * (1.0 - share) + to[above] * share).clamp(to[below], to[above])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A handful of operations in doubles.
    const ROUND: f64 = 1e-12;

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
    fn ranks_are_mid_ranks_of_the_sample() -> Result<(), &'static str> {
        // R: (rank(c(3, 1, 3, 7, -2)) - 0.5) / 5 = .6, .3, .6, .9, .1 (ties.method = "average").
        let table = QuantileTable::of(&[3.0, 1.0, f64::NAN, 3.0, 7.0, -2.0]).ok_or("empty")?;
        for (x, expected) in [(3.0, 0.6), (1.0, 0.3), (7.0, 0.9), (-2.0, 0.1), (2.0, 0.45), (-9.0, 0.1), (8.0, 0.9)] {
            assert!((table.rank(x) - expected).abs() < ROUND, "{x}: {}", table.rank(x));
        }
        assert!(table.rank(f64::NAN).is_nan());
        assert_eq!(QuantileTable::of(&[f64::NAN]), None);
        assert_eq!(QuantileTable::of(&[-0.0, 0.0]).map(|t| t.len()), Some(1));
        Ok(())
    }

    #[test]
    fn a_long_sample_is_thinned_to_a_thousandth_and_stays_monotone() -> Result<(), &'static str> {
        // Half of the customers share one value; the rest are all different.
        let n = 40_000_u32;
        let sample: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 100.0 } else { f64::from(i).sqrt() }).collect();
        let table = QuantileTable::of(&sample).ok_or("empty")?;
        assert!(table.len() < 2_100, "{}", table.len());
        let mut sorted = sample.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut last = 0.0;
        for x in &sorted {
            let below = sorted.partition_point(|y| y < x) as f64;
            let through = sorted.partition_point(|y| y <= x) as f64;
            let exact = (below + through) / 2.0 / f64::from(n);
            let rank = table.rank(*x);
            assert!((rank - exact).abs() <= 1.0 / STEPS, "{x}: {rank} for {exact}");
            assert!(rank >= last);
            last = rank;
        }
        Ok(())
    }

    #[test]
    fn a_damaged_table_is_refused() -> Result<(), serde_json::Error> {
        for text in [
            r#"{"values":[],"ranks":[]}"#,
            r#"{"values":[1.0,1.0],"ranks":[0.1,0.2]}"#,
            r#"{"values":[1.0,2.0],"ranks":[0.2]}"#,
            r#"{"values":[1.0,2.0],"ranks":[0.2,1.2]}"#,
        ] {
            assert!(serde_json::from_str::<QuantileTable>(text).is_err(), "{text}");
        }
        let table = QuantileTable::of(&[1.0, 2.0, 2.0]);
        assert_eq!(serde_json::from_str::<Option<QuantileTable>>(&serde_json::to_string(&table)?)?, table);
        Ok(())
    }

    #[test]
    fn a_value_and_its_rank_lead_back_to_each_other() -> Result<(), &'static str> {
        let table = QuantileTable::of(&[1.0, 5.0, 6.0, 10.0, 10.0]).ok_or("empty")?;
        for x in [1.0, 2.0, 5.5, 9.0, 10.0] {
            assert!((table.value(table.rank(x)) - x).abs() < ROUND, "{x}");
        }
        let far = QuantileTable::of(&[-1e300, 1e300]).ok_or("empty")?;
        assert!((far.rank(0.0) - 0.5).abs() < ROUND);
        Ok(())
    }
}
