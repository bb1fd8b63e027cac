//! Opportunities as they were known on a day.

/// How an opportunity ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Won.
    Won,
    /// Lost.
    Lost,
}

/// A change of one field: when, from what, to what.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<T> {
    /// The day, since 1970-01-01.
    pub day: i32,
    /// What it was; `None` where it was not there, or the log does not say.
    pub old: Option<T>,
    /// What it became.
    pub new: T,
}

/// An opportunity, with what changed. Days count from 1970-01-01.
///
/// Its fields say how it is at the end of its logs; [`as_known`] says how it was on a day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Deal {
    /// Its id, as text.
    pub id: String,
    /// The customer, as text.
    pub customer: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// Who looks after it.
    pub rep: Option<String>,
    /// What it is about.
    pub product: Option<String>,
    /// The list price of that: what it would bring if nobody says otherwise.
    pub list_price: Option<f64>,
    /// When it was created. A deal of which nobody knows that has no age: leave it out, as the door of the tables does.
    pub created: i32,
    /// What it would bring, or has brought.
    pub amount: Option<f64>,
    /// The stated probability to win it, while it is open.
    pub stated: Option<f64>,
    /// When it is expected to close.
    pub exp_close: Option<i32>,
    /// The stage; `None` where it is not known how it was on that day.
    pub stage: Option<String>,
    /// When it was closed, if it was.
    pub closed: Option<i32>,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
    /// Why it was lost.
    pub reason: Option<String>,
    /// The stages it entered, oldest first; empty without history.
    pub stages: Vec<Change<String>>,
    /// The changes of its amount.
    pub amounts: Vec<Change<f64>>,
    /// The changes of its expected close.
    pub closes: Vec<Change<i32>>,
    /// The changes of who looks after it.
    pub owners: Vec<Change<String>>,
}

impl Deal {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    /// How often its expected close was moved to a later day.
    #[must_use]
    pub fn pushes(&self) -> usize {
        self.closes.iter().filter(|change| change.old.is_some_and(|old| change.new > old)).count()
    }

    /// The first day on which it was expected to close.
    #[must_use]
    pub fn first_expected_close(&self) -> Option<i32> {
        self.closes.first().map_or(self.exp_close, |change| Some(change.old.unwrap_or(change.new)))
    }

    /// The first amount it was expected to bring.
    #[must_use]
    pub fn first_amount(&self) -> Option<f64> {
        self.amounts.first().map_or(self.amount, |change| Some(change.old.unwrap_or(change.new)))
    }

    /// The deal of a system that writes the amount when a deal is closed: before that nobody knew it.
    #[must_use]
    pub fn priced_at_close(mut self) -> Self {
        if let (Some(day), Some(new), true) = (self.closed, self.amount, self.amounts.is_empty()) {
            self.amounts.push(Change { day, old: None, new });
        }
        self
    }

    /// The deal as it was known on a day; `None` if it was created later.
    #[must_use]
    pub fn known_on(&self, day: i32) -> Option<Self> {
        (self.created <= day).then(|| known(self.clone(), day))
    }
}

/// The deals as they were known on a day: those created later are not there, what was changed or closed later is as it was
/// before.
///
/// What a log does not say is taken not to have changed, but for the end: a deal that closes later is open, and its stated
/// probability, which is that of the end, is not known.
///
/// ```
/// use emptor_forecast::pipeline::{Deal, Outcome, as_known};
///
/// let deal = Deal { created: 10, closed: Some(40), outcome: Some(Outcome::Won), stated: Some(1.0), ..Deal::default() };
/// let known = as_known(&[deal], 30);
/// assert!(known[0].is_open() && known[0].stated.is_none());
/// assert!(as_known(&known, 9).is_empty());
/// ```
#[must_use]
pub fn as_known(deals: &[Deal], day: i32) -> Vec<Deal> {
    deals.iter().filter_map(|deal| deal.known_on(day)).collect()
}

/// The last day on which anything happened to deals: they were created, changed or closed. What is expected has not happened.
///
/// ```
/// use emptor_forecast::pipeline::{Change, Deal, last_day};
///
/// let put_off = Change { day: 12, old: Some(25), new: 40 };
/// let deal = Deal { created: 3, exp_close: Some(40), closes: vec![put_off], ..Deal::default() };
/// assert_eq!((last_day(&[deal]), last_day(&[])), (Some(12), None));
/// ```
#[must_use]
pub fn last_day(deals: &[Deal]) -> Option<i32> {
    let of = |deal: &Deal| {
        let stages = deal.stages.iter().chain(&deal.owners).map(|change| change.day);
        let numbers = deal.amounts.iter().map(|change| change.day).chain(deal.closes.iter().map(|change| change.day));
        stages.chain(numbers).chain(deal.closed).fold(deal.created, i32::max)
    };
    deals.iter().map(of).max()
}

/// By what win rates and hazards are told apart beside stage and age, and forecasts broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DealSegment {
    /// By nothing.
    None,
    /// By who looks after the deal.
    #[default]
    Rep,
    /// By where it came from.
    Source,
    /// By what it is about.
    Product,
    /// By who would buy.
    Customer,
}

impl DealSegment {
    /// The segment of a deal, if it is known.
    #[must_use]
    pub fn of(self, deal: &Deal) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Rep => deal.rep.as_deref(),
            Self::Source => deal.source.as_deref(),
            Self::Product => deal.product.as_deref(),
            Self::Customer => deal.customer.as_deref(),
        }
    }
}

/// How an outcome is called where a stage says it.
#[must_use]
pub fn outcome_of(stage: &str) -> Option<Outcome> {
    let is = |name: &str| stage.eq_ignore_ascii_case(name) || stage.eq_ignore_ascii_case(&format!("closed {name}"));
    if is("won") { Some(Outcome::Won) } else { is("lost").then_some(Outcome::Lost) }
}

/// Takes back what happened after a day.
fn known(mut deal: Deal, as_of: i32) -> Deal {
    deal.stages = in_order(deal.stages);
    let decided = deal.stages.iter().rev().find_map(|change| outcome_of(&change.new).map(|_| change.day));
    deal.closed = deal.closed.or(deal.outcome.and(decided));
    if deal.closed.is_some_and(|day| day > as_of) {
        // The row tells of the future: probability, stage and reason are those of the end.
        (deal.closed, deal.outcome, deal.stated, deal.stage, deal.reason) = (None, None, None, None, None);
    }
    if deal.outcome.is_none() {
        deal.closed = None;
    }
    if deal.outcome.is_none()
        && let Some(stage) = value_at(&deal.stages, as_of, None)
    {
        if deal.stage.as_ref() != Some(&stage) {
            // The stated probability is that of a later stage.
            deal.stated = None;
        }
        deal.stage = Some(stage);
    }
    deal.amount = value_at(&deal.amounts, as_of, deal.amount);
    deal.exp_close = value_at(&deal.closes, as_of, deal.exp_close);
    deal.rep = value_at(&deal.owners, as_of, deal.rep);
    deal.stages.retain(|change| change.day <= as_of);
    deal.amounts.retain(|change| change.day <= as_of);
    deal.closes.retain(|change| change.day <= as_of);
    deal.owners.retain(|change| change.day <= as_of);
    deal
}

/// The value on a day: that of the last change until then, else what it was before the first one, which the log may not
/// say; without changes that of the row. To take that of the row before the first change would be to see the future.
fn value_at<T: Clone>(changes: &[Change<T>], day: i32, row: Option<T>) -> Option<T> {
    match (changes.iter().rev().find(|change| change.day <= day), changes.first()) {
        (Some(change), _) => Some(change.new.clone()),
        (None, Some(first)) => first.old.clone(),
        (None, None) => row,
    }
}

/// Stages in the order they were entered: on one day, each change follows the one that led to where it begins.
fn in_order(mut changes: Vec<Change<String>>) -> Vec<Change<String>> {
    let mut ordered: Vec<Change<String>> = Vec::with_capacity(changes.len());
    while let Some(first) = changes.first() {
        let day = first.day;
        let stage = ordered.last().map(|change| &change.new);
        let next = changes.iter().take_while(|c| c.day == day).position(|c| c.old.as_ref() == stage).unwrap_or(0);
        ordered.push(changes.remove(next));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change<T>(day: i32, old: Option<T>, new: T) -> Change<T> {
        Change { day, old, new }
    }

    #[test]
    fn what_comes_later_is_not_known() {
        let deal = Deal {
            created: 0,
            amount: Some(70.0),
            exp_close: Some(60),
            rep: Some("b".to_owned()),
            closed: Some(50),
            outcome: Some(Outcome::Lost),
            stage: Some("lost".to_owned()),
            reason: Some("price".to_owned()),
            stages: vec![change(0, None, "lead".to_owned()), change(50, Some("lead".to_owned()), "lost".to_owned())],
            amounts: vec![change(20, Some(100.0), 70.0)],
            closes: vec![change(30, None, 60)],
            owners: vec![change(10, Some("a".to_owned()), "b".to_owned())],
            ..Deal::default()
        };
        let early = as_known(std::slice::from_ref(&deal), 5);
        let deal_then = &early[0];
        assert_eq!((deal_then.amount, deal_then.rep.as_deref()), (Some(100.0), Some("a")));
        assert_eq!((deal_then.exp_close, deal_then.stage.as_deref()), (None, Some("lead")), "the log does not say");
        assert!(deal_then.is_open() && deal_then.reason.is_none() && deal_then.amounts.is_empty());
        assert_eq!(as_known(std::slice::from_ref(&deal), 50), std::slice::from_ref(&deal), "at the end all is known");
        assert_eq!(as_known(&early, 5), early, "twice is once");
    }

    #[test]
    fn an_amount_written_at_the_close_was_unknown_before() {
        let deal = Deal { closed: Some(9), outcome: Some(Outcome::Won), amount: Some(5.0), ..Deal::default() };
        let known = as_known(&[deal.clone().priced_at_close()], 8);
        assert_eq!(known[0].amount, None);
        assert_eq!(as_known(&[deal], 8)[0].amount, Some(5.0));
    }
}
