//! Models of buyers who leave after a purchase with a probability of their own: BG/NBD, MBG/NBD, BG/CNBD-k, MBG/CNBD-k.
//!
//! One mathematics serves all four: the order `k` of the Erlang times between purchases, and whether a customer may leave
//! already after the first purchase, are its two switches.

mod curvature;
mod discount;
mod likelihood;
mod probability;
mod schedule;
mod series;
mod simulate;
mod sql;
#[cfg(test)]
mod tests;

use emptor_types::{HistoryView, Invalid};
use serde::{Deserialize, Serialize};

use crate::LifetimeError;
use crate::estimation::{Model, Spec};
use crate::matrix::Matrix;
use crate::purchase::{
    Drawn, ErlangTiming, Fitted, Parameter, Process, PurchaseOptions, Random, Seen, Starts, TakesCovariates,
};
use crate::sample::{Sample, THIN, THIN_FROM};

/// BG/NBD: how often, and for how long, do customers of a non-contractual business come back?
///
/// **Story.** While alive, a customer buys at random with rate λ. After every repeat purchase they leave for good with
/// probability p. Rates differ between customers by a gamma distribution, p by a beta distribution:
/// ```text
/// purchases while alive ~ Poisson(λ t)          λ ~ gamma(shape r, rate α)
/// P(leaves after a purchase) = p                p ~ beta(a, b)
/// ```
/// so whoever has not bought again cannot have left: with `frequency` 0 the probability to be alive is 1. Where that is
/// absurd, use [`ModifiedBetaGeoNbd`].
///
/// **Formula** (equation 6 of the paper, one customer with x repeat purchases, the last at t_x, observed until T):
/// ```text
///       B(a, b+x)   Γ(r+x) α^r               B(a+1, b+x−1)     Γ(r+x) α^r
/// L  =  ───────── · ──────────────── + [x>0] ───────────── · ────────────────
///        B(a, b)    Γ(r)(α+T)^(r+x)             B(a, b)      Γ(r)(α+t_x)^(r+x)
///
///                                     1
/// p_alive = ─────────────────────────────────────────────      (the factor of equation 10)
///           1 + [x>0] a/(b+x−1) · ((α+T) / (α+t_x))^(r+x)
/// ```
/// With covariates: `α = α₀ exp(−γ'z)` for purchases, `a = a₀ exp(γ'z)` and `b = b₀ exp(γ'z)` for drop-out, as CLVTools
/// defines them: the mean drop-out probability stays `a/(a+b)`, and a positive coefficient makes customers more alike.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{BetaGeoNbd, PurchaseModel};
/// use emptor_types::{Fit, HistoryView, Horizon, TimeUnit};
///
/// let frequency = [2.0, 1.0, 0.0, 0.0, 0.0, 7.0, 1.0, 0.0, 2.0, 0.0, 5.0, 0.0, 9.0, 4.0];
/// let recency = [30.4, 1.7, 0.0, 0.0, 0.0, 29.4, 5.0, 0.0, 35.7, 0.0, 24.4, 0.0, 20.0, 9.0];
/// let t = [38.9; 14];
/// let history = HistoryView::new(&frequency, &recency, &t, None, TimeUnit::Week)?;
///
/// let model = BetaGeoNbd::builder().penalty(0.01).build()?.fit(&history)?;
/// assert!(model.report().termination.is_success());
/// let alive = model.p_alive(&history)?;
/// assert!(alive[5] > alive[1]); // seven purchases until week 29 against one in week 2
/// let next_year = model.expected_purchases(&history, Horizon::weeks(52.0)?)?;
/// assert!(next_year[5] > next_year[0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Numerical notes.** Equal rows are counted once, and rows are summed in sorted order in pieces of fixed size, so the
/// result does not depend on row order or thread count to the last bit. Time is scaled so that the longest history is 10
/// while fitting; the parameters come back in the history's unit. The gradient is analytic.
/// An optimum on a flat ridge, where the log of a parameter has a standard error above 10, is refused as
/// [`Termination::Boundary`](emptor_types::Termination::Boundary) although the gradient vanishes there: typical of small
/// bases in which nobody, or everybody, seems to leave. Expected purchases are summed from positive terms, so they have
/// neither poles (`a = 1`) nor overflow for frequent buyers.
///
/// **Reference.** P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), "Counting your customers" the easy way: an
/// alternative to the Pareto/NBD model, *Marketing Science* 24(2), 275–284.
pub type BetaGeoNbd = Spec<BetaGeoNbdParameters>;

/// A fitted [`BetaGeoNbd`].
pub type FittedBetaGeoNbd = Fitted<BetaGeoNbdParameters>;

/// MBG/NBD: like [`BetaGeoNbd`], but a customer may leave right after the first purchase too.
///
/// **Story.** As in the BG/NBD, and every customer also leaves with their probability p after the first purchase of all, so
/// that one-time buyers who are not heard of again become less and less likely to be alive.
///
/// **Formula** (equation 4 of the note; `p_alive` after equation 11):
/// ```text
///       B(a, b+x+1)   Γ(r+x) α^r         B(a+1, b+x)     Γ(r+x) α^r
/// L  =  ─────────── · ────────────────  + ─────────── · ────────────────
///         B(a, b)     Γ(r)(α+T)^(r+x)      B(a, b)      Γ(r)(α+t_x)^(r+x)
///
/// p_alive = 1 / (1 + a/(b+x) · ((α+T) / (α+t_x))^(r+x))
/// ```
/// Covariates act as in the BG/NBD.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{FittedModifiedBetaGeoNbd, ModifiedBetaGeoNbdParameters, PurchaseModel};
/// use emptor_types::{HistoryView, TimeUnit};
///
/// // CDNOW in weeks.
/// let parameters = ModifiedBetaGeoNbdParameters { r: 0.5248436, alpha: 6.1830928, a: 0.8913878, b: 1.6140483 };
/// let model = FittedModifiedBetaGeoNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let once = HistoryView::new(&[0.0], &[0.0], &[38.86], None, TimeUnit::Week)?;
/// assert!((model.p_alive(&once)?[0] - 0.389_714).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** E. P. Batislam, M. Denizel, A. Filiztekin (2007), Empirical validation and comparison of models for
/// customer base analysis, *International Journal of Research in Marketing* 24(3), 201–209; D. Hoppe, U. Wagner (2007).
pub type ModifiedBetaGeoNbd = Spec<ModifiedBetaGeoNbdParameters>;

/// A fitted [`ModifiedBetaGeoNbd`].
pub type FittedModifiedBetaGeoNbd = Fitted<ModifiedBetaGeoNbdParameters>;

/// BG/CNBD-k: like [`BetaGeoNbd`], for customers who buy more regularly than at random.
///
/// **Story.** As in the BG/NBD, but the time between purchases is the sum of `k` exponential times with rate λ (Erlang-k):
/// `k = 1` is the BG/NBD; the higher `k`, the more regular. A long silence of a regular buyer says more than one of a
/// random buyer, so with regular data `p_alive` is sharper and forecasts are better.
///
/// **Formula** (with `R = r + kx`, gaps `g`):
/// ```text
/// L = Π g^(k−1) / Γ(k)^x · Γ(R)α^r/Γ(r) · { B(a,b+x)/B(a,b) (α+T)^(−R) Q + [x>0] B(a+1,b+x−1)/B(a,b) (α+t_x)^(−R) }
/// Q = Σ_{j<k} Γ(R+j)/(Γ(R) j!) ((T−t_x)/(α+T))^j
/// ```
/// The likelihood needs `Σ ln g`, the column [`sum_ln_gaps`](HistoryView::with_sum_ln_gaps), wherever `k > 1`. What
/// the papers approximate, expected purchases for `k > 1`, is exact here: given the stage of the present gap, further
/// stages are a Poisson process.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{BetaGeoCnbdK, BetaGeoCnbdKParameters, FittedBetaGeoCnbdK, PurchaseModel};
/// use emptor_types::{Fit, TimeUnit};
///
/// let truth = BetaGeoCnbdKParameters { k: 3, r: 0.9, alpha: 1.5, a: 0.6, b: 2.0 };
/// let base = FittedBetaGeoCnbdK::from_parameters(truth, TimeUnit::Week)?.simulate(&[40.0; 1500], None, 3)?;
/// let model = BetaGeoCnbdK::builder().k_up_to(5).build()?.fit(&base.view()?)?;
/// assert_eq!(model.parameters().k, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** M. Platzer, T. Reutterer (2016), Ticking away the moments: timing regularity helps to better predict
/// customer activity, *Marketing Science* 35(5), 779–799; T. Reutterer, M. Platzer, N. Schröder (2021), Leveraging
/// purchase regularity for predicting customer behavior the easy way, *International Journal of Research in Marketing*
/// 38(1), 194–215.
pub type BetaGeoCnbdK = Spec<BetaGeoCnbdKParameters>;

/// A fitted [`BetaGeoCnbdK`].
pub type FittedBetaGeoCnbdK = Fitted<BetaGeoCnbdKParameters>;

/// MBG/CNBD-k: regular buyers, as in [`BetaGeoCnbdK`], who may leave right after the first purchase too, as in
/// [`ModifiedBetaGeoNbd`].
///
/// **Formula.** That of [`BetaGeoCnbdK`] with `b + x + 1` for `b + x`, and the second term also for `x = 0`.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{FittedModifiedBetaGeoCnbdK, ModifiedBetaGeoCnbdKParameters, PurchaseModel};
/// use emptor_types::{HistoryView, TimeUnit};
///
/// let parameters = ModifiedBetaGeoCnbdKParameters { k: 2, r: 0.9, alpha: 3.0, a: 0.6, b: 2.0 };
/// let model = FittedModifiedBetaGeoCnbdK::from_parameters(parameters, TimeUnit::Week)?;
/// let history = HistoryView::new(&[3.0, 3.0], &[30.0, 20.0], &[39.0, 39.0], None, TimeUnit::Week)?;
/// let alive = model.p_alive(&history)?;
/// assert!(alive[0] > alive[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** Reutterer, Platzer & Schröder (2021), see [`BetaGeoCnbdK`].
pub type ModifiedBetaGeoCnbdK = Spec<ModifiedBetaGeoCnbdKParameters>;

/// A fitted [`ModifiedBetaGeoCnbdK`].
pub type FittedModifiedBetaGeoCnbdK = Fitted<ModifiedBetaGeoCnbdKParameters>;

/// The mathematics of all four.
#[derive(Debug, Clone, Copy)]
struct BetaGeometric {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    k: u32,
    /// Whether a customer may leave after the first purchase.
    modified: bool,
}

const PARAMETERS: [Parameter; 4] = [
    Parameter::shape("r"),
    Parameter::time("alpha").moved_by_purchase_covariates(-1.0),
    Parameter::shape("a").moved_by_dropout_covariates(1.0),
    Parameter::shape("b").moved_by_dropout_covariates(1.0),
];

/// Starts in `ln (r, α, a, b)`: first the middle of what published fits give, then steadier buyers, early and late
/// drop-out.
fn starts() -> Starts {
    Starts {
        first: vec![-0.7, 0.0, -0.2, 0.7],
        more: vec![
            vec![0.0, 0.0, 0.0, 0.0],
            vec![1.0, 1.5, -1.0, 1.0],
            vec![-1.5, -1.0, -2.0, 2.0],
            vec![-0.5, 0.5, 1.0, 3.0],
        ],
    }
}

/// Parameters with the mathematics above. The order `k` is a field of its own or 1.
macro_rules! beta_geometric {
    ($(#[$doc:meta])* $name:ident, $usual:literal, $kind:literal, $modified:literal $(, $k:ident)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $(
                /// Order of the Erlang times between purchases: `k` stages of rate λ each.
                pub $k: u32,
            )?
            /// Shape of the rates λ.
            pub r: f64,
            /// Rate of the rates λ, in units of time: the mean λ is `r / alpha` per unit.
            pub alpha: f64,
            /// First shape of the drop-out probabilities; their mean is `a / (a + b)`.
            pub a: f64,
            /// Second shape of the drop-out probabilities.
            pub b: f64,
        }

        impl $name {
            fn mathematics(&self) -> BetaGeometric {
                // The field where there is one: models of random buyers have none.
                let [k, ..] = [$(self.$k,)? 1];
                BetaGeometric { r: self.r, alpha: self.alpha, a: self.a, b: self.b, k, modified: $modified }
            }
        }

        impl Model for $name {
            const NAME: &'static str = $usual;
            const KIND: &'static str = $kind;
            type Options = PurchaseOptions;

            fn check(options: &PurchaseOptions) -> Result<(), LifetimeError> {
                options.check()
            }
        }

        impl Process for $name {
            const PARAMETERS: &'static [Parameter] = &PARAMETERS;
            type Sample = Sample;

            fn from_values(values: &[f64], _k: u32) -> Self {
                Self { $($k: _k,)? r: values[0], alpha: values[1], a: values[2], b: values[3] }
            }

            fn values(&self) -> Vec<f64> {
                vec![self.r, self.alpha, self.a, self.b]
            }

            fn k(&self) -> u32 {
                self.mathematics().k
            }

            fn starts() -> Starts {
                starts()
            }

            fn compress(history: &HistoryView<'_>, time_scale: f64) -> Sample {
                Sample::compress(history, time_scale)
            }

            fn thinned(sample: &Sample) -> Option<(Sample, f64)> {
                (sample.rows.len() >= THIN_FROM).then(|| {
                    let part = sample.thinned(THIN);
                    let customers = part.customers();
                    (part, customers)
                })
            }

            fn distinct(sample: &Sample) -> usize {
                sample.rows.len()
            }

            fn evaluate(&self, sample: &Sample) -> (f64, Vec<f64>) {
                likelihood::evaluate(&self.mathematics(), sample)
            }

            fn curvature(&self, sample: &Sample) -> Option<Matrix> {
                (self.k() == 1).then(|| curvature::hessian(&self.mathematics(), sample))
            }

            fn p_alive(&self, seen: Seen) -> f64 {
                self.mathematics().p_alive(seen)
            }

            fn p_alive_sql(&self) -> Result<Option<String>, Invalid> {
                self.mathematics().p_alive_sql().map(Some)
            }

            fn state(&self, seen: Seen) -> Seen {
                // A regular buyer's silence tells how far the present gap has come.
                if self.k() == 1 { Seen { recency: 0.0, ..seen } } else { seen }
            }

            fn stays(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
                self.mathematics().stays(state, ahead)
            }

            fn purchases(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
                self.mathematics().purchases(state, ahead)
            }

            fn probability_of(&self, state: Seen, n: f64, ahead: f64) -> Result<f64, LifetimeError> {
                self.mathematics().probability_of(state, n, ahead)
            }

            fn discounted(&self, state: Seen, force: f64) -> Result<f64, LifetimeError> {
                self.mathematics().discounted(state, force)
            }

            fn purchases_table(&self, states: &[Seen], times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
                schedule::table(&self.mathematics(), states, times, |expected| expected.purchases)
            }

            fn stays_table(&self, states: &[Seen], times: &[f64]) -> Result<Vec<Vec<f64>>, LifetimeError> {
                schedule::table(&self.mathematics(), states, times, |expected| f64::min(1.0, expected.stays))
            }

            fn draw(&self, t: f64, random: &mut Random) -> Drawn {
                self.mathematics().draw(t, random)
            }
        }
    };
}

beta_geometric! {
    /// The parameters of a [`BetaGeoNbd`].
    BetaGeoNbdParameters, "BG/NBD", "bg_nbd", false
}

beta_geometric! {
    /// The parameters of a [`ModifiedBetaGeoNbd`].
    ModifiedBetaGeoNbdParameters, "MBG/NBD", "mbg_nbd", true
}

beta_geometric! {
    /// The parameters of a [`BetaGeoCnbdK`].
    BetaGeoCnbdKParameters, "BG/CNBD-k", "bg_cnbd_k", false, k
}

beta_geometric! {
    /// The parameters of a [`ModifiedBetaGeoCnbdK`].
    ModifiedBetaGeoCnbdKParameters, "MBG/CNBD-k", "mbg_cnbd_k", true, k
}

impl TakesCovariates for BetaGeoNbdParameters {}
impl TakesCovariates for ModifiedBetaGeoNbdParameters {}
impl ErlangTiming for BetaGeoCnbdKParameters {}
impl ErlangTiming for ModifiedBetaGeoCnbdKParameters {}
