//! The stages.

use std::fmt;

/// The stage of a relationship: exploration, formation, stability and decline (Chen 2002), with the customer who has not
/// bought yet before them, and the one who is gone and the one who came back after them (Xu & Wang 2003: establish,
/// maintain, recover).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// No purchase yet.
    Prospect,
    /// Trial orders, small contribution.
    Exploration,
    /// Contribution grows.
    Formation,
    /// Contribution holds near its highest level.
    Stability,
    /// Contribution falls, or a purchase is overdue.
    Decline,
    /// Gone, as far as can be seen.
    Terminated,
    /// Bought again after having been gone; for one period, then a new relationship begins.
    Recovery,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 7] = [
        Self::Prospect,
        Self::Exploration,
        Self::Formation,
        Self::Stability,
        Self::Decline,
        Self::Terminated,
        Self::Recovery,
    ];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::Exploration => "exploration",
            Self::Formation => "formation",
            Self::Stability => "stability",
            Self::Decline => "decline",
            Self::Terminated => "terminated",
            Self::Recovery => "recovery",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a whole relationship came (the four patterns of Chen 2002).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// It ended in exploration.
    EarlyAborted,
    /// It ended in formation.
    MidWay,
    /// It was stable for a short time.
    EarlyExit,
    /// It was stable for long.
    LongRetained,
}

impl Pattern {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EarlyAborted => "early_aborted",
            Self::MidWay => "mid_way",
            Self::EarlyExit => "early_exit",
            Self::LongRetained => "long_retained",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
