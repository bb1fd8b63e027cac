//! A customer drawn from the story.

use super::{GammaGompertz, Independent, Lifetime, Never, Pareto};
use crate::purchase::{Drawn, Random};

/// How long a customer stays, drawn.
pub(crate) trait Draw: Lifetime {
    fn draw(&self, random: &mut Random) -> f64;
}

impl Draw for Never {
    fn draw(&self, _random: &mut Random) -> f64 {
        f64::INFINITY
    }
}

impl Draw for Pareto {
    fn draw(&self, random: &mut Random) -> f64 {
        let rate = random.gamma(self.s) / self.beta;
        random.exponential() / rate
    }
}

impl Draw for GammaGompertz {
    fn draw(&self, random: &mut Random) -> f64 {
        // S(t | η) = exp(−η (e^(bt) − 1))
        let eta = random.gamma(self.s) / self.beta;
        (random.exponential() / eta).ln_1p() / self.b
    }
}

impl<L: Draw> Independent<L> {
    pub(super) fn draw(&self, t: f64, random: &mut Random) -> Drawn {
        let rate = random.gamma(self.r) / self.alpha;
        let leaves = self.lifetime.draw(random);
        let end = f64::min(t, leaves);
        let mut drawn = Drawn { x: 0.0, recency: 0.0, sum_ln_gaps: 0.0, alive: leaves > t };
        let mut now = 0.0;
        loop {
            now += random.exponential() / rate;
            if now.is_nan() || now > end {
                return drawn;
            }
            // A gap too short to move the clock is no purchase occasion of its own.
            if now > drawn.recency {
                drawn.sum_ln_gaps += (now - drawn.recency).ln();
                drawn.recency = now;
                drawn.x += 1.0;
            }
        }
    }
}
