//! Random streams and samplers.
//!
//! The generator is Xoshiro256++ (Blackman & Vigna 2021), seeded by `seed_from_u64`, which fills the state with
//! SplitMix64. Every table, and within a table every customer, draws from a stream of its own, derived from the seed,
//! the name of the table and the number of the row: a new table or a longer one moves no other number.
//!
//! The samplers are those of the models ([`emptor_lifetime::sampling`]), the same bit for bit on every platform that
//! computes by IEEE 754; x86 without SSE2 does not.

use emptor_lifetime::sampling::{Uniforms, Variates};
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of a stream.
#[derive(Debug, Clone)]
struct Generator(Xoshiro256PlusPlus);

impl Uniforms for Generator {
    /// 53 bits, centred, so that neither end is met.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Stream(Variates<Generator>);

impl Stream {
    /// The stream of row `index` of the table `name`.
    pub(crate) fn new(seed: u64, name: &str, index: u64) -> Self {
        let state = scramble(scramble(scramble(seed) ^ fnv1a(name)) ^ index);
        Self(Variates::of(Generator(Xoshiro256PlusPlus::seed_from_u64(state))))
    }

    /// Uniform on the open interval (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    /// Uniform between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn whole(&mut self, low: i32, high: i32) -> i32 {
        let width = (high - low + 1) as f64;
        (low + (self.uniform() * width) as i32).min(high)
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// One of the items, each with the same probability.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.whole(0, items.len() as i32 - 1) as usize]
    }

    /// An index, with probability proportional to its weight; the last index with a positive weight closes the list.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        let mut chosen = 0;
        for (index, &weight) in weights.iter().enumerate() {
            if weight > 0.0 {
                chosen = index;
                if left < weight {
                    break;
                }
                left -= weight;
            }
        }
        chosen
    }

    /// Exponential with this rate; infinite if the rate is zero.
    pub(crate) fn exponential(&mut self, rate: f64) -> f64 {
        self.0.exponential() / rate
    }

    /// Standard normal.
    pub(crate) fn normal(&mut self) -> f64 {
        self.0.normal()
    }

    /// Gamma with this shape and rate (mean shape/rate).
    pub(crate) fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        self.0.gamma(shape) / rate
    }

    /// Beta(a, b).
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        self.0.beta(a, b)
    }

    /// Poisson with this mean, by counting arrivals; a large mean is split in halves, which is exact.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 30.0 {
            return self.poisson(mean / 2.0) + self.poisson(mean / 2.0);
        }
        let floor = libm::exp(-mean);
        let mut product = self.uniform();
        let mut count = 0;
        while product > floor {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

/// The finalizer of SplitMix64 (Steele, Lea & Flood 2014): nearby numbers give unrelated ones.
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// FNV-1a, 64 bits: a stable number for a name.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 200_000;
    /// Standard errors that a sample mean may be away from its expectation.
    const STANDARD_ERRORS: f64 = 4.5;

    fn assert_mean(name: &str, mean: f64, variance: f64, mut draw: impl FnMut(&mut Stream) -> f64) {
        let mut stream = Stream::new(11, name, 0);
        let sample: Vec<f64> = (0..DRAWS).map(|_| draw(&mut stream)).collect();
        let n = DRAWS as f64;
        let average = sample.iter().sum::<f64>() / n;
        assert!((average - mean).abs() < STANDARD_ERRORS * (variance / n).sqrt(), "{name}: {average} for {mean}");
        let squares = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        assert!((squares / variance - 1.0).abs() < 0.05, "{name}: variance {squares} for {variance}");
    }

    #[test]
    fn samplers_have_the_mean_and_variance_of_their_distribution() {
        assert_mean("uniform", 0.5, 1.0 / 12.0, Stream::uniform);
        assert_mean("normal", 0.0, 1.0, Stream::normal);
        assert_mean("exponential", 0.25, 0.0625, |s| s.exponential(4.0));
        for shape in [0.3, 0.9, 1.0, 5.5] {
            assert_mean("gamma", shape / 2.0, shape / 4.0, |s| s.gamma(shape, 2.0));
        }
        for (a, b) in [(0.8, 4.0), (2.0, 3.0)] {
            let variance = a * b / ((a + b) * (a + b) * (a + b + 1.0));
            assert_mean("beta", a / (a + b), variance, |s| s.beta(a, b));
        }
        for mean in [0.4, 7.0, 45.0] {
            assert_mean("poisson", mean, mean, |s| f64::from(s.poisson(mean)));
        }
    }

    #[test]
    fn weights_of_zero_are_never_chosen() {
        let mut stream = Stream::new(1, "weights", 0);
        for _ in 0..1_000 {
            assert!([1, 3].contains(&stream.weighted(&[0.0, 1.0, 0.0, 2.0, 0.0])));
        }
    }

    #[test]
    fn streams_of_other_names_or_rows_are_unrelated() {
        let first = |seed, name, index| Stream::new(seed, name, index).uniform().to_bits();
        let base = first(7, "customers", 1);
        assert_eq!(base, first(7, "customers", 1));
        for other in [first(8, "customers", 1), first(7, "orders", 1), first(7, "customers", 2)] {
            assert_ne!(base, other);
        }
    }
}
