//! Who is worth what: matrix, classes and vectors.

use polars::prelude::{DataFrame, PolarsResult, Series};

use crate::columns::ColumnSpec;
use crate::portfolio::{ProfitClasses, SufficientValue, ValueMatrix};
use crate::table::{Of, count, frame, frame_by_customer, known, number, same_number, specs, text};

const QUADRANTS: &[Of<ValueMatrix>] = &[text(
    "quadrant",
    "",
    "platinum, gold, iron or lead; null where current or potential value is unknown",
    |of, row| of.quadrants[row].map(|quadrant| quadrant.to_string()),
)];

const MATRIX: &[Of<ValueMatrix>] = &[
    text("quadrant", "", "platinum, gold, iron or lead; null for customers without one", |of, row| {
        of.parts[row].quadrant.map(|quadrant| quadrant.to_string())
    }),
    count("customers", "customers", "its customers", |of, row| Some(of.parts[row].customers)),
    number("value_current", "currency", "their current value, as far as known", |of, row| of.parts[row].current),
    number("value_potential", "currency", "their potential value, as far as known", |of, row| of.parts[row].potential),
    same_number("cut_current", "currency", "current value is high above it", |of| Some(of.current_cut)),
    same_number("cut_potential", "currency", "potential value is high above it", |of| Some(of.potential_cut)),
];

impl ValueMatrix {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { QUADRANTS.len() + 1 }>(QUADRANTS);

    /// The columns of [`parts_to_frame`](Self::parts_to_frame).
    pub const PART_COLUMNS: &'static [ColumnSpec] = &specs::<_, { MATRIX.len() }>(MATRIX);

    /// One row per customer, in the order of the input.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{MatrixCuts, ValueMatrix};
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    ///
    /// let cuts = MatrixCuts::At { current: 50.0, potential: 30.0 };
    /// let matrix = ValueMatrix::new(&[90.0, 10.0], &[60.0, f64::NAN], cuts)?;
    /// let table = matrix.to_frame(&Series::new("id".into(), ["a", "b"]))?;
    /// assert_eq!(table.column("quadrant")?.str()?.get(0), Some("platinum"));
    /// assert_eq!(table.column("quadrant")?.str()?.get(1), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        frame_by_customer(QUADRANTS, customers, self, self.quadrants.len())
    }

    /// One row per quadrant, platinum first, and last the unassigned.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{MatrixCuts, ValueMatrix};
    ///
    /// let cuts = MatrixCuts::At { current: 50.0, potential: 30.0 };
    /// let table = ValueMatrix::new(&[90.0, 10.0], &[60.0, f64::NAN], cuts)?.parts_to_frame()?;
    /// assert_eq!(table.column("customers")?.i64()?.get(4), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn parts_to_frame(&self) -> PolarsResult<DataFrame> {
        frame(MATRIX, self, self.parts.len())
    }
}

const CLASSES: &[Of<ProfitClasses>] =
    &[text("profit_class", "", "loss, low, mid or high; null where profit is unknown", |of, row| {
        of.classes[row].map(|class| class.to_string())
    })];

const CLASS_PARTS: &[Of<ProfitClasses>] = &[
    text("profit_class", "", "loss, low, mid or high; null for customers without one", |of, row| {
        of.parts[row].class.map(|class| class.to_string())
    }),
    count("customers", "customers", "its customers", |of, row| Some(of.parts[row].customers)),
    number("profit", "currency", "their profit", |of, row| of.parts[row].profit),
    same_number("mid_above", "currency", "a profit above it is mid; null where none is positive", |of| of.mid_above),
    same_number("high_above", "currency", "a profit above it is high; null where none is positive", |of| of.high_above),
];

impl ProfitClasses {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { CLASSES.len() + 1 }>(CLASSES);

    /// The columns of [`parts_to_frame`](Self::parts_to_frame).
    pub const PART_COLUMNS: &'static [ColumnSpec] = &specs::<_, { CLASS_PARTS.len() }>(CLASS_PARTS);

    /// One row per customer, in the order of the input.
    ///
    /// ```
    /// use emptor_core::value::portfolio::ProfitClasses;
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    ///
    /// let classes = ProfitClasses::terciles(&[-5.0, f64::NAN])?;
    /// let table = classes.to_frame(&Series::new("id".into(), [1_i64, 2]))?;
    /// assert_eq!(table.column("profit_class")?.str()?.get(0), Some("loss"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        frame_by_customer(CLASSES, customers, self, self.classes.len())
    }

    /// One row per class, the worst first, and last the unassigned.
    ///
    /// ```
    /// use emptor_core::value::portfolio::ProfitClasses;
    ///
    /// let table = ProfitClasses::terciles(&[-5.0, f64::NAN])?.parts_to_frame()?;
    /// assert_eq!(table.column("profit")?.f64()?.get(0), Some(-5.0));
    /// assert_eq!(table.column("mid_above")?.f64()?.get(0), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn parts_to_frame(&self) -> PolarsResult<DataFrame> {
        frame(CLASS_PARTS, self, self.parts.len())
    }
}

const SUFFICIENT: &[Of<[SufficientValue]>] = &[
    known("value_current", "currency", "net present value of current profit", |of, row| of[row].current),
    known("value_potential", "currency", "net present value that potential profit adds", |of, row| of[row].potential),
    known("volume_index", "100 = mean of the base", "sales volume", |of, row| of[row].volume_index),
    known("development_index", "100 = mean of the base", "contribution to the firm's development", |of, row| {
        of[row].development_index
    }),
];

impl SufficientValue {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { SUFFICIENT.len() + 1 }>(SUFFICIENT);

    /// One row per customer, in the order of the input.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{SufficientValue, sufficient_values};
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    ///
    /// let values = sufficient_values(&[500.0, 80.0], &[50.0, f64::NAN], &[300.0, 100.0], &[])?;
    /// let table = SufficientValue::frame(&values, &Series::new("id".into(), ["a", "b"]))?;
    /// assert_eq!(table.column("volume_index")?.f64()?.get(0), Some(150.0));
    /// assert_eq!(table.column("value_potential")?.f64()?.get(1), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn frame(values: &[Self], customers: &Series) -> PolarsResult<DataFrame> {
        frame_by_customer(SUFFICIENT, customers, values, values.len())
    }
}
