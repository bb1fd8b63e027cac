//! Reasons of grades as a table.

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, IntoColumn, NamedFrom, PolarsResult, Series};

use crate::columns::{ColumnSpec, column};
use crate::grade::Contributions;
use crate::table::one_for_each;

impl Contributions {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &[
        column("customer_id", "", "the customer"),
        column("indicator", "", "what the customer was assessed by"),
        column("z", "SD", "its score, higher is better; null where unknown"),
        column("weight", "share", "its share in the customer's composite score"),
        column("contribution", "SD", "what it adds to the composite score above the base; they sum to the gap"),
        column("rank", "", "1 for the greatest contribution either way"),
        column("text_key", "", "indicator and effect (raises, lowers, unknown, neutral), for texts in any language"),
    ];

    /// One row per graded customer and indicator: customers in the order of the input, each with its greatest
    /// contribution first.
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        let rows = self.contribution.first().map_or(0, Vec::len);
        one_for_each("ids of customers", customers.len(), rows)?;
        let mut place: Vec<IdxSize> = Vec::new();
        let (mut names, mut keys) = (Vec::new(), Vec::new());
        let (mut scores, mut weights, mut contributions, mut ranks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for row in 0..rows {
            for reason in self.reasons(row) {
                place.push(row as IdxSize);
                names.push(reason.indicator);
                keys.push(reason.text_key());
                scores.push(reason.score);
                weights.push(reason.weight);
                contributions.push(reason.contribution);
                ranks.push(reason.rank as i64);
            }
        }
        let customers = customers.take(&IdxCa::from_vec("place".into(), place))?.with_name("customer_id".into());
        let columns: Vec<Column> = vec![
            customers.into_column(),
            Series::new("indicator".into(), names).into_column(),
            Series::new("z".into(), scores).into_column(),
            Series::new("weight".into(), weights).into_column(),
            Series::new("contribution".into(), contributions).into_column(),
            Series::new("rank".into(), ranks).into_column(),
            Series::new("text_key".into(), keys).into_column(),
        ];
        DataFrame::new(columns[0].len(), columns)
    }
}
