//! Customer ids as small numbers, so that lines can be sorted by counting.

use hashbrown::HashMap;
use polars::prelude::{Column, DataType, NamedFrom, PolarsResult, Series, polars_bail};

/// Integer ids below this are looked up in a table instead of a hash map; it holds four bytes for each of them.
const DENSE: i64 = 1 << 24;

/// A place of the table that no id has taken yet.
const FREE: u32 = u32::MAX;

/// Codes handed out in order of arrival; [`Codes::into_sorted`] turns them into ranks by id.
#[derive(Default)]
pub(crate) struct Codes {
    count: u32,
    dense: Vec<u32>,
    integers: HashMap<i64, u32>,
    texts: HashMap<String, u32>,
}

impl Codes {
    /// The code of each id of a batch; the batch has no null.
    pub(crate) fn encode(&mut self, ids: &Column) -> PolarsResult<Vec<u32>> {
        match ids.dtype() {
            DataType::Int64 => Ok(ids.i64()?.rechunk().cont_slice()?.iter().map(|id| self.integer(*id)).collect()),
            DataType::String => {
                // Logs sorted by customer repeat ids in runs.
                let mut last: Option<(&str, u32)> = None;
                let code = |id| match last {
                    Some((known, code)) if known == id => code,
                    _ => {
                        let code = *self.texts.entry_ref(id).or_insert(self.count);
                        self.count = self.count.max(code + 1);
                        last = Some((id, code));
                        code
                    }
                };
                Ok(ids.str()?.iter().map(Option::unwrap_or_default).map(code).collect())
            }
            other => polars_bail!(SchemaMismatch: "customer ids are integer or text, not {other}"),
        }
    }

    fn integer(&mut self, id: i64) -> u32 {
        let code = if (0..DENSE).contains(&id) {
            let place = id as usize;
            if place >= self.dense.len() {
                self.dense.resize((place + 1).next_power_of_two(), FREE);
            }
            let code = &mut self.dense[place];
            if *code == FREE {
                *code = self.count;
            }
            *code
        } else {
            *self.integers.entry(id).or_insert(self.count)
        };
        self.count = self.count.max(code + 1);
        code
    }

    /// The ids in ascending order, and the rank of each code.
    pub(crate) fn into_sorted(self) -> (Series, Vec<u32>) {
        let mut rank = vec![0_u32; self.count as usize];
        let mut rank_of = |i: usize, code: u32| rank[code as usize] = i as u32;
        let series = if self.texts.is_empty() {
            let dense = (0_i64..).zip(self.dense).filter(|(_, code)| *code != FREE);
            let mut ids: Vec<(i64, u32)> = dense.chain(self.integers).collect();
            // Ids of the table come in order already; a sort of sorted runs is cheap.
            ids.sort();
            ids.iter().enumerate().for_each(|(i, (_, code))| rank_of(i, *code));
            Series::new("customer_id".into(), ids.into_iter().map(|(id, _)| id).collect::<Vec<i64>>())
        } else {
            let mut ids: Vec<(String, u32)> = self.texts.into_iter().collect();
            ids.sort_unstable();
            ids.iter().enumerate().for_each(|(i, (_, code))| rank_of(i, *code));
            Series::new("customer_id".into(), ids.into_iter().map(|(id, _)| id).collect::<Vec<String>>())
        };
        (series, rank)
    }
}
