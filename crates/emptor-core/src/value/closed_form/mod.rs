//! Closed forms of lifetime value.

mod conventions;

pub use conventions::ClosedForm;
