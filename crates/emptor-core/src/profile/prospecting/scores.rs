//! What each open deal is worth, and what they bring in the periods ahead.

use emptor_forecast::ForecastError;
use emptor_forecast::pipeline::{
    AgeHazard, Ahead, Categories, DealFlag, DealSegment, ExpectedPeriod, PipelineMethod, Weighted, coverage,
};
use emptor_types::Date;
use polars::prelude::{IdxCa, NewChunkedArray};

use super::super::ProfileError;
use super::super::input::ProfileInput;
use super::super::section::{Coverage, Gap, Need, ResultTable};
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
    pub(super) deals: f64,
}

/// The open deals in the order of their ids.
pub(super) fn score(leads: &Leads) -> Result<Vec<Scored>, ProfileError> {
    let open = leads.past.open(&leads.snapshot()?, leads.as_of.saturating_add(1));
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
            let late = leads.as_of - day;
            let when = if late > 0 { format!("{late} days ago") } else { "today".to_owned() };
            reasons.push(format!("expected to close {when}: rolled to the next day"));
        }
        if has(DealFlag::NoExpectedClose) {
            reasons.push("no expected close: when half of the deals of its age were decided".to_owned());
        }
        if has(DealFlag::OlderThanAnyDecided) {
            reasons.push("no expected close, and older than any deal was that was decided: in no period".to_owned());
        }
        if has(DealFlag::NoPrice) {
            reasons.push("no amount, and none known to take instead".to_owned());
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
        .day("exp_close", "when it is expected to close, after the day of observation", |row| scored[row].close)
        .flag("overdue_close", "whether it was expected to close until the day of observation", |row| {
            scored[row].overdue
        })
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

/// No deal is followed further than so many days by its age: by then all is new.
const FURTHEST: i32 = 2_000;
/// Nor further than so many by its day, about thirty years.
const LAST: i32 = 10_000;

/// The periods ahead, the one first that has the day after the day of observation, none that begins later than some days on.
fn ahead(
    leads: &Leads,
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
    days: i32,
) -> Result<Ahead, ProfileError> {
    let (grain, as_of) = (input.window.grain(), input.window.as_of());
    let mut ahead = Ahead::new(grain, 1)?;
    let first = grain.start(as_of.plus_days(1))?;
    // A period that has begun is not one of those ahead.
    let begun = usize::from(first <= as_of);
    let mut next = grain.next(first)?;
    while ahead.horizon < settings.horizon + begun && next.days_since_epoch() - leads.as_of < days {
        ahead.horizon += 1;
        next = grain.next(next)?;
    }
    (ahead.by, ahead.levels) = (DealSegment::None, vec![settings.level()?]);
    (ahead.draws, ahead.seed) = (settings.draws, settings.seed);
    Ok(ahead)
}

/// The forecast of the periods ahead by every method that the deals carry, the running period first.
pub(super) fn forecast(
    leads: &Leads,
    input: &ProfileInput<'_>,
    settings: &ProspectingSettings,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Forecast>, ProfileError> {
    let snapshot = leads.snapshot()?;
    let by_day = ahead(leads, input, settings, LAST)?;
    let mut rows = Vec::new();
    for mut method in [Weighted::stated(), Weighted::historical()] {
        method.past = settings.past();
        match method.forecast(&snapshot, &by_day) {
            Ok(forecast) => rows.extend(forecast.total.iter().map(|period| row(method.name(), period, settings))),
            // What carries no stated probabilities carries none of the past either: one gap is enough.
            Err(ForecastError::NotAdmissible { .. }) if rows.is_empty() && method.name() == "historical" => {}
            Err(ForecastError::NotAdmissible { reason, .. }) => {
                gaps.push(Gap::new("pipeline_forecast", [Need::column("opportunities", "prob")], reason));
            }
            Err(other) => return Err(other.into()),
        }
    }
    let categories = Categories {
        commit: settings.commit,
        best_case: settings.best_case,
        past: settings.past(),
        ..Categories::default()
    };
    let known: Vec<Forecast> = rows.iter().filter(|row| row.method == "weighted").cloned().collect();
    for (category, row) in categories.forecast(&snapshot, &by_day)?.iter().zip(known) {
        let (amount, best) = (category.commit, category.commit + category.best_case);
        rows.push(Forecast { method: "category", amount, low: amount, high: best, ..row });
    }
    let decided = leads.deals.iter().filter(|deal| deal.outcome.is_some() && deal.closed.is_some()).count();
    if decided < settings.min_n.max(1) {
        let reason = "too few deals were decided so far to say how deals fare by their age";
        gaps.push(Gap::new("pipeline_forecast by age_hazard", [], reason));
    } else {
        let strength = settings.strength.max(1.0);
        let method = AgeHazard { segment: settings.deal_segment, strength, ..AgeHazard::default() };
        let forecast = method.forecast(&snapshot, &ahead(leads, input, settings, FURTHEST)?)?;
        rows.extend(forecast.total.iter().map(|period| row(method.name(), period, settings)));
    }
    // Stable: of a period, the methods in their order.
    rows.sort_by_key(|row| row.start);
    Ok(rows)
}

/// What a method says of a period, without what is won already.
fn row(method: &'static str, period: &ExpectedPeriod, settings: &ProspectingSettings) -> Forecast {
    let target = settings.target(period.start);
    let (low, high) = period.bands.first().map_or((period.won, period.won), |band| band.amount);
    Forecast {
        start: period.start,
        method,
        amount: period.open + period.fresh,
        low: low - period.won,
        high: high - period.won,
        won: period.won,
        target,
        coverage: target.and_then(|target| coverage(period.pipeline, target, period.won)),
        open: period.pipeline,
        deals: period.deals,
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
        .number("lo", "currency", "lower end of the interval; for category the commitments", |row| {
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
        .number("deals", "deals", "open deals that count in the period; those without an expected close in parts", |row| {
            Some(rows[row].deals)
        });
    let about = "Up to four rows per period, the one first that has the day after the day of observation: what the open deals \
                 will bring, by method. An amount does not include what was won already.";
    let dated = scored.iter().filter(|s| s.close.is_some() && s.amount.is_some()).count();
    Ok(table.table("pipeline_forecast", about)?.with_coverage(Coverage::new((dated, scored.len()), (0.0, 0.0))))
}
