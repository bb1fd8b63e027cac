//! Prospecting: who comes next, and what winning them costs.
