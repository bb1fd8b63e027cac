//! What the machinery needs to know of a purchase model.

use emptor_types::{HistoryView, Invalid};

use super::Random;
use super::options::PurchaseOptions;
use super::score::each;
use crate::LifetimeError;
use crate::estimation::Model;
use crate::matrix::Matrix;

/// A parameter that is estimated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    /// Its name in the paper.
    pub(crate) name: &'static str,
    /// The power of time it carries: 1 for a time, −1 for a rate, 0 for a shape.
    pub(crate) time_power: i32,
    /// The power of `exp(γ'z)` by which a customer's own parameter differs, `z` being covariates of purchases.
    pub(crate) purchase_power: f64,
    /// The same for covariates of drop-out.
    pub(crate) dropout_power: f64,
}

impl Parameter {
    pub(crate) const fn shape(name: &'static str) -> Self {
        Self { name, time_power: 0, purchase_power: 0.0, dropout_power: 0.0 }
    }

    pub(crate) const fn time(name: &'static str) -> Self {
        Self { name, time_power: 1, purchase_power: 0.0, dropout_power: 0.0 }
    }

    pub(crate) const fn rate(name: &'static str) -> Self {
        Self { name, time_power: -1, purchase_power: 0.0, dropout_power: 0.0 }
    }

    pub(crate) const fn moved_by_purchase_covariates(self, power: f64) -> Self {
        Self { purchase_power: power, ..self }
    }

    pub(crate) const fn moved_by_dropout_covariates(self, power: f64) -> Self {
        Self { dropout_power: power, ..self }
    }
}

/// What is known of one customer: `x` repeat purchases, the last at `recency`, observed until `t`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    pub(crate) x: f64,
    pub(crate) recency: f64,
    pub(crate) t: f64,
}

impl Seen {
    /// A customer who has just made the first purchase.
    pub(crate) const NEW: Self = Self { x: 0.0, recency: 0.0, t: 0.0 };
}

/// A simulated customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) x: f64,
    pub(crate) recency: f64,
    /// `Σ ln gap` of the times between purchases.
    pub(crate) sum_ln_gaps: f64,
    pub(crate) alive: bool,
}

/// Where the search for a maximum begins, in logarithms of the parameters, with time scaled so that the longest history
/// is [`LONGEST`](super::LONGEST).
#[derive(Debug)]
pub(crate) struct Starts {
    pub(crate) first: Vec<f64>,
    /// Tried in turn if the first fails.
    pub(crate) more: Vec<Vec<f64>>,
}

/// A model of repeat buying: its parameters and its mathematics.
pub(crate) trait Process: Model<Options = PurchaseOptions> {
    /// The parameters that are estimated, in the order of [`values`](Self::values).
    const PARAMETERS: &'static [Parameter];
    /// Whether time is counted in whole opportunities to buy, so that it cannot be rescaled.
    const DISCRETE: bool = false;
    /// What the likelihood needs of a history.
    type Sample: Send + Sync;

    /// With the order `k` of the Erlang times between purchases, 1 except for regular buyers.
    fn from_values(values: &[f64], k: u32) -> Self;

    /// The estimated parameters.
    fn values(&self) -> Vec<f64>;

    fn k(&self) -> u32 {
        1
    }

    fn starts() -> Starts;

    /// Checks what the model asks of a history beyond what a [`HistoryView`] holds.
    fn check_history(_history: &HistoryView<'_>) -> Result<(), LifetimeError> {
        Ok(())
    }

    fn compress(history: &HistoryView<'_>, time_scale: f64) -> Self::Sample;

    /// A smaller sample that resembles this one, to begin the search on, and its customers; `None` if this one is small.
    fn thinned(_sample: &Self::Sample) -> Option<(Self::Sample, f64)> {
        None
    }

    /// The number of distinct rows.
    fn distinct(sample: &Self::Sample) -> usize;

    /// The log-likelihood in scaled time and its derivatives by the parameters, without `(k−1) Σ ln gap − x ln Γ(k)`.
    fn evaluate(&self, sample: &Self::Sample) -> (f64, Vec<f64>);

    /// The second derivatives of the log-likelihood by the parameters, where they are written out; elsewhere they are
    /// differences of the gradient.
    fn curvature(&self, _sample: &Self::Sample) -> Option<Matrix> {
        None
    }

    /// The probability to be alive at `T`.
    fn p_alive(&self, seen: Seen) -> f64;

    /// [`p_alive`](Self::p_alive) as an SQL expression over known columns; `None` where it has no closed form.
    fn p_alive_sql(&self) -> Result<Option<String>, Invalid> {
        Ok(None)
    }

    /// The probability of every customer to be alive.
    fn p_alive_of_all(&self, history: &HistoryView<'_>) -> Vec<f64> {
        each(history, |seen| self.p_alive(seen))
    }

    /// What the future of a customer who is alive depends on, with the rest set to 0: customers who share it are computed
    /// once. Random buyers have no memory of the last purchase.
    fn state(&self, seen: Seen) -> Seen {
        Seen { recency: 0.0, ..seen }
    }

    /// The probability of a customer alive at `T` to be alive `ahead` later.
    fn stays(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError>;

    /// The expected purchases of a customer alive at `T` in `(T, T + ahead]`.
    fn purchases(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError>;

    /// The probability of a customer alive at `T` to make exactly `n` purchases in `(T, T + ahead]`.
    fn probability_of(&self, state: Seen, n: f64, ahead: f64) -> Result<f64, LifetimeError>;

    /// The expected purchases after `T` of a customer alive at `T`, discounted to `T` with a force of interest per unit
    /// of time.
    fn discounted(&self, state: Seen, force: f64) -> Result<f64, LifetimeError>;

    /// [`purchases`](Self::purchases) of states in order of `x`, at rising times: one row per state.
    fn purchases_table(&self, states: &[Seen], times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        let row = |&state: &Seen| times.iter().map(|&time| self.purchases(state, time)).collect();
        states.iter().map(row).collect()
    }

    /// [`stays`](Self::stays) of states in order of `x`, at rising times: one row per state.
    fn stays_table(&self, states: &[Seen], times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
        let row = |&state: &Seen| times.iter().map(|&time| self.stays(state, time)).collect();
        states.iter().map(row).collect()
    }

    /// A customer's purchases until `t`.
    fn draw(&self, t: f64, random: &mut Random) -> Drawn;
}
