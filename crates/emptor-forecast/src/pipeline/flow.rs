//! What changed in a pipeline between two days.

use emptor_types::ExactSum;

use super::deals::{Deal, Outcome};

/// The flow of a pipeline between two days: the amount of the open deals that are expected to close until some day, and how
/// it came to be another. It balances exactly, in the fixed point of [`ExactSum`]:
///
/// ```text
/// opening + created + pulled in + increased − pushed out − decreased − won − lost = closing
/// ```
///
/// A deal that is created and ends between the days is both created and won or lost. One that is moved in or out moves with
/// the amount that it has outside; what it brings in the end is an increase or decrease before it is won. A deal without an
/// amount counts as 0; how many those are is said. What is overdue on the last day is part of the closing, and said apart.
///
/// ```
/// use emptor_forecast::pipeline::{Deal, Outcome, PipelineFlow};
///
/// let open = Deal { created: 0, amount: Some(10.0), ..Deal::default() };
/// let won = Deal { created: 15, closed: Some(20), outcome: Some(Outcome::Won), amount: Some(5.0), ..Deal::default() };
/// let flow = PipelineFlow::between(&[open, won], 10, 30, None);
/// assert_eq!((flow.opening.value(), flow.created.value(), flow.won.value(), flow.closing.value()), (10.0, 5.0, 5.0, 10.0));
/// assert!(flow.balances());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PipelineFlow {
    /// Open on the first day.
    pub opening: ExactSum,
    /// Created since.
    pub created: ExactSum,
    /// Expected to close earlier than before.
    pub pulled_in: ExactSum,
    /// Amounts that rose.
    pub increased: ExactSum,
    /// Expected to close later than before.
    pub pushed_out: ExactSum,
    /// Amounts that fell.
    pub decreased: ExactSum,
    /// Won.
    pub won: ExactSum,
    /// Lost, by the last amount before.
    pub lost: ExactSum,
    /// Open on the last day.
    pub closing: ExactSum,
    /// Of that, what had been expected to close until that day: put off, though nobody has moved it.
    pub overdue: ExactSum,
    /// How many of the deals that are open on the last day have no amount: they count with 0.
    pub unpriced: usize,
}

impl PipelineFlow {
    /// Between two days since 1970-01-01, each at its end. With `due`, only deals that are expected to close until that day
    /// are in the pipeline, overdue ones included; a deal without an expected close is not. Deals come with their logs.
    #[must_use]
    pub fn between(deals: &[Deal], from: i32, to: i32, due: Option<i32>) -> Self {
        let mut flow = Self::default();
        for deal in deals {
            flow.add(deal.known_on(from).as_ref(), deal.known_on(to.max(from)).as_ref(), due, to.max(from));
        }
        flow
    }

    fn add(&mut self, before: Option<&Deal>, after: Option<&Deal>, due: Option<i32>, to: i32) {
        let Some(after) = after else { return };
        let inside = |deal: &Deal| due.is_none_or(|due| deal.exp_close.is_some_and(|day| day <= due));
        let amount = |deal: &Deal| deal.amount.unwrap_or(0.0);
        // Decided before the first day: no part of it.
        if before.is_some_and(|deal| !deal.is_open()) {
            return;
        }
        let was = before.filter(|deal| inside(deal));
        let is = after.is_open() && inside(after);
        if is {
            self.closing.add(amount(after));
            if after.exp_close.is_some_and(|day| day <= to) {
                self.overdue.add(amount(after));
            }
            self.unpriced += usize::from(after.amount.is_none());
        }
        // What it was worth when it came to be where it is now, or ended.
        let last = match after.outcome {
            Some(Outcome::Lost) => was.map_or_else(|| amount(after), amount),
            Some(Outcome::Won) if after.amount.is_none() => was.map_or(0.0, amount),
            _ => amount(after),
        };
        match (before, was) {
            (_, Some(was)) => {
                self.opening.add(amount(was));
                if after.is_open() && !is {
                    self.pushed_out.add(amount(was));
                    return;
                }
                let (from, to) = (fixed(amount(was)), fixed(last));
                if to > from {
                    self.increased.merge(to.minus(from));
                } else {
                    self.decreased.merge(from.minus(to));
                }
            }
            // A deal that is won or lost was in the pipeline of its day, whenever it had been expected, if that is inside.
            (Some(_), None) if is || after.closed.is_some_and(|day| due.is_none_or(|due| day <= due)) => {
                self.pulled_in.add(last);
            }
            (None, None) if is || !after.is_open() => self.created.add(last),
            _ => return,
        }
        match after.outcome {
            Some(Outcome::Won) => self.won.add(last),
            Some(Outcome::Lost) => self.lost.add(last),
            None => {}
        }
    }

    /// Whether it balances. It does.
    #[must_use]
    pub fn balances(&self) -> bool {
        let mut sum = self.opening;
        [self.created, self.pulled_in, self.increased].into_iter().for_each(|part| sum.merge(part));
        [self.pushed_out, self.decreased, self.won, self.lost].into_iter().for_each(|part| sum = sum.minus(part));
        sum == self.closing
    }
}

fn fixed(amount: f64) -> ExactSum {
    std::iter::once(amount).collect()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exactness is what is tested")]
#[path = "flow_tests.rs"]
mod tests;
