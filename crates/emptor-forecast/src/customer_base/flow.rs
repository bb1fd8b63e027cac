//! One future of the base, expected or drawn.

use emptor_lifetime::sampling::Variates;

use super::base::CustomerBase;
use super::{BaseSegment, Survival};

/// Below so many, trials are counted one by one.
const FEW: u64 = 24;

/// What becomes of numbers of customers.
pub(super) trait Law {
    /// How many there are, if so many are expected.
    fn number(&mut self, expected: f64) -> f64;

    /// To how many of so many something happens that happens to a share.
    fn share(&mut self, of: f64, share: f64) -> f64;
}

/// Expected numbers.
pub(super) struct Expected;

impl Law for Expected {
    fn number(&mut self, expected: f64) -> f64 {
        expected
    }

    fn share(&mut self, of: f64, share: f64) -> f64 {
        of * share
    }
}

/// Whole customers, each by chance.
impl Law for Variates {
    /// The whole number below or above, so that the mean stays.
    fn number(&mut self, expected: f64) -> f64 {
        let whole = expected.floor();
        if self.uniform() < expected - whole { whole + 1.0 } else { whole }
    }

    fn share(&mut self, of: f64, share: f64) -> f64 {
        binomial(self, of as u64, share) as f64
    }
}

/// How many of `n` independent trials succeed, exactly: the middle one of `n` ordered uniform numbers is beta distributed;
/// if it lies below `p`, so do all before it, else none after it counts. So half of the trials go with every draw (Relles
/// 1972, *Journal of the American Statistical Association* 67).
pub(super) fn binomial(random: &mut Variates, mut n: u64, mut p: f64) -> u64 {
    let mut successes = 0;
    while n > FEW {
        if p <= 0.0 {
            return successes;
        }
        if p >= 1.0 {
            return successes + n;
        }
        let middle = n / 2 + 1;
        let value = random.beta(middle as f64, (n + 1 - middle) as f64);
        if value <= p {
            successes += middle;
            n -= middle;
            p = (p - value) / (1.0 - value);
        } else {
            n = middle - 1;
            p /= value;
        }
    }
    successes + (0..n).filter(|_| random.uniform() < p).count() as u64
}

/// Flows of one segment by period.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flow {
    pub(super) start: Vec<f64>,
    pub(super) new: Vec<f64>,
    pub(super) lost: Vec<f64>,
    /// Come from other segments less gone to them.
    pub(super) moved: Vec<f64>,
    pub(super) end: Vec<f64>,
}

/// Customers of one age, by segment.
struct Lane<'a> {
    counts: Vec<f64>,
    age: usize,
    own: Option<&'a Survival>,
}

impl CustomerBase {
    /// The flows of every segment, when so many come and the curves are these.
    pub(super) fn run(
        &self,
        horizon: usize,
        arrivals: &[Vec<f64>],
        curves: &[&Survival],
        law: &mut impl Law,
    ) -> Vec<Flow> {
        let count = self.segments.len();
        let mut lanes = Vec::new();
        for (place, segment) in self.segments.iter().enumerate() {
            lanes.extend(segment.cohorts.iter().map(|cohort| {
                let mut counts = vec![0.0; count];
                counts[place] = law.number(cohort.customers);
                Lane { counts, age: cohort.age, own: cohort.ahead.as_ref() }
            }));
        }
        let mut flows = vec![Flow::default(); count];
        let mut stock: Vec<f64> = (0..count).map(|place| lanes.iter().map(|lane| lane.counts[place]).sum()).collect();
        for period in 0..horizon {
            let (mut lost, mut moved) = (vec![0.0; count], vec![0.0; count]);
            for lane in &mut lanes {
                for (place, here) in lane.counts.iter_mut().enumerate().filter(|(_, here)| **here > 0.0) {
                    let curve = lane.own.unwrap_or(curves[place]);
                    let stay = law.share(*here, curve.retention(lane.age)).min(*here);
                    lost[place] += *here - stay;
                    *here = stay;
                }
                lane.age = lane.age.saturating_add(1);
                if let Some(shares) = &self.migration {
                    lane.counts = migrated(&lane.counts, shares, &mut moved, law);
                }
            }
            let mut counts = vec![0.0; count];
            for (place, flow) in flows.iter_mut().enumerate() {
                let new = law.number(arrivals[place].get(period).copied().unwrap_or(0.0));
                counts[place] = new;
                let end = (stock[place] + new + moved[place] - lost[place]).max(0.0);
                flow.start.push(stock[place]);
                flow.new.push(new);
                flow.lost.push(lost[place]);
                flow.moved.push(moved[place]);
                flow.end.push(end);
                stock[place] = end;
            }
            lanes.push(Lane { counts, age: 0, own: None });
        }
        flows
    }

    pub(super) fn curves(&self) -> Vec<&Survival> {
        self.segments.iter().map(|segment| &segment.survival).collect()
    }

    /// The curves of a future.
    pub(super) fn drawn_curves(&self, path: usize) -> Vec<&Survival> {
        let of = |segment: &'_ BaseSegment| path.checked_rem(segment.draws.len());
        self.segments.iter().map(|segment| of(segment).map_or(&segment.survival, |draw| &segment.draws[draw])).collect()
    }
}

/// Customers of one age after a period's moves. They are counted one segment after the other among those who remain, so
/// that nobody is lost or doubled by rounding.
fn migrated(from: &[f64], shares: &[Vec<f64>], moved: &mut [f64], law: &mut impl Law) -> Vec<f64> {
    let mut to = vec![0.0; from.len()];
    for (source, (&here, row)) in from.iter().zip(shares).enumerate() {
        let (mut left, mut share_left) = (here, 1.0_f64);
        // Those who stay are what remains.
        for (target, &share) in row.iter().enumerate().filter(|(target, _)| *target != source) {
            let odds = if share_left > 0.0 { (share / share_left).min(1.0) } else { 0.0 };
            let gone = law.share(left, odds).min(left);
            to[target] += gone;
            moved[target] += gone;
            moved[source] -= gone;
            left -= gone;
            share_left -= share;
        }
        to[source] += left;
    }
    to
}
