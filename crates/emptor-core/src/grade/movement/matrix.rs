//! How many customers moved from which standing to which.

use emptor_types::{Checks, ExactSum, Invalid, Level};

use super::{Interval, Standing, wilson};
use crate::grade::GradeError;
use crate::grade::grades::MOST_GRADES;

/// How a [`MigrationMatrix`] is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MigrationOptions {
    level: Level,
    grades: Option<usize>,
    smoothing: Option<f64>,
}

impl MigrationOptions {
    /// Intervals at this level, as many grades as occur, shares as counted.
    #[must_use]
    pub fn new(level: Level) -> Self {
        Self { level, grades: None, smoothing: None }
    }

    /// Sets the number of grades, so that those that nobody has are there too.
    #[must_use]
    pub fn grades(mut self, grades: usize) -> Self {
        self.grades = Some(grades);
        self
    }

    /// Smooths shares by a symmetric Dirichlet prior: `α` imagined customers in each cell of a row, ½ after Jeffreys
    /// (1946). Moves that were not seen are then rare, not impossible, and a row that nobody was in is the prior.
    #[must_use]
    pub fn smoothing(mut self, alpha: f64) -> Self {
        self.smoothing = Some(alpha);
        self
    }
}

/// How many customers moved from which standing to which, with what share and what profit.
///
/// ```text
/// share(a → b) = n_ab / n_a                                      as counted
/// share(a → b) = (n_ab + α) / (n_a + α · cells of row a)         smoothed
/// ```
/// Rows are the grades before, `ungraded` and `new` (absent before); columns the grades after, `ungraded` and `lost`
/// (absent after). `new` and `lost` do not meet: who was never there is refused. Shares of a row sum to 1, and nobody is
/// left out: the counts sum to the number of customers, the profits to the total.
///
/// ```
/// use emptor_core::grade::Grade;
/// use emptor_core::grade::movement::{MigrationMatrix, MigrationOptions, Standing};
/// use emptor_types::Level;
///
/// let (a, b) = (Standing::from("A".parse::<Grade>()?), Standing::from("B".parse::<Grade>()?));
/// let before = [a, a, a, b, Standing::Absent];
/// let after = [a, a, b, Standing::Absent, b];
/// let options = MigrationOptions::new(Level::new(0.95)?);
/// let moved = MigrationMatrix::with_profit(&before, &after, &[50.0, 40.0, 30.0, 8.0, 0.0], options)?;
/// assert_eq!((moved.customers(a, b), moved.profit(a, b)), (1, Some(30.0)));
/// assert_eq!(moved.share(b, Standing::Absent), Some(1.0));
/// assert_eq!(moved.total_profit(), Some(128.0));
///
/// // Smoothed, a move that was not seen is rare, not impossible.
/// let smoothed = MigrationMatrix::between(&before, &after, options.smoothing(0.5))?;
/// assert_eq!(smoothed.share(a, Standing::Absent), Some(0.5 / 5.0));
/// # Ok::<(), emptor_core::grade::GradeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationMatrix {
    grades: usize,
    counts: Vec<Vec<usize>>,
    profits: Option<Vec<Vec<ExactSum>>>,
    options: MigrationOptions,
}

/// One cell of a [`MigrationMatrix`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MigrationCell {
    /// Standing before; absent is `new`.
    pub from: Standing,
    /// Standing after; absent is `lost`.
    pub to: Standing,
    /// Customers who moved so.
    pub customers: usize,
    /// Share of those who stood there before; smoothed if so asked. `None` if nobody did.
    pub share: Option<f64>,
    /// Interval of the share as counted; see [`wilson`]. `None` if nobody stood there before.
    pub interval: Option<Interval>,
    /// Profit of these customers, if a column of profit was given.
    pub profit: Option<f64>,
}

impl MigrationMatrix {
    /// Counts moves from one standing per customer before and one after.
    ///
    /// # Errors
    /// [`GradeError::Invalid`] with everything that is wrong: columns of unequal length or without a customer, customers
    /// absent both times, grades beyond the number of grades, a number of grades outside 1 to 26, an `α` that is not
    /// finite and above 0.
    pub fn between(before: &[Standing], after: &[Standing], options: MigrationOptions) -> Result<Self, GradeError> {
        Self::count(before, after, None, options)
    }

    /// Counts moves, and sums a column of profit per customer: that of the period before, say. Sums are exact.
    ///
    /// # Errors
    /// As [`between`](Self::between); unless there is one finite profit per customer, at most 1e12 either way.
    pub fn with_profit(
        before: &[Standing],
        after: &[Standing],
        profit: &[f64],
        options: MigrationOptions,
    ) -> Result<Self, GradeError> {
        Self::count(before, after, Some(profit), options)
    }

    fn count(
        before: &[Standing],
        after: &[Standing],
        profit: Option<&[f64]>,
        options: MigrationOptions,
    ) -> Result<Self, GradeError> {
        let seen = before.iter().chain(after).filter_map(|standing| standing.grade());
        let most = seen.map(|grade| grade.index() + 1).max();
        let grades = options.grades.or(most).unwrap_or(1);
        let mut checks = Invalid::checks();
        checks.require((1..=MOST_GRADES).contains(&grades), "grades", "must be 1 to 26", grades);
        if let Some(alpha) = options.smoothing {
            checks.require(alpha > 0.0 && alpha.is_finite(), "smoothing", "must be finite and above 0", alpha);
        }
        check_standings(&mut checks, before, after);
        for (name, standings) in [("standings before", before), ("standings after", after)] {
            let rule = format!("must be one of {grades} grades");
            checks.require_each(name, &rule, standings, |_, standing| standing.place(grades).is_some());
        }
        if let Some(profit) = profit {
            check_profit(&mut checks, profit, before.len());
        }
        checks.finish()?;

        let mut counts = vec![vec![0; grades + 2]; grades + 2];
        let mut profits = profit.map(|_| vec![vec![ExactSum::ZERO; grades + 2]; grades + 2]);
        for (row, (from, to)) in before.iter().zip(after).enumerate() {
            if let (Some(from), Some(to)) = (from.place(grades), to.place(grades)) {
                counts[from][to] += 1;
                if let (Some(profits), Some(profit)) = (&mut profits, profit) {
                    profits[from][to].add(profit[row]);
                }
            }
        }
        Ok(Self { grades, counts, profits, options })
    }

    /// Number of grades.
    #[must_use]
    pub fn grades(&self) -> usize {
        self.grades
    }

    /// The level of intervals.
    #[must_use]
    pub fn level(&self) -> Level {
        self.options.level
    }

    /// Customers of both periods, the new and the lost included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Customers who moved so; 0 for grades there are not.
    #[must_use]
    pub fn customers(&self, from: Standing, to: Standing) -> usize {
        self.places(from, to).map_or(0, |(from, to)| self.counts[from][to])
    }

    /// Customers who stood there before; of `Absent`, the new ones.
    #[must_use]
    pub fn customers_before(&self, standing: Standing) -> usize {
        standing.place(self.grades).map_or(0, |place| self.counts[place].iter().sum())
    }

    /// Customers who stand there after; of `Absent`, the lost ones.
    #[must_use]
    pub fn customers_after(&self, standing: Standing) -> usize {
        standing.place(self.grades).map_or(0, |place| self.counts.iter().map(|row| row[place]).sum())
    }

    /// Share of those who stood at `from` before that stand at `to` after, smoothed if so asked. `None` if nobody stood
    /// there (as counted), and from `new` to `lost`, which cannot be.
    #[must_use]
    pub fn share(&self, from: Standing, to: Standing) -> Option<f64> {
        let (row, column) = self.places(from, to)?;
        let absent = self.grades + 1;
        if (row, column) == (absent, absent) {
            return None;
        }
        let cells = self.grades + 2 - usize::from(row == absent);
        let alpha = self.options.smoothing.unwrap_or(0.0);
        let all = self.customers_before(from) as f64 + alpha * cells as f64;
        (all > 0.0).then(|| (self.counts[row][column] as f64 + alpha) / all)
    }

    /// Interval of the share as counted, at the level of the options. `None` where [`share`](Self::share) as counted is.
    #[must_use]
    pub fn interval(&self, from: Standing, to: Standing) -> Option<Interval> {
        let never = (from, to) == (Standing::Absent, Standing::Absent);
        let places = self.places(from, to).filter(|_| !never);
        places.and_then(|(row, column)| wilson(self.counts[row][column], self.customers_before(from), self.level()))
    }

    /// Profit of those who moved so; `None` without a column of profit.
    #[must_use]
    pub fn profit(&self, from: Standing, to: Standing) -> Option<f64> {
        let (from, to) = self.places(from, to)?;
        self.profits.as_ref().map(|profits| profits[from][to].value())
    }

    /// Profit of all customers; the cells sum to it.
    #[must_use]
    pub fn total_profit(&self) -> Option<f64> {
        let profits = self.profits.as_ref()?;
        let mut total = ExactSum::ZERO;
        for &profit in profits.iter().flatten() {
            total.merge(profit);
        }
        Some(total.value())
    }

    /// Every cell that can be, row by row: the matrix as a long table.
    pub fn cells(&self) -> impl Iterator<Item = MigrationCell> + '_ {
        let pairs = Standing::all(self.grades).flat_map(|from| Standing::all(self.grades).map(move |to| (from, to)));
        pairs.filter(|&pair| pair != (Standing::Absent, Standing::Absent)).map(|(from, to)| MigrationCell {
            from,
            to,
            customers: self.customers(from, to),
            share: self.share(from, to),
            interval: self.interval(from, to),
            profit: self.profit(from, to),
        })
    }

    fn places(&self, from: Standing, to: Standing) -> Option<(usize, usize)> {
        from.place(self.grades).zip(to.place(self.grades))
    }
}

/// One standing per customer before and after, at least one customer, none absent both times.
pub(super) fn check_standings(checks: &mut Checks, before: &[Standing], after: &[Standing]) {
    checks.require(!before.is_empty(), "customers", "must be at least one", "none");
    checks.require(after.len() == before.len(), "standings after", "must be one per customer", after.len());
    let there = |row: usize| after.get(row) != Some(&Standing::Absent);
    let rule = "must not be absent before and after";
    checks.require_each("customers", rule, before, |row, standing| standing != Standing::Absent || there(row));
}

/// One admissible profit per customer.
pub(super) fn check_profit(checks: &mut Checks, profit: &[f64], customers: usize) {
    checks.require(profit.len() == customers, "profit", "must be one per customer", profit.len());
    let rule = "must be finite, at most 1e12 either way";
    checks.require_each("profit", rule, profit, |_, amount| amount.abs() <= ExactSum::LIMIT);
}
