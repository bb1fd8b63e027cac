//! Performance: what was sold, by product, channel, place and people.

pub mod cube;
