//! Two periods side by side: growth, where it came from, shares and ranks.

/// How one cell moved between two periods, among the cells of its level.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Move {
    /// Value of the earlier period.
    pub before: f64,
    /// Value of the later period.
    pub after: f64,
    /// (after − before) ÷ |before|; `None` where there was nothing before.
    pub growth: Option<f64>,
    /// (after − before) ÷ |total before|: contributions add up to the growth of the total; `None` where that was 0.
    pub contribution: Option<f64>,
    /// Part of the later total; `None` unless that is positive.
    pub share: Option<f64>,
    /// Change of the share, in points from 0 to 1.
    pub share_change: Option<f64>,
    /// 100 × after ÷ before; `None` unless that is positive.
    pub index: Option<f64>,
    /// Rank by the later value, the greatest being 1; ties by place.
    pub rank: usize,
    /// Places gained since the earlier period; negative if lost.
    pub rank_change: i64,
}

/// Compares the cells of a level, which have one value per period each; 0 where a cell was not there.
///
/// ```text
/// growth_i = (v1_i − v0_i)/|v0_i|        contribution_i = (v1_i − v0_i)/|Σ v0|        Σ contribution_i = growth of the total
/// ```
///
/// ```
/// use emptor_core::profile::performance::cube::compare;
///
/// let moves = compare(&[100.0, 50.0, 0.0], &[90.0, 80.0, 10.0]);
/// let sum: f64 = moves.iter().filter_map(|cell| cell.contribution).sum();
/// assert!((sum - 30.0 / 150.0).abs() < 1e-12);
/// assert_eq!((moves[1].growth, moves[2].growth), (Some(0.6), None));
/// ```
#[must_use]
pub fn compare(before: &[f64], after: &[f64]) -> Vec<Move> {
    let (total_before, total): (f64, f64) = (before.iter().sum(), after.iter().sum());
    let (old, new) = (ranks(before), ranks(after));
    let part = |value: f64, of: f64| (of.abs() > 0.0).then(|| value / of.abs());
    let share = |value: f64, of: f64| (of > 0.0).then(|| value / of);
    before
        .iter()
        .zip(after)
        .enumerate()
        .map(|(i, (&before, &after))| Move {
            before,
            after,
            growth: part(after - before, before),
            contribution: part(after - before, total_before),
            share: share(after, total),
            share_change: share(after, total).zip(share(before, total_before)).map(|(new, old)| new - old),
            index: share(100.0 * after, before),
            rank: new[i],
            rank_change: old[i] as i64 - new[i] as i64,
        })
        .collect()
}

fn ranks(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut ranks = vec![0; values.len()];
    order.iter().enumerate().for_each(|(rank, i)| ranks[*i] = rank + 1);
    ranks
}
