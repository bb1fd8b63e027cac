//! Whom to stop serving.

use emptor_types::Invalid;

use super::MarkovValue;
use crate::value::ValueError;

/// How much better, as a part of the greatest value or reward, serving must be than stopping: below it, rounding would make the
/// policies change for ever.
const BETTER: f64 = 1e-12;
/// Policies tried before giving up; a handful is usual.
const MAX_ROUNDS: usize = 1000;

/// Which states are worth serving, and what customers are worth if the others are not served.
#[derive(Debug, Clone, PartialEq)]
pub struct StopRule {
    values: Vec<f64>,
    stopped: Vec<usize>,
}

impl StopRule {
    /// From what serving each state is worth; what is negative by no more than rounding is 0.
    fn new(gain: &[f64], slack: f64) -> Self {
        let values = gain.iter().map(|gain| gain.max(0.0)).collect();
        Self { values, stopped: (0..gain.len()).filter(|&state| gain[state] < -slack).collect() }
    }

    /// The value of a customer in each state under the rule, never negative; 0 where service stops.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The states that are not worth serving, rising.
    #[must_use]
    pub fn stopped(&self) -> &[usize] {
        &self.stopped
    }

    /// Whether customers of a state are worth serving.
    #[must_use]
    pub fn serves(&self, state: usize) -> bool {
        !self.stopped.contains(&state)
    }
}

impl MarkovValue {
    /// The best choice of states to serve: a customer who is not served moves to state `lost` without reward, so that a
    /// state with negative value is worth stopping. Stopping one changes the values of the others, so the choice is made
    /// again until it is stable (policy iteration, Howard 1960); it is then the best of all.
    /// ```text
    /// V_i = max(0, R_i + Σ_j P_ij V_j / (1+d))
    /// ```
    /// A state worth exactly nothing is served.
    ///
    /// # Errors
    /// Unless `lost` is a state that nobody leaves and that earns nothing; [`ValueError::NeverEnds`] where serving brings
    /// more without end.
    pub fn stop_rule(&self, lost: usize) -> Result<StopRule, ValueError> {
        self.check_lost(lost)?;
        // To begin with nobody is served: that has a value at any rate, and every later choice is at least as good.
        let mut served = vec![false; self.states()];
        for _ in 0..MAX_ROUNDS {
            let values = self.values_if(&served)?;
            let gain = self.gain(&values);
            let slack = self.slack(&values);
            let better: Vec<bool> = served
                .iter()
                .zip(&gain)
                .map(|(&served, &gain)| if served { gain >= -slack } else { gain > slack })
                .collect();
            if better == served {
                return Ok(StopRule::new(&gain, slack));
            }
            served = better;
        }
        Err(Invalid::value("stop rule", "must settle", format!("{MAX_ROUNDS} choices tried")).into())
    }

    /// The best choice if only the present and `periods` further periods count. It may be another with every period that
    /// passes, for who will not buy before the end is not worth serving (backward induction, Bellman 1957):
    /// ```text
    /// V_i(0) = max(0, R_i)     V_i(t) = max(0, R_i + Σ_j P_ij V_j(t−1) / (1+d))
    /// ```
    /// The rule is that of the present period.
    ///
    /// ```
    /// use emptor_core::value::closed_form::MarkovValue;
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let rate = DiscountRate::annual_effective(0.2)?;
    /// let chain = MarkovValue::recency(&[0.3, 0.2, 0.15, 0.05], 40.0, 4.0, rate, TimeUnit::Year)?;
    /// assert_eq!(chain.stop_rule_over(4, 0)?.stopped(), [1, 2, 3]); // no purchase to come can pay for a mailing now
    /// assert_eq!(chain.stop_rule_over(4, 4)?.stopped(), [3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Unless `lost` is a state that nobody leaves and that earns nothing.
    pub fn stop_rule_over(&self, lost: usize, periods: u32) -> Result<StopRule, ValueError> {
        self.check_lost(lost)?;
        let mut values = vec![0.0; self.states()];
        let mut gain = self.rewards.clone();
        for _ in 0..periods {
            values = gain.iter().map(|gain| gain.max(0.0)).collect();
            gain = self.gain(&values);
        }
        Ok(StopRule::new(&gain, self.slack(&values)))
    }

    /// What serving each state is worth if customers have these values a period later.
    fn gain(&self, values: &[f64]) -> Vec<f64> {
        let next = self.chain.expect(values);
        self.rewards.iter().zip(next).map(|(reward, next)| reward + self.factor() * next).collect()
    }

    fn slack(&self, values: &[f64]) -> f64 {
        BETTER * self.rewards.iter().chain(values).fold(0.0, |most: f64, x| most.max(x.abs()))
    }

    fn check_lost(&self, lost: usize) -> Result<(), Invalid> {
        self.check_state(lost)?;
        let mut checks = Invalid::checks();
        let stays = self.chain.at(lost, lost);
        checks.require((stays - 1.0).abs() <= f64::EPSILON, "lost state", "must be one that nobody leaves", stays);
        let reward = self.rewards[lost];
        checks.require(reward.abs() <= 0.0, "lost state", "must earn nothing", reward);
        checks.finish()
    }

    /// The values if only these states are served.
    fn values_if(&self, served: &[bool]) -> Result<Vec<f64>, ValueError> {
        // Only served states from which served ones lead to a reward have a value, and only they can sum without end.
        let live = self.chain.leads_within(served, |state| self.rewards[state].abs() > 0.0);
        self.chain.discounted(&live, self.factor(), &self.rewards).map_err(|state| self.never_ends(state))
    }
}
