//! The life cycle: in which stage each relationship is.
