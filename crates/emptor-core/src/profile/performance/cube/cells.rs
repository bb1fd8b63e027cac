//! The kernel of the cube: sums and exact distinct counts per cell, at any level.

use std::collections::HashMap;

use emptor_table::LineKind;
use emptor_types::ExactSum;

/// Pairs are sorted and made unique whenever their number has doubled, but not before there are so many.
const COMPACT_FROM: usize = 1 << 20;

/// One order line as the cube sees it. Customers and orders are numbered by the caller; `None` is nobody known, and no
/// order number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its amount, signed.
    pub amount: f64,
    /// Its quantity, signed.
    pub quantity: Option<f64>,
    /// What the goods cost, signed as the quantity.
    pub cost: Option<f64>,
    /// Its amount at list prices, signed.
    pub list: Option<f64>,
    /// Its amount in the currency of the sale, where the amount was converted.
    pub source: Option<f64>,
    /// The customer.
    pub customer: Option<u32>,
    /// The order.
    pub order: Option<u32>,
}

/// What is added up in a cell. Sums do not depend on the order of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sums {
    /// Lines.
    pub lines: u64,
    /// All amounts.
    pub net: ExactSum,
    /// Amounts of sale lines.
    pub sales: ExactSum,
    /// Amounts of return lines, positive.
    pub returns: ExactSum,
    /// Amounts of lines with a known customer.
    pub known_net: ExactSum,
    /// Amounts of lines with an order.
    pub ordered_net: ExactSum,
    /// Quantities of lines with an order.
    pub ordered_units: ExactSum,
    /// Quantities of sales and returns.
    pub units: ExactSum,
    /// Amounts of sales and returns with a quantity.
    pub priced_net: ExactSum,
    /// Sales and returns with a quantity.
    pub with_quantity: u64,
    /// Cost of goods.
    pub cost: ExactSum,
    /// Amounts of lines whose cost is known.
    pub costed_net: ExactSum,
    /// Amounts of sale lines whose cost is known.
    pub costed_sales: ExactSum,
    /// Lines of goods whose cost is known.
    pub with_cost: u64,
    /// Amounts at list prices.
    pub list: ExactSum,
    /// List amounts less amounts.
    pub discount: ExactSum,
    /// Sales and returns with a list amount.
    pub with_list: u64,
    /// Amounts in the currency of the sale.
    pub source: ExactSum,
    /// Amounts of the lines that have one.
    pub converted: ExactSum,
}

impl Sums {
    /// The sums of one line.
    pub(super) fn of(line: &Line) -> Self {
        let mut sums = Self::default();
        sums.add(line);
        sums
    }

    fn add(&mut self, line: &Line) {
        let goods = matches!(line.kind, LineKind::Sale | LineKind::Return);
        self.lines += 1;
        self.net.add(line.amount);
        match line.kind {
            LineKind::Sale => self.sales.add(line.amount),
            LineKind::Return => self.returns.add(-line.amount),
            _ => {}
        }
        if line.customer.is_some() {
            self.known_net.add(line.amount);
        }
        if line.order.is_some() {
            self.ordered_net.add(line.amount);
        }
        if let Some(quantity) = line.quantity.filter(|_| goods) {
            self.units.add(quantity);
            self.priced_net.add(line.amount);
            self.with_quantity += 1;
            if line.order.is_some() {
                self.ordered_units.add(quantity);
            }
        }
        // Credits and fees are money without goods.
        let cost = if line.kind == LineKind::Charge { Some(0.0) } else { line.cost };
        if let Some(cost) = cost {
            self.cost.add(cost);
            self.costed_net.add(line.amount);
            self.with_cost += u64::from(line.kind != LineKind::Charge);
            if line.kind == LineKind::Sale {
                self.costed_sales.add(line.amount);
            }
        }
        if let Some(list) = line.list.filter(|_| goods) {
            self.list.add(list);
            self.discount.add(list);
            self.discount.add(-line.amount);
            self.with_list += 1;
        }
        if let Some(source) = line.source {
            self.source.add(source);
            self.converted.add(line.amount);
        }
    }

    /// Adds the sums of another cell.
    pub fn merge(&mut self, other: &Self) {
        let sums = [
            (&mut self.net, other.net),
            (&mut self.sales, other.sales),
            (&mut self.returns, other.returns),
            (&mut self.known_net, other.known_net),
            (&mut self.ordered_net, other.ordered_net),
            (&mut self.ordered_units, other.ordered_units),
            (&mut self.units, other.units),
            (&mut self.priced_net, other.priced_net),
            (&mut self.cost, other.cost),
            (&mut self.costed_net, other.costed_net),
            (&mut self.costed_sales, other.costed_sales),
            (&mut self.list, other.list),
            (&mut self.discount, other.discount),
            (&mut self.source, other.source),
            (&mut self.converted, other.converted),
        ];
        for (sum, term) in sums {
            sum.merge(term);
        }
        self.lines += other.lines;
        self.with_quantity += other.with_quantity;
        self.with_cost += other.with_cost;
        self.with_list += other.with_list;
    }
}

/// One cell: its sums and its distinct counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cell {
    /// Sums.
    pub sums: Sums,
    /// Different orders with a sale line.
    pub orders: usize,
    /// Different known customers with a sale line.
    pub customers: usize,
    /// Those of the last period; of the cell's own period at a level that has periods.
    pub active_base: usize,
}

/// Cells at one level: keys, sums, and the pairs of cell and order, cell and customer, from which every coarser level is
/// counted exactly. Its memory grows with cells and different pairs, not with lines.
///
/// ```
/// use emptor_core::profile::performance::cube::{Cells, Line};
/// use emptor_table::LineKind;
///
/// // One customer buys in two channels: she is one customer of each, and one in all.
/// let sale = |order| Line {
///     kind: LineKind::Sale, amount: 10.0, quantity: None, cost: None, list: None, source: None,
///     customer: Some(7), order: Some(order),
/// };
/// let mut cells = Cells::new(1);
/// cells.add(&[0], &sale(1));
/// cells.add(&[1], &sale(2));
/// let cells = cells.finish();
/// assert_eq!(cells.iter().map(|(_, cell)| cell.customers).sum::<usize>(), 2);
/// let total = cells.roll_up(&[], None);
/// assert_eq!(total.iter().next().map(|(_, cell)| (cell.customers, cell.orders)), Some((1, 2)));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cells {
    dimensions: usize,
    places: HashMap<Box<[u32]>, u32>,
    /// Members of every cell, one after the other.
    keys: Vec<u32>,
    cells: Vec<Cell>,
    orders: Pairs,
    customers: Pairs,
    /// Pairs of the last period, where a level without periods was made from one with.
    active: Option<Pairs>,
}

/// Different pairs of an order or a customer, in the upper half, and a cell, in the lower one. Settled, the pairs of one
/// order stand together, so that coarser levels are counted without sorting again.
#[derive(Debug, Clone, Default)]
pub(super) struct Pairs {
    pairs: Vec<u64>,
    /// How many of them, from the first, are settled.
    settled: usize,
}

impl Pairs {
    pub(super) fn add(&mut self, cell: u32, other: u32) {
        let pair = (u64::from(other) << 32) | u64::from(cell);
        if self.pairs.last() != Some(&pair) {
            self.pairs.push(pair);
            if self.pairs.len() >= 2 * self.settled.max(COMPACT_FROM) {
                self.settle();
            }
        }
    }

    fn settle(&mut self) {
        if self.settled < self.pairs.len() {
            self.pairs.sort_unstable();
            self.pairs.dedup();
            self.settled = self.pairs.len();
        }
    }

    /// The pairs under new cells, of which there are so many; those without a new cell are left out. The pairs are settled.
    fn moved(&self, cells: usize, to: impl Fn(u32) -> Option<u32>) -> Self {
        // The pairs of one order stand together: the last one seen in a cell says whether this one is new there.
        let mut last = vec![None; cells];
        let mut pairs = Vec::new();
        for (cell, other) in self.iter() {
            if let Some(cell) = to(cell)
                && last[cell as usize] != Some(other)
            {
                last[cell as usize] = Some(other);
                pairs.push((u64::from(other) << 32) | u64::from(cell));
            }
        }
        let settled = pairs.len();
        Self { pairs, settled }
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pairs.iter().map(|pair| (*pair as u32, (pair >> 32) as u32))
    }

    /// Names the cell of every different pair.
    pub(super) fn count(&mut self, mut of: impl FnMut(usize)) {
        self.settle();
        self.iter().for_each(|(cell, _)| of(cell as usize));
    }
}

impl Cells {
    /// No cell yet, at a level of so many dimensions.
    #[must_use]
    pub fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// Adds a line to the cell of these members, one per dimension; missing ones are member 0.
    pub fn add(&mut self, members: &[u32], line: &Line) {
        let cell = self.add_sums(members, &Sums::of(line));
        if line.kind == LineKind::Sale {
            self.count(cell, line.order, line.customer);
        }
    }

    /// Adds sums to the cell of these members, and says which one it is.
    pub(super) fn add_sums(&mut self, members: &[u32], sums: &Sums) -> u32 {
        let cell = self.place(members);
        self.cells[cell as usize].sums.merge(sums);
        cell
    }

    /// An order and a customer that have a sale line in a cell.
    pub(super) fn count(&mut self, cell: u32, order: Option<u32>, customer: Option<u32>) {
        if let Some(order) = order {
            self.orders.add(cell, order);
        }
        if let Some(customer) = customer {
            self.customers.add(cell, customer);
        }
    }

    fn place(&mut self, members: &[u32]) -> u32 {
        if let Some(cell) = self.places.get(members) {
            return *cell;
        }
        let mut key = members.to_vec();
        key.resize(self.dimensions, 0);
        let next = self.cells.len() as u32;
        let cell = *self.places.entry(key.clone().into_boxed_slice()).or_insert(next);
        if cell == next {
            self.keys.extend(key);
            self.cells.push(Cell::default());
        }
        cell
    }

    /// Counts what is different, once all lines are there.
    #[must_use]
    pub fn finish(mut self) -> Self {
        let cells = &mut self.cells;
        cells.iter_mut().for_each(|cell| *cell = Cell { sums: cell.sums, ..Cell::default() });
        self.orders.count(|cell| cells[cell].orders += 1);
        self.customers.count(|cell| cells[cell].customers += 1);
        self.active.as_mut().unwrap_or(&mut self.customers).count(|cell| cells[cell].active_base += 1);
        self
    }

    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The members of each cell, one per dimension, and the cell; in the order in which cells were first seen.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], &Cell)> {
        self.cells
            .iter()
            .enumerate()
            .map(|(i, cell)| (&self.keys[i * self.dimensions..(i + 1) * self.dimensions], cell))
    }

    /// The cell of these members.
    #[must_use]
    pub fn get(&self, members: &[u32]) -> Option<&Cell> {
        self.places.get(members).map(|place| &self.cells[*place as usize])
    }

    /// The coarser level that keeps these dimensions, in this order; none of them for the grand total. `period` says
    /// which dimension is time and which of its members is the last one: where it is not kept, the active base is that of
    /// this member.
    #[must_use]
    pub fn roll_up(&self, keep: &[usize], period: Option<(usize, u32)>) -> Self {
        let mut coarse = Self::new(keep.len());
        let mut members = vec![0; keep.len()];
        let mut to = Vec::with_capacity(self.cells.len());
        for (key, cell) in self.iter() {
            members.iter_mut().zip(keep).for_each(|(member, kept)| *member = key[*kept]);
            let place = coarse.place(&members);
            coarse.cells[place as usize].sums.merge(&cell.sums);
            to.push(place);
        }
        let cells = coarse.len();
        let moved = |pairs: &Pairs| pairs.moved(cells, |cell| Some(to[cell as usize]));
        coarse.orders = moved(&self.orders);
        coarse.customers = moved(&self.customers);
        coarse.active = match (&self.active, period.filter(|(time, _)| !keep.contains(time))) {
            (Some(active), _) => Some(moved(active)),
            (None, Some((time, last))) => {
                let is_last = |cell: u32| self.keys[cell as usize * self.dimensions + time] == last;
                Some(self.customers.moved(cells, |cell| is_last(cell).then(|| to[cell as usize])))
            }
            (None, None) => None,
        };
        coarse.finish()
    }

    /// Which members of a dimension have a cell, by number.
    pub(super) fn members(&self, dimension: usize) -> impl Iterator<Item = u32> {
        self.keys.iter().skip(dimension).step_by(self.dimensions.max(1)).copied()
    }

    /// The same cells with members renumbered, `to[dimension][member]`.
    pub(super) fn renumber(mut self, to: &[Vec<u32>]) -> Self {
        for (i, member) in self.keys.iter_mut().enumerate() {
            if let Some(new) = to[i % self.dimensions].get(*member as usize) {
                *member = *new;
            }
        }
        let dimensions = self.dimensions;
        let key = |i: usize| self.keys[i * dimensions..(i + 1) * dimensions].into();
        self.places = (0..self.cells.len()).map(|i| (key(i), i as u32)).collect();
        self
    }
}
