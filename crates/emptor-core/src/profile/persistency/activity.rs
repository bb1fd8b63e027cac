//! What customers did in which period: only the pairs where something happened.

use emptor_types::Invalid;

/// What one customer did in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActivityCell {
    /// The period, counted from 0.
    pub period: usize,
    /// Whether the customer bought. Returns and credits move money, and make nobody active.
    pub active: bool,
    /// Net revenue; may be negative.
    pub revenue: f64,
    /// Margin of the part of it whose cost is known; `NaN` if no cost is.
    pub margin: f64,
}

/// Activity of a base: customers one after the other, each with the periods in which something happened, ascending.
///
/// ```
/// use emptor_core::profile::persistency::Activity;
///
/// // Two customers over three periods: the first bought in all, the second in the last.
/// let activity = Activity::of_buyers(3, &[&[0, 1, 2], &[2]])?;
/// assert_eq!((activity.customers(), activity.cells(1).len()), (2, 1));
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    periods: usize,
    offsets: Vec<usize>,
    cells: Vec<ActivityCell>,
}

impl Activity {
    /// A base without customers, over so many periods.
    #[must_use]
    pub fn new(periods: usize) -> Self {
        Self { periods, offsets: vec![0], cells: Vec::new() }
    }

    /// The base of customers who bought in these periods; without money.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn of_buyers(periods: usize, bought: &[&[usize]]) -> Result<Self, Invalid> {
        let mut activity = Self::new(periods);
        for periods in bought {
            let cell = |period: &usize| ActivityCell { period: *period, active: true, revenue: 0.0, margin: f64::NAN };
            activity.push(periods.iter().map(cell))?;
        }
        Ok(activity)
    }

    /// Adds the next customer.
    ///
    /// # Errors
    /// Unless periods rise and exist, and money is finite where it is known.
    pub fn push(&mut self, cells: impl IntoIterator<Item = ActivityCell>) -> Result<(), Invalid> {
        let begin = self.cells.len();
        self.cells.extend(cells);
        let added = &self.cells[begin..];
        let rising = added.windows(2).all(|pair| pair[0].period < pair[1].period);
        let there = added.last().is_none_or(|cell| cell.period < self.periods);
        let finite = added.iter().all(|cell| cell.revenue.is_finite() && !cell.margin.is_infinite());
        let customer = self.customers();
        let mut checks = Invalid::checks();
        checks.require(rising && there, "periods", &format!("must rise and lie below {}", self.periods), customer);
        checks.require(finite, "money", "must be finite", format!("another of customer {customer}"));
        if let Err(invalid) = checks.finish() {
            self.cells.truncate(begin);
            return Err(invalid);
        }
        self.offsets.push(self.cells.len());
        Ok(())
    }

    /// How many periods there are.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// How many customers there are, also those who never did anything.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.offsets.len() - 1
    }

    /// What a customer did; nothing of one who is not there.
    #[must_use]
    pub fn cells(&self, customer: usize) -> &[ActivityCell] {
        match (self.offsets.get(customer), self.offsets.get(customer + 1)) {
            (Some(&from), Some(&to)) => &self.cells[from..to],
            _ => &[],
        }
    }

    /// The periods in which a customer bought, ascending.
    pub fn bought(&self, customer: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.cells(customer).iter().filter(|cell| cell.active).map(|cell| cell.period)
    }
}
