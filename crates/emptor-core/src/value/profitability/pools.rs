//! Cost pools by period of the results.

use std::collections::BTreeMap;

use emptor_table::CostPools;
use polars::prelude::col;

use super::cells::widen;
use super::error::ProfitError;
use super::query::{GREATEST, collect};
use super::rules::{CostClass, CostRule, Rate};
use super::settings::RelationshipProfit;
use crate::period::{Period, place};

/// One pool: its money and its minutes per period of the results, in millionths.
pub(super) struct Pool {
    pub(super) kind: String,
    pub(super) amount: Vec<i128>,
    pub(super) minutes: Vec<i128>,
}

/// Pools by name.
#[derive(Default)]
pub(super) struct Pools(pub(super) BTreeMap<String, Pool>);

impl Pools {
    /// Reads the pools and adds them up to the periods of the results. Every pool must state every one of its periods in
    /// the window, once.
    pub(super) fn read(table: &CostPools, spec: &RelationshipProfit, periods: &[Period]) -> Result<Self, ProfitError> {
        let stated = spec.pool_period.over(spec.from, spec.as_of)?;
        let columns = ["pool_id", "type", "amount", "capacity_minutes"].map(col);
        let days = col("period").to_physical().alias("day");
        let rows = collect(table.rows().select(columns.into_iter().chain([days]).collect::<Vec<_>>()))?;
        let (names, kinds) = (rows.column("pool_id")?.str()?, rows.column("type")?.str()?);
        let (amounts, minutes) = (rows.column("amount")?.f64()?, rows.column("capacity_minutes")?.f64()?);
        let days = rows.column("day")?.i32()?;

        let mut seen: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
        for row in 0..rows.height() {
            let (Some(name), Some(kind), Some(day)) = (names.get(row), kinds.get(row), days.get(row)) else { continue };
            let refuse = |problem: String| ProfitError::PoolPeriods { pool: name.to_owned(), problem };
            let seen = seen.entry(name.to_owned()).or_insert_with(|| vec![false; stated.len()]);
            let pool = pools.entry(name.to_owned()).or_insert_with(|| Pool {
                kind: kind.to_owned(),
                amount: vec![0; periods.len()],
                minutes: vec![0; periods.len()],
            });
            if pool.kind != kind {
                return Err(refuse(format!("is of type {} in one row and {kind} in another", pool.kind)));
            }
            // Other years of the same ledger.
            let Some(at) = place(&stated, day) else { continue };
            let start = stated[at].start;
            if std::mem::replace(&mut seen[at], true) {
                return Err(refuse(format!(
                    "has more than one row in the {} from {start}; `pool_period` names the grain in which pools are stated",
                    spec.pool_period
                )));
            }
            let Some(whole) = place(periods, start.max(spec.from).days_since_epoch()) else { continue };
            let (amount, minutes) = (amounts.get(row).unwrap_or_default(), minutes.get(row).unwrap_or_default());
            if !(amount <= GREATEST && minutes <= GREATEST) {
                let amount = amount.max(minutes);
                return Err(ProfitError::OutOfRange { what: format!("cost pool `{name}`"), amount });
            }
            pool.amount[whole] += widen(amount);
            pool.minutes[whole] += widen(minutes);
            // The cost of a pool is divided by its minutes.
            if kind == "capacity" && widen(minutes) == 0 {
                return Err(refuse(format!(
                    "has a capacity of {minutes:e} minutes from {start}; the least is 0.000001"
                )));
            }
        }
        for (name, seen) in &seen {
            let refuse = |problem: String| ProfitError::PoolPeriods { pool: name.clone(), problem };
            let missing: Vec<String> =
                stated.iter().zip(seen).filter(|(_, seen)| !**seen).map(|(p, _)| p.start.to_string()).collect();
            if !missing.is_empty() {
                let grain = spec.pool_period;
                return Err(refuse(format!("has no row for the {grain} from {}", missing.join(", "))));
            }
        }
        // A whole period's money over a part of its activities would overstate every rate.
        if let (Some(cut), Some(name)) = (stated.iter().find(|period| period.is_partial), pools.keys().next()) {
            return Err(ProfitError::PoolPeriods {
                pool: name.clone(),
                problem: format!(
                    "is stated by {}, but the window {} to {} holds only a part of {} to {}; state pools by a finer \
                     period or let the window end with one",
                    spec.pool_period, spec.from, spec.as_of, cut.start, cut.end
                ),
            });
        }
        Ok(Self(pools))
    }

    /// The pool of a rule, if it goes by one.
    pub(super) fn of(&self, rule: &CostRule) -> Result<Option<(&str, &Pool)>, ProfitError> {
        let Some(name) = rule.pool() else { return Ok(None) };
        let shared = matches!(rule.rate, Some(Rate::ShareOf { .. }));
        let serves =
            |kind: &str| if shared { ["variable", "direct_marketing"].contains(&kind) } else { kind == "capacity" };
        match self.0.get_key_value(name) {
            Some((name, pool)) if serves(&pool.kind) => Ok(Some((name, pool))),
            _ => Err(ProfitError::UnknownPool {
                rule: rule.name.clone(),
                pool: name.to_owned(),
                needed: if shared { "variable or direct_marketing" } else { "capacity" },
                available: self.0.iter().map(|(name, pool)| format!("{name} ({})", pool.kind)).collect(),
            }),
        }
    }
}

/// Where the cost of a rule stands: a pool of direct marketing is direct marketing.
pub(super) fn class(rule: &CostRule, pool: Option<&Pool>) -> CostClass {
    match pool {
        Some(pool) if pool.kind == "direct_marketing" => CostClass::DirectMarketing,
        _ => rule.class,
    }
}
