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
        self.check_state(lost)?;
        let mut checks = Invalid::checks();
        let stays = self.chain.at(lost, lost);
        checks.require((stays - 1.0).abs() <= f64::EPSILON, "lost state", "must be one that nobody leaves", stays);
        let reward = self.rewards[lost];
        checks.require(reward.abs() <= 0.0, "lost state", "must earn nothing", reward);
        checks.finish()?;

        // To begin with nobody is served: that has a value at any rate, and every later choice is at least as good.
        let mut served = vec![false; self.states()];
        for _ in 0..MAX_ROUNDS {
            let values = self.values_if(&served)?;
            let size = self.rewards.iter().chain(&values).fold(0.0, |most: f64, x| most.max(x.abs()));
            let slack = BETTER * size;
            let next = self.chain.expect(&values);
            let gain: Vec<f64> =
                self.rewards.iter().zip(next).map(|(reward, next)| reward + self.factor() * next).collect();
            let better: Vec<bool> = served
                .iter()
                .zip(&gain)
                .map(|(&served, &gain)| if served { gain >= -slack } else { gain > slack })
                .collect();
            if better == served {
                let stopped = (0..self.states()).filter(|&state| gain[state] < -slack).collect();
                // What serving is worth is not negative but for rounding.
                let values = values.into_iter().map(|value| value.max(0.0)).collect();
                return Ok(StopRule { values, stopped });
            }
            served = better;
        }
        Err(Invalid::value("stop rule", "must settle", format!("{MAX_ROUNDS} choices tried")).into())
    }

    /// The values if only these states are served.
    fn values_if(&self, served: &[bool]) -> Result<Vec<f64>, ValueError> {
        // Only served states from which served ones lead to a reward have a value, and only they can sum without end.
        let live = self.chain.leads_within(served, |state| self.rewards[state].abs() > 0.0);
        self.chain.discounted(&live, self.factor(), &self.rewards).map_err(|state| self.never_ends(state))
    }
}
