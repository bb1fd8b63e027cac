//! Scores customers over HTTP.
