//! Tables of counts: do two properties go together?

use emptor_lifetime::special::{chi_squared_survival, ln_gamma};

/// Relative slack within which two probabilities of tables count as equal; sums of logarithms round.
const SAME_PROBABILITY: f64 = 1e-7;

/// A term of a falling sum below this share of it, and all that follow, are lost in rounding.
const NOT_FELT: f64 = 1e-18;

/// Which tables are as extreme as the one seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Those with at least as many in both: the properties attract each other.
    Greater,
    /// Those with at most as many in both: they repel each other.
    Less,
    /// Those that are at most as probable, in either direction.
    Both,
}

/// The probability of a 2 × 2 table at least as extreme as the one seen if the properties were independent, exactly, by
/// the hypergeometric distribution given the margins (Fisher 1934, *Statistical Methods for Research Workers*, §21.02).
///
/// Of `n` things, `a` have the first property, `b` the second and `ab` both. `NaN` if that cannot be.
///
/// ```
/// use emptor_statistics::{Tail, fisher_exact};
///
/// // The lady who tasted tea: eight cups, four with milk first, three of these found (p = 17/70).
/// assert!((fisher_exact(3, 4, 4, 8, Tail::Greater) - 17.0 / 70.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn fisher_exact(ab: usize, a: usize, b: usize, n: usize, tail: Tail) -> f64 {
    let least = (a + b).saturating_sub(n);
    if a > n || b > n || ab > a.min(b) || ab < least {
        return f64::NAN;
    }
    let most = a.min(b);
    let ln_choose =
        |n: usize, k: usize| ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0);
    let ln_all = ln_choose(n, b);
    let probability = |both: usize| (ln_choose(a, both) + ln_choose(n - a, b - both) - ln_all).exp();
    let seen = probability(ab);
    // How many times as probable one more in both is, and one fewer.
    let up = |k: usize| (a - k) as f64 * (b - k) as f64 / ((k + 1) as f64 * (n + k + 1 - a - b) as f64);
    let down = |k: usize| k as f64 * (n + k - a - b) as f64 / ((a - k + 1) as f64 * (b - k + 1) as f64);
    let above = |k: usize| if k > most { 0.0 } else { tail_sum(probability(k), (k..most).map(up)) };
    let below = |k: usize| tail_sum(probability(k), (least + 1..=k).rev().map(down));
    // The tail that does not hold the mode falls from its first term on and is summed; the other one is the rest.
    let mode = ((a as f64 + 1.0) * (b as f64 + 1.0) / (n as f64 + 2.0)) as usize;
    let sum: f64 = match tail {
        Tail::Greater if ab > mode => above(ab),
        Tail::Greater if ab == least => 1.0,
        Tail::Greater => 1.0 - below(ab - 1),
        Tail::Less if ab >= mode => 1.0 - above(ab + 1),
        Tail::Less => below(ab),
        Tail::Both => {
            let is_extreme = |k: usize| probability(k) <= seen * (1.0 + SAME_PROBABILITY);
            let mode = mode.clamp(least, most);
            if is_extreme(mode) {
                1.0
            } else {
                // Probabilities rise up to the mode and fall after it: each side ends in a tail.
                let low = first(least, mode, |k| !is_extreme(k));
                let lower = if low > least { below(low - 1) } else { 0.0 };
                lower + above(first(mode + 1, most + 1, is_extreme))
            }
        }
    };
    sum.clamp(0.0, 1.0)
}

/// The first of `from..to` for which something holds that then holds for all after it; `to` if for none.
fn first(mut from: usize, mut to: usize, holds: impl Fn(usize) -> bool) -> usize {
    while from < to {
        let middle = from.midpoint(to);
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// A first term and those that follow by falling ratios, until no more of them is felt.
fn tail_sum(first: f64, ratios: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut term) = (first, first);
    for ratio in ratios {
        term *= ratio;
        if term <= sum * NOT_FELT {
            break;
        }
        sum += term;
    }
    sum
}

/// How two properties go together.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Association {
    /// Pearson's χ².
    pub chi_squared: f64,
    /// Its degrees of freedom: (rows with a count − 1) × (columns with a count − 1).
    pub degrees: usize,
    /// Probability of a χ² as great, if the properties were independent; `NaN` without degrees of freedom.
    pub p_value: f64,
    /// Cramér's V, from 0 (independent) to 1; `NaN` without degrees of freedom.
    pub cramers_v: f64,
}

/// Pearson's χ² test of independence of a table of counts, row by row (Pearson 1900), and Cramér's V = √(χ²/(n · min(rows
/// − 1, columns − 1))) (Cramér 1946, *Mathematical Methods of Statistics*, §21.9). Rows and columns without a count are
/// left out. `None` if the counts are not whole rows or not counts.
///
/// ```
/// use emptor_statistics::association;
///
/// let table = association(&[10.0, 20.0, 30.0, 40.0], 2).ok_or("two rows of two")?;
/// assert!((table.chi_squared - 0.793_650_793_650_793_6).abs() < 1e-12 && table.degrees == 1);
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn association(counts: &[f64], columns: usize) -> Option<Association> {
    let is_table = columns > 0 && counts.len().is_multiple_of(columns);
    if !is_table || !counts.iter().all(|count| *count >= 0.0 && count.is_finite()) {
        return None;
    }
    let rows: Vec<f64> = counts.chunks(columns).map(|row| row.iter().sum()).collect();
    let mut sums = vec![0.0; columns];
    counts.chunks(columns).for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count));
    let total: f64 = rows.iter().sum();
    let mut chi_squared = 0.0;
    for (row, own) in counts.chunks(columns).zip(&rows) {
        for (count, sum) in row.iter().zip(&sums) {
            let expected = own * sum / total;
            if expected > 0.0 {
                chi_squared += (count - expected) * (count - expected) / expected;
            }
        }
    }
    let there = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count().saturating_sub(1);
    let (rows, columns) = (there(&rows), there(&sums));
    let (degrees, smaller) = (rows * columns, rows.min(columns));
    let (p_value, cramers_v) = if degrees == 0 {
        (f64::NAN, f64::NAN)
    } else {
        (chi_squared_survival(chi_squared, degrees as f64), (chi_squared / (total * smaller as f64)).sqrt())
    };
    Some(Association { chi_squared, degrees, p_value, cramers_v })
}

/// The probability of counts at least as far from planned shares as these, by Pearson's χ² (1900); the alarm for a sample
/// ratio that is not the planned one. `NaN` if nothing was counted, if shares and counts differ in number, or if a share
/// is not positive.
///
/// ```
/// use emptor_statistics::goodness_of_fit;
///
/// assert!(goodness_of_fit(&[6_000.0, 4_000.0], &[0.5, 0.5]) < 0.001, "no accident");
/// ```
#[must_use]
pub fn goodness_of_fit(counts: &[f64], shares: &[f64]) -> f64 {
    let (total, whole): (f64, f64) = (counts.iter().sum(), shares.iter().sum());
    let are_shares = shares.iter().all(|share| *share > 0.0 && share.is_finite());
    if counts.len() != shares.len() || counts.len() < 2 || !are_shares || !(total > 0.0 && total.is_finite()) {
        return f64::NAN;
    }
    let term = |(count, share): (&f64, &f64)| {
        let expected = total * share / whole;
        (count - expected) * (count - expected) / expected
    };
    chi_squared_survival(counts.iter().zip(shares).map(term).sum(), (counts.len() - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::{Tail, fisher_exact};

    /// Relative; logarithms of factorials of a million keep nine digits.
    const ROUNDING: f64 = 1e-8;

    #[test]
    fn both_tails_are_those_of_scipy() {
        // scipy 1.17.1, stats.fisher_exact([[ab, a - ab], [b - ab, n - a - b + ab]]).
        for (ab, a, b, n, expected) in [
            (3, 4, 4, 8, 0.485_714_285_714_285_65),
            (8, 10, 9, 20, 0.005_477_494_641_581_329),
            (2, 10, 9, 20, 0.069_778_518_694_927_36),
            (30, 200, 100, 1000, 0.011_870_394_044_529_72),
            (12, 200, 100, 1000, 0.034_970_947_738_701_48),
            (20, 200, 100, 1000, 1.0),
            (700, 10_000, 50_000, 1_000_000, 2.378_017_381_847_675e-18),
            (5, 5, 5, 10, 0.007_936_507_936_507_938),
            (0, 5, 5, 10, 0.007_936_507_936_507_938),
        ] {
            let found = fisher_exact(ab, a, b, n, Tail::Both);
            assert!((found / expected - 1.0).abs() < ROUNDING, "{ab} of {a} and {b} among {n}: {found}");
        }
    }
}
