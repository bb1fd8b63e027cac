//! Tables by period: who was active, and what it was a mix of.

use emptor_types::{Date, ExactSum, Invalid};

use super::activity::{Activity, ActivityCell};
use super::base::Base;
use super::frames::{self, GrowthRow, MixRow, MovementRow, OverlapRow};
use super::growth::{growth, revenue_movements};
use super::patterns::buying_patterns;
use super::rates::{ChurnRule, Rate, RateKind};
use super::section::{ALL, Run};
use super::timeline::Timeline;
use crate::period::Grain;
use crate::profile::{Gap, ProfileError, Section, Window};

impl Run<'_> {
    pub(super) fn growth(&self) -> Vec<GrowthRow> {
        let timeline = &self.base.timeline;
        let accounts: Vec<_> = self
            .segments
            .each()
            .map(|(name, group)| (name, growth(&self.activity, |customer| self.segments.belongs(customer, group))))
            .collect();
        timeline
            .window()
            .flat_map(|place| accounts.iter().map(move |(name, accounts)| (place, *name, accounts[place])))
            .map(|(place, segment, growth)| GrowthRow {
                start: timeline.periods()[place].start,
                segment: segment.to_owned(),
                growth,
                is_partial: timeline.is_partial(place),
            })
            .collect()
    }

    pub(super) fn movements(&self, contracts: Vec<MovementRow>) -> Vec<MovementRow> {
        let timeline = &self.base.timeline;
        let moved = revenue_movements(&self.activity);
        let revenue = timeline.window().map(|place| MovementRow {
            start: timeline.periods()[place].start,
            basis: "revenue",
            moved: moved[place],
            is_partial: timeline.is_partial(place),
        });
        contracts.into_iter().chain(revenue).collect()
    }

    /// The last complete period that has one before it and belongs to the window.
    pub(super) fn last_complete(&self) -> Option<usize> {
        let window = self.base.timeline.window();
        self.base.timeline.last_complete().filter(|place| *place > 0 && window.contains(place))
    }

    pub(super) fn mix(&self, section: &mut Section) -> Result<(), ProfileError> {
        let Some(place) = self.last_complete() else {
            section.gaps.push(Gap::new("retention_mix", [], "no period of the window is over yet"));
            return Ok(());
        };
        let mut counts = vec![(0, 0); self.base.timeline.len()];
        for customer in 0..self.activity.customers() {
            let bought: Vec<usize> = self.activity.bought(customer).collect();
            if bought.contains(&(place - 1)) {
                counts[bought[0]].1 += 1;
                counts[bought[0]].0 += usize::from(bought.contains(&place));
            }
        }
        let mut rows = if self.base.has_contracts { self.bound.mix(&self.base, place)? } else { Vec::new() };
        rows.extend(mix_rows(&self.base, place, &counts, RateKind::PctActive, ChurnRule::None)?);
        section.tables.push(self.hasty(self.covered(frames::mix(&rows)?)));
        Ok(())
    }

    pub(super) fn overlap(&self, section: &mut Section) -> Result<(), ProfileError> {
        let Some(place) = self.last_complete() else {
            section.gaps.push(Gap::new("period_overlap", [], "no period of the window is over yet"));
            return Ok(());
        };
        let mut rows =
            ["first_only", "both", "second_only"].map(|part| OverlapRow { part, customers: 0, revenue: (0.0, 0.0) });
        let mut sums = [[ExactSum::ZERO; 2]; 3];
        for customer in 0..self.activity.customers() {
            let cell = |period| self.activity.cells(customer).iter().find(|cell| cell.period == period);
            let (first, second) = (cell(place - 1), cell(place));
            let part = match (first.is_some_and(|cell| cell.active), second.is_some_and(|cell| cell.active)) {
                (true, false) => 0,
                (true, true) => 1,
                (false, true) => 2,
                (false, false) => continue,
            };
            rows[part].customers += 1;
            sums[part][0].add(first.map_or(0.0, |cell| cell.revenue));
            sums[part][1].add(second.map_or(0.0, |cell| cell.revenue));
        }
        for (row, sums) in rows.iter_mut().zip(sums) {
            row.revenue = (sums[0].value(), sums[1].value());
        }
        let timeline = &self.base.timeline;
        let flag = format!("periods: {} and {}", timeline.label(place - 1), timeline.label(place));
        section.tables.push(self.hasty(self.covered(frames::overlap(&rows)?)).with_flag(flag));
        Ok(())
    }

    pub(super) fn patterns(&self, section: &mut Section) -> Result<(), ProfileError> {
        let (years, partial) = self.years()?;
        let rows = buying_patterns(&years);
        if rows.is_empty() {
            section.gaps.push(Gap::new("buying_pattern", [], "nobody has bought yet"));
            return Ok(());
        }
        let mut table = self.covered(frames::patterns(&rows)?);
        if partial {
            table = table.with_flag("is_partial: the last year is not over, its N may become Y");
        }
        section.tables.push(table);
        Ok(())
    }

    /// Activity by calendar year, from the first with a purchase, and whether the last is not over.
    pub(super) fn years(&self) -> Result<(Activity, bool), ProfileError> {
        let window = Window::new(self.input.window.from(), self.input.window.as_of(), Grain::Year)?;
        let first = (0..self.base.len()).filter_map(|customer| self.base.bought(customer).first()).min();
        let Some(first) = first else { return Ok((Activity::new(0), false)) };
        let first = Date::from_days_since_epoch(*first)?;
        let timeline = Timeline::new(&window, first)?;
        let begin = timeline.place(first.days_since_epoch()).unwrap_or(0);
        let mut years = Activity::new(timeline.len() - begin);
        for customer in 0..self.base.len() {
            let mut bought: Vec<usize> =
                self.base.bought(customer).iter().filter_map(|day| timeline.place(*day)).collect();
            bought.dedup();
            let cell =
                |year: usize| ActivityCell { period: year - begin, active: true, revenue: 0.0, margin: f64::NAN };
            years.push(bought.into_iter().map(cell))?;
        }
        Ok((years, timeline.is_partial(timeline.len() - 1)))
    }
}

/// Everybody, then each cohort with somebody in it; `counts` are the kept and all, by cohort.
pub(super) fn mix_rows(
    base: &Base,
    place: usize,
    counts: &[(usize, usize)],
    kind: RateKind,
    rule: ChurnRule,
) -> Result<Vec<MixRow>, Invalid> {
    let start = base.timeline.periods()[place].start;
    let (kept, all) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let row = |cohort: String, kept: usize, of: usize| -> Result<MixRow, Invalid> {
        Ok(MixRow { start, cohort, rate: Rate::new(kind, rule, kept, of)?, weight: of as f64 / all as f64 })
    };
    let mut rows = vec![row(ALL.to_owned(), kept, all)?];
    for (cohort, (kept, of)) in counts.iter().enumerate().filter(|(_, (_, of))| *of > 0) {
        rows.push(row(base.timeline.label(cohort), *kept, *of)?);
    }
    Ok(rows)
}
