//! Probabilities and confidence levels.

use serde::{Deserialize, Serialize};

use crate::Invalid;

macro_rules! checked_f64 {
    ($(#[$doc:meta])* $name:ident, $field:literal, $rule:literal, $holds:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// Checks and wraps a number.
            ///
            /// # Errors
            /// If the number is outside the type's range or not a number.
            pub fn new(value: f64) -> Result<Self, Invalid> {
                let holds: fn(f64) -> bool = $holds;
                if holds(value) { Ok(Self(value)) } else { Err(Invalid::value($field, $rule, value)) }
            }

            /// The number.
            #[must_use]
            pub fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = Invalid;

            fn try_from(value: f64) -> Result<Self, Invalid> {
                Self::new(value)
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                value.0
            }
        }
    };
}

checked_f64! {
    /// A probability, from 0 to 1 inclusive.
    ///
    /// ```
    /// use emptor_types::Probability;
    /// assert!(Probability::new(1.0).is_ok());
    /// assert!(Probability::new(1.0 + 1e-9).is_err());
    /// ```
    Probability, "probability", "must lie between 0 and 1", |p| (0.0..=1.0).contains(&p)
}

checked_f64! {
    /// A confidence level, strictly between 0 and 1.
    ///
    /// ```
    /// use emptor_types::Level;
    /// assert_eq!(Level::new(0.95)?.get(), 0.95);
    /// assert!(Level::new(95.0).is_err());
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    Level, "level", "must lie strictly between 0 and 1", |p| p > 0.0 && p < 1.0
}
