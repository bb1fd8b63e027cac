//! The answer of the cube: cells at every level asked for.

use emptor_types::Date;
use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, PolarsResult, Series};

use super::cells::{Cell, Cells};
use super::dimension::Dimension;
use super::measure::Measure;
use super::query::Totals;
use super::reader::TOTAL;
use crate::columns::{ColumnSpec, column};
use crate::period::Period;

/// The answer to a [`CubeQuery`](super::CubeQuery): the cells of its dimensions, from which every coarser level is
/// counted exactly, without another look at the lines.
#[derive(Debug, Clone)]
pub struct Cube {
    dimensions: Vec<Dimension>,
    /// Names of members, ascending, by dimension.
    members: Vec<Vec<String>>,
    cells: Cells,
    measures: Vec<Measure>,
    totals: Totals,
    periods: Vec<Period>,
}

/// A row of the table: one member per dimension, `None` for their sum.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The member of each dimension of the cube.
    pub members: Vec<Option<String>>,
    /// The cell.
    pub cell: Cell,
}

impl Row {
    pub(in crate::profile::performance) fn new(members: Vec<Option<String>>, cell: Cell) -> Self {
        Self { members, cell }
    }
}

impl Cube {
    pub(super) fn new(
        dimensions: Vec<Dimension>,
        members: Vec<Vec<String>>,
        cells: Cells,
        periods: Vec<Period>,
    ) -> Self {
        Self { dimensions, members, cells, measures: vec![Measure::NetRevenue], totals: Totals::All, periods }
    }

    /// The same with these measures and totals in its table.
    pub(in crate::profile::performance) fn asked(mut self, measures: Vec<Measure>, totals: Totals) -> Self {
        (self.measures, self.totals) = (measures, totals);
        self
    }

    /// The cube of some of its dimensions; `None` if it lacks one of them.
    pub(in crate::profile::performance) fn rolled(&self, dimensions: &[Dimension]) -> Option<Self> {
        let keep: Vec<usize> = dimensions.iter().map(|dimension| self.place(*dimension)).collect::<Option<_>>()?;
        let timed = dimensions.iter().any(|dimension| matches!(dimension, Dimension::Period(_)));
        let periods = if timed { self.periods.clone() } else { Vec::new() };
        let members = keep.iter().map(|place| self.members[*place].clone()).collect();
        let cells = self.cells.roll_up(&keep, None);
        Some(Self::new(dimensions.to_vec(), members, cells, periods).asked(self.measures.clone(), self.totals))
    }

    /// The dimensions.
    #[must_use]
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The periods, oldest first, if time is one of its dimensions.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The members of a dimension that have lines, by name; every period of the window for periods.
    #[must_use]
    pub fn members(&self, dimension: Dimension) -> &[String] {
        self.place(dimension).map_or(&[], |place| &self.members[place])
    }

    fn place(&self, dimension: Dimension) -> Option<usize> {
        self.dimensions.iter().position(|own| *own == dimension)
    }

    fn last_period(&self) -> Option<(usize, u32)> {
        let place = self.dimensions.iter().position(|own| matches!(own, Dimension::Period(_)))?;
        Some((place, u32::try_from(self.periods.len().checked_sub(1)?).ok()?))
    }

    /// The cell of these members, summed over all other dimensions. `None` if there is no such line.
    #[must_use]
    pub fn cell(&self, members: &[(Dimension, &str)]) -> Option<Cell> {
        let mut keep = Vec::new();
        let mut key = Vec::new();
        for (dimension, member) in members {
            let place = self.place(*dimension)?;
            let found = self.members[place].binary_search_by(|name| name.as_str().cmp(member)).ok()?;
            keep.push(place);
            key.push(u32::try_from(found).ok()?);
        }
        self.cells.roll_up(&keep, self.last_period()).get(&key).copied()
    }

    /// A measure of the cell of these members.
    #[must_use]
    pub fn value(&self, members: &[(Dimension, &str)], measure: Measure) -> Option<f64> {
        self.cell(members).and_then(|cell| measure.of(&cell))
    }

    /// The rows of the level that keeps these dimensions, by member, in the order of the dimensions.
    #[must_use]
    pub fn level(&self, dimensions: &[Dimension]) -> Vec<Row> {
        let keep: Vec<usize> =
            (0..self.dimensions.len()).filter(|i| dimensions.contains(&self.dimensions[*i])).collect();
        self.rows_of(&keep)
    }

    fn rows_of(&self, keep: &[usize]) -> Vec<Row> {
        let rolled;
        let cells = if keep.iter().copied().eq(0..self.dimensions.len()) {
            &self.cells
        } else {
            rolled = self.cells.roll_up(keep, self.last_period());
            &rolled
        };
        let mut found: Vec<(&[u32], &Cell)> = cells.iter().collect();
        found.sort_unstable_by(|a, b| a.0.cmp(b.0));
        let row = |(key, cell): (&[u32], &Cell)| {
            let mut members = vec![None; self.dimensions.len()];
            for (place, member) in keep.iter().zip(key) {
                members[*place] = self.members[*place].get(*member as usize).cloned();
            }
            Row { members, cell: *cell }
        };
        found.into_iter().map(row).collect()
    }

    /// All rows: the grand total first, then level by level, each by its members.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let n = self.dimensions.len();
        let all: Vec<usize> = (0..n).collect();
        let levels: Vec<Vec<usize>> = match self.totals {
            Totals::None => vec![all],
            Totals::Grand if n == 0 => vec![all],
            Totals::Grand => vec![Vec::new(), all],
            Totals::Rollup => (0..=n).map(|most| all[..most].to_vec()).collect(),
            Totals::All => {
                let subset = |bits: usize| (0..n).filter(|i| bits >> i & 1 == 1).collect::<Vec<_>>();
                let mut levels: Vec<Vec<usize>> = (0..1_usize << n).map(subset).collect();
                levels.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
                levels
            }
        };
        levels.iter().flat_map(|keep| self.rows_of(keep)).collect()
    }

    /// The table: one column per dimension (`__total__` where a row sums over it, for periods null), then the measures.
    ///
    /// # Errors
    /// If the columns cannot be joined to a frame, which would be a defect of the engine.
    pub fn to_frame(&self) -> PolarsResult<DataFrame> {
        let rows = self.rows();
        let mut columns = member_columns(&self.dimensions, &rows)?;
        for measure in &self.measures {
            columns.push(measure_column(*measure, &rows)?);
        }
        DataFrame::new(rows.len(), columns)
    }

    /// What the columns of [`to_frame`](Self::to_frame) mean.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnSpec> {
        let measures = self.measures.iter().map(|measure| measure_spec(*measure));
        self.dimensions.iter().map(|dimension| member_spec(*dimension)).chain(measures).collect()
    }
}

pub(in crate::profile::performance) fn member_columns(
    dimensions: &[Dimension],
    rows: &[Row],
) -> PolarsResult<Vec<Column>> {
    let mut columns = Vec::new();
    for (i, dimension) in dimensions.iter().enumerate() {
        let name = dimension.name().into();
        let members = rows.iter().map(|row| row.members[i].as_deref());
        columns.push(match dimension {
            Dimension::Period(_) => {
                let day = |name: &str| name.parse::<Date>().ok().map(Date::days_since_epoch);
                let days: Vec<Option<i32>> = members.map(|member| member.and_then(day)).collect();
                Series::new(name, days).cast(&DataType::Date)?.into_column()
            }
            _ => Series::new(name, members.map(|member| member.unwrap_or(TOTAL)).collect::<Vec<_>>()).into_column(),
        });
    }
    Ok(columns)
}

pub(in crate::profile::performance) fn measure_column(measure: Measure, rows: &[Row]) -> PolarsResult<Column> {
    let values: Vec<Option<f64>> = rows.iter().map(|row| measure.of(&row.cell)).collect();
    let series = Series::new(measure.name().into(), values);
    let counted = matches!(measure, Measure::Orders | Measure::Customers | Measure::ActiveBase);
    Ok(if counted { series.cast(&DataType::Int64)? } else { series }.into_column())
}

pub(in crate::profile::performance) fn member_spec(dimension: Dimension) -> ColumnSpec {
    match dimension {
        Dimension::Period(_) => column("period_start", "day", "first day of the period; null for all of them"),
        _ => column(
            dimension.name(),
            "",
            "member of the dimension; __total__ for all, __unknown__ where lines do not say, __anonymous__ for nobody known",
        ),
    }
}

pub(in crate::profile::performance) fn measure_spec(measure: Measure) -> ColumnSpec {
    column(measure.name(), measure.unit(), measure.meaning())
}
