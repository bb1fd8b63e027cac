//! Who bought what in which order, as numbers: one pass over the lines, some twenty bytes each.

use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::{DataFrame, DataType, Engine, IdxCa, PlanCallback, PolarsResult, Series, col};
use rayon::prelude::*;

use super::incidence::{ProductBaskets, sold};
use super::numbers::{NONE, Numbers};
use super::offers::Histories;
use super::rules::Baskets;
use super::settings::{Bundles, Unit};
use crate::profile::lines::Lines;
use crate::profile::{ProfileError, ProfileInput};

/// The lines sold up to the day of observation that have a product. What is an id in the lines is a number here, and
/// numbers follow the order of the ids, not that of the lines.
///
/// Group-bys and joins by ids as text, one for every question, took ten million lines to eleven gigabytes.
pub(super) struct Sales {
    customers: Series,
    products: Series,
    customer: Vec<u32>,
    /// `None` where orders have no id: then what a customer bought on a day is an order.
    order: Option<Vec<u32>>,
    product: Vec<u32>,
    /// What a bundle counts as; `None` if that is always the product itself.
    item: Option<Vec<u32>>,
    day: Vec<i32>,
    /// Whether it was not fully sent back.
    kept: Vec<bool>,
    /// First day of the window.
    from: i32,
}

/// What is read, batch by batch.
struct Reader {
    customers: Numbers,
    orders: Option<Numbers>,
    products: Numbers,
    customer: Vec<u32>,
    order: Vec<u32>,
    product: Vec<u32>,
    item: Option<Vec<u32>>,
    day: Vec<i32>,
    kept: Vec<bool>,
}

impl Reader {
    fn read(&mut self, batch: &DataFrame) -> PolarsResult<()> {
        self.customers.number(batch.column("customer_id")?, &mut self.customer)?;
        self.products.number(batch.column("product_id")?, &mut self.product)?;
        if let Some(orders) = &mut self.orders {
            orders.number(batch.column("order_id")?, &mut self.order)?;
        }
        if let Some(item) = &mut self.item {
            self.products.number(batch.column("item")?, item)?;
        }
        self.day.extend(batch.column("day")?.i32()?.iter().map(|day| day.unwrap_or(i32::MIN)));
        self.kept.extend(batch.column("kept")?.bool()?.iter().map(|kept| kept == Some(true)));
        Ok(())
    }
}

impl Sales {
    pub(super) fn of(input: &ProfileInput<'_>, bundles: Bundles) -> Result<Self, ProfileError> {
        let lines = Lines::of(&input.tables)?;
        let has_order = input.tables.transactions().has("order_id");
        let (sold, expands) = sold(input, &lines, bundles)?;
        let mut columns =
            vec![col("customer_id"), col("product_id"), col("date").to_physical().alias("day"), col("kept")];
        columns.extend(has_order.then(|| col("order_id")));
        columns.extend(expands.then(|| col("item")));
        let mut rows = sold.select(columns);
        let schema = rows.collect_schema()?;
        let numbers = |name: &str| Numbers::new(schema.get(name).unwrap_or(&DataType::String));
        let reader = Arc::new(Mutex::new(Reader {
            customers: numbers("customer_id"),
            orders: has_order.then(|| numbers("order_id")),
            products: numbers("product_id"),
            customer: Vec::new(),
            order: Vec::new(),
            product: Vec::new(),
            item: expands.then(Vec::new),
            day: Vec::new(),
            kept: Vec::new(),
        }));
        let shared = Arc::clone(&reader);
        let read = PlanCallback::new(move |batch: DataFrame| {
            shared.lock().unwrap_or_else(PoisonError::into_inner).read(&batch)?;
            Ok(false)
        });
        rows.sink_batches(read, false, None)?.collect_with_engine(Engine::Streaming)?;
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken apart one by one, so that each set of ids is gone before the next is sorted.
        let take = |numbers: &mut Numbers| std::mem::replace(numbers, Numbers::new(&DataType::Int64));
        if let Some(orders) = &mut reader.orders {
            let ranks = take(orders).ranks("order_id").1;
            renumber(&mut reader.order, &ranks);
        }
        let (customers, ranks) = take(&mut reader.customers).ranks("customer_id");
        renumber(&mut reader.customer, &ranks);
        let (products, ranks) = take(&mut reader.products).ranks("product_id");
        renumber(&mut reader.product, &ranks);
        reader.item.iter_mut().for_each(|item| renumber(item, &ranks));
        Ok(Self {
            customers,
            products,
            customer: std::mem::take(&mut reader.customer),
            order: has_order.then(|| std::mem::take(&mut reader.order)),
            product: std::mem::take(&mut reader.product),
            item: reader.item.take(),
            day: std::mem::take(&mut reader.day),
            kept: std::mem::take(&mut reader.kept),
            from: input.window.from().days_since_epoch(),
        })
    }

    /// The ids of the products, ascending.
    pub(super) fn products(&self) -> &Series {
        &self.products
    }

    /// The baskets of the window, without what was fully sent back.
    pub(super) fn baskets(&self, unit: Unit) -> Result<ProductBaskets, ProfileError> {
        let items = self.item.as_ref().unwrap_or(&self.product);
        let (baskets, mut items) = self.pairs(unit, items, |line| self.kept[line]);
        let products = dense(&self.products, &mut items)?;
        Ok(ProductBaskets { products, baskets: Baskets::from_pairs(&baskets, &items)? })
    }

    /// By product, how many customers or orders of the window bought it, and how many bought anything, what was sent back
    /// included.
    pub(super) fn counts(&self, unit: Unit) -> Result<(Vec<u32>, usize), ProfileError> {
        let (baskets, items) = self.pairs(unit, &self.product, |_| true);
        let baskets = Baskets::from_pairs(&baskets, &items)?;
        Ok((baskets.counts(), baskets.len()))
    }

    /// The histories of all customers up to the day of observation, without what was fully sent back, and the ids of
    /// customers and products.
    pub(super) fn histories(&self) -> Result<(Histories, Series, Series), ProfileError> {
        let items = self.item.as_ref().unwrap_or(&self.product);
        let lines = || (0..items.len()).filter(|line| self.kept[*line] && self.customer[*line] != NONE);
        let count = lines().count();
        let (mut customer, mut item, mut day) =
            (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
        for line in lines() {
            customer.push(self.customer[line]);
            item.push(items[line]);
            day.push(self.day[line]);
        }
        let customers = dense(&self.customers, &mut customer)?;
        let products = dense(&self.products, &mut item)?;
        Ok((Histories::new(customers.len(), &customer, &item, &day, &day)?, customers, products))
    }

    /// Basket and item of the lines of the window that have both.
    fn pairs(&self, unit: Unit, items: &[u32], wanted: impl Fn(usize) -> bool) -> (Vec<u32>, Vec<u32>) {
        let by_customer = |line: usize, then: i32| match self.customer[line] {
            NONE => None,
            customer => Some(u64::from(customer) << 32 | then as u64),
        };
        let key = |line: usize| match (unit, &self.order) {
            (Unit::Customer, _) => by_customer(line, 0),
            (Unit::CustomerWindow { days }, _) => by_customer(line, (self.day[line] - self.from) / i32::from(days)),
            (Unit::Order, None) => by_customer(line, self.day[line] - self.from),
            (Unit::Order, Some(order)) => Some(u64::from(order[line])).filter(|_| order[line] != NONE),
        };
        let lines = || (0..items.len()).filter(|line| self.day[*line] >= self.from && wanted(*line));
        let count = lines().count();
        let numbered = match (unit, &self.order) {
            (Unit::Customer, _) => Some(32),
            (Unit::Order, Some(_)) => Some(0),
            _ => None,
        };
        let (mut baskets, mut own) = (Vec::with_capacity(count), Vec::with_capacity(count));
        if let Some(shift) = numbered {
            for (line, key) in lines().filter_map(|line| Some((line, key(line)?))) {
                baskets.push((key >> shift) as u32);
                own.push(items[line]);
            }
            return (baskets, own);
        }
        let mut keys: Vec<u64> = lines().filter_map(key).collect();
        keys.par_sort_unstable();
        keys.dedup();
        for (line, key) in lines().filter_map(|line| Some((line, key(line)?))) {
            baskets.push(keys.partition_point(|other| *other < key) as u32);
            own.push(items[line]);
        }
        (baskets, own)
    }
}

fn renumber(rows: &mut [u32], ranks: &[u32]) {
    rows.iter_mut().filter(|row| **row != NONE).for_each(|row| *row = ranks[*row as usize]);
}

/// Numbers anew without those that are not used, in the same order; gives the ids of those that are left.
fn dense(ids: &Series, rows: &mut [u32]) -> PolarsResult<Series> {
    let mut number = vec![NONE; ids.len()];
    rows.iter().for_each(|row| number[*row as usize] = 0);
    let used: Vec<u32> = (0_u32..).zip(&number).filter(|(_, used)| **used == 0).map(|(id, _)| id).collect();
    used.iter().zip(0_u32..).for_each(|(id, new)| number[*id as usize] = new);
    rows.iter_mut().for_each(|row| *row = number[*row as usize]);
    ids.take(&IdxCa::from_vec("".into(), used))
}
