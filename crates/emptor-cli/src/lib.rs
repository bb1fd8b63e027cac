//! The program `emptor`: customer value, grades, profiles, forecasts and the report of a file.

pub mod config;
