//! What all models estimated by maximum likelihood share: settings, the specification that carries them, the
//! conclusion of a fit, and what the curvature at the maximum says about certainty.

mod bootstrap;
mod certainty;
mod scores;
mod settings;
mod spec;
mod uncertain;

pub use bootstrap::Bootstrap;
pub use certainty::{Estimate, Interval};
pub use scores::Scored;
pub use spec::{Model, Spec, SpecBuilder};
pub use uncertain::{Direction, Uncertain};

pub(crate) use bootstrap::{bootstrap, written_out};
pub(crate) use certainty::{Certainty, certainty_of};
pub(crate) use scores::scores_of;
pub(crate) use settings::{Conclusion, Settings, conclude};
pub(crate) use uncertain::delta_intervals;
