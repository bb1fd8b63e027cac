//! Ids as numbers, exactly.

use std::collections::HashMap;

use polars::prelude::{Column, DataType, IntoSeries, NamedFrom, PolarsResult, Series, StringChunked};
use rayon::prelude::*;

/// The number of what has no id.
pub(super) const NONE: u32 = u32::MAX;

/// The distinct values of an id, numbered as they come. Ids are kept and compared, not only their hashes: no two share a
/// number.
pub(super) enum Numbers {
    Whole(HashMap<i64, u32>),
    Text(HashMap<Box<str>, u32>),
}

impl Numbers {
    pub(super) fn new(dtype: &DataType) -> Self {
        if dtype.is_integer() { Self::Whole(HashMap::new()) } else { Self::Text(HashMap::new()) }
    }

    /// Appends the numbers of a batch of ids.
    pub(super) fn number(&mut self, ids: &Column, rows: &mut Vec<u32>) -> PolarsResult<()> {
        match self {
            Self::Whole(seen) => {
                let ids = ids.cast(&DataType::Int64)?;
                rows.extend(ids.i64()?.iter().map(|id| {
                    let next = seen.len() as u32;
                    id.map_or(NONE, |id| *seen.entry(id).or_insert(next))
                }));
            }
            Self::Text(seen) => {
                let ids = ids.cast(&DataType::String)?;
                // The lines of an order mostly follow each other.
                let (mut last, mut number) = (None, NONE);
                for id in ids.str()?.iter() {
                    if id != last {
                        last = id;
                        number = match id {
                            None => NONE,
                            Some(id) => seen.get(id).copied().unwrap_or_else(|| {
                                let next = seen.len() as u32;
                                seen.insert(id.into(), next);
                                next
                            }),
                        };
                    }
                    rows.push(number);
                }
            }
        }
        Ok(())
    }

    /// The ids, ascending, and for every number the place of its id among them.
    pub(super) fn ranks(self, name: &str) -> (Series, Vec<u32>) {
        match self {
            Self::Whole(seen) => {
                let (ids, ranks) = sorted(seen);
                (Series::new(name.into(), ids), ranks)
            }
            Self::Text(seen) => {
                let (ids, ranks) = sorted(seen);
                let ids: StringChunked = ids.iter().map(|id| Some(&**id)).collect();
                (ids.with_name(name.into()).into_series(), ranks)
            }
        }
    }
}

fn sorted<K: Ord + Send>(seen: HashMap<K, u32>) -> (Vec<K>, Vec<u32>) {
    let mut ids: Vec<(K, u32)> = seen.into_iter().collect();
    ids.par_sort_unstable();
    let mut ranks = vec![0; ids.len()];
    (0_u32..).zip(&ids).for_each(|(rank, (_, number))| ranks[*number as usize] = rank);
    (ids.into_iter().map(|(id, _)| id).collect(), ranks)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use polars::prelude::{DataType, IntoColumn, NamedFrom, Series};

    use super::{NONE, Numbers};

    #[test]
    fn numbers_follow_the_order_of_ids_and_not_of_lines() -> Result<(), Box<dyn Error>> {
        for dtype in [DataType::Int64, DataType::String] {
            let (mut numbers, mut rows) = (Numbers::new(&dtype), Vec::new());
            for batch in [vec![Some(30_i64), Some(30), None], vec![Some(10), Some(20), Some(30)]] {
                let ids = Series::new("id".into(), batch).cast(&dtype)?;
                numbers.number(&ids.into_column(), &mut rows)?;
            }
            let (ids, ranks) = numbers.ranks("id");
            assert_eq!((ids.dtype(), ids.len()), (&dtype, 3));
            let ranked: Vec<Option<u32>> = rows.iter().map(|row| ranks.get(*row as usize).copied()).collect();
            assert_eq!(ranked, [Some(2), Some(2), None, Some(0), Some(1), Some(2)]);
            assert_eq!(rows[2], NONE);
        }
        Ok(())
    }
}
