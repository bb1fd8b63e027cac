//! Product: what goes with what, and how good it is.

mod associations;
mod assortment;
mod facts;
mod incidence;
pub mod offers;
mod performance;
pub mod rules;
mod settings;

pub use assortment::{Abc, Xyz, abc, demand_variation, xyz};
pub use incidence::{ProductBaskets, baskets};
pub use settings::{Bundles, Kits, ProductSettings, Unit};
