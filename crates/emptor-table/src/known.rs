//! When rows became known: a table as it was known on a day.
//!
//! Two times belong to a row: the day of the event, and the day on which we learnt of it (Snodgrass 2000, *Developing
//! Time-Oriented Database Applications in SQL*: valid time and transaction time). A computation that looks from a day must
//! use neither events nor knowledge of later days, or it is better than it could have been on that day.
//!
//! A row is known from its `known_at` on, until a later version of it, with the same key, is known:
//!
//! ```text
//! known on t:  known_at ≤ t (or null)  and  no version of the row with known_at′ > known_at has known_at′ ≤ t
//! ```
//!
//! The end of that span is found once, at the door, and only of keys that stand on several rows. What the rows of each day
//! add to the report on data quality is counted at the door too, so that a look from any day costs no pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use emptor_types::{Date, ExactSum};
use polars::prelude::{
    Expr, IntoLazy, JoinArgs, JoinType, LazyFrame, MaintainOrderJoin, PolarsResult, SortMultipleOptions,
    UniqueKeepStrategy, col, cols, len, lit,
};

use crate::across::{KEY, collect, text_key};
use crate::door::FactSpec;
use crate::field::{canonical, canonical_name};
use crate::pass::{fact_name, gather};
use crate::quality::{DataQuality, Fact};

/// The role of the day on which a row became known.
pub(crate) const ROLE: &str = "known_at";
/// The day on which a later version of the row became known, in days since 1970; only where rows have versions.
pub(crate) const REPLACED: &str = "emptor:replaced_at";

const AMOUNT: &str = "emptor:amount";
const DAY: &str = "emptor:day";
const SINCE: &str = "emptor:since";

/// A row without a day on which it became known is older than all that have one.
const ALWAYS: i32 = i32::MIN;

/// The fact that counts rows of later knowledge.
pub(crate) const NOT_YET: &str = "rows not yet known";
const VERSIONS: &str = "rows replaced by a later version";

/// The builder method of a mapping with a field `mapping`.
macro_rules! known_at {
    ($columns:ident) => {
        impl $columns {
            /// The day or the time at which the row became known (`known_at`): computations that look from an earlier day
            /// leave it out, however early its event was. Null: known from the day of the event on. An event later than the
            /// day of observation does not count either, however early it was known.
            ///
            /// Where the table has a key, rows of one key that became known on different days are versions of one row, and
            /// the last one known counts: a contract before and after its end was told, an order before and after it was
            /// cancelled. Of the versions of one day only the last one may be given. Where only the last state of rows is
            /// delivered, name the day on which a row was first known, or nothing: by the day of its last change, a deal
            /// that was won later would be missing while it was open.
            ///
            /// The column is not among the rows of the table.
            #[must_use]
            pub fn known_at(mut self, column: impl Into<String>) -> Self {
                self.mapping.add_day($crate::known::ROLE, column);
                self
            }
        }
    };
}

pub(crate) use known_at;

/// What the rows that became known on one day add, less what they replace.
#[derive(Debug, Clone, Default)]
struct Tally {
    rows: usize,
    replaced: usize,
    amount: ExactSum,
    replaced_amount: ExactSum,
    /// By fact: rows of which it is true, and their amounts.
    facts: Vec<(i64, ExactSum)>,
    days: Option<(i32, i32)>,
}

impl Tally {
    /// A row becomes known.
    fn add(&mut self, is: &[bool], amount: Option<f64>, event: Option<i32>) {
        self.rows += 1;
        amount.into_iter().for_each(|amount| self.amount.add(amount));
        self.days = spanning(self.days, event.map(|day| (day, day)));
        self.count(is, 1, amount);
    }

    /// A row gives way to its next version.
    fn replace(&mut self, is: &[bool], amount: Option<f64>) {
        self.replaced += 1;
        amount.into_iter().for_each(|amount| self.replaced_amount.add(amount));
        self.count(is, -1, amount.map(|amount| -amount));
    }

    fn count(&mut self, is: &[bool], rows: i64, amount: Option<f64>) {
        self.facts.resize(is.len(), Default::default());
        for (fact, _) in self.facts.iter_mut().zip(is).filter(|(_, is)| **is) {
            fact.0 += rows;
            amount.into_iter().for_each(|amount| fact.1.add(amount));
        }
    }
}

/// When the rows of a table became known, and from which day one looks.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    names: Vec<(&'static str, &'static str)>,
    has_amount: bool,
    has_versions: bool,
    days: Arc<BTreeMap<i32, Tally>>,
    as_of: Option<Date>,
}

/// What to count of the rows of a table.
pub(crate) struct Count<'a> {
    pub(crate) facts: &'a [FactSpec],
    pub(crate) amount: Option<Expr>,
    pub(crate) day: Option<Expr>,
    pub(crate) known_at: Expr,
    pub(crate) has_versions: bool,
}

impl Known {
    /// Counts the accepted rows by the day on which they became known.
    pub(crate) fn count(frame: &LazyFrame, of: Count<'_>) -> PolarsResult<Self> {
        let mut columns = vec![since(of.known_at).alias(SINCE)];
        columns.extend(of.has_versions.then(|| col(REPLACED)));
        let (has_amount, has_day) = (of.amount.is_some(), of.day.is_some());
        columns.extend(of.amount.map(|amount| amount.alias(AMOUNT)));
        columns.extend(of.day.map(|day| day.to_physical().alias(DAY)));
        let holds = |(i, fact): (usize, &FactSpec)| fact.holds.clone().fill_null(lit(false)).alias(fact_name(i));
        columns.extend(of.facts.iter().enumerate().map(holds));
        let facts = of.facts.len();
        let days: BTreeMap<i32, Tally> =
            gather(frame.clone().select(columns), BTreeMap::new(), move |days: &mut BTreeMap<i32, Tally>, batch| {
                let since = batch.column(SINCE)?.i32()?;
                let replaced = of.has_versions.then(|| batch.column(REPLACED)?.i32()).transpose()?;
                let amounts = has_amount.then(|| batch.column(AMOUNT)?.f64()).transpose()?;
                let events = has_day.then(|| batch.column(DAY)?.i32()).transpose()?;
                let holds: Vec<_> =
                    (0..facts).map(|i| batch.column(&fact_name(i))?.bool()).collect::<PolarsResult<_>>()?;
                for row in 0..batch.height() {
                    let is: Vec<bool> = holds.iter().map(|holds| holds.get(row) == Some(true)).collect();
                    let amount = amounts.and_then(|amounts| amounts.get(row));
                    let event = events.and_then(|events| events.get(row));
                    let known = days.entry(since.get(row).unwrap_or(ALWAYS)).or_default();
                    known.add(&is, amount, event);
                    if let Some(day) = replaced.and_then(|replaced| replaced.get(row)) {
                        days.entry(day).or_default().replace(&is, amount);
                    }
                }
                Ok(())
            })?;
        let names = of.facts.iter().map(|fact| (fact.name, fact.treatment)).collect();
        Ok(Self { names, has_amount, has_versions: of.has_versions, days: Arc::new(days), as_of: None })
    }

    /// Whether rows have versions.
    pub(crate) fn has_versions(&self) -> bool {
        self.has_versions
    }

    /// The same seen from a day, or from an earlier one that was asked for before.
    pub(crate) fn by(&self, as_of: Date) -> Self {
        let earlier = self.as_of.map_or(as_of, |before| before.min(as_of));
        Self { as_of: Some(earlier), ..self.clone() }
    }

    /// The same with facts that were counted anew, of the same rows.
    pub(crate) fn with_facts_of(&self, other: &Self) -> Self {
        let kept = |(name, _): &(&str, &str)| other.names.iter().all(|(again, _)| again != name);
        let names = self.names.iter().filter(|name| kept(name)).chain(&other.names).copied().collect();
        let mut days = (*self.days).clone();
        for (day, tally) in &mut days {
            let mut place = self.names.iter();
            tally.facts.retain(|_| place.next().is_some_and(kept));
            tally.facts.extend(other.days.get(day).into_iter().flat_map(|tally| tally.facts.iter().copied()));
        }
        Self { names, days: Arc::new(days), ..self.clone() }
    }

    /// The rows that are known, without the columns that say so.
    pub(crate) fn rows(&self, frame: LazyFrame) -> LazyFrame {
        let later = |day: Expr, as_of: Date| day.gt(lit(as_of.days_since_epoch())).fill_null(lit(false));
        let mut frame = frame;
        if let Some(as_of) = self.as_of {
            frame = frame.filter(later(col(ROLE).to_physical(), as_of).not());
        }
        if !self.has_versions {
            return frame.drop(cols([ROLE]));
        }
        let stands = col(REPLACED).is_null();
        frame
            .filter(match self.as_of {
                Some(as_of) => stands.or(later(col(REPLACED), as_of)),
                None => stands,
            })
            .drop(cols([ROLE, REPLACED]))
    }

    /// The report on data quality as it is from the day: facts and days of the rows that are known, and how many are not.
    /// What the door did not count itself stays as it is.
    pub(crate) fn report(&self, of: &DataQuality) -> DataQuality {
        let mut known = Tally { facts: vec![Default::default(); self.names.len()], ..Tally::default() };
        let mut later = Tally::default();
        for (day, tally) in self.days.iter() {
            if self.as_of.is_some_and(|as_of| *day > as_of.days_since_epoch()) {
                later.rows += tally.rows;
                later.amount.merge(tally.amount);
                continue;
            }
            known.replaced += tally.replaced;
            known.replaced_amount.merge(tally.replaced_amount);
            known.days = spanning(known.days, tally.days);
            for (sum, fact) in known.facts.iter_mut().zip(&tally.facts) {
                sum.0 += fact.0;
                sum.1.merge(fact.1);
            }
        }
        let mut quality = of.clone();
        let fact = |name, treatment, rows, amount: ExactSum| Fact {
            name,
            treatment,
            rows,
            amount: self.has_amount.then(|| amount.value()),
        };
        let mut say = |fact: Fact| match quality.facts.iter_mut().find(|there| there.name == fact.name) {
            // What linking counts anew keeps its treatment.
            Some(there) => *there = Fact { treatment: there.treatment, ..fact },
            None => quality.facts.push(fact),
        };
        for ((name, treatment), (rows, amount)) in self.names.iter().zip(known.facts) {
            say(fact(*name, *treatment, usize::try_from(rows).unwrap_or(0), amount));
        }
        if self.has_versions {
            say(fact(VERSIONS, "left out: the last version known counts", known.replaced, known.replaced_amount));
        }
        if self.as_of.is_some() {
            say(fact(NOT_YET, "left out: they became known after the day of observation", later.rows, later.amount));
        }
        let day = |day| Date::from_days_since_epoch(day).ok();
        quality.days = known.days.and_then(|(first, last)| day(first).zip(day(last)));
        quality
    }
}

/// The rows of a table that are known.
pub(crate) fn rows(frame: &LazyFrame, known: Option<&Known>) -> LazyFrame {
    known.map_or_else(|| frame.clone(), |known| known.rows(frame.clone()))
}

fn spanning(one: Option<(i32, i32)>, other: Option<(i32, i32)>) -> Option<(i32, i32)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

/// From which day on rows are known, in days since 1970.
fn since(known_at: Expr) -> Expr {
    known_at.to_physical().fill_null(lit(ALWAYS))
}

/// The last version of every row, while the source's columns are still there: what rules across rows look at.
pub(crate) fn last_versions(frame: &LazyFrame, key: &[&str]) -> LazyFrame {
    let known_at = canonical_name(ROLE);
    let options = SortMultipleOptions::default().with_maintain_order(true);
    let frame = frame.clone().with_column(text_key(key).alias(KEY)).sort([known_at.as_str()], options);
    frame.unique_stable(Some(cols([KEY])), UniqueKeepStrategy::Last).drop(cols([KEY]))
}

/// Adds the day on which each row was replaced by its next version; `None` where no row has a second one.
pub(crate) fn with_versions(frame: &LazyFrame, key: &[&str]) -> PolarsResult<Option<LazyFrame>> {
    let keyed = || frame.clone().with_columns([text_key(key).alias(KEY), since(canonical(ROLE)).alias(SINCE)]);
    let repeated = keyed().select([col(KEY)]).filter(col(KEY).is_not_null()).group_by([col(KEY)]);
    let repeated = repeated.agg([len().alias("n")]).filter(col("n").gt(lit(1))).select([col(KEY)]);
    let repeated = collect(repeated)?;
    if repeated.height() == 0 {
        return Ok(None);
    }
    let versions = keyed().select([col(KEY), col(SINCE)]);
    let versions = versions.join(repeated.lazy(), [col(KEY)], [col(KEY)], JoinArgs::new(JoinType::Semi));
    let versions = collect(versions.sort([KEY, SINCE], SortMultipleOptions::default()))?;
    let (keys, since) = (versions.column(KEY)?.str()?, versions.column(SINCE)?.i32()?);
    let next = |row: usize| since.get(row + 1).filter(|_| keys.get(row + 1) == keys.get(row));
    let last = versions.height().saturating_sub(1);
    let replaced: Vec<Option<i32>> =
        (0..versions.height()).map(|row| if row < last { next(row) } else { None }).collect();
    let versions = polars::df!(
        KEY => keys.iter().collect::<Vec<_>>(),
        SINCE => since.iter().collect::<Vec<_>>(),
        REPLACED => replaced,
    )?;
    let join = JoinArgs { maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(JoinType::Left) };
    let frame = keyed().join(versions.lazy(), [col(KEY), col(SINCE)], [col(KEY), col(SINCE)], join);
    Ok(Some(frame))
}

#[cfg(test)]
mod tests;
