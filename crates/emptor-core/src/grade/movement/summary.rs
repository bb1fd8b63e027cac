//! How much customers moved.

use super::{Interval, MigrationMatrix, Standing, wilson};

/// Customers of one kind of move and their share of the customers graded before.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MovementRate {
    /// Customers who moved so.
    pub customers: usize,
    /// Their share of the customers graded before; `None` if nobody was.
    pub share: Option<f64>,
    /// Interval of the share; see [`wilson`].
    pub interval: Option<Interval>,
}

/// How much customers moved, as counted. Of the customers graded before each was upgraded, downgraded, stayed, became
/// ungraded or was lost: the customers of these five sum to `graded`, and their shares to 1.
///
/// ```
/// use emptor_core::grade::Grade;
/// use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing};
/// use emptor_types::Level;
///
/// let standings = |text: &str| -> Vec<Standing> {
///     text.chars().map(|c| Grade::try_from(c).map_or(Standing::Absent, Standing::from)).collect()
/// };
/// let options = MigrationOptions::new(Level::new(0.95)?);
/// let summary = MigrationMatrix::between(&standings("AABB-"), &standings("ABA-B"), options)?.summary();
/// assert_eq!((summary.graded, summary.new), (4, 1));
/// assert_eq!((summary.upgraded.customers, summary.downgraded.customers), (1, 1));
/// assert_eq!(summary.lost.share, Some(0.25));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MovementSummary {
    /// Customers graded before.
    pub graded: usize,
    /// In a better grade after.
    pub upgraded: MovementRate,
    /// In a worse grade after.
    pub downgraded: MovementRate,
    /// In the same grade.
    pub stayed: MovementRate,
    /// Without a grade after, for want of data.
    pub became_ungraded: MovementRate,
    /// No customer after.
    pub lost: MovementRate,
    /// Customers who were ungraded before.
    pub ungraded: usize,
    /// Customers who were not there before.
    pub new: usize,
}

impl MigrationMatrix {
    /// How much customers moved.
    #[must_use]
    pub fn summary(&self) -> MovementSummary {
        let is_grade = |standing: &Standing| standing.grade().is_some();
        let graded = Standing::all(self.grades()).filter(is_grade).map(|from| self.customers_before(from)).sum();
        let rate = |kind: fn(Standing, Standing) -> bool| {
            let moves = self.cells().filter(|cell| is_grade(&cell.from) && kind(cell.from, cell.to));
            let customers = moves.map(|cell| cell.customers).sum();
            let share = (graded > 0).then(|| customers as f64 / graded as f64);
            MovementRate { customers, share, interval: wilson(customers, graded, self.level()) }
        };
        MovementSummary {
            graded,
            // Grades order as letters do: the better comes first.
            upgraded: rate(|from, to| to.grade().is_some() && to < from),
            downgraded: rate(|from, to| to.grade().is_some() && to > from),
            stayed: rate(|from, to| to == from),
            became_ungraded: rate(|_, to| to == Standing::Ungraded),
            lost: rate(|_, to| to == Standing::Absent),
            ungraded: self.customers_before(Standing::Ungraded),
            new: self.customers_before(Standing::Absent),
        }
    }
}
