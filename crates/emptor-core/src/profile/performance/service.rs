//! How well customers are served.

use std::collections::HashMap;

/// One ticket, days counted from any first day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ticket {
    /// The customer, numbered by the caller.
    pub customer: u32,
    /// The queue, numbered by the caller.
    pub queue: u32,
    /// Day of opening.
    pub opened: i32,
    /// Day of closing; `None` while open.
    pub closed: Option<i32>,
    /// Day by which it was to be closed.
    pub due: Option<i32>,
    /// Whether the first contact solved it.
    pub first_contact: Option<bool>,
    /// Minutes that it took; `None` where that is not known, e.g. while it is open.
    pub minutes: Option<f64>,
}

/// A share with the number of cases that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Those that count.
    pub count: usize,
    /// Those that are decided.
    pub of: usize,
}

impl Part {
    fn add(&mut self, counts: Option<bool>) {
        if let Some(counts) = counts {
            self.count += usize::from(counts);
            self.of += 1;
        }
    }

    /// The share; `None` where nothing is decided.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }
}

/// Service of the tickets opened in a period.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Service {
    /// Tickets opened.
    pub tickets: usize,
    /// Solved by the first contact, of those that say.
    pub first_contact: Part,
    /// Closed in time, of those that were promised and are closed or late.
    pub in_time: Part,
    /// Followed by another ticket of the customer in the same queue within the days of repetition, of those for which
    /// these days are over.
    pub repeated: Part,
    /// Open at the end of the period, whenever opened.
    pub backlog: usize,
    /// Minutes of the tickets that say, without those that were closed after `as_of`.
    pub minutes: Vec<f64>,
    /// Days from opening to closing, of the closed ones.
    pub days: Vec<f64>,
}

/// Measures service per queue (`Some`) and of all queues (`None`), over periods given by first and last day; what happened
/// after `as_of` is not known. The tickets of a period are those opened in it.
///
/// ```
/// use emptor_core::profile::performance::{Ticket, service};
///
/// let ticket = |customer, opened, closed| Ticket {
///     customer, queue: 0, opened, closed, due: Some(opened + 2), first_contact: None, minutes: None,
/// };
/// let all = service(&[ticket(1, 0, Some(1)), ticket(1, 5, None), ticket(2, 3, Some(9))], &[(0, 29)], 29, 7);
/// let own = &all[&(Some(0), 0)];
/// assert_eq!((own.tickets, own.backlog), (3, 1));
/// assert_eq!((own.in_time.share(), own.repeated.share()), (Some(1.0 / 3.0), Some(1.0 / 3.0)));
/// ```
#[must_use]
pub fn service(
    tickets: &[Ticket],
    periods: &[(i32, i32)],
    as_of: i32,
    repeat_days: i32,
) -> HashMap<(Option<u32>, usize), Service> {
    let mut known: Vec<Ticket> = tickets.iter().filter(|ticket| ticket.opened <= as_of).copied().collect();
    known.sort_by_key(|ticket| (ticket.customer, ticket.queue, ticket.opened));
    let mut found: HashMap<(Option<u32>, usize), Service> = HashMap::new();
    for (i, ticket) in known.iter().enumerate() {
        let closed = ticket.closed.filter(|day| *day <= as_of);
        let next = known.get(i + 1).filter(|next| (next.customer, next.queue) == (ticket.customer, ticket.queue));
        let repeated = next.is_some_and(|next| next.opened - ticket.opened <= repeat_days);
        // A ticket of yesterday may still be repeated tomorrow.
        let repeated = (repeated || ticket.opened + repeat_days <= as_of).then_some(repeated);
        let in_time = match (ticket.due, closed) {
            (Some(due), Some(closed)) => Some(closed <= due),
            (Some(due), None) if due < as_of => Some(false),
            _ => None,
        };
        for (p, (first, last)) in periods.iter().enumerate() {
            let inside = (*first..=*last).contains(&ticket.opened);
            let open = ticket.opened <= *last && closed.is_none_or(|day| day > *last);
            if !inside && !open {
                continue;
            }
            for queue in [Some(ticket.queue), None] {
                let own = found.entry((queue, p)).or_default();
                own.backlog += usize::from(open);
                if inside {
                    own.tickets += 1;
                    own.first_contact.add(ticket.first_contact);
                    own.in_time.add(in_time);
                    own.repeated.add(repeated);
                    own.minutes.extend(ticket.minutes.filter(|_| ticket.closed.is_none_or(|day| day <= as_of)));
                    own.days.extend(closed.map(|day| f64::from(day - ticket.opened)));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(customer: u32, opened: i32, closed: Option<i32>) -> Ticket {
        Ticket { customer, queue: 0, opened, closed, due: None, first_contact: None, minutes: None }
    }

    #[test]
    fn what_is_not_over_is_not_judged() {
        let promised = Ticket { due: Some(12), ..ticket(1, 8, None) };
        let own = service(&[promised], &[(0, 9)], 9, 7).remove(&(None, 0)).unwrap_or_default();
        assert_eq!((own.in_time.share(), own.repeated.share(), own.backlog), (None, None, 1));
        let late = service(&[promised], &[(0, 9)], 20, 7).remove(&(None, 0)).unwrap_or_default();
        assert_eq!((late.in_time.share(), late.repeated.share()), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn tickets_and_closings_after_the_day_of_observation_are_not_known() {
        let seen = [ticket(1, 3, Some(30))];
        let later = [ticket(1, 3, Some(30)), ticket(1, 12, None)];
        assert_eq!(service(&seen, &[(0, 9)], 9, 7), service(&later, &[(0, 9)], 9, 7));
        let own = service(&seen, &[(0, 9)], 9, 7).remove(&(None, 0)).unwrap_or_default();
        assert_eq!((own.backlog, own.days.len()), (1, 0));
    }

    #[test]
    fn the_backlog_of_a_period_counts_tickets_of_earlier_ones() {
        let all = service(&[ticket(1, 3, Some(15)), ticket(2, 12, None)], &[(0, 9), (10, 19)], 19, 7);
        let backlog = |p| all.get(&(None, p)).map(|own| (own.tickets, own.backlog));
        assert_eq!((backlog(0), backlog(1)), (Some((1, 1)), Some((1, 1))));
    }
}
