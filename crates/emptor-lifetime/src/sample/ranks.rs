//! Distinct numbers of a column, and the place of every element among them.

/// A column of non-negative numbers as places in its sorted distinct values.
#[derive(Debug)]
pub(crate) struct Ranks {
    /// Distinct values, rising.
    pub(crate) values: Vec<f64>,
    /// The place of every element in `values`.
    pub(crate) of_row: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

impl Ranks {
    /// Through a hash table of the distinct values, so that only those are sorted: a column of a million customers has
    /// a few hundred.
    pub(crate) fn new(column: impl ExactSizeIterator<Item = f64>) -> Self {
        let mut of_row: Vec<u32> = Vec::with_capacity(column.len());
        let mut found: Vec<u64> = Vec::new();
        let mut table: Vec<u32> = vec![EMPTY; 1024];
        let mut last = (u64::MAX, 0);
        for value in column {
            // Bit patterns of non-negative doubles sort as the numbers do; adding 0 turns −0 into 0.
            let bits = (value + 0.0).to_bits();
            if bits != last.0 {
                if 2 * found.len() >= table.len() {
                    table = grown(&found, 4 * table.len());
                }
                let slot = slot(&table, &found, bits);
                if table[slot] == EMPTY {
                    // Four thousand million distinct values would not fit into memory.
                    table[slot] = found.len() as u32;
                    found.push(bits);
                }
                last = (bits, table[slot]);
            }
            of_row.push(last.1);
        }
        let mut order: Vec<u32> = (0..found.len() as u32).collect();
        order.sort_unstable_by_key(|&id| found[id as usize]);
        let mut rank = vec![0; found.len()];
        for (place, &id) in (0_u32..).zip(&order) {
            rank[id as usize] = place;
        }
        of_row.iter_mut().for_each(|id| *id = rank[*id as usize]);
        Self { values: order.iter().map(|&id| f64::from_bits(found[id as usize])).collect(), of_row }
    }

    /// Bits that a place needs.
    pub(crate) fn bits(&self) -> u32 {
        usize::BITS - self.values.len().leading_zeros()
    }
}

fn grown(found: &[u64], size: usize) -> Vec<u32> {
    let mut table = vec![EMPTY; size];
    for (id, &bits) in (0_u32..).zip(found) {
        let slot = slot(&table, found, bits);
        table[slot] = id;
    }
    table
}

/// The slot of a value, or the empty one where it belongs. The size of the table is a power of two.
fn slot(table: &[u32], found: &[u64], bits: u64) -> usize {
    let mask = table.len() - 1;
    // Fibonacci hashing (Knuth 1973, 6.4): the high bits of the product depend on all bits of the key.
    let mut slot = (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & mask;
    while table[slot] != EMPTY && found[table[slot] as usize] != bits {
        slot = (slot + 1) & mask;
    }
    slot
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
    }
}
