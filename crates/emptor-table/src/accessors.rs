//! What every table that has passed its door gives back.

/// The accessors of a table with fields `frame`, `rejects` and `quality`.
macro_rules! accessors {
    ($table:ident) => {
        impl $table {
            /// The accepted rows, under canonical names.
            pub fn rows(&self) -> polars::prelude::LazyFrame {
                self.frame.clone()
            }

            /// The rows set aside: every column of the source, the row number (`row`, from 1) and the `reasons`.
            #[must_use]
            pub fn rejects(&self) -> Option<&polars::prelude::DataFrame> {
                self.rejects.as_ref()
            }

            /// What was read and what was notable about it.
            #[must_use]
            pub fn quality(&self) -> &$crate::DataQuality {
                &self.quality
            }
        }

        impl std::fmt::Debug for $table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($table)).field("quality", &self.quality).finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use accessors;
