//! The five cases of Berger & Nasr (1998), "Customer lifetime value: marketing models and applications", Journal of
//! Interactive Marketing 12(1).
//!
//! | | customers | |
//! |---|---|---|
//! | 1 | buy once a year or are lost; promotion at mid-year | [`Case1`] |
//! | 2a | the same, several times a year | [`Case2a`] |
//! | 2b | the same, once in several years | [`Case2b`] |
//! | 3 | bring a profit that changes with time | [`Case3`], [`ProfitCurve`] |
//! | 4 | the same as a continuous flow | [`Case4`] |
//! | 5 | may skip periods and come back | [`Case5`] |
//!
//! In cases 1 to 4 a customer who leaves is lost for good, so they ask for a retention rate; case 5 asks for the
//! probabilities of buying again after so many periods of silence. All values are of a customer at the first purchase,
//! which counts.

mod cycles;
mod migration;
mod profit;

pub use cycles::{Case1, Case2a, Case2b};
pub use migration::Case5;
pub use profit::{Case3, Case4, ProfitCurve};
