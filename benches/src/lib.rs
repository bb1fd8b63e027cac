//! Data and rivals of the benchmarks, shared by criterion and by the program `measure` that peers are compared with.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

pub mod bases;
pub mod data;
pub mod handwritten;
pub mod seven_p;
