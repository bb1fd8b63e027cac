//! A question to the cube, and the moves from one question to the next.

use emptor_types::Invalid;
use polars::prelude::{
    DataFrame, DataType, Expr, JoinArgs, JoinType, LazyFrame, NamedFrom, Series, SortMultipleOptions, col, lit,
};

use super::dimension::Dimension;
use super::measure::{Additivity, Measure};
use super::reader::{ANONYMOUS, Ask, AskUsers, Found, UNKNOWN, attribute, read};
use super::result::Cube;
use super::users::Users;
use crate::period::Grain;
use crate::profile::lines::{Lines, collect};
use crate::profile::{ProfileError, ProfileInput, Window};

/// Which totals a table has beside its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Totals {
    /// Cells alone.
    None,
    /// Cells and the grand total.
    #[default]
    Grand,
    /// Grand total, totals of the first dimension, of the first two, and so on: SQL's `ROLLUP`.
    Rollup,
    /// Totals over every subset of the dimensions: SQL's `CUBE` (Gray et al. 1997, *Data Mining and Knowledge Discovery* 1).
    All,
}

/// A question to the cube: which dimensions, which members of them, which measures, which totals.
///
/// ```
/// use emptor_core::period::Grain;
/// use emptor_core::profile::performance::cube::{CubeQuery, Dimension, Measure};
///
/// let yearly = CubeQuery::new([Dimension::Category, Dimension::Period(Grain::Year)]);
/// let quarterly = yearly.clone().drill_down(Dimension::Period(Grain::Year));
/// assert_eq!(quarterly.dimensions()[1], Dimension::Period(Grain::Quarter));
/// let web = quarterly.slice(Dimension::Channel, "web").measures([Measure::NetRevenue, Measure::Customers]);
/// assert_eq!(web.clone().roll_up(Dimension::Category).dimensions().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CubeQuery {
    dimensions: Vec<Dimension>,
    filters: Vec<(Dimension, Vec<String>)>,
    measures: Vec<Measure>,
    totals: Totals,
}

impl CubeQuery {
    /// A question for the usual measures, with the grand total.
    #[must_use]
    pub fn new(dimensions: impl Into<Vec<Dimension>>) -> Self {
        let measures =
            vec![Measure::NetRevenue, Measure::Cm1, Measure::Units, Measure::Orders, Measure::Customers, Measure::Aov];
        Self { dimensions: dimensions.into(), filters: Vec::new(), measures, totals: Totals::Grand }
    }

    /// The dimensions.
    #[must_use]
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// Asks for these measures.
    #[must_use]
    pub fn measures(mut self, measures: impl Into<Vec<Measure>>) -> Self {
        self.measures = measures.into();
        self
    }

    /// Asks for these totals.
    #[must_use]
    pub fn totals(mut self, totals: Totals) -> Self {
        self.totals = totals;
        self
    }

    /// Fixes one member of a dimension, which leaves the table.
    #[must_use]
    pub fn slice(mut self, dimension: Dimension, member: impl Into<String>) -> Self {
        self.dimensions.retain(|own| *own != dimension);
        self.dice(dimension, [member.into()])
    }

    /// Keeps these members of a dimension.
    #[must_use]
    pub fn dice<T: Into<String>>(mut self, dimension: Dimension, members: impl IntoIterator<Item = T>) -> Self {
        self.filters.push((dimension, members.into_iter().map(Into::into).collect()));
        self
    }

    /// Goes one level up: to the next coarser level of the dimension's hierarchy, or, at its top or where that level is in
    /// the table already, without the dimension.
    #[must_use]
    pub fn roll_up(mut self, dimension: Dimension) -> Self {
        let coarser = dimension.coarser().filter(|coarser| !self.dimensions.contains(coarser));
        match (self.dimensions.iter().position(|own| *own == dimension), coarser) {
            (Some(place), Some(coarser)) => self.dimensions[place] = coarser,
            (Some(place), None) => {
                self.dimensions.remove(place);
            }
            (None, _) => {}
        }
        self
    }

    /// Goes one level down: to the next finer level of the dimension's hierarchy; a dimension that is not in the table
    /// comes in.
    #[must_use]
    pub fn drill_down(mut self, dimension: Dimension) -> Self {
        match (self.dimensions.iter().position(|own| *own == dimension), dimension.finer()) {
            (Some(place), Some(finer)) if !self.dimensions.contains(&finer) => self.dimensions[place] = finer,
            (Some(_), _) => {}
            (None, _) => self.dimensions.push(dimension),
        }
        self
    }

    /// Answers from the lines of the window, in one pass.
    ///
    /// ```
    /// use emptor_core::period::Grain;
    /// use emptor_core::profile::performance::cube::{CubeQuery, Dimension, Measure};
    /// use emptor_core::profile::{ProfileInput, Window};
    /// use emptor_table::polars::df;
    /// use emptor_table::{Tables, TransactionColumns, Transactions};
    ///
    /// let lines = df!("who" => ["ann", "ann", "bob"], "day" => ["2024-01-05"; 3], "paid" => [10.0, 20.0, 5.0], "by" => ["web", "shop", "web"])?;
    /// let tables = Tables::new(Transactions::from_frame(lines, &TransactionColumns::new("who", "day").amount("paid").channel("by"))?);
    /// let input = ProfileInput::new(&tables, Window::new("2024-01-01".parse()?, "2024-12-31".parse()?, Grain::Year)?);
    /// let cube = CubeQuery::new([Dimension::Channel]).run(&input)?;
    /// assert_eq!(cube.value(&[(Dimension::Channel, "web")], Measure::NetRevenue), Some(15.0));
    /// // Two customers bought by web and one in the shop, but they are two and not three.
    /// assert_eq!(cube.value(&[], Measure::Customers), Some(2.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the question is not one (a dimension twice, two grains of time, no measure, an active base without periods), if
    /// the tables lack a dimension, or if a query fails.
    pub fn run(&self, input: &ProfileInput<'_>) -> Result<Cube, ProfileError> {
        self.over(input, &input.window)
    }

    /// The same over another window.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn over(&self, input: &ProfileInput<'_>, window: &Window) -> Result<Cube, ProfileError> {
        self.of_lines(input, &Lines::of(&input.tables)?, window, true)
    }

    /// The same for one who asks often: the attributes of products are then read once, and orders and customers are counted
    /// only where they are needed.
    pub(in crate::profile::performance) fn of_lines(
        &self,
        input: &ProfileInput<'_>,
        lines: &Lines,
        window: &Window,
        counts: bool,
    ) -> Result<Cube, ProfileError> {
        self.check()?;
        let (dimensions, filters) = (self.dimensions.clone(), self.filters.clone());
        let asks = [Ask { window: *window, dimensions, filters, counts }];
        let mut found = Many::read(input, lines, &asks, &[], None)?;
        let cube = found.cubes.pop().ok_or_else(|| Invalid::value("dimensions", "must make a cube", "none"))?;
        Ok(cube.asked(self.measures.clone(), self.totals))
    }

    /// The lines behind a cell of the table, at most so many: those of the members given, within the filters of the
    /// question, by day. Columns are those of [`Lines`].
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn drill_through(
        &self,
        input: &ProfileInput<'_>,
        cell: &[(Dimension, &str)],
        most: u32,
    ) -> Result<DataFrame, ProfileError> {
        self.check()?;
        let mut frame = Lines::of(&input.tables)?.within(&input.window);
        let own = cell.iter().map(|(dimension, member)| (*dimension, vec![(*member).to_owned()]));
        for (dimension, members) in own.chain(self.filters.iter().cloned()) {
            if let Some(need) = dimension.missing(input).first() {
                let asked = format!("the dimension {dimension}");
                return Err(ProfileError::Missing { asked, missing: need.to_string() });
            }
            frame = kept(frame, input, dimension, &members)?;
        }
        let transactions = input.tables.transactions();
        let mut by = vec!["date"];
        by.extend(["order_id", "line_id", "product_id"].into_iter().filter(|name| transactions.has(name)));
        by.extend(["customer_id", "amount"]);
        // Sorted once collected, so that ties stay where their other columns put them.
        let options = SortMultipleOptions::default().with_maintain_order(true);
        Ok(collect(frame)?.sort(by, options)?.head(Some(most as usize)))
    }

    fn check(&self) -> Result<(), Invalid> {
        let mut checks = Invalid::checks();
        for (i, dimension) in self.dimensions.iter().enumerate() {
            checks.require(!self.dimensions[..i].contains(dimension), "dimensions", "must not repeat", dimension);
        }
        let times = self.dimensions.iter().filter(|dimension| matches!(dimension, Dimension::Period(_))).count();
        checks.require(times <= 1, "dimensions", "must have one grain of time at most", times);
        checks.require(!self.measures.is_empty(), "measures", "must not be empty", "none");
        let stock = self.measures.iter().any(|measure| measure.additivity() == Additivity::SemiAdditive);
        checks.require(!stock || times == 1, "measures", "active_base needs periods among the dimensions", "none");
        for (dimension, members) in &self.filters {
            checks.require(!members.is_empty(), "filters", "must name a member", dimension);
        }
        checks.finish()
    }
}

/// Cubes, and customers by members, from one pass over the lines.
pub(in crate::profile::performance) struct Many {
    pub(in crate::profile::performance) cubes: Vec<Cube>,
    /// With the names of the members.
    pub(in crate::profile::performance) users: Vec<(Vec<String>, Users)>,
    /// Whether a customer, by number, bought before the day that was asked for.
    pub(in crate::profile::performance) known_before: Vec<bool>,
}

impl Many {
    pub(in crate::profile::performance) fn read(
        input: &ProfileInput<'_>,
        lines: &Lines,
        asks: &[Ask],
        users: &[AskUsers],
        known_from: Option<i32>,
    ) -> Result<Self, ProfileError> {
        let Found { cubes, users, known_before } = read(input, lines, asks, users, known_from)?;
        let mut made = Vec::new();
        for (ask, read) in asks.iter().zip(cubes) {
            let grain = ask.dimensions.iter().find_map(|dimension| match dimension {
                Dimension::Period(grain) => Some(*grain),
                _ => None,
            });
            let over = |grain: Grain| grain.over(ask.window.from(), ask.window.as_of());
            let periods = grain.map(over).transpose()?.unwrap_or_default();
            made.push(Cube::new(ask.dimensions.clone(), read.members, read.cells, periods));
        }
        Ok(Self { cubes: made, users, known_before })
    }
}

/// The lines of these members of a dimension.
fn kept(
    frame: LazyFrame,
    input: &ProfileInput<'_>,
    dimension: Dimension,
    members: &[String],
) -> Result<LazyFrame, ProfileError> {
    let named = |name: &str| members.iter().any(|member| member == name);
    if let Dimension::Period(grain) = dimension {
        let day = col("date").to_physical();
        let mut inside: Expr = lit(false);
        for period in grain_periods(grain, &input.window)? {
            if named(&period.start.to_string()) {
                let (first, last) = (period.start.days_since_epoch(), period.end.days_since_epoch());
                inside = inside.or(day.clone().gt_eq(lit(first)).and(day.clone().lt_eq(lit(last))));
            }
        }
        return Ok(frame.filter(inside));
    }
    if let Some(column) = dimension.line_column() {
        let unknown = if dimension.is_of_customer() { ANONYMOUS } else { UNKNOWN };
        let text = col(column).cast(DataType::String);
        let inside = members.iter().fold(lit(false), |any, member| any.or(text.clone().eq(lit(member.as_str()))));
        let inside = inside.fill_null(lit(false)).or(lit(named(unknown)).and(text.is_null()));
        return Ok(frame.filter(inside));
    }
    // An attribute of the customer: by the customers that have it, or, for the unknown ones, have any.
    const KEY: &str = "emptor customer";
    let attributes = attribute(input, dimension)?;
    let customers = |keep: &dyn Fn(&str) -> bool| {
        use polars::prelude::{IntoColumn, IntoLazy};
        let mut ids: Vec<&str> = attributes.iter().filter(|(_, name)| keep(name)).map(|(id, _)| id.as_str()).collect();
        ids.sort_unstable();
        DataFrame::new(ids.len(), vec![Series::new(KEY.into(), ids).into_column()]).map(IntoLazy::lazy)
    };
    let keyed = frame.with_column(col("customer_id").cast(DataType::String).alias(KEY));
    let join = |how: JoinType, with: LazyFrame| keyed.clone().join(with, [col(KEY)], [col(KEY)], JoinArgs::new(how));
    let mut parts = vec![join(JoinType::Semi, customers(&|name| named(name))?)];
    if named(UNKNOWN) {
        let known = keyed.clone().filter(col(KEY).is_not_null());
        parts.push(known.join(customers(&|_| true)?, [col(KEY)], [col(KEY)], JoinArgs::new(JoinType::Anti)));
    }
    if named(ANONYMOUS) {
        parts.push(keyed.clone().filter(col(KEY).is_null()));
    }
    let all = polars::prelude::concat(parts, polars::prelude::UnionArgs::default())?;
    Ok(all.drop(polars::prelude::cols([KEY])))
}

fn grain_periods(grain: Grain, window: &Window) -> Result<Vec<crate::period::Period>, Invalid> {
    grain.over(window.from(), window.as_of())
}
