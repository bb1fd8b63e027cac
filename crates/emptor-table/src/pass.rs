//! What one pass over a source finds: counts, samples, facts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use emptor_types::{Date, ExactSum};
use polars::prelude::{DataFrame, Engine, LazyFrame, PlanCallback, PolarsResult};

use crate::door::{FactSpec, ROW};
use crate::field::Rule;
use crate::quality::{Breach, Fact};

const SAMPLES: usize = 3;
const CURRENCIES: usize = 10;

pub(crate) fn rule_name(i: usize) -> String {
    format!("emptor:rule:{i}")
}

pub(crate) fn fact_name(i: usize) -> String {
    format!("emptor:fact:{i}")
}

pub(crate) fn id_name(i: usize) -> String {
    format!("emptor:id:{i}")
}

/// Reads a query batch by batch, in bounded memory.
pub(crate) fn gather<T: Default + Send + 'static>(
    frame: LazyFrame,
    start: T,
    read: impl Fn(&mut T, &DataFrame) -> PolarsResult<()> + Send + Sync + 'static,
) -> PolarsResult<T> {
    let gathered = Arc::new(Mutex::new(start));
    let sink = Arc::clone(&gathered);
    let callback = PlanCallback::new(move |batch: DataFrame| {
        read(&mut sink.lock().unwrap_or_else(PoisonError::into_inner), &batch)?;
        Ok(false)
    });
    frame.sink_batches(callback, false, None).and_then(|sink| sink.collect_with_engine(Engine::Streaming))?;
    let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(std::mem::take(&mut *gathered))
}

/// What to read from each batch.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) rules: usize,
    pub(crate) facts: usize,
    pub(crate) text_ids: usize,
    pub(crate) amount: Option<String>,
    pub(crate) day: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) some: Option<String>,
    pub(crate) samples: Vec<String>,
}

/// What the pass has found so far.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) rows: usize,
    pub(crate) broken: usize,
    /// Readable amounts of the broken rows.
    pub(crate) broken_amount: ExactSum,
    pub(crate) present: usize,
    pub(crate) counts: Vec<usize>,
    /// Readable amounts of the rows that break each rule.
    pub(crate) amounts: Vec<ExactSum>,
    /// The first offending rows of each rule.
    pub(crate) samples: Vec<Vec<(u64, String)>>,
    pub(crate) fact_rows: Vec<usize>,
    pub(crate) fact_amounts: Vec<ExactSum>,
    pub(crate) text_ids: Vec<usize>,
    pub(crate) days: Option<(i32, i32)>,
    pub(crate) currencies: BTreeSet<String>,
}

impl Found {
    pub(crate) fn new(reader: &Reader) -> Self {
        Self {
            counts: vec![0; reader.rules],
            amounts: vec![ExactSum::ZERO; reader.rules],
            samples: vec![Vec::new(); reader.rules],
            fact_rows: vec![0; reader.facts],
            fact_amounts: vec![ExactSum::ZERO; reader.facts],
            text_ids: vec![0; reader.text_ids],
            ..Self::default()
        }
    }

    /// Reads a query batch by batch.
    pub(crate) fn of(frame: LazyFrame, reader: Reader) -> PolarsResult<Self> {
        gather(frame, Self::new(&reader), move |found, batch| found.read(&reader, batch))
    }

    pub(crate) fn read(&mut self, reader: &Reader, batch: &DataFrame) -> PolarsResult<()> {
        let n = batch.height();
        self.rows += n;
        let mut good = vec![true; n];
        let amounts = reader.amount.as_ref().map(|role| batch.column(role)?.f64()).transpose()?;
        let readable = |row| amounts.and_then(|amounts| amounts.get(row)).filter(|a| a.abs() <= ExactSum::LIMIT);
        for i in 0..reader.rules {
            let broken = batch.column(&rule_name(i))?.bool()?;
            let count = broken.sum().unwrap_or(0) as usize;
            if count == 0 {
                continue;
            }
            self.counts[i] += count;
            for (row, broken) in broken.iter().enumerate() {
                if broken == Some(true) {
                    good[row] = false;
                    readable(row).into_iter().for_each(|amount| self.amounts[i].add(amount));
                    self.sample(i, reader, batch, row)?;
                }
            }
        }
        self.broken += good.iter().filter(|good| !**good).count();
        let set_aside = good.iter().enumerate().filter(|(_, good)| !**good);
        set_aside.filter_map(|(row, _)| readable(row)).for_each(|amount| self.broken_amount.add(amount));
        if let Some(role) = &reader.some {
            let known = batch.column(role)?.is_not_null();
            self.present += known.iter().zip(&good).filter(|(known, good)| *known == Some(true) && **good).count();
        }
        for i in 0..reader.text_ids {
            let texts = batch.column(&id_name(i))?.bool()?;
            self.text_ids[i] += texts.iter().zip(&good).filter(|(text, good)| *text == Some(true) && **good).count();
        }
        for i in 0..reader.facts {
            let holds = batch.column(&fact_name(i))?.bool()?;
            for (row, holds) in holds.iter().enumerate() {
                if holds == Some(true) && good[row] {
                    self.fact_rows[i] += 1;
                    if let Some(amount) = amounts.and_then(|a| a.get(row)) {
                        self.fact_amounts[i].add(amount);
                    }
                }
            }
        }
        if let Some(role) = &reader.day {
            let days = batch.column(role)?.to_physical_repr();
            for (row, day) in days.i32()?.iter().enumerate() {
                if let Some(day) = day.filter(|_| good[row]) {
                    self.days = Some(self.days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
                }
            }
        }
        if let Some(role) = &reader.currency {
            let accepted = batch.column(role)?.str()?.iter().zip(&good).filter(|(_, good)| **good);
            for currency in accepted.filter_map(|(currency, _)| currency) {
                if self.currencies.len() < CURRENCIES && !self.currencies.contains(currency) {
                    self.currencies.insert(currency.to_owned());
                }
            }
        }
        Ok(())
    }

    /// Keeps the first few offending rows by row number, whatever order the batches come in.
    fn sample(&mut self, rule: usize, reader: &Reader, batch: &DataFrame, row: usize) -> PolarsResult<()> {
        let number = batch.column(ROW)?.get(row)?.try_extract::<u64>()?;
        let kept = &mut self.samples[rule];
        if kept.len() == SAMPLES && kept.last().is_some_and(|(last, _)| *last < number) {
            return Ok(());
        }
        let mut values = Vec::with_capacity(reader.samples.len());
        for name in &reader.samples {
            let value = batch.column(&format!("emptor:sample:{name}"))?.get(row)?;
            values.push(format!("{name}: {}", value.str_value()));
        }
        kept.push((number, format!("row {number} {{{}}}", values.join(", "))));
        kept.sort();
        kept.truncate(SAMPLES);
        Ok(())
    }

    pub(crate) fn breaches(&self, rules: &[Rule], has_amount: bool) -> Vec<Breach> {
        rules
            .iter()
            .enumerate()
            .filter(|(i, _)| self.counts[*i] > 0)
            .map(|(i, rule)| Breach {
                column: rule.column.clone(),
                rule: rule.rule.clone(),
                count: self.counts[i],
                amount: has_amount.then(|| self.amounts[i].value()),
                samples: self.samples[i].iter().map(|(_, text)| text.clone()).collect(),
            })
            .collect()
    }

    pub(crate) fn facts(&self, specs: &[FactSpec], has_amount: bool) -> Vec<Fact> {
        specs
            .iter()
            .enumerate()
            .map(|(i, spec)| Fact {
                name: spec.name,
                treatment: spec.treatment,
                rows: self.fact_rows[i],
                amount: has_amount.then(|| self.fact_amounts[i].value()),
            })
            .collect()
    }

    pub(crate) fn day_span(&self) -> Option<(Date, Date)> {
        let (first, last) = self.days?;
        Some((Date::from_days_since_epoch(first).ok()?, Date::from_days_since_epoch(last).ok()?))
    }
}
