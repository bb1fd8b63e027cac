//! What becomes of customers who came at the same time.

use emptor_types::{ExactSum, Invalid};

/// What makes a member of a cohort count as active in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CohortMode {
    /// Active in interval `k` itself.
    #[default]
    Classic,
    /// Active at least once in a bracket of intervals. The numbers are the first intervals of the brackets and the end of
    /// the last: `[0, 1, 4, 13]` are the brackets 0, 1 to 3, and 4 to 12.
    Bracket(Vec<usize>),
    /// Active in interval `k` or later.
    Rolling,
}

impl CohortMode {
    /// Checks the brackets.
    ///
    /// # Errors
    /// Unless there are two numbers that rise from 0.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Bracket(edges) if edges.first() != Some(&0) || edges.len() < 2 || !rises(edges) => {
                Err(Invalid::value("brackets", "must be two numbers or more that rise from 0", format!("{edges:?}")))
            }
            _ => Ok(()),
        }
    }
}

fn rises(edges: &[usize]) -> bool {
    edges.windows(2).all(|pair| pair[0] < pair[1])
}

/// How the time since joining is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CohortClock {
    /// By calendar periods: interval 0 is the period of the first purchase, be it on its last day.
    #[default]
    Calendar,
    /// By each customer's own windows of so many days since the first purchase.
    Rolling {
        /// The days of a window.
        days: u32,
    },
}

/// A cell: a cohort in its `k`-th interval after joining.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CohortCell {
    /// The cohort, as counted by the caller.
    pub cohort: usize,
    /// The interval, or the first of the bracket; 0 is the one of joining.
    pub k: usize,
    /// Members of the cohort, one-time buyers and all.
    pub size: usize,
    /// How many of them count as active.
    pub active: usize,
    /// Their net revenue in the interval or bracket.
    pub revenue: f64,
    /// Margin of the cohort from its beginning to the end of the interval or bracket, per member, where the cost is known;
    /// `NaN` if no cost is.
    pub margin_per_member: f64,
    /// Whether the interval was not over for every member on the day of observation.
    pub is_partial: bool,
}

impl CohortCell {
    /// Share of the members that counts as active.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.active as f64 / self.size as f64
    }
}

/// Members of one cohort while they are counted.
#[derive(Debug, Clone, Default)]
struct Tally {
    size: usize,
    /// Changes of the number of active members; sums of them are the numbers.
    changes: Vec<i64>,
    revenue: Vec<ExactSum>,
    margin: Vec<Option<ExactSum>>,
}

/// Cohorts while members are added.
///
/// ```
/// use emptor_core::profile::persistency::{CohortMode, Cohorts};
///
/// // Two customers of one cohort over three complete intervals: one came back after two.
/// let mut cohorts = Cohorts::new(CohortMode::Classic, 1, 3)?;
/// cohorts.member(0, [(0, 0), (2, 2)], [(0, 10.0, 4.0), (2, 5.0, 2.0)]);
/// cohorts.member(0, [(0, 0)], [(0, 20.0, 8.0)]);
/// let cells = cohorts.finish(|_, k| (k < 3).then_some(false));
/// let rates: Vec<f64> = cells.iter().map(|cell| cell.rate()).collect();
/// assert_eq!(rates, [1.0, 0.0, 0.5]);
/// assert_eq!((cells[2].revenue, cells[2].margin_per_member), (5.0, 7.0));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cohorts {
    mode: CohortMode,
    intervals: usize,
    tallies: Vec<Tally>,
}

impl Cohorts {
    /// So many cohorts over so many intervals; later activity of members is not shown, but in rolling mode it still counts
    /// as later.
    ///
    /// # Errors
    /// See [`CohortMode::check`].
    pub fn new(mode: CohortMode, cohorts: usize, intervals: usize) -> Result<Self, Invalid> {
        mode.check()?;
        Ok(Self { mode, intervals, tallies: vec![Tally::default(); cohorts] })
    }

    /// Adds a member of a cohort: spans of intervals in which he was active (first and last, in ascending order), and
    /// money (interval, revenue, margin or `NaN`). A cohort that is not there is ignored.
    pub fn member(
        &mut self,
        cohort: usize,
        active: impl IntoIterator<Item = (usize, usize)>,
        money: impl IntoIterator<Item = (usize, f64, f64)>,
    ) {
        let Some(tally) = self.tallies.get_mut(cohort) else { return };
        tally.size += 1;
        // Spans may touch in one cell; each cell counts a member once.
        let mut free = 0;
        for (first, last) in active {
            let span = match &self.mode {
                CohortMode::Classic => (first < self.intervals).then(|| (first, last.min(self.intervals - 1))),
                CohortMode::Rolling => Some((0, last.min(self.intervals.saturating_sub(1)))),
                CohortMode::Bracket(edges) => bracket(edges, first).map(|from| {
                    let to = bracket(edges, last).unwrap_or(edges.len() - 2);
                    (from, to)
                }),
            };
            let Some((from, to)) = span.map(|(from, to)| (from.max(free), to)).filter(|(from, to)| from <= to) else {
                continue;
            };
            free = to + 1;
            resize(&mut tally.changes, to + 2);
            tally.changes[from] += 1;
            tally.changes[to + 1] -= 1;
        }
        for (interval, revenue, margin) in money {
            let cell = match &self.mode {
                CohortMode::Bracket(edges) => bracket(edges, interval),
                _ => (interval < self.intervals).then_some(interval),
            };
            if let Some(cell) = cell {
                resize(&mut tally.revenue, cell + 1);
                resize(&mut tally.margin, cell + 1);
                tally.revenue[cell].add(revenue);
                if !margin.is_nan() {
                    tally.margin[cell].get_or_insert_default().add(margin);
                }
            }
        }
    }

    /// The cells of cohorts with members, by cohort and interval. `is_partial` says of a cohort whether an interval was not
    /// over for every member, and `None` where it had begun for nobody: such cells are not there.
    #[must_use]
    pub fn finish(self, is_partial: impl Fn(usize, usize) -> Option<bool>) -> Vec<CohortCell> {
        let brackets: Vec<(usize, usize)> = match &self.mode {
            CohortMode::Bracket(edges) => edges.windows(2).map(|pair| (pair[0], pair[1] - 1)).collect(),
            _ => (0..self.intervals).map(|k| (k, k)).collect(),
        };
        let mut cells = Vec::new();
        for (cohort, tally) in self.tallies.into_iter().enumerate().filter(|(_, tally)| tally.size > 0) {
            let (mut active, mut margin) = (0_i64, None::<ExactSum>);
            for (place, &(first, last)) in brackets.iter().enumerate() {
                if is_partial(cohort, first).is_none() {
                    break;
                }
                active += tally.changes.get(place).copied().unwrap_or(0);
                if let Some(more) = tally.margin.get(place).copied().flatten() {
                    margin.get_or_insert_default().merge(more);
                }
                cells.push(CohortCell {
                    cohort,
                    k: first,
                    size: tally.size,
                    active: usize::try_from(active).unwrap_or(0),
                    revenue: tally.revenue.get(place).map_or(0.0, |sum| sum.value()),
                    margin_per_member: margin.map_or(f64::NAN, |margin| margin.value() / tally.size as f64),
                    is_partial: is_partial(cohort, last).unwrap_or(true),
                });
            }
        }
        cells
    }
}

fn bracket(edges: &[usize], interval: usize) -> Option<usize> {
    let place = edges.partition_point(|edge| *edge <= interval).checked_sub(1)?;
    (place + 1 < edges.len()).then_some(place)
}

fn resize<T: Default + Clone>(values: &mut Vec<T>, len: usize) {
    if values.len() < len {
        values.resize(len, T::default());
    }
}
