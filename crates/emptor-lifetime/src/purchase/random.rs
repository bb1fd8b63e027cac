//! Random numbers for simulated customers.

/// SplitMix64 (Steele, Lea & Flood 2014): one stream per customer, so that draws do not depend on the number of
/// threads.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of a seed and a place.
    pub(crate) fn new(seed: u64, place: u64) -> Self {
        let mut stream = Self(seed ^ place.wrapping_mul(0xD134_2543_DE82_EF95));
        // Neighbouring places begin at unrelated states.
        let state = stream.bits() ^ stream.bits().rotate_left(32);
        Self(state)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 12) as f64 / (1_u64 << 52) as f64 + f64::EPSILON / 4.0
    }

    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// `ln` of a gamma variate with rate 1 (Marsaglia & Tsang 2000). The logarithm keeps what underflows for small
    /// shapes.
    pub(crate) fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::log(self.uniform()) / shape;
            return boost + self.ln_gamma(shape + 1.0);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let z = self.normal();
            let v = 1.0 + z / (9.0 * d).sqrt();
            if v > 0.0 {
                let v = v * v * v;
                if libm::log(self.uniform()) < 0.5 * z * z + d - d * v + d * libm::log(v) {
                    return libm::log(d * v);
                }
            }
        }
    }

    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        libm::exp(self.ln_gamma(shape))
    }

    /// A beta variate.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (left, stay) = (self.ln_gamma(a), self.ln_gamma(b));
        1.0 / (1.0 + libm::exp(stay - left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_variances_are_those_of_the_distributions() {
        /// Six standard errors of a mean of 40,000 draws with variance 1.
        const TOLERANCE: f64 = 0.03;
        let n = 40_000;
        let mut random = Random::new(1, 2);
        for shape in [0.3, 1.0, 7.5] {
            let draws: Vec<f64> = (0..n).map(|_| (random.gamma(shape) - shape) / shape.sqrt()).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            assert!(mean.abs() < TOLERANCE, "gamma({shape}): {mean}");
        }
        let mean = (0..n).map(|_| random.beta(0.8, 2.4)).sum::<f64>() / f64::from(n);
        assert!((mean - 0.25).abs() < TOLERANCE, "{mean}");
        let mean = (0..n).map(|_| random.exponential()).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < TOLERANCE, "{mean}");
    }

    #[test]
    fn places_have_streams_of_their_own() {
        let first: Vec<f64> = (0..1000).map(|place| Random::new(9, place).uniform()).collect();
        let mean = first.iter().sum::<f64>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
        assert!(first.windows(2).all(|pair| (pair[0] - pair[1]).abs() > 0.0));
    }
}
