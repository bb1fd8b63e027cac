//! What every table that has passed its door gives back.

/// The accessors of a table with fields `frame`, `rejects`, `quality` and `known`.
macro_rules! accessors {
    ($table:ident) => {
        impl $table {
            /// The accepted rows, under canonical names; of several versions of a row the last one known.
            pub fn rows(&self) -> polars::prelude::LazyFrame {
                $crate::known::rows(&self.frame, self.known.as_ref())
            }

            /// The table as it was known on a day: without the rows that became known later, by the role `known_at`. The
            /// report on data quality counts them. A table that does not say when its rows became known stays as it is.
            #[must_use]
            pub fn known_by(&self, as_of: emptor_types::Date) -> Self {
                let Some(known) = self.known.as_ref().map(|known| known.by(as_of)) else { return self.clone() };
                Self { quality: known.report(&self.quality), known: Some(known), ..self.clone() }
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
