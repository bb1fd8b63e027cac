//! What each customer has bought, and when first and last.

use emptor_types::Invalid;

/// The products of every customer with the first and the last day they were bought: twelve bytes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histories {
    starts: Vec<usize>,
    entries: Vec<Entry>,
    item_count: usize,
}

/// A product in a customer's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) item: u32,
    pub(super) first: i32,
    pub(super) last: i32,
}

impl Histories {
    /// Histories of `customers` customers from one row per customer and product or more, in any order: the customer's
    /// number, the product's, the first and the last day. Customers without rows have an empty history.
    ///
    /// ```
    /// use emptor_core::profile::product::offers::Histories;
    ///
    /// let histories = Histories::new(2, &[0, 0], &[1, 0], &[10, 12], &[10, 30])?;
    /// assert_eq!((histories.len(), histories.items(0).collect::<Vec<_>>()), (2, vec![0, 1]));
    /// # Ok::<(), emptor_types::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// If columns differ in length, a customer is beyond `customers`, or a last day is before the first.
    pub fn new(customers: usize, customer: &[u32], item: &[u32], first: &[i32], last: &[i32]) -> Result<Self, Invalid> {
        let mut checks = Invalid::checks();
        let rows = customer.len();
        let equal = item.len() == rows && first.len() == rows && last.len() == rows;
        checks.require(equal, "columns", "must be of one length", rows);
        checks.require_each("customer", "must be among the customers", customer, |_, c| (c as usize) < customers);
        if equal {
            checks.require_each("last", "must not be before the first day", last, |row, day| day >= first[row]);
        }
        checks.finish()?;
        let mut starts = vec![0_usize; customers + 1];
        customer.iter().for_each(|c| starts[*c as usize + 1] += 1);
        (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
        let mut places = starts.clone();
        let mut entries = vec![Entry { item: 0, first: 0, last: 0 }; rows];
        for (row, c) in customer.iter().enumerate() {
            entries[places[*c as usize]] = Entry { item: item[row], first: first[row], last: last[row] };
            places[*c as usize] += 1;
        }
        let item_count = item.iter().max().map_or(0, |item| *item as usize + 1);
        let mut merged = Self { starts: vec![0], entries: Vec::with_capacity(rows), item_count };
        for ends in starts.windows(2) {
            let own = &mut entries[ends[0]..ends[1]];
            own.sort_unstable();
            for entry in own.chunk_by(|a, b| a.item == b.item) {
                let last = entry.iter().map(|entry| entry.last).max().unwrap_or(entry[0].last);
                merged.entries.push(Entry { last, ..entry[0] });
            }
            merged.starts.push(merged.entries.len());
        }
        Ok(merged)
    }

    /// How many customers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more than the greatest product.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.item_count
    }

    /// The products of a customer, ascending.
    pub fn items(&self, customer: usize) -> impl Iterator<Item = u32> {
        self.of(customer).iter().map(|entry| entry.item)
    }

    pub(super) fn of(&self, customer: usize) -> &[Entry] {
        match self.starts.get(customer..customer + 2) {
            Some(&[from, to]) => &self.entries[from..to],
            _ => &[],
        }
    }

    /// What was known at the end of a day: products first bought later are not there. The last days of the others may be
    /// later, and nothing that is trained looks at them.
    #[must_use]
    pub fn until(&self, day: i32) -> Self {
        let mut known = Self { starts: vec![0], entries: Vec::new(), item_count: self.item_count };
        for customer in 0..self.len() {
            known.entries.extend(self.of(customer).iter().filter(|entry| entry.first <= day));
            known.starts.push(known.entries.len());
        }
        known
    }

    /// How many customers have each product.
    #[must_use]
    pub fn buyers(&self) -> Vec<u32> {
        let mut buyers = vec![0; self.item_count];
        self.entries.iter().for_each(|entry| buyers[entry.item as usize] += 1);
        buyers
    }

    /// The customers of every product, and when they bought it first.
    pub(super) fn by_item(&self) -> Vec<Vec<(u32, i32)>> {
        let mut customers: Vec<Vec<(u32, i32)>> =
            self.buyers().into_iter().map(|n| Vec::with_capacity(n as usize)).collect();
        for customer in 0..self.len() {
            for entry in self.of(customer) {
                customers[entry.item as usize].push((customer as u32, entry.first));
            }
        }
        customers
    }
}
