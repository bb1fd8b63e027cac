//! From activities to what they cost each customer.

use std::sync::Arc;

use emptor_table::Tables;
use polars::prelude::{DataFrame, IntoLazy, col, lit};

use super::cells::{Cell, Key, Owner, Spread, integers, merge, money, narrow, places, widen};
use super::compute::{Books, Members, reason};
use super::decimal::Decimal;
use super::error::ProfitError;
use super::pools::{Pools, class};
use super::query::{Calendar, Lines, contents, logged};
use super::reconcile::Entry;
use super::results::ActivityLine;
use super::rules::{CostClass, Counted, Rate};
use super::settings::{RelationshipProfit, UnknownActivity};

/// What happened under one rule.
pub(super) struct Usage {
    rule: usize,
    pub(super) frames: Vec<DataFrame>,
}

impl RelationshipProfit {
    /// Looks for activities that no rule is for.
    pub(super) fn logs(&self, tables: &Tables, calendar: &Arc<Calendar>, books: &mut Books) -> Result<(), ProfitError> {
        let mut known: Vec<String> = Vec::new();
        for rule in &self.rules {
            if let Counted::Logged(activity) = &rule.counted
                && !known.contains(activity)
            {
                known.push(activity.clone());
            }
        }
        let mut unknown: Vec<String> = Vec::new();
        for log in tables.activities() {
            let contents = contents(log, calendar)?;
            let costs = integers(&contents, "cost")?;
            let periods = places(&contents)?;
            for ((activity, cost), period) in contents.column("activity")?.str()?.iter().zip(costs).zip(periods) {
                let activity = activity.unwrap_or_default();
                books.ledger.logged(activity, cost);
                if !known.iter().any(|name| name == activity) {
                    unknown.push(activity.to_owned());
                    books.unassigned.add(activity, period, "cost_to_serve", "no_driver", i128::from(cost));
                    books.ledger.at(&format!("activity {activity}")).book(Entry::Unassigned, i128::from(cost));
                    books.ledger.at(&format!("activity {activity}")).control += i128::from(cost);
                }
            }
        }
        unknown.sort();
        unknown.dedup();
        if unknown.is_empty() || self.unknown == UnknownActivity::NoDriver {
            Ok(())
        } else {
            Err(ProfitError::UnknownActivities { unknown, known })
        }
    }

    pub(super) fn usages(
        &self,
        tables: &Tables,
        lines: &Lines,
        calendar: &Arc<Calendar>,
    ) -> Result<Vec<Usage>, ProfitError> {
        let mut usages = Vec::new();
        // All rules on orders count the same ones.
        let mut orders: Option<DataFrame> = None;
        for (place, rule) in self.rules.iter().enumerate() {
            let frames = match &rule.counted {
                Counted::Logged(activity) => {
                    let mut frames = Vec::new();
                    for log in tables.activities() {
                        frames.extend(logged(log, rule, activity, calendar)?);
                    }
                    frames
                }
                Counted::Orders { channel } => {
                    let all = match orders.take() {
                        Some(all) => all,
                        None => lines.orders()?,
                    };
                    let own = match channel {
                        Some(channel) => {
                            all.clone().lazy().filter(col("channel").eq(lit(channel.as_str()))).collect()?
                        }
                        None => all.clone(),
                    };
                    orders = Some(all);
                    vec![own]
                }
                counted => vec![lines.usage(counted)?],
            };
            usages.push(Usage { rule: place, frames });
        }
        Ok(usages)
    }

    /// Cost to serve and direct marketing of one rule.
    pub(super) fn book_usage(
        &self,
        usage: Usage,
        members: &Members,
        pools: &Pools,
        periods: usize,
        books: &mut Books,
    ) -> Result<(), ProfitError> {
        let rule = &self.rules[usage.rule];
        let number = usage.rule as u32;
        let pool = pools.of(rule)?;
        let class = class(rule, pool.map(|(_, pool)| pool));
        let (source, item) = match pool {
            Some((name, _)) => (name, format!("pool {name}")),
            None => (rule.name.as_str(), format!("rule {}", rule.name)),
        };
        // The volume that a pool is spread over, and the minutes that it works.
        let mut volume = vec![0_i128; periods];
        let mut worked = vec![0_i128; periods];
        let mut rows = Vec::new();
        let each = match &rule.rate {
            Some(Rate::Flat(each)) => *each,
            Some(Rate::Time { equation, .. }) => equation.base_minutes(),
            _ => 0.0,
        };
        let exact = Decimal::of(each)?;
        for frame in usage.frames {
            let (owners, products, at) = (members.owners(&frame)?, members.products(&frame)?, places(&frame)?);
            let [quantity, minutes, cost] = ["quantity", "minutes", "cost"].map(|name| integers(&frame, name));
            let (quantity, minutes, cost) = (quantity?, minutes?, cost?);
            drop(frame);
            rows.reserve_exact(owners.len());
            for row in 0..owners.len() {
                let quantity = quantity[row];
                let minutes = match (&rule.rate, &rule.counted) {
                    (Some(Rate::Time { .. }), Counted::Logged(_)) | (Some(Rate::OwnMinutes { .. }), _) => minutes[row],
                    (Some(Rate::Time { .. }), _) => narrow(exact.times(i128::from(quantity))?)?,
                    _ => 0,
                };
                volume[at[row] as usize] += i128::from(quantity);
                worked[at[row] as usize] += i128::from(minutes);
                rows.push((owners[row], products[row], at[row], quantity, minutes, cost[row]));
            }
        }
        // Parts of a pool are rounded so that they add up, which asks for an order that does not depend on that of the rows.
        rows.sort_unstable();
        let mut spreads: Vec<Option<Spread>> = (0..periods)
            .map(|at| match (&rule.rate, pool) {
                (Some(Rate::ShareOf { .. }), Some((_, pool))) => {
                    (volume[at] > 0).then(|| Spread::new(pool.amount[at], volume[at]))
                }
                (_, Some((_, pool))) => Some(Spread::new(pool.amount[at], pool.minutes[at])),
                _ => None,
            })
            .collect();
        let mut flat = exact.spread();
        let mut place = 0;
        let mut charged_in_all = 0_i128;
        let mut more = Vec::new();
        for (owner, product, period, quantity, minutes, own) in rows {
            let at = period as usize;
            let cost = match (&rule.rate, &mut spreads[at]) {
                (Some(Rate::Flat(_)), _) => flat.part(quantity.into())?,
                (Some(Rate::OwnCost), _) => own.into(),
                (Some(Rate::ShareOf { .. }), Some(spread)) => spread.part(quantity.into())?,
                (_, Some(spread)) => spread.part(minutes.into())?,
                _ => 0,
            };
            match owner {
                Owner::Customer(customer) => {
                    let key = Key { customer, product, period };
                    let cost = narrow(cost)?;
                    let mut charged = Cell::default();
                    match class {
                        CostClass::CostToServe => charged.cts = cost,
                        CostClass::DirectMarketing => charged.marketing = cost,
                    }
                    // Rows and cells are in the same order.
                    while books.cells.get(place).is_some_and(|(other, _)| *other < key) {
                        place += 1;
                    }
                    match books.cells.get_mut(place) {
                        Some((other, cell)) if *other == key => cell.add(&charged)?,
                        _ => more.push((key, charged)),
                    }
                    books.activities.push(ActivityLine {
                        customer,
                        rule: number,
                        period,
                        class,
                        quantity,
                        minutes,
                        cost,
                    });
                    charged_in_all += i128::from(cost);
                }
                owner => {
                    books.unassigned.add(source, period, class.name(), reason(owner), cost);
                    books.ledger.at(&item).book(Entry::Unassigned, cost);
                }
            }
        }
        books.ledger.at(&item).book(Entry::Customers, charged_in_all);
        if !more.is_empty() {
            books.cells.reserve_exact(more.len());
            books.cells.append(&mut more);
            merge(&mut books.cells)?;
        }
        match (&rule.rate, pool) {
            (Some(Rate::Flat(each)), _) => {
                // Volume times rate, by another way than the charges have taken.
                let total: i128 = volume.iter().sum();
                books.ledger.at(&item).control += widen(money(total) * each);
            }
            (Some(Rate::OwnCost), _) => {
                if let Counted::Logged(activity) = &rule.counted {
                    let total = books.ledger.cost_of(activity);
                    books.ledger.at(&item).control += total;
                }
            }
            (Some(Rate::ShareOf { .. }), Some((name, _))) => books.ledger.driven(name, &volume),
            (_, Some((name, _))) => books.ledger.driven(name, &worked),
            _ => {}
        }
        Ok(())
    }
}
