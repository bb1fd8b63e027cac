//! Customers who move between states: recency, grades.

mod chain;
mod linear;
mod stop;

use emptor_types::{DiscountRate, ExactSum, Invalid, TimeUnit};

use crate::value::ValueError;
use chain::Chain;
pub use stop::StopRule;

/// The value of customers who move between states, such as recency classes or grades (Pfeifer & Carraway 2000, "Modeling
/// customer relationships as Markov chains", Journal of Interactive Marketing 14(2)).
///
/// A customer in state `i` brings `R_i` now and is in state `j` a period later with probability `P_ij`:
/// ```text
/// endless    V   = Σ_{t ≥ 0} (P/(1+d))^t R = (I − P/(1+d))⁻¹ R
/// finite     V_T = Σ_{t=0}^{T} (P/(1+d))^t R
/// ```
/// The reward of the present period counts. States are numbered from 0.
///
/// ```
/// use emptor_core::value::closed_form::MarkovValue;
/// use emptor_types::{DiscountRate, TimeUnit};
///
/// // Grades A, B, C and lost; the reward is the yearly profit of a grade.
/// let grades = MarkovValue::new(
///     &[[0.8, 0.15, 0.0, 0.05], [0.2, 0.6, 0.1, 0.1], [0.05, 0.15, 0.5, 0.3], [0.0, 0.0, 0.0, 1.0]],
///     &[100.0, 40.0, 10.0, 0.0],
///     DiscountRate::annual_effective(0.12)?,
///     TimeUnit::Year,
/// )?;
/// let values = grades.values()?;
/// assert!((values[0] - 490.5616).abs() < 1e-4);
/// assert!((grades.value_of_base(&[10.0, 20.0, 70.0, 0.0])? - 20_015.0852).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MarkovValue {
    chain: Chain,
    rewards: Vec<f64>,
    rate: DiscountRate,
    period: TimeUnit,
}

impl MarkovValue {
    /// States with transition probabilities per `period`, one row per state, and a reward per state.
    ///
    /// # Errors
    /// Every row that has not as many columns as there are states, or does not sum to 1 within 1e-9; every probability
    /// outside 0 to 1; unless there is a finite reward for each state.
    pub fn new(
        transitions: &[impl AsRef<[f64]>],
        rewards: &[f64],
        rate: DiscountRate,
        period: TimeUnit,
    ) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let chain = checks.absorb(Chain::new(transitions));
        checks.require(rewards.len() == transitions.len(), "rewards", "must be one for each state", rewards.len());
        checks.require_each("rewards", "must be finite", rewards, |_, reward: f64| reward.is_finite());
        checks.finish()?;
        let chain = chain.unwrap_or_default();
        Ok(Self { chain, rewards: rewards.to_vec(), rate, period })
    }

    /// The recency chain: a customer whose last purchase lies `j` periods back (state `j − 1`; a new buyer is in state 0)
    /// buys with probability `p_j` and is then back in state 0; after the last silence the customer is lost, in the last
    /// state. A purchase brings the net contribution, and everybody not lost is mailed:
    /// `R = (NC − M, −M, …, −M, 0)`.
    ///
    /// ```
    /// use emptor_core::value::closed_form::MarkovValue;
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let rate = DiscountRate::annual_effective(0.2)?;
    /// let chain = MarkovValue::recency(&[0.3, 0.2, 0.15, 0.05], 40.0, 4.0, rate, TimeUnit::Year)?;
    /// assert!((chain.values()?[0] - 52.3196).abs() < 1e-4);
    /// assert!((chain.values_over(4)[0] - 50.1150).abs() < 1e-4);
    ///
    /// // Mailing after three periods of silence costs more than it brings.
    /// let rule = chain.stop_rule(4)?;
    /// assert_eq!(rule.stopped(), [3]);
    /// assert!((rule.values()[0] - 53.1494).abs() < 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Unless there is at least one probability and all lie between 0 and 1, the contribution is finite, and the mailing
    /// cost finite and not negative.
    pub fn recency(
        purchase_probabilities: &[f64],
        net_contribution: f64,
        mailing_cost: f64,
        rate: DiscountRate,
        period: TimeUnit,
    ) -> Result<Self, Invalid> {
        let silent = purchase_probabilities.len();
        let mut checks = Invalid::checks();
        checks.require(silent > 0, "purchase probabilities", "must be at least one", silent);
        let rule = "must lie between 0 and 1";
        let between = |_, p: f64| (0.0..=1.0).contains(&p);
        checks.require_each("purchase probabilities", rule, purchase_probabilities, between);
        checks.require(net_contribution.is_finite(), "net contribution", "must be finite", net_contribution);
        let admissible = mailing_cost.is_finite() && mailing_cost >= 0.0;
        checks.require(admissible, "mailing cost", "must be finite and not negative", mailing_cost);
        checks.finish()?;
        let mut rows = vec![vec![0.0; silent + 1]; silent + 1];
        for (state, &p) in purchase_probabilities.iter().enumerate() {
            rows[state][0] = p;
            rows[state][state + 1] = 1.0 - p;
        }
        rows[silent][silent] = 1.0;
        let mut rewards = vec![-mailing_cost; silent + 1];
        rewards[0] += net_contribution;
        rewards[silent] = 0.0;
        Self::new(&rows, &rewards, rate, period)
    }

    /// How many states there are.
    #[must_use]
    pub fn states(&self) -> usize {
        self.rewards.len()
    }

    /// The value of a customer in each state, over an endless life.
    ///
    /// Without a discount, or with a negative one, it exists where every customer ends in states without reward. A state
    /// from which no reward can be reached is worth 0 at any rate.
    ///
    /// # Errors
    /// [`ValueError::NeverEnds`] where the sum diverges.
    pub fn values(&self) -> Result<Vec<f64>, ValueError> {
        let live = self.chain.can_reach(|state| self.rewards[state].abs() > 0.0);
        self.chain.discounted(&live, self.factor(), &self.rewards).map_err(|state| self.never_ends(state))
    }

    /// The value of a customer in each state over the present and `periods` further periods.
    #[must_use]
    pub fn values_over(&self, periods: u32) -> Vec<f64> {
        let mut values = self.rewards.clone();
        for _ in 0..periods {
            let next = self.chain.expect(&values);
            values = self.rewards.iter().zip(next).map(|(reward, next)| reward + self.factor() * next).collect();
        }
        values
    }

    /// The value of a base with so many customers in each state, over an endless life: the sum of counts times values.
    ///
    /// # Errors
    /// As [`values`](Self::values); unless there is a count for each state, finite and not negative.
    pub fn value_of_base(&self, counts: &[f64]) -> Result<f64, ValueError> {
        self.check_counts(counts)?;
        Ok(total(counts, &self.values()?))
    }

    /// The value of a base over the present and `periods` further periods.
    ///
    /// # Errors
    /// Unless there is a count for each state, finite and not negative.
    pub fn value_of_base_over(&self, counts: &[f64], periods: u32) -> Result<f64, Invalid> {
        self.check_counts(counts)?;
        Ok(total(counts, &self.values_over(periods)))
    }

    /// How many customers are expected in each state after so many periods.
    ///
    /// ```
    /// use emptor_core::value::closed_form::MarkovValue;
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let rate = DiscountRate::annual_effective(0.1)?;
    /// let chain = MarkovValue::new(&[[0.75, 0.25], [0.0, 1.0]], &[1.0, 0.0], rate, TimeUnit::Year)?;
    /// assert_eq!(chain.counts_after(&[16.0, 0.0], 2)?, [9.0, 7.0]);
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// Unless there is a count for each state, finite and not negative.
    pub fn counts_after(&self, counts: &[f64], periods: u32) -> Result<Vec<f64>, Invalid> {
        self.check_counts(counts)?;
        Ok((0..periods).fold(counts.to_vec(), |counts, _| self.chain.moved(&counts)))
    }

    /// The probability that a customer of each state is ever in state `lost`.
    ///
    /// # Errors
    /// Unless there is such a state.
    pub fn absorption(&self, lost: usize) -> Result<Vec<f64>, ValueError> {
        self.check_state(lost)?;
        self.chain.hits(lost).map_err(|state| self.never_ends(state))
    }

    /// The expected number of periods, the present one included, before a customer of each state is in state `lost`; 0 for
    /// that state.
    ///
    /// ```
    /// use emptor_core::value::closed_form::MarkovValue;
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let rate = DiscountRate::annual_effective(0.1)?;
    /// let chain = MarkovValue::new(&[[0.75, 0.25], [0.0, 1.0]], &[1.0, 0.0], rate, TimeUnit::Year)?;
    /// assert_eq!(chain.expected_life(1)?, [4.0, 0.0]); // 1 / (1 − r)
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ValueError::NeverLost`] if customers of some state may stay for ever; unless there is such a state.
    pub fn expected_life(&self, lost: usize) -> Result<Vec<f64>, ValueError> {
        self.check_state(lost)?;
        self.chain.life_before(lost).map_err(|state| ValueError::NeverLost { state, lost })
    }

    /// Discount factor of one period.
    fn factor(&self) -> f64 {
        self.rate.factor(1.0, self.period)
    }

    fn never_ends(&self, state: usize) -> ValueError {
        ValueError::NeverEnds { state, rate: self.rate.per(self.period) }
    }

    fn check_state(&self, state: usize) -> Result<(), Invalid> {
        let states = self.states();
        if state < states {
            Ok(())
        } else {
            Err(Invalid::value("lost state", format!("must be below the number of states, {states}"), state))
        }
    }

    fn check_counts(&self, counts: &[f64]) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        checks.require(counts.len() == self.states(), "counts", "must be one for each state", counts.len());
        let rule = "must be finite and not negative";
        checks.require_each("counts", rule, counts, |_, count: f64| count.is_finite() && count >= 0.0);
        checks.finish()
    }
}

fn total(counts: &[f64], values: &[f64]) -> f64 {
    counts.iter().zip(values).map(|(count, value)| count * value).collect::<ExactSum>().value()
}
