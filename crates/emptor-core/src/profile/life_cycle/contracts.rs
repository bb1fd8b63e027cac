//! What contracts say of relationships: since when they last, when they ended, and what a period of them is worth.

use std::ops::Range;

use polars::prelude::{DataFrame, PolarsResult};

use super::super::gathered::Places;
use super::super::persistency::{Spell, join_spells};

/// Mean length of a month in days: contracts are worth so much a month.
const MONTH: f64 = 365.25 / 12.0;

/// The contracts of all customers who have or had one.
#[derive(Debug, Clone, Default)]
pub(super) struct Contracts {
    /// By customer; those of one by first day, last day and value, so that sums are the same in any order of rows.
    rows: Vec<Contract>,
    ranges: Vec<Range<usize>>,
    grace: u32,
}

#[derive(Debug, Clone, Copy)]
struct Contract {
    spell: Spell,
    /// Money per day.
    per_day: f64,
}

/// The contracts of one customer.
#[derive(Debug)]
pub(super) struct Bound<'a> {
    contracts: &'a [Contract],
    spells: Vec<Spell>,
    grace: i32,
}

impl Contracts {
    /// The contracts of rows with `customer_id`, `start`, `end` and `value` per month.
    pub(super) fn read(rows: &DataFrame, places: &Places, customers: usize, grace: u32) -> PolarsResult<Self> {
        let own = places.of(rows.column("customer_id")?)?;
        let (start, end, value) =
            (rows.column("start")?.i32()?, rows.column("end")?.i32()?, rows.column("value")?.f64()?);
        let mut found: Vec<(usize, Contract)> = own
            .into_iter()
            .zip(start.iter().zip(end.iter()).zip(value.iter()))
            .filter_map(|(place, ((start, end), value))| {
                let per_day = value.unwrap_or_default() / MONTH;
                Some((place? as usize, Contract { spell: Spell { start: start?, end }, per_day }))
            })
            .collect();
        let day = |contract: &Contract| (contract.spell.start, contract.spell.end);
        found.sort_unstable_by(|(i, a), (j, b)| {
            i.cmp(j).then(day(a).cmp(&day(b))).then(a.per_day.total_cmp(&b.per_day))
        });
        let mut ranges = vec![0..0; customers];
        let mut begin = 0;
        for own in found.chunk_by(|a, b| a.0 == b.0) {
            ranges[own[0].0] = begin..begin + own.len();
            begin += own.len();
        }
        Ok(Self { rows: found.into_iter().map(|(_, contract)| contract).collect(), ranges, grace })
    }

    /// What binds a customer; `None` who never had a contract.
    pub(super) fn of(&self, customer: usize) -> Option<Bound<'_>> {
        let contracts = &self.rows[self.ranges.get(customer).filter(|range| !range.is_empty())?.clone()];
        let spells: Vec<Spell> = contracts.iter().map(|contract| contract.spell).collect();
        let grace = i32::try_from(self.grace).unwrap_or(i32::MAX);
        Some(Bound { contracts, spells: join_spells(&spells, self.grace), grace })
    }

    /// How many customers have or had one.
    pub(super) fn customers(&self) -> usize {
        self.ranges.iter().filter(|range| !range.is_empty()).count()
    }
}

impl Bound<'_> {
    /// The first day under contract.
    pub(super) fn first_day(&self) -> Option<i32> {
        self.spells.first().map(|spell| spell.start)
    }

    /// Whether a day lies under contract, or within the days of grace after one.
    pub(super) fn covers(&self, day: i32) -> bool {
        self.spells.iter().any(|spell| spell.start <= day && self.lasts(spell).is_none_or(|last| day <= last))
    }

    /// Whether any day of a span lies under contract.
    pub(super) fn touches(&self, from: i32, to: i32) -> bool {
        self.spells.iter().any(|spell| spell.start <= to && spell.end.is_none_or(|end| from <= end))
    }

    /// Whether the customer had left by a day: the last contract until then ended, the days of grace are over, and
    /// nothing was bought since.
    pub(super) fn left(&self, day: i32, last_purchase: Option<i32>) -> bool {
        let last = self.spells.iter().rev().find(|spell| spell.start <= day).and_then(|spell| self.lasts(spell));
        last.is_some_and(|last| last < day && last_purchase.is_none_or(|purchase| purchase <= last))
    }

    /// What the contracts are worth from the first to the last day of a span.
    pub(super) fn value(&self, from: i32, to: i32) -> f64 {
        let days = |spell: &Spell| spell.end.map_or(to, |end| end.min(to)) - spell.start.max(from) + 1;
        self.contracts.iter().map(|contract| contract.per_day * f64::from(days(&contract.spell).max(0))).sum()
    }

    fn lasts(&self, spell: &Spell) -> Option<i32> {
        spell.end.map(|end| end.saturating_add(self.grace))
    }
}
