#![doc = include_str!("../README.md")]

pub mod prelude;

/// Longer texts, whose programs are run as tests.
pub mod guide {
    #[doc = include_str!("../guide/embedding.md")]
    pub mod embedding {}
}

mod error;

#[cfg(feature = "charts")]
pub use emptor_chart as chart;
pub use emptor_cluster as cluster;
pub use emptor_core::{ColumnSpec, analysis, grade, period, profile, statistics, value};
pub use emptor_forecast as forecast;
pub use emptor_learn as learn;
pub use emptor_lifetime as lifetime;
#[cfg(feature = "report")]
pub use emptor_report as report;
pub use emptor_rfm as rfm;
pub use emptor_table as table;
pub use emptor_table::polars;
pub use emptor_types as types;

pub use error::Error;
