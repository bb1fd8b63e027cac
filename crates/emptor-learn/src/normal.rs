//! The normal distribution, for tests and intervals.

/// Bisections of a quantile: from 40 to below the spacing of doubles around 1.
const BISECTIONS: usize = 64;

/// Upper tail `P(Z > z)`.
fn upper_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

/// Two-sided p-value of a z statistic.
pub(crate) fn two_sided(z: f64) -> f64 {
    (2.0 * upper_tail(z.abs())).min(1.0)
}

/// `z` with `P(|Z| ≤ z) = level`, for 0 < level < 1.
pub(crate) fn two_sided_quantile(level: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if two_sided(middle) > 1.0 - level { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: f64 = 1e-13;

    #[test]
    fn quantiles_and_tails_are_those_of_the_tables() {
        // R 4: qnorm(0.975), qnorm(0.995), 2 * pnorm(-1.96)
        assert!((two_sided_quantile(0.95) - 1.959_963_984_540_054).abs() < ROUND);
        assert!((two_sided_quantile(0.99) - 2.575_829_303_548_901).abs() < ROUND);
        assert!((two_sided(-1.96) - 0.049_995_790_296_440_87).abs() < ROUND);
        assert!(two_sided(0.0) <= 1.0 && two_sided(60.0) >= 0.0);
    }
}
