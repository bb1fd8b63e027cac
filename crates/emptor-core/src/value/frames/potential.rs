//! Potential profit.

use polars::prelude::{DataFrame, PolarsResult, Series};

use super::lifetime::repeated;
use crate::columns::ColumnSpec;
use crate::table::{Of, count, flag, frame, frame_by_customer, known, number, one_for_each, specs, text};
use crate::value::potential::Potential;

const PANEL: &[Of<Potential>] = &[
    count("t", "", "period, from 1", |of, row| Some(row % of.periods() + 1)),
    number("prp", "currency", "potential profit of the period, components added up, within the wallet", |of, row| {
        of.of(row / of.periods()).map_or(f64::NAN, |profit| profit[row % of.periods()])
    }),
];

const COMPONENTS: &[Of<Potential>] = &[
    text("component", "", "name of the component", |of, row| Some(of.components()[row].name.clone())),
    text("kind", "", "what it is: cross-sell, up-sell, share of wallet, referral and so on", |of, row| {
        Some(of.components()[row].kind.to_string())
    }),
    flag("counted", "", "whether it is in the potential profit; referrals are not, unless asked for", |of, row| {
        of.components()[row].counted
    }),
    number(
        "margin",
        "currency",
        "expected margin before any cut, all customers and periods, undiscounted",
        |of, row| of.components()[row].margin,
    ),
    number("cost", "currency", "costs, which the wallet does not cut", |of, row| of.components()[row].cost),
    number("cut", "currency", "margin for which the wallet has no room", |of, row| of.components()[row].cut),
    number("kept", "currency", "profit that remains: margin − cost − cut", |of, row| of.components()[row].kept),
    known("revenue", "currency", "revenue before any cut; null where the component does not know it", |of, row| {
        of.components()[row].revenue
    }),
];

impl Potential {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { PANEL.len() + 1 }>(PANEL);

    /// The columns of [`components_to_frame`](Self::components_to_frame).
    pub const COMPONENT_COLUMNS: &'static [ColumnSpec] = &specs::<_, { COMPONENTS.len() }>(COMPONENTS);

    /// One row per customer and period, ordered by both.
    ///
    /// ```
    /// use emptor_core::value::potential::{Potential, PotentialComponent};
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    ///
    /// let training = PotentialComponent::supplied("training", 2, vec![30.0, 60.0, 0.0, 5.0])?;
    /// let potential = Potential::builder(2, 2).add(training).build()?;
    /// let table = potential.to_frame(&Series::new("id".into(), ["a", "b"]))?;
    /// assert_eq!(table.column("customer_id")?.str()?.get(3), Some("b"));
    /// assert_eq!(table.column("prp")?.f64()?.get(3), Some(5.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        one_for_each("ids of customers", customers.len(), self.customers())?;
        let rows = self.customers() * self.periods();
        let ids = repeated(customers, (0..rows).map(|row| row / self.periods()))?;
        frame_by_customer(PANEL, &ids, self, rows)
    }

    /// One row per component, in the order in which they were added. What the counted ones keep adds up to the potential
    /// profit of all customers and periods.
    ///
    /// ```
    /// use emptor_core::value::potential::{Potential, PotentialComponent};
    ///
    /// let training = PotentialComponent::supplied("training", 2, vec![30.0, 60.0])?;
    /// let table = Potential::builder(1, 2).add(training).build()?.components_to_frame()?;
    /// assert_eq!(table.column("kept")?.f64()?.get(0), Some(90.0));
    /// assert_eq!(table.column("revenue")?.f64()?.get(0), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn components_to_frame(&self) -> PolarsResult<DataFrame> {
        frame(COMPONENTS, self, self.components().len())
    }
}
