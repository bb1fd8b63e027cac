//! How strict a door is.

use emptor_types::Date;

/// What happens to rows that break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// The table is refused, with every broken rule.
    #[default]
    Reject,
    /// The rows are set aside with their reasons and the rest is used.
    Quarantine,
}

/// Settings of a table's door.
///
/// ```
/// use emptor_table::{Policy, ReadOptions};
///
/// let options = ReadOptions::default().policy(Policy::Quarantine);
/// ```
#[derive(Debug, Clone)]
pub struct ReadOptions {
    pub(crate) policy: Policy,
    pub(crate) window: (Date, Date),
    pub(crate) ids_as_text: bool,
    pub(crate) thorough: bool,
}

/// 1900-01-01 and 2100-12-31, in days since 1970.
const DEFAULT_WINDOW: (i32, i32) = (-25_567, 47_846);

impl Default for ReadOptions {
    /// Rejects, and takes dates from 1900-01-01 to 2100-12-31.
    fn default() -> Self {
        let day = |days| Date::from_days_since_epoch(days).unwrap_or(Date::EPOCH);
        Self {
            policy: Policy::default(),
            window: (day(DEFAULT_WINDOW.0), day(DEFAULT_WINDOW.1)),
            ids_as_text: false,
            thorough: false,
        }
    }
}

impl ReadOptions {
    /// What happens to rows that break a rule.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Keeps ids of CSV as text even where all of them are integers, so that tables of which only some have other ids
    /// can be matched.
    #[must_use]
    pub fn ids_as_text(mut self) -> Self {
        self.ids_as_text = true;
        self
    }

    /// Also counts what looks odd without breaking a rule, in transactions: possible duplicates (where order and product
    /// are mapped) and outlying amounts. It takes three more passes, and memory for the distinct lines.
    #[must_use]
    pub fn thorough(mut self) -> Self {
        self.thorough = true;
        self
    }

    /// The days that dates must lie between, both inclusive.
    #[must_use]
    pub fn window(mut self, first: Date, last: Date) -> Self {
        self.window = (first, last);
        self
    }
}
