//! Buyers with discrete opportunities to buy, who may leave before each of them: BG/BB.

mod exits;
mod likelihood;
mod posterior;
mod probability;
#[cfg(test)]
mod tests;

use emptor_types::{HistoryView, Invalid};
use serde::{Deserialize, Serialize};

use crate::LifetimeError;
use crate::estimation::{Model, Spec};
use crate::purchase::{Drawn, Fitted, Parameter, Process, PurchaseOptions, Random, Seen, Starts};
use likelihood::Sample;

/// BG/BB, beta-geometric/beta-Bernoulli: how often will customers take the opportunities to come?
///
/// For donations of a yearly appeal, members who attend an event or not, subscribers of an issue: there are discrete
/// opportunities, and at each a customer buys or does not.
///
/// **Story.** At the beginning of every opportunity a customer leaves for good with a probability θ of their own; if not,
/// they buy with a probability p of their own. Both differ between customers:
/// ```text
/// P(buys at an opportunity, while alive) = p          p ~ beta(α, β)
/// P(leaves before an opportunity)        = θ          θ ~ beta(γ, δ)
/// ```
/// A history has `frequency` x purchases after the first, the last of them at opportunity `recency` t_x, of `T` = n
/// opportunities: whole numbers with `x ≤ t_x ≤ n`. The first purchase made the customer one and is not counted.
///
/// **Formula:**
/// ```text
///       B(α+x, β+n−x) B(γ, δ+n)     n−t_x−1  B(α+x, β+t_x−x+i) B(γ+1, δ+t_x+i)
/// L  =  ─────────────────────────  +    Σ     ─────────────────────────────────
///           B(α, β) B(γ, δ)            i=0            B(α, β) B(γ, δ)
///
/// p_alive = B(α+x, β+n−x) B(γ, δ+n+1) / (B(α, β) B(γ, δ) L)
/// ```
/// As in the paper, *alive* after n opportunities means alive for the next one: the chance to leave before opportunity
/// n + 1 is counted already. So `p_alive_after` h opportunities means alive for opportunity n + 1 + h, and a customer who
/// has just been acquired is alive with probability `δ/(γ+δ)`. Expected purchases, probabilities and `dert` count the
/// opportunities n + 1, n + 2, …, the i-th discounted by i periods. Times ahead count their whole opportunities.
///
/// **Example.** Donors of 1995 with six yearly opportunities:
/// ```
/// use emptor_lifetime::{BetaGeoBetaBinomialParameters, FittedBetaGeoBetaBinomial, PurchaseModel};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// let parameters = BetaGeoBetaBinomialParameters { alpha: 1.20, beta: 0.75, gamma: 0.66, delta: 2.78 };
/// let model = FittedBetaGeoBetaBinomial::from_parameters(parameters, TimeUnit::Year)?;
/// let history = HistoryView::new(&[3.0, 0.0], &[4.0, 0.0], &[6.0, 6.0], None, TimeUnit::Year)?;
/// assert!((model.p_alive(&history)?[0] - 0.438_344).abs() < 1e-6);
/// assert!((model.expected_purchases(&history, Horizon::years(10.0)?)?[0] - 1.840_813).abs() < 1e-6);
/// let late = HistoryView::new(&[3.0], &[2.0], &[6.0], None, TimeUnit::Year)?;
/// assert!(model.p_alive(&late).is_err()); // three purchases at two opportunities
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Numerical notes.** The terms of the likelihood's sum do not depend on `t_x`, so customers with the same x and n share
/// one pass over the opportunities, by a recurrence of positive terms relative to the first, scaled as it runs. The
/// gradient is analytic.
///
/// **Reference.** P. S. Fader, B. G. S. Hardie, J. Shang (2010), Customer-base analysis in a discrete-time noncontractual
/// setting, *Marketing Science* 29(6), 1086–1108.
pub type BetaGeoBetaBinomial = Spec<BetaGeoBetaBinomialParameters>;

/// A fitted [`BetaGeoBetaBinomial`].
pub type FittedBetaGeoBetaBinomial = Fitted<BetaGeoBetaBinomialParameters>;

/// The parameters of a [`BetaGeoBetaBinomial`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BetaGeoBetaBinomialParameters {
    /// First shape of the purchase probabilities p; their mean is `alpha / (alpha + beta)`.
    pub alpha: f64,
    /// Second shape of the purchase probabilities.
    pub beta: f64,
    /// First shape of the drop-out probabilities θ; their mean is `gamma / (gamma + delta)`.
    pub gamma: f64,
    /// Second shape of the drop-out probabilities.
    pub delta: f64,
}

impl Model for BetaGeoBetaBinomialParameters {
    const NAME: &'static str = "BG/BB";
    const KIND: &'static str = "bg_bb";
    type Options = PurchaseOptions;

    fn check(options: &PurchaseOptions) -> Result<(), LifetimeError> {
        options.check()
    }
}

impl Process for BetaGeoBetaBinomialParameters {
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::shape("alpha"), Parameter::shape("beta"), Parameter::shape("gamma"), Parameter::shape("delta")];
    const DISCRETE: bool = true;
    type Sample = Sample;

    fn from_values(values: &[f64], _k: u32) -> Self {
        Self { alpha: values[0], beta: values[1], gamma: values[2], delta: values[3] }
    }

    fn values(&self) -> Vec<f64> {
        vec![self.alpha, self.beta, self.gamma, self.delta]
    }

    /// First the paper's donors, then rare buyers, steady buyers, and buyers who are extremes.
    fn starts() -> Starts {
        Starts {
            first: vec![0.2, -0.3, -0.4, 1.0],
            more: vec![
                vec![-0.5, 1.5, 0.0, 1.0],
                vec![1.0, 0.5, -0.5, 2.5],
                vec![-1.0, -1.0, -1.0, 0.0],
                vec![1.0, 2.0, 1.0, 3.0],
            ],
        }
    }

    fn check_history(history: &HistoryView<'_>) -> Result<(), LifetimeError> {
        let mut checks = Invalid::checks();
        let (frequency, whole) = (history.frequency(), |_, time: f64| time.fract() == 0.0);
        checks.require_each("T", "must be a whole number of opportunities", history.t(), whole);
        checks.require_each("recency", "must be the number of an opportunity", history.recency(), whole);
        checks.require_each(
            "recency",
            "must be at least frequency: one purchase per opportunity",
            history.recency(),
            |i, recency| recency >= frequency[i],
        );
        Ok(checks.finish()?)
    }

    fn compress(history: &HistoryView<'_>, _time_scale: f64) -> Sample {
        Sample::new(history)
    }

    fn distinct(sample: &Sample) -> usize {
        sample.distinct()
    }

    fn evaluate(&self, sample: &Sample) -> (f64, Vec<f64>) {
        let (value, slope) = sample.evaluate(self);
        (value, slope.to_vec())
    }

    fn p_alive(&self, seen: Seen) -> f64 {
        self.alive(seen)
    }

    fn stays(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
        Ok(self.sees(state.t + 1.0, crate::periods::whole(ahead)?))
    }

    fn purchases(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
        Ok(self.mean_purchase(state) * self.expected_stays(state.t, &[ahead])?[0])
    }

    fn probability_of(&self, state: Seen, n: f64, ahead: f64) -> Result<f64, LifetimeError> {
        self.probability(state, n, ahead)
    }

    fn discounted(&self, state: Seen, force: f64) -> Result<f64, LifetimeError> {
        self.discounted_purchases(state, force)
    }

    fn purchases_table(&self, states: &[Seen], times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        let row = |&state: &Seen| {
            let mean = self.mean_purchase(state);
            Ok(self.expected_stays(state.t, times)?.into_iter().map(|stays| mean * stays).collect())
        };
        states.iter().map(row).collect()
    }

    fn draw(&self, t: f64, random: &mut Random) -> Drawn {
        let (buys, leaves) = (random.beta(self.alpha, self.beta), random.beta(self.gamma, self.delta));
        let mut drawn = Drawn { x: 0.0, recency: 0.0, sum_ln_gaps: 0.0, alive: true };
        let mut opportunity = 1.0;
        loop {
            drawn.alive = random.uniform() >= leaves;
            if !drawn.alive || opportunity > t {
                return drawn;
            }
            if random.uniform() < buys {
                drawn.sum_ln_gaps += f64::ln(opportunity - drawn.recency);
                drawn.x += 1.0;
                drawn.recency = opportunity;
            }
            opportunity += 1.0;
        }
    }
}
