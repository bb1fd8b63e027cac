//! Special functions of positive arguments, accurate where purchase models need them.
//!
//! A likelihood of this family is made of *differences* of `ln Γ`. Subtracting two library values loses as many digits
//! as the arguments are large (six at 10⁶), so [`ln_gamma_ratio`] and [`ln_beta`] form the difference analytically.
//! Incomplete gamma functions, exponential integrals and hypergeometric functions are sums or integrals of positive
//! parts wherever that can be had, so that no pole and hardly any cancellation is near.
//!
//! # Accuracy
//!
//! Measured on `tests/golden/special.csv` (mpmath, 60 digits); the test beside this file holds every figure within a
//! named bound. *log*: error relative to `max(1, |value|)`; *value*: relative to the value.
//!
//! | function | range on the grid | against | worst error |
//! |---|---|---|---|
//! | [`ln_gamma`] | x 1e-5 … 1e8 | log | 2.1e-16 |
//! | [`digamma`] | x 1e-5 … 1e8 | log | 7.8e-16 |
//! | [`trigamma`] | x 1e-5 … 1e8 | value | 4.2e-16 |
//! | [`ln_gamma_ratio`] | x 1e-3 … 1e6, d ±1e-6 … ±1e5 | value | 8.0e-16 |
//! | [`ln_beta`] | 1e-6 … 1e6 | log | 1.1e-15 |
//! | [`normal_quantile`] | p 1e-300 … 1 − 1e-15 | value | 3.3e-16 |
//! | [`ln_gamma_p`], [`ln_gamma_q`] | a 1e-3 … 1e6, x 1e-12 … 1e6 | log | 3.4e-15 |
//! | … their derivatives by `a` | a, x up to 1e4 | log | 1.8e-15 |
//! | [`ln_gamma_density`] | as `ln_gamma_p` | log | 1.5e-15 |
//! | [`scaled_exponential_integral`] | s 1e-4 … 1e4, z 1e-10 … 1e6 | value | 8.2e-16 |
//! | … its derivatives | s 1e-4 … 100, z 1e-10 … 1e6 | value | 6.2e-16 |
//! | [`ln_hyp2f1`] | a, b, c 1e-3 … 5000, z up to 0.999; up to 150, z up to 1 − 1e-15 | log | 1.1e-14 |
//! | [`ln_hyp2f1_gradient`] | the same | log | 1.9e-14 |
//!
//! [`gamma_p`], [`gamma_q`] and [`chi_squared_survival`] are exponentials of the logarithms and lose what those amount
//! to. Outside the grid, on random parameters up to 10⁴, the hypergeometric function stayed within 5e-13.

mod exponential_integral;
mod exponential_kernel;
mod gamma;
#[cfg(test)]
mod golden;
mod hypergeometric;
mod incomplete_gamma;
mod normal;
mod one_in_first;
mod second_difference;

pub use exponential_integral::{scaled_exponential_integral, scaled_exponential_integral_gradient};
pub use gamma::{digamma, ln_beta, ln_gamma, ln_gamma_ratio, trigamma};
pub use hypergeometric::{ln_hyp2f1, ln_hyp2f1_gradient};
pub use incomplete_gamma::{
    chi_squared_survival, gamma_p, gamma_q, ln_gamma_density, ln_gamma_p, ln_gamma_p_gradient, ln_gamma_q,
    ln_gamma_q_gradient,
};
pub use normal::normal_quantile;

pub(crate) use one_in_first::hyp2f1_one_in_first;
pub(crate) use second_difference::{digamma_difference, ln_gamma_second_difference};
