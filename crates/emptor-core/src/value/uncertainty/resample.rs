//! Totals of resampled customers at a cost that does not grow with replications × customers.

use emptor_lifetime::sampling::{SplitMix, Variates};
use emptor_types::ExactSum;
use rayon::prelude::*;

use super::parts::total;

/// Customers that are drawn one by one: those farthest from the mean.
const HEAD: usize = 1 << 16;

/// Customers of a base, or of a part of it, ready to be drawn.
#[derive(Debug)]
pub(super) struct Resampler {
    /// Values of the customers farthest from the mean, rising.
    head: Vec<f64>,
    /// The others.
    bulk: Moments,
    /// All of them.
    members: Moments,
    /// Customers of the whole base: as many are drawn.
    customers: usize,
}

/// Count, mean, variance and skewness of values, the last two over `count`.
#[derive(Debug, Clone, Copy)]
struct Moments {
    count: usize,
    mean: f64,
    variance: f64,
    skewness: f64,
}

impl Resampler {
    /// Of the values of a part of so many customers.
    pub(super) fn new(values: Vec<f64>, customers: usize) -> Self {
        Self::with_head(values, customers, HEAD)
    }

    /// The same with another size of the head.
    pub(super) fn with_head(mut values: Vec<f64>, customers: usize, head: usize) -> Self {
        let members = Moments::of(&values);
        let far = |a: &f64, b: &f64| {
            let distance = |value: &f64| (value - members.mean).abs();
            distance(b).total_cmp(&distance(a)).then(b.total_cmp(a)) // ties in an order of their own
        };
        let bulk = if head < values.len() {
            values.select_nth_unstable_by(head, far);
            Moments::of(&values[head..])
        } else {
            Moments::of(&[])
        };
        values.truncate(head);
        values.sort_unstable_by(f64::total_cmp);
        Self { head: values, bulk, members, customers }
    }

    /// The standard deviation of the total over infinitely many replications.
    pub(super) fn standard_error(&self) -> f64 {
        let Moments { count, mean, variance, .. } = self.members;
        let (members, customers) = (count as f64, self.customers as f64);
        // A draw falls on a member with probability m/n, and then adds the member's value.
        (members * variance + members * (1.0 - members / customers) * mean * mean).sqrt()
    }

    /// Totals of so many resampled bases.
    pub(super) fn totals(&self, replications: usize, seed: u64) -> Vec<f64> {
        (0..replications as u64).into_par_iter().map(|replication| self.total(seed, replication)).collect()
    }

    fn total(&self, seed: u64, replication: u64) -> f64 {
        let mut variates = Variates::new(seed, 2 * replication);
        let mut places = SplitMix::new(seed, 2 * replication + 1);
        let members = self.members.count as f64;
        let draws = binomial(self.customers as u64, members / self.customers as f64, &mut variates);
        let of_head = binomial(draws, self.head.len() as f64 / members, &mut variates);
        let size = self.head.len() as u128;
        let mut total = 0.0;
        for _ in 0..of_head {
            total += self.head[((u128::from(places.bits()) * size) >> 64) as usize];
        }
        total + self.bulk.sum_of(draws - of_head, &mut variates)
    }
}

impl Moments {
    /// Exact sums of scaled deviations: the same in any order of values.
    fn of(values: &[f64]) -> Self {
        let count = values.len();
        if count == 0 {
            return Self { count, mean: 0.0, variance: 0.0, skewness: 0.0 };
        }
        let n = count as f64;
        let mean = total(values) / n;
        let scale = values.iter().fold(0.0_f64, |scale, value| scale.max((value - mean).abs()));
        if scale <= 0.0 {
            return Self { count, mean, variance: 0.0, skewness: 0.0 };
        }
        let mut sums = [ExactSum::ZERO; 3];
        for value in values {
            let u = (value - mean) / scale;
            sums[0].add(u);
            sums[1].add(u * u);
            sums[2].add(u * u * u);
        }
        let [first, second, third] = sums.map(|sum| sum.value() / n);
        let variance = second - first * first;
        let third = third - 3.0 * first * second + 2.0 * first * first * first;
        Self { count, mean, variance: scale * scale * variance, skewness: third / variance.powf(1.5) }
    }

    /// The sum of so many draws: a gamma variate, shifted, with the mean, variance and skewness of that sum (Pearson's
    /// type III).
    fn sum_of(&self, draws: u64, variates: &mut Variates) -> f64 {
        /// From here on a gamma variate is normal to all digits that count.
        const NORMAL: f64 = 1e10;
        let draws = draws as f64;
        if draws * self.variance <= 0.0 {
            return draws * self.mean;
        }
        let shape = 4.0 * draws / (self.skewness * self.skewness);
        let standard = if shape < NORMAL {
            self.skewness.signum() * (variates.gamma(shape) - shape) / shape.sqrt()
        } else {
            variates.normal()
        };
        draws * self.mean + (draws * self.variance).sqrt() * standard
    }
}

/// A binomial variate by halving: the middle one of `n` uniform numbers is a beta variate, and tells on which side of `p`
/// half of them lie (Relles 1972; Devroye 1986, section X.4.3).
fn binomial(mut n: u64, mut p: f64, variates: &mut Variates) -> u64 {
    /// Fewer trials are made one by one.
    const ONE_BY_ONE: u64 = 16;
    let mut successes = 0;
    while p < 1.0 {
        if n < ONE_BY_ONE || p <= 0.0 {
            return successes + (0..n).filter(|_| variates.uniform() < p).count() as u64;
        }
        let middle = n.div_ceil(2);
        let at = variates.beta(middle as f64, (n + 1 - middle) as f64);
        if at <= p {
            successes += middle;
            n -= middle;
            p = (p - at) / (1.0 - at);
        } else {
            n = middle - 1;
            p /= at;
        }
    }
    successes + n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_variates_have_their_mean_and_variance() {
        /// Five standard errors of a mean of 4000 variates; a variance has about twice the error.
        const ERRORS: f64 = 5.0;
        let draws = 4000;
        for (n, p) in [(10_u64, 0.3), (1000, 0.02), (1_000_000, 0.7), (100_000_000, 1e-7)] {
            let mut variates = Variates::new(1, n);
            let all: Vec<f64> = (0..draws).map(|_| binomial(n, p, &mut variates) as f64).collect();
            let (mean, variance) = (n as f64 * p, n as f64 * p * (1.0 - p));
            let seen = all.iter().sum::<f64>() / f64::from(draws);
            let spread = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(draws);
            assert!((seen - mean).abs() < ERRORS * (variance / f64::from(draws)).sqrt(), "{n} {p}: {seen}");
            let kurtosis = 3.0 + 1.0 / variance;
            let error = variance * (kurtosis / f64::from(draws)).sqrt();
            assert!((spread - variance).abs() < ERRORS * error, "{n} {p}: {spread} {variance}");
        }
        let mut variates = Variates::new(1, 1);
        assert_eq!((binomial(50, 0.0, &mut variates), binomial(50, 1.0, &mut variates)), (0, 50));
    }

    #[test]
    fn few_drawn_one_by_one_say_the_same_as_all() {
        // Log-normal values: a few customers are worth a hundred times the median.
        let mut variates = Variates::new(3, 0);
        let values: Vec<f64> = (0..20_000).map(|_| (1.5 * variates.normal()).exp()).collect();
        let all = Resampler::with_head(values.clone(), values.len(), values.len());
        let replications = 4000;
        let ends = |resampler: &Resampler, seed| {
            let mut totals = resampler.totals(replications, seed);
            totals.sort_by(f64::total_cmp);
            [0.005, 0.025, 0.25, 0.5, 0.75, 0.975, 0.995]
                .map(|part| crate::statistics::quantile(&totals, part).unwrap_or(f64::NAN))
        };
        let exact = ends(&all, 1);
        let error = all.standard_error();
        for head in [19_999, 2000, 200] {
            let some = Resampler::with_head(values.clone(), values.len(), head);
            assert!((some.standard_error() - error).abs() < 1e-9 * error);
            for (place, (exact, close)) in exact.iter().zip(ends(&some, 2)).enumerate() {
                // The extreme quantiles of 4000 normal totals have standard errors of 0.077 standard deviations; two
                // sets of them differ by no more than four times 0.11.
                let tolerance = if place % 6 == 0 { 0.44 } else { 0.2 };
                assert!((exact - close).abs() < tolerance * error, "{head} {place}: {exact} {close} {error}");
            }
        }
    }

    #[test]
    fn the_sum_of_draws_has_the_first_three_moments() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 20).powi(3)).collect();
        let moments = Moments::of(&values);
        let (n, draws) = (40_000, 9);
        let mut variates = Variates::new(5, 5);
        let standard = |sum: f64| (sum - 9.0 * moments.mean) / (9.0 * moments.variance).sqrt();
        let sums: Vec<f64> = (0..n).map(|_| standard(moments.sum_of(draws, &mut variates))).collect();
        let power = |k: i32| sums.iter().map(|x| x.powi(k)).sum::<f64>() / f64::from(n);
        // Five standard errors of 40,000 draws.
        assert!(power(1).abs() < 0.025 && (power(2) - 1.0).abs() < 0.04, "{} {}", power(1), power(2));
        assert!((power(3) - moments.skewness / 3.0).abs() < 0.12, "{} {}", power(3), moments.skewness / 3.0);
    }
}
