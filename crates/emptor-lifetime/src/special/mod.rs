//! Special functions of positive arguments, accurate where purchase models need them.
//!
//! A likelihood of this family is made of *differences* of `ln Γ`. Subtracting two library values loses as many digits
//! as the arguments are large (six at 10⁶), so [`ln_gamma_ratio`] and [`ln_beta`] form the difference analytically.

mod exponential_integral;
mod exponential_kernel;
mod gamma;
#[cfg(test)]
mod golden;
mod hypergeometric;
mod incomplete_gamma;
mod normal;

pub use exponential_integral::{scaled_exponential_integral, scaled_exponential_integral_gradient};
pub use gamma::{digamma, ln_beta, ln_gamma, ln_gamma_ratio, trigamma};
pub use hypergeometric::{ln_hyp2f1, ln_hyp2f1_gradient};
pub use incomplete_gamma::{
    chi_squared_survival, gamma_p, gamma_q, ln_gamma_density, ln_gamma_p, ln_gamma_p_gradient, ln_gamma_q,
    ln_gamma_q_gradient,
};
pub use normal::normal_quantile;
