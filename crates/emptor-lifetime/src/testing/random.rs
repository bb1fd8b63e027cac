//! A seeded simulator of the BG/NBD story and of gamma-gamma spend.

use super::Columns;

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    /// Uniform in (0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 12) as f64 / (1_u64 << 52) as f64 + f64::EPSILON / 4.0
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Gamma with rate 1 (Marsaglia & Tsang 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().powf(1.0 / shape);
            return boost * self.gamma(shape + 1.0);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let z = self.normal();
            let v = (1.0 + z / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}

/// Customers who join on days of the first 12 weeks of 39, as CDNOW's did, with times in weeks on the grid of days.
pub(crate) fn simulate(customers: usize, seed: u64, [r, alpha, a, b]: [f64; 4], [p, q, gamma]: [f64; 3]) -> Columns {
    let mut random = Random(seed);
    let mut columns = Columns::default();
    for _ in 0..customers {
        let t = (273.0 - (84.0 * random.uniform()).floor()) / 7.0;
        let rate = random.gamma(r) / alpha;
        let (leave, stay) = (random.gamma(a), random.gamma(b));
        let leaves = leave / (leave + stay);
        let (mut x, mut last, mut now) = (0.0, 0.0, 0.0);
        loop {
            now += random.exponential() / rate;
            let day = (now * 7.0).ceil() / 7.0;
            if now.is_nan() || day > t {
                break;
            }
            if day > last {
                x += 1.0;
                last = day;
            }
            if random.uniform() < leaves {
                break;
            }
        }
        let scale = random.gamma(q) / gamma;
        let spend = if x > 0.0 { random.gamma(p * x) / (scale * x) } else { 0.0 };
        columns.push(x, last, t, spend);
    }
    columns
}
