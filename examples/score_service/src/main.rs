//! Scores customers over HTTP.

fn main() {}
