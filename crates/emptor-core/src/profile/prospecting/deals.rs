//! Opportunities as they were known on a day.

use std::collections::HashMap;

use emptor_table::{Opportunities, StageHistory, Tables};
use polars::prelude::{DataFrame, DataType, LazyFrame, PolarsResult, Series, SortMultipleOptions, col, lit};

use super::super::lines::collect;

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

/// An opportunity as it was known on the day of observation. Days count from 1970-01-01.
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
    /// When it was created.
    pub created: i32,
    /// What it would bring.
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
}

/// How an outcome is called where a stage says it.
pub(super) fn outcome_of(stage: &str) -> Option<Outcome> {
    let is = |name: &str| stage.eq_ignore_ascii_case(name) || stage.eq_ignore_ascii_case(&format!("closed {name}"));
    if is("won") { Some(Outcome::Won) } else { is("lost").then_some(Outcome::Lost) }
}

/// The opportunities of the tables as known on a day, in ascending order of their ids, and the ids in their own type.
pub(super) fn read(opportunities: &Opportunities, tables: &Tables, as_of: i32) -> PolarsResult<(Vec<Deal>, Series)> {
    let known = opportunities.rows().filter(col("created").to_physical().lt_eq(lit(as_of)));
    let rows = collect(known.sort(["opp_id"], SortMultipleOptions::default()))?;
    let ids = rows.column("opp_id")?.as_materialized_series().clone();
    let mut changes = match tables.stage_history() {
        Some(history) => Changes::read(history)?,
        None => HashMap::new(),
    };
    let text = |name: &str| -> PolarsResult<Vec<Option<String>>> {
        if opportunities.has(name) || matches!(name, "opp_id" | "stage") {
            texts(&rows, name)
        } else {
            Ok(vec![None; rows.height()])
        }
    };
    let number = |name: &str| -> PolarsResult<Vec<Option<f64>>> {
        if opportunities.has(name) {
            Ok(rows.column(name)?.f64()?.iter().collect())
        } else {
            Ok(vec![None; rows.height()])
        }
    };
    let day = |name: &str| -> PolarsResult<Vec<Option<i32>>> {
        if opportunities.has(name) || name == "created" { days(&rows, name) } else { Ok(vec![None; rows.height()]) }
    };
    let (id, customer, source, rep) = (text("opp_id")?, text("customer_id")?, text("lead_source")?, text("rep_id")?);
    let (stage, outcome, reason) = (text("stage")?, text("outcome")?, text("lost_reason")?);
    let (created, exp_close, closed) = (day("created")?, day("exp_close")?, day("closed_at")?);
    let (amount, stated) = (number("amount")?, number("prob")?);
    let mut deals = Vec::with_capacity(rows.height());
    for row in 0..rows.height() {
        let now = Deal {
            id: id[row].clone().unwrap_or_default(),
            customer: customer[row].clone(),
            source: source[row].clone(),
            rep: rep[row].clone(),
            created: created[row].unwrap_or_default(),
            amount: amount[row],
            stated: stated[row],
            exp_close: exp_close[row],
            outcome: outcome[row].as_deref().or(stage[row].as_deref()).and_then(outcome_of),
            stage: stage[row].clone(),
            closed: closed[row],
            reason: reason[row].clone(),
            ..Deal::default()
        };
        let changes = changes.remove(&now.id).unwrap_or_default();
        deals.push(as_known(now, changes, as_of));
    }
    Ok((deals, ids))
}

/// Takes back what happened after a day.
fn as_known(mut deal: Deal, changes: Changes, as_of: i32) -> Deal {
    let stages = in_order(changes.stages);
    let at = |change: &Change<String>| change.day <= as_of;
    let decided = stages.iter().rev().find_map(|change| outcome_of(&change.new).map(|_| change.day));
    deal.closed = deal.closed.or(deal.outcome.and(decided));
    if deal.closed.is_some_and(|day| day > as_of) {
        // The row tells of the future: probability, stage and reason are those of the end.
        (deal.closed, deal.outcome, deal.stated, deal.stage, deal.reason) = (None, None, None, None, None);
    }
    if deal.outcome.is_none() {
        deal.closed = None;
    }
    let stage = value_at(&stages, as_of);
    if deal.outcome.is_none()
        && let Some(stage) = stage
    {
        if deal.stage.as_ref() != Some(&stage) {
            // The stated probability is that of a later stage.
            deal.stated = None;
        }
        deal.stage = Some(stage);
    }
    deal.amount = value_at(&changes.amounts, as_of).or(deal.amount);
    deal.exp_close = value_at(&changes.closes, as_of).or(deal.exp_close);
    deal.rep = value_at(&changes.owners, as_of).or(deal.rep);
    deal.stages = stages.into_iter().filter(at).collect();
    deal.amounts = changes.amounts.into_iter().filter(|change| change.day <= as_of).collect();
    deal.closes = changes.closes.into_iter().filter(|change| change.day <= as_of).collect();
    deal
}

/// The value on a day: that of the last change until then, else what it was before the first one.
fn value_at<T: Clone>(changes: &[Change<T>], day: i32) -> Option<T> {
    match changes.iter().rev().find(|change| change.day <= day) {
        Some(change) => Some(change.new.clone()),
        None => changes.first().and_then(|change| change.old.clone()),
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

#[derive(Debug, Default)]
struct Changes {
    stages: Vec<Change<String>>,
    amounts: Vec<Change<f64>>,
    closes: Vec<Change<i32>>,
    owners: Vec<Change<String>>,
}

impl Changes {
    /// The changes by opportunity; those of one day in the order of their values, so that the order of rows says nothing.
    fn read(history: &StageHistory) -> PolarsResult<HashMap<String, Self>> {
        let mut by = vec!["opp_id", "date"];
        by.extend(history.has("old").then_some("old"));
        by.push("new");
        let sorted: LazyFrame = history.rows().sort(by, SortMultipleOptions::default());
        let rows = collect(sorted)?;
        let none = || vec![None; rows.height()];
        let (id, field, day, new) =
            (texts(&rows, "opp_id")?, texts(&rows, "field")?, days(&rows, "date")?, texts(&rows, "new")?);
        let (new_amount, new_day) = (rows.column("new_amount")?.f64()?, days(&rows, "new_day")?);
        let (old, old_day, old_amount) = if history.has("old") {
            (texts(&rows, "old")?, days(&rows, "old_day")?, rows.column("old_amount")?.f64()?.iter().collect())
        } else {
            (none(), vec![None; rows.height()], vec![None; rows.height()])
        };
        let mut changes: HashMap<String, Self> = HashMap::new();
        for row in 0..rows.height() {
            let (Some(id), Some(day), Some(field), Some(new)) = (&id[row], day[row], &field[row], &new[row]) else {
                continue;
            };
            let of = changes.entry(id.clone()).or_default();
            match field.as_str() {
                "stage" => of.stages.push(Change { day, old: old[row].clone(), new: new.clone() }),
                "owner" => of.owners.push(Change { day, old: old[row].clone(), new: new.clone() }),
                "amount" => of.amounts.extend(new_amount.get(row).map(|new| Change { day, old: old_amount[row], new })),
                _ => of.closes.extend(new_day[row].map(|new| Change { day, old: old_day[row], new })),
            }
        }
        Ok(changes)
    }
}

fn texts(rows: &DataFrame, name: &str) -> PolarsResult<Vec<Option<String>>> {
    let column = rows.column(name)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|text| text.map(str::to_owned)).collect())
}

fn days(rows: &DataFrame, name: &str) -> PolarsResult<Vec<Option<i32>>> {
    let column = rows.column(name)?.cast(&DataType::Int32)?;
    Ok(column.i32()?.iter().collect())
}
