//! From tables to cells, and from cells to the identity.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use polars::prelude::{DataFrame, DataType, IntoLazy, Series, col, lit};

use super::cells::{Cell, Ids, Key, NONE, Owner, Spread, integers, merged, mul_div, narrow, places, widen};
use super::check::check;
use super::costs::categories;
use super::error::ProfitError;
use super::fixed::allocate;
use super::period::Period;
use super::pools::{Pool, Pools, class};
use super::query::{Calendar, LADDER, Lines, collect, contents, logged};
use super::reconcile::{Entry, Ledger};
use super::results::{ActivityLine, CapacityLine, RelationshipProfits, Unassigned};
use super::rules::{CostClass, Counted, Rate};
use super::settings::{FixedAllocation, MissingCost, ProfitTables, RelationshipProfit, UnknownActivity};

/// What happened under one rule.
struct Usage {
    rule: usize,
    frames: Vec<DataFrame>,
}

/// Customers and products that have a place in the results.
struct Members {
    customers: Ids,
    products: Ids,
}

impl Members {
    fn owners(&self, frame: &DataFrame) -> Result<Vec<Owner>, ProfitError> {
        let owners = self.customers.of(frame.column("customer_id")?)?.into_iter().map(|id| match id {
            None => Owner::Unknown,
            Some(None) => Owner::Excluded,
            Some(Some(place)) => Owner::Customer(place),
        });
        Ok(owners.collect())
    }

    fn products(&self, frame: &DataFrame) -> Result<Vec<u32>, ProfitError> {
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
    pub fn compute(&self, tables: &ProfitTables) -> Result<RelationshipProfits, ProfitError> {
        check(self, tables)?;
        let periods = self.period.over(self.from, self.as_of)?;
        let calendar = Calendar::new(periods.clone(), self);
        let pools = match &tables.pools {
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
        let lines = Lines::new(&tables.transactions, self, &calendar)?;
        let ladder = lines.ladder(tables.products.as_ref(), self.missing_cost)?;
        let usages = self.usages(tables, &lines, &calendar)?;
        let members = self.members(tables, &ladder, &usages)?;

        self.book_ladder(tables, &members, &ladder, &mut books)?;
        for usage in &usages {
            self.book_usage(usage, &members, &pools, periods.len(), &mut books)?;
        }
        drop((ladder, usages));
        books.cells = merged(std::mem::take(&mut books.cells))?;
        self.book_pools(&pools, &periods, &mut books)?;
        let outside = lines.outside()?;
        books.ledger.revenue(outside, tables.transactions.quality());
        RelationshipProfits::new(self, periods, members.customers.ids, &members.products.ids, books)
    }

    /// Looks for activities that no rule is for.
    fn logs(&self, tables: &ProfitTables, calendar: &Arc<Calendar>, books: &mut Books) -> Result<(), ProfitError> {
        let mut known: Vec<String> = Vec::new();
        for rule in &self.rules {
            if let Counted::Logged(activity) = &rule.counted
                && !known.contains(activity)
            {
                known.push(activity.clone());
            }
        }
        let mut unknown: Vec<String> = Vec::new();
        for log in &tables.activities {
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

    fn usages(
        &self,
        tables: &ProfitTables,
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
                    for log in &tables.activities {
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

    /// Everyone with a line, an activity or a row in the table of customers, except internal and test customers.
    fn members(&self, tables: &ProfitTables, ladder: &DataFrame, usages: &[Usage]) -> Result<Members, ProfitError> {
        let frames = || std::iter::once(ladder).chain(usages.iter().flat_map(|usage| &usage.frames));
        let ids = |name: &str| -> Result<Vec<Series>, ProfitError> {
            let all = frames().map(|frame| Ok(frame.column(name)?.as_materialized_series().clone()));
            all.collect()
        };
        let (mut customers, products) = (ids("customer_id")?, ids("product_id")?);
        let mut excluded: Option<Series> = None;
        if let Some(table) = &tables.customers {
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
        tables: &ProfitTables,
        members: &Members,
        ladder: &DataFrame,
        books: &mut Books,
    ) -> Result<(), ProfitError> {
        let owners = members.owners(ladder)?;
        let products = members.products(ladder)?;
        let periods = places(ladder)?;
        let sums: HashMap<&str, Vec<i64>> =
            LADDER.iter().map(|name| Ok((*name, integers(ladder, name)?))).collect::<Result<_, ProfitError>>()?;
        let rates = Rates::learn(self, tables, &owners, ladder, &sums)?;
        for row in 0..owners.len() {
            let of = |name: &str| sums[name][row];
            let imputing = self.missing_cost != MissingCost::Null;
            let imputed = if imputing { rates.impute(self, row, of("base"))? } else { 0 };
            let mut cell = Cell {
                lines: of("lines"),
                list: of("list"),
                rebates: of("rebates"),
                returns: of("returns"),
                net: of("net"),
                cogs: of("cogs"),
                imputed,
                ..Cell::default()
            };
            if imputing {
                cell.unknown = of("baseless");
                cell.unknown_net = of("baseless_net");
                cell.imputed_net = of("uncovered_net") - of("baseless_net");
            } else {
                cell.unknown = of("uncovered");
                cell.unknown_net = of("uncovered_net");
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
        Ok(())
    }

    /// Cost to serve and direct marketing of one rule.
    fn book_usage(
        &self,
        usage: &Usage,
        members: &Members,
        pools: &Pools,
        periods: usize,
        books: &mut Books,
    ) -> Result<(), ProfitError> {
        let rule = &self.rules[usage.rule];
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
        for frame in &usage.frames {
            let (owners, products, at) = (members.owners(frame)?, members.products(frame)?, places(frame)?);
            let [quantity, minutes, cost] = ["quantity", "minutes", "cost"].map(|name| integers(frame, name));
            let (quantity, minutes, cost) = (quantity?, minutes?, cost?);
            for row in 0..owners.len() {
                let quantity = i128::from(quantity[row]);
                let minutes = match (&rule.rate, &rule.counted) {
                    (Some(Rate::Time { .. }), Counted::Logged(_)) | (Some(Rate::OwnMinutes { .. }), _) => {
                        i128::from(minutes[row])
                    }
                    (Some(Rate::Time { equation, .. }), _) => {
                        mul_div(quantity, widen(equation.base_minutes()), widen(1.0))?
                    }
                    _ => 0,
                };
                volume[at[row] as usize] += quantity;
                worked[at[row] as usize] += minutes;
                rows.push((owners[row], products[row], at[row], quantity, minutes, i128::from(cost[row])));
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
        for (owner, product, period, quantity, minutes, own) in rows {
            let at = period as usize;
            let cost = match (&rule.rate, &mut spreads[at]) {
                (Some(Rate::Flat(each)), _) => mul_div(quantity, widen(*each), widen(1.0))?,
                (Some(Rate::OwnCost), _) => own,
                (Some(Rate::ShareOf { .. }), Some(spread)) => spread.part(quantity)?,
                (_, Some(spread)) => spread.part(minutes)?,
                _ => 0,
            };
            match owner {
                Owner::Customer(customer) => {
                    let mut cell = Cell::default();
                    match class {
                        CostClass::CostToServe => cell.cts = narrow(cost)?,
                        CostClass::DirectMarketing => cell.marketing = narrow(cost)?,
                    }
                    books.cells.push((Key { customer, product, period }, cell));
                    let rule = usage.rule;
                    books.activities.push(ActivityLine { customer, rule, period, class, quantity, minutes, cost });
                    books.ledger.at(&item).book(Entry::Customers, cost);
                }
                owner => {
                    books.unassigned.add(source, period, class.name(), reason(owner), cost);
                    books.ledger.at(&item).book(Entry::Unassigned, cost);
                }
            }
        }
        match (&rule.rate, pool) {
            (Some(Rate::Flat(each)), _) => {
                let total: i128 = volume.iter().sum();
                books.ledger.at(&item).control += mul_div(total, widen(*each), widen(1.0))?;
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

    /// What pools have over: unused capacity, overload, and money without a driver.
    fn book_pools(&self, pools: &Pools, periods: &[Period], books: &mut Books) -> Result<(), ProfitError> {
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
                        let spread = allocate(self.fixed, &books.cells, period, amount)?;
                        if spread.is_empty() {
                            let reason =
                                if self.fixed == FixedAllocation::None { "not_allocated" } else { "no_driver" };
                            left("fixed", reason, amount, Entry::Unassigned);
                        } else {
                            let total = spread.iter().map(|(_, cell)| i128::from(cell.fixed)).sum();
                            books.ledger.at(&item).book(Entry::Customers, total);
                            books.cells.extend(spread);
                        }
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
            books.cells = merged(std::mem::take(&mut books.cells))?;
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

fn reason(owner: Owner) -> &'static str {
    match owner {
        Owner::Excluded => "excluded_customer",
        _ => "unknown_customer",
    }
}

/// Cost by net revenue, to be multiplied with what has no cost.
struct Rates {
    /// Cost and revenue of all products.
    global: (i128, i128),
    /// The same by category, where the cost is known.
    by_category: BTreeMap<String, (i128, i128)>,
    /// The category of each row of the ladder.
    categories: Vec<Option<String>>,
}

impl Rates {
    fn learn(
        spec: &RelationshipProfit,
        tables: &ProfitTables,
        owners: &[Owner],
        ladder: &DataFrame,
        sums: &HashMap<&str, Vec<i64>>,
    ) -> Result<Self, ProfitError> {
        let mut rates = Self { global: (0, 0), by_category: BTreeMap::new(), categories: vec![None; owners.len()] };
        if let (MissingCost::CategoryRate, Some(products)) = (spec.missing_cost, &tables.products) {
            let known = categories(products)?;
            let ids = ladder.column("product_id")?.cast(&DataType::String)?;
            rates.categories = ids.str()?.iter().map(|id| known.get(id?).cloned()).collect();
        }
        if !matches!(spec.missing_cost, MissingCost::CategoryRate | MissingCost::GlobalRate) {
            return Ok(rates);
        }
        for (row, owner) in owners.iter().enumerate() {
            // Prices between parts of one's own house say little about those of others.
            if *owner == Owner::Excluded {
                continue;
            }
            let (cost, net) = (i128::from(sums["rate_cost"][row]), i128::from(sums["rate_net"][row]));
            rates.global = (rates.global.0 + cost, rates.global.1 + net);
            if let Some(category) = &rates.categories[row] {
                let sum = rates.by_category.entry(category.clone()).or_default();
                *sum = (sum.0 + cost, sum.1 + net);
            }
        }
        rates.by_category.retain(|_, (_, net)| *net > 0);
        if rates.global.1 > 0 || sums["uncovered"].iter().all(|lines| *lines == 0) {
            Ok(rates)
        } else {
            Err(ProfitError::NoKnownCost)
        }
    }

    /// The cost of a row's lines without one.
    fn impute(&self, spec: &RelationshipProfit, row: usize, base: i64) -> Result<i64, ProfitError> {
        if spec.missing_cost == MissingCost::SupplierPrice || base == 0 {
            return Ok(base);
        }
        let own = self.categories[row].as_ref().and_then(|category| self.by_category.get(category));
        let (cost, net) = *own.unwrap_or(&self.global);
        narrow(mul_div(i128::from(base), cost, net)?)
    }
}
