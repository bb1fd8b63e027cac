//! Random variates for simulated customers, on any source of uniform numbers.
//!
//! Samplers are exact but for rounding. Logarithms and exponentials come from `libm`, which is Rust throughout: one bit
//! of a platform's own can flip a rejection and shift a whole stream. So the same source gives the same variates on every
//! platform with IEEE 754 doubles.
//!
//! ```
//! use emptor_lifetime::sampling::Variates;
//!
//! let mut variates = Variates::new(7, 0);
//! let n = 10_000;
//! let mean = (0..n).map(|_| variates.gamma(2.5)).sum::<f64>() / f64::from(n);
//! assert!((mean - 2.5).abs() < 0.1);
//! ```

/// A source of random numbers.
pub trait Uniforms {
    /// Uniform on the open interval (0, 1): neither end is met, so that logarithms stay finite.
    fn uniform(&mut self) -> f64;
}

/// SplitMix64 (Steele, Lea & Flood 2014): one stream per seed and place, so that draws depend neither on the number of
/// threads nor on who else is drawn.
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    /// The stream of a seed and a place, e.g. the number of a customer.
    #[must_use]
    pub fn new(seed: u64, place: u64) -> Self {
        let mut stream = Self(seed ^ place.wrapping_mul(0xD134_2543_DE82_EF95));
        // Neighbouring places begin at unrelated states.
        let state = stream.bits() ^ stream.bits().rotate_left(32);
        Self(state)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Uniforms for SplitMix {
    fn uniform(&mut self) -> f64 {
        (self.bits() >> 12) as f64 / (1_u64 << 52) as f64 + f64::EPSILON / 4.0
    }
}

/// Variates from a source of uniform numbers. All have scale 1.
#[derive(Debug, Clone)]
pub struct Variates<U = SplitMix>(U);

impl Variates {
    /// Draws from the stream of a seed and a place, e.g. the number of a customer.
    #[must_use]
    pub fn new(seed: u64, place: u64) -> Self {
        Self::of(SplitMix::new(seed, place))
    }
}

impl<U: Uniforms> Variates<U> {
    /// Draws from a source.
    #[must_use]
    pub fn of(source: U) -> Self {
        Self(source)
    }

    /// Uniform on the open interval (0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0.uniform()
    }

    /// Exponential, by inversion.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Standard normal, by the polar method (Marsaglia & Bray 1964). The second number is thrown away, so that the
    /// stream has no hidden state.
    pub fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.uniform() - 1.0;
            let y = 2.0 * self.uniform() - 1.0;
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }

    /// The logarithm of a gamma variate, which keeps what underflows for small shapes (Marsaglia & Tsang 2000; below
    /// shape 1 their boost).
    pub fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::log(self.uniform()) / shape;
            return boost + self.ln_gamma(shape + 1.0);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root > 0.0 {
                let v = root * root * root;
                if libm::log(self.uniform()) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
                    return libm::log(d * v);
                }
            }
        }
    }

    /// Gamma.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        libm::exp(self.ln_gamma(shape))
    }

    /// Beta, as a share of two gamma variates.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (left, right) = (self.ln_gamma(a), self.ln_gamma(b));
        1.0 / (1.0 + libm::exp(right - left))
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
        let mut random = Variates::new(1, 2);
        let draws: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let square = draws.iter().map(|z| z * z).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < TOLERANCE && (square - 1.0).abs() < 2.0 * TOLERANCE, "normal: {mean}, {square}");
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
        let first: Vec<f64> = (0..1000).map(|place| SplitMix::new(9, place).uniform()).collect();
        let mean = first.iter().sum::<f64>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
        assert!(first.windows(2).all(|pair| (pair[0] - pair[1]).abs() > 0.0));
    }
}
