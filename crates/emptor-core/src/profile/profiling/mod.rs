//! Profiling: who customers are.

mod concentration;
mod decomposition;
mod habits;
mod preference;
mod roll_out;
mod settings;
mod weighted;

pub use concentration::{AbcClass, Decile, abc_classes, deciles, herfindahl, top_share};
pub use decomposition::{Factors, LogChange, Sales};
pub use habits::{Rhythm, Spread, spread};
pub use preference::{Part, SegmentIndex, preference_index, segment_indices};
pub use roll_out::{RollOut, TestCell};
pub use settings::{LookBack, ProfilingSettings, SegmentBy};
pub use weighted::{Normalization, weighted_rfm};
