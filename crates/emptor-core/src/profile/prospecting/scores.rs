//! What each open deal is worth, and what they bring in the periods ahead.

use emptor_forecast::pipeline::{
    AgeHazard, Ahead, DealFlag, DealSegment, Outcome, PipelineMethod, amount_interval, coverage, weighted,
};
use emptor_types::{Date, ExactSum};
use polars::prelude::{IdxCa, NewChunkedArray};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::{Coverage, ResultTable};
use super::build::Build;
use super::leads::Leads;
use super::settings::ProspectingSettings;

/// An open deal with its probability, its amount and its day.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    deal: usize,
    /// By the past.
    pub(super) p: Option<f64>,
    /// As stated, else by the past.
    pub(super) stated: Option<f64>,
    pub(super) amount: Option<f64>,
    pub(super) close: Option<i32>,
    overdue: bool,
    reasons: Vec<String>,
}

/// A row of the forecast.
#[derive(Debug, Clone)]
pub(super) struct Forecast {
    pub(super) start: Date,
    pub(super) method: &'static str,
    pub(super) amount: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) won: f64,
    pub(super) target: Option<f64>,
    pub(super) coverage: Option<f64>,
    pub(super) open: f64,
    pub(super) deals: usize,
}

/// The open deals in the order of their ids.
pub(super) fn score(leads: &Leads) -> Result<Vec<Scored>, ProfileError> {
    let cycle = leads.past.cycle_days.map(|days| days.round());
    let open = leads.past.open(&leads.snapshot()?, leads.as_of);
    let scored = open.into_iter().map(|open| {
        let deal = &leads.deals[open.deal];
        let has = |flag: DealFlag| open.flags.contains(&flag);
        let mut reasons = open.reasons.clone();
        if open.historical.is_none() {
            reasons.push("no deal was decided so far: the stated probability".to_owned());
        }
        if has(DealFlag::NoProbability) {
            reasons.push("no stated probability".to_owned());
        }
        if has(DealFlag::NoAmount) && open.amount.is_some() {
            reasons.push("no amount: what such deals bring".to_owned());
        }
        if let Some(day) = deal.exp_close.filter(|_| has(DealFlag::OverdueClose)) {
            reasons.push(format!("expected to close {} days ago: rolled to now", leads.as_of - day));
        }
        if let Some(cycle) = cycle.filter(|_| has(DealFlag::NoExpectedClose)) {
            reasons.push(format!("no expected close: {cycle} days after its creation, as wins take, not before now"));
        }
        let pushes = deal.pushes();
        if pushes > 0 {
            reasons.push(format!("closing was put off {pushes} times"));
        }
        Scored {
            deal: open.deal,
            p: open.historical.or(deal.stated),
            stated: open.stated,
            amount: open.amount,
            close: open.close,
            overdue: has(DealFlag::OverdueClose),
            reasons,
        }
    });
    Ok(scored.collect())
}

pub(super) fn score_table(leads: &Leads, scored: &[Scored]) -> Result<ResultTable, ProfileError> {
    let rows: Vec<u32> = scored.iter().filter_map(|s| u32::try_from(s.deal).ok()).collect();
    let ids = leads.ids.take(&IdxCa::from_slice("rows".into(), &rows))?;
    let deal = |row: usize| &leads.deals[scored[row].deal];
    let value = |row: usize| scored[row].p.zip(scored[row].amount).map(|(p, amount)| p * amount);
    let table = Build::new(scored.len())
        .series("opp_id", "", "the opportunity", ids)
        .number(
            "p_win",
            "probability",
            "to win it, by the past: stage, age in it, segment, each drawn to the one before",
            |row| scored[row].p,
        )
        .number("exp_value", "currency", "amount × p_win", value)
        .day("exp_close", "when it is expected to close; not before now", |row| scored[row].close)
        .flag("overdue_close", "whether it was expected to close earlier than now", |row| scored[row].overdue)
        .count("push_count", "", "how often its close was put off; null without history", |row| {
            leads.has_history.then(|| deal(row).pushes())
        })
        .texts("reasons", "where the numbers come from", |row| scored[row].reasons.clone())
        .number("p_stated", "probability", "to win it, as stated", |row| deal(row).stated)
        .number("amount", "currency", "what it would bring", |row| scored[row].amount)
        .text("stage", "its stage", |row| deal(row).stage.clone())
        .text("rep", "who looks after it", |row| deal(row).rep.clone());
    let priced = scored.iter().filter(|s| s.amount.is_some() && s.p.is_some()).count();
    let about =
        "One row per open opportunity, by id: how probable it is to be won, what it is worth, and when it closes.";
    Ok(table.table("opportunity_score", about)?.with_coverage(Coverage::new((priced, scored.len()), (0.0, 0.0))))
}

/// The forecast of the running period and those ahead, by method.
pub(super) fn forecast(
    leads: &Leads,
    scored: &[Scored],
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
) -> Result<Vec<Forecast>, ProfileError> {
    let (grain, as_of) = (input.window.grain(), input.window.as_of());
    let from = grain.start(as_of)?;
    let days = i32::try_from(settings.horizon + 1).unwrap_or(i32::MAX).saturating_mul(366);
    let mut periods = grain.over(from, from.plus_days(days))?;
    periods.truncate(settings.horizon + 1);
    let level = settings.level()?;
    let mut rows = Vec::with_capacity(periods.len() * 3);
    for (k, period) in periods.iter().enumerate() {
        let inside = |day: i32| (period.start.days_since_epoch()..=period.end.days_since_epoch()).contains(&day);
        let due = || scored.iter().filter(move |s| s.close.is_some_and(inside));
        let sum = |amounts: &mut dyn Iterator<Item = f64>| amounts.collect::<ExactSum>().value();
        let won = leads.deals.iter().filter(|d| d.outcome == Some(Outcome::Won) && d.closed.is_some_and(inside));
        let won = sum(&mut won.filter_map(|deal| deal.amount));
        let open = sum(&mut due().filter_map(|s| s.amount));
        let target = settings.target(period.start);
        let seed = settings.seed.wrapping_add(k as u64);
        let mut push = |method: &'static str, amount: f64, low: f64, high: f64, deals: usize| {
            let coverage = target.and_then(|target| coverage(open, target, won));
            rows.push(Forecast { start: period.start, method, amount, low, high, won, target, coverage, open, deals });
        };
        let pairs =
            |p: fn(&Scored) -> Option<f64>| -> Vec<(f64, f64)> { due().filter_map(|s| s.amount.zip(p(s))).collect() };
        for (method, pairs) in [("weighted", pairs(|s| s.stated)), ("historical", pairs(|s| s.p))] {
            let interval = amount_interval(&pairs, level, settings.draws, seed)?;
            push(method, weighted(&pairs)?, interval.low, interval.high, pairs.len());
        }
        let stated = pairs(|s| s.stated);
        let above = |bound: f64| sum(&mut stated.iter().filter(|(_, p)| *p >= bound).map(|(amount, _)| *amount));
        let commit = above(settings.commit);
        push("category", commit, commit, above(settings.best_case), stated.len());
    }
    Ok(rows)
}

/// No deal is followed further than so many days by its age: by then all is new.
const FURTHEST: i32 = 2_000;

/// What deals bring in the periods ahead by their age, those to come included; `None` if too few were decided to say so.
pub(super) fn by_age(
    leads: &Leads,
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
) -> Result<Option<Vec<Forecast>>, ProfileError> {
    let decided = leads.deals.iter().filter(|deal| deal.outcome.is_some() && deal.closed.is_some()).count();
    if decided < settings.min_n.max(1) {
        return Ok(None);
    }
    let grain = input.window.grain();
    let mut ahead = Ahead::new(grain, 1)?;
    let first = grain.start(input.window.as_of().plus_days(1))?;
    let mut next = grain.next(first)?;
    while ahead.horizon <= settings.horizon && next.days_since_epoch() - leads.as_of < FURTHEST {
        ahead.horizon += 1;
        next = grain.next(next)?;
    }
    (ahead.by, ahead.levels) = (DealSegment::None, vec![settings.level()?]);
    (ahead.draws, ahead.seed) = (settings.draws, settings.seed);
    let method =
        AgeHazard { segment: settings.deal_segment, strength: settings.strength.max(1.0), ..AgeHazard::default() };
    let forecast = method.forecast(&leads.snapshot()?, &ahead)?;
    let deals = leads.deals.iter().filter(|deal| deal.is_open()).count();
    let rows = forecast.total.iter().map(|period| {
        let target = settings.target(period.start);
        let (low, high) = period.bands.first().map_or((0.0, 0.0), |band| band.amount);
        Forecast {
            start: period.start,
            method: method.name(),
            amount: period.open + period.fresh,
            low: low - period.won,
            high: high - period.won,
            won: period.won,
            target,
            coverage: target.and_then(|target| coverage(period.pipeline, target, period.won)),
            open: period.pipeline,
            deals,
        }
    });
    Ok(Some(rows.collect()))
}

/// Adds the rows of periods that are there, after those of the other methods.
pub(super) fn add(rows: &mut Vec<Forecast>, more: Vec<Forecast>) {
    for row in more {
        if let Some(last) = rows.iter().rposition(|other| other.start == row.start) {
            rows.insert(last + 1, row);
        }
    }
}

pub(super) fn forecast_table(rows: &[Forecast], scored: &[Scored]) -> Result<ResultTable, ProfileError> {
    let table = Build::new(rows.len())
        .day("period_start", "first day of the period in which deals are expected to close", |row| {
            Some(rows[row].start.days_since_epoch())
        })
        .text(
            "method",
            "weighted by stated probabilities, historical by those of the past, category: commitments in full, age_hazard: by \
             how deals of that age fare in that month of a quarter",
            |row| Some(rows[row].method.to_owned()),
        )
        .number("amount", "currency", "what the open deals will bring; for age_hazard deals to come, too", |row| {
            Some(rows[row].amount)
        })
        .number("lo", "currency", "lower end of the interval, deals independent but for age_hazard; for category the commitments", |row| {
            Some(rows[row].low)
        })
        .number("hi", "currency", "upper end of it; for category the best case", |row| Some(rows[row].high))
        .number("won_to_date", "currency", "won in the period so far", |row| Some(rows[row].won))
        .number("target", "currency", "what is to be won", |row| rows[row].target)
        .number(
            "coverage",
            "×",
            "open amount over what is still to be won; null without target, or once it is reached",
            |row| rows[row].coverage,
        )
        .number("open_amount", "currency", "amount of the open deals", |row| Some(rows[row].open))
        .count("deals", "deals", "open deals with amount and probability", |row| Some(rows[row].deals));
    let about = "Up to four rows per period, the running one first: what the open deals will bring, by method. An amount does \
                 not include what was won already. By age there is no row for a period that is over.";
    let dated = scored.iter().filter(|s| s.close.is_some() && s.amount.is_some()).count();
    Ok(table.table("pipeline_forecast", about)?.with_coverage(Coverage::new((dated, scored.len()), (0.0, 0.0))))
}
