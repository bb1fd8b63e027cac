//! Published values, invariants and extremes of the BG/NBD model.

mod closed_forms;
mod extremes;
mod fits;
