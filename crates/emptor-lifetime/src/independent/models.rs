//! The three models as the machinery takes them.

use emptor_types::{HistoryView, Invalid};
use serde::{Deserialize, Serialize};

use super::sample::{PairedSample, evaluate, p_alive};
use super::{GammaGompertz, Independent, Lifetime, Never, Pareto, probability};
use crate::LifetimeError;
use crate::estimation::{Model, Spec};
use crate::purchase::{Drawn, Fitted, Parameter, Process, PurchaseOptions, Random, Seen, Starts, TakesCovariates};
use crate::sample::{THIN, THIN_FROM};

/// NBD: how often do customers buy, if nobody ever leaves? The baseline that every other model must beat.
///
/// **Story.** A customer buys at random with rate λ for ever; rates differ between customers by a gamma distribution.
///
/// **Formula** (Ehrenberg 1959; as a density of the purchase times):
/// ```text
/// L = Γ(r+x)/Γ(r) · α^r / (α+T)^(r+x)
/// ```
/// `p_alive` is 1, and the expected purchases in `t` are `(r+x)/(α+T) · t`. With covariates `α = α₀ exp(−γ'z)`.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{FittedNbd, NbdParameters, PurchaseModel};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// let model = FittedNbd::from_parameters(NbdParameters { r: 0.385, alpha: 12.072 }, TimeUnit::Week)?;
/// let history = HistoryView::new(&[2.0], &[30.43], &[38.86], None, TimeUnit::Week)?;
/// let next = model.expected_purchases(&history, Horizon::weeks(10.0)?)?;
/// assert!((next[0] - 2.385 / 50.932 * 10.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** A. S. C. Ehrenberg (1959), The pattern of consumer purchases, *Applied Statistics* 8(1), 26–41.
pub type Nbd = Spec<NbdParameters>;

/// A fitted [`Nbd`].
pub type FittedNbd = Fitted<NbdParameters>;

/// Pareto/NBD: the model that started the family. Customers may leave at any time, whether they buy or not.
///
/// **Story.** While alive, a customer buys at random with rate λ. They leave after a time that is exponential with rate μ.
/// Both rates differ between customers, independently, by gamma distributions:
/// ```text
/// purchases while alive ~ Poisson(λ t)          λ ~ gamma(shape r, rate α)
/// time alive ~ exponential(μ)                   μ ~ gamma(shape s, rate β)
/// ```
///
/// **Formula** (a customer with x repeat purchases, the last at t_x, observed until T; `R = r + x`):
/// ```text
/// L = Γ(R)α^r/Γ(r) · { S(T) (α+T)^(−R) + ∫ from t_x to T of −S'(τ) (α+τ)^(−R) dτ }        S(t) = (β/(β+t))^s
///
/// p_alive = S(T) (α+T)^(−R) / { … }
/// E[X(T, T+t)] = p_alive · R/(α+T) · ∫ from 0 to t of S(T+u)/S(T) du
/// DERT = p_alive · R/(α+T) · ∫ from 0 to ∞ of e^(−δu) S(T+u)/S(T) du
/// ```
/// The integrals are hypergeometric, and are not computed as such. With covariates: `α = α₀ exp(−γ'z)` for purchases,
/// `β = β₀ exp(−γ'z)` for drop-out, so that a positive coefficient means buying more and leaving sooner.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{FittedParetoNbd, ParetoNbdParameters, PurchaseModel};
/// use emptor_types::{HistoryView, Horizon, TimeUnit};
///
/// // CDNOW in weeks (BTYD's vignette), and its customer 1516.
/// let parameters = ParetoNbdParameters { r: 0.5533710, alpha: 10.5795196, s: 0.6059074, beta: 11.6581162 };
/// let model = FittedParetoNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let history = HistoryView::new(&[26.0], &[216.0 / 7.0], &[31.0], None, TimeUnit::Week)?;
/// assert!((model.expected_purchases(&history, Horizon::weeks(52.0)?)?[0] - 25.456).abs() < 1e-3);
/// assert!((model.p_alive(&history)?[0] - 0.99787).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Numerical notes.** The likelihood is built from the chance that somebody alive at `t` leaves before the next purchase,
/// which depends on `(x, t)` only and is computed once per distinct pair, by the shortest of four series or by quadrature,
/// together with its derivatives. All parts are positive, so nothing cancels or overflows for frequent buyers, for
/// `t_x = T`, at `s = 1` or where `α` and `β` differ by many powers of ten.
///
/// **References.** D. C. Schmittlein, D. G. Morrison, R. Colombo (1987), Counting your customers: who are they and what
/// will they do next?, *Management Science* 33(1), 1–24. P. S. Fader, B. G. S. Hardie (2005), A note on deriving the
/// Pareto/NBD model and related expressions, note 009 at brucehardie.com.
pub type ParetoNbd = Spec<ParetoNbdParameters>;

/// A fitted [`ParetoNbd`].
pub type FittedParetoNbd = Fitted<ParetoNbdParameters>;

/// GGom/NBD: like [`ParetoNbd`], with a rate of leaving that grows with the age of the relationship.
///
/// **Story.** As in the Pareto/NBD, but the time alive is Gompertz distributed: the rate of leaving is `η b e^(bt)`, with η
/// differing between customers. It can grow, and the density of lifetimes can have a mode, which the Pareto cannot.
/// ```text
/// purchases while alive ~ Poisson(λ t)          λ ~ gamma(shape r, rate α)
/// time alive ~ Gompertz(η, b)                   η ~ gamma(shape s, rate β)          S(t) = (β/(β + e^(bt) − 1))^s
/// ```
///
/// **Formula.** That of the [`ParetoNbd`] with this `S`; the integral has no closed form and is done by quadrature. As
/// `b → 0` with `β/b` fixed the model becomes the Pareto/NBD with that β: bases without ageing end there, and the fit says
/// that it ran to the boundary. With covariates `α = α₀ exp(−γ'z)`, `β = β₀ exp(−γ'z)`.
///
/// **Example.**
/// ```
/// use emptor_lifetime::{FittedGammaGompertzNbd, GammaGompertzNbdParameters, PurchaseModel};
/// use emptor_types::{HistoryView, TimeUnit};
///
/// let parameters = GammaGompertzNbdParameters { r: 0.55, alpha: 10.6, b: 0.02, s: 0.6, beta: 0.3 };
/// let model = FittedGammaGompertzNbd::from_parameters(parameters, TimeUnit::Week)?;
/// let history = HistoryView::new(&[2.0, 2.0], &[30.43, 10.0], &[38.86, 38.86], None, TimeUnit::Week)?;
/// let alive = model.p_alive(&history)?;
/// assert!(alive[0] > alive[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Reference.** A. C. Bemmaor, N. Glady (2012), Modeling purchasing behavior with sudden "death": a flexible customer
/// lifetime model, *Management Science* 58(5), 1012–1021.
pub type GammaGompertzNbd = Spec<GammaGompertzNbdParameters>;

/// A fitted [`GammaGompertzNbd`].
pub type FittedGammaGompertzNbd = Fitted<GammaGompertzNbdParameters>;

/// The parameters of an [`Nbd`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NbdParameters {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time: the mean customer buys `r / alpha` times per unit.
    pub alpha: f64,
}

/// The parameters of a [`ParetoNbd`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ParetoNbdParameters {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time: the mean customer buys `r / alpha` times per unit.
    pub alpha: f64,
    /// Shape of the rates of leaving.
    pub s: f64,
    /// Rate of the rates of leaving, in units of time: the mean rate of leaving is `s / beta`.
    pub beta: f64,
}

/// The parameters of a [`GammaGompertzNbd`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GammaGompertzNbdParameters {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Rate of the purchase rates, in units of time: the mean customer buys `r / alpha` times per unit.
    pub alpha: f64,
    /// By how much the rate of leaving grows per unit of time.
    pub b: f64,
    /// Shape of the levels η of the rate of leaving.
    pub s: f64,
    /// Rate of the levels η: the rate of leaving begins at `b s / beta` in the mean.
    pub beta: f64,
}

/// A model of this family: which fields its mathematics is made of.
macro_rules! independent {
    ($name:ident, $usual:literal, $kind:literal, $lifetime:ty, |$model:ident| $made:expr,
     [$($field:ident: $parameter:expr),*], $first:expr, $more:expr) => {
        impl $name {
            fn mathematics(&self) -> Independent<$lifetime> {
                let $model = self;
                Independent { r: self.r, alpha: self.alpha, lifetime: $made }
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

        impl TakesCovariates for $name {}

        impl Process for $name {
            const PARAMETERS: &'static [Parameter] = &[$($parameter),*];
            type Sample = PairedSample;

            fn from_values(values: &[f64], _k: u32) -> Self {
                let mut values = values.iter().copied();
                Self { $($field: values.next().unwrap_or(f64::NAN)),* }
            }

            fn values(&self) -> Vec<f64> {
                vec![$(self.$field),*]
            }

            fn starts() -> Starts {
                Starts { first: $first, more: $more }
            }

            fn compress(history: &HistoryView<'_>, time_scale: f64) -> PairedSample {
                PairedSample::compress(history, time_scale)
            }

            fn thinned(sample: &PairedSample) -> Option<(PairedSample, f64)> {
                (sample.rows.rows.len() >= THIN_FROM).then(|| {
                    let part = sample.rows.thinned(THIN);
                    let customers = part.customers();
                    (PairedSample::new(part), customers)
                })
            }

            fn distinct(sample: &PairedSample) -> usize {
                sample.rows.rows.len()
            }

            fn evaluate(&self, sample: &PairedSample) -> (f64, Vec<f64>) {
                evaluate(&self.mathematics(), sample)
            }

            fn p_alive(&self, seen: Seen) -> f64 {
                self.mathematics().p_alive(seen.x, seen.recency, seen.t)
            }

            fn p_alive_of_all(&self, history: &HistoryView<'_>) -> Vec<f64> {
                p_alive(&self.mathematics(), history)
            }

            fn p_alive_sql(&self) -> Result<Option<String>, Invalid> {
                // A lifetime without parameters is one without an end.
                Ok((<$lifetime as Lifetime>::OWN == 0).then(|| "1.0".to_owned()))
            }

            fn stays(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
                Ok(self.mathematics().lifetime.residual_survival(state.t, ahead))
            }

            fn purchases(&self, state: Seen, ahead: f64) -> Result<f64, LifetimeError> {
                let model = self.mathematics();
                Ok(model.rate(state.x, state.t) * model.lifetime.expected_residual(state.t, ahead))
            }

            fn probability_of(&self, state: Seen, n: f64, ahead: f64) -> Result<f64, LifetimeError> {
                let model = self.mathematics();
                let (shape, rate) = (model.r + state.x, model.alpha + state.t);
                let probability = probability::of_n_purchases(&model.lifetime, shape, rate, state.t, n, ahead);
                Ok(f64::min(1.0, probability))
            }

            fn discounted(&self, state: Seen, force: f64) -> Result<f64, LifetimeError> {
                let model = self.mathematics();
                Ok(model.rate(state.x, state.t) * model.lifetime.discounted_residual(state.t, force))
            }

            fn draw(&self, t: f64, random: &mut Random) -> Drawn {
                self.mathematics().draw(t, random)
            }
        }
    };
}

independent! {
    NbdParameters, "NBD", "nbd", Never, |_model| Never,
    [r: Parameter::shape("r"), alpha: Parameter::time("alpha").moved_by_purchase_covariates(-1.0)],
    vec![-0.7, 0.7], vec![vec![0.0, 0.0], vec![1.0, 1.5], vec![-2.0, 0.0]]
}

independent! {
    ParetoNbdParameters, "Pareto/NBD", "pareto_nbd", Pareto, |model| Pareto { s: model.s, beta: model.beta },
    [
        r: Parameter::shape("r"),
        alpha: Parameter::time("alpha").moved_by_purchase_covariates(-1.0),
        s: Parameter::shape("s"),
        beta: Parameter::time("beta").moved_by_dropout_covariates(-1.0)
    ],
    vec![-0.6, 0.8, -0.5, 0.8],
    vec![vec![0.0, 0.0, 0.0, 0.0], vec![1.0, 1.5, -1.0, 2.0], vec![-1.5, -1.0, 1.0, 4.0], vec![-0.5, 0.5, -2.0, 0.0]]
}

independent! {
    GammaGompertzNbdParameters, "GGom/NBD", "ggom_nbd", GammaGompertz,
    |model| GammaGompertz { b: model.b, s: model.s, beta: model.beta },
    [
        r: Parameter::shape("r"),
        alpha: Parameter::time("alpha").moved_by_purchase_covariates(-1.0),
        b: Parameter::rate("b"),
        s: Parameter::shape("s"),
        beta: Parameter::shape("beta").moved_by_dropout_covariates(-1.0)
    ],
    vec![-0.6, 0.8, -1.5, -0.5, -0.7],
    vec![
        vec![0.0, 0.0, 0.0, 0.0, 0.0],
        vec![0.0, 0.5, -3.0, 0.0, -2.0],
        vec![-1.0, 0.0, -0.5, 1.0, 2.0],
        vec![0.5, 1.0, -1.0, -1.0, -3.0],
    ]
}
