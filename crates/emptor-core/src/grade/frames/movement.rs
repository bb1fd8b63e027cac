//! Moves between grades as a table.

use polars::prelude::{DataFrame, PolarsResult};

use crate::columns::ColumnSpec;
use crate::grade::movement::{DriftReport, MigrationCell, MigrationMatrix, Standing};
use crate::table::{Of, count, frame, known, number, specs, text};

const MOVES: &[Of<[MigrationCell]>] = &[
    text("from", "", "grade before, ungraded, or new", |of, row| Some(named(of[row].from, "new"))),
    text("to", "", "grade after, ungraded, or lost", |of, row| Some(named(of[row].to, "lost"))),
    count("n", "customers", "customers who moved so", |of, row| Some(of[row].customers)),
    known("p", "share", "their share of those who stood there before", |of, row| of[row].share),
    known("lo", "share", "lower end of its interval", |of, row| of[row].interval.map(|interval| interval.low)),
    known("hi", "share", "upper end of its interval", |of, row| of[row].interval.map(|interval| interval.high)),
    known("profit_moved", "currency", "profit of these customers, if it was given", |of, row| of[row].profit),
];

fn named(standing: Standing, absent: &str) -> String {
    if standing == Standing::Absent { absent.to_owned() } else { standing.to_string() }
}

impl MigrationMatrix {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { MOVES.len() }>(MOVES);

    /// One row per standing before and standing after.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let cells: Vec<MigrationCell> = self.cells().collect();
        frame(MOVES, cells.as_slice(), cells.len())
    }
}

const DRIFT: &[Of<[DriftReport]>] = &[
    text("indicator", "", "what customers are assessed by", |of, row| Some(of[row].name.clone())),
    number("psi", "", "population stability index since the fit", |of, row| of[row].psi),
    text("drift", "", "none, watch or refit", |of, row| Some(of[row].band.to_string())),
];

impl DriftReport {
    /// The columns of [`to_frame`](Self::to_frame).
    pub const COLUMNS: &'static [ColumnSpec] = &specs::<_, { DRIFT.len() }>(DRIFT);

    /// One row per indicator.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(reports: &[Self]) -> PolarsResult<DataFrame> {
        frame(DRIFT, reports, reports.len())
    }
}
