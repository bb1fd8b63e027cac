//! Tests of the standard.
