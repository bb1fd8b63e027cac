//! Product: what goes with what, what to offer next, and how good it all is.
//!
//! [`section`] makes every table that the input allows. The parts can be used alone:
//!
//! | question | answer |
//! |---|---|
//! | what goes with what, and is it chance? | [`rules`], and [`baskets`] to get there from tables |
//! | what to offer to whom next, and how well does that work? | [`offers`] |
//! | which products carry the revenue, whose demand is steady? | [`abc`], [`demand_variation`], [`xyz`] |
//! | is this product worse than others, or unlucky? | [`ControlLimits`] |
//! | how long was it out of stock? | [`stock_days`] |
//! | do orders swing more than sales? | [`bullwhip`] |
//! | what does a new product take from its sisters? | [`cannibalisation`] |

mod acceptance;
mod associations;
mod assortment;
mod bullwhip;
mod cannibalisation;
mod design;
mod facts;
mod incidence;
mod launches;
mod next_offer;
mod numbers;
mod offered;
pub mod offers;
mod performance;
mod quality;
pub mod rules;
mod sales;
mod section;
mod settings;
mod supply;
#[cfg(test)]
mod tests;
mod themes;

pub use assortment::{Abc, Xyz, abc, demand_variation, xyz};
pub use bullwhip::{Bullwhip, bullwhip};
pub use cannibalisation::{Cannibalisation, cannibalisation};
pub use incidence::{ProductBaskets, baskets};
pub use quality::ControlLimits;
pub use section::section;
pub use settings::{Bundles, Kits, ProductSettings, Unit};
pub use supply::{StockDays, stock_days};
