//! Product: what goes with what, and how good it is.

pub mod rules;
