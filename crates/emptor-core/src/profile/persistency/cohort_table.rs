//! The table of cohorts: of buyers, and of customers under contract.

use emptor_types::Invalid;

use super::base::{known, sum};
use super::cohort::{CohortCell, CohortClock, Cohorts};
use super::contracts::Bound;
use super::frames::{self, CohortRow};
use super::rates::RateKind;
use super::section::{Groups, Run};
use crate::profile::{Gap, Need, ProfileError, Section};

/// Customers without an acquisition channel.
const UNKNOWN: &str = "__unknown__";

impl Run<'_> {
    pub(super) fn cohorts(&self, section: &mut Section) -> Result<(), ProfileError> {
        let mut groups = Groups::of(vec![None; self.base.len()]);
        if self.settings.by_channel {
            match self.channels()? {
                Some(channels) => groups = channels,
                None => {
                    let reason = "cohorts can be split by the channel that won the customers";
                    let need = [Need::column("customers", "acq_channel")];
                    section.gaps.push(Gap::new("cohort_cell by channel", need, reason));
                }
            }
        }
        let mut cells = Vec::new();
        for (name, group) in groups.each() {
            let belongs = |customer: usize| groups.belongs(customer, group);
            cells.extend(self.contract_cohorts(name, belongs)?);
            cells.extend(self.purchase_cohorts(name, belongs)?);
        }
        if cells.is_empty() {
            section.gaps.push(Gap::new("cohort_cell", [], "nobody has bought or signed yet"));
            return Ok(());
        }
        let mut table = self.hasty(self.covered(frames::cohorts(&cells)?));
        if self.base.timeline.len() > self.settings.most_intervals {
            table = table.with_flag(format!("cut: at most {} intervals are shown", self.settings.most_intervals));
        }
        match self.base.cost_coverage {
            None => section.gaps.push(Gap::new(
                "cm_cum_per_member",
                [Need::column("products", "unit_cost")],
                "the margin of cohorts needs what products cost",
            )),
            Some(share) if share < self.settings.min_coverage => {
                table = table.with_flag(format!("cost_coverage: {:.0} % of revenue has a cost", 100.0 * share));
            }
            Some(_) => {}
        }
        section.tables.push(table);
        Ok(())
    }

    fn channels(&self) -> Result<Option<Groups>, ProfileError> {
        let Some(customers) = self.input.tables.customers() else { return Ok(None) };
        let rows = customers.rows();
        if rows.clone().collect_schema()?.get("acq_channel").is_none() {
            return Ok(None);
        }
        let named = self.base.texts(rows, "acq_channel", "customers")?;
        let named = named.into_iter().map(|name| Some(name.unwrap_or_else(|| UNKNOWN.to_owned())));
        Ok(Some(Groups::of(named.collect())))
    }

    fn purchase_cohorts(&self, channel: &str, belongs: impl Fn(usize) -> bool) -> Result<Vec<CohortRow>, ProfileError> {
        let (base, timeline) = (&self.base, &self.base.timeline);
        let buyers = (0..base.len()).filter(|customer| belongs(*customer)).filter_map(|customer| {
            let first = *base.bought(customer).first()?;
            Some((customer, first, timeline.place(first)?))
        });
        let (mut cohorts, mut clock) = self.empty_cohorts()?;
        for (customer, first, cohort) in buyers {
            clock.joined(cohort, first);
            match self.settings.cohort_clock {
                CohortClock::Calendar => {
                    let since = |period: usize| period.saturating_sub(cohort);
                    let active = self.activity.bought(customer).map(|period| (since(period), since(period)));
                    let cells = self.activity.cells(customer).iter();
                    cohorts.member(cohort, active, cells.map(|cell| (since(cell.period), cell.revenue, cell.margin)));
                }
                CohortClock::Rolling { days } => {
                    let since = |day: i32| day.saturating_sub(first).max(0) as usize / days as usize;
                    let active = base.bought(customer).iter().map(|day| (since(*day), since(*day)));
                    cohorts.member(
                        cohort,
                        active,
                        base.days(customer)
                            .iter()
                            .map(|day| (since(day.day), sum([day.net].into_iter()), known([day.margin].into_iter()))),
                    );
                }
            }
        }
        Ok(self.cohort_rows(cohorts, &clock, channel, RateKind::PctActive))
    }

    fn contract_cohorts(&self, channel: &str, belongs: impl Fn(usize) -> bool) -> Result<Vec<CohortRow>, ProfileError> {
        let timeline = &self.base.timeline;
        let (mut cohorts, mut clock) = self.empty_cohorts()?;
        for (_, spells) in self.bound.customers.iter().filter(|(customer, _)| belongs(*customer)) {
            let Some(first) = spells.first().map(|spell| spell.start) else { continue };
            let Some(cohort) = timeline.place(first) else { continue };
            clock.joined(cohort, first);
            let since = |day: i32| match self.settings.cohort_clock {
                CohortClock::Calendar => timeline.place(day).map_or(0, |place| place.saturating_sub(cohort)),
                CohortClock::Rolling { days } => day.saturating_sub(first).max(0) as usize / days as usize,
            };
            let spans = Bound::spans(spells, self.base.as_of).map(|(from, to)| (since(from), since(to)));
            cohorts.member(cohort, spans, []);
        }
        Ok(self.cohort_rows(cohorts, &clock, channel, RateKind::Retention))
    }

    fn empty_cohorts(&self) -> Result<(Cohorts, Clock), Invalid> {
        let timeline = &self.base.timeline;
        let n = timeline.len();
        let intervals = match self.settings.cohort_clock {
            CohortClock::Calendar => n,
            CohortClock::Rolling { days } => {
                let begin =
                    timeline.periods().first().map_or(self.base.as_of, |period| period.start.days_since_epoch());
                (self.base.as_of - begin) as usize / days as usize + 1
            }
        };
        let cohorts = Cohorts::new(self.settings.cohort_mode.clone(), n, intervals.min(self.settings.most_intervals))?;
        Ok((cohorts, Clock { joined: vec![(i32::MAX, i32::MIN); n] }))
    }

    fn cohort_rows(&self, cohorts: Cohorts, clock: &Clock, channel: &str, kind: RateKind) -> Vec<CohortRow> {
        let timeline = &self.base.timeline;
        let is_partial = |cohort: usize, k: usize| match self.settings.cohort_clock {
            CohortClock::Calendar => (cohort + k < timeline.len()).then(|| timeline.is_partial(cohort + k)),
            CohortClock::Rolling { days } => {
                let after = |joined: i32, windows: usize| i64::from(joined) + windows as i64 * i64::from(days);
                let (first, last) = clock.joined[cohort];
                let as_of = i64::from(self.base.as_of);
                (after(first, k) <= as_of).then(|| after(last, k + 1) > as_of + 1)
            }
        };
        let row = |cell: CohortCell| {
            let shown = self.settings.show_partial || !cell.is_partial;
            let bought = shown && kind == RateKind::PctActive;
            CohortRow {
                cohort: timeline.label(cell.cohort),
                k: cell.k,
                size: cell.size,
                active: shown.then_some(cell.active),
                rate: shown.then(|| cell.rate()),
                kind,
                revenue: bought.then_some(cell.revenue),
                margin: (bought && self.base.has_cost).then_some(cell.margin_per_member),
                is_partial: cell.is_partial,
                channel: channel.to_owned(),
            }
        };
        cohorts.finish(is_partial).into_iter().map(row).collect()
    }
}

/// When the first and the last member of each cohort joined.
struct Clock {
    joined: Vec<(i32, i32)>,
}

impl Clock {
    fn joined(&mut self, cohort: usize, day: i32) {
        if let Some((first, last)) = self.joined.get_mut(cohort) {
            (*first, *last) = (day.min(*first), day.max(*last));
        }
    }
}
