//! Why a customer has its grade, what would raise it, and the rule in words and in SQL.

mod contributions;
mod crossing;
mod policy;
mod sql;
mod sql_stages;
#[cfg(test)]
mod tests;
mod upgrades;

pub use contributions::{Contributions, Reason};
pub use policy::GradePolicy;
pub use upgrades::Upgrade;
