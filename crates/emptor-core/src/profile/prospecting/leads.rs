//! The tables of the funnel and of wins.

use std::collections::{BTreeMap, BTreeSet};

use emptor_forecast::pipeline::{
    Conversion, Deal, DealTable, Exit, Expectations, Logged, Outcome, PipelinePast, Snapshot, Spell, WinRate, life,
};
use emptor_table::{Opportunities, Tables};
use emptor_types::{Date, ExactSum};
use polars::prelude::{PolarsResult, Series};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::{Coverage, Gap, Need, ResultTable};
use super::build::Build;
use super::settings::ProspectingSettings;

const ALL: &str = "__all__";
const UNKNOWN: &str = "__unknown__";

/// Deals and their stays.
type Entries = Vec<(usize, Spell)>;

/// By what deals are grouped, the name of the group, and its deals.
type Group<'a> = (&'static str, String, Vec<&'a Deal>);

/// The deals of the tables with what the funnel knows of them.
pub(super) struct Leads {
    pub(super) deals: Vec<Deal>,
    pub(super) ids: Series,
    pub(super) order: Vec<String>,
    pub(super) past: PipelinePast,
    pub(super) as_of: i32,
    pub(super) has_history: bool,
}

/// A row of the funnel.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) stage: String,
    pub(super) cohort: Option<i32>,
    /// `None` where only the present stage is known.
    pub(super) conversion: Option<Conversion>,
    pub(super) open: usize,
    pub(super) value: f64,
    /// Deals that went past the stage without entering it, and deals that came back to it.
    pub(super) skipped: usize,
    pub(super) stepped_back: usize,
}

impl Leads {
    pub(super) fn of(
        opportunities: &Opportunities,
        tables: &Tables,
        as_of: i32,
        settings: &ProspectingSettings,
        gaps: &mut Vec<Gap>,
    ) -> Result<Self, ProfileError> {
        let DealTable { deals, ids, .. } = DealTable::as_known(opportunities, tables, as_of)?;
        let has_history = deals.iter().any(|deal| !deal.stages.is_empty());
        if !has_history {
            let reason = "without the history of stages one knows where open deals are, and how many are won of all: not how \
                          many go from stage to stage, how long it takes, how often closing is put off, and in which stage \
                          deals are lost";
            gaps.push(Gap::new("funnel_stage by stage, slippage", [Need::table("stage_history")], reason));
        }
        let past = PipelinePast::of(&Snapshot::new(&deals, Date::from_days_since_epoch(as_of)?)?, &settings.past());
        Ok(Self { order: past.order.clone(), deals, ids, past, as_of, has_history })
    }

    /// The deals as they were known on the day of observation.
    pub(super) fn snapshot(&self) -> Result<Snapshot<'_>, ProfileError> {
        Ok(Snapshot::new(&self.deals, Date::from_days_since_epoch(self.as_of)?)?)
    }

    /// The funnel by cohorts of entry, or in all: the whole pipeline first, then stages in their order.
    pub(super) fn rows(&self, input: Option<&ProfileInput<'_>>) -> Result<Vec<Row>, ProfileError> {
        let cohort = |day: i32| -> Result<Option<i32>, ProfileError> {
            let Some(input) = input else { return Ok(None) };
            let start = input.window.grain().start(Date::from_days_since_epoch(day)?)?;
            Ok(Some(start.days_since_epoch()))
        };
        // A place in the order; 0 is the whole pipeline.
        let mut groups: BTreeMap<(usize, Option<i32>), Entries> = BTreeMap::new();
        for (i, deal) in self.deals.iter().enumerate() {
            groups.entry((0, cohort(deal.created)?)).or_default().push((i, life(deal, self.as_of)));
        }
        for stay in &self.past.stays {
            groups.entry((stay.stage + 1, cohort(stay.entry)?)).or_default().push((stay.deal, stay.spell));
        }
        let entered: BTreeSet<(usize, usize)> = self.past.stays.iter().map(|stay| (stay.deal, stay.stage)).collect();
        let furthest = |deal: usize| self.past.stays.iter().rev().find(|stay| stay.deal == deal).map(|stay| stay.stage);
        let mut rows: Vec<Row> = Vec::with_capacity(groups.len());
        let skips: Vec<usize> = if input.is_none() {
            let mut skips = vec![0; self.order.len()];
            // Stays are sorted by deal, then by stage: the last one of a deal is its furthest.
            for deal in 0..self.deals.len() {
                let won = self.deals[deal].outcome == Some(Outcome::Won) && !self.deals[deal].stages.is_empty();
                let end = if won { Some(self.order.len()) } else { furthest(deal) };
                (0..end.unwrap_or(0))
                    .filter(|stage| !entered.contains(&(deal, *stage)))
                    .for_each(|stage| skips[stage] += 1);
            }
            skips
        } else {
            Vec::new()
        };
        for ((place, cohort), group) in &groups {
            let spells: Vec<Spell> = group.iter().map(|(_, spell)| *spell).collect();
            let conversion = Conversion::of(&spells);
            let back = |deal: &Deal, stage: &str| deal.stages.iter().filter(|change| change.new == stage).count() > 1;
            let name = place.checked_sub(1).map(|stage| self.order[stage].as_str());
            rows.push(Row {
                stage: name.unwrap_or(ALL).to_owned(),
                cohort: *cohort,
                open: conversion.open,
                conversion: Some(conversion),
                value: group.iter().filter_map(|(deal, _)| self.deals[*deal].amount).collect::<ExactSum>().value(),
                skipped: place.checked_sub(1).and_then(|stage| skips.get(stage)).copied().unwrap_or(0),
                stepped_back: name
                    .map_or(0, |name| group.iter().filter(|(deal, _)| back(&self.deals[*deal], name)).count()),
            });
        }
        if !self.has_history {
            let mut now: BTreeMap<(&str, Option<i32>), (usize, ExactSum)> = BTreeMap::new();
            for deal in self.deals.iter().filter(|deal| deal.is_open()) {
                let at = now.entry((deal.stage.as_deref().unwrap_or(UNKNOWN), cohort(deal.created)?)).or_default();
                at.0 += 1;
                at.1.add(deal.amount.unwrap_or(0.0));
            }
            rows.extend(now.into_iter().map(|((stage, cohort), (open, value))| Row {
                stage: stage.to_owned(),
                cohort,
                conversion: None,
                open,
                value: value.value(),
                skipped: 0,
                stepped_back: 0,
            }));
        }
        Ok(rows)
    }

    pub(super) fn funnel_tables(
        &self,
        input: &ProfileInput<'_>,
        settings: &ProspectingSettings,
    ) -> Result<[ResultTable; 2], ProfileError> {
        let by_cohort = self.rows(Some(input))?;
        let in_all = self.rows(None)?;
        let first = Self::funnel(&by_cohort, true).table(
            "funnel_stage",
            "One row per stage and period of entry: what became of the deals that entered it, open ones censored; `__all__` \
             is the whole pipeline from creation to the win. Where there is no history, stages show the open deals that are \
             in them, by creation.",
        )?;
        let second = Self::funnel(&in_all, false).table(
            "funnel_summary",
            "One row per stage over all entries: the same, and how many deals skipped the stage or came back to it.",
        )?;
        let known = self.deals.iter().filter(|deal| !deal.stages.is_empty()).count();
        let coverage = Coverage::new((known, self.deals.len()), (0.0, 0.0));
        let few = in_all
            .iter()
            .filter_map(|row| row.conversion.map(|c| (row, c.entered)))
            .filter(|(_, n)| *n < settings.min_n);
        let flags: Vec<String> = few.map(|(row, n)| format!("low_support: {} {n} entries", row.stage)).collect();
        let dress = |mut table: ResultTable| {
            table.flags.extend(flags.iter().cloned());
            table.with_coverage(coverage)
        };
        Ok([dress(first), dress(second)])
    }

    fn funnel(rows: &[Row], cohorts: bool) -> Build {
        let of = |row: usize| rows[row].conversion;
        let table = Build::new(rows.len())
            .text("pipeline", "the pipeline: there is one", |_| Some("all".to_owned()))
            .text("stage", "the stage; `__all__` for the whole pipeline", |row| Some(rows[row].stage.clone()));
        let table = if cohorts {
            table.day("entry_cohort", "first day of the period of entry", |row| rows[row].cohort)
        } else {
            table
        };
        let table = table
            .count("entered", "deals", "deals that entered: advanced + lost + open", |row| of(row).map(|c| c.entered))
            .count("advanced", "deals", "of those, into a later stage or won", |row| of(row).map(|c| c.advanced))
            .count("lost", "deals", "lost out of the stage", |row| of(row).map(|c| c.lost))
            .count("open", "deals", "neither so far", |row| Some(rows[row].open))
            .number("conversion", "share", "share that advances, open ones censored (cumulative incidence)", |row| {
                of(row).and_then(|c| c.conversion)
            })
            .number("median_time", "days", "days until half of those advance that do", |row| {
                of(row).and_then(|c| c.median_days)
            })
            .number("value", "currency", "amount of the deals that entered", |row| Some(rows[row].value));
        if cohorts {
            return table;
        }
        table
            .count("skipped", "deals", "went to a later stage without entering this one", |row| Some(rows[row].skipped))
            .count("stepped_back", "deals", "entered the stage more than once", |row| Some(rows[row].stepped_back))
    }

    /// Why deals are lost, by the stage they were lost in.
    pub(super) fn losses(&self, named: bool) -> PolarsResult<Option<ResultTable>> {
        if !named {
            return Ok(None);
        }
        let mut counts: BTreeMap<(usize, &str), (usize, ExactSum)> = BTreeMap::new();
        let lost = |deal: &&(usize, &Deal)| deal.1.outcome == Some(Outcome::Lost);
        let mut all = 0;
        for (i, deal) in self.deals.iter().enumerate().collect::<Vec<_>>().iter().filter(lost) {
            let stage = self
                .past
                .stays
                .iter()
                .filter(|stay| stay.deal == *i && stay.spell.exit == Exit::Lost)
                .map(|s| s.stage)
                .max();
            let place = stage.unwrap_or(self.order.len());
            let at = counts.entry((place, deal.reason.as_deref().unwrap_or(UNKNOWN))).or_default();
            at.0 += 1;
            at.1.add(deal.amount.unwrap_or(0.0));
            all += 1;
        }
        let mut rows: Vec<_> = counts.into_iter().collect();
        rows.sort_by_key(|((place, _), (n, _))| (*place, std::cmp::Reverse(*n)));
        let table = Build::new(rows.len())
            .text("stage", "the stage the deal was lost in; `__unknown__` without history", |row| {
                Some(self.order.get(rows[row].0.0).map_or(UNKNOWN, String::as_str).to_owned())
            })
            .text("reason", "why", |row| Some(rows[row].0.1.to_owned()))
            .count("deals", "deals", "deals lost", |row| Some(rows[row].1.0))
            .number("share", "share", "of all deals lost", |row| Some(rows[row].1.0 as f64 / f64::from(all)))
            .number("value", "currency", "their amount, as far as known", |row| Some(rows[row].1.1.value()));
        Ok(Some(
            table.table("drop_reason", "One row per stage and reason: deals lost, the most frequent reason first.")?,
        ))
    }

    /// Win rates in all, by source and by representative.
    pub(super) fn rates(&self, settings: &ProspectingSettings) -> PolarsResult<ResultTable> {
        let mut groups: Vec<Group<'_>> = vec![("all", ALL.to_owned(), self.deals.iter().collect())];
        let mut split = |by: &'static str, key: &dyn Fn(&Deal) -> Option<&str>| {
            let mut of: BTreeMap<&str, Vec<&Deal>> = BTreeMap::new();
            for deal in &self.deals {
                of.entry(key(deal).unwrap_or(UNKNOWN)).or_default().push(deal);
            }
            groups.extend(of.into_iter().map(|(name, deals)| (by, name.to_owned(), deals)));
        };
        if self.deals.iter().any(|deal| deal.source.is_some()) {
            split("lead_source", &|deal| deal.source.as_deref());
        }
        if self.deals.iter().any(|deal| deal.rep.is_some()) {
            split("rep", &|deal| deal.rep.as_deref());
        }
        let rates: Vec<WinRate> = groups.iter().map(|(_, _, deals)| WinRate::of(deals, self.as_of)).collect();
        let logged = Logged::of(&self.deals);
        let slips: Vec<Expectations> = groups.iter().map(|(_, _, deals)| Expectations::of(deals, logged)).collect();
        let few = groups.iter().zip(&rates).filter(|(_, rate)| rate.won + rate.lost < settings.min_n);
        let flags: Vec<String> =
            few.map(|((_, name, _), rate)| format!("low_support: {name} {} decided", rate.won + rate.lost)).collect();
        let of = |row: usize| rates[row];
        let table = Build::new(groups.len())
            .text("by", "all, lead_source or rep", |row| Some(groups[row].0.to_owned()))
            .text("name", "which", |row| Some(groups[row].1.clone()))
            .count("won", "deals", "deals won", |row| Some(of(row).won))
            .count("lost", "deals", "deals lost", |row| Some(of(row).lost))
            .count("open", "deals", "deals open, in no rate but the censored one", |row| Some(of(row).open))
            .number("win_rate", "share", "won of decided", |row| of(row).by_count)
            .number("win_rate_value", "share", "amount won of amount decided", |row| of(row).by_value)
            .number("win_rate_censored", "share", "share won in the end, open deals censored at their age", |row| {
                of(row).censored
            })
            .number("mean_won", "currency", "mean amount of the deals won", |row| of(row).mean_won)
            .number("cycle", "days", "median days from creation to the win", |row| of(row).cycle_days)
            .number("velocity", "currency per day", "open deals × mean amount × win rate / cycle", |row| {
                of(row).velocity
            })
            .number(
                "slipped",
                "share",
                "deals whose expected close was put off; null unless changes of it are logged",
                |row| slips[row].slipped,
            )
            .number("pushes", "per deal", "how often it was put off, on average", |row| slips[row].pushes)
            .number("close_bias", "days", "median days that wins came later than first expected", |row| {
                slips[row].days_late
            })
            .number("amount_bias", "share", "first stated amount of the wins over what they brought, less 1", |row| {
                slips[row].amount_bias
            });
        let mut table = table.table(
            "win_rate",
            "One row for all deals, then per source and per representative: win rates, speed, and how expectations held.",
        )?;
        table.flags.extend(flags);
        Ok(table)
    }
}
