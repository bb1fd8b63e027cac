//! Distinct numbers of a column, and the place of every element among them.

/// A column of numbers as places in its sorted distinct values.
#[derive(Debug)]
pub(crate) struct Ranks {
    /// Distinct values, rising.
    pub(crate) values: Vec<f64>,
    /// The place of every element in `values`.
    pub(crate) of_row: Vec<u32>,
}

impl Ranks {
    /// Through a hash table of the distinct values, so that only those are sorted: a column of a million customers has
    /// a few hundred.
    pub(crate) fn new(column: impl ExactSizeIterator<Item = f64>) -> Self {
        let mut of_row: Vec<u32> = Vec::with_capacity(column.len());
        let mut distinct = Distinct::new();
        for value in column {
            of_row.push(distinct.place(ordered(value)));
        }
        let found = distinct.found;
        let mut order: Vec<u32> = (0..found.len() as u32).collect();
        order.sort_unstable_by_key(|&id| found[id as usize]);
        let mut rank = vec![0; found.len()];
        for (place, &id) in (0_u32..).zip(&order) {
            rank[id as usize] = place;
        }
        of_row.iter_mut().for_each(|id| *id = rank[*id as usize]);
        Self { values: order.iter().map(|&id| value_of(found[id as usize])).collect(), of_row }
    }

    /// Bits that a place needs.
    pub(crate) fn bits(&self) -> u32 {
        usize::BITS - self.values.len().leading_zeros()
    }
}

/// Bits that sort as the numbers do: those of negative ones are turned round. Adding 0 turns −0 into 0.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn value_of(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered })
}

/// Distinct bit patterns in order of appearance, and a hash table with open addressing to find them.
struct Distinct {
    found: Vec<u64>,
    /// Patterns with their places; the size is a power of two.
    table: Vec<(u64, u32)>,
}

impl Distinct {
    const EMPTY: (u64, u32) = (0, u32::MAX);

    fn new() -> Self {
        Self { found: Vec::new(), table: vec![Self::EMPTY; 1024] }
    }

    fn place(&mut self, bits: u64) -> u32 {
        let slot = self.slot(bits);
        if self.table[slot].1 != Self::EMPTY.1 {
            return self.table[slot].1;
        }
        // Four thousand million distinct values would not fit into memory.
        let place = self.found.len() as u32;
        self.found.push(bits);
        self.table[slot] = (bits, place);
        if 2 * self.found.len() >= self.table.len() {
            self.table = vec![Self::EMPTY; 4 * self.table.len()];
            for place in 0..self.found.len() {
                let slot = self.slot(self.found[place]);
                self.table[slot] = (self.found[place], place as u32);
            }
        }
        place
    }

    /// The slot of a pattern, or the empty one where it belongs.
    fn slot(&self, bits: u64) -> usize {
        let size = self.table.len();
        // Fibonacci hashing (Knuth 1973, 6.4). The top bits of the product: whole numbers have nothing but zeros in the
        // low bits of their patterns, and a product's low bits depend on those alone.
        let mut slot = (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - size.trailing_zeros())) as usize;
        while self.table[slot].1 != Self::EMPTY.1 && self.table[slot].0 != bits {
            slot = (slot + 1) & (size - 1);
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_point_to_equal_values_and_values_rise() {
        let column: Vec<f64> = (0..5000_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) % 1733) / 7.0).collect();
        let ranks = Ranks::new(column.iter().copied());
        assert!(ranks.values.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            column
                .iter()
                .zip(&ranks.of_row)
                .all(|(value, &place)| ranks.values[place as usize].total_cmp(value).is_eq())
        );
        assert_eq!(Ranks::new([0.0, -0.0].into_iter()).values.len(), 1);
        assert!(Ranks::new(std::iter::empty()).values.is_empty());
        let mixed = Ranks::new([2.0, -1e17, 0.0, -0.5, 1.0, -1e17].into_iter());
        assert_eq!((mixed.values, mixed.of_row), (vec![-1e17, -0.5, 0.0, 1.0, 2.0], vec![4, 0, 2, 1, 3, 0]));
    }
}
