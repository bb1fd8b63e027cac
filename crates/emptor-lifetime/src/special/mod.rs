//! Special functions of positive arguments, accurate where purchase models need them.
//!
//! A likelihood of this family is made of *differences* of `ln Γ`. Subtracting two library values loses as many digits
//! as the arguments are large (six at 10⁶), so [`ln_gamma_ratio`] and [`ln_beta`] form the difference analytically.

mod gamma;
mod hypergeometric;
mod one_in_first;
mod second_difference;

pub use gamma::{digamma, ln_beta, ln_gamma, ln_gamma_ratio};
pub use hypergeometric::ln_hyp2f1;

pub(crate) use one_in_first::hyp2f1_one_in_first;
pub(crate) use second_difference::{digamma_difference, ln_gamma_second_difference};
