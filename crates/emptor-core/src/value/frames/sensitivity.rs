//! How equity answers to levers.

use polars::prelude::{DataFrame, PolarsResult};

use crate::columns::ColumnSpec;
use crate::table::{Of, flag, frame, known, number, same_number, same_text, specs, text};
use crate::value::equity::{ElasticityTable, ScenarioGrid, Tornado};

const ELASTICITIES: &[Of<ElasticityTable>] = &[
    text("scope", "", "the part, or `all`", |of, row| Some(of.rows[row].name.clone())),
    flag("is_total", "", "whether the row is of the whole", |of, row| of.rows[row].is_total),
    text("lever", "", "what moves", |of, row| Some(of.rows[row].lever.to_string())),
    known("elasticity", "%/%", "by how many per cent ce_total moves when the lever moves by one", |of, row| {
        of.rows[row].elasticity
    }),
    known("delta_1pct", "currency", "the same in money: elasticity · ce_total / 100", |of, row| {
        of.rows[row].one_percent
    }),
    same_text("method", "", "how it is found: analytic or numeric", |of| of.method.to_string()),
];

impl ElasticityTable {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { ELASTICITIES.len() }>(ELASTICITIES);

    /// One row per scope and lever.
    ///
    /// ```
    /// use emptor_core::value::equity::{EquityModel, Method, Relationship};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year)
    ///     .with_part("A", Relationship::fixed(700.0)?, None)?;
    /// let table = model.elasticity_table(Method::Analytic)?.to_frame()?;
    /// // A bare number does not say how it answers to retention; it is linear in margin.
    /// assert_eq!(table.column("elasticity")?.f64()?.get(0), None);
    /// assert_eq!(table.column("elasticity")?.f64()?.get(1), Some(1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(ELASTICITIES, self, self.rows.len())
    }
}

const TORNADO: &[Of<Tornado>] = &[
    text("lever", "", "what moves", |of, row| Some(of.rows[row].lever.to_string())),
    text("low", "", "the low end of its range", |of, row| Some(of.rows[row].low.clone())),
    text("high", "", "the high end", |of, row| Some(of.rows[row].high.clone())),
    same_number("ce_existing_base", "currency", "static equity where no lever moves", |of| Some(of.base.static_equity)),
    number("ce_existing_low", "currency", "static equity at the low end", |of, row| of.rows[row].static_low),
    number("ce_existing_high", "currency", "static equity at the high end", |of, row| of.rows[row].static_high),
    same_number("ce_total_base", "currency", "dynamic equity where no lever moves", |of| Some(of.base.dynamic)),
    number("ce_total_low", "currency", "dynamic equity at the low end", |of, row| of.rows[row].dynamic_low),
    number("ce_total_high", "currency", "dynamic equity at the high end", |of, row| of.rows[row].dynamic_high),
    number("swing", "currency", "distance between ce_total_low and ce_total_high", |of, row| of.rows[row].swing),
];

impl Tornado {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { TORNADO.len() }>(TORNADO);

    /// One row per bar, the widest first.
    ///
    /// ```
    /// use emptor_core::value::equity::{EquityModel, Lever, LeverRange, Relationship};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year)
    ///     .with_part("A", Relationship::fixed(700.0)?, None)?;
    /// let table = model.tornado(&[LeverRange::relative(Lever::Margin, -0.5, 0.5)])?.to_frame()?;
    /// assert_eq!(table.column("ce_total_low")?.f64()?.get(0), Some(350.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(TORNADO, self, self.rows.len())
    }
}

const GRID: &[Of<ScenarioGrid>] = &[
    same_text("x_lever", "", "the lever of the first axis", |of| of.x_lever.to_string()),
    same_text("y_lever", "", "the lever of the second axis", |of| of.y_lever.to_string()),
    text("x", "", "the change along the first axis", |of, row| Some(of.rows[row].x.clone())),
    text("y", "", "the change along the second axis", |of, row| Some(of.rows[row].y.clone())),
    number("x_number", "share or level", "the first as a number: share of a relative change, else level", |of, row| {
        of.rows[row].x_number
    }),
    number("y_number", "share or level", "the second as a number", |of, row| of.rows[row].y_number),
    number("ce_existing", "currency", "static equity", |of, row| of.rows[row].static_equity),
    number("ce_future", "currency", "equity of customers to be won", |of, row| of.rows[row].future),
    number("ce_total", "currency", "dynamic equity: ce_existing + ce_future", |of, row| of.rows[row].dynamic),
];

impl ScenarioGrid {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { GRID.len() }>(GRID);

    /// One row per point: all of the second axis for the first value of the first axis, and so on.
    ///
    /// ```
    /// use emptor_core::value::equity::{Change, EquityModel, Lever, Relationship};
    /// use emptor_types::{DiscountRate, TimeUnit};
    ///
    /// let model = EquityModel::new(DiscountRate::annual_effective(0.12)?, TimeUnit::Year)
    ///     .with_part("A", Relationship::fixed(700.0)?, None)?;
    /// let margin = [0.0, 0.1].map(|by| Change::relative(Lever::Margin, by));
    /// let table = model.grid(&margin, &[Change::relative(Lever::AcquisitionVolume, 0.0)])?.to_frame()?;
    /// assert!(table.column("ce_total")?.f64()?.get(1).is_some_and(|equity| (equity - 770.0).abs() < 1e-9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(GRID, self, self.rows.len())
    }
}
