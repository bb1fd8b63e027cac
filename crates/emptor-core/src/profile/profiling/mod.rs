//! Profiling: who customers are, by level, risk, preferences and habits.
