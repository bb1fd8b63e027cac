//! Product: what goes with what, and how good it is.

mod incidence;
pub mod offers;
pub mod rules;
mod settings;

pub use incidence::{ProductBaskets, baskets};
pub use settings::{Bundles, Kits, ProductSettings, Unit};
