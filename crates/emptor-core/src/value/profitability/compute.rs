//! From tables to cells, and from cells to the identity.

use emptor_table::Tables;
use polars::prelude::{DataFrame, Series, col, lit};

use super::cells::{Cell, Ids, Key, NONE, Owner, merge, places};
use super::check::check;
use super::error::ProfitError;
use super::fixed::allocate;
use super::pools::{Pool, Pools};
use super::query::{Calendar, LadderSums, Lines, collect, first_days};
use super::rates::Rates;
use super::reconcile::{Entry, FIXED, Ledger};
use super::results::{ActivityLine, CapacityLine, RelationshipProfits, Unassigned};
use super::settings::{FixedAllocation, MissingCost, RelationshipProfit};
use super::usage::Usage;
use crate::period::Period;

/// Customers and products that have a place in the results.
pub(super) struct Members {
    customers: Ids,
    products: Ids,
}

impl Members {
    pub(super) fn owners(&self, frame: &DataFrame) -> Result<Vec<Owner>, ProfitError> {
        let owners = self.customers.of(frame.column("customer_id")?)?.into_iter().map(|id| match id {
            None => Owner::Unknown,
            Some(None) => Owner::Excluded,
            Some(Some(place)) => Owner::Customer(place),
        });
        Ok(owners.collect())
    }

    pub(super) fn products(&self, frame: &DataFrame) -> Result<Vec<u32>, ProfitError> {
        Ok(self.products.of(frame.column("product_id")?)?.into_iter().map(|id| id.flatten().unwrap_or(NONE)).collect())
    }
}

/// What is found on the way to the results.
pub(super) struct Books {
    pub(super) cells: Vec<(Key, Cell)>,
    pub(super) activities: Vec<ActivityLine>,
    pub(super) capacity: Vec<CapacityLine>,
    pub(super) unassigned: Unassigned,
    pub(super) ledger: Ledger,
}

impl RelationshipProfit {
    /// Computes the profit of every customer by product and period.
    ///
    /// Order lines are read in a few streaming passes; what is kept is one row per customer, product and period.
    ///
    /// # Errors
    /// If the tables lack what the settings ask for, ids or currencies do not match, an activity has no rule, pools do not
    /// cover the window, or a sum is out of range; see [`ProfitError`].
    pub fn compute(&self, tables: &Tables) -> Result<RelationshipProfits, ProfitError> {
        let tables = &tables.known_by(self.as_of);
        check(self, tables)?;
        let periods = self.period.over(self.from, self.as_of)?;
        let calendar = Calendar::new(periods.clone(), self);
        let pools = match tables.cost_pools() {
            Some(table) => Pools::read(table, self, &periods)?,
            None => Pools::default(),
        };
        for rule in &self.rules {
            pools.of(rule)?;
        }
        let mut books = Books {
            cells: Vec::new(),
            activities: Vec::new(),
            capacity: Vec::new(),
            unassigned: Unassigned::default(),
            ledger: Ledger::default(),
        };
        self.logs(tables, &calendar, &mut books)?;
        let lines = Lines::new(tables.transactions(), self, &calendar)?;
        let ladder = lines.ladder(tables.products(), self.missing_cost)?;
        let usages = self.usages(tables, &lines, &calendar)?;
        let members = self.members(tables, &ladder, &usages)?;

        self.book_ladder(tables, &members, ladder, &mut books)?;
        for usage in usages {
            self.book_usage(usage, &members, &pools, periods.len(), &mut books)?;
        }
        self.book_pools(&pools, &periods, &mut books)?;
        let outside = lines.outside()?;
        books.ledger.revenue(outside, tables.transactions().quality());
        let since = self.beginnings(tables, &members.customers)?;
        RelationshipProfits::new(self, periods, (members.customers.ids, since), members.products.ids, books)
    }

    /// The day on which each customer's relationship began, as far as the tables know: the first line, also before the
    /// window, or the day of the record if that is earlier.
    fn beginnings(&self, tables: &Tables, customers: &Ids) -> Result<Vec<Option<i32>>, ProfitError> {
        let last = self.as_of.days_since_epoch();
        let mut frames = vec![first_days(tables.transactions().lines(), "date", last)?];
        if let Some(table) = tables.customers() {
            let mut rows = table.rows();
            if rows.collect_schema()?.contains("created_at") {
                frames.push(first_days(rows, "created_at", last)?);
            }
        }
        let mut since: Vec<Option<i32>> = vec![None; customers.ids.len()];
        for frame in &frames {
            let places = customers.of(frame.column("customer_id")?)?;
            for (place, day) in places.into_iter().zip(frame.column("day")?.i32()?.iter()) {
                if let (Some(place), Some(day)) = (place.flatten(), day) {
                    let known = &mut since[place as usize];
                    *known = Some(known.map_or(day, |known| known.min(day)));
                }
            }
        }
        Ok(since)
    }

    /// Everyone with a line, an activity or a row in the table of customers, except internal and test customers.
    fn members(&self, tables: &Tables, ladder: &DataFrame, usages: &[Usage]) -> Result<Members, ProfitError> {
        let frames = || std::iter::once(ladder).chain(usages.iter().flat_map(|usage| &usage.frames));
        let ids = |name: &str| -> Result<Vec<Series>, ProfitError> {
            let all = frames().map(|frame| Ok(frame.column(name)?.as_materialized_series().clone()));
            all.collect()
        };
        let (mut customers, products) = (ids("customer_id")?, ids("product_id")?);
        let mut excluded: Option<Series> = None;
        if let Some(table) = tables.customers() {
            let mut rows = table.rows();
            let schema = rows.collect_schema()?;
            let flags = ["is_internal", "is_test"].into_iter().filter(|flag| schema.contains(flag));
            let out = flags.fold(lit(false), |any, flag| any.or(col(flag).fill_null(lit(false))));
            let mut there = out.clone().not();
            if schema.contains("created_at") {
                // Who came later is not there yet.
                let later = col("created_at").to_physical().gt(lit(self.as_of.days_since_epoch()));
                there = there.and(later.fill_null(lit(false)).not());
            }
            let select = |holds| -> Result<Series, ProfitError> {
                let frame = collect(rows.clone().filter(holds).select([col("customer_id")]))?;
                Ok(frame.column("customer_id")?.as_materialized_series().clone())
            };
            customers.push(select(there)?);
            excluded = Some(select(out)?);
        }
        let mut customers = Ids::gather("customer_id", customers)?;
        if let Some(excluded) = excluded.filter(|ids| !ids.is_empty()) {
            customers = customers.without(&excluded)?;
        }
        Ok(Members { customers, products: Ids::gather("product_id", products)? })
    }

    /// Revenue and product cost.
    fn book_ladder(
        &self,
        tables: &Tables,
        members: &Members,
        ladder: DataFrame,
        books: &mut Books,
    ) -> Result<(), ProfitError> {
        let owners = members.owners(&ladder)?;
        let products = members.products(&ladder)?;
        let periods = places(&ladder)?;
        let sums = LadderSums::read(&ladder)?;
        let rates = Rates::learn(self, tables, &owners, &ladder, &sums)?;
        // The greatest tables there are: one at a time.
        drop(ladder);
        books.cells.reserve_exact(owners.len());
        let imputing = self.missing_cost != MissingCost::Null;
        for row in 0..owners.len() {
            let imputed = if imputing { rates.impute(self, row, sums.base[row])? } else { 0 };
            let mut cell = Cell {
                lines: sums.lines[row],
                list: sums.list[row],
                rebates: sums.rebates[row],
                returns: sums.returns[row],
                net: sums.net[row],
                cogs: sums.cogs[row],
                imputed,
                ..Cell::default()
            };
            if imputing {
                cell.unknown = sums.baseless[row];
                cell.unknown_net = sums.baseless_net[row];
                cell.imputed_net = sums.uncovered_net[row] - sums.baseless_net[row];
            } else {
                cell.unknown = sums.uncovered[row];
                cell.unknown_net = sums.uncovered_net[row];
            }
            let period = periods[row];
            books.ledger.lines += cell.lines;
            books.ledger.at("product cost").control += cell.cost();
            match owners[row] {
                Owner::Customer(customer) => {
                    books.cells.push((Key { customer, product: products[row], period }, cell));
                }
                owner => {
                    for (component, amount, item) in
                        [("net_rev", i128::from(cell.net), "net revenue"), ("cogs", cell.cost(), "product cost")]
                    {
                        books.unassigned.add("transactions", period, component, reason(owner), amount);
                        books.ledger.at(item).book(Entry::Unassigned, amount);
                    }
                }
            }
        }
        merge(&mut books.cells)
    }

    /// What pools have over: unused capacity, overload, and money without a driver.
    fn book_pools(&self, pools: &Pools, periods: &[Period], books: &mut Books) -> Result<(), ProfitError> {
        let fixed = || pools.0.values().filter(|pool| pool.kind == "fixed");
        let amounts: Vec<i128> = (0..periods.len()).map(|at| fixed().map(|pool| pool.amount[at]).sum()).collect();
        let allocated = match fixed().next() {
            Some(_) => allocate(self.fixed, &mut books.cells, &amounts)?,
            None => Vec::new(),
        };
        for (name, pool) in &pools.0 {
            let item = if pool.kind == "cogs" { "product cost".to_owned() } else { format!("pool {name}") };
            let driven = books.ledger.driver(name).cloned();
            if pool.kind != "cogs" {
                books.ledger.at(&item).control += pool.amount.iter().sum::<i128>();
            }
            for (at, amount) in pool.amount.iter().copied().enumerate() {
                let period = u32::try_from(at).unwrap_or(NONE);
                let mut left = |component: &str, reason: &str, amount: i128, entry: Entry| {
                    books.unassigned.add(name, period, component, reason, amount);
                    books.ledger.at(&item).book(entry, amount);
                };
                match (pool.kind.as_str(), &driven) {
                    ("cogs", _) => {}
                    ("fixed", _) => {
                        if allocated[at] {
                            books.ledger.at(&item).book(Entry::Customers, amount);
                        } else {
                            let reason =
                                if self.fixed == FixedAllocation::None { "not_allocated" } else { "no_driver" };
                            left("fixed", reason, amount, Entry::Unassigned);
                            books.ledger.at(FIXED).book(Entry::Unassigned, amount);
                        }
                        books.ledger.at(FIXED).control += amount;
                    }
                    ("capacity", Some(worked)) => {
                        let line = CapacityLine::new(name, at, amount, pool.minutes[at], worked[at])?;
                        let reason = if line.unused_cost < 0 { "overload" } else { "unused_capacity" };
                        left("cost_to_serve", reason, line.unused_cost, Entry::Unused);
                        books.capacity.push(line);
                    }
                    (_, Some(volume)) if volume[at] > 0 => {}
                    (kind, _) => {
                        let marketing = kind == "direct_marketing";
                        let component = if marketing { "direct_marketing" } else { "cost_to_serve" };
                        left(component, "no_driver", amount, Entry::Unassigned);
                    }
                }
            }
        }
        self.book_variance(pools, periods.len(), books)
    }

    /// Product cost as the ledger has it, against what lines and unit costs say.
    fn book_variance(&self, pools: &Pools, periods: usize, books: &mut Books) -> Result<(), ProfitError> {
        let ledger: Vec<(&String, &Pool)> = pools.0.iter().filter(|(_, pool)| pool.kind == "cogs").collect();
        if ledger.is_empty() {
            return Ok(());
        }
        let mut booked = vec![0_i128; periods];
        for (key, cell) in &books.cells {
            booked[key.period as usize] += cell.cost();
        }
        for (period, cost) in books.unassigned.component("cogs") {
            booked[period as usize] += cost;
        }
        let mut control = 0;
        for (at, booked) in booked.iter().enumerate() {
            let amount: i128 = ledger.iter().map(|(_, pool)| pool.amount[at]).sum();
            let name = ledger.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            let period = u32::try_from(at).unwrap_or(NONE);
            books.unassigned.add(&name, period, "cogs", "cost_variance", amount - booked);
            books.ledger.at("product cost").book(Entry::Unassigned, amount - booked);
            control += amount;
        }
        books.ledger.at("product cost").control = control;
        Ok(())
    }
}

pub(super) fn reason(owner: Owner) -> &'static str {
    match owner {
        Owner::Excluded => "excluded_customer",
        _ => "unknown_customer",
    }
}
