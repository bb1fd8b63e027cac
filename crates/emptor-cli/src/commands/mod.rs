//! One question each.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod profile;
pub(crate) mod report;
pub(crate) mod rfm;
pub(crate) mod save;
mod terms;
pub(crate) mod value;
