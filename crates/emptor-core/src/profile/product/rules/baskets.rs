//! Who has what, compactly.

use emptor_types::Invalid;

/// The distinct items of every basket, as an incidence structure: four bytes an item in a basket. How many of an item
/// there are does not count, and a basket without items is not one.
///
/// ```
/// use emptor_core::profile::product::rules::Baskets;
///
/// // Basket 0 holds the items 2 and 0 (twice), basket 3 the item 2; the baskets 1 and 2 are empty.
/// let baskets = Baskets::from_pairs(&[0, 0, 3, 0], &[2, 0, 2, 0])?;
/// assert_eq!((baskets.len(), baskets.item_count()), (2, 3));
/// assert_eq!(baskets.items(0), [0, 2]);
/// # Ok::<(), emptor_types::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baskets {
    starts: Vec<usize>,
    items: Vec<u32>,
    item_count: usize,
}

impl Baskets {
    /// Baskets from pairs of basket and item, in any order and repeated at will. Both are numbered from 0; baskets keep
    /// their order and are numbered anew without the empty ones.
    ///
    /// # Errors
    /// If there are not as many baskets as items.
    pub fn from_pairs(baskets: &[u32], items: &[u32]) -> Result<Self, Invalid> {
        if baskets.len() != items.len() {
            let got = format!("{} and {}", baskets.len(), items.len());
            return Err(Invalid::value("baskets and items", "must be as many", got));
        }
        let item_count = items.iter().max().map_or(0, |item| *item as usize + 1);
        let basket_count = baskets.iter().max().map_or(0, |basket| *basket as usize + 1);
        let mut places = vec![0_usize; basket_count + 1];
        baskets.iter().for_each(|basket| places[*basket as usize + 1] += 1);
        (1..places.len()).for_each(|i| places[i] += places[i - 1]);
        let ends = places[1..].to_vec();
        let mut sorted = vec![0_u32; items.len()];
        for (basket, item) in baskets.iter().zip(items) {
            let place = &mut places[*basket as usize];
            sorted[*place] = *item;
            *place += 1;
        }
        let (mut starts, mut kept, mut from) = (vec![0], 0, 0);
        for end in ends {
            sorted[from..end].sort_unstable();
            let first = kept;
            for i in from..end {
                if kept == first || sorted[kept - 1] != sorted[i] {
                    sorted[kept] = sorted[i];
                    kept += 1;
                }
            }
            if kept > first {
                starts.push(kept);
            }
            from = end;
        }
        sorted.truncate(kept);
        Ok(Self { starts, items: sorted, item_count })
    }

    /// How many baskets hold something.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more than the greatest item.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.item_count
    }

    /// The items of a basket, ascending; none beyond the last basket.
    #[must_use]
    pub fn items(&self, basket: usize) -> &[u32] {
        match self.starts.get(basket..basket + 2) {
            Some(&[from, to]) => &self.items[from..to],
            _ => &[],
        }
    }

    /// All baskets.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.items[ends[0]..ends[1]])
    }

    /// In how many baskets each item is.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.item_count];
        self.items.iter().for_each(|item| counts[*item as usize] += 1);
        counts
    }

    /// The baskets with their items numbered anew, those without a number left out; baskets may become empty and stay.
    pub(super) fn renumbered(&self, number: &[Option<u32>], item_count: usize) -> Self {
        let (mut starts, mut items) = (Vec::with_capacity(self.starts.len()), Vec::new());
        starts.push(0);
        for basket in self.iter() {
            let from = items.len();
            items.extend(basket.iter().filter_map(|item| number[*item as usize]));
            items[from..].sort_unstable();
            starts.push(items.len());
        }
        Self { starts, items, item_count }
    }

    /// The same the other way round: the baskets of every item, ascending.
    pub(super) fn by_item(&self) -> Self {
        let mut places = vec![0_usize; self.item_count + 1];
        self.items.iter().for_each(|item| places[*item as usize + 1] += 1);
        (1..places.len()).for_each(|i| places[i] += places[i - 1]);
        let starts = places.clone();
        let mut baskets = vec![0_u32; self.items.len()];
        for (number, basket) in (0_u32..).zip(self.iter()) {
            for item in basket {
                let place = &mut places[*item as usize];
                baskets[*place] = number;
                *place += 1;
            }
        }
        Self { starts, items: baskets, item_count: self.len() }
    }
}
