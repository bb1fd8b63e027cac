//! When deals of an age are decided.

use super::deals::Deal;

/// How many deals were decided at an age, of so many that were still open and watched at it.
///
/// ```text
/// P(not decided until t | open at a) = Π over a < t_j ≤ t of (1 − d_j/n_j)
/// ```
///
/// (Kaplan & Meier 1958, *Journal of the American Statistical Association* 53, from the age on.) A deal is watched from the
/// first day on which an end was seen: what was decided earlier is not in the data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Closings {
    /// Age, and the share that is decided at it, ascending; only ages at which any was.
    steps: Vec<(i32, f64)>,
}

impl Closings {
    pub(super) fn of(deals: &[Deal], as_of: i32) -> Self {
        let ended = |deal: &Deal| deal.outcome.and(deal.closed).map(|day| day.max(deal.created));
        let Some(from) = deals.iter().filter_map(ended).min() else { return Self { steps: Vec::new() } };
        let mut entries = Vec::with_capacity(deals.len());
        let mut exits = Vec::with_capacity(deals.len());
        for deal in deals {
            // Decided on a day that nobody knows: not watched at all.
            if deal.outcome.is_some() && deal.closed.is_none() {
                continue;
            }
            let end = ended(deal);
            entries.push((from - deal.created).max(0));
            exits.push((end.unwrap_or(as_of) - deal.created, end.is_some()));
        }
        entries.sort_unstable();
        exits.sort_unstable();
        let mut steps = Vec::new();
        let mut gone = 0;
        for same in exits.chunk_by(|a, b| a.0 == b.0) {
            let age = same[0].0;
            let at_risk = entries.partition_point(|entry| *entry <= age).saturating_sub(gone);
            let events = same.iter().filter(|(_, decided)| *decided).count();
            if events > 0 && at_risk > 0 {
                steps.push((age, (events as f64 / at_risk as f64).min(1.0)));
            }
            gone += same.len();
        }
        Self { steps }
    }

    fn after(&self, age: i32) -> &[(i32, f64)] {
        &self.steps[self.steps.partition_point(|(at, _)| *at <= age)..]
    }

    /// Whether a deal was ever decided at a greater age.
    pub(super) fn knows(&self, age: i32) -> bool {
        !self.after(age).is_empty()
    }

    /// Which part of the deals that are open at an age is decided until each of so many days later, and after the one before.
    pub(super) fn shares(&self, age: i32, days: &[i32]) -> Vec<f64> {
        let mut steps = self.after(age).iter().peekable();
        let mut open = 1.0;
        let share = |until: &i32| {
            let before = open;
            while let Some((_, decided)) = steps.next_if(|(at, _)| at - age <= *until) {
                open *= 1.0 - decided;
            }
            before - open
        };
        days.iter().map(share).collect()
    }

    /// Days until half of the deals that are open at an age are decided.
    pub(super) fn median(&self, age: i32) -> Option<i32> {
        let mut open = 1.0;
        let half = |(at, decided): &(i32, f64)| {
            open *= 1.0 - decided;
            (open <= 0.5).then_some(at - age)
        };
        self.after(age).iter().find_map(half)
    }
}

#[cfg(test)]
mod tests {
    use super::super::deals::Outcome;
    use super::*;

    fn deal(created: i32, closed: Option<i32>) -> Deal {
        Deal { created, closed, outcome: closed.map(|_| Outcome::Won), ..Deal::default() }
    }

    #[test]
    fn deals_are_decided_at_the_ages_of_earlier_ones() {
        // Decided at 10, 20, 20 and 40 days; one is open at 30.
        let ends = [Some(10), Some(20), Some(20), Some(40), None];
        let deals: Vec<Deal> = ends.into_iter().zip([0, 0, 0, 0, 10]).map(|(end, day)| deal(day, end)).collect();
        let closings = Closings::of(&deals, 40);
        let near = |found: Vec<f64>, expected: &[f64]| {
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        };
        // One of five at 10, two of four at 20, the one that is left at 40.
        near(closings.shares(0, &[10, 25, 60]), &[0.2, 0.4, 0.4]);
        near(closings.shares(15, &[4, 25]), &[0.0, 1.0]);
        assert_eq!((closings.median(0), closings.median(20), closings.median(40)), (Some(20), Some(20), None));
        assert!(closings.knows(39) && !closings.knows(40));
        near(closings.shares(40, &[100]), &[0.0]);
    }

    #[test]
    fn a_deal_from_before_anything_was_seen_is_not_watched_while_it_was_young() {
        // The first end that is seen is on day 100: the deal of day 0 says nothing of young deals.
        let closings = Closings::of(&[deal(0, Some(200)), deal(95, Some(100)), deal(96, Some(106))], 200);
        assert_eq!(closings.shares(0, &[5]), [0.5]);
        assert_eq!(Closings::of(&[deal(0, None)], 9).median(0), None);
    }
}
