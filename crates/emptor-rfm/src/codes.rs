//! Customer ids as small numbers, so that lines can be sorted by counting.

use hashbrown::HashMap;
use polars::prelude::{Column, DataType, NamedFrom, PolarsResult, Series, polars_bail};

/// Codes handed out in order of arrival; [`Codes::into_sorted`] turns them into ranks by id.
#[derive(Default)]
pub(crate) struct Codes {
    integers: HashMap<i64, u32>,
    texts: HashMap<String, u32>,
}

impl Codes {
    /// The code of each id of a batch.
    pub(crate) fn encode(&mut self, ids: &Column) -> PolarsResult<Vec<u32>> {
        match ids.dtype() {
            DataType::Int64 => {
                // Logs sorted by customer repeat ids in runs.
                let mut last = None;
                let code = |id: i64| match last {
                    Some((known, code)) if known == id => code,
                    _ => {
                        let fresh = self.integers.len() as u32;
                        let code = *self.integers.entry(id).or_insert(fresh);
                        last = Some((id, code));
                        code
                    }
                };
                Ok(ids.i64()?.iter().map(Option::unwrap_or_default).map(code).collect())
            }
            DataType::String => {
                let mut last: (&str, u32) = ("", u32::MAX);
                Ok(ids
                    .str()?
                    .iter()
                    .map(Option::unwrap_or_default)
                    .map(|id| {
                        if last.1 == u32::MAX || last.0 != id {
                            let fresh = self.texts.len() as u32;
                            last = (id, *self.texts.entry_ref(id).or_insert(fresh));
                        }
                        last.1
                    })
                    .collect())
            }
            other => polars_bail!(SchemaMismatch: "customer ids are integer or text, not {other}"),
        }
    }

    /// The ids in ascending order, and the rank of each code.
    pub(crate) fn into_sorted(self) -> (Series, Vec<u32>) {
        let mut rank = vec![0_u32; self.integers.len() + self.texts.len()];
        let mut number = |i: usize, code: u32| rank[code as usize] = i as u32;
        let series = if self.texts.is_empty() {
            let mut ids: Vec<(i64, u32)> = self.integers.into_iter().collect();
            ids.sort_unstable();
            ids.iter().enumerate().for_each(|(i, (_, code))| number(i, *code));
            Series::new("customer_id".into(), ids.into_iter().map(|(id, _)| id).collect::<Vec<i64>>())
        } else {
            let mut ids: Vec<(String, u32)> = self.texts.into_iter().collect();
            ids.sort_unstable();
            ids.iter().enumerate().for_each(|(i, (_, code))| number(i, *code));
            Series::new("customer_id".into(), ids.into_iter().map(|(id, _)| id).collect::<Vec<String>>())
        };
        (series, rank)
    }
}
