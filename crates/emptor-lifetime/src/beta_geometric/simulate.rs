//! A customer drawn from the story.

use super::BetaGeometric;
use crate::purchase::{Drawn, Random};

impl BetaGeometric {
    pub(super) fn draw(&self, t: f64, random: &mut Random) -> Drawn {
        let rate = random.gamma(self.r) / self.alpha;
        let leaves = random.beta(self.a, self.b);
        let mut drawn = Drawn { x: 0.0, recency: 0.0, sum_ln_gaps: 0.0, alive: true };
        if self.modified && random.uniform() < leaves {
            drawn.alive = false;
        }
        while drawn.alive {
            let gap: f64 = (0..self.k).map(|_| random.exponential()).sum::<f64>() / rate;
            let now = drawn.recency + gap;
            // A gap too short to move the clock is no purchase occasion of its own.
            if now.is_nan() || now > t {
                break;
            }
            if now > drawn.recency {
                drawn.sum_ln_gaps += (now - drawn.recency).ln();
                drawn.recency = now;
                drawn.x += 1.0;
            }
            drawn.alive = random.uniform() >= leaves;
        }
        drawn
    }
}
