//! How concentrated value is: curves and shares.

use polars::prelude::{DataFrame, PolarsResult, Series};

use crate::columns::ColumnSpec;
use crate::portfolio::{LorenzPoint, ParetoPoint, TopShare, WhaleCurve, WhalePoint, WhaleSummary};
use crate::table::{Of, count, frame, frame_by_customer, known, number, specs, text};

const WHALE: &[Of<[WhalePoint]>] = &[
    count("whale_rank", "customers", "how many customers, the most profitable first", |of, row| {
        Some(of[row].customers)
    }),
    number("cum_customers", "share of customers", "their share of all customers", |of, row| of[row].share_of_customers),
    known("cum_profit", "share of total", "their share of total profit; null unless that is positive", |of, row| {
        of[row].share_of_total
    }),
    number("cum_profit_abs", "currency", "their profit together", |of, row| of[row].cumulative),
];

impl WhalePoint {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { WHALE.len() }>(WHALE);

    /// One row per point, as [`WhaleCurve::thinned`] gives them for a chart.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{WhaleCurve, WhalePoint};
    ///
    /// let curve = WhaleCurve::new(&[5.0, -2.0, 3.0, 1.0])?;
    /// let table = WhalePoint::frame(&curve.thinned(3)?)?;
    /// assert_eq!(table.column("cum_profit_abs")?.f64()?.get(1), Some(9.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn frame(points: &[Self]) -> PolarsResult<DataFrame> {
        frame(WHALE, points, points.len())
    }
}

impl WhaleCurve {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { WHALE.len() + 1 }>(WHALE);

    /// One row per customer, in the order of the input: where on the curve each of them stands. The points in the order
    /// of the curve come by [`WhalePoint::frame`].
    ///
    /// ```
    /// use emptor_core::value::portfolio::WhaleCurve;
    /// use emptor_table::polars::prelude::{NamedFrom, Series};
    ///
    /// let curve = WhaleCurve::new(&[5.0, -2.0, 3.0])?;
    /// let table = curve.to_frame(&Series::new("id".into(), ["a", "b", "c"]))?;
    /// assert_eq!(table.column("whale_rank")?.i64()?.get(1), Some(3));
    /// assert_eq!(table.column("cum_profit_abs")?.f64()?.get(1), Some(6.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ShapeMismatch`](polars::prelude::PolarsError::ShapeMismatch) unless there is one id per customer.
    pub fn to_frame(&self, customers: &Series) -> PolarsResult<DataFrame> {
        let mut ranked: Vec<(usize, WhalePoint)> = self.order().iter().copied().zip(self.points().skip(1)).collect();
        ranked.sort_unstable_by_key(|(row, _)| *row);
        let points: Vec<WhalePoint> = ranked.into_iter().map(|(_, point)| point).collect();
        frame_by_customer(WHALE, customers, points.as_slice(), points.len())
    }
}

const SUMMARY: &[Of<WhaleSummary>] = &[
    count("customers", "customers", "all customers", |of, _| Some(of.customers)),
    number("total", "currency", "profit of all customers: peak − lost", |of, _| of.total),
    number("peak", "currency", "highest point of the curve: the sum of all positive profits", |of, _| of.peak),
    known("peak_over_total", "share of total", "peak by total; null unless the total is positive", |of, _| {
        of.peak_over_total
    }),
    count("customers_at_peak", "customers", "customers with a profit", |of, _| Some(of.customers_at_peak)),
    number("share_at_peak", "share of customers", "their share of all customers", |of, _| of.share_at_peak),
    count("loss_making", "customers", "customers that lose money", |of, _| Some(of.loss_making)),
    number("share_loss_making", "share of customers", "their share of all customers", |of, _| of.share_loss_making),
    number("lost", "currency", "the money lost on them, positive", |of, _| of.lost),
];

impl WhaleSummary {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { SUMMARY.len() }>(SUMMARY);

    /// One row.
    ///
    /// ```
    /// use emptor_core::value::portfolio::WhaleCurve;
    ///
    /// let table = WhaleCurve::new(&[5.0, -2.0, 3.0])?.summary().to_frame()?;
    /// assert_eq!(table.column("lost")?.f64()?.get(0), Some(2.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        frame(SUMMARY, self, 1)
    }
}

const TOP: &[Of<[TopShare]>] = &[
    number("share_of_customers", "share of customers", "the best customers, as a share of all", |of, row| {
        of[row].share_of_customers
    }),
    number("amount", "currency", "their amount together", |of, row| of[row].amount),
    known("share_of_total", "share of total", "their share of the total; null unless that is positive", |of, row| {
        of[row].share_of_total
    }),
    text("basis", "", "non_negative, with_losses (shares may exceed 1) or no_total", |of, row| {
        Some(of[row].basis.to_string())
    }),
];

impl TopShare {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { TOP.len() }>(TOP);

    /// One row per share that was asked for.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{TopShare, WhaleCurve};
    ///
    /// let curve = WhaleCurve::new(&[5.0, 80.0, 5.0, 5.0, 5.0])?;
    /// let table = TopShare::frame(&[curve.top(0.2)?, curve.top(1.0)?])?;
    /// assert_eq!(table.column("share_of_total")?.f64()?.get(0), Some(0.8));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn frame(shares: &[Self]) -> PolarsResult<DataFrame> {
        frame(TOP, shares, shares.len())
    }
}

const PARETO: &[Of<[ParetoPoint]>] = &[
    number("share_of_total", "share of total", "the share of the total that was asked for", |of, row| {
        of[row].share_of_total
    }),
    count(
        "customers",
        "customers",
        "the fewest customers that reach it; null unless the total is positive",
        |of, row| of[row].customers,
    ),
    known("share_of_customers", "share of customers", "their share of all customers", |of, row| {
        of[row].share_of_customers
    }),
    text("basis", "", "non_negative, with_losses or no_total", |of, row| Some(of[row].basis.to_string())),
];

impl ParetoPoint {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { PARETO.len() }>(PARETO);

    /// One row per share that was asked for.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{ParetoPoint, WhaleCurve};
    ///
    /// let curve = WhaleCurve::new(&[5.0, 80.0, 5.0, 5.0, 5.0])?;
    /// let table = ParetoPoint::frame(&[curve.reach(0.8)?, curve.reach(0.9)?])?;
    /// assert_eq!(table.column("customers")?.i64()?.get(1), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn frame(points: &[Self]) -> PolarsResult<DataFrame> {
        frame(PARETO, points, points.len())
    }
}

const LORENZ: &[Of<[LorenzPoint]>] = &[
    count("customers", "customers", "how many customers, the poorest first", |of, row| Some(of[row].customers)),
    number("share_of_customers", "share of customers", "their share of all customers", |of, row| {
        of[row].share_of_customers
    }),
    number("cumulative", "currency", "their amount together", |of, row| of[row].cumulative),
    number("share_of_total", "share of total", "their share of the total", |of, row| of[row].share_of_total),
];

impl LorenzPoint {
    /// The columns of [`frame`](Self::frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { LORENZ.len() }>(LORENZ);

    /// One row per point.
    ///
    /// ```
    /// use emptor_core::value::portfolio::{LorenzCurve, LorenzPoint};
    ///
    /// let points: Vec<LorenzPoint> = LorenzCurve::new(&[0.0, 0.0, 10.0, 30.0])?.points().collect();
    /// let table = LorenzPoint::frame(&points)?;
    /// assert_eq!(table.column("share_of_total")?.f64()?.get(3), Some(0.25));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn frame(points: &[Self]) -> PolarsResult<DataFrame> {
        frame(LORENZ, points, points.len())
    }
}
